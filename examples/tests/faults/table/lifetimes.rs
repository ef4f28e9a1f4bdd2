//! Logins that state an odd lifetime.

use api4com_auth::auth_core::ErrorKind::Unavailable;
use api4com_auth::auth_core::time::format_description::well_known::Rfc3339;
use api4com_auth::auth_core::time::{Duration, OffsetDateTime, UtcOffset};
use serde_json::{Value, json};

use super::bodies::edited;
use super::{AS_ISSUED, OK, READ, fails, times};
use crate::case::{Case, Outcome};
use crate::wire::answer::Answer;

const API4COM: &[&str] = &["api4com"];
const ECONPAY: &[&str] = &["econpay"];
const PONTOTEL: &[&str] = &["pontotel"];
const SOPAGUE: &[&str] = &["sopague", "sopague gateway"];
const SIGNED_API: &[&str] = &["signed-api"];
const WITHOUT_DATES: &[&str] = &["pontotel", "econpay", "api4com"];

const TEN_MINUTES: Outcome = Outcome::LoggedIn(Some(10));
const HALF_AN_HOUR: Outcome = Outcome::LoggedIn(Some(30));
/// The lifetime that EconPay documents.
const AN_HOUR: Outcome = Outcome::LoggedIn(Some(60));
/// The lifetime that Api4Com documents.
const A_FORTNIGHT: Outcome = Outcome::LoggedIn(Some(14 * 1440));
/// The longest lifetime that is accepted.
const MAX_LIFETIME: Outcome = Outcome::LoggedIn(Some(400 * 1440));
const FOR_EVER: Outcome = Outcome::LoggedIn(None);

pub(crate) fn cases() -> Vec<Case> {
    // A provider with another source of the lifetime uses that one, mostly the JWT's own times, which state 40 minutes.
    let unreadable =
        |case: Case| case.login(AS_ISSUED, 1).login_but(ECONPAY, AN_HOUR, 1).login_but(API4COM, A_FORTNIGHT, 1);
    vec![
        unreadable(odd("a negative lifetime", Seconds(-1800.0))).login_but(SIGNED_API, fails(Unavailable), 1),
        unreadable(odd("a lifetime of zero", Seconds(0.0))).login_but(SIGNED_API, fails(Unavailable), 1),
        // A number of seconds beyond ten years is not read. A date is limited by the token's own expiry; if that is as
        // late, the lifetime is 400 days.
        odd("a huge lifetime", Seconds(1e11)).login(AS_ISSUED, 1).login_but(API4COM, A_FORTNIGHT, 1).login_but(
            ECONPAY,
            MAX_LIFETIME,
            1,
        ),
        odd("a fractional lifetime", Seconds(1800.5)).login(HALF_AN_HOUR, 1),
        odd("a lifetime as text", Text("1800")).login(AS_ISSUED, 1).login_but(ECONPAY, AN_HOUR, 1).login_but(
            &["pontotel", "api4com"],
            HALF_AN_HOUR,
            1,
        ),
        unreadable(odd("a lifetime that is nonsense", Text("soon"))),
        unreadable(odd("no lifetime", Nothing)),
        member("a lifetime of -1", json!(-1)).login(FOR_EVER, 1).login_but(PONTOTEL, AS_ISSUED, 1).not_for(&[
            "econpay",
            "sopague",
            "sopague gateway",
            "signed-api",
        ]),
        dated("expireAt in the past", |answer| {
            let (start, has_zone) = start(answer);
            times::write(start - Duration::hours(1), has_zone)
        })
        .login_but(SIGNED_API, fails(Unavailable), 1),
        dated("expireAt in another zone", |answer| {
            let tokyo = UtcOffset::from_hms(9, 0, 0).expect("a zone");
            let at = times::date(answer).to_offset(tokyo) + Duration::minutes(30);
            at.format(&Rfc3339).expect("a date")
        })
        .login_but(SIGNED_API, HALF_AN_HOUR, 1),
        dated("expireAt without a zone", |answer| times::write(start(answer).0 + Duration::minutes(30), false))
            .login_but(SOPAGUE, HALF_AN_HOUR, 1),
        edited("an old token that is handed out again, ten minutes before its end", |answer| {
            times::shift_token(answer, Duration::minutes(-30));
        })
        .login(TEN_MINUTES, 1),
        skewed("the server's clock is a day ahead", Duration::days(1)),
        skewed("the server's clock is a day behind", Duration::days(-1)),
    ]
}

#[derive(Clone, Copy)]
enum Odd {
    Seconds(f64),
    Text(&'static str),
    Nothing,
}
use Odd::{Nothing, Seconds, Text};

/// Writes the lifetime as the provider does: as a number, as claims, or as dates.
fn odd(fault: &str, odd: Odd) -> Case {
    edited(fault, move |answer| {
        let json = answer.json();
        let value = match odd {
            Seconds(seconds) => Some(json!(seconds)),
            Text(text) => Some(json!(text)),
            Nothing => None,
        };
        if let Some(name) = ["expires_in", "ttl"].into_iter().find(|name| json.get(name).is_some()) {
            answer.put(&format!("/{name}"), value);
        } else if json.get("created").is_some() {
            let (created, has_zone) = times::read(json["created"].as_str().expect("a date"));
            answer.put("/expiration", date_of(odd, created, has_zone));
        } else if json.pointer("/data/expireAt").is_some() {
            let date = times::date(answer);
            answer.put("/data/expireAt", date_of(odd, date, true));
        } else {
            times::claims(answer, |claims| {
                let iat = claims["iat"].as_f64().expect("a time");
                match (odd, &value) {
                    (Seconds(seconds), _) => claims["exp"] = json!(iat + seconds),
                    (_, Some(value)) => claims["exp"] = value.clone(),
                    (_, None) => drop(claims.as_object_mut().expect("claims").remove("exp")),
                }
            });
        }
    })
}

fn date_of(odd: Odd, start: OffsetDateTime, has_zone: bool) -> Option<Value> {
    match odd {
        // The last date that can be written, as from servers that mean "never".
        Seconds(seconds) if seconds > 1e9 => {
            let last = "9999-12-31T23:59:59.9999999";
            Some(json!(if has_zone { format!("{last}Z") } else { last.to_owned() }))
        }
        Seconds(seconds) => Some(json!(times::write(start + Duration::seconds_f64(seconds), has_zone))),
        Text(text) => Some(json!(text)),
        Nothing => None,
    }
}

fn member(fault: &str, value: Value) -> Case {
    edited(fault, move |answer| {
        let name = if answer.json().get("ttl").is_some() { "/ttl" } else { "/expires_in" };
        answer.put(name, Some(value.clone()));
    })
}

/// For the two providers that return the expiry as a date. The JWT still states 40 minutes.
fn dated(fault: &str, write: impl Fn(&Answer) -> String + Send + Sync + 'static) -> Case {
    let case = edited(fault, move |answer| {
        let name = if answer.json().get("created").is_some() { "/expiration" } else { "/data/expireAt" };
        let text = write(answer);
        answer.put(name, Some(json!(text)));
    });
    case.login(AS_ISSUED, 1).not_for(WITHOUT_DATES)
}

/// Returns the time at which the token was issued, and whether the provider writes zones.
fn start(answer: &Answer) -> (OffsetDateTime, bool) {
    answer.json()["created"].as_str().map_or((times::date(answer), true), times::read)
}

fn skewed(fault: &str, by: Duration) -> Case {
    edited(fault, move |answer| times::shift(answer, by)).login(AS_ISSUED, 1).request(OK, READ, (1, 1))
}
