#!/usr/bin/env bash
# Releases every package from a clean clone to a registry on this machine, and lets two templates of `optml init` install
# from it. The registry and the programs that look at packages come from npm, and are kept in `.optml/release`.
set -euo pipefail
cd "$(dirname "$0")"

workspace=$(cd ../../../.. && pwd)
PATH="$workspace/node_modules/.bin:$workspace/node_modules/node/bin:$PATH"
tools=$workspace/.optml/release
mkdir -p "$tools"
if ! cmp -s tools.json "$tools/package.json"; then
  cp tools.json "$tools/package.json"
  npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund || { rm "$tools/package.json"; exit 1; }
fi
vitest run --config release.vitest.config.ts "$@"
