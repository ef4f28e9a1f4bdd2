//! Change notifications, over one connection that all waiting callers share and that is open while any of them waits.

use std::collections::HashSet;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Interval, interval, timeout};

use crate::channels::{Channels, Waiter};
use crate::error::failed;
use crate::server::{LIMIT, Server, timed_out};

/// The interval between two searches for channels without waiting callers. A caller that polls waits again sooner.
const SWEPT_EVERY: Duration = Duration::from_secs(1);

/// Receives the server's notifications while any caller waits.
pub(crate) struct Listener {
    server: Arc<Server>,
    channels: Arc<Channels>,
    /// Sends further channels to the listening task. Closed if no task runs.
    orders: Mutex<Option<UnboundedSender<Arc<str>>>>,
}

impl Listener {
    pub(crate) fn of(server: Arc<Server>) -> Self {
        Self { server, channels: Arc::default(), orders: Mutex::default() }
    }

    /// Waits until a message is published in the channel, or `within` has passed.
    pub(crate) async fn wait(&self, channel: &str, within: Duration) {
        let (waiter, told) = Waiter::enter(&self.channels, channel);
        if waiter.was_told {
            return;
        }
        let mut told = pin!(told.notified());
        told.as_mut().enable();
        self.subscribe(&waiter.channel);
        // The caller polls in either case.
        let _ = timeout(within, told).await;
    }

    /// Returns true if there is a subscription.
    pub(crate) fn is_told(&self) -> bool {
        self.channels.are_swept()
    }

    fn subscribe(&self, channel: &Arc<str>) {
        if !self.server.listens() {
            return;
        }
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if orders.as_ref().is_some_and(|orders| orders.send(Arc::clone(channel)).is_ok()) || self.channels.are_resting()
        {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (sender, receiver) = unbounded_channel();
        *orders = Some(sender);
        runtime.spawn(listen(Arc::clone(&self.server), Arc::clone(&self.channels), receiver));
    }
}

/// Serves the channels until no caller waits, the store is dropped, or the connection breaks.
async fn listen(server: Arc<Server>, channels: Arc<Channels>, mut orders: UnboundedReceiver<Arc<str>>) {
    let outcome = subscribe(&server, &channels, &mut orders).await;
    if let Err(error) = &outcome {
        let error = failed(error, &server, None);
        tracing::debug!(?server, %error, "Redis sends no notifications: waiting processes poll instead");
    }
    orders.close();
    channels.end(outcome.is_err());
}

async fn subscribe(server: &Server, channels: &Channels, orders: &mut UnboundedReceiver<Arc<str>>) -> RedisResult<()> {
    let Some(connection) = limited(server.listen()).await? else { return Ok(()) };
    let (mut sink, stream) = connection.split();
    Subscribed { orders, stream, sweeps: interval(SWEPT_EVERY) }.serve(&mut sink, channels).await
}

struct Subscribed<'o> {
    orders: &'o mut UnboundedReceiver<Arc<str>>,
    stream: PubSubStream,
    sweeps: Interval,
}

enum Event {
    Order(Arc<str>),
    Message(Msg),
    Sweep,
    /// The store was dropped.
    Dropped,
    /// The connection broke.
    Broken,
}

impl Subscribed<'_> {
    async fn serve(&mut self, sink: &mut PubSubSink, channels: &Channels) -> RedisResult<()> {
        let mut wanted: Vec<Arc<str>> = channels.begin();
        let mut subscribed: HashSet<Arc<str>> = HashSet::new();
        loop {
            wanted.retain(|channel| !subscribed.contains(channel));
            if !wanted.is_empty() {
                limited(sink.subscribe(names(&wanted))).await?;
                subscribed.extend(wanted.drain(..));
            }
            match std::future::poll_fn(|context| self.poll(context)).await {
                Event::Order(channel) => wanted.push(channel),
                Event::Message(message) => channels.tell(message.get_channel_name()),
                Event::Sweep => {
                    let (idle, is_empty) = channels.sweep();
                    if is_empty {
                        return Ok(());
                    }
                    if !idle.is_empty() {
                        limited(sink.unsubscribe(names(&idle))).await?;
                        subscribed.retain(|channel| !idle.contains(channel));
                    }
                }
                Event::Dropped => return Ok(()),
                Event::Broken => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
            }
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if let Poll::Ready(message) = Pin::new(&mut self.stream).poll_next(context) {
            return Poll::Ready(message.map_or(Event::Broken, Event::Message));
        }
        if let Poll::Ready(order) = self.orders.poll_recv(context) {
            return Poll::Ready(order.map_or(Event::Dropped, Event::Order));
        }
        self.sweeps.poll_tick(context).map(|_| Event::Sweep)
    }
}

fn names(channels: &[Arc<str>]) -> Vec<&str> {
    channels.iter().map(|channel| &**channel).collect()
}

async fn limited<T>(done: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(LIMIT, done).await.unwrap_or_else(|_elapsed| Err(timed_out()))
}
