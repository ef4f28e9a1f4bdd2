//! A JSON body that wipes itself from memory.

use std::io;

use bytes::Bytes;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// Serializes into one buffer of exactly the right size, so that no outgrown copy of a secret is left behind.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value).map_err(unserializable)?;
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *text, value).map_err(unserializable)?;
    Ok(Bytes::from_owner(text))
}

fn unserializable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::InvalidRequest, "the body cannot be written as JSON").with_source(error)
}

struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_values_json() {
        let body = json(&serde_json::json!({"a": ["é", 1, null]})).unwrap();
        assert_eq!(body, r#"{"a":["é",1,null]}"#);
    }

    #[test]
    fn a_body_is_written_into_room_for_all_of_it_so_that_no_copy_is_left_behind() {
        let value = vec![1; 1000];
        let length = json(&value).unwrap().len() as u64;
        let allocated = allocation_counter::measure(|| drop(json(&value))).bytes_total;
        assert!((length..length + 200).contains(&allocated), "{allocated} bytes for {length}");
    }
}
