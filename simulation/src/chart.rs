//! Login requests and failed calls over time, as SVG.

use std::fmt::Write;
use std::ops::Range;
use std::time::Duration;

use crate::fleet::Outcome;
use crate::log::Log;
use crate::scenario::Scenario;
use crate::settings::Settings;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 312.0;
/// The left and the right end of the time axis.
const LEFT: f64 = 56.0;
const RIGHT: f64 = WIDTH - 20.0;
/// The height of a panel, and the top of each.
const PANEL: f64 = 78.0;
const TOPS: [f64; 2] = [74.0, 190.0];

/// The colours of a figure.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// The end of the file's name.
    pub suffix: &'static str,
    paper: &'static str,
    text: &'static str,
    faint: &'static str,
    grid: &'static str,
    band: &'static str,
    bars: [&'static str; 2],
}

/// The light and the dark theme.
pub const THEMES: [Theme; 2] = [
    Theme {
        suffix: "",
        paper: "#ffffff",
        text: "#1f2328",
        faint: "#59636e",
        grid: "#d9dee3",
        band: "#fff1c9",
        bars: ["#0a66c2", "#c4320a"],
    },
    Theme {
        suffix: "-dark",
        paper: "#0d1117",
        text: "#f0f6fc",
        faint: "#9198a1",
        grid: "#2c333b",
        band: "#3a2f10",
        bars: ["#58a6ff", "#ff7b54"],
    },
];

/// Returns the name of a scenario's file, without theme and ending.
#[must_use]
pub fn file_name(scenario: &Scenario) -> String {
    let words = scenario.name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

/// The time that a figure shows, and how it is divided.
struct Axis {
    shown: Range<Duration>,
    /// The time of one bar, and its name.
    bin: Duration,
    bin_name: &'static str,
    /// The time at which the labels count zero, and the time from label to label.
    zero: Duration,
    step: Duration,
    trouble: Option<Range<Duration>>,
}

impl Axis {
    /// Shows the whole time in hours, or in minutes an hour before a fault and two or four hours after it.
    fn new(scenario: &Scenario, outcome: &Outcome) -> Self {
        let is_limited = !scenario.windows.is_empty();
        match outcome.trouble.clone() {
            Some(trouble) => Self {
                // A limit of requests is counted over hours.
                shown: trouble.start.saturating_sub(HOUR)..trouble.end + HOUR * if is_limited { 4 } else { 2 },
                bin: MINUTE,
                bin_name: "minute",
                zero: trouble.start,
                step: MINUTE * 30,
                trouble: Some(trouble),
            },
            None => Self {
                shown: Duration::ZERO..scenario.span(),
                bin: HOUR,
                bin_name: "hour",
                zero: Duration::ZERO,
                step: DAY,
                trouble: None,
            },
        }
    }

    fn x(&self, at: Duration) -> f64 {
        let part = (at.as_secs_f64() - self.shown.start.as_secs_f64())
            / (self.shown.end.as_secs_f64() - self.shown.start.as_secs_f64());
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// Returns the place and the text of each label.
    fn labels(&self) -> Vec<(f64, String)> {
        let mut at = self.zero;
        while at >= self.shown.start + self.step {
            at -= self.step;
        }
        let mut labels = Vec::new();
        while at <= self.shown.end {
            labels.push((self.x(at), self.label(at)));
            at += self.step;
        }
        labels
    }

    fn label(&self, at: Duration) -> String {
        if self.trouble.is_none() {
            return (at.as_secs() / DAY.as_secs()).to_string();
        }
        let minutes = |span: Duration| span.as_secs() / 60;
        let before = minutes(self.zero.saturating_sub(at));
        if before > 0 { format!("−{before}") } else { minutes(at.saturating_sub(self.zero)).to_string() }
    }

    fn unit(&self) -> &'static str {
        if self.trouble.is_some() { "minutes since it began; shaded while it lasts" } else { "days" }
    }

    /// Returns the length of the shown time, as text.
    fn length(&self) -> String {
        let shown = self.shown.end.saturating_sub(self.shown.start);
        if self.trouble.is_some() {
            format!("{:.0} min", shown.as_secs_f64() / 60.0)
        } else {
            format!("{:.0} d", shown.as_secs_f64() / DAY.as_secs_f64())
        }
    }
}

/// Draws a run of a scenario.
#[must_use]
pub fn draw(scenario: &Scenario, outcome: &Outcome, settings: &Settings, theme: Theme) -> String {
    let axis = Axis::new(scenario, outcome);
    let Theme { paper, text, faint, .. } = theme;
    let title = escaped(scenario.name);
    let machines = scenario.machines(settings);
    let plural = if machines == 1 { "" } else { "s" };
    let fleet = format!("{} processes on {} machine{plural}", grouped(scenario.processes), grouped(machines));
    let shows =
        if scenario.windows.is_empty() { "login requests and failed calls" } else { "requests and answers of 429" };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" aria-label=\"{title}: {shows} over time\" \
         font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{faint}\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"{paper}\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"600\" fill=\"{text}\">{title}</text>\n\
         <text x=\"{RIGHT}\" y=\"26\" text-anchor=\"end\">{fleet}</text>\n"
    );
    let counts = &outcome.tally;
    let (provider, none) = (&outcome.provider, &Log::default());
    let panels = if scenario.windows.is_empty() {
        [("login requests", [&provider.requests, none]), ("failed calls", [&counts.failed, &counts.unhealed])]
    } else {
        [("requests and logins", [&provider.allowed, none]), ("answers of 429", [&provider.limited, none])]
    };
    for (number, (what, logs)) in panels.into_iter().enumerate() {
        panel(&mut svg, &axis, what, logs, TOPS[number], theme.bars[number], theme);
    }
    let under = TOPS[1] + PANEL + 17.0;
    for (x, label) in axis.labels() {
        let _ = writeln!(svg, "<text x=\"{x:.0}\" y=\"{under}\" text-anchor=\"middle\">{label}</text>");
    }
    let (unit, under) = (axis.unit(), under + 17.0);
    let _ = writeln!(svg, "<text x=\"{RIGHT}\" y=\"{under}\" text-anchor=\"end\">{unit}</text>");
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, axis: &Axis, what: &str, logs: [&Log; 2], top: f64, bars: &str, theme: Theme) {
    let Theme { text, grid, band, .. } = theme;
    let bottom = top + PANEL;
    let bins = bins(axis, logs);
    let (most, total) = (bins.iter().copied().max().unwrap_or_default(), bins.iter().sum());
    if let Some(trouble) = &axis.trouble {
        let (from, to) = (axis.x(trouble.start), axis.x(trouble.end));
        let width = (to - from).max(2.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{PANEL}\" fill=\"{band}\"/>"
        );
    }
    let heading = format!("<tspan fill=\"{text}\" font-weight=\"600\">{what}</tspan> per {}", axis.bin_name);
    let sum = if total == 0 { "none".to_owned() } else { format!("{} in {}", grouped(total), axis.length()) };
    let over = top - 11.0;
    let _ = writeln!(svg, "<text x=\"16\" y=\"{over}\">{heading}</text>");
    let _ = writeln!(svg, "<text x=\"{RIGHT}\" y=\"{over}\" text-anchor=\"end\">{sum}</text>");
    let scale = ceiling(most);
    let y = |count: usize| bottom - ratio(count, scale) * PANEL;
    let lines = if total == 0 { vec![0] } else { vec![0, scale] };
    for count in lines {
        let (y, count) = (y(count), grouped(count));
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"{grid}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{count}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
    // A bar is at least a pixel high and wide, so that a single login among thousands is seen.
    let mut path = String::new();
    for (number, count) in (0..).zip(bins).filter(|(_, count)| *count > 0) {
        let from = axis.x(axis.shown.start + axis.bin * number);
        let to = axis.x(axis.shown.start + axis.bin * (number + 1));
        let height = (bottom - y(count)).max(1.5);
        let _ = write!(path, "M{from:.1} {bottom}v-{height:.1}h{:.1}v{height:.1}z", (to - from).max(1.5));
    }
    if !path.is_empty() {
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"{bars}\" shape-rendering=\"crispEdges\"/>");
    }
}

/// Returns the number of events of both logs in each bar.
fn bins(axis: &Axis, logs: [&Log; 2]) -> Vec<usize> {
    let mut from = axis.shown.start;
    let mut bins = Vec::new();
    while from < axis.shown.end {
        bins.push(logs.iter().map(|log| log.within(&(from..from + axis.bin)).len()).sum());
        from += axis.bin;
    }
    bins
}

/// Returns the least of 1, 2, 5, 10, 20, 50… that is not below the count.
fn ceiling(count: usize) -> usize {
    let mut decade = 1;
    loop {
        for step in [1, 2, 5] {
            if decade * step >= count {
                return decade * step;
            }
        }
        decade *= 10;
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is drawn with a tenth of a pixel")]
fn ratio(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}

/// Formats a number with a comma between thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_the_next_round_number() {
        assert_eq!([0, 1, 3, 5, 6, 200, 201, 2_439].map(ceiling), [1, 1, 5, 5, 10, 200, 500, 5_000]);
    }

    #[test]
    fn thousands_are_grouped_and_markup_is_escaped() {
        assert_eq!([7, 1_000, 84_747, 1_234_567].map(grouped), ["7", "1,000", "84,747", "1,234,567"]);
        assert_eq!(escaped("5 % < \"a\" & b"), "5 % &lt; &quot;a&quot; &amp; b");
    }
}
