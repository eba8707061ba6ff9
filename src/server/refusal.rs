//! Answers: JSON, and why something can't be done.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind};

/// An answer in JSON.
pub fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => typed(status, "application/json", bytes),
        Err(error) => typed(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            error.to_string(),
        ),
    }
}

/// An answer of a media type.
pub fn typed(status: StatusCode, media: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// Why a request isn't answered.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// For whoever wrote the client.
    pub message: String,
    /// Seconds until it may be tried again.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The request makes no sense.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The request lacks a parameter.
    pub fn missing(name: &str) -> Self {
        Self::bad(format!("Invalid request: missing {name} parameter"))
    }

    /// The thread that should answer is gone.
    pub fn stopped() -> Self {
        let message = "Cannot translate text: the engine has stopped";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// Too much at once, in the words of LibreTranslate; `why` says of what.
    pub fn slow_down(why: &str, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds.max(1)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, format!("Slowdown: {why}"))
        }
    }

    /// The same with a body in another form than LibreTranslate's.
    pub fn with_body(&self, body: &Value) -> Response {
        let mut response = answer(self.status, body);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.with_body(&json!({ "error": self.message }))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Usage | ErrorKind::Input => StatusCode::BAD_REQUEST,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, format!("Cannot translate text: {error}"))
    }
}
