#include <array>

#include <fmt/format.h>

#include "application/documents.h"
#include "foundation/base/check.h"
#include "foundation/model/document.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/change_document.h"
#include "serve/format/error_document.h"
#include "serve/format/flow_document.h"
#include "serve/format/rule_document.h"
#include "serve/format/version_document.h"

namespace apportion {
namespace {

// The contract lets no other name through.
DocumentKind kind_of(const ApiCall& call) {
  return call.path("document") == "rules" ? DocumentKind::kRules : DocumentKind::kCommitmentPolicies;
}

DocumentText text_of_body(const ApiCall& call) {
  return {kind_of(call), *text_field(call.body, "yaml"), "the document"};
}

// The version in force as an entity tag; `0` while there is none.
Result<std::string> tag_in_force(const ApiCall& call, const Workspace& workspace) {
  APPORTION_ASSIGN(const auto versions, document_versions(call.caller, workspace.control_plane, kind_of(call)));
  return versions.empty() ? std::string("0") : std::to_string(versions.front().version.raw());
}

Result<ApiAnswer> answer_version(const ApiCall& call, std::optional<DocumentVersion> version) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Document document,
                   applied_document(call.caller, workspace->control_plane, kind_of(call), version));
  ApiAnswer answer;
  answer.body = version_json(document);
  answer.etag = std::to_string(document.version.raw());
  return answer;
}

Result<ApiAnswer> get_document(ApiCall& call) { return answer_version(call, std::nullopt); }

Result<ApiAnswer> get_document_version(ApiCall& call) {
  return answer_version(call, DocumentVersion(std::stoll(call.path("version"))));
}

Result<ApiAnswer> list_document_versions(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto versions, document_versions(call.caller, workspace->control_plane, kind_of(call)));
  APPORTION_ASSIGN(Json page, page_of(call, versions, [](const DocumentSummary& version) {
                     return Json{{"version", version.version.raw()},
                                 {"applied_at", version.applied_at},
                                 {"lists", version.lists},
                                 {"entries", version.entries}};
                   }));
  return document_answer(std::move(page));
}

std::optional<DocumentSide> version_of_query(const ApiCall& call, std::string_view name) {
  const auto number = call.query_number(name);
  return number ? std::optional<DocumentSide>(DocumentVersion(*number)) : std::nullopt;
}

Result<ApiAnswer> compare_versions(ApiCall& call) {
  const auto from = version_of_query(call, "from");
  const auto to = version_of_query(call, "to");
  if (to && !from) {
    return Error{ErrorId::kFieldMissing, "a field is missing", "query `from`",
                 "it is not clear what the version is compared with", "name both versions, or the older one"};
  }
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const DocumentComparison compared,
                   compare_documents(call.caller, workspace->control_plane, kind_of(call), from, to));
  return document_answer(comparison_json(compared));
}

Result<ApiAnswer> check_document(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  const DocumentText text = text_of_body(call);
  ApiAnswer answer;
  if (text.kind == DocumentKind::kRules) {
    APPORTION_ASSIGN(const auto findings, check_rules(call.caller, *workspace, text));
    answer.body = {{"ok", !has_errors(findings)}, {"findings", findings_json(findings)}};
    return answer;
  }
  APPORTION_ASSIGN(const auto faults, check_policies(call.caller, *workspace, text));
  std::vector<RuleFinding> findings;
  for (const Error& fault : faults) {
    RuleFinding finding;
    finding.severity = FindingSeverity::kError;
    finding.what = fault.what;
    finding.where = fault.where;
    finding.next = fault.next;
    findings.push_back(std::move(finding));
  }
  answer.body = {{"ok", faults.empty()}, {"findings", findings_json(findings)}};
  return answer;
}

Result<ApiAnswer> preview_candidate(ApiCall& call) {
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  const auto connection = text_field(call.body, "connection");
  return start_job(call, "preview", call.path("document"),
                   [=, text = text_of_body(call), caller = call.caller](Workspace& workspace) -> Result<Json> {
                     APPORTION_ASSIGN(const AdmittedDocument candidate, admit_document(caller, workspace, text));
                     APPORTION_ASSIGN(const DocumentPreview preview,
                                      preview_document(caller, workspace, candidate, connection, month));
                     Json result = {{"warnings", findings_json(candidate.warnings())}, {"notes", preview.notes}};
                     add_changes(result, preview.changes);
                     return result;
                   });
}

Result<ApiAnswer> apply_candidate(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const std::string tag, tag_in_force(call, *workspace));
  APPORTION_TRY(call.check_match(tag, true));
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  const bool no_split = flag_field(call.body, "no_split").value_or(false);
  return start_job(call, "apply", call.path("document"),
                   [=, text = text_of_body(call), caller = call.caller](Workspace& own) -> Result<Json> {
                     APPORTION_ASSIGN(WritableWorkspace writable,
                                      begin_editing(own, OnDamage::kRefuse, [](const std::string&) {}));
                     APPORTION_ASSIGN(const auto versions, document_versions(caller, own.control_plane, text.kind));
                     const std::string now = versions.empty() ? "0" : std::to_string(versions.front().version.raw());
                     if (now != tag) {
                       return Error{ErrorId::kChangedMeanwhile, "somebody changed it meanwhile", "",
                                    fmt::format("version {} is in force", now), "read it again, and repeat the change"};
                     }
                     APPORTION_ASSIGN(const AdmittedDocument admitted, admit_document(caller, own, text));
                     APPORTION_ASSIGN(const DocumentOutcome outcome,
                                      apply_document(writable, admitted, {no_split, dry_run, reviewed({}, dry_run)}));
                     Json result = {{"new_version", outcome.is_new}, {"dry_run", dry_run}};
                     if (outcome.version) result["version"] = outcome.version->raw();
                     result["warnings"] = findings_json(admitted.warnings());
                     result.update(flow_json(outcome.report));
                     return result;
                   });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getDocument", Right::kReadDocuments, Effect::kReads, &get_document},
    {"listDocumentVersions", Right::kReadDocuments, Effect::kReads, &list_document_versions},
    {"getDocumentVersion", Right::kReadDocuments, Effect::kReads, &get_document_version},
    {"compareDocumentVersions", Right::kReadDocuments, Effect::kReads, &compare_versions},
    {"checkDocument", Right::kReadDocuments, Effect::kReads, &check_document},
    {"previewDocument", Right::kReadDocuments, Effect::kReads, &preview_candidate},
    {"applyDocument", Right::kApplyDocuments, Effect::kChanges, &apply_candidate},
});

}  // namespace

std::span<const Operation> document_operations() { return kOperations; }

}  // namespace apportion
