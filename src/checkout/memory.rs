//! What one page remembers of an attempt for the next. Judges nothing: what is not as it was written reads as nothing known.

use super::{Attempt, Step};
use crate::call::{RECORD, UNIT};
use crate::text::{Append, number_or, owned, push_number, split};

impl Attempt {
    /// An attempt as another page [remembered](Self::memory) it.
    pub fn recall(memory: &str) -> Self {
        let mut attempt = Self::default();
        if memory.is_empty() {
            return attempt;
        }
        let mut records = split(memory, RECORD);
        let mut parts = split(records.part(), UNIT);
        for text in attempt.texts() {
            text.add(parts.part());
        }
        for flag in attempt.flags() {
            *flag = parts.part() == "1";
        }
        for number in attempt.numbers() {
            *number = number_or(parts.part(), 0);
        }
        attempt.steps.extend(records.map(Step::read));
        attempt
    }

    /// What the next page has to remember.
    pub fn memory(&self) -> String {
        let mut own = self.clone();
        let mut memory = String::new();
        for text in own.texts() {
            memory.add(text);
            memory.add_char(UNIT);
        }
        for flag in own.flags() {
            push_number(&mut memory, u64::from(*flag));
            memory.add_char(UNIT);
        }
        for number in own.numbers() {
            push_number(&mut memory, *number);
            memory.add_char(UNIT);
        }
        for step in &own.steps {
            step.write(&mut memory);
        }
        memory
    }

    fn texts(&mut self) -> [&mut String; 7] {
        [&mut self.id, &mut self.spare, &mut self.flow, &mut self.start, &mut self.variant, &mut self.current, &mut self.via]
    }

    fn flags(&mut self) -> [&mut bool; 5] {
        [&mut self.listed, &mut self.begun, &mut self.over, &mut self.open, &mut self.left]
    }

    fn numbers(&mut self) -> [&mut u64; 8] {
        let Self { since, ended, going, sign, counted, active, clicks, errors, .. } = self;
        [since, ended, going, sign, counted, active, clicks, errors]
    }
}

impl Step {
    pub(super) fn read(record: &str) -> Self {
        let mut parts = split(record, UNIT);
        Self {
            id: owned(parts.part()),
            viewed: parts.part() == "1",
            skipped: parts.part() == "1",
            hidden: parts.part() == "1",
            errors: number_or(parts.part(), 0),
        }
    }

    pub(super) fn write(&self, memory: &mut String) {
        memory.add_char(RECORD);
        memory.add(&self.id);
        for number in [u64::from(self.viewed), u64::from(self.skipped), u64::from(self.hidden), self.errors] {
            memory.add_char(UNIT);
            push_number(memory, number);
        }
    }
}
