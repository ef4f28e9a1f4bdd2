//! Nanoseconds and allocations of a fresh credential for one call, on one thread and on two at once.
//!
//! The figures are medians of many short loops. Each round runs a loop of every candidate, so that noise affects all
//! alike. The counting allocator adds about a nanosecond to each allocation.
//!
//! ```sh
//! cd benches/peers && cargo run --release --bin fast
//! ```

use std::sync::Arc;

use bench_peers::floors::{Exact, Floor, PerThread, Static};
use bench_peers::measure::{Call, IntoHeaders, ValueAlone, median};
use bench_peers::peer::{Authorize, Carrier, Peer, Value};
use bench_peers::peers::{Aws, Azure, Google, Locked, Moka, Ours, Reqsign};
use bench_peers::provider::Provider;
use bench_peers::table::Table;
use tokio::runtime::Handle;

const ROUNDS: usize = 150;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ours,
    Sdk,
    Cache,
    Floor,
    Bound,
}

struct Candidate {
    name: &'static str,
    kind: Kind,
    call: Box<dyn Call>,
}

struct Cost {
    name: &'static str,
    kind: Kind,
    one: f64,
    two: f64,
    allocations: f64,
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let ours = logged_in::<Ours>();
    let azure = logged_in::<Azure>();
    let google = logged_in::<Google>();
    let aws = logged_in::<Aws>();
    let reqsign = logged_in::<Reqsign>();
    let moka = logged_in::<Moka>();
    let locked = logged_in::<Locked>();
    let exact = Arc::new(Exact::default());
    let floor = Arc::new(Floor::default());
    let per_thread = Arc::new(PerThread::default());

    let headers = vec![
        headers(Ours::NAME, Kind::Ours, &ours),
        headers(Azure::NAME, Kind::Sdk, &azure),
        headers(Google::NAME, Kind::Sdk, &google),
        headers(Aws::NAME, Kind::Sdk, &aws),
        headers(Reqsign::NAME, Kind::Sdk, &reqsign),
        headers(Moka::NAME, Kind::Cache, &moka),
        headers(Locked::NAME, Kind::Cache, &locked),
        headers("arc-swap + Instant::now + clone", Kind::Bound, &exact),
        headers("the floor: with a coarse clock", Kind::Floor, &floor),
        headers("the floor with a copy per thread", Kind::Bound, &per_thread),
        headers("clone of a static value", Kind::Bound, &Arc::new(Static)),
    ];
    let values = vec![
        value(Ours::NAME, Kind::Ours, &ours),
        value(Google::NAME, Kind::Sdk, &google),
        value(Aws::NAME, Kind::Sdk, &aws),
        value(Moka::NAME, Kind::Cache, &moka),
        value(Locked::NAME, Kind::Cache, &locked),
        value("arc-swap + Instant::now + clone", Kind::Bound, &exact),
        value("the floor: with a coarse clock", Kind::Floor, &floor),
        value("the floor with a copy per thread", Kind::Bound, &per_thread),
        value("clone of a static value", Kind::Bound, &Arc::new(Static)),
    ];
    let into_headers = headers.len();
    let mut costs = measure(&headers.into_iter().chain(values).collect::<Vec<_>>());
    let values = costs.split_off(into_headers);
    report("A fresh credential into a request's headers", &costs);
    report("The header's value alone (azure_core and reqsign have no such call)", &values);
}

/// Returns a peer with a credential that lives an hour.
fn logged_in<P: Peer>() -> Arc<P> {
    let mut request = P::Request::with_room();
    let peer = P::new(&Provider::reliable());
    Handle::current().block_on(peer.authorize(&mut request)).expect("a login");
    assert!(request.authorization().is_some_and(|value| value.starts_with("Bearer token-1-")), "{}", P::NAME);
    Arc::new(peer)
}

fn headers<A: Authorize>(name: &'static str, kind: Kind, candidate: &Arc<A>) -> Candidate {
    Candidate { name, kind, call: Box::new(IntoHeaders(Arc::clone(candidate))) }
}

fn value<A: Value>(name: &'static str, kind: Kind, candidate: &Arc<A>) -> Candidate {
    Candidate { name, kind, call: Box::new(ValueAlone(Arc::clone(candidate))) }
}

fn measure(candidates: &[Candidate]) -> Vec<Cost> {
    let mut samples = vec![(Vec::new(), Vec::new()); candidates.len()];
    for _ in 0..ROUNDS {
        for (candidate, (one, two)) in candidates.iter().zip(&mut samples) {
            one.push(candidate.call.nanoseconds(1));
            two.push(candidate.call.nanoseconds(2));
        }
    }
    let cost = |(&Candidate { name, kind, ref call }, (one, two))| Cost {
        name,
        kind,
        one: median(one),
        two: median(two),
        allocations: call.allocations(),
    };
    candidates.iter().zip(samples).map(cost).collect()
}

fn report(title: &str, costs: &[Cost]) {
    let the = |kind| costs.iter().find(|cost| cost.kind == kind).expect("one of this kind");
    let (ours, floor) = (the(Kind::Ours), the(Kind::Floor));
    let mut table = Table::new([title, "1 thread", "x floor", "2 threads", "x floor", "allocations"]);
    for Cost { name, one, two, allocations, .. } in costs {
        let times = [format!("{one:.1} ns"), format!("{:.2}", one / floor.one)];
        let at_once = [format!("{two:.1} ns"), format!("{:.2}", two / floor.two), format!("{allocations:.1}")];
        table.row([(*name).to_owned()].into_iter().chain(times).chain(at_once));
    }
    println!("{table}");
    let best = |cost: fn(&Cost) -> f64| {
        let sdks = costs.iter().filter(|cost| cost.kind == Kind::Sdk);
        sdks.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("an SDK")
    };
    let (one, two) = (best(|cost| cost.one), best(|cost| cost.two));
    println!("ours: {:.2} x the floor (goal: at most 1.3)", ours.one / floor.one);
    println!("      two threads {:.2} x one (goal: at most 1.3)", ours.two / ours.one);
    println!("      {:.1} x as fast as {} (goal: 6)", one.one / ours.one, one.name);
    println!("      {:.1} x as fast as {} with two threads (goal: 8)\n", two.two / ours.two, two.name);
}
