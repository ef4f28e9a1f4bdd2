//! Many processes that start at once.

use std::thread::sleep;
use std::time::{Duration, Instant};

use auth_sandbox::{Fault, On};
use tokio::runtime::Runtime;

use crate::herd::{Herd, Member};

pub(crate) fn one_login_and_one_more(runtime: &Runtime) {
    let herd = Herd::new(runtime);
    let mut members: Vec<Member> = (0..50).map(|_| herd.start("healed")).collect();
    let tokens: Vec<String> = members.iter_mut().map(Member::line).collect();
    assert!(tokens.iter().all(|token| token.starts_with("token ") && *token == tokens[0]), "{tokens:?}");
    assert_eq!(herd.provider().logins(), 1);
    herd.provider().revoke_all();
    members.iter_mut().for_each(Member::go_on);
    let statuses: Vec<String> = members.into_iter().flat_map(Member::lines).collect();
    assert_eq!(statuses, vec!["statuses 200 OK"; 50]);
    assert_eq!(herd.provider().logins(), 2, "one for all 500 requests that were answered 401");
    println!("    10,000 tasks: 1 login; 500 requests answered 401: 1 login");
}

pub(crate) fn few_refusals(runtime: &Runtime) {
    let herd = Herd::new(runtime);
    let members: Vec<Member> = (0..50).map(|_| herd.start_with("once", "wrong", &[])).collect();
    let answers: Vec<String> = members.into_iter().flat_map(Member::lines).collect();
    assert_eq!(answers, vec!["LoginRefused"; 50]);
    let logins = herd.provider().logins();
    assert!((1..=2).contains(&logins), "{logins}");
    println!("    10,000 tasks with a wrong password: {logins} attempts");
}

pub(crate) fn holder_killed(runtime: &Runtime) {
    let herd = Herd::new(runtime);
    herd.provider().fault(On::Login, Fault::Delay { delay: Duration::from_secs(60), times: 1 });
    let holder = herd.start("once");
    while herd.provider().logins() == 0 {
        sleep(Duration::from_millis(5));
    }
    let others: Vec<Member> = (0..10).map(|_| herd.start("once")).collect();
    sleep(Duration::from_millis(500));
    holder.kill();
    let killed = Instant::now();
    let tokens: Vec<String> = others.into_iter().flat_map(Member::lines).collect();
    let waited = killed.elapsed();
    assert_eq!(tokens.len(), 10);
    assert!(tokens.iter().all(|token| token.starts_with("token ") && *token == tokens[0]), "{tokens:?}");
    assert_eq!(herd.provider().logins(), 2, "the login of the killed process, and one more");
    // A process that waits for a lease that is never released waits for 12 s or more.
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    println!("    the others were served {:.1} s after it was killed", waited.as_secs_f64());
}
