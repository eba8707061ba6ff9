//! HTTP for all that is fetched: one client, and what it knows of each server.

mod client;
mod reach;

pub(super) use client::{Client, is_web_page, reason, resumes_at};
pub(super) use reach::Retry;
