#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "pipeline/fetch/blob_url.h"
#include "serve/cli/azure_access.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/connection_access.h"
#include "serve/cli/connection_discovery.h"

namespace apportion {
namespace {

/// The columns of `connection list`; the others are in `connection show`.
constexpr std::array kShownDatasets = {Dataset::kActualCost, Dataset::kAmortizedCost, Dataset::kFocusCost};

struct ConnectionOptions {
  std::string name;
  std::optional<std::string> new_name;
  std::map<Dataset, std::string> locations;  ///< As given; an empty one takes the location away.
  AccessOptions access;
  bool with_customers = false;
  std::optional<bool> mend;
  std::optional<bool> allow_retail_prices;
  bool dry_run = false;
};

/// `actual_url`, `reservation_details_url`
std::string location_key(Dataset dataset) {
  std::string key = fmt::format("{}_url", dataset_short_name(dataset));
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

Json connection_json(const Connection& connection) {
  Json json = {{"name", connection.name}};
  for (const auto& [dataset, url] : connection.locations) json[location_key(dataset)] = url;
  json["mend"] = connection.mend;
  json["allow_retail_prices"] = connection.allow_retail_prices;
  return json;
}

void apply(const ConnectionOptions& options, Connection& connection) {
  if (options.new_name) connection.name = *options.new_name;
  for (const auto& [dataset, given] : options.locations) connection.locations[dataset] = given;
  if (options.mend) connection.mend = *options.mend;
  if (options.allow_retail_prices) connection.allow_retail_prices = *options.allow_retail_prices;
}

Result<void> check_has_source(const Connection& connection, const AzureSettings& settings) {
  const auto& locations = connection.locations;
  const auto is_given = [](const auto& location) { return !location.second.empty(); };
  if (std::any_of(locations.begin(), locations.end(), is_given) || settings.credential != "none") return ok();
  return Error{
      ErrorCode::kUsage, "the connection has no location and no way to sign in", connection.name,
      "it needs to know where exports lie, or how to reach the billing account to find and make them",
      "name locations, e.g. --actual /exports/actual-cost --amortized /exports/amortized-cost; or sign in, e.g. "
      "--tenant ID --client-id ID --client-secret-file FILE"};
}

/// A URL that can be no place in blob storage is refused at once: nothing would ever be found there.
Result<void> check_locations(const Session& session, const ConnectionOptions& options, const AzureSettings& settings) {
  APPORTION_ASSIGN(const Cloud cloud, cloud_of(session, settings));
  for (const auto& [dataset, given] : options.locations) {
    if (is_blob_location(given)) APPORTION_TRY(parse_blob_url(given, cloud.storage_suffix));
  }
  return ok();
}

/// What is probably not meant, but may come true later: the exports need not have run yet.
void warn_about_locations(Session& session, const Connection& connection) {
  Console& console = session.console();
  for (const auto& [dataset, url] : connection.locations) {
    std::error_code failure;
    if (!is_blob_location(url) && !std::filesystem::exists(url, failure)) {
      console.say(fmt::format("note: the {} location is not there yet: {}", dataset_short_name(dataset), url));
    }
  }
  const auto& locations = connection.locations;
  const bool half = locations.contains(Dataset::kActualCost) != locations.contains(Dataset::kAmortizedCost);
  if (half && !locations.contains(Dataset::kFocusCost)) {
    console.say(
        "note: a whole bill needs both the actual and the amortized export; months stay `partial` with one of them");
  }
}

/// Shows a connection that was written, or would be.
void show_written(Session& session, const Connection& connection, const std::string& done) {
  if (session.json()) return session.console().print_json(connection_json(connection));
  session.console().say(done);
  warn_about_locations(session, connection);
}

/// Keeps a connection with all that belongs to it; a SAS in a location's URL goes to the secrets.
Result<Connection> keep(Session& session, WritableWorkspace& writable, Connection connection, AzureSettings settings,
                        const ConnectionOptions& options, bool is_new) {
  APPORTION_ASSIGN(auto secrets, read_given_secrets(session, options.access));
  auto taken = take_sas_of_locations(connection.locations);
  std::move(taken.begin(), taken.end(), std::back_inserter(secrets));
  ControlPlane& control_plane = writable.workspace.control_plane;
  AzureCatalog catalog = AzureCatalog::of(control_plane);
  APPORTION_ASSIGN(ControlPlaneTransaction transaction, control_plane.begin());
  if (is_new) {
    APPORTION_ASSIGN(connection, control_plane.add_connection(connection));
  } else {
    APPORTION_ASSIGN(const Connection before, control_plane.connection(connection.id));
    APPORTION_TRY(control_plane.update_connection(connection));
    APPORTION_ASSIGN(connection, control_plane.connection(connection.id));
    APPORTION_TRY(drop_sas_of_moved(catalog, before, connection));
  }
  settings.connection = connection.id;
  if (options.access.any()) APPORTION_TRY(catalog.put_settings(settings));
  APPORTION_TRY(keep_secrets(session, writable.workspace, catalog, connection.id, secrets));
  APPORTION_TRY(transaction.commit());
  return connection;
}

/// What signing in and looking around showed; a connection that cannot be reached yet stays, and says why.
Result<ExitCode> look_around(Session& session, WritableWorkspace& writable, const Connection& connection,
                             bool with_customers) {
  Gateway gateway(session);
  auto found = discover_billing(session, writable, connection, gateway, with_customers);
  if (found) return kExitDone;
  session.console().report(found.error());
  session.console().say(fmt::format("the connection was kept; try it: apportion connection test {}", connection.name));
  return exit_code(found.error().code);
}

Result<ExitCode> run_add(Session& session, ConnectionOptions options) {
  if (options.name.empty()) APPORTION_TRY(ask_for_connection(session, options.name, options.locations, options.access));
  Connection connection;
  connection.name = options.name;
  apply(options, connection);
  AzureSettings settings;
  APPORTION_TRY(apply_access(options.access, settings));
  APPORTION_TRY(check_has_source(connection, settings));
  APPORTION_TRY(check_locations(session, options, settings));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(connection, keep(session, writable, std::move(connection), settings, options, true));
  show_written(session, connection, fmt::format("added the connection {}", connection.name));
  if (settings.credential != "none") return look_around(session, writable, connection, options.with_customers);
  session.console().say("next: apportion sync");
  return kExitDone;
}

Result<ExitCode> run_edit(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(Connection connection, writable.workspace.control_plane.connection_named(options.name));
  apply(options, connection);
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(writable.workspace));
  APPORTION_ASSIGN(auto settings, catalog.settings(connection.id));
  AzureSettings changed = settings.value_or(AzureSettings());
  APPORTION_TRY(apply_access(options.access, changed));
  APPORTION_TRY(check_has_source(connection, changed));
  APPORTION_TRY(check_locations(session, options, changed));
  APPORTION_ASSIGN(connection, keep(session, writable, std::move(connection), changed, options, false));
  show_written(session, connection, fmt::format("changed the connection {}", connection.name));
  return kExitDone;
}

Result<ExitCode> run_remove(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Connection connection, control_plane.connection_named(options.name));
  if (!options.dry_run) APPORTION_TRY(control_plane.remove_connection(connection.id));
  show_written(session, connection,
               fmt::format("{} the connection {}", options.dry_run ? "would remove" : "removed", connection.name));
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const ConnectionOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  if (session.json()) {
    Json list = Json::array();
    for (const Connection& connection : connections) list.push_back(connection_json(connection));
    session.console().print_json({{"connections", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Connection"}, {"Actual"}, {"Amortized"}, {"Focus"}};
  for (const Connection& connection : connections) {
    std::vector<TableCell> row{connection.name};
    for (const Dataset dataset : kShownDatasets) {
      const auto url = connection.location(dataset);
      row.push_back(url ? TableCell(*url) : TableCell());
    }
    table.rows.push_back(std::move(row));
  }
  if (connections.empty()) table.notices.emplace_back("there is no connection yet: apportion connection add --help");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

struct SettingsLine {
  const char* key;
  std::string AzureSettings::*text;
};

constexpr std::array kSettingsLines = {
    SettingsLine{"cloud", &AzureSettings::cloud},
    SettingsLine{"scope", &AzureSettings::scope},
    SettingsLine{"auth", &AzureSettings::credential},
    SettingsLine{"tenant", &AzureSettings::tenant},
    SettingsLine{"client_id", &AzureSettings::client_id},
    SettingsLine{"certificate", &AzureSettings::certificate_file},
    SettingsLine{"token_file", &AzureSettings::token_file},
    SettingsLine{"storage_tenant", &AzureSettings::storage_tenant},
    SettingsLine{"api_version", &AzureSettings::api_version},
};

Json azure_json(const AzureSettings& settings) {
  Json json = Json::object();
  for (const SettingsLine& line : kSettingsLines) {
    if (!(settings.*line.text).empty()) json[line.key] = settings.*line.text;
  }
  json["reports"] = settings.use_reports;
  return json;
}

std::string azure_text(const AzureSettings& settings) {
  std::string text;
  for (const SettingsLine& line : kSettingsLines) {
    if (!(settings.*line.text).empty())
      text += fmt::format("{:<14} {}\n", fmt::format("{}:", line.key), settings.*line.text);
  }
  return text;
}

Result<ExitCode> run_show(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Connection connection, workspace.control_plane.connection_named(options.name));
  APPORTION_ASSIGN(const auto imports, workspace.control_plane.imports(connection.id));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto settings, catalog.settings(connection.id));
  APPORTION_ASSIGN(const auto secrets, catalog.secrets(connection.id));
  if (session.json()) {
    Json json = connection_json(connection);
    json["imports"] = imports.size();
    if (settings) json["azure"] = azure_json(*settings);
    for (const SealedSecret& secret : secrets) {
      json["secrets"].push_back(
          {{"name", secret.name}, {"expires_on", secret.expires_on ? secret.expires_on->to_string() : ""}});
    }
    session.console().print_json(json);
    return kExitDone;
  }
  std::ostream& out = session.console().data();
  out << fmt::format("name:          {}\n", connection.name);
  for (const auto& [dataset, url] : connection.locations)
    out << fmt::format("{:<14} {}\n", fmt::format("{}:", dataset_short_name(dataset)), url);
  if (settings) out << azure_text(*settings);
  for (const SealedSecret& secret : secrets) {
    out << fmt::format(
        "{:<14} {}\n", "secret:",
        secret.expires_on ? fmt::format("{}, ends on {}", secret.name, secret.expires_on->to_string()) : secret.name);
  }
  out << fmt::format("mend:          {}\nretail prices: {}\nimports:       {}\n", connection.mend ? "yes" : "no",
                     connection.allow_retail_prices ? "allowed" : "refused", imports.size());
  return kExitDone;
}

void add_name_argument(CLI::App* command, ConnectionOptions& options) {
  command->add_option("NAME", options.name, "Name of the connection")->required();
}

void add_location_options(CLI::App* command, ConnectionOptions& options) {
  for (const Dataset dataset : kDatasets) {
    command
        ->add_option_function<std::string>(
            fmt::format("--{}", dataset_short_name(dataset)),
            [&options, dataset](const std::string& url) { options.locations[dataset] = url; },
            fmt::format("Where the {} export writes to: a folder, or its URL in blob storage", dataset_name(dataset)))
        ->type_name("URL");
  }
}

void add_choice_options(CLI::App* command, ConnectionOptions& options) {
  command->add_flag_callback(
      "--no-mend", [&options] { options.mend = false; }, "Take FOCUS files as they are, with their known holes");
  command->add_flag_callback(
      "--allow-retail-prices", [&options] { options.allow_retail_prices = true; },
      "Take files of the subscription scope, which hold retail prices");
}

}  // namespace

void add_connection_command(CLI::App& app, Action& action) {
  CLI::App* group = add_group(app, "connection", "Where Azure's exports lie, under a name: the bill source");
  auto options = std::make_shared<ConnectionOptions>();

  CLI::App* add = add_command(
      *group, "add", "Add a connection",
      "  apportion connection add --name acme --actual /exports/actual-cost --amortized /exports/amortized-cost");
  add->add_option("--name", options->name,
                  "Name: lower-case letters, digits, `.`, `_` and `-`. Without it, a terminal is asked")
      ->type_name("NAME");
  add_location_options(add, *options);
  add_choice_options(add, *options);
  options->access.add_options(add);
  add->add_flag("--with-customers", options->with_customers, "Make the customers that Azure knows child organizations");
  on_chosen(add, action, options, run_add);

  CLI::App* list = add_command(*group, "list", "List the connections", "  apportion connection list");
  on_chosen(list, action, options, run_list);

  CLI::App* show = add_command(*group, "show", "Show one connection", "  apportion connection show acme");
  add_name_argument(show, *options);
  on_chosen(show, action, options, run_show);

  CLI::App* edit = add_command(*group, "edit", "Change a connection; what is not named stays",
                               "  apportion connection edit acme --focus /exports/focus-cost\n"
                               "  apportion connection edit acme --focus ''          (take the location away)");
  add_name_argument(edit, *options);
  options->access.add_options(edit);
  edit->add_option("--name", options->new_name, "Another name; only before the first import")->type_name("NAME");
  add_location_options(edit, *options);
  add_choice_options(edit, *options);
  edit->add_flag_callback(
      "--mend", [options] { options->mend = true; }, "Mend known holes of FOCUS files");
  edit->add_flag_callback(
      "--refuse-retail-prices", [options] { options->allow_retail_prices = false; },
      "Refuse files of the subscription scope");
  on_chosen(edit, action, options, run_edit);

  add_connection_test_command(*group, action);
  add_connection_scopes_command(*group, action);
  add_connection_status_command(*group, action);

  CLI::App* remove =
      add_command(*group, "remove", "Remove a connection that has no imports", "  apportion connection remove acme");
  add_name_argument(remove, *options);
  add_dry_run_option(remove, options->dry_run);
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
