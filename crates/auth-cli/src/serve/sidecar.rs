//! A running sidecar: its listeners, their accounts, and reloads.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::future::join_all;
use tokio::runtime::Handle;

use super::address::Address;
use super::body::BodyLimits;
use super::gateway::Gateway;
use super::gateways::Gateways;
use super::guard::Guard;
use super::listener::{ConnectionLimits, Listener, Socket};
use super::local_token::LocalToken;
use super::metrics::Metrics;
use super::operations::Operations;
use super::options::Options;
use crate::client::AnyClient;
use crate::exit::{Failure, Result};
use crate::profile::{Profile, Profiles, Store};

/// A running sidecar.
#[derive(Debug)]
pub(super) struct Sidecar<'a> {
    options: &'a Options,
    token: Option<LocalToken>,
    operations: Arc<Operations>,
    gateways: Arc<Gateways>,
    sites: BTreeMap<String, Site>,
    /// The listener of the operations, which ends last.
    probes: Option<Listener>,
}

/// The listener of one profile.
#[derive(Debug)]
struct Site {
    /// The profile without its address, which `address` states.
    profile: Profile,
    address: Address,
    gateway: Arc<Gateway>,
    listener: Listener,
}

/// A profile that is about to be served.
struct Planned {
    profile: Profile,
    address: Address,
    client: AnyClient,
    /// The socket of a new listener. Without one, the profile keeps its listener.
    socket: Option<Arc<Socket>>,
}

impl<'a> Sidecar<'a> {
    /// Binds all listeners, or none. No login is sent before the first request.
    pub(super) async fn start(options: &'a Options, profiles: &Profiles) -> Result<Self> {
        let gateways = Arc::new(Gateways::default());
        let token = options.token_file.as_ref().map(|_| LocalToken::random()).transpose()?;
        let operations = Operations {
            metrics: Metrics::new({
                let gateways = Arc::clone(&gateways);
                move || gateways.stats()
            }),
            guard: Guard { hosts: options.allow_host.clone(), token: None, any_host: false },
            ends: AtomicBool::new(false),
        };
        let operations = Arc::new(operations);
        let mut sidecar = Self { options, token, operations, gateways, sites: BTreeMap::new(), probes: None };
        let planned = sidecar.plan(profiles).await?;
        let probes = match &options.admin_listen {
            Some(address) => Some(sidecar.bind(address, &[]).await?),
            None => None,
        };
        // A start that fails leaves the file of a running sidecar alone.
        if let (Some(token), Some(path)) = (&sidecar.token, &options.token_file) {
            token.write(path).map_err(|error| Failure::from(error).at(path.display()))?;
        }
        sidecar.carry_out(planned).await;
        if let Some(socket) = probes {
            tracing::info!(address = %socket.address()?, "probes and metrics");
            sidecar.probes = Some(Listener::start(socket, sidecar.connections(), Arc::clone(&sidecar.operations)));
        }
        Ok(sidecar)
    }

    /// Applies the profiles to the listeners. If a profile is wrong, nothing changes. An unchanged profile keeps its
    /// client, and so its login and cooldown. Running requests keep the account and the listener that they began with.
    pub(super) async fn apply(&mut self, profiles: &Profiles) -> Result<()> {
        let planned = self.plan(profiles).await?;
        self.carry_out(planned).await;
        Ok(())
    }

    /// Builds the clients and binds the sockets, and changes nothing that runs.
    async fn plan(&self, profiles: &Profiles) -> Result<BTreeMap<String, Planned>> {
        let mut planned = BTreeMap::new();
        for (name, address) in self.options.addresses(profiles)? {
            let profile = Profile { listen: None, ..profiles.get(&name)? };
            let client = match self.sites.get(&name) {
                // Redis shares logins across clients, and its address and key may come from files that have changed.
                Some(site) if site.profile == profile && !matches!(profile.store, Store::Redis { .. }) => {
                    site.gateway.client()
                }
                _ => client_of(profile.clone()).await?,
            };
            planned.insert(name, Planned { profile, address, client, socket: None });
        }
        // The sites whose sockets other profiles can take over.
        let stays = |name: &String, site: &Site| planned.get(name).is_some_and(|one| one.address == site.address);
        let leaving = self.sites.iter().filter(|(name, site)| !stays(name, site));
        let mut leaving: Vec<&Site> = leaving.map(|(_, site)| site).collect();
        for (name, one) in &mut planned {
            if self.sites.get(name).is_some_and(|site| site.address == one.address) {
                continue;
            }
            let same = leaving.iter().position(|site| site.address == one.address);
            let sockets: Vec<&Socket> = leaving.iter().map(|site| &*site.listener.socket).collect();
            let socket = match same.map(|at| leaving.swap_remove(at)) {
                Some(site) => Ok(Arc::clone(&site.listener.socket)),
                None => self.bind(&one.address, &sockets).await,
            };
            one.socket = Some(socket.map_err(|failure| failure.at(format_args!("profile `{name}`")))?);
        }
        Ok(planned)
    }

    /// Stops the listeners that are not planned, and starts those that are new.
    async fn carry_out(&mut self, planned: BTreeMap<String, Planned>) {
        let stays = |name: &String| planned.get(name).is_some_and(|one| one.socket.is_none());
        let (kept, gone): (BTreeMap<_, _>, _) =
            mem::take(&mut self.sites).into_iter().partition(|(name, _)| stays(name));
        self.sites = kept;
        for (name, site) in gone {
            tracing::info!(profile = name, address = %site.address, "no longer served");
            tokio::spawn(site.listener.stop(self.options.drain()).await);
        }
        for (name, Planned { profile, address, client, socket }) in planned {
            if let Some(socket) = socket {
                self.open(name, profile, address, client, socket);
            } else if let Some(site) = self.sites.get_mut(&name) {
                site.gateway.replace(client);
                site.profile = profile;
            }
        }
        self.gateways.set(self.sites.iter().map(|(name, site)| (name.clone(), Arc::clone(&site.gateway))).collect());
    }

    fn open(&mut self, name: String, profile: Profile, address: Address, client: AnyClient, socket: Arc<Socket>) {
        let guard = Guard {
            hosts: self.options.allow_host.clone(),
            token: self.token.clone(),
            any_host: matches!(address, Address::Unix(_)),
        };
        let limits = BodyLimits {
            kept: self.options.keep_body.0,
            accepted: self.options.max_body.0,
            patience: self.options.timeout(),
        };
        let gateway = Arc::new(Gateway::new(&name, client, guard, limits, self.operations.metrics.of(&name)));
        let bound = socket.address().unwrap_or_else(|_unknown| address.clone());
        tracing::info!(profile = name, address = %bound, "served");
        let listener = Listener::start(socket, self.connections(), Arc::clone(&gateway));
        self.sites.insert(name, Site { profile, address, gateway, listener });
    }

    async fn bind(&self, address: &Address, leaving: &[&Socket]) -> Result<Arc<Socket>> {
        if !address.is_local() && !self.options.listen_on_any_address {
            let reason = "other machines could use the account; listen on 127.0.0.1 or a unix socket, or allow it with \
                          --listen-on-any-address";
            return Err(Failure::usage(format!("{address}: {reason}")));
        }
        Socket::bind(address, leaving).await.map(Arc::new).map_err(|error| Failure::from(error).at(address))
    }

    fn connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            connections: self.options.max_connections as usize,
            head: self.options.max_head.0,
            patience: self.options.timeout(),
        }
    }

    /// Stops accepting connections, and waits for running requests, within a limit.
    pub(super) async fn end(self) {
        self.operations.ends.store(true, Relaxed);
        let mut running = Vec::new();
        for site in self.sites.into_values() {
            running.push(site.listener.stop(self.options.drain()).await);
        }
        join_all(running).await;
        if let Some(probes) = self.probes {
            probes.stop(self.options.drain()).await.await;
        }
    }
}

/// Builds a client on a thread of its own, because reading a secret may take long, and running requests go on.
async fn client_of(profile: Profile) -> Result<AnyClient> {
    let runtime = Handle::current();
    let built = tokio::task::spawn_blocking(move || runtime.block_on(AnyClient::of(&profile))).await;
    built.map_err(|error| Failure::other(error.to_string()))?
}
