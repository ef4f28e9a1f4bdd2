#!/usr/bin/env bash
# Drives the faults of docs/faults.md that concern requests through the sidecar, with plain clients in Python and
# Node.js, and then a minute of load with faults and kills.
#
#   bash crates/auth-cli/tests/sidecar/run.sh [faults|soak]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --quiet --manifest-path ../../Cargo.toml --features jemalloc
target=$(cargo metadata --format-version 1 --no-deps --manifest-path ../../Cargo.toml | jq -r .target_directory)
authctl=$target/debug/authctl
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

if [ "${1:-faults}" = faults ]; then
  python3 provider.py "$work" >"$work/address" &
  provider=$!
  until [ -s "$work/address" ]; do kill -0 $provider; sleep 0.05; done
  PROVIDER=$(cat "$work/address")
  export PROVIDER
  many=$(grep -c '^\[profile' "$work/profiles.toml")
  for client in "python3 faults.py" "node faults.mjs"; do
    : >"$work/log"
    # A new sidecar for each client: logins that a 401 forces are ten seconds apart.
    FAULTS_PASSWORD=the-password-of-ana AUTHCTL_CONFIG=$work/profiles.toml SSL_CERT_FILE=$work/authority.pem \
      "$authctl" serve --timeout 2 2>"$work/log" &
    sidecar=$!
    served() { jq --slurp 'map(select(.message == "served") | {(.profile): .address}) | add // {}' "$work/log"; }
    until [ "$(served | jq length)" = "$many" ]; do kill -0 $sidecar; sleep 0.05; done
    SIDECARS=$(served) $client
    kill -TERM $sidecar
    wait $sidecar
    for secret in a-token-of the-password-of; do
      if grep -q "$secret" "$work/log"; then echo "FAILED: $secret is in the log" >&2; exit 1; fi
    done
  done
fi
if [ "${1:-soak}" = soak ]; then
  python3 soak.py "$authctl" "${MINUTES:-1}"
fi
