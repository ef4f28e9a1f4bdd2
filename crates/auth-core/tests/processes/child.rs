//! One process of the fleet: the program of a user.

use std::time::Duration;

use auth_core::store::{FileStore, KeyRing, SharedStore};
use auth_core::{Client, Options};

use crate::account::Account;

/// The reason of a login without a lease in a process of `live`.
pub(crate) const UNANSWERED: &str = "alone: the store did not answer in time";
pub(crate) const IN_VAIN: &str = "alone: nobody gave the lease back";

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Runs the process's task.
///
/// - `once` prints the one token that all of 20 tasks got, or the error.
/// - `linger` prints the same, and ends a second later.
/// - `renew` forgets one credential after another until it is killed.
/// - `live` gets the credential again and again until it is killed. It prints the errors, and the reason of each login
///   without a lease.
pub(crate) fn run(arguments: &[String]) {
    let [what, base_url, username, password, folder] = arguments else { panic!("five arguments") };
    let account = Account { username: username.clone(), password: password.as_str().into(), ..Account::at(base_url) };
    // A file store has no outage, but so many processes on few cores may stall for long.
    let sharing = SharedStore::new(FileStore::at(folder).unwrap(), KeyRing::new(KEY).unwrap());
    let sharing = sharing.timeout(if what == "live" { crate::lifetimes::TIMEOUT } else { Duration::from_secs(10) });
    let client = Client::shared(account, Options::default(), &sharing).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match what.as_str() {
            "once" => once(&client).await,
            "linger" => {
                once(&client).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            "renew" => renew(&client).await,
            _ => live(&client).await,
        }
    });
}

async fn once(client: &Client<Account>) {
    let ask = || {
        let client = client.clone();
        async move {
            match client.credential().await {
                Ok(session) => format!("token {}", session.token.expose_secret()),
                Err(error) => format!("{:?}", error.kind()),
            }
        }
    };
    let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(ask())).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.dedup();
    for answer in answers {
        println!("{answer}");
    }
}

async fn renew(client: &Client<Account>) {
    loop {
        if let Ok(session) = client.credential().await {
            client.forget(&session);
        }
    }
}

async fn live(client: &Client<Account>) {
    let watched = client.clone();
    tokio::spawn(async move {
        let (mut told, mut unanswered) = (0, 0);
        loop {
            let stats = watched.stats();
            while told < stats.store_bypassed {
                // Each store failure is the reason of at most one login.
                let reason = if unanswered < stats.store_failures { UNANSWERED } else { IN_VAIN };
                println!("{reason}");
                unanswered += u64::from(reason == UNANSWERED);
                told += 1;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    loop {
        if let Err(error) = client.credential().await {
            println!("{error}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
