#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/customers.h"
#include "application/overlaps.h"
#include "foundation/base/count_text.h"
#include "lake/cleaner.h"
#include "lake/lake.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/probe_view.h"

namespace apportion {
namespace {

struct DoctorOptions {
  std::optional<std::string> connection;
  bool quick = false;
};

constexpr std::uintmax_t kFreeBytesLeast = std::uintmax_t{5} << 30;

Probe home_probe(const std::string& name, const std::filesystem::path& where, std::string said) {
  Probe probe;
  probe.name = name;
  probe.where = where.string();
  probe.said = std::move(said);
  return probe;
}

Probe failed_probe(const std::string& name, const std::filesystem::path& where, const Error& error) {
  Probe probe = home_probe(name, where, error.what + ": " + error.why);
  probe.state = ProbeState::kFailed;
  probe.next = error.next;
  return probe;
}

Probe probe_disk(const Workspace& workspace) {
  std::error_code failure;
  const auto space = std::filesystem::space(workspace.home.folder(), failure);
  Probe probe = home_probe("disk-space", workspace.home.folder(), fmt::format("{} GiB free", space.available >> 30));
  if (!failure && space.available >= kFreeBytesLeast) return probe;
  probe.state = ProbeState::kWarning;
  probe.next = "free some space: an import needs about a fifth of the size of its CSV files";
  return probe;
}

// One probe for the control plane, or one for each damaged part.
Result<std::vector<Probe>> probe_control_plane(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto damages, workspace.control_plane.damages(PlaneCheck::kWhole));
  std::vector<Probe> probes;
  for (const Error& damage : damages) probes.push_back(failed_probe("control-plane", damage.where, damage));
  if (!probes.empty()) return probes;
  return std::vector{home_probe("control-plane", workspace.home.control_plane_file(),
                                "every row is intact, and so are the pages, the indexes and the audit log")};
}

// One probe for all files of the lake, or one for each damaged file.
Result<std::vector<Probe>> probe_lake(Session& session, const Workspace& workspace, FileCheck check) {
  const Lake lake(workspace.home);
  APPORTION_ASSIGN(const auto files, workspace.control_plane.known_lake_files());
  session.console().progress(fmt::format("checking {}", count_of(static_cast<std::int64_t>(files.size()), "file")));
  std::vector<Probe> probes;
  for (const LakeFile& file : files) {
    if (const auto damage = lake.damage_of(file, check)) probes.push_back(failed_probe("lake", damage->where, *damage));
  }
  if (!probes.empty()) return probes;
  const std::string found = count_of(static_cast<std::int64_t>(files.size()), "file is", "files are");
  return std::vector{home_probe("lake", workspace.home.lake(),
                                check == FileCheck::kSize ? found + " there, with the size that was published"
                                                          : found + " as published, to the last byte")};
}

// What somebody else put into the home. Nothing reads, copies or removes it.
Result<Probe> probe_foreign_files(const Workspace& workspace) {
  constexpr std::size_t kNamed = 20;
  APPORTION_ASSIGN(std::vector<std::string> foreign, foreign_entries(workspace.home, workspace.control_plane));
  Probe probe = home_probe("foreign-files", workspace.home.folder(), "lake and tmp hold this program's files only");
  if (foreign.empty()) return probe;
  const std::size_t more = foreign.size() - std::min(foreign.size(), kNamed);
  foreign.resize(foreign.size() - more);
  probe.state = ProbeState::kWarning;
  probe.said = fmt::format("this program did not write {}{}", fmt::join(foreign, ", "),
                           more == 0 ? "" : fmt::format(" and {} more", more));
  probe.next = "move it out of the home: it is neither used nor backed up, and never removed";
  return probe;
}

Probe probe_key(const Session& session, const Workspace& workspace) {
  const auto box = SecretBox::with_key_of(workspace.home.folder(), session.world().variable, SecretBox::Use::kOpen);
  if (box) return home_probe("secret-key", box->key_source(), "the key that secrets are sealed with can be read");
  return failed_probe("secret-key", workspace.home.folder(), box.error());
}

Probe probe_lock(const Workspace& workspace) {
  const auto lock = workspace.home.lock_for_writing();
  Probe probe = home_probe("lock", workspace.home.folder(), "no other process is writing to the home");
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
    Probe probe;
    probe.name = "same-bill-twice";
    probe.where = fmt::format("{} and {}", first.name, second.name);
    probe.said = fmt::format("costs of {} count twice: {}", months_text(months), why);
    if (first.allow_overlap || second.allow_overlap) {
      probe.state = ProbeState::kWarning;
    } else {
      probe.state = ProbeState::kFailed;
      probe.next = fmt::format(
          "keep one of the two; to count the costs twice on purpose: apportion connection edit {} "
          "--allow-overlap",
          second.name);
    }
    probes.push_back(std::move(probe));
  }
  return ok();
}

// Tenants that older versions accepted.
Result<Probe> probe_tenants(const Workspace& workspace) {
  APPORTION_ASSIGN(const std::vector<Customer> customers, workspace.control_plane.customers());
  const std::vector<std::string> wrong = tenants_without_guid(customers);
  Probe probe = home_probe("customer-tenants", workspace.home.folder(), "tenants of customers are GUIDs");
  if (wrong.empty()) return probe;
  probe.state = ProbeState::kWarning;
  probe.said = fmt::format("not a GUID, so no charge can match it: {}", fmt::join(wrong, ", "));
  probe.next = "replace it with the tenant's GUID: apportion customer edit ID --add-tenant GUID --remove-tenant TEXT";
  return probe;
}

// What the control plane says about connections and customers; unreliable while it is damaged.
Result<void> probe_content(Session& session, const Workspace& workspace, const DoctorOptions& options,
                           std::vector<Probe>& all) {
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const bool has_secrets, catalog.has_secrets());
  if (has_secrets) all.push_back(probe_key(session, workspace));
  APPORTION_ASSIGN(Probe tenants, probe_tenants(workspace));
  all.push_back(std::move(tenants));
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  for (const Connection& connection : connections) {
    if (options.connection && connection.name != *options.connection) continue;
    session.console().progress("probing " + connection.name);
    APPORTION_ASSIGN(auto probes, probe_connection(workspace, catalog, connection, gateway));
    for (Probe& probe : probes) {
      probe.name = connection.name + " " + probe.name;
      all.push_back(std::move(probe));
    }
  }
  if (options.connection) APPORTION_TRY(workspace.control_plane.connection_named(*options.connection));
  return probe_overlaps(workspace, options.connection, all);
}

Result<ExitCode> run_doctor(Session& session, const DoctorOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open(OnDamage::kGoOn));
  std::vector<Probe> all = {probe_disk(workspace), probe_lock(workspace)};
  APPORTION_ASSIGN(auto plane, probe_control_plane(workspace));
  const bool is_sound = all_well(plane);
  std::move(plane.begin(), plane.end(), std::back_inserter(all));
  if (is_sound) {
    APPORTION_ASSIGN(auto lake, probe_lake(session, workspace, options.quick ? FileCheck::kSize : FileCheck::kContent));
    std::move(lake.begin(), lake.end(), std::back_inserter(all));
    APPORTION_ASSIGN(Probe foreign, probe_foreign_files(workspace));
    all.push_back(std::move(foreign));
    APPORTION_TRY(probe_content(session, workspace, options, all));
  }
  if (session.json()) {
    Json list = Json::array();
    for (const Probe& probe : all) list.push_back(probe_json(probe));
    session.console().print_json({{"well", all_well(all)}, {"probes", std::move(list)}});
  } else {
    APPORTION_TRY(session.console().print_table(probes_table(all)));
    say_remedies(session.console(), all);
    if (all_well(all)) session.console().say("all is well");
  }
  return all_well(all) ? kExitDone : kExitCheckFailed;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = add_command(app, "doctor", "Probe the home and every permission of every connection",
                                  "  apportion doctor\n  apportion doctor --connection acme");
  add_connection_option(command, options->connection, "This connection only (default: all)");
  command->add_flag("--quick", options->quick, "Compare only the sizes of the lake's files, not their content");
  on_chosen(command, action, options, run_doctor);
}

}  // namespace apportion
