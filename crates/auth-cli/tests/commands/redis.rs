//! Logins that machines share through Redis.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::place::Place;

/// A Redis server on loopback, which ends with this value.
struct Redis {
    process: Child,
    url: String,
}

impl Redis {
    /// Starts a server. Returns `None` if there is no such program, unless `REDIS_REQUIRED` is set.
    fn start() -> Option<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]).stdout(Stdio::null());
        let Ok(process) = command.spawn() else {
            let required = auth_core::env::environment("REDIS_REQUIRED").is_some();
            assert!(!required, "REDIS_REQUIRED is set, but redis-server is not installed");
            let _ = writeln!(std::io::stderr(), "skipped: redis-server is not here; apt-get install redis-server");
            return None;
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, url: format!("redis://127.0.0.1:{port}") })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_with_one_key_share_a_login_through_redis_and_keep_it_without() {
    let Some(redis) = Redis::start() else { return };
    let (place, url) = (Place::new().await, redis.url.clone());
    let key = place.folder.path().join("store-key");
    std::fs::write(&key, "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").unwrap();
    let profiles = std::fs::read_to_string(place.config()).unwrap();
    let store = "store = { redis = { url = { variable = \"REDIS_URL\" }, key = { file = \"store-key\" } } }";
    place.write(&profiles.replacen("[profile.loja]", &format!("[profile.loja]\n{store}"), 1));
    let on_machine = |name: &str| {
        let mut command = place.command(&["token", "loja"]);
        command.env("REDIS_URL", &url).env("AUTHCTL_STATE", place.folder.path().join(name));
        crate::place::Outcome::of(&mut command)
    };
    let tokens = [on_machine("one").ok(), on_machine("two").ok()];
    assert_eq!(tokens[0], tokens[1]);
    drop(redis);
    for (machine, token) in ["one", "two"].into_iter().zip(&tokens) {
        let bridged = on_machine(machine);
        assert_eq!((bridged.code, &bridged.out), (Some(0), token), "{}", bridged.err);
        assert!(bridged.err.contains("its fallback is used"), "{}", bridged.err);
    }
    assert_eq!(place.sandbox.pontotel().logins(), 1);
    std::fs::write(&key, "s3gr3do").unwrap();
    let refused = place.run_with(("REDIS_URL", &url), &["token", "loja"]).failed(2);
    assert!(refused.contains("the key of the store") && !refused.contains("s3gr3do"), "{refused}");
}
