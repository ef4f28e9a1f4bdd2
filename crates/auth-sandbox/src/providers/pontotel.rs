//! Pontotel, which looks like Django REST framework.

use serde_json::{Value, json};

use super::Api;
use crate::{
    clock, jwt,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, hex},
};

const LIMIT: u64 = 500;
const LISTS: [&str; 2] = ["usuarios", "empregados"];

#[derive(Debug)]
pub(crate) struct Pontotel;

impl Pontotel {
    pub(crate) const PLACE: Place = Place {
        name: "pontotel",
        base_path: "/pontotel/api/v4",
        protected_path: "usuarios/",
        password_ends_tokens: false,
    };
}

impl Api for Pontotel {
    fn is_login(&self, call: &Call<'_>) -> bool {
        call.method() == "POST" && matches!(call.path, "login/" | "login")
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        let reply = match (call.method(), call.path) {
            (_, path) if path == "login" || LISTS.contains(&path) => {
                Reply::new(301, "text/html; charset=utf-8", "").header("location", with_slash(&call.request.path))
            }
            ("POST", "login/") => login(provider, call),
            (_, "login/") => error(405),
            (method, path) => {
                let mut parts = path.split('/');
                match (parts.next().filter(|list| LISTS.contains(list)), parts.next(), parts.next(), parts.next()) {
                    (Some(_), _, _, None) if !lives(provider, call) => error(401),
                    (Some(_), Some(_), ..) if method != "GET" => error(405),
                    (Some(list), Some(""), None, None) => page(provider, call, list),
                    (Some(list), Some(id), Some(""), None) => {
                        match people(list).find(|one| one["id"].as_u64() == id.parse().ok()) {
                            Some(one) => json(200, &one),
                            None => error(404),
                        }
                    }
                    _ => error(404),
                }
            }
        };
        let used = provider.logins() + provider.requests();
        limits(reply, LIMIT.saturating_sub(used), Some(next_hour()))
    }

    fn error(&self, _provider: &Provider, status: u16, wait: Option<u64>) -> Reply {
        if status != 429 {
            return limits(error(status), LIMIT - 1, Some(next_hour()));
        }
        let mut body = json!({
            "error": "rate_limit_exceeded",
            "message": "Limite de requisições excedido. Tente novamente mais tarde.",
            "limit": LIMIT,
            "remaining": 0,
        });
        let reset = wait.map(|wait| (clock::now() / 1000).saturating_add(wait));
        if let (Some(wait), Some(reset)) = (wait, reset) {
            body["retry_after"] = json!(wait);
            body["reset_at"] = json!(clock::iso(reset.saturating_mul(1000)).replace(".000", ""));
        }
        limits(json(429, &body), 0, reset)
    }
}

fn login(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json().filter(Value::is_object) else {
        return invalid("Corpo da requisição inválido.", &json!({}));
    };
    let mut details = json!({});
    for field in ["username", "password"] {
        if text(&body, field).is_empty() {
            details[field] = json!(["Este campo é obrigatório."]);
        }
    }
    if details != json!({}) {
        return invalid("Dados inválidos.", &details);
    }
    if !provider.account().accepts(text(&body, "username"), text(&body, "password")) {
        return failure(401, "authentication_failed", "Usuário ou senha inválidos.");
    }
    let (token, facts) = provider.tokens().issue(String::new(), |token| {
        let claims = json!({ "user_id": 123, "iat": token.iat(), "exp": token.exp(), "jti": hex(32) });
        jwt::sign(provider.jwt_key(), jwt::TYP_FIRST, &claims)
    });
    let username = provider.username();
    json(
        200,
        &json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": facts.seconds(),
            "user": { "id": 123, "username": username, "email": format!("{username}@pontotel.example") },
        }),
    )
}

fn lives(provider: &Provider, call: &Call<'_>) -> bool {
    call.bearer().is_some_and(|token| matches!(provider.tokens().check(token), Check::Live(_)))
}

/// `{count, next, previous, results}` with absolute links, as Django REST framework writes them.
fn page(provider: &Provider, call: &Call<'_>, list: &str) -> Reply {
    let size = call.number("page_size", 2).min(100);
    let number = call.number("page", 1);
    let all: Vec<Value> = people(list).collect();
    let pages = all.len().div_ceil(size);
    if number > pages {
        return error(404);
    }
    let link = |number: usize| {
        let size = call.query("page_size").map(|size| format!("&page_size={size}")).unwrap_or_default();
        json!(format!("{}/{list}/?page={number}{size}", provider.base_url()))
    };
    let next = if number < pages { link(number + 1) } else { Value::Null };
    let previous = if number > 1 { link(number - 1) } else { Value::Null };
    let results: Vec<_> = all.iter().skip((number - 1) * size).take(size).collect();
    json(200, &json!({ "count": all.len(), "next": next, "previous": previous, "results": results }))
}

fn people(list: &str) -> impl Iterator<Item = Value> {
    let names: &[&str] = if list == "usuarios" {
        &["Ana Lima", "Bruno Reis", "Carla Dias", "Davi Melo", "Elisa Rocha"]
    } else {
        &["Fábio Nunes", "Gabriela Pinto", "Heitor Alves"]
    };
    names.iter().zip(1u32..).map(|(name, id)| json!({ "id": id, "nome": name, "ativo": true }))
}

/// The request's path and query with a slash at the end of the path, as Django's `APPEND_SLASH` sends clients to.
fn with_slash(path: &str) -> String {
    match path.split_once('?') {
        Some((path, query)) => format!("{path}/?{query}"),
        None => format!("{path}/"),
    }
}

fn error(status: u16) -> Reply {
    let (code, message) = match status {
        400 => ("validation_error", "Dados inválidos."),
        401 => ("authentication_failed", "Token inválido ou expirado. Por favor, faça login novamente."),
        403 => ("permission_denied", "Você não tem permissão para executar essa ação."),
        404 => ("not_found", "Recurso não encontrado."),
        405 => ("method_not_allowed", "Método não permitido."),
        409 => ("conflict", "Conflito com o estado atual do recurso."),
        503 => ("service_unavailable", "Sistema em manutenção programada."),
        _ => ("internal_error", "Erro interno do servidor."),
    };
    failure(status, code, message)
}

fn failure(status: u16, code: &str, message: &str) -> Reply {
    json(status, &json!({ "error": code, "message": message }))
}

fn invalid(message: &str, details: &Value) -> Reply {
    json(400, &json!({ "error": "validation_error", "message": message, "details": details }))
}

fn json(status: u16, body: &Value) -> Reply {
    Reply::new(status, "application/json", body.to_string())
}

fn next_hour() -> u64 {
    (clock::now() / 3_600_000 + 1) * 3600
}

fn limits(reply: Reply, remaining: u64, reset: Option<u64>) -> Reply {
    let reply = reply.header("x-ratelimit-limit", LIMIT).header("x-ratelimit-remaining", remaining);
    match reset {
        Some(reset) => reply.header("x-ratelimit-reset", reset),
        None => reply,
    }
}
