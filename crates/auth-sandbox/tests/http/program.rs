//! Tests of the program.
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-sandbox"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Its members have the names that builders and environment variables use.
#[tokio::test]
async fn json_prints_one_line_when_ready_and_serves() {
    let (_running, all) = started(&["--lifetime", "77"]);
    for (name, end, login) in [
        ("pontotel", "/pontotel/api/v4", "username"),
        ("econpay", "/econpay", "email"),
        ("sopague", "/sopague", "username"),
        ("api4com", "/api4com/api/v1", "email"),
        ("signed_api", "/xigsapi", "email"),
    ] {
        let entry = &all[name];
        assert!(entry["base_url"].as_str().unwrap().ends_with(end), "{entry}");
        assert!(entry[login].is_string() && entry["password"].is_string(), "{entry}");
        assert_eq!(
            entry.as_object().unwrap().len() - 3,
            usize::from(["sopague", "signed_api"].contains(&name)),
            "{entry}"
        );
    }
    assert!(all["signed_api"]["api_key"].is_string());

    let pontotel = &all["pontotel"];
    let body = json!({ "username": pontotel["username"], "password": pontotel["password"] });
    let url = format!("{}/login/", pontotel["base_url"].as_str().unwrap());
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["expires_in"], 77);
}

#[test]
fn without_json_it_prints_readable_text() {
    let mut running = Running(program(&[]).spawn().unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let text: Vec<String> = lines.take_while(|line| !line.starts_with("Serving")).collect();
    let text = text.join("\n");
    for part in [
        "control\n  page      http://127.0.0.1:",
        "/\n  base URL  http://127.0.0.1:",
        "pontotel\n  base URL  http://127.0.0.1:",
        "sopague-gateway\n",
        "API key   key-",
        "\n  username  integ",
        "\n  email     joao",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_wrong_argument_is_named_and_the_exit_code_is_2() {
    let output = program(&["--port", "many"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("error: invalid value 'many' for '--port <N>': "), "{text}");
}

#[test]
fn it_exits_without_an_error_when_the_pipe_is_closed() {
    for arguments in [&["--help"][..], &["--json"], &[]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program(arguments).stdout(writer).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

/// The program listens on every address, and links use the host that the client asked for.
#[tokio::test]
async fn it_listens_on_the_host_and_links_name_the_requested_host() {
    let (_running, all) = started(&["--host", "0.0.0.0"]);
    let pontotel = &all["pontotel"];
    let base_url = pontotel["base_url"].as_str().unwrap();
    assert!(base_url.starts_with("http://127.0.0.1:"), "{base_url}");
    let base_url = base_url.replace("127.0.0.1", "localhost");
    let body = json!({ "username": pontotel["username"], "password": pontotel["password"] });
    let client = reqwest::Client::new();
    let answer: Value =
        client.post(format!("{base_url}/login/")).json(&body).send().await.unwrap().json().await.unwrap();
    let users = client.get(format!("{base_url}/usuarios/")).bearer_auth(answer["access_token"].as_str().unwrap());
    let users: Value = users.send().await.unwrap().json().await.unwrap();
    assert_eq!(users["next"], format!("{base_url}/usuarios/?page=2"));
}

/// Starts the program with `--json` and returns the line that it prints.
fn started(arguments: &[&str]) -> (Running, Value) {
    let mut running = Running(program(&[&["--json"], arguments].concat()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (running, serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn the_flags_set_the_limits_the_hosts_and_the_control_token() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/control-token");
    std::fs::write(file, " segredo\n").unwrap();
    let arguments = ["--limits", "--allow-host", "sandbox", "--control-token-file", file];
    let (_running, all) = started(&arguments);
    let limits = format!("{}/providers/pontotel/limits", all["control_url"].as_str().unwrap());
    let ask = || reqwest::Client::new().get(&limits).header("host", "sandbox");
    assert_eq!(ask().send().await.unwrap().status(), 401);
    let limits: Value = ask().bearer_auth("segredo").send().await.unwrap().json().await.unwrap();
    assert_eq!((&limits["per_hour"], &limits["per_minute"]), (&json!(500), &json!(50)));
}

#[tokio::test]
async fn no_control_switches_the_control_path_off() {
    let (_running, all) = started(&["--no-control"]);
    assert_eq!(all.get("control_url"), None);
    let base_url = all["econpay"]["base_url"].as_str().unwrap();
    let clock = base_url.replace("/econpay", "/_sandbox/v1/clock");
    assert_eq!(reqwest::get(clock).await.unwrap().status(), 404);
}

#[test]
fn a_control_token_that_cannot_be_read_stops_the_start_and_names_the_file() {
    let empty = concat!(env!("CARGO_TARGET_TMPDIR"), "/empty-token");
    std::fs::write(empty, "\n").unwrap();
    for (file, wrong) in [(empty, "the file is empty: write a token"), ("/nowhere/token", "No such file")] {
        let output = program(&["--control-token-file", file]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(&format!("--control-token-file: {file}: {wrong}")), "{text}");
    }
}

#[test]
fn help_lists_the_flags() {
    let output = program(&["--help"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    for flag in [
        "--json",
        "--host",
        "--allow-host",
        "--port",
        "--lifetime",
        "--limits",
        "--tls",
        "--unkind",
        "--keep-alive-ms",
        "--connections",
        "--requests-per-connection",
        "--whole-seconds",
        "--login-ms",
        "--charset",
        "--headers",
        "--control-token-file",
        "--no-control",
        "--help",
        "--version",
    ] {
        assert!(text.contains(flag), "{flag}");
    }
}
