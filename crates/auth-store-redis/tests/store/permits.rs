//! The permits of a quota, compared with the ledger that defines them.

use std::time::Duration;

use auth_core::store::{Ended, Ledger, Observed, Spent, Store, Take, Window};
use auth_store_redis::RedisStore;

use crate::names;
use crate::server::Server;

/// The server's time when it ran the script last, which is in the entry of the process that asked last.
const TIME: &str = "local entry = cmsgpack.unpack(redis.call('GET', KEYS[1])); return entry[7][#entry[7]]";

#[tokio::test]
async fn the_script_grants_and_counts_exactly_as_the_ledger_does() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = names::fresh().await;
    let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    let (mut ledger, mut lease) = (Ledger::default(), None);
    let mut granted = [0_u32; 3];
    for turn in 0..1_500_u32 {
        let windows = [(200, 190, 400), (3_000, 2_900, 4_000)];
        let windows = windows.map(|(requests, cap, per)| {
            let mut window = Window::new(requests, Duration::from_millis(per));
            window.cap = cap;
            window
        });
        let mut take = Take::new(windows.to_vec());
        let millis = |most| Duration::from_millis(fastrand::u64(0..most));
        (take.process, take.want, take.least) = (fastrand::u32(0..300), fastrand::u32(0..6), fastrand::u32(0..4));
        take.hold = millis(40);
        if fastrand::bool() {
            (take.wait, take.line) = (millis(300), millis(9_000));
        }
        take.ended = lease.take().filter(|_| fastrand::u8(0..4) == 0);
        if fastrand::u8(0..50) == 0 {
            take.pause = millis(20);
            take.spent = (0..3).map(|_| Spent { count: fastrand::u32(0..5), left: millis(5_000) }).collect();
        }
        if turn == 1_400 {
            // As if the record had been lost: nothing more is granted.
            take.knows = Duration::from_secs(30);
        }
        if fastrand::u8(0..50) == 0 {
            let used = fastrand::u32(0..3_200);
            take.observed = Some(Observed { per: Duration::from_secs(4), used, reset: millis(4_000) });
        }
        let taken = store.take_permits(&name, &take).await.unwrap().unwrap();
        let now = redis::Script::new(TIME).key(name.as_str()).invoke::<u64>(&mut connection).unwrap();
        assert_eq!(taken, ledger.take(now, &take), "{turn}: {take:?}");
        granted[usize::from(taken.count > 0) + usize::from(!taken.starts_in.is_zero())] += 1;
        if taken.count > 0 {
            let used = fastrand::u32(0..=taken.count);
            lease = Some(Ended { lease: taken.lease, unused: taken.count - used, used, early: millis(5) });
        }
        tokio::time::sleep(millis(4)).await;
    }
    // How often is up to the random windows.
    assert!(granted.iter().all(|count| *count > 0), "refused, at once and later: {granted:?}");
}
