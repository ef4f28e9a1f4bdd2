//! Capture of the log lines of all crates, through either of two logging libraries, and of all panics. They are kept by
//! thread, because each thread runs one case at a time.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::panic;
use std::sync::Once;

use log::{LevelFilter, Metadata, Record};
use tracing_subscriber::fmt::MakeWriter;

/// The prefix of a panic's line.
pub(crate) const PANICKED: &str = "PANICKED: ";

thread_local! {
    static LINES: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Starts to keep the output of this thread.
pub(crate) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .without_time()
            .with_writer(Sink)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");
        log::set_logger(&Sink).expect("the only logger of this process");
        log::set_max_level(LevelFilter::Trace);
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !write(&format!("{PANICKED}{panic}\n")) {
                usual(panic);
            }
        }));
    });
    LINES.set(Some(String::new()));
}

/// Returns the output since the start.
pub(crate) fn take() -> String {
    LINES.take().unwrap_or_default()
}

/// Keeps a line. Returns false on threads that keep none: the sandbox's, and those of other tests.
fn write(text: &str) -> bool {
    let kept = LINES.try_with(|lines| match lines.borrow_mut().as_mut() {
        Some(lines) => lines.write_str(text).is_ok(),
        None => false,
    });
    kept.unwrap_or_default()
}

#[derive(Clone, Copy)]
struct Sink;

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl log::Log for Sink {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        write(&format!("{} {}: {}\n", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}
