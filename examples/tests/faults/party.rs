//! The providers' clients behind one trait, so that every case runs against all of them.

use api4com_auth::auth_core::reqwest::{Method, Response};
use api4com_auth::auth_core::{Client, Credential, Expiry, Login, Options, Request, Result};
use async_trait::async_trait;
use auth_sandbox::{Provider, Sandbox};
use serde_json::{Value, json};
use signed_api_auth::SignedRequest;

/// A provider's client, and the shape of its login.
pub(crate) struct Party {
    pub(crate) name: &'static str,
    pub(crate) provider: fn(&Sandbox) -> &Provider,
    /// The login's path below the base URL.
    pub(crate) login: &'static str,
    /// The JSON pointer of the token in a login response.
    pub(crate) token: &'static str,
    pub(crate) connect: fn(&Provider, &str, Options) -> Box<dyn Subject>,
    /// True for a party with the same account as the previous one and requests of another kind.
    pub(crate) requests_only: bool,
}

/// A client of any provider.
#[async_trait(?Send)]
pub(crate) trait Subject {
    async fn login(&self) -> Result<Expiry>;
    /// Sends an ordinary request. Any status is a response.
    async fn send(&self) -> Result<(u16, String)>;
    /// Sends the same request and reads the response as JSON.
    async fn fetch(&self) -> Result<Value>;
    /// Sends a `GET` of any path.
    async fn get(&self, path: &str) -> Result<u16>;
    /// Forgets the credential.
    fn forget(&self);
    fn clear_cooldown(&self);
    /// Returns everything that implements `Debug`.
    async fn debugged(&self) -> String;
}

struct Of<L: Login, R> {
    client: Client<L>,
    request: Ordinary<L, R>,
}

/// Begins an ordinary request.
type Ordinary<L, R> = Box<dyn Fn(&Client<L>) -> R>;

/// A request, signed or not.
#[async_trait(?Send)]
trait Sent: std::fmt::Debug {
    async fn send(self) -> Result<Response>;
    async fn fetch(self) -> Result<Value>;
}

#[async_trait(?Send)]
impl<L: Login> Sent for Request<L> {
    async fn send(self) -> Result<Response> {
        Request::send(self).await
    }

    async fn fetch(self) -> Result<Value> {
        Request::fetch(self).await
    }
}

#[async_trait(?Send)]
impl Sent for SignedRequest {
    async fn send(self) -> Result<Response> {
        SignedRequest::send(self).await
    }

    async fn fetch(self) -> Result<Value> {
        SignedRequest::fetch(self).await
    }
}

fn harmless<L: Login>(client: &Client<L>, provider: &Provider) -> Box<dyn Subject> {
    let (method, path) = (provider.protected_method(), provider.protected_path().to_owned());
    Box::new(Of { client: client.clone(), request: Box::new(move |client| client.request(method.clone(), &path)) })
}

#[async_trait(?Send)]
impl<L: Login, R: Sent> Subject for Of<L, R> {
    async fn login(&self) -> Result<Expiry> {
        Ok(self.client.credential().await?.expiry())
    }

    async fn send(&self) -> Result<(u16, String)> {
        let response = (self.request)(&self.client).send().await?;
        Ok((response.status().as_u16(), format!("{response:?}")))
    }

    async fn fetch(&self) -> Result<Value> {
        (self.request)(&self.client).fetch().await
    }

    async fn get(&self, path: &str) -> Result<u16> {
        Ok(self.client.get(path).send().await?.status().as_u16())
    }

    fn forget(&self) {
        if let Some(credential) = self.client.cached() {
            self.client.forget(&credential);
        }
    }

    fn clear_cooldown(&self) {
        self.client.clear_cooldown();
    }

    async fn debugged(&self) -> String {
        let client = &self.client;
        let credential = client.cached();
        let headers = match &credential {
            Some(_) => client.headers().await.ok(),
            None => None,
        };
        let (request, stats) = ((self.request)(client), client.stats());
        format!("{client:?} {:?} {credential:#?} {headers:?} {request:?} {stats:?}", client.account())
    }
}

pub(crate) const PARTIES: [Party; 7] = [
    Party {
        name: "pontotel",
        provider: Sandbox::pontotel,
        login: "login/",
        token: "/access_token",
        connect: |provider, base_url, options| {
            let client = pontotel_auth::Client::builder()
                .username(provider.username())
                .password(provider.password())
                .base_url(base_url)
                .options(|_| options);
            harmless(&client.build().expect("a client"), provider)
        },
        requests_only: false,
    },
    Party {
        name: "econpay",
        provider: Sandbox::econpay,
        login: "auth",
        token: "/response/token",
        connect: |provider, base_url, options| {
            let client = econpay_auth::Client::builder()
                .email(provider.username())
                .password(provider.password())
                .base_url(base_url)
                .options(|_| options);
            harmless(&client.build().expect("a client"), provider)
        },
        requests_only: false,
    },
    Party {
        name: "sopague",
        provider: Sandbox::sopague,
        login: "api/authentication/login",
        token: "/accessToken",
        connect: |provider, base_url, options| sopague(provider, base_url, options, sopague_auth::Api::Integration),
        requests_only: false,
    },
    Party {
        name: "sopague gateway",
        provider: Sandbox::sopague_gateway,
        login: "api/auth/token",
        token: "/accessToken",
        connect: |provider, base_url, options| sopague(provider, base_url, options, sopague_auth::Api::Gateway),
        requests_only: false,
    },
    Party {
        name: "api4com",
        provider: Sandbox::api4com,
        login: "users/login",
        token: "/id",
        connect: |provider, base_url, options| {
            let client = api4com_auth::Client::builder()
                .email(provider.username())
                .password(provider.password())
                .base_url(base_url)
                .options(|_| options);
            harmless(&client.build().expect("a client"), provider)
        },
        requests_only: false,
    },
    Party {
        name: "signed-api",
        provider: Sandbox::signed_api,
        login: "v1/auth/login",
        token: "/data/accessToken",
        connect: |provider, base_url, options| harmless(&signed_api(provider, base_url, options), provider),
        requests_only: false,
    },
    Party {
        name: "signed-api, signed",
        provider: Sandbox::signed_api,
        login: "v1/auth/login",
        token: "/data/accessToken",
        connect: |provider, base_url, options| {
            let signing = signed_api(provider, base_url, options);
            let profile = json!({ "description": "Casa da Ana", "email": "ana@casa.example" });
            let client = (*signing).clone();
            Box::new(Of {
                client,
                request: Box::new(move |_| {
                    signing.signed(Method::PUT, "v1/profile/507f1f77bcf86cd799439011", &profile)
                }),
            })
        },
        requests_only: true,
    },
];

fn sopague(provider: &Provider, base_url: &str, options: Options, api: sopague_auth::Api) -> Box<dyn Subject> {
    let client = sopague_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .api(api)
        .base_url(base_url)
        .options(|_| options);
    harmless(&client.build().expect("a client"), provider)
}

fn signed_api(provider: &Provider, base_url: &str, options: Options) -> signed_api_auth::Client {
    let client = signed_api_auth::Client::builder().api_key(provider.api_key()).base_url(base_url);
    client.options(|_| options).build().expect("a client")
}
