/// Shows versions of split rules and commitment policies, their differences, and what applying one changed, as JSON
/// documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/documents.h"
#include "foundation/model/document.h"

namespace apportion {

/// A version with its text.
nlohmann::ordered_json version_json(const Document& document);
/// `{"versions": …}`, without texts.
nlohmann::ordered_json versions_json(const std::vector<DocumentSummary>& versions);
/// `before`, `after`, and `differences`.
nlohmann::ordered_json comparison_json(const DocumentComparison& compared);

/// What applying a text did, or would do. It begins with `asked`, an object that says what was asked for: `file`, or
/// `reverted_to`.
nlohmann::ordered_json applied_document_json(nlohmann::ordered_json asked, const AdmittedDocument& admitted,
                                             const DocumentOutcome& outcome, bool dry_run);

}  // namespace apportion
