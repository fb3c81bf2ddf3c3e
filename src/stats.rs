//! Counts what became of every call. While a page lives, tracked = acknowledged + waiting + dropped. Never decides: whoever
//! listens to a tracker counts what it hears.

use crate::hit::Reason;

/// The counters of one destination. They count this page's own calls; adopted hits are counted apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls that were made.
    pub tracked: u64,
    /// Hits that the destination acknowledged.
    pub acknowledged: u64,
    /// Hits of earlier pages that this page took over and that were acknowledged.
    pub adopted: u64,
    /// Bytes of beacons sent, retries included.
    pub bytes: u64,
    dropped: [u64; Reason::ALL.len()],
}

impl Counters {
    /// A call was judged.
    pub fn judged(&mut self, dropped: Option<Reason>) {
        self.tracked += 1;
        if let Some(reason) = dropped {
            self.drop(reason);
        }
    }

    /// Hits were acknowledged.
    pub fn acknowledge(&mut self, own: u32, adopted: u32) {
        self.acknowledged += u64::from(own);
        self.adopted += u64::from(adopted);
    }

    /// Counts a call that yields no hit, or a hit given up.
    pub fn drop(&mut self, reason: Reason) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// The reasons that occurred, with their counts.
    pub fn dropped(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.dropped).filter(|(_, count)| *count > 0)
    }

    /// How many calls were dropped, for whatever reason.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().sum()
    }
}
