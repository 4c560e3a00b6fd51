#!/bin/sh
# without-natives.sh FOLDER: takes out of DJL's jars the libraries that were unpacked from them; what else they hold stays.
set -eu
for jar in "$1"/ai.djl.pytorch.pytorch-native-*.jar "$1"/ai.djl.pytorch.pytorch-jni-*.jar \
  "$1"/ai.djl.huggingface.tokenizers-*.jar; do
  [ -e "$jar" ] || { echo "$jar is not there; was the program built?" >&2; exit 1; }
  open=$(mktemp -d)
  (cd "$open" && jar xf "$jar")
  find "$open" -type f \( -name '*.so' -o -name '*.so.*' -o -name '*.dylib' -o -name '*.dll' \) -delete
  jar cfM "$jar" -C "$open" .
  rm -rf "$open"
done
