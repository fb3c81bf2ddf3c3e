//! Wrong versions of the core, switched on one at a time by the simulation to see whether its judge sees them. Without the feature
//! `defects`, which is for tests only, every question is answered `false` while compiling, and nothing of this is in what ships.

/// A mistake that the core could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Any answer of success acknowledges everything that was sent.
    SuccessIsAck,
    /// A beacon that the browser took is an acknowledgement.
    HandedOverIsAck,
    /// An acknowledgement of another batch is one of this batch.
    ForeignAck,
    /// An answer that was cut off is read as far as it goes.
    HalfAck,
    /// An acknowledgement settles also what it does not list.
    SettlesUnlisted,
    /// Anybody's 400 costs a hit.
    ForeignRefusal,
    /// `Retry-After` is not looked at.
    RetryAfterIgnored,
    /// `Retry-After` is read as milliseconds.
    RetryAfterInMilliseconds,
    /// `Retry-After` is believed without bound.
    RetryAfterUnbounded,
    /// A refusal as a whole is for ever.
    ParksForever,
    /// A refusal as a whole is tried again at once.
    NeverParks,
    /// Pauses double without bound.
    BackoffUnbounded,
    /// Pauses are not spread.
    BackoffWithoutJitter,
    /// There are no pauses.
    NoBackoff,
    /// A batch has one hit more than it may.
    BatchOneTooLong,
    /// A batch has as many bytes as its hits bring along.
    BatchBytesIgnored,
    /// The contexts of a batch are not counted.
    ContextNotCounted,
    /// Purchases wait for company.
    UrgentWaits,
    /// Only a full batch is ever due.
    OnlyFullBatches,
    /// Bytes are counted in UTF-16 units.
    CountsUnits,
    /// The most important are shed first.
    ShedsMostImportant,
    /// The newest are shed first.
    ShedsNewest,
    /// What is in flight is shed as well.
    ShedsInFlight,
    /// Nothing is ever shed.
    NeverSheds,
    /// What comes last is sent last, whatever its number.
    AppendsOnly,
    /// The most important are sent first.
    SendsByPriority,
    /// A hit's row is deleted when it is sent.
    DeletesWhenSent,
    /// Batches do not wait for one another.
    SeveralAtOnce,
    /// A leaving page sends whatever it has.
    LeavesOverBudget,
    /// A leaving page does not keep the pause that was asked for.
    LeavesDuringPause,
    /// A flush does not keep the pause that was asked for.
    FlushEndsPause,
    /// The report of a loss is not kept.
    ReportNotKept,
    /// The report of a loss grows too old itself.
    ReportExpires,
    /// Hits grow too old after an hour.
    ExpiresTooSoon,
    /// No hit grows too old.
    NothingExpires,
    /// A hit is given up and nobody hears of it.
    GivesUpSilently,
    /// Hits of other pages are counted as this page's own.
    AdoptedCountedAsOwn,
    /// A hit that was refused by name is forgotten.
    RefusedForgotten,
    /// 413 gives up the whole batch.
    TooLargeGivesUpAll,
    /// 400 gives up the whole batch.
    RefusalGivesUpAll,
    /// Of a batch that cannot be delivered the first hit of the queue is given up.
    GivesUpFirst,
    /// A hit that cannot be delivered alone is sent for ever.
    NeverGivesUp,
    /// After many failures whole batches are sent.
    NoBreaker,
    /// A batch that failed counts as under way for ever.
    UnderwayForEver,
    /// An answer is taken for that of every batch under way.
    FlightsConfused,
    /// A row is deleted under another destination's name.
    DeletesElsewhere,
    /// The row of a hit that arrived stays.
    RowStays,
    /// A hit that arrived stays in the queue.
    HitStays,
    /// Of the pauses that several batches got the last counts.
    ShorterPauseWins,
    /// Failures in a row are not counted.
    FailuresForgotten,
    /// Adopted hits are sent under this page's stream.
    AdoptedUnderOwnStream,
    /// Hits of different streams share a page if their contexts are the same.
    StreamNotCompared,
    /// Hits of one stream share the context of the first.
    ContextNotCompared,
    /// What is known already is taken over again.
    AdoptsTwice,
    /// What waits for one destination is taken to wait for all.
    AnyIsEvery,
    /// A call that was sent raw goes on as a hit.
    FrozenBecomesHit,
    /// The row of a call stays when it is taken over.
    CallRowStays,
    /// A row for a destination that this page has not is lost with its journal.
    OthersRowLost,
    /// What stands behind a row that cannot be read is not taken over.
    StopsAtGarbage,
    /// A call that is taken over is a duplicate of itself.
    AdoptedIsDuplicate,
    /// An order counts as often as it is told.
    OrderCountsAgain,
    /// A number that yields no hit is not reported.
    LossNotReported,
    /// An answer does not lead to the next batch.
    AnswerWithoutPump,
    /// Every batch has the same id.
    BatchIdsRepeat,
    /// A row does not say that it is the report of a loss.
    RowForgetsLoss,
    /// A retried hit gets another number.
    RetryRenumbers,
}

#[cfg(feature = "defects")]
mod switch {
    use super::Defect;
    use crate::limits::QUEUE_HITS_MAX;
    use std::cell::Cell;

    std::thread_local! {
        static CURRENT: Cell<Option<Defect>> = const { Cell::new(None) };
        static HITS_MAX: Cell<usize> = const { Cell::new(QUEUE_HITS_MAX) };
    }

    /// Makes the core of this thread wrong in one way, or right; its queues hold so many hits, as ten thousand would take too long.
    pub fn set(defect: Option<Defect>, queue_hits_max: usize) {
        CURRENT.set(defect);
        HITS_MAX.set(queue_hits_max);
    }

    /// Whether the core is to make this mistake.
    pub fn is_set(defect: Defect) -> bool {
        CURRENT.get() == Some(defect)
    }

    /// Hits one destination keeps waiting.
    pub fn queue_hits_max() -> usize {
        HITS_MAX.get()
    }
}

#[cfg(not(feature = "defects"))]
mod switch {
    use super::Defect;
    use crate::limits::QUEUE_HITS_MAX;

    /// Whether the core is to make this mistake: never.
    #[inline(always)]
    pub const fn is_set(_: Defect) -> bool {
        false
    }

    /// Hits one destination keeps waiting.
    #[inline(always)]
    pub const fn queue_hits_max() -> usize {
        QUEUE_HITS_MAX
    }
}

pub use switch::*;

/// Whether the core is to make this mistake. A macro, so that without the feature the compiler never sees the question.
macro_rules! is {
    ($defect:ident) => {
        cfg!(feature = "defects") && $crate::defect::is_set($crate::defect::Defect::$defect)
    };
}
pub(crate) use is;
