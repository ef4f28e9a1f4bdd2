//! The steps of CI, which can also be run by hand.

mod steps;

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use self::steps::{STEPS, Scope, Step};
use crate::command::{answers, refuse_tokens};
use crate::workspace::Workspace;

const HELP: &str = "\
Runs what CI runs, step by step, and goes on after a step that fails.

  cargo xtask ci                 all steps that a change must pass
  cargo xtask ci STEP…           only these steps
  cargo xtask ci STEP -- ARG…    only this step, with more arguments for each of its commands
  cargo xtask ci --local         those that need only stable Rust and the tools that .ci/run installs
  cargo xtask ci --weekly        those that CI runs each week, because outside changes can make them fail
  cargo xtask ci --list          the steps, each with its purpose and commands
";

pub(crate) fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    if arguments.iter().any(|argument| matches!(*argument, "--help" | "-h")) {
        return Ok(HELP.trim_end().into());
    }
    refuse_tokens()?;
    let workspace = Workspace::load()?;
    if arguments == ["--list"] {
        return Ok(list(&workspace));
    }
    let (names, more) = split(arguments);
    let steps = chosen(names)?;
    if !more.is_empty() && steps.len() != 1 {
        return Err("arguments after -- are those of one step: name it, and no other".into());
    }
    let mut table = Vec::new();
    let mut failed = Vec::new();
    for step in &steps {
        println!("== {}: {}", step.name, step.why);
        let began = now();
        let outcome = perform(step, more, &workspace);
        if let Err(error) = &outcome {
            println!("== {} failed: {error}", step.name);
            failed.push(step.name);
        }
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        table.push(format!("{:<18} {word:<6} {:>5} s", step.name, began.elapsed().as_secs()));
    }
    println!("\n{}", table.join("\n"));
    if failed.is_empty() {
        Ok(format!("ci: {} steps passed", steps.len()))
    } else {
        Err(format!("failed: {names}; again with cargo xtask ci {names}", names = failed.join(" ")).into())
    }
}

#[expect(clippy::disallowed_methods, reason = "the duration of a step, for its reader")]
fn now() -> Instant {
    Instant::now()
}

/// Splits the arguments at `--`.
fn split<'a>(arguments: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    let end = arguments.iter().position(|argument| *argument == "--");
    end.map_or((arguments, &[]), |end| (&arguments[..end], &arguments[end + 1..]))
}

fn chosen(arguments: &[&str]) -> Result<Vec<&'static Step>, String> {
    let scopes: &[Scope] = match arguments {
        [] => &[Scope::Local, Scope::Change],
        ["--local"] => &[Scope::Local],
        ["--weekly"] => &[Scope::Week],
        _ => &[],
    };
    let is_step = |name: &&&str| STEPS.iter().any(|step| step.name == **name);
    if scopes.is_empty()
        && let Some(unknown) = arguments.iter().find(|name| !is_step(name))
    {
        return Err(format!("there is no step {unknown}; cargo xtask ci --list shows them"));
    }
    Ok(STEPS.iter().filter(|step| scopes.contains(&step.scope) || arguments.contains(&step.name)).collect())
}

fn list(workspace: &Workspace) -> String {
    let mut lines = Vec::new();
    for step in STEPS {
        let scope = match step.scope {
            Scope::Local => "",
            Scope::Change => " (not with --local)",
            Scope::Week => " (with --weekly)",
        };
        lines.push(format!("{}: {}{scope}", step.name, step.why));
        let commands = step.commands.iter().flat_map(|command| expand(command, workspace));
        lines.extend(commands.map(|command| format!("    {command}")));
    }
    lines.join("\n")
}

fn perform(step: &Step, more: &[&str], workspace: &Workspace) -> Result<(), Box<dyn Error>> {
    for need in step.needs {
        let probe: Vec<String> = expand(need.probe, workspace);
        for probe in probe {
            let mut words = probe.split_whitespace();
            let program = words.next().unwrap_or_default();
            if !answers(program, &words.collect::<Vec<_>>()) {
                let install = expand(need.install, workspace).join("; ");
                return Err(format!("`{probe}` does not work: get {program} with `{install}`").into());
            }
        }
    }
    for command in step.commands.iter().flat_map(|command| expand(command, workspace)) {
        let command = [&[command.as_str()], more].concat().join(" ");
        println!("$ {command}");
        execute(&command, &workspace.workspace_root)?;
    }
    Ok(())
}

/// Runs a line such as `NAME=value program argument argument` without a shell, so it works on Windows too.
fn execute(line: &str, root: &Path) -> Result<(), Box<dyn Error>> {
    let mut words = line.split_whitespace().peekable();
    let mut variables = Vec::new();
    while let Some(pair) = words.peek().and_then(|word| word.split_once('=')) {
        variables.push(pair);
        words.next();
    }
    let program = words.next().ok_or("a step without a program")?;
    let status = Command::new(program).args(words).envs(variables).current_dir(root).status();
    let status = status.map_err(|error| format!("{program} does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed").into()) }
}

/// Expands a command to one line for each crate if it contains `{crate}`, or for each feature of each crate if it
/// contains `{feature}`.
fn expand(command: &str, workspace: &Workspace) -> Vec<String> {
    let packages = workspace.published();
    let oldest = packages.iter().find_map(|package| package.rust_version.as_deref()).unwrap_or("stable");
    let command = command.replace("{msrv}", oldest);
    if !command.contains("{crate}") {
        return vec![command];
    }
    let for_crate = |name: &str| command.replace("{crate}", name);
    let mut lines = Vec::new();
    for package in packages {
        let features = package.features.keys().filter(|feature| *feature != "default");
        if command.contains("{feature}") {
            lines.extend(features.map(|feature| for_crate(&package.name).replace("{feature}", feature)));
        } else {
            lines.push(for_crate(&package.name));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Vec<&'static str> {
        chosen(arguments).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn bare_it_runs_what_a_change_must_pass_and_local_leaves_out_what_needs_more() {
        assert!(names(&[]).contains(&"msrv") && !names(&[]).contains(&"fuzz"));
        assert!(names(&["--local"]).contains(&"test") && !names(&["--local"]).contains(&"msrv"));
        assert_eq!(names(&[]).len() + names(&["--weekly"]).len(), STEPS.len());
    }

    #[test]
    fn a_step_is_run_by_its_name_and_an_unknown_one_is_refused() {
        assert_eq!(names(&["tidy", "fmt"]), ["fmt", "tidy"]);
        for wrong in [&["tests"][..], &["--fast"], &["--local", "fmt"]] {
            assert!(chosen(wrong).unwrap_err().contains("there is no step"));
        }
    }

    #[test]
    fn a_change_runs_no_weekly_step_and_one_job_stands_for_all_others() {
        let (ci, weekly) = (workflow("ci"), workflow("weekly"));
        for step in STEPS.iter().filter(|step| step.scope != Scope::Local) {
            let named = |workflow: &str| {
                workflow.contains(&format!("step: {}\n", step.name))
                    || workflow.contains(&format!("cargo xtask ci {}\n", step.name))
                    || workflow.contains(&format!("cargo xtask ci {} -- ", step.name))
            };
            assert_eq!(
                (named(&ci), named(&weekly)),
                (step.scope == Scope::Change, step.scope == Scope::Week),
                "{step:?}"
            );
        }
        let lines = ci.split_once("\njobs:\n").unwrap().1.lines();
        let jobs = lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
        let jobs: Vec<&str> = jobs.filter(|job| !job.starts_with(' ') && *job != "ci-ok").collect();
        assert!(ci.contains(&format!("  ci-ok:\n    if: always()\n    needs: [{}]", jobs.join(", "))), "{jobs:?}");
    }

    #[test]
    fn the_workflows_run_cargo_only_for_steps_and_to_install_tools() {
        for name in ["ci", "release", "weekly"] {
            let workflow = workflow(name);
            let commands =
                workflow.lines().filter_map(|line| line.split_once("run: cargo ")).map(|(_, command)| command);
            let doors = ["xtask ci ", "install ", "run --quiet --package xtask --target-dir target/xtask -- ci "];
            for command in commands {
                assert!(doors.iter().any(|door| command.starts_with(door)), "{name}: cargo {command}");
            }
        }
    }

    #[test]
    fn arguments_after_two_dashes_go_to_the_commands_of_one_step() {
        assert_eq!(split(&["mutants", "--", "--shard", "0/8"]), (&["mutants"][..], &["--shard", "0/8"][..]));
        assert_eq!(split(&["fmt", "tidy"]), (&["fmt", "tidy"][..], &[][..]));
        assert!(run(&["fmt", "tidy", "--", "--all"]).unwrap_err().to_string().contains("those of one step"));
        let workspace = Workspace::load().unwrap();
        let step = Step { commands: &["git"], ..test_step() };
        perform(&step, &["--version"], &workspace).unwrap();
        perform(&step, &["--no-such-option"], &workspace).unwrap_err();
    }

    fn workflow(name: &str) -> String {
        let root = Workspace::load().unwrap().workspace_root;
        std::fs::read_to_string(root.join(format!(".github/workflows/{name}.yml"))).unwrap()
    }

    #[test]
    fn a_command_for_each_crate_names_every_published_one_and_no_other() {
        let workspace = Workspace::load().unwrap();
        let lines = expand("check {crate} {feature}", &workspace);
        assert!(lines.contains(&"check auth-core native-tls".to_string()), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains("auth-examples") && !line.contains("default")), "{lines:?}");
        assert_eq!(expand("check {crate}", &workspace).len(), workspace.published().len());
    }

    /// CI installs a tool with the same command that the message to a person gives.
    #[test]
    fn a_tool_is_named_by_its_step_with_the_command_that_ci_uses_for_it() {
        let workspace = Workspace::load().unwrap();
        let workflows = workflow("ci") + &workflow("weekly");
        for step in STEPS.iter().filter(|step| step.scope != Scope::Local) {
            for need in step.needs.iter().filter(|need| need.install != "bash .ci/setup") {
                let install = expand(need.install, &workspace).remove(0);
                let in_matrix = format!("step: {}\n            install: {install}\n", step.name);
                let in_job = format!("- run: {install}\n");
                assert!(workflows.contains(&in_matrix) || workflows.contains(&in_job), "{step:?}");
            }
        }
        let lacks = Step { needs: &[steps::Need { probe: "no-such-tool -v", install: "get it" }], ..test_step() };
        let error = perform(&lacks, &[], &workspace).unwrap_err().to_string();
        assert_eq!(error, "`no-such-tool -v` does not work: get no-such-tool with `get it`");
    }

    fn test_step() -> Step {
        Step { name: "x", why: "x", scope: Scope::Local, needs: &[], commands: &[] }
    }

    #[test]
    fn each_step_has_a_name_of_its_own() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
