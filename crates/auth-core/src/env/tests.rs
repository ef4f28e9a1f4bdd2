//! Tests of the variables, their files and the errors that name them.

use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;

/// Returns the variables of an environment with these pairs.
fn vars(pairs: &'static [(&str, &str)]) -> Vars<impl Fn(&str) -> Option<String>> {
    let read = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let names = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
    Vars { environment: Some(names), ..Vars::new("ACME", read) }
}

/// Returns the error of a provider that needs a user name and a password.
fn wrong(pairs: &'static [(&str, &str)]) -> String {
    let mut vars = vars(pairs);
    vars.require("USERNAME");
    vars.require("PASSWORD");
    vars.choice("ENVIRONMENT", &[("production", 1), ("sandbox", 2)]);
    vars.get("BASE_URL");
    vars.finish().map_or_else(|error| error.to_string(), |()| String::new())
}

struct Written(PathBuf);

fn written(name: &str, bytes: &[u8]) -> Written {
    let path = std::env::temp_dir().join(format!("auth-core-vars-{name}-{}", std::process::id()));
    fs::write(&path, bytes).expect("a file of this test");
    Written(path)
}

impl Drop for Written {
    fn drop(&mut self) {
        // The file may already be gone.
        let _ = fs::remove_file(&self.0);
    }
}

/// Reads a blank variable whose `_FILE` names a file of these bytes.
fn of_file(name: &str, bytes: &[u8]) -> Result<Option<String>, String> {
    let file = written(name, bytes);
    let read = |name: &str| match name {
        "ACME_PASSWORD" => Some(String::new()),
        "ACME_PASSWORD_FILE" => Some(format!("{}\n", file.0.display())),
        _ => None,
    };
    or_file(read, "ACME_PASSWORD")
}

/// Neither an editor's byte order mark nor a line end is part of a secret.
#[test]
fn a_value_loses_its_mark_and_its_lines_ends_alone_and_a_blank_one_counts_as_absent() {
    for (given, value) in [
        ("s3gredo \r\n", Some("s3gredo ")),
        ("\u{feff}s3gredo\n\n\r\n", Some("s3gredo")),
        (" s3gredo", Some(" s3gredo")),
        ("a\nb", Some("a\nb")),
        ("", None),
        (" \n", None),
        ("\u{feff}\r\n", None),
    ] {
        assert_eq!(trimmed(given), value, "{given:?}");
    }
    assert_eq!(given(Some("s3gredo\n"), "a password", "give one").unwrap(), "s3gredo");
    for blank in [None, Some(""), Some(" "), Some("\n")] {
        let error = given(blank, "a password", "give one").unwrap_err();
        assert_eq!(error.to_string(), "the builder lacks a password: give one");
    }
}

/// The content of the file is the whole secret.
#[test]
fn a_blank_variable_leaves_it_to_the_file_which_is_read_without_its_line_end() {
    for bytes in ["s3gredo", "s3gredo\n", "s3gredo\r\n\n", "\u{feff}s3gredo\r\n"] {
        assert_eq!(of_file("ends", bytes.as_bytes()).unwrap().as_deref(), Some("s3gredo"), "{bytes:?}");
    }
    assert_eq!(of_file("blank", b" s3gredo \n").unwrap().as_deref(), Some(" s3gredo "));
    let most = "a".repeat(64 * 1024);
    assert_eq!(of_file("most", most.as_bytes()).unwrap(), Some(most));
}

/// The error gives the reason for which a file cannot be used, and shows nothing of its content.
#[test]
fn a_file_that_cannot_be_a_secret_is_an_error_that_says_why() {
    for (bytes, why) in [
        (&b"\xff\xfes\x003\x00"[..], "is UTF-16: save it as UTF-8"),
        (b"\xfe\xff\x00s\x003", "is UTF-16"),
        (b"s\x003\x00", "is not UTF-8 text"),
        (b"s3gred\xe3", "is not UTF-8 text"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        ("a".repeat(64 * 1024 + 1).as_bytes(), "is larger than 64 KiB"),
    ] {
        let error = of_file("wrong", bytes).unwrap_err();
        assert!(error.starts_with("ACME_PASSWORD_FILE names /") && error.contains(why), "{error}");
        assert!(!error.contains("s3"), "{error}");
    }
    let named = |path: &'static str| {
        or_file(move |name: &str| (name == "ACME_KEY_FILE").then(|| path.to_owned()), "ACME_KEY").unwrap_err()
    };
    assert!(named("/no/such/file").contains("/no/such/file, which cannot be read: No such file"));
    assert!(named("/").contains("which cannot be read: Is a directory"));
    assert!(!named("s3gredo").contains("s3gredo"), "somebody confused the two variables");
}

#[test]
fn a_variable_comes_before_its_file() {
    let both = |name: &str| match name {
        "ACME_USERNAME" => Some("maria".to_owned()),
        "ACME_USERNAME_FILE" => Some("/no/such/file".to_owned()),
        _ => None,
    };
    assert_eq!(or_file(both, "ACME_USERNAME").unwrap().as_deref(), Some("maria"));
    assert_eq!(or_file(both, "ACME_TOKEN").unwrap(), None);
    // A value from another source is not a path to read.
    let mut elsewhere = Vars::new("ACME", |name: &str| (name == "ACME_KEY_FILE").then(|| "/etc/passwd".to_owned()));
    assert_eq!(elsewhere.get("KEY"), None);
    assert!(elsewhere.finish().is_ok());
}

/// One run reports every fault.
#[test]
fn all_that_is_missing_or_wrong_is_one_error() {
    assert_eq!(wrong(&[]), "set ACME_USERNAME and ACME_PASSWORD");
    assert_eq!(wrong(&[("ACME_USERNAME", "maria"), ("ACME_PASSWORD", "p")]), "");
    let text = wrong(&[("ACME_ENVIRONMENT", "prod"), ("ACME_PASSWORD_FILE", "/no/such/file")]);
    let all = "set ACME_USERNAME; ACME_PASSWORD_FILE names /no/such/file, which cannot be read: No such file or directory \
               (os error 2); set ACME_ENVIRONMENT to production or sandbox, and not to \"prod\"";
    assert_eq!(text, all);
}

/// A token replaces the other secrets, and no group may be incomplete.
#[test]
fn one_of_two_groups_is_demanded_as_a_whole() {
    let wrong = |pairs| {
        let mut vars = vars(pairs);
        for name in ["TOKEN", "SIGNATURE", "USERNAME", "PASSWORD"] {
            vars.get(name);
        }
        vars.either(&["TOKEN", "SIGNATURE"], &["USERNAME", "PASSWORD"]);
        vars.finish().map_or_else(|error| error.to_string(), |()| String::new())
    };
    let either = "set either ACME_TOKEN and ACME_SIGNATURE, or ACME_USERNAME and ACME_PASSWORD";
    assert_eq!(wrong(&[]), either);
    assert_eq!(wrong(&[("ACME_TOKEN", "t"), ("ACME_PASSWORD", "p")]), either);
    assert_eq!(wrong(&[("ACME_TOKEN", "t")]), "set ACME_SIGNATURE");
    assert_eq!(wrong(&[("ACME_PASSWORD", "p"), ("ACME_TOKEN", " ")]), "set ACME_USERNAME");
    for whole in [&[("ACME_TOKEN", "t"), ("ACME_SIGNATURE", "s")], &[("ACME_USERNAME", "u"), ("ACME_PASSWORD", "p")]] {
        assert_eq!(wrong(whole), "");
    }
    let unreadable = wrong(&[("ACME_TOKEN", "t"), ("ACME_SIGNATURE_FILE", "/no/such/file")]);
    assert!(unreadable.starts_with("ACME_SIGNATURE_FILE names /no/such/file, which"), "{unreadable}");
}

/// The error shows nothing of a token that no header can carry.
#[test]
fn a_given_token_is_checked_as_other_secrets_are_trimmed() {
    for good in ["segredo", "segredo\r\n", "\u{feff}segredo\n"] {
        assert_eq!(token(good, "token").unwrap().expose_secret(), "segredo", "{good:?}");
    }
    for (bad, why) in [
        ("", "is empty"),
        (" \n", "is empty"),
        ("Bearer segredo", "begins with its scheme, \"Bearer \"; give the token alone"),
        ("bearer segredo", "begins with its scheme, \"Bearer \"; give the token alone"),
        ("seg redo", "has blanks"),
        (" segredo", "has blanks"),
        ("seg\nredo", "has control characters"),
        ("seg\0redo", "has control characters"),
        ("seg\tredo", "has control characters"),
        ("segredó", "letters outside ASCII"),
        ("seg\u{200b}redo", "letters outside ASCII"),
        (&"segredo".repeat(3000), "is longer than 16 KiB"),
    ] {
        let error = token(bad, "signature token").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{bad:?}");
        assert!(error.to_string().starts_with("the signature token ") && error.to_string().contains(why), "{error}");
        assert!(!format!("{error} {error:?}").contains("redo"), "{error:?}");
    }
}

/// A name that is nearly right is reported, even if nothing else is missing.
#[test]
fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
    let slip = wrong(&[("ACME_USERNAME", "maria"), ("ACME_PASWORD", "s3gredo")]);
    assert_eq!(slip, "set ACME_PASSWORD; ACME_PASWORD is not known; did you mean ACME_PASSWORD?");
    let production = [("ACME_USERNAME", "m"), ("ACME_PASSWORD", "p")];
    for (given, meant) in [
        ("ACME_ENV", "ACME_ENVIRONMENT"),
        ("ACME_ENVIROMENT", "ACME_ENVIRONMENT"),
        ("ACME_environment", "ACME_ENVIRONMENT"),
        ("acme_environment", "ACME_ENVIRONMENT"),
        ("ACME_URL", "ACME_BASE_URL"),
        ("ACME_BASEURL", "ACME_BASE_URL"),
        ("ACME_BASE_URLS", "ACME_BASE_URL"),
        ("ACME_BASE_URI_FILE", "ACME_BASE_URL_FILE"),
    ] {
        let pairs = [production[0], production[1], (given, "s3gredo")];
        let text = wrong(Box::leak(Box::new(pairs)));
        assert_eq!(text, format!("{given} is not known; did you mean {meant}?"));
    }
}

/// A value that cannot be read is not reported as missing, and neither is a file name.
#[test]
fn a_variable_that_is_no_text_is_named_and_so_is_that_of_a_file() {
    for unread in ["ACME_PASSWORD", "ACME_PASSWORD_FILE"] {
        let environment = Some(vec![unread.to_owned()]);
        let mut vars = Vars { environment, ..Vars::new("ACME", |_: &str| None) };
        assert_eq!(vars.require("PASSWORD"), None);
        assert_eq!(vars.finish().unwrap_err().to_string(), format!("{unread} is not UTF-8 text"));
    }
}

/// Other programs may use the same prefix.
#[test]
fn a_variable_of_another_name_is_no_error_and_is_named_beside_one() {
    let own = &[
        ("ACME_USERNAME", "m"),
        ("ACME_PASSWORD", "p"),
        ("ACME_FOO", "s3gredo"),
        ("ACME_DATABASE_URL", "s3gredo"),
        ("ACME_TIMEOUT", "3"),
        ("ACME_PASSWORDS", "not missing"),
        ("ACME_USERNAME_FILE", "/no/such/file"),
    ];
    assert_eq!(wrong(own), "");
    let other = wrong(&[("ACME_EMAIL", "maria"), ("ACME_DATABASE_URL", "s3gredo"), ("ACME_PASSWORD", "p")]);
    assert_eq!(other, "set ACME_USERNAME; not known: ACME_DATABASE_URL, ACME_EMAIL");
}

/// Two typos are a slip, three are another name.
#[test]
fn a_name_with_two_typos_is_misspelt_and_with_three_unknown() {
    let with = |given| [("ACME_USERNAME", "m"), ("ACME_PASSWORD", "p"), (given, "x")];
    let text = wrong(Box::leak(Box::new(with("ACME_ENVIRONMEMTS"))));
    assert_eq!(text, "ACME_ENVIRONMEMTS is not known; did you mean ACME_ENVIRONMENT?");
    assert_eq!(wrong(Box::leak(Box::new(with("ACME_EMVIRONMEMTS")))), "");
}

#[test]
fn debug_shows_the_prefix_and_no_value() {
    assert_eq!(format!("{:?}", vars(&[("ACME_PASSWORD", "s3gredo")])), "Vars { prefix: \"ACME\", .. }");
}

#[tokio::test]
async fn the_file_of_a_variable_is_read_again_and_a_variable_is_not() {
    let file = written("again", b"old\n");
    let (path, variable) = (file.0.display().to_string(), "ACME_PASSWORD".to_owned());
    let from = |value: Option<&'static str>, is_environment: bool| {
        let (path, variable) = (path.clone(), variable.clone());
        let names = is_environment.then(|| vec![variable.clone(), format!("{variable}_FILE")]);
        let read = move |name: &str| match name {
            "ACME_PASSWORD" => value.map(str::to_owned),
            "ACME_PASSWORD_FILE" => Some(path.clone()),
            _ => None,
        };
        Vars { environment: names, ..Vars::new("ACME", read) }.secret("PASSWORD")
    };
    let mut secret = from(Some(" "), true).unwrap();
    assert_eq!(secret, Secret::file(&file.0));
    fs::write(&file.0, "new\n").unwrap();
    assert!(secret.refresh().await.unwrap());
    assert_eq!(secret.expose_secret(), "new");
    assert_eq!(from(Some("value\n"), true), Some(Secret::from("value")), "the variable goes before its file");
    assert_eq!(from(None, false), None, "no file is read for variables that come from elsewhere");
}
