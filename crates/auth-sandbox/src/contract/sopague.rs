// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The requirements for a request to Sopague.

use super::prelude::*;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "login",
        method: "POST",
        path: "api/authentication/login",
        open: true,
        body: &[
            required("userName", Shape { longest: 30, ..STRING }),
            required("password", Shape { longest: 256, ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "gatewayLogin",
        method: "POST",
        path: "api/auth/token",
        open: true,
        body: &[
            required("userName", Shape { longest: 30, ..STRING }),
            required("password", Shape { longest: 256, ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "transactions",
        method: "POST",
        path: "api/transaction/concil/search-by-code",
        open: false,
        query: &[
            optional("accountNumber", INTEGER),
            optional("nsu", Shape { longest: 100, ..STRING }),
            optional("codAuth", Shape { longest: 30, ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "payment",
        method: "GET",
        path: "v1/payments/{paymentId}",
        open: false,
        segments: &[required("paymentId", Shape { longest: 42, ..STRING })],
        ..NOTHING
    },
];
