//! Names as small numbers.
//!
//! Policies and facts intern their names in one process-wide, append-only table, so a reload re-uses the
//! numbers of the last one. Requests only look names up: a text the table does not hold becomes a number of
//! that request alone, so that clients can't make the table grow, and equality is always one comparison.

use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use foldhash::HashMap;

/// A name. Two symbols of one request, its policy and its facts are equal exactly if their texts are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

/// The texts of one request that no policy or fact has.
#[derive(Debug, Clone, Default)]
pub struct Locals {
    index: HashMap<Box<str>, Symbol>,
    texts: Vec<Box<str>>,
}

#[derive(Default)]
struct Interned {
    index: HashMap<&'static str, Symbol>,
    texts: Vec<&'static str>,
}

static INTERNED: LazyLock<RwLock<Interned>> = LazyLock::new(RwLock::default);

/// Numbers from here on belong to one request.
const LOCAL: u32 = 1 << 31;

impl Symbol {
    /// The symbol of a text from a policy or from facts; never call it with text from a request.
    ///
    /// # Panics
    /// At two thousand million names, long after memory has run out.
    pub fn intern(text: &str) -> Symbol {
        if let Some(symbol) = Symbol::lookup(text) {
            return symbol;
        }
        let mut interned = INTERNED.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(symbol) = interned.index.get(text) {
            return *symbol;
        }
        let number = u32::try_from(interned.texts.len()).unwrap_or(LOCAL);
        // Memory ends long before: a name takes more bytes than its number counts.
        assert!(number < LOCAL, "more than two thousand million names");
        let symbol = Symbol(number);
        let text: &'static str = Box::leak(text.into());
        interned.texts.push(text);
        interned.index.insert(text, symbol);
        symbol
    }

    /// The symbol of a text, if a policy or a fact has it.
    pub fn lookup(text: &str) -> Option<Symbol> {
        INTERNED.read().unwrap_or_else(PoisonError::into_inner).index.get(text).copied()
    }

    /// The text of an interned symbol; a request's own symbols have theirs in its [`Locals`].
    pub fn text(self) -> &'static str {
        let interned = INTERNED.read().unwrap_or_else(PoisonError::into_inner);
        interned.texts.get(self.0 as usize).copied().unwrap_or("")
    }

    /// The number of an interned symbol, the same as long as the process runs; a request's own symbols have none.
    pub fn number(self) -> Option<u32> {
        (!self.is_local()).then_some(self.0)
    }

    fn is_local(self) -> bool {
        self.0 >= LOCAL
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_local() { write!(f, "local#{}", self.0 - LOCAL) } else { write!(f, "{:?}", self.text()) }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Locals {
    /// The symbol of a text of this request: the interned one, or one of the request's own.
    pub fn symbol(&mut self, text: &str) -> Symbol {
        // The own ones first: a text that was interned meanwhile, by a reload beside us, must keep its number.
        if let Some(symbol) = self.index.get(text) {
            return *symbol;
        }
        if let Some(symbol) = Symbol::lookup(text) {
            return symbol;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX - LOCAL);
        let symbol = Symbol(LOCAL + number);
        self.texts.push(text.into());
        self.index.insert(text.into(), symbol);
        symbol
    }

    /// The text of a symbol of this request, interned or own.
    pub fn text(&self, symbol: Symbol) -> &str {
        if symbol.is_local() {
            self.texts.get((symbol.0 - LOCAL) as usize).map_or("", |text| text)
        } else {
            symbol.text()
        }
    }
}
