/// How the command line words what a person may do next: as a command to type.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/next_step.h"

namespace apportion {

/// A value as a POSIX shell takes it for one argument. A path that begins with `-` gets `./` in front.
std::string shell_word(std::string_view value);

/// The template of a step: the command without the program's name, or options to add to the command that was given.
/// `{month}` stands for an argument, as the shell takes it, or for the parameter's name in capitals if it is not known;
/// what is in brackets is left out if none of its arguments is known.
std::string_view command_template(Step id);

/// `apportion months late accept --connection acme --month 2026-10 --reason TEXT`, in backticks.
std::string command_words(const NextStep& step);

/// A text for people at the command line: each step in it is a command.
std::string with_commands(std::string_view text);

}  // namespace apportion
