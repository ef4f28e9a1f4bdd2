//! The lifetime of a token, from each part of a login response.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use mockito::Server;
use sopague_auth::Client;

const OPAQUE: &str = "abc.def";
/// `{"id":1,"iat":1640123456,"exp":1640125256}`: half an hour.
const HALF_AN_HOUR: &str =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjUyNTZ9.c2ln";

async fn lifetime(created: &str, expiration: &str, token: &str) -> Duration {
    let body = format!(
        r#"{{"authenticated":true,"created":"{created}","expiration":"{expiration}","accessToken":"{token}"}}"#
    );
    let mut server = Server::new_async().await;
    let mock = server.mock("POST", "/api/authentication/login").with_body(body);
    let _mock = mock.with_header("date", "Mon, 08 Jul 2024 12:00:00 GMT").create_async().await;
    let client = Client::builder().username("integrador").password("segredo").base_url(server.url());
    client.build().expect("a client").credential().await.expect("a login").lifetime().expect("it expires")
}

#[tokio::test]
async fn p24_the_lifetime_is_from_both_dates_the_token_one_date_or_5_minutes() {
    for (created, expiration, token, minutes) in [
        // Both dates, whatever the zone and the clock.
        ("2024-07-08T12:00:00Z", "2024-07-08T12:10:00Z", HALF_AN_HOUR, 10),
        ("2024-07-08T12:00:00.07", "2024-07-08T12:10:00.07", HALF_AN_HOUR, 10),
        ("1999-01-01 00:00:00", "1999-01-01 00:10:00", HALF_AN_HOUR, 10),
        // A token issued 58 minutes ago, in each zone and without one.
        ("2024-07-08T11:02:00Z", "2024-07-08T12:02:00Z", OPAQUE, 2),
        ("2024-07-08T08:02:00-03:00", "2024-07-08T09:02:00-03:00", OPAQUE, 2),
        ("2024-07-08T11:02:00", "2024-07-08T12:02:00", OPAQUE, 2),
        ("2024-07-08 08:02:00", "2024-07-08 09:02:00", OPAQUE, 2),
        // A clock that is wrong by more than the token's lifetime, and a lifetime equal to Brasília's offset
        // from UTC.
        ("2024-07-08T14:00:00Z", "2024-07-08T15:00:00Z", OPAQUE, 60),
        ("2024-07-07T12:00:00Z", "2024-07-07T13:00:00Z", OPAQUE, 60),
        ("2024-07-08T09:00:00.7", "2024-07-08T12:00:00.7", OPAQUE, 180),
        // The token, if the dates are equal, reversed, of two kinds, missing, or not dates.
        ("2024-07-08T13:00:00Z", "2024-07-08T13:00:00Z", HALF_AN_HOUR, 30),
        ("2024-07-08T14:00:00Z", "2024-07-08T13:00:00Z", HALF_AN_HOUR, 30),
        ("2024-07-08T09:00:00", "2024-07-08T13:00:00Z", HALF_AN_HOUR, 30),
        ("", "2024-07-08T13:00:00Z", HALF_AN_HOUR, 30),
        ("0001-01-01T00:00:00", "2024-07-08T13:00:00", HALF_AN_HOUR, 30),
        ("string", "string", HALF_AN_HOUR, 30),
        // The expiry date alone, compared with the response's own date.
        ("", "2024-07-08T12:20:00Z", OPAQUE, 20),
        ("2024-07-08T12:20:00Z", "2024-07-08T12:20:00Z", OPAQUE, 20),
        ("", "2024-07-08T09:20:00-03:00", OPAQUE, 20),
        ("", "2024-07-08T12:20:00", OPAQUE, 20),
        ("", "2024-07-08 09:20:00", OPAQUE, 20),
        // Nothing plausible.
        ("", "", OPAQUE, 5),
        ("2024-07-08T12:00:00Z", "string", OPAQUE, 5),
        ("2023-01-01T14:25:28.913Z", "2023-01-01T14:25:28.913Z", OPAQUE, 5),
        ("", "2024-07-08T09:20:00Z", OPAQUE, 5),
        ("2024-07-08T12:00:00", "9999-12-31T23:59:59.9999999", OPAQUE, 5),
    ] {
        let expected = Duration::from_secs(60 * minutes);
        assert_eq!(lifetime(created, expiration, token).await, expected, "{created:?} to {expiration:?}");
    }
}
