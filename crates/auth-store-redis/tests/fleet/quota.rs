//! Fifty processes that want ten times as many requests as the provider allows, and a store that fails in the midst.

use std::io::{BufRead, Read, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_core::Quota;
use auth_sandbox::Limits;
use pontotel_auth::Client;
use pontotel_auth::auth_core::ErrorKind;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::herd::{Herd, Member};

const PROCESSES: u32 = 50;
/// The requests that each process wants to send at once.
const TASKS: u32 = 100;
/// The provider allows 500 requests in an hour, which is this long here.
pub(crate) const REQUESTS: u32 = 500;
pub(crate) const HOUR: Duration = Duration::from_secs(6);
/// The hours after which all have started, the store fails, is back, empty, and the test ends: the windows pass once
/// while it works, and once while it is gone. Processes ask it again up to 5 s after it is back, and report to each other
/// for 8 s.
const STARTED: f64 = 0.25;
const CALM: f64 = 1.25;
const BACK: f64 = 2.25;
const END: f64 = 3.5;

/// Returns the quota of each process. A caller that waits for less than 5 s, for which a process leaves a store that
/// failed alone, uses the process's part of the quota instead.
pub(crate) fn quota() -> Quota {
    Quota::new(REQUESTS, HOUR).wait(HOUR).processes(PROCESSES)
}

/// Sends requests until the input ends, and prints what became of them.
pub(crate) async fn child(client: Client) {
    client.credential().await.unwrap();
    println!("ready");
    tokio::task::spawn_blocking(|| stdin().lock().read_line(&mut String::new()).unwrap()).await.unwrap();
    let ends = tokio::task::spawn_blocking(|| stdin().lock().read_to_end(&mut Vec::new()).unwrap());
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
    let mut tasks: JoinSet<()> = (0..TASKS).map(ask).collect();
    let calm = async {
        let mut operations = Vec::new();
        for end in [STARTED, CALM] {
            tokio::time::sleep(HOUR.mul_f64(end).saturating_sub(begun.elapsed())).await;
            operations.push(client.stats().quota_operations);
        }
        println!("operations in a calm hour {}", operations[1] - operations[0]);
        ends.await.unwrap();
    };
    tokio::select! {
        () = calm => {}
        Some(Err(panicked)) = tasks.join_next() => panic!("{panicked}"),
    }
    tasks.shutdown().await;
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
    in_calm_hour: u32,
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
                "operations in a calm hour" => &mut done.in_calm_hour,
                _ => &mut done.failures,
            };
            *place = value.parse().unwrap();
        }
        done
    }
}

/// Runs both stores at once, because the processes wait more than they compute.
pub(crate) fn within_the_quota(runtime: &Runtime) {
    std::thread::scope(|scope| {
        scope.spawn(|| in_files(runtime));
        in_redis(runtime);
    });
}

fn in_redis(runtime: &Runtime) {
    let mut herd = Herd::new(runtime);
    let mut members: Vec<Member> = (0..PROCESSES).map(|_| herd.start("quota")).collect();
    assert!(members.iter_mut().all(|member| member.line() == "ready"));
    let served = |herd: &Herd| u32::try_from(herd.provider().requests()).unwrap();
    herd.provider().set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
    herd.provider().set_hour(HOUR);
    let begun = Instant::now();
    let until = |hours: f64| sleep(HOUR.mul_f64(hours).saturating_sub(begun.elapsed()));
    let (mut before, mut hours) = (served(&herd), Vec::new());
    let mut pass = |herd: &Herd, end: f64| {
        until(end);
        let now = served(herd);
        hours.push(now - before);
        before = now;
    };
    members.iter_mut().for_each(Member::begin);
    pass(&herd, STARTED);
    pass(&herd, CALM);
    herd.redis.kill();
    pass(&herd, BACK);
    herd.redis.start_again();
    pass(&herd, END);
    members.iter_mut().for_each(Member::go_on);
    let done: Vec<Done> = members.into_iter().map(Done::of).collect();
    let sum = |count: fn(&Done) -> u32| done.iter().map(count).sum::<u32>();
    let (all, operations) = (sum(|done| done.served), sum(|done| done.operations));
    let in_calm_hour = sum(|done| done.in_calm_hour);
    let (limited, later) = (sum(|done| done.limited), sum(|done| done.limited_later));
    let fewest = done.iter().map(|done| done.served).min().unwrap();
    let most = done.iter().map(|done| done.served).max().unwrap();
    println!(
        "    of {REQUESTS} requests in each hour, {hours:?} until hours {STARTED}, {CALM}, {BACK} and {END}: the third \
         without a store, the last after it is back, empty; {all} in all, {fewest} to {most} by each process; {limited} \
         answered 429 before it failed, {later} later; {operations} operations of the store, {in_calm_hour} of them in \
         the second of these times, {} failed",
        sum(|done| done.failures),
    );
    assert_eq!((limited, later), (0, 0));
    // A machine that stalls for a fortieth of these short hours wastes permits. In paused time, all hours are asserted
    // to have 95 hundredths, and an operation to have ten requests.
    assert!(all >= REQUESTS * 7 / 4, "{hours:?}");
    // The other hours have the start, the reports of an outage, and places in line that are not reached.
    let is_used = hours[1] >= REQUESTS * 95 / 100;
    assert!(!is_used || in_calm_hour <= hours[1] / 8, "{in_calm_hour} for {}", hours[1]);
    assert!(fewest > 0);
}

/// The store's operations have its default time-out.
fn in_files(runtime: &Runtime) {
    let herd = Herd::new(runtime);
    let folder = std::env::temp_dir().join(format!("fleet-quota-{}", std::process::id()));
    let start = || herd.start_at("quota", folder.to_str().unwrap(), herd.provider().password(), &[]);
    let mut members: Vec<Member> = (0..PROCESSES).map(|_| start()).collect();
    assert!(members.iter_mut().all(|member| member.line() == "ready"));
    herd.provider().set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
    herd.provider().set_hour(HOUR);
    members.iter_mut().for_each(Member::begin);
    sleep(HOUR * 3 / 2);
    members.iter_mut().for_each(Member::go_on);
    let done: Vec<Done> = members.into_iter().map(Done::of).collect();
    let sum = |count: fn(&Done) -> u32| done.iter().map(count).sum::<u32>();
    println!(
        "    in files, 1.5 hours: {} requests, {} answered 429, {} operations of the store, {} failed",
        sum(|done| done.served),
        sum(|done| done.limited),
        sum(|done| done.operations),
        sum(|done| done.failures),
    );
    assert_eq!(sum(|done| done.limited), 0);
    std::fs::remove_dir_all(&folder).unwrap();
}
