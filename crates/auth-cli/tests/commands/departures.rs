//! Departures from the documents, planted one at a time.

use auth_core::time;
use auth_sandbox::Provider;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::doctor::{facts, write};
use crate::place::{Outcome, Place};
use crate::wrapped::{Message, State, Wrapped, renamed};

type Ask = fn(&mut Message, &mut State) -> Option<Message>;
type Change = fn(&Message, &mut Message, &mut State);

fn as_asked(_: &mut Message, _: &mut State) -> Option<Message> {
    None
}

fn as_answered(_: &Message, _: &mut Message, _: &mut State) {}

/// Returns a change of the successful answers to logins.
macro_rules! on_login {
    (|$body:ident| $change:expr) => {
        |asked: &Message, answer: &mut Message, _: &mut State| {
            if asked.is_login() {
                answer.json(|$body: &mut Value| $change);
            }
        }
    };
}

/// Returns a change of the list of users.
macro_rules! on_read {
    (|$answer:ident| $change:expr) => {
        |asked: &Message, $answer: &mut Message, _: &mut State| {
            if asked.is_read() && $answer.line.contains(" 200 ") {
                $change;
            }
        }
    };
}

/// Returns a change of the claims of the tokens that logins return.
macro_rules! on_claims {
    (|$claims:ident| $change:expr) => {
        |asked: &Message, answer: &mut Message, state: &mut State| {
            if asked.is_login() {
                answer.json(|body| {
                    let token = body["access_token"].as_str().unwrap().to_owned();
                    body["access_token"] = renamed(state, &token, |$claims: &mut Value| $change).into();
                });
            }
        }
    };
}

fn unauthorized() -> Message {
    Message::answer(401, r#"{"error": "authentication_failed", "message": "Token inválido"}"#)
}

fn date(shift: time::Duration) -> String {
    let format = time::format_description::well_known::Rfc2822;
    let now = time::OffsetDateTime::from(now()) + shift;
    now.format(&format).unwrap().replace("+0000", "GMT")
}

#[expect(clippy::disallowed_methods, reason = "the server's clock is the machine's, shifted")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The departures, each with the fact that names it.
const PONTOTEL: [(&str, Ask, Change); 61] = [
    ("lifetime.seconds", as_asked, on_login!(|body| body["expires_in"] = json!(3_600_000))),
    ("lifetime.seconds", as_asked, on_login!(|body| body["expires_in"] = json!(-1))),
    ("lifetime.seconds", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.json(|body| drop(body.as_object_mut().unwrap().remove("expires_in")));
        }
    }),
    (
        "login.body.access_token",
        as_asked,
        on_login!(|body| {
            let token = body.as_object_mut().unwrap().remove("access_token").unwrap();
            body["accessToken"] = token;
        }),
    ),
    ("login.body.expires_in", as_asked, on_login!(|body| body["expires_in"] = json!("3600"))),
    ("login.body.expires_in", as_asked, on_login!(|body| body["expires_in"] = json!("1h"))),
    ("login.body.expires_in", as_asked, on_login!(|body| body["expires_in"] = json!(null))),
    ("login.body.user.email", as_asked, on_login!(|body| body["user"]["email"] = json!(7))),
    ("login.body.user", as_asked, on_login!(|body| body["user"] = json!(["maria"]))),
    ("login.body", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.html();
        }
    }),
    ("login.body", as_asked, on_login!(|body| *body = json!([body.clone()]))),
    ("login.status", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set_status(201);
        }
    }),
    ("login.status", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set_status(301);
            answer.set("location", "/pontotel/api/v5/login/");
        }
    }),
    ("login.date", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.remove("date");
        }
    }),
    ("login.date", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.headers.push(("date".to_owned(), date(time::Duration::days(-3))));
        }
    }),
    ("login.date", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set("date", "ontem");
        }
    }),
    ("setup.clock", as_asked, |_, answer, _| answer.set("date", &date(time::Duration::days(1)))),
    ("setup.clock", as_asked, |_, answer, _| answer.set("date", &date(time::Duration::days(-1)))),
    ("login.header.x-ratelimit-remaining", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.remove("x-ratelimit-remaining");
        }
    }),
    ("request.header.x-ratelimit-limit", as_asked, on_read!(|answer| answer.set("x-ratelimit-limit", "many"))),
    (
        "request.header.x-ratelimit-limit",
        as_asked,
        on_read!(|answer| answer.headers.push(("x-ratelimit-limit".to_owned(), "7".to_owned()))),
    ),
    ("no-token.status", as_asked, |asked, answer, _| {
        if asked.header("authorization").is_none() && !asked.is_login() {
            answer.set_status(403);
        }
    }),
    ("no-token.body", as_asked, |asked, answer, _| {
        if asked.header("authorization").is_none() && !asked.is_login() {
            answer.html();
        }
    }),
    ("broken-token.body", as_asked, |asked, answer, _| {
        if asked.is_read() && answer.line.contains(" 401 ") {
            answer.body = br#"{"erro": "token"}"#.to_vec();
        }
    }),
    ("broken-token.status", as_asked, |asked, answer, _| {
        if asked.is_read() && answer.line.contains(" 401 ") {
            answer.set_status(500);
        }
    }),
    (
        "header.form",
        |asked, _| {
            let sent = asked.header("authorization")?.to_owned();
            if sent.contains(' ') {
                return Some(unauthorized());
            }
            asked.set("authorization", &format!("Bearer {sent}"));
            None
        },
        as_answered,
    ),
    (
        "header.lower-case",
        |asked, _| asked.header("authorization")?.starts_with("bearer").then(unauthorized),
        as_answered,
    ),
    (
        "redirect.slash",
        |asked, _| {
            asked.line = asked.line.replace("/usuarios ", "/usuarios/ ");
            None
        },
        as_answered,
    ),
    (
        "login.token",
        as_asked,
        on_login!(|body| body["access_token"] = json!(format!("{} x", body["access_token"].as_str().unwrap()))),
    ),
    ("login.body", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set("content-encoding", "br");
            answer.body = b"\x0b\x02\x80".to_vec();
        }
    }),
    ("broken-token.status", as_asked, |asked, answer, _| {
        if asked.is_read() && answer.line.contains(" 401 ") {
            answer.line = "no HTTP".into();
        }
    }),
    ("redirect.slash", as_asked, |_, answer, _| {
        if answer.header("location").is_some() {
            answer.set("location", "http://pontotel.example/pontotel/api/v4/usuarios/");
        }
    }),
    ("redirect.slash", as_asked, |_, answer, _| {
        if answer.header("location").is_some() {
            answer.set("location", "https://www.pontotel.com.br/");
        }
    }),
    (
        "request.status",
        as_asked,
        on_read!(|answer| {
            answer.set_status(302);
            answer.set("location", "/entrar");
        }),
    ),
    ("request.status", |asked, _| asked.is_read().then(unauthorized), as_answered),
    ("request.body", as_asked, on_read!(|answer| answer.html())),
    ("request.body", as_asked, on_read!(|answer| answer.body = br#"{"error": "erro", "message": "Maria"}"#.to_vec())),
    ("request.body.results", as_asked, on_read!(|answer| answer.json(|body| body["results"] = json!({})))),
    (
        "request.body.count",
        as_asked,
        on_read!(|answer| answer.json(|body| drop(body.as_object_mut().unwrap().remove("count")))),
    ),
    ("read.employees", as_asked, |asked, answer, _| {
        if asked.line.contains("/empregados/") {
            answer.set_status(500);
        }
    }),
    ("http.compression", as_asked, |asked, answer, _| {
        if asked.header("accept-encoding").is_some_and(|coding| coding.contains("gzip")) {
            answer.set("content-encoding", "zstd");
        }
    }),
    (
        "token.life",
        |asked, state| if asked.is_read() && state.authorized > 6 { Some(unauthorized()) } else { None },
        as_answered,
    ),
    (
        "login.second",
        |asked, state| {
            let last = state.tokens.last().map(|(shown, _)| shown.clone())?;
            let sent = asked.header("authorization")?.to_owned();
            let is_first = state.tokens.iter().any(|(shown, _)| sent.contains(shown)) && !sent.contains(&last);
            if is_first { Some(unauthorized()) } else { None }
        },
        |asked, answer, state| {
            if asked.is_login() {
                let body: Value = serde_json::from_slice(&answer.body).unwrap();
                let token = body["access_token"].as_str().unwrap().to_owned();
                state.tokens.push((token.clone(), token));
            }
        },
    ),
    ("lifetime.claims", as_asked, on_claims!(|claims| claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 3_600))),
    (
        "token.issued",
        as_asked,
        on_claims!(|claims| {
            for claim in ["iat", "exp"] {
                claims[claim] = json!(claims[claim].as_i64().unwrap() - 200_000);
            }
        }),
    ),
    // The token twice.
    ("login.token", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.body = [br#"{"access_token":"another","#, &answer.body[1..]].concat();
        }
    }),
    (
        "login.token",
        as_asked,
        on_login!(|body| body["access_token"] = json!(format!(" {} ", body["access_token"].as_str().unwrap()))),
    ),
    ("login.token", as_asked, on_login!(|body| body["access_token"] = json!(""))),
    ("login.body.access_token", as_asked, on_login!(|body| body["access_token"] = json!(null))),
    ("login.body.access_token", as_asked, on_login!(|body| *body = json!({"data": body.clone()}))),
    (
        "login.body.access_token",
        as_asked,
        on_login!(|body| {
            let members = std::mem::take(body.as_object_mut().unwrap());
            *body = members.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
        }),
    ),
    ("login.body", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.body.clear();
        }
    }),
    ("login.body", as_asked, on_login!(|body| *body = json!(null))),
    ("login.status", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set_status(302);
            answer.set("location", "/entrar");
        }
    }),
    ("login.status", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set_status(204);
            answer.body.clear();
        }
    }),
    ("login.header.content-type", as_asked, |asked, answer, _| {
        if asked.is_login() {
            answer.set("content-type", "text/plain");
        }
    }),
    ("token.type", as_asked, on_login!(|body| body["token_type"] = json!("mac"))),
    ("token.format", as_asked, |asked, answer, state| {
        if asked.is_login() {
            answer.json(|body| {
                let shown = format!("opaque{}", state.tokens.len());
                let real = std::mem::replace(&mut body["access_token"], json!(shown));
                state.tokens.push((shown, real.as_str().unwrap().to_owned()));
            });
        }
    }),
    ("request.body", as_asked, |asked, answer, _| {
        let asks = asked.header("accept-encoding").is_some_and(|coding| coding.contains("gzip"));
        if asked.is_read() && answer.line.contains(" 200 ") && !asks {
            answer.set("content-encoding", "gzip");
            answer.body = b"\x1f\x8b\x08\x00".to_vec();
        }
    }),
    ("no-token.status", as_asked, |asked, answer, _| {
        if asked.header("authorization").is_none() && !asked.is_login() {
            answer.set_status(302);
            answer.set("location", "/entrar");
        }
    }),
    ("read.employees", as_asked, |asked, answer, _| {
        if asked.line.contains("/empregados/") {
            answer.html();
        }
    }),
];

/// Differences that neither HTTP nor the document forbids.
const HARMLESS: [Change; 12] = [
    on_read!(|answer| answer.json(|body| {
        let user = body["results"][0].clone();
        body["results"] = vec![user; 30_000].into();
    })),
    on_read!(|answer| answer.set_status(403)),
    // A connection that its server closed just before the request.
    |_, answer, state| {
        state.changed += 1;
        if state.changed == 4 {
            answer.line.clear();
        }
    },
    |_, answer, _| answer.set("transfer-encoding", "chunked"),
    |_, answer, _| answer.set("set-cookie", "sessao=abc; Path=/; HttpOnly"),
    |_, answer, _| answer.set("content-encoding", "identity"),
    |_, answer, _| answer.set("content-type", "application/json;charset=UTF-8"),
    |_, answer, _| answer.body = [b"\xef\xbb\xbf", answer.body.as_slice()].concat(),
    |_, answer, _| answer.body = [b"\r\n  ", answer.body.as_slice(), b"\n"].concat(),
    |_, answer, _| {
        let members = std::mem::take(&mut answer.headers);
        answer.headers = members.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
    },
    on_login!(|body| body["refresh_token"] = json!("abc")),
    on_login!(|body| body["token_type"] = json!("bearer")),
];

/// Runs the doctor against a server with one change.
async fn examine(
    (provider, base_path, account): (&str, &str, fn(&Place) -> &Provider),
    wait: &str,
    ask: Ask,
    change: Change,
) -> Outcome {
    let place = Place::new().await;
    let account = account(&place);
    let origin = account.base_url().splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let wrapped = Wrapped::start(&origin, ask, change);
    write(&place, provider, account, &format!("{}{base_path}", wrapped.origin), "");
    place.run(&["doctor", "p", "--json", "--wait", wait])
}

/// Returns the facts that depart, and the report.
async fn departing(
    provider: &str,
    base_path: &str,
    account: fn(&Place) -> &Provider,
    ask: Ask,
    change: Change,
) -> (Vec<String>, String) {
    let outcome = examine((provider, base_path, account), "0", ask, change).await;
    assert_eq!(outcome.code, Some(3), "{}{}", outcome.out, outcome.err);
    (facts(&outcome.out, "otherwise"), outcome.out)
}

// Each case waits for a process, which blocks a thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_departure_is_named_and_nothing_else_is() {
    let mut cases = JoinSet::new();
    for (number, (fact, ask, change)) in PONTOTEL.into_iter().enumerate() {
        cases.spawn(async move {
            let (found, report) = departing("pontotel", "/pontotel/api/v4", pontotel_of, ask, change).await;
            let seen: Value = serde_json::from_str(&report).unwrap();
            let seen: Vec<_> =
                seen["facts"].as_array().unwrap().iter().filter(|fact| fact["measured"] == "otherwise").collect();
            (found != [fact]).then(|| format!("{number}: {fact}, but {found:?} {seen:?}"))
        });
    }
    let wrong: Vec<_> = cases.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_harmless_difference_is_no_departure() {
    let mut cases = JoinSet::new();
    for (number, change) in HARMLESS.into_iter().enumerate() {
        cases.spawn(async move {
            let outcome = examine(("pontotel", "/pontotel/api/v4", pontotel_of), "0", as_asked, change).await;
            assert_eq!(
                (outcome.code, facts(&outcome.out, "otherwise")),
                (Some(0), Vec::new()),
                "{number}: {}",
                outcome.out
            );
        });
    }
    cases.join_all().await;
}

/// The first token passes one more request.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_login_that_ends_the_first_a_moment_later_is_named() {
    let ask: Ask = |asked, state| {
        let (first, last) = (state.tokens.first()?.0.clone(), state.tokens.last()?.0.clone());
        let is_first = first != last && asked.header("authorization")?.contains(&first);
        state.changed += usize::from(is_first);
        (is_first && state.changed > 1).then(unauthorized)
    };
    let remember: Change = |asked, answer, state| {
        if asked.is_login() {
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let token = body["access_token"].as_str().unwrap().to_owned();
            state.tokens.push((token.clone(), token));
        }
    };
    let outcome = examine(("pontotel", "/pontotel/api/v4", pontotel_of), "1", ask, remember).await;
    assert_eq!(facts(&outcome.out, "otherwise"), ["login.second"], "{}", outcome.out);
    assert!(outcome.out.contains("it ends the first token within 1 s"), "{}", outcome.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_that_states_a_date_is_reported_with_the_time_to_wait() {
    let limit: Ask = |_, _| {
        let mut limited = Message::answer(429, "{}");
        limited.set("date", &date(time::Duration::ZERO));
        limited.set("retry-after", &date(time::Duration::seconds(90)));
        Some(limited)
    };
    let outcome = examine(("pontotel", "/pontotel/api/v4", pontotel_of), "0", limit, as_answered).await;
    assert_eq!(outcome.code, Some(4), "{}", outcome.err);
    assert!(outcome.out.contains("it asks to wait 90 s") || outcome.out.contains("wait 89 s"), "{}", outcome.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_providers_departures_are_named_too() {
    let mut wrong = Vec::new();
    let mut check = |fact: &str, (found, report): (Vec<String>, String)| {
        if found != [fact] {
            wrong.push(format!("{fact}, but {found:?}: {report}"));
        }
    };
    check(
        "lifetime.default",
        departing("api4com", "/api4com/api/v1", api4com_of, as_asked, on_login!(|body| body["ttl"] = json!(86_400)))
            .await,
    );
    check(
        "login.body.created",
        departing(
            "api4com",
            "/api4com/api/v1",
            api4com_of,
            as_asked,
            on_login!(|body| body["created"] = json!("ontem")),
        )
        .await,
    );
    check(
        "login.status",
        departing("econpay", "/econpay", econpay_of, as_asked, |asked, answer, _| {
            if asked.line.starts_with("POST ") {
                answer.set_status(202);
            }
        })
        .await,
    );
    check(
        "lifetime.until",
        departing(
            "signed-api",
            "/xigsapi",
            signed_of,
            as_asked,
            on_login!(|body| {
                body["data"]["expireAt"] = json!("2001-01-01T00:00:00.000Z");
            }),
        )
        .await,
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn api4com_of(place: &Place) -> &Provider {
    place.sandbox.api4com()
}

fn pontotel_of(place: &Place) -> &Provider {
    place.sandbox.pontotel()
}

fn econpay_of(place: &Place) -> &Provider {
    place.sandbox.econpay()
}

fn signed_of(place: &Place) -> &Provider {
    place.sandbox.signed_api()
}
