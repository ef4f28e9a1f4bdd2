#!/usr/bin/env python3
"""Wall and CPU time of `authctl token` when a login is shared already, and of `cat FILE`, in turn and in one run.

    python3 benches/authctl/warm_token.py            200 rounds
    python3 benches/authctl/warm_token.py --rounds N

Every run is a process of its own, from its start to its end. `status, https` builds the client for an https address
and reads the same login, which is what a warm token of a real provider costs; the sandbox itself speaks plain http.
CPU time varies less than wall time on a machine with other load. Fails if a median is above 10 ms of CPU time.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT_MS = 10
ROOT = pathlib.Path(__file__).resolve().parents[2]


def built():
    """Returns the path of a release build."""
    command = ["cargo", "build", "--release", "--quiet", "-p", "auth-cli", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    executables = [json.loads(line).get("executable") for line in lines]
    return next(path for path in executables if path and path.endswith(("authctl", "authctl.exe")))


def cost(command, environment):
    """Runs a command. Returns its wall time and its CPU time in milliseconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1e3, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    authctl = built()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = {**os.environ, "AUTHCTL_CONFIG": str(folder / "profiles.toml"), "AUTHCTL_STATE": str(folder)}
        output = (folder / "sandbox.json").open("w")
        sandbox = subprocess.Popen([authctl, "sandbox", "--json"], stdout=output)
        try:
            run = [authctl, "init", "--sandbox", str(folder / "sandbox.json")]
            subprocess.run(run, env=environment, check=True, stdout=subprocess.DEVNULL)
            with (folder / "profiles.toml").open("a") as profiles:
                profiles.write('[profile.https]\nprovider = "pontotel"\nuser = "maria"\n')
                profiles.write('secret = { password_in_plain_text = "segredo" }\n')
            token = subprocess.run([authctl, "token", "sandbox-pontotel"], env=environment, check=True, capture_output=True)
            (folder / "token").write_bytes(token.stdout)
            commands = {
                "cat FILE": ["cat", str(folder / "token")],
                "authctl --version": [authctl, "--version"],
                "authctl token": [authctl, "token", "sandbox-pontotel"],
                "status, https": [authctl, "status", "https"],
            }
            costs = {name: [] for name in commands}
            for _ in range(rounds):
                for name, command in commands.items():
                    costs[name].append(cost(command, environment))
        finally:
            sandbox.terminate()
            sandbox.wait()
    print(f"{'':18} {'wall, median':>13} {'fastest':>9} {'CPU, median':>12} {'x cat, CPU':>11}")
    medians = {name: statistics.median(cpu for _, cpu in costs[name]) for name in costs}
    for name, runs in costs.items():
        walls = [wall for wall, _ in runs]
        ratio = medians[name] / medians["cat FILE"]
        print(f"{name:18} {statistics.median(walls):10.2f} ms {min(walls):6.2f} ms {medians[name]:9.2f} ms {ratio:11.1f}")
    slow = [name for name, cpu in medians.items() if cpu > LIMIT_MS]
    sys.exit(f"above {LIMIT_MS} ms: {', '.join(slow)}" if slow else 0)


if __name__ == "__main__":
    main()
