//! Reads a request's body within its bounds of size and time, and inflates it if it is compressed. Knows no format.

use std::io::Read;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;

use crate::answer::Problem;
use crate::limits::{BODY_TIME, DRAINED_BYTES_MAX, INFLATED_BYTES_MAX, REFUSED_BODY_TIME, WIRE_BYTES_MAX};

/// Whether the content type is one of these, its parameters aside.
pub(crate) fn is_type(headers: &HeaderMap, expected: &[&str]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let essence = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim).unwrap_or("");
    let plain = text(header::CONTENT_ENCODING).is_none_or(|coding| matches!(coding, "gzip" | "identity"));
    plain && expected.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// The body as it is on the wire.
pub(crate) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    tokio::time::timeout(BODY_TIME, collect(body)).await.unwrap_or_else(|_| Err(Problem::slow()))
}

async fn collect(body: Body) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut seen = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Problem::malformed("The body broke off."))?;
        seen += piece.len();
        if seen <= WIRE_BYTES_MAX {
            bytes.extend_from_slice(&piece);
        } else if seen > DRAINED_BYTES_MAX {
            break;
        }
    }
    if seen > WIRE_BYTES_MAX { Err(Problem::too_large()) } else { Ok(bytes) }
}

/// Reads what is left of a body that nobody wants, within bounds: a connection that is closed with bytes unread is reset, and its page
/// would not see the answer.
pub(crate) async fn discard(body: Body) {
    let mut pieces = body.into_data_stream();
    let all = async {
        let mut seen = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            seen += piece.len();
            if seen > WIRE_BYTES_MAX {
                break;
            }
        }
    };
    // Whoever is slower than this may as well see a reset.
    let _slow = tokio::time::timeout(REFUSED_BODY_TIME, all).await;
}

/// Inflates a body that begins like gzip: pages cannot say so in a header without a preflight.
pub(crate) fn inflate(bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    bounded(flate2::read::GzDecoder::new(bytes.as_slice()))
}

/// All that a reader gives, unless it gives more than may be.
fn bounded(reader: impl Read) -> Result<Vec<u8>, Problem> {
    let mut inflated = Vec::new();
    let read = reader.take(INFLATED_BYTES_MAX as u64 + 1).read_to_end(&mut inflated);
    if inflated.len() > INFLATED_BYTES_MAX {
        return Err(Problem::too_large());
    }
    read.map(|_| inflated).map_err(|_| Problem::malformed("The body is not the gzip it begins as."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_no_further_than_the_bound() {
        assert!(bounded(std::io::repeat(b' ')).is_err());
        assert_eq!(bounded(std::io::repeat(b' ').take(INFLATED_BYTES_MAX as u64)).map(|bytes| bytes.len()).ok(), Some(INFLATED_BYTES_MAX));
    }
}
