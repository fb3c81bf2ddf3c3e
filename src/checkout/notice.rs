//! What a page reports about its checkout, and what a checkout may be. Reads; what follows is the attempt's business.

use crate::call::UNIT;
use crate::text::{Split, split};

/// The steps of each flow that has a name: flow, steps, by turns. Payment is the last step before the confirmation, or what a company has
/// instead (the operational playbook on checkouts: payment comes just before confirming). `custom` has none: the site names its own.
pub const PRESETS: &str = "b2c|cart delivery billing payment done|b2b|cart delivery billing terms approval done|\
digital|cart billing payment done|playbook|cart review details payment done";

/// What the page reports. Step ids are the site's; an empty one means the current step.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// What the checkout is. Comes before anything else on every page, and again when it changed.
    Plan(Plan<'a>),
    /// A step is shown; `via` is how the visitor got there, or empty.
    Enter {
        /// Its id.
        step: &'a str,
        /// `form`, `link`, `history` or `script`.
        via: &'a str,
    },
    /// The current step was completed, though no other is shown yet.
    Complete {
        /// Its id.
        step: &'a str,
        /// How.
        via: &'a str,
    },
    /// A field was refused: its name and the rule, never its value.
    Error {
        /// Where.
        step: &'a str,
        /// The field's name.
        field: &'a str,
        /// The rule's: `valueMissing`.
        rule: &'a str,
    },
    /// A step is not needed.
    Skip {
        /// Its id.
        step: &'a str,
        /// The site's word for why.
        reason: &'a str,
    },
    /// The page is about to be left within the checkout.
    Going {
        /// How.
        via: &'a str,
    },
    /// The page is gone, perhaps for good.
    Leave {
        /// The step that the page showed: by the time this is heard, the next page may have shown another.
        step: &'a str,
        /// The browser's word for it.
        reason: &'a str,
    },
    /// The attempt is over.
    Finish,
    /// A sign of somebody in front of the page.
    There,
    /// The page is hidden.
    Away,
}

/// What a site says about its checkout.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The attempt's id, if the site has one.
    pub id: &'a str,
    /// Another, for attempts that the site does not name.
    pub spare: &'a str,
    /// The name of a preset, or the site's own word.
    pub flow: &'a str,
    /// Where a checkout begins; if empty, at the first step that is not the cart.
    pub start: &'a str,
    /// The arm of an experiment.
    pub variant: &'a str,
    /// Step ids in order, separated by `US`; if empty, the preset's, and others as they come.
    pub steps: &'a str,
}

impl<'a> Notice<'a> {
    /// Reads a notice as a page writes it: a number for what it is, and its texts separated by `US`, in the order of the fields above.
    pub fn read(verb: u32, text: &'a str) -> Option<Self> {
        let mut parts = split(text, UNIT);
        Some(match verb {
            0 => Self::Plan(Plan {
                id: parts.part(),
                spare: parts.part(),
                flow: parts.part(),
                start: parts.part(),
                variant: parts.part(),
                steps: parts.rest(),
            }),
            1 => Self::Enter { step: parts.part(), via: parts.part() },
            2 => Self::Complete { step: parts.part(), via: parts.part() },
            3 => Self::Error { step: parts.part(), field: parts.part(), rule: parts.part() },
            4 => Self::Skip { step: parts.part(), reason: parts.part() },
            5 => Self::Going { via: parts.part() },
            6 => Self::Leave { step: parts.part(), reason: parts.part() },
            7 => Self::Finish,
            8 => Self::There,
            9 => Self::Away,
            _ => return None,
        })
    }
}

/// The ids of a preset's steps, separated by spaces; nothing for a flow of the site's own.
pub fn preset(flow: &str) -> &'static str {
    let mut words: Split<'static> = split(PRESETS, '|');
    loop {
        let (known, steps) = (words.part(), words.part());
        if known == flow || known.is_empty() {
            return steps;
        }
    }
}
