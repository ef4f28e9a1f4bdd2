//! Notifications of changes, over one connection for all waiting callers, open while there are any.

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
use crate::server::{LIMIT, Server};

/// The interval at which channels without waiting processes are looked for. A waiting process comes back sooner.
const SWEPT_EVERY: Duration = Duration::from_secs(1);

/// Told of changes by the server, for as long as anybody waits.
pub(crate) struct Listener {
    server: Arc<Server>,
    channels: Arc<Channels>,
    /// Further subscriptions. Closed if no task is left.
    orders: Mutex<Option<UnboundedSender<Arc<str>>>>,
}

impl Listener {
    pub(crate) fn of(server: Arc<Server>) -> Self {
        Self { server, channels: Arc::default(), orders: Mutex::default() }
    }

    /// Until something is published in the channel, or the time is over.
    pub(crate) async fn wait(&self, channel: &str, within: Duration) {
        let (waiter, told) = Waiter::enter(&self.channels, channel);
        if waiter.was_told {
            return;
        }
        let mut told = pin!(told.notified());
        told.as_mut().enable();
        self.subscribe(&waiter.channel);
        // Told or not, who waits looks.
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

/// Until nobody waits, the store is gone, or the connection breaks.
async fn listen(server: Arc<Server>, channels: Arc<Channels>, mut orders: UnboundedReceiver<Arc<str>>) {
    let outcome = subscribe(&server, &channels, &mut orders).await;
    if let Err(error) = &outcome {
        let error = failed(error, &server, None);
        tracing::debug!(?server, %error, "Redis tells of no changes: who waits looks by itself");
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
    /// The store is gone.
    Dropped,
    /// The connection is.
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
    timeout(LIMIT, done).await.unwrap_or_else(|_elapsed| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}
