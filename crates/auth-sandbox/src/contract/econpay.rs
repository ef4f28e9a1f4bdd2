// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The requirements for a request to EconPay.

use super::prelude::*;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation { id: "me", method: "GET", path: "auth", open: false, ..NOTHING },
    Operation {
        id: "login",
        method: "POST",
        path: "auth",
        open: true,
        body: &[required("email", STRING), required("password", STRING)],
        ..NOTHING
    },
    Operation {
        id: "customers",
        method: "GET",
        path: "customers",
        open: false,
        query: &[
            optional("page", Shape { least: 1, ..INTEGER }),
            optional("limit", Shape { least: 1, most: 100, ..INTEGER }),
            optional("orderBy", STRING),
            optional("direction", Shape { choices: &["ASC", "DESC"], ..STRING }),
            optional("name", STRING),
            optional("document", STRING),
        ],
        ..NOTHING
    },
];
