//! The state that the connections of a wire share.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_sandbox::On;
use tokio::task::AbortHandle;
use tokio_rustls::rustls::ServerConfig;

use super::Edit;
use super::answer::Answer;
use super::line::Incoming;
use super::trap::Trap;

pub(super) struct Shared {
    pub(super) sandbox: SocketAddr,
    pub(super) login: String,
    pub(super) token: &'static str,
    pub(super) trap: Trap,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) logins: u64,
    pub(super) requests: u64,
    pub(super) login_edits: VecDeque<Edit>,
    pub(super) request_edits: VecDeque<Edit>,
    pub(super) keep_alive: bool,
    pub(super) compression: bool,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) secrets: Vec<String>,
    /// The headers of the last request.
    pub(super) last: Vec<(String, String)>,
    pub(super) connections: Vec<AbortHandle>,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arrived(&self, on: On, request: &Incoming) -> (Option<Edit>, bool) {
        let mut state = self.state();
        state.compression |= request.header("accept-encoding").is_some();
        state.last.clone_from(&request.headers);
        let signature = request.header("x-signed-request").map(str::to_owned);
        state.secrets.extend(signature);
        let edit = match on {
            On::Login => {
                state.logins += 1;
                state.login_edits.pop_front()
            }
            On::Resource => {
                state.requests += 1;
                state.request_edits.pop_front()
            }
        };
        (edit, state.keep_alive)
    }

    /// Remembers the tokens of a login response.
    pub(super) fn learn(&self, answer: &Answer) {
        let json = answer.json();
        let tokens =
            [self.token, "/data/signatureToken"].map(|pointer| json.pointer(pointer)?.as_str().map(str::to_owned));
        let mut state = self.state();
        for token in tokens.into_iter().flatten() {
            // A sentence in place of a token is not a secret: errors repeat it.
            if !state.secrets.contains(&token) && !token.contains(' ') {
                state.secrets.push(token);
            }
        }
    }
}
