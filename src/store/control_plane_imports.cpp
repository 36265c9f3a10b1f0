// The part of the control plane that knows imports and what of them is live: charge sets, splits, bill months.
#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "store/control_plane_internal.h"
#include "store/live_import.h"
#include "store/removed_file.h"

namespace apportion {
namespace {

constexpr std::int64_t kImportIdMax = (std::int64_t{1} << (63 - RowId::kOrdinalBits)) - 1;
constexpr std::int64_t kOtherIdMax = std::int64_t{1} << 62;

// One statement is one transaction, on the disk before the id is used.
Result<std::int64_t> next_id(SqliteDatabase& sqlite, const char* counter, std::int64_t id_max) {
  APPORTION_ASSIGN(const auto id,
                   sqlite.query_integer("UPDATE counter SET last = last + 1 WHERE name = ? AND last < ? RETURNING last",
                                        {counter, id_max}));
  if (id) return *id;
  return Error{ErrorId::kIdsUsedUp, "this home has used up its ids", sqlite.file().string(),
               fmt::format("all {} ids of the kind {} were given out", id_max, counter),
               "continue with a new home: " + step(Step::kCreateHome)};
}

Result<void> check_id_was_given_out(SqliteDatabase& sqlite, const char* counter, std::int64_t id) {
  APPORTION_ASSIGN(const auto last, sqlite.query_integer("SELECT last FROM counter WHERE name = ?", {counter}));
  APPORTION_CHECK(id >= 1 && id <= last.value_or(0), "ids of imports, charge sets and splits come from next_*_id only");
  return ok();
}

// The clean-up of the lake compares paths byte for byte, so only one spelling of a path may get in.
void check_lake_path(const std::string& path) {
  const std::filesystem::path written(path);
  const bool inside = !path.empty() && written.is_relative() && *written.begin() != ".." && written.has_filename();
  APPORTION_CHECK(inside && written.lexically_normal().string() == path,
                  "lake paths are relative, normal, inside the lake");
}

Error not_found(const char* what, std::int64_t id) {
  return {ErrorId::kNoSuchRecord, what, fmt::format("number {}", id), "nothing in this home has this number",
          "see the imports with their numbers: " + step(Step::kListImports)};
}

Result<void> insert_totals(SqliteDatabase& sqlite, const Import& import) {
  APPORTION_ASSIGN(
      auto insert,
      SqliteStatement::prepare(
          sqlite,
          "INSERT INTO import_total (import_id, currency, charge_category, rows, billed, effective, mended_effective,"
          " billed_remainder, effective_remainder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const ImportTotal& total : import.totals) {
    APPORTION_TRY(insert.run({import.id.raw(), total.currency.code(), total.charge_category, total.rows,
                              total.billed.to_string(), total.effective.to_string(), total.mended_effective.to_string(),
                              count_text_of(total.billed_remainder), count_text_of(total.effective_remainder)}));
  }
  return ok();
}

Result<void> insert_metric_totals(SqliteDatabase& sqlite, const Import& import) {
  APPORTION_ASSIGN(
      auto insert,
      SqliteStatement::prepare(sqlite,
                               "INSERT INTO import_metric_total (import_id, currency, charge_category, role, metric,"
                               " source, mended, known_rows, unknown_rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const ImportMetricTotal& total : import.metric_totals) {
    const auto source = total.sum.source();
    APPORTION_TRY(
        insert.run({import.id.raw(), total.currency.code(), total.charge_category, total.role,
                    charge_metric_name(total.metric), source ? std::optional(source->to_string()) : std::nullopt,
                    total.sum.mended().to_string(), total.sum.known_rows(), total.sum.unknown_rows()}));
  }
  return ok();
}

ImportMetricTotal read_metric_total(RowReader& row) {
  const Currency currency = row.currency();
  std::string category = row.text();
  std::string role = row.text();
  const auto metric = parse_charge_metric(row.text());
  APPORTION_CHECK(metric, "the table of metric totals holds known metrics only");
  const auto source = row.optional_decimal();
  const Decimal mended = row.decimal();
  const std::int64_t known_rows = row.integer();
  return {currency, std::move(category), std::move(role), *metric,
          MetricSum(source, mended, known_rows, row.integer())};
}

Result<void> insert_import_files(SqliteDatabase& sqlite, const Import& import) {
  APPORTION_ASSIGN(auto insert, SqliteStatement::prepare(sqlite,
                                                         "INSERT INTO import_file (import_id, position, path, rows, "
                                                         "bytes, content_hash, version, role)"
                                                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  std::int64_t position = 0;
  for (const ImportFile& file : import.files) {
    check_lake_path(file.file.path);
    APPORTION_TRY(insert.run({import.id.raw(), position++, file.file.path, file.file.rows, file.file.bytes,
                              file.file.content_hash, file.file.version, file.role}));
  }
  return ok();
}

Result<void> insert_source_files(SqliteDatabase& sqlite, const Import& import) {
  APPORTION_ASSIGN(
      auto insert,
      SqliteStatement::prepare(
          sqlite,
          "INSERT INTO source_file (import_id, position, name, bytes, rows, content_hash) VALUES (?, ?, ?, ?, ?, ?)"));
  std::int64_t position = 0;
  for (const SourceFile& file : import.source_files) {
    APPORTION_TRY(insert.run({import.id.raw(), position++, file.name, file.bytes, file.rows, file.content_hash}));
  }
  return ok();
}

Result<void> insert_overlaps(SqliteDatabase& sqlite, const Import& import) {
  constexpr const char* kInsert = "INSERT INTO import_overlap (import_id, connection_id, why) VALUES (?, ?, ?)";
  APPORTION_ASSIGN(auto insert, SqliteStatement::prepare(sqlite, kInsert));
  for (const ImportOverlap& overlap : import.overlaps)
    APPORTION_TRY(insert.run({import.id.raw(), overlap.connection.raw(), overlap.why}));
  return ok();
}

Result<void> insert_rejects(SqliteDatabase& sqlite, ImportId import, const std::vector<Reject>& rejects) {
  constexpr const char* kInsert = R"(INSERT INTO reject (import_id, position, file, line, column_name, value, reason)
                                     VALUES (?, ?, ?, ?, ?, ?, ?))";
  APPORTION_ASSIGN(auto insert, SqliteStatement::prepare(sqlite, kInsert));
  std::int64_t position = 0;
  for (const Reject& reject : rejects) {
    APPORTION_TRY(
        insert.run({import.raw(), position++, reject.file, reject.line, reject.column, reject.value, reject.reason}));
  }
  return ok();
}

Result<void> insert_import(SqliteDatabase& sqlite, const Import& import, const std::string& imported_at) {
  return sqlite.run(
      R"(INSERT INTO import (id, connection_id, dataset, month, run_id, content_hash, source, submitted_at,
                             first_day, last_day, verified, layout, rows_source, rows_stored, rows_rejected, notes,
                             imported_at, mirror_checksum, scope, marks, charge_days)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))",
      {import.id.raw(),
       import.connection.raw(),
       dataset_name(import.dataset),
       import.month.to_string(),
       import.run_id,
       import.content_hash,
       import.source,
       import.submitted_at,
       import.first_day.to_string(),
       import.last_day.to_string(),
       import.verified,
       import.layout,
       import.rows_source,
       import.rows_stored,
       import.rows_rejected,
       import.notes,
       imported_at,
       import.mirror_checksum,
       import.scope,
       import.marks,
       import.charge_days ? std::optional(std::int64_t{import.charge_days->bits()}) : std::nullopt});
}

Result<void> refuse_lost_rows(const Import& import) {
  if (import.rows_source == import.rows_stored + import.rows_rejected) return ok();
  return Error{ErrorId::kRowsLostImporting, "rows were lost during the import", import.source,
               fmt::format("{} rows in the files, {} stored, {} rejected", import.rows_source, import.rows_stored,
                           import.rows_rejected),
               "nothing was published; please report this as a bug in apportion"};
}

// The columns that `read_import` reads.
std::string imports_sql(std::string_view rest) {
  return fmt::format(
      "SELECT id, connection_id, dataset, month, run_id, content_hash, source, submitted_at, first_day, last_day,"
      " verified, layout, rows_source, rows_stored, rows_rejected, notes, imported_at, mirror_checksum, scope, marks,"
      " withdrawn, charge_days FROM import {}",
      rest);
}

Import read_import(RowReader& row) {
  Import import;
  import.id = ImportId(row.integer());
  import.connection = ConnectionId(row.integer());
  import.dataset = row.dataset();
  import.month = row.month();
  import.run_id = row.text();
  import.content_hash = row.text();
  import.source = row.text();
  import.submitted_at = row.text();
  import.first_day = row.day();
  import.last_day = row.day();
  import.verified = row.boolean();
  import.layout = row.text();
  import.rows_source = row.integer();
  import.rows_stored = row.integer();
  import.rows_rejected = row.integer();
  import.notes = row.text();
  import.imported_at = row.text();
  import.mirror_checksum = row.text();
  import.scope = row.text();
  import.marks = row.text();
  import.withdrawn = row.text();
  if (const auto days = row.optional_integer())
    import.charge_days = MonthDays::from_bits(static_cast<std::uint32_t>(*days));
  return import;
}

Result<void> read_parts(SqliteDatabase& sqlite, Import& import) {
  const std::int64_t id = import.id.raw();
  constexpr const char* kTotals = R"(SELECT currency, charge_category, rows, billed, effective, mended_effective,
                                       billed_remainder, effective_remainder
                                     FROM import_total WHERE import_id = ? ORDER BY currency, charge_category)";
  const auto read_total = [](RowReader& row) -> ImportTotal {
    return {row.currency(),
            row.text(),
            row.integer(),
            row.decimal(),
            row.decimal(),
            row.decimal(),
            remainder_of_count(row.text()),
            remainder_of_count(row.text())};
  };
  APPORTION_ASSIGN(import.totals, read_all(sqlite, kTotals, {id}, read_total));
  constexpr const char* kMetricTotals =
      R"(SELECT currency, charge_category, role, metric, source, mended, known_rows, unknown_rows
         FROM import_metric_total WHERE import_id = ? ORDER BY currency, charge_category, role, metric)";
  APPORTION_ASSIGN(import.metric_totals, read_all(sqlite, kMetricTotals, {id}, read_metric_total));
  APPORTION_ASSIGN(import.files,
                   read_all(sqlite, lake_files_sql("import_file", "WHERE import_id = ? ORDER BY position", ", role"),
                            {id}, [](RowReader& row) -> ImportFile {
                              return {row.lake_file(), row.text()};
                            }));
  APPORTION_ASSIGN(
      import.source_files,
      read_all(sqlite, "SELECT name, bytes, rows, content_hash FROM source_file WHERE import_id = ? ORDER BY position",
               {id}, [](RowReader& row) -> SourceFile {
                 return {row.text(), row.integer(), row.integer(), row.text()};
               }));
  APPORTION_ASSIGN(
      import.overlaps,
      read_all(sqlite, "SELECT connection_id, why FROM import_overlap WHERE import_id = ? ORDER BY connection_id", {id},
               [](RowReader& row) -> ImportOverlap {
                 return {ConnectionId(row.integer()), row.text()};
               }));
  return ok();
}

Result<std::vector<Import>> with_parts(SqliteDatabase& sqlite, std::vector<Import> imports) {
  for (Import& import : imports) APPORTION_TRY(read_parts(sqlite, import));
  return imports;
}

BillMonth read_bill_month(RowReader& row) {
  BillMonth month;
  month.connection = ConnectionId(row.integer());
  month.month = row.month();
  month.locked = row.boolean();
  if (const auto charge_set = row.optional_integer()) month.charge_set = ChargeSetId(*charge_set);
  if (const auto split = row.optional_integer()) month.split = SplitId(*split);
  month.needs_split = row.boolean() || (month.charge_set && !month.split);
  return month;
}

Result<std::optional<BillMonth>> find_bill_month(SqliteDatabase& sqlite, ConnectionId connection, Month month) {
  return read_first(sqlite,
                    "SELECT connection_id, month, locked, charge_set_id, split_id, needs_split FROM bill_month"
                    " WHERE connection_id = ? AND month = ?",
                    {connection.raw(), month.to_string()}, read_bill_month);
}

Result<void> make_bill_month(SqliteDatabase& sqlite, ConnectionId connection, Month month) {
  return sqlite.run("INSERT OR IGNORE INTO bill_month (connection_id, month, locked) VALUES (?, ?, 0)",
                    {connection.raw(), month.to_string()});
}

std::string name_of(const Connection& connection, Month month) {
  return fmt::format("{} {}", connection.name, month.to_string());
}

// Keeps the names of customers as they are now while the month is locked.
Result<void> freeze_customers(SqliteDatabase& sqlite, ConnectionId connection, Month month, bool locked) {
  APPORTION_TRY(sqlite.run("DELETE FROM locked_customer WHERE connection_id = ? AND month = ?",
                           {connection.raw(), month.to_string()}));
  if (!locked) return ok();
  return sqlite.run(
      "INSERT INTO locked_customer (connection_id, month, customer_id, name, external_id)"
      " SELECT ?, ?, id, name, external_id FROM customer",
      {connection.raw(), month.to_string()});
}

Error moved_on(const std::string& where, const char* what) {
  return {ErrorId::kMonthMovedOn, "the bill month has changed meanwhile", where,
          fmt::format("another process published {} in the meantime", what), "try again"};
}

Result<void> refuse_locked(const BillMonth& month, const std::string& where) {
  if (!month.locked) return ok();
  return Error{ErrorId::kMonthLocked, "the bill month is locked", where, "a locked month never changes",
               "see what would change: " + step(Step::kShowChanges)};
}

// Held charges of the newest runs. They stay held when older ones are published in place of a withdrawn run.
Result<std::optional<ChargeSetId>> newest_held(const ControlPlane& control_plane, const ChargeSet& published) {
  APPORTION_ASSIGN(const auto all, control_plane.imports(published.connection, published.month));
  const std::vector<ImportId> newest = imports_of_charges(choose_live(all));
  if (published.imports == newest) return std::optional<ChargeSetId>();
  APPORTION_ASSIGN(const auto held, control_plane.held_charges(published.connection, published.month));
  for (const HeldCharges& one : held) {
    if (one.decision != HoldDecision::kOpen) continue;
    APPORTION_ASSIGN(const ChargeSet charges, control_plane.charge_set(one.charge_set));
    if (charges.imports == newest) return std::optional(one.charge_set);
  }
  return std::optional<ChargeSetId>();
}

Result<void> check_imports(SqliteDatabase& sqlite, const ChargeSet& charge_set) {
  std::vector<ImportId> imports = charge_set.imports;
  imports.insert(imports.end(), charge_set.price_sheets.begin(), charge_set.price_sheets.end());
  for (const ImportId import : imports) {
    APPORTION_ASSIGN(
        const auto fits,
        sqlite.query_integer("SELECT count(*) FROM import WHERE id = ? AND connection_id = ? AND month = ?",
                             {import.raw(), charge_set.connection.raw(), charge_set.month.to_string()}));
    APPORTION_CHECK(fits == 1, "a charge set is made of published imports of its own connection and month");
  }
  return ok();
}

// What price sheets filled in.
Result<void> insert_filled(SqliteDatabase& sqlite, const ChargeSet& charge_set) {
  const std::int64_t id = charge_set.id.raw();
  for (const ImportId sheet : charge_set.price_sheets) {
    APPORTION_TRY(
        sqlite.run("INSERT INTO charge_set_price_sheet (charge_set_id, import_id) VALUES (?, ?)", {id, sheet.raw()}));
  }
  std::int64_t position = 0;
  for (const LakeFile& file : charge_set.filled_files) {
    check_lake_path(file.path);
    APPORTION_TRY(sqlite.run(
        "INSERT INTO charge_set_filled_file (charge_set_id, position, path, rows, bytes, content_hash, version)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        {id, position++, file.path, file.rows, file.bytes, file.content_hash, file.version}));
  }
  return ok();
}

Result<void> insert_charge_set(SqliteDatabase& sqlite, const ChargeSet& charge_set, const std::string& now) {
  APPORTION_TRY(check_id_was_given_out(sqlite, "charge_set", charge_set.id.raw()));
  APPORTION_TRY(check_imports(sqlite, charge_set));
  const std::int64_t id = charge_set.id.raw();
  APPORTION_TRY(
      sqlite.run("INSERT INTO charge_set (id, connection_id, month, timing_rows, notes, published_at, accepted_loss)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?)",
                 {id, charge_set.connection.raw(), charge_set.month.to_string(), charge_set.timing_rows,
                  charge_set.notes, now, charge_set.accepted_loss}));
  APPORTION_ASSIGN(auto insert_import_id,
                   SqliteStatement::prepare(
                       sqlite, "INSERT INTO charge_set_import (charge_set_id, position, import_id) VALUES (?, ?, ?)"));
  std::int64_t position = 0;
  for (const ImportId import : charge_set.imports) APPORTION_TRY(insert_import_id.run({id, position++, import.raw()}));
  APPORTION_ASSIGN(auto insert_file,
                   SqliteStatement::prepare(sqlite,
                                            "INSERT INTO charge_set_file (charge_set_id, position, path, rows, bytes, "
                                            "content_hash, version) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  position = 0;
  for (const LakeFile& file : charge_set.files) {
    check_lake_path(file.path);
    APPORTION_TRY(insert_file.run({id, position++, file.path, file.rows, file.bytes, file.content_hash, file.version}));
  }
  return insert_filled(sqlite, charge_set);
}

Result<void> insert_split_files(SqliteDatabase& sqlite, SplitId split, std::string_view kind,
                                const std::vector<LakeFile>& files) {
  APPORTION_ASSIGN(auto insert, SqliteStatement::prepare(sqlite,
                                                         "INSERT INTO split_file (split_id, kind, position, path, "
                                                         "rows, bytes, content_hash, version)"
                                                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  std::int64_t position = 0;
  for (const LakeFile& file : files) {
    check_lake_path(file.path);
    APPORTION_TRY(
        insert.run({split.raw(), kind, position++, file.path, file.rows, file.bytes, file.content_hash, file.version}));
  }
  return ok();
}

Result<void> insert_split_document(SqliteDatabase& sqlite, SplitId split, DocumentKind kind, DocumentVersion version) {
  APPORTION_TRY(
      sqlite.run("INSERT INTO split_document (split_id, document_id) SELECT ?, id FROM document"
                 " WHERE kind = ? AND version = ?",
                 {split.raw(), document_kind_name(kind), version.raw()}));
  APPORTION_CHECK(sqlite.changed_rows() == 1, "a split is made by documents that were applied");
  return ok();
}

Result<void> insert_split(SqliteDatabase& sqlite, const Split& split, const std::string& now) {
  APPORTION_TRY(check_id_was_given_out(sqlite, "split", split.id.raw()));
  APPORTION_TRY(
      sqlite.run("INSERT INTO split (id, charge_set_id, rules_effective, notes, published_at) VALUES (?, ?, ?, ?, ?)",
                 {split.id.raw(), split.charge_set.raw(), split.rules_effective, split.notes, now}));
  for (const auto& [kind, version] : split.documents)
    APPORTION_TRY(insert_split_document(sqlite, split.id, kind, version));
  for (const SplitDataset& dataset : kSplitDatasets)
    APPORTION_TRY(insert_split_files(sqlite, split.id, dataset.name, split.*dataset.files));
  APPORTION_ASSIGN(
      auto insert_name,
      SqliteStatement::prepare(sqlite, "INSERT INTO split_rule_name (split_id, position, name) VALUES (?, ?, ?)"));
  std::int64_t position = 0;
  for (const std::string& name : split.rule_names) APPORTION_TRY(insert_name.run({split.id.raw(), position++, name}));
  return ok();
}

ChargeSet read_charge_set(RowReader& row) {
  ChargeSet set{
      ChargeSetId(row.integer()), ConnectionId(row.integer()), row.month(), {}, {}, row.integer(), row.text()};
  set.accepted_loss = row.text();
  return set;
}

Result<void> read_parts(SqliteDatabase& sqlite, ChargeSet& charge_set) {
  const std::int64_t id = charge_set.id.raw();
  APPORTION_ASSIGN(charge_set.imports,
                   read_all(sqlite, "SELECT import_id FROM charge_set_import WHERE charge_set_id = ? ORDER BY position",
                            {id}, [](RowReader& row) { return ImportId(row.integer()); }));
  APPORTION_ASSIGN(charge_set.files,
                   read_all(sqlite, lake_files_sql("charge_set_file", "WHERE charge_set_id = ? ORDER BY position"),
                            {id}, [](RowReader& row) { return row.lake_file(); }));
  APPORTION_ASSIGN(
      charge_set.price_sheets,
      read_all(sqlite, "SELECT import_id FROM charge_set_price_sheet WHERE charge_set_id = ? ORDER BY import_id", {id},
               [](RowReader& row) { return ImportId(row.integer()); }));
  APPORTION_ASSIGN(
      charge_set.filled_files,
      read_all(sqlite, lake_files_sql("charge_set_filled_file", "WHERE charge_set_id = ? ORDER BY position"), {id},
               [](RowReader& row) { return row.lake_file(); }));
  return ok();
}

Result<std::optional<ChargeSet>> find_charge_set(SqliteDatabase& sqlite, ChargeSetId id) {
  APPORTION_ASSIGN(
      auto found,
      read_first(sqlite,
                 "SELECT id, connection_id, month, timing_rows, notes, accepted_loss FROM charge_set WHERE id = ?",
                 {id.raw()}, read_charge_set));
  if (found) APPORTION_TRY(read_parts(sqlite, *found));
  return found;
}

Split read_split(RowReader& row) {
  Split split;
  split.id = SplitId(row.integer());
  split.charge_set = ChargeSetId(row.integer());
  split.rules_effective = row.text();
  split.notes = row.text();
  return split;
}

Result<std::vector<LakeFile>> split_files(SqliteDatabase& sqlite, SplitId split, std::string_view kind) {
  return read_all(sqlite, lake_files_sql("split_file", "WHERE split_id = ? AND kind = ? ORDER BY position"),
                  {split.raw(), kind}, [](RowReader& row) { return row.lake_file(); });
}

Result<std::optional<Split>> with_parts(SqliteDatabase& sqlite, std::optional<Split> split) {
  if (!split) return split;
  for (const SplitDataset& dataset : kSplitDatasets) {
    APPORTION_ASSIGN((*split).*dataset.files, split_files(sqlite, split->id, dataset.name));
  }
  APPORTION_TRY(
      sqlite.query("SELECT kind, version FROM document JOIN split_document ON document_id = document.id"
                   " WHERE split_id = ?",
                   {split->id.raw()}, [&split](const SqliteRow& row) {
                     const auto kind = parse_document_kind(row.text(0));
                     if (kind) split->documents[*kind] = DocumentVersion(row.integer(1));
                     return ok();
                   }));
  return split;
}

template <class Owner>
std::vector<LakeFile> files_of_datasets(const Owner& owner, const auto& datasets) {
  std::vector<LakeFile> files;
  for (const auto& dataset : datasets) std::ranges::copy(owner.*dataset.files, std::back_inserter(files));
  return files;
}

}  // namespace

std::vector<LakeFile> files_of(const ChargeSet& charge_set) {
  return files_of_datasets(charge_set, kChargeSetDatasets);
}
std::vector<LakeFile> files_of(const Split& split) { return files_of_datasets(split, kSplitDatasets); }

Result<ImportId> ControlPlane::next_import_id() {
  APPORTION_ASSIGN(const auto id, next_id(database_->sqlite, "import", kImportIdMax));
  return ImportId(id);
}

Result<ChargeSetId> ControlPlane::next_charge_set_id() {
  APPORTION_ASSIGN(const auto id, next_id(database_->sqlite, "charge_set", kOtherIdMax));
  return ChargeSetId(id);
}

Result<SplitId> ControlPlane::next_split_id() {
  APPORTION_ASSIGN(const auto id, next_id(database_->sqlite, "split", kOtherIdMax));
  return SplitId(id);
}

Result<void> ControlPlane::add_import(const Import& import, const std::vector<Reject>& rejects) {
  APPORTION_TRY(refuse_lost_rows(import));
  auto& sqlite = database_->sqlite;
  const std::string imported_at = import.imported_at.empty() ? database_->clock.now() : import.imported_at;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(check_id_was_given_out(sqlite, "import", import.id.raw()));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, import.connection));
  APPORTION_TRY(insert_import(sqlite, import, imported_at));
  APPORTION_TRY(insert_totals(sqlite, import));
  APPORTION_TRY(insert_metric_totals(sqlite, import));
  APPORTION_TRY(insert_import_files(sqlite, import));
  APPORTION_TRY(insert_source_files(sqlite, import));
  APPORTION_TRY(insert_overlaps(sqlite, import));
  APPORTION_TRY(insert_rejects(sqlite, import.id, rejects));
  if (holds_charges(import.dataset)) APPORTION_TRY(make_bill_month(sqlite, import.connection, import.month));
  APPORTION_TRY(database_->note(
      "import.add", fmt::format("import {} of {} {}, run {}", import.id.raw(), name_of(connection, import.month),
                                dataset_name(import.dataset), import.run_id)));
  return transaction.commit();
}

constexpr const char* kSplitById = "SELECT id, charge_set_id, rules_effective, notes FROM split WHERE id = ?";

constexpr const char* kLatestSplit =
    "SELECT id, charge_set_id, rules_effective, notes FROM split WHERE charge_set_id = ? ORDER BY id DESC LIMIT 1";

constexpr const char* kImportsOfConnection = "WHERE connection_id = ?1 AND (?2 IS NULL OR month = ?2) ORDER BY id";
constexpr const char* kImportById = "WHERE id = ?";

Result<std::vector<Import>> imports_without_parts(SqliteDatabase& sqlite) {
  return read_all(sqlite, imports_sql("ORDER BY id"), {}, read_import);
}

Result<std::vector<Import>> ControlPlane::imports(ConnectionId connection, std::optional<Month> month) const {
  auto& sqlite = database_->sqlite;
  const auto wanted = month ? std::optional(month->to_string()) : std::nullopt;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found,
                   read_all(sqlite, imports_sql(kImportsOfConnection), {connection.raw(), wanted}, read_import));
  return with_parts(sqlite, std::move(found));
}

Result<Import> ControlPlane::import(ImportId id) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found, read_first(sqlite, imports_sql(kImportById), {id.raw()}, read_import));
  if (!found) return not_found("there is no such import", id.raw());
  APPORTION_TRY(read_parts(sqlite, *found));
  return std::move(*found);
}

// What comes in force in the place of an import that was withdrawn must have its files.
Result<void> ControlPlane::refuse_without_files(const Import& withdrawn) const {
  const bool is_of_invoice = holds_invoice_lines(withdrawn.dataset);
  const auto month = is_of_invoice ? std::nullopt : std::optional(withdrawn.month);
  APPORTION_ASSIGN(const auto others, imports(withdrawn.connection, month));
  std::vector<Import> live = live_price_sheets(others);
  if (is_of_invoice) {
    live = live_invoice_imports(others);
  } else if (auto import = live_import(others, withdrawn.dataset)) {
    live.push_back(*std::move(import));
  }
  for (const Import& import : live) {
    for (const ImportFile& file : import.files) {
      if (!file.file.removal || import.dataset != withdrawn.dataset) continue;
      const char* again = is_of_invoice ? "import the file of the invoice anew"
                                        : "run the export of the month again, take in the new run";
      return removed_file_error(
          file.file,
          fmt::format("import {} would come in force and has no files any more: {}, and withdraw this one then",
                      import.id.raw(), again));
    }
  }
  return ok();
}

Result<void> ControlPlane::withdraw_import(ImportId id, const std::string& reason) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Import withdrawn, import(id));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, withdrawn.connection));
  const std::string where = name_of(connection, withdrawn.month);
  APPORTION_ASSIGN(const auto month, find_bill_month(sqlite, withdrawn.connection, withdrawn.month));
  const bool is_of_the_month = month && !holds_invoice_lines(withdrawn.dataset);
  if (is_of_the_month) APPORTION_TRY(refuse_locked(*month, where));
  if (!withdrawn.withdrawn.empty()) {
    return Error{ErrorId::kAlreadyWithdrawn, "the import is already withdrawn", fmt::format("import {}", id.raw()),
                 withdrawn.withdrawn, "see the imports: " + step(Step::kListImports)};
  }
  APPORTION_TRY(sqlite.run("UPDATE import SET withdrawn = ? WHERE id = ?", {reason, id.raw()}));
  APPORTION_TRY(refuse_without_files(withdrawn));
  APPORTION_TRY(database_->note("import.withdraw", fmt::format("import {} of {}: {}", id.raw(), where, reason)));
  return transaction.commit();
}

Result<std::optional<ImportId>> ControlPlane::find_import(ConnectionId connection, Dataset dataset,
                                                          const std::string& run_id,
                                                          const std::string& content_hash) const {
  APPORTION_ASSIGN(
      const auto id,
      database_->sqlite.query_integer(
          "SELECT max(id) FROM import WHERE connection_id = ? AND dataset = ? AND run_id = ? AND content_hash = ?",
          {connection.raw(), dataset_name(dataset), run_id, content_hash}));
  return id ? std::optional(ImportId(*id)) : std::nullopt;
}

Result<void> ControlPlane::learn_scope(ImportId id, const std::string& scope) {
  return database_->sqlite.run("UPDATE import SET scope = ? WHERE id = ? AND scope = ''", {scope, id.raw()});
}

Result<std::vector<Reject>> ControlPlane::rejects(ImportId id) const {
  return read_all(database_->sqlite,
                  "SELECT file, line, column_name, value, reason FROM reject WHERE import_id = ? ORDER BY position",
                  {id.raw()}, [](RowReader& row) -> Reject {
                    return {row.text(), row.integer(), row.text(), row.text(), row.text()};
                  });
}

Result<void> ControlPlane::publish_month(const ChargeSet& charge_set, const std::optional<Split>& split) {
  APPORTION_CHECK(!split || split->charge_set == charge_set.id, "a month is published with a split of its own charges");
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, charge_set.connection));
  const std::string where = name_of(connection, charge_set.month);
  APPORTION_TRY(make_bill_month(sqlite, charge_set.connection, charge_set.month));
  APPORTION_ASSIGN(const auto live, find_bill_month(sqlite, charge_set.connection, charge_set.month));
  APPORTION_TRY(refuse_locked(*live, where));
  if (live->charge_set && *live->charge_set >= charge_set.id) return moved_on(where, "newer charges");

  const std::string now = database_->clock.now();
  APPORTION_ASSIGN(const auto newest, newest_held(*this, charge_set));
  APPORTION_TRY(supersede_held(sqlite, charge_set.connection, charge_set.month, now, newest));
  APPORTION_TRY(insert_charge_set(sqlite, charge_set, now));
  if (split) APPORTION_TRY(insert_split(sqlite, *split, now));
  const auto split_id = split ? std::optional(split->id.raw()) : std::nullopt;
  APPORTION_TRY(
      sqlite.run("UPDATE bill_month SET charge_set_id = ?, split_id = ?, needs_split = 0"
                 " WHERE connection_id = ? AND month = ?",
                 {charge_set.id.raw(), split_id, charge_set.connection.raw(), charge_set.month.to_string()}));
  APPORTION_TRY(
      database_->note("month.publish", fmt::format("{}: charge set {}, {}", where, charge_set.id.raw(),
                                                   split ? fmt::format("split {}", split->id.raw()) : "no split")));
  return transaction.commit();
}

Result<void> ControlPlane::hold_month(const ChargeSet& charge_set, const Split& split, const Hold& hold) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, charge_set.connection));
  const std::string now = database_->clock.now();
  APPORTION_TRY(supersede_held(sqlite, charge_set.connection, charge_set.month, now));
  APPORTION_TRY(insert_charge_set(sqlite, charge_set, now));
  APPORTION_TRY(insert_split(sqlite, split, now));
  APPORTION_TRY(insert_held(sqlite, charge_set, split, hold, now));
  APPORTION_TRY(
      database_->note("month.hold", fmt::format("{}: charge set {}, {}", name_of(connection, charge_set.month),
                                                charge_set.id.raw(), hold_cause_name(hold.cause))));
  return transaction.commit();
}

Result<void> ControlPlane::publish_split(const Split& split) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto charges, find_charge_set(sqlite, split.charge_set));
  if (!charges) return not_found("there is no such charge set", split.charge_set.raw());
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, charges->connection));
  const std::string where = name_of(connection, charges->month);
  APPORTION_ASSIGN(const auto live, find_bill_month(sqlite, charges->connection, charges->month));
  APPORTION_CHECK(live.has_value(), "published charges have a bill month");
  APPORTION_TRY(refuse_locked(*live, where));
  if (live->charge_set != split.charge_set) return moved_on(where, "newer charges");
  if (live->split && *live->split >= split.id) return moved_on(where, "a newer split");

  APPORTION_TRY(insert_split(sqlite, split, database_->clock.now()));
  APPORTION_TRY(sqlite.run("UPDATE bill_month SET split_id = ?, needs_split = 0 WHERE connection_id = ? AND month = ?",
                           {split.id.raw(), charges->connection.raw(), charges->month.to_string()}));
  APPORTION_TRY(database_->note(
      "split.publish", fmt::format("{}: charge set {}, split {}", where, split.charge_set.raw(), split.id.raw())));
  return transaction.commit();
}

Result<void> ControlPlane::add_cubes(const Split& split) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  for (const SplitDataset& dataset : kSplitDatasets) {
    if (!dataset.is_cube) continue;
    APPORTION_ASSIGN(const auto known, split_files(sqlite, split.id, dataset.name));
    if (known.empty()) APPORTION_TRY(insert_split_files(sqlite, split.id, dataset.name, split.*dataset.files));
  }
  APPORTION_TRY(database_->note("split.cubes", fmt::format("split {}", split.id.raw())));
  return transaction.commit();
}

Result<void> ControlPlane::publish(const std::vector<MonthPublication>& months) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  for (const MonthPublication& month : months) {
    APPORTION_CHECK(month.charge_set || month.split, "a publication brings something new");
    if (month.hold) {
      APPORTION_CHECK(month.charge_set && month.split, "held charges are split");
      APPORTION_TRY(hold_month(*month.charge_set, *month.split, *month.hold));
      continue;
    }
    APPORTION_TRY(month.charge_set ? publish_month(*month.charge_set, month.split) : publish_split(*month.split));
  }
  return transaction.commit();
}

Result<void> ControlPlane::set_locked(ConnectionId connection_id, Month month, bool locked) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, connection_id));
  APPORTION_ASSIGN(const auto live, find_bill_month(sqlite, connection_id, month));
  if (!live || !live->charge_set) {
    return Error{ErrorId::kNothingToLock, "there is nothing to lock or unlock", name_of(connection, month),
                 "no charges of that month are published", "see the months: " + step(Step::kListMonths)};
  }
  if (live->locked == locked) return ok();
  if (!locked) APPORTION_TRY(refuse_carried(sqlite, connection_id, month, name_of(connection, month)));
  APPORTION_TRY(sqlite.run("UPDATE bill_month SET locked = ? WHERE connection_id = ? AND month = ?",
                           {locked, connection_id.raw(), month.to_string()}));
  APPORTION_TRY(freeze_customers(sqlite, connection_id, month, locked));
  APPORTION_TRY(database_->note(locked ? "month.lock" : "month.unlock", name_of(connection, month)));
  return transaction.commit();
}

Result<std::vector<LockedCustomer>> ControlPlane::locked_customers(ConnectionId connection, Month month) const {
  return read_all(database_->sqlite,
                  "SELECT customer_id, name, external_id FROM locked_customer WHERE connection_id = ? AND month = ?"
                  " ORDER BY customer_id",
                  {connection.raw(), month.to_string()}, [](RowReader& row) -> LockedCustomer {
                    return {CustomerId(row.text()), row.text(), row.text()};
                  });
}

Result<std::vector<BillMonth>> ControlPlane::bill_months() const {
  return read_all(database_->sqlite,
                  "SELECT connection_id, month, locked, charge_set_id, split_id, needs_split FROM bill_month"
                  " ORDER BY connection_id, month",
                  {}, read_bill_month);
}

Result<std::optional<BillMonth>> ControlPlane::bill_month(ConnectionId connection, Month month) const {
  return find_bill_month(database_->sqlite, connection, month);
}

Result<ChargeSet> ControlPlane::charge_set(ChargeSetId id) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found, find_charge_set(sqlite, id));
  if (!found) return not_found("there is no such charge set", id.raw());
  return std::move(*found);
}

Result<std::vector<ChargeSet>> ControlPlane::charge_sets(ConnectionId connection, Month month) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found,
                   read_all(sqlite,
                            "SELECT id, connection_id, month, timing_rows, notes, accepted_loss FROM charge_set"
                            " WHERE connection_id = ? AND month = ?"
                            " AND id NOT IN (SELECT charge_set_id FROM held_charges) ORDER BY id DESC",
                            {connection.raw(), month.to_string()}, read_charge_set));
  for (ChargeSet& charge_set : found) APPORTION_TRY(read_parts(sqlite, charge_set));
  return found;
}

Result<Split> ControlPlane::split(SplitId id) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found, read_first(sqlite, kSplitById, {id.raw()}, read_split));
  if (!found) return not_found("there is no such split", id.raw());
  APPORTION_ASSIGN(auto whole, with_parts(sqlite, std::move(found)));
  return std::move(*whole);
}

Result<std::vector<std::string>> ControlPlane::rule_names(SplitId id) const {
  return read_all(database_->sqlite, "SELECT name FROM split_rule_name WHERE split_id = ? ORDER BY position",
                  {id.raw()}, [](RowReader& row) { return row.text(); });
}

Result<std::optional<Split>> ControlPlane::latest_split_of(ChargeSetId id) const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(auto found, read_first(sqlite, kLatestSplit, {id.raw()}, read_split));
  return with_parts(sqlite, std::move(found));
}

}  // namespace apportion
