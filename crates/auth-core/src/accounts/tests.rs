//! Tests of internals: the pools of a set.

use http::HeaderMap;

use super::*;
use crate::credential::Credential;
use crate::expiry::Expiry;

#[derive(Debug)]
struct Account(Url);

#[derive(Debug)]
struct Session;

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::Never
    }

    fn authorize(&self, _headers: &mut HeaderMap) {}
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.0
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        Ok(Session)
    }
}

#[test]
fn a_pool_that_no_account_uses_goes_when_another_is_made() {
    let accounts = Accounts::new(Options::default());
    let at = |host: &str| Account(Url::parse(&format!("https://{host}.test/api")).unwrap());
    let pools = || accounts.pools.lock().unwrap().len();
    accounts.insert("a", at("one")).unwrap();
    accounts.insert("b", at("one")).unwrap();
    assert_eq!(pools(), 1, "one for both");
    accounts.insert("a", at("two")).unwrap();
    assert_eq!(pools(), 2, "both are in use");
    accounts.remove("b");
    accounts.insert("c", at("three")).unwrap();
    assert_eq!(pools(), 2, "the first was not");
}
