"""A provider that logs in as Api4Com does, and answers /api/v1/fault/N with the fault N of faults.json.

    python3 provider.py FOLDER

Writes profiles.toml and authority.pem to FOLDER, and prints its address. A fault with a `place` has a listener and an
account of its own, which is in order until /strike/N, and again after /mend/N. /count/N counts the requests for a
fault. Needs openssl.
"""

import base64
import collections
import email.utils
import gzip
import html
import json
import pathlib
import quopri
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

FOLDER = pathlib.Path(sys.argv[1])
FAULTS = json.loads(pathlib.Path(__file__).with_name("faults.json").read_text())
TOKEN = "a-token-of-the-account-that-nobody-may-see"
ENCODED = {"gzip": gzip.compress(b"0" * (64 << 20)), "latin": b'{"a": "\xe9"}'}
# What was sent, as a provider may repeat it.
ECHOES = {
    "text": lambda sent: sent,
    "json": lambda sent: json.dumps(json.dumps(sent)),
    "ascii": lambda sent: "".join(f"\\u{ord(letter):04x}" for letter in sent),
    "url": lambda sent: urllib.parse.quote(sent, safe=""),
    "url-twice": lambda sent: urllib.parse.quote(urllib.parse.quote(sent, safe=""), safe=""),
    "quoted-printable": lambda sent: quopri.encodestring(sent.encode()).decode(),
    "html": lambda sent: "".join(f"&#{ord(letter)};" for letter in html.escape(sent)),
    "base64": lambda sent: base64.b64encode(sent.encode()).decode(),
    "base64-url": lambda sent: base64.urlsafe_b64encode(b"sent: " + sent.encode()).decode(),
    "hexadecimal": lambda sent: sent.encode().hex(),
    "bytes": lambda sent: list(sent.encode()),
    "capitals": lambda sent: sent.upper(),
    "half": lambda sent: sent[: len(sent) // 2],
    "hyphens": lambda sent: "-".join(sent),
}
counts = collections.Counter()


def answer(status, body=b"", *headers, length=None):
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            line = self.rfile.readline().decode("latin-1")
            headers = {}
            while (header := self.rfile.readline().decode("latin-1").strip()):
                name, value = header.split(":", 1)
                headers[name.lower()] = value.strip()
            if not line:
                return
            body = self.rfile.read(int(headers.get("content-length", 0)))
            path = line.split()[1]
            if path == "/api/v1/users/login":
                goes_on = self.server.log_in(self)
            elif path.startswith("/count/"):
                goes_on = self.send(answer(200, str(counts[path[7:]]).encode()))
            elif path.startswith(("/strike/", "/mend/")):
                _, verb, number = path.split("/")
                getattr(places[int(number)], verb)()
                goes_on = self.send(answer(200))
            else:
                number = path.rsplit("/", 1)[1]
                counts[number] += 1
                goes_on = self.server.play(self, FAULTS[int(number)], headers.get("authorization", ""), body.decode())
            if goes_on is False:
                return

    def send(self, data):
        self.wfile.write(data)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def fault(self, fault, sent):
        """Plays a fault. Returns False if the connection ends with it."""
        kind, page = fault["kind"], json.dumps({"results": [], "next": None}).encode()
        if kind == "status":
            retry = [f"Retry-After: {value}" for value in fault.get("retry_after", [])]
            location = [f"Location: {fault['location']}"] if "location" in fault else []
            empty = fault["status"] in (204, 304)
            return self.send(answer(fault["status"], b"" if empty else page, *retry, *location))
        if kind == "body":
            data = ENCODED.get(fault.get("encoding"), fault.get("text", "").encode("utf-8"))
            more = [f"Content-Encoding: {fault['encoding']}"] if fault.get("encoding") == "gzip" else []
            return self.send(answer(200, data, *fault.get("headers", []), *more))
        if kind == "date":
            date = email.utils.formatdate(time.time() + fault["seconds"], usegmt=True)
            return self.send(answer(fault["status"], page, f"{fault['header']}: {date}"))
        if kind == "echo":
            text = ECHOES[fault.get("as", "text")](sent)
            whole = {"message": text, "code": sent if fault.get("code") else None}
            body = sent if fault["status"] == 200 else json.dumps({"error": whole})
            return self.send(answer(fault["status"], body.encode()))
        if kind == "silence":
            time.sleep(5)
            return False
        if kind == "close":
            self.send(fault["first"].encode())
            return False
        if kind == "reset":
            self.send(fault["first"].encode())
            self.wfile.flush()
            time.sleep(0.1)
            return self.reset()
        if kind == "slow":
            self.send(answer(200, b"{", length=9))
            time.sleep(5)
            return False
        if kind == "endless":
            try:
                self.send(fault["first"].encode())
                for _ in range(10_000):
                    self.send(fault["repeat"].encode() * 1000)
            except OSError:
                pass
            return False
        raise SystemExit(f"unknown {kind}")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 128

    def log_in(self, connection, token=TOKEN, *headers):
        login = {"id": token, "ttl": "1209600", "created": "2020-01-01T00:00:00Z", "userId": 1}
        return connection.send(answer(200, json.dumps(login).encode(), *headers))

    def play(self, connection, fault, token, body):
        return connection.fault(fault, token + body)

    def handle_error(self, request, client_address):
        pass  # The client's end of the connection is a part of some faults.


class Place(Server):
    """A listener and an account of one fault, which are in order until `strike`."""

    def __init__(self, fault):
        super().__init__(("127.0.0.1", 0), Connection)
        self.kind, self.certificate, self.struck = fault["place"], fault.get("certificate"), False
        self.logins, self.revoked, self.open, self.waiting = 0, 0, set(), []
        self.serve()

    def serve(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def finish_request(self, request, client_address):
        if self.certificate:
            flaw = self.certificate if self.struck else "right"
            request = CONTEXTS[flaw].wrap_socket(request, server_side=True)
        self.open.add(request)
        with request:
            super().finish_request(request, client_address)
        self.open.discard(request)

    def strike(self):
        self.struck, self.revoked = True, self.logins
        if self.kind == "refused":
            self.shutdown()
            self.socket.close()
        elif self.kind == "stalled":
            # Its queue is full, and nobody accepts.
            self.shutdown()
            self.socket.listen(0)
            for _ in range(4):
                self.waiting.append(socket.socket())
                self.waiting[-1].setblocking(False)
                self.waiting[-1].connect_ex(self.server_address)
        elif self.kind == "hung-up":
            for connection in list(self.open):
                connection.shutdown(socket.SHUT_RDWR)
        time.sleep(0.1)

    def mend(self):
        self.struck = False
        if self.kind == "refused":
            self.socket = socket.socket()
            self.server_bind()
        if self.kind in ("refused", "stalled"):
            for connection in self.waiting:
                connection.close()
            self.server_activate()
            self.serve()

    def log_in(self, connection):
        if self.struck and self.kind in ("password", "locked"):
            return connection.send(answer(401, b'{"error": {"statusCode": 401, "code": "LOGIN_FAILED"}}'))
        self.logins += 1
        super().log_in(connection, f"{TOKEN}-{self.logins}", f"Connection: {self.after_an_answer()}")
        return self.after_an_answer() == "keep-alive"

    def play(self, connection, fault, token, body):
        if self.struck and self.kind == "reset":
            return connection.reset()
        is_old = int(token.rsplit("-", 1)[1]) <= self.revoked
        if self.struck and ((self.kind in ("revoked", "locked") and is_old) or self.kind == "once"):
            self.struck = self.kind != "once"
            return connection.send(answer(401, b"{}"))
        connection.send(answer(200, b"{}", f"Connection: {self.after_an_answer()}"))
        return self.after_an_answer() == "keep-alive"

    def after_an_answer(self):
        """Returns `close` if the fault concerns new connections."""
        return "close" if self.kind in ("refused", "stalled", "certificate") else "keep-alive"


def certificates():
    """Makes the certificates of an authority that the sidecar trusts, and of one that it does not."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=FOLDER, check=True, stderr=subprocess.DEVNULL)

    (FOLDER / "ca.conf").write_text(
        "[ca]\ndefault_ca = here\n[here]\ndatabase = index\nserial = serial\nnew_certs_dir = .\n"
        "default_md = sha256\nunique_subject = no\npolicy = policy\n[policy]\ncommonName = supplied\n"
    )
    (FOLDER / "index").touch()
    (FOLDER / "serial").write_text("01\n")
    key = ["-newkey", "rsa:2048", "-nodes"]
    for name in ["authority", "stranger"]:
        openssl("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=provider")
    contexts = {}
    for flaw, issuer, host, year in [
        ("right", "authority", "IP:127.0.0.1", 2120),
        ("wrong host", "authority", "DNS:other.test", 2120),
        ("expired", "authority", "IP:127.0.0.1", 2020),
        ("unknown authority", "stranger", "IP:127.0.0.1", 2120),
    ]:
        (FOLDER / "names").write_text(f"subjectAltName={host}\n")
        files = ["-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key", "-in", "server.csr", "-out", "server.pem"]
        dates = ["-startdate", "20190101000000Z", "-enddate", f"{year}0101000000Z"]
        openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-extfile", "names", *files, *dates)
        contexts[flaw] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[flaw].load_cert_chain(FOLDER / "server.pem", FOLDER / "server.key")
    return contexts


def profile(name, base_url, account='user = "ana"\nsecret = { variable = "FAULTS_PASSWORD" }'):
    return (
        f'[profile.{name}]\nprovider = "api4com"\nbase_url = "{base_url}"\nstore = "none"\nlisten = "127.0.0.1:0"\n'
        f"{account}\n"
    )


CONTEXTS = certificates()
server = Server(("127.0.0.1", 0), Connection)
address = "{}:{}".format(*server.server_address)
places, profiles = {}, [profile("faults", f"http://{address}/api/v1")]
for number, fault in enumerate(FAULTS):
    if fault.get("place") == "unresolved":
        token = f'token = {{ password_in_plain_text = "{TOKEN}" }}'
        profiles.append(profile(f"fault-{number}", "https://provider.invalid/api/v1", token))
    elif "place" in fault:
        places[number] = Place(fault)
        scheme = "https" if fault.get("certificate") else "http"
        profiles.append(profile(f"fault-{number}", "{}://{}:{}/api/v1".format(scheme, *places[number].server_address)))
(FOLDER / "profiles.toml").write_text("".join(profiles))
print(address, flush=True)
server.serve_forever()
