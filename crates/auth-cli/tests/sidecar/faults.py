"""Plays every fault of faults.json through the sidecar with a plain client, `http.client`."""

import http.client
import json
import os
import pathlib
import urllib.request

SIDECAR, PROVIDER = os.environ["SIDECAR"], os.environ["PROVIDER"]
FAULTS = json.loads(pathlib.Path(__file__).with_name("faults.json").read_text())


def play(number):
    """Returns the status, the headers, and the body or None if it broke off."""
    connection = http.client.HTTPConnection(SIDECAR, timeout=20)
    connection.request("GET", f"/fault/{number}")
    answer = connection.getresponse()
    try:
        endless = FAULTS[number]["expect"] == "endless"
        body = answer.read(1 << 20) if endless else answer.read()
    except (OSError, http.client.HTTPException):
        body = None
    connection.close()
    return answer.status, answer.headers, body


def count(number):
    return int(urllib.request.urlopen(f"http://{PROVIDER}/count/{number}").read())


for number, fault in enumerate(FAULTS):
    expect, before = fault["expect"], count(number)
    status, headers, body = play(number)
    name = f"{fault['name']}: {status}, {body and body[:200]}"
    if expect == "broken":
        assert status == 200 and body is None, name
    elif expect == "endless":
        assert status == 200 and len(body) == 1 << 20, name
    else:
        assert status == expect and body is not None, name
    ours = headers["content-type"] == "application/problem+json"
    assert ours == (fault["kind"] not in ("status", "body", "echo", "slow") and isinstance(expect, int)), name
    assert not ours or json.loads(body)["status"] == status, name
    # The provider's own answers pass unchanged. The token is in no other answer.
    assert fault["kind"] == "echo" or b"a-token-of" not in (body or b""), name
    assert headers.get("location") == fault.get("local"), (name, headers.get("location"))
    assert headers.get_all("retry-after", []) == fault.get("retry_after", []), (name, headers.items())
    if fault.get("raw"):
        assert len(body) < 1 << 20 and headers["content-encoding"] == "gzip", name
    assert count(number) - before == fault["requests"], (name, count(number))
print(f"ok {len(FAULTS)} faults with Python")
