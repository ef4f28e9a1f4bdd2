//! A proxy that puts a distance between a client and a server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::responder;

/// Listens on loopback for clients of a server that seems to be so far away, in one direction.
///
/// Bytes arrive later by this time, in their order and at any rate. The first bytes of a connection take one more round
/// trip, for TCP's own handshake, which takes no time on loopback.
///
/// # Errors
///
/// Fails if it cannot listen on any port.
pub fn between(server: SocketAddr, one_way: Duration) -> io::Result<SocketAddr> {
    responder::accept(move |client| {
        let connected = Instant::now() + 2 * one_way;
        let server = TcpStream::connect(server)?;
        server.set_nodelay(true)?;
        let (client_back, server_back) = (client.try_clone()?, server.try_clone()?);
        thread::spawn(move || carry(server_back, client_back, connected, one_way));
        carry(client, server, connected, one_way)
    })
}

/// Carries bytes that are sent when the connection stands, until their sender has no more.
fn carry(mut from: TcpStream, mut to: TcpStream, connected: Instant, one_way: Duration) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || -> io::Result<()> {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            to.write_all(&bytes)?;
        }
        to.shutdown(Shutdown::Write)
    });
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer)?;
        let due = Instant::now().max(connected) + one_way;
        if read == 0 || sender.send((due, buffer[..read].to_vec())).is_err() {
            return Ok(());
        }
    }
}
