//! Who waits for a change is told, over one connection for all, which is there while somebody waits.

use std::collections::{HashMap, HashSet};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisResult};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, Interval, interval, timeout};

use crate::link::now;
use crate::server::{LIMIT, Server};

/// How often it is looked for channels that nobody waits for. Who waits comes back sooner.
const SWEPT_EVERY: Duration = Duration::from_secs(1);
/// How long after a subscription broke there is no other: who waits looks by itself.
const REST: Duration = Duration::from_secs(5);

/// Told of changes by the server, for as long as anybody waits.
pub(crate) struct Listener {
    server: Arc<Server>,
    channels: Arc<Channels>,
    /// What else is to be subscribed to. Closed where no task is left.
    orders: Mutex<Option<UnboundedSender<Arc<str>>>>,
}

#[derive(Default)]
struct Channels {
    waited_for: Mutex<HashMap<Arc<str>, Channel>>,
    /// When the subscription broke.
    broken: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Channel {
    waiters: usize,
    /// Whether somebody has waited since the last look.
    was_used: bool,
    told: Arc<Notify>,
}

impl Listener {
    pub(crate) fn of(server: Arc<Server>) -> Self {
        Self { server, channels: Arc::default(), orders: Mutex::default() }
    }

    /// Until something is published in the channel, or the time is over.
    pub(crate) async fn wait(&self, channel: &str, within: Duration) {
        let (waiter, told) = Waiter::enter(&self.channels, channel);
        let mut told = pin!(told.notified());
        told.as_mut().enable();
        self.subscribe(&waiter.channel);
        // Told or not, who waits looks.
        let _ = timeout(within, told).await;
    }

    fn subscribe(&self, channel: &Arc<str>) {
        if !self.server.listens() {
            return;
        }
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if orders.as_ref().is_some_and(|orders| orders.send(Arc::clone(channel)).is_ok()) || self.channels.rest() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (sender, receiver) = unbounded_channel();
        *orders = Some(sender);
        runtime.spawn(listen(Arc::clone(&self.server), Arc::clone(&self.channels), receiver));
    }
}

/// Who waits, as long as it does.
struct Waiter<'l> {
    channels: &'l Channels,
    channel: Arc<str>,
}

impl<'l> Waiter<'l> {
    fn enter(channels: &'l Channels, channel: &str) -> (Self, Arc<Notify>) {
        let mut map = channels.lock();
        let name = map.get_key_value(channel).map_or_else(|| channel.into(), |(name, _)| Arc::clone(name));
        let entry = map.entry(Arc::clone(&name)).or_default();
        entry.waiters += 1;
        entry.was_used = true;
        let told = Arc::clone(&entry.told);
        drop(map);
        (Self { channels, channel: name }, told)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Some(channel) = self.channels.lock().get_mut(&self.channel) {
            channel.waiters -= 1;
        }
    }
}

impl Channels {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Channel>> {
        self.waited_for.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self) -> bool {
        let broken = *self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.is_some_and(|broken| now() < broken + REST)
    }

    fn break_off(&self) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(now());
    }

    fn tell(&self, channel: &str) {
        if let Some(channel) = self.lock().get(channel) {
            channel.told.notify_waiters();
        }
    }

    /// Takes out those that nobody has waited for since the last time.
    fn sweep(&self) -> (Vec<Arc<str>>, bool) {
        let mut idle = Vec::new();
        let mut map = self.lock();
        map.retain(|name, channel| {
            let stays = channel.waiters > 0 || std::mem::take(&mut channel.was_used);
            if !stays {
                idle.push(Arc::clone(name));
            }
            stays
        });
        (idle, map.is_empty())
    }
}

/// Until nobody waits, the store is gone, or the connection breaks.
async fn listen(server: Arc<Server>, channels: Arc<Channels>, mut orders: UnboundedReceiver<Arc<str>>) {
    if let Err(error) = subscribe(&server, &channels, &mut orders).await {
        channels.break_off();
        tracing::debug!(?server, %error, "Redis tells of no changes: who waits looks by itself");
    }
    // Nothing is swept any more.
    orders.close();
    channels.lock().retain(|_, channel| channel.waiters > 0);
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
        let mut wanted: Vec<Arc<str>> = channels.lock().keys().cloned().collect();
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
