//! Machines whose clocks are a day apart: processes under libfaketime.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::herd::{Herd, Served};
use crate::server::is_there;

const LIFETIME: Duration = Duration::from_secs(4);
const SERVED_FOR: Duration = Duration::from_secs(13);
/// The highest number of logins: such a short lifetime is renewed after its half at the earliest.
const MAX_LOGINS: u64 = 8;

pub(crate) fn a_day_apart(runtime: &Runtime) {
    // Other systems need another way to shift a clock.
    if !cfg!(target_os = "linux") || !is_there("faketime") {
        return;
    }
    let herd = Herd::new(runtime);
    herd.provider().set_lifetime(LIFETIME);
    let library = library();
    let tomorrow = [("LD_PRELOAD", library.as_str()), ("FAKETIME", "+1d"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let members = [herd.start("serve"), herd.start_with("serve", herd.provider().password(), &tomorrow)];
    sleep(SERVED_FOR);
    let logins = herd.provider().logins();
    let [today, tomorrow] = members.map(Served::of);
    assert!(tomorrow.wall.abs_diff(today.wall + 24 * 3600) < 60, "the clocks are a day apart: {today:?} {tomorrow:?}");
    for served in [&today, &tomorrow] {
        assert_eq!(served.failed, 0, "{served:?}");
        assert_eq!(served.invalidated, 0, "no process sent an expired one: {served:?}");
        assert_eq!(served.store_failures, 0, "{served:?}");
        assert!(served.requests > 100, "{served:?}");
    }
    assert!(today.adopted + tomorrow.adopted >= 2, "they share: {today:?} {tomorrow:?}");
    assert!((2..=MAX_LOGINS).contains(&logins), "{logins} logins in {SERVED_FOR:?}, each for {LIFETIME:?}");
    println!("    {logins} logins for {SERVED_FOR:?} of two machines, where each lasts {LIFETIME:?}");
}

/// Returns the path of the library, which the wrapper prints.
fn library() -> String {
    let printed = Command::new("faketime").args(["-m", "-f", "+1d", "printenv", "LD_PRELOAD"]).output().unwrap();
    String::from_utf8(printed.stdout).unwrap().trim().to_owned()
}
