#include "foundation/model/bill_scope.h"

#include <algorithm>
#include <cstddef>
#include <utility>
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

// The id of a billing account is `GUID:GUID_2019-05-31`; some write its first part alone.
bool is_same_account(std::string_view left, std::string_view right) {
  if (left.size() > right.size()) std::swap(left, right);
  const bool has_one_part = left.find(':') == std::string_view::npos;
  return has_one_part && right.starts_with(left) && right.substr(left.size()).starts_with(':');
}

bool is_same(const std::vector<std::string>& ours, const std::vector<std::string>& theirs, std::size_t level) {
  if (ours[level] == theirs[level]) return true;
  return is_id(level) && ours[level - 1] == "billingaccounts" && theirs[level - 1] == "billingaccounts" &&
         is_same_account(ours[level], theirs[level]);
}

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
  std::size_t level = 0;
  while (level < shared && is_same(ours, theirs, level)) ++level;
  if (level == shared) return ours.size() == theirs.size() ? ScopeRelation::kSame : ScopeRelation::kNested;
  return tells_apart(ours, level) ? ScopeRelation::kApart : ScopeRelation::kCrossing;
}

}  // namespace apportion
