//! Sends an order whose body is signed as xigsapi's server computes it.
//!
//! Set `SIGNED_API_KEY` and `SIGNED_API_BASE_URL` (or `SIGNED_API_ENVIRONMENT=sandbox`), then
//! `cargo run -p auth-examples --example signed_order`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use serde::Serialize;
use signed_api_auth::Client;
use signed_api_auth::auth_core::http::Method;
use signed_api_auth::auth_core::{Result, success};

#[derive(Serialize)]
struct Order<'a> {
    reference: &'a str,
    /// Money goes as a text: what a double cannot carry is refused before it is sent.
    amount: &'a str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    sku: &'a str,
    quantity: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let order =
        Order { reference: "pedido-42", amount: "149.90", items: vec![Item { sku: "raspadinha", quantity: 3 }] };
    let response = success(client.send_signed(Method::POST, "v1/game/session", &order).await?).await?;
    println!("{}: {}", response.status(), response.text().await?);
    Ok(())
}
