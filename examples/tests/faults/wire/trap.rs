//! A server at another origin, which no request should reach.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    /// One for all cases of a thread, which runs one at a time: to find a free port takes long while many are in use.
    static LISTENER: Arc<TcpListener> = Arc::new(listener());
}

pub(crate) struct Trap {
    listener: Arc<TcpListener>,
    address: SocketAddr,
    caught: AtomicUsize,
}

impl Trap {
    pub(crate) fn set() -> Self {
        let listener = LISTENER.with(Arc::clone);
        let address = listener.local_addr().expect("an address");
        Self { listener, address, caught: AtomicUsize::new(0) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Returns the number of connections until now. None of them gets a reply.
    pub(crate) fn caught(&self) -> usize {
        while self.listener.accept().is_ok() {
            self.caught.fetch_add(1, Ordering::SeqCst);
        }
        self.caught.load(Ordering::SeqCst)
    }
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("an option");
    listener
}
