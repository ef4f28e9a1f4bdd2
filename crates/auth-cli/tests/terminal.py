#!/usr/bin/env python3
"""authctl on a terminal: the secret is not shown, and a spinner appears only there, after a while.

    python3 crates/auth-cli/tests/terminal.py
"""

import json
import os
import pathlib
import pty
import socket
import subprocess
import tempfile
import termios
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECRET = "s3gr3do-digitado"
HIDDEN = b"(not shown): "


def built():
    command = ["cargo", "build", "--quiet", "-p", "auth-cli", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    executables = [json.loads(line).get("executable") for line in lines]
    return next(path for path in executables if path and path.endswith("authctl"))


def on_terminal(command, environment, answers=()):
    """Runs a command on a terminal, and types each answer after its question. Returns what is seen."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    seen, waiting = b"", list(answers)
    while True:
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            break
        if waiting and waiting[0][0] in seen:
            # The question appears a moment before the terminal hides what is typed.
            hides, limit = waiting[0][0] == HIDDEN, time.monotonic() + 5
            while hides and termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < limit:
                time.sleep(0.01)
            os.write(terminal, waiting.pop(0)[1] + b"\n")
    os.waitpid(child, 0)
    os.close(terminal)
    assert not waiting, f"not asked: {waiting}: {seen}"
    return seen.decode()


def slow_provider(pause):
    """Listens for one login, refuses it after a pause, and returns the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = listener.accept()
        connection.recv(65536)
        time.sleep(pause)
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}")
        connection.close()

    threading.Thread(target=answer, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def main():
    authctl = built()
    with tempfile.TemporaryDirectory() as folder:
        profiles = pathlib.Path(folder) / "profiles.toml"
        environment = {"AUTHCTL_CONFIG": str(profiles), "AUTHCTL_STATE": folder + "/state", "TERM": "xterm"}

        answers = [(b"sopague): ", b"pontotel"), (b"address: ", b"maria"), (HIDDEN, SECRET.encode())]
        seen = on_terminal([authctl, "init", "loja"], environment, answers)
        assert "maria" in seen and SECRET not in seen, seen
        secret = pathlib.Path(folder) / "secrets" / "loja"
        assert secret.read_text() == SECRET and secret.stat().st_mode & 0o777 == 0o600
        assert SECRET not in profiles.read_text()
        print("ok: the secret that a person types is not shown, and is kept in a private file")

        def refused(pause, run):
            profiles.write_text(
                f'[profile.loja]\nprovider = "pontotel"\nuser = "{pause}"\nbase_url = "{slow_provider(pause)}"\n'
                f'secret = {{ password_in_plain_text = "{SECRET}" }}\n'
            )
            return run([authctl, "token", "loja"], environment)

        assert "logging in" in refused(1.5, on_terminal)
        assert "logging in" not in refused(0, on_terminal)
        piped = refused(1.5, lambda command, env: subprocess.run(command, env=env, capture_output=True, text=True).stderr)
        assert "refused" in piped and "logging in" not in piped and "\x1b" not in piped, piped
        print("ok: a spinner appears on a terminal after a while, and nowhere else")

        help_text = on_terminal([authctl, "--help"], environment)
        plain = on_terminal([authctl, "--help"], {**environment, "NO_COLOR": "1"})
        assert "\x1b[" in help_text and "\x1b[" not in plain
        print("ok: colours appear on a terminal, unless NO_COLOR is set")


if __name__ == "__main__":
    main()
