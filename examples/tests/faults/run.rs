//! A run of every case with every party, several at a time, each on its own thread and runtime.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use api4com_auth::auth_core::ErrorKind;
use auth_sandbox::On;
use tokio::runtime;
use tokio::time::timeout;

use crate::case::{Case, Outcome, Stated, Strike};
use crate::party::{PARTIES, Party, Subject};
use crate::stage::Stage;
use crate::told::{advice, failed, logged_in, shown};
use crate::{canary, capture, table};

/// No call takes longer: the longest timeouts that a case exceeds are below one second.
pub(crate) const BOUND: Duration = Duration::from_secs(5);
/// There may be more threads than processors, because most cases wait.
const THREADS: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// A login with one attempt.
    Login,
    /// A login with the default three attempts.
    Persistent,
    Send,
    Fetch,
}

/// The results of one case with one party.
pub(crate) struct Played {
    pub(crate) case: usize,
    pub(crate) party: &'static str,
    pub(crate) mode: Mode,
    pub(crate) stated: Stated,
    pub(crate) measured: Stated,
    /// The advice in the error.
    pub(crate) says: String,
    /// Any other breach.
    pub(crate) wrong: Vec<String>,
    pub(crate) leaks: Vec<String>,
    /// The crates that logged something.
    pub(crate) heard: BTreeSet<String>,
    pub(crate) compression: bool,
}

pub(crate) struct Run {
    pub(crate) cases: Vec<Case>,
    pub(crate) played: Vec<Played>,
}

/// Returns all cases, which run once for all tests.
pub(crate) fn all() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let cases = table::cases();
        let mut parts = Vec::new();
        for (case, row) in cases.iter().enumerate() {
            for party in &PARTIES {
                let (login, request) =
                    (row.login_of(party.name), row.send_of(party.name).zip(row.fetch_of(party.name)));
                if let Some(stated) = login.filter(|_| !party.requests_only) {
                    if row.is_over() {
                        parts.push((case, party, Mode::Persistent, with_three_attempts(&stated)));
                    }
                    parts.push((case, party, Mode::Login, stated));
                }
                if let Some((send, fetch)) = request {
                    parts.push((case, party, Mode::Send, send));
                    parts.push((case, party, Mode::Fetch, fetch));
                }
            }
        }
        let next = AtomicUsize::new(0);
        let played = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while let Some((case, party, mode, stated)) = parts.get(next.fetch_add(1, Ordering::SeqCst)) {
                        let one = play(&cases[*case], *case, party, *mode, stated.clone());
                        played.lock().expect("no case panics here").push(one);
                    }
                });
            }
        });
        let mut played = played.into_inner().expect("no case panics here");
        played.sort_by_key(|one| (one.case, one.mode, PARTIES.iter().position(|party| party.name == one.party)));
        Run { cases, played }
    })
}

/// Returns the outcome with three attempts: the second one succeeds if the fault is over.
fn with_three_attempts(stated: &Stated) -> Stated {
    match stated.outcome {
        Outcome::Failed(ErrorKind::Unavailable, _) => {
            Stated { outcome: Outcome::LoggedIn(Some(40)), logins: stated.logins + 1, requests: 0 }
        }
        _ => stated.clone(),
    }
}

fn play(case: &Case, number: usize, party: &'static Party, mode: Mode, stated: Stated) -> Played {
    capture::start();
    let mut said = String::new();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(played(case, party, mode, &mut said))));
    drop(runtime);
    let log = capture::take();
    let hung = Stated { outcome: Outcome::Panicked, logins: 0, requests: 0 };
    let (measured, says, mut wrong, secrets, compression) =
        result.unwrap_or_else(|_panic| (hung, String::new(), Vec::new(), Vec::new(), false));
    wrong.extend(log.lines().filter(|line| line.starts_with(capture::PANICKED)).map(str::to_owned));
    let leaks = canary::find(&format!("{said}\n{log}"), &secrets);
    let heard = log.lines().filter_map(crate_of).map(str::to_owned).collect();
    Played { case: number, party: party.name, mode, stated, measured, says, wrong, leaks, heard, compression }
}

/// Returns the crate that wrote the line: `TRACE some_crate::module: …`, with or without spans before the last colon.
fn crate_of(line: &str) -> Option<&str> {
    let word = line.split(' ').find(|word| word.contains("::"))?;
    word.split("::").next()
}

type Result = (Stated, String, Vec<String>, Vec<String>, bool);

async fn played(case: &Case, party: &Party, mode: Mode, said: &mut String) -> Result {
    let on = if matches!(mode, Mode::Login | Mode::Persistent) { On::Login } else { On::Resource };
    let mut stage = Stage::set(case, party, on, if mode == Mode::Persistent { 3 } else { 1 }).await;
    stage.prepare(case, on).await;
    stage.strike(case, party, on).await;
    let (outcome, says) = call(&*stage.subject, mode, said).await;
    let (logins, requests, trapped) = stage.wire.seen();
    let mut wrong = Vec::new();
    if trapped > 0 {
        wrong.push(format!("{trapped} connections to another origin"));
    }
    wrong.extend(afterwards(&stage, case, mode, outcome, said).await);
    *said += &stage.subject.debugged().await;
    let measured = Stated { outcome, logins, requests };
    (measured, says, wrong, stage.secrets(party), stage.wire.compression())
}

async fn call(subject: &dyn Subject, mode: Mode, said: &mut String) -> (Outcome, String) {
    let result = timeout(BOUND, async {
        match mode {
            Mode::Login | Mode::Persistent => subject.login().await.map(logged_in),
            Mode::Send => subject.send().await.map(|(status, shown)| {
                *said += &shown;
                Outcome::Answer(status)
            }),
            Mode::Fetch => subject.fetch().await.map(|_| Outcome::Read),
        }
    });
    match result.await {
        Err(_elapsed) => (Outcome::Hung, String::new()),
        Ok(Ok(outcome)) => (outcome, String::new()),
        Ok(Err(error)) => {
            *said += &shown(&error);
            (failed(&error), advice(&error))
        }
    }
}

/// Checks the rules after any fault: no login is repeated at once, and nothing stays broken when the fault is over.
async fn afterwards(stage: &Stage, case: &Case, mode: Mode, outcome: Outcome, said: &mut String) -> Vec<String> {
    let mut wrong = Vec::new();
    let subject = &*stage.subject;
    let of_login = matches!(mode, Mode::Login | Mode::Persistent) || matches!(case.strike, Strike::Account(_));
    if let (true, Outcome::Failed(kind, _)) = (of_login, outcome) {
        let before = stage.wire.seen();
        match call(subject, mode, said).await.0 {
            Outcome::Failed(again, _) if again == kind => {}
            other => wrong.push(format!("the next caller gets another outcome: {other}")),
        }
        if stage.wire.seen() != before {
            wrong.push("the next caller's login was sent at once".to_owned());
        }
        subject.clear_cooldown();
    }
    if case.is_over() {
        if let Err(error) = timeout(BOUND, subject.login()).await.expect("no hang") {
            wrong.push(format!("no login when the fault is over: {error}"));
        } else if !matches!(mode, Mode::Login | Mode::Persistent) {
            let before = stage.wire.seen();
            let (after, _) = call(subject, Mode::Send, said).await;
            if !matches!(after, Outcome::Answer(200 | 201)) {
                wrong.push(format!("the next request fails: {after}"));
            }
            if stage.wire.seen().0 != before.0 {
                wrong.push("the next request logs in again".to_owned());
            }
        }
    }
    wrong
}
