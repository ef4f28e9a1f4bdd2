//! The names that the generated files use.
#![allow(dead_code, reason = "a document may name any kind")]

pub(super) use super::{Kind, Member, Operation, Shape};

pub(super) const NOTHING: Operation =
    Operation { id: "", method: "", path: "", open: false, segments: &[], query: &[], headers: &[], body: &[] };

pub(super) const ANY: Shape = Shape {
    kinds: &[],
    shortest: 0,
    longest: usize::MAX,
    least: i64::MIN,
    most: i64::MAX,
    choices: &[],
    items: &[],
    members: &[],
};

pub(super) const ARRAY: Shape = Shape { kinds: &[Kind::Array], ..ANY };
pub(super) const BOOLEAN: Shape = Shape { kinds: &[Kind::Boolean], ..ANY };
pub(super) const INTEGER: Shape = Shape { kinds: &[Kind::Integer], ..ANY };
pub(super) const NUMBER: Shape = Shape { kinds: &[Kind::Number], ..ANY };
pub(super) const NULL: Shape = Shape { kinds: &[Kind::Null], ..ANY };
pub(super) const OBJECT: Shape = Shape { kinds: &[Kind::Object], ..ANY };
pub(super) const STRING: Shape = Shape { kinds: &[Kind::String], ..ANY };

pub(super) const fn required(name: &'static str, shape: Shape) -> Member {
    Member { name, required: true, shape }
}

pub(super) const fn optional(name: &'static str, shape: Shape) -> Member {
    Member { name, required: false, shape }
}
