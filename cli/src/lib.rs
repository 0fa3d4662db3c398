//! idos-cli
