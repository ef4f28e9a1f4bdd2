//! An Api4Com token that is valid for 30 days: created, used without a password, and deleted again.
//!
//! Set `API4COM_EMAIL` and `API4COM_PASSWORD`, then `cargo run -p auth-examples --example api4com_token_for_30_days`.

use api4com_auth::auth_core::Result;
use api4com_auth::auth_core::secrecy::SecretString;
use api4com_auth::{Client, Ttl};
use auth_examples::println;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let issued = client.create_token(Ttl::days(30)).await?;
    let days = issued.lifetime().map_or("for ever".to_owned(), |life| format!("{} days", life.as_secs() / 86_400));
    println!("{} lives {days}, as Api4Com says", issued.token().masked());

    // A script gets this token instead of a password.
    let token = SecretString::from(issued.token().expose_secret());
    let script = Client::builder().token(token).base_url(client.base_url().as_str()).build()?;
    println!("it belongs to {}", script.me().await?.name.as_deref().unwrap_or("somebody"));

    client.delete_token(issued.token()).await?;
    println!("deleted: {}", script.me().await.is_err());
    Ok(())
}
