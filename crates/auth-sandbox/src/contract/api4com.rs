// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The requirements for a request to Api4Com.

use super::prelude::*;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "login",
        method: "POST",
        path: "users/login",
        open: true,
        body: &[
            required("email", STRING),
            required("password", STRING),
            optional("ttl", Shape { least: -1, ..INTEGER }),
        ],
        ..NOTHING
    },
    Operation {
        id: "createToken",
        method: "POST",
        path: "users/accessTokens",
        open: false,
        body: &[required("ttl", Shape { least: -1, ..INTEGER })],
        ..NOTHING
    },
    Operation { id: "logout", method: "POST", path: "users/logout", open: false, ..NOTHING },
    Operation { id: "me", method: "GET", path: "users/me", open: false, ..NOTHING },
    Operation {
        id: "calls",
        method: "GET",
        path: "calls",
        open: false,
        query: &[optional("page", Shape { least: 1, ..INTEGER }), optional("filter", STRING)],
        ..NOTHING
    },
    Operation {
        id: "users",
        method: "GET",
        path: "users",
        open: false,
        query: &[optional("filter", STRING)],
        ..NOTHING
    },
];
