//! A path in a body: `$.items[3].amount`.

use super::fault::bounded;
use super::workspace::Workspace;
use super::writer::Writer;

/// The longest path an error shows, in bytes; one that is longer lacks its middle.
const PATH: usize = 256;

/// The place that the writer is at, or the object around it. All of the text is written.
pub(super) fn of(writer: &Writer<'_>, above: bool) -> String {
    let frames = &writer.space.frames;
    let named = frames.len() - usize::from(above && !frames.is_empty());
    let mut steps = Vec::with_capacity(named);
    for (i, frame) in frames.iter().enumerate().take(named) {
        if frame.is_array {
            steps.push(format!("[{}]", frame.index));
        } else if let Some(key) = key_of(writer, i) {
            steps.push(step(&String::from_utf8_lossy(key)));
        }
    }
    if steps.iter().map(String::len).sum::<usize>() < PATH {
        return format!("${}", steps.concat());
    }
    let (head, tail) = (fitting(steps.iter()), fitting(steps.iter().rev()));
    format!("${}…{}", steps[..head].concat(), steps[steps.len() - tail..].concat())
}

/// Returns the number of steps that fit into half a path: at least one, because keys are cut.
fn fitting<'s>(steps: impl Iterator<Item = &'s String>) -> usize {
    let mut left = PATH / 2 - "$…".len() / 2;
    let fits = |step: &&String| left.checked_sub(step.len()).map(|rest| left = rest).is_some();
    steps.take_while(fits).count()
}

/// Writes a key as a step of a path.
fn step(key: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let plain = key.chars().all(is_word) && key.chars().next().is_some_and(|c| !c.is_numeric());
    let key = bounded(key);
    if plain { format!(".{key}") } else { format!("[\"{key}\"]") }
}

/// The key that an open object is at.
pub(super) fn key_of<'a>(writer: &'a Writer<'_>, frame: usize) -> Option<&'a [u8]> {
    let Workspace { frames, members, .. } = &*writer.space;
    let end = frames.get(frame + 1).map_or(members.len(), |frame| frame.members);
    let member = members.get(frames.get(frame)?.members..end)?.last()?;
    writer.out.get(member.start + 1..member.key_end)
}
