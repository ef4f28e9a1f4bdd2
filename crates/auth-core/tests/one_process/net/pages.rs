//! Lists whose pages are read one by one.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use auth_core::serde_json::{Value, json};
use auth_core::{ErrorKind, Options, Pages, Paging, Result};
use futures_util::{StreamExt, TryStreamExt};

use super::account::Account;
use super::wire::{Asked, Wire, answer};

/// Returns a parameter of the query that was asked for.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let line = asked.line();
    let (_, query) = line.split_once('?')?;
    let mut pairs = auth_core::url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn number(asked: &Asked, name: &str, default: usize) -> usize {
    parameter(asked, name).map_or(default, |text| text.parse().unwrap())
}

/// Returns the numbers from `skip` on, of 1 to 7.
fn some(skip: usize, limit: usize) -> Vec<usize> {
    (1..=7).skip(skip).take(limit).collect()
}

fn pages(wire: &Wire, path: &str, paging: Paging) -> Pages<Account, u32> {
    wire.client().get(path).pages(paging)
}

async fn all(pages: Pages<Account, u32>) -> Result<Vec<u32>> {
    pages.items().try_collect().await
}

#[tokio::test]
async fn the_next_url_may_be_absolute_or_relative() {
    for next in ["{url}/list?page=2", "?page=2", "list?page=2", "/api/list?page=2", "{url}/list?page=2#top"] {
        let wire = Wire::start(move |asked| {
            let host = asked.text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
            let next = next.replace("{url}", &format!("http://{host}/api"));
            answer(
                200,
                "",
                &match number(asked, "page", 1) {
                    1 => json!({"results": [1, 2], "next": next}).to_string(),
                    _ => json!({"results": [3], "next": null}).to_string(),
                },
            )
        })
        .await;
        let paging = Paging::next_url("/next").items("/results");
        assert_eq!(all(pages(&wire, "list?size=2", paging)).await.unwrap(), [1, 2, 3], "{next}");
        assert_eq!(wire.lines(), ["GET /api/list?size=2", "GET /api/list?page=2"]);
    }
}

#[tokio::test]
async fn p28_a_next_page_that_is_not_below_the_base_url_is_an_error_after_the_items() {
    for next in
        ["https://evil.test/api/list", "//evil.test/api/list", "/other/list", "../list", "http://[", "file:///x"]
    {
        let wire = Wire::start(move |_| answer(200, "", &json!({"results": [1], "next": next}).to_string())).await;
        let mut items = pages(&wire, "list", Paging::next_url("/next").items("/results")).items();
        assert_eq!(items.next().await.unwrap().unwrap(), 1);
        let error = items.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status, "{next}: {error}");
        assert!(error.to_string().contains("not below the base URL http://127.0.0.1"), "{error}");
        assert!(items.next().await.is_none());
        assert_eq!(wire.lines().len(), 1, "{next}");
    }
}

#[tokio::test]
async fn a_next_that_is_no_url_ends_the_list_or_is_an_error() {
    for (body, ends) in [
        (json!({"results": [1]}), true),
        (json!({"results": [1], "next": ""}), true),
        (json!({"results": [1], "next": false}), true),
        (json!({"results": [1], "next": 2}), false),
        (json!({"results": [1], "next": {}}), false),
    ] {
        let text = body.to_string();
        let wire = Wire::start(move |_| answer(200, "", &text)).await;
        let result = all(pages(&wire, "list", Paging::next_url("/next").items("/results"))).await;
        assert_eq!(result.is_ok(), ends, "{body}");
    }
}

#[tokio::test]
async fn the_header_link_is_read_as_rfc_8288_writes_it() {
    for (link, has_next) in [
        (r#"link: <?page=2>; rel="next""#, true),
        (r"Link: <?page=2>;rel=next", true),
        (r#"link: <?page=9>; rel="last", <?page=2>; title="a, b; rel=\"x\""; REL="alternate NEXT""#, true),
        ("link: <?page=9>; rel=last\r\nlink: <?page=2>; rel=next", true),
        (r#"link: <?page=2>; title="rel=next""#, false),
        (r#"link: <?page=2>; anchor="/other"; rel="next""#, false),
        (r#"link: <?page=2>; rel="next-archive""#, false),
        (r"link: ?page=2; rel=next", false),
        ("x: y", false),
    ] {
        let wire = Wire::start(move |asked| match number(asked, "page", 1) {
            1 => answer(200, &format!("{link}\r\n"), "[1]"),
            number => answer(200, "", &format!("[{number}]")),
        })
        .await;
        let expected = if has_next { vec![1, 2] } else { vec![1] };
        assert_eq!(all(pages(&wire, "list", Paging::link())).await.unwrap(), expected, "{link}");
    }
}

#[tokio::test]
async fn pages_are_counted_until_one_is_empty_or_the_last() {
    for (paging, path, items, requests) in [
        (Paging::number("page", 1), "list?size=3", 7, 4),
        (Paging::number("page", 1).total("/count"), "list?size=3", 7, 3),
        (Paging::number("page", 1).last_page("/last"), "list?size=3", 7, 3),
        (Paging::number("page", 1).has_more("/more"), "list?size=3", 7, 3),
        (Paging::number("page", 1).total("/absent").last_page("/name"), "list?size=3", 7, 4),
        (Paging::number("page", 1).total("/count"), "list?page=2&size=3", 4, 3),
    ] {
        let wire = Wire::start(|asked| {
            let (page, size) = (number(asked, "page", 99), number(asked, "size", 99));
            let data = some((page - 1) * size, size);
            answer(200, "", &json!({"data": data, "count": "7", "last": 3, "name": "x", "more": page < 3}).to_string())
        })
        .await;
        let read = all(pages(&wire, path, paging.items("/data"))).await.unwrap();
        assert_eq!((read.len(), wire.lines().len()), (items, requests), "{paging:?}");
    }
}

#[tokio::test]
async fn an_offset_counts_the_items_that_came_whatever_was_asked_for() {
    let wire = Wire::start(|asked| {
        let data = some(number(asked, "offset", 99), number(asked, "limit", 99).min(2));
        answer(200, "", &json!({"data": data, "count": 7}).to_string())
    })
    .await;
    let paging = Paging::offset("offset").items("/data");
    let limit = "list?limit=100";
    assert_eq!(all(pages(&wire, limit, paging)).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(wire.lines().last().unwrap(), "GET /api/list?limit=100&offset=7");
    assert_eq!(all(pages(&wire, limit, paging.total("/count"))).await.unwrap().len(), 7);
    assert_eq!(wire.lines().len(), 4);
}

#[tokio::test]
async fn a_cursor_is_a_text_or_a_number_of_the_page_before() {
    let wire = Wire::start(|asked| {
        answer(
            200,
            "",
            &match parameter(asked, "after").as_deref() {
                None => json!({"data": [1], "meta": {"next": "a&b="}}).to_string(),
                Some("a&b=") => json!({"data": [], "meta": {"next": 17}}).to_string(),
                Some("17") => json!({"data": [2], "meta": {"next": null}}).to_string(),
                other => panic!("{other:?}"),
            },
        )
    })
    .await;
    let paging = Paging::cursor("after", "/meta/next").items("/data");
    assert_eq!(all(pages(&wire, "list?size=1", paging)).await.unwrap(), [1, 2]);
    assert_eq!(wire.lines()[1], "GET /api/list?size=1&after=a%26b%3D");
}

#[tokio::test]
async fn loopbacks_filter_keeps_the_callers_order_and_limit() {
    let wire = Wire::start(|asked| {
        let filter: Value = auth_core::serde_json::from_str(&parameter(asked, "filter").unwrap()).unwrap();
        let at = |name: &str| usize::try_from(filter[name].as_u64().unwrap()).unwrap();
        answer(200, "", &json!(some(at("skip"), at("limit"))).to_string())
    })
    .await;
    for (filter, requests) in [(None, 4), (Some(r#"{"order":"id DESC","limit":5}"#), 3)] {
        let mut request = wire.client().get("calls");
        if let Some(filter) = filter {
            request = request.query(&[("filter", filter)]);
        }
        assert_eq!(all(request.pages(Paging::loopback(3))).await.unwrap().len(), 7);
        let asked = wire.asked();
        assert_eq!(asked.len(), requests);
        let sent: Value = auth_core::serde_json::from_str(&parameter(&asked[1], "filter").unwrap()).unwrap();
        let expected = json!({"limit": 3, "skip": 3});
        assert_eq!(sent, filter.map_or(expected, |_| json!({"order": "id DESC", "limit": 5, "skip": 5})));
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_paged_is_one_error_and_sends_nothing() {
    let wire = Wire::start(|_| answer(200, "", "[]")).await;
    let client = wire.client();
    let stream = auth_core::reqwest::Body::wrap(super::redirects::Once::of("{}"));
    for request in [
        client.get("list?filter=order").pages::<u32>(Paging::loopback(3)),
        client.get("list?filter=[1]").pages(Paging::loopback(3)),
        client.get("list?page=two").pages(Paging::number("page", 1)),
        client.get("../list").pages(Paging::link()),
        client.post("list").body(stream).pages(Paging::link()),
    ] {
        let mut request = request;
        assert_eq!(request.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert!(request.next().await.is_none());
    }
    assert_eq!((wire.lines(), client.stats().logins), (vec![], 0));
}

#[tokio::test]
async fn a_page_is_requested_when_it_is_wanted_and_no_earlier() {
    let wire = Wire::start(|asked| answer(200, "", &json!(some(number(asked, "offset", 0), 2)).to_string())).await;
    let mut items = pages(&wire, "list", Paging::offset("offset")).items();
    assert_eq!(wire.lines().len(), 0);
    for (item, requests) in [(1, 1), (2, 0), (3, 1), (4, 0)] {
        assert_eq!(items.next().await.unwrap().unwrap(), item);
        assert_eq!(wire.lines().len(), requests, "before item {item}");
    }
}

#[tokio::test]
async fn an_error_ends_the_stream_and_can_be_resumed_without_losing_an_item() {
    let requests = AtomicU64::new(0);
    let wire = Wire::start(move |asked| match requests.fetch_add(1, SeqCst) {
        1 => answer(503, "", r#"{"message": "em manutenção"}"#),
        2 => answer(200, "", "<html>"),
        _ => answer(200, "", &json!(some(number(asked, "offset", 0), 3)).to_string()),
    })
    .await;
    let mut items = pages(&wire, "list", Paging::offset("offset")).items();
    let mut read: Vec<u32> = Vec::new();
    for _ in 0..2 {
        let (some, error) = until_error(&mut items).await;
        read.extend(some);
        assert_eq!((error.kind(), read.len()), (ErrorKind::Unavailable, 3));
        items.resume();
    }
    read.extend(items.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(read, [1, 2, 3, 4, 5, 6, 7]);
}

async fn until_error(items: &mut auth_core::Items<Account, u32>) -> (Vec<u32>, auth_core::Error) {
    let (read, mut errors): (Vec<_>, Vec<_>) =
        StreamExt::collect::<Vec<_>>(items).await.into_iter().partition(Result::is_ok);
    (read.into_iter().map(Result::unwrap).collect(), errors.remove(0).unwrap_err())
}

#[tokio::test]
async fn a_list_that_goes_in_a_circle_is_an_error() {
    let circle = Wire::start(|asked| {
        let page = number(asked, "page", 1);
        answer(200, "", &json!({"data": [page], "next": format!("?page={}", page % 3 + 1)}).to_string())
    })
    .await;
    let stuck = Wire::start(|_| answer(200, "", r#"{"data": [1], "next": "x"}"#)).await;
    for (wire, path, paging, items) in [
        (&circle, "list?page=1", Paging::next_url("/next"), 3),
        (&stuck, "list", Paging::number("page", 1), 1),
        (&stuck, "list", Paging::offset("offset"), 1),
        (&stuck, "list", Paging::cursor("after", "/next"), 2),
    ] {
        let paging = paging.items("/data").max_pages(20);
        let (read, error) = until_error(&mut pages(wire, path, paging).items()).await;
        assert_eq!((read.len(), error.kind()), (items, ErrorKind::Status), "{paging:?}: {error}");
    }
}

#[tokio::test]
async fn a_list_is_bounded_and_can_be_continued_beyond_its_bound() {
    let wire = Wire::start(|asked| answer(200, "", &json!(some(number(asked, "offset", 0), 1)).to_string())).await;
    let mut items = pages(&wire, "list", Paging::offset("offset").max_pages(5)).items();
    let (read, error) = until_error(&mut items).await;
    assert!(error.to_string().contains("more than 5 pages"), "{error}");
    items.resume();
    let rest: Vec<u32> = items.try_collect().await.unwrap();
    assert_eq!((read.len(), rest), (5, vec![6, 7]));
}

#[tokio::test]
async fn a_list_is_continued_elsewhere_at_its_position() {
    let wire = Wire::start(|asked| answer(200, "", &json!(some(number(asked, "offset", 0), 3)).to_string())).await;
    let mut first = pages(&wire, "list", Paging::offset("offset"));
    assert_eq!(first.next().await.unwrap().unwrap(), [1, 2, 3]);
    let position = first.position().unwrap().to_string();
    assert_eq!(all(pages(&wire, &position, Paging::offset("offset"))).await.unwrap(), [4, 5, 6, 7]);
}

#[tokio::test]
async fn a_page_of_another_shape_is_an_error_after_the_items_before_it() {
    for (body, read, what) in [
        (r#"{"data": [1, 2, "s3cret", 4]}"#, 2, "item 3 of the page is not the expected JSON: invalid type: string"),
        (r#"{"data": {"1": 2}}"#, 0, "the page has no list at \"/data\""),
        (r#"{"results": [1]}"#, 0, "the page has no list at \"/data\""),
        ("", 0, "is not JSON"),
    ] {
        let wire = Wire::start(move |_| answer(200, "", body)).await;
        let (items, error) =
            until_error(&mut pages(&wire, "list", Paging::number("page", 1).items("/data")).items()).await;
        assert_eq!((items.len(), error.kind()), (read, ErrorKind::Status), "{body}");
        assert!(error.to_string().contains(what) && !error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn each_page_is_replayed_after_a_401_and_has_the_requests_headers_and_body() {
    let requests = AtomicU64::new(0);
    let wire = Wire::start(move |asked| match requests.fetch_add(1, SeqCst) {
        1 => answer(401, "", ""),
        _ => answer(200, "", &json!(some(number(asked, "offset", 0), 4)).to_string()),
    })
    .await;
    let client = wire.client_with(Options::default());
    let request = client.post("search").header("x-lang", "pt").json(&json!({"nome": "Ana"}));
    assert_eq!(all(request.pages(Paging::offset("offset"))).await.unwrap().len(), 7);
    let asked = wire.asked();
    assert_eq!((asked.len(), client.stats().replays), (4, 1));
    assert!(asked.iter().all(|asked| asked.text.ends_with(r#"{"nome":"Ana"}"#) && asked.has("x-lang")));
}
