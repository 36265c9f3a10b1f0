/// Split rules and commitment policies: checked, looked at before they are in force, put in force, and compared.
///
/// A text is admitted first: what was not cannot be previewed, nor put in force.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "application/document_diff.h"
#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/document.h"
#include "pipeline/publication/workspace.h"
#include "pipeline/split/rule_check.h"
#include "pipeline/split/rule_file.h"
#include "query/amount_changes.h"

namespace apportion {

/// A text, and what messages call it: the name of its file, or `version 3`.
struct DocumentText {
  DocumentKind kind = DocumentKind::kRules;
  std::string text;
  std::string name;
};

/// What is wrong with split rules, and what is probably not meant: against the customers that there are, and the
/// tenants that have charges. Errors: kPartnerOnly for everybody but the partner.
Result<std::vector<RuleFinding>> check_rules(const Caller& caller, const Workspace& workspace,
                                             const DocumentText& document);

/// What is wrong with commitment policies: faults of the text, else customers that do not exist. Errors: as above.
Result<std::vector<Error>> check_policies(const Caller& caller, const Workspace& workspace,
                                          const DocumentText& document);

/// A finding as people read it; `name` is that of the document.
std::string finding_text(const RuleFinding& finding, const std::string& name);
std::string_view severity_name(FindingSeverity severity);  ///< `error`, `warning`

/// A text that may be used. Only `admit_document` makes one.
class AdmittedDocument {
 public:
  DocumentKind kind() const { return document_.kind; }
  const std::string& text() const { return document_.text; }
  const std::string& name() const { return document_.name; }
  const RuleFile& rules() const { return rules_; }  ///< Of split rules: the text as it was read.
  const std::vector<RuleFinding>& warnings() const { return warnings_; }

 private:
  friend Result<AdmittedDocument> admit_document(const Caller& caller, const Workspace& workspace,
                                                 DocumentText document,
                                                 const std::function<void(const RuleFinding&)>& warn);
  explicit AdmittedDocument(DocumentText document) : document_(std::move(document)) {}
  DocumentText document_;
  RuleFile rules_;
  std::vector<RuleFinding> warnings_;
};

/// Checks a text that is about to be used: errors refuse it, all of them at once; `warn` hears of warnings, also of a
/// text that is refused. Errors: kRuleFileRefused, kPolicyFileRefused, kPartnerOnly.
Result<AdmittedDocument> admit_document(const Caller& caller, const Workspace& workspace, DocumentText document,
                                        const std::function<void(const RuleFinding&)>& warn = {});

/// What a candidate would do to months that are published, locked or not.
struct DocumentPreview {
  AmountChanges changes;               ///< Of split rules: amounts. Of commitment policies: what they move.
  std::vector<std::string> notes;      ///< Of commitment policies, with the connection before them.
  std::vector<PublishedMonth> months;  ///< Those that were looked at.
};

/// Digit by digit what months would have once the candidate is applied. Changes nothing. Errors: kNoCharges where no
/// month is in scope, and those of splitting.
Result<DocumentPreview> preview_document(const Caller& caller, Workspace& workspace, const AdmittedDocument& candidate,
                                         const std::optional<std::string>& connection, std::optional<Month> month);

struct DocumentEditOptions {
  bool no_split = false;  ///< Published months are left as they are for now.
  bool dry_run = false;   ///< The review looks, and nothing is changed whatever it says.
  Review review = {};
};

struct DocumentOutcome {
  bool is_new = false;                     ///< The text is not the one in force.
  std::optional<DocumentVersion> version;  ///< In force now, if any.
  FlowReport report;
};

/// Puts a document in force, and splits the months by it that are not locked. The text that is in force already is no
/// new version: months that are not split by it are. Errors: those of publishing.
Result<DocumentOutcome> apply_document(WritableWorkspace& writable, const AdmittedDocument& document,
                                       const DocumentEditOptions& options);

/// A version that was applied, the one in force when none is named. Errors: kNoRulesYet, kNoSuchPolicyVersion,
/// kNoSuchRecord, kPartnerOnly.
Result<Document> applied_document(const Caller& caller, const ControlPlane& control_plane, DocumentKind kind,
                                  std::optional<DocumentVersion> version);

/// The text of a version that was applied, to be put in force again.
Result<DocumentText> text_of_version(const ControlPlane& control_plane, DocumentKind kind, DocumentVersion version);

struct DocumentSummary {
  DocumentVersion version{};
  std::string applied_at;
  std::int64_t lists = 0;
  std::int64_t entries = 0;  ///< Rules or policies, of all lists.
};

/// All versions that were applied, newest first. Errors: kPartnerOnly.
Result<std::vector<DocumentSummary>> document_versions(const Caller& caller, const ControlPlane& control_plane,
                                                       DocumentKind kind);

/// What a side of a comparison names.
using DocumentSide = std::variant<DocumentVersion, DocumentText>;

struct DocumentComparison {
  std::string before;  ///< `version 3`, the name of a file, or `nothing`.
  std::string after;
  std::vector<EntryDifference> differences;
};

/// Both sides are named; or a text is compared with what is in force, and what is in force with an older version; or,
/// with no side, what is in force with what was before it. Errors: kNoSuchRecord, kPartnerOnly, a text is no
/// YAML.
Result<DocumentComparison> compare_documents(const Caller& caller, const ControlPlane& control_plane, DocumentKind kind,
                                             const std::optional<DocumentSide>& first,
                                             const std::optional<DocumentSide>& second);

}  // namespace apportion
