#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod channels;
mod error;
mod grants;
mod link;
mod listener;
mod script;
mod server;
mod store;
mod url;

pub use auth_core;
pub use redis;

pub use self::store::RedisStore;
