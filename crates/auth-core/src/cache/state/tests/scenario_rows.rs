//! P31: one row for each of AWS's 24 scenarios, in the published order.

use super::scenarios::Asked::{Deferred, No, Yes};
use super::scenarios::Step::{Advance, Get, Invalidate, Window};
use super::scenarios::{Given, Got, Row, Source, Step, Which};
use super::*;

const OK: Source = Source::Lives(3600);

const BEHIND: &str = "AWS's caller waits for the renewal and gets the new one; ours never pays for a renewal: it \
    gets the cached one, and the next caller the new one";
const NOT_PAST_EXPIRY: &str = "AWS serves what has expired; no provider of ours consents to that";
const COOLDOWN: &str = "AWS raises although it could serve, and asks again after 5 s; ours serves what is usable, and \
    sends refused secrets again after a minute, for accounts lock";
const EIGHTH: &str = "AWS takes its window from a table of three; ours is an eighth of the life";

const fn row(number: usize, what: &'static str, given: Given, steps: &'static [Step], differs: &'static str) -> Row {
    Row { number, what, given, renew_before: None, steps, differs }
}

pub(super) const ROWS: [Row; 24] = [
    row(
        1,
        "what is valid is served, and the source is left alone",
        Given::Valid,
        &[Get(Source::Unasked, Got::Cached, No)],
        "",
    ),
    row(
        2,
        "inside the window, and the source answers",
        Given::Advisory,
        &[Get(OK, Got::Cached, Yes), Get(Source::Unasked, Got::Cached, No)],
        BEHIND,
    ),
    row(
        3,
        "inside the window, and the source is down: the cached one stays in service",
        Given::Advisory,
        &[Get(Source::Error, Got::Cached, Yes), Get(Source::Unasked, Got::Cached, Deferred)],
        "",
    ),
    row(
        4,
        "just before its end, and the source answers",
        Given::Mandatory,
        &[Get(OK, Got::Cached, Yes), Get(Source::Unasked, Got::Cached, No)],
        BEHIND,
    ),
    row(
        5,
        "just before its end, and the source is down: the cached one stays in service",
        Given::Mandatory,
        &[Get(Source::Error, Got::Cached, Yes)],
        "",
    ),
    row(6, "expired, and the source answers", Given::Expired, &[Get(OK, Got::New, Yes)], ""),
    row(7, "expired, and the source is down", Given::Expired, &[Get(Source::Error, Got::Error, Yes)], NOT_PAST_EXPIRY),
    row(
        8,
        "the first call meets a source that is down, a later one does not",
        Given::Nothing,
        &[
            Get(Source::Error, Got::Error, Yes),
            Get(Source::Unasked, Got::Error, Deferred),
            Advance(1),
            Get(OK, Got::New, Yes),
        ],
        "AWS lets the very next call ask again; ours backs off for a second, or each of a thousand callers would ask",
    ),
    row(
        9,
        "inside the window, and the source gives what has ended: a failure like others",
        Given::Advisory,
        &[Get(Source::Stale, Got::Cached, Yes), Get(Source::Unasked, Got::Cached, Deferred)],
        "",
    ),
    row(
        10,
        "just before its end, and the source gives what has ended",
        Given::Mandatory,
        &[Get(Source::Stale, Got::Cached, Yes)],
        "",
    ),
    row(
        11,
        "the window of ten minutes",
        Given::Nothing,
        &[Get(Source::Lives(600), Got::New, Yes), Window(secs(75))],
        EIGHTH,
    ),
    row(
        12,
        "the window of twenty minutes and a half",
        Given::Nothing,
        &[Get(Source::Lives(1230), Got::New, Yes), Window(Duration::from_millis(153_750))],
        EIGHTH,
    ),
    row(
        13,
        "the window of six hours",
        Given::Nothing,
        &[Get(Source::Lives(21_600), Got::New, Yes), Window(secs(2700))],
        EIGHTH,
    ),
    row(
        14,
        "a successor that lives shorter has a window of its own",
        Given::Nothing,
        &[
            Get(Source::Lives(21_600), Got::New, Yes),
            Window(secs(2700)),
            Advance(18_060),
            Get(Source::Unasked, Got::Cached, No),
            Advance(841),
            Get(Source::Lives(600), Got::Cached, Yes),
            Window(secs(75)),
            Get(Source::Unasked, Got::Cached, No),
        ],
        "an eighth instead of the table, so 59 minutes before the end is not yet inside; and the renewal runs behind",
    ),
    Row {
        number: 15,
        what: "a configured window is obeyed",
        given: Given::Nothing,
        renew_before: Some(secs(1800)),
        steps: &[Get(Source::Lives(21_600), Got::New, Yes), Window(secs(1800))],
        differs: "",
    },
    row(
        16,
        "inside the window the source says no, and later yes",
        Given::Advisory,
        &[
            Get(Source::Refuses, Got::Cached, Yes),
            Advance(6),
            Get(Source::Unasked, Got::Cached, Deferred),
            Advance(54),
            Get(OK, Got::Cached, Yes),
            Get(Source::Unasked, Got::Cached, No),
        ],
        COOLDOWN,
    ),
    row(
        17,
        "just before its end the source says no, and later yes",
        Given::Mandatory,
        &[
            Get(Source::Refuses, Got::Cached, Yes),
            Advance(6),
            Get(Source::Unasked, Got::Error, Deferred),
            Advance(54),
            Get(OK, Got::New, Yes),
        ],
        COOLDOWN,
    ),
    row(
        18,
        "the source says no, and the next call comes at once",
        Given::Advisory,
        &[Get(Source::Refuses, Got::Cached, Yes), Get(Source::Unasked, Got::Cached, Deferred)],
        "AWS raises both times; ours serves what is usable, and like AWS does not ask again",
    ),
    row(
        19,
        "the service refuses the cached one, and the source answers",
        Given::Valid,
        &[Invalidate(Which::Current, Invalidation::Removed), Get(OK, Got::New, Yes)],
        "",
    ),
    row(
        20,
        "the service refuses the cached one, and the source is down",
        Given::Valid,
        &[Invalidate(Which::Current, Invalidation::Removed), Get(Source::Error, Got::Error, Yes)],
        "AWS goes on with what was refused; ours never serves it again",
    ),
    row(
        21,
        "refused by the service while the source asks for a pause: nobody asks until it is over",
        Given::Expired,
        &[
            Get(Source::Busy(420), Got::Error, Yes),
            Advance(60),
            Invalidate(Which::Current, Invalidation::Kept),
            Get(Source::Unasked, Got::Error, Deferred),
            Advance(425),
            Get(OK, Got::New, Yes),
        ],
        "AWS serves what has expired; and its back-off is of minutes, where ours is a second unless the source asks",
    ),
    row(
        22,
        "a late refusal of the one before changes nothing",
        Given::Valid,
        &[Invalidate(Which::Older, Invalidation::Replaced), Get(Source::Unasked, Got::Cached, No)],
        "",
    ),
    row(
        23,
        "after a failure nobody asks until the pause is over",
        Given::Expired,
        &[
            Get(Source::Busy(420), Got::Error, Yes),
            Advance(300),
            Get(Source::Unasked, Got::Error, Deferred),
            Advance(425),
            Get(OK, Got::New, Yes),
        ],
        "as in row 21",
    ),
    row(
        24,
        "the first call meets a source that says no, a later one does not",
        Given::Nothing,
        &[
            Get(Source::Refuses, Got::Error, Yes),
            Advance(6),
            Get(Source::Unasked, Got::Error, Deferred),
            Advance(54),
            Get(OK, Got::New, Yes),
        ],
        "both hand over the refusal itself; AWS asks again after 5 s, ours after a minute",
    ),
];
