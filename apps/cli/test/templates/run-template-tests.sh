#!/usr/bin/env bash
# Lets each template of `optml init` live outside of this repository: packed packages, npm's registry, empty folders. Its
# image from scratch is started as a container would, which takes root. OPTML_TEST_NODE is the folder of another Node.
set -euo pipefail
cd "$(dirname "$0")"

PATH="${OPTML_TEST_NODE:-$PWD/../../../../node_modules/node/bin}:$PWD/../../../../node_modules/.bin:$PATH" vitest run --config templates.vitest.config.ts "$@"
