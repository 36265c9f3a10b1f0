#include "application/documents.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "application/customer_discovery.h"
#include "application/partner_only.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/lake_reader.h"
#include "lake/snapshot.h"
#include "pipeline/commitments/policy_file.h"
#include "pipeline/publication/publish_months.h"
#include "pipeline/split/rule_file.h"
#include "query/months_in_scope.h"

namespace apportion {
namespace {

// Errors as one text; none is an empty one.
std::string joined(const std::vector<std::string>& errors) {
  std::string text;
  for (const std::string& error : errors) text += (text.empty() ? "" : "\n") + error;
  return text;
}

std::vector<AssignedPart> parts_of(const SplitResult& split, bool knows_effective) {
  std::vector<AssignedPart> parts;
  for (const SplitPart& part : split.parts) {
    KnownCosts costs{part.costs[0], part.costs[1]};
    if (!knows_effective || !part.knows_effective) costs.effective.reset();
    parts.push_back({part.customer.raw(), std::string(part.currency.code()),
                     told_rule(split.rule_names, part.rule, part.customer.raw()), part.tenant_id, part.tenant_name,
                     part.rows, costs});
  }
  return parts;
}

std::vector<AssignedPart> parts_of(const ReallocationResult& moved, bool knows_effective) {
  std::vector<AssignedPart> parts;
  for (const MoveTotal& total : moved.totals) {
    AssignedPart part;
    part.customer = total.customer;
    part.currency = total.currency;
    part.rule = "commitment policies";
    part.rows = total.moves;
    part.costs.billed = total.billed;
    part.costs.effective = knows_effective ? std::optional(total.effective) : std::nullopt;
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<bool> knows_effective_cost(const ControlPlane& control_plane, const PublishedMonth& month) {
  APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, ReadScope::of_partner(), {month}));
  return snapshot.knows_effective_cost(month);
}

// What was carried to a month stays, whatever the rules.
Result<void> add_rule_changes(Workspace& workspace, LakeReader& reader, const PublishedMonth& month,
                              const RuleFile& candidate, AmountChanges& changes) {
  const ControlPlane& control_plane = workspace.control_plane;
  const ReadScope scope = ReadScope::of_partner();
  APPORTION_ASSIGN(const SplitResult candidate_split, preview_rules(workspace, month, candidate));
  std::vector<PublishedMonth> now{month};
  APPORTION_TRY(add_carried(control_plane, now));
  APPORTION_ASSIGN(const auto before, assigned_parts(reader, scope, now.front()));
  APPORTION_ASSIGN(const bool knows_effective, knows_effective_cost(control_plane, month));
  std::vector<AssignedPart> after = parts_of(candidate_split, knows_effective);
  PublishedMonth only_carried = now.front();
  only_carried.charge_set.reset();
  only_carried.split.reset();
  APPORTION_ASSIGN(auto carried, assigned_parts(reader, scope, only_carried));
  std::ranges::move(carried, std::back_inserter(after));
  changes.add_month(month.connection.name, month.month.month, before, after, false);
  return ok();
}

Result<void> preview_rule_file(Workspace& workspace, const RuleFile& candidate, DocumentPreview& preview) {
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
  for (const PublishedMonth& month : preview.months) {
    if (!month.charge_set) continue;
    if (workspace.cancel.requested()) return cancelled_error("");
    APPORTION_TRY(add_rule_changes(workspace, reader, month, candidate, preview.changes));
  }
  return ok();
}

Result<void> preview_policy_file(Workspace& workspace, const AdmittedDocument& document, DocumentPreview& preview) {
  APPORTION_ASSIGN(const CommitmentPolicyFile candidate, parse_policy_file(document.text(), document.name()));
  for (const PublishedMonth& month : preview.months) {
    if (!month.charge_set || !month.split) continue;
    APPORTION_ASSIGN(const PolicyPreview moves, preview_policies(workspace, month, candidate));
    APPORTION_ASSIGN(const bool knows_effective, knows_effective_cost(workspace.control_plane, month));
    preview.changes.add_month(month.connection.name, month.month.month, parts_of(moves.now, knows_effective),
                              parts_of(moves.candidate, knows_effective), false);
    for (const std::string& note : moves.candidate.notes) preview.notes.push_back(month.connection.name + ": " + note);
  }
  return ok();
}

Result<std::vector<RuleFinding>> findings_of(const Workspace& workspace, const RuleFileReading& reading,
                                             const std::string& name) {
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  APPORTION_ASSIGN(auto months, newest_months(workspace.control_plane));
  APPORTION_ASSIGN(const auto tenants, seen_tenants(workspace, std::move(months)));
  return check_rule_file(reading, name, customers, tenants);
}

// Errors are added to `errors`.
Result<std::vector<RuleFinding>> sorted_findings(const Workspace& workspace, const RuleFileReading& reading,
                                                 const std::string& name,
                                                 const std::function<void(const RuleFinding&)>& warn,
                                                 std::vector<std::string>& errors) {
  std::vector<RuleFinding> warnings;
  APPORTION_ASSIGN(const auto findings, findings_of(workspace, reading, name));
  for (const RuleFinding& finding : findings) {
    if (finding.severity == FindingSeverity::kError) {
      errors.push_back(finding_text(finding, name));
      continue;
    }
    if (warn) warn(finding);
    warnings.push_back(finding);
  }
  return warnings;
}

Error rule_file_refused(const std::string& name, std::string errors) {
  return {ErrorId::kRuleFileRefused, "the rule file has errors and was not used", name, std::move(errors),
          "correct it, then check it: " + step(Step::kCheckRules, {{"file", name}})};
}

Error policy_file_refused(const std::string& name, std::string errors) {
  return {ErrorId::kPolicyFileRefused, "the policy file has errors and was not used", name, std::move(errors),
          "correct it, then check it: " + step(Step::kCheckPolicies, {{"file", name}})};
}

std::string version_name(DocumentVersion version) { return fmt::format("version {}", version.raw()); }

Error no_document_yet(DocumentKind kind) {
  if (kind == DocumentKind::kRules) {
    return {ErrorId::kNoRulesYet, "there are no split rules yet", "",
            "no rule file has been applied; charges are assigned by the tenants of customers only",
            "apply one: " + step(Step::kApplyRules)};
  }
  return {ErrorId::kNoSuchPolicyVersion, "there is no such version of the commitment policies", "",
          "no policy file has been applied yet", "apply one: " + step(Step::kApplyPolicies)};
}

DocumentSummary summary_of(const Document& document) {
  DocumentSummary summary{document.version, document.applied_at};
  const auto count = [&summary](const auto& lists, auto entries) {
    for (const auto& list : lists) summary.entries += static_cast<std::int64_t>((list.*entries).size());
    summary.lists = static_cast<std::int64_t>(lists.size());
  };
  if (document.kind == DocumentKind::kRules) {
    count(read_rule_file(document.text, "").file.lists, &RuleList::rules);
  } else {
    count(read_policy_file(document.text, "").file.lists, &CommitmentPolicyList::policies);
  }
  return summary;
}

// The text so many versions before the one in force.
DocumentText text_before(const std::vector<Document>& history, DocumentKind kind, std::size_t back) {
  if (back >= history.size()) return {kind, "", "nothing"};
  return {kind, history[back].text, version_name(history[back].version)};
}

Result<DocumentText> text_of_side(const ControlPlane& control_plane, DocumentKind kind, const DocumentSide& side) {
  if (const auto* version = std::get_if<DocumentVersion>(&side)) return text_of_version(control_plane, kind, *version);
  return std::get<DocumentText>(side);
}

}  // namespace

Result<std::vector<RuleFinding>> check_rules(const Caller& caller, const Workspace& workspace,
                                             const DocumentText& document) {
  APPORTION_TRY(check_partner(caller));
  return findings_of(workspace, read_rule_file(document.text, document.name), document.name);
}

Result<std::vector<Error>> check_policies(const Caller& caller, const Workspace& workspace,
                                          const DocumentText& document) {
  APPORTION_TRY(check_partner(caller));
  CommitmentPolicyReading reading = read_policy_file(document.text, document.name);
  if (!reading.errors.empty()) return std::move(reading.errors);
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  std::vector<Error> faults;
  for (const CustomerId& named : customers_named(reading.file)) {
    const bool exists =
        named.raw() == kUnassignedCustomerId || std::ranges::find(customers, named, &Customer::id) != customers.end();
    if (exists) continue;
    faults.push_back({ErrorId::kNoCustomerYet, fmt::format("there is no customer `{}`", excerpt(named.raw())),
                      document.name, "a policy names it",
                      "add the customer first: " + step(Step::kAddCustomer, {{"customer", named.raw()}})});
  }
  return faults;
}

std::string_view severity_name(FindingSeverity severity) {
  return severity == FindingSeverity::kError ? "error" : "warning";
}

std::string finding_text(const RuleFinding& finding, const std::string& name) {
  std::string text = fmt::format("{}: {}: {}", finding.where.empty() ? name : finding.where,
                                 severity_name(finding.severity), finding.what);
  if (!finding.rule.empty()) text += fmt::format(" (rule `{}`, list {})", finding.rule, finding.list);
  if (!finding.next.empty()) text += "\n  next: " + finding.next;
  return text;
}

Result<AdmittedDocument> admit_document(const Caller& caller, const Workspace& workspace, DocumentText document,
                                        const std::function<void(const RuleFinding&)>& warn) {
  APPORTION_TRY(check_partner(caller));
  AdmittedDocument admitted(std::move(document));
  std::vector<std::string> errors;
  if (admitted.kind() == DocumentKind::kRules) {
    RuleFileReading reading = read_rule_file(admitted.text(), admitted.name());
    APPORTION_ASSIGN(admitted.warnings_, sorted_findings(workspace, reading, admitted.name(), warn, errors));
    admitted.rules_ = std::move(reading.file);
    if (!errors.empty()) return rule_file_refused(admitted.name(), joined(errors));
    return admitted;
  }
  APPORTION_ASSIGN(const auto faults, check_policies(caller, workspace, admitted.document_));
  std::ranges::transform(faults, std::back_inserter(errors), &Error::message);
  if (!errors.empty()) return policy_file_refused(admitted.name(), joined(errors));
  return admitted;
}

Result<DocumentPreview> preview_document(const Caller& caller, Workspace& workspace, const AdmittedDocument& candidate,
                                         const std::optional<std::string>& connection, std::optional<Month> month) {
  APPORTION_TRY(check_partner(caller));
  DocumentPreview preview;
  const ReadScope scope = caller.scope(connection, month);
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  APPORTION_ASSIGN(preview.months, published_months(workspace.control_plane, scope));
  if (candidate.kind() == DocumentKind::kRules) {
    APPORTION_TRY(preview_rule_file(workspace, candidate.rules(), preview));
  } else {
    APPORTION_TRY(preview_policy_file(workspace, candidate, preview));
  }
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  preview.changes.name_customers(customers);
  return preview;
}

Result<DocumentOutcome> apply_document(WritableWorkspace& writable, const AdmittedDocument& document,
                                       const DocumentEditOptions& options) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  const DocumentKind kind = document.kind();
  DocumentOutcome outcome;
  APPORTION_ASSIGN(auto current, control_plane.current_document(kind));
  outcome.is_new = !current || current->text != document.text();
  Edit edit;
  if (outcome.is_new) {
    edit = [&document](ControlPlane& edited) -> Result<void> {
      APPORTION_TRY(edited.add_document(document.kind(), document.text()));
      return ok();
    };
  }
  const Review review = reviewed(options.review, options.dry_run);
  if (!options.no_split) {
    APPORTION_ASSIGN(const auto months, months_to_publish(control_plane, std::nullopt, std::nullopt, false));
    APPORTION_TRY(publish_months(writable, months, PublishOptions{}, true, outcome.report, edit, review));
  } else if (edit && !options.dry_run) {
    APPORTION_TRY(edit(control_plane));
  }
  APPORTION_ASSIGN(current, control_plane.current_document(kind));
  if (current) outcome.version = current->version;
  return outcome;
}

Result<Document> applied_document(const Caller& caller, const ControlPlane& control_plane, DocumentKind kind,
                                  std::optional<DocumentVersion> version) {
  APPORTION_TRY(check_partner(caller));
  if (!version) {
    APPORTION_ASSIGN(auto current, control_plane.current_document(kind));
    if (current) return *std::move(current);
    return no_document_yet(kind);
  }
  if (kind == DocumentKind::kRules) return control_plane.document(kind, *version);
  APPORTION_ASSIGN(auto versions, control_plane.document_history(kind));
  const auto found = std::ranges::find(versions, *version, &Document::version);
  if (found != versions.end()) return std::move(*found);
  if (versions.empty()) return no_document_yet(kind);
  return Error{ErrorId::kNoSuchPolicyVersion, "there is no such version of the commitment policies", "",
               "no version has this number", "see which there are: " + step(Step::kListPolicyVersions)};
}

Result<DocumentText> text_of_version(const ControlPlane& control_plane, DocumentKind kind, DocumentVersion version) {
  APPORTION_ASSIGN(Document document, control_plane.document(kind, version));
  return DocumentText{kind, std::move(document.text), version_name(version)};
}

Result<std::vector<DocumentSummary>> document_versions(const Caller& caller, const ControlPlane& control_plane,
                                                       DocumentKind kind) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto versions, control_plane.document_history(kind));
  std::vector<DocumentSummary> summaries;
  std::ranges::transform(versions, std::back_inserter(summaries), summary_of);
  return summaries;
}

Result<DocumentComparison> compare_documents(const Caller& caller, const ControlPlane& control_plane, DocumentKind kind,
                                             const std::optional<DocumentSide>& first,
                                             const std::optional<DocumentSide>& second) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto history, control_plane.document_history(kind));
  DocumentText before = text_before(history, kind, 1);
  DocumentText after = text_before(history, kind, 0);
  if (first) {
    APPORTION_ASSIGN(DocumentText named, text_of_side(control_plane, kind, *first));
    const bool is_older = second || std::holds_alternative<DocumentVersion>(*first);
    before = is_older ? std::move(named) : std::exchange(after, std::move(named));
  }
  if (second) {
    APPORTION_ASSIGN(after, text_of_side(control_plane, kind, *second));
  }
  DocumentComparison comparison{before.name, after.name, {}};
  APPORTION_ASSIGN(comparison.differences, document_differences(before.text, before.name, after.text, after.name));
  return comparison;
}

}  // namespace apportion
