//! By what Adobe knows a visitor and a browser: facts about the page that only Adobe's wire has. Each has a shape, and what does not have it is left
//! out: so numbers of 38 digits need no redaction, and nothing else passes for one.

use crate::call::Call;
use crate::facts::Facts;
use crate::hit::Context;
use crate::text::{listed, number_or, split};
use crate::vocabulary::Group;

/// The facts as calls write them, and the parameters they are on Adobe's wire.
const KEYS: &str = "@mid mid @aid aid @fid fid @org mcorgid @depth c @cookies k";

impl Context {
    /// What is known under a parameter of Adobe's wire, or an empty text: `mid` (the ECID), `aid` (the id in `s_vi`), `fid` (the one in
    /// `s_fid`), `mcorgid`, `c` (bits of a pixel), `k` (whether there are cookies: `Y` or `N`).
    pub fn adobe(&self, parameter: &str) -> &str {
        self.0.text(Group::Variables, parameter)
    }
}

/// Reads the facts that a call carries.
pub(crate) fn read(call: &Call<'_>, context: &mut Facts) {
    let mut keys = split(KEYS, ' ');
    while let Some(path) = keys.next() {
        let parameter = keys.part();
        let text = shaped(parameter, call.text(path));
        if !text.is_empty() {
            context.add(Group::Variables, parameter, text);
        }
    }
}

/// The text if it has the shape that the parameter has at Adobe, and otherwise nothing.
fn shaped<'a>(parameter: &str, text: &'a str) -> &'a str {
    let fits = match parameter {
        "mid" => return ecid(text),
        "mcorgid" => {
            text.strip_suffix("@AdobeOrg").is_some_and(|org| org.len() == 24 && org.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        }
        "c" => number_or(text, 100) < 100,
        "k" => listed(text, "Y N"),
        _ => is_pair(text),
    };
    if fits { text } else { "" }
}

/// The ECID, 38 digits: the text itself, or what follows `MCMID` in the value of an `AMCV_…` cookie.
fn ecid(text: &str) -> &str {
    let mut id = text;
    let mut parts = split(text, '|');
    while let Some(part) = parts.next() {
        if part == "MCMID" {
            id = parts.part();
        }
    }
    if id.len() == 38 && id.bytes().all(|byte| byte.is_ascii_digit()) { id } else { "" }
}

/// Whether a text is two numbers of sixteen hex digits with a dash between them, as the ids in `s_vi` and `s_fid` are.
fn is_pair(text: &str) -> bool {
    text.len() == 33 && text.bytes().enumerate().all(|(at, byte)| if at == 16 { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
