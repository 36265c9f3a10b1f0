/// Shows the next steps of a text as JSON, for programs that offer them.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace apportion {

/// `[{"step": …, "title": …, "arguments": …}]`, in the order of the text.
nlohmann::ordered_json next_steps_json(std::string_view text);

}  // namespace apportion
