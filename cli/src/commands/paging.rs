//! Reading a list to its end, page after page.

pub use idos_client::pages::all;
