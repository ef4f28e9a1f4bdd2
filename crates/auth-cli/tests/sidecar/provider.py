"""A provider that logs in as Api4Com does, and answers /api/v1/fault/N with the fault N of faults.json.

Prints its port, and counts the requests for each fault at /count/N.
"""

import base64
import collections
import gzip
import json
import pathlib
import socket
import socketserver
import struct
import threading
import time

FAULTS = json.loads(pathlib.Path(__file__).with_name("faults.json").read_text())
TOKEN = "a-token-of-the-account-that-nobody-may-see"
ENCODED = {"gzip": gzip.compress(b"0" * (64 << 20)), "latin": b'{"a": "\xe9"}'}
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
                login = {"id": TOKEN, "ttl": "1209600", "created": "2020-01-01T00:00:00Z", "userId": 1}
                self.send(answer(200, json.dumps(login).encode()))
            elif path.startswith("/count/"):
                self.send(answer(200, str(counts[path[7:]]).encode()))
            else:
                number = path.rsplit("/", 1)[1]
                counts[number] += 1
                sent = headers.get("authorization", "") + body.decode()
                if self.fault(FAULTS[int(number)], sent) is False:
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
        if kind == "echo":
            text = base64.b64encode(sent.encode()).decode() if fault.get("encoded") else sent
            return self.send(answer(fault["status"], json.dumps({"error": {"message": text}}).encode()))
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
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # The client's end of the connection is a part of some faults.


server = Server(("127.0.0.1", 0), Connection)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever).run()
