//! The listener and its connections, which end when they have been idle for too long.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{extract::connect_info::Connected, serve};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};

use crate::quirks::{Current, Place};

pub(crate) struct Listener {
    pub(crate) inner: TcpListener,
    pub(crate) quirks: Current,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Listener {
    #[cfg(feature = "tls")]
    fn secured(&self, stream: TcpStream) -> Box<dyn Stream> {
        match &self.tls {
            Some(tls) => Box::new(crate::tls::Secured::Handshake(Box::new(tls.accept(stream)))),
            None => Box::new(stream),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "the feature `tls` needs it")]
    fn secured(&self, stream: TcpStream) -> Box<dyn Stream> {
        Box::new(stream)
    }
}

impl serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.quirks.place().await;
        let (stream, peer) = serve::Listener::accept(&mut self.inner).await;
        drop(stream.set_nodelay(true));
        let stream = self.secured(stream);
        (Connection { stream, quirks: self.quirks.clone(), idle: None, _place: place }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// The address of a client.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<serve::IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: serve::IncomingStream<'_, Listener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// A TCP connection, with or without TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    quirks: Current,
    /// Set between an answer and the next request.
    idle: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Connection {
    /// Restarts the time that the connection may be idle.
    fn wrote(&mut self, cx: &mut Context<'_>) {
        self.idle = self.quirks.get().keep_alive.map(|time| Box::pin(sleep(time)));
        if let Some(idle) = &mut self.idle {
            // Lets the time wake the task, which does not read again by itself.
            let _ = idle.as_mut().poll(cx);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, buffer) {
            this.idle = None;
            return Poll::Ready(read);
        }
        // Reading nothing is the end of the connection.
        match &mut this.idle {
            Some(idle) => idle.as_mut().poll(cx).map(Ok),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes));
        this.wrote(cx);
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.stream).poll_write_vectored(cx, slices));
        this.wrote(cx);
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
