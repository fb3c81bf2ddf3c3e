//! What a hit counts as. Counts are of hits, as Adobe defines its metrics (`components/metrics/*`): a hit counts once in
//! a figure however often its event is named and whatever value it carries. Never looks at other hits; that an order
//! or a checkout counts once is settled where hits are kept.

use caisse::call::Kind;
use caisse::event::Event;

/// A figure that hits count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Calls of `page()`. Events and links are none, so a checkout never adds to the traffic.
    PageViews,
    /// `prodView`, or products without any event.
    ProductViews,
    /// `scOpen`.
    Carts,
    /// `scAdd`.
    CartAdditions,
    /// `scRemove`.
    CartRemovals,
    /// `scView`.
    CartViews,
    /// `scCheckout`.
    Checkouts,
    /// `purchase`.
    Orders,
}

impl Figure {
    /// Every figure, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::PageViews,
        Self::ProductViews,
        Self::Carts,
        Self::CartAdditions,
        Self::CartRemovals,
        Self::CartViews,
        Self::Checkouts,
        Self::Orders,
    ];

    /// Adobe's event behind the figure; page views have none.
    pub const fn event(self) -> &'static str {
        match self {
            Self::PageViews => "",
            Self::ProductViews => "prodView",
            Self::Carts => "scOpen",
            Self::CartAdditions => "scAdd",
            Self::CartRemovals => "scRemove",
            Self::CartViews => "scView",
            Self::Checkouts => "scCheckout",
            Self::Orders => "purchase",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures(u16);

impl Figures {
    /// The set that was written as this number.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The set as a number, for storages.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether a figure is in the set.
    pub const fn has(self, figure: Figure) -> bool {
        self.0 & figure.bit() != 0
    }

    /// Puts a figure in.
    pub const fn add(&mut self, figure: Figure) {
        self.0 |= figure.bit();
    }

    /// Takes a figure out.
    pub const fn remove(&mut self, figure: Figure) {
        self.0 &= !figure.bit();
    }

    /// The figures in the set.
    pub fn iter(self) -> impl Iterator<Item = Figure> {
        Figure::ALL.into_iter().filter(move |figure| self.has(*figure))
    }

    /// The figures that an event names.
    pub(crate) fn of(event: &Event) -> Self {
        let mut figures = Self::default();
        for figure in Figure::ALL {
            if figure != Figure::PageViews && event.counts(figure.event()) {
                figures.add(figure);
            }
        }
        if event.kind == Kind::Page {
            figures.add(Figure::PageViews);
        }
        // Adobe counts a product view when products are set and events are empty. An event that is none of Adobe's
        // (`listView` with its items) is still an event, so this is for page views and links, which have no name.
        if event.name.is_empty() && event.metrics().next().is_none() && !event.products.is_empty() {
            figures.add(Figure::ProductViews);
        }
        figures
    }
}

/// Pieces and money of the lines of a hit; the report adds them up over orders only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    /// Pieces; Adobe's sum of quantities, to which a line without one adds nothing.
    pub(crate) units: i64,
    /// Amounts of the lines in minor units of the hit's currency, as the crate has them from totals or prices. Never multiplied by the
    /// quantity again.
    pub(crate) revenue: i64,
}

impl Value {
    pub(crate) fn of(event: &Event) -> Self {
        let currency = event.currency();
        event.products.iter().fold(Self::default(), |sum, product| Self {
            units: sum.units.saturating_add(i64::from(product.quantity())),
            revenue: sum.revenue.saturating_add(product.amount(currency).unwrap_or(0)),
        })
    }
}

/// What makes a figure of this event count once for a site: the order's number, the checkout's, or the event's serial.
pub(crate) fn serial(event: &Event, figure: Figure) -> Option<&str> {
    let own = event.metrics().find(|metric| metric.name == figure.event()).map_or("", |metric| metric.id);
    let serial = match figure {
        Figure::Orders => event.order_id(),
        Figure::Checkouts if !event.checkout_id().is_empty() => event.checkout_id(),
        Figure::PageViews => "",
        Figure::Checkouts | Figure::ProductViews | Figure::Carts | Figure::CartAdditions | Figure::CartRemovals | Figure::CartViews => own,
    };
    (!serial.is_empty()).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use caisse::call::Call;
    use caisse::problem::Problems;

    fn event(kind: Kind, name: &str, fields: &[(&str, &str)]) -> Event {
        let mut snapshot = format!("c1\u{1f}{:032x}\u{1f}0\u{1f}0\u{1f}{}\u{1f}{name}\u{1f}", 0, kind.letter());
        for (path, text) in fields {
            snapshot.extend(["\u{1e}", path, "\u{1f}s", text]);
        }
        let call = Call::read(&snapshot).expect("a snapshot");
        Event::parse(&call, &mut Problems::default()).expect("an event")
    }

    #[track_caller]
    fn check(kind: Kind, name: &str, fields: &[(&str, &str)], expected: &[Figure]) {
        let figures: Vec<Figure> = Figures::of(&event(kind, name, fields)).iter().collect();
        assert_eq!(figures, expected);
    }

    #[test]
    fn counts_as_adobe_does() {
        const LINE: &[(&str, &str)] = &[("products.0.id", "A")];
        check(Kind::Page, "", &[], &[Figure::PageViews]);
        check(Kind::Page, "", LINE, &[Figure::PageViews, Figure::ProductViews]);
        check(Kind::Link, "", LINE, &[Figure::ProductViews]);
        check(Kind::Track, "prodView", LINE, &[Figure::ProductViews]);
        check(Kind::Track, "scOpen", &[("products.0.id", "A"), ("event7", "2")], &[Figure::Carts]);
        check(Kind::Track, "scCheckout", LINE, &[Figure::Checkouts]);
        check(Kind::Track, "purchase", &[("orderId", "R1")], &[Figure::Orders]);
        check(Kind::Track, "listView", LINE, &[]);
        check(Kind::Track, "event12", LINE, &[]);
        check(Kind::Custom, "mine", LINE, &[]);
        check(Kind::Track, "sccheckout", LINE, &[]);
    }

    #[test]
    fn adds_line_totals_and_never_multiplies_them() {
        let fields = [
            ("currency", "EUR"),
            ("products.0.id", "A"),
            ("products.0.quantity", "4"),
            ("products.0.lineTotal", "26.80"),
            ("products.1.id", "B"),
            ("products.1.quantity", "3"),
            ("products.1.unitPrice", "0.0125"),
            ("products.2.id", "C"),
        ];
        assert_eq!(Value::of(&event(Kind::Track, "purchase", &fields)), Value { units: 7, revenue: 2_684 });
    }

    #[test]
    fn serials_are_the_shops_own_numbers() {
        let order = event(Kind::Track, "purchase", &[("orderId", "R1"), ("serial", "S1")]);
        assert_eq!(serial(&order, Figure::Orders), Some("R1"));
        let checkout = event(Kind::Track, "scCheckout", &[("checkoutId", "k1")]);
        assert_eq!(serial(&checkout, Figure::Checkouts), Some("k1"));
        let addition = event(Kind::Track, "scAdd", &[("serial", "S1")]);
        assert_eq!(serial(&addition, Figure::CartAdditions), Some("S1"));
        assert_eq!(serial(&event(Kind::Page, "", &[]), Figure::PageViews), None);
    }
}
