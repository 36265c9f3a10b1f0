#include "foundation/base/next_step.h"
#include "store/migrations_internal.h"

#include <array>
#include <system_error>

#include <fmt/format.h>

#include "store/migrations/001_catalog.sql.h"
#include "store/migrations/002_audit_log.sql.h"
#include "store/migrations/003_azure.sql.h"
#include "store/migrations/004_commitments.sql.h"
#include "store/migrations/005_house.sql.h"
#include "store/migrations/006_import_scope.sql.h"
#include "store/migrations/007_file_hashes.sql.h"
#include "store/migrations/008_held_charges.sql.h"
#include "store/migrations/009_dated_tenants.sql.h"
#include "store/migrations/010_withdrawn_imports.sql.h"
#include "store/migrations/011_price_sheets.sql.h"
#include "store/migrations/012_proved_sums.sql.h"
#include "store/migrations/013_carried_changes.sql.h"
#include "store/migrations/014_row_hashes.sql.h"
#include "store/migrations/015_retired_customers.sql.h"
#include "store/migrations/016_jobs.sql.h"
#include "store/migrations/017_superseded_files.sql.h"
#include "store/migrations/018_file_versions.sql.h"
#include "store/migrations/019_customer_views.sql.h"
#include "store/migrations/020_people.sql.h"
#include "store/migrations/021_cubes.sql.h"
#include "store/migrations/022_identity_provider.sql.h"
#include "store/migrations/023_reports.sql.h"
#include "store/migrations/024_kept_answers.sql.h"
#include "store/migrations/025_customer_audit.sql.h"
#include "store/migrations/026_content_version.sql.h"
#include "store/migrations/027_tag_cube.sql.h"
#include "store/migrations/028_invoices.sql.h"
#include "store/migrations/029_fetched_invoices.sql.h"
#include "store/migrations/030_stand_ins.sql.h"
#include "store/migrations/032_distributor_bills.sql.h"
#include "store/remedies.h"
#include "store/row_hashes_internal.h"

namespace apportion {
namespace {

constexpr std::array kMigrations = {sql::k001CatalogSql,
                                    sql::k002AuditLogSql,
                                    sql::k003AzureSql,
                                    sql::k004CommitmentsSql,
                                    sql::k005HouseSql,
                                    sql::k006ImportScopeSql,
                                    sql::k007FileHashesSql,
                                    sql::k008HeldChargesSql,
                                    sql::k009DatedTenantsSql,
                                    sql::k010WithdrawnImportsSql,
                                    sql::k011PriceSheetsSql,
                                    sql::k012ProvedSumsSql,
                                    sql::k013CarriedChangesSql,
                                    sql::k014RowHashesSql,
                                    sql::k015RetiredCustomersSql,
                                    sql::k016JobsSql,
                                    sql::k017SupersededFilesSql,
                                    sql::k018FileVersionsSql,
                                    sql::k019CustomerViewsSql,
                                    sql::k020PeopleSql,
                                    sql::k021CubesSql,
                                    sql::k022IdentityProviderSql,
                                    sql::k023ReportsSql,
                                    sql::k024KeptAnswersSql,
                                    sql::k025CustomerAuditSql,
                                    sql::k026ContentVersionSql,
                                    sql::k027TagCubeSql,
                                    sql::k028InvoicesSql,
                                    sql::k029FetchedInvoicesSql,
                                    sql::k030StandInsSql,
                                    sql::k032DistributorBillsSql};

constexpr std::int64_t kApplicationId = 1097887855;  // "Appo", as 001_catalog.sql sets it

// 0 for an empty file, else the number of the last migration that was applied.
Result<std::int64_t> version_of(SqliteDatabase& database) {
  APPORTION_ASSIGN(const auto application, database.query_integer("PRAGMA application_id"));
  APPORTION_ASSIGN(const auto tables, database.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && tables != 0) {
    return Error{ErrorId::kControlPlaneOfAnotherProgram, "this file is not an apportion control plane",
                 database.file().string(), "it is the database of another program",
                 "choose another home: " + step(Step::kChooseHome)};
  }
  APPORTION_ASSIGN(const auto version, database.query_integer("PRAGMA user_version"));
  return version.value_or(0);
}

// Before anything is written to the file.
Result<std::int64_t> acceptable_version(SqliteDatabase& database, std::size_t known) {
  APPORTION_ASSIGN(const auto version, version_of(database));
  if (version <= static_cast<std::int64_t>(known)) return version;
  return Error{ErrorId::kHomeOfNewerVersion, "a newer apportion wrote this home", database.file().string(),
               fmt::format("its store has version {}; this program knows versions up to {}", version, known),
               fmt::format("install the newer apportion (this one: {}). If there never was a newer one, the file is "
                           "damaged; {}",
                           step(Step::kShowVersion), restore_home())};
}

// What is damaged is not written anew: its hashes would then say that it is whole.
Result<void> refuse_damage(SqliteDatabase& database) {
  APPORTION_ASSIGN(auto damages, damaged_structure(database));
  if (!damages.empty()) return std::move(damages.front());
  APPORTION_ASSIGN(const bool has_hashes, has_row_hashes(database));
  if (!has_hashes) return ok();
  APPORTION_ASSIGN(damages, damaged_rows(database, TablesToCheck::kAll));
  if (!damages.empty()) return std::move(damages.front());
  return drop_row_hash_triggers(database);
}

Result<void> apply_missing(SqliteDatabase& database, std::span<const std::string_view> migrations) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database));
  APPORTION_ASSIGN(const auto version,
                   acceptable_version(database, migrations.size()));  // another process may have been faster
  if (version == static_cast<std::int64_t>(migrations.size())) return ok();
  APPORTION_TRY(refuse_damage(database));
  for (const std::string_view migration : migrations.subspan(static_cast<std::size_t>(version))) {
    APPORTION_TRY(database.execute(migration));
  }
  APPORTION_TRY(database.query("PRAGMA foreign_key_check", {}, [&database](const SqliteRow& row) -> Result<void> {
    return Error{ErrorId::kMigrationFailed, "this home cannot be brought up to date", database.file().string(),
                 fmt::format("a row of its table {} refers to a row that is gone", row.text(0)),
                 "nothing was changed; " + restore_home()};
  }));
  APPORTION_TRY(database.execute(fmt::format("PRAGMA user_version = {}", migrations.size())));
  APPORTION_ASSIGN(const bool has_hashes, has_row_hashes(database));
  if (has_hashes) APPORTION_TRY(keep_row_hashes(database));
  return transaction.commit();
}

}  // namespace

std::span<const std::string_view> control_plane_migrations() { return kMigrations; }

Result<void> bring_up_to_date(SqliteDatabase& database, std::span<const std::string_view> migrations) {
  APPORTION_ASSIGN(const auto version_before, acceptable_version(database, migrations.size()));
  APPORTION_TRY(database.use_write_ahead_log());
  if (version_before == static_cast<std::int64_t>(migrations.size())) return ok();

  // Tables that others refer to are written anew: references are checked at the end. SQLite takes the switch only
  // outside of transactions.
  APPORTION_TRY(database.execute("PRAGMA foreign_keys = OFF"));
  auto migrated = apply_missing(database, migrations);
  APPORTION_TRY(database.execute("PRAGMA foreign_keys = ON"));
  return migrated;
}

Result<SqliteDatabase> open_control_plane_database(const std::filesystem::path& file, bool create) {
  std::error_code failure;
  if (!create && !std::filesystem::exists(file, failure) && !failure) {
    return Error{
        ErrorId::kNoHome, "there is no apportion home", file.string(), "the file does not exist",
        fmt::format("create a home: {}; or choose another: {}", step(Step::kCreateHome), step(Step::kChooseHome))};
  }
  APPORTION_ASSIGN(auto database, SqliteDatabase::open(file, {.create = create}));
  APPORTION_TRY(bring_up_to_date(database, control_plane_migrations()));
  return database;
}

}  // namespace apportion
