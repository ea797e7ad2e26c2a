//! The indexes of choices that a stream has used, and whether each is finished, in bounded memory.

use std::collections::BTreeMap;

/// The most ranges to keep. Servers number their choices from 0, so that one range is usual.
const MAX_RANGES: usize = 1 << 14;

/// A set of numbers, as ranges from a first to a last number that do not touch.
#[derive(Debug, Default)]
struct Ranges {
    last_of: BTreeMap<i64, i64>,
    count: u64,
}

impl Ranges {
    fn contains(&self, number: i64) -> bool {
        self.last_of.range(..=number).next_back().is_some_and(|(_, last)| *last >= number)
    }

    /// Adds a number. Returns false if it would need one more range than allowed.
    fn add(&mut self, number: i64) -> bool {
        if self.contains(number) {
            return true;
        }
        let after = number.checked_add(1).and_then(|next| self.last_of.remove(&next));
        let last = after.unwrap_or(number);
        let is_full = self.last_of.len() >= MAX_RANGES;
        let before = self.last_of.range_mut(..number).next_back();
        match before.filter(|(_, before)| before.checked_add(1) == Some(number)) {
            Some((_, before)) => *before = last,
            None if is_full => return false,
            None => drop(self.last_of.insert(number, last)),
        }
        self.count += 1;
        true
    }

    /// Removes a number. Returns false if the numbers around it would need one more range than allowed.
    fn remove(&mut self, number: i64) -> bool {
        let Some((&first, &last)) = self.last_of.range(..=number).next_back().filter(|(_, last)| **last >= number)
        else {
            return true;
        };
        if first < number && number < last && self.last_of.len() >= MAX_RANGES {
            return false;
        }
        self.last_of.remove(&first);
        if first < number {
            self.last_of.insert(first, number - 1);
        }
        if number < last {
            self.last_of.insert(number + 1, last);
        }
        self.count -= 1;
        true
    }
}

#[derive(Debug, Default)]
pub struct Indexes {
    seen: Ranges,
    finished: Ranges,
    /// Some indexes were not kept, so that it is unknown whether all are finished.
    incomplete: bool,
}

impl Indexes {
    pub fn note(&mut self, index: i64, is_finished: bool) {
        let kept = self.seen.add(index) && (!is_finished || self.finished.add(index));
        self.incomplete |= !kept;
    }

    /// The answer of an index continues after its finish reason.
    pub fn reopen(&mut self, index: i64) {
        self.incomplete |= !self.finished.remove(index);
    }

    /// Every index that was seen is finished, and at least one was seen.
    #[inline]
    pub fn is_finished(&self) -> bool {
        // For most events of a stream the first condition decides.
        self.finished.count > 0 && self.seen.count == self.finished.count && !self.incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(indexes: impl IntoIterator<Item = (i64, bool)>) -> Indexes {
        let mut noted = Indexes::default();
        indexes.into_iter().for_each(|(index, is_finished)| noted.note(index, is_finished));
        noted
    }

    fn reopened(indexes: impl IntoIterator<Item = (i64, bool)>, index: i64) -> Indexes {
        let mut reopened = noted(indexes);
        reopened.reopen(index);
        reopened
    }

    #[test]
    fn a_finished_one_continues() {
        for index in 0..5 {
            let mut indexes = reopened((0..5).map(|index| (index, true)), index);
            assert!(!indexes.is_finished());
            let others: Vec<i64> = (0..5).filter(|other| *other != index).collect();
            assert_eq!((0..5).filter(|one| indexes.finished.contains(*one)).collect::<Vec<_>>(), others);
            indexes.note(index, true);
            assert!(indexes.is_finished());
        }
        assert!(reopened([(0, true)], 7).is_finished());
    }

    #[test]
    fn all_are_finished() {
        assert!(!Indexes::default().is_finished());
        assert!(!noted([(0, false)]).is_finished());
        assert!(noted([(0, false), (0, true), (0, false)]).is_finished());
        assert!(!noted([(0, true), (1, false)]).is_finished());
        assert!(!reopened([(0, true)], 0).is_finished());
        assert!(noted([(i64::MAX, true), (i64::MIN, true), (-1, true), (0, true), (-1, false)]).is_finished());
    }

    #[test]
    fn neighbours_are_one_range() {
        for order in [[1, 2, 3, 4], [4, 3, 2, 1], [1, 3, 4, 2], [2, 4, 1, 3]] {
            let noted = noted(order.map(|index| (index, true)));
            assert_eq!((noted.seen.last_of.len(), noted.seen.count), (1, 4), "{order:?}");
        }
    }

    #[test]
    fn a_million_in_a_row() {
        let noted = noted((0..1_000_000).map(|index| (index, true)));
        assert!(noted.is_finished());
        assert_eq!(noted.seen.last_of.len(), 1);
    }

    /// Too many to keep: only an end marker can say that such a stream is complete.
    #[test]
    fn a_million_apart() {
        let noted = noted((0..1_000_000).map(|index| (index * 7, true)));
        assert!(!noted.is_finished());
        assert_eq!(noted.seen.last_of.len(), MAX_RANGES);
    }
}
