//! Tests of redaction.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::*;

fn sent(texts: &[&str]) -> Secrets {
    let mut secrets = Secrets::default();
    for text in texts {
        secrets.add(text);
    }
    secrets
}

/// A way in which a server may write what it was sent.
type Encoder = fn(&str) -> String;

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn bytes(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn escaped_json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}

fn reserved(text: &str, write: impl Fn(u8) -> String) -> String {
    bytes(text, |byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { write(byte) })
}

fn utf16(text: &str, write: impl Fn(u16) -> String) -> String {
    text.encode_utf16().map(write).collect()
}

/// Encoders that the decoders undo or detect.
const ENCODERS: [(&str, Encoder); 44] = [
    ("as it is", str::to_owned),
    ("in capitals", str::to_uppercase),
    ("in small letters", str::to_lowercase),
    ("in title case", |text| {
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + &rest.to_lowercase()
    }),
    ("in JSON", escaped_json),
    ("in JSON in JSON", |text| escaped_json(&escaped_json(text))),
    ("in JSON in JSON in JSON", |text| escaped_json(&escaped_json(&escaped_json(text)))),
    (r"as \u00e9", |text| utf16(text, |unit| format!("\\u{unit:04x}"))),
    (r"as \u00E9", |text| utf16(text, |unit| format!("\\u{unit:04X}"))),
    (r"as \u{e9}", |text| each(text, |c| c.escape_unicode().to_string())),
    (r"as \xe9", |text| bytes(text, |byte| format!("\\x{byte:02x}"))),
    (r"as \351", |text| bytes(text, |byte| format!("\\{byte:03o}"))),
    ("by Debug", |text| format!("{text:?}")),
    ("percent-encoded", |text| bytes(text, |byte| format!("%{byte:02X}"))),
    ("percent-encoded in lower case", |text| bytes(text, |byte| format!("%{byte:02x}"))),
    ("percent-encoded where it must be", |text| reserved(text, |byte| format!("%{byte:02X}"))),
    ("percent-encoded twice", |text| reserved(text, |byte| format!("%25{byte:02x}"))),
    ("as a form", |text| reserved(text, |byte| if byte == b' ' { "+".into() } else { format!("%{byte:02X}") })),
    ("as %u0073", |text| utf16(text, |unit| format!("%u{unit:04x}"))),
    ("in HTML", |text| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
            .replace('é', "&eacute;")
    }),
    ("as &#115;", |text| each(text, |c| format!("&#{};", u32::from(c)))),
    ("as &#0000115;", |text| each(text, |c| format!("&#{:07};", u32::from(c)))),
    ("as &#x73;", |text| each(text, |c| format!("&#x{:x};", u32::from(c)))),
    ("as &#X00073;", |text| each(text, |c| format!("&#X{:05X};", u32::from(c)))),
    ("in CDATA", |text| format!("<![CDATA[{text}]]>")),
    ("in SQL", |text| text.replace('\'', "''")),
    ("in CSV", |text| text.replace('"', "\"\"")),
    ("quoted-printable", |text| reserved(text, |byte| format!("={byte:02X}"))),
    ("in base64", |text| BASE64_STANDARD.encode(text)),
    ("in base64 without padding", |text| BASE64_STANDARD_NO_PAD.encode(text)),
    ("in base64 for URLs", |text| BASE64_URL_SAFE.encode(text)),
    ("in base64 behind one byte", |text| BASE64_URL_SAFE_NO_PAD.encode(format!("x{text}yz"))),
    ("in base64 behind two bytes", |text| BASE64_STANDARD.encode(format!("ab{text}"))),
    ("in hexadecimal", |text| bytes(text, |byte| format!("{byte:02x}"))),
    ("in capital hexadecimal", |text| bytes(text, |byte| format!("{byte:02X}"))),
    ("in hexadecimal with colons", |text| bytes(text, |byte| format!("{byte:02x}:"))),
    ("as a list of bytes", |text| format!("{:?}", text.as_bytes())),
    ("with hyphens", |text| each(text, |c| format!("{c}-"))),
    ("with blanks", |text| each(text, |c| format!("{c} "))),
    ("UTF-8 read as Latin-1", |text| text.bytes().map(char::from).collect()),
    ("decomposed", |text| text.replace('ã', "a\u{303}").replace('é', "e\u{301}").replace('ç', "c\u{327}")),
    ("full-width", |text| {
        each(
            text,
            |c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap().into() } else { c.into() },
        )
    }),
    ("reversed", |text| text.chars().rev().collect()),
    ("by rot13", |text| {
        each(text, |c| match c {
            'a'..='m' | 'A'..='M' => char::from(c as u8 + 13).into(),
            'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13).into(),
            _ => c.into(),
        })
    }),
];

/// Encoders for which no decoder was written.
const UNKNOWN: [(&str, Encoder); 6] = [
    ("as calls of chr", |text| bytes(text, |byte| format!("chr({byte})||"))),
    ("as a list in C", |text| bytes(text, |byte| format!("0x{byte:02X}, "))),
    ("with what has no width", |text| each(text, |c| format!("{c}\u{200b}"))),
    ("in octal", |text| bytes(text, |byte| format!("{byte:o} "))),
    ("in binary", |text| bytes(text, |byte| format!("{byte:08b} "))),
    ("in braces", |text| each(text, |c| format!("{{{c}}}"))),
];

/// No way in which a server may repeat a password reveals it.
#[test]
fn no_spelling_of_what_was_sent_is_shown() {
    for secret in
        ["s3nh@-Muit0\"Secret4", "S3gr3d0 d'água & mel", "açúcar-com-café9", "minhasenhasecreta", "K7x9", "123456"]
    {
        for (name, encode) in ENCODERS.iter().chain(&UNKNOWN) {
            let written = encode(secret);
            for text in [format!("o valor {written} foi recusado"), written.clone(), format!("valor='{written}';")] {
                let shown = bounded(&text, &sent(&["maria", secret]));
                assert!(shown.contains("[redacted"), "{name}: {text} is shown as {shown}");
                assert_eq!(told(&shown, secret), None, "{name}: {text} is shown as {shown}");
            }
        }
    }
}

/// Half of the password is redacted like the whole, with and without a mark for the omitted part.
#[test]
fn no_half_of_what_was_sent_is_shown() {
    for secret in ["s3nh@-Muit0Secret4", "minhasenhasecreta", "Tr0ub4dor&3", "segredos"] {
        let middle = secret.len() / 2;
        for half in [&secret[..middle], &secret[middle..]] {
            for text in [
                format!("recebi {half}"),
                format!("recebi {half}..."),
                format!("recebi {half}…, que é curta"),
                format!("recebi ***{half}"),
                format!("recebi {}", BASE64_STANDARD.encode(half)),
                format!("recebi {}", bytes(half, |byte| format!("%{byte:02x}"))),
            ] {
                let shown = bounded(&text, &sent(&[secret]));
                assert!(shown.contains("[redacted"), "{text} is shown as {shown}");
            }
        }
    }
}

/// Encodings that cannot be undone, or have no decoder here, look like data.
#[test]
fn words_that_look_like_encoded_data_are_not_shown() {
    for word in [
        "ONZWO4TFMRXQ",       // base32
        "ON3G4Y3FORSQ====",   // base32
        "3yxHmeYBgLxQ4Zo",    // base58
        "4WBmmGvGqpVLrcLS",   // base58
        "F*2M7/c_L$BleB1",    // ascii85
        "BPS8[=cBkm@<",       // ascii85
        "$1$aB3xYz$Qw9eRt",   // crypt
        "CZNUAGETBXVPDG8TC2", // base64 in capitals
    ] {
        let shown = bounded(&format!("valor {word} recusado"), &Secrets::default());
        assert_eq!(shown, "valor [redacted] recusado", "{word}");
    }
}

/// HTML and XML name symbols and letters.
#[test]
fn a_named_symbol_or_letter_is_decoded_in_any_case() {
    let names = "quot amp apos lt gt excl num dollar percnt lpar rpar ast midast plus comma period sol colon semi equals \
        quest commat lsqb lbrack rsqb rbrack bsol hat lowbar grave lcub lbrace rcub rbrace verbar vert hyphen dash \
        ordf ordm aacute eacute iacute oacute uacute yacute agrave egrave igrave ograve ugrave acirc ecirc icirc ocirc \
        ucirc atilde ntilde otilde auml euml iuml ouml uuml yuml ccedil aring uring oslash ccaron ecaron ncaron \
        nbsp tab newline";
    let symbols = r#""&'<>!#$%()**+,./:;=?@[[]]\^_`{{}}||--ªºáéíóúýàèìòùâêîôûãñõäëïöüÿçåůøčěň   "#;
    assert_eq!(names.split(' ').count(), symbols.chars().count());
    for (name, symbol) in names.split(' ').zip(symbols.chars()) {
        for name in [name.to_owned(), name.to_uppercase()] {
            let readings = decode::readings(&format!("s3gr&{name};do")).unwrap();
            let decoded = format!("s3gr{symbol}do");
            assert!(readings.iter().any(|reading| *reading.text == decoded), "&{name};");
        }
    }
    let readings = decode::readings("s3gr&l;do").unwrap();
    assert!(readings.iter().all(|reading| *reading.text != "s3grt<do"), "a part of a name is not a name");
}

/// The rules that decide whether a text is shown, at their limits.
#[test]
fn each_rule_holds_where_no_other_does() {
    for (text, secret, shown) in [
        ("ONZWO= 4TFMRXQ", "s3gredo", DROPPED),
        ("valor YWJJZGVM", "abcdef", DROPPED),
        ("valor WVDKALPHVM", "abcdef", DROPPED),
        ("recebi a\\\\\\\\\\\"b9c", "a\"b9c", "recebi [redacted]"),
        ("recebi fra&eacute;pn", "sen\u{e9}ca", DROPPED),
        ("recebi kxqz...", "kxqzwvbnmjhg", "recebi [redacted]"),
        ("recebi ***kxqz", "kxqzwvbnmjhg", "recebi [redacted]"),
        ("recebi kxqz e", "kxqzwvbnmjhg", "recebi kxqz e"),
        ("Pagamento recusado", "pagamento da fatura de novembro", "Pagamento recusado"),
        ("com o", "moc", "com o"),
    ] {
        assert_eq!(bounded(text, &sent(&[secret])), shown, "{text}");
    }
}

/// Ordinary messages stay unchanged, even if the password consists of their words.
#[test]
fn a_message_that_repeats_nothing_is_shown_as_it_is() {
    for message in [
        "Email ou senha inválidos",
        "Usuário ou senha incorretos. Você tem mais 2 tentativas até 2026-11-29 10:00.",
        "Invalid credentials (code 401): check your username and password",
        "No active account found with the given credentials",
        "O campo 'data' deve estar no formato DD/MM/AAAA; veja https://api4com.com/docs/v1/errors",
        "HttpMessageNotReadableException: JSON parse error near accessToken",
        "100% das requisições usadas & bloqueadas <até amanhã>",
        "Acesso negado: IP 192.168.0.1 não autorizado",
    ] {
        let passwords =
            ["senha123", "minhasenha", "Senha@2024", "maria-s3gr3d0", "inv4lid0s!", "a senha de hoje", "segredo"];
        for password in passwords {
            let secrets = sent(&["maria", password, "maria@example.com", "x1", "!"]);
            assert_eq!(bounded(message, &secrets), message, "{password}");
        }
    }
}

#[test]
fn what_was_sent_is_cut_out_where_it_stands_as_it_is() {
    for password in ["s3gredo", r#"s3gr"edo"#, r"s3gr\edo\", "s3gr\tedo", "maria-s3gr3d0", "ção", "abc", "a!"] {
        let shown = bounded(&format!("the word '{password}' is wrong for Maria"), &sent(&["maria", password]));
        assert_eq!(shown, "the word '[redacted]' is wrong for [redacted]", "{password}");
    }
    assert_eq!(bounded("abcd, bca, xabc", &sent(&["abc"])), "abcd, bca, xabc", "three letters alone count alone");
    assert_eq!(bounded("Email ou senha inválidos", &sent(&["senha"])), "Email ou [redacted] inválidos");
    assert_eq!(bounded("pedro@casa.example não existe", &sent(&["maria@casa.example"])), "[redacted] não existe");
}

#[test]
fn in_the_place_of_a_token_a_word_with_a_digit_may_be_one() {
    let secrets = Secrets::default();
    assert_eq!(in_place_of_a_token("canary-8c1f77é20b9", &secrets), MARK);
    assert_eq!(in_place_of_a_token("Erro 401: senha inválida", &secrets), "Erro [redacted] senha inválida");
}

#[test]
fn a_word_as_long_as_a_token_is_not_repeated() {
    let shown = |text: &str| bounded(text, &Secrets::default());
    let token = "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3";
    assert_eq!(shown(&format!("token '{token}' is unknown")), "token [redacted] is unknown");
    for token in [
        "3f5a9c0e-7b1d-4826-a4c8-e6f20b9d7153",
        "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.abc=",
        "c2Vn/cmVk+bw_dG9rZW4.MTIzNDU2Nzg=",
    ] {
        assert_eq!(shown(token), MARK);
    }
    assert_eq!(shown("inconstitucionalissimamente longo"), "inconstitucionalissimamente longo");
}

#[test]
fn a_text_is_one_line_of_at_most_256_characters() {
    assert_eq!(bounded("a\nb\0c", &Secrets::default()), "a b c");
    assert_eq!(bounded(&"é ".repeat(500), &Secrets::default()).chars().count(), 257);
    let late = format!("{} s3gredo-longo", "é ".repeat(125));
    assert!(bounded(&late, &sent(&["s3gredo-longo"])).ends_with("[redac…"), "it is cut out before the text is cut off");
}

/// A code is redacted as a whole, and never replaced by a notice.
#[test]
fn a_code_that_tells_what_was_sent_is_redacted() {
    assert_eq!(code("LOGIN_FAILED", &sent(&["s3gredo"])), "LOGIN_FAILED");
    assert_eq!(code("s3gredo", &sent(&["s3gredo"])), MARK);
    assert_eq!(code("c-zNncmVkbw", &sent(&["s3gredo"])), MARK);
}

/// A text with too many readings is not shown if there are secrets to hide.
#[test]
fn a_text_that_can_be_read_in_too_many_ways_is_dropped() {
    let many: Vec<_> = (0..100).map(|at| format!("%25{at:x}= &amp;lt; \\u{{{at}}}")).collect();
    assert_eq!(bounded(&many.join(" "), &sent(&["s3gredo"])), DROPPED);
    assert_ne!(bounded(&many.join(" "), &Secrets::default()), DROPPED);
    assert_ne!(bounded(&"O campo nome é obrigatório; ".repeat(100), &sent(&["s3gredo"])), DROPPED);
    // The same applies to a text that must be compared with secrets at too many places.
    let repeats = sent(&[&format!("{}b9", "a".repeat(16_000))]);
    assert_eq!(bounded(&"aaaaaaaaaaaaaaa ".repeat(120), &repeats), MARK);
    let many: Vec<_> = (0..20_000).map(|number| format!("valor do campo {number}")).collect();
    let many = sent(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(bounded(&"valor &amp; ".repeat(9), &many), MARK);
    for shown in ["o valor de a&amp;b", "Saldo insuficiente"] {
        assert_eq!(bounded(shown, &many), shown, "it has little in common with them");
    }
}

/// Returns the part of a secret that a text reveals to a reader who knows these encodings. It shares no code with what
/// is tested.
fn told(shown: &str, secret: &str) -> Option<String> {
    let small = |text: &str| text.to_lowercase();
    let letters: Vec<char> = small(secret).chars().collect();
    let least = if letters.len() < MIN_SECRET_LEN { letters.len() } else { MIN_SECRET_LEN };
    let parts = letters.windows(least).map(|part| part.iter().collect::<String>());
    let hard = |part: &String| part.chars().any(|c| c.is_ascii_digit()) || part.len() == secret.len();
    parts.filter(hard).find(|part| {
        let encoded = ENCODERS.iter().map(|(_, encode)| small(&encode(part)));
        encoded.chain([part.clone()]).any(|part| small(shown).contains(&part))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// A secret is never shown, whatever encodings are applied in whatever order.
    #[test]
    fn no_chain_of_encoders_gets_a_secret_shown(
        secret in "[a-zA-Zé]{3,6}[@#!\"&'-][a-zA-Z0-9]{2,6}[0-9]",
        mut chain in prop::collection::vec(select(&ENCODERS[..]), 1..=2),
        (before, behind) in ("[a-z]{0,8} ", "[ ,.;][a-z ]{0,20}"),
    ) {
        // An encoding whose letters lost their case cannot be decoded.
        chain.sort_by_key(|(name, _)| !["in capitals", "in small letters", "in title case"].contains(name));
        let written = chain.iter().fold(secret.clone(), |text, (_, encode)| encode(&text));
        let text = format!("{before}{written}{behind}");
        // Longer texts are cut, and such control characters are never kept.
        prop_assume!(text.len() < MAX_EXAMINED_LEN && !text.contains(|c| ('\u{80}'..'\u{a0}').contains(&c)));
        let names: Vec<_> = chain.iter().map(|(name, _)| *name).collect();
        let shown = bounded(&text, &sent(&["maria", &secret]));
        prop_assert!(shown.contains("[redacted"), "{names:?}: {text} is shown as {shown}");
        prop_assert_eq!(told(&shown, &secret), None, "{:?}: {} is shown as {}", names, text, shown);
    }

    /// A message of words is not dropped because of a password of other characters.
    #[test]
    fn a_message_that_has_nothing_to_do_with_a_secret_is_shown(
        secret in "[a-z]{2}[0-9A-Z@#]{8,14}",
        words in prop::collection::vec("[a-zç]{1,9}", 1..12),
    ) {
        let message = words.join(" ");
        prop_assert_eq!(bounded(&message, &sent(&[&secret])), message);
    }
}
