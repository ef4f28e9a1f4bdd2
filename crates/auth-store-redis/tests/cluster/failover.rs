//! A master that is killed while many processes log in and send requests, with and without a quota.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use auth_sandbox::{Limits, Sandbox};
use tokio::runtime::Runtime;

use crate::herd::Member;
use crate::load::{LEFT_ALONE, Load, Way};
use crate::nodes::{Nodes, until};
use crate::quota::{Done, HOUR, REQUESTS};
use crate::server::{Place, Server};

/// The processes with a quota. Each has a hundred callers.
const PROCESSES: usize = 12;

pub(crate) fn no_failed_call(runtime: &Runtime) {
    let here = Place::default();
    // Both at once, each with its own providers.
    let lines: Vec<String> = scope(|scope| {
        let cluster = scope.spawn(|| failover(runtime, Nodes::cluster(std::slice::from_ref(&here), None)));
        let watched = scope.spawn(|| failover(runtime, Nodes::watched(&here)));
        [cluster, watched].into_iter().map(|test| test.join().expect("both pass")).collect()
    });
    println!("    {}", lines.join("\n    "));
}

fn failover(runtime: &Runtime, mut nodes: Nodes) -> String {
    let limited = Limited::start(runtime, &nodes.url);
    let folder = nodes.servers[0].folder.clone();
    let load = Load::start(runtime, Way::Short, &nodes.url, &[Place::default()], [127, 0, 0, 1], &folder);
    sleep(Duration::from_secs(3));
    limited.use_their_hour();
    let master = nodes.busiest();
    let replaced = nodes.replace(master, Server::kill);
    sleep(LEFT_ALONE + Way::Short.lifetime());
    let outcome = load.end();
    let quota = limited.end();
    format!("{nodes:?} replaced its master after {:.1} s: {outcome}; with a quota, {quota}", replaced.as_secs_f64())
}

/// Processes with a quota.
struct Limited {
    sandbox: Sandbox,
    members: Vec<Member>,
    begun: Instant,
}

impl Limited {
    fn start(runtime: &Runtime, url: &str) -> Self {
        let sandbox = runtime.block_on(Sandbox::start()).unwrap();
        let provider = sandbox.pontotel();
        let arguments = ["quota", url, provider.base_url(), provider.username(), provider.password()];
        let mut members: Vec<Member> =
            (0..PROCESSES).map(|_| Member::start(&Place::default(), &arguments, &[])).collect();
        assert!(members.iter_mut().all(|member| member.line() == "ready"));
        provider.set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
        provider.set_hour(HOUR);
        members.iter_mut().for_each(Member::begin);
        Self { sandbox, members, begun: Instant::now() }
    }

    /// Waits until most of the hour's permits are used.
    fn use_their_hour(&self) {
        let provider = self.sandbox.pontotel();
        until("the hour's permits are used", || provider.requests() >= u64::from(REQUESTS * 9 / 10));
    }

    /// Ends the processes in their second hour, which the first one's requests must have left whole.
    fn end(mut self) -> String {
        sleep((HOUR * 4 / 3).saturating_sub(self.begun.elapsed()));
        self.members.iter_mut().for_each(Member::go_on);
        let done: Vec<Done> = self.members.into_iter().map(Done::of).collect();
        drop(self.sandbox);
        let sum = |of: fn(&Done) -> u32| done.iter().map(of).sum::<u32>();
        let (served, refused) = (sum(|done| done.served), sum(|done| done.limited + done.limited_later));
        // A replica may lack what its master granted last. A server that came back empty may cost as many.
        assert!(refused * 10 <= served, "{refused} of {served} answered 429");
        assert!(served > REQUESTS, "{served} served: none in the second hour");
        format!("{served} of {} served, {refused} answered 429", 2 * REQUESTS)
    }
}
