#!/usr/bin/env bash
# Runs the cluster's tests on three hosts that are network namespaces joined by a bridge. Needs root on Debian;
# installs the packages that are missing, and removes everything else that it made, also after a failure.
set -euo pipefail
cd "$(dirname "$0")"

hosts=(algo-1 algo-2 algo-3)
bridge=optml-bridge
network=10.77.78

install_packages() {
  local missing=()
  command -v ip >/dev/null || missing+=(iproute2)
  command -v mpirun >/dev/null || missing+=(openmpi-bin)
  command -v faketime >/dev/null || missing+=(faketime)
  command -v python3 >/dev/null || missing+=(python3)
  [[ -x /usr/sbin/sshd ]] || missing+=(openssh-server)
  command -v ssh >/dev/null || missing+=(openssh-client)
  ((${#missing[@]} == 0)) || ../../../../.ci/install-packages "${missing[@]}"
}

remove_network() {
  local host
  for host in "${hosts[@]}"; do
    ip netns pids "optml-$host" 2>/dev/null | xargs --no-run-if-empty kill -KILL 2>/dev/null || true
    ip netns delete "optml-$host" 2>/dev/null || true
    rm -rf "/etc/netns/optml-$host"
  done
  ip link delete "$bridge" 2>/dev/null || true
}

make_network() {
  local host index=0 name
  ip link add "$bridge" type bridge
  ip link set "$bridge" up
  for host in "${hosts[@]}"; do
    index=$((index + 1))
    name="optml-$host"
    ip netns add "$name"
    ip link add "optml-veth$index" type veth peer name eth0 netns "$name"
    ip link set "optml-veth$index" master "$bridge" up
    ip -n "$name" address add "$network.$index/24" dev eth0
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 up
    # What `ip netns exec` lays over /etc.
    mkdir -p "/etc/netns/$name"
    {
      echo '127.0.0.1 localhost'
      for other in "${!hosts[@]}"; do echo "$network.$((other + 1)) ${hosts[other]}"; done
    } >"/etc/netns/$name/hosts"
    # No name server: what is not in the list above does not resolve.
    echo 'nameserver 127.0.0.1' >"/etc/netns/$name/resolv.conf"
  done
}

remove_network
trap remove_network EXIT
install_packages
make_network
PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config netns.vitest.config.ts "$@"
