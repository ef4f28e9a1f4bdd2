//! Servers that replace a master: a cluster of three masters with a replica each, and one master that sentinels watch.

use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::hosts::Relay;
use crate::server::{Place, Server, free_port};

const MASTERS: usize = 3;
/// The time after which a node counts as gone.
const NODE_TIMEOUT: &str = "1500";
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the rules of the README for a user of a cluster or of a master that sentinels watch.
fn rules(of: &str) -> Vec<String> {
    let lines = include_str!("../../README.md").lines();
    let rules = lines.filter(|line| line.starts_with("ACL SETUSER fleet on ") || line.ends_with(of));
    rules.map(|line| line.split(" #").next().unwrap().trim_end().to_owned()).collect()
}

pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// Servers of which one is the master of what the processes share.
pub(crate) struct Nodes {
    pub(crate) url: String,
    pub(crate) servers: Vec<Server>,
    /// Empty for a cluster, whose masters watch each other.
    sentinels: Vec<Server>,
    _relays: Vec<Relay>,
}

impl Nodes {
    /// Starts three masters with a replica each. With a delay, each connection to one of them goes through a relay,
    /// those of the replicas too.
    pub(crate) fn cluster(places: &[Place], delay: Option<Duration>) -> Self {
        let start = |number: usize| {
            let place = &places[number % places.len()];
            let bus = free_port().to_string();
            let fixed = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", &bus];
            let limits = ["--cluster-node-timeout", NODE_TIMEOUT, "--repl-diskless-sync-delay", "0"];
            let server = Server::start_at(place, &[&fixed[..], &limits].concat());
            let _: () = server.ask(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
            (server, bus)
        };
        let (servers, buses): (Vec<Server>, Vec<String>) = (0..2 * MASTERS).map(start).unzip();
        let mut relays = Vec::new();
        for (server, place) in servers.iter().zip(places.iter().cycle()) {
            let Some(delay) = delay else { break };
            let relay = Relay::start(place, server.port, delay);
            let _: () = server.ask(&format!("CONFIG SET cluster-announce-port {}", relay.port));
            relays.push(relay);
        }
        for (server, bus) in servers.iter().zip(&buses).skip(1) {
            let address = server.address().replace(':', " ");
            let _: () = servers[0].ask(&format!("CLUSTER MEET {address} {bus}"));
        }
        for (number, slots) in ["0 5460", "5461 10922", "10923 16383"].into_iter().enumerate() {
            let _: () = servers[number].ask(&format!("CLUSTER ADDSLOTSRANGE {slots}"));
        }
        let info = |server: &Server, what: &str| server.ask::<String>("CLUSTER INFO").contains(what);
        until("all nodes know each other", || servers.iter().all(|server| info(server, "cluster_known_nodes:6")));
        for number in 0..MASTERS {
            let id: String = servers[number].ask("CLUSTER MYID");
            let _: () = servers[number + MASTERS].ask(&format!("CLUSTER REPLICATE {id}"));
        }
        let ready = |server: &Server| info(server, "cluster_state:ok") && info(server, "cluster_slots_ok:16384");
        until("the cluster is ready", || servers.iter().all(ready));
        until("the replicas follow", || servers[MASTERS..].iter().all(follows));
        let port = |number: usize| relays.get(number).map_or(servers[number].port, |relay| relay.port);
        let host = |number: usize| format!("{}:{}", places[number % places.len()].address, port(number));
        let url = format!("redis+cluster://fleet:PASSWORD@{}", (0..MASTERS).map(host).collect::<Vec<_>>().join(","));
        Self { url, servers, sentinels: Vec::new(), _relays: relays }.with_user("of a cluster")
    }

    /// Starts a master with two replicas, and three sentinels.
    pub(crate) fn watched(place: &Place) -> Self {
        let mut servers = vec![Server::start_at(place, &[])];
        let (address, port) = (&place.address, servers[0].port.to_string());
        for _ in 0..2 {
            let options = ["--replicaof", address, &port, "--repl-diskless-sync-delay", "0"];
            servers.push(Server::start_at(place, &options));
        }
        until("the replicas follow", || servers[1..].iter().all(follows));
        let sentinels: Vec<Server> = (0..3).map(|_| Server::start_at(place, &["--sentinel"])).collect();
        for sentinel in &sentinels {
            let _: () = sentinel.ask(&format!("SENTINEL MONITOR fleet {address} {port} 2"));
            let _: () = sentinel.ask(&format!("SENTINEL SET fleet down-after-milliseconds {NODE_TIMEOUT}"));
            let _: () = sentinel.ask("SENTINEL SET fleet failover-timeout 10000");
        }
        let knows = |sentinel: &Server| {
            let all = format!("{:?}", sentinel.ask::<redis::Value>("SENTINEL MASTER fleet"));
            let number = |name: &str, number: u32| {
                all.contains(&format!("bulk-string('\"{name}\"'), bulk-string('\"{number}\"')"))
            };
            number("num-slaves", 2) && number("num-other-sentinels", 2)
        };
        until("the sentinels know each other and the replicas", || sentinels.iter().all(knows));
        let hosts: Vec<String> = sentinels.iter().map(Server::address).collect();
        let url = format!("redis+sentinel://fleet:PASSWORD@{}/fleet", hosts.join(","));
        Self { url, servers, sentinels, _relays: Vec::new() }.with_user("that sentinels watch")
    }

    fn with_user(self, of: &str) -> Self {
        let rules = rules(of);
        assert_eq!(rules.len(), 2, "the README has one rule for all servers, and one for those {of}");
        for (server, rule) in self.servers.iter().flat_map(|server| rules.iter().map(move |rule| (server, rule))) {
            let _: () = server.ask(rule);
        }
        self
    }

    /// Returns the number of the master that has most accounts.
    pub(crate) fn busiest(&self) -> usize {
        let accounts = |server: &Server| server.ask::<Vec<String>>("KEYS auth:v1:*").len();
        let busiest = || {
            let masters = self.servers.iter().enumerate().filter(|(_, server)| is_master(server));
            masters.map(|(number, server)| (accounts(server), number)).max().unwrap()
        };
        until("the processes use the store", || busiest().0 > 0);
        busiest().1
    }

    /// Lets a master fail, and returns the time that its replacement took.
    pub(crate) fn replace(&mut self, master: usize, fail: impl FnOnce(&mut Server)) -> Duration {
        let begun = Instant::now();
        let masters = |nodes: &Self| {
            let others = nodes.servers.iter().enumerate().filter(|(number, _)| *number != master);
            others.filter(|(_, server)| is_master(server)).count()
        };
        let before = masters(self);
        fail(&mut self.servers[master]);
        until("another server is the master", || masters(self) > before);
        begun.elapsed()
    }
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.sentinels.is_empty() { "a cluster" } else { "sentinels" })
    }
}

fn follows(server: &Server) -> bool {
    server.ask::<String>("INFO replication").contains("master_link_status:up")
}

fn is_master(server: &Server) -> bool {
    server.ask::<String>("INFO replication").contains("role:master")
}
