//! The layer over services in memory, where time is paused, and over sockets.

mod account;
mod allocations;
mod contract;
mod healing;
mod orders;
mod origins;
mod recorded;
mod server;
mod sockets;
