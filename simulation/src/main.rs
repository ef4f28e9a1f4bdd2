//! 10,000 processes that share one login, over a week of virtual time.
//!
//! ```sh
//! cd simulation && cargo run --release
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fs, io, thread};

use simulation::chart::{self, THEMES};
use simulation::fleet::{self, Outcome};
use simulation::report::{self, LIMITED, TROUBLE, WHOLE, row};
use simulation::scenario::Scenario;
use simulation::settings::Settings;

fn main() -> ExitCode {
    let is_help = std::env::args().any(|argument| argument == "--help");
    let settings = match Settings::read(std::env::args().skip(1)) {
        Ok(settings) => settings,
        Err(help) => {
            println!("{help}");
            return if is_help { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    let scenarios: Vec<_> =
        Scenario::all(&settings).into_iter().filter(|scenario| scenario.name.contains(&settings.only)).collect();
    let outcomes = outcomes(&scenarios, &settings);
    let all = || scenarios.iter().zip(&outcomes);
    let Settings { processes, per_machine, .. } = settings;
    println!("{processes} processes, machines of {per_machine}\n");
    table(WHOLE, all().filter_map(|(scenario, runs)| report::whole(scenario, runs)));
    table(TROUBLE, all().filter_map(|(scenario, runs)| report::trouble(scenario, runs)));
    table(LIMITED, all().filter_map(|(scenario, runs)| report::limited(scenario, runs)));
    all().for_each(|(scenario, runs)| println!("{}", report::besides(scenario, runs)));
    if let Some(folder) = &settings.draw
        && let Err(error) = draw(folder, &settings, all())
    {
        eprintln!("{}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = Vec<String>>) {
    println!("{}\n{}", row(head), row(head.map(|_| "---")));
    rows.for_each(|cells| println!("{}", row(cells)));
    println!();
}

/// Writes a figure of each scenario's first run in each theme.
fn draw<'a>(
    folder: &Path,
    settings: &Settings,
    all: impl Iterator<Item = (&'a Scenario, &'a Vec<Outcome>)>,
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (scenario, runs) in all {
        for theme in THEMES {
            let name = format!("{}{}.svg", chart::file_name(scenario), theme.suffix);
            fs::write(folder.join(name), chart::draw(scenario, &runs[0], settings, theme))?;
        }
    }
    Ok(())
}

/// Runs each scenario as often as configured, on all cores.
fn outcomes(scenarios: &[Scenario], settings: &Settings) -> Vec<Vec<Outcome>> {
    let jobs: Vec<_> = (0..settings.runs).flat_map(|run| (0..scenarios.len()).map(move |of| (of, run))).collect();
    let outcomes = Mutex::new(scenarios.iter().map(|_| Vec::new()).collect::<Vec<_>>());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((of, run)) = jobs.get(next.fetch_add(1, Relaxed)) {
            let outcome = fleet::run(&scenarios[*of], settings, (settings.seed + run) * 1_000);
            eprintln!("{}, run {}: done", scenarios[*of].name, run + 1);
            outcomes.lock().expect("no other thread has panicked")[*of].push(outcome);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().expect("no thread has panicked")
}
