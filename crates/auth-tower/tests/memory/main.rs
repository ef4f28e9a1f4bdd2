//! The layer over a service and a login in memory. Time is paused.

mod account;
mod allocations;
mod contract;
mod healing;
mod orders;
mod origins;
