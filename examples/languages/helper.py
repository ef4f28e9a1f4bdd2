"""Does the job of sidecar.py without a sidecar: asks `authctl` for a token whenever one is needed."""

import json
import os
import subprocess

import requests

PONTOTEL = os.environ.get("PONTOTEL_BASE_URL", "https://apis.pontotel.com.br/pontotel/api/v4")


def authctl(*arguments):
    return subprocess.run(["authctl", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


class Authctl(requests.auth.AuthBase):
    """The account of a profile. A request whose token was revoked is sent once more, with the next token."""

    def __init__(self, profile):
        self.profile = profile

    def __call__(self, request):
        request.headers["Authorization"] = self.header()
        request.register_hook("response", self.again)
        return request

    def header(self):
        return authctl("token", self.profile, "--format", "header").strip().split(": ", 1)[1]

    def again(self, answer, **options):
        if answer.status_code != 401:
            return answer
        authctl("invalidate", self.profile)
        request = answer.request.copy()
        request.headers["Authorization"] = self.header()
        answer.close()
        return answer.connection.send(request, **options)


url = f"{PONTOTEL}/usuarios/?page_size=2"
while url:
    answer = requests.get(url, auth=Authctl("pontotel"), timeout=60)
    answer.raise_for_status()
    for user in answer.json()["results"]:
        print(user["username"])
    url = answer.json()["next"]

# A signature belongs to one token, so `authctl` signs and sends in one step.
profile = {"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"}
created = authctl("request", "xigsapi", "POST", "/v1/profile", "--sign", "--fail", "-d", json.dumps(profile))
print("created", json.loads(created)["data"]["profileId"])
