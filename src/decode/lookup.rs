//! Speculation without a second model: what follows an earlier occurrence of the last few tokens is drafted as their
//! continuation (prompt lookup, Saxena 2023), and the model checks the whole draft in one pass. The result is the same
//! as without; only the number of passes changes.

/// Longest draft. On a CPU the cost of a pass grows little up to here, since the weights are read once.
const MAX_DRAFT: usize = 8;
/// Lengths of the n-grams looked for, the surest first.
const NGRAMS: [usize; 2] = [3, 2];
/// After a failure, so many tokens pass before the next try; doubled with each failure in a row.
const FIRST_PAUSE: usize = 8;
const LONGEST_PAUSE: usize = 256;

/// Drafts the continuation of one sequence, and stops trying where drafts are turned down. It decides by counts, never
/// by the clock, so that a run can be repeated.
#[derive(Debug, Clone)]
pub struct Lookup {
    draft: usize,
    pause: usize,
    next_pause: usize,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            draft: MAX_DRAFT / 2,
            pause: 0,
            next_pause: FIRST_PAUSE,
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
            self.pause = self.next_pause;
            self.next_pause = (self.next_pause * 2).min(LONGEST_PAUSE);
            self.draft = 2;
        } else {
            self.next_pause = FIRST_PAUSE;
            self.draft = if accepted == drafted {
                (self.draft * 2).min(MAX_DRAFT)
            } else {
                accepted + 1
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
    fn refusals_lead_to_ever_longer_pauses_and_agreement_to_longer_drafts() {
        let history = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3];
        let mut lookup = Lookup::default();
        lookup.learn(4, 4);
        assert_eq!(lookup.draft(&history, 99).len(), 8);
        let mut waits = Vec::new();
        for _ in 0..3 {
            lookup.learn(8, 0);
            waits.push(
                (0..)
                    .take_while(|_| lookup.draft(&history, 99).is_empty())
                    .count(),
            );
        }
        assert_eq!(waits, [8, 16, 32]);
    }
}
