//! One thread that owns the models. It takes the requests of all clients in turns: a turn translates some sentences of each
//! that waits for the same models, in one batch, so that nobody waits for another's long text.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::face::guard;
use crate::{
    Batcher, Document, Error, ErrorKind, Glossary, Lang, Manner, Result, Translation, Work,
};

/// What a turn may take: the longest that a short request waits for others, but for a sentence of a slow model.
const TURN: Duration = Duration::from_millis(250);
/// The tokens of a turn by models that weren't timed yet.
const FIRST_BUDGET: f64 = 512.0;
/// What a turn can be at least and at most, in tokens: a batch of one sentence, and more than fills any.
const BUDGETS: (f64, f64) = (16.0, 16384.0);

/// What a client wants translated, and how.
pub struct Wanted {
    /// Texts, none of which is in the language asked for.
    pub documents: Vec<Document>,
    /// That language.
    pub to: Lang,
    /// A model of the client's choice.
    pub model: Option<String>,
    /// A glossary of the client's own.
    pub glossary: Option<Glossary>,
    /// Who hears of each sentence as soon as it is translated.
    pub steps: Option<UnboundedSender<Step>>,
}

/// A sentence that is translated, before all of its text is, and is reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which of the documents it is of.
    pub document: usize,
    /// Which of its sentences it is, from 0.
    pub n: usize,
    /// How many sentences the document has.
    pub of: usize,
    /// The sentence.
    pub source: String,
    /// Its translation.
    pub text: String,
}

/// A request for translations into one language.
struct Order {
    documents: VecDeque<Document>,
    to: Lang,
    model: Option<String>,
    glossary: Option<Glossary>,
    /// Made of the two above when the first document begins.
    manner: Option<Arc<Manner>>,
    steps: Option<UnboundedSender<Step>>,
    /// Of how many sentences of each place was told.
    told: Vec<usize>,
    /// Each document's place, as it was asked for: under way or done.
    places: Vec<Place>,
    failed: Option<Error>,
    answer: oneshot::Sender<Result<Vec<Translation>>>,
}

enum Place {
    UnderWay(Box<Work>),
    Done(Box<Translation>),
}

impl Order {
    /// About how many tokens of what is under way are to be translated.
    fn tokens_left(&self) -> usize {
        let places = self.places.iter();
        places
            .map(|place| match place {
                Place::UnderWay(work) => work.tokens_left(),
                Place::Done(_) => 0,
            })
            .sum()
    }

    fn under_way(&self) -> impl Iterator<Item = (usize, &Work)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(i, place)| match place {
            Place::UnderWay(work) => Some((i, &**work)),
            Place::Done(_) => None,
        })
    }

    /// The next document, and how it is translated.
    fn begin(&mut self, batcher: &mut Batcher, document: Document) -> Result<Work> {
        if self.manner.is_none() && (self.model.is_some() || self.glossary.is_some()) {
            let manner = batcher.manner(self.model.as_deref(), self.glossary.take())?;
            self.manner = Some(manner);
        }
        batcher.begin(document, self.to, self.manner.as_ref())
    }

    /// Tells of what was translated since it was last told.
    fn tell(&mut self) {
        let Some(steps) = &self.steps else {
            return;
        };
        self.told.resize(self.places.len(), 0);
        for (document, (place, told)) in self.places.iter().zip(&mut self.told).enumerate() {
            let Place::UnderWay(work) = place else {
                continue;
            };
            for (source, text) in work.made().skip(*told) {
                // A client that is gone hears nothing.
                let _ = steps.send(Step {
                    document,
                    n: *told,
                    of: work.sentences(),
                    source: source.to_string(),
                    text: text.to_string(),
                });
                *told += 1;
            }
        }
    }

    fn is_done(&self) -> bool {
        self.documents.is_empty() && self.under_way().next().is_none()
    }

    fn is_over(&self) -> bool {
        self.failed.is_some() || self.is_done()
    }

    fn close(self) {
        let done = self.places.into_iter().filter_map(|place| match place {
            Place::Done(made) => Some(*made),
            Place::UnderWay(_) => None,
        });
        let answer = match self.failed {
            Some(error) => Err(error),
            None => Ok(done.collect()),
        };
        // A client that is gone needs no answer.
        let _ = self.answer.send(answer);
    }
}

/// What the thread is at, for whoever measures it.
#[derive(Debug, Default)]
pub struct Status {
    /// Requests that wait or are being worked on.
    pub orders: AtomicUsize,
    /// Turns so far.
    pub turns: AtomicU64,
    /// Tokens translated so far, about.
    pub tokens: AtomicU64,
    /// Requests whose clients had gone before they were done.
    pub dropped: AtomicU64,
    /// The models in memory and the bytes of their files.
    pub models: Mutex<Vec<(String, u64)>>,
}

/// The way to the thread. It ends when all ways to it are gone, after what it has to do.
pub struct Scheduler {
    orders: Sender<Order>,
    status: Arc<Status>,
    /// At most so many requests wait.
    room: usize,
}

/// Why the thread doesn't take an order.
#[derive(Debug)]
pub struct Full;

impl Scheduler {
    /// Starts the thread with what it translates by; at most `room` requests wait for it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if there can be no more threads.
    pub fn start(batcher: Batcher, room: usize) -> Result<(Self, JoinHandle<()>)> {
        let (sender, receiver) = channel();
        let status = Arc::new(Status::default());
        let desk = Desk {
            batcher,
            status: status.clone(),
            orders: VecDeque::new(),
            speeds: HashMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("scheduler".to_string())
            .spawn(move || desk.work(&receiver))
            .map_err(|error| Error::new(ErrorKind::Io, "starting a thread").with_source(error))?;
        let scheduler = Self {
            orders: sender,
            status,
            room,
        };
        Ok((scheduler, thread))
    }

    /// What the thread is at.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Orders translations. Who drops the receiver calls them off.
    ///
    /// # Errors
    /// If too many wait already.
    pub fn order(
        &self,
        wanted: Wanted,
    ) -> Result<oneshot::Receiver<Result<Vec<Translation>>>, Full> {
        if self.status.orders.fetch_add(1, Ordering::Relaxed) >= self.room {
            self.status.orders.fetch_sub(1, Ordering::Relaxed);
            return Err(Full);
        }
        let (answer, receiver) = oneshot::channel();
        let order = Order {
            places: Vec::with_capacity(wanted.documents.len()),
            documents: wanted.documents.into(),
            to: wanted.to,
            model: wanted.model,
            glossary: wanted.glossary,
            manner: None,
            steps: wanted.steps,
            told: Vec::new(),
            failed: None,
            answer,
        };
        // A thread that is gone drops the order, which its receiver sees.
        let _ = self.orders.send(order);
        Ok(receiver)
    }
}

/// The thread's own side.
struct Desk {
    batcher: Batcher,
    status: Arc<Status>,
    /// In the order of their next turn.
    orders: VecDeque<Order>,
    /// By the models of a way, the tokens that it makes in a second.
    speeds: HashMap<String, f64>,
}

impl Desk {
    fn work(mut self, receiver: &Receiver<Order>) {
        loop {
            if self.orders.is_empty() {
                match receiver.recv() {
                    Ok(order) => self.orders.push_back(order),
                    Err(_) => return,
                }
            }
            self.orders.extend(receiver.try_iter());
            self.drop_the_gone();
            self.turn();
        }
    }

    fn drop_the_gone(&mut self) {
        let before = self.orders.len();
        self.orders.retain(|order| !order.answer.is_closed());
        let gone = before - self.orders.len();
        self.status.orders.fetch_sub(gone, Ordering::Relaxed);
        let dropped = &self.status.dropped;
        dropped.fetch_add(gone as u64, Ordering::Relaxed);
    }

    /// Translates some sentences of every order that goes the way of the first one, and gives out what is whole.
    fn turn(&mut self) {
        let speed = self.first_way().and_then(|way| self.speeds.get(&way));
        let (least, most) = BUDGETS;
        let budget = speed.map_or(FIRST_BUDGET, |speed| speed * TURN.as_secs_f64());
        let budget = budget.clamp(least, most) as usize;
        let share = (budget / self.orders.len().max(1)).max(1);
        self.begin(share);
        let chosen = self.choose(share);
        if let Err(error) = self.advance(&chosen, share) {
            match chosen[..] {
                [(order, _)] => self.orders[order].failed = Some(error),
                // One of them may be to blame for all: each has its own try.
                _ => {
                    for one in chosen {
                        if let Err(error) = self.advance(&[one], share) {
                            self.orders[one.0].failed = Some(error);
                        }
                    }
                }
            }
        }
        self.orders.iter_mut().for_each(Order::tell);
        self.give_out();
        if let Some(first) = self.orders.pop_front() {
            self.orders.push_back(first);
        }
    }

    /// The models of the first order's way, if it has begun.
    fn first_way(&self) -> Option<String> {
        let (_, work) = self.orders.front()?.under_way().next()?;
        Some(way(work))
    }

    /// Begins documents of each order, as many as its share needs.
    fn begin(&mut self, share: usize) {
        let batcher = &mut self.batcher;
        for order in &mut self.orders {
            let mut left = order.tokens_left();
            while left < share
                && let Some(document) = order.documents.pop_front()
            {
                match guard(|| order.begin(batcher, document)) {
                    Ok(work) => {
                        left += work.tokens_left();
                        order.places.push(Place::UnderWay(Box::new(work)));
                    }
                    Err(error) => {
                        order.failed = Some(error);
                        break;
                    }
                }
            }
        }
    }

    /// Which places of which orders are worked on now: those that go the way of the first, up to each order's share.
    fn choose(&self, share: usize) -> Vec<(usize, usize)> {
        let going = self.orders.iter().enumerate();
        let going = going.filter(|(_, order)| order.failed.is_none());
        let mut lead: Option<&Work> = None;
        let mut chosen = Vec::new();
        for (i, order) in going {
            let mut left = share;
            for (place, work) in order.under_way().filter(|(_, work)| !work.is_translated()) {
                if left > 0 && work.goes_with(lead.get_or_insert(work)) {
                    left = left.saturating_sub(work.tokens_left());
                    chosen.push((i, place));
                }
            }
        }
        chosen
    }

    /// Translates the next sentences of the chosen, in one batch.
    fn advance(&mut self, chosen: &[(usize, usize)], share: usize) -> Result<()> {
        let mut next = chosen.iter().copied().peekable();
        let mut works: Vec<&mut Work> = Vec::with_capacity(chosen.len());
        for (i, order) in self.orders.iter_mut().enumerate() {
            for (place, there) in order.places.iter_mut().enumerate() {
                if next.next_if_eq(&(i, place)).is_some()
                    && let Place::UnderWay(work) = there
                {
                    works.push(work);
                }
            }
        }
        let Some(first) = works.first() else {
            return Ok(());
        };
        let way = way(first);
        let left = |works: &[&mut Work]| -> usize {
            works.iter().map(|work| work.tokens_left()).sum::<usize>()
        };
        let (before, models) = (left(&works), self.batcher.loaded());
        let started = Instant::now();
        let batcher = &mut self.batcher;
        let result = guard(|| batcher.advance(&mut works, share));
        let seconds = started.elapsed().as_secs_f64();
        let made = before - left(&works);
        let loaded = self.batcher.loaded();
        let status = &self.status;
        status.turns.fetch_add(1, Ordering::Relaxed);
        status.tokens.fetch_add(made as u64, Ordering::Relaxed);
        // Loading a model says nothing of its speed.
        if result.is_ok() && loaded.len() == models.len() && seconds > 0.0 {
            let now = made as f64 / seconds;
            let speed = self.speeds.entry(way).or_insert(now);
            *speed = 0.7 * *speed + 0.3 * now;
        }
        *status.models.lock().unwrap_or_else(PoisonError::into_inner) = loaded;
        result
    }

    /// Finishes what is translated, and answers the orders that are over.
    fn give_out(&mut self) {
        let batcher = &mut self.batcher;
        for order in &mut self.orders {
            let places = std::mem::take(&mut order.places);
            for place in places {
                let place = match place {
                    Place::UnderWay(work) if work.is_translated() && order.failed.is_none() => {
                        match guard(|| batcher.finish(*work)) {
                            Ok(made) => Place::Done(Box::new(made)),
                            Err(error) => {
                                order.failed = Some(error);
                                continue;
                            }
                        }
                    }
                    other => other,
                };
                order.places.push(place);
            }
        }
        let orders = std::mem::take(&mut self.orders);
        for order in orders {
            match order.is_over() {
                true => {
                    self.status.orders.fetch_sub(1, Ordering::Relaxed);
                    order.close();
                }
                false => self.orders.push_back(order),
            }
        }
    }
}

/// The models of a way, as a name.
fn way(work: &Work) -> String {
    work.models().collect::<Vec<_>>().join(" ")
}
