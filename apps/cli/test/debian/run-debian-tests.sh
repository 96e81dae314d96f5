#!/usr/bin/env bash
# Runs the tests that need other people's programs: zsh, fish, AWS's model of its own API (botocore), and scikit-learn.
# Needs root on Debian where they are missing. The packages must be built.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v zsh >/dev/null || missing+=(zsh)
command -v fish >/dev/null || missing+=(fish)
/usr/bin/python3 -c 'import botocore' 2>/dev/null || missing+=(python3-botocore)
/usr/bin/python3 -c 'import sklearn' 2>/dev/null || missing+=(python3-sklearn)
((${#missing[@]} == 0)) || ../../../../.ci/install-packages "${missing[@]}"

PATH="$PWD/../../../../node_modules/.bin:$PATH" vitest run --config debian.vitest.config.ts "$@"
