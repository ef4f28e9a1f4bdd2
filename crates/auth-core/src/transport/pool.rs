//! The parts that all accounts at one base URL share: connections, options, and the clock.

use std::sync::Arc;

use url::Url;

use super::base_url::BaseUrl;
use super::clients;
use crate::accounts::common::Common;
use crate::clock::Clock;
use crate::error::Result;
use crate::options::Options;

pub(crate) struct Pool {
    pub(crate) base: BaseUrl,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// The parts that a set of accounts shares, for a client in a set.
    pub(crate) common: Option<Arc<Common>>,
    /// The client for both logins and requests, so that a request reuses the connection of its login.
    pub(crate) http: reqwest::Client,
    /// A fuzzer's answer to each login.
    #[cfg(fuzzing)]
    pub(super) canned: Option<(http::StatusCode, http::HeaderMap, Vec<u8>)>,
}

impl Pool {
    pub(crate) fn new(base_url: &Url, options: Options) -> Result<Self> {
        let base = BaseUrl::new(base_url, options.plain_http)?;
        let http = clients::build(&base, &options)?;
        Ok(Self {
            base,
            options,
            clock: Clock::new(),
            common: None,
            http,
            #[cfg(fuzzing)]
            canned: None,
        })
    }
}
