//! How much a client may ask: so many requests a minute, by its key or its address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// So many clients are remembered before those are forgotten that have their whole minute again.
const REMEMBERED: usize = 10_000;

/// A bucket a client: it holds a minute's requests, and fills again while time goes by.
#[derive(Default)]
pub struct Limiter {
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// What is in it `now`, if it holds `limit`.
    fn filled(self, limit: f64, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        limit.min(self.left + since * limit / 60.0)
    }
}

impl Limiter {
    /// Takes `cost` requests of the `limit` a minute that `client` has. One that has any left may take more than that, and
    /// waits the longer then.
    ///
    /// # Errors
    /// The seconds until it has one again.
    pub fn take(&self, client: &str, limit: u32, cost: usize, now: Instant) -> Result<(), u64> {
        let limit = f64::from(limit);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED && !buckets.contains_key(client) {
            buckets.retain(|_, bucket| bucket.filled(limit, now) < limit);
        }
        let new = Bucket {
            left: limit,
            at: now,
        };
        let bucket = buckets.entry(client.to_string()).or_insert(new);
        let left = bucket.filled(limit, now);
        let enough = left >= 1.0;
        *bucket = Bucket {
            left: if enough { left - cost as f64 } else { left },
            at: now,
        };
        match enough {
            true => Ok(()),
            false => Err(((1.0 - left) * 60.0 / limit.max(1.0)).ceil() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_minute_has_so_many_requests_and_a_list_costs_more() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        assert_eq!(limiter.take("a", 2, 1, start), Ok(()));
        assert_eq!(limiter.take("a", 2, 1, start), Ok(()));
        assert_eq!(limiter.take("a", 2, 1, start), Err(30));
        assert_eq!(limiter.take("b", 2, 5, start), Ok(()));
        let later = start + Duration::from_secs(31);
        assert_eq!(limiter.take("a", 2, 1, later), Ok(()));
        assert!(limiter.take("b", 2, 1, later).is_err());
    }
}
