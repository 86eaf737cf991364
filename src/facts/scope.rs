//! Organizations as a tree of paths: `/`, `acme`, `acme/security`.

use foldhash::HashMap;

use crate::model::organization::ROOT_PATH;
use crate::model::{Id, Symbol, Table};

/// One organization, or the root of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub path: Symbol,
    /// From the root down to this one, both included.
    line: Vec<Id<Scope>>,
}

/// The organizations that facts name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes {
    scopes: Table<Scope>,
    by_path: HashMap<Symbol, Id<Scope>>,
}

impl Scopes {
    /// The scope that covers all others.
    pub fn root(&self) -> Id<Scope> {
        Id::new(0)
    }

    /// The scope of a path, made with all above it if it is new. The path has to be [well formed](crate::model::organization::is_path).
    pub fn add(&mut self, path: &str) -> Id<Scope> {
        if path == ROOT_PATH {
            return self.root();
        }
        let symbol = Symbol::intern(path);
        if let Some(known) = self.by_path.get(&symbol) {
            return *known;
        }
        let above = match path.rsplit_once('/') {
            Some((above, _)) => self.add(above),
            None => self.root(),
        };
        let id = Id::new(self.scopes.len());
        let mut line = self.scopes.row(above).line.clone();
        line.push(id);
        self.scopes.push(Scope { path: symbol, line });
        self.by_path.insert(symbol, id);
        id
    }

    /// The scope of a path that the facts name.
    pub fn of(&self, path: Symbol) -> Option<Id<Scope>> {
        self.by_path.get(&path).copied()
    }

    /// The deepest known scope that the path is in: its own, or the nearest above that facts name.
    pub fn nearest(&self, path: &str) -> Id<Scope> {
        let mut rest = path;
        loop {
            if let Some(known) = Symbol::lookup(rest).and_then(|symbol| self.by_path.get(&symbol)) {
                return *known;
            }
            match rest.rsplit_once('/') {
                Some((above, _)) => rest = above,
                None => return self.root(),
            }
        }
    }

    /// Whether `at` is `scope` or lies below it.
    pub fn covers(&self, scope: Id<Scope>, at: Id<Scope>) -> bool {
        let depth = self.scopes.row(scope).line.len() - 1;
        self.scopes.row(at).line.get(depth) == Some(&scope)
    }

    pub fn get(&self, scope: Id<Scope>) -> &Scope {
        self.scopes.row(scope)
    }
}

impl Default for Scopes {
    fn default() -> Scopes {
        let path = Symbol::intern(ROOT_PATH);
        let mut scopes = Table::default();
        let root = scopes.push(Scope { path, line: vec![Id::new(0)] });
        Scopes { scopes, by_path: HashMap::from_iter([(path, root)]) }
    }
}

#[cfg(test)]
mod tests;
