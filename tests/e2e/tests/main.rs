//! Real browsers, the real shop, the real collector. A test says what a visitor or a page does and what the report must
//! then say; it waits for the report, never for the clock.

mod accessible;
mod adobe;
mod advice;
mod alloy;
mod back;
mod batching;
mod buying;
mod consent;
mod consent_platforms;
mod crowd;
mod ends;
mod foreign;
mod frameworks;
mod hostile;
mod leaving;
mod minimal;
mod network;
mod outage;
mod pictures;
mod policy;
mod preloads;
mod prerender;
mod script_tag;
mod shipped;
mod steps;
mod storage;
mod strange;
mod tampered;
mod transports;
mod trapped;
mod values;
mod widget;
mod widget_page;
