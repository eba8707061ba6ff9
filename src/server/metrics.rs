//! Counts for Prometheus, under LibreTranslate's names where it has the same.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::scheduler::Status;
use super::writer::Writing;

/// What was asked, how it was answered, how long it took.
#[derive(Default)]
pub struct Metrics {
    /// By path and status: how many, and their seconds.
    requests: Mutex<BTreeMap<(String, u16), (u64, f64)>>,
    in_flight: AtomicI64,
}

/// A request that is being answered.
pub struct InFlight<'a>(&'a Metrics);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// A request begins; it ends when the value is dropped.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    /// A request to the route `path` was answered.
    pub fn answered(&self, path: &str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, seconds) = requests.entry((path.to_string(), status)).or_default();
        *count += 1;
        *seconds += took.as_secs_f64();
    }

    /// All of it in Prometheus's text format.
    pub fn render(&self, status: &Status, writing: &Writing) -> String {
        let mut page = Page::default();
        let name = "libretranslate_http_request_duration_seconds";
        page.head(name, "summary", "Time spent on request");
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for ((path, code), (count, seconds)) in requests.iter() {
            let labels = format!("{{endpoint=\"{path}\",status=\"{code}\"}}");
            page.value(&format!("{name}_count{labels}"), count);
            page.value(&format!("{name}_sum{labels}"), seconds);
        }
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let orders = status.orders.load(Ordering::Relaxed);
        let name = "libretranslate_http_requests_in_flight";
        page.one(name, "gauge", "Active requests", in_flight);
        let name = "traghetto_queue_requests";
        page.one(name, "gauge", "Translations that wait or are made", orders);
        let name = "traghetto_writing_requests";
        let help = "Chats, summaries and embeddings that wait or are made";
        page.one(name, "gauge", help, writing.tasks.load(Ordering::Relaxed));
        let name = "traghetto_batches_total";
        page.one(
            name,
            "counter",
            "Batches given to models",
            load(&status.turns),
        );
        let name = "traghetto_tokens_total";
        page.one(
            name,
            "counter",
            "Tokens translated, about",
            load(&status.tokens),
        );
        let name = "traghetto_dropped_total";
        let help = "Translations whose clients had gone";
        page.one(name, "counter", help, load(&status.dropped));
        let name = "traghetto_model_bytes";
        page.head(name, "gauge", "Files of the models in memory");
        let models = status.models.lock().unwrap_or_else(PoisonError::into_inner);
        let writers = writing
            .models
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (thread, models) in [("scheduler", &*models), ("writer", &*writers)] {
            for (id, bytes) in models {
                // Nothing in a model's id must end the label.
                let id: String = id
                    .chars()
                    .filter(|c| !matches!(c, '"' | '\\' | '\n'))
                    .collect();
                let labels = format!("{{model=\"{id}\",thread=\"{thread}\"}}");
                page.value(&format!("{name}{labels}"), bytes);
            }
        }
        page.0
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a string can't fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.value(name, value);
    }
}
