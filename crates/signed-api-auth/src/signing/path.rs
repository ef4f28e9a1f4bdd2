//! Where in the body: `$.items[3].amount`.

use std::fmt::Write;

use super::fault::bounded;
use super::workspace::Workspace;
use super::writer::Writer;

/// The place that the writer is at, or the object around it. All of the text is written.
pub(super) fn of(writer: &Writer<'_>, above: bool) -> String {
    let frames = &writer.space.frames;
    let named = frames.len() - usize::from(above && !frames.is_empty());
    let mut path = String::from("$");
    for (i, frame) in frames.iter().enumerate().take(named) {
        if frame.is_array {
            let _strings_take_everything = write!(path, "[{}]", frame.index);
        } else if let Some(key) = key_of(writer, i) {
            push_key(&mut path, &String::from_utf8_lossy(key));
        }
    }
    path
}

fn push_key(path: &mut String, key: &str) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let plain = key.chars().all(is_word) && key.chars().next().is_some_and(|c| !c.is_numeric());
    let key = bounded(key);
    if plain {
        path.push('.');
        path.push_str(&key);
    } else {
        path.push_str("[\"");
        path.push_str(&key);
        path.push_str("\"]");
    }
}

/// The key that an open object is at.
fn key_of<'a>(writer: &'a Writer<'_>, frame: usize) -> Option<&'a [u8]> {
    let Workspace { frames, members, .. } = &*writer.space;
    let end = frames.get(frame + 1).map_or(members.len(), |frame| frame.members);
    let member = members.get(frames.get(frame)?.members..end)?.last()?;
    writer.out.get(member.start + 1..member.key_end)
}
