/// A pager: the program in which a person reads a text that is longer than the terminal is high.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

/// The command for it: `PAGER`, or `less -FRX` where that is installed. Empty: none, as with `PAGER=cat` or
/// `TERM=dumb`.
std::string pager_command(const std::function<std::optional<std::string>(const char*)>& variable);

/// Runs the command by the shell, on the terminal of standard output, and waits until the person leaves it. Ctrl-C is
/// the pager's meanwhile. False when it did not run: nothing was shown.
bool show_in_pager(const std::string& command, std::string_view text);

}  // namespace apportion
