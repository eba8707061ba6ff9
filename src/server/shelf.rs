//! Translated files, until their clients fetch them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A file stays so long.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// All files together have at most so many bytes: the oldest go first.
const ROOM: usize = 64 << 20;

struct File {
    name: String,
    bytes: Vec<u8>,
    put: Instant,
}

/// The files, the oldest first, in memory: what a client sends touches no disk.
#[derive(Default)]
pub struct Shelf(Mutex<VecDeque<File>>);

impl Shelf {
    /// Puts a file there under a name that nobody guesses, which is returned.
    pub fn put(&self, name: &str, bytes: Vec<u8>, now: Instant) -> Option<String> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).ok()?;
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{id}.{}", plain(name));
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push_back(File {
            name: name.clone(),
            bytes,
            put: now,
        });
        let is_old = |file: &File| now.saturating_duration_since(file.put) > KEPT;
        while files.front().is_some_and(is_old)
            || files.iter().map(|file| file.bytes.len()).sum::<usize>() > ROOM
        {
            files.pop_front();
        }
        Some(name)
    }

    /// The file of this name, with the name that its client gave it.
    pub fn get(&self, name: &str, now: Instant) -> Option<(String, Vec<u8>)> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files.iter().find(|file| file.name == name)?;
        let fresh = now.saturating_duration_since(file.put) <= KEPT;
        let own = file.name.split_once('.')?.1.to_string();
        fresh.then(|| (own, file.bytes.clone()))
    }
}

/// A file's name without anything that a path, a header or an address would take for something else.
fn plain(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
        _ => '_',
    };
    let name: String = base.chars().map(plain).collect();
    let long = name.len().saturating_sub(100);
    name[long..].trim_start_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_whole_name_for_a_while() {
        let (shelf, now) = (Shelf::default(), Instant::now());
        let name = shelf.put("../../etc/pass\r\nwd \"x\".txt", vec![1], now);
        let name = name.unwrap();
        assert!(name.ends_with(".pass__wd__x_.txt"), "{name}");
        let (own, bytes) = shelf.get(&name, now).unwrap();
        assert_eq!((own.as_str(), bytes), ("pass__wd__x_.txt", vec![1]));
        assert!(shelf.get("pass__wd__x_.txt", now).is_none());
        assert!(shelf.get(&name, now + KEPT + KEPT).is_none());
        shelf.put("big", vec![0; ROOM], now).unwrap();
        assert!(shelf.get(&name, now).is_none());
    }
}
