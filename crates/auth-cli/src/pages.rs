//! The commands `completions` and `man`, which print files for shells and for `man`.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Arguments;
use crate::exit::{Failure, Result};

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl completions bash > ~/.local/share/bash-completion/completions/authctl")]
pub(crate) struct CompletionsOptions {
    /// The shell
    shell: Shell,
}

/// Print a page for `man`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl man token | man -l -")]
pub(crate) struct ManOptions {
    /// The command to describe; authctl itself if none is given
    command: Option<String>,
}

pub(crate) fn completions(options: &CompletionsOptions) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "authctl", &mut text);
    Ok(io::stdout().write_all(&text)?)
}

pub(crate) fn man(options: &ManOptions) -> Result<()> {
    let mut page = Arguments::command();
    page.build();
    if let Some(name) = &options.command {
        let unknown = || Failure::usage(format!("{name:?} is not a command of authctl: --help lists them"));
        page = page.find_subcommand(name).cloned().ok_or_else(unknown)?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    Ok(io::stdout().write_all(&text)?)
}
