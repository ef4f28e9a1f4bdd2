#!/usr/bin/env bash
# Compares `authctl serve` with nginx's proxy_pass and a fixed Authorization header, in front of the same server.
#
#   bash benches/sidecar/run.sh [SECONDS]
#
# Needs Linux, two cores, nginx, wrk, curl and jq. Each proxy has a core of its own; the server and the load share the
# other. Both proxies keep their connections to the server, and neither logs requests.
set -euo pipefail
seconds=${1:-5}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[ -n "${AUTHCTL:-}" ] || cargo build --quiet --release --package auth-cli
authctl=$(cargo metadata --format-version 1 --no-deps | jq -r .target_directory)/release/authctl
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

nginx() { # nginx NAME CORE CONFIG: starts an nginx of one process
  mkdir -p "$work/$1"
  cat >"$work/$1/nginx.conf" <<CONF
daemon off; master_process off; pid pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; client_body_temp_path b; proxy_temp_path p;
  fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  $3
}
CONF
  taskset -c "$2" "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$work/$1" -c nginx.conf 2>"$work/$1/log" &
}

user='{"id": 1, "username": "ana.lima", "email": "ana.lima@example.com", "name": "Ana Lima"}'
login='{"id": "a-token-of-the-account", "ttl": "1209600", "created": "2020-01-01T00:00:00Z", "userId": 1}'
nginx server 0 "server { listen 127.0.0.1:8801; default_type application/json;
  location = /api/v1/users/login { return 200 '$login'; } location / { return 200 '$user'; } }"
nginx proxy 1 "upstream server { server 127.0.0.1:8801; keepalive 1024; }
  server { listen 127.0.0.1:8802; location / { proxy_pass http://server/api/v1/; proxy_http_version 1.1;
    proxy_set_header Connection ''; proxy_set_header Authorization 'a-token-of-the-account'; } }"
nginx_pid=$!
cat >"$work/profiles.toml" <<'TOML'
[profile.bench]
provider = "api4com"
user = "ana"
secret = { variable = "BENCH_PASSWORD" }
base_url = "http://127.0.0.1:8801/api/v1"
store = "none"
TOML
BENCH_PASSWORD=x AUTHCTL_CONFIG=$work/profiles.toml \
  taskset -c 1 "$authctl" serve bench --listen 127.0.0.1:8803 --max-connections 4096 2>"$work/authctl.log" &
authctl_pid=$!
for port in 8801 8802 8803; do
  curl --silent --fail --retry 50 --retry-delay 1 --retry-connrefused --output /dev/null "http://127.0.0.1:$port/users/me"
done

load() { # load PORT CONNECTIONS: requests a second, and the median in microseconds
  taskset -c 0 wrk -t1 -c"$2" -d"${seconds}s" --latency "http://127.0.0.1:$1/users/me" >"$work/wrk"
  awk '/ 50%/ { t = $2; f = t ~ /us$/ ? 1 : t ~ /ms$/ ? 1000 : 1000000; sub(/[a-z]+$/, "", t); median = t * f }
    /Non-2xx|Socket errors/ { print "failed: " $0 >"/dev/stderr" } /^Requests\/sec/ { rate = $2 }
    END { printf "%d %d\n", rate, median }' "$work/wrk"
}
memory() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for round in 1 2 3; do
  for one in direct:8801 nginx:8802 authctl:8803; do
    load "${one#*:}" 32 | cut -d' ' -f1 >>"$work/${one%:*}.rate"
    load "${one#*:}" 1 | cut -d' ' -f2 >>"$work/${one%:*}.median"
  done
done
for port in 8802 8803; do load "$port" 1000 >/dev/null; done

rate() { median <"$work/$1.rate"; }
added() { echo $(($(median <"$work/$1.median") - $(median <"$work/direct.median"))); }
echo "| | requests a second, 32 connections | added to the median, 1 connection | memory after 1,000 connections |"
echo "| --- | --- | --- | --- |"
echo "| nginx | $(rate nginx) | $(added nginx) µs | $(memory $nginx_pid) MB |"
echo "| authctl | $(rate authctl) | $(added authctl) µs | $(memory $authctl_pid) MB |"
awk "BEGIN { printf \"| ratio | %.2f | %.2f | |\n\", $(rate authctl) / $(rate nginx), $(added authctl) / $(added nginx) }"
