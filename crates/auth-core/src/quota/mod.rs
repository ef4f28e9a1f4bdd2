//! Quotas: how many requests a client may send, alone or together with all processes that share its store.

#[allow(unreachable_pub, reason = "the module of stores exports its types, which is a feature")]
pub(crate) mod exchange;
mod headers;
mod lease;
#[allow(unreachable_pub, reason = "the module of stores exports its types, which is a feature")]
pub(crate) mod ledger;
mod lend;
mod own_permits;
#[allow(unreachable_pub, reason = "the module of stores exports its types, which is a feature")]
pub(crate) mod part;
mod permits;
mod terms;
#[cfg(test)]
mod tests;

pub(crate) use self::exchange::Observed;
pub(crate) use self::lend::Lend;
pub(crate) use self::permits::Permits;
pub use self::terms::{Priority, Quota};
