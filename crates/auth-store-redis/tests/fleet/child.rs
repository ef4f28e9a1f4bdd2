//! One process of the fleet: the program of a user.

use std::io::{BufRead, Read, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_core::store::{KeyRing, SharedStore};
use auth_store_redis::RedisStore;
use futures_util::future::join_all;
use pontotel_auth::Client;

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Runs the process's task.
///
/// - `once` prints the one token that all of 200 tasks got, or the error.
/// - `healed` prints the same, waits for a line, and then prints the statuses of ten requests.
/// - `serve` sends requests until its input ends, and prints a summary.
pub(crate) fn run(arguments: &[String]) {
    let [what, redis, base_url, username, password] = arguments else { panic!("five arguments") };
    let mut sharing = SharedStore::new(RedisStore::new(redis).unwrap(), KeyRing::new(KEY).unwrap());
    if what != "serve" {
        // So many processes on few cores may stall for long, and these tests stop no Redis.
        sharing = sharing.timeout(Duration::from_secs(10));
    }
    let client = Client::builder().username(username).password(password.as_str()).base_url(base_url);
    let client = client.shared_store(sharing).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match what.as_str() {
            "serve" => serve(client).await,
            "healed" => healed(client).await,
            _ => once(&client).await,
        }
    });
}

async fn once(client: &Client) {
    let ask = || {
        let client = client.clone();
        async move {
            match client.credential().await {
                Ok(session) => format!("token {}", session.token().expose_secret()),
                Err(error) => format!("{:?}", error.kind()),
            }
        }
    };
    let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(ask())).collect();
    let mut answers: Vec<String> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    answers.dedup();
    for answer in answers {
        println!("{answer}");
    }
}

async fn healed(client: Client) {
    once(&client).await;
    tokio::task::spawn_blocking(|| stdin().lock().read_line(&mut String::new()).unwrap()).await.unwrap();
    let answers = join_all((0..10).map(|_| client.get("usuarios/").send())).await;
    let mut statuses: Vec<String> =
        answers.iter().map(|answer| answer.as_ref().unwrap().status().to_string()).collect();
    statuses.dedup();
    println!("statuses {}", statuses.join(" "));
}

async fn serve(client: Client) {
    let ends = Arc::new(AtomicBool::new(false));
    let sees_it = Arc::clone(&ends);
    std::thread::spawn(move || {
        stdin().lock().read_to_end(&mut Vec::new()).unwrap();
        sees_it.store(true, SeqCst);
    });
    let ask = || {
        let (client, ends) = (client.clone(), Arc::clone(&ends));
        async move {
            let (mut requests, mut failed) = (0_u64, Vec::new());
            while !ends.load(SeqCst) {
                requests += 1;
                match client.get("usuarios/").send().await {
                    Ok(answer) if answer.status() == 200 => {}
                    Ok(answer) => failed.push(answer.status().to_string()),
                    Err(error) => failed.push(error.to_string()),
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            (requests, failed)
        }
    };
    let tasks: Vec<_> = (0..3).map(|_| tokio::spawn(ask())).collect();
    let outcomes: Vec<(u64, Vec<String>)> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let failed: Vec<&String> = outcomes.iter().flat_map(|(_, failed)| failed).collect();
    let stats = client.stats();
    println!("requests {}", outcomes.iter().map(|(requests, _)| requests).sum::<u64>());
    println!("failed {}", failed.len());
    println!("invalidated {}", stats.invalidated);
    println!("adopted {}", stats.adopted);
    println!("store_failures {}", stats.store_failures);
    println!("wall {}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    for failure in failed {
        println!("failure {failure}");
    }
}
