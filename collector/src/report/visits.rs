//! Forms visits at report time, from the corrected times of whatever hits there are: a hit that comes late joins the
//! visit it belongs to, or joins two to one. Never stores a visit.

use crate::limits::{VISIT_IDLE_MS, VISIT_MS_MAX};
use crate::storage::Fact;

/// Where in the report a hit stands: numbers that differ for different visits and visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The visit.
    pub(crate) visit: u64,
    /// The visitor.
    pub(crate) visitor: u64,
}

/// Goes through the hits in the order of the sink.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    who: Option<(String, String)>,
    place: Place,
    began: i64,
    last: i64,
}

impl Visits {
    /// The place of the next hit. A visit ends after 30 minutes without a hit, and after 12 hours.
    pub(crate) fn place(&mut self, fact: &Fact) -> Place {
        let same = self.who.as_ref().is_some_and(|(site, visitor)| *site == fact.site && *visitor == fact.visitor);
        if !same {
            self.who = Some((fact.site.clone(), fact.visitor.clone()));
            self.place.visitor += 1;
        }
        if !same || fact.at - self.last > VISIT_IDLE_MS || fact.at - self.began > VISIT_MS_MAX {
            self.place.visit += 1;
            self.began = fact.at;
        }
        self.last = fact.at;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[track_caller]
    fn check(hits: &[(&str, i64)], expected: &[(u64, u64)]) {
        let mut visits = Visits::default();
        let places: Vec<(u64, u64)> = hits
            .iter()
            .map(|(visitor, minute)| {
                let place = visits.place(&Fact { visitor: (*visitor).into(), at: minute * MINUTE, ..Fact::default() });
                (place.visitor, place.visit)
            })
            .collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn visits_end_after_half_an_hour_without_a_hit() {
        check(&[("a", 0), ("a", 30), ("a", 61)], &[(1, 1), (1, 1), (1, 2)]);
        check(&[("a", 0), ("b", 0), ("b", 5)], &[(1, 1), (2, 2), (2, 2)]);
    }

    #[test]
    fn visits_end_after_twelve_hours() {
        let hits: Vec<(&str, i64)> = (0..=25).map(|half| ("a", half * 30)).collect();
        let expected: Vec<(u64, u64)> = (0..=25).map(|half| (1, if half <= 24 { 1 } else { 2 })).collect();
        check(&hits, &expected);
    }
}
