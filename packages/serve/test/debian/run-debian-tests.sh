#!/usr/bin/env bash
# Runs the tests that need other people's programs: Prometheus's own parser, scipy, curl, nginx, and a real browser.
# Needs root on Debian where they are missing.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v chromium >/dev/null || missing+=(chromium)
command -v curl >/dev/null || missing+=(curl)
command -v nginx >/dev/null || missing+=(nginx-light)
/usr/bin/python3 -c 'import scipy' 2>/dev/null || missing+=(python3-scipy)
((${#missing[@]} == 0)) || ../../../../.ci/install-packages "${missing[@]}"

PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config debian.vitest.config.ts "$@"
