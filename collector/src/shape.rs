//! Looks how deep and how many a body's JSON values are, before anything is built of them: a megabyte of brackets would become some hundred.
//! Judges nothing else; what is no JSON is found when it is decoded.

use crate::answer::Problem;
use crate::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};

/// Refuses a body that is nested too deep or holds too many values.
pub(crate) fn check(json: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut values) = (0_usize, 1_usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => (depth, values) = (depth + 1, values + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            return Err(Problem::malformed(format!("JSON may be nested {JSON_DEPTH_MAX} deep.")));
        }
        if values > JSON_VALUES_MAX {
            return Err(Problem::malformed(format!("A body may hold {JSON_VALUES_MAX} values.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn passes(json: &str, expected: bool) {
        assert_eq!(check(json.as_bytes()).is_ok(), expected);
    }

    #[test]
    fn bounds_depth_and_number() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        passes(&nested(JSON_DEPTH_MAX), true);
        passes(&nested(JSON_DEPTH_MAX + 1), false);
        passes(&format!("[{}]", "{},".repeat(JSON_DEPTH_MAX * 2)), true);
        passes(&format!("[{}1]", "1,".repeat(JSON_VALUES_MAX - 2)), true);
        passes(&format!("[{}1]", "1,".repeat(JSON_VALUES_MAX - 1)), false);
    }

    #[test]
    fn what_is_quoted_is_text() {
        passes(&format!("\"{}\"", "[,".repeat(JSON_VALUES_MAX)), true);
        passes(&format!("\"\\\"{}\\\\\"", "[".repeat(100)), true);
        passes(&format!("\"\\\\\"{}", "[".repeat(100)), false);
        passes("", true);
    }
}
