//! Parts that the programs in `bin` share: a Redis of their own, and times.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auth_store_redis::redis::{self, Client, Connection, FromRedisValue};
use futures_util::StreamExt;

/// Any error, because a person reads the output of these programs.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// A `redis-server` in memory, on a free port, killed on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a server and waits for it.
    ///
    /// # Errors
    ///
    /// Fails if `redis-server` is not installed or does not answer.
    pub fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server does not start, apt-get install redis-server: {error}"))?;
        let server = Self { child, port };
        for _ in 0..200 {
            if server.connection().is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("redis-server does not answer".into())
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns a number of `INFO`.
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer, or does not have the number.
    pub fn info(&self, name: &str) -> Result<u64> {
        let text: String = self.ask(&["INFO", "everything"])?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(value.ok_or("INFO does not tell that")?.trim().parse()?)
    }

    /// Returns the reply to a command.
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer, or with a reply of another type.
    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> Result<T> {
        let mut command = redis::Cmd::new();
        words.iter().for_each(|word| _ = command.arg(word));
        Ok(command.query(&mut self.connection()?)?)
    }

    fn connection(&self) -> Result<Connection> {
        Ok(Client::open(self.url())?.get_connection()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The time of each of some operations, one by one, and the number of operations in a second with many at once.
#[derive(Debug)]
pub struct Times {
    each: Vec<Duration>,
    per_second: f64,
}

impl Times {
    /// Measures operations `0..alone` one by one, and `alone..alone + together` with 64 at once.
    ///
    /// # Errors
    ///
    /// Returns the first error of an operation.
    pub async fn of<F>(alone: usize, together: usize, operation: impl Fn(usize) -> F) -> Result<Self>
    where
        F: Future<Output = Result<()>>,
    {
        let mut each = Vec::with_capacity(alone);
        for number in 0..alone {
            let begun = Instant::now();
            operation(number).await?;
            each.push(begun.elapsed());
        }
        each.sort_unstable();
        let begun = Instant::now();
        let mut all = futures_util::stream::iter(alone..alone + together).map(operation).buffer_unordered(64);
        while let Some(outcome) = all.next().await {
            outcome?;
        }
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let per_second = together as f64 / begun.elapsed().as_secs_f64();
        Ok(Self { each, per_second })
    }

    /// Returns the median, the 99th percentile and the rate, as cells of a table.
    #[must_use]
    pub fn cells(&self) -> String {
        let millis = |part: usize| self.each[self.each.len() * part / 100].as_secs_f64() * 1e3;
        format!("{:.2} ms | {:.2} ms | {:.0}", millis(50), millis(99), self.per_second)
    }
}
