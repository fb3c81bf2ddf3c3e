//! By what Adobe knows a visitor and a browser: facts about the page that only Adobe's wire has. Each has a shape, and what does not have it is left
//! out: so numbers of 38 digits need no redaction, and nothing else passes for one.

use crate::call::Call;
use crate::facts::Facts;
use crate::hit::Context;
use crate::text::{before, find, split};
use crate::vocabulary::Group;

/// The facts as calls write them, the parameters they are on Adobe's wire, and the shapes that they have there: `0` is a digit, `F` a hex digit, `*` a
/// letter or digit, `Y` yes or no (`N`), and anything else itself.
const FACTS: &str = "@mid mid 00000000000000000000000000000000000000 @aid aid FFFFFFFFFFFFFFFF-FFFFFFFFFFFFFFFF \
@fid fid FFFFFFFFFFFFFFFF-FFFFFFFFFFFFFFFF @org mcorgid ************************@AdobeOrg @depth c 00 @cookies k Y";

impl Context {
    /// What is known under a parameter of Adobe's wire, or an empty text: `mid` (the ECID), `aid` (the id in `s_vi`), `fid` (the one in
    /// `s_fid`), `mcorgid`, `c` (bits of a pixel), `k` (whether there are cookies: `Y` or `N`).
    pub fn adobe(&self, parameter: &str) -> &str {
        self.0.text(Group::Variables, parameter)
    }
}

/// Reads the facts that a call carries.
pub(crate) fn read(call: &Call<'_>, context: &mut Facts) {
    let mut facts = split(FACTS, ' ');
    while let Some(path) = facts.next() {
        let (parameter, shape) = (facts.part(), facts.part());
        let mut text = call.text(path);
        // The value of a cookie `AMCV_…`, in which the ECID stands among others.
        if let Some(at) = find(text, "MCMID|") {
            text = before(text.get(at + 6..).unwrap_or(""), '|');
        }
        if fits(text, shape) {
            context.add(Group::Variables, parameter, text);
        }
    }
}

/// Whether a text has a shape.
fn fits(text: &str, shape: &str) -> bool {
    let fits = |(byte, kind): (u8, u8)| match kind {
        b'0' => byte.is_ascii_digit(),
        b'F' => byte.is_ascii_hexdigit(),
        b'*' => byte.is_ascii_alphanumeric(),
        b'Y' => matches!(byte, b'Y' | b'N'),
        _ => byte == kind,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}
