//! Parts that the examples share.

use std::fmt;
use std::io::{self, Write};

/// Prints a line as the standard `println!` does, and ends the program quietly where nobody reads any more: `| head -3`.
///
/// ```
/// use auth_examples::println;
///
/// println!("{} users", 5);
/// ```
#[macro_export]
macro_rules! println {
    ($($line:tt)*) => {
        $crate::print_line(::std::format_args!($($line)*))
    };
}

/// What the macro does with its line.
#[doc(hidden)]
pub fn print_line(line: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        // Without a reader nothing is left to do; anything else is worth a message.
        if error.kind() != io::ErrorKind::BrokenPipe {
            eprintln!("cannot print: {error}");
        }
        std::process::exit(i32::from(error.kind() != io::ErrorKind::BrokenPipe));
    }
}
