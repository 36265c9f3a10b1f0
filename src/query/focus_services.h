/// The category and subcategory of a service, in the words that FOCUS 1.2 allows.
#pragma once

#include <string_view>

namespace apportion {

struct FocusService {
  std::string_view category;
  std::string_view subcategory;
};

/// What Microsoft delivered, where it is a subcategory of FOCUS; else what our table knows about the service; else
/// `Other (…)` of the category that the charge has. The two always belong together.
FocusService focus_service(std::string_view service, std::string_view category, std::string_view subcategory);

}  // namespace apportion
