//! The program `auth-sandbox`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    auth_sandbox::run(std::env::args().skip(1)).await
}
