//! Pontotel, which behaves like Django REST framework.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    clock,
    contract::{self, Kind, What, Wrong, pontotel::OPERATIONS},
    jwt,
    limits::{self, Limits, Refused},
    provider::{
        Method, RunningApi,
        api::{Api, bearer},
    },
    recorded::{Call, text},
    reply::Reply,
};

const LIMIT: u64 = 500;

pub(crate) static PONTOTEL: Api = Api {
    name: "pontotel",
    base_path: "/pontotel/api/v4",
    protected_method: Method::GET,
    protected_path: "usuarios/",
    login_paths: &["login/", "login"],
    lifetime: Duration::from_secs(3600),
    password_ends_tokens: false,
    hourly_limit: Limits::PONTOTEL.per_hour,
    refuse: bearer,
    answer,
    error: |status, refused| if status == 429 { too_many(refused) } else { error(status) },
};

fn answer(provider: &RunningApi, call: &Call<'_>) -> Reply {
    let Some(operation) = contract::find(OPERATIONS, call) else { return unknown(provider, call) };
    if !operation.open && provider.session(call).is_none() {
        return error(401);
    }
    match (operation.id, operation.read(call)) {
        (_, Err(wrong)) => invalid(&wrong),
        ("login", Ok(body)) => login(provider, &body),
        ("users", Ok(_)) => page(provider, call, "usuarios", &users()),
        ("employees", Ok(_)) => page(provider, call, "empregados", &employees(call)),
        ("createEmployee", Ok(body)) => json(201, &json!({ "id": 4, "nome": body["nome"], "ativo": true })),
        _ => error(404),
    }
}

/// Answers a request for no documented operation: the slash is missing, or the path or the method is not served.
fn unknown(provider: &RunningApi, call: &Call<'_>) -> Reply {
    if contract::serves(OPERATIONS, &format!("{}/", call.path)) {
        return Reply::new(301, "text/html; charset=utf-8", "").header("location", with_slash(&call.request.path));
    }
    match call.path {
        "login/" => error(405),
        path if !contract::serves(OPERATIONS, path) => error(404),
        _ if provider.session(call).is_none() => error(401),
        _ => error(405),
    }
}

fn login(provider: &RunningApi, body: &Value) -> Reply {
    let Some(account) = provider.accounts.log_in(text(body, "username"), text(body, "password")) else {
        return failure(401, "authentication_failed", "Usuário ou senha inválidos.");
    };
    let (username, id) = (account.username.clone(), 123 + account.number);
    let token = provider.new_token(account);
    let body = json!({
        "access_token": provider.issue_jwt(&token, jwt::TYP_FIRST, json!({ "user_id": id })),
        "token_type": "Bearer",
        "expires_in": token.seconds(),
        "user": { "id": id, "username": username, "email": format!("{username}@pontotel.example") },
    });
    json(200, &body)
}

/// Returns `{count, next, previous, results}` with absolute links, as Django REST framework does.
fn page(provider: &RunningApi, call: &Call<'_>, list: &str, all: &[Value]) -> Reply {
    let size = call.number("page_size", 2);
    let number = call.number("page", 1);
    let pages = all.len().div_ceil(size).max(1);
    if number > pages {
        return error(404);
    }
    let link = |number: usize| {
        let kept = ["page_size", "is_active"].map(|name| call.query(name).map(|value| format!("&{name}={value}")));
        let kept: String = kept.into_iter().flatten().collect();
        let scheme = provider.base_url.split(':').next().unwrap_or_default();
        let host = call.header("host").unwrap_or_default();
        json!(format!("{scheme}://{host}{}/{list}/?page={number}{kept}", provider.api.base_path))
    };
    let next = if number < pages { link(number + 1) } else { Value::Null };
    let previous = if number > 1 { link(number - 1) } else { Value::Null };
    let results: Vec<_> = all.iter().skip((number - 1) * size).take(size).collect();
    json(200, &json!({ "count": all.len(), "next": next, "previous": previous, "results": results }))
}

fn users() -> Vec<Value> {
    let names = ["ana.lima", "bruno.reis", "carla.dias", "davi.melo", "elisa.rocha"].iter().zip(1u32..);
    let user = |(name, id)| json!({ "id": id, "username": name, "email": format!("{name}@pontotel.example") });
    names.map(user).collect()
}

/// Returns the employees. Their fields are not documented.
fn employees(call: &Call<'_>) -> Vec<Value> {
    let all = [(1, "Fábio Nunes", true), (2, "Gabriela Pinto", true), (3, "Heitor Alves", false)];
    let wanted = all.into_iter().filter(|(_, _, active)| call.selects("is_active", &active.to_string()));
    wanted.map(|(id, name, active)| json!({ "id": id, "nome": name, "ativo": active })).collect()
}

/// Adds a slash to the path, before the query, as Django's `APPEND_SLASH` does.
fn with_slash(path: &str) -> String {
    match path.split_once('?') {
        Some((path, query)) => format!("{path}/?{query}"),
        None => format!("{path}/"),
    }
}

fn too_many(refused: Refused) -> Reply {
    let limit = refused.limit.map_or(LIMIT, |limit| limit.requests);
    let mut body = json!({
        "error": "rate_limit_exceeded",
        "message": "You have exceeded the request limit",
        "limit": limit,
        "remaining": 0,
    });
    let reset = refused.reset();
    if let (Some(wait), Some(reset)) = (refused.wait, reset) {
        body["retry_after"] = json!(wait);
        body["reset_at"] = json!(clock::iso(reset.saturating_mul(1000)).replace(".000", ""));
    }
    limits::headers(json(429, &body), limit, 0, reset)
}

fn error(status: u16) -> Reply {
    let (code, message) = match status {
        400 => ("validation_error", "Dados inválidos na requisição"),
        401 => ("authentication_failed", "Token inválido ou expirado. Por favor, faça login novamente."),
        403 => ("permission_denied", "Você não tem permissão para acessar este recurso."),
        404 => ("not_found", "O recurso solicitado não foi encontrado."),
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

/// Answers with the faults of a request, by field.
fn invalid(wrong: &[Wrong]) -> Reply {
    let mut details = json!({});
    for Wrong { at, what } in wrong.iter().filter(|wrong| !wrong.at.is_empty()) {
        details[at] = json!([words(what)]);
    }
    let message =
        if details == json!({}) { "Corpo da requisição inválido." } else { "Dados inválidos na requisição" };
    json(400, &json!({ "error": "validation_error", "message": message, "details": details }))
}

/// Describes a fault in the words of Django REST framework.
fn words(what: &What) -> String {
    match what {
        What::Missing => "Este campo é obrigatório.".to_owned(),
        What::Kind(kinds) if kinds.contains(&Kind::Integer) => "Um número inteiro válido é exigido.".to_owned(),
        What::Kind(kinds) if kinds.contains(&Kind::Boolean) => "Deve ser um valor booleano válido.".to_owned(),
        What::Less(bound) => format!("Certifique-se de que este valor seja maior ou igual a {bound}."),
        What::More(bound) => format!("Certifique-se de que este valor seja inferior ou igual a {bound}."),
        _ => "Valor inválido.".to_owned(),
    }
}

fn json(status: u16, body: &Value) -> Reply {
    Reply::new(status, "application/json", body.to_string())
}
