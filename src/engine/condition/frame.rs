//! What a condition is evaluated in.

use super::reading::Reading;
use crate::engine::request::Request;
use crate::model::Value;
use crate::model::limits::QUANTIFIERS_MAX;

/// A request, and what the variables of the quantifiers around a condition stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) request: &'a Request<'a>,
    /// By how many quantifiers stand around their own.
    variables: [Option<&'a Value>; QUANTIFIERS_MAX],
}

impl<'a> Frame<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Frame<'a> {
        Frame { request, variables: [None; QUANTIFIERS_MAX] }
    }

    pub(super) fn with(mut self, variable: usize, element: &'a Value) -> Frame<'a> {
        if let Some(place) = self.variables.get_mut(variable) {
            *place = Some(element);
        }
        self
    }

    pub(super) fn read(&self, variable: usize) -> Reading<'a> {
        self.variables.get(variable).copied().flatten().map_or(Reading::Absent, Reading::Value)
    }
}
