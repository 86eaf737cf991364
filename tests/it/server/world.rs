//! A small policy put together by hand: documents that users read, close and publish.

use std::sync::Arc;

use portcullis::document::{SourceId, Span};
use portcullis::engine::Engine;
use portcullis::facts::Facts;
use portcullis::language::policy::*;
use portcullis::model::schema::{EntityType, Package, Permission, Placement, Schema};
use portcullis::model::{Id, Symbol, Value};
use portcullis::service::World;

use super::sidecar::at;

/// `document:read` for everybody identified, `document:publish` for them with an obligation, nothing for
/// `document:close`; and a route to each.
pub fn world() -> World {
    let mut policy = Policy { schema: schema(), ..Policy::default() };
    policy.rules.push(allow("publishing", 2, vec![step_up()]));
    policy.rules.push(allow("reading", 0, Vec::new()));
    policy.routes = ["GET", "POST", "PUT"].into_iter().enumerate().map(route).collect();
    let engine = Engine::new(Arc::new(policy));
    World::new(Arc::new(engine), Arc::new(Facts::default()), &"ab".repeat(32), at("2026-03-02T11:00:00Z"))
}

fn schema() -> Schema {
    let mut schema = Schema::default();
    let package = schema.packages.push(Package { name: Symbol::intern("docs"), context: Vec::new() });
    for action in ["read", "close", "publish"] {
        schema.permissions.push(Permission { resource: Id::new(0), action: Symbol::intern(action) });
    }
    let mut declare = |name: &str, is_subject: bool| {
        schema.types.push(EntityType {
            package,
            name: Symbol::intern(&format!("docs/{name}")),
            bare: Symbol::intern(name),
            is_subject,
            is_resource: !is_subject,
            placement: Placement::Root,
            attributes: Vec::new(),
            permissions: if is_subject { Vec::new() } else { (0..3).map(Id::new).collect() },
        });
    };
    declare("document", false);
    declare("user", true);
    schema
}

fn allow(name: &str, permission: usize, obligations: Vec<Directive>) -> Rule {
    Rule {
        package: Id::new(0),
        name: Symbol::intern(name),
        is_named: true,
        effect: Effect::Allow,
        targets: Targets::Permissions(vec![Id::new(permission)]),
        audience: Audience::Identified,
        except: Vec::new(),
        when: None,
        unless: None,
        priority: Priority::Level(0),
        because: None,
        obligations,
        advice: Vec::new(),
        span: span(),
    }
}

fn step_up() -> Directive {
    let text = |text: &str| Value::String(Symbol::intern(text));
    let arguments = vec![
        (Symbol::intern("amr"), text("mfa")),
        (Symbol::intern("level"), Value::Int(3)),
        (Symbol::intern("zones"), Value::set(vec![text("b\"c"), text("a")])),
    ];
    Directive { name: Symbol::intern("step_up"), arguments }
}

fn route((number, method): (usize, &str)) -> Route {
    Route {
        package: Id::new(0),
        methods: vec![method.into()],
        host: None,
        segments: vec![Segment::Literal("documents".into()), Segment::Text],
        permission: Id::new(number),
        id: Some(RouteValue::Segment(1)),
        organization: None,
        span: span(),
    }
}

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}
