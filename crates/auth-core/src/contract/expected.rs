//! The response to a login as a provider's document describes it.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use super::answer::Answer;
use super::document::Document;
use crate::transport::login_response::LoginResponse;

/// A provider's `OpenAPI` document, against which [`Http::watch`](crate::Http::watch) holds the responses to logins. It
/// is read at the first login.
///
/// ```
/// use auth_core::Contract;
///
/// // In a provider crate: include_str!("../openapi.json").
/// static CONTRACT: Contract = Contract::new(r#"{"openapi": "3.1.0", "paths": {}}"#);
/// ```
///
/// A response has to fit the schema of its status with all parts of an `allOf`, and one entry of a `oneOf` or `anyOf`.
/// The extensions `x-auth`, `x-source`, `x-assumption` and `x-aliases` are those of the documents in this workspace.
#[derive(Debug)]
pub struct Contract {
    text: &'static str,
    document: OnceLock<Option<Document>>,
    /// The places of the document that responses had, by number.
    places: Mutex<Vec<String>>,
}

/// The response to one login as the document describes it. Created by [`Contract::login`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a response is compared by `Http::watch`"]
pub struct Expected<'c> {
    pub(super) contract: &'c Contract,
    path: &'c str,
    requests_lifetime: bool,
}

impl Contract {
    /// Creates the contract of a document, without reading it yet.
    ///
    /// ```
    /// # use auth_core::Contract;
    /// static CONTRACT: Contract = Contract::new("{}");
    /// ```
    #[must_use]
    pub const fn new(openapi: &'static str) -> Self {
        Self { text: openapi, document: OnceLock::new(), places: Mutex::new(Vec::new()) }
    }

    /// Returns the response to a login at this path, relative to the base URL.
    ///
    /// ```
    /// # use auth_core::Contract;
    /// static CONTRACT: Contract = Contract::new("{}");
    /// let expected = CONTRACT.login("login/");
    /// ```
    pub fn login<'c>(&'c self, path: &'c str) -> Expected<'c> {
        Expected { contract: self, path, requests_lifetime: false }
    }

    /// Returns the number of a place in the document, if it is below 64.
    pub(super) fn number(&self, place: &str) -> Option<u32> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let number = places.iter().position(|one| one == place).unwrap_or_else(|| {
            if places.len() < 64 {
                places.push(place.to_owned());
            }
            places.iter().position(|one| one == place).unwrap_or(64)
        });
        u32::try_from(number).ok().filter(|number| *number < 64)
    }
}

impl Expected<'_> {
    /// States that the login requested a lifetime of its own, so that the document's does not apply.
    ///
    /// ```
    /// # use auth_core::Contract;
    /// static CONTRACT: Contract = Contract::new("{}");
    /// let ttl = Some(86_400);
    /// let expected = CONTRACT.login("users/login").requesting_lifetime(ttl.is_some());
    /// ```
    pub fn requesting_lifetime(self, requests_lifetime: bool) -> Self {
        Self { requests_lifetime, ..self }
    }

    /// Compares a response, or returns `None` if the document does not describe it.
    pub(super) fn compare(&self, answer: &LoginResponse, here: SystemTime) -> Option<Answer> {
        let read = || Some(Document::read(self.contract.text).ok()?.with_oauth2(self.path));
        let document = self.contract.document.get_or_init(read).as_ref()?;
        let login = document.login(self.path)?;
        let mut compared = Answer::compare(document, &login, answer, here);
        if self.requests_lifetime {
            compared.facts.retain(|fact| fact.name != "lifetime.default");
        }
        Some(compared)
    }
}
