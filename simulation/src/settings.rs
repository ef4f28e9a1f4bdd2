//! The command line.

use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "\
What a fleet asks of its provider and its store, in virtual time.

    cargo run --release -- [OPTIONS]

    --processes N   how many there are [10000]
    --per-machine N how many of them run on each machine [50]
    --days N        how long they run; at most two if something happens once [7]
    --every N       seconds from call to call of one process, on average: a third to five thirds of it [180]
    --runs N        how often each scenario runs: figures that differ are printed as least..most [1]
    --seed N        of all chance but that of the shipped code, which draws its jitter itself [1]
    --draw FOLDER   writes login requests and failed calls over time there, as SVG files of the first runs
    --only TEXT     only scenarios whose name contains it
    --help          this
";

/// The size and the length of a simulation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Processes, each with a client of its own.
    pub processes: usize,
    /// The number of processes on each machine.
    pub per_machine: usize,
    /// The days that they run.
    pub days: u32,
    /// The mean time between two calls of one process.
    pub every: Duration,
    /// The number of runs of each scenario.
    pub runs: u64,
    /// The seed of everything random that can be seeded.
    pub seed: u64,
    /// Runs only the scenarios whose name contains this.
    pub only: String,
    /// The folder of the figures.
    pub draw: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings from the command line.
    ///
    /// # Errors
    ///
    /// Returns the help to print instead of a run, with a first line that says what was not understood.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut settings = Self {
            processes: 10_000,
            per_machine: 50,
            days: 7,
            every: Duration::from_secs(180),
            runs: 1,
            seed: 1,
            only: String::new(),
            draw: None,
        };
        while let Some(word) = words.next() {
            if word == "--help" {
                return Err(HELP.to_owned());
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value\n\n{HELP}"))?;
            let number = || value.parse::<u32>().ok().filter(|number| *number > 0);
            let number = || number().ok_or_else(|| format!("{word} needs a number\n\n{HELP}"));
            match &*word {
                "--processes" => settings.processes = number()? as usize,
                "--per-machine" => settings.per_machine = number()? as usize,
                "--days" => settings.days = number()?,
                "--every" => settings.every = Duration::from_secs(number()?.into()),
                "--runs" => settings.runs = number()?.into(),
                "--seed" => settings.seed = number()?.into(),
                "--only" => settings.only = value,
                "--draw" => settings.draw = Some(value.into()),
                _ => return Err(format!("{word} is no option\n\n{HELP}")),
            }
        }
        Ok(settings)
    }
}
