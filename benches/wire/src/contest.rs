//! One request, as the client of auth-core sends it and as bare reqwest does.

use std::time::Duration;

use auth_core::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use auth_core::reqwest::{self, redirect};
use auth_core::url::Url;
use auth_core::{Client, http::StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::Result;
use crate::account::{Account, TOKEN};

/// The kind of request, and the way in which it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `client.send(bare.get(url))` and `bare.get(url).header(…).send()`: the URL is parsed beforehand.
    Get,
    /// `client.get(path).send()` and `bare.get(text).header(…).send()`: both parse the URL.
    GetPath,
    /// As `Get`, with a body of 4 KiB of JSON text that was made beforehand.
    Post,
    /// As `GetPath`, with a body of 4 KiB that `json` makes.
    PostPath,
}

/// The sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `auth_core::Client`.
    Ours,
    /// The same reqwest with a constant header.
    Bare,
}

/// Both clients, each with its own connections, and their requests.
#[derive(Debug)]
pub struct Contest {
    ours: Client<Account>,
    bare: reqwest::Client,
    header: HeaderValue,
    url: Url,
    text: String,
    body: Value,
    body_text: Bytes,
}

const PATH: &str = "v4/usuarios/123/";

impl Contest {
    /// Creates both clients for a server at `http://host:port`.
    ///
    /// # Errors
    ///
    /// Fails if a client cannot be built.
    pub fn new(address: &str) -> Result<Self> {
        let base_url = Url::parse(&format!("http://{address}/api/"))?;
        let mut header = HeaderValue::try_from(format!("Bearer {TOKEN}"))?;
        header.set_sensitive(true);
        let url = base_url.join(PATH)?;
        let body = employees();
        Ok(Self {
            bare: bare(&base_url)?,
            ours: Client::new(Account { base_url })?,
            header,
            text: url.to_string(),
            url,
            body_text: body.to_string().into(),
            body,
        })
    }

    /// Sends one request and reads the response.
    ///
    /// # Errors
    ///
    /// Fails if the response is not a 200.
    pub async fn ask(&self, shape: Shape, side: Side) -> Result<()> {
        let Self { ours, bare, header, url, text, body, body_text } = self;
        let json = HeaderValue::from_static("application/json");
        let response = match (shape, side) {
            (Shape::Get, Side::Ours) => ours.send(bare.get(url.clone())).await?,
            (Shape::Get, Side::Bare) => bare.get(url.clone()).header(AUTHORIZATION, header.clone()).send().await?,
            (Shape::GetPath, Side::Ours) => ours.get(PATH).send().await?,
            (Shape::GetPath, Side::Bare) => bare.get(text).header(AUTHORIZATION, header.clone()).send().await?,
            (Shape::Post, side) => {
                let request = bare.post(url.clone()).header(CONTENT_TYPE, json).body(body_text.clone());
                match side {
                    Side::Ours => ours.send(request).await?,
                    Side::Bare => request.header(AUTHORIZATION, header.clone()).send().await?,
                }
            }
            (Shape::PostPath, Side::Ours) => ours.post(PATH).json(body).send().await?,
            (Shape::PostPath, Side::Bare) => {
                bare.post(text).header(AUTHORIZATION, header.clone()).json(body).send().await?
            }
        };
        if response.status() != StatusCode::OK {
            return Err(format!("the server answered {}", response.status()).into());
        }
        response.bytes().await?;
        Ok(())
    }
}

/// Builds a reqwest client with the settings of auth-core's own: `transport/clients.rs`.
fn bare(base_url: &Url) -> Result<reqwest::Client> {
    let origin = base_url.origin();
    let policy =
        redirect::Policy::custom(
            move |attempt| {
                if attempt.url().origin() == origin { attempt.follow() } else { attempt.stop() }
            },
        );
    Ok(reqwest::Client::builder()
        .user_agent("auth-core/0.1.0")
        .tls_backend_rustls()
        .no_proxy()
        .tls_certs_only([])
        .timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(5))
        .referer(false)
        .redirect(policy)
        .build()?)
}

/// Returns 4 KiB of JSON.
fn employees() -> Value {
    let one = |id: u32| json!({ "id": id, "nome": "Ana Lima", "email": format!("ana.lima.{id:04}@example.com"), "ativo": true });
    let mut all: Vec<Value> = Vec::new();
    while json!({ "empregados": all }).to_string().len() < 4096 - 80 {
        all.push(one(1000 + u32::try_from(all.len()).unwrap_or_default()));
    }
    json!({ "empregados": all })
}
