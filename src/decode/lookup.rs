//! Speculation without a second model: what follows an earlier occurrence of the last few tokens is drafted as their
//! continuation (prompt lookup, Saxena 2023), and the model checks the whole draft in one pass. The result is the same
//! as without; only the number of passes changes.

/// Longest draft. On a CPU the cost of a pass grows little up to here, since the weights are read once.
const MAX_DRAFT: usize = 8;
/// Lengths of the n-grams looked for, the surest first.
const NGRAMS: [usize; 2] = [3, 2];
/// So many refused drafts in a row cost little and are no reason to stop trying.
const PATIENCE: u32 = 3;
/// Beyond that, the tokens until the next try double with each refusal up to 2 to the power of this.
const LONGEST_PAUSE: u32 = 6;

/// Drafts the continuation of one sequence, and tries less and less where drafts are refused. It decides by counts,
/// never by the clock, so that a run can be repeated.
#[derive(Debug, Clone)]
pub struct Lookup {
    draft: usize,
    /// Tokens to wait before the next draft.
    pause: usize,
    /// Drafts in a row of which no token was accepted.
    refused: u32,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            draft: MAX_DRAFT / 2,
            pause: 0,
            refused: 0,
        }
    }
}

impl Lookup {
    /// At most `limit` tokens that may follow the end of `history`, the prompt and what was generated; often none.
    pub fn draft<'h>(&mut self, history: &'h [u32], limit: usize) -> &'h [u32] {
        if self.pause > 0 {
            self.pause -= 1;
            return &[];
        }
        for n in NGRAMS {
            let Some(start) = history.len().checked_sub(n) else {
                continue;
            };
            let (before, ending) = (&history[..history.len() - 1], &history[start..]);
            if let Some(at) = before.windows(n).rposition(|window| window == ending) {
                let follow = &history[at + n..];
                return &follow[..follow.len().min(self.draft).min(limit)];
            }
        }
        &[]
    }

    /// Learns how many tokens of the last draft, which had `drafted > 0`, the model agreed with.
    pub fn learn(&mut self, drafted: usize, accepted: usize) {
        if accepted == 0 {
            self.refused += 1;
            self.draft = 2;
            if self.refused > PATIENCE {
                self.pause = 1 << (self.refused - PATIENCE).min(LONGEST_PAUSE);
            }
        } else {
            self.refused = 0;
            self.draft = match accepted == drafted {
                true => (self.draft * 2).min(MAX_DRAFT),
                false => accepted + 1,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_occurrence_of_the_longest_ngram_is_continued() {
        let mut lookup = Lookup::default();
        assert_eq!(lookup.draft(&[1, 2, 3, 9, 1, 2, 3], 8), [9, 1, 2, 3]);
        assert_eq!(lookup.draft(&[5, 2, 3, 8, 7, 2, 3, 6, 4, 2, 3], 1), [6]);
        assert_eq!(lookup.draft(&[1, 2, 3], 8), [0; 0]);
        assert_eq!(lookup.draft(&[1, 1, 1], 8), [1]);
        assert_eq!(lookup.draft(&[], 8), [0; 0]);
    }

    #[test]
    fn many_refusals_lead_to_ever_longer_pauses_and_agreement_to_longer_drafts() {
        let history = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3];
        let mut lookup = Lookup::default();
        lookup.learn(4, 4);
        assert_eq!(lookup.draft(&history, 99).len(), 8);
        let mut waits = Vec::new();
        for _ in 0..6 {
            lookup.learn(2, 0);
            waits.push(
                (0..)
                    .take_while(|_| lookup.draft(&history, 99).is_empty())
                    .count(),
            );
        }
        assert_eq!(waits, [0, 0, 0, 2, 4, 8]);
    }
}
