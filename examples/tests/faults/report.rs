//! The table as a page: `docs/faults.md` is the measurement of a run.

use std::fmt::Write as _;

use crate::case::Outcome;
use crate::party::PARTIES;
use crate::run::{BOUND, Mode, Played, Run};

const INTRO: &str = "\
# What becomes of each fault

Each row is a fault that the test suite makes over real sockets, and what it measured with every provider's client. The page
is written by `BLESS=1 cargo test -p auth-examples --test faults`; without `BLESS` the same test fails where page and
measurement differ.

- A failed login is an error whose kind says what to do. All callers get it, and until the time that it tells none of them
  sends another login: each row has tried. `LoginRefused` and `Config` wait 60 to 66 s the first time, longer after that.
- A login has one attempt in this table. The usual three are tested too: where the fault is over by the second, what is
  `Unavailable` here is one login more and no error. What is anything else is not tried again.
- `send` hands over whatever status comes, its body unread, but for a redirect that a POST does not follow. `fetch` reads the body as JSON, and makes an error of any status
  but a 2xx. Where one result is given, it is the result of both. *answered* is what comes without a fault.
- Logins and requests are those that arrived at the server for that one call; a request has had its login before, and it counts.
- Tokens live 40 minutes here, by their JWT and by all that the answers say, unless the fault changes it. Tokens of 2 to 12 s
  whose end was cut to a whole second have a test of their own, `crates/auth-core/tests/net/whole_seconds.rs`: under load, no
  server sees one after its end.
- Nothing goes to another origin, nothing panics, and every call ends within {bound} s, the time-outs that are met being 0.7 s. When
  the fault is over the next call succeeds, after a failed request with the same token.
- No password, key, token or signature is in any error, any `Debug`, or any line that any crate logs at any level: not half
  of one, as it is or escaped, encoded for URLs, in base64 or in hexadecimal.
- The clients are *pontotel*, *econpay*, *sopague*, *sopague gateway*, *api4com* and *signed-api*, each with a GET, and
  *signed-api, signed* with a PUT whose body is signed. A row that is not for all of them names its own.
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
