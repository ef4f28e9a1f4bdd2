//! A store with a fallback: the machine's own store while that of the fleet is gone, slow, or back.

use std::sync::Arc;
use std::time::Duration;

use auth_core::store::{FileStore, KeyRing, SharedStore, Store, Take, Taken, Window, conformance};
use auth_core::{Client, Options, Priority, Quota};
use futures_util::future::join_all;
use tokio::time::{Instant, advance, sleep};

use super::account::{Account, HOUR, KEY, Provider, lives};
use super::folder::Folder;
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);
const OUTAGES: [Fault; 3] = [Fault::Down, Fault::Full, Fault::Slow(HOUR)];

fn both(store: &Arc<Memory>, fallback: impl Store) -> SharedStore {
    SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap()).fallback(fallback)
}

/// A process of the machine that has this fallback.
fn process(provider: &Provider, store: &Arc<Memory>, machine: &Arc<Memory>) -> Client<Account> {
    provider.account().shared_store(&both(store, Arc::clone(machine)))
}

fn provider() -> Provider {
    Provider::new(async |number| lives(number, HOUR))
}

#[tokio::test(start_paused = true)]
async fn a_store_with_a_fallback_conforms_whether_it_works_or_not() {
    for fault in [Fault::None, Fault::Down, Fault::Slow(HOUR)] {
        let (store, machine) = (Memory::new(), Memory::new());
        store.break_with(fault);
        conformance::check(&both(&store, machine).store()).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_whose_fallback_are_files_conforms_whether_it_works_or_not() {
    for fault in [Fault::None, Fault::Down] {
        let (store, folder) = (Memory::new(), Folder::new());
        store.break_with(fault);
        let both = both(&store, FileStore::at(folder.path()).unwrap()).timeout(10 * SECOND);
        conformance::check(&both.store()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn s21_an_outage_of_the_store_costs_one_login_for_each_machine() {
    // A store with full memory grants no lease, unlike the one of these tests.
    for outage in [Fault::Down, Fault::Slow(HOUR)] {
        let (provider, store) = (Provider::slow(SECOND), Memory::new());
        let machines = [Memory::new(), Memory::new(), Memory::new()];
        let fleet: Vec<_> = machines
            .iter()
            .flat_map(|machine| (0..10).map(|_| process(&provider, &store, machine)).collect::<Vec<_>>())
            .collect();
        join_all(fleet.iter().map(Client::credential)).await;
        assert_eq!(provider.logins(), 1);
        store.break_with(outage);
        advance(HOUR).await;
        let sessions = join_all(fleet.iter().map(Client::credential)).await;
        assert!(sessions.iter().all(Result::is_ok));
        assert_eq!(provider.logins(), 1 + machines.len() as u64, "{outage:?}");
        store.break_with(Fault::None);
        advance(HOUR).await;
        join_all(fleet.iter().map(Client::credential)).await;
        assert_eq!(provider.logins(), 2 + machines.len() as u64, "{outage:?}: they share again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_sent_once_by_each_machine_during_an_outage() {
    let refuses = |_| async { Err(auth_core::Error::new(auth_core::ErrorKind::LoginRefused, "401")) };
    let (provider, store, machine) = (Provider::new(refuses), Memory::new(), Memory::new());
    store.break_with(Fault::Down);
    for _ in 0..10 {
        process(&provider, &store, &machine).credential().await.unwrap_err();
    }
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn s22_processes_that_start_in_an_outage_find_the_last_credential() {
    for outage in OUTAGES {
        let (provider, store) = (provider(), Memory::new());
        let machines = [Memory::new(), Memory::new()];
        // One logs in, and the other adopts.
        for machine in &machines {
            process(&provider, &store, machine).credential().await.unwrap();
        }
        store.break_with(outage);
        advance(HOUR / 2).await;
        for machine in &machines {
            assert_eq!(process(&provider, &store, machine).credential().await.unwrap().number, 1, "{outage:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s3_a_copy_expires_no_later_than_its_record() {
    let (provider, store, machine) = (provider(), Memory::new(), Memory::new());
    // A lifetime counts from the call, and the store gets it this much later.
    store.break_with(Fault::Slow(Duration::from_millis(200)));
    process(&provider, &store, &machine).credential().await.unwrap();
    let elsewhere = Memory::new();
    process(&provider, &store, &elsewhere).credential().await.unwrap();
    let ends = store.only().record.unwrap().2;
    for copy in [&machine, &elsewhere] {
        assert!(copy.only().record.unwrap().2 < ends - Duration::from_millis(100));
    }
}

#[tokio::test(start_paused = true)]
async fn s23_a_login_of_the_outage_replaces_the_older_record_of_the_store() {
    let (provider, store) = (provider(), Memory::new());
    let machines = [Memory::new(), Memory::new()];
    let client = process(&provider, &store, &machines[0]);
    client.credential().await.unwrap();
    store.break_with(Fault::Down);
    client.invalidate(&client.cached().unwrap());
    assert_eq!(client.credential().await.unwrap().number, 2);
    store.break_with(Fault::None);
    assert_eq!(process(&provider, &store, &machines[1]).credential().await.unwrap().number, 1, "nobody has told it");
    for machine in &machines {
        assert_eq!(process(&provider, &store, machine).credential().await.unwrap().number, 2);
    }
    let copies = machines.map(|machine| machine.only().record.unwrap().0);
    assert_eq!(copies, [store.only().record.unwrap().0; 2]);
}

#[tokio::test(start_paused = true)]
async fn s23_after_an_outage_a_process_that_starts_publishes_what_its_machine_has() {
    let (provider, store) = (provider(), Memory::new());
    let machines = [Memory::new(), Memory::new()];
    store.break_with(Fault::Down);
    process(&provider, &store, &machines[0]).credential().await.unwrap();
    store.break_with(Fault::None);
    for machine in &machines {
        assert_eq!(process(&provider, &store, machine).credential().await.unwrap().number, 1);
        assert!(store.only().lease.is_none());
    }
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn s24_a_copy_of_a_removed_record_is_not_published_again() {
    let (provider, store) = (provider(), Memory::new());
    let machines = [Memory::new(), Memory::new()];
    let clients = machines.each_ref().map(|machine| process(&provider, &store, machine));
    for client in &clients {
        client.credential().await.unwrap();
    }
    assert!(clients[0].forget_everywhere(&clients[0].cached().unwrap()).await);
    assert!(machines[0].only().record.is_none() && machines[1].only().record.is_some());
    for machine in machines.iter().rev() {
        assert_eq!(process(&provider, &store, machine).credential().await.unwrap().number, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn s23_a_credential_of_the_outage_is_served_during_a_cooldown_and_does_not_end_it() {
    let script = |number| async move {
        let refused = || auth_core::Error::new(auth_core::ErrorKind::LoginRefused, "401");
        if number == 1 { lives(number, HOUR) } else { Err(refused()) }
    };
    let (provider, store) = (Provider::new(script), Memory::new());
    let machines = [Memory::new(), Memory::new()];
    store.break_with(Fault::Down);
    process(&provider, &store, &machines[0]).credential().await.unwrap();
    store.break_with(Fault::None);
    process(&provider, &store, &machines[1]).credential().await.unwrap_err();
    assert_eq!(process(&provider, &store, &machines[0]).credential().await.unwrap().number, 1);
    assert!(store.only().cooldown.is_some());
    process(&provider, &store, &machines[1]).credential().await.unwrap_err();
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_waits_for_anothers_login_does_not_poll_the_fallback() {
    let (provider, store, machine) = (provider(), Memory::new(), Memory::new());
    store.break_with(Fault::HeldBy(7));
    process(&provider, &store, &machine).credential().await.unwrap();
    assert_eq!(machine.operations(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_of_the_fallback_is_released_when_the_store_is_back() {
    let (provider, store, machine) = (Provider::slow(7 * SECOND), Memory::new(), Memory::new());
    store.break_with(Fault::Down);
    let client = process(&provider, &store, &machine);
    let back = async {
        sleep(SECOND).await;
        assert!(machine.only().lease.is_some());
        store.break_with(Fault::None);
    };
    let (session, ()) = tokio::join!(client.credential(), back);
    assert_eq!(session.unwrap().number, 1);
    assert!(machine.only().lease.is_none());
    let published = [&machine, &store].map(|store| store.only().record.unwrap().0);
    assert_eq!(published[0], published[1]);
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_began_before_the_outage_is_published_on_its_machine() {
    let (provider, store, machine) = (Provider::slow(3 * SECOND), Memory::new(), Memory::new());
    let client = process(&provider, &store, &machine);
    let breaks = async {
        sleep(SECOND).await;
        store.break_with(Fault::Down);
    };
    let (session, ()) = tokio::join!(client.credential(), breaks);
    assert_eq!(session.unwrap().number, 1);
    assert_eq!(process(&provider, &store, &machine).credential().await.unwrap().number, 1);
}

#[tokio::test(start_paused = true)]
async fn f19_a_store_that_hangs_delays_one_operation_in_5_s_by_250_ms() {
    let (provider, store, machine) = (provider(), Memory::new(), Memory::new());
    store.break_with(Fault::Slow(HOUR));
    let sharing = both(&store, Arc::clone(&machine));
    let begun = Instant::now();
    for user in 0..10 {
        let account = Account { user: user.to_string(), ..provider.account() };
        account.shared_store(&sharing).credential().await.unwrap();
    }
    assert_eq!(begun.elapsed().as_millis(), 250);
    assert_eq!(store.operations(), 1);
    advance(5 * SECOND).await;
    provider.account().shared_store(&sharing).credential().await.unwrap();
    assert_eq!(store.operations(), 2, "5 s later it is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_the_fallback_bridges_is_counted_and_no_login_bypasses_the_store() {
    let (provider, store, machine) = (provider(), Memory::new(), Memory::new());
    store.break_with(Fault::Down);
    let client = process(&provider, &store, &machine);
    client.credential().await.unwrap();
    assert_eq!((client.stats().store_failures, client.stats().store_bypassed), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn s5_with_both_stores_broken_all_are_served_as_without_them() {
    for outage in OUTAGES {
        for broken in [true, false] {
            let (provider, store, machine) = (provider(), Memory::new(), Memory::new());
            machine.break_with(outage);
            if broken {
                store.break_with(outage);
            }
            let processes: Vec<_> = (1..=3).map(|_| process(&provider, &store, &machine)).collect();
            for client in &processes {
                client.credential().await.unwrap();
                client.invalidate(&client.cached().unwrap());
                client.credential().await.unwrap();
                assert!(client.stats().store_failures > 0, "{outage:?}: either fault is counted");
            }
            assert!(provider.logins() <= 6, "{outage:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_finds_a_fault_in_either_store() {
    let stores = [Memory::new(), Memory::new()];
    let sharing = both(&stores[0], Arc::clone(&stores[1]));
    sharing.check().await.unwrap();
    for store in &stores {
        store.break_with(Fault::Down);
        let error = sharing.check().await.unwrap_err();
        assert!(error.to_string().contains("connection refused"), "{error}");
        store.break_with(Fault::None);
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_holds_for_each_of_both_stores_wherever_it_is_set() {
    let timeout = Duration::from_millis(100);
    let sharing = || SharedStore::new(Memory::new(), KeyRing::new(KEY).unwrap());
    for sharing in
        [sharing().timeout(timeout).fallback(Memory::new()), sharing().fallback(Memory::new()).timeout(timeout)]
    {
        assert!(format!("{sharing:?}").contains("timeout: 200ms"), "{sharing:?}");
    }
}

#[tokio::test]
async fn q7_in_an_outage_of_the_store_its_fallback_grants_no_permits() {
    let (fleet, machine, outage) = (Folder::new(), Folder::new(), Memory::new());
    let files = |folder: &Folder| FileStore::at(folder.path()).unwrap();
    let provider = provider();
    process(&provider, &outage, &Memory::new()).credential().await.unwrap();
    let key = outage.entries.lock().unwrap().keys().next().unwrap().clone();
    let mut take = Take::new(vec![Window::new(50, HOUR)]);
    take.want = 10;
    let keys = KeyRing::new(KEY).unwrap();
    let whole = SharedStore::new(files(&fleet), keys).fallback(files(&machine)).timeout(10 * SECOND);
    let granted = whole.store().take_permits(&key, &take).await.unwrap();
    assert!(granted.is_some_and(|taken| taken.count > 0));
    outage.break_with(Fault::Down);
    let broken = both(&outage, files(&machine)).timeout(10 * SECOND);
    assert!(broken.store().take_permits(&key, &take).await.unwrap().is_none());
    assert!(files(&machine).take_part(&key, &take).await.unwrap().is_none(), "how many machines there are is unknown");
}

#[tokio::test]
async fn q11_files_grant_the_machines_part_of_a_quota_apart_from_a_quota_of_their_own() {
    let (folder, memory, provider) = (Folder::new(), Memory::new(), provider());
    process(&provider, &memory, &Memory::new()).credential().await.unwrap();
    let key = memory.entries.lock().unwrap().keys().next().unwrap().clone();
    let open = || FileStore::at(folder.path()).unwrap();
    let mut take = Take::new(vec![Window::new(50, HOUR)]);
    (take.process, take.fleet) = (7, Some(Taken { processes: 5, left: 50, ..Taken::default() }));
    open().take_part(&key, &take).await.unwrap().unwrap();
    (take.fleet, take.want) = (None, 50);
    let part = open().take_part(&key, &take).await.unwrap().unwrap();
    assert_eq!(part.count, 10, "another handle of the folder knows it");
    assert_eq!(open().take_part(&key, &take).await.unwrap().unwrap().count, 0);
    assert_eq!(open().take_permits(&key, &take).await.unwrap().unwrap().count, 50);
}

#[cfg(unix)]
#[tokio::test]
async fn q11_while_the_store_is_gone_a_client_uses_what_its_machines_others_do_not() {
    let (fleet, machine, provider) = (Folder::new(), Folder::new(), provider());
    let clients = [(); 2].map(|()| {
        let [store, files] = [&fleet, &machine].map(|folder| FileStore::at(folder.path()).unwrap());
        let sharing = SharedStore::new(store, KeyRing::new(KEY).unwrap()).fallback(files).timeout(10 * SECOND);
        let quota = Quota::new(1_000, HOUR).processes(20);
        Client::shared(provider.account(), Options::default().quota(quota), &sharing).unwrap()
    });
    for client in clients.iter().chain(&clients) {
        client.permit(Priority::Interactive, None).await.unwrap();
    }
    std::fs::remove_dir_all(fleet.path()).unwrap();
    std::fs::write(fleet.path(), "a file in the place of the folder").unwrap();
    let mut permits = [0, 0];
    for (client, permits) in clients.iter().zip(&mut permits) {
        while client.permit(Priority::Interactive, None).await.is_ok() {
            *permits += 1;
        }
    }
    // The other one has the rest of a lot that the store granted.
    assert!((85..=99).contains(&permits[0]) && permits[1] <= 40, "{permits:?} of the 100 of both");
    std::fs::remove_file(fleet.path()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn q7_a_store_with_a_fallback_gets_a_second_chance_too() {
    let (provider, store) = (provider(), Memory::new());
    store.break_with(Fault::Down);
    let options = Options::default().quota(Quota::new(100, HOUR));
    let client = Client::shared(provider.account(), options, &both(&store, Memory::new())).unwrap();
    let begun = Instant::now();
    client.permit(Priority::Interactive, Some(60 * SECOND)).await.unwrap();
    assert!(begun.elapsed() >= 5 * SECOND, "{:?}", begun.elapsed());
}
