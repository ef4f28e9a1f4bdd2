//! Tests of bodies that are refused, and of their errors.

use std::collections::HashMap;
use std::error::Error;

use serde::Serialize;
use signed_api_auth::signing::{Canonical, MAX_DEPTH, Numbers, SignError, SignErrorKind, SignedBody, SigningKey};

use crate::{canonical, refusal};

/// Asserts that each number is refused.
fn assert_refused(numbers: &[&str], kind: SignErrorKind) {
    for number in numbers {
        let error = refusal(format!(r#"{{"a":[0,{number}]}}"#));
        assert_eq!(error.kind(), kind, "{number}");
        assert_eq!(error.path(), "$.a[1]", "{number}");
        assert_eq!(error.literal(), Some(*number));
    }
}

#[test]
fn a_number_that_a_double_would_change_is_refused() {
    assert_refused(
        &[
            "9007199254740993",
            "-9007199254740993",
            "9223372036854775807",
            "18446744073709551615",
            "12345678901234567.89",
            "3.141592653589793238",
            "333333333.33333329",
            "1882787203965968.1",
            "1882787203965968.4",
            "1882787203965968.24",
            "1882787203965968.35",
            "562949953421312.11",
            "562949953421312.14",
            "1e-400",
            "-4.9e-325",
            "2.4703282292062327e-324",
        ],
        SignErrorKind::Number,
    );
}

#[test]
fn a_number_too_large_for_a_double_is_refused_in_either_mode() {
    assert_refused(&["1e309", "-1e400", "1.7976931348623159e308", "1e99999999999999999999"], SignErrorKind::NotFinite);
    let rounded = Canonical::new().numbers(Numbers::AsServerSees).text("[1e309]");
    assert_eq!(rounded.canonical().unwrap_err().kind(), SignErrorKind::NotFinite);
}

#[test]
fn nan_and_infinities_never_become_null() {
    #[derive(Serialize)]
    struct Payment {
        id: u8,
        amount: f64,
        rate: f32,
    }
    for (amount, rate, path) in
        [(f64::NAN, 1.0, "$.amount"), (f64::INFINITY, 1.0, "$.amount"), (1.0, f32::NEG_INFINITY, "$.rate")]
    {
        let error = SignedBody::value(&Payment { id: 1, amount, rate }).canonical().unwrap_err();
        assert_eq!((error.kind(), error.path()), (SignErrorKind::NotFinite, path));
    }
}

#[test]
fn a_number_error_says_what_the_server_would_read_and_what_to_do() {
    let error = refusal(r#"{"items":[{},{},{},{"amount":9007199254740993}]}"#);
    assert_eq!(
        error.to_string(),
        "the number 9007199254740993 at $.items[3].amount would be read by the server as \
         9007199254740992; send it as a string (byte 29 of the text)"
    );
    assert_eq!(error.offset(), Some(29));
}

#[test]
fn a_key_twice_in_one_object_is_refused_wherever_it_stands() {
    for text in [r#"{"x":{"a":1,"a":2}}"#, r#"{"x":{"a":1,"b":0,"a":2}}"#, r#"{"x":{"b":1,"a":0,"\u0061":2,"c":3}}"#] {
        let error = refusal(text);
        assert_eq!(error.kind(), SignErrorKind::DuplicateKey, "{text}");
        assert_eq!((error.path(), error.literal()), ("$.x.a", Some("a")), "{text}");
    }
    assert_eq!(refusal(r#"{"10":1,"9":1,"10":1}"#).path(), r#"$["10"]"#);
    let long = "k".repeat(40);
    assert_eq!(refusal(format!(r#"{{"{long}":1,"b":2,"{long}":3}}"#)).kind(), SignErrorKind::DuplicateKey);
}

#[test]
fn the_same_key_in_two_objects_is_fine() {
    assert_eq!(canonical(r#"[{"a":{"a":1}},{"a":2}]"#), r#"[{"a":{"a":1}},{"a":2}]"#);
}

#[test]
fn an_own_proto_key_is_refused_in_every_spelling() {
    for text in [r#"{"a":{"__proto__":1}}"#, r#"{"a":{"b":1,"\u005f_proto__":{}}}"#] {
        let error = refusal(text);
        assert_eq!((error.kind(), error.path()), (SignErrorKind::ProtoKey, "$.a.__proto__"));
    }
    let map = HashMap::from([("__proto__", 1)]);
    assert_eq!(SignedBody::value(&map).canonical().unwrap_err().kind(), SignErrorKind::ProtoKey);
    assert_eq!(canonical(r#"{"__proto":1,"__proto__x":2}"#), r#"{"__proto":1,"__proto__x":2}"#);
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for (text, escape) in [
        (r#"{"a":["\ud800"]}"#, r"\ud800"),
        (r#"{"a":["\uDFFF"]}"#, r"\uDFFF"),
        (r#"{"a":["\ud83dx"]}"#, r"\ud83d"),
        (r#"{"a":["\ud83d\u0041"]}"#, r"\ud83d"),
        (r#"{"a":["\ud83d\ud83d"]}"#, r"\ud83d"),
    ] {
        let error = refusal(text);
        assert_eq!(error.kind(), SignErrorKind::LoneSurrogate, "{text}");
        assert_eq!((error.path(), error.literal()), ("$.a[0]", Some(escape)), "{text}");
    }
}

#[test]
fn invalid_utf_8_is_refused_with_its_path() {
    let error = refusal(b"{\"a\":[1,\"x\xff\"]}");
    assert_eq!((error.kind(), error.path()), (SignErrorKind::InvalidUtf8, "$.a[1]"));
    assert_eq!(error.offset(), Some(10));
    assert_eq!(refusal(b"{}\xff").kind(), SignErrorKind::InvalidUtf8);
    // A surrogate in UTF-8 is not UTF-8.
    assert_eq!(refusal(b"[\"\xed\xa0\x80\"]").kind(), SignErrorKind::InvalidUtf8);
    assert_eq!(refusal(b"{\"a\":1e999,\"b\":\"\xff\"}").kind(), SignErrorKind::NotFinite);
}

#[test]
fn depth_is_bounded_in_text_and_in_values() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(canonical(nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert_eq!(refusal(nested(MAX_DEPTH + 1)).kind(), SignErrorKind::TooDeep);
    let error = refusal("[".repeat(1_000_000));
    assert_eq!((error.kind(), error.offset()), (SignErrorKind::TooDeep, Some(MAX_DEPTH)));

    #[derive(Serialize)]
    struct Chain(Vec<Chain>);
    let chain = |depth| (1..depth).fold(Chain(vec![]), |inner, _| Chain(vec![inner]));
    assert_eq!(SignedBody::value(&chain(MAX_DEPTH)).canonical().unwrap(), nested(MAX_DEPTH));
    let error = SignedBody::value(&chain(MAX_DEPTH + 1)).canonical().unwrap_err();
    assert_eq!(error.kind(), SignErrorKind::TooDeep);
}

#[test]
fn text_behind_the_value_is_refused() {
    for text in ["{}x", "[] []", "{},", "[]]", "{}\u{0}", "1 2"] {
        assert_eq!(refusal(text).kind(), SignErrorKind::TrailingText, "{text}");
    }
}

#[test]
fn a_scalar_is_no_body() {
    for text in ["1", "\"{}\"", "null", " true ", "false", "-0.5"] {
        assert_eq!(refusal(text).kind(), SignErrorKind::Scalar, "{text}");
    }
    for error in [
        SignedBody::value(&1).canonical().unwrap_err(),
        SignedBody::value("{}").canonical().unwrap_err(),
        SignedBody::value(&()).canonical().unwrap_err(),
        SignedBody::value(&None::<Vec<u8>>).canonical().unwrap_err(),
        SignedBody::value(&true).canonical().unwrap_err(),
    ] {
        assert_eq!(error.kind(), SignErrorKind::Scalar);
    }
}

#[test]
fn what_a_scalar_is_stands_in_its_error() {
    for (text, what) in [
        ("\"x\"", "a string"),
        ("null", "null"),
        ("true", "a boolean"),
        ("false", "a boolean"),
        ("1", "a number"),
        ("-1", "a number"),
    ] {
        assert_eq!(refusal(text).literal(), Some(what), "{text}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "{]",
        "[}",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{1:1}",
        "[tru]",
        "[nul]",
        "[falsy]",
        "[NaN]",
        "[Infinity]",
        "[-]",
        "[01]",
        "[-01]",
        "[00]",
        "[1.]",
        "[.5]",
        "[1e]",
        "[1e+]",
        "[+1]",
        "[0x10]",
        "[1.e5]",
        "[\"]",
        "[\"\\\"]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\u12g4\"]",
        "[\"\\u+123\"]",
        "[\"a\nb\"]",
        "[\"\t\"]",
        "[\"\u{0}\"]",
        "\u{feff}{}",
        "[1]//",
        "/**/[1]",
        "[\u{a0}1]",
        "[\u{b}]",
        "{\"a\":1 \"b\":2}",
        "[\"\\ud800",
        "[\"\\ud83d\\u",
        "{\"a",
    ] {
        let kind = refusal(text).kind();
        let expected = [SignErrorKind::Syntax, SignErrorKind::TrailingText, SignErrorKind::LoneSurrogate];
        assert!(expected.contains(&kind), "{text:?}: {kind:?}");
    }
}

#[test]
fn a_syntax_error_says_where_and_what() {
    let error = refusal(r#"{"a":{"b":[1 2]}}"#);
    assert_eq!(error.to_string(), "not JSON at $.a.b[0]: \",\" or \"]\" should be here, not '2' (byte 13 of the text)");
    assert_eq!(refusal(r#"{"a":{"b":1,}}"#).path(), "$.a");
}

/// The error of a common mistake has its remedy and the byte at which it begins.
#[test]
fn a_common_mistake_is_named_with_its_remedy() {
    const QUOTES: &str = "JSON has no such quotes; write double quotes, \"";
    const COMMENT: &str = "JSON has no comments; remove the comment";
    const COMMA: &str = "a comma stands before the closing bracket; remove the comma";
    const CUT: &str = "the text ends inside a string; send all of it, its quote too";
    const ESCAPE: &str =
        r"an escape that JSON does not have; write a backslash as \\, a character as \u and four hex digits";
    for (text, path, at, what) in [
        ("\u{feff}{\"a\":1}", "$", 0, "a byte order mark begins the text; remove the byte order mark"),
        (" \u{feff}[]", "$", 1, "a byte order mark begins the text; remove the byte order mark"),
        ("{\"a\":\u{feff}1}", "$.a", 5, "a value should be here, not '\\u{feff}'"),
        ("", "$", 0, "the text is empty; send {} where there is nothing to say (SignedBody::empty)"),
        (" \r\n", "$", 3, "the text is empty; send {} where there is nothing to say (SignedBody::empty)"),
        ("{\0\"\0a\0", "$", 1, "the text is UTF-16 or UTF-32; encode it as UTF-8"),
        ("\0{\0\"\0a", "$", 0, "the text is UTF-16 or UTF-32; encode it as UTF-8"),
        ("[1,2,\0]", "$[2]", 5, "a value should be here, not '\\0'"),
        (r#"{"a":fals}"#, "$.a", 5, "\"false\" should be here, not \"fals\""),
        (r#"{"a":[0,tru]}"#, "$.a[1]", 8, "\"true\" should be here, not \"tru\""),
        (r#"{"a":nulll}"#, "$.a", 5, "\"null\" should be here, not \"nulll\""),
        ("[True]", "$[0]", 1, "\"true\" should be here, not \"True\""),
        ("[t", "$[0]", 1, "\"true\" should be here, not \"t\""),
        ("[None]", "$[0]", 1, "\"null\" should be here, not \"None\""),
        ("[undefined]", "$[0]", 1, "\"null\" should be here, not \"undefined\""),
        ("[flase]", "$[0]", 1, "\"false\" or a value should be here, not 'f'; write texts in quotes"),
        ("[nullify]", "$[0]", 1, "\"null\" or a value should be here, not 'n'; write texts in quotes"),
        ("[truely]", "$[0]", 1, "\"true\" or a value should be here, not 't'; write texts in quotes"),
        ("[hunter2]", "$[0]", 1, "a value should be here, not 'h'; write texts in quotes"),
        ("[true false]", "$[0]", 6, "\",\" or \"]\" should be here, not 'f'"),
        ("[NaN]", "$[0]", 1, "JSON has no NaN; send null or a string"),
        ("[nan]", "$[0]", 1, "JSON has no nan; send null or a string"),
        ("[Infinity]", "$[0]", 1, "JSON has no Infinity; send null or a string"),
        ("[-Infinity]", "$[0]", 2, "JSON has no infinity; send null or a string"),
        ("[01]", "$[0]", 1, "a number begins with a zero; remove the zero"),
        ("[-01]", "$[0]", 1, "a number begins with a zero; remove the zero"),
        ("[+1]", "$[0]", 1, "a number begins with a plus; remove the plus"),
        ("[.5]", "$[0]", 1, "a number begins with its point; write a zero before it"),
        ("[1.]", "$[0]", 3, "a number lacks a digit behind its point; write one"),
        ("[1e+]", "$[0]", 4, "a number lacks a digit in its exponent; write one"),
        ("[-]", "$[0]", 2, "a number lacks a digit behind its minus; write one"),
        ("[1 +2]", "$[0]", 3, "\",\" or \"]\" should be here, not '+'"),
        ("[1..2]", "$[0]", 3, "a number lacks a digit behind its point; write one"),
        ("[0x10]", "$[0]", 2, "\",\" or \"]\" should be here, not 'x'"),
        ("[1, ]", "$[1]", 4, COMMA),
        (r#"{"a":[{"b":1,}]}"#, "$.a[0]", 13, COMMA),
        ("{,}", "$", 1, "a key in quotes should be here, not ','"),
        ("[,1]", "$[0]", 1, "a value should be here, not ','"),
        ("[1}", "$[0]", 2, "\",\" or \"]\" should be here, not '}'"),
        ("/* a */{}", "$", 0, COMMENT),
        ("{\"a\":1, // one\n\"b\":2}", "$", 8, COMMENT),
        ("[1 /* one */]", "$[0]", 3, COMMENT),
        ("[\n# one\n1]", "$[0]", 2, COMMENT),
        ("{'a':1}", "$", 1, QUOTES),
        ("{\"a\":'x'}", "$.a", 5, QUOTES),
        ("{\"a\":“x”}", "$.a", 5, QUOTES),
        ("[`x`]", "$[0]", 1, QUOTES),
        ("{a:1}", "$", 1, "a key in quotes should be here, not 'a'"),
        ("{true:1}", "$", 1, "a key in quotes should be here, not 't'"),
        (r#"{"a"=1}"#, "$.a", 4, "\":\" should be here, not '='"),
        (r#"{"a" true}"#, "$.a", 5, "\":\" should be here, not 't'"),
        (r#"{"a":["#, "$.a[0]", 6, "a value should be here, not the end of the text; send all of it"),
        (r#"{"a":[1"#, "$.a[0]", 7, "\",\" or \"]\" should be here, not the end of the text; send all of it"),
        (r#"{"a":1"#, "$.a", 6, "\",\" or \"}\" should be here, not the end of the text; send all of it"),
        (r#"{"a":1,"#, "$", 7, "a key in quotes should be here, not the end of the text; send all of it"),
        (r#"{"a":"x"#, "$.a", 7, CUT),
        (r#"{"a":1,"b"#, "$", 9, CUT),
        ("[\"a\tb\"]", "$[0]", 3, r"a control character in a string; write it as \t"),
        ("[\"\u{1b}\"]", "$[0]", 2, r"a control character in a string; write it as \u001b"),
        (r#"["\x41"]"#, "$[0]", 2, ESCAPE),
        (r#"["\u12"]"#, "$[0]", 2, ESCAPE),
    ] {
        let error = refusal(text);
        assert_eq!((error.kind(), error.path(), error.offset()), (SignErrorKind::Syntax, path, Some(at)), "{text:?}");
        assert_eq!(error.to_string(), format!("not JSON at {path}: {what} (byte {at} of the text)"), "{text:?}");
    }
}

/// The error of a text in UTF-16 says so.
#[test]
fn utf_16_is_told_from_broken_utf_8() {
    let utf_16 = |mark: &[u8]| [mark, b"{\0}\0"].concat();
    for mark in [b"\xFF\xFE", b"\xFE\xFF"] {
        let error = refusal(utf_16(mark));
        assert_eq!(
            error.to_string(),
            "the text at $ is not UTF-8 but UTF-16; encode it as UTF-8 (byte 0 of the text)",
            "{mark:?}"
        );
    }
    let error = refusal(b"[\"\xff\xfe\"]");
    assert_eq!(error.to_string(), "the text at $[0] is not UTF-8; encode it as UTF-8 (byte 2 of the text)");
    assert_eq!(error.literal(), None);
}

/// A fault in a key is reported at the key, and not at the place where reading stopped.
#[test]
fn a_fault_in_a_key_is_reported_at_that_key() {
    // The text before the last key is rewritten, so its places change.
    for text in [
        r#"{"x":{"a":1,^"a":2, "c":[3]}}"#,
        r#"{"x":{"b":{"a":0,"x":{"a":[]}},"a":"\"a\":",^"\u0061":2,"c":3}}"#,
        r#"[{"a":1},{"a":{"a":1},"b" : "a",^"a" : "b"}]"#,
        r#"{"a":1,^"a":2,"a":3}"#,
        r#"{^"__proto__":1}"#,
        r#"{"a":{"b":1, ^"__prot\u006f__":[1,2,3]}}"#,
        r#"{"n":1.0,  "s":"\u0061","a":1,^"a":2}"#,
    ] {
        assert_eq!(refusal(text.replace('^', "")).offset(), text.find('^'), "{text}");
    }
}

/// Every error of a text has its path and its remedy.
#[test]
fn every_refusal_says_where_and_what_to_do() {
    for text in [
        r#"{"a":1e400}"#,
        r#"{"a":9007199254740993}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"__proto__":1}"#,
        r#"{"a":"\ud800"}"#,
        "{}{}",
        "1",
        "",
        "{",
    ] {
        let error = refusal(text);
        let shown = error.to_string();
        assert!(shown.contains(error.path()) && shown.contains("; "), "{shown}");
    }
    assert_eq!(refusal("{} {}").to_string(), "'{' follows the JSON value at $; send one value (byte 3 of the text)");
}

/// A path has a bounded length and keeps both its ends.
#[test]
fn a_long_path_lacks_its_middle() {
    let deep = |step: &str, depth: usize| refusal(step.repeat(depth) + "x").path().to_owned();
    assert_eq!(deep(r#"{"a":"#, 127), format!("${}", ".a".repeat(127)));
    assert_eq!(deep(r#"{"a":"#, MAX_DEPTH), format!("${0}…{0}", ".a".repeat(63)));
    assert_eq!(deep("[", MAX_DEPTH), format!("${0}…{0}", "[0]".repeat(42)));
    for key in ["k".repeat(1000), "é ".repeat(1000)] {
        let path = deep(&format!(r#"{{"{key}":"#), MAX_DEPTH);
        assert!((150..=256).contains(&path.len()) && path.contains("…"), "{path}");
    }
    let secret = "k".repeat(1000);
    let path = refusal(format!(r#"{{"first":{}{{"last":x"#, format!(r#"{{"{secret}":"#).repeat(100))).path().to_owned();
    assert!(path.starts_with("$.first.kkk") && path.ends_with("….last"), "{path}");
}

#[test]
fn keys_that_are_no_words_are_quoted_in_paths() {
    assert_eq!(refusal(r#"{"a b":{"":{"é":{"10":{"x\"y":1e999}}}}}"#).path(), r#"$["a b"][""].é["10"]["x\"y"]"#);
}

#[test]
fn literals_and_keys_in_errors_are_bounded() {
    let digits = "9".repeat(10_000);
    let error = refusal(format!(r#"{{"{digits}":[{digits}]}}"#));
    assert_eq!(error.kind(), SignErrorKind::NotFinite);
    assert!(error.literal().unwrap().len() < 100);
    assert!(error.path().len() < 200);
    assert!(error.to_string().len() < 400);
}

#[test]
fn a_long_number_is_compared_with_all_its_digits() {
    // 2^-1074 has 751 significant digits. One more digit, or another last digit, makes another number.
    let exact = format!("{:.1100}", 5e-324).trim_end_matches('0').to_owned();
    assert_eq!(canonical(format!("[{exact}]")), "[5e-324]");
    assert_eq!(refusal(format!("[{exact}1]")).kind(), SignErrorKind::Number);
    assert_eq!(refusal(format!("[{}4]", &exact[..exact.len() - 1])).kind(), SignErrorKind::Number);
    let zeros = "0".repeat(5000);
    assert_eq!(canonical(format!("[0.{zeros}1e5001]")), "[1]");
    assert_eq!(canonical(format!("[1{zeros}e-5000]")), "[1]");
    assert_eq!(refusal(format!("[1{zeros}1e-5001]")).kind(), SignErrorKind::Number);
}

#[test]
fn string_values_never_reach_an_error() {
    let secret = "4111111111111111";
    for text in [
        format!(r#"{{"card":"{secret}\ud800"}}"#),
        format!(r#"{{"card":"{secret}\x"}}"#),
        format!(r#"{{"card":"{secret}"#),
        format!(r#"{{"card":"{secret}""#),
        format!(r#""{secret}""#),
        format!(r#"{{"a":"{secret}","a":"{secret}"}}"#),
        format!(r#"{{"card":n{secret}}}"#),
        format!(r#"{{"card":'{secret}'}}"#),
        format!(r#"{{"card":true{secret}}}"#),
    ] {
        let error = refusal(&text);
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
    let body = SignedBody::json(format!(r#"["{secret}"]"#));
    assert!(body.canonical().unwrap().contains(secret));
    assert!(!format!("{body:?}").contains(secret));
}

#[test]
fn an_error_waits_in_the_body_until_it_is_signed() {
    let body = SignedBody::json(r#"{"a":1,"a":2}"#);
    let error = SigningKey::new("key").sign(&body).unwrap_err();
    assert_eq!(error, body.canonical().unwrap_err());
    assert_eq!(error, body.bytes().unwrap_err());
    assert_eq!(error, body.clone().checked().unwrap_err());
    assert!(!body.portable());
}

#[test]
fn an_error_travels_like_any_other() {
    fn assert_error<E: Error + Clone + Send + Sync + 'static>(error: E) -> E {
        error
    }
    let error: SignError = assert_error(refusal("[1e999]"));
    assert!(error.source().is_none());
}

#[test]
fn a_duplicate_key_is_found_also_behind_an_object_of_as_many_members() {
    for twins in [r#"{"a":1,"a":2}"#, r#"{"b":1,"b":2}"#, r#"{"profileA":1,"profileA":2}"#] {
        let error = refusal(format!(r#"[{{"b":1,"a":2}},{twins}]"#));
        assert_eq!((error.kind(), error.path().starts_with("$[1].")), (SignErrorKind::DuplicateKey, true), "{twins}");
    }
}
