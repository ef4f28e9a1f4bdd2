//! A platform with a thousand customers, each with their own account at the provider. Ten of them gave a wrong
//! password, and one of the ten corrects it.
//!
//! ```sh
//! cargo run -p auth-examples --example thousand_accounts
//! ```
//!
//! The provider is a sandbox inside this process. The log shows the warnings of `tracing`.

use std::collections::BTreeMap;
use std::fmt;

use auth_examples::println;
use auth_sandbox::{Provider, Sandbox};
use pontotel_auth::auth_core::{self, Error, Options, Stats};
use pontotel_auth::{Account, Accounts, Client};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const CUSTOMERS: u32 = 1_000;
const LOGINS_AT_ONCE: usize = 20;

/// The customers' passwords at the provider, as the platform's database holds them.
type Passwords = BTreeMap<u32, String>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .without_time()
        .with_target(false)
        .log_internal_errors(false)
        .with_ansi(false)
        .init();
    let page = show().await?;
    println!("{page}");
    Ok(())
}

/// The result of one request for each customer, all sent at once.
#[derive(Debug, PartialEq, Eq)]
struct Round {
    served: u32,
    failed: u32,
    /// Login requests that were sent in this round.
    logins: u64,
    /// Requests that failed at once because a cooldown ran after a refused login.
    cooldown_errors: u64,
}

struct Page {
    first: Round,
    again: Round,
    corrected: Round,
    totals: Stats,
    accounts: usize,
    /// Customers who must correct their passwords.
    refused: Vec<u32>,
}

async fn show() -> Result<Page> {
    let sandbox = Sandbox::start().await?;
    let provider = sandbox.pontotel();
    let mut passwords = Passwords::new();
    for customer in 0..CUSTOMERS {
        let password = format!("senha-{customer:04}");
        provider.add_account(&username(customer), &password);
        let known = if customer % 100 == 7 { "senha-antiga".to_owned() } else { password };
        passwords.insert(customer, known);
    }

    let accounts = Accounts::new(Options::default())
        .max_concurrent_logins(LOGINS_AT_ONCE)
        .labels(|customer| format!("customer-{customer:04}"));

    let first = round(&accounts, &passwords, provider).await?;
    let again = round(&accounts, &passwords, provider).await?;
    // A customer corrects the password. The client uses it at once, although the wrong one is in a cooldown of one
    // minute.
    passwords.insert(7, "senha-0007".to_owned());
    let corrected = round(&accounts, &passwords, provider).await?;

    let never_served = accounts.iter().filter(|(_, client)| client.cached().is_none());
    let mut refused: Vec<u32> = never_served.map(|(customer, _)| customer).collect();
    refused.sort_unstable();
    Ok(Page { first, again, corrected, totals: accounts.stats(), accounts: accounts.len(), refused })
}

async fn round(accounts: &Accounts<u32>, passwords: &Passwords, provider: &Provider) -> Result<Round> {
    let before = accounts.stats();
    let mut requests = JoinSet::new();
    for (customer, password) in passwords {
        let account = account(*customer, password, provider)?;
        let client = Client::from(accounts.get_or_update(customer, account)?);
        requests.spawn(async move { client.users().next().await.transpose().map(drop) });
    }
    let outcomes: Vec<std::result::Result<(), Error>> = requests.join_all().await;
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count().try_into()?;
    let after = accounts.stats();
    Ok(Round {
        served,
        failed: CUSTOMERS - served,
        logins: after.logins - before.logins,
        cooldown_errors: after.cooldown_errors - before.cooldown_errors,
    })
}

fn account(customer: u32, password: &str, provider: &Provider) -> auth_core::Result<Account> {
    Client::builder().username(username(customer)).password(password).base_url(provider.base_url()).account()
}

fn username(customer: u32) -> String {
    format!("loja-{customer:04}")
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = [
            ("first requests", &self.first),
            ("the same again", &self.again),
            ("customer 7 corrected", &self.corrected),
        ];
        writeln!(f, "\n{:<22}{:>8}{:>8}{:>8}{:>11}", "1,000 at once", "served", "failed", "logins", "held back")?;
        for (what, Round { served, failed, logins, cooldown_errors }) in rounds {
            writeln!(f, "{what:<22}{served:>8}{failed:>8}{logins:>8}{cooldown_errors:>11}")?;
        }
        let Stats { logins, logins_refused, cooldown_errors, .. } = self.totals;
        writeln!(f, "\n{} accounts, at most {LOGINS_AT_ONCE} logins at once", self.accounts)?;
        writeln!(f, "in all: {logins} logins, {logins_refused} refused, {cooldown_errors} requests held back")?;
        write!(f, "to correct their passwords: customers {:?}", self.refused)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no writer panics").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_thousand_accounts_are_told_apart_counted_and_corrected() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let page = show().await.expect("the sandbox works");
        drop(guard);
        assert_eq!(page.first, Round { served: 990, failed: 10, logins: 1_000, cooldown_errors: 0 });
        assert_eq!(page.again, Round { served: 990, failed: 10, logins: 0, cooldown_errors: 10 });
        assert_eq!(page.corrected, Round { served: 991, failed: 9, logins: 1, cooldown_errors: 9 });
        let Stats { logins, logins_refused, logins_failed, cooldown_errors, .. } = page.totals;
        assert_eq!(
            (logins, logins_refused, logins_failed, cooldown_errors),
            (1_001, 10, 10, 19),
            "the replaced client's count, too"
        );
        assert_eq!(page.accounts, 1_000);
        assert_eq!(page.refused, (1..10).map(|hundred| hundred * 100 + 7).collect::<Vec<_>>());
        let log = String::from_utf8(log.0.lock().expect("no writer panics").clone()).expect("text");
        for customer in (0..10).map(|hundred| hundred * 100 + 7) {
            let label = format!("account=customer-{customer:04}");
            let lines: Vec<_> = log.lines().filter(|line| line.contains(&label)).collect();
            assert!(matches!(lines[..], [line] if line.contains("refused the login")), "{label}: {lines:?}");
        }
        assert!(!log.contains("senha-") && !log.contains("loja-"), "{log}");
    }
}
