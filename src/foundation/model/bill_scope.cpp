#include "foundation/model/bill_scope.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "foundation/base/percent_decoded.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

std::vector<std::string> levels_of(std::string_view scope) {
  const std::string lower = ascii_lower(percent_decoded(scope));
  std::vector<std::string> levels;
  for (const std::string_view level : split_text(lower, '/')) {
    if (!trim(level).empty()) levels.emplace_back(trim(level));
  }
  // .../billingAccounts/A/billingProfiles/P/customers/C
  constexpr std::size_t kProfile = 4;
  constexpr std::size_t kCustomer = 6;
  const bool names_profile =
      levels.size() > kCustomer && levels[kProfile] == "billingprofiles" && levels[kCustomer] == "customers";
  if (names_profile) levels.erase(levels.begin() + kProfile, levels.begin() + kCustomer);
  return levels;
}

// Levels are a kind and an id by turns; the id behind `providers` says what kinds come next, and tells no costs apart.
bool is_id(std::size_t level) { return level % 2 == 1 && level != 1; }

bool tells_apart(const std::vector<std::string>& levels, std::size_t level) {
  return is_id(level) || (level == 1 && levels.front() != "providers");
}

}  // namespace

std::string canonical_scope(std::string_view scope) {
  std::string canonical;
  for (const std::string& level : levels_of(scope)) canonical += "/" + level;
  return canonical;
}

bool is_retail_scope(std::string_view scope) {
  const std::vector<std::string> levels = levels_of(scope);
  if (levels.empty()) return false;
  return levels[0] == "subscriptions" ||
         (levels[0] == "providers" && levels.size() > 1 && levels[1] == "microsoft.management");
}

ScopeRelation relate_scopes(std::string_view left, std::string_view right) {
  const std::vector<std::string> ours = levels_of(left);
  const std::vector<std::string> theirs = levels_of(right);
  if (ours.empty() || theirs.empty()) return ScopeRelation::kUnknown;
  const std::size_t shared = std::min(ours.size(), theirs.size());
  const auto differing =
      std::mismatch(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(shared), theirs.begin());
  const auto level = static_cast<std::size_t>(differing.first - ours.begin());
  if (level == shared) return ours.size() == theirs.size() ? ScopeRelation::kSame : ScopeRelation::kNested;
  return tells_apart(ours, level) ? ScopeRelation::kApart : ScopeRelation::kCrossing;
}

}  // namespace apportion
