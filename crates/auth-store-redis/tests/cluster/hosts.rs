//! Hosts of their own: network namespaces on one bridge, none of which has a name that could outlive its processes.
//!
//! The kernel loses packets by a rule of nftables. `tc netem` would delay them too, but not every kernel has it, so a
//! relay of this program does.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use auth_core::env::environment;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

use crate::nodes::until;
use crate::server::{Place, free_port};

/// The address of this process on the bridge.
pub(crate) const HERE: [u8; 4] = [10, 77, 0, 254];
const TOOLS: [&str; 3] = ["ip -V", "nft --version", "nsenter --version"];

/// Returns a command that starts this program in a namespace of its own, or `None` if that is not allowed here. Panics
/// then if `NETNS_REQUIRED` is set.
pub(crate) fn command() -> Option<Command> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let rights: &[&str] = if is_root { &["--net"] } else { &["--map-root-user", "--net"] };
    let succeeds = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let lacks = TOOLS.into_iter().find(|tool| {
        let (program, argument) = tool.split_once(' ').unwrap();
        !succeeds(Command::new(program).arg(argument))
    });
    let why = match lacks {
        Some(tool) => format!("`{tool}` does not work: apt-get install iproute2 nftables util-linux"),
        None if succeeds(Command::new("unshare").args(rights).args(["nft", "list", "ruleset"])) => {
            let mut command = Command::new("unshare");
            command.args(rights).arg("--").arg(std::env::current_exe().unwrap());
            return Some(command);
        }
        None => "this user may not make a network namespace".to_owned(),
    };
    assert!(environment("NETNS_REQUIRED").is_none(), "NETNS_REQUIRED is set, but {why}");
    let _ = writeln!(std::io::stderr(), "skipped: hosts of their own, because {why}");
    None
}

/// Makes this namespace the one that all hosts are connected to.
pub(crate) fn prepare() {
    run("ip link set lo up");
    run("ip link add hub type bridge");
    run(&format!("ip addr add {}/24 dev hub", std::net::Ipv4Addr::from(HERE)));
    run("ip link set hub up");
}

fn run(line: &str) {
    let mut words = line.split(' ');
    let status = Command::new(words.next().unwrap()).args(words).status().unwrap();
    assert!(status.success(), "`{line}` failed");
}

/// A host, which ends with its first process: when this process ends, its input ends.
pub(crate) struct Host {
    first: Child,
    number: u8,
    pub(crate) place: Place,
}

impl Host {
    pub(crate) fn new(number: u8) -> Self {
        let first = Command::new("unshare").args(["--net", "cat"]).stdin(Stdio::piped()).spawn().unwrap();
        let namespace = format!("/proc/{}/ns/net", first.id());
        let own = fs::read_link("/proc/self/ns/net").unwrap();
        until("the host is there", || fs::read_link(&namespace).is_ok_and(|other| other != own));
        run(&format!("ip link add host{number} type veth peer name eth0 netns {}", first.id()));
        run(&format!("ip link set host{number} master hub up"));
        let address = format!("10.77.0.{number}");
        let through = ["nsenter".to_owned(), format!("--net={namespace}"), "--".to_owned()];
        let host = Self { first, number, place: Place { address: address.clone(), through: through.into() } };
        host.run("ip link set lo up");
        host.run(&format!("ip addr add {address}/24 dev eth0"));
        host.run("ip link set eth0 up");
        host.run("nft add table inet net");
        host.run("nft add chain inet net in { type filter hook input priority 0; }");
        host
    }

    fn run(&self, line: &str) {
        let mut words = line.split(' ');
        let status = self.place.command(words.next().unwrap()).args(words).status().unwrap();
        assert!(status.success(), "`{line}` failed on {}", self.place.address);
    }

    /// Cuts the host off from all others. Nobody is told: packets are lost.
    pub(crate) fn cut_off(&self) {
        run(&format!("ip link set host{} down", self.number));
    }

    pub(crate) fn join(&self) {
        run(&format!("ip link set host{} up", self.number));
    }

    /// Loses the packets that another host sends to this one: all, or by chance one of so many.
    pub(crate) fn lose(&self, of: Option<u8>, from: &Self) {
        let chance = of.map(|of| format!(" numgen random mod {of} < 1")).unwrap_or_default();
        self.run(&format!("nft add rule inet net in ip saddr {}{chance} drop", from.place.address));
    }

    pub(crate) fn forget_losses(&self) {
        self.run("nft flush chain inet net in");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.first.kill();
        let _ = self.first.wait();
    }
}

/// A process that forwards connections to a port of its host, each byte later.
pub(crate) struct Relay {
    process: Child,
    pub(crate) port: u16,
}

impl Relay {
    /// Starts a relay through which a round trip takes so much longer.
    pub(crate) fn start(place: &Place, to: u16, round_trip: Duration) -> Self {
        let port = free_port();
        let mut command = place.command(std::env::current_exe().unwrap());
        command.args(["relay", &place.address, &port.to_string(), &to.to_string()]);
        let process = command.arg((round_trip / 2).as_millis().to_string()).spawn().unwrap();
        let is_there = || std::net::TcpStream::connect((place.address.as_str(), port)).is_ok();
        until("the relay is there", is_there);
        Self { process, port }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a relay: its address, its port, the port to forward to, and the delay of each direction in milliseconds.
pub(crate) fn relay(arguments: &[String]) {
    let [address, port, to, delay] = arguments else { panic!("four arguments") };
    let (port, to): (u16, u16) = (port.parse().unwrap(), to.parse().unwrap());
    let delay = Duration::from_millis(delay.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind((address.as_str(), port)).await.unwrap();
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect((address.as_str(), to)).await else { continue };
            let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            forward(from_client, to_server, delay);
            forward(from_server, to_client, delay);
        }
    });
}

fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (sends, mut sent) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut bytes = vec![0; 65_536];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            if sends.send((Instant::now() + delay, bytes[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((due, bytes)) = sent.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
}
