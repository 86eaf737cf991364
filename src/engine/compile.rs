//! A checked policy to an engine.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::Engine;
use super::condition::Condition;
use super::decision::Order;
use super::hierarchy::Hierarchy;
use super::index::Index;
use super::profiles::Profiles;
use super::route::Routes;
use super::slots::Slots;
use crate::language::policy::Policy;
use crate::model::Id;
use crate::model::schema::EntityType;

pub(super) fn compile(policy: Arc<Policy>) -> Engine {
    let slots = Slots::new(&policy);
    let conditions = policy.rules.rows().map(|rule| {
        Condition::compile(
            policy.packages_of(rule),
            rule.when.as_ref(),
            rule.unless.as_ref(),
            &policy,
            &slots,
        )
    });
    let conditions: Vec<Condition> = conditions.collect();
    let index = Index::new(&policy);
    let hierarchy = Hierarchy::new(&policy, &slots);
    Engine {
        profiles: Profiles::new(&policy, &index, &conditions, &hierarchy),
        types: type_names(&policy),
        roles: policy.schema.roles.iter().map(|(id, role)| (role.name, id)).collect(),
        conditions,
        index,
        hierarchy,
        order: Order::new(&policy),
        routes: Routes::new(&policy),
        slots,
        policy,
    }
}

fn type_names(policy: &Policy) -> HashMap<Box<str>, Option<Id<EntityType>>> {
    let mut names: HashMap<Box<str>, Option<Id<EntityType>>> = HashMap::new();
    for (id, ty) in policy.schema.types.iter() {
        names.entry(ty.bare.text().into()).and_modify(|entry| *entry = None).or_insert(Some(id));
    }
    // Qualified names can't clash: a bare one holds no `/`.
    for (id, ty) in policy.schema.types.iter() {
        names.insert(ty.name.text().into(), Some(id));
    }
    names
}
