//! One process of the fleet: the program of a user.

use std::io::{BufRead, Read, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_core::env::environment;
use auth_core::store::{FileStore, KeyRing, SharedStore};
use auth_store_redis::RedisStore;
use futures_util::future::join_all;
use pontotel_auth::Client;
use pontotel_auth::auth_core::Secret;

use crate::{machines, quota};

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Runs the process's task.
///
/// - `once` prints the one token that all of 200 tasks got, or the error.
/// - `healed` prints the same, waits for a line, and then prints the statuses of ten requests.
/// - `serve` sends requests until its input ends, and prints a summary.
/// - `calls` does the same, with the files of its machine as the store's fallback. `MACHINE` is their folder.
///   `calls-far` waits longer for the store.
/// - `adopts` prints whether it adopted its credential.
/// - `quota` waits for a line, lets 100 tasks send requests within a quota until its input ends, and prints a summary.
/// - `machine` does the same after one request, with the files of its machine as the store's fallback, as `calls` has.
/// - `rotates` does the same after a line `ready`. Its password is the path of a file. It renews as early as it can.
pub(crate) fn run(arguments: &[String]) {
    let [what, redis, base_url, username, password] = arguments else { panic!("five arguments") };
    let keys = KeyRing::new(KEY).unwrap();
    let mut sharing = if redis.starts_with("redis") {
        SharedStore::new(RedisStore::new(redis).unwrap(), keys)
    } else {
        SharedStore::new(FileStore::at(redis).unwrap(), keys)
    };
    // So many processes on few cores may stall for long, and only one test stops Redis.
    match what.as_str() {
        "serve" => {}
        "calls" | "calls-far" => {
            sharing = sharing.fallback(FileStore::at(environment("MACHINE").unwrap()).unwrap());
            if what == "calls-far" {
                sharing = sharing.timeout(Duration::from_secs(1));
            }
        }
        "machine" => {
            let folder = environment("MACHINE").unwrap();
            sharing = sharing.fallback(FileStore::at(&folder).unwrap()).machine(folder).timeout(Duration::from_secs(2));
        }
        "quota" if !redis.starts_with("redis") => {}
        // Its credentials are short-lived, and are shared for this much less than they live.
        "rotates" => sharing = sharing.timeout(Duration::from_secs(1)),
        _ => sharing = sharing.timeout(Duration::from_secs(10)),
    }
    // The provider may be another host's.
    let client = Client::builder().username(username).base_url(base_url).shared_store(sharing);
    let client = client.options(auth_core::Options::dangerous_plain_http);
    let client = match what.as_str() {
        "quota" => client.password(password.as_str()).options(|options| options.quota(quota::quota())),
        "machine" => client.password(password.as_str()).options(|options| options.quota(machines::quota())),
        "rotates" => client.password(Secret::file(password)).options(|options| options.renew_before(Duration::MAX)),
        _ => client.password(password.as_str()),
    };
    let client = client.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match what.as_str() {
            "serve" | "calls" | "calls-far" => serve(client, 3, Duration::from_millis(100)).await,
            "adopts" => {
                client.credential().await.unwrap();
                println!("adopted {}", client.stats().adopted);
            }
            "rotates" => {
                client.credential().await.unwrap();
                println!("ready");
                serve(client, 4, Duration::from_millis(500)).await;
            }
            "quota" => quota::child(client).await,
            "machine" => machines::child(client).await,
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

async fn serve(client: Client, tasks: usize, pause: Duration) {
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
                tokio::time::sleep(pause).await;
            }
            (requests, failed)
        }
    };
    let tasks: Vec<_> = (0..tasks).map(|_| tokio::spawn(ask())).collect();
    let outcomes: Vec<(u64, Vec<String>)> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let failed: Vec<&String> = outcomes.iter().flat_map(|(_, failed)| failed).collect();
    let stats = client.stats();
    println!("requests {}", outcomes.iter().map(|(requests, _)| requests).sum::<u64>());
    println!("failed {}", failed.len());
    println!("invalidated {}", stats.invalidated);
    println!("adopted {}", stats.adopted);
    println!("store_failures {}", stats.store_failures);
    println!("bypassed {}", stats.store_bypassed);
    println!("wall {}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    for failure in failed {
        println!("failure {failure}");
    }
}
