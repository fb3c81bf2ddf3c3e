//! What is wrong is said beside the field, what was typed stays, and no form is taken from elsewhere.

use axum::http::StatusCode;

use crate::browser::{Browser, CARD, DELIVERY};

#[tokio::test]
async fn refused_fields_say_why_and_keep_what_was_typed() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let page = guest.get("/checkout/delivery").await;
    let typed = [
        ("email", "camille@"),
        ("name", "Camille <b>Martin</b>"),
        ("street", ""),
        ("postcode", "6900"),
        ("city", "Lyon"),
        ("method", "express"),
    ];
    let page = guest.submit(&page, "/checkout/delivery", &typed).await;
    assert_eq!(page.path, "/checkout/delivery");
    assert!(page.text("email-error").contains("such as name@example.fr"));
    assert!(page.text("street-error").contains("Enter the street"));
    assert!(page.text("postcode-error").contains("five digits"));
    assert!(!page.has("name-error") && !page.has("city-error"));
    assert_eq!(page.value("email"), "camille@");
    assert_eq!(page.value("postcode"), "6900");
    assert_eq!(page.value("city"), "Lyon");
    assert!(!page.body.contains("<b>Martin"), "typed text is never markup");
    assert!(page.body.contains("value=\"express\" checked"));
    // A reload, or coming back later, finds the form as it was left.
    let page = guest.get("/checkout/delivery").await;
    assert_eq!(page.value("email"), "camille@");
    assert!(page.has("email-error"));
    assert_eq!(guest.get("/checkout/billing").await.headers["location"], "/checkout/delivery");
}

#[tokio::test]
async fn the_invoice_may_go_elsewhere() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let page = guest.get("/checkout/delivery").await;
    let billing = guest.submit(&page, "/checkout/delivery", &DELIVERY).await;
    assert!(billing.body.contains("name=\"same\" value=\"yes\" checked"));
    let refused = guest.submit(&billing, "/checkout/billing", &[("billing-name", "Atelier Sud")]).await;
    assert_eq!(refused.path, "/checkout/billing");
    assert_eq!(refused.value("billing-name"), "Atelier Sud");
    for field in ["billing-street", "billing-postcode", "billing-city"] {
        assert!(refused.has(&format!("{field}-error")), "{field}");
    }
    let fields =
        [("billing-name", "Atelier Sud"), ("billing-street", "3 quai Nord"), ("billing-postcode", "13002"), ("billing-city", "Marseille")];
    let payment = guest.submit(&refused, "/checkout/billing", &fields).await;
    assert!(payment.body.contains("3 quai Nord"));
    let order = guest.submit(&payment, "/checkout/payment", &CARD).await;
    assert!(order.body.contains("13002 Marseille") && order.body.contains("69007 Villeurbanne"));
}

#[tokio::test]
async fn a_card_that_cannot_be_one_is_refused_field_by_field() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    assert_eq!(payment.value("cc-name"), "Camille Martin", "filled in from the delivery page");
    let card = [("cc-name", ""), ("cc-number", "4242"), ("cc-exp", "01/20"), ("cc-csc", "x")];
    let page = guest.submit(&payment, "/checkout/payment", &card).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["cc-name", "cc-number", "cc-exp", "cc-csc"] {
        assert!(page.has(&format!("{field}-error")), "{field}");
    }
    assert!(page.text("cc-exp-error").contains("expired"));
    assert_eq!(guest.orders(), 0);
}

#[tokio::test]
async fn a_quantity_that_is_none_is_refused() {
    let mut guest = Browser::new();
    for typed in ["0", "-1", "1.5", "many", "", "1000"] {
        let page = guest.add("RV-0860-A2", typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.has("quantity-error"), "{typed}");
        assert_eq!(page.value("quantity"), typed);
    }
    let basket = guest.add("RV-0860-A2", " 2 ").await;
    let line = |quantity| [("quantity", quantity)];
    let page = guest.submit(&basket, "/cart/line", &line("two")).await;
    assert_eq!(page.value("quantity-RV-0860-A2"), "two");
    assert!(page.has("quantity-RV-0860-A2-error"));
    let page = guest.submit(&basket, "/cart/line", &line("5")).await;
    assert_eq!(page.text("basket-link"), "Basket 5");
    let page = guest.submit(&basket, "/cart/line", &line("0")).await;
    assert_eq!(page.text("basket-link"), "Basket 0");
}

#[tokio::test]
async fn a_form_without_our_proof_changes_nothing() {
    let mut guest = Browser::new();
    guest.add("RV-0860-A2", "1").await;
    let payment = guest.reach_payment().await;
    let stolen = guest.stranger().get("/p/RV-0860-A2").await.hidden_field("/cart/add", "csrf");
    let token = payment.hidden_field("/checkout/payment", "token");
    for csrf in ["", "0", &stolen] {
        for path in ["/cart/add", "/cart/line", "/checkout/delivery", "/checkout/billing", "/checkout/payment"] {
            let mut fields = vec![("csrf", csrf), ("id", "RV-0860-A2"), ("quantity", "9"), ("token", &token)];
            fields.extend(DELIVERY.into_iter().chain(CARD));
            let page = guest.post(path, &fields).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with {csrf:?}");
        }
    }
    let page = guest.post("/cart/add", &[("id", "RV-0860-A2"), ("quantity", "9")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "without the field at all");
    assert_eq!(guest.orders(), 0);
    assert_eq!(guest.get("/cart").await.text("basket-link"), "Basket 1");
}
