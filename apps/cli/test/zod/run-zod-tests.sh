#!/usr/bin/env bash
# Lets an author's zod be the oldest and the newest that is allowed, with both TypeScripts: packed packages and npm's
# registry.
set -euo pipefail
cd "$(dirname "$0")"

PATH="$PWD/../../../../node_modules/.bin:$PWD/../../../../node_modules/node/bin:$PATH" vitest run --config zod.vitest.config.ts "$@"
