//! A player's login and the opening of a game: two writes whose bodies are signed as xigsapi's server computes it.
//!
//! Set `SIGNED_API_KEY` and `SIGNED_API_BASE_URL` (or `SIGNED_API_ENVIRONMENT=sandbox`), then
//! `cargo run -p auth-examples --example signed_game_session -- PROFILE_ID GAME_ID`.

use auth_examples::println;
use serde::{Deserialize, Serialize};
use signed_api_auth::Client;
use signed_api_auth::auth_core::http::Method;
use signed_api_auth::auth_core::{Error, ErrorKind, Result};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Player<'a> {
    profile_id: &'a str,
    credential: &'a str,
    credential_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opening<'a> {
    user_token: &'a str,
    game_id: &'a str,
    /// A number that a double cannot represent is refused before it is sent.
    balance: f64,
}

/// The envelope of each answer.
#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggedIn {
    user_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    game_url: String,
    expires_at: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(profile), Some(game)) = (arguments.next(), arguments.next()) else {
        return Err(Error::new(ErrorKind::InvalidRequest, "give the identifiers of a profile and a game"));
    };
    let client = Client::from_env()?;
    let player = Player { profile_id: &profile, credential: "player@example.com", credential_type: "email" };
    let player: Answer<LoggedIn> = client.signed(Method::POST, "v1/user/auth", &player).fetch().await?;
    let game = Opening { user_token: &player.data.user_token, game_id: &game, balance: 149.90 };
    let session: Answer<Session> = client.signed(Method::POST, "v1/game/session", &game).fetch().await?;
    println!("play at {} until {}", session.data.game_url, session.data.expires_at);
    Ok(())
}
