/// Documents: files that people apply as a whole, each time as a new version. The newest version of a kind is in force.
///
/// All are YAML lists of dated entries: an entry applies from its `effective` month onwards.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/model/ids.h"

namespace apportion {

enum class DocumentKind {
  kRules,               ///< Split rules.
  kCommitmentPolicies,  ///< Who bears the cost of reservations and savings plans.
};

/// `rules`, `commitment-policies`: their names in the control plane, the audit log and for programs.
std::string_view document_kind_name(DocumentKind kind);
/// Nothing if the name is unknown.
std::optional<DocumentKind> parse_document_kind(std::string_view name);

/// One version of a document, whole.
struct Document {
  DocumentKind kind = DocumentKind::kRules;
  DocumentVersion version{};
  std::string text;        ///< As the person wrote it.
  std::string applied_at;  ///< UTC, `2026-11-22T11:00:00Z`.
  std::string applied_by;  ///< As in `Caller::actor`; empty if the writing version did not record actors.
};

}  // namespace apportion
