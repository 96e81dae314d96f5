#!/usr/bin/env bash
# install-packages.sh PACKAGE...: installs Debian's packages; no daemon of theirs is started.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  # A package's daemon must not start on this machine.
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -q
packages=("$@")
# Since Debian 13 the client of docker.io is a package of its own.
if [[ " $* " == *' docker.io '* ]] && ! command -v docker >/dev/null && apt-cache show docker-cli >/dev/null 2>&1; then packages+=(docker-cli); fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
