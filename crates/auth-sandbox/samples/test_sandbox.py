"""Tests of a client in Python, with pytest and requests, against the sandbox."""

import hashlib
import hmac
import json
import os
import subprocess

import pytest
import requests


@pytest.fixture(scope="module")
def sandbox():
    """Starts the sandbox on a free port. Returns its base URLs and credentials."""
    program = os.environ.get("AUTH_SANDBOX", "auth-sandbox")
    with subprocess.Popen([program, "--json"], stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def pontotel(sandbox):
    """Pontotel, without what the test before has left."""
    control(sandbox, "DELETE", "pontotel/faults")
    control(sandbox, "DELETE", "pontotel/limits")
    return sandbox["pontotel"]


def control(sandbox, method, path, body=None):
    answer = requests.request(method, f"{sandbox['control_url']}/providers/{path}", json=body, timeout=5)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def login(pontotel, password=None):
    body = {"username": pontotel["username"], "password": password or pontotel["password"]}
    return requests.post(f"{pontotel['base_url']}/login/", json=body, timeout=5)


def users(pontotel, token):
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{pontotel['base_url']}/usuarios/", headers=headers, timeout=5)


def test_a_login_gives_a_token_that_works_until_it_is_revoked(sandbox, pontotel):
    token = login(pontotel).json()["access_token"]
    assert users(pontotel, token).json()["count"] == 5

    control(sandbox, "DELETE", "pontotel/tokens")
    assert users(pontotel, token).status_code == 401

    token = login(pontotel).json()["access_token"]
    assert users(pontotel, token).status_code == 200


def test_a_wrong_password_is_refused(pontotel):
    assert login(pontotel, "errada").status_code == 401


def test_a_fault_hits_as_many_requests_as_it_says(sandbox, pontotel):
    token = login(pontotel).json()["access_token"]
    fault = {"on": "resource", "kind": "too_many_requests", "retry_after": "7", "times": 1}
    control(sandbox, "POST", "pontotel/faults", fault)

    refused = users(pontotel, token)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert users(pontotel, token).status_code == 200
    assert control(sandbox, "GET", "pontotel/faults") == []


def test_a_closed_connection_is_an_error_of_the_client(sandbox, pontotel):
    control(sandbox, "POST", "pontotel/faults", {"on": "login", "kind": "close", "times": 1})
    with pytest.raises(requests.ConnectionError):
        login(pontotel)
    assert login(pontotel).status_code == 200


def test_a_limit_of_two_more_requests_refuses_the_third(sandbox, pontotel):
    used = control(sandbox, "GET", "pontotel/limits")["used_this_hour"]
    control(sandbox, "PUT", "pontotel/limits", {"per_hour": used + 2})
    assert [login(pontotel).status_code for _ in range(3)] == [200, 200, 429]


def test_a_signed_write_needs_the_signature_of_its_sorted_body(sandbox):
    xigsapi = sandbox["signed_api"]
    session = requests.post(f"{xigsapi['base_url']}/v1/auth/login", json={"apiKey": xigsapi["api_key"]}, timeout=5)
    session = session.json()["data"]

    def write(key):
        body = {"profileType": "demo", "email": "joao@casa.example", "description": "João"}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        headers = {
            "Authorization": f"Bearer {session['accessToken']}",
            "x-signed-request": hmac.new(key.encode(), text.encode(), hashlib.sha512).hexdigest(),
        }
        return requests.post(f"{xigsapi['base_url']}/v1/profile", json=body, headers=headers, timeout=5)

    assert write(session["signatureToken"]).json()["status"] == "success"
    assert not write("another key").ok
