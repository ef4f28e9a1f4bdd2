//! A payment from Sopague's Gateway API, looked up by its identifier.
//!
//! Set `SOPAGUE_USERNAME`, `SOPAGUE_PASSWORD` and `SOPAGUE_API=gateway`, then
//! `cargo run -p auth-examples --example sopague_payment -- PAYMENT_ID`.

use auth_examples::println;
use sopague_auth::Client;
use sopague_auth::auth_core::{Error, ErrorKind, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let Some(payment) = std::env::args().nth(1) else {
        return Err(Error::new(ErrorKind::InvalidRequest, "give the payment's identifier"));
    };
    let client = Client::from_env()?;
    match client.get(&format!("v1/payments/{payment}")).fetch::<serde_json::Value>().await {
        Ok(payment) => println!("{payment:#}"),
        Err(error) if error.status() == Some(400) => println!("there is no payment {payment}"),
        Err(error) => return Err(error),
    }
    Ok(())
}
