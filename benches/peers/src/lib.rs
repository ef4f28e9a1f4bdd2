//! `auth-core` beside what people would use instead: the same questions, asked of each in the same way.
//!
//! [`peer`] is what every peer is asked, [`peers`] holds a module for each, [`provider`] the login that all of them make: in
//! memory, scripted and counted. The programs are `fast`, `herd`, `behaviours` and `accounts`; see the README.

pub mod behaviour;
pub mod endpoint;
pub mod floors;
pub mod many;
pub mod measure;
pub mod peer;
pub mod peers;
pub mod provider;
pub mod resource;
pub mod stampede;
pub mod table;
