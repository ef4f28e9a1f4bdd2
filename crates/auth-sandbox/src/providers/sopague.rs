//! Sopague's two APIs, which look like ASP.NET Core.

use serde_json::{Value, json};

use super::Api;
use crate::{
    clock, jwt,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, hex},
};

const CONCILIATION: &str = "api/transaction/concil/search-by-code";
const PAYMENT: &str = "v1/payments/0dd23cbd-7c43-4d1e-9a51-0b6f4c1d2e3f";

#[derive(Debug)]
pub(crate) enum Sopague {
    Integration,
    Gateway,
}

impl Sopague {
    pub(crate) const INTEGRATION: Place =
        Place { name: "sopague", base_path: "/sopague", protected_path: CONCILIATION, password_ends_tokens: false };
    pub(crate) const GATEWAY: Place =
        Place { name: "sopague-gateway", base_path: "/gateway", protected_path: PAYMENT, password_ends_tokens: false };

    fn login_path(&self) -> &'static str {
        match self {
            Self::Integration => "api/authentication/login",
            Self::Gateway => "api/auth/token",
        }
    }

    fn resource(&self, call: &Call<'_>) -> Option<Value> {
        match (self, call.method(), call.path) {
            (Self::Integration, "GET" | "POST", CONCILIATION) => Some(json!([
                { "code": "12345", "amount": 1050, "status": "captured", "date": "2024-09-24T16:19:29" },
            ])),
            (Self::Gateway, "GET", PAYMENT) => {
                let id = PAYMENT.rsplit('/').next();
                Some(json!({ "paymentId": id, "amount": 1050, "status": 2, "capturedDate": "2024-07-08T12:06:57.07" }))
            }
            _ => None,
        }
    }
}

impl Api for Sopague {
    fn is_login(&self, call: &Call<'_>) -> bool {
        call.method() == "POST" && call.path == self.login_path()
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        if self.is_login(call) {
            return login(provider, call);
        }
        if call.path == self.login_path() {
            return error(405);
        }
        let lives = call.bearer().is_some_and(|token| matches!(provider.tokens().check(token), Check::Live(_)));
        match self.resource(call) {
            _ if !lives => error(401),
            Some(body) => Reply::json(200, &body),
            None => error(404),
        }
    }

    fn error(&self, _provider: &Provider, status: u16, _wait: Option<u64>) -> Reply {
        error(status)
    }
}

fn login(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else {
        return problems(400, &[("__general__", "Corpo da requisição inválido")]);
    };
    for (field, longest) in [("userName", 30), ("password", 256)] {
        let length = text(&body, field).chars().count();
        if length == 0 {
            return problems(400, &[(field, &format!("Campo {field} é obrigatório"))]);
        }
        if length > longest {
            return problems(400, &[(field, &format!("Campo {field} deve ter no máximo {longest} caracteres"))]);
        }
    }
    if !provider.account().accepts(text(&body, "userName"), text(&body, "password")) {
        // The usual ASP.NET sample refuses with 200.
        let refusal = json!({
            "authenticated": false,
            "created": null,
            "expiration": null,
            "accessToken": null,
            "message": "Falha ao autenticar",
        });
        return Reply::json(200, &refusal);
    }
    let (token, facts) = provider.tokens().issue(String::new(), |token| {
        let claims = json!({
            "unique_name": provider.username(),
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
    let reply = problems(status, &[("__general__", description)]);
    if status == 401 { reply.header("www-authenticate", "Bearer") } else { reply }
}

/// An array of what is wrong, by field.
fn problems(status: u16, problems: &[(&str, &str)]) -> Reply {
    let list = problems.iter().map(|(tag, description)| json!({ "tag": tag, "description": description })).collect();
    Reply::json(status, &Value::Array(list))
}
