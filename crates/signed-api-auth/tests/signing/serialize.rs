//! Tests of values through serde: the text of `serde_json` in canonical form.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use signed_api_auth::signing::{Canonical, KeyOrder, Numbers, SignError, SignErrorKind, SignedBody};

fn canonical<T: Serialize + ?Sized>(value: &T) -> String {
    SignedBody::value(value).canonical().expect("the value has a canonical form").to_owned()
}

fn refusal<T: Serialize + ?Sized>(value: &T) -> SignError {
    SignedBody::value(value).canonical().expect_err("the value is refused")
}

/// Asserts that the value and its text by `serde_json` have the same canonical form.
fn assert_as_text<T: Serialize + ?Sized>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(SignedBody::value(value), SignedBody::json(&text), "{text}");
    assert!(SignedBody::value(value).canonical().is_ok(), "{text}");
}

#[test]
fn a_float_of_32_bits_is_its_shortest_decimal() {
    assert_eq!(canonical(&[0.1f32, 16_777_216.0, 3.4e38, 1e-7, -0.0]), "[0.1,16777216,3.4e+38,1e-7,0]");
    assert_as_text(&[f32::MIN_POSITIVE, f32::MAX, f32::EPSILON, 1e-45, 0.3, 1e21, 1e20, 123_456.7]);
}

#[test]
fn integers_of_every_width_follow_the_rule_for_numbers() {
    assert_eq!(
        canonical(&(u64::MAX >> 11, i64::MIN, 1i128 << 100, 1u128 << 127, -5i8, u32::MAX, 0u8)),
        "[9007199254740991,-9223372036854776000,1.2676506002282294e+30,1.7014118346046923e+38,-5,4294967295,0]"
    );
    assert_eq!(refusal(&[u64::MAX]).kind(), SignErrorKind::Number);
    assert_eq!(canonical(&(0i64, 0u64, 0i128, 0u128)), "[0,0,0,0]");
    assert_eq!(refusal(&[i64::MAX]).literal(), Some("9223372036854775807"));
    assert_eq!(refusal(&[-i64::MAX]).literal(), Some("-9223372036854775807"));
    assert_eq!(refusal(&[(1i64 << 53) + 1]).kind(), SignErrorKind::Number);
    assert_eq!(refusal(&[-(1i64 << 53) - 1]).kind(), SignErrorKind::Number);
    assert_eq!(refusal(&[i128::MAX]).kind(), SignErrorKind::Number);
    assert_eq!(refusal(&[u128::MAX]).kind(), SignErrorKind::Number);
    let rounded = Canonical::new().numbers(Numbers::AsServerSees).value(&[u128::MAX]);
    assert_eq!(rounded.canonical().unwrap(), "[3.402823669209385e+38]");
}

#[test]
fn doubles_are_written_as_ecmascript_does() {
    assert_eq!(
        canonical(&[10.0, -0.0, 1e21, 1e-6, 5e-324, f64::MAX, 0.1 + 0.2]),
        "[10,0,1e+21,0.000001,5e-324,1.7976931348623157e+308,0.30000000000000004]"
    );
}

#[test]
fn every_shape_of_serde_is_written_as_serde_json_writes_it() {
    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(u8),
        Tuple(u8, &'static str),
        Struct { z: u8, a: Option<u8> },
    }
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Wrapped(Vec<Shape>);
    #[derive(Serialize)]
    struct Pair(u8, Unit);
    let shapes = vec![Shape::Unit, Shape::Newtype(1), Shape::Tuple(2, "x"), Shape::Struct { z: 3, a: None }];
    assert_eq!(
        canonical(&(Wrapped(shapes), Pair(1, Unit), 'é', Some(true), ())),
        r#"[["Unit",{"Newtype":1},{"Tuple":[2,"x"]},{"Struct":{"a":null,"z":3}}],[1,null],"é",true,null]"#
    );
    assert_as_text(&(Shape::Tuple(1, "\u{1}\"\\/"), Pair(1, Unit), 'x', serde_bytes(&[1, 255])));
}

/// Returns a value that serializes as a byte string.
fn serde_bytes(bytes: &[u8]) -> impl Serialize {
    struct Bytes(Vec<u8>);
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }
    Bytes(bytes.to_vec())
}

/// A body of bytes is JSON text that was passed as a value, in any container.
#[test]
fn bytes_are_no_body() {
    #[derive(Serialize)]
    struct Wrapped<T>(T);
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Either<'a> {
        Bytes(&'a [u8]),
    }
    let text = br#"{"a":1}"#.to_vec();
    for error in [
        refusal(&text),
        refusal(&text[..]),
        refusal(b"{}"),
        refusal(b"1"),
        refusal(&text.clone().into_boxed_slice()),
        refusal(&Cow::from(&text)),
        refusal(&serde_bytes(&text)),
        refusal(&serde_bytes(b"")),
        refusal(&Some(&text)),
        refusal(&Wrapped(&text)),
        refusal(&Either::Bytes(&text)),
        refusal(&VecDeque::from(text.clone())),
        Canonical::new().value(&text).canonical().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.path()), (SignErrorKind::Bytes, "$"), "{error}");
    }
    assert_eq!(
        refusal(&text).to_string(),
        "the body at $ is bytes; JSON text in bytes goes through SignedBody::json_bytes, a list of numbers is one of \
         u16 or wider"
    );
    assert_eq!(SignedBody::json_bytes(&text), SignedBody::value(&json!({"a": 1})));
}

/// Lists of numbers are bodies, and a body may contain bytes.
#[test]
fn numbers_are_a_body_and_bytes_may_be_a_part_of_one() {
    assert_eq!(canonical(&[123u16, 34, 97]), "[123,34,97]");
    assert_eq!(canonical(&[1u32]), "[1]");
    assert_eq!(canonical(&[1i8]), "[1]");
    assert_eq!(canonical(&json!([123, 34])), "[123,34]");
    assert_eq!(canonical(&Vec::<u32>::new()), "[]");
    assert_eq!(canonical(&(1u8, "a,b", 2u8)), r#"[1,"a,b",2]"#);
    assert_eq!(canonical(&(1u8, 300u16)), "[1,300]");
    assert_eq!(canonical(&[[1u8, 2], [3, 4]]), "[[1,2],[3,4]]");
    assert_eq!(canonical(&[[1u8]]), "[[1]]");
    assert_eq!(canonical(&[serde_bytes(b"{}")]), "[[123,125]]");
    assert_eq!(canonical(&json_map("data", serde_bytes(b"{}"))), r#"{"data":[123,125]}"#);
    assert_eq!(canonical(&json_map("a", 1u8)), r#"{"a":1}"#);
}

/// A text is a JSON string, and not the JSON in it.
#[test]
fn json_text_in_a_string_is_refused_with_the_way_to_send_it() {
    let text = r#"{"a":1}"#.to_owned();
    for error in [refusal(&text), refusal(text.as_str()), refusal(&Value::from(text.as_str()))] {
        assert_eq!((error.kind(), error.path()), (SignErrorKind::Scalar, "$"));
        assert!(error.to_string().contains("JSON text goes through SignedBody::json"), "{error}");
    }
}

#[test]
fn fields_are_sorted_at_every_level() {
    #[derive(Serialize)]
    struct Inner {
        y: u8,
        #[serde(rename = "10")]
        ten: u8,
        #[serde(rename = "9")]
        nine: u8,
    }
    #[derive(Serialize)]
    struct Outer {
        z: Vec<Inner>,
        a: Option<Inner>,
    }
    let outer = Outer { z: vec![Inner { y: 1, ten: 2, nine: 3 }], a: None };
    assert_eq!(canonical(&outer), r#"{"a":null,"z":[{"9":3,"10":2,"y":1}]}"#);
    let plain = Canonical::new().key_order(KeyOrder::Utf16).value(&outer);
    assert_eq!(plain.canonical().unwrap(), r#"{"a":null,"z":[{"10":2,"9":3,"y":1}]}"#);
}

#[test]
fn map_keys_are_written_as_serde_json_writes_them() {
    #[derive(Serialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
    enum Name {
        First,
    }
    #[derive(Serialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
    struct Id(u64);
    assert_eq!(canonical(&BTreeMap::from([(-1, 'a'), (2, 'b'), (10, 'c')])), r#"{"2":"b","10":"c","-1":"a"}"#);
    assert_as_text(&BTreeMap::from([(true, 1), (false, 2)]));
    assert_as_text(&BTreeMap::from([('x', 1), ('"', 2), ('é', 3)]));
    assert_as_text(&BTreeMap::from([(u64::MAX, 1), (1, 2)]));
    assert_as_text(&BTreeMap::from([(i128::MIN, 1), (1, 2)]));
    assert_as_text(&BTreeMap::from([(u128::MAX, 1), (1, 2)]));
    assert_as_text(&HashMap::from([(Name::First, 1)]));
    assert_as_text(&HashMap::from([(Id(7), 1)]));
    assert_as_text(&HashMap::from([(Some("x"), 1)]));

    struct Floats;
    impl Serialize for Floats {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry(&1.0f64, "double")?;
            map.serialize_entry(&1.5e300f64, "far")?;
            map.serialize_entry(&0.1f32, "float")?;
            map.end()
        }
    }
    assert_as_text(&Floats);
}

/// A map with one entry, whose key is this.
struct Under<K>(K);

impl<K: Serialize> Serialize for Under<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &1)?;
        map.end()
    }
}

#[test]
fn a_key_that_json_cannot_have_is_refused() {
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    enum Variant {
        Newtype(u8),
    }
    for error in [
        refusal(&HashMap::from([(vec![1], 1)])),
        refusal(&HashMap::from([((), 1)])),
        refusal(&HashMap::from([(None::<u8>, 1)])),
        refusal(&HashMap::from([((1, 2), 1)])),
        refusal(&Under(Unit)),
        refusal(&Under(Variant::Newtype(1))),
        refusal(&Under(serde_bytes(b"x"))),
        refusal(&Under(f64::NAN)),
        refusal(&Under(f32::INFINITY)),
    ] {
        assert_eq!((error.kind(), error.path()), (SignErrorKind::Key, "$"));
    }
}

#[test]
fn flattened_fields_are_part_of_their_object_and_may_not_collide() {
    #[derive(Serialize)]
    struct Inner {
        b: f32,
    }
    #[derive(Serialize)]
    struct Outer {
        z: u8,
        #[serde(flatten)]
        inner: Inner,
        #[serde(flatten)]
        rest: HashMap<&'static str, i32>,
    }
    let outer = |key| Outer { z: 1, inner: Inner { b: 0.1 }, rest: HashMap::from([(key, 2)]) };
    assert_eq!(canonical(&outer("a")), r#"{"a":2,"b":0.1,"z":1}"#);
    let error = refusal(&outer("z"));
    assert_eq!((error.kind(), error.path()), (SignErrorKind::DuplicateKey, "$.z"));
}

#[test]
fn a_raw_value_is_read_like_any_text() {
    #[derive(Serialize)]
    struct Outer<'a> {
        z: &'a RawValue,
        a: u8,
    }
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let outer = |raw: &RawValue| SignedBody::value(&Outer { z: raw, a: 1 });
    assert_eq!(outer(&raw(r#"{ "y": 1.0, "x": [ 1e2 ] }"#)).canonical().unwrap(), r#"{"a":1,"z":{"x":[100],"y":1}}"#);
    assert_eq!(outer(&raw("-0.0")).canonical().unwrap(), r#"{"a":1,"z":0}"#);
    assert_eq!(outer(&raw(r#""\u0041""#)).canonical().unwrap(), r#"{"a":1,"z":"A"}"#);
    assert_eq!(canonical(&raw(r#" {"b":1,"a":2} "#)), r#"{"a":2,"b":1}"#);
    let error = outer(&raw(r#"{"x":[9007199254740993]}"#)).canonical().unwrap_err();
    assert_eq!((error.kind(), error.path()), (SignErrorKind::Number, "$.z.x[0]"));
    assert_eq!(error.offset(), None);
    let error = outer(&raw(r#"{"x":1,"y":2,"x":1}"#)).canonical().unwrap_err();
    assert_eq!((error.kind(), error.path()), (SignErrorKind::DuplicateKey, "$.z.x"));
    let deep = "[".repeat(127) + &"]".repeat(127);
    assert!(outer(&raw(&deep)).canonical().is_ok());
    let deep = "[".repeat(128) + &"]".repeat(128);
    let deep = serde_json::from_str::<&RawValue>(&deep).map(|raw| outer(raw).canonical().unwrap_err().kind());
    assert!(deep.is_err() || deep.is_ok_and(|kind| kind == SignErrorKind::TooDeep));
}

/// A number as `serde_json` serializes it with the feature `arbitrary_precision`.
struct Arbitrary(&'static str);

impl Serialize for Arbitrary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "$serde_json::private::Number";
        let mut number = serializer.serialize_struct(NAME, 1)?;
        number.serialize_field(NAME, self.0)?;
        number.end()
    }
}

#[test]
fn a_number_of_arbitrary_precision_follows_the_rule_for_numbers() {
    assert_eq!(canonical(&[Arbitrary("1.50"), Arbitrary("-1E2"), Arbitrary("0.1000")]), "[1.5,-100,0.1]");
    let error = refusal(&BTreeMap::from([("id", Arbitrary("9007199254740993"))]));
    assert_eq!((error.kind(), error.path()), (SignErrorKind::Number, "$.id"));
    assert_eq!(refusal(&[Arbitrary("NaN")]).kind(), SignErrorKind::NotFinite);
    assert_eq!(refusal(&[Arbitrary("1 2")]).kind(), SignErrorKind::TrailingText);
}

#[test]
fn a_value_of_serde_json_is_signed_as_its_text() {
    let text = r#"{"z":[1,2.5,-3,1e300,true,null,"x"],"a":{"10":1,"9":{}}}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(SignedBody::from(&value), SignedBody::json(text));
    assert_eq!(SignedBody::from(value.clone()), SignedBody::json(text));
    let map = value.as_object().unwrap().clone();
    assert_eq!(SignedBody::from(map), SignedBody::json(text));
    let big: Value = serde_json::from_str("[9007199254740993]").unwrap();
    assert_eq!(SignedBody::from(big).canonical().unwrap_err().kind(), SignErrorKind::Number);
    assert_eq!(SignedBody::from(&json!({})), SignedBody::empty());
}

#[test]
fn what_displays_itself_is_escaped() {
    struct Shown;
    impl Serialize for Shown {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&format_args!("a\"{}\n", "\\é"))
        }
    }
    assert_eq!(canonical(&[Shown]), r#"["a\"\\é\n"]"#);
}

#[test]
fn an_error_of_the_value_itself_names_its_path() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("out of order"))
        }
    }
    let error = refusal(&json_map("a", vec![None, Some(Broken)]));
    assert_eq!((error.kind(), error.path()), (SignErrorKind::Serialize, "$.a[1]"));
    assert_eq!(
        error.to_string(),
        "the value at $.a[1] did not serialize: out of order; change the value, or its Serialize implementation"
    );
    assert_eq!(refusal(&[Some(Broken), None, None]).path(), "$[0]");
    assert_eq!(refusal(&[None, None, Some(Broken)]).path(), "$[2]");
}

fn json_map<T>(key: &'static str, value: T) -> BTreeMap<&'static str, T> {
    BTreeMap::from([(key, value)])
}

#[test]
fn an_error_that_a_value_ignores_still_refuses_the_body() {
    struct Unfinished;
    impl Serialize for Unfinished {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            list.serialize_element(&1)?;
            Err(S::Error::custom("half way"))
        }
    }
    struct Careless;
    impl Serialize for Careless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            let _ignored = list.serialize_element(&Unfinished);
            let _ignored = list.serialize_element(&2);
            list.end()
        }
    }
    struct Scalars(f64);
    impl Serialize for Scalars {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            let _ignored = map.serialize_entry("a", &self.0);
            let _ignored = map.serialize_entry("b", &1);
            map.end()
        }
    }
    struct Raw;
    impl Serialize for Raw {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            const NAME: &str = "$serde_json::private::RawValue";
            let mut raw = serializer.serialize_struct(NAME, 1)?;
            let _ignored = raw.serialize_field(NAME, "{\"a\":1,\"b\":nonsense}");
            raw.end()
        }
    }
    assert_eq!(refusal(&Raw).kind(), SignErrorKind::Serialize);
    assert_eq!(refusal(&Careless).kind(), SignErrorKind::Serialize);
    assert_eq!(refusal(&Scalars(f64::NAN)).kind(), SignErrorKind::Serialize);
    assert_eq!(canonical(&Scalars(1.0)), r#"{"a":1,"b":1}"#);
}

#[test]
fn a_value_that_mixes_up_keys_and_values_is_refused() {
    struct Steps(&'static [bool]);
    impl Serialize for Steps {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for is_key in self.0 {
                if *is_key {
                    map.serialize_key("k:")?;
                } else {
                    map.serialize_value("v:")?;
                }
            }
            map.end()
        }
    }
    assert_eq!(canonical(&Steps(&[true, false])), r#"{"k:":"v:"}"#);
    for steps in [&[false][..], &[true], &[true, true, false], &[true, false, false]] {
        assert_eq!(refusal(&Steps(steps)).kind(), SignErrorKind::Serialize, "{steps:?}");
    }
}

#[test]
fn a_value_may_sign_another_while_it_serializes() {
    struct Nested;
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner = SignedBody::json(r#"{"b":[],"a":{"d":1,"c":2}}"#);
            serializer.serialize_str(inner.canonical().map_err(S::Error::custom)?)
        }
    }
    assert_eq!(canonical(&(1, Nested)), r#"[1,"{\"a\":{\"c\":2,\"d\":1},\"b\":[]}"]"#);
}
