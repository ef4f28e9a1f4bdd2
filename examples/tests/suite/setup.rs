//! Construction of every provider's client, by its builder and from the environment.

use std::process::Command;

use api4com_auth::auth_core::{Client, ErrorKind, Login, Result, env};
use auth_sandbox::Sandbox;

/// A line ending that a file or a shell added is not sent.
#[tokio::test]
async fn a_builder_removes_a_byte_order_mark_and_line_endings_from_secrets() {
    async fn logs_in<L: Login>(client: &Client<L>) {
        client.credential().await.unwrap();
    }
    let sandbox = Sandbox::start().await.unwrap();
    let ends = |value: &str| format!("\u{feff}{value}\r\n\n");
    let (api4com, econpay, pontotel) = (sandbox.api4com(), sandbox.econpay(), sandbox.pontotel());
    let (signed, sopague) = (sandbox.signed_api(), sandbox.sopague());
    let client = api4com_auth::Client::builder().email(ends(api4com.username())).password(ends(api4com.password()));
    logs_in(&client.base_url(api4com.base_url()).build().unwrap()).await;
    let client = econpay_auth::Client::builder().email(ends(econpay.username())).password(ends(econpay.password()));
    logs_in(&client.base_url(econpay.base_url()).build().unwrap()).await;
    let client =
        pontotel_auth::Client::builder().username(ends(pontotel.username())).password(ends(pontotel.password()));
    logs_in(&client.base_url(pontotel.base_url()).build().unwrap()).await;
    let client = signed_api_auth::Client::builder().api_key(ends(signed.api_key()));
    logs_in(&client.base_url(signed.base_url()).build().unwrap()).await;
    let client = sopague_auth::Client::builder().username(ends(sopague.username())).password(ends(sopague.password()));
    logs_in(&client.base_url(sopague.base_url()).build().unwrap()).await;
}

/// Nothing is sent, so the account is not locked.
#[test]
fn a_blank_user_name_or_secret_is_an_error_that_names_its_remedies() {
    fn is_refused<T: std::fmt::Debug>(built: Result<T>, call: &str, variable: &str) {
        let error = built.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(&format!("call `{call}`, or set {variable}")), "{error}");
    }
    for blank in ["", " ", "\n", "\u{feff}\r\n", "\t "] {
        let api4com = || api4com_auth::Client::builder().email("maria").password("segredo");
        is_refused(api4com().email(blank).build(), "email", "API4COM_EMAIL");
        is_refused(api4com().password(blank).build(), "password", "API4COM_PASSWORD");
        let econpay = || econpay_auth::Client::builder().email("maria").password("segredo");
        is_refused(econpay().email(blank).build(), "email", "ECONPAY_EMAIL");
        is_refused(econpay().password(blank).build(), "password", "ECONPAY_PASSWORD");
        let pontotel = || pontotel_auth::Client::builder().username("maria").password("segredo");
        is_refused(pontotel().username(blank).build(), "username", "PONTOTEL_USERNAME");
        is_refused(pontotel().password(blank).build(), "password", "PONTOTEL_PASSWORD");
        is_refused(pontotel().password(blank).account(), "password", "PONTOTEL_PASSWORD");
        let signed = signed_api_auth::Client::builder().base_url("http://localhost:1").api_key(blank);
        is_refused(signed.build(), "api_key", "SIGNED_API_KEY");
        let sopague = || sopague_auth::Client::builder().username("maria").password("segredo");
        is_refused(sopague().username(blank).build(), "username", "SOPAGUE_USERNAME");
        is_refused(sopague().password(blank).build(), "password", "SOPAGUE_PASSWORD");
    }
}

const FROM_ENV: &str = "AUTH_EXAMPLES_FROM_ENV";

/// Runs the test of this name in another process with this environment, and returns its output.
fn run(this: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", this, "--nocapture"]).env_clear().env(FROM_ENV, "").envs(variables.iter().copied());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// In the environment of a real process.
#[test]
fn the_environment_may_name_files_and_its_faults_are_one_error() {
    if env::environment(FROM_ENV).is_some() {
        let client = pontotel_auth::Client::from_env();
        println!("{}", client.map_or_else(|error| error.to_string(), |client| format!("{}", client.base_url())));
        return;
    }
    let this = "setup::the_environment_may_name_files_and_its_faults_are_one_error";
    let file = std::env::temp_dir().join(format!("auth-examples-setup-{}", std::process::id()));
    std::fs::write(&file, "\u{feff}s3gredo\r\n").unwrap();
    let file = file.to_str().unwrap();
    let username = ("PONTOTEL_USERNAME", "maria");
    let sandbox = run(
        this,
        &[
            username,
            ("PONTOTEL_PASSWORD", ""),
            ("PONTOTEL_PASSWORD_FILE", file),
            ("PONTOTEL_ENVIRONMENT", "sandbox"),
            ("PONTOTEL_FOO", "mine"),
        ],
    );
    assert!(sandbox.contains("https://sandbox-apis.pontotel.com.br/"), "{sandbox}");
    let none = run(this, &[]);
    assert!(none.contains("\nset either PONTOTEL_TOKEN, or PONTOTEL_USERNAME and PONTOTEL_PASSWORD\n"), "{none}");
    let wrong = run(this, &[username, ("PONTOTEL_PASWORD", "s3gredo"), ("PONTOTEL_ENV", "prod")]);
    for part in ["set PONTOTEL_PASSWORD;", "did you mean PONTOTEL_PASSWORD?", "did you mean PONTOTEL_ENVIRONMENT?"] {
        assert!(wrong.contains(part), "{wrong}");
    }
    assert!(!wrong.contains("s3gredo"));
    let whole = [username, ("PONTOTEL_PASSWORD_FILE", file), ("PONTOTEL_ENV", "sandbox")];
    let misspelt = run(this, &whole);
    assert!(misspelt.contains("\nPONTOTEL_ENV is not known; did you mean PONTOTEL_ENVIRONMENT?\n"), "{misspelt}");
    std::fs::remove_file(file).unwrap();
}

/// `export` and `docker run -e` pass on any bytes.
#[test]
#[cfg(unix)]
fn a_variable_that_is_not_utf_8_is_not_reported_as_missing() {
    use std::os::unix::ffi::OsStrExt;

    if env::environment(FROM_ENV).is_some() {
        println!("{}", pontotel_auth::Client::from_env().unwrap_err());
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "setup::a_variable_that_is_not_utf_8_is_not_reported_as_missing", "--nocapture"])
        .env_clear();
    command.env(FROM_ENV, "").env("PONTOTEL_USERNAME", "maria");
    command.env("PONTOTEL_PASSWORD", std::ffi::OsStr::from_bytes(b"s3gred\xe3"));
    let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(printed.contains("\nPONTOTEL_PASSWORD is not UTF-8 text\n"), "{printed}");
}
