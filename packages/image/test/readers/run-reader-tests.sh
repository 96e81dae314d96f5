#!/usr/bin/env bash
# Lets programs that others wrote judge our images: skopeo and umoci read and unpack them, and Debian's
# docker-registry takes and gives them. Needs root on Debian to install what is missing; starts its registries on
# loopback, each for one test.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v skopeo >/dev/null || missing+=(skopeo)
command -v umoci >/dev/null || missing+=(umoci)
command -v docker-registry >/dev/null || missing+=(docker-registry)
((${#missing[@]} == 0)) || ../../../../.ci/install-packages "${missing[@]}"

PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config readers.vitest.config.ts "$@"
