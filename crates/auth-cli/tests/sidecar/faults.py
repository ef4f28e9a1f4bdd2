"""Plays every fault of faults.json through the sidecar with a plain client, `http.client`."""

import http.client
import json
import os
import pathlib
import re
import urllib.request

SIDECARS, PROVIDER = json.loads(os.environ["SIDECARS"]), os.environ["PROVIDER"]
FOLDER = pathlib.Path(__file__).parent
FAULTS = json.loads((FOLDER / "faults.json").read_text())
# The kinds of faults whose answers the provider sends. They pass unchanged.
OF_THE_PROVIDER = ("status", "body", "echo", "slow", "date")


def play(number):
    """Returns the status, the headers, and the body or None if it broke off."""
    sidecar = SIDECARS.get(f"fault-{number}", SIDECARS["faults"])
    connection = http.client.HTTPConnection(sidecar, timeout=20)
    connection.request("GET", f"/fault/{number}")
    answer = connection.getresponse()
    try:
        endless = FAULTS[number]["expect"] == "endless"
        body = answer.read(1 << 20) if endless else answer.read()
    except (OSError, http.client.HTTPException):
        body = None
    connection.close()
    return answer.status, answer.headers, body


def ask(path):
    return urllib.request.urlopen(f"http://{PROVIDER}/{path}").read()


text = (FOLDER / "../../../../docs/faults.md").read_text()
documented = re.findall(r"^\| (.*?)(?: \(\*.*\*\))? \| request \|", text, re.M)
# The sidecar has no retries of its own.
documented = {name for name in documented if "RetryPolicy" not in name}
undriven = documented - {fault["name"] for fault in FAULTS}
assert documented and not undriven, f"faults.json lacks faults of docs/faults.md: {undriven}"

for number, fault in enumerate(FAULTS):
    expect, kind, place = fault["expect"], fault.get("kind"), fault.get("place")
    has_place = place not in (None, "unresolved")
    if has_place:
        assert play(number)[0] == 200, fault["name"]
        ask(f"strike/{number}")
    before = int(ask(f"count/{number}"))
    status, headers, body = play(number)
    name = f"{fault['name']}: {status}, {body and body[:300]}"
    if expect == "broken":
        assert status == 200 and body is None, name
    elif expect == "endless":
        assert status == fault.get("status", 200) and len(body) == 1 << 20, name
    else:
        assert status == expect and body is not None, name
    is_ours = isinstance(expect, int) and expect > 500 and kind not in OF_THE_PROVIDER
    assert (headers["content-type"] == "application/problem+json") == is_ours, name
    if is_ours:
        problem = json.loads(body)
        assert problem["status"] == status and fault.get("detail", "") in problem["detail"], name
    # The provider's own answers pass unchanged. The token is in no other answer.
    assert kind == "echo" or b"a-token-of" not in (body or b""), name
    assert headers.get("location") == fault.get("local"), (name, headers.get("location"))
    retry_after = headers.get_all("retry-after", [])
    if status == 503 and is_ours:
        assert 60 <= int(retry_after[0]) <= 66, (name, retry_after)
    elif kind != "date":
        assert retry_after == fault.get("retry_after", []), (name, retry_after)
    if fault.get("raw"):
        assert len(body) < 1 << 20 and headers["content-encoding"] == "gzip", name
    assert int(ask(f"count/{number}")) - before == fault["requests"], name
    # After the fault, the next request succeeds, unless a refused login is held back.
    if has_place:
        ask(f"mend/{number}")
        assert play(number)[0] == (503 if place == "locked" else 200), fault["name"]
print(f"ok {len(FAULTS)} faults with Python")
