//! Every state of `<checkout-progress>`, in every language, direction, form and theme: for eyes, and for the tests that compare
//! pictures and roles. Nothing here is tracked.

use askama::Template;

use super::{Frame, public};
use crate::calls;
use crate::visit::{Answer, Failure, Visit};

/// One element.
struct Case {
    id: String,
    title: String,
    language: &'static str,
    direction: &'static str,
    theme: &'static str,
    layout: &'static str,
    current: &'static str,
    steps: Vec<Item>,
}

/// One entry of its list.
#[derive(Clone)]
struct Item {
    id: &'static str,
    label: &'static str,
    /// Whether it has a page.
    link: bool,
    /// More attributes, ours: nothing of them comes from a visitor.
    more: &'static str,
}

/// Languages, and what the steps are called in them.
const LANGUAGES: [(&str, &str, &str, [&str; 5]); 7] = [
    ("en", "ltr", "English", ["Basket", "Delivery", "Billing", "Payment", "Confirmation"]),
    ("fr", "ltr", "Français", ["Panier", "Livraison", "Facturation", "Paiement", "Confirmation"]),
    ("de", "ltr", "Deutsch", ["Warenkorb", "Lieferung", "Rechnung", "Zahlung", "Bestätigung"]),
    ("es", "ltr", "Español", ["Carrito", "Entrega", "Facturación", "Pago", "Confirmación"]),
    ("it", "ltr", "Italiano", ["Carrello", "Consegna", "Fatturazione", "Pagamento", "Conferma"]),
    ("nl", "ltr", "Nederlands", ["Winkelwagen", "Levering", "Factuur", "Betaling", "Bevestiging"]),
    ("ar", "rtl", "العربية", ["السلة", "التوصيل", "الفوترة", "الدفع", "التأكيد"]),
];

const IDS: [&str; 5] = ["cart", "delivery", "billing", "payment", "done"];

/// Names of states: the current step, and what the steps from the first on have beside their names.
const STATES: [(&str, &str, [&str; 5]); 8] = [
    ("first", "cart", ["", "", "", "", ""]),
    ("middle", "billing", [r#"data-summary="3""#, r#"data-summary="4,90 €""#, "", "", ""]),
    ("error", "payment", ["", r#"data-error="75001?""#, "", "", ""]),
    ("error-now", "delivery", ["", r#"data-error="75001?""#, "", "", ""]),
    ("skipped", "payment", ["", "", r#"data-state="skipped" data-summary="=""#, "", ""]),
    ("optional", "delivery", ["", "", "data-optional", r#"data-state="locked""#, ""]),
    ("hidden", "payment", ["", "", "hidden", "", ""]),
    ("finished", "done", ["", "", "", "", r#"data-state="complete""#]),
];

#[derive(Template)]
#[template(path = "lab.html")]
struct Page<'a> {
    frame: &'a Frame,
    cases: Vec<Case>,
}

/// Shows the page.
///
/// # Errors
/// If the template fails.
pub fn show(visit: &mut Visit<'_>) -> Result<Answer, Failure> {
    let frame = Frame::new(visit, "Widget lab", calls::page("lab", "lab"), Vec::new());
    let states = LANGUAGES.iter().flat_map(|language| STATES.iter().map(move |state| case(language, state, "auto", "plain")));
    let forms = LANGUAGES.iter().flat_map(|language| {
        ["compact", "vertical"]
            .into_iter()
            .flat_map(move |layout| STATES[1..6].iter().map(move |state| case(language, state, layout, "plain")))
    });
    let themes = ["dark", "brand"].into_iter().flat_map(|theme| STATES.iter().map(move |state| case(&LANGUAGES[0], state, "auto", theme)));
    let cases = states.chain(forms).chain(themes).collect();
    public(&frame, &Page { frame: &frame, cases })
}

fn case(
    (language, direction, name, labels): &(&'static str, &'static str, &'static str, [&'static str; 5]),
    (state, current, more): &(&'static str, &'static str, [&'static str; 5]),
    layout: &'static str,
    theme: &'static str,
) -> Case {
    let item = |index: usize| Item { id: IDS[index], label: labels[index], link: index < 4, more: more[index] };
    Case {
        id: format!("{language}-{state}-{layout}-{theme}"),
        title: format!("{name}, {state}, {layout}, {theme}"),
        language,
        direction,
        theme,
        layout,
        current,
        steps: (0..IDS.len()).map(item).collect(),
    }
}
