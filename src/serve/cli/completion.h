/// Completion scripts for shells, generated from the parser itself, so that they know every command and option.
/// Internal to `cli`.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace apportion {

std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace apportion
