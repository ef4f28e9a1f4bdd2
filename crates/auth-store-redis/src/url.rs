//! The URL of a server, of a cluster, or of a master that sentinels name.

use auth_core::{Error, ErrorKind, Result};
use redis::{Client, RedisError};

use crate::server::Server;

const FORMS: &str = "give redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, unix:///PATH, \
                     redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/MASTER";

/// Returns the server that the URL names.
pub(crate) fn server(url: &str) -> Result<Server> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    match scheme.split_once('+') {
        Some((scheme, "cluster")) => cluster(Nodes::of(scheme, rest).urls().iter().map(String::as_str)),
        Some((scheme, "sentinel")) => sentinel(&Nodes::of(scheme, rest)),
        _ => client(url).map(Server::One),
    }
}

/// Returns the cluster that these URLs name some nodes of.
#[cfg(feature = "cluster")]
pub(crate) fn cluster<'u>(urls: impl IntoIterator<Item = &'u str>) -> Result<Server> {
    use crate::server::{LIMIT, NODE_LIMIT};

    let nodes = urls.into_iter().map(client).collect::<Result<Vec<_>>>()?;
    let infos = nodes.iter().map(|node| node.get_connection_info().clone());
    let builder = redis::cluster::ClusterClient::builder(infos)
        .connection_timeout(NODE_LIMIT)
        .response_timeout(LIMIT)
        // The default waits for 1.3 s at least, which is longer than a caller does.
        .min_retry_wait(10)
        .max_retry_wait(100);
    let client = builder.build().map_err(|error| unusable(&error))?;
    Ok(Server::Cluster { client: Box::new(client), nodes })
}

#[cfg(not(feature = "cluster"))]
fn cluster<'u>(_: impl IntoIterator<Item = &'u str>) -> Result<Server> {
    Err(lacks("redis+cluster://", "cluster"))
}

#[cfg(feature = "sentinel")]
fn sentinel(nodes: &Nodes<'_>) -> Result<Server> {
    use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
    use redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, TlsMode};

    let (hosts, path) = (nodes.hosts, nodes.path.trim_start_matches('/'));
    let (master, database) = path.split_at(path.find(['/', '?', '#']).unwrap_or(path.len()));
    if master.is_empty() {
        let why = format!("it names no master: {FORMS}");
        return Err(Error::new(ErrorKind::Config, format!("the URL of Redis cannot be used: {why}")));
    }
    // What a URL says of the servers, at the address of a sentinel.
    let mut sentinels = Vec::new();
    for host in hosts.split(',') {
        let has_port = host.rsplit(']').next().is_some_and(|after| after.contains(':'));
        let port = if has_port { "" } else { ":26379" };
        let url = format!("{}://{}{host}{port}{database}", nodes.scheme, nodes.account);
        check(&url)?;
        sentinels.push(url.into_connection_info().map_err(|error| unusable(&error))?);
    }
    let mut servers = SentinelNodeConnectionInfo::default();
    if let Some(first) = sentinels.first() {
        servers = servers.set_redis_connection_info(first.redis_settings().clone());
        if let ConnectionAddr::TcpTls { insecure, .. } = first.addr() {
            servers = servers.set_tls_mode(if *insecure { TlsMode::Insecure } else { TlsMode::Secure });
        }
    }
    let without_account = |info: redis::ConnectionInfo| info.set_redis_settings(RedisConnectionInfo::default());
    let sentinels = sentinels.into_iter().map(without_account).collect();
    // With the feature rustls the redis crate takes a `String` or a `&str`, without it only a `String`.
    let master: String = master.into();
    let client = SentinelClient::build(sentinels, master, Some(servers), SentinelServerType::Master);
    Ok(Server::Sentinel(tokio::sync::Mutex::new(client.map_err(|error| unusable(&error))?)))
}

#[cfg(not(feature = "sentinel"))]
fn sentinel(_: &Nodes<'_>) -> Result<Server> {
    Err(lacks("redis+sentinel://", "sentinel"))
}

/// A URL of several nodes.
struct Nodes<'u> {
    scheme: &'u str,
    /// The user and the password with their `@`, or nothing.
    account: &'u str,
    /// The nodes, separated by commas.
    hosts: &'u str,
    /// The rest, from its `/`, `?` or `#` on.
    path: &'u str,
}

impl<'u> Nodes<'u> {
    fn of(scheme: &'u str, rest: &'u str) -> Self {
        let (account, rest) = rest.split_at(rest.rfind('@').map_or(0, |at| at + 1));
        let (hosts, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Self { scheme, account, hosts, path }
    }

    /// Returns a URL for each node.
    fn urls(&self) -> Vec<String> {
        let url = |host| format!("{}://{}{host}{}", self.scheme, self.account, self.path);
        self.hosts.split(',').map(url).collect()
    }
}

fn client(url: &str) -> Result<Client> {
    check(url)?;
    Client::open(url).map_err(|error| unusable(&error))
}

#[cfg(not(all(feature = "cluster", feature = "sentinel")))]
fn lacks(form: &str, feature: &str) -> Error {
    let why = format!("{form} needs the feature {feature} of auth-store-redis");
    Error::new(ErrorKind::Config, format!("the URL of Redis cannot be used: {why}"))
}

/// Returns the error for an unusable URL, or for an unusable list of URLs.
fn unusable(error: &RedisError) -> Error {
    let why = if error.to_string().contains("TLS") {
        "rediss:// needs the feature rustls or native-tls of auth-store-redis".to_owned()
    } else {
        // The crate's own text is before the hyphen. The parts of the URL that it repeats come after it.
        let text = error.to_string();
        let what = text.split(" - ").next().unwrap_or_default();
        format!("{what}: {FORMS}")
    };
    Error::new(ErrorKind::Config, format!("the URL of Redis cannot be used: {why}"))
}

/// Refuses a URL whose user or password contains a reserved character. The URL would be split at that character: the
/// rest would become the host, the port or the database, or the password would be a different one.
fn check(url: &str) -> Result<()> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(()) };
    if !["redis", "rediss", "valkey", "valkeys"].contains(&scheme) {
        return Ok(());
    }
    let Some((user_and_password, _)) = rest.rsplit_once('@') else { return Ok(()) };
    let mut ahead = user_and_password.chars();
    while let Some(letter) = ahead.next() {
        let is_wrong = match letter {
            '@' | '/' | '#' | '?' | '[' | ']' | '\\' | ' ' => true,
            '%' => !ahead.as_str().bytes().take(2).filter(u8::is_ascii_hexdigit).count().eq(&2),
            _ => false,
        };
        if is_wrong {
            let message = format!(
                "the URL of Redis cannot be used: its user or password has a {letter:?}, which means something else in a URL: \
                 encode it as %{:02X}",
                u32::from(letter)
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> String {
        let error = unusable(&redis::Client::open(url).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn an_unusable_url_is_an_error_that_says_what_is_wanted_and_does_not_quote_it() {
        let urls = [
            "redis",
            "http://maria:s3gredo@localhost",
            "redis://maria:s3gredo@localhost/s3gredo",
            "redis://maria:s3gredo@localhost:s3gredo",
            "redis://maria:s3gredo@localhost/?protocol=s3gredo",
            "redis://maria:s3gredo@0.0.0.0",
        ];
        for url in urls {
            let text = of(url);
            assert!(text.contains("redis://USER:PASSWORD@HOST:PORT/DATABASE"), "{text}");
            assert!(!text.contains("s3gredo") && !text.contains("maria"), "{text}");
        }
    }

    /// A URL reads `12#34@host` as port 12, and `p/w@host` as an empty host.
    #[test]
    fn a_password_that_is_not_encoded_is_an_error_that_names_the_character_alone() {
        for (password, letter, code) in [
            ("p@ss", '@', "%40"),
            ("p/ss", '/', "%2F"),
            ("12#34", '#', "%23"),
            ("p?ss", '?', "%3F"),
            ("100%", '%', "%25"),
            ("p%ss", '%', "%25"),
            ("p%4", '%', "%25"),
            ("p ss", ' ', "%20"),
            ("[ss", '[', "%5B"),
        ] {
            for scheme in ["redis", "rediss", "valkey", "valkeys"] {
                for user in ["", "maria"] {
                    let url = format!("{scheme}://{user}:{password}@redis.internal:6379/1");
                    let error = check(&url).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Config);
                    let text = error.to_string();
                    assert!(
                        text.contains(&format!("has a {letter:?},")) && text.ends_with(&format!("as {code}")),
                        "{text}"
                    );
                    assert!(!text.contains(password) && !text.contains("ss,"), "{text}");
                }
            }
        }
        for url in
            ["redis://:p%40ss%2F%25@host/1", "redis://host/1?protocol=resp3", "redis://host", "unix:///a@b", "redis"]
        {
            check(url).unwrap();
        }
    }

    #[test]
    #[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
    fn a_url_with_tls_asks_for_the_feature() {
        assert!(of("rediss://localhost").contains("feature rustls or native-tls"));
    }

    #[test]
    fn a_url_of_several_nodes_gives_one_for_each_with_the_same_account_and_path() {
        let nodes = Nodes::of("redis", "maria:a,b@[::1]:1,host,10.0.0.1:2/1?protocol=resp3");
        assert_eq!(
            nodes.urls(),
            [
                "redis://maria:a,b@[::1]:1/1?protocol=resp3",
                "redis://maria:a,b@host/1?protocol=resp3",
                "redis://maria:a,b@10.0.0.1:2/1?protocol=resp3",
            ]
        );
        assert_eq!(Nodes::of("redis", "a,b").urls(), ["redis://a", "redis://b"]);
    }

    #[test]
    #[cfg(all(feature = "cluster", feature = "sentinel"))]
    fn an_unusable_url_of_several_nodes_is_an_error_without_its_secrets() {
        for (url, says) in [
            ("redis+cluster://maria:s3gr@do@a,b", "encode it as %40"),
            ("redis+cluster://", "redis+cluster://HOST:PORT,HOST:PORT"),
            ("redis+cluster://maria:s3gredo@a,", "redis+cluster://HOST:PORT,HOST:PORT"),
            ("http+cluster://maria:s3gredo@a", "redis+cluster://HOST:PORT,HOST:PORT"),
            ("redis+sentinel://maria:s3gredo@a,b", "it names no master"),
            ("redis+sentinel://maria:s3gredo@a,b/?protocol=resp3", "it names no master"),
            ("redis+sentinel://maria:s3gredo@a,b/fleet/x", "redis+sentinel://HOST:PORT,HOST:PORT/MASTER"),
            ("redis+sentinel://maria:s3gr/do@a/fleet", "encode it as %2F"),
        ] {
            let error = server(url).map(|server| format!("{server:?}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let text = error.to_string();
            assert!(text.contains(says), "{url}: {text}");
            assert!(!text.contains("s3gr") && !text.contains("maria"), "{text}");
        }
    }

    #[test]
    #[cfg(not(any(feature = "cluster", feature = "sentinel")))]
    fn a_url_of_several_nodes_asks_for_its_feature() {
        for (url, feature) in [("redis+cluster://a,b", "cluster"), ("redis+sentinel://a,b/fleet", "sentinel")] {
            let text = server(url).map(|server| format!("{server:?}")).unwrap_err().to_string();
            assert!(text.ends_with(&format!("needs the feature {feature} of auth-store-redis")), "{text}");
        }
    }
}
