#!/usr/bin/env bash
# Drives the faults of docs/faults.md that concern requests through the sidecar, with plain clients in Python and
# Node.js, and then a minute of load with faults and kills.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --quiet --manifest-path ../../Cargo.toml
target=$(cargo metadata --format-version 1 --no-deps --manifest-path ../../Cargo.toml | jq -r .target_directory)
authctl=$target/debug/authctl
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

python3 provider.py >"$work/port" &
until [ -s "$work/port" ]; do sleep 0.05; done
export PROVIDER=127.0.0.1:$(cat "$work/port")
cat >"$work/profiles.toml" <<TOML
[profile.faults]
provider = "api4com"
user = "ana"
secret = { variable = "FAULTS_PASSWORD" }
base_url = "http://$PROVIDER/api/v1"
store = "none"
TOML
for client in "python3 faults.py" "node faults.mjs"; do
  : >"$work/log"
  # A new sidecar for each client: logins that a 401 forces are ten seconds apart.
  FAULTS_PASSWORD=the-password-of-ana AUTHCTL_CONFIG=$work/profiles.toml \
    "$authctl" serve faults --listen 127.0.0.1:0 --timeout 2 2>"$work/log" &
  sidecar=$!
  address() { jq --raw-output 'select(.message == "served") | .address' "$work/log"; }
  until [ -n "$(address)" ]; do sleep 0.05; done
  SIDECAR=$(address) $client
  kill -TERM $sidecar
  wait $sidecar
  for secret in a-token-of the-password-of; do
    if grep -q "$secret" "$work/log"; then echo "FAILED: $secret is in the log" >&2; exit 1; fi
  done
done
python3 soak.py "$authctl" "${MINUTES:-1}"
