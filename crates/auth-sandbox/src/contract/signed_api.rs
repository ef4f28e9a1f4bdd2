// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The requirements for a request to xigsapi.

use super::prelude::*;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "login",
        method: "POST",
        path: "v1/auth/login",
        open: true,
        body: &[required("apiKey", STRING)],
        ..NOTHING
    },
    Operation {
        id: "panelLogin",
        method: "POST",
        path: "v1/auth/panel-login",
        open: true,
        body: &[required("email", STRING), required("password", STRING), required("captcha", STRING)],
        ..NOTHING
    },
    Operation {
        id: "forgotPassword",
        method: "POST",
        path: "v1/auth/forgot-password",
        open: true,
        headers: &[optional("X-User-Language", Shape { choices: &["pt", "en", "es"], ..STRING })],
        body: &[
            required("email", STRING),
            required("captcha", STRING),
            optional("lang", Shape { choices: &["pt", "en", "es"], ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "resetPassword",
        method: "POST",
        path: "v1/auth/reset-password",
        open: true,
        body: &[required("token", STRING), required("newPassword", Shape { shortest: 8, ..STRING })],
        ..NOTHING
    },
    Operation {
        id: "changePassword",
        method: "POST",
        path: "v1/auth/change-password",
        open: false,
        body: &[required("currentPassword", STRING), required("newPassword", Shape { shortest: 8, ..STRING })],
        ..NOTHING
    },
    Operation {
        id: "profiles",
        method: "GET",
        path: "v1/profile",
        open: false,
        query: &[
            optional("pageIndex", Shape { least: 1, ..INTEGER }),
            optional("pageSize", Shape { least: 1, ..INTEGER }),
        ],
        ..NOTHING
    },
    Operation {
        id: "createProfile",
        method: "POST",
        path: "v1/profile",
        open: false,
        headers: &[required("x-signed-request", Shape { shortest: 128, longest: 128, ..STRING })],
        body: &[
            required("email", STRING),
            required("description", STRING),
            optional("avatarUrl", STRING),
            required("profileType", Shape { choices: &["cassino", "integrator", "demo"], ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "updateProfile",
        method: "PUT",
        path: "v1/profile/{profileId}",
        open: false,
        segments: &[required("profileId", STRING)],
        headers: &[required("x-signed-request", Shape { shortest: 128, longest: 128, ..STRING })],
        body: &[optional("email", STRING), optional("description", STRING), optional("avatarUrl", STRING)],
        ..NOTHING
    },
    Operation {
        id: "users",
        method: "GET",
        path: "v1/user",
        open: false,
        query: &[
            optional("dateStart", STRING),
            optional("dateEnd", STRING),
            optional("pageIndex", Shape { least: 1, ..INTEGER }),
            optional("pageSize", Shape { least: 1, ..INTEGER }),
            optional("userId", STRING),
        ],
        ..NOTHING
    },
    Operation {
        id: "authenticateUser",
        method: "POST",
        path: "v1/user/auth",
        open: false,
        headers: &[required("x-signed-request", Shape { shortest: 128, longest: 128, ..STRING })],
        body: &[
            required("profileId", STRING),
            required("credential", STRING),
            required("credentialType", Shape { choices: &["email", "uuid", "username"], ..STRING }),
        ],
        ..NOTHING
    },
    Operation {
        id: "gameSessions",
        method: "GET",
        path: "v1/game/session",
        open: false,
        query: &[
            optional("gameId", STRING),
            optional("userId", STRING),
            optional("showRoundsAndTransactions", BOOLEAN),
        ],
        ..NOTHING
    },
    Operation {
        id: "createGameSession",
        method: "POST",
        path: "v1/game/session",
        open: false,
        headers: &[required("x-signed-request", Shape { shortest: 128, longest: 128, ..STRING })],
        body: &[required("userToken", STRING), required("gameId", STRING), optional("balance", NUMBER)],
        ..NOTHING
    },
    Operation { id: "webhooks", method: "GET", path: "v1/webhook", open: false, ..NOTHING },
    Operation {
        id: "createWebhook",
        method: "POST",
        path: "v1/webhook",
        open: false,
        headers: &[required("x-signed-request", Shape { shortest: 128, longest: 128, ..STRING })],
        body: &[
            required("url", STRING),
            required(
                "eventTriggers",
                Shape { items: &[Shape { choices: &["open-round", "close-round"], ..STRING }], ..ARRAY },
            ),
            required("signatureToken", STRING),
        ],
        ..NOTHING
    },
    Operation {
        id: "webhookLogs",
        method: "GET",
        path: "v1/webhook/{webhookId}",
        open: false,
        segments: &[required("webhookId", STRING)],
        query: &[
            optional("dateStart", STRING),
            optional("dateEnd", STRING),
            optional("pageIndex", Shape { least: 1, ..INTEGER }),
            optional("pageSize", Shape { least: 1, most: 100, ..INTEGER }),
            optional("status", Shape { choices: &["success", "failed", "pending"], ..STRING }),
        ],
        ..NOTHING
    },
];
