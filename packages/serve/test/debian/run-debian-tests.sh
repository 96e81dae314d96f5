#!/usr/bin/env bash
# Runs the tests that need other people's programs: Prometheus's own parser, scipy, and a real browser. Needs root on Debian
# where they are missing.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v chromium >/dev/null || missing+=(chromium)
/usr/bin/python3 -c 'import scipy' 2>/dev/null || missing+=(python3-scipy)
if ((${#missing[@]} > 0)); then
  # A package's daemon must not start on this machine.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config debian.vitest.config.ts "$@"
