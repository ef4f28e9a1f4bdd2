//! A list of all users of a Pontotel account, page by page.
//!
//! Set `PONTOTEL_USERNAME` and `PONTOTEL_PASSWORD`, then `cargo run -p auth-examples --example pontotel_users`.

use auth_examples::println;
use pontotel_auth::Client;
use pontotel_auth::auth_core::Result;

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let mut users = client.users();
    // The next page is fetched once all users of this one are taken.
    while let Some(user) = users.next().await {
        println!("{:?}", user?);
    }
    Ok(())
}
