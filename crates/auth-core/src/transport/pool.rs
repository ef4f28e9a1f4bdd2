//! What all accounts at one base URL share: connections, options, the clock.

use std::sync::{Arc, OnceLock};

use url::Url;

use super::BaseUrl;
use super::clients;
use crate::accounts::Common;
use crate::clock::Clock;
use crate::error::Result;
use crate::options::Options;

pub(crate) struct Pool {
    pub(crate) base: BaseUrl,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// Of a set of accounts.
    pub(crate) common: Option<Arc<Common>>,
    /// Follows no redirect: for logins, and for what must arrive where it was sent.
    pub(crate) direct: reqwest::Client,
    /// Built when it is first needed: that reads the system's certificates, which takes milliseconds.
    following: OnceLock<reqwest::Client>,
    /// What a fuzzer answers to each login.
    #[cfg(fuzzing)]
    pub(super) canned: Option<(http::StatusCode, http::HeaderMap, Vec<u8>)>,
}

impl Pool {
    pub(crate) fn new(base_url: &Url, options: Options) -> Result<Self> {
        let base = BaseUrl::new(base_url, options.plain_http)?;
        let direct = clients::direct(&base, &options)?;
        Ok(Self {
            base,
            options,
            clock: Clock::new(),
            common: None,
            direct,
            following: OnceLock::new(),
            #[cfg(fuzzing)]
            canned: None,
        })
    }

    /// Follows redirects within the origin: for the user's own requests.
    pub(crate) fn following(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.following.get() {
            return Ok(client);
        }
        let client = clients::following(&self.base, &self.options)?;
        Ok(self.following.get_or_init(|| client))
    }
}
