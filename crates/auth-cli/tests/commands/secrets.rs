//! Secrets, which no output shows.

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn no_command_prints_the_secret_of_a_profile() {
    let place = Place::new().await;
    let secrets = [place.sandbox.pontotel().password().to_owned(), place.sandbox.signed_api().api_key().to_owned()];
    place.sandbox.pontotel().set_password("another");
    for command in [
        ["token", "loja"].as_slice(),
        &["request", "loja", "usuarios/", "-i"],
        &["request", "jogo", "v1/profile", "-i"],
        &["login", "loja"],
        &["status"],
        &["status", "--json"],
        &["profiles"],
        &["profiles", "--json"],
        &["invalidate", "loja"],
        &["token", "jogo", "--help"],
    ] {
        let outcome = place.run(command);
        let told = outcome.out + &outcome.err;
        assert!(!told.is_empty() && !secrets.iter().any(|secret| told.contains(secret)), "{command:?}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_help_with_an_example() {
    let place = Place::new().await;
    let help = place.run(&["--help"]).ok();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Other lines continue a description.
    let commands = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() >= 14, "{commands:?}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let help = place.run(&[command, "--help"]).ok();
        assert!(help.contains("Example") && help.contains(&format!("authctl {command}")), "{command}: {help}");
        let page = place.run(&["man", command]).ok();
        assert!(page.contains(".TH"), "{command}");
    }
    assert!(place.run(&["sandbox", "--help"]).ok().contains("--unkind"));
    assert!(help.contains("22  an HTTP error"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.run(&["completions", shell]).ok().contains("invalidate"), "{shell}");
    }
}
