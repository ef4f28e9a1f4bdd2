//! EconPay, which looks like NestJS.

use serde_json::{Value, json};

use super::Api;
use crate::{
    jwt,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, Token, hex},
};

#[derive(Debug)]
pub(crate) struct Econpay;

impl Econpay {
    pub(crate) const PLACE: Place =
        Place { name: "econpay", base_path: "/econpay", protected_path: "auth", password_ends_tokens: false };
}

impl Api for Econpay {
    fn is_login(&self, call: &Call<'_>) -> bool {
        (call.method(), call.path) == ("POST", "auth")
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        match (call.method(), call.path, session(provider, call)) {
            ("POST", "auth", _) => login(provider, call),
            ("GET", "auth" | "customers", None) => error(401),
            ("GET", "auth", Some(token)) => {
                let mut user = user(provider);
                user["iat"] = json!(token.iat());
                user["exp"] = json!(token.exp());
                Reply::json(200, &user)
            }
            ("GET", "customers", Some(_)) => customers(call),
            (method, path, _) => failure(404, &format!("Cannot {method} /{path}"), "Not Found"),
        }
    }

    fn error(&self, _provider: &Provider, status: u16, _wait: Option<u64>) -> Reply {
        error(status)
    }
}

fn login(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else {
        return Reply::json(
            400,
            &json!({ "statusCode": 400, "message": "Unexpected token in JSON", "error": "Bad Request" }),
        );
    };
    let mut missing = Vec::new();
    for field in ["email", "password"] {
        if text(&body, field).is_empty() {
            missing.push(format!("{field} should not be empty"));
        }
    }
    if !missing.is_empty() {
        return Reply::json(400, &json!({ "statusCode": 400, "message": missing, "error": "Bad Request" }));
    }
    if !provider.account().accepts(text(&body, "email"), text(&body, "password")) {
        return Reply::json(401, &json!({ "statusCode": 401, "message": "Email ou senha inválidos" }));
    }
    let (token, _) = provider.tokens().issue(String::new(), |token| {
        let claims = json!({ "id": 1, "iat": token.iat(), "exp": token.exp(), "jti": hex(32) });
        jwt::sign(provider.jwt_key(), jwt::ALG_FIRST, &claims)
    });
    // NestJS answers 201 to a POST unless told otherwise, though the documentation says 200.
    Reply::json(201, &json!({ "response": { "token": token, "user": user(provider) } }))
}

fn session(provider: &Provider, call: &Call<'_>) -> Option<Token> {
    match provider.tokens().check(call.bearer()?) {
        Check::Live(token) => Some(token),
        Check::Expired | Check::Unknown => None,
    }
}

fn user(provider: &Provider) -> Value {
    json!({ "id": 1, "name": "João da Silva", "email": provider.username(), "role": "admin" })
}

fn customers(call: &Call<'_>) -> Reply {
    let (page, limit) = (call.number("page", 1), call.number("limit", 10).min(100));
    let all: Vec<Value> = (1..=12).map(|id| json!({ "id": id, "name": format!("Cliente {id}") })).collect();
    let data: Vec<_> = all.iter().skip((page - 1).saturating_mul(limit)).take(limit).collect();
    Reply::json(200, &json!({ "data": data, "total": all.len(), "page": page, "lastPage": all.len().div_ceil(limit) }))
}

fn error(status: u16) -> Reply {
    match status {
        401 => Reply::json(401, &json!({ "statusCode": 401, "message": "Unauthorized" })),
        429 => Reply::json(429, &json!({ "statusCode": 429, "message": "ThrottlerException: Too Many Requests" })),
        400 => failure(400, "Dados inválidos", "Bad Request"),
        403 => failure(403, "Permissão insuficiente", "Forbidden"),
        404 => failure(404, "Recurso não encontrado", "Not Found"),
        _ => failure(status, "Erro interno do servidor", "Internal Server Error"),
    }
}

fn failure(status: u16, message: &str, error: &str) -> Reply {
    Reply::json(status, &json!({ "success": false, "message": message, "error": error }))
}
