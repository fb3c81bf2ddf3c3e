//! Brings beacons to the storage, one thread for all: those that wait while the disk syncs share the next
//! transaction, so that many pages cost one sync. Never reports a beacon stored before the storage says so.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::limits::{GROUP_MAX, WAITING_MAX};
use crate::storage::{Arrival, Receipt, Storage, Trouble};

/// The way to the storage. The thread ends when the last of these is gone.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    arrival: Arrival,
    answer: oneshot::Sender<Result<Receipt, Trouble>>,
}

impl Writer {
    /// Starts the thread. `changes` is raised after each transaction.
    pub(crate) fn start(storage: Arc<dyn Storage>, changes: watch::Sender<u64>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        std::thread::Builder::new().name("writer".into()).spawn(move || work(&*storage, waiting, &changes))?;
        Ok(Self { jobs })
    }

    /// Stores one beacon; comes back when it is on disk.
    pub(crate) async fn append(&self, arrival: Arrival) -> Result<Receipt, Trouble> {
        let (answer, stored) = oneshot::channel();
        self.jobs.try_send(Job { arrival, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Trouble::Busy,
            mpsc::error::TrySendError::Closed(_) => Trouble::Broken("the writer has ended".into()),
        })?;
        stored.await.unwrap_or_else(|_| Err(Trouble::Broken("the writer has ended".into())))
    }
}

fn work(storage: &dyn Storage, mut waiting: mpsc::Receiver<Job>, changes: &watch::Sender<u64>) {
    let mut last_trouble = None;
    while let Some(first) = waiting.blocking_recv() {
        let mut arrivals = vec![first.arrival];
        let mut answers = vec![first.answer];
        while arrivals.len() < GROUP_MAX
            && let Ok(next) = waiting.try_recv()
        {
            arrivals.push(next.arrival);
            answers.push(next.answer);
        }
        let receipts = store(storage, &arrivals);
        let trouble = receipts.iter().find_map(|receipt| receipt.as_ref().err()).cloned();
        if trouble != last_trouble {
            match &trouble {
                Some(trouble) => eprintln!("caisse-collector: nothing can be stored: {trouble}"),
                None => eprintln!("caisse-collector: storing again"),
            }
            last_trouble = trouble;
        }
        changes.send_modify(|count| *count += 1);
        for (answer, receipt) in answers.into_iter().zip(receipts) {
            // Whoever asked may have gone; the hits are stored all the same, and will be duplicates next time.
            let _gone = answer.send(receipt);
        }
    }
}

/// All in one transaction; one by one if that fails, so that one beacon cannot hold up the others.
fn store(storage: &dyn Storage, arrivals: &[Arrival]) -> Vec<Result<Receipt, Trouble>> {
    match storage.append(arrivals) {
        Ok(receipts) => receipts.into_iter().map(Ok).collect(),
        Err(trouble) if arrivals.len() == 1 => vec![Err(trouble)],
        Err(_) => arrivals.chunks(1).flat_map(|one| store(storage, one)).collect(),
    }
}
