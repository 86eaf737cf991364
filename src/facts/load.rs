//! Facts from YAML files: texts in, one checked snapshot out.
//!
//! What a facts file says is checked against the policies' vocabulary and against the other facts, so that a
//! misspelt role or organization is told when it is loaded, not when somebody is locked out.

mod body;
mod held;
mod hierarchy;
mod items;
mod lookalikes;
mod names;
mod value;

use foldhash::{HashMap, HashMapExt};

use super::{Entity, Facts, Scopes};
use crate::document::yaml::{self, Bounds, Node};
use crate::document::{Diagnostic, Problems, SourceId, Sources, Span};
use crate::model::schema::Schema;
use crate::model::value::ORGANIZATION;
use crate::model::{EntityRef, Symbol};

use items::Item;
use names::Names;

/// What the reading of one entity needs to know of everything else.
struct Context<'a> {
    names: Names<'a>,
    /// Every entity that the files list, and where.
    places: HashMap<EntityRef, Span>,
    scopes: Scopes,
    /// The paths of all listed organizations, for suggestions.
    organizations: Vec<&'a str>,
}

/// Reads these files as one. There are facts exactly if no diagnostic is an error.
pub fn load(sources: &Sources, files: &[SourceId], schema: &Schema) -> (Option<Facts>, Vec<Diagnostic>) {
    let mut problems = Problems::default();
    let trees: Vec<Node<'_>> =
        files.iter().filter_map(|file| yaml::parse(sources, *file, Bounds::FACTS, &mut problems)).collect();
    // With a file missing everything that refers to it would seem wrong too.
    if trees.len() < files.len() {
        return (None, problems.into_diagnostics());
    }
    let facts = of_trees(&trees.iter().collect::<Vec<_>>(), schema, &mut problems);
    // What is wrong with a tree itself leaves gaps in it.
    let facts = facts.filter(|_| problems.errors() == 0);
    (facts, problems.into_diagnostics())
}

/// Reads these documents as one. There are facts exactly if nothing is wrong with them but with their YAML, of which whoever
/// parsed it has heard.
pub fn of_trees(trees: &[&Node<'_>], schema: &Schema, problems: &mut Problems) -> Option<Facts> {
    let before = problems.errors();
    let facts = assemble(trees, schema, problems);
    (problems.errors() == before).then_some(facts)
}

fn assemble(trees: &[&Node<'_>], schema: &Schema, problems: &mut Problems) -> Facts {
    let names = Names::new(schema);
    let items: Vec<Item<'_, '_>> =
        trees.iter().copied().flat_map(|tree| items::read(tree, &names, problems)).collect();
    let mut context =
        Context { names, places: HashMap::new(), scopes: Scopes::default(), organizations: Vec::new() };
    items::index(&items, &mut context, problems);

    let mut entities = HashMap::with_capacity(items.len() + 1);
    for item in &items {
        if problems.is_full() {
            break;
        }
        let entity = body::read(item, &context, problems);
        entities.entry(item.entity).or_insert(entity);
    }
    let root = EntityRef {
        kind: Symbol::intern(ORGANIZATION),
        id: Symbol::intern(crate::model::organization::ROOT_PATH),
    };
    entities.entry(root).or_insert_with(Entity::default);
    let order: Vec<EntityRef> = items.iter().map(|item| item.entity).collect();
    hierarchy::close(&order, &mut entities, &context.places, problems);
    if problems.errors() == 0 {
        lookalikes::warn(&context.places, problems);
    }
    Facts { entities, scopes: context.scopes }
}

#[cfg(test)]
mod tests;
