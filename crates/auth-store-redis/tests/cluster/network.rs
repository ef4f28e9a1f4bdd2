//! Networks that part, lose and delay, between machines and their store, and between servers.

use std::thread::sleep;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::hosts::{HERE, Host, Relay};
use crate::load::{LEFT_ALONE, Load, Way};
use crate::nodes::Nodes;
use crate::server::{Place, Server};

const SECOND: Duration = Duration::from_secs(1);
const FAR: Duration = Duration::from_millis(200);

/// Two machines and the host of a store.
struct Network {
    machines: [Host; 2],
    store: Host,
}

impl Network {
    fn new() -> Self {
        Self { machines: [Host::new(1), Host::new(2)], store: Host::new(3) }
    }

    fn load(&self, runtime: &Runtime, way: Way, url: &str, server: &Server) -> Load {
        let places: Vec<Place> = self.machines.iter().map(|machine| machine.place.clone()).collect();
        Load::start(runtime, way, url, &places, HERE, &server.folder)
    }
}

/// First one machine is cut off from the store, then all are.
pub(crate) fn partition(runtime: &Runtime) {
    let network = Network::new();
    let server = Server::start_at(&network.store.place, &[]);
    let load = network.load(runtime, Way::Short, &server.url(), &server);
    let [_, second] = &network.machines;
    sleep(2 * SECOND);
    network.store.lose(None, second);
    second.lose(None, &network.store);
    sleep(4 * SECOND);
    network.store.cut_off();
    sleep(4 * SECOND);
    network.store.join();
    network.store.forget_losses();
    second.forget_losses();
    sleep(LEFT_ALONE + Way::Short.lifetime());
    let outcome = load.end();
    println!("    a store that 8 and 16 of 16 processes are cut off from, for 4 s each: {outcome}");
}

pub(crate) fn loss(runtime: &Runtime) {
    let network = Network::new();
    let server = Server::start_at(&network.store.place, &[]);
    for machine in &network.machines {
        network.store.lose(Some(20), machine);
        machine.lose(Some(20), &network.store);
    }
    let load = network.load(runtime, Way::Short, &server.url(), &server);
    sleep(12 * SECOND);
    println!("    a store that loses 5 % of all packets: {}", load.end());
}

pub(crate) fn delay(runtime: &Runtime) {
    let network = Network::new();
    let server = Server::start_at(&network.store.place, &[]);
    let relay = Relay::start(&network.store.place, server.port, FAR);
    let url = format!("redis://{}:{}", network.store.place.address, relay.port);
    let load = network.load(runtime, Way::Long, &url, &server);
    sleep(20 * SECOND);
    println!("    a store {FAR:?} away: {}", load.end());
}

pub(crate) fn distant_cluster(runtime: &Runtime) {
    let network = Network::new();
    let others: Vec<Host> = (4..9).map(Host::new).collect();
    let hosts: Vec<&Host> = [&network.store].into_iter().chain(&others).collect();
    let places: Vec<Place> = hosts.iter().map(|host| host.place.clone()).collect();
    let mut nodes = Nodes::cluster(&places, Some(FAR));
    let load = network.load(runtime, Way::Long, &nodes.url, &nodes.servers[0]);
    sleep(5 * SECOND);
    let master = nodes.busiest();
    let replaced = nodes.replace(master, |_| hosts[master].cut_off());
    sleep(LEFT_ALONE);
    load.share();
    // It is a replica from now on.
    hosts[master].join();
    sleep(LEFT_ALONE);
    let (outcome, seconds) = (load.end(), replaced.as_secs_f64());
    println!(
        "    a cluster {FAR:?} away, with replicas as far, that replaces a lost master after {seconds:.1} s: {outcome}"
    );
}
