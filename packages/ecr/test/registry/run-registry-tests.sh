#!/usr/bin/env bash
# Runs the publisher's tests against a real registry, read by skopeo, and against a container engine; and the fake ECR
# against the clients of others. Needs root on Debian; installs the packages that are missing, and ends everything that it
# started, also after a failure.
set -euo pipefail
cd "$(dirname "$0")"

install_packages() {
  local missing=()
  command -v docker-registry >/dev/null || missing+=(docker-registry)
  command -v skopeo >/dev/null || missing+=(skopeo)
  [[ -x /usr/sbin/dockerd ]] || missing+=(docker.io)
  # Debian's own, whichever others come first in the path.
  [[ -x /usr/bin/aws ]] || missing+=(awscli)
  /usr/bin/python3 -c 'import boto3' 2>/dev/null || missing+=(python3-boto3)
  ((${#missing[@]} == 0)) || ../../../../.ci/install-packages "${missing[@]}"
}

# An engine of our own: no network, and nothing shared with another one of this machine.
start_engine() {
  folder=$(mktemp -d /tmp/optml-engine.XXXXXX)
  dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H "unix://$folder/engine.sock" \
    --bridge=none --iptables=false --ip6tables=false --storage-driver=vfs >"$folder/log" 2>&1 &
  engine=$!
  export DOCKER_HOST="unix://$folder/engine.sock"
  local tries=0
  until docker version >/dev/null 2>&1; do
    kill -0 "$engine" 2>/dev/null && ((tries++ < 600)) || { tail -20 "$folder/log" >&2; return 1; }
    sleep 0.1
  done
}

clean_up() {
  if [[ -n ${engine:-} ]]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  [[ -z ${folder:-} ]] || { umount "$folder"/exec/* 2>/dev/null || true; rm -rf "$folder"; }
}

trap clean_up EXIT
install_packages
start_engine
PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config registry.vitest.config.ts "$@"
