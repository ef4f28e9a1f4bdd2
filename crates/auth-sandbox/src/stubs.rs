//! Endpoints and answers of the user's own.

use http::Method;
use serde_json::Value;

use crate::{recorded::Call, reply::Reply};

/// An endpoint of your own at a provider, with a fixed answer.
///
/// The provider checks the request's token first, and answers 401 in its own words without a live one. A stub takes
/// the place of the provider's own endpoint with the same method and path. A login cannot be replaced.
///
/// ```
/// use auth_sandbox::{Method, Sandbox, Stub};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let pontotel = sandbox.pontotel();
/// pontotel.stub(Stub::new(Method::GET, "pontos/").json(&serde_json::json!({ "count": 0 })));
///
/// let url = format!("{}/pontos/", pontotel.base_url());
/// assert_eq!(reqwest::get(url).await?.status(), 401);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stub {
    /// The method. `HEAD` is answered as `GET`.
    pub method: Method,
    /// The path below the base URL, without a slash at the beginning and without a query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Stub {
    /// Creates a stub that answers 200 with `{}`. A slash at the beginning of the path is dropped.
    ///
    /// ```
    /// use auth_sandbox::{Method, Stub};
    ///
    /// assert_eq!(Stub::new(Method::GET, "/pontos/").path, "pontos/");
    /// ```
    #[must_use]
    pub fn new(method: Method, path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path).to_owned();
        Self { method, path, status: 200, content_type: "application/json".to_owned(), body: b"{}".to_vec() }
    }

    /// Sets the status.
    ///
    /// ```
    /// use auth_sandbox::{Method, Stub};
    ///
    /// assert_eq!(Stub::new(Method::POST, "pontos/").status(201).status, 201);
    /// ```
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets the body to this JSON.
    ///
    /// ```
    /// use auth_sandbox::{Method, Stub};
    ///
    /// let stub = Stub::new(Method::GET, "pontos/").json(&serde_json::json!([1]));
    /// assert_eq!(stub.body, b"[1]");
    /// ```
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sets the body and its content type.
    ///
    /// ```
    /// use auth_sandbox::{Method, Stub};
    ///
    /// let stub = Stub::new(Method::GET, "pontos.csv").body("text/csv", "id;hora\n");
    /// assert_eq!(stub.content_type, "text/csv");
    /// ```
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        content_type.clone_into(&mut self.content_type);
        self.body = body.into();
        self
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::new(self.status, &self.content_type, self.body.clone())
    }
}

/// The stubs of one provider. There is one for each method and path.
#[derive(Default)]
pub(crate) struct Stubs(Vec<Stub>);

impl Stubs {
    /// Adds a stub, in place of the one with the same method and path.
    pub(crate) fn add(&mut self, stub: Stub) {
        self.remove(&stub.method, &stub.path);
        self.0.push(stub);
    }

    /// Removes a stub. Returns false if no stub has this method and path.
    pub(crate) fn remove(&mut self, method: &Method, path: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|stub| (&stub.method, stub.path.as_str()) != (method, path));
        self.0.len() < before
    }

    pub(crate) fn all(&self) -> &[Stub] {
        &self.0
    }

    pub(crate) fn find(&self, call: &Call<'_>) -> Option<&Stub> {
        let method = if call.method() == "HEAD" { "GET" } else { call.method() };
        self.0.iter().find(|stub| stub.method == method && stub.path == call.path)
    }
}
