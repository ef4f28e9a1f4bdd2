//! A local Redis for the demonstration of an example.

use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// A Redis process that ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct LocalRedis {
    _server: Child,
    folder: PathBuf,
}

impl LocalRedis {
    /// Starts `redis-server`, which listens on a socket in its own folder.
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("local-redis-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let server = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--loglevel", "warning"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("redis-server does not start ({error}): install it, or set REDIS_URL"))?;
        let redis = Self { _server: server, folder };
        while !redis.folder.join("redis.sock").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.folder.join("redis.sock").display())
    }
}

impl Drop for LocalRedis {
    fn drop(&mut self) {
        // A temporary folder that cannot be removed does no harm.
        let _left_behind = std::fs::remove_dir_all(&self.folder);
    }
}
