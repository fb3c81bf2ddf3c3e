//! What the pages say is what Caisse understands: its own event model finds no fault with any call.

use caisse::call::{Call, RECORD, UNIT};
use caisse::event::Event;
use caisse::problem::Problems;
use serde_json::Value;

use crate::browser::{Browser, CARD, DELIVERY, Page};

/// Judges every call of a page as the tracker's core will.
#[track_caller]
fn check(page: &Page) {
    for (name, data) in page.calls() {
        let (kind, name) = if name == "page" { ("p", "") } else { ("t", name.as_str()) };
        let stream = "0".repeat(32);
        let mut snapshot = ["c1", &stream, "0", "0", kind, name, ""].join(&UNIT.to_string());
        flatten(&data, "", &mut snapshot);
        let call = Call::read(&snapshot).expect("a snapshot");
        let mut problems = Problems::default();
        assert!(Event::parse(&call, &mut problems).is_some(), "{name} on {}", page.path);
        assert_eq!(problems, Problems::default(), "{name} on {}", page.path);
    }
}

/// Writes data as the shim does.
fn flatten(value: &Value, path: &str, out: &mut String) {
    let below = |key: &str| {
        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
    };
    let tagged = match value {
        Value::Object(fields) => {
            return fields.iter().for_each(|(key, value)| flatten(value, &below(key), out));
        }
        Value::Array(items) => {
            return items.iter().zip(0..).for_each(|(item, at)| flatten(item, &below(&i32::to_string(&at)), out));
        }
        Value::String(text) => format!("s{text}"),
        Value::Number(number) => format!("n{number}"),
        Value::Bool(flag) => format!("b{}", u8::from(*flag)),
        Value::Null => "z".into(),
    };
    out.extend([RECORD.to_string(), path.into(), UNIT.to_string(), tagged]);
}

#[tokio::test]
async fn caisse_finds_no_fault_with_any_call() {
    let mut guest = Browser::new();
    for path in ["/", "/c/bolts", "/c/hinges", "/c/hooks", "/c/handles", "/help", "/nowhere", "/cart"] {
        check(&guest.get(path).await);
    }
    for product in &rivet::catalogue::PRODUCTS {
        check(&guest.get(&format!("/p/{}", product.id)).await);
        check(&guest.add(product.id, "2").await);
    }
    let basket = guest.get("/cart").await;
    check(&guest.submit(&basket, "/cart/line", &[("quantity", "1")]).await);
    check(&guest.submit(&basket, "/cart/line", &[("quantity", "9")]).await);
    check(&guest.submit(&basket, "/cart/line", &[("remove", "yes")]).await);
    let delivery = guest.get("/checkout/delivery").await;
    check(&delivery);
    check(&guest.submit(&delivery, "/checkout/delivery", &[("email", "x")]).await);
    check(&guest.submit(&delivery, "/checkout/delivery", &DELIVERY).await);
    let payment = guest.reach_payment().await;
    check(&payment);
    let card = [CARD[0], ("cc-number", "4000000000000002"), CARD[2], CARD[3]];
    check(&guest.submit(&payment, "/checkout/payment", &card).await);
    check(&guest.submit(&payment, "/checkout/payment", &[("cc-number", "1")]).await);
    check(&guest.submit(&payment, "/checkout/payment", &CARD).await);
}
