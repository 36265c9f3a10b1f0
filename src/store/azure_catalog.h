/// AzureCatalog: the part of the control plane that records how connections reach Azure, and with what results.
///
/// It is stored in the same SQLite file as the rest. Secrets come and go sealed (`secret_box.h`): this class never sees
/// one in the clear. Each call is one transaction; changes of access are written to the audit log. Not thread-safe: use
/// one per thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "foundation/model/ids.h"
#include "store/control_plane.h"

namespace apportion {

/// How a connection signs in, and what it reads. Contains no secrets.
struct AzureSettings {
  ConnectionId connection{};
  std::string cloud = "public";  ///< `public`, `usgov`, `china`, or `custom` with the three endpoints.
  std::string login;
  std::string arm;
  std::string storage_suffix;
  std::string scope;                ///< ARM id of the billing scope; empty when only storage is read.
  std::string credential = "none";  ///< A kind that `parse_credential_kind` accepts.
  std::string tenant;
  std::string client_id;
  std::string certificate_file;
  std::string token_file;
  bool sign_with_rs256 = false;
  std::string storage_tenant;              ///< Tenant whose tokens storage accepts; empty: `tenant`.
  std::string api_version = "2025-03-01";  ///< Of Cost Management.
  bool use_reports = false;                ///< No exports: request a Cost Details report for each month.
  std::string exports_wanted;              ///< JSON: the exports that Azure should have; empty: not decided yet.
  std::string graph = {};                  ///< Microsoft Graph's endpoint of a custom cloud.
};

/// The legacy way beside exports: which lines of invoices are fetched from Microsoft Graph. Contains no secrets.
struct LegacySettings {
  std::vector<Dataset> datasets;  ///< Of `kInvoiceDatasets`; never empty.
  std::string credential;         ///< A kind as in AzureSettings; empty: the connection's own signs in.
  std::string tenant;             ///< Of the partner; empty: the connection's.
  std::string client_id;
  std::string certificate_file;
  std::string token_file;

  bool signs_in_by_itself() const { return !credential.empty(); }
};

/// What Microsoft Graph answered last about the lines of an invoice.
struct FetchedLines {
  Dataset dataset = Dataset::kInvoiceReconciliation;
  std::string invoice;
  std::string etag;  ///< Of the lines that were imported; empty if there were none.
  Day asked_on = Day(0);
};

struct SealedSecret {
  std::string owner;  ///< The owner that the seal names; see `SecretName::owner`.
  std::string name;   ///< `client-secret`, `certificate-password`, `sas`, …
  std::string sealed;
  std::optional<Day> expires_on = std::nullopt;
};

enum class SyncOutcome { kTaken, kNothingNew, kProblems, kFailed };
std::string_view sync_outcome_name(SyncOutcome outcome);

struct SyncAttempt {
  std::int64_t id = 0;
  ConnectionId connection{};
  std::string started_at;  ///< UTC, `2026-11-22T11:00:00Z`.
  std::string ended_at;
  SyncOutcome outcome = SyncOutcome::kNothingNew;
  std::int64_t runs = 0;  ///< Taken in.
  std::int64_t rows = 0;
  std::string detail = {};  ///< What went wrong, one line each.
};

struct StoredBackfillStep {
  std::string export_id;  ///< ARM id of its scope, `/exports/`, and its name, in lower case.
  Month month = *Month::from_civil(1, 1);
  std::string state;
  std::string run_id;
  std::string submitted_at;
  std::string message;
};

/// A secret that expires on a known day.
struct ExpiringSecret {
  std::string owner;  ///< For people: `connection:NAME` or `alert:NAME`.
  std::string name;
  Day expires_on = Day(0);
};

struct AlertChannel {
  std::string name;
  std::string kind;      ///< `webhook` or `mail`.
  std::string settings;  ///< JSON.
};

struct StoredAlert {
  std::int64_t id = 0;
  std::string key;
  std::string kind;
  std::string connection;
  std::string text;
  std::string opened_at;
  std::optional<std::string> closed_at = std::nullopt;
};

/// One fact about a commitment, as Azure's APIs state it.
struct StoredCommitmentFact {
  std::string commitment;  ///< Id as Azure writes it.
  std::string field;       ///< A name from `commitment_field_name`.
  std::string value;
  Day as_of = Day(0);
};

/// How much of a commitment was used on a day according to Azure, in percent as decimal text.
struct StoredUseSummary {
  std::string commitment;
  Day day = Day(0);
  std::string average;
  std::string least;
  std::string most;
};

class AzureCatalog {
 public:
  /// The catalog of an open control plane: calls on both may share a transaction. Use it on the same thread only.
  static AzureCatalog of(ControlPlane& control_plane);
  /// Opens the control plane's file with a handle of its own.
  static Result<AzureCatalog> open(const std::filesystem::path& control_plane_file, Clock clock);
  AzureCatalog(AzureCatalog&&) noexcept;
  AzureCatalog& operator=(AzureCatalog&&) noexcept;
  ~AzureCatalog();

  Result<void> put_settings(const AzureSettings& settings);
  Result<std::optional<AzureSettings>> settings(ConnectionId connection) const;

  Result<void> put_legacy(ConnectionId connection, const LegacySettings& settings);
  Result<void> remove_legacy(ConnectionId connection);  ///< Not an error if there is none.
  Result<std::optional<LegacySettings>> legacy(ConnectionId connection) const;
  Result<void> put_fetched_lines(ConnectionId connection, const FetchedLines& lines);
  Result<std::vector<FetchedLines>> fetched_lines(ConnectionId connection) const;  ///< By dataset and invoice.

  /// Stores a secret of a connection; it is removed with the connection.
  Result<void> put_secret(ConnectionId connection, const SealedSecret& secret);
  Result<std::vector<SealedSecret>> secrets(ConnectionId connection) const;  ///< By name.
  /// Removes one of them; not an error if there is none.
  Result<void> remove_secret(ConnectionId connection, const std::string& name);

  /// Secrets of owners other than connections, stored under `SealedSecret::owner`.
  Result<void> put_owned_secret(const SealedSecret& secret);
  /// Whether anything is sealed.
  Result<bool> has_secrets() const;
  Result<std::vector<SealedSecret>> owned_secrets(const std::string& owner) const;
  Result<void> remove_owned_secrets(const std::string& owner);

  /// All secrets, of connections and of others.
  Result<std::vector<SealedSecret>> all_secrets() const;
  /// What a secret is to be sealed as from now on.
  using Resealer = std::function<Result<std::string>(const SealedSecret&)>;
  /// Replaces what every secret is sealed as, in one transaction; `detail` is for the audit log. Returns how many there
  /// are. An error of `again` changes nothing.
  Result<std::int64_t> reseal(const Resealer& again, const std::string& detail);

  /// All secrets with a day of expiry, of connections and of others; the next to expire first.
  Result<std::vector<ExpiringSecret>> expiring_secrets() const;

  Result<void> add_attempt(const SyncAttempt& attempt);
  /// Newest first; of all connections if none is named.
  Result<std::vector<SyncAttempt>> attempts(std::optional<ConnectionId> connection, std::int64_t attempts_max) const;

  Result<void> put_backfill(ConnectionId connection, const StoredBackfillStep& step);
  Result<std::vector<StoredBackfillStep>> backfill(ConnectionId connection) const;  ///< By export, newest month first.

  /// Replaces what is stored for a connection: facts as a whole, summaries day by day.
  Result<void> put_commitments(ConnectionId connection, const std::vector<StoredCommitmentFact>& facts,
                               const std::vector<StoredUseSummary>& summaries);
  /// Of all connections if none is named.
  Result<std::vector<StoredCommitmentFact>> commitment_facts(std::optional<ConnectionId> connection) const;
  Result<std::vector<StoredUseSummary>> use_summaries(std::optional<ConnectionId> connection) const;

  Result<void> put_channel(const AlertChannel& channel);
  Result<bool> remove_channel(const std::string& name);  ///< False if there was none.
  Result<std::vector<AlertChannel>> channels() const;    ///< By name.

  Result<std::vector<StoredAlert>> open_alerts() const;                           ///< Oldest first.
  Result<std::vector<StoredAlert>> alert_history(std::int64_t alerts_max) const;  ///< Newest first.
  Result<StoredAlert> open_alert(const StoredAlert& alert);
  Result<void> close_alert(std::int64_t id);
  /// Records a delivery to a channel; `failure` is empty on success. A failed delivery is due again.
  Result<void> note_delivery(std::int64_t alert, const std::string& event, const std::string& channel,
                             const std::string& failure);
  Result<bool> was_delivered(std::int64_t alert, const std::string& event, const std::string& channel) const;
  /// Closed alerts whose end a channel was not notified of, although it was notified of their beginning.
  Result<std::vector<StoredAlert>> ends_to_tell(const std::string& channel) const;

 private:
  explicit AzureCatalog(std::shared_ptr<ControlPlane::Database> database);
  std::shared_ptr<ControlPlane::Database> database_;
};

}  // namespace apportion
