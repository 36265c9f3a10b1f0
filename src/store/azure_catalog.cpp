#include "store/azure_catalog.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::array<std::pair<SyncOutcome, std::string_view>, 4> kOutcomes = {{
    {SyncOutcome::kTaken, "taken"},
    {SyncOutcome::kNothingNew, "nothing_new"},
    {SyncOutcome::kProblems, "problems"},
    {SyncOutcome::kFailed, "failed"},
}};

SyncOutcome parse_outcome(std::string_view name) {
  const auto* found =
      std::find_if(kOutcomes.begin(), kOutcomes.end(), [name](const auto& known) { return known.second == name; });
  return found == kOutcomes.end() ? SyncOutcome::kFailed : found->first;
}

AzureSettings read_settings(RowReader& row) {
  AzureSettings settings;
  settings.connection = ConnectionId(row.integer());
  for (auto text : {&AzureSettings::cloud, &AzureSettings::login, &AzureSettings::arm, &AzureSettings::storage_suffix,
                    &AzureSettings::scope, &AzureSettings::credential, &AzureSettings::tenant,
                    &AzureSettings::client_id, &AzureSettings::certificate_file, &AzureSettings::token_file}) {
    settings.*text = row.text();
  }
  settings.sign_with_rs256 = row.boolean();
  settings.storage_tenant = row.text();
  settings.api_version = row.text();
  settings.use_reports = row.boolean();
  settings.exports_wanted = row.text();
  settings.graph = row.text();
  return settings;
}

LegacySettings read_legacy(RowReader& row) {
  LegacySettings settings;
  const std::string datasets = row.text();
  for (const std::string_view name : split_text(datasets, ',')) {
    if (const auto dataset = parse_dataset(name)) settings.datasets.push_back(*dataset);
  }
  for (auto text : {&LegacySettings::credential, &LegacySettings::tenant, &LegacySettings::client_id,
                    &LegacySettings::certificate_file, &LegacySettings::token_file}) {
    settings.*text = row.text();
  }
  return settings;
}

FetchedLines read_fetched_lines(RowReader& row) {
  FetchedLines lines;
  lines.dataset = row.dataset();
  lines.invoice = row.text();
  lines.etag = row.text();
  lines.asked_on = row.day();
  return lines;
}

SealedSecret read_secret(RowReader& row) {
  SealedSecret secret{row.text(), row.text(), row.text()};
  secret.expires_on = Day::parse(row.text());
  return secret;
}

std::string expiry_text(const SealedSecret& secret) {
  return secret.expires_on ? secret.expires_on->to_string() : std::string();
}

SyncAttempt read_attempt(RowReader& row) {
  return {row.integer(),
          ConnectionId(row.integer()),
          row.text(),
          row.text(),
          parse_outcome(row.text()),
          row.integer(),
          row.integer(),
          row.text()};
}

StoredBackfillStep read_step(RowReader& row) {
  return {row.text(), row.month(), row.text(), row.text(), row.text(), row.text()};
}

AlertChannel read_channel(RowReader& row) { return {row.text(), row.text(), row.text()}; }

StoredAlert read_alert(RowReader& row) {
  return {row.integer(), row.text(), row.text(), row.text(), row.text(), row.text(), row.optional_text()};
}

}  // namespace

std::string_view sync_outcome_name(SyncOutcome outcome) {
  return std::find_if(kOutcomes.begin(), kOutcomes.end(),
                      [outcome](const auto& known) { return known.first == outcome; })
      ->second;
}

AzureCatalog AzureCatalog::of(ControlPlane& control_plane) { return AzureCatalog(control_plane.database_); }

Result<AzureCatalog> AzureCatalog::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(ControlPlane control_plane, ControlPlane::open(control_plane_file, std::move(clock), false));
  return of(control_plane);
}

AzureCatalog::AzureCatalog(std::shared_ptr<ControlPlane::Database> database) : database_(std::move(database)) {}
AzureCatalog::AzureCatalog(AzureCatalog&&) noexcept = default;
AzureCatalog& AzureCatalog::operator=(AzureCatalog&&) noexcept = default;
AzureCatalog::~AzureCatalog() = default;

Result<void> AzureCatalog::put_settings(const AzureSettings& settings) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection connection, find_connection(sqlite, settings.connection));
  APPORTION_TRY(
      sqlite.run("INSERT OR REPLACE INTO azure_settings (connection_id, cloud, login, arm, storage_suffix, scope,"
                 " credential, tenant, client_id, certificate_file, token_file, sign_with_rs256, storage_tenant,"
                 " api_version, use_reports, exports_wanted, graph)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 {settings.connection.raw(), settings.cloud, settings.login, settings.arm, settings.storage_suffix,
                  settings.scope, settings.credential, settings.tenant, settings.client_id, settings.certificate_file,
                  settings.token_file, settings.sign_with_rs256, settings.storage_tenant, settings.api_version,
                  settings.use_reports, settings.exports_wanted, settings.graph}));
  APPORTION_TRY(database_->note("connection.access", fmt::format("{}: {}", connection.name, settings.credential)));
  return transaction.commit();
}

Result<std::optional<AzureSettings>> AzureCatalog::settings(ConnectionId connection) const {
  return read_first(database_->sqlite,
                    "SELECT connection_id, cloud, login, arm, storage_suffix, scope, credential, tenant, client_id,"
                    " certificate_file, token_file, sign_with_rs256, storage_tenant, api_version, use_reports,"
                    " exports_wanted, graph FROM azure_settings WHERE connection_id = ?",
                    {connection.raw()}, read_settings);
}

Result<void> AzureCatalog::put_legacy(ConnectionId connection, const LegacySettings& settings) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection owner, find_connection(sqlite, connection));
  std::vector<std::string_view> names;
  for (const Dataset dataset : settings.datasets) names.push_back(dataset_name(dataset));
  const std::string datasets = fmt::format("{}", fmt::join(names, ","));
  APPORTION_TRY(
      sqlite.run("INSERT OR REPLACE INTO legacy_settings (connection_id, datasets, credential, tenant, client_id,"
                 " certificate_file, token_file) VALUES (?, ?, ?, ?, ?, ?, ?)",
                 {connection.raw(), datasets, settings.credential, settings.tenant, settings.client_id,
                  settings.certificate_file, settings.token_file}));
  APPORTION_TRY(database_->note("connection.legacy", fmt::format("{}: {}", owner.name, datasets)));
  return transaction.commit();
}

Result<void> AzureCatalog::remove_legacy(ConnectionId connection) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection owner, find_connection(sqlite, connection));
  APPORTION_TRY(sqlite.run("DELETE FROM legacy_settings WHERE connection_id = ?", {connection.raw()}));
  if (sqlite.changed_rows() > 0) APPORTION_TRY(database_->note("connection.legacy", owner.name + ": none"));
  return transaction.commit();
}

Result<std::optional<LegacySettings>> AzureCatalog::legacy(ConnectionId connection) const {
  return read_first(database_->sqlite,
                    "SELECT datasets, credential, tenant, client_id, certificate_file, token_file FROM legacy_settings"
                    " WHERE connection_id = ?",
                    {connection.raw()}, read_legacy);
}

Result<void> AzureCatalog::put_fetched_lines(ConnectionId connection, const FetchedLines& lines) {
  return database_->sqlite.run(
      "INSERT OR REPLACE INTO fetched_lines (connection_id, dataset, invoice, etag, asked_on) VALUES (?, ?, ?, ?, ?)",
      {connection.raw(), dataset_name(lines.dataset), lines.invoice, lines.etag, lines.asked_on.to_string()});
}

Result<std::vector<FetchedLines>> AzureCatalog::fetched_lines(ConnectionId connection) const {
  return read_all(database_->sqlite,
                  "SELECT dataset, invoice, etag, asked_on FROM fetched_lines WHERE connection_id = ?"
                  " ORDER BY dataset, invoice",
                  {connection.raw()}, read_fetched_lines);
}

Result<void> AzureCatalog::put_secret(ConnectionId connection, const SealedSecret& secret) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection owner, find_connection(sqlite, connection));
  APPORTION_TRY(
      sqlite.run("INSERT OR REPLACE INTO connection_secret (connection_id, name, sealed, sealed_for, expires_on)"
                 " VALUES (?, ?, ?, ?, ?)",
                 {connection.raw(), secret.name, secret.sealed, secret.owner, expiry_text(secret)}));
  APPORTION_TRY(database_->note("secret.put", fmt::format("connection:{} {}", owner.name, secret.name)));
  return transaction.commit();
}

Result<std::vector<SealedSecret>> AzureCatalog::secrets(ConnectionId connection) const {
  return read_all(database_->sqlite,
                  "SELECT sealed_for, name, sealed, expires_on FROM connection_secret WHERE connection_id = ?"
                  " ORDER BY name",
                  {connection.raw()}, read_secret);
}

Result<void> AzureCatalog::remove_secret(ConnectionId connection, const std::string& name) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection owner, find_connection(sqlite, connection));
  APPORTION_TRY(
      sqlite.run("DELETE FROM connection_secret WHERE connection_id = ? AND name = ?", {connection.raw(), name}));
  if (sqlite.changed_rows() > 0) {
    APPORTION_TRY(database_->note("secret.remove", fmt::format("connection:{} {}", owner.name, name)));
  }
  return transaction.commit();
}

Result<void> AzureCatalog::put_owned_secret(const SealedSecret& secret) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("INSERT OR REPLACE INTO sealed_secret (owner, name, sealed, expires_on) VALUES (?, ?, ?, ?)",
                           {secret.owner, secret.name, secret.sealed, expiry_text(secret)}));
  APPORTION_TRY(database_->note("secret.put", fmt::format("{} {}", secret.owner, secret.name)));
  return transaction.commit();
}

Result<std::vector<SealedSecret>> AzureCatalog::owned_secrets(const std::string& owner) const {
  return read_all(database_->sqlite,
                  "SELECT owner, name, sealed, expires_on FROM sealed_secret WHERE owner = ? ORDER BY name", {owner},
                  read_secret);
}

Result<bool> AzureCatalog::has_secrets() const {
  APPORTION_ASSIGN(const auto count, database_->sqlite.query_integer("SELECT (SELECT count(*) FROM sealed_secret)"
                                                                     " + (SELECT count(*) FROM connection_secret)"
                                                                     " + (SELECT count(*) FROM one_time_code)"));
  return count.value_or(0) > 0;
}

Result<void> AzureCatalog::remove_owned_secrets(const std::string& owner) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM sealed_secret WHERE owner = ?", {owner}));
  if (sqlite.changed_rows() > 0) APPORTION_TRY(database_->note("secret.remove", owner));
  return transaction.commit();
}

Result<std::vector<SealedSecret>> AzureCatalog::all_secrets() const {
  return read_all(database_->sqlite,
                  "SELECT sealed_for, name, sealed, expires_on FROM connection_secret"
                  " UNION ALL SELECT owner, name, sealed, expires_on FROM sealed_secret"
                  " UNION ALL SELECT sealed_for, 'one-time-codes', sealed, '' FROM one_time_code",
                  {}, read_secret);
}

// A sealed text is in one row only: each has a random nonce.
Result<std::int64_t> AzureCatalog::reseal(const Resealer& again, const std::string& detail) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto secrets, all_secrets());
  for (const SealedSecret& secret : secrets) {
    APPORTION_ASSIGN(const std::string sealed, again(secret));
    APPORTION_TRY(sqlite.run("UPDATE connection_secret SET sealed = ? WHERE sealed = ?", {sealed, secret.sealed}));
    APPORTION_TRY(sqlite.run("UPDATE sealed_secret SET sealed = ? WHERE sealed = ?", {sealed, secret.sealed}));
    APPORTION_TRY(sqlite.run("UPDATE one_time_code SET sealed = ? WHERE sealed = ?", {sealed, secret.sealed}));
  }
  APPORTION_TRY(database_->note("key.rotate", fmt::format("{}, {}", count_of(std::ssize(secrets), "secret"), detail)));
  APPORTION_TRY(transaction.commit());
  return std::ssize(secrets);
}

Result<std::vector<ExpiringSecret>> AzureCatalog::expiring_secrets() const {
  return read_all(database_->sqlite,
                  "SELECT 'connection:' || connection.name AS owner, s.name, s.expires_on FROM connection_secret AS s"
                  " JOIN connection ON connection.id = s.connection_id WHERE s.expires_on <> ''"
                  " UNION ALL SELECT owner, name, expires_on FROM sealed_secret WHERE expires_on <> ''"
                  " ORDER BY expires_on, owner, name",
                  {}, [](RowReader& row) -> ExpiringSecret {
                    return {row.text(), row.text(), row.day()};
                  });
}

Result<void> AzureCatalog::add_attempt(const SyncAttempt& attempt) {
  return database_->sqlite.run(
      "INSERT INTO sync_attempt (connection_id, started_at, ended_at, outcome, runs, rows, detail)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      {attempt.connection.raw(), attempt.started_at, attempt.ended_at, sync_outcome_name(attempt.outcome), attempt.runs,
       attempt.rows, attempt.detail});
}

Result<std::vector<SyncAttempt>> AzureCatalog::attempts(std::optional<ConnectionId> connection,
                                                        std::int64_t attempts_max) const {
  const std::optional<std::int64_t> id = connection ? std::optional(connection->raw()) : std::nullopt;
  return read_all(database_->sqlite,
                  "SELECT id, connection_id, started_at, ended_at, outcome, runs, rows, detail FROM sync_attempt"
                  " WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY id DESC LIMIT ?2",
                  {id, attempts_max}, read_attempt);
}

Result<void> AzureCatalog::put_backfill(ConnectionId connection, const StoredBackfillStep& step) {
  return database_->sqlite.run(
      "INSERT OR REPLACE INTO backfill_step (connection_id, export_id, month, state, run_id, submitted_at, message)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      {connection.raw(), step.export_id, step.month.to_string(), step.state, step.run_id, step.submitted_at,
       step.message});
}

Result<std::vector<StoredBackfillStep>> AzureCatalog::backfill(ConnectionId connection) const {
  return read_all(database_->sqlite,
                  "SELECT export_id, month, state, run_id, submitted_at, message FROM backfill_step"
                  " WHERE connection_id = ? ORDER BY export_id, month DESC",
                  {connection.raw()}, read_step);
}

Result<void> AzureCatalog::put_commitments(ConnectionId connection, const std::vector<StoredCommitmentFact>& facts,
                                           const std::vector<StoredUseSummary>& summaries) {
  auto& sqlite = database_->sqlite;
  const std::int64_t id = connection.raw();
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM commitment_fact WHERE connection_id = ?", {id}));
  for (const StoredCommitmentFact& fact : facts) {
    APPORTION_TRY(
        sqlite.run("INSERT OR REPLACE INTO commitment_fact (connection_id, commitment_id, field, value, as_of)"
                   " VALUES (?, ?, ?, ?, ?)",
                   {id, fact.commitment, fact.field, fact.value, fact.as_of.to_string()}));
  }
  for (const StoredUseSummary& summary : summaries) {
    APPORTION_TRY(
        sqlite.run("INSERT OR REPLACE INTO commitment_summary"
                   " (connection_id, commitment_id, day, average, least, most) VALUES (?, ?, ?, ?, ?, ?)",
                   {id, summary.commitment, summary.day.to_string(), summary.average, summary.least, summary.most}));
  }
  return transaction.commit();
}

Result<std::vector<StoredCommitmentFact>> AzureCatalog::commitment_facts(std::optional<ConnectionId> connection) const {
  const std::optional<std::int64_t> id = connection ? std::optional(connection->raw()) : std::nullopt;
  return read_all(database_->sqlite,
                  "SELECT commitment_id, field, value, as_of FROM commitment_fact"
                  " WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY commitment_id, field",
                  {id}, [](RowReader& row) -> StoredCommitmentFact {
                    return {row.text(), row.text(), row.text(), row.day()};
                  });
}

Result<std::vector<StoredUseSummary>> AzureCatalog::use_summaries(std::optional<ConnectionId> connection) const {
  const std::optional<std::int64_t> id = connection ? std::optional(connection->raw()) : std::nullopt;
  return read_all(database_->sqlite,
                  "SELECT commitment_id, day, average, least, most FROM commitment_summary"
                  " WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY commitment_id, day",
                  {id}, [](RowReader& row) -> StoredUseSummary {
                    return {row.text(), row.day(), row.text(), row.text(), row.text()};
                  });
}

Result<void> AzureCatalog::put_channel(const AlertChannel& channel) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("INSERT OR REPLACE INTO alert_channel (name, kind, settings) VALUES (?, ?, ?)",
                           {channel.name, channel.kind, channel.settings}));
  APPORTION_TRY(database_->note("alert_channel.put", fmt::format("{} {}", channel.kind, channel.name)));
  return transaction.commit();
}

Result<bool> AzureCatalog::remove_channel(const std::string& name) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM alert_channel WHERE name = ?", {name}));
  const bool removed = sqlite.changed_rows() > 0;
  if (removed) APPORTION_TRY(database_->note("alert_channel.remove", name));
  APPORTION_TRY(transaction.commit());
  return removed;
}

Result<std::vector<AlertChannel>> AzureCatalog::channels() const {
  return read_all(database_->sqlite, "SELECT name, kind, settings FROM alert_channel ORDER BY name", {}, read_channel);
}

Result<std::vector<StoredAlert>> AzureCatalog::open_alerts() const {
  return read_all(database_->sqlite,
                  "SELECT id, key, kind, connection, text, opened_at, closed_at FROM alert WHERE closed_at IS NULL"
                  " ORDER BY id",
                  {}, read_alert);
}

Result<std::vector<StoredAlert>> AzureCatalog::alert_history(std::int64_t alerts_max) const {
  return read_all(database_->sqlite,
                  "SELECT id, key, kind, connection, text, opened_at, closed_at FROM alert ORDER BY id DESC LIMIT ?",
                  {alerts_max}, read_alert);
}

Result<StoredAlert> AzureCatalog::open_alert(const StoredAlert& alert) {
  StoredAlert opened = alert;
  opened.opened_at = database_->clock.now();
  APPORTION_ASSIGN(const auto id,
                   database_->sqlite.query_integer(
                       "INSERT INTO alert (key, kind, connection, text, opened_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
                       {opened.key, opened.kind, opened.connection, opened.text, opened.opened_at}));
  opened.id = id.value_or(0);
  return opened;
}

Result<void> AzureCatalog::close_alert(std::int64_t id) {
  return database_->sqlite.run("UPDATE alert SET closed_at = ? WHERE id = ? AND closed_at IS NULL",
                               {database_->clock.now(), id});
}

Result<void> AzureCatalog::note_delivery(std::int64_t alert, const std::string& event, const std::string& channel,
                                         const std::string& failure) {
  return database_->sqlite.run(
      "INSERT OR REPLACE INTO alert_delivery (alert_id, event, channel, at, failure) VALUES (?, ?, ?, ?, ?)",
      {alert, event, channel, database_->clock.now(), failure});
}

Result<bool> AzureCatalog::was_delivered(std::int64_t alert, const std::string& event,
                                         const std::string& channel) const {
  APPORTION_ASSIGN(const auto found,
                   database_->sqlite.query_integer("SELECT 1 FROM alert_delivery WHERE alert_id = ? AND event = ?"
                                                   " AND channel = ? AND failure = ''",
                                                   {alert, event, channel}));
  return found.has_value();
}

Result<std::vector<StoredAlert>> AzureCatalog::ends_to_tell(const std::string& channel) const {
  return read_all(database_->sqlite,
                  "SELECT id, key, kind, connection, text, opened_at, closed_at FROM alert AS a"
                  " WHERE closed_at IS NOT NULL"
                  " AND EXISTS (SELECT 1 FROM alert_delivery WHERE alert_id = a.id AND event = 'opened'"
                  "             AND channel = ?1 AND failure = '')"
                  " AND NOT EXISTS (SELECT 1 FROM alert_delivery WHERE alert_id = a.id AND event = 'closed'"
                  "                 AND channel = ?1 AND failure = '')"
                  " ORDER BY id",
                  {channel}, read_alert);
}

}  // namespace apportion
