//! A list of all users of a Pontotel account, page by page.
//!
//! Set `PONTOTEL_USERNAME` and `PONTOTEL_PASSWORD`, then `cargo run -p auth-examples --example pontotel_users`.

use auth_examples::println;
use pontotel_auth::auth_core::Result;
use pontotel_auth::{Client, Page};

#[tokio::main]
async fn main() -> Result<()> {
    let client = Client::from_env()?;
    let mut page = client.users().await?;
    loop {
        for user in &page.results {
            println!("{user}");
        }
        // The client accepts this absolute URL because it is below the base URL.
        let Some(next) = page.next else { break };
        page = client.get(&next).fetch::<Page>().await?;
    }
    Ok(())
}
