//! A password that is changed at the provider while many processes send requests. Their file follows later.

use std::path::Path;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::herd::{Herd, Member, Served};

const HOUR: Duration = Duration::from_secs(3600);
/// The lifetime of a token that lives on, while the processes start.
const FIRST: Duration = Duration::from_secs(4);
/// The time from the file's change to the end of a round.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// Ten processes, or fifty and longer delays with the argument `--full`.
pub(crate) fn few_refusals(runtime: &Runtime) {
    let is_full = std::env::args().any(|argument| argument == "--full");
    let (processes, delays) = if is_full { (50, [0, 5, 30]) } else { (10, [0, 2, 3]) };
    println!("| token | file follows after | requests | failed | logins | refused | login after |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let delays = delays.map(Duration::from_secs);
    let rounds = [false, true].into_iter().flat_map(|is_revoked| delays.map(|delay| (is_revoked, delay)));
    let round = |(is_revoked, delay)| round(runtime, processes, is_revoked, delay);
    if is_full {
        rounds.for_each(round);
    } else {
        // All at once, each with its own Redis and provider.
        scope(|scope| rounds.for_each(|of| drop(scope.spawn(move || round(of)))));
    }
}

fn round(runtime: &Runtime, processes: u64, is_revoked: bool, delay: Duration) {
    let herd = Herd::new(runtime);
    let provider = herd.provider();
    provider.set_lifetime(if is_revoked { HOUR } else { FIRST });
    let folder = std::env::temp_dir().join(format!("fleet-{}-{is_revoked}-{delay:?}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("password");
    write(&file, provider.password());
    let path = file.to_str().unwrap();
    let mut members: Vec<Member> = (0..processes).map(|_| herd.start_with("rotates", path, &[])).collect();
    assert!(members.iter_mut().all(|member| member.line() == "ready"));
    if is_revoked {
        sleep(Duration::from_secs(1));
    } else {
        // The renewal after the next is due a second before half of this lifetime, by which a store's time-out shortens
        // what it keeps, or a little later. The token then outlives the delay of the file.
        let before = delay * 5 / 4 + Duration::from_millis(2_600);
        provider.set_lifetime((before + Duration::from_millis(1_900)) * 2);
        let logins = provider.logins();
        while provider.logins() == logins {
            sleep(Duration::from_millis(10));
        }
        sleep(before);
    }

    let account = provider.accounts().remove(0);
    let refused = || provider.logins() - account.logins();
    let logins = account.logins();
    account.set_secret("nova-senha");
    if !delay.is_zero() {
        if is_revoked {
            account.revoke();
        }
        sleep(delay);
    }
    write(&file, "nova-senha");
    if delay.is_zero() && is_revoked {
        account.revoke();
    }
    let (changed, refused_before) = (Instant::now(), refused());
    while account.logins() == logins && changed.elapsed() < AFTERWARDS {
        sleep(Duration::from_millis(1));
    }
    let new_login_after = changed.elapsed();
    sleep(AFTERWARDS.saturating_sub(new_login_after));
    let (new_logins, refused) = (account.logins() - logins, refused());
    let refused_after = refused - refused_before;
    let served: Vec<Served> = members.into_iter().map(Served::of).collect();
    std::fs::remove_dir_all(folder).unwrap();

    let (requests, failed) =
        served.iter().fold((0, 0), |(requests, failed), served| (requests + served.requests, failed + served.failed));
    println!(
        "| {} | {} s | {requests} | {failed} | {new_logins} | {refused} | {:.1} s |",
        if is_revoked { "revoked" } else { "lives on" },
        delay.as_secs(),
        new_login_after.as_secs_f64()
    );
    assert_eq!(refused_after, 0, "the old password is not sent after the file has changed");
    assert_eq!(new_logins, 1, "one process logs in with the new password");
    // As in S7, one process may not know yet of the other's refusal.
    let refusals = if delay.is_zero() { 0..=0 } else { 1..=2 };
    assert!(refusals.contains(&refused), "{refused} refusals");
    assert_eq!(
        failed > 0,
        is_revoked && !delay.is_zero(),
        "{:?}",
        served.iter().flat_map(|served| &served.failures).next()
    );
}

/// Replaces a file in one step, as programs that rotate secrets do.
fn write(file: &Path, password: &str) {
    let next = file.with_extension("next");
    std::fs::write(&next, password).unwrap();
    std::fs::rename(next, file).unwrap();
}
