//! The report is of the hits, not of the ways they took: any order of the same beacons, and any of them again, gives
//! the same report.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::double::{Double, group, hit};
use crate::seeded::cases;

const DIMENSIONS: [&str; 6] = ["by=flow", "by=eVar5", "by=product", "by=page", "by=event", "by=list1"];

fn name() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec!["prodView", "scOpen", "scAdd", "scView", "scCheckout", "purchase", "listView", "event7"]);
    (names, 0..3_u32, 0..4_u32, prop::option::of(0..3_u32), 1..4_u32).prop_map(|(name, order, flow, evar, quantity)| {
        let mut hit = json!({ "n": name, "d": { "flow": format!("f{flow}") }, "v": { "l1": format!("a,b{flow}") } });
        let product = json!({ "i": format!("P{flow}"), "q": quantity, "u": "6.40", "l": format!("{}.{:02}", 640 * quantity / 100, 640 * quantity % 100) });
        hit["cc"] = "EUR".into();
        hit["p"] = json!([product, { "i": "P1", "q": 1, "l": "0.10" }]);
        if name == "purchase" && order > 0 {
            hit["o"] = format!("R{order}").into();
        }
        if name == "scCheckout" && order > 0 {
            hit["ck"] = format!("k{order}").into();
        }
        if let Some(evar) = evar {
            hit["v"]["v5"] = format!("e{evar}").into();
        }
        hit
    })
}

/// A stream's hits and losses in beacons: who, when, what.
fn stream() -> impl Strategy<Value = Vec<Value>> {
    let entry = (prop_oneof![4 => name().prop_map(Some), 1 => Just(None)], 0..60_u64, any::<bool>());
    (0..4_u128, 0..3_u8, prop::collection::vec(entry, 1..10)).prop_map(|(stream, visitor, entries)| {
        let visitor = (visitor > 0).then(|| format!("{visitor:032x}"));
        let mut beacons: Vec<Vec<Value>> = vec![Vec::new()];
        for (seq, (what, minutes, cut)) in (0_u64..).zip(entries) {
            let entry = match what {
                Some(more) => hit(seq, minutes, "", more),
                None if cut => json!({ "q": seq, "lost": "invalid" }),
                // Given out, and never heard of.
                None => continue,
            };
            beacons.last_mut().expect("a beacon").push(entry);
            if cut {
                beacons.push(Vec::new());
            }
        }
        let stream = format!("{:032x}", 0xabc0 + stream);
        beacons.into_iter().map(|hits| json!([group(&stream, visitor.as_deref(), hits)])).collect()
    })
}

/// Streams with different ids: the same id with other contents is a conflict, in which the first wins.
fn beacons() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(stream(), 1..6).prop_map(|streams| {
        let mut beacons = Vec::new();
        for (index, stream) in streams.into_iter().enumerate() {
            for mut beacon in stream {
                beacon[0]["stream"] = format!("{:032x}", 0xabc0 + index).into();
                beacons.push(beacon);
            }
        }
        beacons
    })
}

async fn reports(beacons: &[Value]) -> Vec<Value> {
    let double = Double::new();
    for beacon in beacons {
        double.beacon(beacon.clone()).await;
    }
    let mut reports = Vec::new();
    for query in [""].into_iter().chain(DIMENSIONS) {
        reports.push(double.report(query).await);
    }
    reports
}

fn balanced(report: &Value) -> bool {
    let number = |name: &str| report["accounting"][name].as_u64().expect("a number");
    number("received") == number("counted") + number("duplicates") + number("rejected")
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_same_hits_give_the_same_report(
        (told, shuffled) in beacons().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let expected = runtime.block_on(reports(&told));
        prop_assert!(expected.iter().all(balanced));
        prop_assert_eq!(&runtime.block_on(reports(&shuffled)), &expected);

        let mut repeated = shuffled;
        for index in again {
            let beacon = index.get(&repeated).clone();
            repeated.push(beacon);
        }
        let mut seen = runtime.block_on(reports(&repeated));
        prop_assert!(seen.iter().all(balanced));
        for (seen, expected) in seen.iter_mut().zip(&expected) {
            // Only the deliveries themselves are more.
            seen["accounting"]["received"] = expected["accounting"]["received"].clone();
            seen["accounting"]["duplicates"] = expected["accounting"]["duplicates"].clone();
        }
        prop_assert_eq!(seen, expected);
    }
}
