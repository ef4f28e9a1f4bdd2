//! Logins at another host than that of the API.

use auth_core::url::Url;
use auth_core::{AccessToken, Accounts, Client, ErrorKind, Http, Login, Options, Result};
use mockito::{Matcher, Mock, Server, ServerGuard};

use super::GRANTED;
use super::account::{Account, Session};

/// An account that logs in at a host of its own.
#[derive(Clone, Debug)]
struct Apart {
    account: Account,
    login_base_url: Url,
}

impl Login for Apart {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.account.base_url
    }

    fn login_base_url(&self) -> &Url {
        &self.login_base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        self.account.login(http).await
    }
}

/// Returns an account, and the mocks of a login at one host and of two requests at the other.
async fn apart(api: &mut ServerGuard, auth: &mut ServerGuard) -> (Apart, [Mock; 3]) {
    let login = auth.mock("POST", "/realm/login/").with_body(GRANTED).expect(1).create_async().await;
    let request = api.mock("GET", "/api/users").match_header("authorization", "Bearer granted-token");
    let request = request.expect(2).create_async().await;
    let elsewhere = api.mock("POST", Matcher::Any).expect(0).create_async().await;
    let login_base_url = format!("{}/realm", auth.url()).parse().unwrap();
    (Apart { account: Account::at(&format!("{}/api", api.url())), login_base_url }, [login, request, elsewhere])
}

#[tokio::test]
async fn the_secrets_go_to_the_host_of_the_login_and_the_token_to_the_api() {
    let (mut api, mut auth) = (Server::new_async().await, Server::new_async().await);
    let (account, mocks) = apart(&mut api, &mut auth).await;
    let client = Client::new(account).unwrap();
    for _ in 0..2 {
        client.get("users").error_for_status().await.unwrap();
    }
    let error = client.get(&format!("{}/realm/users", auth.url())).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "the token goes nowhere but to the API: {error}");
    for mock in mocks {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn an_account_of_a_set_logs_in_at_its_own_host() {
    let (mut api, mut auth) = (Server::new_async().await, Server::new_async().await);
    let (account, mocks) = apart(&mut api, &mut auth).await;
    let accounts: Accounts<u8, Apart> = Accounts::new(Options::default());
    for _ in 0..2 {
        let client = accounts.get_or_insert_with(&7, || Ok(account.clone())).unwrap();
        client.get("users").error_for_status().await.unwrap();
    }
    for mock in mocks {
        mock.assert_async().await;
    }
}

#[test]
fn the_host_of_a_login_is_checked_as_the_base_url_is() {
    let login_base_url = "http://auth.example/realm".parse().unwrap();
    let account = Apart { account: Account::at("https://api.example"), login_base_url };
    let accounts: Accounts<u8, Apart> = Accounts::new(Options::default());
    let of_set = accounts.insert(7, account.clone()).unwrap_err();
    for error in [Client::new(account).unwrap_err(), of_set] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("http://auth.example/realm would send secrets in the clear"), "{error}");
    }
}

#[tokio::test]
async fn a_user_and_password_that_every_request_carries_need_no_login() {
    let mut server = Server::new_async().await;
    let request = server.mock("GET", "/users").match_header("authorization", "Basic bWFyaWE6c2VnclBlZG8=");
    let request = request.with_status(403).with_body(r#"{"message": "segrPedo is wrong"}"#).expect(1);
    let request = request.create_async().await;
    let token = AccessToken::basic("maria", "segrPedo").unwrap();
    let client = Client::<Fixed>::from_credential(&server.url().parse().unwrap(), Given(token), Options::default());
    let error = client.unwrap().get("users").error_for_status().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("segrPedo"), "{error:?}");
    request.assert_async().await;
}

#[derive(Debug)]
struct Given(AccessToken);

impl auth_core::Credential for Given {
    fn expiry(&self) -> auth_core::Expiry {
        auth_core::Expiry::Never
    }

    fn authorize(&self, headers: &mut auth_core::http::HeaderMap) {
        self.0.authorize(headers);
    }
}

#[derive(Debug)]
struct Fixed(Url);

impl Login for Fixed {
    type Credential = Given;

    fn base_url(&self) -> &Url {
        &self.0
    }

    async fn login(&self, _http: &Http) -> Result<Given> {
        Ok(Given(AccessToken::basic("maria", "segrPedo")?))
    }
}
