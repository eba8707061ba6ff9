//! What the store's models do for whoever names one: no other model counts, as none is fetched for a stranger.

use super::session::Session;
use crate::engine::{self, ChatModel, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Manifest, ModelFormat};
use crate::text::Lang;

/// What a model is asked by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// To answer a chat.
    Chat,
    /// To translate from one language into another.
    Translate(Lang, Lang),
    /// To give vectors of texts.
    Embed,
}

/// A model of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: String,
    /// What it is asked.
    pub ability: Ability,
}

/// What a model is asked by its name, if there is only one such thing.
fn ability(manifest: &Manifest) -> Option<Ability> {
    match manifest.pairs[..] {
        _ if !engine::can_run(manifest) => None,
        _ if manifest.format == ModelFormat::E5Packed => Some(Ability::Embed),
        _ if engine::reads_prompts(manifest) => Some(Ability::Chat),
        [(from, to)] => Some(Ability::Translate(from, to)),
        _ => None,
    }
}

impl Session<'_> {
    /// The models of the store that can be named, in the catalogue's order, then those that it doesn't know.
    pub fn offers(&mut self) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        let context = self.context();
        let recorded = context.store.recorded();
        for manifest in context.catalogue.all().iter().chain(&recorded) {
            let known = offers.iter().any(|offer| offer.id == manifest.id);
            if let Some(ability) = ability(manifest)
                && !known
                && self.is_here(manifest)
            {
                let id = manifest.id.clone();
                offers.push(Offer { id, ability });
            }
        }
        offers
    }

    /// The chat model of this id, which [`Session::offers`] has named; loads it if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it answers no chats, [`ErrorKind::Model`] if its files can't be loaded.
    pub fn chat_model(&mut self, id: &str) -> Result<&mut dyn ChatModel> {
        match &mut self.model(id)?.engine {
            Engine::Chat(model) => Ok(model.as_mut()),
            Engine::Translation(_) | Engine::Summary(_) => {
                let message = format!("the model {id} answers no chats");
                Err(Error::new(ErrorKind::Usage, message))
            }
        }
    }
}
