//! Which names are safe: they become folders, paths and addresses.

use std::path::{Component, Path};

/// Whether `text` can be an id: it becomes a folder's name.
pub(in crate::registry) fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// Whether `text` is `owner/name` as the Hub allows it; old repositories have no owner.
pub(in crate::registry) fn is_repo(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    parts.len() <= 2 && parts.iter().all(|part| is_id(part))
}

/// The part of a repository's name behind its owner.
pub(super) fn without_owner(repo: &str) -> &str {
    repo.rsplit('/').next().unwrap_or(repo)
}

/// Whether a relative path, with `/` between its parts, stays within its folder on every platform.
pub(in crate::registry) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

/// Whether `text` is a sha256 in lower-case hexadecimal.
pub(in crate::registry) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
