#include "serve/api/step_operations.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "serve/api/contract.h"

namespace apportion {
namespace {

struct StepOperation {
  Step id;
  std::string_view operation;
  std::string_view document = {};  ///< Of operations on documents.
};

constexpr auto kOperations = std::to_array<StepOperation>({
    {Step::kAcceptLateCharges, "decideLateChange"},
    {Step::kAddConnection, "addConnection"},
    {Step::kAddCustomer, "addCustomer"},
    {Step::kAddReportSubscription, "addReportSubscription"},
    {Step::kAddToken, "addToken"},
    {Step::kAddUser, "addUser"},
    {Step::kAddMailChannel, "setAlertChannel"},
    {Step::kAddWebhookChannel, "setAlertChannel"},
    {Step::kAllowOverlap, "changeConnection"},
    {Step::kAllowRetailPrices, "changeConnection"},
    {Step::kApplyExports, "applyExports"},
    {Step::kApplyPolicies, "applyDocument", "commitment-policies"},
    {Step::kApplyRules, "applyDocument", "rules"},
    {Step::kBackfillExports, "backfillExports"},
    {Step::kCarryLateCharges, "decideLateChange"},
    {Step::kCheckPolicies, "checkDocument", "commitment-policies"},
    {Step::kCheckRules, "checkDocument", "rules"},
    {Step::kEditConnection, "changeConnection"},
    {Step::kEditCustomer, "changeCustomer"},
    {Step::kEraseCustomer, "eraseCustomer"},
    {Step::kGiveClientSecret, "changeConnection"},
    {Step::kGiveDeliverySas, "applyExports"},
    {Step::kGiveReadingSas, "changeConnection"},
    {Step::kImportInvoiceLines, "importInvoiceLines"},
    {Step::kImportLegacyBill, "importLegacyBill"},
    {Step::kInviteUser, "inviteUser"},
    {Step::kLeaveLateCharges, "decideLateChange"},
    {Step::kListAlertChannels, "listAlertChannels"},
    {Step::kListAllJobs, "listJobs"},
    {Step::kListColumns, "listColumns"},
    {Step::kListCommitments, "listCommitments"},
    {Step::kListConnections, "listConnections"},
    {Step::kListCustomers, "listCustomers"},
    {Step::kListDecidedLateCharges, "listLateChanges"},
    {Step::kListImports, "listImports"},
    {Step::kListInvoices, "listInvoices"},
    {Step::kListJobs, "listJobs"},
    {Step::kListLateCharges, "listLateChanges"},
    {Step::kListMonths, "listMonths"},
    {Step::kListPolicyVersions, "listDocumentVersions", "commitment-policies"},
    {Step::kListRelations, "listRelations"},
    {Step::kListReportSubscriptions, "listReportSubscriptions"},
    {Step::kListRuleVersions, "listDocumentVersions", "rules"},
    {Step::kListScopes, "discoverScopes"},
    {Step::kListSettings, "listSettings"},
    {Step::kListTokens, "listTokens"},
    {Step::kListUsers, "listUsers"},
    {Step::kMoveTenant, "changeCustomer"},
    {Step::kPlanExports, "planExports"},
    {Step::kReactivateCustomer, "retireCustomer"},
    {Step::kRemoveConnectionWithImports, "removeConnection"},
    {Step::kRenewDeliverySas, "applyExports"},
    {Step::kReplaceTenant, "changeCustomer"},
    {Step::kResetSetting, "changeSetting"},
    {Step::kRetireCustomer, "retireCustomer"},
    {Step::kSetBillingAccount, "changeConnection"},
    {Step::kSetIdentityProvider, "setIdentityProvider"},
    {Step::kShowAppliedRules, "getDocument", "rules"},
    {Step::kShowChanges, "listChanges"},
    {Step::kShowCommitment, "getCommitment"},
    {Step::kShowConnectionStatus, "getFreshness"},
    {Step::kShowCosts, "queryCosts"},
    {Step::kShowFirstDay, "getFirstDay"},
    {Step::kShowIdentityProvider, "getIdentityProvider"},
    {Step::kSignIn, "changeConnection"},
    {Step::kSplitDespiteRejects, "splitMonths"},
    {Step::kSplitMonth, "splitMonths"},
    {Step::kStopJob, "stopJob"},
    {Step::kSync, "startImport"},
    {Step::kTestConnection, "testConnection"},
    {Step::kUndoCarry, "decideLateChange"},
    {Step::kUnlockMonth, "unlockMonths"},
    {Step::kVerifyAudit, "verifyAudit"},
});

// `{connection}` becomes the step's argument of that name, as far as it is known.
std::string segment_with(const std::string& segment, const NextStep& step, std::string_view document) {
  if (!segment.starts_with('{')) return segment;
  const std::string_view name = std::string_view(segment).substr(1, segment.size() - 2);
  if (name == "document") return std::string(document);
  const auto argument = std::ranges::find(step.arguments, name, &StepArgument::name);
  return argument == step.arguments.end() ? segment : argument->value;
}

StepOperation row_of(Step id) {
  const auto* const found = std::ranges::find(kOperations, id, &StepOperation::id);
  return found == kOperations.end() ? StepOperation{id, ""} : *found;
}

}  // namespace

std::string_view operation_of(Step id) { return row_of(id).operation; }

std::string operation_words(const NextStep& step) {
  const StepOperation row = row_of(step.id);
  const auto& operations = Contract::built_in().operations();
  const auto operation = std::ranges::find(operations, row.operation, &ContractOperation::id);
  if (operation == operations.end()) return std::string(step_definition(step.id).title);
  std::string words = "`" + operation->method + " ";
  for (const std::string& segment : operation->segments) words += "/" + segment_with(segment, step, row.document);
  return words + "`";
}

}  // namespace apportion
