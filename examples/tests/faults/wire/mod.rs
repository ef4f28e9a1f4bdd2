//! The server between the client and the sandbox. It counts requests and changes the sandbox's responses as a case
//! says.

pub(crate) mod answer;
mod line;
mod shared;
pub(crate) mod tls;
mod trap;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_sandbox::On;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use self::answer::{Answer, Step};
use self::line::{Incoming, Line};
use self::shared::Shared;
use self::trap::Trap;
use crate::party::Party;

/// Returns a port that may be free. The system searches long for one while its own range is full of closed connections.
pub(crate) fn any_port() -> u16 {
    fastrand::u16(10_000..30_000)
}

/// A change that a case makes to a response.
pub(crate) type Edit = Arc<dyn Fn(Answer) -> Vec<Step> + Send + Sync>;

/// The number of connections that wait to be accepted before the next one gets no reply at all.
const BACKLOG: u32 = 4;

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<Arc<TcpListener>>,
    /// Bound, but not listening.
    silent: Option<TcpSocket>,
    accepting: JoinHandle<()>,
    /// The connections that fill the backlog.
    waiting: Vec<TcpStream>,
}

impl Wire {
    pub(crate) fn start(party: &Party, sandbox: SocketAddr, base_path: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        while socket.bind((Ipv4Addr::LOCALHOST, any_port()).into()).is_err() {}
        let listener = Arc::new(socket.listen(BACKLOG).expect("a listener"));
        let address = listener.local_addr().expect("an address");
        let login = format!("{base_path}/{}", party.login);
        let trap = Trap::set();
        let shared = Arc::new(Shared { sandbox, login, token: party.token, trap, state: Mutex::default() });
        let accepting = tokio::spawn(accept(Arc::clone(&listener), Arc::clone(&shared)));
        Self { address, shared, listener: Some(listener), silent: None, accepting, waiting: Vec::new() }
    }

    /// Changes the next response of this kind.
    pub(crate) fn next(&self, on: On, edit: Edit) {
        let mut state = self.shared.state();
        let edits = if on == On::Login { &mut state.login_edits } else { &mut state.request_edits };
        edits.push_back(edit);
    }

    pub(crate) fn keep_alive(&self) {
        self.shared.state().keep_alive = true;
    }

    /// Speaks TLS on new connections from now on.
    pub(crate) fn speak(&self, tls: Arc<ServerConfig>) {
        self.shared.state().tls = Some(tls);
    }

    /// Returns the logins and requests that arrived here, and the connections to the trap.
    pub(crate) fn seen(&self) -> (u64, u64, usize) {
        let state = self.shared.state();
        (state.logins, state.requests, self.shared.trap.caught())
    }

    pub(crate) fn forget(&self, on: On) {
        let mut state = self.shared.state();
        *(if on == On::Login { &mut state.logins } else { &mut state.requests }) = 0;
    }

    /// Returns the headers of the last request.
    pub(crate) fn last(&self) -> Vec<(String, String)> {
        self.shared.state().last.clone()
    }

    /// Returns the address of the trap, to which no request should go.
    pub(crate) fn elsewhere(&self) -> String {
        self.shared.trap.url()
    }

    /// Returns the tokens, keys and signatures that crossed the wire.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.shared.state().secrets.clone()
    }

    /// Returns true if a client offered to accept a compressed response.
    pub(crate) fn compression(&self) -> bool {
        self.shared.state().compression
    }

    /// Closes the open connections in good order.
    pub(crate) fn hang_up(&self) {
        self.shared.state().connections.drain(..).for_each(|connection| connection.abort());
    }

    /// Stops listening, and keeps the port so that nobody else takes it.
    pub(crate) async fn refuse(&mut self) {
        self.stop().await;
        self.listener = None;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("the port that was just closed");
        self.silent = Some(socket);
    }

    /// Leaves new connections without any reply, by filling the backlog.
    pub(crate) async fn stall(&mut self) {
        self.stop().await;
        while let Ok(Ok(stream)) = timeout(Duration::from_millis(100), TcpStream::connect(self.address)).await {
            self.waiting.push(stream);
        }
    }

    async fn stop(&mut self) {
        self.accepting.abort();
        drop((&mut self.accepting).await);
        self.hang_up();
    }
}

async fn accept(listener: Arc<TcpListener>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        drop(stream.set_nodelay(true));
        let connection = tokio::spawn(connected(stream, Arc::clone(&shared)));
        shared.state().connections.push(connection.abort_handle());
    }
}

async fn connected(stream: TcpStream, shared: Arc<Shared>) {
    let tls = shared.state().tls.clone();
    match tls {
        None => converse(stream, &shared).await,
        Some(tls) => {
            if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                converse(stream, &shared).await;
            }
        }
    }
}

async fn converse(mut line: impl Line, shared: &Shared) {
    while let Some(request) = Incoming::read(&mut line).await {
        let on =
            if (request.method.as_str(), &request.path) == ("POST", &shared.login) { On::Login } else { On::Resource };
        let (edit, keep_alive) = shared.arrived(on, &request);
        let Ok(sandbox) = TcpStream::connect(shared.sandbox).await else { return };
        let Ok(raw) = request.ask(sandbox).await else { return };
        let sent = request.sent();
        let mut answer = Answer::read(raw, request.path, shared.trap.url(), shared.token);
        answer.sent = sent;
        shared.learn(&answer);
        let steps = match edit {
            Some(edit) => edit(answer),
            None => answer.untouched(keep_alive),
        };
        for step in steps {
            if let Step::Write(bytes) = &step {
                shared.learn(&Answer::read(bytes.clone(), String::new(), String::new(), shared.token));
            }
            if line::take(step, &mut line).await.is_err() {
                return;
            }
        }
        if !keep_alive {
            drop(line.shutdown().await);
            return;
        }
    }
}
