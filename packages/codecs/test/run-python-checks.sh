#!/usr/bin/env bash
# Holds the codecs against numpy, pandas and Google's protobuf, Debian's packages, which it installs where they are
# missing (that needs root). The package must be built.
set -euo pipefail
cd "$(dirname "$0")"

packages=(python3-numpy python3-pandas python3-protobuf)

if ! dpkg-query -W -f='${Status}\n' "${packages[@]}" 2>/dev/null | grep -c '^install ok installed$' | grep -qx "${#packages[@]}"; then
  ../../../.ci/install-packages "${packages[@]}"
fi

# The Node that every script runs on; and Debian's Python, whichever comes first in the path.
PATH="$PWD/../../../node_modules/.bin:$PATH"
for seed in 1 2; do
  /usr/bin/python3 compare-numpy.py "$seed"
  /usr/bin/python3 compare-protobuf.py "$seed"
done
