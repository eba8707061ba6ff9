//! Answers that come piece by piece: server-sent events (`text/event-stream`).

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ACCEPT, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Interval, Sleep, interval, sleep};

use super::refusal::typed;

/// Whoever waits hears something at least so often: that the connection is there, and, for the server, that it is.
const BEAT: Duration = Duration::from_secs(10);

/// The end of an answer, which is made while its pieces are sent.
pub type End = Pin<Box<dyn Future<Output = String> + Send>>;

/// Whether a client asks for events.
pub fn wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// An event with a name.
pub fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// An event without a name.
pub fn data(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// Events as an answer: each piece as `show` writes it, then the end, if there is one apart from the pieces. When the client
/// goes, all of it is dropped. It ends with an error after `patience`.
pub fn stream<T: Send + 'static>(
    pieces: UnboundedReceiver<T>,
    show: impl FnMut(T) -> String + Send + 'static,
    end: Option<End>,
    patience: Duration,
) -> Response {
    let body = Events {
        pieces,
        show: Box::new(show),
        end,
        last: None,
        beat: interval(BEAT),
        patience: Box::pin(sleep(patience)),
        is_over: false,
    };
    let mut response = typed(StatusCode::OK, "text/event-stream", Body::new(body));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx keeps an answer back until it is whole, if it isn't told not to.
    let unbuffered = HeaderValue::from_static("no");
    headers.insert("x-accel-buffering", unbuffered);
    response
}

struct Events<T> {
    pieces: UnboundedReceiver<T>,
    show: Box<dyn FnMut(T) -> String + Send>,
    end: Option<End>,
    /// What the end was, until all pieces before it are sent.
    last: Option<String>,
    beat: Interval,
    patience: Pin<Box<Sleep>>,
    is_over: bool,
}

impl<T> Unpin for Events<T> {}

impl<T: Send> HttpBody for Events<T> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        let frame = |text: String| Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))));
        if this.is_over {
            return Poll::Ready(None);
        }
        if this.patience.as_mut().poll(context).is_ready() {
            this.is_over = true;
            return frame(event("error", &json!({ "error": "it took too long" })));
        }
        // Asked before the pieces: those that were sent before the end are there when it is.
        if let Some(end) = &mut this.end
            && let Poll::Ready(text) = end.as_mut().poll(context)
        {
            (this.last, this.end) = (Some(text), None);
        }
        match this.pieces.poll_recv(context) {
            Poll::Ready(Some(piece)) => return frame((this.show)(piece)),
            Poll::Ready(None) if this.end.is_none() => {
                this.is_over = true;
                return match this.last.take() {
                    Some(last) => frame(last),
                    None => Poll::Ready(None),
                };
            }
            Poll::Ready(None) | Poll::Pending => {}
        }
        if let Some(last) = this.last.take() {
            this.is_over = true;
            return frame(last);
        }
        match this.beat.poll_tick(context) {
            Poll::Ready(_) => frame(": \n\n".to_string()),
            Poll::Pending => Poll::Pending,
        }
    }
}
