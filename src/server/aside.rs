//! Work that takes long without a model — reading what a client sent, cutting it, finding its language, the disk — done
//! beside the threads that answer, so that it holds up nobody else.

use std::sync::Arc;
use std::thread::available_parallelism;

use axum::http::StatusCode;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::refusal::Refusal;

/// Work on at most so many bytes takes milliseconds: it doesn't wait for longer work.
const SHORT: usize = 16 << 10;
/// Work that isn't measured by bytes, as it waits for the disk.
pub const LONG: usize = usize::MAX;

/// Two lines, one for short work and one for long.
pub struct Aside {
    short: Line,
    long: Line,
}

struct Line {
    /// How many more may wait or be worked on.
    room: Arc<Semaphore>,
    /// How many more may be worked on.
    hands: Arc<Semaphore>,
}

impl Line {
    fn new(room: usize, hands: usize) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Self {
            room: semaphore(room.min(Semaphore::MAX_PERMITS)),
            hands: semaphore(hands),
        }
    }
}

impl Aside {
    /// At most `room` wait in each line. Long work leaves half of the processor to the models.
    pub fn new(room: usize) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            short: Line::new(room, cores),
            long: Line::new(room, cores.div_ceil(2)),
        }
    }

    /// What `work` on `bytes` gives. Who drops the future while it waits calls it off; what has begun is finished.
    ///
    /// # Errors
    /// 429 if too much waits already, 500 if the work panics.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let line = match bytes <= SHORT {
            true => &self.short,
            false => &self.long,
        };
        let room = line.room.clone().try_acquire_owned();
        let room = room.map_err(|_| Refusal::slow_down("the queue is full", 5))?;
        let failed = || {
            let message = "the server failed on this request";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        };
        let hands = line.hands.clone().acquire_owned().await;
        let hands = hands.map_err(|_| failed())?;
        let done = spawn_blocking(move || {
            let _held = (room, hands);
            work()
        });
        done.await.map_err(|_| failed())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(test);
    }

    #[test]
    fn short_work_passes_long_work_which_waits_in_line_until_the_line_is_full() {
        run(async {
            let aside = Arc::new(Aside::new(2));
            let (end, ended) = channel::<()>();
            let long = |work: Box<dyn FnOnce() + Send>| {
                let aside = aside.clone();
                tokio::spawn(async move { aside.run(LONG, work).await })
            };
            let first = long(Box::new(move || {
                let _ = ended.recv_timeout(Duration::from_secs(60));
            }));
            let second = long(Box::new(|| ()));
            // Both are asked before anything else is.
            tokio::task::yield_now().await;
            assert_eq!(aside.run(SHORT, || 1).await.unwrap(), 1);
            let third = aside.run(LONG, || ()).await.unwrap_err();
            assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
            assert!(third.retry_after.is_some());
            end.send(()).unwrap();
            first.await.unwrap().unwrap();
            second.await.unwrap().unwrap();
            assert_eq!(aside.run(LONG, || 2).await.unwrap(), 2);
        });
    }

    #[test]
    fn a_panic_ends_its_own_work_and_leaves_its_place() {
        run(async {
            let aside = Aside::new(1);
            for _ in 0..3 {
                let failed = aside.run(1, || panic!("on purpose")).await;
                let failed: Result<(), Refusal> = failed;
                let status = failed.unwrap_err().status;
                assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            }
        });
    }
}
