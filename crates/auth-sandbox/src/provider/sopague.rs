//! Sopague's two APIs, which look like ASP.NET Core.

use serde_json::{Value, json};

use super::Api;
use crate::{
    clock,
    contract::{self, Operation, What, Wrong, sopague::OPERATIONS},
    jwt,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, hex},
};

const CONCILIATION: &str = "api/transaction/concil/search-by-code";
/// The tag of what is about no field.
const GENERAL: &str = "__general__";
const PAYMENT: &str = "v1/payments/020037308007081506570001580648030000000000";

#[derive(Debug)]
pub(crate) enum Sopague {
    Integration,
    Gateway,
}

impl Sopague {
    pub(crate) const INTEGRATION: Place = Place {
        name: "sopague",
        base_path: "/sopague",
        protected_method: "POST",
        protected_path: CONCILIATION,
        password_ends_tokens: false,
    };
    pub(crate) const GATEWAY: Place = Place {
        name: "sopague-gateway",
        base_path: "/gateway",
        protected_method: "GET",
        protected_path: PAYMENT,
        password_ends_tokens: false,
    };

    fn login_path(&self) -> &'static str {
        match self {
            Self::Integration => "api/authentication/login",
            Self::Gateway => "api/auth/token",
        }
    }

    /// The documented operation, if it is one of this API.
    fn find(&self, call: &Call<'_>) -> Option<&'static Operation> {
        let ours = |id| match self {
            Self::Integration => matches!(id, "login" | "transactions"),
            Self::Gateway => matches!(id, "gatewayLogin" | "payment"),
        };
        contract::find(OPERATIONS, call).filter(|operation| ours(operation.id))
    }
}

impl Api for Sopague {
    fn is_login(&self, call: &Call<'_>) -> bool {
        call.method() == "POST" && call.path == self.login_path()
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        let operation = self.find(call);
        let lives = call.bearer().is_some_and(|token| matches!(provider.tokens().check(token), Check::Live(_)));
        match operation.map(|operation| (operation.id, operation.read(call))) {
            Some(("login" | "gatewayLogin", Ok(body))) => login(provider, &body),
            Some(("login" | "gatewayLogin", Err(wrong))) => invalid(&wrong),
            None if call.path == self.login_path() => error(405),
            _ if !lives => error(401),
            Some(("transactions", Ok(_))) => Reply::json(200, &transactions(call)),
            Some(("payment", Ok(_))) if call.path == PAYMENT => Reply::json(200, &payment()),
            Some(("payment", _)) => {
                problems(400, &[(GENERAL, "Transação não localizada, verifique os dados informados.")])
            }
            Some((_, Err(wrong))) => invalid(&wrong),
            None if contract::serves(OPERATIONS, call.path) => error(405),
            _ => error(404),
        }
    }

    fn error(&self, _provider: &Provider, status: u16, _wait: Option<u64>) -> Reply {
        error(status)
    }
}

fn login(provider: &Provider, body: &Value) -> Reply {
    let Some(account) = provider.known().log_in(text(body, "userName"), text(body, "password")) else {
        // The usual ASP.NET sample refuses with 200.
        let refusal = json!({
            "authenticated": false,
            "created": null,
            "expiration": null,
            "accessToken": null,
            "message": "Falha ao autenticar",
        });
        return Reply::json(200, &refusal);
    };
    let (token, facts) = provider.tokens().issue(account, String::new(), |token| {
        let claims = json!({
            "unique_name": token.account.username,
            "jti": hex(32),
            "nbf": token.iat(),
            "iat": token.iat(),
            "exp": token.exp(),
        });
        jwt::sign(provider.jwt_key(), jwt::ALG_FIRST, &claims)
    });
    let answer = json!({
        "authenticated": true,
        "created": clock::local(facts.issued),
        "expiration": clock::local(facts.expires()),
        "accessToken": token,
        "message": "OK",
    });
    Reply::json(200, &answer)
}

/// The two instalments of one transaction, if these codes are its own.
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

/// An array of what is wrong, by field.
fn problems(status: u16, problems: &[(&str, &str)]) -> Reply {
    let list = problems.iter().map(|(tag, description)| json!({ "tag": tag, "description": description })).collect();
    Reply::json(status, &Value::Array(list))
}
