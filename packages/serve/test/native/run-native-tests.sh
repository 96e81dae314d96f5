#!/usr/bin/env bash
# Runs the tests of models that compute in a native addon. The package must be built.
set -euo pipefail
cd "$(dirname "$0")"

./install-native.sh
PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config native.vitest.config.ts "$@"
