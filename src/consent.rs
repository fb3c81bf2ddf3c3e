//! The gate before everything else: nothing is stored or sent unless consent was granted. Never remembers
//! an answer from one page to the next; the page or its consent platform says it on every load.

/// What the visitor said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing yet: calls are held in memory, the disk is not even read.
    #[default]
    Pending,
    /// Yes.
    Granted,
    /// No: nothing is kept, and what was stored is purged.
    Denied,
}

impl State {
    /// Reads a state. Anything that is not exactly one of the three fails closed.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "pending" => Some(Self::Pending),
            "granted" => Some(Self::Granted),
            "denied" => Some(Self::Denied),
            _ => None,
        }
    }
}

/// Calls held until the visitor answers.
pub const HELD_MAX: usize = 100;

/// What becomes of a call at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Go on with it.
    Pass,
    /// It waits in memory.
    Held,
    /// It is forgotten: denied, or too many wait already.
    Refused,
}

/// The gate and what waits before it.
#[derive(Debug, Default)]
pub struct Consent {
    state: State,
    held: Vec<String>,
}

impl Consent {
    /// A gate in the state the page said.
    pub fn new(state: State) -> Self {
        Self { state, held: Vec::new() }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Decides about a call snapshot.
    pub fn offer(&mut self, snapshot: &str) -> Gate {
        match self.state {
            State::Granted => Gate::Pass,
            State::Pending if self.held.len() < HELD_MAX => {
                self.held.push(crate::text::owned(snapshot));
                Gate::Held
            }
            State::Pending | State::Denied => Gate::Refused,
        }
    }

    /// Changes the state. The answer is what was held and may go on now.
    pub fn set(&mut self, state: State) -> Vec<String> {
        self.state = state;
        match state {
            State::Granted => std::mem::take(&mut self.held),
            State::Pending => Vec::new(),
            State::Denied => {
                self.held.clear();
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_until_granted_and_forgets_when_denied() {
        let mut gate = Consent::default();
        for _ in 0..HELD_MAX {
            assert_eq!(gate.offer("a"), Gate::Held);
        }
        assert_eq!(gate.offer("b"), Gate::Refused);
        assert_eq!(gate.set(State::Granted).len(), HELD_MAX);
        assert_eq!(gate.offer("c"), Gate::Pass);
        gate.set(State::Pending);
        assert_eq!(gate.offer("d"), Gate::Held);
        assert!(gate.set(State::Denied).is_empty());
        assert_eq!(gate.offer("e"), Gate::Refused);
        assert!(gate.set(State::Granted).is_empty());
    }

    #[test]
    fn reads_only_exact_words() {
        for bad in ["", "Granted", "yes", "true", "granted "] {
            assert_eq!(State::from_word(bad), None, "{bad:?}");
        }
    }
}
