//! Accounts of one set, which share connections but nothing that is sent on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use auth_core::{Accounts, ErrorKind, Options};
use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::account::Account;

/// Starts a server that grants each user a token with the user's name and answers a request with the name in its token.
/// Returns its URL and the count of its connections.
async fn server() -> (String, Arc<AtomicUsize>) {
    server_of(usize::MAX >> 3, Duration::ZERO).await
}

/// Starts the same server with slow logins and a limit on open connections, beyond which it accepts none.
async fn server_of(limit: usize, login: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, connections) = (format!("http://{}/api", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&connections);
    let open = Arc::new(Semaphore::new(limit));
    tokio::spawn(async move {
        loop {
            let place = Arc::clone(&open).acquire_owned().await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, SeqCst);
            tokio::spawn(async move {
                serve(stream, login).await;
                drop(place);
            });
        }
    });
    (url, connections)
}

async fn serve(stream: TcpStream, login_takes: Duration) {
    let mut stream = BufReader::new(stream);
    while let Some((token, body)) = request(&mut stream).await {
        let login: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let answer = match login["username"].as_str() {
            Some(user) => {
                tokio::time::sleep(login_takes).await;
                format!(r#"{{"access_token":"token-of-{user}","expires_in":3600}}"#)
            }
            None => token,
        };
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// Reads the token and the body of the next request on a connection.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut token, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("authorization", value)) => token = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().unwrap(),
            None if line == "\r\n" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Some((token, body))
}

#[tokio::test]
async fn fifty_accounts_share_one_connection_and_each_sends_its_own_token() {
    let (url, connections) = server().await;
    let accounts: Accounts<u32, Account> = Accounts::new(Options::default());
    for round in 0..2 {
        for customer in 0..50 {
            let account = Account { username: format!("customer-{customer}"), ..Account::at(&url) };
            let client = accounts.get_or_insert_with(&customer, || Ok(account)).unwrap();
            let answer = client.get("whose").send().await.unwrap().text().await.unwrap();
            assert_eq!(answer, format!("Bearer token-of-customer-{customer}"), "round {round}");
        }
    }
    assert_eq!(connections.load(SeqCst), 1, "logins and requests use the same connection");
}

/// A server such as waitress accepts at most 100 connections, so requests must reuse those of the logins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninety_accounts_at_once_need_no_more_than_a_hundred_connections() {
    let (url, _) = server_of(100, Duration::from_millis(200)).await;
    let accounts: Accounts<u32, Account> = Accounts::new(Options::default().timeout(Duration::from_secs(10)));
    let mut callers = JoinSet::new();
    for customer in 0..90 {
        let account = Account { username: format!("customer-{customer}"), ..Account::at(&url) };
        let client = accounts.get_or_insert_with(&customer, || Ok(account)).unwrap();
        callers.spawn(async move { client.get("whose").send().await.unwrap().text().await.unwrap() });
    }
    let mut answers = callers.join_all().await;
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers.len(), 90, "each with its own token");
}

#[tokio::test]
async fn accounts_at_two_addresses_in_one_set_stay_at_their_own_address() {
    let ((one, at_one), (other, at_other)) = (server().await, server().await);
    let accounts: Accounts<&str, Account> = Accounts::new(Options::default());
    for (customer, url) in [("a", &one), ("b", &other), ("c", &one), ("d", &other)] {
        let account = Account { username: customer.to_owned(), ..Account::at(url) };
        let client = accounts.get_or_insert_with(&customer, || Ok(account)).unwrap();
        let answer = client.get("whose").send().await.unwrap().text().await.unwrap();
        assert_eq!(answer, format!("Bearer token-of-{customer}"));
        let elsewhere = if url == &one { &other } else { &one };
        let error = client.get(&format!("{elsewhere}/whose")).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!((at_one.load(SeqCst), at_other.load(SeqCst)), (1, 1));
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_an_error_when_its_account_is_added() {
    let accounts: Accounts<u32, Account> = Accounts::new(Options::default());
    let error = accounts.get_or_insert_with(&1, || Ok(Account::at("http://provider.example"))).unwrap_err();
    assert_eq!((error.kind(), accounts.len()), (ErrorKind::Config, 0));
    assert_eq!(accounts.insert(1, Account::at("http://provider.example")).unwrap_err().kind(), ErrorKind::Config);
}

/// Starts a server that counts its concurrent logins, and the highest number so far.
async fn busy(login: Duration) -> (String, Arc<[AtomicUsize; 2]>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let counts: Arc<[AtomicUsize; 2]> = Arc::default();
    let shared = Arc::clone(&counts);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let counts = Arc::clone(&shared);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while let Some((_, body)) = request(&mut stream).await {
                    let answer = if body.is_empty() {
                        "{}"
                    } else {
                        let [now, most] = &*counts;
                        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                        tokio::time::sleep(login).await;
                        now.fetch_sub(1, SeqCst);
                        r#"{"access_token":"token-of-a-customer","expires_in":3600}"#
                    };
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, counts)
}

/// A server that fails under more concurrent logins.
#[tokio::test]
async fn three_hundred_accounts_are_served_within_the_concurrency_limit() {
    let (url, counts) = busy(Duration::from_millis(5)).await;
    let accounts: Accounts<usize, Account> = Accounts::new(Options::default()).max_concurrent_logins(8);
    let requests = (0..300).map(|customer| {
        let account = Account { username: format!("customer-{customer}"), ..Account::at(&url) };
        let client = accounts.get_or_insert_with(&customer, || Ok(account)).unwrap();
        async move { client.get("whose").send().await.unwrap().status() }
    });
    let answers = join_all(requests).await;
    assert!(answers.iter().all(|status| *status == 200));
    assert_eq!((accounts.stats().logins, counts[1].load(SeqCst)), (300, 8));
}
