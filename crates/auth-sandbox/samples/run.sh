#!/usr/bin/env bash
# Builds the sandbox and runs the samples against it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --quiet --manifest-path ../Cargo.toml --bin auth-sandbox
target=$(cargo metadata --format-version 1 --no-deps --manifest-path ../Cargo.toml | jq -r .target_directory)
export AUTH_SANDBOX=$target/debug/auth-sandbox PYTHONDONTWRITEBYTECODE=1

# Debian's packages are modules of its own Python, which is not always the first on the PATH.
python=python3
python3 -c 'import pytest, requests' 2>/dev/null || python=/usr/bin/python3
"$python" -m pytest -q -p no:cacheprovider test_sandbox.py
node --test sandbox.test.mjs
bash sandbox.sh
