//! A small thread pool for work of microseconds. Tasks are handed out one by one by an atomic counter, so that a
//! thread whose core is busy with something else takes fewer of them; and a thread that comes too late for a job is
//! not waited for. Waiting threads spin for a moment, then sleep, which gives their core to a thread that was
//! displaced from its own.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, Thread};

/// Turns of a spinning wait before the thread sleeps; some tens of microseconds.
const SPINS: u32 = 2000;

/// Bits of [`Shared::state`]: the number of workers inside the job, whether workers may enter it, and above them the
/// number of the job.
const OPEN: u64 = 1 << 31;
const JOB: u64 = 1 << 32;

/// A fixed number of threads that share the tasks of one job at a time.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held while a job runs.
    turn: Mutex<()>,
}

struct Shared {
    state: AtomicU64,
    /// Written only while no worker is inside a job and none may enter.
    job: UnsafeCell<Option<Job>>,
    next: AtomicUsize,
    asleep: Vec<AtomicBool>,
    caller_asleep: AtomicBool,
    panicked: AtomicBool,
    quit: AtomicBool,
}

#[derive(Clone)]
struct Job {
    /// Borrowed from [`Pool::run`], which doesn't return while a worker is inside the job.
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    caller: Thread,
}

// SAFETY: `job` is the only field that isn't `Sync` by itself. It is written by the thread that holds `Pool::turn`
// while the state is closed and without workers, and read by workers between entering and leaving an open state.
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `Job` is to a `Sync` closure, so it may be called from any thread.
unsafe impl Send for Shared {}

impl Pool {
    /// A pool of `threads` threads, the calling one among them.
    pub fn new(threads: usize) -> Self {
        let workers = threads.saturating_sub(1);
        let shared = Arc::new(Shared {
            state: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            next: AtomicUsize::new(0),
            asleep: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            caller_asleep: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            quit: AtomicBool::new(false),
        });
        let workers = (0..workers)
            .map_while(|index| {
                let shared = Arc::clone(&shared);
                // Where the system gives no more threads, those that there are do the work.
                thread::Builder::new()
                    .name(format!("traghetto-{index}"))
                    .spawn(move || shared.work(index))
                    .ok()
            })
            .collect();
        Self {
            shared,
            workers,
            turn: Mutex::new(()),
        }
    }

    /// Number of threads, the calling one among them.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `task` with each of `0..tasks`, in no particular order, and returns when all are done.
    ///
    /// # Panics
    /// If a task panics. A task that calls `run` on its own pool waits forever.
    pub fn run(&self, tasks: usize, task: impl Fn(usize) + Sync) {
        if tasks <= 1 || self.workers.is_empty() {
            return (0..tasks).for_each(task);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &*self.shared;
        let task: &(dyn Fn(usize) + Sync) = &task;
        // SAFETY: only the lifetime changes; the pointer isn't used after this call, see `Job::task`.
        let task: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(task) };
        let job = Job {
            task,
            tasks,
            caller: thread::current(),
        };
        // SAFETY: we hold the turn, and the last holder left the state closed and without workers.
        unsafe { *shared.job.get() = Some(job.clone()) };
        shared.next.store(0, Ordering::Relaxed);
        let number = shared.state.load(Ordering::Relaxed) / JOB;
        shared
            .state
            .store((number + 1).wrapping_mul(JOB) | OPEN, Ordering::SeqCst);
        for (worker, asleep) in self.workers.iter().zip(&shared.asleep) {
            if asleep.load(Ordering::SeqCst) && asleep.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }

        let mine = catch_unwind(AssertUnwindSafe(|| shared.take_tasks(&job)));
        shared.state.fetch_and(!OPEN, Ordering::SeqCst);
        let mut spins = 0;
        while shared.state.load(Ordering::SeqCst) % JOB != 0 {
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            shared.caller_asleep.store(true, Ordering::SeqCst);
            if shared.state.load(Ordering::SeqCst) % JOB != 0 {
                thread::park();
            }
            shared.caller_asleep.store(false, Ordering::SeqCst);
        }
        if let Err(payload) = mine {
            shared.panicked.store(false, Ordering::Relaxed);
            resume_unwind(payload);
        }
        if shared.panicked.swap(false, Ordering::Relaxed) {
            panic!("a task of the thread pool panicked");
        }
    }

    /// Cuts `data` into pieces of `len` (the last may be shorter) and calls `task` with each and its index.
    ///
    /// # Panics
    /// As [`Pool::run`]; and if `len` is 0.
    pub fn for_each_chunk<T: Send>(
        &self,
        data: &mut [T],
        len: usize,
        task: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let total = data.len();
        let start = SharedMut::new(data);
        self.run(total.div_ceil(len), |index| {
            let from = index * len;
            let to = (from + len).min(total);
            // SAFETY: the pieces are disjoint and inside `data`, which is borrowed mutably until `run` returns; each
            // index is handed out once.
            let chunk = unsafe { std::slice::from_raw_parts_mut(start.at(from), to - from) };
            task(index, chunk);
        });
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker catches the panics of its tasks, so there is nothing to hear from it.
            let _ = worker.join();
        }
    }
}

impl Shared {
    /// A worker's life.
    fn work(&self, index: usize) {
        let mut last = 0;
        let mut spins = 0;
        while !self.quit.load(Ordering::SeqCst) {
            let state = self.state.load(Ordering::SeqCst);
            if state & OPEN != 0 && state / JOB != last {
                let entered = self.state.compare_exchange(
                    state,
                    state + 1,
                    Ordering::SeqCst,
                    Ordering::Relaxed,
                );
                if entered.is_ok() {
                    last = state / JOB;
                    spins = 0;
                    self.help();
                }
                continue;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            self.asleep[index].store(true, Ordering::SeqCst);
            let state = self.state.load(Ordering::SeqCst);
            let idle = state & OPEN == 0 || state / JOB == last;
            if idle && !self.quit.load(Ordering::SeqCst) {
                thread::park();
            }
            self.asleep[index].store(false, Ordering::SeqCst);
            spins = 0;
        }
    }

    /// Takes part in the job that this worker has entered, and leaves it.
    fn help(&self) {
        // SAFETY: the state counts this worker, so the job stays in place until it leaves.
        let job = unsafe { (*self.job.get()).clone() }.expect("an open job is set");
        if catch_unwind(AssertUnwindSafe(|| self.take_tasks(&job))).is_err() {
            self.panicked.store(true, Ordering::Relaxed);
        }
        let before = self.state.fetch_sub(1, Ordering::SeqCst);
        let last_out = before % JOB == 1;
        if last_out && self.caller_asleep.load(Ordering::SeqCst) {
            job.caller.unpark();
        }
    }

    fn take_tasks(&self, job: &Job) {
        // SAFETY: `Pool::run` keeps the closure alive until every thread has left the job.
        let task = unsafe { &*job.task };
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= job.tasks {
                return;
            }
            task(index);
        }
    }
}

/// A pointer into memory of which every task writes its own part.
pub(super) struct SharedMut<T>(*mut T);

// SAFETY: the pointer is only used by code that upholds what `SharedMut::at` asks for.
unsafe impl<T: Send> Sync for SharedMut<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for SharedMut<T> {}

impl<T> SharedMut<T> {
    pub(super) fn new(data: &mut [T]) -> Self {
        Self(data.as_mut_ptr())
    }

    /// The element `offset` places on.
    ///
    /// # Safety
    /// `offset` is inside the slice, which is still borrowed, and no other thread uses that element.
    pub(super) unsafe fn at(&self, offset: usize) -> *mut T {
        // SAFETY: in bounds, says the caller.
        unsafe { self.0.add(offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once() {
        for threads in [1, 2, 4] {
            let pool = Pool::new(threads);
            for tasks in [0, 1, 2, 3, 100] {
                for _ in 0..200 {
                    let counts: Vec<_> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                    pool.run(tasks, |i| {
                        counts[i].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1));
                }
            }
        }
    }

    #[test]
    fn chunks_cover_the_slice() {
        let pool = Pool::new(3);
        let mut data = vec![0; 1000];
        pool.for_each_chunk(&mut data, 7, |i, chunk| chunk.fill(i));
        assert!(data.iter().enumerate().all(|(at, &i)| i == at / 7));
    }

    #[test]
    fn sleeping_workers_wake_for_a_job() {
        let pool = Pool::new(2);
        for _ in 0..3 {
            thread::sleep(std::time::Duration::from_millis(20));
            // Two tasks that wait for each other need two threads.
            let met = AtomicUsize::new(0);
            pool.run(2, |_| {
                met.fetch_add(1, Ordering::SeqCst);
                while met.load(Ordering::SeqCst) < 2 {
                    thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let pool = Pool::new(2);
        for _ in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                pool.run(50, |i| assert!(i != 17, "boom"));
            }));
            assert!(result.is_err());
        }
        let count = AtomicUsize::new(0);
        pool.run(10, |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 10);
    }
}
