//! A running sidecar: its listeners, their accounts, and reloads.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::future::join_all;

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
use crate::profile::Profiles;

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
    address: Address,
    gateway: Arc<Gateway>,
    listener: Listener,
}

impl<'a> Sidecar<'a> {
    /// Binds all listeners, or none. No login is sent before the first request.
    pub(super) async fn start(options: &'a Options, profiles: &Profiles) -> Result<Self> {
        let gateways = Arc::new(Gateways::default());
        let token = options.token_file.as_deref().map(|path| {
            LocalToken::create(path).map_err(|error| Failure::from(error).at(format_args!("{}", path.display())))
        });
        let operations = Operations {
            metrics: Metrics::new({
                let gateways = Arc::clone(&gateways);
                move || gateways.stats()
            }),
            guard: Guard { hosts: options.allow_host.clone(), token: None, any_host: false },
            ends: AtomicBool::new(false),
        };
        let token = token.transpose()?;
        let operations = Arc::new(operations);
        let mut sidecar = Self { options, token, operations, gateways, sites: BTreeMap::new(), probes: None };
        sidecar.apply(profiles).await?;
        if let Some(address) = &options.admin_listen {
            let socket = sidecar.bind(address).await?;
            tracing::info!(address = %socket.address()?, "probes and metrics");
            sidecar.probes = Some(Listener::start(socket, sidecar.connections(), Arc::clone(&sidecar.operations)));
        }
        Ok(sidecar)
    }

    /// Applies the profiles to the listeners. If a profile is wrong, nothing changes. Running requests keep the account
    /// and the listener that they began with.
    pub(super) async fn apply(&mut self, profiles: &Profiles) -> Result<()> {
        let mut wanted = BTreeMap::new();
        for (name, address) in self.options.addresses(profiles)? {
            wanted.insert(name.clone(), (address, AnyClient::of(&profiles.get(&name)?).await?));
        }
        let gone = |name: &String, site: &Site| wanted.get(name).is_none_or(|(address, _)| *address != site.address);
        let (gone, kept): (BTreeMap<_, _>, _) =
            mem::take(&mut self.sites).into_iter().partition(|(name, site)| gone(name, site));
        self.sites = kept;
        for (name, site) in gone {
            tracing::info!(profile = name, address = %site.address, "no longer served");
            tokio::spawn(site.listener.stop(self.options.drain()).await);
        }
        let mut failed = None;
        for (name, (address, client)) in wanted {
            if let Some(site) = self.sites.get(&name) {
                site.gateway.replace(client);
            } else if let Err(failure) = self.open(&name, address, client).await {
                failed = failed.or(Some(failure.at(format_args!("profile `{name}`"))));
            }
        }
        self.gateways.set(self.sites.iter().map(|(name, site)| (name.clone(), Arc::clone(&site.gateway))).collect());
        failed.map_or(Ok(()), Err)
    }

    async fn open(&mut self, name: &str, address: Address, client: AnyClient) -> Result<()> {
        let socket = self.bind(&address).await?;
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
        let gateway = Arc::new(Gateway::new(name, client, guard, limits, self.operations.metrics.of(name)));
        tracing::info!(profile = name, address = %socket.address()?, "served");
        let listener = Listener::start(socket, self.connections(), Arc::clone(&gateway));
        self.sites.insert(name.to_owned(), Site { address, gateway, listener });
        Ok(())
    }

    async fn bind(&self, address: &Address) -> Result<Socket> {
        if !address.is_local() && !self.options.listen_on_any_address {
            let reason = "other machines could use the account; listen on 127.0.0.1 or a unix socket, or allow it with \
                          --listen-on-any-address";
            return Err(Failure::usage(format!("{address}: {reason}")));
        }
        Socket::bind(address).await.map_err(|error| Failure::from(error).at(address))
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
