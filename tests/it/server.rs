//! The sidecar's listeners, over real sockets.

mod admin;
mod auth_request;
mod evaluation;
<<<<<<< HEAD
pub mod sidecar;
=======
pub(crate) mod sidecar;
>>>>>>> 972d4cf (Walk through HackAI's day behind a real nginx)
mod transport;
mod world;
