//! A server in the place of Redis that answers whatever an attacker wants.

use std::time::Duration;

use auth_core::ErrorKind;
use auth_core::store::{KeyRing, SharedStore};
use auth_sandbox::Sandbox;
use auth_store_redis::RedisStore;
use futures_util::future::{join, join_all};
use pontotel_auth::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::clock::pass;
use crate::names::{fresh, looked_up};

/// Longer than any call takes.
const LIMIT: Duration = Duration::from_secs(30);

/// Eight numbers and texts, as `acquire.lua` answers them, with another one in place of one.
fn acquired(place: usize, other: &str) -> Vec<u8> {
    let parts = [":9\r\n", ":60000\r\n", "$3\r\nabc\r\n", ":0\r\n", "$0\r\n\r\n", ":0\r\n", ":0\r\n", ":0\r\n"];
    let part = |(number, part): (usize, &str)| if number == place { other.to_owned() } else { part.to_owned() };
    let parts: String = parts.into_iter().enumerate().map(part).collect();
    format!("*8\r\n{parts}").into_bytes()
}

/// Answers that no script gives. All that they claim to have is missing.
fn answers() -> Vec<Vec<u8>> {
    let texts = [
        "+OK\r\n",
        ":-1\r\n",
        "$-1\r\n",
        "*0\r\n",
        "*-7\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "-NOSCRIPT no\r\n",
        "-ERR s3gredo\r\n",
        "-MOVED 7 s3gredo:1\r\n",
        "-READONLY s3gredo\r\n",
        "$99999999999\r\nabc\r\n",
        "*99999999999\r\n",
        "*8\r\n:1\r\n",
        "\0\u{7}\r\n",
    ];
    let mut answers: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).into();
    answers.push("*1\r\n".repeat(10_000).into_bytes());
    answers.push(vec![b'+'; 4 << 20]);
    answers.push(acquired(1, "$1\r\nx\r\n"));
    answers.push(acquired(2, ":7\r\n"));
    answers.push(acquired(5, "*0\r\n"));
    answers.push(acquired(7, ":99999999999999999999\r\n"));
    answers
}

/// Starts a server that gives this answer to each message, and returns its URL.
async fn start(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://:s3gredo@{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut asked = vec![0; 65_536];
                // The greeting, so that the connection is open.
                let _ = client.read(&mut asked).await;
                let _ = client.write_all(b"+OK\r\n+OK\r\n+OK\r\n").await;
                while let Ok(1..) = client.read(&mut asked).await {
                    let _ = client.write_all(&answer).await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_answers_nonsense_fails_an_operation_without_a_secret() {
    let name = &fresh().await;
    let ask = async |answer: Vec<u8>| {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(40)]).into_owned();
        let store = RedisStore::new(&start(answer).await).unwrap();
        let Ok(outcome) = timeout(Duration::from_secs(1), looked_up(&store, name)).await else { return };
        let error = outcome.expect_err(&shown);
        assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Config), "{shown:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3gredo"), "{shown:?}: {error:?}");
    };
    join_all(answers().into_iter().map(ask)).await;
}

#[tokio::test]
async fn s5_with_a_server_that_answers_nonsense_each_process_logs_in_for_itself() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = async |answer| {
        let store = SharedStore::new(RedisStore::new(&start(answer).await).unwrap(), KeyRing::dangerous_plaintext());
        let client = Client::builder().username(provider.username()).password(provider.password());
        client.base_url(provider.base_url()).shared_store(store).build().unwrap()
    };
    let call = async |client: &Client| drop(client.get("usuarios/").error_for_status().await.unwrap());
    let mut answers = answers();
    // A record that no key opens.
    answers.push(acquired(0, ":-9\r\n"));
    let many = answers.len() as u64;
    let calls = answers.into_iter().map(async |answer| call(&client(answer).await).await);
    timeout(LIMIT, join_all(calls)).await.unwrap();
    assert_eq!(provider.logins(), many);

    // A lease that nobody seems to give back is waited for, as long as one of a process that hangs.
    for endless in [acquired(0, ":9007199254740991\r\n"), acquired(6, ":9007199254740991\r\n")] {
        let client = client(endless).await;
        let waits = async {
            while client.stats().store_waits == 0 {
                sleep(Duration::from_millis(10)).await;
            }
            pass(Duration::from_secs(15)).await;
        };
        timeout(LIMIT, join(call(&client), waits)).await.unwrap();
    }
    assert_eq!(provider.logins(), many + 2);
}
