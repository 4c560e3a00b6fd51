#!/bin/sh
# pytorch-libraries.sh SITE TARGET: from a Python installation of PyTorch, the libraries that a program without Python needs,
# in the places where they look for each other.
set -eu
mkdir -p "$2/torch/lib" "$2/nvidia"
for library in c10 c10_cuda caffe2_nvrtc torch torch_cpu torch_cuda torch_cuda_linalg; do
  cp "$1/torch/lib/lib$library.so" "$2/torch/lib/"
done
cp "$1"/torch/lib/libgomp*.so* "$2/torch/lib/"
for folder in "$1"/nvidia/*/lib; do
  name=$(basename "$(dirname "$folder")")
  mkdir -p "$2/nvidia/$name"
  cp -R "$folder" "$2/nvidia/$name/lib"
done
[ ! -d "$1/cusparselt" ] || cp -R "$1/cusparselt" "$2/cusparselt"
# JNA asks for a library by its plain name.
ln -s libcudart.so.12 "$2/nvidia/cuda_runtime/lib/libcudart.so"
find "$2" -name '*.py' -delete
