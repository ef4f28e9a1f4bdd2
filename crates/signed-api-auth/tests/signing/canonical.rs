//! Tests of the canonical text. Each expectation was computed by Node.

use signed_api_auth::signing::{Canonical, KeyOrder, Numbers, SignedBody};

use crate::canonical;

/// Asserts that each number, in an array, becomes the second text of its pair.
fn assert_numbers(cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(canonical(format!("[{written}]")), format!("[{expected}]"), "{written}");
    }
}

#[test]
fn array_indices_come_first_in_numeric_order() {
    assert_eq!(canonical(r#"{"10":1,"9":2,"1":3,"a":4,"-1":5,"01":6}"#), r#"{"1":3,"9":2,"10":1,"-1":5,"01":6,"a":4}"#);
    assert_eq!(canonical(r#"{"!":1,"1":2,"":3,"0":4," ":5}"#), r#"{"0":4,"1":2,"":3," ":5,"!":1}"#);
}

#[test]
fn the_last_array_index_is_two_to_the_32_less_two() {
    assert_eq!(
        canonical(r#"{"!":0,"4294967295":1,"4294967294":2,"99999999999":3,"10000000000":4}"#),
        r#"{"4294967294":2,"!":0,"10000000000":4,"4294967295":1,"99999999999":3}"#
    );
}

#[test]
fn other_digits_signs_and_zeros_make_no_index() {
    assert_eq!(
        canonical(r#"{"٣":1,"00":2,"1e1":3,"1.0":4,"+1":5," 1":6,"5":7}"#),
        r#"{"5":7," 1":6,"+1":5,"00":2,"1.0":4,"1e1":3,"٣":1}"#
    );
}

#[test]
fn an_escaped_digit_is_an_index_too() {
    assert_eq!(canonical(r#"{"!":1,"\u0039":2}"#), r#"{"9":2,"!":1}"#);
}

#[test]
fn keys_are_ordered_by_utf_16_code_units() {
    assert_eq!(
        canonical("{\"\u{fb33}\":1,\"😂\":2,\"é\":3,\"z\":4,\"B\":5,\"a\":6,\"\u{d7ff}\":7}"),
        "{\"B\":5,\"a\":6,\"z\":4,\"é\":3,\"\u{d7ff}\":7,\"😂\":2,\"\u{fb33}\":1}"
    );
    assert_eq!(canonical("{\"\u{80000}\":1,\"\u{41041}aaa\":2}"), "{\"\u{41041}aaa\":2,\"\u{80000}\":1}");
}

#[test]
fn no_character_above_u_ffff_comes_behind_one_below() {
    assert_eq!(
        canonical("{\"\u{ffff}\":1,\"\u{e000}\":2,\"\u{f000}\":3,\"\u{10ffff}\":4,\"\u{100000}\":5,\"\u{e0000}\":6}"),
        "{\"\u{e0000}\":6,\"\u{100000}\":5,\"\u{10ffff}\":4,\"\u{e000}\":2,\"\u{f000}\":3,\"\u{ffff}\":1}"
    );
}

#[test]
fn utf_16_order_holds_behind_a_long_common_start() {
    assert_eq!(
        canonical("{\"abcdefghij\u{ffff}\":1,\"abcdefghij😂\":2,\"abcdefghij\":3}"),
        "{\"abcdefghij\":3,\"abcdefghij😂\":2,\"abcdefghij\u{ffff}\":1}"
    );
}

#[test]
fn escaped_keys_are_ordered_by_the_characters_they_stand_for() {
    assert_eq!(
        canonical(r#"{"a]":1,"a\\":2,"a\"":3,"a\u0000":4,"a":5,"a!":6,"a\n":7}"#),
        r#"{"a":5,"a\u0000":4,"a\n":7,"a!":6,"a\"":3,"a\\":2,"a]":1}"#
    );
    assert_eq!(
        canonical(r#"{"abcdefgh]":1,"abcdefgh\\":2,"abcdefgh\"":3,"abcdefgh!":4}"#),
        r#"{"abcdefgh!":4,"abcdefgh\"":3,"abcdefgh\\":2,"abcdefgh]":1}"#
    );
}

#[test]
fn keys_of_control_characters_are_ordered_by_their_numbers() {
    assert_eq!(
        canonical(r#"{" ":1,"\u001f":2,"\u0011":3,"\u000b":4,"\u0005":5,"\u0001":6}"#),
        r#"{"\u0001":6,"\u0005":5,"\u000b":4,"\u0011":3,"\u001f":2," ":1}"#
    );
}

#[test]
fn objects_are_sorted_at_every_level_and_arrays_keep_their_order() {
    assert_eq!(
        canonical(r#"{"b":[{"d":1,"c":[3,2,{"f":1,"e":2}]},{}],"a":{"z":[],"y":{}}}"#),
        r#"{"a":{"y":{},"z":[]},"b":[{"c":[3,2,{"e":2,"f":1}],"d":1},{}]}"#
    );
}

#[test]
fn members_behind_those_in_place_are_moved_whole() {
    assert_eq!(
        canonical(r#"{"a":1,"b":[2],"z":{"q":3},"d":"four","c":null}"#),
        r#"{"a":1,"b":[2],"c":null,"d":"four","z":{"q":3}}"#
    );
}

#[test]
fn blanks_between_tokens_vanish_and_those_in_strings_stay() {
    assert_eq!(
        canonical(" {\t\"b\" :\r\n[ 1 , \"x y\" ] , \"a\" : { } , \"c\":[ ] } \n"),
        r#"{"a":{},"b":[1,"x y"],"c":[]}"#
    );
}

#[test]
fn decimals_lose_what_carries_no_value() {
    assert_numbers(&[
        ("10.0", "10"),
        ("150.00", "150"),
        ("1E2", "100"),
        ("0.10", "0.1"),
        ("1.500", "1.5"),
        ("1234567.8900", "1234567.89"),
        ("-12.50e1", "-125"),
        ("1000000e-6", "1"),
        ("100000000000000", "100000000000000"),
    ]);
}

#[test]
fn every_zero_is_plain_zero() {
    assert_numbers(&[
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("-0.000", "0"),
        ("0e5", "0"),
        ("-0E-400", "0"),
        ("0e400", "0"),
    ]);
}

#[test]
fn exponents_begin_where_ecmascript_begins_them() {
    assert_numbers(&[
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("12345e17", "1.2345e+21"),
        ("12345e16", "123450000000000000000"),
        ("1e-6", "0.000001"),
        ("0.0000015", "0.0000015"),
        ("1e-7", "1e-7"),
        ("0.00000012", "1.2e-7"),
        ("-1.5e300", "-1.5e+300"),
        ("5e-324", "5e-324"),
        ("1e-310", "1e-310"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ]);
}

#[test]
fn long_numbers_pass_when_a_double_holds_what_was_written() {
    assert_numbers(&[
        ("9007199254740992", "9007199254740992"),
        ("9007199254740994", "9007199254740994"),
        ("9223372036854775808", "9223372036854776000"),
        ("18446744073709551616", "18446744073709552000"),
        ("0.10000000000000001", "0.1"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("123456789012345680000", "123456789012345680000"),
        ("100000000000000000000000000000", "1e+29"),
    ]);
}

#[test]
fn a_power_of_two_is_written_as_node_does_though_another_decimal_is_nearer() {
    // This holds for two powers in a hundred: the nearest decimal lies below, where the next double is half as far.
    assert_numbers(&[
        ("7.120236347223045e-307", "7.120236347223045e-307"),
        ("5.684341886080802e-14", "5.684341886080802e-14"),
        ("6.189700196426902e+26", "6.189700196426902e+26"),
    ]);
}

#[test]
fn a_double_half_way_between_two_decimals_is_either_of_them() {
    // The double is 1882787203965968.25. Rust writes it with a 3, the server with a 2.
    assert_numbers(&[
        ("1882787203965968.2", "1882787203965968.2"),
        ("1882787203965968.3", "1882787203965968.2"),
        ("1882787203965968.25", "1882787203965968.2"),
        ("562949953421312.12", "562949953421312.1"),
        ("562949953421312.13", "562949953421312.1"),
        ("1882787203965968.8", "1882787203965968.8"),
        ("1882787203965968.7", "1882787203965968.8"),
    ]);
}

#[test]
fn strings_are_escaped_as_json_stringify_does() {
    assert_eq!(
        canonical(r#"["\b\t\n\f\r\"\\\/\u0041\u007f\u001F\u0000\u000b"]"#),
        "[\"\\b\\t\\n\\f\\r\\\"\\\\/A\u{7f}\\u001f\\u0000\\u000b\"]"
    );
    assert_eq!(canonical("[\"é\u{2028}\u{2029}\u{80}<>&\u{fffd}😂\"]"), "[\"é\u{2028}\u{2029}\u{80}<>&\u{fffd}😂\"]");
    assert_eq!(
        canonical(r#"["\u00e9\u20ac\ud83d\ude02\uDBFF\uDFFF\ud7ff\ue000"]"#),
        "[\"é€😂\u{10ffff}\u{d7ff}\u{e000}\"]"
    );
}

#[test]
fn an_escape_is_found_at_every_distance_from_the_start() {
    for length in 0..40 {
        let plain = "x".repeat(length);
        assert_eq!(
            canonical(format!(r#"["{plain}\u000a{plain}\/\"{plain}"]"#)),
            format!(r#"["{plain}\n{plain}/\"{plain}"]"#)
        );
    }
}

#[test]
fn an_empty_body_is_an_empty_object() {
    assert_eq!(SignedBody::empty(), SignedBody::json("{}"));
    assert_eq!(SignedBody::empty().bytes().unwrap(), "{}");
    assert!(SignedBody::empty().portable());
}

#[test]
fn debug_shows_the_length_of_a_body_and_not_its_text() {
    assert_eq!(format!("{:?}", SignedBody::json("[10]")), "SignedBody { len: 4, portable: true, .. }");
    assert!(format!("{:?}", SignedBody::json("10")).contains("Scalar"));
}

#[test]
fn plain_utf_16_order_has_no_indices() {
    let body = Canonical::new().key_order(KeyOrder::Utf16).text("{\"b\":1,\"10\":2,\"9\":3,\"\u{ffff}\":4,\"😂\":5}");
    assert_eq!(body.canonical().unwrap(), "{\"10\":2,\"9\":3,\"b\":1,\"😂\":5,\"\u{ffff}\":4}");
}

#[test]
fn numbers_can_be_sent_as_the_server_sees_them() {
    let body = Canonical::new()
        .numbers(Numbers::AsServerSees)
        .text("[9007199254740993,1e-400,-1e-400,3.141592653589793238,18446744073709551615]");
    assert_eq!(body.canonical().unwrap(), "[9007199254740992,0,0,3.141592653589793,18446744073709552000]");
}

#[test]
fn a_body_is_portable_unless_the_two_orders_differ() {
    for (text, portable) in [
        (r#"{"b":1,"a":2}"#, true),
        (r#"{"1":1,"2":2,"a":3}"#, true),
        (r#"{"9":1,"10":2}"#, false),
        (r#"{"10":1,"9":2}"#, false),
        (r#"{"1":1,"!":2}"#, false),
        (r#"{"a":[{"x":{"9":1,"10":2}}],"b":{"1":1}}"#, false),
        (r#"{"12345678901":1,"9":2}"#, false),
        (r#"{"9007199254740993":1,"12345678901":2}"#, true),
    ] {
        let body = SignedBody::json(text);
        assert!(body.canonical().is_ok());
        assert_eq!(body.portable(), portable, "{text}");
        let plain = Canonical::new().key_order(KeyOrder::Utf16).text(text);
        assert_eq!(plain.portable(), portable, "{text} in plain order");
        assert_eq!(plain == body, portable, "{text}");
    }
}

#[test]
fn an_object_is_ordered_by_its_own_keys_whatever_order_the_one_before_it_had() {
    for (second, expected) in [
        (r#"{"b":3,"a":4}"#, r#"{"a":4,"b":3}"#),
        (r#"{"a":3,"c":4}"#, r#"{"a":3,"c":4}"#),
        (r#"{"c":3,"b":4,"a":5}"#, r#"{"a":5,"b":4,"c":3}"#),
        // These keys begin alike, so their beginnings do not decide their order.
        (r#"{"profileA":3,"profileB":4,"a":5}"#, r#"{"a":5,"profileA":3,"profileB":4}"#),
        (r#"{"profileB":3,"profileA":4}"#, r#"{"profileA":4,"profileB":3}"#),
    ] {
        for first in [r#"{"b":1,"a":2}"#, r#"{"profileB":1,"profileA":2}"#, r#"{"c":1,"b":2,"a":3}"#] {
            let text = canonical(format!("[{first},{second},{first}]"));
            let alone = canonical(first);
            assert_eq!(text, format!("[{alone},{expected},{alone}]"));
        }
    }
}
