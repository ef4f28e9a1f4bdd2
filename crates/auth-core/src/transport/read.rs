//! Reads an answer's body, but not more than was agreed.

use reqwest::Response;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// The limit of a login's answer, in bytes.
pub(crate) const LOGIN: usize = 1024 * 1024;
/// The limit of [`Request::fetch`](crate::Request::fetch), in bytes.
pub(crate) const FETCH: usize = 16 * 1024 * 1024;
/// The part of an error's answer that is read, in bytes.
pub(crate) const PROBLEM: usize = 64 * 1024;

/// Room for an answer of unknown length: one that grows leaves copies behind that are not wiped.
const USUAL: u64 = 16 * 1024;

/// The body, or an error where it is longer than `most` bytes.
pub(crate) async fn whole(response: Response, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    let (body, all) = read(response, most).await?;
    if all { Ok(body) } else { Err(too_long(most)) }
}

/// The beginning of an error's body; an answer that breaks off is no reason to lose its status.
pub(crate) async fn beginning(response: Response) -> Zeroizing<Vec<u8>> {
    read(response, PROBLEM).await.map(|(body, _all)| body).unwrap_or_default()
}

async fn read(mut response: Response, most: usize) -> Result<(Zeroizing<Vec<u8>>, bool)> {
    let expected = usize::try_from(response.content_length().unwrap_or(USUAL)).unwrap_or(usize::MAX);
    let mut body = Zeroizing::new(Vec::with_capacity(expected.min(most)));
    loop {
        let chunk = response.chunk().await;
        // An error of a body knows no host.
        let Some(chunk) = chunk.map_err(|error| error.with_url(response.url().clone()))? else { break };
        let room = most - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

fn too_long(most: usize) -> Error {
    let remedy = if most == FETCH { "; read a longer one with Request::send" } else { "" };
    Error::new(ErrorKind::Unavailable, format!("the provider's answer is longer than {} KiB{remedy}", most / 1024))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::Frame;

    use super::*;

    /// A body of one chunk that does not say how long it is.
    struct Chunk(Option<Bytes>);

    impl http_body::Body for Chunk {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
        }
    }

    #[tokio::test]
    async fn an_answer_of_unknown_length_is_read_into_room_for_sixteen_kibibytes() {
        let body = reqwest::Body::wrap(Chunk(Some(Bytes::from_static(b"{}"))));
        let (body, all) = read(http::Response::new(body).into(), LOGIN).await.unwrap();
        assert_eq!((&body[..], all, body.capacity()), (&b"{}"[..], true, 16 * 1024));
    }
}
