/// A pager: the program in which a person reads a text that is longer than the screen.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

/// Its command: `PAGER`, or `less -FRX` if that is installed. Empty: none, as with `PAGER=cat` or `TERM=dumb`.
std::string pager_command(const std::function<std::optional<std::string>(const char*)>& variable);

/// Runs the command in the shell, on the terminal of standard output, and waits until the person leaves it. Meanwhile
/// Ctrl-C goes to the pager. False if it did not run: nothing was shown.
bool show_in_pager(const std::string& command, std::string_view text);

}  // namespace apportion
