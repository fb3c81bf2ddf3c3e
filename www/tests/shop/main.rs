//! The shop over HTTP, without a browser and without the tracker: what a visitor gets for what they send.

mod browser;
mod buying;
mod forms;
mod serving;
mod tracking;
mod vocabulary;
