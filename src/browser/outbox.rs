//! What the core asks of the world during one call, as one text for the shim:
//!
//! ```text
//! outbox  = *(request FS)
//! request = "+" key US row                 ; store: put
//!         | "-" key                        ; store: delete
//!         | "o" order US stream "-" seq    ; store: an order was counted by this hit
//!         | "s" flight US url US body      ; transport: send
//!         | "t" milliseconds or nothing    ; timer: wake at, or never
//!         | "n" notice                     ; listener: see `listener`
//! ```
//! `FS` is U+001C. What one call puts and deletes is one transaction.

use crate::text::{Append, push_number};

const FILE: char = '\u{1c}';

/// Collects requests; every port has its adapter on it.
#[derive(Default)]
pub(super) struct Outbox(pub(super) String);

impl Outbox {
    pub(super) fn add(&mut self, text: &str) -> &mut Self {
        self.0.add(text);
        self
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        push_number(&mut self.0, number);
        self
    }

    /// Ends a request.
    pub(super) fn end(&mut self) {
        self.0.add_char(FILE);
    }
}
