use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::thread::ScopedJoinHandle;

use super::super::entry::Entry;
use super::*;
use crate::clock;
use crate::store::{Acquire, CacheKey, Cooldown};

const HOUR: Duration = Duration::from_secs(3600);
const A_DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(604_800);
const MINUTE: Duration = Duration::from_secs(60);

static NEXT: AtomicU32 = AtomicU32::new(0);

struct Place(Folder);

impl Place {
    fn new() -> Self {
        let name = format!("auth-core-sweep-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        Self(Folder::new(&std::env::temp_dir().join(name), false).unwrap())
    }

    fn change<R>(&self, number: u8, change: impl FnOnce(&mut Entry) -> R) -> R {
        self.0.change(&name(number), change).unwrap()
    }

    /// Under it nothing holds, and something did.
    fn use_name(&self, number: u8) {
        let lease = self.change(number, |entry| entry.acquire(&Acquire::by([1; 16]))).lease.unwrap();
        self.change(number, |entry| entry.release(&lease, None));
    }

    fn file(&self, number: u8, ending: &str) -> PathBuf {
        self.0.path.join(format!("{}.{ending}", name(number).as_str().replace(':', "-")))
    }

    fn sweep(&self, now: SystemTime) -> usize {
        sweep(&self.0.open().unwrap(), now)
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.0.path).unwrap().count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0.path).unwrap();
    }
}

fn name(number: u8) -> CacheKey {
    CacheKey::new("sweep-test", &[number; 32])
}

fn now() -> SystemTime {
    clock::wall_time().into()
}

#[test]
fn a_name_stays_until_all_that_held_under_it_was_over_for_a_week() {
    type Keeps = fn(&mut Entry);
    let keeps: [(Keeps, Duration); 4] = [
        (
            |entry| {
                let lease = entry.acquire(&Acquire::by([1; 16])).lease.unwrap();
                assert!(entry.publish(&lease, b"sealed".to_vec(), HOUR));
            },
            HOUR,
        ),
        (
            |entry| {
                let lease = entry.acquire(&Acquire::by([1; 16])).lease.unwrap();
                entry.release(&lease, Some(Cooldown { sealed: b"refused".to_vec(), left: HOUR }));
            },
            HOUR,
        ),
        (
            |entry| {
                let mut claim = Acquire::by([1; 16]);
                claim.span = HOUR;
                assert!(entry.acquire(&claim).lease.is_some());
            },
            HOUR,
        ),
        (
            |entry| {
                let lease = entry.acquire(&Acquire::by([1; 16])).lease.unwrap();
                entry.release(&lease, None);
            },
            Duration::ZERO,
        ),
    ];
    for (number, (keeps, holds)) in (1..).zip(keeps) {
        let place = Place::new();
        place.change(number, keeps);
        let after = now() + holds + WEEK;
        assert_eq!(place.sweep(after - MINUTE), 0, "{number}");
        assert_eq!(place.files(), 2);
        assert_eq!(place.sweep(after + MINUTE), 1, "{number}");
        assert_eq!(place.files(), 0);
    }
}

#[test]
fn what_a_killed_process_left_goes_too() {
    let place = Place::new();
    place.use_name(1);
    fs::write(place.file(1, "new"), "half an en").unwrap();
    // A lock alone, and an entry that makes no sense.
    place.change(2, |_| ());
    assert!(!place.file(2, "json").exists());
    place.use_name(3);
    fs::write(place.file(3, "json"), "garbage").unwrap();
    // Others can read it, and so it is not used.
    place.use_name(4);
    fs::set_permissions(place.file(4, "json"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(place.sweep(now() + WEEK - MINUTE), 0);
    assert_eq!(place.sweep(now() + WEEK + MINUTE), 4);
    assert_eq!(place.files(), 0);
}

#[test]
fn what_is_used_again_is_new() {
    let place = Place::new();
    place.use_name(1);
    let old = fs::File::options().write(true).open(place.file(1, "lock")).unwrap();
    old.set_modified(now() - WEEK * 2).unwrap();
    assert_eq!(place.sweep(now()), 0, "a lock keeps the date at which it was made");
    let mut entry = fs::File::options().write(true).open(place.file(1, "json")).unwrap();
    entry.set_modified(now() - WEEK * 2).unwrap();
    place.use_name(1);
    assert_eq!(place.sweep(now()), 0);
    entry = fs::File::options().write(true).open(place.file(1, "json")).unwrap();
    entry.set_modified(now() - WEEK * 2).unwrap();
    assert_eq!(place.sweep(now()), 1);
}

#[test]
fn nothing_of_others_is_removed() {
    let place = Place::new();
    let digits = "0123456789abcdef".repeat(4);
    let others = [
        "notes.txt".to_owned(),
        "notes.lock".to_owned(),
        format!("auth-v1-{digits}.lock"),
        format!("auth-v1--{digits}.lock"),
        format!("auth-v2-pontotel-{digits}.lock"),
        format!("auth-v1-pontotel-{}.lock", &digits[1..]),
        format!("auth-v1-pontotel-{digits}0.lock"),
        format!("auth-v1-pontotel-{}g.lock", &digits[1..]),
        format!("auth-v1-pontotel-{digits}.lock.old"),
        format!("auth-v1-pontotel-{digits}.json"),
        format!("auth-v1-pontotel-{digits}"),
    ];
    for other in &others {
        fs::write(place.0.path.join(other), "").unwrap();
    }
    // Ours by its name, but no file.
    place.use_name(2);
    fs::rename(place.file(2, "json"), place.0.path.join("elsewhere")).unwrap();
    symlink(place.0.path.join("elsewhere"), place.file(2, "json")).unwrap();
    place.use_name(3);
    fs::remove_file(place.file(3, "json")).unwrap();
    fs::create_dir(place.file(3, "json")).unwrap();
    let before = place.files();
    assert_eq!(place.sweep(now() + WEEK * 10), 0);
    assert_eq!(place.files(), before);
}

#[test]
fn a_name_of_which_something_cannot_be_removed_keeps_its_lock() {
    let place = Place::new();
    place.use_name(1);
    fs::create_dir(place.file(1, "new")).unwrap();
    assert_eq!(place.sweep(now() + WEEK * 2), 0);
    assert!(place.file(1, "lock").exists());
}

#[test]
fn who_is_at_work_is_not_disturbed() {
    let place = Place::new();
    place.use_name(1);
    place.change(1, |_| assert_eq!(place.sweep(now() + WEEK * 2), 0));
    assert_eq!(place.sweep(now() + WEEK * 2), 1);
}

#[test]
fn a_hundred_names_are_removed_at_once_and_the_rest_the_next_time() {
    let place = Place::new();
    for number in 0..130 {
        place.change(number, |_| ());
    }
    assert_eq!(place.sweep(now() + WEEK * 2), MOST_REMOVED);
    assert_eq!(place.files(), 30);
    assert_eq!(place.sweep(now() + WEEK * 2), 30);
}

#[test]
fn it_is_done_once_a_day() {
    let place = Place::new();
    let day = |days: u32| now() + A_DAY * days + MINUTE;
    place.0.sweep_if_due(now());
    assert_eq!(fs::metadata(place.0.path.join(STAMP)).unwrap().mode() & 0o777, 0o600);
    place.use_name(1);
    let stamp = fs::File::options().write(true).open(place.0.path.join(STAMP)).unwrap();
    stamp.set_modified(day(8)).unwrap();
    place.0.sweep_if_due(day(9) - MINUTE * 2);
    assert!(place.file(1, "json").exists());
    place.0.sweep_if_due(day(9));
    assert!(!place.file(1, "json").exists());
    let last = fs::metadata(place.0.path.join(STAMP)).unwrap().modified().unwrap();
    assert!(last <= now() && last > now() - MINUTE, "it was written anew");
}

#[test]
fn what_stands_in_the_stamps_place_is_left_alone() {
    let place = Place::new();
    place.use_name(1);
    fs::write(place.0.path.join("elsewhere"), "theirs").unwrap();
    symlink(place.0.path.join("elsewhere"), place.0.path.join(STAMP)).unwrap();
    place.0.sweep_if_due(now() + WEEK * 10);
    assert_eq!(fs::read(place.0.path.join("elsewhere")).unwrap(), b"theirs");
    assert!(place.file(1, "json").exists());
}

/// Flock keeps two openings of a file apart, whether they are two processes' or one's.
#[test]
fn while_names_are_removed_the_lock_is_one_at_a_time() {
    let place = Place::new();
    let (inside, removed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let end = now() + MINUTE / 2;
    let should_retry = || removed.load(SeqCst) < 150 && now() < end;
    let pause = || std::thread::sleep(Duration::from_micros(50));
    let sweeps = || {
        while should_retry() {
            removed.fetch_add(place.sweep(now() + WEEK * 2), SeqCst);
            pause();
        }
    };
    let change = || {
        while should_retry() {
            // Nothing is written: the name goes on looking unused. On a busy machine a lock may be waited for in vain.
            let _ = place.0.change(&name(1), |_| {
                assert!(!inside.swap(true, SeqCst), "two have the lock");
                pause();
                assert!(inside.swap(false, SeqCst), "two had the lock");
            });
            pause();
        }
    };
    std::thread::scope(|scope| {
        let sweepers = [scope.spawn(sweeps), scope.spawn(sweeps)];
        let users = [change; 6].map(|change| scope.spawn(change));
        assert!(users.map(ScopedJoinHandle::join).iter().all(Result::is_ok));
        assert!(sweepers.map(ScopedJoinHandle::join).iter().all(Result::is_ok));
    });
    assert!(removed.load(SeqCst) >= 150, "removed under them");
}
