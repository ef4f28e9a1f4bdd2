//! Bounded reading of response bodies.

use reqwest::Response;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// The maximum size of a login's response, in bytes.
pub(crate) const LOGIN: usize = 1024 * 1024;
/// The maximum size for [`Request::fetch`](crate::Request::fetch), in bytes.
pub(crate) const FETCH: usize = 16 * 1024 * 1024;
/// The maximum part of an error response that is read, in bytes.
pub(crate) const PROBLEM: usize = 64 * 1024;

/// The capacity for a response of unknown length. A buffer that grows leaves copies behind that are not wiped.
const USUAL: u64 = 16 * 1024;

/// Reads the whole body. Returns an error if it is longer than `max` bytes.
pub(crate) async fn whole(response: Response, max: usize) -> Result<Zeroizing<Vec<u8>>> {
    let (body, all) = read(response, max).await?;
    if all { Ok(body) } else { Err(too_long(max)) }
}

/// Reads the start of an error's body. A response that breaks off still has its status.
pub(crate) async fn beginning(response: Response) -> Zeroizing<Vec<u8>> {
    read(response, PROBLEM).await.map(|(body, _all)| body).unwrap_or_default()
}

async fn read(mut response: Response, max: usize) -> Result<(Zeroizing<Vec<u8>>, bool)> {
    let expected = usize::try_from(response.content_length().unwrap_or(USUAL)).unwrap_or(usize::MAX);
    let mut body = Zeroizing::new(Vec::with_capacity(expected.min(max)));
    loop {
        let chunk = response.chunk().await;
        // The error of a body does not contain the host.
        let Some(chunk) = chunk.map_err(|error| error.with_url(response.url().clone()))? else { break };
        let room = max - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

fn too_long(max: usize) -> Error {
    let remedy = if max == FETCH { "; read a longer one with Request::send" } else { "" };
    Error::new(ErrorKind::Unavailable, format!("the provider's answer is longer than {} KiB{remedy}", max / 1024))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::Frame;

    use super::*;

    /// A body of one chunk without a stated length.
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
