//! Whether an endpoint can be reached, and when to try again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::{Response, header};

use super::super::options::HubOptions;

/// How long an endpoint counts as unreachable after an attempt has failed.
const UNREACHABLE_FOR: Duration = Duration::from_secs(600);

/// What is known about each endpoint, for the whole process: finding out costs seconds and is done once.
static KNOWN: Mutex<Option<HashMap<String, Reach>>> = Mutex::new(None);

/// What is known about reaching an endpoint.
#[derive(Debug, Clone)]
pub(super) enum Reach {
    Yes,
    No { why: String, since: Instant },
}

impl Reach {
    /// What is known about `endpoint`; a failure is forgotten after a while.
    pub(super) fn known(endpoint: &str) -> Option<Reach> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = known.get_or_insert_default().get(endpoint).cloned();
        reach.filter(|reach| match reach {
            Reach::Yes => true,
            Reach::No { since, .. } => since.elapsed() < UNREACHABLE_FOR,
        })
    }

    /// Remembers what was found out about `endpoint`.
    pub(super) fn set(self, endpoint: &str) {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get_or_insert_default()
            .insert(endpoint.to_owned(), self);
    }
}

/// When and how often to try again.
pub(in super::super) struct Retry {
    left: u32,
    wait: Duration,
}

impl Retry {
    pub(in super::super) fn new(options: &HubOptions) -> Self {
        Self {
            left: options.attempts.saturating_sub(1),
            wait: options.backoff,
        }
    }

    /// How long to wait before the next attempt, `asked` at least; `None` if there is none.
    pub(in super::super) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = self.wait;
        self.wait *= 2;
        // A server may ask for any time; a person doesn't wait for more than a minute.
        Some(
            wait.max(asked.unwrap_or_default())
                .min(Duration::from_secs(60)),
        )
    }

    /// Whether a response says to try later, and how much later (`Retry-After` in seconds).
    pub(in super::super) fn passing(response: &Response<Body>) -> Option<Option<Duration>> {
        let passing = matches!(
            response.status().as_u16(),
            408 | 429 | 500 | 502 | 503 | 504
        );
        let after = response.headers().get(header::RETRY_AFTER);
        let seconds = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        passing.then_some(seconds.map(Duration::from_secs))
    }
}
