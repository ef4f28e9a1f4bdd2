//! The table as a page: `docs/faults.md` is the measurement of a run.

use std::fmt::Write as _;

use crate::case::Outcome;
use crate::party::PARTIES;
use crate::run::{BOUND, Mode, Played, Run};

const INTRO: &str = "\
# Outcomes of faults

Each row is a fault that the test suite makes over real sockets, with the outcome measured with every provider's client.
`BLESS=1 cargo test -p auth-examples --test faults` writes this page; without `BLESS` the same test fails if page and
measurement differ.

- A failed login is an error whose kind says what to do. All callers get it, and until the time that it states none of
  them sends another login: each row tries. `LoginRefused` and `Config` wait 60 to 66 s the first time, longer after
  that.
- A login has one attempt in this table. The usual three are tested too: if the fault is over by the second attempt, an
  `Unavailable` of this table becomes one additional login and no error. Any other error is not retried.
- `send` returns every status, its body unread, except for a redirect that a POST does not follow. `fetch` reads the
  body as JSON, and returns an error for any status except a 2xx. If one result is given, it is the result of both.
  *answered* is the result without a fault.
- Logins and requests are those that arrived at the server for that one call. The login before a request is counted.
- Tokens live 40 minutes here, by their JWT and by all that the responses state, unless the fault changes it. Tokens of
  2 to 12 s whose expiry was cut to a whole second have a test of their own,
  `crates/auth-core/tests/one_process/net/whole_seconds.rs`: under load, no server sees one after its expiry.
- Nothing goes to another origin, nothing panics, and every call ends within {bound} s. The time-outs are 0.7 s here.
  After the fault is over, the next call succeeds; after a failed request, it does so with the same token.
- No password, key, token or signature is in any error, any `Debug`, or any line that any crate logs at any level: not
  even half of one, verbatim, escaped, encoded for URLs, in base64 or in hexadecimal.
- The clients are *pontotel*, *econpay*, *sopague*, *sopague gateway*, *api4com* and *signed-api*, each with a GET, and
  *signed-api, signed* with a PUT whose body is signed. A row that does not hold for all of them names its own.
";

/// The cells that one or more parties have in common.
#[derive(PartialEq)]
struct Cells {
    outcome: String,
    says: String,
    logins: u64,
    requests: u64,
}

/// Returns the page.
pub(crate) fn page(run: &Run) -> String {
    let mut page = INTRO.replace("{bound}", &BOUND.as_secs().to_string());
    section(&mut page, run, "login", &[Mode::Login]);
    section(&mut page, run, "request", &[Mode::Send, Mode::Fetch]);
    page
}

fn section(page: &mut String, run: &Run, on: &str, modes: &[Mode]) {
    let parties = PARTIES.iter().filter(|party| on == "request" || !party.requests_only).count();
    let _ = write!(page, "\n## On a {on}\n\n");
    page.push_str("| fault | on | outcome | what the error says to do | logins | requests |\n");
    page.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for (number, case) in run.cases.iter().enumerate() {
        let mut groups: Vec<(Cells, Vec<&str>)> = Vec::new();
        for party in &PARTIES {
            let of_party = |one: &&Played| one.case == number && one.party == party.name && modes.contains(&one.mode);
            let played: Vec<_> = run.played.iter().filter(of_party).collect();
            let Some(cells) = cells(&played) else { continue };
            match groups.iter_mut().find(|(others, _)| *others == cells) {
                Some((_, names)) => names.push(party.name),
                None => groups.push((cells, vec![party.name])),
            }
        }
        // The cells of most parties come first.
        groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        for (Cells { outcome, says, logins, requests }, names) in groups {
            let fault = &case.fault;
            let who = if names.len() == parties { String::new() } else { format!(" (*{}*)", names.join("*, *")) };
            let _ = writeln!(page, "| {fault}{who} | {on} | {outcome} | {says} | {logins} | {requests} |");
        }
    }
}

/// Returns the results of one party: one of a login, two of a request.
fn cells(played: &[&Played]) -> Option<Cells> {
    let (first, last) = (played.first()?, played.last()?);
    let outcome = match (first.measured.outcome, last.measured.outcome) {
        (Outcome::Answer(200), Outcome::Read) => "answered".to_owned(),
        (one, other) if one == other => one.to_string(),
        (send, fetch) => format!("`send`: {send}; `fetch`: {fetch}"),
    };
    let (logins, requests) = (last.measured.logins, last.measured.requests);
    Some(Cells { outcome, says: last.says.clone(), logins, requests })
}
