import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


def requests_retry_session(retries=3):
    session = requests.Session()
    retry = Retry(
        total=retries,
        read=retries,
        connect=retries,
        backoff_factor=0.3,
        status_forcelist=(401, 500, 502, 504),
    )
    adapter = HTTPAdapter(max_retries=retry)
    session.mount('http://', adapter)
    session.mount('https://', adapter)
    return session


base_url, username, password = sys.argv[1:]
login = requests.post(f"{base_url}/login/", json={"username": username, "password": password})
url = f"{base_url}/usuarios/"
headers = {"Authorization": f"Bearer {login.json()['access_token']}"}

# Usage
session = requests_retry_session()
response = session.get(url, headers=headers)

print(response.status_code, response.text)
