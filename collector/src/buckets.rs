//! Token buckets: how much each of many may do, at a rate and with a reserve. Bounded, whoever comes; never reads a clock.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use caisse::call::Millis;

use crate::limits::{BUCKETS_MAX, BURST_S};

/// Buckets by whose they are. All are filled at the same rate.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    /// Tokens a second, or thousandths of one a millisecond.
    per_s: u64,
    known: HashMap<K, Bucket>,
    /// Of all who came when there were too many.
    others: Bucket,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of tokens.
    left: u64,
    at: Millis,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets that are filled by so many tokens a second, and are full at first.
    pub(crate) fn new(per_s: u32) -> Self {
        let per_s = u64::from(per_s);
        Self { per_s, known: HashMap::new(), others: Bucket { left: per_s * BURST_S * 1_000, at: 0 } }
    }

    /// Takes a token of somebody's bucket, if there is one.
    pub(crate) fn take<Q>(&mut self, whose: &Q, now: Millis) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let (per_s, most) = (self.per_s, self.per_s * BURST_S * 1_000);
        if let Some(bucket) = self.known.get_mut(whose) {
            return bucket.take(per_s, most, now);
        }
        if self.known.len() >= BUCKETS_MAX {
            // A full bucket is as good as none.
            self.known.retain(|_, bucket| bucket.fill(per_s, most, now) < most);
        }
        if self.known.len() >= BUCKETS_MAX {
            return self.others.take(per_s, most, now);
        }
        let mut bucket = Bucket { left: most, at: now };
        let taken = bucket.take(per_s, most, now);
        self.known.insert(whose.to_owned(), bucket);
        taken
    }
}

impl Bucket {
    fn fill(&mut self, per_s: u64, most: u64, now: Millis) -> u64 {
        // A clock that was set back fills nothing, and is taken as it is from here on.
        self.left = now.saturating_sub(self.at).saturating_mul(per_s).saturating_add(self.left).min(most);
        self.at = now;
        self.left
    }

    fn take(&mut self, per_s: u64, most: u64, now: Millis) -> bool {
        let enough = self.fill(per_s, most, now) >= 1_000;
        if enough {
            self.left -= 1_000;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_000_000_000;

    fn taken(buckets: &mut Buckets<String>, whose: &str, now: Millis) -> usize {
        (0..1_000).take_while(|_| buckets.take(whose, now)).count()
    }

    #[test]
    fn holds_a_reserve_and_is_filled_at_its_rate() {
        let mut buckets = Buckets::new(5);
        assert_eq!(taken(&mut buckets, "a", NOW), 50);
        assert_eq!(taken(&mut buckets, "b", NOW), 50, "everybody has one");
        assert_eq!(taken(&mut buckets, "a", NOW + 199), 0);
        assert_eq!(taken(&mut buckets, "a", NOW + 200), 1);
        assert_eq!(taken(&mut buckets, "a", NOW + 1_200), 5);
        assert_eq!(taken(&mut buckets, "a", NOW + 86_400_000), 50);
        // Set back by an hour, the clock goes on from there.
        assert_eq!(taken(&mut buckets, "a", NOW + 82_800_000), 0);
        assert_eq!(taken(&mut buckets, "a", NOW + 82_801_000), 5);
    }

    #[test]
    fn remembers_so_many_and_no_more() {
        let mut buckets = Buckets::new(1);
        for number in 0..BUCKETS_MAX + 10 {
            assert!(buckets.take(number.to_string().as_str(), NOW));
        }
        assert_eq!(buckets.known.len(), BUCKETS_MAX);
        assert!(!buckets.take("another", NOW), "those who are not known share a bucket");
        // Whoever has not been heard of for long enough is forgotten.
        assert!(buckets.take("another", NOW + 10_000));
        assert_eq!(buckets.known.len(), 1);
    }
}
