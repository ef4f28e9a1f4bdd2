"""Load with random faults on a running sidecar: flat memory and descriptors, and only documented answers.

    python3 crates/auth-cli/tests/sidecar/soak.py AUTHCTL MINUTES

AUTHCTL is the built program. Revokes tokens, sets faults, kills the sidecar, the provider and the store with SIGKILL,
reloads, and closes connections within bodies. Needs Linux and redis-server.
"""

import base64
import collections
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

AUTHCTL, MINUTES = sys.argv[1], float(sys.argv[2])
SANDBOX_PORT, PORT, SIGNED_PORT, REDIS_PORT = 8811, 8812, 8813, 8814
# The provider's own answers and faults, and the sidecar's 502 to 504.
ALLOWED = {200, 201, 401, 429, 500, 502, 503, 504}
CLIENTS = 8


class Program:
    """A program that is started again after it was killed."""

    def __init__(self, arguments, environment, log, stdout=subprocess.PIPE):
        self.arguments, self.environment, self.log, self.stdout = arguments, environment, log, stdout
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, env=self.environment, stdout=self.stdout, stderr=self.log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def wait_for(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def control(method, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{SANDBOX_PORT}/_sandbox/v1/{path}", method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    try:
        urllib.request.urlopen(request, timeout=5).read()
    except OSError:
        pass  # It is being killed.


def sample(pid):
    with open(f"/proc/{pid}/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return memory, len(os.listdir(f"/proc/{pid}/fd"))


class Client(threading.Thread):
    """A plain client that keeps its connection while it can."""

    def __init__(self, stop):
        super().__init__(daemon=True)
        self.stop, self.counts, self.wrong, self.broken = stop, {}, [], 0

    def run(self):
        pages = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        writes = http.client.HTTPConnection("127.0.0.1", SIGNED_PORT, timeout=30)
        profile = json.dumps({"email": "ana@casa.example", "description": "Casa", "profileType": "demo"})
        while not self.stop.is_set():
            kind = random.random()
            try:
                if kind < 0.6:
                    self.send(pages, "GET", "/usuarios/?page_size=2")
                elif kind < 0.9:
                    self.send(writes, "POST", "/v1/profile", profile)
                elif kind < 0.95:
                    self.send(writes, "POST", "/v1/user", "x" * 2_000_000)
                else:
                    leave()
            except (OSError, http.client.HTTPException):
                self.broken += 1
                pages.close()
                writes.close()
                time.sleep(0.05)

    def send(self, connection, method, path, body=None):
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read()
        self.counts[answer.status] = self.counts.get(answer.status, 0) + 1
        problem = answer.headers["content-type"] == "application/problem+json"
        expected = {404, 401, 413} if path == "/v1/user" else set()
        if answer.status not in ALLOWED | expected or (problem and answer.status != json.loads(text)["status"]):
            self.wrong.append((answer.status, text[:200]))


def leave():
    """Sends a part of a request, and closes the connection."""
    with socket.create_connection(("127.0.0.1", PORT)) as stream:
        head = b"POST /usuarios/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3000000\r\n\r\n"
        stream.sendall(head + b"x" * 100_000)


def fault():
    kind = random.choice(["status", "delay", "truncated", "close", "too_many_requests", "unauthorized"])
    more = {"status": {"status": random.choice([500, 502, 503])}, "delay": {"seconds": 0.2}}.get(kind, {})
    on = random.choice(["login", "resource", "resource", "resource"])
    return {"on": on, "kind": kind, "times": random.randint(1, 5), **more}


def main():
    work = tempfile.mkdtemp()
    log = open(f"{work}/log", "w")
    sandbox_log = open(f"{work}/sandbox", "w")
    environment = dict(os.environ, AUTHCTL_CONFIG=f"{work}/profiles.toml", AUTHCTL_STATE=f"{work}/state")
    os.mkdir(f"{work}/state", 0o700)
    sandbox = Program([AUTHCTL, "sandbox", "--json", "--port", str(SANDBOX_PORT)], environment, sandbox_log)

    redis = ["redis-server", "--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", "", "--dir", work]
    store = Program(redis, environment, sandbox_log, stdout=subprocess.DEVNULL)
    with open(f"{work}/key", "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(base64.b64encode(os.urandom(32)))
    with open(f"{work}/redis", "w") as file:
        file.write(f"redis://127.0.0.1:{REDIS_PORT}")

    def accounts():
        """Writes the profiles with the secrets of this sandbox, which are new at each start."""
        made = json.loads(sandbox.process.stdout.readline())
        pontotel, signed = made["pontotel"], made["signed_api"]
        for name, secret in [("p", pontotel["password"]), ("s", signed["api_key"])]:
            with open(f"{work}/{name}", "w") as file:
                file.write(secret)
        with open(f"{work}/profiles.toml", "w") as file:
            file.write(
                f'[profile.p]\nprovider = "pontotel"\nuser = "{pontotel["username"]}"\nlisten = "127.0.0.1:{PORT}"\n'
                f'base_url = "{pontotel["base_url"]}"\nsecret = {{ file = "{work}/p" }}\n'
                f'store = {{ redis = {{ url = {{ file = "{work}/redis" }}, key = {{ file = "{work}/key" }} }} }}\n'
                f'[profile.s]\nprovider = "signed-api"\nbase_url = "{signed["base_url"]}"\n'
                f'listen = "127.0.0.1:{SIGNED_PORT}"\nsecret = {{ file = "{work}/s" }}\n'
            )
        return [pontotel["password"], signed["api_key"]]

    secrets = accounts()
    sidecar = Program([AUTHCTL, "serve", "--log", "warn", "--timeout", "10"], environment, log)
    wait_for(PORT)
    programs = {"sidecar": sidecar, "store": store, "provider": sandbox}
    stop = threading.Event()
    clients = [Client(stop) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    begin, samples, kills = time.time(), [], collections.Counter()
    end = begin + MINUTES * 60
    next_sample, next_kill = time.time() + 20, time.time() + 15
    while time.time() < end:
        time.sleep(0.5)
        for provider in ["pontotel", "signed-api"]:
            if random.random() < 0.3:
                control("POST", f"providers/{provider}/faults", fault())
            if random.random() < 0.05:
                control("DELETE", f"providers/{provider}/tokens")
        if random.random() < 0.02:
            sidecar.process.send_signal(signal.SIGHUP)
        if time.time() > next_kill:
            next_kill += 30
            number = kills.total() + 1
            # The sidecar is killed in the first quarter alone, so that its memory can be followed afterwards.
            if number == 1 or (number % 3 == 1 and time.time() < begin + MINUTES * 15):
                victim = "sidecar"
            else:
                victim = "store" if number % 2 else "provider"
            kills[victim] += 1
            programs[victim].kill()
            programs[victim].start()
            if victim == "provider":
                secrets += accounts()
        if time.time() > next_sample:
            next_sample += 10
            samples.append(sample(sidecar.process.pid))
            print(f"{samples[-1][0]} KiB, {samples[-1][1]} descriptors", flush=True)
    stop.set()
    for client in clients:
        client.join(40)
    time.sleep(1)
    sidecar.process.send_signal(signal.SIGTERM)
    code = sidecar.process.wait(60)
    sandbox.kill()
    store.kill()
    log.flush()

    counts = {}
    for client in clients:
        for status, count in client.counts.items():
            counts[status] = counts.get(status, 0) + count
    print("answers", dict(sorted(counts.items())), "broken", sum(client.broken for client in clients))
    print("kills", dict(kills))
    # The first third warms up.
    warm = samples[len(samples) // 3:]
    half = len(warm) // 2
    before, after = ([max(values) for values in zip(*part)] for part in (warm[:half], warm[half:]))
    print(f"memory {before[0]} KiB, then {after[0]} KiB; descriptors {before[1]}, then {after[1]}")
    wrong = [one for client in clients for one in client.wrong]
    with open(f"{work}/log") as file:
        text = file.read()
    for failed, why in [
        (wrong, f"answers that are not documented: {wrong[:3]}"),
        (after[0] > before[0] * 1.2 + 2048, "the memory grows"),
        (max(files for _, files in warm) > 200, "the descriptors grow"),
        (counts.get(200, 0) < 100 * MINUTES, "too few answers"),
        (any(secret in text for secret in secrets), "a secret is in the log"),
        ("panicked" in text, "a panic is in the log"),
        (code != 0, f"the sidecar ended with {code}"),
    ]:
        if failed:
            raise SystemExit(f"FAILED: {why}; see {work}")
    print("ok")


main()
