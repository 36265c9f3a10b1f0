#include "sample/planted_differences.h"

#include <fmt/format.h>

namespace apportion::sample {

std::string ExpectedDifferences::csv(std::string_view file) const {
  std::string text;
  for (const auto& [key, difference] : sums_) {
    const auto& [invoice, currency, why] = key;
    text += fmt::format("{},{},{},{},{}\n", file, invoice, currency, why, difference.to_string());
  }
  return text;
}

Planting::Plant Planting::next(const std::string& key, bool is_usual) {
  if (wanted_.empty()) {
    const auto known = of_key_.find(key);
    return known == of_key_.end() ? Plant{} : Plant{known->second, false};
  }
  const auto [entry, is_first] = of_key_.try_emplace(key, Planted::kNothing);
  if (is_first && is_usual) {
    entry->second = wanted_.front();
    wanted_ = wanted_.subspan(1);
  }
  return {entry->second, is_first};
}

}  // namespace apportion::sample
