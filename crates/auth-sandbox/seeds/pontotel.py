import sys

import requests
from datetime import datetime, timedelta


class PontotelAuth:
    def __init__(self, username, password, base_url):
        self.username = username
        self.password = password
        self.base_url = base_url
        self.token = None
        self.token_expires_at = None

    def login(self):
        """Performs login and obtains token"""
        url = f"{self.base_url}/login/"
        payload = {
            "username": self.username,
            "password": self.password
        }
        response = requests.post(url, json=payload)
        response.raise_for_status()
        data = response.json()
        self.token = data["access_token"]
        self.token_expires_at = datetime.now() + timedelta(seconds=data["expires_in"])
        return self.token

    def get_token(self):
        """Returns valid token, renewing if necessary"""
        if not self.token or datetime.now() >= self.token_expires_at:
            self.login()
        return self.token

    def get_headers(self):
        """Returns headers with authentication"""
        return {
            "Authorization": f"Bearer {self.get_token()}",
            "Content-Type": "application/json"
        }


# Usage
base_url, username, password = sys.argv[1:]
auth = PontotelAuth(
    username=username,
    password=password,
    base_url=base_url
)

# Make requests
headers = auth.get_headers()
response = requests.get(
    f"{base_url}/usuarios/",
    headers=headers
)

print(response.status_code, response.text)
