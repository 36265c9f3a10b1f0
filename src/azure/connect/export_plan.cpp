#include "azure/connect/export_plan.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "azure/connect/utc_time.h"
#include "azure/sas.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kCreateNew = "CreateNewReport";
constexpr std::string_view kOverwrite = "OverwritePreviousReport";

struct FormatRow {
  ExportFormat format;
  std::string_view name;
  std::string_view file;
  std::string_view compression;
};

constexpr auto kFormats = std::to_array<FormatRow>({
    {ExportFormat::kCsvGzip, "csv-gzip", "Csv", "gzip"},
    {ExportFormat::kCsv, "csv", "Csv", "none"},
    {ExportFormat::kParquetSnappy, "parquet-snappy", "Parquet", "snappy"},
    {ExportFormat::kParquet, "parquet", "Parquet", "none"},
});

/// What each dataset is exported as; where something is empty, the settings or Azure decide.
struct DatasetRow {
  Dataset dataset;
  std::string_view timeframe;
  std::string_view granularity;
  std::string_view data_version;
  bool compresses;  ///< Azure writes reservation datasets as CSV without compression only.
};

constexpr auto kDatasetRows = std::to_array<DatasetRow>({
    {Dataset::kActualCost, "MonthToDate", "Daily", "", true},
    {Dataset::kAmortizedCost, "MonthToDate", "Daily", "", true},
    {Dataset::kFocusCost, "MonthToDate", "Daily", "", true},
    {Dataset::kPriceSheet, "TheCurrentMonth", "Daily", "2023-05-01", true},
    {Dataset::kReservationDetails, "MonthToDate", "", "2023-03-01", false},
    {Dataset::kReservationTransactions, "MonthToDate", "", "2023-05-01", false},
    {Dataset::kReservationRecommendations, "MonthToDate", "", "2023-05-01", false},
});

const FormatRow& row_of(ExportFormat format) {
  return *std::find_if(kFormats.begin(), kFormats.end(),
                       [format](const FormatRow& row) { return row.format == format; });
}

const DatasetRow& row_of(Dataset dataset) {
  return *std::find_if(kDatasetRows.begin(), kDatasetRows.end(),
                       [dataset](const DatasetRow& row) { return row.dataset == dataset; });
}

std::string_view without_slashes(std::string_view folder) {
  while (!folder.empty() && folder.front() == '/') folder.remove_prefix(1);
  while (!folder.empty() && folder.back() == '/') folder.remove_suffix(1);
  return folder;
}

/// Exports of several billing profiles lie in one folder, so the profile is in the name.
std::string name_of(const ExportSettings& settings, const Scope& scope, Dataset dataset) {
  std::string name = fmt::format("{}-{}", settings.prefix, dataset_short_name(dataset));
  if (!holds_charges(dataset)) name += fmt::format("-{}", ascii_lower(scope.billing_profile));
  return name;
}

std::string data_version_of(const ExportSettings& settings, Dataset dataset) {
  if (dataset == Dataset::kFocusCost) return settings.focus_version;
  return holds_charges(dataset) ? settings.cost_version : std::string(row_of(dataset).data_version);
}

WantedExport make_wanted(const ExportSettings& settings, const Cloud& cloud, const Scope& scope, Dataset dataset) {
  const DatasetRow& row = row_of(dataset);
  const FormatRow& format = row_of(row.compresses ? settings.format : ExportFormat::kCsv);
  WantedExport wanted;
  wanted.scope = scope;
  wanted.dataset = dataset;
  ExportDefinition& definition = wanted.definition;
  definition.name = name_of(settings, scope, dataset);
  definition.dataset = dataset_name(dataset);
  definition.timeframe = row.timeframe;
  definition.granularity = row.granularity;
  definition.data_version = data_version_of(settings, dataset);
  definition.format = format.file;
  definition.compression = format.compression;
  definition.overwrite = settings.overwrite ? kOverwrite : kCreateNew;
  definition.partitioned = true;
  definition.description = "Managed by Apportion, which undoes changes made elsewhere.";
  definition.destination = settings.destination;
  definition.destination.root_folder = without_slashes(settings.destination.root_folder);
  definition.schedule = {"Active", "Daily", "", ""};
  if (dataset == Dataset::kReservationRecommendations) {
    definition.filters = {
        {"ReservationScope", "Shared"}, {"ResourceType", "VirtualMachines"}, {"LookBackPeriod", "Last30Days"}};
  }
  if (!settings.identity_location.empty()) {
    definition.identity_type = "SystemAssigned";
    definition.location = settings.identity_location;
  }
  wanted.location = export_location(settings.destination, definition.name, cloud, settings.blob_endpoint);
  return wanted;
}

Error wrong_setting(std::string what, std::string where, std::string why, std::string next) {
  return {ErrorId::kExportSettingsWrong, std::move(what), std::move(where), std::move(why), std::move(next)};
}

/// Whether storage takes this as the name of a container.
bool is_container_name(std::string_view name) {
  constexpr std::size_t kLengthLeast = 3;
  constexpr std::size_t kLengthMost = 63;
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  };
  if (name.size() < kLengthLeast || name.size() > kLengthMost) return false;
  if (!is_plain(name.front()) || !is_plain(name.back()) || name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [&](char letter) { return is_plain(letter) || letter == '-'; });
}

Result<void> check_storage(const ExportSettings& settings, const Cloud& cloud) {
  const ExportDestination& destination = settings.destination;
  const bool by_id = !destination.resource_id.empty();
  const bool by_sas = !destination.storage_account.empty();
  if (by_id == by_sas) {
    return wrong_setting("the exports need one destination", "", "a storage account was given in both ways, or in none",
                         "give the ARM id of a storage account, or the name of one with a SAS");
  }
  if (destination.container.empty()) {
    return wrong_setting("the exports need a container", destination.account_name(), "none was given",
                         "name a container; Azure creates it if it does not exist");
  }
  if (!is_container_name(destination.container)) {
    return wrong_setting("this is not a valid container name", excerpt(destination.container),
                         "names have 3 to 63 lower-case letters, digits and single hyphens", "choose another name");
  }
  if (by_id) {
    const bool whole = !segment_after(destination.resource_id, "subscriptions").empty() &&
                       !segment_after(destination.resource_id, "storageAccounts").empty();
    if (whole) return ok();
    return wrong_setting("this is not the id of a storage account", excerpt(destination.resource_id, 300),
                         "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME was "
                         "expected",
                         "take it from `az storage account show --name NAME --query id --output tsv`");
  }
  if (!settings.identity_location.empty()) {
    return wrong_setting("a storage account behind a firewall cannot be written to with a SAS",
                         destination.storage_account,
                         "Azure supports storage behind a firewall only in the same tenant",
                         "open the firewall, or deliver to an account in the partner's tenant");
  }
  return check_sas_delivery(settings.scope.kind, settings.agreement_type, cloud.name);
}

Result<void> check_names(const std::vector<WantedExport>& wanted) {
  constexpr std::size_t kNameLengthMax = 64;
  std::set<std::string> locations;
  for (const WantedExport& one : wanted) {
    const std::string& name = one.definition.name;
    const bool fits =
        name.size() <= kNameLengthMax && percent_encoded(name) == name && name.find('.') == std::string::npos;
    if (!fits) {
      return wrong_setting("this is not a valid export name", excerpt(name),
                           "names have up to 64 letters, digits, hyphens and underscores", "choose another prefix");
    }
    if (!locations.insert(ascii_lower(one.location)).second) {
      return wrong_setting("two exports would be delivered to one folder", one.location,
                           "a dataset or a billing profile was given twice", "give each of them once");
    }
  }
  return ok();
}

/// A property that is compared; `kept` of what exists is empty when Azure does not say.
struct Compared {
  std::string_view property;
  std::string ExportDefinition::*member;
  std::string_view when_empty;  ///< What Azure takes when nothing is said.
};

constexpr auto kCompared = std::to_array<Compared>({
    {"dataset", &ExportDefinition::dataset, ""},
    {"timeframe", &ExportDefinition::timeframe, ""},
    {"granularity", &ExportDefinition::granularity, ""},
    {"data version", &ExportDefinition::data_version, ""},
    {"format", &ExportDefinition::format, "Csv"},
    {"compression", &ExportDefinition::compression, "none"},
    {"overwrite", &ExportDefinition::overwrite, kCreateNew},
    {"identity", &ExportDefinition::identity_type, "None"},
});

constexpr auto kComparedDestination = std::to_array<std::pair<std::string_view, std::string ExportDestination::*>>({
    {"storage account", &ExportDestination::resource_id},
    {"storage account name", &ExportDestination::storage_account},
    {"container", &ExportDestination::container},
});

std::string shown(std::string_view value) { return value.empty() ? "nothing" : std::string(value); }

void compare_text(std::vector<PropertyDifference>& differences, std::string_view property, std::string_view is,
                  std::string_view should_be) {
  if (ascii_equal_ignoring_case(is, should_be)) return;
  differences.push_back({std::string(property), shown(is), shown(should_be)});
}

void compare_filters(std::vector<PropertyDifference>& differences, const ExportDefinition& is,
                     const ExportDefinition& should_be) {
  const auto text_of = [](const std::vector<ExportFilter>& filters) {
    std::set<std::string> parts;
    for (const ExportFilter& filter : filters) parts.insert(fmt::format("{}={}", filter.name, filter.value));
    return fmt::format("{}", fmt::join(parts, ", "));
  };
  compare_text(differences, "filters", text_of(is.filters), text_of(should_be.filters));
}

/// Whether a schedule ends; Azure's answers may carry the year 9999 or so for "never".
bool ends(const ExportSchedule& schedule) { return !schedule.to.empty() && schedule.to < "2100"; }

void compare_schedule(std::vector<PropertyDifference>& differences, const ExportSchedule& is) {
  compare_text(differences, "schedule status", is.status, "Active");
  compare_text(differences, "recurrence", is.recurrence, "Daily");
  if (ends(is)) differences.push_back({"end of the schedule", is.to, "none"});
}

std::vector<PropertyDifference> differences_of(const ExportDefinition& is, const ExportDefinition& should_be) {
  std::vector<PropertyDifference> differences;
  for (const Compared& compared : kCompared) {
    const std::string& wanted = should_be.*compared.member;
    if (wanted.empty()) continue;
    const std::string& found = is.*compared.member;
    compare_text(differences, compared.property, found.empty() ? compared.when_empty : std::string_view(found), wanted);
  }
  if (!is.partitioned.value_or(false)) differences.push_back({"partitioned", "no", "yes"});
  if (!is.columns.empty()) {
    differences.push_back({"columns", fmt::format("{} of them chosen", is.columns.size()), "all"});
  }
  compare_filters(differences, is, should_be);
  for (const auto& [property, member] : kComparedDestination) {
    const std::string& wanted = should_be.destination.*member;
    if (!wanted.empty()) compare_text(differences, property, is.destination.*member, wanted);
  }
  compare_text(differences, "root folder", without_slashes(is.destination.root_folder),
               should_be.destination.root_folder);
  compare_schedule(differences, is.schedule);
  return differences;
}

bool has_prefix(std::string_view name, std::string_view prefix) {
  return ascii_lower(name).starts_with(ascii_lower(prefix) + "-");
}

void add_remarks(PlannedExport& planned) {
  if (planned.existing &&
      (!planned.existing->suspension_code.empty() || !planned.existing->suspension_reason.empty())) {
    planned.remarks.push_back(fmt::format("Azure suspended it: {} {}", planned.existing->suspension_code,
                                          excerpt(planned.existing->suspension_reason, 300)));
  }
  if (!planned.wanted) return;
  const DatasetOffer offer = dataset_offer(planned.scope.kind, planned.wanted->dataset);
  const bool open = offer.offer == Offer::kDisputed && planned.finding == Finding::kMissing;
  if (!offer.note.empty() && (open || offer.offer == Offer::kYes)) planned.remarks.emplace_back(offer.note);
}

PlannedExport plan_wanted(const WantedExport& wanted, const ExportDefinition* existing) {
  PlannedExport planned;
  planned.scope = wanted.scope;
  planned.name = wanted.definition.name;
  planned.dataset = wanted.definition.dataset;
  planned.location = wanted.location;
  planned.wanted = wanted;
  planned.finding = Finding::kMissing;
  if (existing != nullptr) {
    planned.name = existing->name;
    planned.existing = *existing;
    planned.next_run = existing->next_run;
    planned.differences = differences_of(*existing, wanted.definition);
    planned.finding = planned.differences.empty() ? Finding::kSame : Finding::kDiffers;
  }
  add_remarks(planned);
  return planned;
}

PlannedExport plan_other(const Scope& scope, const ExportDefinition& existing, std::string_view prefix) {
  PlannedExport planned;
  planned.scope = scope;
  planned.name = existing.name;
  planned.dataset = existing.dataset;
  planned.finding = has_prefix(existing.name, prefix) ? Finding::kExtra : Finding::kForeign;
  planned.next_run = existing.next_run;
  planned.existing = existing;
  if (planned.finding == Finding::kExtra) {
    planned.remarks.emplace_back(
        "no setting asks for it; it is left alone, so delete it in the portal if nobody needs it");
  }
  add_remarks(planned);
  return planned;
}

std::vector<Scope> scopes_of(const std::vector<WantedExport>& wanted) {
  std::vector<Scope> scopes;
  for (const WantedExport& one : wanted) {
    const bool known =
        std::any_of(scopes.begin(), scopes.end(), [&one](const Scope& scope) { return same_scope(scope, one.scope); });
    if (!known) scopes.push_back(one.scope);
  }
  return scopes;
}

constexpr auto kFindingNames = std::to_array<std::pair<Finding, std::string_view>>({
    {Finding::kMissing, "missing"},
    {Finding::kSame, "same"},
    {Finding::kDiffers, "differs"},
    {Finding::kExtra, "extra"},
    {Finding::kForeign, "foreign"},
});

constexpr auto kActionNames = std::to_array<std::pair<ApplyAction, std::string_view>>({
    {ApplyAction::kCreated, "created"},
    {ApplyAction::kUpdated, "updated"},
    {ApplyAction::kUnchanged, "unchanged"},
    {ApplyAction::kLeftAlone, "left-alone"},
    {ApplyAction::kWouldCreate, "would-create"},
    {ApplyAction::kWouldUpdate, "would-update"},
    {ApplyAction::kFailed, "failed"},
});

/// What is done with one export of the plan, were it sent.
ApplyAction action_for(const PlannedExport& planned, const ApplyOptions& options) {
  if (!planned.wanted) return ApplyAction::kLeftAlone;
  if (planned.finding == Finding::kMissing) return options.dry_run ? ApplyAction::kWouldCreate : ApplyAction::kCreated;
  const bool new_sas = options.renew_sas && !planned.wanted->definition.destination.sas_token.empty();
  if (planned.finding == Finding::kSame && !new_sas) return ApplyAction::kUnchanged;
  return options.dry_run ? ApplyAction::kWouldUpdate : ApplyAction::kUpdated;
}

/// The wanted definition on top of what exists, so that what we do not know stays.
ExportDefinition to_send(const PlannedExport& planned, const std::optional<ExportDefinition>& existing, Day today) {
  ExportDefinition definition = planned.wanted->definition;
  definition.schedule.from = today.plus_days(1).to_string() + "T00:00:00Z";
  if (!existing) return definition;
  definition.name = existing->name;
  definition.etag = existing->etag;
  definition.kept = existing->kept;
  // What is written as a whole, or not at all, must not come from the export's past.
  erase_field(definition.kept, {"properties", "definition"}, "timePeriod");
  erase_field(definition.kept, {"properties", "definition", "dataSet", "configuration"}, "columns");
  erase_field(definition.kept, {"properties", "definition", "dataSet", "configuration"}, "filters");
  erase_field(definition.kept, {"properties", "deliveryInfo", "destination"}, "rootFolderPath");
  return definition;
}

std::optional<ExportDefinition> named(const std::vector<ExportDefinition>& exports, std::string_view name) {
  for (const ExportDefinition& one : exports) {
    if (ascii_equal_ignoring_case(one.name, name)) return one;
  }
  return std::nullopt;
}

Result<std::optional<ExportDefinition>> newest_state(ExportsApi& api, std::string_view name) {
  APPORTION_ASSIGN(const std::vector<ExportDefinition> exports, api.list());
  return named(exports, name);
}

/// Creates or updates one export on top of its newest state. When Azure refuses and the export was changed under way,
/// once more on top of that.
Result<ExportDefinition> send_export(ExportsApi& api, const PlannedExport& planned, Day today) {
  const auto etag_of = [](const std::optional<ExportDefinition>& state) { return state ? state->etag : ""; };
  APPORTION_ASSIGN(const std::optional<ExportDefinition> before, newest_state(api, planned.name));
  auto sent = api.put(to_send(planned, before, today));
  if (sent || api.cancel().requested()) return sent;
  const auto after = newest_state(api, planned.name);
  if (!after || etag_of(*after) == etag_of(before)) return sent;
  return api.put(to_send(planned, *after, today));
}

/// Whether Azure can deliver with the SAS of an export, by what it says of itself. An export that exists has one
/// already, which Azure keeps.
Result<void> check_delivery_sas(const PlannedExport& planned, const Clock& clock) {
  const ExportDestination& destination = planned.wanted->definition.destination;
  if (destination.storage_account.empty()) return ok();
  if (!destination.sas_token.empty()) {
    APPORTION_ASSIGN(const Sas sas, parse_sas(destination.sas_token));
    return check_sas(sas, kSasToDeliver, epoch_seconds_now(clock), destination.account_name());
  }
  const bool kept = planned.existing && ascii_equal_ignoring_case(planned.existing->destination.storage_account,
                                                                  destination.storage_account);
  if (kept) return ok();
  return wrong_setting("the exports need a SAS", destination.storage_account,
                       "an account in another tenant is written to with a SAS, and none was given",
                       "create one for service blob, resource types service, container and object, permissions read, "
                       "write, delete, list, add and create, https only");
}

Result<ExportDefinition> send_checked(ExportsApi& api, const PlannedExport& planned, const ApplyOptions& options) {
  APPORTION_TRY(check_delivery_sas(planned, options.clock));
  return send_export(api, planned, options.clock.today());
}

bool is_write(ApplyAction action) { return action == ApplyAction::kCreated || action == ApplyAction::kUpdated; }

/// The subscriptions of storage accounts that will be written.
std::set<std::string> subscriptions_to_register(const ExportPlan& plan, const ApplyOptions& options) {
  std::set<std::string> subscriptions;
  for (const PlannedExport& planned : plan.exports) {
    if (!is_write(action_for(planned, options))) continue;
    const auto subscription = segment_after(planned.wanted->definition.destination.resource_id, "subscriptions");
    if (!subscription.empty()) subscriptions.insert(ascii_lower(subscription));
  }
  return subscriptions;
}

Result<void> register_providers(ArmClient& client, const ExportPlan& plan, const ApplyOptions& options,
                                ApplyReport& report) {
  for (const std::string& subscription : subscriptions_to_register(plan, options)) {
    const auto registered = register_provider(client, subscription, options.provider_wait);
    if (client.cancel().requested()) return cancelled_error(std::string(kExportsProvider));
    if (!registered) {
      report.notes.push_back(fmt::format(
          "{}; the exports are tried anyway. If they fail: az provider register --namespace {} --subscription {}",
          registered.error().message(), kExportsProvider, subscription));
    } else if (*registered) {
      report.notes.push_back(fmt::format("{} was registered in subscription {}", kExportsProvider, subscription));
    }
  }
  return ok();
}

void add_closing_notes(const ApplyOptions& options, ApplyReport& report) {
  constexpr int kLastDayOfReruns = 5;
  const bool created = std::any_of(report.exports.begin(), report.exports.end(), [](const AppliedExport& applied) {
    return applied.action == ApplyAction::kCreated;
  });
  if (!created) return;
  report.notes.push_back(
      fmt::format("Azure starts delivering within a day; get the month to date now: {}; and earlier months: {}",
                  step(Step::kRunExports), step(Step::kBackfillExports)));
  if (options.clock.today().day_of_month() <= kLastDayOfReruns) {
    report.notes.push_back(
        fmt::format("exports created on days 1 to 5 do not deliver the previous month; after day 5, get {}: {}",
                    Month::of(options.clock.today()).plus_months(-1).to_string(), step(Step::kBackfillExports)));
  }
}

}  // namespace

std::string export_location(const ExportDestination& destination, std::string_view export_name, const Cloud& cloud,
                            std::string_view blob_endpoint) {
  std::string url = blob_endpoint.empty()
                        ? fmt::format("https://{}.blob.{}", destination.account_name(), cloud.storage_suffix)
                        : std::string(blob_endpoint);
  for (const std::string_view level :
       {std::string_view(destination.container), std::string_view(destination.root_folder), export_name}) {
    if (const auto part = without_slashes(level); !part.empty()) url += fmt::format("/{}", percent_encoded(part, "/"));
  }
  return url;
}

std::optional<ExportFormat> parse_export_format(std::string_view name) {
  for (const FormatRow& row : kFormats) {
    if (ascii_equal_ignoring_case(row.name, name)) return row.format;
  }
  return std::nullopt;
}

std::string_view finding_name(Finding finding) {
  for (const auto& [known, name] : kFindingNames) {
    if (known == finding) return name;
  }
  return "";
}

std::string_view apply_action_name(ApplyAction action) {
  for (const auto& [known, name] : kActionNames) {
    if (known == action) return name;
  }
  return "";
}

std::vector<Dataset> default_datasets(bool with_billing_profiles, bool focus) {
  std::vector<Dataset> datasets;
  for (const Dataset dataset : kDatasets) {
    if (dataset == Dataset::kFocusCost && !focus) continue;
    if (!holds_charges(dataset) && !with_billing_profiles) continue;
    datasets.push_back(dataset);
  }
  return datasets;
}

Result<std::vector<WantedExport>> wanted_exports(const ExportSettings& settings, const Cloud& cloud) {
  APPORTION_TRY(check_storage(settings, cloud));
  std::vector<WantedExport> wanted;
  for (const Dataset dataset : settings.datasets) {
    if (holds_charges(dataset)) {
      wanted.push_back(make_wanted(settings, cloud, settings.scope, dataset));
      continue;
    }
    const bool by_sas = !settings.destination.storage_account.empty();
    if (settings.billing_profiles.empty() || by_sas) {
      return wrong_setting(
          fmt::format("{} cannot be exported with these settings", dataset_name(dataset)), "",
          by_sas ? "Azure delivers it only at billing profiles, and with a SAS only at the billing account"
                 : "Azure delivers it only at billing profiles, and none is given",
          (by_sas ? "deliver to a storage account in the partner's tenant, or leave it out: "
                  : "name the billing profiles, or leave it out: ") +
              step(Step::kLeaveOutCommitments));
    }
    for (const Scope& profile : settings.billing_profiles) {
      wanted.push_back(make_wanted(settings, cloud, profile, dataset));
    }
  }
  APPORTION_TRY(check_names(wanted));
  return wanted;
}

bool ExportPlan::in_order() const {
  return unreadable.empty() && std::none_of(exports.begin(), exports.end(), [](const PlannedExport& planned) {
           return planned.finding == Finding::kMissing || planned.finding == Finding::kDiffers;
         });
}

std::vector<PlannedExport> compare_exports(const std::vector<WantedExport>& wanted, const Scope& scope,
                                           const std::vector<ExportDefinition>& existing, std::string_view prefix) {
  std::vector<PlannedExport> planned;
  std::set<std::string> used;
  for (const WantedExport& one : wanted) {
    if (!same_scope(one.scope, scope)) continue;
    const auto found = named(existing, one.definition.name);
    planned.push_back(plan_wanted(one, found ? &*found : nullptr));
    used.insert(ascii_lower(one.definition.name));
  }
  for (const ExportDefinition& other : existing) {
    if (!used.contains(ascii_lower(other.name))) planned.push_back(plan_other(scope, other, prefix));
  }
  return planned;
}

Result<ExportPlan> plan_exports(ArmClient& client, const std::vector<WantedExport>& wanted, std::string_view prefix,
                                const std::string& api_version) {
  ExportPlan plan;
  for (const Scope& scope : scopes_of(wanted)) {
    const auto existing = ExportsApi(client, scope, api_version).list();
    if (client.cancel().requested()) return cancelled_error(scope.arm_id());
    if (!existing) {
      plan.unreadable.push_back(existing.error());
      continue;
    }
    for (PlannedExport& planned : compare_exports(wanted, scope, *existing, prefix)) {
      plan.exports.push_back(std::move(planned));
    }
  }
  return plan;
}

bool ApplyReport::all_done() const {
  return std::none_of(exports.begin(), exports.end(),
                      [](const AppliedExport& applied) { return applied.error.has_value(); });
}

Result<ApplyReport> apply_plan(ArmClient& client, const ExportPlan& plan, const ApplyOptions& options) {
  ApplyReport report;
  APPORTION_TRY(register_providers(client, plan, options, report));
  for (const PlannedExport& planned : plan.exports) {
    AppliedExport applied{
        planned.scope,    planned.name, planned.dataset, action_for(planned, options), planned.location,
        planned.next_run, "",           std::nullopt};
    if (is_write(applied.action)) {
      ExportsApi api(client, planned.scope, options.api_version);
      const auto sent = send_checked(api, planned, options);
      if (client.cancel().requested()) return cancelled_error(planned.name);
      if (sent) {
        applied.next_run = sent->next_run;
        applied.identity_principal = sent->identity_principal;
      } else {
        applied.action = ApplyAction::kFailed;
        applied.error = sent.error();
      }
    }
    report.exports.push_back(std::move(applied));
  }
  add_closing_notes(options, report);
  return report;
}

}  // namespace apportion
