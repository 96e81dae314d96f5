#!/usr/bin/env bash
# Puts what native models need into .optml/native: onnxruntime-node, a model for it, and an addon that crashes. Does nothing
# for what is there. Needs a C compiler, and root on Debian where it is missing.
set -euo pipefail
cd "$(dirname "$0")"

root=../../../..
folder=$root/.optml/native
version=1.30.0
node=$root/node_modules/.bin/node

installed=$folder/node_modules/onnxruntime-node/package.json
if ! grep -qs "\"version\": \"$version\"" "$installed"; then
  mkdir -p "$folder"
  echo '{ "private": true }' >"$folder/package.json"
  # Its install script would fetch libraries of a GPU.
  ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-package-lock --prefix "$folder" "onnxruntime-node@$version"
fi
"$node" write-loop-model.ts "$folder/loop.onnx"
command -v cc >/dev/null || "$root/.ci/install-packages" gcc libc6-dev
cc -shared -fPIC -o "$folder/crash.node" crash.c
