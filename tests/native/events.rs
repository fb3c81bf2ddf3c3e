//! What becomes of calls, one line each: the call in its short writing (see `call::short`), the hit's JSON without number and
//! time, and the problems as `code place`.

use crate::call::short;
use caisse::advice::advise;
use caisse::call::Call;
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit};
use caisse::problem::{Problem, Problems};

fn judged(call: &str) -> (String, String) {
    let snapshot = short(call);
    let call = Call::read(&snapshot).expect("a snapshot");
    let mut problems = Problems::default();
    let hit = Hit::judge(&call, &mut problems);
    if let Ok(hit) = &hit {
        advise(&call, &hit.event, &mut problems);
    }
    let json = hit.map_or_else(|reason| format!("lost {}", reason.as_str()), |hit| encode::hit(&hit));
    let json = json.replacen("{\"q\":0,\"t\":1700000000000,", "{", 1);
    (json, problems.iter().map(words).collect::<Vec<_>>().join(", "))
}

fn words(problem: Problem<'_>) -> String {
    let words = [problem.code, problem.place].join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A call, its hit without quotes, and its problems.
#[track_caller]
fn check(call: &str, hit: &str, problems: &str) {
    let (json, found) = judged(call);
    assert_eq!((json.replace('"', "").as_str(), found.as_str()), (hit, problems), "{call}");
}

/// A value stays as it is in the field.
#[track_caller]
fn stays(call: &str, value: &str) {
    let (json, problems) = judged(&format!("{call}={value}"));
    assert!(json.contains(&value[1..]) && !problems.contains("redacted"), "{call}={value}: {json} {problems}");
}

/// Nothing of a secret is left in the field, and the page is told.
#[track_caller]
fn goes(call: &str, value: &str, secret: &str) {
    let (json, problems) = judged(&format!("{call}={value}"));
    assert!(!json.contains(secret) && problems.contains("redacted"), "{call}={value}: {json} {problems}");
}

#[test]
fn names() {
    check("t scCheckout", "{n:scCheckout}", "");
    check("t event7", "{n:event7}", "");
    check("t checkoutStepView | step=sdelivery", "{n:checkoutStepView,d:{step:delivery}}", "");
    check("p ", "{k:p}", "");
    check("t sccheckout", "{n:sccheckout,x:unknown_event}", "unknown_event sccheckout");
    check("t event1001", "{n:event1001,x:unknown_event}", "unknown_event event1001");
    check("t newsletter | @as=sevent12", "{n:newsletter,e:event12}", "");
    check("c newsletter | tier=sgold | n=n2", "{k:c,n:newsletter,d:{tier:gold,n:2}}", "");
    check("t ", "lost invalid", "");
    check("l ", "{k:l}", "missing_link");
    check("l  | linkUrl=s/help?x=1 | linkType=sexit", "{k:l,d:{linkUrl:/help,linkType:exit},x:redacted}", "redacted linkUrl");
}

#[test]
fn fields() {
    check("t scCheckout | checkoutId=sk19", "{n:scCheckout,e:scCheckout:k19,ck:k19}", "");
    check("t scAdd | serial=sabc", "{n:scAdd,e:scAdd:abc}", "");
    check("t purchase | orderId=sR1 | currency=sEUR", "{n:purchase,o:R1,cc:EUR}", "");
    check("t purchase", "{n:purchase,x:missing_order_id}", "missing_order_id orderId");
    check("t scView | @currency=sEUR", "{n:scView,cc:EUR}", "");
    check("t scView | @currency=sEUR | currency=sRON", "{n:scView,cc:RON}", "unlisted_currency currency");
    check("t scView | currency=seuro", "{n:scView,x:bad_currency}", "bad_currency currency");
    check("t scView | tier>eVar5=sgold | prop3=sx | campaign=sspring", "{n:scView,v:{v5:gold,c3:x,v0:spring}}", "");
    check("t scView | eVar251=sx", "{n:scView,x:unknown_field}", "unknown_field eVar251");
    check("t scView | checkoutid=sk", "{n:scView,x:unknown_field}", "unknown_field checkoutid");
    check("t scView | stepp=sa", "{n:scView,x:unknown_field}", "unknown_field stepp");
    check("t scView | step=z", "{n:scView}", "");
    check("t scView | orderId=b1", "{n:scView,x:wrong_type}", "wrong_type orderId");
    check("t scView | value=sa lot", "{n:scView,x:bad_number}", "bad_number value");
    check("t scView | value=n1e21", "{n:scView,x:bad_number}", "bad_number value");
    check("t scView | value=n12.50", "{n:scView,d:{value:12.50}}", "");
    check("t scView | contextData.a.b=sx", "{n:scView,d:{contextData.a.b:x}}", "");
    check("t scView | orderId=sR-1", "{n:scView,o:R-1}", "bad_id orderId");
    check("t scView | eVar5=sD=v1", "{n:scView,v:{v5:D=v1}}", "dynamic_value eVar5");
}

#[test]
fn takes_no_more_than_any_hit_can_carry() {
    let long = "x".repeat(1_000);
    for path in ["contextData.a", "list1."] {
        let fields: String = (0..500).map(|index| format!(" | {path}{index}=s{long}")).collect();
        let (json, problems) = judged(&format!("c mine{fields}"));
        assert!(json.len() > caisse::limits::HIT_BYTES_MAX, "{}", json.len());
        assert!(json.len() < 2 * caisse::limits::FACTS_BYTES_MAX, "{}", json.len());
        assert!(problems.contains("too_many"), "{problems}");
    }
}

#[test]
fn names_of_others() {
    check("t begin_checkout", "{n:scCheckout,x:alias}", "alias begin_checkout");
    check(
        "t Checkout Started | checkout_id=sk19",
        "{n:scCheckout,e:scCheckout:k19,ck:k19,x:alias}",
        "alias Checkout Started, alias checkout_id",
    );
    check("t Order Completed | order_id=sR1", "{n:purchase,o:R1,x:alias}", "alias Order Completed, alias order_id");
    check("t purchase | transaction_id=sR1", "{n:purchase,o:R1,x:alias}", "alias transaction_id");
    check("t add_payment_info", "{n:paymentInfo,x:alias}", "alias add_payment_info");
    check(
        "t view_item | items.0.item_id=sA | items.0.item_name=sBolt | items.0.price=n3.5 | items.0.quantity=n2",
        "{n:prodView,p:[{i:A,n:Bolt,u:3.5,q:2}],x:alias}",
        "alias view_item, alias items.0.item_id, alias items.0.item_name, alias items.0.price",
    );
    check("t scView | products.0.product_id=sA", "{n:scView,p:[{i:A}],x:alias}", "alias products.0.product_id");
    // What the shop declared goes before; an event nobody knows has fields of its own; names are exact.
    check("t begin_checkout | @as=sevent12", "{n:begin_checkout,e:event12}", "");
    check("c begin_checkout | order_id=sR1", "{k:c,n:begin_checkout,d:{order_id:R1}}", "");
    check("t Begin_checkout", "{n:Begin_checkout,x:unknown_event}", "unknown_event Begin_checkout");
    // A count of items is a field of ours.
    check("t scView | items=n3", "{n:scView,d:{items:3}}", "");
}

#[test]
fn lists_and_metrics() {
    check("t scView | list1.0=sa | list1.1=sb", "{n:scView,v:{l1:a,b}}", "");
    check("t scView | list1=sa,b", "{n:scView,v:{l1:a,b}}", "");
    check("t scView | list1.0=sa,c | list1.1=sb", "{n:scView,v:{l1:a c,b},x:delimiter}", "delimiter list1.0");
    check("t scView | list4.0=sa", "{n:scView,x:unknown_field}", "unknown_field list4.0");
    check("t scView | event10=n2", "{n:scView,e:scView,event10=2}", "");
    check("t scView | event10.value=n2 | event10.id=sabcd", "{n:scView,e:scView,event10=2:abcd}", "");
    check("t scView | event10=b1", "{n:scView,e:scView,event10}", "");
    check("t scView | event10=n1", "{n:scView,e:scView,event10}", "");
    check("t event10 | event10=s1.5", "{n:event10,e:event10=1.5}", "");
    check("t scView | event1001=n1", "{n:scView,x:unknown_field}", "unknown_field event1001");
}

#[test]
fn products() {
    check("t scView | products.0.id=sA", "{n:scView,p:[{i:A}]}", "");
    check("t scView | products.0.name=sBolt", "{n:scView,x:missing_product_id}", "missing_product_id products.0");
    check("t scView | products.0.id=sA | products.1.id=sB", "{n:scView,p:[{i:A},{i:B}]}", "");
    check("t scView | products.0.id=sA;B,C|D", "{n:scView,p:[{i:A B C D}],x:delimiter}", "delimiter products.0.id");
    check("t scView | products.0.id=sA | products.0.prices=n3", "{n:scView,p:[{i:A}],x:unknown_field}", "unknown_field products.0.prices");
    check("t scView | products.0.id=sA | products.0.eVars.eVar7=sx", "{n:scView,p:[{i:A,v:{v7:x}}]}", "");
    check("t scView | products.0.id=sA | products.0.events.event3=n2", "{n:scView,p:[{e:event3=2,i:A}]}", "");
    check("t scView | products.0.id=sA | products.0.eVar7=sx | products.0.event3=n2", "{n:scView,p:[{e:event3=2,i:A,v:{v7:x}}]}", "");
    check("t scView | products=sA", "{n:scView,x:unknown_field}", "unknown_field products");
    check("t scView | products.0=sA", "{n:scView,x:wrong_type missing_product_id}", "wrong_type products.0, missing_product_id products.0");
    check("p  | products.0.id=sA", "{k:p,p:[{i:A}]}", "products_only products");
    check("p  | products.0.id=sA | event7=n2", "{k:p,e:event7=2,p:[{i:A}]}", "");
    check("t listView | products.0.id=sA", "{n:listView,p:[{i:A}]}", "");
    let many: String = (0..=caisse::limits::PRODUCTS_MAX).map(|index| format!(" | products.{index}.id=sA")).collect();
    assert_eq!(judged(&format!("t scView{many}")).1, "too_many products.100");
}

/// The amount of a line in minor units, and the codes of problems.
#[track_caller]
fn amounts_to(currency: &str, line: &str, expected: Option<i64>, codes: &str) {
    let snapshot = short(&format!("t scView | @currency=s{currency} | products.0.id=sA | {line}"));
    let call = Call::read(&snapshot).expect("a snapshot");
    let mut problems = Problems::default();
    let hit = Hit::judge(&call, &mut problems).expect("a hit");
    advise(&call, &hit.event, &mut problems);
    let amount = hit.event.products[0].amount(hit.event.currency());
    // Which currencies Adobe lists is no matter of amounts.
    let found: Vec<_> = problems.iter().map(|problem| problem.code).filter(|code| *code != "unlisted_currency").collect();
    assert_eq!((amount, found.join(" ").as_str()), (expected, codes), "{currency} {line}");
}

#[test]
fn money_in_lines() {
    // Numbers stay as they were written.
    check(
        "t scView | currency=sEUR | products.0.id=sA | products.0.quantity=n2 | products.0.unitPrice=s6.40 | products.0.lineTotal=n12.8",
        "{n:scView,cc:EUR,p:[{i:A,q:2,u:6.40,l:12.8}]}",
        "",
    );
    let line = |rest: &str| format!("products.0.{}", rest.replace(' ', " | products.0."));
    for (currency, rest, expected, codes) in [
        ("EUR", "quantity=n2 unitPrice=s6.40", Some(1_280), ""),
        ("EUR", "unitPrice=s6.40", None, ""),
        ("EUR", "lineTotal=s6.40", Some(640), ""),
        ("EUR", "quantity=n10 unitPrice=n0.0125", Some(13), ""),
        ("EUR", "quantity=n2 unitPrice=n1 lineTotal=n2", Some(200), ""),
        ("EUR", "quantity=n2 unitPrice=n1 lineTotal=n3", Some(300), "total_mismatch"),
        ("EUR", "quantity=n3 unitPrice=s0.335 lineTotal=s1.01", Some(101), ""),
        ("EUR", "quantity=n3 unitPrice=s0.335 lineTotal=s1.00", Some(100), "total_mismatch"),
        ("JPY", "quantity=n2 unitPrice=s1.250000", Some(3), ""),
        ("KWD", "quantity=n2 unitPrice=s1.250000", Some(2_500), ""),
        ("CLF", "quantity=n2 unitPrice=s1.250000", Some(25_000), ""),
    ] {
        amounts_to(currency, &line(rest), expected, codes);
    }
    for (quantity, codes) in
        [("n0", "bad_quantity"), ("n-1", "bad_quantity"), ("n1.5", "bad_quantity"), ("n1000000", "bad_quantity"), ("n3", "")]
    {
        amounts_to("EUR", &line(&format!("quantity={quantity}")), None, codes);
    }
}

#[test]
fn what_the_shim_could_not_copy() {
    check("t scView | step=xgetter", "{n:scView,x:unusable}", "unusable step");
    check("t scView | step=xbigint", "{n:scView,x:unusable}", "unusable step");
    check("t scView | other=xfunction", "{n:scView,x:unusable}", "unusable other");
    check("t scView | contextData.a.b.c=xdepth", "{n:scView,x:too_deep}", "too_deep contextData.a.b.c");
    check("t scView | step=xfields", "{n:scView,x:too_many}", "too_many step");
    check(
        "t scView | products.0=xgetter",
        "{n:scView,x:unusable missing_product_id}",
        "unusable products.0, missing_product_id products.0",
    );
    check("t scView | step=sa\u{fffd}b", "{n:scView,d:{step:a\u{fffd}b},x:bad_text}", "bad_text step");
}

#[test]
fn limits_count_bytes() {
    for (field, bytes_max) in
        [("eVar1", 255), ("prop1", 100), ("campaign", 255), ("pageName", 100), ("step", 1_024), ("products.0.id", 100)]
    {
        for (letter, bytes) in [("a", 1), ("é", 2), ("€", 3), ("𝄞", 4)] {
            let fits = letter.repeat(bytes_max / bytes);
            let (json, problems) = judged(&format!("t scView | {field}=s{fits}"));
            assert!(json.contains(&fits) && problems.is_empty(), "{field} {letter}: {problems}");
            let (json, problems) = judged(&format!("t scView | {field}=s{fits}{letter}"));
            assert!(!json.contains(&format!("{fits}{letter}")) && json.contains(&fits), "{field} {letter}: {json}");
            assert_eq!(problems, format!("too_long {field}"));
        }
    }
}

/// Places where a shop may put a card number or an address by mistake.
const PLACES: [&str; 16] = [
    "t scView | orderId",
    "t scView | checkoutId",
    "t scView | serial",
    "t scView | products.0.id=sA | products.0.name",
    "t scView | products.0.id",
    "t scView | products.0.id=sA | products.0.eVar3",
    "t scView | eVar5",
    "t scView | prop5",
    "t scView | list1.0",
    "t scView | campaign",
    "t scView | pageName",
    "t scView | step",
    "t scView | searchTerm",
    "t scView | contextData.note",
    "t scView | event10.id",
    "c note | anything",
];

#[test]
fn personal_data_goes_from_every_place() {
    for place in PLACES {
        goes(place, "s4242424242424242", "4242424242424242");
        goes(place, "s4242 4242 4242 4242", "4242 4242");
        goes(place, "sada@example.org", "ada@example.org");
    }
    for place in ["t scView | step", "t scView | contextData.note", "c note | anything"] {
        goes(place, "n4242424242424242", "4242424242424242");
    }
    goes("t scView | searchTerm", "scall 0041 44 668 18 00 1", "668 18 00");
    goes("l  | linkUrl", "shttps://shop.example/reset?token=abc", "abc");
    goes("l  | linkUrl", "shttps://shop.example/account/ada@example.org", "ada");
    goes("c note | cardNumber", "sabc", "abc");
    goes("c note | user.email", "sabc", "abc");
    goes("t scView | contextData.password", "sabc", "abc");
}

#[test]
fn what_only_looks_personal_stays() {
    for place in ["t scView | orderId", "t scView | eVar5", "t scView | products.0.id"] {
        for number in ["s1000234", "s1763690000123", "s4006381333931", "s20261121053300", "s0012345600012", "s98765432109876"] {
            stays(place, number);
        }
    }
    for field in ["company", "pancake", "expand", "pinned", "tokens", "step"] {
        stays(&format!("c note | {field}"), "sabc");
    }
    stays("t scView | searchTerm", "sM8 x 60, 12 pieces @ home");
}

/// The facts about the page that a call carries.
#[track_caller]
fn page(facts: &str, expected: &str) {
    let snapshot = short(&format!("p  | {facts}"));
    let context = Context::of(&Call::read(&snapshot).expect("a snapshot"));
    assert_eq!(encode::context(&context).replace('"', ""), expected, "{facts}");
}

#[test]
fn pages_are_told_without_persons() {
    page("@url=shttps://shop.example/checkout?email=a@b.example&utm_source=news#x", "{url:https://shop.example/checkout?utm_source=news}");
    page("@url=shttps://shop.example/orders/1000234", "{url:https://shop.example/orders/:id}");
    page(
        "@url=shttps://shop.example/ | @referrer=shttps://other.example/q?name=ada",
        "{url:https://shop.example/,referrer:https://other.example}",
    );
    page("@visitor=snobody", "{}");
    page("@visitor=s0123456789abcdef0123456789abcdef", "{visitor:0123456789abcdef0123456789abcdef}");
    page("@language=sfr-FR | @offset=n-60 | @viewport=s1280x720", "{language:fr-FR,viewport:1280x720,offset:-60}");
    page("@customer=sada@example.org", "{customer:[redacted]}");
}
