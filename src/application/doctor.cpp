#include "application/doctor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/connection_tests.h"
#include "application/customers.h"
#include "application/export_settings.h"
#include "application/overlaps.h"
#include "application/partner_only.h"
#include "foundation/base/count_text.h"
#include "foundation/base/disk_space.h"
#include "foundation/base/next_step.h"
#include "lake/cleaner.h"
#include "lake/delta_tables.h"
#include "lake/lake.h"
#include "pipeline/fetch/folder_store.h"

namespace apportion {
namespace {

constexpr std::uintmax_t kFreeBytesLeast = std::uintmax_t{5} << 30;

void tell(const Workspace& workspace, const std::string& line) {
  if (workspace.talk) workspace.talk(line);
}

Probe probe_disk(const Workspace& workspace) {
  const std::string folder = workspace.home.folder().string();
  const auto space = disk_space_of(folder);
  if (!space) return probe_error("disk-space", folder, ProbeCause::kNone, space.error());
  Probe probe = probe_ok("disk-space", folder, gibibytes_text(space->free_bytes) + " free");
  if (space->free_bytes >= kFreeBytesLeast) return probe;
  probe.state = ProbeState::kWarning;
  probe.next = "free some space: an import needs about a fifth of the size of its CSV files";
  return probe;
}

// One probe for the control plane, or one for each damaged part.
Result<std::vector<Probe>> probe_control_plane(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto damages, workspace.control_plane.damages(PlaneCheck::kWhole));
  std::vector<Probe> probes;
  for (const Error& damage : damages)
    probes.push_back(probe_error("control-plane", damage.where, ProbeCause::kNone, damage));
  if (!probes.empty()) return probes;
  return std::vector{probe_ok("control-plane", workspace.home.control_plane_file().string(),
                              "every row is intact, and so are the pages, the indexes and the audit log")};
}

// One probe for all files of the lake, or one for each damaged file.
Result<std::vector<Probe>> probe_lake(const Workspace& workspace, FileCheck check) {
  const Lake lake(workspace.home);
  APPORTION_ASSIGN(const auto files, workspace.control_plane.known_lake_files());
  tell(workspace, fmt::format("checking {}", count_of(static_cast<std::int64_t>(files.size()), "file")));
  std::vector<Probe> probes;
  for (const LakeFile& file : files) {
    if (const auto damage = lake.damage_of(file, check))
      probes.push_back(probe_error("lake", damage->where, ProbeCause::kNone, *damage));
  }
  if (!probes.empty()) return probes;
  const std::string found = count_of(static_cast<std::int64_t>(files.size()), "file is", "files are");
  return std::vector{probe_ok("lake", workspace.home.lake().string(),
                              check == FileCheck::kSize ? found + " there, with the size that was published"
                                                        : found + " as published, to the last byte")};
}

// What somebody else put into the home. Nothing reads, copies or removes it.
Result<Probe> probe_foreign_files(const Workspace& workspace) {
  constexpr std::size_t kNamed = 20;
  APPORTION_ASSIGN(std::vector<std::string> foreign, foreign_entries(workspace.home, workspace.control_plane));
  Probe probe =
      probe_ok("foreign-files", workspace.home.folder().string(), "lake and tmp hold this program's files only");
  if (foreign.empty()) return probe;
  const std::size_t more = foreign.size() - std::min(foreign.size(), kNamed);
  foreign.resize(foreign.size() - more);
  probe.state = ProbeState::kWarning;
  probe.said = fmt::format("this program did not write {}{}", fmt::join(foreign, ", "),
                           more == 0 ? "" : fmt::format(" and {} more", more));
  probe.next = "move it out of the home: it is neither used nor backed up, and never removed";
  return probe;
}

// Other programs read them; nothing of this program does.
Result<Probe> probe_delta_tables(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto differing, differing_delta_tables(workspace.home, workspace.control_plane));
  Probe probe =
      probe_ok("delta-tables", (workspace.home.folder() / "delta").string(), "the Delta tables show what is published");
  if (differing.empty()) return probe;
  probe.state = ProbeState::kWarning;
  probe.said = fmt::format("not what is published: {}", fmt::join(differing, ", "));
  probe.next = "the next command that writes brings them up to date, unless the disk refuses";
  return probe;
}

Probe probe_key(const Environment& environment, const Workspace& workspace) {
  const auto box = SecretBox::with_key_of(workspace.home.folder(), environment, SecretBox::Use::kOpen);
  if (box) {
    Probe probe = probe_ok("secret-key", box->key_source(), "the key that secrets are sealed with can be read");
    if (!box->is_rotating()) return probe;
    probe.state = ProbeState::kWarning;
    probe.said = "its last rotation was interrupted: the key before still opens secrets";
    probe.next = "rotate the key again: that finishes it";
    return probe;
  }
  return probe_error("secret-key", workspace.home.folder().string(), ProbeCause::kNone, box.error());
}

Probe probe_lock(const Workspace& workspace) {
  const auto lock = workspace.home.lock_for_writing();
  Probe probe = probe_ok("lock", workspace.home.folder().string(), "no other process is writing to the home");
  if (lock) return probe;
  probe.state = ProbeState::kWarning;
  probe.said = lock.error().why;
  return probe;
}

std::string months_text(const std::vector<Month>& months) {
  if (months.empty()) return "their future months";
  return months.size() == 1
             ? months.front().to_string()
             : fmt::format("{} months, {} to {}", months.size(), months.front().to_string(), months.back().to_string());
}

Result<void> probe_overlaps(const Workspace& workspace, const std::optional<std::string>& connection,
                            std::vector<Probe>& probes) {
  APPORTION_ASSIGN(const auto overlaps, find_overlaps(workspace));
  for (const OverlappingConnections& overlap : overlaps) {
    const auto& [first, second, months, why] = overlap;
    if (connection && first.name != *connection && second.name != *connection) continue;
    Probe probe = probe_ok("same-bill-twice", fmt::format("{} and {}", first.name, second.name),
                           fmt::format("costs of {} count twice: {}", months_text(months), why));
    if (first.allow_overlap || second.allow_overlap) {
      probe.state = ProbeState::kWarning;
    } else {
      probe.state = ProbeState::kFailed;
      probe.next = "keep one of the two; to count the costs twice on purpose: " +
                   step(Step::kAllowOverlap, {{"connection", second.name}});
    }
    probes.push_back(std::move(probe));
  }
  return ok();
}

// Tenants that older versions accepted.
Result<Probe> probe_tenants(const Workspace& workspace) {
  APPORTION_ASSIGN(const std::vector<Customer> customers, workspace.control_plane.customers());
  const std::vector<std::string> wrong = tenants_without_guid(customers);
  Probe probe = probe_ok("customer-tenants", workspace.home.folder().string(), "tenants of customers are GUIDs");
  if (wrong.empty()) return probe;
  probe.state = ProbeState::kWarning;
  probe.said = fmt::format("not a GUID, so no charge can match it: {}", fmt::join(wrong, ", "));
  probe.next = "replace it with the tenant's GUID: " + step(Step::kReplaceTenant);
  return probe;
}

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

// A folder needs no Azure permissions; it only has to exist.
Probe probe_folder(Dataset dataset, const std::string& location) {
  const auto store = FolderStore::at(location);
  if (!store) return probe_error("folder-readable", location, ProbeCause::kNone, store.error());
  return probe_ok("folder-readable", location, fmt::format("the {} folder can be read", dataset_short_name(dataset)));
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
  if (const auto& error = azure.graph_error()) {
    probes.push_back(probe_error("token-graph", connection.name, ProbeCause::kNone, *error));
  } else if (const auto& legacy = azure.legacy()) {
    settings.graph = ProbeGraph{azure.graph_tokens(), azure.graph_tenant(),
                                legacy->client_id.empty() ? kept.client_id : legacy->client_id};
  }
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
      probes.push_back(probe_error("location", shown_url(location), ProbeCause::kNone, storage.error()));
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

Result<std::vector<Probe>> probes_of(const Workspace& workspace, const AzureCatalog& catalog, Gateway& gateway,
                                     const Connection& connection) {
  std::vector<Probe> probes;
  auto azure = AzureSession::open(workspace, catalog, connection, gateway, &gateway.impatient());
  if (!azure) {
    probes.push_back(probe_error("settings", connection.name, ProbeCause::kNone, azure.error()));
    return probes;
  }
  APPORTION_ASSIGN(const auto secrets, catalog.secrets(connection.id));
  APPORTION_ASSIGN(const auto expiries, file_expiries(gateway.world().variable, workspace, catalog));
  APPORTION_ASSIGN(const ProbeSettings settings, probe_settings(connection, **azure, secrets, expiries, probes));
  if (!settings.signs_in && settings.locations.empty() && !settings.graph) return probes;  // folders only
  const ProbeWorld world{&gateway.impatient(), (*azure)->tokens(), (*azure)->cloud(), gateway.cancel(),
                         workspace.clock};
  APPORTION_ASSIGN(auto found, run_probes(world, settings));
  std::move(found.begin(), found.end(), std::back_inserter(probes));
  return probes;
}

// What the control plane says about connections and customers; unreliable while it is damaged.
Result<void> probe_content(const Workspace& workspace, Gateway& gateway, const DoctorRequest& request,
                           std::vector<Probe>& all) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const bool has_secrets, catalog.has_secrets());
  if (has_secrets) all.push_back(probe_key(gateway.world().variable, workspace));
  APPORTION_ASSIGN(Probe tenants, probe_tenants(workspace));
  all.push_back(std::move(tenants));
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  for (const Connection& connection : connections) {
    if (request.connection && connection.name != *request.connection) continue;
    tell(workspace, "probing " + connection.name);
    APPORTION_ASSIGN(auto probes, probes_of(workspace, catalog, gateway, connection));
    for (Probe& probe : probes) {
      probe.name = connection.name + " " + probe.name;
      all.push_back(std::move(probe));
    }
  }
  if (request.connection) APPORTION_TRY(workspace.control_plane.connection_named(*request.connection));
  return probe_overlaps(workspace, request.connection, all);
}

}  // namespace

Result<std::vector<Probe>> probe_home(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                      const DoctorRequest& request) {
  APPORTION_TRY(check_partner(caller));
  std::vector<Probe> all = {probe_disk(workspace), probe_lock(workspace)};
  APPORTION_ASSIGN(auto plane, probe_control_plane(workspace));
  const bool is_sound = all_well(plane);
  std::move(plane.begin(), plane.end(), std::back_inserter(all));
  if (!is_sound) return all;
  APPORTION_ASSIGN(auto lake, probe_lake(workspace, request.quick ? FileCheck::kSize : FileCheck::kContent));
  std::move(lake.begin(), lake.end(), std::back_inserter(all));
  APPORTION_ASSIGN(Probe foreign, probe_foreign_files(workspace));
  all.push_back(std::move(foreign));
  APPORTION_ASSIGN(Probe delta, probe_delta_tables(workspace));
  all.push_back(std::move(delta));
  APPORTION_TRY(probe_content(workspace, gateway, request, all));
  return all;
}

Result<std::vector<Probe>> probe_connection(const Caller& caller, const Workspace& workspace, Gateway& gateway,
                                            const std::string& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const Connection named, workspace.control_plane.connection_named(connection));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(auto probes, probes_of(workspace, catalog, gateway, named));
  APPORTION_TRY(keep_connection_test(caller, workspace, named, probes));
  return probes;
}

}  // namespace apportion
