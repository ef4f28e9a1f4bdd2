//! Profiles of the file and of the environment.

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_a_provider_are_a_profile_of_its_name() {
    let place = Place::new().await;
    std::fs::remove_file(place.config()).unwrap();
    let pontotel = place.sandbox.pontotel();
    let mut command = place.command(&["request", "pontotel", "usuarios/", "--fail"]);
    command.env("PONTOTEL_USERNAME", pontotel.username()).env("PONTOTEL_BASE_URL", pontotel.base_url());
    let without = crate::place::Outcome::of(&mut command).failed(2);
    assert!(without.contains("set PONTOTEL_PASSWORD"), "{without}");
    command.env("PONTOTEL_PASSWORD", pontotel.password());
    crate::place::Outcome::of(&mut command).ok();
    let listed = place.run_with(("PONTOTEL_USERNAME", "maria"), &["profiles"]).ok();
    assert!(listed.contains("pontotel") && listed.contains("variables PONTOTEL_") && !listed.contains("econpay"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_comes_from_a_variable_a_file_or_a_program() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    let file = place.folder.path().join("password");
    std::fs::write(&file, format!("{}\n", pontotel.password())).unwrap();
    for source in [
        "variable = \"LOJA\"".to_owned(),
        "file = \"password\"".to_owned(),
        format!("file = {:?}", file.display().to_string()),
        format!("command = [\"/bin/cat\", {:?}]", file.display().to_string()),
    ] {
        place.write(&format!(
            "[profile.loja]\nprovider = \"pontotel\"\nbase_url = \"{}\"\nuser = \"{}\"\nsecret = {{ {source} }}\n",
            pontotel.base_url(),
            pontotel.username()
        ));
        place.run_with(("LOJA", pontotel.password()), &["token", "loja"]).ok();
    }
    assert_eq!(pontotel.logins(), 1, "it is one account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_an_existing_token_sends_no_login() {
    let place = Place::new().await;
    let (pontotel, signed_api) = (place.sandbox.pontotel(), place.sandbox.signed_api());
    let (bearer, pair) = (place.run(&["token", "loja"]).ok(), place.run(&["token", "jogo", "--format", "env"]).ok());
    let file = |name: &str, text: &str| std::fs::write(place.folder.path().join(name), text).unwrap();
    file("token", &bearer);
    for line in pair.lines() {
        let (name, value) = line.split_once('=').unwrap();
        file(name, value);
    }
    place.write(&format!(
        "[profile.loja]\nprovider = \"pontotel\"\nbase_url = \"{}\"\ntoken = {{ file = \"token\" }}\n\
         [profile.jogo]\nprovider = \"signed-api\"\nbase_url = \"{}\"\ntoken = {{ file = \"SIGNED_API_TOKEN\" }}\n\
         signature_token = {{ file = \"SIGNED_API_SIGNATURE_TOKEN\" }}\n",
        pontotel.base_url(),
        signed_api.base_url()
    ));
    assert_eq!(place.run(&["token", "loja"]).ok(), bearer);
    place.run(&["request", "loja", "usuarios/", "--fail"]).ok();
    let body = r#"{"email": "ana@casa.example", "description": "Casa", "profileType": "demo"}"#;
    place.run(&["request", "jogo", "v1/profile", "-d", body, "--sign", "--fail"]).ok();
    assert!(place.run(&["profiles"]).ok().contains("SIGNED_API_TOKEN"));
    assert_eq!((pontotel.logins(), signed_api.logins()), (1, 1), "those of the first two commands");
    pontotel.revoke_all();
    file("token", "another");
    place.run(&["request", "loja", "usuarios/", "--fail"]).failed(22);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_profile_is_refused_with_its_line_and_without_its_secret() {
    let place = Place::new().await;
    std::fs::write(place.folder.path().join("lines"), "maria\ns3gr3do\n").unwrap();
    for (profile, told) in [
        ("provider = \"nada\"", "line 2"),
        ("provider = \"pontotel\"\npasword = \"s3gr3do\"", "unknown field `pasword`"),
        ("provider = \"pontotel\"\nsecret = \"s3gr3do\"", "line 3"),
        ("provider = \"pontotel\"\nsecret = { in_plain_text = \"s3gr3do\" }", "expected one of `variable`"),
        ("provider = \"pontotel\"\nsecret = { command = \"s3gr3do\" }", "expected a sequence"),
        ("provider = \"pontotel\"\nsecret = { password_in_plain_text = s3gr3do }", "line 3"),
        ("provider = \"pontotel\"\nsecret = { variable = \"LOJA\" }", "LOJA is not set"),
        ("provider = \"pontotel\"\nuser = \"maria\"", "`user` has no effect"),
        ("provider = \"pontotel\"\nsecret = { password_in_plain_text = \"s3gr3do\" }", "`user` is missing"),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nenvironment = \"s\"\nsecret = { password_in_plain_text = \"s3gr3do\" }",
            "write \"production\" or \"sandbox\"",
        ),
        (
            "provider = \"signed-api\"\nuser = \"maria\"\nsecret = { password_in_plain_text = \"s3gr3do\" }",
            "an API key is the whole account",
        ),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nsecret = { command = [\"/bin/false\"] }",
            "`/bin/false` has failed",
        ),
        ("provider = \"signed-api\"\nsecret = { password_in_plain_text = \"s3gr3do\" }", "`base_url` is missing"),
        ("provider = \"pontotel\"\nuser = \"maria\"\nsecret = { command = [] }", "command is empty"),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nsecret = { password_in_plain_text = \" \" }",
            "the secret is empty",
        ),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nsecret = { password_in_plain_text = \"s3gr3do\\na\" }",
            "the secret of plain text has several lines",
        ),
        ("provider = \"pontotel\"\nuser = \"maria\"\nsecret = { file = \"lines\" }", "lines has several lines"),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nsecret = { command = [\"echo\", \"s3gr3do\\na\"] }",
            "the secret of the profile cannot be read: `echo` printed several lines",
        ),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\nbase_url = \"http://pontotel.test\"\n\
             secret = { password_in_plain_text = \"s3gr3do\" }",
            "allow it with `dangerous_plain_http = true` in the profile",
        ),
        ("provider = \"pontotel\"\nsecret = { variable = \"A\", file = \"b\" }", "expected one of its keys"),
        ("provider = \"pontotel\"\nstore = \"redis\"", "expected \"none\", \"file\" or { redis = {"),
        ("provider = \"pontotel\"\nquota = { windows = [{ requests = 0, per = 1 }] }", "a whole number above 0"),
        ("provider = \"pontotel\"\nquota = { windows = [] }", "`quota` has no window"),
        (
            "provider = \"pontotel\"\nuser = \"maria\"\ntoken = { password_in_plain_text = \"s3gr3do\" }",
            "a `token` is the whole account",
        ),
        (
            "provider = \"pontotel\"\ntoken = { password_in_plain_text = \"s3gr3do\" }\nsecret = { file = \"a\" }",
            "remove one of them",
        ),
        (
            "provider = \"pontotel\"\nsignature_token = { password_in_plain_text = \"s3gr3do\" }",
            "belongs to a `token` of signed-api",
        ),
        (
            "provider = \"signed-api\"\nenvironment = \"sandbox\"\ntoken = { password_in_plain_text = \"s3gr3do\" }",
            "lacks its signature token",
        ),
    ] {
        place.write(&format!("[profile.loja]\n{profile}\n"));
        let outcome = place.run(&["token", "loja"]);
        assert!(matches!(outcome.code, Some(2 | 5)), "{outcome:?}");
        assert!(outcome.err.contains(told) && !outcome.err.contains("s3gr3do"), "{profile}: {}", outcome.err);
    }
}
