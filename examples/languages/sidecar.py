"""Lists Pontotel's users and creates a profile at xigsapi, through `authctl serve`: without a login, a token or a signature."""

import os

import requests

PONTOTEL = os.environ.get("PONTOTEL", "http://127.0.0.1:8700")
XIGSAPI = os.environ.get("XIGSAPI", "http://127.0.0.1:8701")


def users():
    url = f"{PONTOTEL}/usuarios/?page_size=2"
    while url:
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        yield from page["results"]
        url = page["next"]


for user in users():
    print(user["username"])

profile = {"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"}
answer = requests.post(f"{XIGSAPI}/v1/profile", json=profile, timeout=60)
answer.raise_for_status()
print("created", answer.json()["data"]["profileId"])
