//! Error statuses, redirects, and changes of the account.

use api4com_auth::auth_core::ErrorKind::{Config, LoginRefused, Status, Unavailable};
use auth_sandbox::Fault;

use super::bodies::edited;
use super::{OK, READ, SIGNED, fails, kind_of, limited, refused};
use crate::case::{Case, Outcome, Strike};

/// The providers whose tokens end with the password.
const ENDED_BY_PASSWORD: &[&str] = &["api4com"];
/// The redirects that are followed. 304 to 306 are not redirects to follow.
const FOLLOWED: [u16; 5] = [301, 302, 303, 307, 308];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in 301..=308 {
        let handed_over = (Outcome::Answer(status), refused(Status), (1, 1));
        let redirect = |fault: String, elsewhere: bool| {
            let case = edited(&fault, move |answer| {
                let place = if elsewhere { answer.elsewhere.clone() } else { format!("{}?moved=1", answer.path) };
                answer.status = format!("{status} Moved");
                answer.set("location", &place);
                if status == 304 {
                    answer.body.clear();
                }
            });
            case.login(fails(Config), 1).request(handed_over.0, handed_over.1, handed_over.2)
        };
        let mut same = redirect(format!("{status} to the same origin"), false);
        let mut other = redirect(format!("{status} to another origin"), true);
        if FOLLOWED.contains(&status) {
            same = same.request(OK, READ, (1, 2)).request_but(SIGNED, handed_over.0, handed_over.1, handed_over.2);
            // Its request is a POST, which a followed redirect would turn into a GET.
            let not_followed = |case: Case| case.request_but(&["sopague"], refused(Status), refused(Status), (1, 1));
            if status < 304 {
                same = not_followed(same);
            }
            other = not_followed(other);
        }
        cases.extend([same, other]);
    }
    for status in [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504] {
        let of_login = match status {
            400 | 401 | 403 | 422 => fails(LoginRefused),
            404 | 409 => fails(Config),
            429 => limited(5),
            _ => fails(Unavailable),
        };
        let fault = match status {
            429 => Fault::TooManyRequests { retry_after: None, times: 1 },
            _ => Fault::Status { status, times: 1 },
        };
        let case = Case::new(format!("HTTP {status}"), Strike::Sandbox(fault)).login(of_login, 1);
        cases.push(match status {
            // One login replaces the token.
            401 => case.request(OK, READ, (2, 2)),
            _ => case.request(Outcome::Answer(status), refused(kind_of(status)), (1, 1)),
        });
    }
    cases.push(
        Case::new("HTTP 401, and again to the new token", Strike::Sandbox(Fault::Unauthorized { times: 2 })).request(
            Outcome::Answer(401),
            refused(Status),
            (2, 2),
        ),
    );
    cases.extend(accounts());
    cases
}

fn accounts() -> [Case; 3] {
    let no_login = Outcome::Failed(LoginRefused, Some(60));
    let changed = |provider: &auth_sandbox::Provider| provider.set_password("changed-behind-the-clients-back");
    let revoked_and_changed = |provider: &auth_sandbox::Provider| {
        provider.revoke_all();
        provider.set_password("changed-behind-the-clients-back");
    };
    [
        Case::new("the server revokes everything", Strike::Account(auth_sandbox::Provider::revoke_all)).request(
            OK,
            READ,
            (2, 2),
        ),
        Case::new("the password changes", Strike::Account(changed))
            .login(fails(LoginRefused), 1)
            .request(OK, READ, (1, 1))
            .request_but(ENDED_BY_PASSWORD, no_login, no_login, (2, 1)),
        Case::new("the password changes and all tokens end", Strike::Account(revoked_and_changed)).request(
            no_login,
            no_login,
            (2, 1),
        ),
    ]
}
