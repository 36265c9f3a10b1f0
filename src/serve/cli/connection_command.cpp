#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "serve/cli/commands_internal.h"

namespace apportion {
namespace {

/// The columns of `connection list`; the others are in `connection show`.
constexpr std::array kShownDatasets = {Dataset::kActualCost, Dataset::kAmortizedCost, Dataset::kFocusCost};

struct ConnectionOptions {
  std::string name;
  std::optional<std::string> new_name;
  std::map<Dataset, std::string> locations;  ///< As given; an empty one takes the location away.
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

Result<void> check_has_location(const Connection& connection) {
  const auto& locations = connection.locations;
  const auto is_given = [](const auto& location) { return !location.second.empty(); };
  if (std::any_of(locations.begin(), locations.end(), is_given)) return ok();
  return Error{ErrorCode::kUsage, "the connection has no location", connection.name,
               "at least one of --actual, --amortized and --focus is needed; a whole bill needs the first two",
               "name the folders that the exports write to, e.g. --actual /exports/actual-cost"};
}

/// What is probably not meant, but may come true later: the exports need not have run yet.
void warn_about_locations(Session& session, const Connection& connection) {
  Console& console = session.console();
  for (const auto& [dataset, url] : connection.locations) {
    std::error_code failure;
    if (!std::filesystem::exists(url, failure)) {
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

Result<ExitCode> run_add(Session& session, const ConnectionOptions& options) {
  Connection connection;
  connection.name = options.name;
  apply(options, connection);
  APPORTION_TRY(check_has_location(connection));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(connection, writable.workspace.control_plane.add_connection(connection));
  show_written(session, connection, fmt::format("added the connection {}", connection.name));
  session.console().say("next: apportion sync");
  return kExitDone;
}

Result<ExitCode> run_edit(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(Connection connection, control_plane.connection_named(options.name));
  apply(options, connection);
  APPORTION_TRY(check_has_location(connection));
  APPORTION_TRY(control_plane.update_connection(connection));
  APPORTION_ASSIGN(connection, control_plane.connection(connection.id));
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

Result<ExitCode> run_show(Session& session, const ConnectionOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Connection connection, workspace.control_plane.connection_named(options.name));
  APPORTION_ASSIGN(const auto imports, workspace.control_plane.imports(connection.id));
  if (session.json()) {
    Json json = connection_json(connection);
    json["imports"] = imports.size();
    session.console().print_json(json);
    return kExitDone;
  }
  std::ostream& out = session.console().data();
  out << fmt::format("name:          {}\n", connection.name);
  for (const auto& [dataset, url] : connection.locations)
    out << fmt::format("{:<14} {}\n", fmt::format("{}:", dataset_short_name(dataset)), url);
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
            fmt::format("Where the {} export writes to: a folder or file:// URL", dataset_name(dataset)))
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
  add->add_option("--name", options->name, "Name: lower-case letters, digits, `.`, `_` and `-`")
      ->required()
      ->type_name("NAME");
  add_location_options(add, *options);
  add_choice_options(add, *options);
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
  edit->add_option("--name", options->new_name, "Another name; only before the first import")->type_name("NAME");
  add_location_options(edit, *options);
  add_choice_options(edit, *options);
  edit->add_flag_callback(
      "--mend", [options] { options->mend = true; }, "Mend known holes of FOCUS files");
  edit->add_flag_callback(
      "--refuse-retail-prices", [options] { options->allow_retail_prices = false; },
      "Refuse files of the subscription scope");
  on_chosen(edit, action, options, run_edit);

  CLI::App* remove =
      add_command(*group, "remove", "Remove a connection that has no imports", "  apportion connection remove acme");
  add_name_argument(remove, *options);
  add_dry_run_option(remove, options->dry_run);
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
