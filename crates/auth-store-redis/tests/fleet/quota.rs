//! Fifty processes that want ten times as many requests as the provider allows, and a store that fails in the midst.

use std::io::{BufRead, Read, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_core::Quota;
use auth_sandbox::Limits;
use futures_util::future::join_all;
use pontotel_auth::Client;
use pontotel_auth::auth_core::ErrorKind;
use tokio::runtime::Runtime;

use crate::herd::{Herd, Member};

const PROCESSES: u32 = 50;
/// The requests that each process wants to send at once.
const TASKS: u32 = 100;
/// The provider allows 500 requests in an hour, which is this long here.
pub(crate) const REQUESTS: u32 = 500;
pub(crate) const HOUR: Duration = Duration::from_secs(30);
/// The hours after which the store fails.
const CALM: f64 = 1.5;

/// Returns the quota of each process.
pub(crate) fn quota() -> Quota {
    Quota::new(REQUESTS, HOUR).wait(HOUR / 2).processes(PROCESSES)
}

/// Sends requests until the input ends, and prints what became of them.
pub(crate) async fn child(client: Client) {
    client.credential().await.unwrap();
    println!("ready");
    tokio::task::spawn_blocking(|| stdin().lock().read_line(&mut String::new()).unwrap()).await.unwrap();
    let ends = Arc::new(AtomicBool::new(false));
    let sees_it = Arc::clone(&ends);
    std::thread::spawn(move || {
        stdin().lock().read_to_end(&mut Vec::new()).unwrap();
        sees_it.store(true, SeqCst);
    });
    let counts: Arc<[AtomicU32; 3]> = Arc::default();
    let begun = Instant::now();
    let ask = |number: u32| {
        let (client, counts) = (client.clone(), Arc::clone(&counts));
        async move {
            // One after the other, because so many connections at once keep two cores busy for seconds.
            tokio::time::sleep(HOUR * number / TASKS).await;
            loop {
                let place = match client.get("usuarios/").send().await {
                    Ok(answer) if answer.status() == 200 => 0,
                    Ok(answer) if answer.status() == 429 => 1 + usize::from(begun.elapsed() >= HOUR.mul_f64(CALM)),
                    Err(error) if error.kind() == ErrorKind::RateLimited => {
                        let pause = error.retry_after().unwrap().min(HOUR / 10);
                        tokio::time::sleep(pause).await;
                        continue;
                    }
                    Ok(answer) => panic!("{}", answer.status()),
                    Err(error) => panic!("{error:?}"),
                };
                counts[place].fetch_add(1, SeqCst);
            }
        }
    };
    let tasks: Vec<_> = (0..TASKS).map(|number| tokio::spawn(ask(number))).collect();
    while !ends.load(SeqCst) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!tasks.iter().any(tokio::task::JoinHandle::is_finished), "a task has panicked");
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    drop(join_all(tasks).await);
    let stats = client.stats();
    println!("served {}", counts[0].load(SeqCst));
    println!("limited {}", counts[1].load(SeqCst));
    println!("limited later {}", counts[2].load(SeqCst));
    println!("operations {}", stats.quota_operations);
    println!("failures {}", stats.store_failures);
}

/// What a process did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) served: u32,
    pub(crate) limited: u32,
    pub(crate) limited_later: u32,
    operations: u32,
    failures: u32,
}

impl Done {
    pub(crate) fn of(member: Member) -> Self {
        let mut done = Self::default();
        for line in member.lines() {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let place = match name {
                "served" => &mut done.served,
                "limited" => &mut done.limited,
                "limited later" => &mut done.limited_later,
                "operations" => &mut done.operations,
                _ => &mut done.failures,
            };
            *place = value.parse().unwrap();
        }
        done
    }
}

pub(crate) fn within_the_quota(runtime: &Runtime) {
    let mut herd = Herd::new(runtime);
    let mut members: Vec<Member> = (0..PROCESSES).map(|_| herd.start("quota")).collect();
    assert!(members.iter_mut().all(|member| member.line() == "ready"));
    let served = |herd: &Herd| u32::try_from(herd.provider().requests()).unwrap();
    herd.provider().set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
    herd.provider().set_hour(HOUR);
    let begun = Instant::now();
    let until = |hours: f64| sleep(HOUR.mul_f64(hours).saturating_sub(begun.elapsed()));
    members.iter_mut().for_each(Member::begin);
    until(CALM);
    let calm = served(&herd);
    herd.redis.kill();
    until(CALM + 1.0);
    let outage = served(&herd) - calm;
    herd.redis.start_again();
    until(CALM + 2.0);
    members.iter_mut().for_each(Member::go_on);
    let done: Vec<Done> = members.into_iter().map(Done::of).collect();
    let sum = |count: fn(&Done) -> u32| done.iter().map(count).sum::<u32>();
    let (all, operations) = (sum(|done| done.served), sum(|done| done.operations));
    let (limited, later) = (sum(|done| done.limited), sum(|done| done.limited_later));
    let fewest = done.iter().map(|done| done.served).min().unwrap();
    let most = done.iter().map(|done| done.served).max().unwrap();
    println!(
        "    in 3.5 hours {all} of {} allowed requests, {calm} in the first 1.5 and {outage} in the hour without a \
         store; {limited} answered 429 while it worked, {later} later; {fewest} to {most} by each process; {operations} operations of the store, {} \
         failed",
        REQUESTS * 7 / 2,
        sum(|done| done.failures),
    );
    assert_eq!(limited, 0);
    // A store that comes back empty does not know what was sent before.
    assert!(later <= all / 10, "{later} of {all}");
    assert!(all - outage >= REQUESTS * 5 / 2 * 95 / 100, "{all}");
    assert!(outage >= REQUESTS * 3 / 4, "{outage}");
    assert!(fewest > 0);
    // One for each request would be as many as there are requests.
    assert!(operations <= all / 2, "{operations}");
}
