//! The program `auth-sandbox`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    auth_sandbox::run("auth-sandbox", std::env::args().skip(1)).await
}
