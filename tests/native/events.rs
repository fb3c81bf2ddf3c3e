//! What becomes of calls, one line each: the call in its short writing (see `call::short`), the hit's JSON without number and
//! time, and the problems as `code place suggestion`.

use crate::call::short;
use caisse::call::Call;
use caisse::encode::collector as encode;
use caisse::hit::{Context, Hit, Judged};
use caisse::problem::Problem;

fn judged(call: &str) -> (String, String) {
    let snapshot = short(call);
    let call = Call::read(&snapshot).expect("a snapshot");
    let (json, problems) = match Hit::judge(&call) {
        Judged::Hit(hit, problems) => (encode::hit(&hit), problems),
        Judged::Lost(reason, problems) => (format!("lost {}", reason.as_str()), problems),
    };
    let json = json.replacen("{\"q\":0,\"t\":1700000000000,", "{", 1);
    (json, problems.iter().map(words).collect::<Vec<_>>().join(", "))
}

fn words(problem: &Problem) -> String {
    let words = [problem.code.as_str(), &problem.place, problem.suggestion.unwrap_or("")].join(" ");
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
    check("t sccheckout", "{n:sccheckout,x:unknown_event}", "unknown_event sccheckout scCheckout");
    check("t event1001", "{n:event1001,x:unknown_event}", "unknown_event event1001");
    check("t newsletter | @as=sevent12", "{n:newsletter,e:event12}", "");
    check("c newsletter | tier=sgold | n=n2", "{k:c,n:newsletter,d:{tier:gold,n:2}}", "");
    check("t ", "lost invalid", "unknown_event");
    check("l ", "{k:l,x:missing_link}", "missing_link");
    check("l  | linkUrl=s/help?x=1 | linkType=sexit", "{k:l,d:{linkUrl:/help,linkType:exit},x:redacted}", "redacted linkUrl");
}

#[test]
fn fields() {
    check("t scCheckout | checkoutId=sk19", "{n:scCheckout,e:scCheckout:k19,ck:k19}", "");
    check("t scAdd | serial=sabc", "{n:scAdd,e:scAdd:abc}", "");
    check("t purchase | orderId=sR1 | currency=sEUR", "{n:purchase,o:R1,cc:EUR}", "");
    check("t purchase", "{n:purchase,x:missing_order_id}", "missing_order_id orderId");
    check("t scView | @currency=sEUR", "{n:scView,cc:EUR}", "");
    check("t scView | currency=sRON | @currency=sEUR", "{n:scView,cc:RON}", "");
    check("t scView | currency=seuro", "{n:scView,x:bad_currency}", "bad_currency currency");
    check("t scView | tier>eVar5=sgold | prop3=sx | campaign=sspring", "{n:scView,v:{v5:gold,c3:x,v0:spring}}", "");
    check("t scView | eVar251=sx", "{n:scView,x:unknown_field}", "unknown_field eVar251");
    check("t scView | checkoutid=sk", "{n:scView,x:unknown_field}", "unknown_field checkoutid checkoutId");
    check("t scView | stepp=sa", "{n:scView,x:unknown_field}", "unknown_field stepp step");
    check("t scView | step=z", "{n:scView}", "");
    check("t scView | orderId=b1", "{n:scView,x:wrong_type}", "wrong_type orderId");
    check("t scView | value=sa lot", "{n:scView,x:bad_number}", "bad_number value");
    check("t scView | value=n1e21", "{n:scView,x:bad_number}", "bad_number value");
    check("t scView | value=n12.50", "{n:scView,d:{value:12.50}}", "");
    check("t scView | contextData.a.b=sx", "{n:scView,d:{contextData.a.b:x}}", "");
    check("t scView | orderId=sR-1", "{n:scView,o:R-1,x:bad_id}", "bad_id orderId");
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
    check(
        "t scView | products.0.id=sA | products.0.price=n3",
        "{n:scView,p:[{i:A}],x:unknown_field}",
        "unknown_field products.0.price unitPrice",
    );
    check("t scView | products.0.id=sA | products.0.eVars.eVar7=sx", "{n:scView,p:[{i:A,v:{v7:x}}]}", "");
    check("t scView | products.0.id=sA | products.0.events.event3=n2", "{n:scView,p:[{e:event3=2,i:A}]}", "");
    check("t scView | products.0.id=sA | products.0.eVar7=sx | products.0.event3=n2", "{n:scView,p:[{e:event3=2,i:A,v:{v7:x}}]}", "");
    check("t scView | products=sA", "{n:scView,x:unknown_field}", "unknown_field products products");
    check("t scView | products.0=sA", "{n:scView,x:wrong_type}", "wrong_type products.0");
    let many: String = (0..=caisse::limits::PRODUCTS_MAX).map(|index| format!(" | products.{index}.id=sA")).collect();
    assert_eq!(judged(&format!("t scView{many}")).1, "too_many products");
}

#[test]
fn money_in_lines() {
    let line = |rest: &str| format!("t scView | currency=sEUR | products.0.id=sA{rest}");
    check(&line(" | products.0.quantity=n2 | products.0.unitPrice=s6.40"), "{n:scView,cc:EUR,p:[{i:A,q:2,u:6.40,l:12.80}]}", "");
    check(&line(" | products.0.unitPrice=s6.40"), "{n:scView,cc:EUR,p:[{i:A,u:6.40}]}", "");
    check(&line(" | products.0.quantity=n10 | products.0.unitPrice=n0.0125"), "{n:scView,cc:EUR,p:[{i:A,q:10,u:0.0125,l:0.13}]}", "");
    check(
        &line(" | products.0.quantity=n2 | products.0.unitPrice=n1 | products.0.lineTotal=n2"),
        "{n:scView,cc:EUR,p:[{i:A,q:2,u:1,l:2}]}",
        "",
    );
    let wrong = line(" | products.0.quantity=n2 | products.0.unitPrice=n1 | products.0.lineTotal=n3");
    check(&wrong, "{n:scView,cc:EUR,p:[{i:A,q:2,u:1,l:3}],x:total_mismatch}", "total_mismatch products.0");
    for (quantity, problem) in
        [("n0", "bad_quantity"), ("n-1", "bad_quantity"), ("n1.5", "bad_quantity"), ("n1000000", "bad_quantity"), ("n3", "")]
    {
        let problems = judged(&line(&format!(" | products.0.quantity={quantity}"))).1;
        assert_eq!(problems.split(' ').next(), Some(problem), "{quantity}");
    }
    for (currency, total) in [("JPY", "l:3}"), ("KWD", "l:2.500}"), ("EUR", "l:2.50}"), ("CLF", "l:2.5000}")] {
        let json = judged(&format!(
            "t scView | currency=s{currency} | products.0.id=sA | products.0.quantity=n2 | products.0.unitPrice=s1.250000"
        ))
        .0;
        assert!(json.replace('"', "").contains(total), "{currency}: {json}");
    }
}

#[test]
fn what_the_shim_could_not_copy() {
    check("t scView | step=xgetter", "{n:scView,x:unusable}", "unusable step");
    check("t scView | step=xbigint", "{n:scView,x:unusable}", "unusable step");
    check("t scView | other=xfunction", "{n:scView,x:unusable}", "unusable other");
    check("t scView | contextData.a.b.c=xdepth", "{n:scView,x:too_deep}", "too_deep contextData.a.b.c");
    check("t scView | step=xfields", "{n:scView,x:too_many}", "too_many step");
    check("t scView | products.0=xgetter", "{n:scView,x:unusable}", "unusable products.0");
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
