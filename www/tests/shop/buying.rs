//! Whatever a visitor does with the buttons, one attempt to buy makes at most one order.

use axum::http::{Method, StatusCode};

use crate::browser::{Browser, CARD};

#[tokio::test]
async fn a_guest_buys_and_there_is_one_order() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "2").await;
    let basket = guest.add("RV-1060-A2", "1").await;
    assert_eq!(basket.path, "/cart");
    assert_eq!(basket.text("summary-total"), "€26.80");
    let payment = guest.reach_payment().await;
    assert!(payment.text("continue").contains("Pay €26.80"));
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert_eq!(order.path, format!("/order/{}", order.text("order-number")));
    assert_eq!(order.text("order-total"), "€26.80");
    for text in ["Hex bolt M8 × 60", "2 packs of 10", "17 rue de la Forge", "camille@example.fr"] {
        assert!(order.body.contains(text), "{text}");
    }
    assert_eq!(guest.orders(), 1);
    assert_eq!(guest.get("/cart").await.text("basket-link"), "Basket 0");
}

#[tokio::test]
async fn a_double_click_makes_one_order() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    let mut twice = guest.same();
    let (first, second) =
        tokio::join!(guest.submit(&payment, "/checkout/payment", &CARD), twice.submit(&payment, "/checkout/payment", &CARD));
    assert_eq!(first.text("order-number"), second.text("order-number"));
    assert_eq!(guest.orders(), 1);
}

#[tokio::test]
async fn going_back_and_paying_again_leads_to_the_same_order() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    let again = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert_eq!(again.path, order.path);
    // Even when a new basket waits: the old page belongs to the old attempt.
    guest.add("RV-H100-A2", "1").await;
    let again = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert_eq!(again.path, order.path);
    assert_eq!(guest.orders(), 1);
}

#[tokio::test]
async fn a_form_of_no_known_attempt_shows_the_present_one() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    let csrf = payment.hidden_field("/checkout/payment", "csrf");
    let mut fields = vec![("csrf", csrf.as_str()), ("token", "0"), ("total", "1130")];
    fields.extend(CARD);
    let shown = guest.post("/checkout/payment", &fields).await;
    assert_eq!((shown.path.as_str(), guest.orders()), ("/checkout/payment", 0));
}

#[tokio::test]
async fn reloading_the_confirmation_shows_the_same_order() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    let reloaded = guest.get(&order.path).await;
    assert_eq!(reloaded.status, StatusCode::OK);
    assert_eq!(reloaded.text("order-number"), order.text("order-number"));
    assert_eq!(reloaded.call("purchase"), order.call("purchase"));
    assert_eq!(guest.orders(), 1);
}

#[tokio::test]
async fn the_next_order_is_another_attempt() {
    let mut guest = Browser::new();
    let mut seen = Vec::new();
    for _ in 0..2 {
        guest.add("RV-0860-A2", "1").await;
        let payment = guest.reach_payment().await;
        let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
        let purchase = order.call("purchase");
        seen.push(["orderId", "checkoutId", "cartId"].map(|field| purchase[field].to_string()));
    }
    assert_eq!(guest.orders(), 2);
    assert!(seen[0].iter().zip(&seen[1]).all(|(first, second)| first != second), "{seen:?}");
}

#[tokio::test]
async fn a_refused_card_makes_no_order_and_keeps_the_basket() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "3").await;
    let payment = guest.reach_payment().await;
    for (number, words) in [("4000 0000 0000 0002", "The bank refused"), ("5555 5555 5555 4444", "This is a demo")] {
        let card = [CARD[0], ("cc-number", number), CARD[2], CARD[3]];
        let refused = guest.submit(&payment, "/checkout/payment", &card).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text("cc-number-error").starts_with(words), "{words}");
        assert_eq!(refused.value("cc-name"), "Camille Martin");
        assert_eq!(refused.value("cc-csc"), "", "a security code is never sent back");
    }
    assert_eq!(guest.orders(), 0);
    assert_eq!(guest.get("/cart").await.text("basket-link"), "Basket 3");
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert_eq!(order.text("order-total"), "€24.10");
    assert_eq!(guest.orders(), 1);
}

#[tokio::test]
async fn a_basket_that_changed_elsewhere_is_shown_before_it_is_paid() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    guest.same().add("RV-H125-BK", "3").await;
    let shown = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert!(shown.text("errors").contains("basket has changed"));
    assert_eq!(guest.orders(), 0);
    assert_eq!(shown.text("summary-total"), "€70.90", "standard delivery is free above €60");
    let order = guest.submit(&shown, "/checkout/payment", &CARD).await;
    assert_eq!(order.text("order-total"), "€70.90");
}

#[tokio::test]
async fn nobody_gets_past_a_step_or_sees_the_order_of_another() {
    let mut guest = Browser::new();
    for path in ["/checkout/delivery", "/checkout/billing", "/checkout/payment"] {
        assert_eq!(guest.get(path).await.headers["location"], "/cart", "{path} with an empty basket");
    }
    guest.add("RV-0860-A2", "1").await;
    assert_eq!(guest.get("/checkout/payment").await.headers["location"], "/checkout/delivery");
    let payment = guest.reach_payment().await;
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    let seen = guest.stranger().get(&order.path).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(!seen.body.contains("Camille"));
}

#[tokio::test]
async fn looking_at_the_head_of_a_page_uses_nothing_up() {
    let mut guest = Browser::new();
    let product = guest.get("/p/RV-0860-A2").await;
    let body = format!("csrf={}&id=RV-0860-A2&quantity=1", product.hidden_field("/cart/add", "csrf"));
    guest.send(Method::POST, "/cart/add", body).await;
    guest.send(Method::HEAD, "/cart", String::new()).await;
    assert!(guest.get("/cart").await.names().contains(&"scAdd".into()));
}
