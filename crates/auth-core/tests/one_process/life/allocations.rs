//! Allocations of the fast path.

use super::account::{Account, hour};
use auth_core::http::HeaderMap;
use futures_util::FutureExt;

#[test]
fn p06_authorizing_into_a_map_with_room_allocates_nothing() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.credential()).unwrap();
    let mut headers = HeaderMap::with_capacity(8);
    let authorize =
        |headers: &mut HeaderMap| client.authorize(headers).now_or_never().expect("it does not wait").unwrap();
    authorize(&mut headers);
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            headers.clear();
            authorize(&mut headers);
        }
    });
    assert_eq!(headers["authorization"], "Bearer token-1");
    assert_eq!(allocated.count_total, 0);
    assert!(allocation_counter::measure(|| drop(vec![0_u8; 64])).count_total > 0, "the counter works");
}
