//! Names that nobody has used for long are removed while processes come for them.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::herd::{Herd, lines};

const MONTH: u64 = 30 * 24 * 3600;
/// The right password, and four of the wrong ones.
const BACK: usize = 5;

pub(crate) fn are_removed(herd: &Herd<'_>) {
    let password = herd.provider.password().to_owned();
    let once = |password: &str| herd.start("linger", password);
    let notes = herd.folder.join("auth-v1-notes.lock");
    let mut rounds_that_removed = 0;
    for _ in 0..4 {
        // Eight names of wrong passwords, and that of the right one.
        let wrong: Vec<String> = (0..8).map(|number| format!("wrong-{number}")).collect();
        let first = wrong.iter().chain([&password]).map(|password| once(password));
        first.collect::<Vec<_>>().into_iter().for_each(|child| drop(lines(child)));
        fs::write(&notes, "not ours").unwrap();
        grow_old(herd);
        let before = herd.provider.logins();
        let right: Vec<_> = (0..30).map(|_| once(&password)).collect();
        let refused: Vec<_> = wrong[..4].iter().flat_map(|wrong| [once(wrong), once(wrong)]).collect();
        let tokens: Vec<String> = right.into_iter().flat_map(lines).collect();
        let refusals: Vec<String> = refused.into_iter().flat_map(lines).collect();
        assert!(tokens.len() == 30 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
        assert_eq!(refusals, ["LoginRefused"; 8]);
        assert_eq!(herd.provider.logins() - before, BACK as u64, "one for each name that came back");
        assert_eq!(fs::read(&notes).unwrap(), b"not ours");
        let left = herd.entries().len();
        assert!(left >= BACK, "what came back is there: {left}");
        rounds_that_removed += u32::from(left == BACK);
    }
    // On a busy machine the one who removes may end before it is done.
    assert!(rounds_that_removed > 0, "and the others are gone");
}

/// As if all had been written long ago.
fn grow_old(herd: &Herd<'_>) {
    for path in herd.files("json") {
        let mut entry: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for part in ["record", "gate", "lease"] {
            for time in ["since", "until"] {
                if let Some(then) = entry[part][time].as_u64() {
                    entry[part][time] = (then - MONTH * 1000).into();
                }
            }
        }
        fs::write(&path, entry.to_string()).unwrap();
    }
    for file in fs::read_dir(&herd.folder).unwrap() {
        let file = fs::File::options().write(true).open(file.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(MONTH)).unwrap();
    }
}
