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
if ((${#missing[@]} > 0)); then
  # The packages' daemons must not start on this machine.
  policy=/usr/sbin/policy-rc.d made_policy=
  [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made_policy=$policy; }
  trap '[[ -z $made_policy ]] || rm -f "$made_policy"' EXIT
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config readers.vitest.config.ts "$@"
