//! `auth-core` and its alternatives: the same questions, asked of each in the same way.
//!
//! [`peer`] states what every peer is asked, [`peers`] has a module for each, and [`provider`] is the login of all of
//! them: in memory, scripted and counted. The programs are `fast`, `herd`, `behaviours` and `accounts`; see the README.

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
