//! All that a decision depends on but the clock, as bytes: two requests with equal bytes get equal answers as long as the
//! first one's is valid.
//!
//! Each part says by its place or by a tag what it is, and by its length or its type where it ends, so that no two
//! requests are written alike: not even where one's text holds what stands between another's. What the facts say of an entity
//! is not written but stood for by the number of its last change.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::Engine;
use super::request::{Place, Request, Slot, Subject};
use crate::facts::Versions;
use crate::model::{EntityRef, Locals, Symbol, Tri, Value};

/// Most fit without an allocation.
pub type Key = SmallVec<[u8; 256]>;

/// What is written, and what it needs to know.
struct Writer<'a> {
    key: &'a mut Key,
    locals: &'a Locals,
    versions: &'a Versions,
}

impl Engine {
    /// What deciding a request costs at worst, in tests of one attribute; known at load.
    pub fn cost(&self, request: &Request<'_>) -> u32 {
        self.profiles.of(request.permission).map_or(0, |profile| profile.cost)
    }

    /// Adds to the key what a decision of this engine depends on but the clock; `versions` are those of the request's
    /// facts. Which engine it is, is not part of it.
    pub fn write_key(&self, request: &Request<'_>, versions: &Versions, key: &mut Key) {
        let Request {
            facts,
            // The permission says which they are.
            package: _,
            permission,
            subject,
            resource_type: _,
            resource,
            is_stored,
            place,
            standing,
            owner: _,
            slots,
            locals,
            understands,
            assigned,
            // An answer holds from the instant it was found until its horizon.
            now: _,
        } = request;
        let mut writer = Writer { key, locals, versions };
        writer.u64(versions.scopes());
        writer.count(permission.number());
        match subject {
            None => writer.tag(0),
            Some(Subject { entity, kind: _, stored }) => {
                writer.tag(1);
                writer.entity(*entity, stored.is_some());
            }
        }
        match resource {
            None => writer.tag(0),
            Some(resource) => {
                writer.tag(1);
                writer.entity(*resource, *is_stored);
            }
        }
        writer.place(*place);
        writer.place(*standing);
        writer.count(slots.len());
        for slot in slots {
            writer.slot(slot);
        }
        writer.count(understands.len());
        for name in understands {
            writer.symbol(*name);
        }
        writer.count(assigned.len());
        for (role, covers) in assigned {
            writer.count(role.number());
            writer.tag(u8::from(*covers == Tri::True));
        }
        let Some(profile) = self.profiles.of(*permission) else { return };
        profile.reads.visit(request, &mut |entity| match entity {
            None => writer.tag(0),
            Some(entity) => {
                writer.tag(1);
                writer.entity(entity, facts.entity(entity).is_some());
            }
        });
        if profile.reads.any {
            writer.u64(versions.any());
        }
    }
}

impl Writer<'_> {
    fn tag(&mut self, tag: u8) {
        self.key.push(tag);
    }

    fn u64(&mut self, number: u64) {
        self.key.extend_from_slice(&number.to_le_bytes());
    }

    fn i64(&mut self, number: i64) {
        self.key.extend_from_slice(&number.to_le_bytes());
    }

    /// Nothing here is as many as would not fit: a request is bounded, and so is a policy.
    fn count(&mut self, number: usize) {
        self.key.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// A text that only this request has is written out: its number means another one in the next.
    fn symbol(&mut self, symbol: Symbol) {
        if let Some(number) = symbol.number() {
            self.tag(0);
            self.key.extend_from_slice(&number.to_le_bytes());
        } else {
            self.tag(1);
            let text = self.locals.text(symbol);
            self.count(text.len());
            self.key.extend_from_slice(text.as_bytes());
        }
    }

    fn reference(&mut self, entity: EntityRef) {
        self.symbol(entity.kind);
        self.symbol(entity.id);
    }

    /// An entity and what the facts say of it.
    fn entity(&mut self, entity: EntityRef, is_stored: bool) {
        self.reference(entity);
        if is_stored {
            self.tag(1);
            self.u64(self.versions.of(entity));
        } else {
            self.tag(0);
        }
    }

    fn place(&mut self, place: Place) {
        match place {
            Place::Root => self.tag(0),
            Place::Shared => self.tag(1),
            Place::Unknown => self.tag(2),
            Place::In(scope) => {
                self.tag(3);
                self.count(scope.number());
            }
        }
    }

    fn slot(&mut self, slot: &Slot<'_>) {
        match slot {
            Slot::Absent => self.tag(0),
            Slot::Invalid => self.tag(1),
            Slot::Record => self.tag(2),
            // The subject's or the resource's, whose number says what it is.
            Slot::Stored(_) => self.tag(3),
            Slot::Sent(value) => {
                self.tag(4);
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => {
                self.tag(0);
                self.tag(u8::from(*value));
            }
            Value::Int(int) => {
                self.tag(1);
                self.i64(*int);
            }
            Value::String(text) => {
                self.tag(2);
                self.symbol(*text);
            }
            Value::Ip(ip) => {
                self.tag(3);
                self.ip(*ip);
            }
            Value::Network(network) => {
                self.tag(4);
                self.ip(network.addr());
                self.tag(network.prefix_len());
            }
            Value::Instant(instant) => {
                self.tag(5);
                self.i64(instant.micros());
            }
            Value::Date(date) => {
                self.tag(6);
                self.i64(date.days());
            }
            Value::Time(time) => {
                self.tag(7);
                self.i64(time.seconds());
            }
            Value::Duration(duration) => {
                self.tag(8);
                self.i64(duration.micros());
            }
            Value::Entity(entity) => {
                self.tag(9);
                self.reference(*entity);
            }
            Value::Set(elements) => {
                self.tag(10);
                self.count(elements.len());
                elements.iter().for_each(|element| self.value(element));
            }
            Value::Record(members) => {
                self.tag(11);
                self.count(members.len());
                for (name, value) in members.iter() {
                    self.symbol(*name);
                    self.value(value);
                }
            }
        }
    }

    fn ip(&mut self, ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => {
                self.tag(4);
                self.key.extend_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                self.tag(6);
                self.key.extend_from_slice(&ip.octets());
            }
        }
    }
}
