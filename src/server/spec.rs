//! What the server answers, for programs: OpenAPI.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::refusal::answer;

/// All calls, as OpenAPI 3.0 has them.
pub static SPEC: LazyLock<Value> = LazyLock::new(|| {
    let mut spec: Value = serde_json::from_str(include_str!("spec.json")).unwrap_or_default();
    spec["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    spec
});

/// `GET /spec`.
pub async fn spec() -> Response {
    answer(StatusCode::OK, &*SPEC)
}
