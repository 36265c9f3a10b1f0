#include "serve/cli/step_wording.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

struct CommandTemplate {
  Step id;
  std::string_view text;
};

constexpr auto kTemplates = std::to_array<CommandTemplate>({
    {Step::kAcceptLateCharges, "months late accept[ --connection {connection}][ --month {month}] --reason TEXT"},
    {Step::kAcceptRejects, "--accept-rejects"},
    {Step::kAddConnection, "connection add --name NAME --actual LOCATION --amortized LOCATION"},
    {Step::kAddCustomer, "customer add {customer}"},
    {Step::kAddMailChannel, "alerts add-mail {channel} --server URL --from ADDRESS --to ADDRESS --password-file FILE"},
    {Step::kAddReportSubscription, "report subscriptions add NAME --customer {customer} --folder FOLDER"},
    {Step::kAddToken, "token add {token} --role ROLE"},
    {Step::kAddUser, "user add {user} --role ROLE"},
    {Step::kAddWebhookChannel, "alerts add-webhook {channel} --url URL --secret-file FILE"},
    {Step::kAllowOverlap, "[connection edit {connection} ]--allow-overlap"},
    {Step::kAllowRetailPrices, "connection edit {connection} --allow-retail-prices"},
    {Step::kAllowUnknownCosts, "--allow-unknown"},
    {Step::kApplyExports, "exports apply --connection {connection}"},
    {Step::kApplyPolicies, "commitments policy apply FILE"},
    {Step::kApplyRules, "rules apply FILE"},
    {Step::kAskEmbeddedEngine, "--engine embedded"},
    {Step::kBackfillExports, "exports backfill --connection {connection}"},
    {Step::kBackUp, "backup --to {folder}"},
    {Step::kCarryLateCharges,
     "months late carry[ --connection {connection}][ --month {month}] --to MONTH --reason TEXT"},
    {Step::kCheckCluster, "config trino check"},
    {Step::kCheckPolicies, "commitments policy check {file}"},
    {Step::kCheckRules, "rules check {file}"},
    {Step::kChooseBackup, "--from FOLDER/NUMBER-TIME"},
    {Step::kChooseDataset, "--dataset actual|amortized|focus"},
    {Step::kChooseHeldMonth, "--connection NAME --month YYYY-MM"},
    {Step::kChooseHome, "--home FOLDER"},
    {Step::kChooseMonth, "--month YYYY-MM"},
    {Step::kCompareMonths, "--month 2026-10 --compare previous"},
    {Step::kCreateHome, "init"},
    {Step::kDiagnose, "doctor[ --connection {connection}]"},
    {Step::kEditConnection, "connection edit {connection}"},
    {Step::kEditCustomer, "customer edit {customer}"},
    {Step::kEraseCustomer, "customer erase {customer} --reason TEXT"},
    {Step::kGiveCertificatePassword, "connection edit {connection} --certificate-password-file FILE"},
    {Step::kGiveClientSecret, "connection edit {connection} --client-secret-file FILE"},
    {Step::kGiveDeliverySas, "exports apply --connection {connection} --delivery-sas-file FILE"},
    {Step::kGiveLocationSas, "connection edit {connection} --{dataset} URL-WITH-SAS"},
    {Step::kGiveReadingSas, "connection edit {connection} --sas-file FILE"},
    {Step::kGiveReason, "--reason TEXT"},
    {Step::kGroupReportBy, "--by {columns}"},
    {Step::kImportInvoiceLines, "import FILE --connection {connection}"},
    {Step::kImportLegacyBill, "import FILE --connection {connection} --columns COLUMNS"},
    {Step::kInviteUser, "user invite {user}"},
    {Step::kLeaveLateCharges, "months late leave[ --connection {connection}][ --month {month}] --reason TEXT"},
    {Step::kLeaveOutCommitments, "--no-commitments"},
    {Step::kListAlertChannels, "alerts channels"},
    {Step::kListAllJobs, "jobs list --all"},
    {Step::kListColumns, "columns"},
    {Step::kListCommitments, "commitments list"},
    {Step::kListConnections, "connection list"},
    {Step::kListCustomers, "customer list --all"},
    {Step::kListDecidedLateCharges, "months late --all"},
    {Step::kListExports, "exports list --connection {connection}"},
    {Step::kListImports, "imports list"},
    {Step::kListInvoices, "invoice list"},
    {Step::kListJobs, "jobs list"},
    {Step::kListLateCharges, "months late"},
    {Step::kListMonths, "months"},
    {Step::kListPolicyVersions, "commitments policy history"},
    {Step::kListRelations, "query --relations"},
    {Step::kListReportSubscriptions, "report subscriptions list"},
    {Step::kListRuleVersions, "rules history"},
    {Step::kListScopes, "connection scopes {connection}"},
    {Step::kListSettings, "config list"},
    {Step::kListTokens, "token list"},
    {Step::kListUsers, "user list"},
    {Step::kMoveTenant, "customer edit ID --add-tenant TENANT --from DAY"},
    {Step::kNameBackupFolder, "--to FOLDER"},
    {Step::kNameExportStorage, "--storage ARM-ID --container NAME"},
    {Step::kNameLocations, "--actual LOCATION --amortized LOCATION"},
    {Step::kOpenSignInLink, "serve --open"},
    {Step::kPlanExports, "exports plan --connection {connection}"},
    {Step::kPublishDeltaTables, "lake publish"},
    {Step::kReactivateCustomer, "customer retire {customer} --undo"},
    {Step::kRemoveInvoice, "invoice remove {invoice}"},
    {Step::kRemoveConnectionWithImports, "connection remove {connection} --with-imports --reason TEXT"},
    {Step::kRenewDeliverySas, "exports apply --connection {connection} --renew-sas"},
    {Step::kReplaceFiles, "import PATH --connection {connection} --replace"},
    {Step::kReplaceTenant, "customer edit ID --add-tenant GUID --remove-tenant TEXT"},
    {Step::kResetPassword, "user password {user} --password-file FILE"},
    {Step::kResetSetting, "config set {setting} default"},
    {Step::kRestoreFiles, "restore --from BACKUP --files"},
    {Step::kRestoreHome, "restore --from BACKUP --home NEW-FOLDER"},
    {Step::kRetireCustomer, "customer retire {customer}"},
    {Step::kRunExports, "exports run --connection {connection}"},
    {Step::kServeWithTls, "serve --listen ADDRESS:PORT --tls-certificate FILE --tls-key FILE"},
    {Step::kSetBillingAccount, "connection edit {connection} --billing-account ID"},
    {Step::kSetCluster, "config trino set --url URL --catalog NAME --schema NAME --user NAME"},
    {Step::kSetIdentityProvider, "user provider set --help"},
    {Step::kShowAppliedRules, "rules show"},
    {Step::kShowChanges, "report changes[ --connection {connection}][ --month {month}]"},
    {Step::kShowCommitment, "commitments show {commitment}"},
    {Step::kShowConnectionSettings, "connection add --help"},
    {Step::kShowConnectionStatus, "connection status[ --connection {connection}]"},
    {Step::kShowCosts, "report costs[ --by {columns}][ --month {month}]"},
    {Step::kShowExportHistory, "exports history --connection {connection}"},
    {Step::kShowFirstDay, "first-day"},
    {Step::kShowIdentityProvider, "user provider show"},
    {Step::kShowVersion, "version"},
    {Step::kSignIn, "[connection edit {connection} ]--tenant ID --client-id ID --client-secret-file FILE"},
    {Step::kSplitDespiteRejects, "split[ --connection {connection}][ --month {month}] --accept-rejects"},
    {Step::kSplitMonth, "split[ --connection {connection}][ --month {month}]"},
    {Step::kStopJob, "jobs stop {job}"},
    {Step::kSync, "sync[ --connection {connection}]"},
    {Step::kTakeUnverifiedFiles, "--unverified"},
    {Step::kTestConnection, "connection test {connection}"},
    {Step::kUndoCarry, "months late carry --undo[ --connection {connection}][ --month {month}] --reason TEXT"},
    {Step::kUnlockMonth, "months unlock[ --connection {connection}][ --month {month}]"},
    {Step::kVerifyAudit, "audit verify"},
});

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
}

std::string placeholder(std::string_view parameter) {
  std::string text;
  for (const char c : parameter) text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

struct Filled {
  std::string text;
  bool complete = true;  // every argument is known
};

// A piece of a template without brackets.
Filled filled(std::string_view piece, const NextStep& step) {
  Filled result;
  while (true) {
    const std::size_t open = piece.find('{');
    result.text += piece.substr(0, open);
    if (open == std::string_view::npos) return result;
    const std::size_t close = piece.find('}', open);
    APPORTION_CHECK(close != std::string_view::npos, "a brace of a command's template is closed");
    const std::string_view parameter = piece.substr(open + 1, close - open - 1);
    const auto argument = std::ranges::find(step.arguments, parameter, &StepArgument::name);
    const bool known = argument != step.arguments.end();
    result.text += known ? shell_word(argument->value) : placeholder(parameter);
    result.complete = result.complete && known;
    piece.remove_prefix(close + 1);
  }
}

}  // namespace

std::string shell_word(std::string_view value) {
  std::string argument = value.starts_with('-') ? "./" : "";  // only paths begin so; it would be an option
  argument += value;
  if (!argument.empty() && std::ranges::all_of(argument, is_plain)) return argument;
  std::string word = "'";
  for (const char c : argument) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string_view command_template(Step id) {
  const auto found = std::ranges::find(kTemplates, id, &CommandTemplate::id);
  APPORTION_CHECK(found != kTemplates.end(), "every step has a command");
  return found->text;
}

std::string command_words(const NextStep& step) {
  std::string_view rest = command_template(step.id);
  std::string command;
  while (true) {
    const std::size_t open = rest.find('[');
    command += filled(rest.substr(0, open), step).text;
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find(']', open);
    APPORTION_CHECK(close != std::string_view::npos, "a bracket of a command's template is closed");
    const Filled optional = filled(rest.substr(open + 1, close - open - 1), step);
    if (optional.complete) command += optional.text;
    rest.remove_prefix(close + 1);
  }
  return fmt::format("`{}{}`", command.starts_with("--") ? "" : "apportion ", command);
}

std::string with_commands(std::string_view text) { return worded(text, command_words); }

}  // namespace apportion
