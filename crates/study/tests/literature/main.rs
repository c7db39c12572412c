//! The literature's claims on planted rows, whose answers are known in closed form.

mod cost;
mod federation;
mod kernels;
mod networks;
mod planted;
mod told;
