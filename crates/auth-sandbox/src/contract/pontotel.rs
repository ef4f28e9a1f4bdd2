// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The requirements for a request to Pontotel.

use super::prelude::*;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "login",
        method: "POST",
        path: "login/",
        open: true,
        body: &[required("username", STRING), required("password", STRING)],
        ..NOTHING
    },
    Operation {
        id: "users",
        method: "GET",
        path: "usuarios/",
        open: false,
        query: &[
            optional("page", Shape { least: 1, ..INTEGER }),
            optional("page_size", Shape { least: 1, most: 100, ..INTEGER }),
        ],
        ..NOTHING
    },
    Operation {
        id: "employees",
        method: "GET",
        path: "empregados/",
        open: false,
        query: &[
            optional("page", Shape { least: 1, ..INTEGER }),
            optional("page_size", Shape { least: 1, most: 100, ..INTEGER }),
            optional("is_active", BOOLEAN),
        ],
        ..NOTHING
    },
    Operation {
        id: "createEmployee",
        method: "POST",
        path: "empregados/",
        open: false,
        body: &[required("nome", STRING), optional("email", STRING), optional("cpf", STRING)],
        ..NOTHING
    },
];
