//! The answers of logins: the facts of the document, and those of the clocks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use auth_core::LoginResponse;
use auth_core::contract::{Answer, Json, difference};
use auth_core::http::header::DATE;

use super::document::{Document, Operation};
use super::finding::Finding;

/// The greatest accepted difference between two clocks, in seconds.
const MAX_SKEW: f64 = 60.0;

/// The answers of the logins that the client sent.
#[derive(Clone, Default)]
pub(super) struct Logins(Arc<Mutex<Vec<Seen>>>);

/// One answer as it arrived.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) status: u16,
    answer: Arc<LoginResponse>,
    here: SystemTime,
}

impl Logins {
    pub(super) fn record(&self, answer: &LoginResponse) {
        let copy = LoginResponse::new(answer.status(), answer.headers().clone(), answer.body());
        let seen = Seen { status: answer.status().as_u16(), answer: Arc::new(copy), here: now() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Seen {
    /// Returns true if the answer is a refusal, as the document describes one.
    pub(super) fn is_refusal(&self, document: &Document, login: &Operation<'_>) -> bool {
        if !(200..300).contains(&self.status) {
            let kind = login.response(self.status).map(|response| response.value["x-error-kind"].clone());
            return kind.is_some_and(|kind| kind == "LoginRefused");
        }
        let Some(body) = Json::read(self.answer.body()) else { return false };
        let marks = document.auth().value["refused"].as_array().cloned().unwrap_or_default();
        marks.iter().any(|mark| {
            let Some(value) = body.pointer(mark["at"].as_str().unwrap_or_default()) else { return false };
            match mark.get("is") {
                Some(is) => value == is,
                None => value
                    .as_str()
                    .is_some_and(|text| !text.eq_ignore_ascii_case(mark["is_not"].as_str().unwrap_or_default())),
            }
        })
    }

    /// Compares the answer with the document, and the clocks with each other.
    pub(super) fn findings(&self, document: &Document, login: &Operation<'_>) -> Vec<Finding> {
        let compared = Answer::compare(&document.contract, &login.element, &self.answer, self.here);
        let mut findings: Vec<Finding> = compared.facts.into_iter().map(Finding::from).collect();
        findings.push(self.date(document));
        if (200..300).contains(&self.status) {
            findings.push(self.clock());
        }
        findings
    }

    /// Returns the provider's time of the answer.
    fn server(&self) -> Option<SystemTime> {
        self.answer.date().map(SystemTime::from)
    }

    fn date(&self, document: &Document) -> Finding {
        let number = self.answer.headers().get_all(DATE).iter().count();
        let seen = match number {
            0 => "absent",
            1 if self.server().is_some() => "present",
            1 => "not a date",
            _ => "several of them",
        };
        let finding = Finding::compared("login.date", seen == "present", seen);
        let by_server = document.auth().get("lifetime").into_iter().flat_map(|entries| entries.members());
        let by_server = by_server.map(|(_, entry)| entry).find(|entry| entry.value["by"] == "server");
        match by_server {
            Some(entry) => finding.at(&entry.pointer),
            None => finding,
        }
    }

    fn clock(&self) -> Finding {
        let Some(server) = self.server() else {
            return Finding::not_tried("setup.clock", "the answer has no `Date` to compare with").of_setup();
        };
        let skew = difference(self.here, server);
        if skew.abs() <= MAX_SKEW {
            return Finding::documented("setup.clock", "within a minute of the provider's").of_setup();
        }
        let side = if skew > 0.0 { "ahead of" } else { "behind" };
        let seen = format!("this machine is {:.0} s {side} the provider", skew.abs());
        let remedy = "set this machine's clock (timedatectl set-ntp true); if it is right, tell the provider";
        Finding::otherwise("setup.clock", seen).remedy(remedy).of_setup()
    }
}

#[expect(clippy::disallowed_methods, reason = "the doctor compares this machine's real clock with the provider's")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
