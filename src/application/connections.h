/// Connections: added, changed and removed with all that belongs to them, including their secrets.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "application/azure_sessions.h"
#include "application/connection_access.h"
#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/invoices/bill_columns.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"

namespace apportion {

/// What was given; what was not given stays as it is.
struct ConnectionRequest {
  std::optional<std::string> name;
  std::map<Dataset, std::string> locations;  ///< As given; an empty one takes the location away.
  AccessRequest access;
  std::optional<bool> mend;
  std::optional<bool> allow_retail_prices;
  std::optional<bool> allow_overlap;
  std::optional<BillColumns> distributor;  ///< What the columns of its distributor's bills mean.
  bool without_distributor = false;
};

/// A connection with how it reaches Azure and what it has.
struct ConnectionDetails {
  Connection connection;
  std::optional<AzureSettings> settings;
  std::optional<LegacySettings> legacy = {};
  std::string distributor = {};  ///< What the columns of its distributor's bills mean; empty if it has none.
  std::vector<SealedSecret> secrets;
  std::size_t imports = 0;
};

/// By name.
Result<std::vector<Connection>> list_connections(const Caller& caller, const Workspace& workspace);
Result<ConnectionDetails> connection_details(const Caller& caller, const Workspace& workspace, const std::string& name);

struct KeptConnection {
  Connection connection;
  bool signs_in = false;
};

/// Whether the request could make a new connection, as far as can be judged without a home.
Result<void> check_new_connection(const Environment& environment, const ConnectionRequest& request);

/// A SAS in a location's URL goes to the secrets. Refused when another connection has one of its locations of charges,
/// or covers the same costs, unless one of the two allows it. kConnectionHasNoSource when nothing says where exports
/// lie or how to find them.
Result<KeptConnection> add_connection(const Caller& caller, WritableWorkspace& writable, const Environment& environment,
                                      const ConnectionRequest& request);
Result<KeptConnection> edit_connection(const Caller& caller, WritableWorkspace& writable,
                                       const Environment& environment, const std::string& name,
                                       const ConnectionRequest& request);
struct ConnectionRemoval {
  std::string name;
  bool with_imports = false;  ///< Everything that was taken in goes too; needs a reason.
  std::string reason;
  bool dry_run = false;
  Review review = {};  ///< Asked with imports, before they go.
};

struct RemovedConnection {
  Connection connection;
  std::size_t imports = 0;    ///< That were removed with it.
  std::vector<Month> months;  ///< That are no longer in the calendar.
  std::optional<AmountChanges> changes;
  bool left_alone = false;  ///< By a dry run, or because the review said no.
};

/// Refused while the connection has imports, unless they go too; then while a month of it is locked. Superseded and
/// withdrawn imports go as well; the next writer clears the files away. Errors: kNoSuchConnection; kConnectionInUse;
/// kMonthLocked; kReasonMissing.
Result<RemovedConnection> remove_connection(const Caller& caller, WritableWorkspace& writable,
                                            const ConnectionRemoval& removal);

/// What is probably not intended, but may be fine later: the exports need not have run yet.
struct ConnectionDoubts {
  std::vector<Dataset> folders_not_there;
  /// Only one of the actual and the amortized export, and no FOCUS export: months stay `partial`.
  bool has_half_a_bill = false;
};
ConnectionDoubts doubts_about(const Connection& connection);

}  // namespace apportion
