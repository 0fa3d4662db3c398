//! Who may call what, and what may be sent twice: as tables that are part of the repository.

mod authorization;
mod replay;
mod request;
mod role;
mod scene;
mod table;
