//! The five providers, one file each.

mod api4com;
mod econpay;
mod pontotel;
mod signed_api;
mod signed_api_data;
mod signed_api_panel;
mod sopague;

use std::fmt::Debug;

use crate::{provider::Provider, recorded::Call, reply::Reply};

pub(crate) use {api4com::Api4com, econpay::Econpay, pontotel::Pontotel, signed_api::SignedApi, sopague::Sopague};

/// A provider's answers to requests.
pub(crate) trait Api: Debug + Send + Sync {
    fn is_login(&self, call: &Call<'_>) -> bool;

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply;

    /// The provider's own answer for a status; `wait` is how many seconds a 429 asks to wait.
    fn error(&self, provider: &Provider, status: u16, wait: Option<u64>) -> Reply;
}
