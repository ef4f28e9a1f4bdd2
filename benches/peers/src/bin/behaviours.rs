//! The seven behaviours, as counts and not as times. The program fails if auth-core misses its goal.
//!
//! ```sh
//! cd benches/peers && cargo run --release --bin behaviours
//! ```

use std::process::ExitCode;

use bench_peers::behaviour::{
    Fate, down_inside_the_window, impatient, late_401s, refused_herd, refused_in_a_row, runtime_gone, unpolled,
};
use bench_peers::peer::Peer;
use bench_peers::peers::{Aws, Azure, Google, Locked, Moka, Once, Ours, Reqsign};
use bench_peers::table::Table;

/// The results of a peer.
#[derive(Debug, PartialEq)]
struct Behaviours {
    /// Logins of 100 callers that are all refused.
    refused_herd: u64,
    /// Callers of 20 that were served within 50 ms while a login takes 200 ms, and logins.
    impatient: (usize, u64),
    /// Callers of 100 that were served inside the window while the login server is down, and attempts.
    down_in_window: Option<(usize, u64)>,
    /// Requests of 50 that succeeded after a late 401, and new logins.
    late_401s: Option<(usize, u64)>,
    /// The caller after one that is never polled again.
    unpolled: Fate,
    /// The caller after the runtime of a login was shut down.
    runtime_gone: Fate,
    /// Logins of 100 calls in a row that are all refused.
    refused_in_a_row: u64,
}

impl Behaviours {
    fn of<P: Peer>() -> Self {
        Self {
            refused_herd: refused_herd::<P>(),
            impatient: impatient::<P>(),
            down_in_window: down_inside_the_window::<P>(),
            late_401s: late_401s::<P>(),
            unpolled: unpolled::<P>(),
            runtime_gone: runtime_gone::<P>(),
            refused_in_a_row: refused_in_a_row::<P>(),
        }
    }

    /// Returns true if the goal is met. The login ends while the fourth caller gives up, so at least 16 are served.
    fn goal_is_met(&self) -> bool {
        let (served, logins) = self.impatient;
        let goal = Self {
            refused_herd: 1,
            impatient: (served.max(16), 1),
            down_in_window: Some((100, 1)),
            late_401s: Some((50, 1)),
            unpolled: Fate::Served,
            runtime_gone: Fate::Served,
            refused_in_a_row: 1,
        };
        *self == goal && logins == 1
    }

    fn cells(&self) -> [String; 7] {
        let pair = |(served, logins): (usize, u64)| format!("{served} / {logins}");
        let maybe = |counts: Option<(usize, u64)>| counts.map_or_else(|| "–".to_owned(), pair);
        let fate = |fate| match fate {
            Fate::Served => "served",
            Fate::Failed => "an error",
            Fate::Stuck => "hangs",
            Fate::Panicked => "panics",
        };
        [
            self.refused_herd.to_string(),
            pair(self.impatient),
            maybe(self.down_in_window),
            maybe(self.late_401s),
            fate(self.unpolled).to_owned(),
            fate(self.runtime_gone).to_owned(),
            self.refused_in_a_row.to_string(),
        ]
    }
}

fn main() -> ExitCode {
    let shown = std::panic::take_hook();
    // A panic in a peer's task is a result, not a failure of the program.
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("main") {
            shown(panic);
        }
    }));
    let ours = Behaviours::of::<Ours>();
    let met = ours.goal_is_met();
    let mut table = Table::new([
        "",
        "refused herd",
        "impatient",
        "down in window",
        "late 401s",
        "unpolled first",
        "runtime gone",
        "refused in a row",
    ]);
    table.row(
        ["", "logins", "served / logins", "served / tries", "healed / logins", "the next", "the next", "logins"]
            .map(str::to_owned),
    );
    row::<Ours>(&mut table, &ours);
    row::<Azure>(&mut table, &Behaviours::of::<Azure>());
    row::<Google>(&mut table, &Behaviours::of::<Google>());
    row::<Aws>(&mut table, &Behaviours::of::<Aws>());
    row::<Reqsign>(&mut table, &Behaviours::of::<Reqsign>());
    row::<Moka>(&mut table, &Behaviours::of::<Moka>());
    row::<Once>(&mut table, &Behaviours::of::<Once>());
    row::<Locked>(&mut table, &Behaviours::of::<Locked>());
    println!("{table}");
    if met {
        println!("ours meet the goal");
        ExitCode::SUCCESS
    } else {
        println!("ours miss the goal: {ours:#?}");
        ExitCode::FAILURE
    }
}

fn row<P: Peer>(table: &mut Table, behaviours: &Behaviours) {
    table.row([P::NAME.to_owned()].into_iter().chain(behaviours.cells()));
}
