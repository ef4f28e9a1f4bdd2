//! The pages whose code is compiled, and run where it needs no provider: `cargo test -p auth-docs`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../README.pt-BR.md")]
mod readme_pt_br {}

#[cfg(doctest)]
#[doc = include_str!("recipes.md")]
mod recipes {}
