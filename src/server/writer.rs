//! A second thread, with models of its own, for what takes long and can't be cut into turns: chats, summaries, embeddings.
//! They wait for each other, but no translation waits for them. Chats with the same model are answered together.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::scheduler::Full;
use crate::face::guard;
use crate::face::{Brief, ChatRequest, Embedded, Event, Finish, Generator, Role};
use crate::{Document, Error, ErrorKind, Result, Summary};

/// What a client hears of its request.
#[derive(Debug)]
pub enum Piece<T> {
    /// More text.
    Text(String),
    /// The end.
    Done(Result<T>),
}

/// How a chat ended.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Why.
    pub finish: Finish,
    /// Tokens of the messages.
    pub tokens_in: usize,
    /// Tokens of the answer.
    pub tokens_out: usize,
}

struct Chat {
    model: String,
    request: ChatRequest,
    tokens_in: usize,
    tokens_out: usize,
    to: UnboundedSender<Piece<Usage>>,
    /// Until it is answered.
    place: Option<Place>,
}

impl Chat {
    fn is_done(&self) -> bool {
        self.place.is_none()
    }

    fn close(&mut self, end: Result<Finish>) {
        self.place = None;
        let usage = end.map(|finish| Usage {
            finish,
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
        });
        // A client that is gone needs no answer.
        let _ = self.to.send(Piece::Done(usage));
    }

    /// Whether it can join others unseen: no template refuses such turns, and it fits into `room` tokens, as a token has a
    /// byte at least.
    fn is_plain(&self, room: usize) -> bool {
        let messages = &self.request.messages;
        let turns = match messages.first() {
            Some(first) if first.role == Role::System => &messages[1..],
            _ => messages,
        };
        let in_turns = turns.iter().enumerate().all(|(i, turn)| match i % 2 {
            0 => turn.role == Role::User,
            _ => turn.role == Role::Assistant,
        });
        let bytes: usize = messages.iter().map(|one| one.content.len() + 32).sum();
        let odd = |c: char| ('\u{fdd0}'..='\u{fdef}').contains(&c);
        let is_odd = messages.iter().any(|one| one.content.contains(odd));
        in_turns && turns.len() % 2 == 1 && bytes < room && !is_odd
    }
}

enum Task {
    Chat(Chat),
    Embed(Vec<String>, UnboundedSender<Piece<Embedded>>, Place),
    Summarize(
        Box<(Document, Brief)>,
        UnboundedSender<Piece<Summary>>,
        Place,
    ),
}

impl Task {
    fn is_off(&self) -> bool {
        match self {
            Self::Chat(chat) => chat.to.is_closed(),
            Self::Embed(_, to, _) => to.is_closed(),
            Self::Summarize(_, to, _) => to.is_closed(),
        }
    }
}

/// A chat joins others that are under way if it has at most so many bytes: about what a short context takes.
const JOINING: usize = 2048;
/// So many join at most, before others have their turn.
const JOINED: usize = 64;
/// Texts whose vectors are made together: between two such, it is seen whether they are still wanted.
const TOGETHER: usize = 16;

/// What the thread is at.
#[derive(Debug, Default)]
pub struct Writing {
    /// Requests that wait or are being worked on.
    pub tasks: AtomicUsize,
    /// The models in memory and the bytes of their files.
    pub models: Mutex<Vec<(String, u64)>>,
}

/// A place among those who wait or are worked for; it is free again when this is dropped.
struct Place(Arc<Writing>);

impl Place {
    fn take(status: &Arc<Writing>, room: usize) -> Result<Self, Full> {
        let taken = status.tasks.fetch_add(1, Ordering::Relaxed);
        let place = Self(status.clone());
        if taken < room { Ok(place) } else { Err(Full) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.tasks.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The way to the thread. It ends when all ways to it are gone, after what it has to do: nobody waits for that, as nobody
/// hears of it any more.
pub struct Writer {
    tasks: Sender<Task>,
    status: Arc<Writing>,
    room: usize,
}

impl Writer {
    /// Starts the thread; at most `room` requests wait for it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if there can be no more threads.
    pub fn start(generator: Generator, room: usize) -> Result<Self> {
        let (tasks, receiver) = channel();
        let status = Arc::new(Writing::default());
        let mut desk = Desk {
            generator,
            waiting: VecDeque::new(),
            receiver,
            status: status.clone(),
        };
        std::thread::Builder::new()
            .name("writer".to_string())
            .spawn(move || desk.work())
            .map_err(|error| Error::new(ErrorKind::Io, "starting a thread").with_source(error))?;
        Ok(Self {
            tasks,
            status,
            room,
        })
    }

    /// What the thread is at.
    pub fn status(&self) -> &Writing {
        &self.status
    }

    /// Asks the model of this id for an answer. Who drops the receiver calls it off, as for all that follow.
    ///
    /// # Errors
    /// If too many wait already, as for all that follow.
    pub fn chat(
        &self,
        model: String,
        request: ChatRequest,
    ) -> Result<UnboundedReceiver<Piece<Usage>>, Full> {
        self.take(|to, place| {
            Task::Chat(Chat {
                model,
                request,
                tokens_in: 0,
                tokens_out: 0,
                to,
                place: Some(place),
            })
        })
    }

    /// Asks for the vectors of texts.
    ///
    /// # Errors
    /// As [`Writer::chat`].
    pub fn embed(&self, texts: Vec<String>) -> Result<UnboundedReceiver<Piece<Embedded>>, Full> {
        self.take(|to, place| Task::Embed(texts, to, place))
    }

    /// Asks for a summary.
    ///
    /// # Errors
    /// As [`Writer::chat`].
    pub fn summarize(
        &self,
        document: Document,
        brief: Brief,
    ) -> Result<UnboundedReceiver<Piece<Summary>>, Full> {
        self.take(|to, place| Task::Summarize(Box::new((document, brief)), to, place))
    }

    fn take<T>(
        &self,
        task: impl FnOnce(UnboundedSender<Piece<T>>, Place) -> Task,
    ) -> Result<UnboundedReceiver<Piece<T>>, Full> {
        let place = Place::take(&self.status, self.room)?;
        let (sender, receiver) = unbounded_channel();
        // A thread that is gone drops the task, which its receiver sees.
        let _ = self.tasks.send(task(sender, place));
        Ok(receiver)
    }
}

/// The thread's own side.
struct Desk {
    generator: Generator,
    waiting: VecDeque<Task>,
    receiver: Receiver<Task>,
    status: Arc<Writing>,
}

impl Desk {
    fn work(&mut self) {
        loop {
            if self.waiting.is_empty() {
                match self.receiver.recv() {
                    Ok(task) => self.waiting.push_back(task),
                    Err(_) => return,
                }
            }
            self.waiting.extend(self.receiver.try_iter());
            let Some(task) = self.waiting.pop_front() else {
                continue;
            };
            if !task.is_off() {
                self.take_on(task);
            }
            let models = &self.status.models;
            *models.lock().unwrap_or_else(PoisonError::into_inner) = self.generator.loaded();
        }
    }

    fn take_on(&mut self, task: Task) {
        let generator = &mut self.generator;
        match task {
            Task::Embed(texts, to, place) => {
                let made = guard(|| embed(generator, &texts, &|| to.is_closed()));
                drop(place);
                let _ = to.send(Piece::Done(made));
            }
            Task::Summarize(what, to, place) => {
                let (document, brief) = *what;
                let made = guard(|| {
                    generator.summarize(&document, &brief, &mut |text| {
                        if !text.is_empty() {
                            let _ = to.send(Piece::Text(text.to_string()));
                        }
                        wanted(!to.is_closed())
                    })
                });
                drop(place);
                let _ = to.send(Piece::Done(made));
            }
            Task::Chat(first) => self.talk(first),
        }
    }

    /// Answers a chat, with those that wait for the same model, and those that come while it is under way.
    fn talk(&mut self, first: Chat) {
        let model = first.model.clone();
        let mut chats = vec![first];
        let others = std::mem::take(&mut self.waiting);
        for task in others {
            match task {
                Task::Chat(chat) if chat.model == model => chats.push(chat),
                other => self.waiting.push_back(other),
            }
        }
        let generator = &mut self.generator;
        chats.retain_mut(|chat| {
            match guard(|| generator.admit(&model, &chat.request.messages)) {
                Ok(tokens) => chat.tokens_in = tokens,
                Err(error) => chat.close(Err(error)),
            }
            !chat.is_done()
        });
        if chats.is_empty() {
            return;
        }
        let batch: Vec<ChatRequest> = chats.iter().map(|chat| chat.request.clone()).collect();
        let chats = RefCell::new(chats);
        let Self {
            generator,
            waiting,
            receiver,
            ..
        } = self;
        let mut sink = |event: Event<'_>| tell(&mut chats.borrow_mut(), event);
        let mut more = || {
            waiting.extend(receiver.try_iter());
            let mut joining = Vec::new();
            // Who waits for something else isn't passed over.
            while chats.borrow().len() < JOINED
                && let Some(Task::Chat(chat)) = waiting.front()
                && chat.model == model
                && chat.is_plain(JOINING)
                && let Some(Task::Chat(chat)) = waiting.pop_front()
            {
                joining.push(chat.request.clone());
                chats.borrow_mut().push(chat);
            }
            Ok(joining)
        };
        let made = guard(|| generator.chat(&model, &batch, &mut sink, &mut more));
        let mut chats = chats.into_inner();
        let failed = match &made {
            Ok(_) => None,
            Err(error) => Some((error.kind(), error.to_string())),
        };
        for chat in chats.iter_mut().filter(|chat| !chat.is_done()) {
            chat.close(match &failed {
                None => Ok(Finish::Cancelled),
                Some((kind, message)) => Err(Error::new(*kind, message.clone())),
            });
        }
    }
}

/// The vectors of `texts`, as long as they aren't called off.
fn embed(
    generator: &mut Generator,
    texts: &[String],
    is_off: &dyn Fn() -> bool,
) -> Result<Embedded> {
    let mut all = Embedded {
        vectors: Vec::with_capacity(texts.len()),
        tokens: 0,
    };
    for texts in texts.chunks(TOGETHER) {
        if is_off() {
            return Err(Error::new(
                ErrorKind::Inference,
                "the vectors were called off",
            ));
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let made = generator.embed(&texts)?;
        all.vectors.extend(made.vectors);
        all.tokens += made.tokens;
    }
    Ok(all)
}

fn wanted(is_wanted: bool) -> ControlFlow<()> {
    match is_wanted {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    }
}

/// Tells a client of its chat, which ends when its client is gone.
fn tell(chats: &mut [Chat], event: Event<'_>) -> ControlFlow<()> {
    let (Event::Text { request, .. } | Event::Going { request } | Event::Done { request, .. }) =
        event;
    let Some(chat) = chats.get_mut(request) else {
        return ControlFlow::Continue(());
    };
    match event {
        Event::Going { .. } => {}
        Event::Text { text, .. } => {
            chat.tokens_out += 1;
            let _ = chat.to.send(Piece::Text(text.to_string()));
        }
        Event::Done { finish, tokens, .. } => {
            // Where the model doesn't tell, its pieces of text are counted.
            if !tokens.is_empty() {
                chat.tokens_out = tokens.len();
            }
            chat.close(Ok(finish));
        }
    }
    let is_gone = chat.to.is_closed();
    if is_gone {
        chat.place = None;
    }
    wanted(!is_gone)
}
