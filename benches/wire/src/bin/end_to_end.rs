//! The cost that the client adds to a request: CPU and time of authenticated requests on one kept connection over
//! loopback, compared with the same reqwest with the same settings and a constant header.
//!
//! `cargo run --release --bin end_to_end` prints the table in a minute. The server is another process. The client runs
//! on one thread, whose CPU time is read before and after each block of requests. Blocks of both alternate, and their
//! ratio is the median over all pairs of neighbours. The first row compares bare reqwest with itself: its distance from
//! 1 is noise.
//!
//! `end_to_end --only get ours 2000` only sends that many, for a profiler:
//! `valgrind --tool=callgrind target/release/end_to_end --only get ours 2000`. `instructions.sh` counts in this way.

use std::time::{Duration, Instant};

use bench_wire::Result;
use bench_wire::child::{Child, until_the_parent_ends};
use bench_wire::contest::{Contest, Shape, Side};
use bench_wire::cpu::{stay_on_one_core, thread_time};
use bench_wire::responder;
use bench_wire::spread::Spread;

/// A short block, so that both blocks of a pair run under the same conditions.
const REQUESTS: u32 = 50;
const PAIRS: usize = 2000;
const SHAPES: [(&str, Shape); 4] =
    [("get", Shape::Get), ("get-path", Shape::GetPath), ("post", Shape::Post), ("post-path", Shape::PostPath)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--serve"] => {
            println!("{}", responder::serve(responder::guarded)?);
            Ok(until_the_parent_ends()?)
        }
        ["--only", shape, side, count] => only(shape, side, count.parse()?).await,
        [] => table().await,
        _ => Err("usage: end_to_end [--only get|get-path|post|post-path ours|bare COUNT]".into()),
    }
}

async fn table() -> Result<()> {
    stay_on_one_core()?;
    let server = Child::start(&["--serve"])?;
    let contest = Contest::new(&server.line)?;
    println!("{PAIRS} pairs of {REQUESTS} requests each; CPU of the client's thread");
    println!("{:<10} {:>8} {:>8} {:>9}  {:<38} {:>10}  goal", "", "bare", "ours", "more", "CPU, ours / bare", "time");
    let goals = [(Side::Bare, "get", Shape::Get, 1.0), (Side::Ours, "get", Shape::Get, 1.02)];
    let more = SHAPES
        .iter()
        .skip(1)
        .map(|(name, shape)| (Side::Ours, *name, *shape, if matches!(shape, Shape::GetPath) { 1.02 } else { 1.03 }));
    for (side, name, shape, goal) in goals.into_iter().chain(more) {
        row(&contest, side, name, shape, goal).await?;
    }
    Ok(())
}

/// Runs a block of each side, then in reverse order, and so on.
async fn row(contest: &Contest, side: Side, name: &str, shape: Shape, goal: f64) -> Result<()> {
    for side in [Side::Bare, Side::Ours] {
        for _ in 0..20 {
            block(contest, shape, side).await?;
        }
    }
    let mut pairs = Vec::with_capacity(PAIRS);
    for pair in 0..PAIRS {
        pairs.push(if pair % 2 == 0 {
            let bare = block(contest, shape, Side::Bare).await?;
            (bare, block(contest, shape, side).await?)
        } else {
            let ours = block(contest, shape, side).await?;
            (block(contest, shape, Side::Bare).await?, ours)
        });
    }
    let each = |(cpu, _time): Cost| cpu.as_secs_f64() * 1e6 / f64::from(REQUESTS);
    let bare = Spread::of(pairs.iter().map(|(bare, _)| each(*bare)));
    let ours = Spread::of(pairs.iter().map(|(_, ours)| each(*ours)));
    let more = Spread::of(pairs.iter().map(|(bare, ours)| each(*ours) - each(*bare)));
    let ratio = Spread::of(pairs.iter().map(|(bare, ours)| ours.0.div_duration_f64(bare.0)));
    let time = Spread::of(pairs.iter().map(|(bare, ours)| ours.1.div_duration_f64(bare.1)));
    let verdict = match side {
        Side::Bare => "the noise".to_owned(),
        Side::Ours => format!("≤ {goal}: {}", if ratio.median <= goal { "kept" } else { "missed" }),
    };
    println!(
        "{name:<10} {:>5.2} µs {:>5.2} µs {:>+6.0} ns  {:.4} ({:.4}–{:.4}; half {:.3}–{:.3}) {:>10.4}  {verdict}",
        bare.median,
        ours.median,
        more.median * 1e3,
        ratio.median,
        ratio.interval.0,
        ratio.interval.1,
        ratio.quartiles.0,
        ratio.quartiles.1,
        time.median,
    );
    Ok(())
}

/// CPU time and wall-clock time.
type Cost = (Duration, Duration);

async fn block(contest: &Contest, shape: Shape, side: Side) -> Result<Cost> {
    let (cpu, time) = (thread_time(), Instant::now());
    for _ in 0..REQUESTS {
        contest.ask(shape, side).await?;
    }
    Ok((thread_time().saturating_sub(cpu), time.elapsed()))
}

async fn only(shape: &str, side: &str, count: u32) -> Result<()> {
    let (_, shape) = SHAPES.into_iter().find(|(name, _)| *name == shape).ok_or("no such request")?;
    let side = if side == "bare" { Side::Bare } else { Side::Ours };
    stay_on_one_core()?;
    let server = Child::start(&["--serve"])?;
    let contest = Contest::new(&server.line)?;
    for _ in 0..count {
        contest.ask(shape, side).await?;
    }
    Ok(())
}
