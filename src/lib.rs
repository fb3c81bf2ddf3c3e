//! Caisse: a tracking SDK for checkouts, in the order in which a hit goes through it.
//!
//! A page makes a [`call`]. It is read against the vocabulary and becomes an [`event`]: [`facts`] by the
//! rules of the [`vocabulary`], with its [`product`]s and [`money`]; what is wrong costs a [`problem`], and what is only
//! likely to be wrong is told by [`advice`]. [`privacy`]
//! takes personal data out, and with its id, time and page the event is a [`hit`]. If [`consent`] was granted the [`tracker`] puts it into the [`queue`] of each [`destination`] and has its
//! [`row`] written to the store. A [`batch`] of hits is encoded ([`encode`]) and handed to the transport; [`retry`]
//! says what its answer means. Only an acknowledgement takes hits out of the queue. The [`driver`] carries out, through
//! its [`ports`], what the tracker decides; in a page the adapters behind them are in `browser`. [`stats`] counts
//! what became of every call. What a `checkout` of several pages calls follows from one attempt's memory. The collector reads with [`decode`] what pages wrote.
// Code that runs in a shop's page never panics on purpose; tests may.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
#![cfg_attr(not(test), deny(clippy::unreachable, clippy::todo, clippy::unimplemented, clippy::string_slice))]
#![cfg_attr(not(test), deny(clippy::disallowed_macros, clippy::disallowed_methods))]

pub mod call;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod date;
pub mod event;
pub mod facts;
pub mod hit;
#[cfg(any(feature = "adobe", not(target_arch = "wasm32")))]
pub mod identity;
pub mod money;
pub mod privacy;
pub mod problem;
pub mod product;
pub mod text;
pub mod vocabulary;

pub mod advice;
pub mod currency;

pub mod consent;
pub mod row;

#[cfg(feature = "widget")]
pub mod checkout;

#[cfg(feature = "collector")]
pub mod batch;
#[cfg(feature = "collector")]
pub mod destination;
#[cfg(feature = "collector")]
pub mod driver;
pub mod encode;
pub mod luck;
#[cfg(feature = "collector")]
pub mod options;
pub mod ports;
#[cfg(feature = "collector")]
pub mod queue;
pub mod retry;
pub mod stats;
#[cfg(feature = "collector")]
pub mod tracker;
#[cfg(feature = "collector")]
pub mod wire;

pub mod defect;
pub mod error;
pub mod limits;

#[cfg(target_arch = "wasm32")]
pub mod browser;

#[cfg(not(target_arch = "wasm32"))]
pub mod decode;
