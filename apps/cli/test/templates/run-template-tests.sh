#!/usr/bin/env bash
# Lets each template of `optml init` live outside of this repository: packed packages, npm's registry, empty folders. Its
# image from scratch is started as a container would, which takes root.
set -euo pipefail
cd "$(dirname "$0")"

PATH="$PWD/../../../../node_modules/.bin:$PWD/../../../../node_modules/node/bin:$PATH" vitest run --config templates.vitest.config.ts "$@"
