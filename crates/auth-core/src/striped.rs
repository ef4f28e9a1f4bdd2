//! A header value that many threads clone without sharing one reference count.
//!
//! Each clone of a header value increments one number in memory. Threads that do so at once contend for it, which takes
//! longer than everything else that a fresh credential costs.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use http::HeaderValue;
use once_cell::race::OnceBox;

/// The number of stripes. If there are more threads, they share stripes.
const STRIPES: usize = 16;
/// A thread creates its stripe at one in this many uses, so a token that is sent rarely needs none.
const USES_UNTIL_STRIPED: u32 = 64;
const NO_THREAD: u32 = 0;
const FIRST_THREAD: u32 = 1;

pub(crate) struct StripedHeader {
    header: HeaderValue,
    /// The thread that sent the header first. It uses `header` itself.
    owner: AtomicU32,
    /// The length of the text before the secret: of its scheme, or of a cookie's name.
    prefix: u32,
    others: OnceBox<[OnceLock<HeaderValue>; STRIPES]>,
}

impl StripedHeader {
    pub(crate) fn new(header: HeaderValue, prefix: usize) -> Self {
        let prefix = u32::try_from(prefix).unwrap_or(u32::MAX);
        Self { header, owner: AtomicU32::new(NO_THREAD), prefix, others: OnceBox::new() }
    }

    /// Returns the text after the prefix.
    pub(crate) fn secret(&self) -> &[u8] {
        self.header.as_bytes().get(self.prefix as usize..).unwrap_or_default()
    }

    /// Returns the header value that this thread should clone.
    #[inline]
    pub(crate) fn header(&self) -> &HeaderValue {
        let thread = thread();
        if self.owner.load(Relaxed) == thread {
            return &self.header;
        }
        let stripe = self.others.get().and_then(|stripes| stripes[stripe(thread)].get());
        stripe.unwrap_or_else(|| self.of_other_thread(thread))
    }

    #[cold]
    fn of_other_thread(&self, thread: u32) -> &HeaderValue {
        let first = self.owner.compare_exchange(NO_THREAD, thread, Relaxed, Relaxed).is_ok();
        if first || !is_one_of_many() {
            return &self.header;
        }
        let stripes = self.others.get_or_init(Box::default);
        stripes[stripe(thread)].get_or_init(|| self.counted_apart())
    }

    /// Returns the same text in memory with its own reference count.
    fn counted_apart(&self) -> HeaderValue {
        let bytes = Bytes::from_owner(Apart(self.header.clone()));
        // The bytes come from a valid header.
        let mut header = HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_invalid| self.header.clone());
        header.set_sensitive(self.header.is_sensitive());
        header
    }
}

/// Aligned to a cache line, so that two counts never share one.
#[repr(align(64))]
struct Apart(HeaderValue);

impl AsRef<[u8]> for Apart {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[inline]
fn stripe(thread: u32) -> usize {
    thread as usize % STRIPES
}

/// Returns the number of this thread, from 1.
#[inline]
fn thread() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(FIRST_THREAD);
    thread_local!(static THREAD: Cell<u32> = const { Cell::new(NO_THREAD) });
    THREAD.with(|thread| {
        if thread.get() == NO_THREAD {
            thread.set(NEXT.fetch_add(1, Relaxed).max(FIRST_THREAD));
        }
        thread.get()
    })
}

fn is_one_of_many() -> bool {
    thread_local!(static USES: Cell<u32> = const { Cell::new(0) });
    let uses = USES.with(|uses| uses.replace(uses.get().wrapping_add(1)));
    uses % USES_UNTIL_STRIPED == USES_UNTIL_STRIPED - 1
}

impl Clone for StripedHeader {
    fn clone(&self) -> Self {
        Self {
            header: self.header.clone(),
            owner: AtomicU32::new(NO_THREAD),
            prefix: self.prefix,
            others: OnceBox::new(),
        }
    }
}

impl fmt::Debug for StripedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StripedHeader([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_another_thread<R: Send>(run: impl FnOnce() -> R + Send) -> R {
        std::thread::scope(|scope| scope.spawn(run).join().unwrap())
    }

    fn stripes() -> StripedHeader {
        let mut header = HeaderValue::from_static("Bearer abc");
        header.set_sensitive(true);
        StripedHeader::new(header, 7)
    }

    fn place(header: &HeaderValue) -> usize {
        std::ptr::from_ref(header).addr()
    }

    #[test]
    fn a_token_that_one_thread_sends_needs_no_stripe() {
        let stripes = stripes();
        for _ in 0..=USES_UNTIL_STRIPED {
            assert_eq!(place(stripes.header()), place(&stripes.header));
        }
        assert!(stripes.others.get().is_none());
    }

    #[test]
    fn a_second_busy_thread_gets_a_stripe_of_its_own_without_a_copy_of_the_text() {
        let stripes = stripes();
        stripes.header();
        on_another_thread(|| {
            for _ in 1..USES_UNTIL_STRIPED {
                assert_eq!(place(stripes.header()), place(&stripes.header), "now and then is not often");
            }
            let own = stripes.header();
            assert_ne!(place(own), place(&stripes.header));
            assert_eq!(place(own), place(stripes.header()), "it stays");
            assert_eq!(own, "Bearer abc");
            assert_eq!(own.as_bytes().as_ptr(), stripes.header.as_bytes().as_ptr());
            assert!(own.is_sensitive());
        });
        assert_eq!(place(stripes.header()), place(&stripes.header), "the first thread uses the header itself");
    }

    #[test]
    fn sixteen_threads_have_a_stripe_each_and_those_beyond_share() {
        let stripes: Vec<_> = (1..=32).map(stripe).collect();
        assert_eq!(stripes[..16], stripes[16..]);
        assert_eq!(stripes[..16].iter().collect::<std::collections::HashSet<_>>().len(), 16);
    }

    #[test]
    fn what_is_counted_apart_is_the_same_text() {
        assert_eq!(Apart(stripes().header).as_ref(), b"Bearer abc");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", stripes()), "StripedHeader([redacted])");
    }
}
