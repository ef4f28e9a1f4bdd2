//! Sopague's two APIs, which behave like ASP.NET Core.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    clock,
    contract::{self, What, Wrong, sopague::OPERATIONS},
    jwt,
    provider::{
        Method, RunningApi,
        api::{Api, bearer},
    },
    recorded::{Call, text},
    reply::Reply,
};

const CONCILIATION: &str = "api/transaction/concil/search-by-code";
/// The tag of a problem that belongs to no field.
const GENERAL: &str = "__general__";
const PAYMENT: &str = "v1/payments/020037308007081506570001580648030000000000";

pub(crate) static SOPAGUE: Api = Api {
    name: "sopague",
    base_path: "/sopague",
    protected_method: Method::POST,
    protected_path: CONCILIATION,
    login_paths: &["api/authentication/login"],
    lifetime: Duration::from_secs(3600),
    password_ends_tokens: false,
    hourly_limit: None,
    refuse: bearer,
    answer,
    error: |status, _refused| error(status),
};

pub(crate) static GATEWAY: Api = Api {
    name: "sopague-gateway",
    base_path: "/gateway",
    protected_method: Method::GET,
    protected_path: PAYMENT,
    login_paths: &["api/auth/token"],
    lifetime: Duration::from_secs(3600),
    password_ends_tokens: false,
    hourly_limit: None,
    refuse: bearer,
    answer,
    error: |status, _refused| error(status),
};

fn answer(provider: &RunningApi, call: &Call<'_>) -> Reply {
    // One document describes the operations of both APIs.
    let is_gateway = provider.api.name == GATEWAY.name;
    let ours = |id| is_gateway == matches!(id, "gatewayLogin" | "payment");
    let operation = contract::find(OPERATIONS, call).filter(|operation| ours(operation.id));
    match operation.map(|operation| (operation.id, operation.read(call))) {
        Some(("login" | "gatewayLogin", Ok(body))) => login(provider, &body),
        Some(("login" | "gatewayLogin", Err(wrong))) => invalid(&wrong),
        None if provider.api.login_paths.contains(&call.path) => error(405),
        _ if provider.session(call).is_none() => error(401),
        Some(("transactions", Ok(_))) => Reply::ok(&transactions(call)),
        Some(("payment", Ok(_))) if call.path == PAYMENT => Reply::ok(&payment()),
        Some(("payment", _)) => problems(400, &[(GENERAL, "Transação não localizada, verifique os dados informados.")]),
        Some((_, Err(wrong))) => invalid(&wrong),
        None if contract::serves(OPERATIONS, call.path) => error(405),
        _ => error(404),
    }
}

fn login(provider: &RunningApi, body: &Value) -> Reply {
    let Some(account) = provider.accounts.log_in(text(body, "userName"), text(body, "password")) else {
        // The usual ASP.NET sample refuses with 200.
        return Reply::ok(&json!({
            "authenticated": false,
            "created": null,
            "expiration": null,
            "accessToken": null,
            "message": "Falha ao autenticar",
        }));
    };
    let token = provider.new_token(account);
    let claims = json!({ "unique_name": token.account.username, "nbf": token.iat() });
    Reply::ok(&json!({
        "authenticated": true,
        "created": clock::local(token.issued),
        "expiration": clock::local(token.expires),
        "accessToken": provider.issue_jwt(&token, jwt::ALG_FIRST, claims),
        "message": "OK",
    }))
}

/// Returns the two instalments of the one transaction if the request gives its codes.
fn transactions(call: &Call<'_>) -> Value {
    let (nsu, code) = ("123456", "078704");
    if !(call.selects("accountNumber", "12345") && call.selects("nsu", nsu) && call.selects("codAuth", code)) {
        return json!([]);
    }
    let instalment = |number: u32| {
        json!({
            "transactionDate": "2024-09-24T16:19:29",
            "terminal": "S920-0001",
            "cardNumber": "400000******0010",
            "cardType": "CREDIT",
            "cardName": "VISA",
            "codAuth": code,
            "nsu": nsu,
            "installmentNumber": number,
            "installmentsCount": 2,
            "installmentValue": 74.95,
            "transactionTotalValue": 149.9,
            "installmentStatus": "Paid",
            "discountMdrValue": 1.5,
            "discountMdrTax": 2.0,
            "receivedValue": 73.45,
            "receivedDateForeast": "2024-10-25",
            "receivedDateEffective": "2024-11-07",
            "receivedType": "Normal",
            "receivedStatus": "Paid",
            "transactionReference": "pedido-42",
            "transactionPaymentIdWeb": PAYMENT.rsplit('/').next(),
        })
    };
    json!([instalment(1), instalment(2)])
}

fn payment() -> Value {
    json!({
        "paymentId": PAYMENT.rsplit('/').next(),
        "statusDescription": "Capturada",
        "transactionDate": "2024-07-08T12:06:57.07",
        "authorizationCode": "078704",
        "value": 15000,
    })
}

fn error(status: u16) -> Reply {
    let description = match status {
        400 => "Requisição inválida",
        401 => "Não autorizado",
        403 => "Acesso negado",
        404 => "Recurso não encontrado",
        405 => "Método não permitido",
        429 => "Muitas requisições",
        _ => "Não foi possível executar comando. Erro desconhecido.",
    };
    let tag = if status < 500 { GENERAL } else { "" };
    let reply = problems(status, &[(tag, description)]);
    if status == 401 { reply.header("www-authenticate", "Bearer") } else { reply }
}

fn invalid(wrong: &[Wrong]) -> Reply {
    let words = |Wrong { at, what }: &Wrong| match what {
        What::Missing => (at.clone(), format!("Campo {at} é obrigatório")),
        What::Longer(bound) => (at.clone(), format!("Campo {at} deve ter no máximo {bound} caracteres")),
        _ if at.is_empty() => (GENERAL.to_owned(), "Corpo da requisição inválido".to_owned()),
        _ => (at.clone(), format!("Campo {at} é inválido")),
    };
    let found: Vec<_> = wrong.iter().map(words).collect();
    let found: Vec<_> = found.iter().map(|(tag, description)| (tag.as_str(), description.as_str())).collect();
    problems(400, &found)
}

/// Answers with an array of problems, each with its field as the tag.
fn problems(status: u16, problems: &[(&str, &str)]) -> Reply {
    let list = problems.iter().map(|(tag, description)| json!({ "tag": tag, "description": description })).collect();
    Reply::json(status, &Value::Array(list))
}
