#!/usr/bin/env bash
# Compares `authctl serve` with nginx's proxy_pass and a fixed Authorization header, in front of the same server.
#
#   bash benches/sidecar/run.sh [SECONDS]
#
# Needs Linux, two cores, nginx, wrk, curl, jq and python3. The proxies share one core and run in turn; the server and
# the load share the other. Both proxies keep their connections to the server, and neither logs requests.
set -euo pipefail
seconds=${1:-5}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo build --quiet --profile dist --package auth-cli --features jemalloc
authctl=$(cargo metadata --format-version 1 --no-deps | jq -r .target_directory)/dist/authctl
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

# A thousand clients, each with an answered request and an open connection.
python3 - 8802 8803 "$work/go" <<'PYTHON' &
import os, socket, sys, time
request, open_ones = b"GET /users/me HTTP/1.1\r\nhost: localhost\r\n\r\n", []
for port in sys.argv[1:3]:
    for _ in range(1000):
        open_ones.append(socket.create_connection(("127.0.0.1", int(port))))
        open_ones[-1].sendall(request)
        assert b" 200 OK" in open_ones[-1].recv(4096)
open(sys.argv[3], "w").close()
while os.path.exists(sys.argv[3]):
    time.sleep(0.05)
PYTHON
clients=$!
until [ -e "$work/go" ]; do kill -0 $clients; sleep 0.05; done
nginx_idle=$(memory $nginx_pid) authctl_idle=$(memory $authctl_pid)
rm "$work/go"
wait $clients

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
tick=$((1000000 / $(getconf CLK_TCK)))

for round in 1 2 3; do
  for one in direct:8801:$$ nginx:8802:$nginx_pid authctl:8803:$authctl_pid; do
    IFS=: read -r name port pid <<<"$one"
    before=$(ticks "$pid")
    rate=$(load "$port" 32 | cut -d' ' -f1)
    echo "$rate" >>"$work/$name.rate"
    echo $((($(ticks "$pid") - before) * tick / (rate * seconds))) >>"$work/$name.cpu"
    load "$port" 1 | cut -d' ' -f2 >>"$work/$name.median"
  done
done
for port in 8802 8803; do load "$port" 1000 >/dev/null; done
nginx_loaded=$(memory $nginx_pid) authctl_loaded=$(memory $authctl_pid)
# Idle connections to the server end after 90 s.
sleep 120

rate() { median <"$work/$1.rate"; }
added() { echo $(($(median <"$work/$1.median") - $(median <"$work/direct.median"))); }
cpu() { median <"$work/$1.cpu"; }
ratio() { awk "BEGIN { printf \"%.2f\", $2 / $1 }"; }
cat <<TABLE
| | nginx | authctl | ratio |
| --- | --- | --- | --- |
| requests a second, 32 connections | $(rate nginx) | $(rate authctl) | $(ratio "$(rate nginx)" "$(rate authctl)") |
| CPU time of a request | $(cpu nginx) µs | $(cpu authctl) µs | $(ratio "$(cpu nginx)" "$(cpu authctl)") |
| added to the median, 1 connection | $(added nginx) µs | $(added authctl) µs | $(ratio "$(added nginx)" "$(added authctl)") |
| memory, 1,000 open connections | $nginx_idle MB | $authctl_idle MB | |
| memory, after load from 1,000 connections | $nginx_loaded MB | $authctl_loaded MB | |
| memory, two minutes later | $(memory $nginx_pid) MB | $(memory $authctl_pid) MB | |
TABLE
