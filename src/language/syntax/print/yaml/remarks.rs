//! Comments of a declaration. They are taken in the order of the author's text, and go where YAML has what they are about.

use std::ops::Range;

use super::members::several;
use super::{end, remark, remarks};
use crate::document::yaml::{Draft, Member, Remark};
use crate::language::syntax::print::Printer;

/// What is said around the parts of something.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    /// What ends the line on which the first part begins, or the one before.
    pub(super) head: Option<String>,
    parts: Vec<Said>,
    /// What stands behind the last part, on lines of its own.
    pub(super) rest: Vec<Remark>,
}

/// What is said of the part that starts there.
#[derive(Debug)]
struct Said {
    start: usize,
    before: Vec<Remark>,
    behind: Option<String>,
}

impl Printer<'_> {
    /// Takes what stands around the parts of a whole, but not what stands inside of them.
    pub(super) fn remarks_around(&mut self, whole: Range<usize>, mut parts: Vec<Range<usize>>) -> Remarks {
        parts.sort_by_key(|part| part.start);
        let mut taken = Remarks::default();
        let mut at = whole.start;
        for part in parts {
            let between = self.margin.take(at..part.start);
            taken.end(between.trailing);
            taken.parts.push(Said { start: part.start, before: remarks(&between), behind: None });
            at = part.end;
        }
        let between = self.margin.take(at..whole.end);
        taken.end(between.trailing);
        taken.rest = remarks(&between);
        if at == whole.end && !taken.parts.is_empty() {
            taken.end(self.margin.take_end_of_line(at));
        }
        taken
    }

    /// Texts, and where each of them starts and ends, below a key. What is said of a list as a whole stands at the key.
    pub(super) fn listed(
        &self,
        key: impl Into<String>,
        items: Vec<(Range<usize>, String)>,
        remarks: &mut Remarks,
    ) -> Member {
        let (places, texts): (Vec<Range<usize>>, Vec<String>) = items.into_iter().unzip();
        let mut member = Member::of(key, several(texts));
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return member };
        let is_whole = !self.margin.is_broken(first.start..last.end);
        match &mut member.value {
            Draft::List(group) if !is_whole => {
                for (item, place) in group.members.iter_mut().zip(&places) {
                    remarks.say(place.start, item);
                    group.is_open |= !item.before.is_empty() || item.beside.is_some();
                }
            }
            _ => places.iter().for_each(|place| remarks.say(place.start, &mut member)),
        }
        member
    }
}

impl Remarks {
    fn end(&mut self, comment: Option<&str>) {
        let Some(comment) = comment.map(remark) else { return };
        match self.parts.last_mut() {
            Some(last) => last.behind = Some(comment),
            None => self.head = Some(comment),
        }
    }

    /// Gives a member what is said of the part that starts there.
    pub(super) fn say(&mut self, start: usize, member: &mut Member) {
        let number = self.parts.binary_search_by_key(&start, |said| said.start);
        let Some(said) = number.ok().and_then(|number| self.parts.get_mut(number)) else { return };
        member.before.append(&mut said.before);
        if let Some(comment) = said.behind.take() {
            end(member, comment);
        }
    }

    /// What begins the whole, and has no line in YAML that it could end.
    pub(super) fn say_head(&mut self, member: &mut Member) {
        let head = self.head.take().map(|text| Remark { is_after_blank: false, text });
        member.before.splice(0..0, head);
    }

    /// What stands behind the last part, and all the rest if there is no part to say it of.
    pub(super) fn say_rest(&mut self, member: &mut Member) {
        match &mut member.value {
            Draft::Mapping(group) | Draft::List(group) if !group.members.is_empty() => {
                group.rest.append(&mut self.rest);
            }
            _ => {
                self.say_head(member);
                member.before.append(&mut self.rest);
            }
        }
    }
}
