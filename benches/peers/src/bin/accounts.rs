//! 100,000 accounts, each logged in: bytes for each in addition to the token's own 64, and the time to add and to find
//! one.
//!
//! `cargo run --release --bin accounts` prints the table in half a minute. Bytes are those requested from the allocator
//! and not returned, including the table that finds the account, but without the cost of an empty set. The last line
//! states how much of ours is the account and the credential themselves, as a login returns it: the token as a header
//! that is wiped on drop.

#![allow(clippy::cast_precision_loss, reason = "counts far below what a double holds")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use bench_peers::many::{Each, Many, Moka, Plain, Resolvers, Set};
use bench_peers::peers::azure::Azure;
use bench_peers::peers::ours::{Account, Session};
use bench_peers::provider::{HOUR, Provider, Token};
use bench_peers::table::Table;
use tokio::runtime::{Builder, Runtime};

const ACCOUNTS: u64 = 100_000;
/// The length of a token.
const TEXT: f64 = 64.0;

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut table =
        Table::new(["100,000 accounts", "bytes each beyond the token", "allocations", "to add one", "to find one"]);
    row::<Set>(&runtime, &mut table);
    row::<Plain>(&runtime, &mut table);
    row::<Moka>(&runtime, &mut table);
    row::<Each<Azure>>(&runtime, &mut table);
    row::<Resolvers>(&runtime, &mut table);
    print!("{table}");
    println!("\nauth-core: {:.0} of them are the account and the credential that its login returned", given() - TEXT);
}

/// Returns the bytes of an account and a credential without a set around them.
fn given() -> f64 {
    let mut session = None;
    let held = measure(|| {
        let token = Token { text: "x".repeat(64), lifetime: HOUR };
        session = Session::new(token).ok().map(Arc::new);
    });
    (held.bytes_current + i64::try_from(size_of::<Account>()).unwrap_or_default()) as f64
}

fn row<M: Many>(runtime: &Runtime, table: &mut Table) {
    let provider = Provider::reliable();
    let many = runtime.block_on(async { M::new(&provider, ACCOUNTS) });
    // Allocates everything that the first account needs.
    runtime.block_on(many.add(u64::MAX)).expect("a login");
    let begun = Instant::now();
    let held = measure(|| {
        runtime.block_on(async {
            for account in 0..ACCOUNTS {
                many.add(account).await.expect("a login");
            }
            // Runs the background tasks.
            tokio::task::yield_now().await;
        });
    });
    let added = begun.elapsed();
    let found = find(runtime, &many);
    let each = |count: i64| count as f64 / ACCOUNTS as f64;
    table.row([
        M::NAME.to_owned(),
        format!("{:.0}", each(held.bytes_current) - TEXT),
        format!("{:.1}", each(held.count_current)),
        format!("{:.2} µs", micros(added)),
        format!("{:.2} µs", micros(found)),
    ]);
}

/// Finds each account, in an order in which no lookup benefits from the one before.
fn find(runtime: &Runtime, many: &impl Many) -> Duration {
    let begun = Instant::now();
    runtime.block_on(async {
        for number in 0..ACCOUNTS {
            let account = number.wrapping_mul(48_271) % ACCOUNTS;
            assert!(black_box(many.find(black_box(account)).await));
        }
    });
    begun.elapsed()
}

fn micros(all: Duration) -> f64 {
    all.as_secs_f64() * 1e6 / ACCOUNTS as f64
}
