#include "serve/cli/probe_view.h"

#include <utility>

#include <fmt/format.h>

#include "application/export_settings.h"
#include "pipeline/fetch/folder_store.h"

namespace apportion {
namespace {

Result<ProbeStorage> probe_storage(Dataset dataset, const std::string& location, const AzureSession& azure) {
  APPORTION_ASSIGN(BlobUrl url, parse_blob_url(location, azure.cloud().storage_suffix));
  ProbeStorage storage;
  storage.dataset = dataset_short_name(dataset);
  storage.account = url.account;
  storage.container = url.container;
  storage.container_url = url.container_url();
  storage.prefix = url.prefix;
  storage.sas = url.sas.empty() ? azure.access_to(dataset).sas : url.sas;
  return storage;
}

Probe failed_probe(std::string name, std::string where, const Error& error) {
  Probe probe;
  probe.name = std::move(name);
  probe.where = std::move(where);
  probe.state = ProbeState::kFailed;
  probe.said = error.what + (error.why.empty() ? "" : ": " + error.why);
  probe.next = error.next;
  return probe;
}

// A folder needs no Azure permissions; it only has to exist.
Probe probe_folder(Dataset dataset, const std::string& location) {
  const auto store = FolderStore::at(location);
  if (!store) return failed_probe("folder-readable", location, store.error());
  Probe probe;
  probe.name = "folder-readable";
  probe.where = location;
  probe.said = fmt::format("the {} folder can be read", dataset_short_name(dataset));
  return probe;
}

Result<ProbeSettings> probe_settings(const Connection& connection, AzureSession& azure,
                                     const std::vector<SealedSecret>& secrets, const std::vector<Expiry>& expiries,
                                     std::vector<Probe>& probes) {
  const AzureSettings& kept = azure.settings();
  ProbeSettings settings;
  settings.signs_in = azure.tokens() != nullptr;
  settings.client_id = kept.client_id;
  settings.tenant = kept.tenant;
  settings.storage_tenant = kept.storage_tenant;
  settings.exports_version = kept.api_version;
  if (!kept.scope.empty()) {
    APPORTION_ASSIGN(settings.scope, parse_scope(kept.scope));
  }
  settings.manages_exports = !kept.exports_wanted.empty();
  APPORTION_ASSIGN(const ExportWishes wishes, merged_wishes(kept.exports_wanted, {}));
  settings.storage_account_id = wishes.storage.value_or("");
  settings.storage_has_firewall = wishes.identity_location.has_value();
  for (const auto& [dataset, location] : connection.locations) {
    if (!is_blob_location(location)) {
      probes.push_back(probe_folder(dataset, location));
      continue;
    }
    auto storage = probe_storage(dataset, location, azure);
    if (storage) {
      settings.locations.push_back(std::move(storage).value());
    } else {
      probes.push_back(failed_probe("location", shown_url(location), storage.error()));
    }
  }
  for (const SealedSecret& secret : secrets) {
    if (secret.expires_on) settings.expiries.push_back({"the " + secret.name, *secret.expires_on});
  }
  for (const Expiry& expiry : expiries) {
    if (expiry.connection == connection.name) settings.expiries.push_back({"the " + expiry.what, expiry.on});
  }
  return settings;
}

}  // namespace

Result<std::vector<Probe>> probe_connection(const Workspace& workspace, const AzureCatalog& catalog,
                                            const Connection& connection, Gateway& gateway) {
  std::vector<Probe> probes;
  auto azure = AzureSession::open(workspace, catalog, connection, gateway, &gateway.impatient());
  if (!azure) {
    probes.push_back(failed_probe("settings", connection.name, azure.error()));
    return probes;
  }
  APPORTION_ASSIGN(const auto secrets, catalog.secrets(connection.id));
  APPORTION_ASSIGN(const auto expiries, file_expiries(gateway.world().variable, workspace, catalog));
  APPORTION_ASSIGN(const ProbeSettings settings, probe_settings(connection, **azure, secrets, expiries, probes));
  if (!settings.signs_in && settings.locations.empty()) return probes;  // folders only
  const ProbeWorld world{&gateway.impatient(), (*azure)->tokens(), (*azure)->cloud(), gateway.cancel(),
                         workspace.clock};
  APPORTION_ASSIGN(auto found, run_probes(world, settings));
  std::move(found.begin(), found.end(), std::back_inserter(probes));
  return probes;
}

Table probes_table(const std::vector<Probe>& probes) {
  Table table;
  table.columns = {{"Probe"}, {"State"}, {"Where"}, {"Found"}};
  for (const Probe& probe : probes)
    table.rows.push_back({probe.name, std::string(probe_state_name(probe.state)), probe.where, probe.said});
  return table;
}

Json probe_json(const Probe& probe) {
  Json json = {
      {"probe", probe.name}, {"state", probe_state_name(probe.state)}, {"where", probe.where}, {"said", probe.said}};
  const auto add = [&json](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  if (probe.cause != ProbeCause::kNone) json["cause"] = probe_cause_name(probe.cause);
  add("role", probe.role);
  add("role_scope", probe.role_scope);
  add("principal", probe.principal);
  add("command", probe.command);
  add("next", probe.next);
  return json;
}

void say_remedies(Console& console, const std::vector<Probe>& probes) {
  for (const Probe& probe : probes) {
    if (probe.state != ProbeState::kFailed && probe.state != ProbeState::kWarning) continue;
    console.say(fmt::format("{} {}: {}", probe.name, probe_state_name(probe.state), probe.where));
    if (!probe.said.empty()) console.say("  found: " + probe.said);
    if (!probe.role.empty())
      console.say(fmt::format("  role:  {} at {}{}", probe.role, probe.role_scope,
                              probe.principal.empty() ? "" : ", for " + probe.principal));
    if (!probe.next.empty()) console.say("  next:  " + probe.next);
    if (!probe.command.empty()) console.say("  run:   " + probe.command);
  }
}

}  // namespace apportion
