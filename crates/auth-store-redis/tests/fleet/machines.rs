//! Two machines whose processes share their part of a quota through files while Redis is gone.

use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_core::Quota;
use auth_sandbox::Limits;
use pontotel_auth::Client;
use tokio::runtime::Runtime;

use crate::herd::{Herd, Member};
use crate::quota::{self, Done, REQUESTS};

const MACHINES: u32 = 2;
/// The processes of a machine, of which one sends requests all the time and the others only one.
const PROCESSES: u32 = 5;
/// The window of the quota, called an hour here.
const HOUR: Duration = Duration::from_millis(4_200);
/// The hours after which Redis is killed, is back, empty, and the test ends.
const CALM: u32 = 1;
const BACK: u32 = 4;
const END: u32 = 5;

/// A fifth less than the provider allows, because a busy machine may send later than in these short hours it should.
const ALLOWED: u32 = REQUESTS * 4 / 5;

pub(crate) fn quota() -> Quota {
    Quota::new(ALLOWED, HOUR).wait(HOUR * 6 / 5).processes(MACHINES * PROCESSES)
}

/// Sends one request, by which it is counted, and then as many as it can, from a line on until the input ends.
pub(crate) async fn child(client: Client) {
    client.get("usuarios/").send().await.unwrap();
    quota::child(client).await;
}

pub(crate) fn share_their_part(runtime: &Runtime) {
    let mut herd = Herd::new(runtime);
    let folder = |machine| std::env::temp_dir().join(format!("fleet-machine-{}-{machine}", std::process::id()));
    let start = |machine: u32| {
        let folder = folder(machine);
        herd.start_with("machine", herd.provider().password(), &[("MACHINE", folder.to_str().unwrap())])
    };
    let mut members: Vec<Member> = (0..PROCESSES).flat_map(|_| (0..MACHINES).map(start)).collect();
    assert!(members.iter_mut().all(|member| member.line() == "ready"));
    let idle = members.split_off(MACHINES as usize);
    herd.provider().set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
    herd.provider().set_hour(HOUR);
    let begun = Instant::now();
    members.iter_mut().for_each(Member::begin);
    let (mut before, mut hours) = (herd.provider().requests(), Vec::new());
    for hour in 1..=END {
        sleep((HOUR * hour).saturating_sub(begun.elapsed()));
        let now = herd.provider().requests();
        hours.push(now - before);
        before = now;
        if hour == CALM {
            herd.redis.kill();
        } else if hour == BACK {
            herd.redis.start_again();
        }
    }
    members.iter_mut().for_each(Member::go_on);
    let busy: Vec<Done> = members.into_iter().map(Done::of).collect();
    idle.into_iter().for_each(Member::kill);
    let served: Vec<u32> = busy.iter().map(|done| done.served).collect();
    let limited: Vec<(u32, u32)> = busy.iter().map(|done| (done.limited, done.limited_later)).collect();
    println!(
        "    of {ALLOWED} requests in each hour {hours:?}, three without a store and the last after it is back, empty; \
         {served:?} by the busy process of each machine; {limited:?} answered 429 in the first two hours and later"
    );
    assert!(limited.iter().all(|limited| *limited == (0, 0)));
    // Alone, both would have two tenths. In the first hours of the outage they wait until others in line were served.
    assert!(hours[3..].iter().all(|requests| *requests >= u64::from(ALLOWED) / 2), "{hours:?}");
    (0..MACHINES).for_each(|machine| std::fs::remove_dir_all(folder(machine)).unwrap());
}
