//! The policies by which the body of a request can be sent again.

/// A policy by which a body can be sent again after a 401: [`Cloned`], [`Recorded`](crate::Recorded), [`Never`], or one
/// of yours.
///
/// ```
/// use auth_tower::Replay;
///
/// /// Sends texts again if they are short.
/// #[derive(Clone, Debug)]
/// struct Short;
///
/// impl Replay<String> for Short {
///     type Body = String;
///     type Kept = String;
///
///     fn keep(&self, body: String) -> (String, Option<String>) {
///         let kept = (body.len() < 100).then(|| body.clone());
///         (body, kept)
///     }
///
///     fn again(kept: &String) -> Option<String> {
///         Some(kept.clone())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the policy `{Self}` cannot send a body of type `{B}` again",
    note = "a body that is not `Clone` needs `.replay(Recorded::up_to(bytes))` or `.replay(Never)`"
)]
pub trait Replay<B> {
    /// The body that the inner service gets.
    type Body;
    /// The part of a request's body that the layer keeps until the response arrives.
    type Kept;

    /// Splits a body into the one that is sent now and the part that is kept. `None` if it is not sent again.
    ///
    /// ```
    /// use auth_tower::{Never, Replay};
    ///
    /// assert_eq!(Never.keep("nome=Maria"), ("nome=Maria", None));
    /// ```
    fn keep(&self, body: B) -> (Self::Body, Option<Self::Kept>);

    /// Returns the body to send again, or `None` if it cannot be sent again. The caller then gets the 401. Called for each
    /// replay: once, and seldom twice.
    ///
    /// ```
    /// use auth_tower::{Cloned, Replay};
    ///
    /// let (sent, kept) = Cloned.keep("nome=Maria");
    /// assert_eq!(kept.as_ref().and_then(<Cloned as Replay<&str>>::again), Some(sent));
    /// ```
    fn again(kept: &Self::Kept) -> Option<Self::Body>;
}

/// Sends a clone of the body again: the default, for bodies such as `Full<Bytes>`, `Bytes`, `String` or `()`.
///
/// ```
/// # fn layer(client: &auth_core::Client<impl auth_core::Login>) {
/// let layer = auth_tower::AuthLayer::new(client); // The same as .replay(Cloned).
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Cloned;

impl<B: Clone> Replay<B> for Cloned {
    type Body = B;
    type Kept = B;

    fn keep(&self, body: B) -> (B, Option<B>) {
        let kept = body.clone();
        (body, Some(kept))
    }

    fn again(kept: &B) -> Option<B> {
        Some(kept.clone())
    }
}

/// Sends no request again. The caller gets each 401, which invalidates the credential for later requests.
///
/// ```
/// # fn layer(client: &auth_core::Client<impl auth_core::Login>) {
/// use auth_tower::{AuthLayer, Never};
///
/// let layer = AuthLayer::new(client).replay(Never);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Never;

impl<B> Replay<B> for Never {
    type Body = B;
    type Kept = ();

    fn keep(&self, body: B) -> (B, Option<()>) {
        (body, None)
    }

    fn again((): &()) -> Option<B> {
        None
    }
}
