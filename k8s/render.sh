#!/usr/bin/env bash
# Renders every overlay with kustomize itself into docs/deploy/kustomize. Needs kubectl; a test compares the files with the overlays.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p docs/deploy/kustomize
for overlay in k8s/overlays/*/; do
  kubectl kustomize "$overlay" > "docs/deploy/kustomize/$(basename "$overlay").yaml"
done
