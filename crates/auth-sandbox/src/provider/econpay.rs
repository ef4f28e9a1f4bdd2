//! EconPay, which behaves like NestJS.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    account::Entry,
    contract::{self, Kind, What, Wrong, econpay::OPERATIONS},
    jwt,
    provider::{
        Method, RunningApi,
        api::{Api, bearer},
    },
    recorded::{Call, text},
    reply::Reply,
};

pub(crate) static ECONPAY: Api = Api {
    name: "econpay",
    base_path: "/econpay",
    protected_method: Method::GET,
    protected_path: "auth",
    login_paths: &["auth"],
    lifetime: Duration::from_secs(3600),
    password_ends_tokens: false,
    hourly_limit: None,
    refuse: bearer,
    answer,
    error: |status, _refused| error(status),
};

fn answer(provider: &RunningApi, call: &Call<'_>) -> Reply {
    let Some(operation) = contract::find(OPERATIONS, call) else {
        return failure(404, &format!("Cannot {} /{}", call.method(), call.path), "Not Found");
    };
    let session = provider.session(call);
    if !operation.open && session.is_none() {
        return error(401);
    }
    match (operation.id, operation.read(call), session) {
        (_, Err(wrong), _) => invalid(&wrong),
        ("login", Ok(body), _) => login(provider, &body),
        ("me", _, Some(token)) => {
            let mut user = user(&token.account);
            user["iat"] = json!(token.iat());
            user["exp"] = json!(token.exp());
            Reply::ok(&user)
        }
        ("customers", ..) => customers(call),
        _ => error(404),
    }
}

fn login(provider: &RunningApi, body: &Value) -> Reply {
    let Some(account) = provider.accounts.log_in(text(body, "email"), text(body, "password")) else {
        return Reply::json(401, &json!({ "statusCode": 401, "message": "Email ou senha inválidos" }));
    };
    let user = user(&account);
    let token = provider.new_token(account);
    let jwt = provider.issue_jwt(&token, jwt::ALG_FIRST, json!({ "id": user["id"] }));
    // NestJS answers 201 to a POST unless configured otherwise, although the documentation says 200.
    Reply::json(201, &json!({ "response": { "token": jwt, "user": user } }))
}

fn user(account: &Entry) -> Value {
    json!({ "id": 1 + account.number, "name": "João da Silva", "email": account.username, "role": "admin" })
}

fn customers(call: &Call<'_>) -> Reply {
    let (page, limit) = (call.number("page", 1), call.number("limit", 10));
    let field = |customer: &Value, name: &str| text(customer, name).to_owned();
    let mut found: Vec<Value> = (1..=12).map(customer).collect();
    found.retain(|one| call.selects("name", text(one, "name")) && call.selects("document", text(one, "document")));
    match call.query("orderBy").as_deref() {
        Some("id") => {}
        order => found.sort_by_key(|one| field(one, order.unwrap_or("created_at"))),
    }
    if call.query("direction").as_deref() != Some("ASC") {
        found.reverse();
    }
    let (total, last) = (found.len(), found.len().div_ceil(limit));
    let data: Vec<_> = found.into_iter().skip((page - 1).saturating_mul(limit)).take(limit).collect();
    Reply::ok(&json!({ "data": data, "total": total, "page": page, "lastPage": last }))
}

fn customer(id: u32) -> Value {
    json!({
        "id": id,
        "name": format!("Cliente {id:02}"),
        "email": format!("cliente{id}@loja.example"),
        "document": format!("{id:011}"),
        "phone": format!("+55 11 9{id:08}"),
        "created_at": format!("2024-01-{id:02}T10:30:00Z"),
    })
}

/// Answers with the list of faults, or with one text if the body cannot be read.
fn invalid(wrong: &[Wrong]) -> Reply {
    let message = match wrong {
        [Wrong { what: What::Unreadable, .. }] => json!("Unexpected token in JSON"),
        wrong => json!(wrong.iter().map(words).collect::<Vec<_>>()),
    };
    Reply::json(400, &json!({ "statusCode": 400, "message": message, "error": "Bad Request" }))
}

/// Describes a fault in the words of the class-validator that NestJS uses.
fn words(Wrong { at, what }: &Wrong) -> String {
    match what {
        What::Unreadable => "Unexpected token in JSON".to_owned(),
        What::Missing => format!("{at} should not be empty"),
        What::Kind(kinds) if kinds.contains(&Kind::Integer) => format!("{at} must be an integer number"),
        What::Kind(kinds) if kinds.contains(&Kind::Object) => format!("{at} must be an object"),
        What::Kind(_) => format!("{at} must be a string"),
        What::Shorter(bound) => format!("{at} must be longer than or equal to {bound} characters"),
        What::Longer(bound) => format!("{at} must be shorter than or equal to {bound} characters"),
        What::Less(bound) => format!("{at} must not be less than {bound}"),
        What::More(bound) => format!("{at} must not be greater than {bound}"),
        What::Choice(choices) => format!("{at} must be one of the following values: {}", choices.join(", ")),
    }
}

fn error(status: u16) -> Reply {
    match status {
        401 => Reply::json(401, &json!({ "statusCode": 401, "message": "Unauthorized" })),
        429 => Reply::json(429, &json!({ "statusCode": 429, "message": "ThrottlerException: Too Many Requests" })),
        400 => failure(400, "Dados inválidos", "Bad Request"),
        403 => failure(403, "Permissões insuficientes", "Forbidden"),
        404 => failure(404, "Recurso não encontrado", "Not Found"),
        _ => failure(status, "Erro interno do servidor", "Internal Server Error"),
    }
}

fn failure(status: u16, message: &str, error: &str) -> Reply {
    Reply::json(status, &json!({ "success": false, "message": message, "error": error }))
}
