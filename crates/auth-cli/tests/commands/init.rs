//! `init`.

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_written_profile_can_be_used_and_keeps_the_comments_of_the_file() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    place.write("# mine\n");
    let arguments =
        ["init", "nova", "--provider", "pontotel", "--user", pontotel.username(), "--base-url", pontotel.base_url()];
    let missing = place.run(&arguments).failed(2);
    assert!(missing.contains("--secret-stdin"), "{missing}");
    place.pipe(pontotel.password(), &[arguments.as_slice(), &["--secret-stdin"]].concat()).ok();
    place.run(&["token", "nova"]).ok();
    let written = std::fs::read_to_string(place.config()).unwrap();
    assert!(written.starts_with("# mine\n") && !written.contains(pontotel.password()), "{written}");
    let again = place.run(&[arguments.as_slice(), &["--variable", "LOJA"]].concat()).failed(2);
    assert!(again.contains("--force"), "{again}");
    place.run(&[arguments.as_slice(), &["--variable", "LOJA", "--force"]].concat()).ok();
    place.run_with(("LOJA", pontotel.password()), &["token", "nova"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_to_another_folder_is_refused() {
    let place = Place::new().await;
    for name in ["../nova", "a/b", "..", "/tmp/nova", ""] {
        let refused = place.pipe("s3gr3do", &["init", name, "--provider", "signed-api", "--secret-stdin"]).failed(2);
        assert!(refused.contains("is no name of a profile"), "{refused}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_typed_secret_is_kept_in_a_file_of_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    place.pipe("s3gr3do\n", &["init", "nova", "--provider", "signed-api", "--secret-stdin"]).ok();
    let file = place.folder.path().join("secrets/nova");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "s3gr3do");
    for file in [file, place.config()] {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

/// Such links lead to the place where people keep their settings under version control.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_profiles_file_that_is_a_link_stays_one() {
    let place = Place::new().await;
    let target = place.folder.path().join("mine.toml");
    std::fs::rename(place.config(), &target).unwrap();
    std::os::unix::fs::symlink(&target, place.config()).unwrap();
    place.run(&["init", "nova", "--provider", "signed-api", "--variable", "NOVA"]).ok();
    assert!(place.config().is_symlink() && std::fs::read_to_string(target).unwrap().contains("[profile.nova]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_or_a_command_that_cannot_be_meant_is_refused() {
    let place = Place::new().await;
    let init = ["init", "nova", "--provider", "signed-api"];
    let lines = place.pipe("maria\ns3gr3do\n", &[init.as_slice(), &["--secret-stdin"]].concat()).failed(2);
    assert!(lines.contains("several lines") && !lines.contains("s3gr3do"), "{lines}");
    let quoted = place.run(&[init.as_slice(), &["--command", "pass show loja"]].concat()).failed(2);
    assert!(quoted.contains("without quotes"), "{quoted}");
    assert!(!std::fs::read_to_string(place.config()).unwrap().contains("nova"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_a_sandbox_becomes_a_profile_for_each_provider() {
    let place = Place::new().await;
    let file = place.folder.path().join("sandbox.json");
    let early = place.command(&["init", "--sandbox", file.to_str().unwrap()]).spawn().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    std::fs::write(&file, format!("{}\n", place.sandbox.credentials_json())).unwrap();
    crate::place::Outcome::of_child(early).ok();
    place.run(&["init", "--sandbox", file.to_str().unwrap()]).ok();
    for provider in ["api4com", "econpay", "pontotel", "signed-api", "sopague"] {
        place.run(&["login", &format!("sandbox-{provider}")]).ok();
    }
    place.run(&["token", "loja"]).ok();
}
