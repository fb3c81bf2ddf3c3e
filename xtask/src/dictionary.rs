//! What a tracker may send, field by field, from the vocabulary that the core itself judges by: nothing here is a second list.

use anyhow::{Result, bail};
use caisse::decode::collector::CONTEXT;
use caisse::vocabulary::{self, Class, Rule};

/// The data dictionary as Markdown.
pub fn markdown() -> Result<String> {
    let mut text = String::from(
        "Nothing is read from the page but what is listed under *Of the page*. Everything else is what the shop's own code passes to `track()`, `page()` \
         and `link()`; fields that are not listed are not sent, but for those of `trackCustom` and `contextData`, which are the shop's own.\n\n",
    );
    text += &format!(
        "**Events.** {}; `event1` … `event1000`; {}; the shop's own names.\n\n",
        quoted(vocabulary::COMMERCE),
        quoted(vocabulary::EXTENSION)
    );
    text += "| of the page | what it is |\n|---|---|\n";
    for name in CONTEXT.split(' ') {
        text += &format!("| `{name}` | {} |\n", of_page(name)?);
    }
    text += "\n| of a call | what it is, and what is taken out of it | bytes at most |\n|---|---|---:|\n";
    let fields = vocabulary::fields();
    for name in fields.split(' ').chain(["eVar1", "prop1", "list1", "hier1"]) {
        // These hold others, which have rows of their own.
        if ["products", "contextData"].contains(&name) {
            continue;
        }
        text += &row(name, vocabulary::event_rule(name, false));
    }
    text += "\n| of a product | what it is, and what is taken out of it | bytes at most |\n|---|---|---:|\n";
    for name in vocabulary::product_fields().split(' ').chain(["eVar1"]) {
        text += &row(name, vocabulary::product_rule(name));
    }
    Ok(text)
}

fn row(name: &str, rule: Option<Rule>) -> String {
    let shown = match name {
        "eVar1" => "eVar1` … `eVar250",
        "prop1" => "prop1` … `prop75",
        "list1" => "list1` … `list3",
        "hier1" => "hier1` … `hier5",
        other => other,
    };
    rule.map_or_else(
        || format!("| `{shown}` | of its event | |\n"),
        |rule| format!("| `{shown}` | {} | {} |\n", of_class(rule.class), rule.bytes_max),
    )
}

fn of_class(class: Class) -> &'static str {
    match class {
        Class::Id => "an id; a card number is taken out",
        Class::Text => "text; card numbers and e-mail addresses are taken out",
        Class::ProductText => "text of the catalogue; card numbers and e-mail addresses are taken out",
        Class::Free => "what people wrote; every run of twelve digits or more and e-mail addresses are taken out",
        Class::Url => "a URL, reduced to its origin, a template of its path and campaign parameters",
        Class::Number => "a decimal",
        Class::Count => "a positive whole number",
        Class::Currency => "three letters",
        Class::Any => "a word or a number; card numbers and e-mail addresses are taken out",
        Class::AnyFree => {
            "anything; every run of twelve digits or more and e-mail addresses are taken out, and all of a field whose name announces personal data"
        }
    }
}

fn of_page(name: &str) -> Result<&'static str> {
    Ok(match name {
        "visitor" => "128 random bits in the shop's own storage, with consent, for 13 months",
        "customer" => "what the shop passed to `identify()`: a hash that it made",
        "url" => "the page's address: origin, template of the path, campaign parameters",
        "referrer" => "where the visitor came from, reduced in the same way",
        "language" => "the browser's language; told to Adobe only",
        "viewport" => "width and height of the window",
        "screen" => "width and height of the screen; told to Adobe only",
        "offset" => "minutes between local time and UTC; told to Adobe only",
        unknown => bail!("xtask/src/dictionary.rs does not say what `{unknown}` is"),
    })
}

fn quoted(words: &str) -> String {
    words.split(' ').map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn every_field_has_a_row() {
        let text = markdown().expect("a dictionary");
        let fields = vocabulary::fields();
        for name in fields.split(' ').chain(CONTEXT.split(' ')).filter(|name| !["products", "contextData"].contains(name)) {
            assert!(text.contains(&format!("| `{name}` |")), "{name}");
        }
        assert!(text.contains("| `eVar1` … `eVar250` |") && !text.contains("of its event"), "{text}");
    }
}
