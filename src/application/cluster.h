/// A Trino cluster over the lake's Delta tables: its settings, and asking it instead of the embedded engine.
///
/// What a command reads through it is the same, whichever engine answers. The password or token is sealed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "application/azure_sessions.h"
#include "application/reading.h"
#include "application/writable_workspace.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

enum class EngineChoice {
  kEmbedded,  ///< The engine of this process.
  kTrino,     ///< The cluster of the settings.
};

struct ClusterSettings {
  std::string url;
  std::string catalog;
  std::string schema;
  std::string user;
  std::string session;             ///< Session properties, as `name=value,name=value`.
  bool answers_by_itself = false;  ///< Commands ask the cluster unless they are told otherwise.
};

/// The settings as people may see them.
struct ClusterView : ClusterSettings {
  std::string signs_in_by;  ///< `password`, `token` or `nothing`.
};

struct ClusterRequest : ClusterSettings {
  std::optional<std::string> password{};  ///< At most one of the two; none: as it is, unless the address changes.
  std::optional<std::string> token{};
};

/// Keeps the settings, and seals the secret. Errors: kSettingValueInvalid; kPartnerOnly; no key.
Result<ClusterView> set_cluster(const Caller& caller, const Environment& environment, WritableWorkspace& writable,
                                const ClusterRequest& request);
/// Errors: kNoSuchSetting if there is none.
Result<ClusterView> cluster_of(const Caller& caller, const Workspace& workspace);
Result<void> remove_cluster(const Caller& caller, WritableWorkspace& writable);

/// What asks a home by one engine or the other. The workspace must outlive it, and stay where it is.
class EngineReading {
 public:
  /// `home` is of the same workspace. `choice`: nothing for what the settings say. `cancel` ends what the cluster was
  /// asked. Errors: kNoSuchSetting if a cluster is wanted and none is set; kDeltaTablesStale; those of asking the
  /// cluster whether it is there.
  static Result<EngineReading> open(const Caller& caller, const Workspace& workspace, const Environment& environment,
                                    Reading home, std::optional<EngineChoice> choice, const Cancel& cancel);
  EngineReading(EngineReading&&) noexcept;
  EngineReading& operator=(EngineReading&&) noexcept;
  ~EngineReading();

  LakeReader& lake();
  /// The embedded engine, for what is written here.
  Reading& home() { return *home_; }
  /// Who answered, in words; empty if it was the embedded engine alone.
  std::string answered_by() const;

 private:
  class Cluster;
  explicit EngineReading(std::unique_ptr<Reading> home);
  std::unique_ptr<Reading> home_;
  std::unique_ptr<Cluster> cluster_;
};

/// Asks the cluster of the settings for its version, and whether it has the tables of this home; returns a line for
/// each thing that was found.
Result<std::vector<std::string>> check_cluster(const Caller& caller, const Workspace& workspace,
                                               const Environment& environment, const Cancel& cancel);

/// Makes the home's Delta tables known to the cluster, as far as they are not; returns their names. `place`: where its
/// nodes find the folder of the tables, as Trino writes it; nothing for the path on this machine. Errors: those of the
/// cluster, such as that its catalog does not let tables be registered.
Result<std::vector<std::string>> register_tables(const Caller& caller, const Workspace& workspace,
                                                 const Environment& environment,
                                                 const std::optional<std::string>& place, const Cancel& cancel);

}  // namespace apportion
