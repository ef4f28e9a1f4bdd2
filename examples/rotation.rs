//! A password that is changed at the provider while 200 tasks send requests. The file with the new one follows later.
//!
//! ```sh
//! cargo run -p auth-examples --example rotation          # 0, 5 and 30 s later; some two minutes
//! cargo run -p auth-examples --example rotation -- 0 2   # other delays, in seconds
//! ```
//!
//! In each round the password changes just before the client renews its token. The provider then keeps the token alive,
//! or revokes it in the same moment. The program fails if a request fails while the token is alive or after the file has
//! followed, or if the old password is sent after the file has changed.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use auth_examples::println;
use auth_sandbox::Sandbox;
use pontotel_auth::Client;
use pontotel_auth::auth_core::Secret;
use tokio::task::JoinSet;
use tokio::time::sleep;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const TASKS: usize = 200;
const BETWEEN_REQUESTS: Duration = Duration::from_millis(100);
/// The time from the file's change to the end of a round.
const AFTERWARDS: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> ExitCode {
    match show().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn show() -> Result<()> {
    let delays: std::result::Result<Vec<u64>, _> = std::env::args().skip(1).map(|delay| delay.parse()).collect();
    let delays = delays.map_err(|_invalid| "usage: rotation [SECONDS…]")?;
    let delays = if delays.is_empty() { vec![0, 5, 30] } else { delays };
    println!(
        "| token | file follows after | requests | failed | logins | refused | old password sent after | login after |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for token in [Token::Lives, Token::IsRevoked] {
        for delay in delays.iter().copied().map(Duration::from_secs) {
            let outcome = round(token, delay, TASKS).await?;
            println!("| {token} | {} s {outcome}", delay.as_secs());
            outcome.check(token)?;
        }
    }
    Ok(())
}

/// The provider's treatment of the live token when the password changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Lives,
    IsRevoked,
}

#[derive(Debug)]
struct Outcome {
    requests: u64,
    failed: u64,
    /// Requests that failed in the last second of the round, long after the file's change.
    failed_at_last: u64,
    /// Logins that the provider accepted, with the first one.
    logins: u64,
    /// Logins that the provider refused: those with the old password.
    refused: u64,
    refused_after_the_file: u64,
    /// The time from the file's change to the login with the new password.
    new_login_after: Option<Duration>,
}

async fn round(token: Token, delay: Duration, tasks: usize) -> Result<Outcome> {
    let sandbox = Sandbox::start().await?;
    let provider = sandbox.pontotel();
    // The renewal is due after half the lifetime, and the token then outlives the file's delay.
    let lifetime = if token == Token::Lives { delay * 5 / 2 + Duration::from_secs(4) } else { HOUR };
    provider.set_lifetime(lifetime);
    let folder = std::env::temp_dir().join(format!("rotation-{}-{token:?}-{delay:?}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("password");
    write(&file, provider.password())?;

    let client = Client::builder()
        .username(provider.username())
        .password(Secret::file(&file))
        .base_url(provider.base_url())
        .options(|options| options.renew_before(lifetime))
        .build()?;
    client.users().next().await.transpose()?;
    let load = Arc::new(Load::default());
    let callers: JoinSet<()> = (0..tasks).map(|_| call(client.clone(), Arc::clone(&load))).collect();
    let before = if token == Token::Lives { lifetime / 2 } else { Duration::from_secs(2) };
    sleep(before.saturating_sub(Duration::from_millis(500))).await;

    let account = provider.accounts().remove(0);
    let refused = || provider.logins() - account.logins();
    let logins = account.logins();
    account.set_secret("nova-senha");
    if !delay.is_zero() {
        if token == Token::IsRevoked {
            account.revoke();
        }
        sleep(delay).await;
    }
    write(&file, "nova-senha")?;
    if delay.is_zero() && token == Token::IsRevoked {
        account.revoke();
    }
    let (changed, refused_before) = (now(), refused());
    let new_login = async {
        while account.logins() == logins {
            sleep(Duration::from_millis(1)).await;
        }
        now() - changed
    };
    let new_login_after = tokio::time::timeout(AFTERWARDS, new_login).await.ok();
    sleep(AFTERWARDS.saturating_sub(SECOND + (now() - changed))).await;
    let failed = load.failed.load(Relaxed);
    sleep(SECOND).await;

    load.ends.store(true, Relaxed);
    callers.join_all().await;
    fs::remove_dir_all(folder)?;
    Ok(Outcome {
        requests: load.requests.load(Relaxed),
        failed: load.failed.load(Relaxed),
        failed_at_last: load.failed.load(Relaxed) - failed,
        logins: account.logins(),
        refused: refused(),
        refused_after_the_file: refused() - refused_before,
        new_login_after,
    })
}

/// Replaces a file in one step, as programs that rotate secrets do.
fn write(file: &Path, password: &str) -> Result<()> {
    let next = file.with_extension("next");
    fs::write(&next, password)?;
    Ok(fs::rename(next, file)?)
}

/// The requests of all tasks of a round.
#[derive(Default)]
struct Load {
    requests: AtomicU64,
    failed: AtomicU64,
    ends: AtomicBool,
}

async fn call(client: Client, load: Arc<Load>) {
    while !load.ends.load(Relaxed) {
        load.requests.fetch_add(1, Relaxed);
        if client.users().next().await.transpose().is_err() {
            load.failed.fetch_add(1, Relaxed);
        }
        sleep(BETWEEN_REQUESTS).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the program measures how long real sockets take")]
fn now() -> Instant {
    Instant::now()
}

impl Outcome {
    fn check(&self, token: Token) -> Result<()> {
        if token == Token::Lives && self.failed > 0 {
            return Err("a request failed although its token was alive".into());
        }
        if self.refused_after_the_file > 0 {
            return Err("the old password was sent after the file had changed".into());
        }
        if self.failed_at_last > 0 {
            return Err("requests failed long after the file had changed".into());
        }
        self.new_login_after.map(drop).ok_or_else(|| "the new password was not used".into())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Lives { "lives on" } else { "revoked" })
    }
}

/// The cells of a row.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, failed, logins, refused, refused_after_the_file, new_login_after, .. } = self;
        write!(f, "| {requests} | {failed} | {logins} | {refused} | {refused_after_the_file} | ")?;
        match new_login_after {
            Some(time) => write!(f, "{:.1} s |", time.as_secs_f64()),
            None => write!(f, "never |"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAYS: [u64; 3] = [0, 1_000, 1_500];

    /// Runs a round for each delay, all at once.
    async fn rounds(token: Token) -> Vec<(Duration, Outcome)> {
        let delays = DELAYS.map(Duration::from_millis);
        let mut rounds = JoinSet::new();
        for delay in delays {
            rounds.spawn(async move { (delay, round(token, delay, 20).await.expect("the sandbox works")) });
        }
        rounds.join_all().await
    }

    #[tokio::test]
    async fn no_request_fails_if_the_token_outlives_the_delay_of_the_file() {
        for (delay, outcome) in rounds(Token::Lives).await {
            outcome.check(Token::Lives).unwrap_or_else(|error| panic!("{delay:?}: {error}: {outcome:?}"));
            assert_eq!((outcome.logins, outcome.refused), (2, u64::from(!delay.is_zero())), "{delay:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn requests_fail_without_a_token_only_until_the_file_follows() {
        for (delay, outcome) in rounds(Token::IsRevoked).await {
            outcome.check(Token::IsRevoked).unwrap_or_else(|error| panic!("{delay:?}: {error}: {outcome:?}"));
            assert_eq!((outcome.logins, outcome.refused), (2, u64::from(!delay.is_zero())), "{delay:?}: {outcome:?}");
            assert_eq!(outcome.failed > 0, !delay.is_zero(), "{delay:?}: {outcome:?}");
        }
    }
}
