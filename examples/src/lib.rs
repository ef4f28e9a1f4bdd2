//! Parts that the examples share.

use std::fmt;
use std::io::{self, Write};

/// Prints a line like the standard `println!`, but exits quietly if the output is closed, as by `| head -3`.
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

/// Prints the line of the macro.
#[doc(hidden)]
pub fn print_line(line: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        // A closed output is not an error of the program. Any other error is reported.
        if error.kind() != io::ErrorKind::BrokenPipe {
            eprintln!("cannot print: {error}");
        }
        std::process::exit(i32::from(error.kind() != io::ErrorKind::BrokenPipe));
    }
}
