//! Processes that log in and send requests without a pause, on one machine or several.

use std::net::Ipv4Addr;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_sandbox::{Account, Sandbox};
use tokio::runtime::Runtime;

use crate::herd::{Member, Served};
use crate::server::Place;

/// Each has three callers.
const PROCESSES: usize = 16;
const ACCOUNTS: usize = 4;
/// The time for which a failed store is bypassed.
pub(crate) const LEFT_ALONE: Duration = Duration::from_secs(5);

/// How far the store is from the processes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Short,
    /// Its time-out is a second, by which credentials are shared for less time than they live.
    Long,
}

impl Way {
    /// Returns the lifetime of each credential.
    pub(crate) fn lifetime(self) -> Duration {
        Duration::from_secs(if self == Self::Short { 4 } else { 10 })
    }

    /// Returns the highest number of spans that begin within `time`. Such a short lifetime is renewed after its half,
    /// and an adopted credential a little sooner.
    fn spans(self, time: Duration) -> u64 {
        let shortest = self.lifetime() * 19 / 40;
        u64::try_from(time.as_millis().div_ceil(shortest.as_millis())).unwrap()
    }
}

pub(crate) struct Load {
    sandbox: Sandbox,
    accounts: Vec<Account>,
    members: Vec<Member>,
    machines: Vec<Place>,
    url: String,
    way: Way,
    begun: Instant,
}

impl Load {
    /// Starts the processes, an equal number on each machine, and waits until they send requests. `here` is the address
    /// of the provider.
    pub(crate) fn start(
        runtime: &Runtime,
        way: Way,
        url: &str,
        machines: &[Place],
        here: [u8; 4],
        folder: &Path,
    ) -> Self {
        let what = if way == Way::Short { "calls" } else { "calls-far" };
        let sandbox = runtime.block_on(Sandbox::builder().host(Ipv4Addr::from(here).into()).start()).unwrap();
        let provider = sandbox.pontotel();
        provider.set_lifetime(way.lifetime());
        let accounts: Vec<Account> =
            (0..ACCOUNTS).map(|number| provider.add_account(&format!("loja-{number}"), "segredo")).collect();
        let start = |number: usize| {
            let (account, machine) = (&accounts[number % ACCOUNTS], number / ACCOUNTS % machines.len());
            let arguments = [what, url, provider.base_url(), account.username(), "segredo"];
            let files = folder.join(format!("machine-{machine}"));
            Member::start(&machines[machine], &arguments, &[("MACHINE", files.to_str().unwrap())])
        };
        let members = (0..PROCESSES).map(start).collect();
        while provider.requests() < 200 {
            sleep(Duration::from_millis(10));
        }
        Self {
            sandbox,
            accounts,
            members,
            machines: machines.to_vec(),
            url: url.to_owned(),
            way,
            begun: Instant::now(),
        }
    }

    /// Ends the processes, and describes what they did. No call may have failed.
    ///
    /// Some may share through the store while others share through the files of their machine: each of these has at
    /// most one login for each span. At the end all share through the store.
    pub(crate) fn end(self) -> String {
        let needed = self.way.spans(self.begun.elapsed()) + 1;
        let logins: Vec<u64> = self.accounts.iter().map(Account::logins).collect();
        self.share();
        let served: Vec<Served> = self.members.into_iter().map(Served::of).collect();
        drop(self.sandbox);
        for served in &served {
            assert_eq!(served.failed, 0, "{:?}", served.failures);
            assert!(served.requests > 50, "{served:?}");
        }
        let sum = |of: fn(&Served) -> u64| served.iter().map(of).sum::<u64>();
        let machines = u64::try_from(self.machines.len()).unwrap();
        // Where the processor is busy, files may take too long too.
        let most = needed * (1 + machines) + sum(|served| served.bypassed);
        assert!(logins.iter().all(|logins| *logins <= most), "{logins:?} logins, at most {most}: {served:?}");
        format!(
            "{} requests of {PROCESSES} processes, none failed; {logins:?} logins of their accounts, {needed} needed; \
             {} failed operations of the store",
            sum(|served| served.requests),
            sum(|served| served.store_failures),
        )
    }

    /// Fails if the processes do not share through the store soon.
    pub(crate) fn share(&self) {
        assert!((0..3).any(|_| self.newcomers_adopt()), "new processes found no credential in the store");
    }

    /// Starts a process for each account on a machine without files, and returns true if all but one adopt a
    /// credential: a busy machine may have missed the store for one. Otherwise, waits until those of their own logins
    /// have expired.
    fn newcomers_adopt(&self) -> bool {
        let provider = self.sandbox.pontotel();
        let start = |account: &Account| {
            let arguments = ["adopts", &self.url, provider.base_url(), account.username(), "segredo"];
            Member::start(&self.machines[0], &arguments, &[])
        };
        let members: Vec<Member> = self.accounts.iter().map(start).collect();
        let adopted = members.into_iter().map(Member::lines).filter(|lines| lines == &["adopted 1"]).count();
        let all_share = adopted + 1 >= ACCOUNTS;
        if !all_share {
            sleep(self.way.lifetime());
        }
        all_share
    }
}
