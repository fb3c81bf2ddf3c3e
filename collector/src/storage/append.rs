//! Writes beacons. The first delivery of a hit wins; of several hits with the same order, checkout or serial the
//! earliest counts, whichever came first, so that what counts does not depend on the ways the beacons took.

use caisse::call::Kind;
use caisse::decode::{Batch, Form, Lost, Received};
use caisse::encode::collector as wire;
use caisse::event::Event;
use caisse::facts::{Facts, Metric};
use caisse::vocabulary::Group;
use rusqlite::{Connection, OptionalExtension, Result, Transaction, TransactionBehavior, named_params, params};

use super::{Arrival, Ids, Receipt};
use crate::clock::{corrected, signed};
use crate::counted::{Figure, Figures, Value, serial};
use crate::limits::SEQ_MAX;

/// The line of what belongs to the hit itself.
const HIT: i64 = -1;

/// Appends beacons in one transaction, synced when this returns.
pub(super) fn append(database: &mut Connection, arrivals: &[Arrival]) -> Result<Vec<Receipt>> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let receipts = arrivals.iter().map(|arrival| beacon(&transaction, arrival)).collect::<Result<_>>()?;
    transaction.commit()?;
    Ok(receipts)
}

fn beacon(tx: &Transaction<'_>, arrival: &Arrival) -> Result<Receipt> {
    let batch = &arrival.batch;
    let received = signed(arrival.received);
    let mut receipt = Receipt::default();
    for hit in &batch.hits {
        let ids = Ids { stream: hit.stream.clone(), from: hit.hit.seq, to: hit.hit.seq };
        let erased = is_erased(tx, &batch.site, &hit.stream)?;
        if !erased && take_hit(tx, batch, hit, arrival.received)? { &mut receipt.accepted } else { &mut receipt.duplicate }.push(ids);
    }
    for lost in &batch.lost {
        if lost.to > SEQ_MAX {
            receipt.rejected.push((lost.stream.clone(), lost.from, "bad_lost"));
            continue;
        }
        let ids = Ids { stream: lost.stream.clone(), from: lost.from, to: lost.to };
        let erased = is_erased(tx, &batch.site, &lost.stream)?;
        if !erased && take_lost(tx, &batch.site, lost, received)? { &mut receipt.accepted } else { &mut receipt.duplicate }.push(ids);
    }
    receipt.rejected.extend(batch.rejected.iter().cloned());
    for (stream, seq, code) in &receipt.rejected {
        if is_erased(tx, &batch.site, stream)? {
            continue;
        }
        tx.prepare_cached(
            "INSERT INTO rejected (site, stream, seq, code, received, times) VALUES (?1, ?2, ?3, ?4, ?5, 1)
             ON CONFLICT DO UPDATE SET times = times + 1",
        )?
        .execute(params![batch.site, stream, signed(*seq), code, received])?;
    }
    if batch.ignored > 0 {
        tx.prepare_cached("INSERT INTO ignored (site, fields) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET fields = fields + ?2")?
            .execute(params![batch.site, batch.ignored])?;
    }
    Ok(receipt)
}

/// Whether somebody asked that this page load be forgotten; the page does not know, and may send it once more.
fn is_erased(tx: &Transaction<'_>, site: &str, stream: &str) -> Result<bool> {
    tx.prepare_cached("SELECT 1 FROM erased WHERE site = ?1 AND stream = ?2")?.exists(params![site, stream])
}

/// Whether it was new.
fn take_lost(tx: &Transaction<'_>, site: &str, lost: &Lost, received: i64) -> Result<bool> {
    let added = tx
        .prepare_cached("INSERT OR IGNORE INTO lost (site, stream, first, last, reason, received) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![site, lost.stream, signed(lost.from), signed(lost.to), lost.reason.as_str(), received])?;
    Ok(added > 0)
}

/// Whether it was new.
fn take_hit(tx: &Transaction<'_>, batch: &Batch, received: &Received, now: u64) -> Result<bool> {
    let Received { stream, form, context, hit, advice, leaked } = received;
    let event = &hit.event;
    let digest = digest(&wire::hit(hit));
    let figures = Figures::of(event);
    let value = Value::of(event);
    let mut problems = hit.problems.clone();
    problems.extend([" ", advice]);
    let fact = |key| given(context.text(key));
    let added = tx
        .prepare_cached(
            "INSERT INTO hits (site, stream, seq, form, kind, name, at, corrected, received, visitor, customer, url, referrer,
                 language, viewport, screen, utc_offset, currency, order_id, checkout_id, said, counts, units, revenue,
                 problems, leaked, digest)
             VALUES (:site, :stream, :seq, :form, :kind, :name, :at, :corrected, :received, :visitor, :customer, :url, :referrer,
                 :language, :viewport, :screen, :utc_offset, :currency, :order_id, :checkout_id, :said, :said, :units, :revenue,
                 :problems, :leaked, :digest)
             ON CONFLICT (site, stream, seq) DO NOTHING",
        )?
        .execute(named_params! {
            ":site": batch.site, ":stream": stream, ":seq": signed(hit.seq), ":form": form_word(*form), ":kind": kind(event.kind),
            ":name": event.name, ":at": signed(hit.at), ":corrected": corrected(hit.at, batch.sent, now), ":received": signed(now),
            ":visitor": fact("visitor").unwrap_or(stream), ":customer": fact("customer"), ":url": fact("url"),
            ":referrer": fact("referrer"), ":language": fact("language"), ":viewport": fact("viewport"), ":screen": fact("screen"),
            ":utc_offset": fact("offset"), ":currency": given(event.currency()), ":order_id": given(event.order_id()),
            ":checkout_id": given(event.checkout_id()), ":said": figures.bits(), ":units": value.units, ":revenue": value.revenue,
            ":problems": problems.trim(), ":leaked": leaked, ":digest": digest,
        })?;
    if added == 0 {
        tx.prepare_cached(
            "UPDATE hits SET repeats = repeats + 1, conflicts = conflicts + (digest <> ?4) WHERE site = ?1 AND stream = ?2 AND seq = ?3",
        )?
        .execute(params![batch.site, stream, signed(hit.seq), digest])?;
        return Ok(false);
    }
    let id = tx.last_insert_rowid();
    take_event(tx, id, event)?;
    for figure in figures.iter() {
        if let Some(serial) = serial(event, figure) {
            settle(tx, &batch.site, figure, serial, id)?;
        }
    }
    Ok(true)
}

fn take_event(tx: &Transaction<'_>, hit: i64, event: &Event) -> Result<()> {
    take_facts(tx, hit, HIT, event.metrics(), &event.facts)?;
    for (line, product) in (0_i64..).zip(&event.products) {
        let quantity = Some(product.quantity()).filter(|quantity| *quantity > 0);
        tx.prepare_cached("INSERT INTO lines (hit, line, product, name, category, quantity, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
            hit,
            line,
            product.id(),
            given(product.name()),
            given(product.category()),
            quantity,
            product.amount(event.currency())
        ])?;
        take_facts(tx, hit, line, product.facts.metrics(), &product.facts)?;
    }
    Ok(())
}

/// Adobe's events and variables of a hit or of one of its products, and a hit's data. What has a column is there.
fn take_facts<'a>(tx: &Transaction<'_>, hit: i64, line: i64, metrics: impl Iterator<Item = Metric<'a>>, facts: &Facts) -> Result<()> {
    for metric in metrics {
        tx.prepare_cached("INSERT OR IGNORE INTO metrics (hit, line, name, value, serial) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![hit, line, metric.name, given(metric.value), given(metric.id)])?;
    }
    for fact in facts.iter() {
        match fact.group {
            Group::Own | Group::Metric | Group::Serial => {}
            Group::Variables => {
                tx.prepare_cached("INSERT OR IGNORE INTO variables (hit, line, key, value) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![hit, line, fact.key, fact.text])?;
            }
            Group::Data => {
                tx.prepare_cached("INSERT OR IGNORE INTO data (hit, path, value) VALUES (?1, ?2, ?3)")?
                    .execute(params![hit, fact.key, fact.text])?;
            }
        }
    }
    Ok(())
}

/// The crate writes an empty text where nothing was given.
fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Decides whether this hit or an earlier-known one counts for a serial, by the order in which reports sort hits.
fn settle(tx: &Transaction<'_>, site: &str, figure: Figure, serial: &str, hit: i64) -> Result<()> {
    let known: Option<(i64, bool)> = tx
        .prepare_cached(
            "SELECT old.id, (new.corrected, new.stream, new.seq) < (old.corrected, old.stream, old.seq)
             FROM serials JOIN hits AS old ON old.id = serials.hit JOIN hits AS new ON new.id = ?4
             WHERE serials.site = ?1 AND serials.event = ?2 AND serials.serial = ?3",
        )?
        .query_row(params![site, figure.event(), serial, hit], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((old, new_is_earlier)) = known else {
        tx.prepare_cached("INSERT INTO serials (site, event, serial, hit) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            site,
            figure.event(),
            serial,
            hit
        ])?;
        return Ok(());
    };
    if new_is_earlier {
        tx.prepare_cached("UPDATE serials SET hit = ?4 WHERE site = ?1 AND event = ?2 AND serial = ?3")?.execute(params![
            site,
            figure.event(),
            serial,
            hit
        ])?;
    }
    let mut one = Figures::default();
    one.add(figure);
    tx.prepare_cached("UPDATE hits SET counts = counts & ~?2 WHERE id = ?1")?
        .execute(params![if new_is_earlier { old } else { hit }, one.bits()])?;
    Ok(())
}

const fn form_word(form: Form) -> &'static str {
    match form {
        Form::Hit => "hit",
        Form::Raw => "raw",
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "track",
        Kind::Custom => "custom",
        Kind::Page => "page",
        Kind::Link => "link",
    }
}

/// FNV-1a over the hit as it is on the wire: to notice a mistake, not an attack.
fn digest(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash.cast_signed()
}
