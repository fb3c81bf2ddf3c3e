//! How far visits come: of those that saw a product, how many put one into the cart, saw the cart, began the checkout
//! and ordered. In this order, anything in between allowed (Adobe's eventual path, in the container "visit").

use super::visits::Place;
use crate::counted::{Figure, Figures};

/// The steps.
pub(crate) const STEPS: [Figure; 5] = [Figure::ProductViews, Figure::CartAdditions, Figure::CartViews, Figure::Checkouts, Figure::Orders];

/// Visits that reached each step.
#[derive(Debug, Default)]
pub(crate) struct Fallout {
    reached: [u64; STEPS.len()],
    visit: u64,
    next: usize,
}

impl Fallout {
    /// Takes the next hit of the visit. A hit that carries the events of several steps takes them in their order.
    pub(crate) fn take(&mut self, counts: Figures, place: Place) {
        if place.visit != self.visit {
            self.visit = place.visit;
            self.next = 0;
        }
        while let (Some(step), Some(reached)) = (STEPS.get(self.next), self.reached.get_mut(self.next))
            && counts.has(*step)
        {
            *reached += 1;
            self.next += 1;
        }
    }

    /// The steps and the visits that reached them.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Figure, u64)> {
        STEPS.into_iter().zip(self.reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hits: &[(u64, &[Figure])], expected: [u64; 5]) {
        let mut fallout = Fallout::default();
        for (visit, figures) in hits {
            let mut counts = Figures::default();
            for figure in *figures {
                counts.add(*figure);
            }
            fallout.take(counts, Place { visit: *visit, visitor: 1 });
        }
        assert_eq!(fallout.reached, expected);
    }

    #[test]
    fn counts_visits_that_come_so_far() {
        use Figure::{CartAdditions as Add, CartViews as Cart, Checkouts, Orders, ProductViews as Product};
        check(&[], [0; 5]);
        check(&[(1, &[Product]), (1, &[Add]), (1, &[Cart]), (1, &[Checkouts]), (1, &[Orders])], [1; 5]);
        // Twice in a visit is once; the order matters; the next visit begins anew.
        check(&[(1, &[Product]), (1, &[Product]), (1, &[Checkouts]), (1, &[Add]), (2, &[Cart])], [1, 1, 0, 0, 0]);
        check(&[(1, &[Product, Add]), (2, &[Product]), (2, &[Cart])], [2, 1, 0, 0, 0]);
    }
}
