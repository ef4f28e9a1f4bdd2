//! The name and role of the EconPay user to whom the token belongs.
//!
//! Set `ECONPAY_EMAIL` and `ECONPAY_PASSWORD`, then `cargo run -p auth-examples --example econpay_who_am_i`.

use auth_examples::println;
use econpay_auth::Client;
use econpay_auth::auth_core::Result;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let me = client.me().await?;
    println!("{} ({})", me.name.as_deref().unwrap_or("somebody"), me.role.as_deref().unwrap_or("no role"));
    Ok(())
}
