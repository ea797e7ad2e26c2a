//! The text of documents that come one by one, without a dispatcher that compares them.

use crate::alike::{Alike, Keys};
use crate::json::Malformed;
use crate::text::Text;
use crate::textpath::{Channel, Extractor};

/// Extracts text from documents of one row and channel. Most of them are like the one before.
#[derive(Debug)]
pub struct DocExtractor {
    extractor: Extractor,
    /// Recognizes documents that differ in more than their text.
    alike: Alike,
    keys: Keys,
    /// The last document was recognized, so the next one probably does not differ in its text only.
    was_alike: bool,
}

impl Default for DocExtractor {
    fn default() -> DocExtractor {
        DocExtractor { extractor: Extractor::default(), alike: Alike::default(), keys: Keys::none(), was_alike: false }
    }
}

impl DocExtractor {
    /// Forgets the documents; further ones are of another row or channel.
    pub fn forget(&mut self) {
        self.extractor.forget();
        self.alike.forget();
        self.was_alike = false;
    }

    /// Appends the text of a document that differs from the last one only in its text. Returns false if that is unclear.
    #[inline]
    pub fn by_exact_template(&self, doc: &[u8], out: &mut Text) -> bool {
        !self.was_alike && self.extractor.by_exact_template(doc, out)
    }

    /// Appends the text of `doc` to `out`. Returns false if it has no text. `index`: read this index only; `None` reads all.
    pub fn text(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        self.was_alike = self.alike.end_in(Some(&self.keys), doc, 0) == Some(doc.len());
        if self.was_alike && self.extractor.by_alike(&self.alike, doc, out) {
            return Ok(true);
        }
        let added = self.by_others(doc, channel, index, out);
        self.extractor.release();
        added
    }

    /// Appends the text of a document of which it is not known where its text is.
    #[inline(never)]
    fn by_others(
        &mut self,
        doc: &[u8],
        channel: &Channel,
        index: Option<i64>,
        out: &mut Text,
    ) -> Result<bool, Malformed> {
        let role = |key: &[u8]| channel.role(key);
        if self.was_alike && self.extractor.may_learn(&self.alike) {
            let added = self.extractor.by_walk(doc, channel, index, true, out)?;
            self.extractor.learn(&self.alike, &role);
            return Ok(added);
        }
        self.extractor.leave_alike();
        if self.extractor.by_exact_template(doc, out) {
            return Ok(true);
        }
        let added =
            self.extractor.by_template(doc, &role, out) || self.extractor.by_walk(doc, channel, index, true, out)?;
        if !self.was_alike {
            self.alike.learn(Some(&self.keys), doc);
        }
        Ok(added)
    }
}
