//! Rivet, the demo shop of Caisse: a hardware shop whose pages are made on the server and track what a
//! shop should. Never charges anything, never sends a mail, never keeps a card number.
//!
//! The way of a request: [`server`] finds the page, [`visit`] opens the visitor's session in one
//! transaction, a function of [`pages`] changes it and answers with HTML or a redirect, and [`calls`]
//! are what that page tells the tracker. A page that answers a form never shows anything itself: it
//! redirects, and what it has to track waits in the session for the next page shown.

pub mod basket;
pub mod calls;
pub mod card;
pub mod catalogue;
pub mod checkout;
pub mod drawing;
pub mod files;
pub mod form;
pub mod order;
pub mod pages;
pub mod price;
pub mod range;
pub mod server;
pub mod session;
pub mod shape;
pub mod shipping;
pub mod store;
pub mod token;
pub mod visit;
