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

/// Starts the masters of a cluster. The first one has all slots.
#[cfg(feature = "cluster")]
async fn masters(many: usize) -> Option<Vec<Server>> {
    let start = |_| {
        let bus = crate::server::free_port().to_string();
        let options = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", &bus];
        Some((Server::start(&options)?, bus))
    };
    let (masters, buses): (Vec<Server>, Vec<String>) =
        (0..many).map(start).collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let _: () = masters[0].ask("CLUSTER ADDSLOTSRANGE 0 16383");
    for (master, bus) in masters.iter().zip(buses).skip(1) {
        let _: () = masters[0].ask(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", master.port));
    }
    let ready = format!("cluster_known_nodes:{many}");
    let is_ready = |master: &Server| {
        let info: String = master.ask("CLUSTER INFO");
        info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384") && info.contains(&ready)
    };
    until(|| masters.iter().all(is_ready)).await;
    Some(masters)
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn the_store_conforms_on_a_cluster_and_notifies_waiting_processes() {
    use auth_core::store::Store;

    let Some(masters) = masters(1).await else { return };
    let server = &masters[0];
    // A node that is gone, and one that is there.
    let url = format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", crate::server::free_port(), server.port);
    let store = RedisStore::new(&url).unwrap();
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

/// The connection to a cluster sends an operation again by itself.
#[tokio::test]
#[cfg(feature = "cluster")]
async fn in_a_cluster_too_an_operation_whose_reply_was_lost_is_done_once() {
    use std::sync::atomic::Ordering::SeqCst;

    use auth_core::store::Store;

    let Some(masters) = masters(1).await else { return };
    let (url, faults) = crate::proxy::start(masters[0].port).await;
    let _: () = masters[0].ask(&format!("CONFIG SET cluster-announce-port {}", url.rsplit(':').next().unwrap()));
    let store = RedisStore::cluster([url.as_str()]).unwrap();
    let hour = Duration::from_secs(3600);
    // The server knows the scripts after this.
    let other = crate::names::fresh().await;
    store.publish(&other, &crate::names::leased(&store, &other).await, b"sealed", hour).await.unwrap();
    let name = crate::names::fresh().await;
    faults.loses_an_answer.store(true, SeqCst);
    let lease = crate::names::leased(&store, &name).await;
    assert!(!faults.loses_an_answer.load(SeqCst), "a reply was lost");
    // The next connection is open and idle after this.
    tokio::time::sleep(Duration::from_millis(300)).await;
    crate::names::looked_up(&store, &other).await.unwrap();
    faults.loses_an_answer.store(true, SeqCst);
    assert!(store.publish(&name, &lease, b"sealed", hour).await.unwrap());
    assert!(!faults.loses_an_answer.load(SeqCst), "a reply was lost");
    assert!(!store.publish(&name, &lease, b"sealed", hour).await.unwrap(), "once");
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn an_account_whose_slot_moves_to_another_master_keeps_its_lease_and_record() {
    use auth_core::store::Store;

    let Some(masters) = masters(2).await else { return };
    let [from, to] = &masters[..] else { panic!("two masters") };
    let store = RedisStore::cluster([from.url().as_str()]).unwrap();
    let name = crate::names::fresh().await;
    let lease = crate::names::leased(&store, &name).await;
    let slot: u64 = from.ask(&format!("CLUSTER KEYSLOT {}", name.as_str()));
    let [from_id, to_id] = [from, to].map(|master| master.ask::<String>("CLUSTER MYID"));
    let hour = Duration::from_secs(3600);
    let holds = async |stage: &str| {
        assert!(store.extend(&name, &lease, hour).await.unwrap(), "{stage}");
        let found = crate::names::looked_up(&store, &name).await.unwrap();
        assert_eq!(found.held_by, Some(lease.fence), "{stage}");
    };
    let _: () = to.ask(&format!("CLUSTER SETSLOT {slot} IMPORTING {from_id}"));
    let _: () = from.ask(&format!("CLUSTER SETSLOT {slot} MIGRATING {to_id}"));
    holds("its key is at the first master").await;
    let _: () = from.ask(&format!("MIGRATE 127.0.0.1 {} {} 0 5000", to.port, name.as_str()));
    holds("its key is at the second master, and its slot at the first").await;
    for master in [to, from] {
        let _: () = master.ask(&format!("CLUSTER SETSLOT {slot} NODE {to_id}"));
    }
    holds("both are at the second master").await;
    assert!(store.publish(&name, &lease, b"sealed", hour).await.unwrap());
    assert_eq!(crate::names::looked_up(&store, &name).await.unwrap().record.unwrap().fence, lease.fence);
    assert_eq!(to.ask::<Vec<String>>("KEYS *"), [name.as_str()]);
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn a_master_that_hangs_does_not_delay_the_accounts_of_another() {
    use crate::names::{fresh, looked_up};

    let Some(masters) = masters(2).await else { return };
    let [one, other] = &masters[..] else { panic!("two masters") };
    let (name, hanging) = (fresh().await, fresh().await);
    let slot: u64 = one.ask(&format!("CLUSTER KEYSLOT {}", hanging.as_str()));
    let id: String = other.ask("CLUSTER MYID");
    for master in [other, one] {
        let _: () = master.ask(&format!("CLUSTER SETSLOT {slot} NODE {id}"));
    }
    let store = RedisStore::cluster([one.url().as_str(), &other.url()]).unwrap();
    for name in [&name, &hanging] {
        looked_up(&store, name).await.unwrap();
    }
    other.signal("STOP");
    let limit = Duration::from_millis(500);
    for _ in 0..4 {
        assert!(tokio::time::timeout(limit / 2, looked_up(&store, &hanging)).await.is_err());
        tokio::time::timeout(limit, looked_up(&store, &name)).await.expect("at once").unwrap();
    }
    other.signal("CONT");
    let again = async { while tokio::time::timeout(limit, looked_up(&store, &hanging)).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn a_waiting_process_is_notified_by_another_node_if_the_first_one_hangs() {
    use auth_core::store::Store;

    let Some(masters) = masters(2).await else { return };
    let [one, hanging] = &masters[..] else { panic!("two masters") };
    hanging.signal("STOP");
    let store = RedisStore::cluster([hanging.url().as_str(), &one.url()]).unwrap();
    let name = crate::names::fresh().await;
    let told = tokio::time::timeout(Duration::from_secs(20), store.wait_for_change(&name, Duration::from_secs(600)));
    let publish = async {
        until(|| one.ask::<String>("CLIENT LIST TYPE pubsub").lines().count() == 1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _: () = one.ask(&format!("PUBLISH {} x", name.as_str()));
    };
    let (told, ()) = tokio::join!(told, publish);
    told.unwrap();
}

#[tokio::test]
#[cfg(feature = "cluster")]
async fn a_wrong_password_and_a_missing_right_are_named_in_a_cluster_too() {
    let Some(masters) = masters(1).await else { return };
    let (server, name) = (&masters[0], crate::names::fresh().await);
    let rules = include_str!("../../README.md").lines().filter(|line| line.starts_with("ACL SETUSER fleet "));
    let rules: Vec<&str> = rules.map(|line| line.split(" #").next().unwrap().trim_end()).collect();
    let [for_all, for_clusters, _] = &rules[..] else { panic!("three rules: {rules:?}") };
    let url = |password: &str| format!("redis+cluster://fleet:{password}@127.0.0.1:{}", server.port);
    let _: () = server.ask(for_all);
    for (url, says) in [
        (url("wr0ng"), "give a user and password that it knows"),
        (url("PASSWORD"), "lacks the right +cluster|slots (NOPERM)"),
    ] {
        let error = crate::names::looked_up(&RedisStore::new(&url).unwrap(), &name).await.unwrap_err();
        assert_eq!(error.kind(), auth_core::ErrorKind::Config, "{error}");
        assert!(error.to_string().contains(says) && !error.to_string().contains("wr0ng"), "{error}");
    }
    let _: () = server.ask(for_clusters);
    conformance::check(&RedisStore::new(&url("PASSWORD")).unwrap()).await.unwrap();
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
    let at_once = ["--repl-diskless-sync-delay", "0"];
    let (Some(master), Some(sentinel)) = (Server::start(&at_once), Server::start(&["--sentinel"])) else { return };
    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", &master.port.to_string()]) else { return };
    // It asks its servers only every 10 s otherwise.
    let _: () = sentinel.ask("SENTINEL DEBUG info-period 100 publish-period 100");
    let _: () = sentinel.ask(&format!("SENTINEL MONITOR fleet 127.0.0.1 {} 1", master.port));
    let named = || -> String {
        let (_, port): (String, String) = sentinel.ask("SENTINEL GET-MASTER-ADDR-BY-NAME fleet");
        port
    };
    until(|| replica.ask::<String>("INFO replication").contains("master_link_status:up")).await;
    let store = RedisStore::new(&format!("redis+sentinel://127.0.0.1:{}/fleet", sentinel.port)).unwrap();
    conformance::check(&store).await.unwrap();
    assert!(master.info("expired_keys") + master.ask::<u64>("DBSIZE") > 0, "on the master");

    let known = || format!("{:?}", sentinel.ask::<redis::Value>("SENTINEL REPLICAS fleet"));
    until(|| known().contains(&replica.port.to_string())).await;
    // The sentinel refuses as long as it has not seen enough of the replica.
    let failover = || redis::cmd("SENTINEL").arg("FAILOVER").arg("fleet").query::<()>(&mut sentinel.connection());
    until(|| failover().is_ok()).await;
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
