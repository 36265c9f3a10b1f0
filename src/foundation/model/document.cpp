#include "foundation/model/document.h"

#include <algorithm>
#include <array>
#include <utility>

namespace apportion {
namespace {

constexpr std::array<std::pair<DocumentKind, std::string_view>, 2> kKinds = {{
    {DocumentKind::kRules, "rules"},
    {DocumentKind::kCommitmentPolicies, "commitment-policies"},
}};

}  // namespace

std::string_view document_kind_name(DocumentKind kind) {
  return std::ranges::find(kKinds, kind, &std::pair<DocumentKind, std::string_view>::first)->second;
}

std::optional<DocumentKind> parse_document_kind(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &std::pair<DocumentKind, std::string_view>::second);
  return found == kKinds.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace apportion
