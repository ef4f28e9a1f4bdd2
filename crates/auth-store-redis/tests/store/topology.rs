//! TLS, clusters and sentinels: every connection that the redis crate supports.

#[cfg(any(feature = "cluster", feature = "sentinel", feature = "rustls-no-provider", feature = "native-tls"))]
use {crate::server::Server, auth_core::store::conformance, auth_store_redis::RedisStore, std::time::Duration};

#[cfg(any(feature = "cluster", feature = "sentinel"))]
async fn until(what: impl Fn() -> bool) {
    tokio::time::timeout(Duration::from_secs(20), async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn the_store_conforms_on_a_cluster_and_notifies_waiting_processes() {
    use auth_core::store::Store;

    let bus = crate::server::free_port().to_string();
    let options = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", &bus];
    let Some(server) = Server::start(&options) else { return };
    let _: () = server.ask("CLUSTER ADDSLOTSRANGE 0 16383");
    until(|| server.ask::<String>("CLUSTER INFO").contains("cluster_state:ok")).await;
    let store = RedisStore::cluster([server.url().as_str()]).unwrap();
    assert!(format!("{store:?}").contains(&format!("127.0.0.1:{}", server.port)), "{store:?}");
    conformance::check(&store).await.unwrap();

    let name = crate::names::fresh().await;
    let lease = crate::names::leased(&store, &name).await;
    let waits = tokio::spawn({
        let (store, name) = (store.clone(), name.clone());
        async move { store.wait_for_change(&name, Duration::from_secs(600)).await }
    });
    let listening = || server.ask::<String>("CLIENT LIST TYPE pubsub").lines().count() == 1;
    until(listening).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.publish(&name, &lease, b"sealed", Duration::from_secs(60)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), waits).await.unwrap().unwrap();
}

#[test]
#[cfg(feature = "cluster")]
fn a_cluster_without_nodes_or_with_a_bad_url_is_an_error() {
    let error = RedisStore::cluster([]).unwrap_err();
    assert_eq!(error.kind(), auth_core::ErrorKind::Config);
    let error = RedisStore::cluster(["redis://127.0.0.1", "http://maria:s3gredo@127.0.0.1"]).unwrap_err();
    assert!(!error.to_string().contains("s3gredo"), "{error}");
}

#[tokio::test]
#[cfg(feature = "sentinel")]
async fn the_store_conforms_on_a_sentinels_master_and_follows_it() {
    use redis::sentinel::{SentinelClient, SentinelServerType};

    let (Some(master), Some(sentinel)) = (Server::start(&[]), Server::start(&["--sentinel"])) else { return };
    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", &master.port.to_string()]) else { return };
    let _: () = sentinel.ask(&format!("SENTINEL MONITOR fleet 127.0.0.1 {} 1", master.port));
    let named = || -> String {
        let (_, port): (String, String) = sentinel.ask("SENTINEL GET-MASTER-ADDR-BY-NAME fleet");
        port
    };
    until(|| replica.ask::<String>("INFO replication").contains("master_link_status:up")).await;
    // With the feature rustls the redis crate takes a `String` or a `&str`, without it only a `String`.
    let name: String = "fleet".into();
    let client = SentinelClient::build(vec![sentinel.url()], name, None, SentinelServerType::Master).unwrap();
    let store = RedisStore::sentinel(client);
    conformance::check(&store).await.unwrap();
    assert!(master.info("expired_keys") + master.ask::<u64>("DBSIZE") > 0, "on the master");

    let known = || format!("{:?}", sentinel.ask::<redis::Value>("SENTINEL REPLICAS fleet"));
    until(|| known().contains(&replica.port.to_string())).await;
    let _: () = sentinel.ask("SENTINEL FAILOVER fleet");
    until(|| named() == replica.port.to_string()).await;
    until(|| master.ask::<String>("INFO replication").contains("role:slave")).await;
    let name = crate::names::fresh().await;
    for attempt in 0.. {
        // The first operation that reaches the replica fails, and the next one asks the sentinels.
        match crate::names::looked_up(&store, &name).await {
            Ok(found) => {
                assert!(found.lease.is_some());
                break;
            }
            Err(error) => assert!(attempt < 20, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
async fn the_store_conforms_over_tls_and_trusts_no_unknown_authority() {
    use redis::{Client, TlsCertificates};

    let folder = std::env::temp_dir().join(format!("auth-store-redis-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, signed.cert.pem()).unwrap();
    std::fs::write(&key, signed.signing_key.serialize_pem()).unwrap();
    let port = crate::server::free_port().to_string();
    let certificate = certificate.to_str().unwrap();
    let options = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no", "--tls-cert-file", certificate];
    let files = ["--tls-key-file", key.to_str().unwrap(), "--tls-ca-cert-file", certificate];
    let Some(_server) = Server::start(&[&options[..], &files].concat()) else { return };
    let url = format!("rediss://localhost:{port}");
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(signed.cert.pem().into_bytes()) };
    let store = RedisStore::with_client(Client::build_with_tls(url.as_str(), certificates).unwrap());
    let name = crate::names::fresh().await;
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    {
        let error = crate::names::looked_up(&store, &name).await.unwrap_err();
        assert_eq!(error.kind(), auth_core::ErrorKind::Config);
        assert!(error.to_string().contains("ring::default_provider().install_default()"), "{error}");
        rustls::crypto::ring::default_provider().install_default().unwrap();
    }
    for attempt in 0.. {
        match crate::names::looked_up(&store, &name).await {
            Ok(_) => break,
            Err(error) => assert!(attempt < 100, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    conformance::check(&store).await.unwrap();
    let error = crate::names::looked_up(&RedisStore::new(&url).unwrap(), &name).await.unwrap_err();
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}
