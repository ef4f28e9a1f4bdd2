use super::*;

const DOCUMENT: &str = include_str!("../../tests/new_provider/openapi.json");

/// Returns the fault of the document after one change.
fn fault_of(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "{from}");
    match Model::read("acervo-auth", &DOCUMENT.replacen(from, to, 1), true) {
        Ok(_) => String::new(),
        Err(faults) => faults.join("\n"),
    }
}

/// The original text, its replacement, and the expected fault.
const WRONG: &[(&str, &str, &str)] = &[
    (r#""3.1.0""#, r#""3.0.3""#, "2:14: \"3.0.3\" is not valid: the contracts are written in OpenAPI 3.1"),
    (r#""summary": "Open"#, r#""sumary": "Open"#, "45:19: there is no member `sumary` here: write `summary`"),
    (r#""token": "/session/token""#, r#""token": "/session/tokem""#, "28:14: /session/tokem leads to no property"),
    (r#""seconds": "/session/lives", "never": -1, "#, "", "30:7: a lifetime is one of"),
    (r#""by": "clock""#, r#""by": "moon""#, "32:43: \"moon\" is not valid"),
    (r#"{ "default": 900"#, r#"{ "never": 900"#, "35:7: `never` belongs to `seconds`"),
    (r#"{ "until": "/session/endsAt", "by": "clock""#, r#"{ "default": 7"#, "33:7: nothing comes after a default"),
    (
        r#""quickstart": "whoAmI""#,
        r#""quickstart": "whoAmI", "refresh": { "token": "/session/refreshToken" }"#,
        "the exchange sends no refresh token",
    ),
    (
        r#""operationId": "openSession","#,
        r#""operationId": "openSession",
        "servers": [{ "url": "https://auth.acervo.example", "x-environment": "production" }],"#,
        "has one server for each x-environment",
    ),
    (
        r#""operationId": "openSession","#,
        r#""operationId": "openSession", "servers": [
          { "url": "http://auth.acervo.example", "x-environment": "production" },
          { "url": "https://auth.trials.acervo.example", "x-environment": "trials" }
        ],"#,
        "a server's address begins with https://",
    ),
    (
        r##""application/json": { "schema": { "$ref": "#/components/schemas/LoginRequest" } }"##,
        r#""application/x-www-form-urlencoded": { "schema": { "properties": {
          "pin": { "type": "string", "format": "password" }, "card": { "properties": { "number": { "type": "string" } } }
        } } }"#,
        "a form has neither objects nor lists",
    ),
    (
        r#"{ "name": "query", "in""#,
        r#"{ "name": "X-Name: é", "in": "header", "schema": { "type": "string" } }, { "name": "query", "in""#,
        "no header or cookie has such a name",
    ),
    (r#""token": "/session/token""#, r#""token": { "header": "X \"Token\"" }"#, "no header or cookie has such a name"),
    (r#""login": "openSession","#, "", "28:14: \"/session/token\" is not valid: nothing logs in: add the operationId"),
    (
        r##""application/json": { "schema": { "$ref": "#/components/schemas/LoginRequest" } }"##,
        r##""text/xml": { "schema": { "$ref": "#/components/schemas/LoginRequest" } }"##,
        "a login also a form: describe the schema of one of these",
    ),
    (r#""x-error-kind": "Status","#, r#""x-error-kind": "RateLimited","#, "the client returns Status for a 404"),
    (r#""quickstart": "whoAmI""#, r#""quickstart": "whoIsIt""#, "39:19: there is no operation \"whoIsIt\""),
    (r#""login": "openSession""#, r#""login": "openSesame""#, "27:14: there is no operation \"openSesame\""),
    (r#""is": "denied""#, r#""is": 7"#, "37:41: 7 is not valid: a refusal is a text"),
    (r#""at": "/state""#, r#""at": "/session/lives""#, "the mark of a refusal is at the top"),
    (r#""maxLength": 12"#, r#""pattern": "^[0-9]""#, "described without oneOf, anyOf, allOf and pattern"),
    (r#""scheme": "bearer""#, r#""scheme": "basic""#, "Basic has no place for the login's token"),
    (r#""x-assumption": "Any server may say so.","#, "", "add x-source, or x-assumption with the reason"),
    (r#""x-assumption": "The page shows it once.""#, r#""x-source": "page""#, "there is no source \"page\""),
    (r#""x-error-kind": "Unavailable","#, "", "an answer to a login that is an error has an x-error-kind"),
    (r#""url": "https://trials"#, r#""url": "http://trials"#, "begins with https://"),
    (r#""x-environment": "trials","#, "", "these are not the servers of the root"),
    (
        r#""format": "password", "examples": ["tok-7f6a1c"]"#,
        r#""examples": ["tok-7f6a1c"]"#,
        "give it the format password",
    ),
    (r#""prefix": "ACERVO""#, r#""prefix": "acervo""#, "26:15: \"acervo\" is not valid: variables begin with capitals"),
    (r#""title": "Acervo""#, r#""title": "A \"cervo""#, "4:14: \"A \\\"cervo\" is not valid"),
    (r#""seconds": "/session/lives", "never""#, r#""jwt": ["iat", "exp"], "never""#, "`never` belongs to `seconds`"),
    (r#""by": "server", "x"#, r#""by": "server", "seconds": "/session/lives", "x"#, "a lifetime is one of"),
    (r#"{ "default": 900"#, r#"{ "by": "clock", "default": 900"#, "`by` belongs to `until`"),
    (r#", "is": "denied", "x-source": "start""#, r#", "is": "denied""#, "add x-source, or x-assumption"),
    (r#""is": "denied", "x-source": "start""#, r#""is": "denied", "x-source": "page""#, "no source \"page\""),
    (
        r#"{ "url": "https://trials.acervo.example/v2", "x-environment": "trials" }"#,
        r#"{ "url": "https://trials.acervo.example/v3", "x-environment": "trials" }"#,
        "these are not the servers of the root",
    ),
    (
        r#""x-environment": "trials","#,
        r#""x-environment": "trials", "x-rate-limit": [{ "requests": 5, "per": 60 }],"#,
        "a server has an x-rate-limit only if each has one",
    ),
    (
        r#""x-environment": "trials","#,
        r#""x-environment": "trials", "x-rate-limit": [{ "requests": 0, "per": 60 }],"#,
        "a limit is a number of requests per number of seconds",
    ),
    (r#""x-name": "id""#, r#""x-name": "since""#, "another property is called since: give one of them an x-name"),
    (r#""shelf": { "$ref""#, r#""session": { "$ref""#, "another field of the answer is called session"),
    (r#"schemas/Reader""#, r#"schemas/reader""#, "schemas/reader leads to nothing"),
    (r#""x-method": "who_am_i""#, r#""x-method": "headers""#, "the client has a method of this name"),
    (
        r#""/me": {"#,
        r#""/you": { "get": { "operationId": "open-session", "summary": "S", "x-source": "start", "responses": {} } }, "/me": {"#,
        "another operation is called OPEN_SESSION",
    ),
    (r#""description": "For trials.","#, "", "a server with an x-environment has a description"),
    (
        r#""items": { "type": "string" },"#,
        r#""items": { "type": "string", "format": "password" },"#,
        "users can print it, but it contains a secret",
    ),
    (
        r#""description": "The end of the session." },"#,
        r#""description": "The end of the session." },
              "more": { "type": "array", "description": "M.", "items": { "properties": { "a": { "format": "password" } } } },"#,
        "it contains a secret",
    ),
    (
        r#""format": "password",
            "title": "pin","#,
        r#""title": "pin","#,
        "none of its `required` properties is a secret",
    ),
    (r#""/prices.pdf""#, r#""/prices of {year}""#, "the path has a blank, or other parameters"),
    (r#""/prices.pdf""#, r#""/prices/{year}""#, "other parameters than are described"),
    (r#""/shelves/{numbers}""#, r#""/shelves/{number}""#, "other parameters than are described"),
    (r#""/shelves/{numbers}""#, r#""/shelves""#, "other parameters than are described"),
    (r#""x-method": "who_am_i""#, r#""x-method": "match""#, "or Rust a keyword: take another name"),
    (
        r#""x-method": "loans","#,
        r#""x-method": "loans", "x-pages": { "cursor": "after", "items": "/items" },"#,
        "`next` the place of its next value: add the missing one",
    ),
    (
        r#""x-method": "loans","#,
        r#""x-method": "loans", "x-pages": { "link": true, "number": "page", "items": "/items" },"#,
        "pages have one way",
    ),
    (
        r#""/me": {"#,
        r#""/lend": { "post": { "operationId": "loan", "x-method": "lend", "x-source": "start", "responses": {},
          "requestBody": { "content": { "application/json": { "schema": { "properties": { "a": {} } } } } } } }, "/me": {"#,
        "another type is called LoanBody: rename one of the schemas, or the operation",
    ),
    (
        r#""x-method": "loans","#,
        r#""x-method": "loans", "x-pages": { "next_url": "/links/next", "items": "/items" },"#,
        "\"/links/next\" leads to no property of the page",
    ),
    (
        r#""x-method": "loans","#,
        r#""x-method": "loans", "x-pages": { "next_url": "/next", "has_more": "/kind", "items": "/items" },"#,
        "\"/kind\" leads to no property of the page, or has_more to no boolean",
    ),
    (
        r#""x-method": "tags","#,
        r#""x-method": "tags",
        "parameters": [{ "name": "filter", "in": "query", "schema": { "properties": { "a": { "type": "string" } } } }],"#,
        "no parameter is an object: describe each member",
    ),
    (
        r#"{ "name": "query", "in""#,
        r#"{ "name": "query_", "in": "header", "required": true, "schema": { "type": "string" } }, { "name": "query", "in""#,
        "another argument is called query_: give the schema of one of them an x-name",
    ),
    (
        r#""operationId": "openSession","#,
        r#""operationId": "openSession",
        "parameters": [{ "name": "town", "in": "path", "required": true, "schema": { "type": "string" } }],"#,
        "a login sends parameters in headers and the query: give the server `variables`",
    ),
    (
        r#"{ "name": "open", "in""#,
        r#"{ "name": "types[]", "in": "query", "schema": { "type": "string" } }, { "name": "open", "in""#,
        "another property is called types: give one of them an x-name",
    ),
    (
        r#""explode": false, "schema""#,
        r#""style": "deepObject", "schema""#,
        "a method sends neither this style nor cookies",
    ),
    (
        r#""name": "numbers",
            "in": "path","#,
        r#""name": "numbers", "in": "path", "style": "matrix","#,
        "a method sends neither this style nor cookies",
    ),
    (
        r#""name": "open", "in": "query", "schema": { "type": "boolean" }"#,
        r#""name": "open", "in": "query", "content": { "application/json": { "schema": { "type": "boolean" } } }"#,
        "a method sends a parameter with a `schema`",
    ),
    (
        r#""name": "authors",
            "in": "query","#,
        r#""name": "authors", "in": "cookie","#,
        "a method sends neither this style nor cookies",
    ),
    (
        r#""quickstart": "whoAmI""#,
        r##""quickstart": "whoAmI", "refresh": { "token": "/session/refreshToken",
          "request": { "$ref": "#/components/schemas/Loan" } }"##,
        "the account has no such field: give it a const, or leave it out",
    ),
    (
        r#""unit", "cardNumber", "pin"]"#,
        r#""unit", "cardNumber"]"#,
        "none of its `required` properties is a secret: give one of them the format password",
    ),
    (r#""prefix": "ACERVO","#, r#""prefix": "ACERVO", "prefix": "B","#, "26:35: this member is there twice"),
    (r##""$ref": "#/components/schemas/Shelf""##, r##""$ref": "#/components/responses/Shelf""##, "leads to nothing"),
    (
        r##""$ref": "#/components/schemas/Shelf""##,
        r#""$ref": "other.yaml""#,
        "a reference leads to a place in this document",
    ),
    (
        r#""format": "date-time", "description": "The end of the"#,
        r#""format": "Date", "description": "The end of the"#,
        "\"Date\" is not valid: it is not known",
    ),
    (r#""type": "boolean""#, r#""type": "bolean""#, "\"bolean\" is not valid: a type is one of"),
    (r#""cardNumber", "pin"]"#, r#""cardNumber", "pln"]"#, "there is no such property"),
    (
        r#""shelf": { "$ref""#,
        r#""more": { "type": "object", "description": "M.", "additionalProperties": { "format": "password" } }, "shelf": { "$ref""#,
        "it contains a secret",
    ),
    (
        r#""x-variable": "LIBRARY","#,
        r##""items": { "$ref": "#/components/schemas/LoginRequest" },"##,
        "what the sandbox receives holds itself",
    ),
    (
        r#""until": "/session/endsAt", "by": "clock""#,
        r#""until": "/session/lives", "by": "clock""#,
        "a number of seconds and as a date",
    ),
    (r#""lives": { "type": ["integer", "string"] }"#, r##""lives": { "$ref": "#/x" }"##, "leads to nothing"),
    (
        r#""endsAt": { "type": "string", "format": "date-time""#,
        r#""endsAt": { "type": "integer""#,
        "is no date: take the type string",
    ),
    (
        r#""x-error-kind": "Unavailable""#,
        r#""x-error-kind": "Unavailble""#,
        "\"Unavailble\" is not valid: an error kind is one of",
    ),
    (
        r#""x-method": "who_am_i""#,
        r#""x-method": "stats""#,
        "\"stats\" is not valid: the client has a method of this name",
    ),
    (r#""x-method": "who_am_i","#, r#""x-method": "who_am_i", "x-api": "one","#, "have the operation's x-api"),
    (r#""x-variable": "LIBRARY""#, r#""x-variable": "BASE_URL""#, "every builder has a variable BASE_URL"),
    (r#""x-variable": "LIBRARY""#, r#""x-variable": "TOKEN""#, "every builder has a variable TOKEN"),
    (r#""x-variable": "LIBRARY""#, r#""x-variable": "PIN""#, "another variable is called PIN: add an x-variable"),
    (r#""x-variable": "LIBRARY""#, r#""x-variable": "the branch""#, "it cannot end a variable's name"),
    (
        r#""x-also-called": ["sandbox"]"#,
        r#""x-also-called": ["production"]"#,
        "another environment is called production",
    ),
    (
        r#""x-environment": "trials","#,
        r#""x-environment": "production","#,
        "another server is called production: give each",
    ),
    (
        r#""quickstart": "whoAmI""#,
        r#""quickstart": "whoAmI", "variables": { "LIBARY": "the branch" }"#,
        "nothing reads this variable",
    ),
    (r#""title": "branch""#, r#""title": "bra\nnch""#, "is used in code and tables"),
    (
        r#""security": [{ "bearer": [] }]"#,
        r#""security": [{ "beerer": [] }]"#,
        "there is no security scheme \"beerer\"",
    ),
    (r#""security": [{ "bearer": [] }],"#, "", "it does not say if it needs a token"),
    ("        \"security\": [],\n", "", "a login, or an exchange, needs no token"),
    (r#""token": "tok-7f6a1c", "endsAt""#, r#""token": null, "endsAt""#, "the example open has no token"),
];

#[test]
fn whatever_a_document_lacks_or_says_wrongly_is_named_with_its_line_and_column() {
    let mut wrong = Vec::new();
    for (from, to, fault) in WRONG {
        let said = fault_of(from, to);
        let placed = |fault: &str| fault.splitn(3, ':').take(2).all(|number| number.parse::<usize>().is_ok());
        if !said.contains(fault) || !said.lines().all(placed) {
            wrong.push(format!("{from} → {to}: {said:?} instead of {fault:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_document_of_another_tool_may_have_its_own_formats_extensions_and_words() {
    for (from, to) in [
        (
            r#""format": "date-time", "description": "The end of the"#,
            r#""format": "url", "description": "The end of the"#,
        ),
        (r#""summary": "The reader of the token""#, r#""summary": "", "x-snake": 1, "x-path": [{ "$ref": "a.yaml" }]"#),
        (r#""cardNumber", "pin"]"#, r#""cardNumber", "pin", "inherited"]"#),
        (r#""x-error-kind": "Status","#, ""),
        (
            r#""schemas": {"#,
            r#""schemas": { "Unused": { "x-source": "start", "properties": { "Tid": {}, "tid": {} } },"#,
        ),
    ] {
        assert_eq!(fault_of(from, to), "");
    }
}

#[test]
fn the_source_of_the_root_is_that_of_all_that_states_none() {
    let with = |key: &str| {
        let text = DOCUMENT.replacen('{', &format!("{{ \"x-source\": {key:?},"), 1);
        Model::read("acervo-auth", &text.replace(r#""x-assumption": "Any server may say so.","#, ""), true)
    };
    let templates = Templates::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
    let tables = templates.text("tables.md", Serde(&with("start").unwrap())).unwrap();
    assert!(tables.contains("| all else | what states no origin of its own | [start] |\n"), "{tables}");
    assert!(with("stort").is_err());
}

#[test]
fn a_method_sends_examples_that_the_types_of_its_body_can_read() {
    let body = r#""x-method": "who_am_i", "requestBody": { "content": { "application/json": {
        "schema": { "properties": {
          "lives": { "type": "integer", "example": "3600" }, "note": { "type": "string", "examples": [7, null, "seven"] }
        } },
        "example": { "lives": null, "note": 7 } } } },"#;
    let contract = code_of("contract.rs", &DOCUMENT.replacen(r#""x-method": "who_am_i","#, body, 1));
    assert!(contract.contains(r##"Some(r#"{"lives":1,"note":"seven"}"#)"##), "{contract}");
}

#[test]
fn a_redirect_without_a_kind_is_the_error_that_the_client_returns() {
    let contract = code_of(
        "contract.rs",
        &DOCUMENT.replacen(r#""404": {"#, r#""307": {"#, 1).replacen(r#""x-error-kind": "Status","#, "", 1),
    );
    let (_, gone) = contract.split_once(r#"name: "whoAmI, 307, gone""#).unwrap();
    let (_, outcome) = gone.split_once("outcome: ").unwrap();
    assert!(outcome.starts_with("Err(ErrorKind::Status)"), "{outcome}");
}

#[test]
fn lists_and_quotes_in_a_description_are_those_of_markdown() {
    let long = "word ".repeat(30);
    let text = format!(">Note\n\nOf:\n- {long}\n* [a {long}](b)\n\n12. {long}- {long}> {long}");
    let text = DOCUMENT.replacen("Whose token it is: `GET me`.", &text.replace('\n', "\\n"), 1);
    let model = Model::read("acervo-auth", &text, false).unwrap();
    let templates = Templates::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
    let client = templates.code("client.rs", Serde(&model)).unwrap();
    let docs: Vec<_> = client.lines().map(str::trim).skip_while(|line| *line != "/// Of:").collect();
    let starts = |with: &str| docs.iter().filter(|line| line.starts_with(with)).count();
    assert_eq!(
        ["/// - ", "///   word", "/// * [a", "/// 12. ", "///     word", "/// >"].map(starts),
        [1, 1, 1, 1, 4, 0],
        "{docs:?}"
    );
}

#[test]
fn a_name_that_rust_or_the_crate_has_already_gets_an_underscore() {
    for (from, to, name) in [
        (r#""x-name": "id""#, r#""x-name": "type""#, "type_"),
        (r#""branch": {"#, r#""environment": {"#, "environment_"),
        (r#""shelf": { "$ref""#, r#""expiry": { "$ref""#, "expiry_"),
        (r#""state": {"#, r#""$": { "type": "string" }, "state": {"#, "value"),
    ] {
        assert!(DOCUMENT.contains(from), "{from}");
        let model = Model::read("acervo-auth", &DOCUMENT.replacen(from, to, 1), true).unwrap();
        let members = model.types.iter().chain(&model.answer.wire).chain(&model.requests).flat_map(|it| &it.members);
        let named: Vec<_> = members.map(|member| member.rust.as_str()).collect();
        assert!(named.contains(&name), "{to}: {named:?}");
    }
}

#[test]
fn all_faults_of_a_document_are_reported_in_one_run() {
    let mut text = DOCUMENT.replace("3.1.0", "3.0.3").replace("\"prefix\": \"ACERVO\"", "\"prefix\": \"acervo\"");
    text = text.replace("/session/token", "/session/tokem").replace("\"boolean\"", "\"bolean\"");
    let faults = Model::read("acervo-auth", &text, true).map(drop).unwrap_err();
    for said in ["OpenAPI 3.1", "variables begin with capitals", "/session/tokem leads to no", "a type is one of"] {
        assert!(faults.iter().any(|fault| fault.contains(said)), "{said}: {faults:?}");
    }
}

#[test]
fn the_example_of_the_help_and_the_docs_works_and_has_forty_lines_or_so() {
    let example = include_str!("../../templates/example.json");
    assert!(Model::read("acme-auth", example, false).is_ok(), "{:?}", Model::read("acme-auth", example, false).err());
    assert!(include_str!("../../../docs/contracts.md").contains(example));
    assert!(example.lines().count() <= 42);
}

#[test]
fn the_documents_of_public_apis_have_no_fault_and_fill_every_template() {
    let templates = Templates::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
    for text in [
        include_str!("../../tests/new_provider/asaas.json"),
        include_str!("../../tests/new_provider/braspag.json"),
        include_str!("../../tests/new_provider/efi.json"),
        include_str!("../../tests/new_provider/inter.json"),
        include_str!("../../tests/new_provider/pagarme.json"),
        include_str!("../../tests/new_provider/protheus.json"),
        include_str!("../../tests/new_provider/service-layer.json"),
        include_str!("../../tests/new_provider/sicredi.json"),
    ] {
        let model = Model::read("acervo-auth", text, false).unwrap();
        let of_modules = ["account", "builder", "client", "session", "store", "wire"].map(|name| format!("{name}.rs"));
        for template in of_modules.iter().map(String::as_str).chain(["contract.rs", "tables.md", "new/README.md"]) {
            let text = templates.text(template, Serde(&model)).map_err(|error| error.to_string());
            assert!(text.as_ref().is_ok_and(|text| !text.is_empty()), "{}: {template}: {text:?}", model.name);
        }
    }
}

/// Returns the code of a module, with one blank between its words.
fn code_of(template: &str, document: &str) -> String {
    let model = Model::read("acervo-auth", document, false).map_err(|faults| faults.join("\n")).unwrap();
    let templates = Templates::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
    let code = templates.code(template, Serde(&model)).unwrap();
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_method_takes_what_its_caller_can_choose_and_sends_each_item_of_a_list() {
    let client = code_of("client.rs", DOCUMENT);
    for expected in [
        "fn find_loans( &self, unit: i64, query_: &str, ids: &[&str], authors: &[&str], x_rooms: &[&str], \
         query: &PesquisarEmprestimosQuery, )",
        r#".query(&[("authors", wire::joined(authors, "|"))])"#,
        r#".header("X-Rooms", wire::joined(x_rooms, ","))"#,
        r#".query(&query.years.iter().map(|list| ("years", wire::joined(list, ","))).collect::<Vec<_>>())"#,
        r#"&[("numbers", &wire::joined(numbers, ","))]"#,
        r#".query(&ids.iter().map(|item| ("ids[]", item)).collect::<Vec<_>>())"#,
        r#".query(&query.types.iter().flatten().map(|item| ("types", item)).collect::<Vec<_>>())"#,
        r#".query(&[("kind", "book")])"#,
        "Result<Vec<Emprestimo>>",
        "fn printed_prices(&self) -> Result<Response> { self.get(wire::PRINT_PRICES).error_for_status().await }",
        "fn add_loans(&self, unit: &str, body: &[LoanBody]) -> Result<()>",
        r#".header("content-type", "application/vnd.acervo+json") .json(body)"#,
    ] {
        assert!(client.contains(expected), "{expected}: {client}");
    }
    assert!(!client.contains("Accept"), "OpenAPI ignores such a parameter");
}

#[test]
fn a_stream_sets_its_required_parameters_but_for_the_cursor_of_the_first_page() {
    let with = |pages: &str| {
        let required = r#""in": "query", "required": true, "schema": { "type": "integer" } }"#;
        let parameters = ["page", "limit", "after"].map(|name| format!(r#"{{ "name": "{name}", {required}"#));
        let pages = format!(r#""x-method": "loans", "x-pages": {pages}, "parameters": [{}],"#, parameters.join(", "));
        code_of("client.rs", &DOCUMENT.replacen(r#""x-method": "loans","#, &pages, 1))
    };
    let counted = with(r#"{ "number": "page", "size": { "limit": 50 }, "items": "/items" }"#);
    assert!(counted.contains("fn loans(&self, after: i64)") && !counted.contains(r#"("limit", limit)"#), "{counted}");
    let carried = with(r#"{ "cursor": "after", "next": "/next", "items": "/items" }"#);
    assert!(carried.contains("fn loans(&self, page: i64, limit: i64, after: i64)"), "{carried}");
}

#[test]
fn a_type_in_a_body_that_answers_have_as_well_keeps_the_box_and_the_list_around_it() {
    let from = r#""number": { "type": "integer", "description": "Its number.", "#;
    let to = r##""b": { "$ref": "#/components/schemas/B" }, "all": { "type": "array", "items": {
        "oneOf": [{ "$ref": "#/components/schemas/B" }, { "type": "null" }] } }, "default": { "type": "string" }, "##;
    let b =
        r##""B": { "x-source": "start", "properties": { "b": { "$ref": "#/components/schemas/B" } } }, "Shelf": {"##;
    let text = DOCUMENT.replacen(from, &[to, from].concat(), 1).replacen(r#""Shelf": {"#, b, 1);
    let body = r##""schema": { "type": "array", "items": { "$ref": "#/components/schemas/Loan" } },
              "example": [{ "id": 1 }]"##;
    assert!(text.contains(body));
    let sent = code_of("sent.rs", &text.replacen(body, r##""schema": { "$ref": "#/components/schemas/Shelf" }"##, 1));
    for expected in [
        "pub b: Option<Box<BBody>>,",
        "pub all: Option<Vec<Option<BBody>>>,",
        "pub fn default_(mut self, default_: impl Into<String>)",
    ] {
        assert!(sent.contains(expected), "{expected}: {sent}");
    }
}

#[test]
fn a_block_of_code_in_a_description_is_neither_a_test_nor_a_block_without_an_end() {
    let words = "Since.\\n\\n```rust\\nfn broken( {\\n\\n}\\n```\\n\\n~~~\\nend\\n~~~";
    let text = DOCUMENT.replacen("Whose token it is: `GET me`.", words, 1);
    let (with, without) = (code_of("client.rs", &text), code_of("client.rs", DOCUMENT));
    assert!(with.contains("fn broken( {"), "{with}");
    assert!(!with.contains("~~~") && with.matches("```").count() == without.matches("```").count(), "{with}");
}

/// Returns the document with another login: its body, and the content and the description of its answer.
fn with_login(request: &str, content: &str, auth: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    document["components"]["schemas"]["LoginRequest"] = parse(request);
    document["paths"]["/sessions"]["post"]["responses"] = serde_json::json!({
        "200": { "description": "The token.", "x-source": "start", "content": parse(content) }
    });
    for (name, value) in parse(auth).as_object().unwrap() {
        document["x-auth"][name] = value.clone();
    }
    document["x-auth"].as_object_mut().unwrap().remove("refused");
    document.to_string()
}

const REQUEST: &str = r#"{ "x-source": "start", "required": ["key"], "properties": {
    "key": { "type": "string", "format": "password" },
    "scope": { "type": "string", "const": "all" },
    "device": { "properties": { "at": { "properties": { "name": { "type": "string" } } } } } } }"#;

/// Returns a document whose login returns a refresh token, which this path exchanges.
fn with_exchange(path: &str) -> String {
    let content = r#"{ "application/json": { "schema": { "properties": {
        "token": { "format": "password" }, "again": { "format": "password" }
    } } } }"#;
    let auth = r#"{ "token": "/token", "refresh": { "token": "/again", "operation": "again" },
        "lifetime": [{ "default": 600, "x-source": "start" }] }"#;
    with_login(REQUEST, content, auth).replacen(r#""/me":{"#, path, 1)
}

#[test]
fn the_body_of_a_login_can_be_the_bare_token_and_its_only_lifetime_the_default() {
    let auth = r#"{ "token": "", "lifetime": [{ "default": 600, "x-source": "start" }] }"#;
    for (media, example, body) in
        [("text/plain", "eyJ.a.b", "body: \"eyJ.a.b\","), ("application/json", "eyJ.c.d", "body: r#\"\"eyJ.c.d\"\"#,")]
    {
        let schema = r#"{ "type": "string", "format": "password" }"#;
        let content = format!(r#"{{ "{media}": {{ "schema": {schema}, "example": "{example}" }} }}"#);
        let text = with_login(REQUEST, &content, auth);
        let account = code_of("account.rs", &text);
        assert!(account.contains(r#"let token = answer.text().ok_or_else(|| answer.malformed("it has no token"))?;"#));
        assert!(account.contains("fn expiry() -> Expiry { // The answer does not state it. Expiry::In("));
        let contract = code_of("contract.rs", &text);
        assert!(contract.contains(&format!("{body} outcome: Ok(\"Bearer {example}\")")), "{media}");
    }
}

#[test]
fn a_login_has_any_verb_texts_at_any_depth_and_constants_that_need_not_be_required() {
    let put = r#""/again": { "put": { "operationId": "again", "x-source": "start", "security": [],
        "requestBody": { "content": { "application/json": { "schema": { "required": ["again"], "properties": {
            "again": { "type": "string", "format": "password" } } } } } }, "responses": {} } }, "/me": {"#;
    let text = with_exchange(put);
    let wire = code_of("wire.rs", &text);
    for expected in [
        "pub(crate) key: &'a str, pub(crate) scope: &'a str, }",
        "struct LoginRequestDevice<'a> { pub(crate) at: LoginRequestDeviceAt<'a>, }",
    ] {
        assert!(wire.contains(expected), "{expected}: {wire}");
    }
    let account = code_of("account.rs", &text);
    assert!(account.contains("http.request(Method::PUT, wire::AGAIN).json(&request)"), "{account}");
}

const EXCHANGE: &str = r#""/again": { "post": { "operationId": "again", "x-source": "start", "security": [],
    "parameters": [
        { "name": "X-Renew", "in": "header", "required": true, "schema": { "format": "password" } },
        { "name": "key", "in": "query", "schema": { "format": "password" } }
    ],
    "requestBody": { "content": { "application/vnd.acervo+json; v=2": { "schema": { "properties": {
        "scope": { "type": "string", "const": "again" } } } } } }, "responses": {} } }, "/me": {"#;

#[test]
fn an_exchange_sends_its_own_texts_and_the_fields_of_the_account() {
    let text = with_exchange(EXCHANGE);
    let (account, contract) = (code_of("account.rs", &text), code_of("contract.rs", &text));
    for expected in [
        "RefreshRequest { scope: \"again\"",
        "RefreshQuery { key: self.key.expose_secret()",
        ".header(\"x-renew\", refresh_token)",
        ".header(\"content-type\", \"application/vnd.acervo+json; v=2\");",
    ] {
        assert!(account.contains(expected), "{expected}: {account}");
    }
    assert!(contract.contains(".match_header(\"content-type\", \"application/vnd.acervo+json; v=2\")"), "{contract}");
}

#[test]
fn an_example_is_as_long_as_its_field_allows_and_a_secret_unlike_all_others() {
    let request = r#"{ "x-source": "start", "required": ["pin", "my-pin", "code"], "properties": {
        "pin": { "type": "string", "format": "password", "examples": ["pin"] }, "my-pin": { "type": "string" },
        "number": { "type": "integer", "format": "password" }, "branch": { "type": "integer" },
        "code": { "type": "string", "maxLength": 3 }, "unit": { "type": "string", "maxLength": 9 } } }"#;
    let content = r#"{ "text/plain": { "schema": { "format": "password" } } }"#;
    let auth = r#"{ "token": "", "lifetime": [{ "default": 600, "x-source": "start" }] }"#;
    let text = with_login(request, content, auth);
    let model = Model::read("acervo-auth", &text, false).map_err(|faults| faults.join("\n")).unwrap();
    let fields = model.login.fields().map(|field| serde_json::to_value(field).unwrap());
    let examples: Vec<_> =
        fields.map(|field| field["example"].as_str().unwrap().trim_matches('"').to_owned()).collect();
    let is_alone = |one: &&String| examples.iter().filter(|other| other.contains(one.as_str())).count() == 1;
    assert!(examples.iter().all(|one| is_alone(&one)) && examples.contains(&"cod".to_owned()), "{examples:?}");
    assert!(code_of("builder.rs", &text).contains("account.unit.as_deref().unwrap_or_default()"));
}

#[test]
fn names_of_examples_may_have_quotes_and_descriptions_fences() {
    let text = DOCUMENT.replacen(r#""open": {"#, r#""\"open\"": {"#, 1);
    assert_ne!(text, DOCUMENT);
    let contract = code_of("contract.rs", &text);
    assert!(contract.contains("name: r#\"openSession, 201, \"open\"\"#,"), "{contract}");
    let text = DOCUMENT.replace(r#""cardNumber""#, r#""card \"1\"\n""#);
    assert!(code_of("contract.rs", &text).contains(r#""card \"1\"\n": "#));
    let text = DOCUMENT.replacen("The end of the session.", r"The end.\n\n```\n{\n\n}\n```", 1);
    assert!(!code_of("session.rs", &text).contains("``` {"));
}

#[test]
fn environments_without_public_addresses_share_an_arm() {
    let text = DOCUMENT.replace(
        r#"https://trials.acervo.example/v2""#,
        r#"https://{host}/v2", "variables": { "host": {"default": "x"} }"#,
    );
    let text = text.replace(
        r#"https://api.acervo.example/v2""#,
        r#"https://{host}/v2", "variables": { "host": {"default": "x"} }"#,
    );
    let code = code_of("environment.rs", &text);
    assert!(code.contains("Self::Production | Self::Trials => None"), "{code}");
}

#[test]
fn the_one_example_of_an_answer_is_tested_as_several_are() {
    let model = Model::read("acervo-auth", DOCUMENT, false).map_err(|faults| faults.join("\n")).unwrap();
    let cases = model.endpoints.iter().map(|endpoint| endpoint.get_attr("cases").unwrap().to_string());
    assert!(cases.collect::<String>().contains("nova"));
}

#[test]
fn a_login_is_refused_where_a_member_is_not_null() {
    let text = DOCUMENT.replacen(r#""is": "denied""#, r#""is_not": null"#, 1);
    let model = Model::read("acervo-auth", &text, false).map_err(|faults| faults.join("\n")).unwrap();
    assert_eq!(model.answer.refused[0].0.held, "Value");
}

#[test]
fn an_operation_has_the_parameters_of_its_path() {
    let shared = r#""/tags": {
      "parameters": [{ "name": "shelf", "in": "query", "required": true, "schema": { "type": "integer" } }],"#;
    let model = Model::read("acervo-auth", &DOCUMENT.replacen(r#""/tags": {"#, shared, 1), true).unwrap();
    let methods = model.endpoints.iter().map(|endpoint| serde_json::to_string(endpoint).unwrap());
    let tags: String = methods.filter(|method| method.contains(r#""name":"tags""#)).collect();
    assert!(tags.contains(r#""rust":"shelf""#), "{tags}");
}

#[test]
fn of_alternatives_in_security_the_one_with_the_token_is_taken() {
    let scheme =
        r#""securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": "sid", "x-source": "start" },"#;
    let with = |security: &str| {
        let text = DOCUMENT.replacen(r#""securitySchemes": {"#, scheme, 1);
        let security = format!(r#""security": {security}"#);
        Model::read("acervo-auth", &text.replacen(r#""security": [{ "bearer": [] }]"#, &security, 1), true)
    };
    for alternatives in [r#"[{ "session": [] }, { "bearer": [] }]"#, r#"[{ "bearer": [] }, { "session": [] }]"#] {
        let model = with(alternatives).map_err(|faults| faults.join("\n")).unwrap();
        assert_eq!(model.login.fields().count(), 5, "the session is no field");
    }
    let faults = with(r#"[{ "session": [], "bearer": [] }]"#).map(drop).unwrap_err();
    assert!(faults.concat().contains("another security scheme already carries the token"), "{faults:?}");
}

#[test]
fn two_properties_of_one_schema_are_two_fields_of_the_account() {
    let from = r#""branch": {"#;
    let to = r##""first": { "$ref": "#/components/schemas/Text" }, "second": { "$ref": "#/components/schemas/Text" }, "branch": {"##;
    let schema = r#""schemas": { "Text": { "type": "string", "x-source": "start" },"#;
    let text = DOCUMENT.replacen(from, to, 1).replacen(r#""schemas": {"#, schema, 1);
    let model = Model::read("acervo-auth", &text, true).map_err(|faults| faults.join("\n")).unwrap();
    let fields: Vec<_> = model.login.fields().map(|field| field.rust.as_str()).collect();
    assert!(fields.contains(&"first") && fields.contains(&"second"), "{fields:?}");
}

#[test]
fn a_schema_has_the_properties_of_its_all_of() {
    let from = r#""description": "A reader.","#;
    let to = r##""description": "A reader.", "allOf": [{ "$ref": "#/components/schemas/Rack" }],"##;
    let rack = r##""Rack": { "x-source": "start", "allOf": [{ "$ref": "#/components/schemas/Shelf" }] }, "Shelf": {"##;
    let text = DOCUMENT.replacen(from, to, 1).replacen(r#""Shelf": {"#, rack, 1);
    let model = Model::read("acervo-auth", &text, true).unwrap();
    let reader = model.types.iter().find(|it| it.name == "Reader").unwrap();
    for own in ["number", "active"] {
        assert!(reader.members.iter().any(|member| member.rust == own), "{own}");
    }
}

#[test]
fn lists_recursive_schemas_and_references_that_may_be_null_have_their_types() {
    let from = r#""number": { "type": "integer", "description": "Its number.", "#;
    let to = r##""next": { "anyOf": [{ "$ref": "#/components/schemas/Shelf" }, { "type": "null" }] },
        "books": { "type": "array", "items": { "properties": { "title": { "type": "string" } } } },
        "notes": { "type": "array", "items": { "type": ["string", "null"] } },
        "years": { "anyOf": [{ "type": "array", "items": { "type": "integer" } }, { "type": "null" }] },
        "rooms": { "type": "array", "items": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Loan" }] } },
        "other": { "allOf": [{ "$ref": "#/components/schemas/Loan" }], "nullable": true }, "##;
    let text = DOCUMENT.replacen(from, &[to, from].concat(), 1);
    let model = Model::read("acervo-auth", &text, true).map_err(|faults| faults.join("\n")).unwrap();
    let members = model.types.iter().flat_map(|it| it.members.iter().map(move |member| (&it.name, member)));
    let held: Vec<_> = members.map(|(name, member)| format!("{name}.{}: {}", member.rust, member.held)).collect();
    for expected in [
        "Shelf.next: Option<Box<Shelf>>",
        "Shelf.books: Option<Vec<ShelfBooksItem>>",
        "ShelfBooksItem.title: Option<String>",
        "Shelf.notes: Option<Vec<Option<String>>>",
        "Shelf.years: Option<Vec<i64>>",
        "Shelf.rooms: Option<Vec<Option<Loan>>>",
        "Shelf.other: Option<Loan>",
        "Loans.items: Option<Vec<Loan>>",
        "Loans.ids: Option<Vec<i64>>",
        "Loans.shelves: Value",
    ] {
        assert!(held.iter().any(|held| held == expected), "{expected}: {held:#?}");
    }
}

/// Returns the document with schemas that hold each other. `of` has the members of the one with a number.
fn with_schemas(number: usize, of: impl Fn(usize) -> String) -> String {
    let schema = |own| format!(r#""Node{own}": {{ "x-source": "start", "type": "object", {} }},"#, of(own));
    let schemas = (0..number).map(schema).collect::<Vec<_>>().concat();
    let text = DOCUMENT.replacen(r#""Shelf": {"#, &format!(r#"{schemas} "Shelf": {{"#), 1);
    text.replacen(r##""shelf": { "$ref": "#/components/schemas/Shelf""##, &format!(r#""shelf": {{ {}"#, node(0)), 2)
}

fn node(number: usize) -> String {
    format!(r##""$ref": "#/components/schemas/Node{number}""##)
}

/// A search that visits a schema once for each way to it never ends here.
#[test]
fn hundreds_of_schemas_that_hold_each_other_are_searched_once_each() {
    let ring = |own: usize| {
        let next = [1, 7, 299].map(|step| node((own + step) % 300));
        format!(
            r#""properties": {{ "a": {{ {} }}, "b": {{ {} }}, "c": {{ "items": {{ {} }}, "type": "array" }} }}"#,
            next[0], next[1], next[2]
        )
    };
    let model = Model::read("acervo-auth", &with_schemas(300, ring), false).map_err(|it| it.join("\n")).unwrap();
    let nodes: Vec<_> = model.types.iter().filter(|it| it.name.starts_with("Node")).collect();
    assert_eq!(nodes.len(), 300);
    assert!(nodes.iter().all(|it| it.members[0].held.starts_with("Option<Box<Node")));
    let text = with_schemas(300, ring).replacen(
        r#""properties": { "a": { "$ref""#,
        r#""properties": { "key": { "format": "password" }, "a": { "$ref""#,
        1,
    );
    let faults = Model::read("acervo-auth", &text, false).map(drop).unwrap_err();
    assert!(faults.iter().filter(|fault| fault.contains("it contains a secret")).count() > 300, "a secret in the ring");
    for two in [
        |own: usize| format!(r#""properties": {{ "a": {{ {0} }}, "b": {{ {0} }} }}"#, node((own + 1).min(39))),
        |own| {
            format!(
                r#""properties": {{ "a": {{}} }}, "allOf": [{{ {} }}, {{ {} }}]"#,
                node((own + 1) % 40),
                node((own + 2) % 40)
            )
        },
    ] {
        assert!(Model::read("acervo-auth", &with_schemas(40, two), false).is_ok());
    }
}

/// Each schema is there twice, at each of forty depths.
#[test]
fn a_schema_that_comes_too_often_is_boxed_or_in_the_sandbox_refused() {
    let two = |own: usize| format!(r#""properties": {{ "a": {{ {0} }}, "b": {{ {0} }} }}"#, node((own + 1).min(40)));
    let text = with_schemas(40, two).replacen(r#""Shelf": {"#, r#""Node40": { "x-source": "start" }, "Shelf": {"#, 1);
    let model = Model::read("acervo-auth", &text, false).map_err(|it| it.join("\n")).unwrap();
    let held = |name| &model.types.iter().find(|it| it.name == name).unwrap().members[0].held;
    assert_eq!([held("Node0"), held("Node38")], ["Option<Box<Node1>>", "Option<Node39>"]);
    let loans = r##""schema": { "type": "array", "items": { "$ref": "#/components/schemas/Loan" } },
              "example""##;
    let text = text.replacen(loans, &format!(r#""schema": {{ {} }}, "example""#, node(0)), 1);
    let faults = Model::read("acervo-auth", &text, true).map(drop).unwrap_err();
    assert!(faults.concat().contains("or too many schemas"), "{faults:?}");
}

#[test]
fn a_secret_of_an_answer_is_held_as_one_or_not_at_all() {
    let model = Model::read("acervo-auth", DOCUMENT, true).unwrap();
    let fields: Vec<_> = model.answer.wire.iter().flat_map(|wire| &wire.members).collect();
    assert!(fields.iter().any(|field| field.json == "token" && field.held == "Option<SecretString>"));
    assert!(fields.iter().all(|field| field.json != "refreshToken"), "nobody reads it");
    let shown =
        DOCUMENT.replace(r#""description": "The identifier.""#, r#""format": "password", "description": "It.""#);
    assert!(Model::read("acervo-auth", &shown, true).is_err(), "a type that can be printed would hold a secret");
}

#[test]
fn a_measured_fact_shows_its_date_and_one_that_is_not_there_is_refused() {
    let with = |pointer: &str| {
        let date = format!(r#""x-measured": {{ "{pointer}": "2026-11-29" }}, "x-auth": {{"#);
        Model::read("acervo-auth", &DOCUMENT.replacen(r#""x-auth": {"#, &date, 1), true)
    };
    let model = with("/components/schemas/Reader").unwrap();
    let dated: Vec<_> = model.known.iter().filter(|(row, _)| row.1.measured.is_some()).collect();
    assert!(dated.len() == 1 && dated[0].1[0].to_string().contains("/schemas/Reader"), "{dated:?}");
    let gone = serde_json::to_value(with("/paths/~1me/get/responses/404").unwrap()).unwrap();
    let measured: Vec<_> = gone["errors"].as_array().unwrap().iter().map(|row| &row[0][3]["measured"]).collect();
    assert!(measured.contains(&&serde_json::json!("2026-11-29")), "the table of errors: {measured:?}");
    let faults = with("/components/schemas/Writer").map(|_| ()).unwrap_err();
    assert!(faults[0].contains("there is no /components/schemas/Writer that could be measured"), "{faults:?}");
}

#[test]
fn a_measured_fact_that_the_document_does_not_state_is_a_row_of_the_readme() {
    let with = |mark: &str| {
        let measured = format!(r#""x-measured": {{ "login.second": "{mark}" }}, "x-auth": {{"#);
        Model::read("acervo-auth", &DOCUMENT.replacen(r#""x-auth": {"#, &measured, 1), true)
    };
    let model = with("2026-11-29: it ends the first token").unwrap();
    let templates = Templates::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap();
    let tables = templates.text("tables.md", Serde(&model)).unwrap();
    let row = "| behaviour | `login.second`: it ends the first token | measured on 2026-11-29 |\n";
    assert!(tables.contains(row), "{tables}");
    assert!(with("yesterday").is_err());
}
