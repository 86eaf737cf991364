//! The bottom of the house: symbols, values, types, instants, windows, networks.
//!
//! Pure data and arithmetic. Nothing here reads a clock, does I/O, or knows what a policy is.

pub mod causes;
pub mod date;
pub mod duration;
pub mod glob;
pub mod input;
pub mod instant;
pub mod limits;
pub mod network;
pub mod organization;
pub mod pattern;
pub mod schema;
pub mod symbol;
pub mod table;
pub mod time_of_day;
pub mod tri;
pub mod value;
pub mod wall_clock;
pub mod window;
pub mod zone;

pub use date::Date;
pub use duration::Duration;
pub use glob::Glob;
pub use input::Input;
pub use instant::Instant;
pub use network::Networks;
pub use pattern::Pattern;
pub use symbol::{Locals, Symbol};
pub use table::{Id, Table};
pub use time_of_day::TimeOfDay;
pub use tri::Tri;
pub use value::{EntityRef, Type, Value};
pub use wall_clock::ClockSpan;
pub use window::Window;
