//! Each page tells the tracker what it should, once, and nothing that anybody typed.

use serde_json::json;

use crate::browser::{Browser, CARD, DELIVERY, Page};

#[track_caller]
fn check(page: &Page, expected: &[&str]) {
    assert_eq!(page.names(), expected, "on {}", page.path);
}

#[tokio::test]
async fn each_page_has_its_calls() {
    let mut guest = Browser::new();
    check(&guest.get("/").await, &["page"]);
    check(&guest.get("/c/hooks").await, &["page", "listView"]);
    check(&guest.get("/help").await, &["page"]);
    check(&guest.get("/nowhere").await, &["page"]);
    check(&guest.get("/p/RV-0860-A2").await, &["page", "prodView"]);
    check(&guest.get("/cart").await, &["page"]);
    check(&guest.add("RV-0860-A2", "2").await, &["page", "scOpen", "scAdd", "scView"]);
    check(&guest.get("/cart").await, &["page", "scView"]);
    check(&guest.add("RV-0840-A2", "1").await, &["page", "scAdd", "scView"]);
}

#[tokio::test]
async fn each_step_of_the_checkout_has_its_calls() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "2").await;
    let delivery = guest.get("/checkout/delivery").await;
    check(&delivery, &["page", "scCheckout", "checkoutStepView"]);
    check(&guest.get("/checkout/delivery").await, &["page", "checkoutStepView"]);
    let wrong = guest.submit(&delivery, "/checkout/delivery", &[("email", "x"), ("method", "express")]).await;
    let error = "checkoutFieldError";
    check(&wrong, &["page", error, error, error, error, error, "checkoutStepView"]);
    let billing = guest.submit(&delivery, "/checkout/delivery", &DELIVERY).await;
    check(&billing, &["page", "shippingMethod", "checkoutStepComplete", "checkoutStepView"]);
    let payment = guest.submit(&billing, "/checkout/billing", &[("same", "yes")]).await;
    check(&payment, &["page", "checkoutStepComplete", "checkoutStepView"]);
    let card = [CARD[0], ("cc-number", "4000000000000002"), CARD[2], CARD[3]];
    let refused = guest.submit(&payment, "/checkout/payment", &card).await;
    check(&refused, &["page", "paymentMethod", "paymentFail"]);
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    check(&order, &["page", "paymentMethod", "checkoutStepComplete", "purchase"]);
    check(&guest.get(&order.path).await, &["page", "purchase"]);
}

#[tokio::test]
async fn calls_say_what_happened() {
    let mut guest = Browser::new();
    let basket = guest.add("RV-0860-A2", "2").await;
    let add = basket.call("scAdd");
    let product = json!({
        "id": "RV-0860-A2", "name": "Hex bolt M8 × 60", "category": "bolts", "quantity": 2,
        "unitPrice": "6.40", "lineTotal": "12.80",
    });
    assert_eq!(add["products"], json!([product]));
    assert_eq!(add["cartId"], basket.call("scOpen")["cartId"]);

    let less = guest.submit(&basket, "/cart/line", &[("quantity", "1")]).await;
    check(&less, &["page", "scRemove", "cartUpdate", "scView"]);
    assert_eq!(less.call("scRemove")["products"][0]["quantity"], 1);
    assert_eq!(less.call("cartUpdate")["from"], 2);
    assert_eq!(less.call("cartUpdate")["to"], 1);
    let more = guest.submit(&basket, "/cart/line", &[("quantity", "4")]).await;
    check(&more, &["page", "scAdd", "cartUpdate", "scView"]);
    assert_eq!(more.call("scAdd")["products"][0]["lineTotal"], "19.20");
    let gone = guest.submit(&basket, "/cart/line", &[("quantity", "4"), ("remove", "yes")]).await;
    check(&gone, &["page", "scRemove"]);
    assert_eq!(gone.call("scRemove")["products"][0]["quantity"], 4);
    let again = guest.submit(&basket, "/cart/line", &[("quantity", "4"), ("remove", "yes")]).await;
    check(&again, &["page"]);
}

#[tokio::test]
async fn a_purchase_has_its_money_in_order() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "2").await;
    guest.add("RV-1060-A2", "1").await;
    let checkout = guest.get("/checkout/delivery").await.call("scCheckout");
    let payment = guest.reach_payment().await;
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    let purchase = order.call("purchase");
    let expected = json!({
        "revenue": "21.90", "shipping": "4.90", "tax": "4.47", "currency": "EUR", "paymentMethod": "card",
        "flow": "b2c", "customerType": "guest", "checkoutId": checkout["checkoutId"],
        "cartId": checkout["cartId"], "orderId": order.text("order-number"), "products": checkout["products"],
    });
    assert_eq!(purchase, expected);
    for field in ["orderId", "checkoutId", "cartId"] {
        let id = purchase[field].as_str().unwrap();
        assert!(id.len() <= 20 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    }
}

#[tokio::test]
async fn nothing_typed_ever_reaches_a_call() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let delivery = guest.get("/checkout/delivery").await;
    let half = [("email", "camille@example"), DELIVERY[1], DELIVERY[2], ("postcode", "x69007")];
    let mut pages = vec![guest.submit(&delivery, "/checkout/delivery", &half).await];
    let payment = guest.reach_payment().await;
    let card = [CARD[0], ("cc-number", "4000 0000 0000 0002"), CARD[2], CARD[3]];
    pages.push(guest.submit(&payment, "/checkout/payment", &card).await);
    pages.push(guest.submit(&payment, "/checkout/payment", &[CARD[0], ("cc-number", "42424242")]).await);
    pages.push(guest.submit(&payment, "/checkout/payment", &CARD).await);
    pages.push(guest.get("/cart").await);
    // Random names might hold any four digits; everything else in a call is the shop's own choice.
    let mut calls: Vec<_> = pages.iter().flat_map(Page::calls).collect();
    for (_, data) in &mut calls {
        data.as_object_mut().unwrap().retain(|field, _| !field.ends_with("Id"));
    }
    let calls = serde_json::to_string(&calls).unwrap();
    assert!(calls.contains("purchase") && calls.contains("paymentFail") && calls.contains("cc-number"));
    let typed = DELIVERY[..5].iter().chain(&CARD).flat_map(|(_, value)| value.split([' ', '@']));
    for word in typed.chain(["x69007", "42424242", "4000"]).filter(|word| word.len() > 2) {
        assert!(!calls.contains(word), "{word} in {calls}");
    }
}
