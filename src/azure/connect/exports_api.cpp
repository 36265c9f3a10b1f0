#include "azure/connect/exports_api.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "azure/connect/json_fields.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kProviderApiVersion = "2021-04-01";

struct TextMember {
  std::string ExportDefinition::*member;
  std::array<std::string_view, 5> path;  ///< Names from the outside in; the rest is empty.
};

/// Where the texts of an export stand in its body. Read and written by this table.
constexpr auto kTexts = std::to_array<TextMember>({
    {&ExportDefinition::etag, {"eTag"}},
    {&ExportDefinition::location, {"location"}},
    {&ExportDefinition::identity_type, {"identity", "type"}},
    {&ExportDefinition::format, {"properties", "format"}},
    {&ExportDefinition::compression, {"properties", "compressionMode"}},
    {&ExportDefinition::overwrite, {"properties", "dataOverwriteBehavior"}},
    {&ExportDefinition::description, {"properties", "exportDescription"}},
    {&ExportDefinition::dataset, {"properties", "definition", "type"}},
    {&ExportDefinition::timeframe, {"properties", "definition", "timeframe"}},
    {&ExportDefinition::period_from, {"properties", "definition", "timePeriod", "from"}},
    {&ExportDefinition::period_to, {"properties", "definition", "timePeriod", "to"}},
    {&ExportDefinition::granularity, {"properties", "definition", "dataSet", "granularity"}},
    {&ExportDefinition::data_version, {"properties", "definition", "dataSet", "configuration", "dataVersion"}},
});

struct DestinationMember {
  std::string ExportDestination::*member;
  std::string_view name;
};

constexpr auto kDestinationTexts = std::to_array<DestinationMember>({
    {&ExportDestination::resource_id, "resourceId"},
    {&ExportDestination::storage_account, "storageAccount"},
    {&ExportDestination::sas_token, "sasToken"},
    {&ExportDestination::container, "container"},
    {&ExportDestination::root_folder, "rootFolderPath"},
});

constexpr auto kReadOnly = std::to_array<std::string_view>({"id", "name", "type", "systemData"});
constexpr auto kReadOnlyProperties =
    std::to_array<std::string_view>({"nextRunTimeEstimate", "systemSuspensionContext", "runHistory"});
constexpr auto kReadOnlyIdentity = std::to_array<std::string_view>({"principalId", "tenantId"});

/// The object member of that name, made when it is missing or null.
Json& object_in(Json& object, std::string_view name) {
  Json& member = object[std::string(name)];
  if (!member.is_object()) member = Json::object();
  return member;
}

std::string read_text(const Json& body, const TextMember& text) {
  const Json* at = &body;
  for (const std::string_view name : text.path) {
    if (name.empty()) break;
    at = &field(*at, {name});
  }
  return text_field(*at, {});
}

void write_text(Json& body, const TextMember& text, const std::string& value) {
  Json* at = &body;
  for (std::size_t depth = 0; depth < text.path.size(); ++depth) {
    const bool last = depth + 1 == text.path.size() || text.path[depth + 1].empty();
    if (last) {
      (*at)[std::string(text.path[depth])] = value;
      return;
    }
    at = &object_in(*at, text.path[depth]);
  }
}

template <std::size_t kCount>
void erase_members(Json& object, const std::array<std::string_view, kCount>& names) {
  if (!object.is_object()) return;
  for (const std::string_view name : names) object.erase(std::string(name));
}

ExportSchedule read_schedule(const Json& body) {
  return {text_field(body, {"properties", "schedule", "status"}),
          text_field(body, {"properties", "schedule", "recurrence"}),
          text_field(body, {"properties", "schedule", "recurrencePeriod", "from"}),
          text_field(body, {"properties", "schedule", "recurrencePeriod", "to"})};
}

void write_schedule(Json& properties, const ExportSchedule& schedule) {
  if (schedule.status.empty()) return;
  Json written = {{"status", schedule.status}};
  if (!schedule.recurrence.empty()) written["recurrence"] = schedule.recurrence;
  if (!schedule.from.empty()) written["recurrencePeriod"]["from"] = schedule.from;
  if (!schedule.to.empty()) written["recurrencePeriod"]["to"] = schedule.to;
  properties["schedule"] = std::move(written);
}

void write_destination(Json& properties, const ExportDestination& destination) {
  Json& written = object_in(object_in(properties, "deliveryInfo"), "destination");
  written["type"] = "AzureBlob";
  for (const DestinationMember& text : kDestinationTexts) {
    if (const std::string& value = destination.*text.member; !value.empty()) written[std::string(text.name)] = value;
  }
  // A destination is named in one of two ways; a change from one to the other must not leave both.
  if (!destination.resource_id.empty()) {
    written.erase("storageAccount");
    written.erase("sasToken");
  } else if (!destination.storage_account.empty()) {
    written.erase("resourceId");
  }
}

void write_data_set(Json& properties, const ExportDefinition& definition) {
  if (definition.columns.empty() && definition.filters.empty()) return;
  Json& data_set = object_in(object_in(properties, "definition"), "dataSet");
  Json& configuration = object_in(data_set, "configuration");
  if (!definition.columns.empty()) configuration["columns"] = definition.columns;
  if (definition.filters.empty()) return;
  Json filters = Json::array();
  for (const ExportFilter& filter : definition.filters) {
    filters.push_back({{"name", filter.name}, {"value", filter.value}});
  }
  configuration["filters"] = std::move(filters);
}

struct StatusRow {
  std::string_view status;
  RunState state;
  std::string_view explanation;
};

constexpr auto kStatuses = std::to_array<StatusRow>({
    {"Queued", RunState::kQueued, ""},
    {"InProgress", RunState::kRunning, ""},
    {"Completed", RunState::kCompleted, ""},
    {"Failed", RunState::kFailed, "the run failed"},
    {"Timeout", RunState::kFailed,
     "the run took longer than Azure allows; run it again, with partitioned files if it has none"},
    {"NewDataNotAvailable", RunState::kNothingNew,
     "Azure wrote no files and says that no new data is available; it is not known whether the period has charges"},
    {"DataNotAvailable", RunState::kNoData,
     "Azure has no data for the period: it is before the agreement began, or has no charges yet"},
});

constexpr auto kStateNames = std::to_array<std::pair<RunState, std::string_view>>({
    {RunState::kQueued, "queued"},
    {RunState::kRunning, "running"},
    {RunState::kCompleted, "completed"},
    {RunState::kNoData, "no-data"},
    {RunState::kNothingNew, "nothing-new"},
    {RunState::kFailed, "failed"},
    {RunState::kUnknown, "unknown"},
});

/// What the storage says to Azure's export job, and what to do about it.
constexpr auto kRunErrors = std::to_array<std::pair<std::string_view, Advice>>({
    {"AuthorizationResourceTypeMismatch",
     {"the SAS of the export lacks resource types: create one for service blob, resource types service, container and "
      "object, and give it to the exports",
      Step::kRenewDeliverySas}},
    {"AuthorizationPermissionMismatch",
     "the SAS of the export lacks permissions: it needs read, write, delete, list, add and create"},
    {"AuthenticationFailed",
     {"the SAS of the export has expired or its key was changed: give the exports a new one", Step::kRenewDeliverySas}},
    {"AuthorizationFailure",
     "the firewall of the storage account blocks Azure's export job: allow trusted services, and give the export an "
     "identity"},
    {"ContainerNotFound", "the container no longer exists: create it again"},
});

std::string remedy_of(const ExportRun& run) {
  for (const auto& [code, remedy] : kRunErrors) {
    if (run.error_code.find(code) != std::string::npos || run.error_message.find(code) != std::string::npos) {
      return advice_text(remedy);
    }
  }
  return "look at the run in the portal under Cost Management, Exports";
}

const StatusRow* status_row(std::string_view status) {
  const auto* found = std::find_if(kStatuses.begin(), kStatuses.end(), [status](const StatusRow& row) {
    return ascii_equal_ignoring_case(row.status, status);
  });
  return found == kStatuses.end() ? nullptr : found;
}

bool is_export_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
  });
}

Result<void> check_name(std::string_view name) {
  if (is_export_name(name)) return ok();
  return Error{ErrorId::kExportNameInvalid, "this is not a valid export name", excerpt(name),
               "names have up to 64 letters, digits, hyphens and underscores", "choose another name or prefix"};
}

std::string provider_path(std::string_view subscription, std::string_view provider) {
  return fmt::format("/subscriptions/{}/providers/{}", subscription, provider);
}

}  // namespace

std::string ExportDestination::account_name() const {
  return storage_account.empty() ? last_segment(resource_id) : last_segment(storage_account);
}

ExportDefinition read_export(const Json& body) {
  ExportDefinition read;
  read.name = text_field(body, {"name"});
  read.id = text_field(body, {"id"});
  for (const TextMember& text : kTexts) read.*text.member = read_text(body, text);
  const Json& configuration = field(body, {"properties", "definition", "dataSet", "configuration"});
  for (const Json& column : array_field(configuration, {"columns"})) read.columns.push_back(text_field(column, {}));
  for (const Json& filter : array_field(configuration, {"filters"})) {
    read.filters.push_back({text_field(filter, {"name"}), text_field(filter, {"value"})});
  }
  const Json& destination = field(body, {"properties", "deliveryInfo", "destination"});
  for (const DestinationMember& text : kDestinationTexts) {
    read.destination.*text.member = text_field(destination, {text.name});
  }
  read.partitioned = bool_field(body, {"properties", "partitionData"});
  read.schedule = read_schedule(body);
  read.identity_principal = text_field(body, {"identity", "principalId"});
  read.next_run = text_field(body, {"properties", "nextRunTimeEstimate"});
  read.suspension_code = text_field(body, {"properties", "systemSuspensionContext", "suspensionCode"});
  read.suspension_reason = text_field(body, {"properties", "systemSuspensionContext", "suspensionReason"});
  read.kept = body;
  return read;
}

Json write_export(const ExportDefinition& definition) {
  Json body = definition.kept.is_object() ? definition.kept : Json::object();
  erase_members(body, kReadOnly);
  Json& properties = object_in(body, "properties");
  erase_members(properties, kReadOnlyProperties);
  if (body.contains("identity")) erase_members(body["identity"], kReadOnlyIdentity);
  for (const TextMember& text : kTexts) {
    if (const std::string& value = definition.*text.member; !value.empty()) write_text(body, text, value);
  }
  if (definition.partitioned) properties["partitionData"] = *definition.partitioned;
  write_data_set(properties, definition);
  write_destination(properties, definition.destination);
  write_schedule(properties, definition.schedule);
  return body;
}

std::string_view run_state_name(RunState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "unknown";
}

ExportRun read_run(const Json& body) {
  const Json& properties = field(body, {"properties"});
  ExportRun run;
  run.id = ascii_lower(last_segment(text_field(body, {"id"})));
  if (run.id.empty()) run.id = ascii_lower(text_field(body, {"name"}));
  run.status = text_field(properties, {"status"});
  if (const StatusRow* row = status_row(run.status)) run.state = row->state;
  run.execution_type = text_field(properties, {"executionType"});
  run.submitted_by = text_field(properties, {"submittedBy"});
  run.submitted_time = text_field(properties, {"submittedTime"});
  run.processing_start = text_field(properties, {"processingStartTime"});
  run.processing_end = text_field(properties, {"processingEndTime"});
  run.start_date = text_field(properties, {"startDate"});
  run.end_date = text_field(properties, {"endDate"});
  const Json& period = field(properties, {"runSettings", "definition", "timePeriod"});
  if (run.start_date.empty()) run.start_date = text_field(period, {"from"});
  if (run.end_date.empty()) run.end_date = text_field(period, {"to"});
  run.manifest_file = text_field(properties, {"manifestFile"});
  run.error_code = text_field(properties, {"error", "code"});
  run.error_message = excerpt(text_field(properties, {"error", "message"}), 500);
  return run;
}

bool ExportRun::ended() const {
  switch (state) {
    case RunState::kQueued:
    case RunState::kRunning: return false;
    case RunState::kCompleted:
    case RunState::kNoData:
    case RunState::kNothingNew:
    case RunState::kFailed: return true;
    case RunState::kUnknown: return !processing_end.empty();
  }
  return false;
}

std::string ExportRun::explanation() const {
  if (!ended() || state == RunState::kCompleted) return {};
  const StatusRow* row = status_row(status);
  std::string said = row != nullptr ? std::string(row->explanation)
                                    : fmt::format("it ended as {}, which this version does not know", excerpt(status));
  if (error_code.empty() && error_message.empty()) return said;
  return fmt::format("{}: Azure says {} {}; {}", said, error_code, error_message, remedy_of(*this));
}

ExportsApi::ExportsApi(ArmClient& client, Scope scope, std::string api_version)
    : client_(&client), scope_(std::move(scope)), api_version_(std::move(api_version)) {}

ArmCall ExportsApi::call_of(std::string method, std::string_view name, std::string_view operation,
                            std::string doing) const {
  std::string path = scope_.arm_id() + "/providers/Microsoft.CostManagement/exports";
  if (!name.empty()) path += fmt::format("/{}", name);
  if (!operation.empty()) path += fmt::format("/{}", operation);
  ArmCall call;
  call.method = std::move(method);
  call.path = std::move(path);
  call.api_version = api_version_;
  call.doing = std::move(doing);
  return call;
}

Result<std::vector<ExportDefinition>> ExportsApi::list() {
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call_of("GET", "", "", "list the exports")));
  return read_all(values, read_export);
}

Result<ExportDefinition> ExportsApi::get(std::string_view name) {
  APPORTION_TRY(check_name(name));
  APPORTION_ASSIGN(const ArmAnswer answer,
                   client_->call(call_of("GET", name, "", fmt::format("read export {}", name))));
  return read_export(answer.body);
}

Result<ExportDefinition> ExportsApi::put(const ExportDefinition& definition) {
  APPORTION_TRY(check_name(definition.name));
  const std::string doing = fmt::format("{} export {}", definition.etag.empty() ? "create" : "update", definition.name);
  ArmCall call = call_of("PUT", definition.name, "", doing);
  call.body = write_export(definition);
  APPORTION_ASSIGN(const ArmAnswer answer, client_->call(call));
  ExportDefinition made = read_export(answer.body);
  if (made.name.empty()) made.name = definition.name;
  return made;
}

Result<void> ExportsApi::remove(std::string_view name) {
  APPORTION_TRY(check_name(name));
  APPORTION_TRY(client_->call(call_of("DELETE", name, "", fmt::format("delete export {}", name))));
  return ok();
}

Result<void> ExportsApi::run(std::string_view name, const std::optional<RunDays>& days) {
  APPORTION_TRY(check_name(name));
  ArmCall call = call_of("POST", name, "run", fmt::format("run export {}", name));
  call.may_repeat = false;  // a second one would be a second run
  if (days) {
    call.body = {{"timePeriod",
                  {{"from", days->first.to_string() + "T00:00:00Z"}, {"to", days->last.to_string() + "T00:00:00Z"}}}};
  }
  APPORTION_TRY(client_->call(call));
  return ok();
}

Result<std::vector<ExportRun>> ExportsApi::history(std::string_view name) {
  APPORTION_TRY(check_name(name));
  const ArmCall call = call_of("GET", name, "runHistory", fmt::format("read the run history of export {}", name));
  APPORTION_ASSIGN(const std::vector<Json> values, client_->list(call));
  std::vector<ExportRun> runs = read_all(values, read_run);
  std::stable_sort(runs.begin(), runs.end(), [](const ExportRun& left, const ExportRun& right) {
    return left.submitted_time > right.submitted_time;
  });
  return runs;
}

Result<std::string> provider_state(ArmClient& client, std::string_view subscription, std::string_view provider) {
  ArmCall call;
  call.path = provider_path(subscription, provider);
  call.api_version = kProviderApiVersion;
  call.doing = fmt::format("check whether {} is registered", provider);
  APPORTION_ASSIGN(const ArmAnswer answer, client.call(call));
  return text_field(answer.body, {"registrationState"});
}

Result<bool> register_provider(ArmClient& client, std::string_view subscription, const ProviderWait& wait,
                               std::string_view provider) {
  APPORTION_ASSIGN(std::string state, provider_state(client, subscription, provider));
  if (ascii_equal_ignoring_case(state, "Registered")) return false;
  ArmCall call;
  call.method = "POST";
  call.path = provider_path(subscription, provider) + "/register";
  call.api_version = kProviderApiVersion;
  call.doing = fmt::format("register {}", provider);
  APPORTION_TRY(client.call(call));
  for (int asked = 0; asked < wait.asks_max; ++asked) {
    APPORTION_ASSIGN(state, provider_state(client, subscription, provider));
    if (ascii_equal_ignoring_case(state, "Registered")) return true;
    if (!client.cancel().wait_for(wait.pause)) return cancelled_error(std::string(provider));
  }
  return Error{
      ErrorId::kProviderNotRegistered, fmt::format("{} is still not registered", provider),
      fmt::format("subscription {}", subscription), fmt::format("Azure says {}", excerpt(state)),
      fmt::format("wait a few minutes and try again, or check `az provider show --namespace {} --subscription {}`",
                  provider, subscription)};
}

}  // namespace apportion
