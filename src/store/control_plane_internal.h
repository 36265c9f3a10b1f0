/// What the parts of the control plane share. Internal to `store`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include "store/control_plane.h"
#include "store/sqlite_internal.h"

namespace apportion {

/// What was derived from the content of the file, remembered until anybody changes that.
class RememberedValues {
 public:
  using Value = std::shared_ptr<const void>;
  using Read = std::function<Result<Value>()>;

  /// The value of a type under a key: as it is remembered, or by `read`.
  Result<Value> of(SqliteDatabase& sqlite, std::type_index type, const std::string& key, const Read& read);

 private:
  std::int64_t version_ = 0;  // of the content
  std::map<std::pair<std::type_index, std::string>, Value> values_;
};

class ControlPlane::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;
  std::string file_identity;  ///< Of all files that there are now, this one.
  std::string actor = "system";
  RememberedValues remembered = {};

  /// Writes an entry of the audit log; the caller's transaction commits it, and determines its place. Its detail is
  /// clean of what a customer must not know, if it concerns one.
  Result<void> note(std::string_view what, std::string_view detail, const CustomerId& customer = CustomerId());
};

/// Reads the values of a row one after another. The first one that is not what was stored is remembered and reported by
/// `finish`: somebody else wrote into the file.
class RowReader {
 public:
  explicit RowReader(const SqliteRow& row) : row_(row) {}

  std::int64_t integer() { return row_.integer(column_++); }
  bool boolean() { return integer() != 0; }
  std::string text() { return row_.text(column_++); }
  std::optional<std::int64_t> optional_integer();
  std::optional<std::string> optional_text();
  Month month();
  Day day();
  Day parsed_day(const std::string& text);  ///< Of the column that was read last.
  Decimal decimal();
  std::optional<Decimal> optional_decimal();
  Currency currency();
  Dataset dataset();
  CustomerView customer_view();
  LakeFile lake_file();  ///< The columns of `lake_files_sql`.
  Result<void> finish() const;

 private:
  template <class Value>
  Value parsed(const std::optional<Value>& value, Value stand_in);
  Decimal parsed_decimal(const std::string& text);

  const SqliteRow& row_;
  int column_ = 0;
  std::optional<std::string> broken_;
};

/// All rows of a statement, each converted to a value by `read(RowReader&)`.
template <class Read>
auto read_all(SqliteDatabase& sqlite, std::string_view sql, SqliteValues values, const Read& read)
    -> Result<std::vector<std::invoke_result_t<const Read&, RowReader&>>> {
  std::vector<std::invoke_result_t<const Read&, RowReader&>> all;
  APPORTION_TRY(sqlite.query(sql, values, [&](const SqliteRow& row) {
    RowReader reader(row);
    all.push_back(read(reader));
    return reader.finish();
  }));
  return all;
}

/// The first row of a statement; nothing if it has none.
template <class Read>
auto read_first(SqliteDatabase& sqlite, std::string_view sql, SqliteValues values, const Read& read)
    -> Result<std::optional<std::invoke_result_t<const Read&, RowReader&>>> {
  APPORTION_ASSIGN(auto all, read_all(sqlite, sql, values, read));
  std::optional<std::invoke_result_t<const Read&, RowReader&>> first;
  if (!all.empty()) first = std::move(all.front());
  return first;
}

/// An entry of the audit log that is to be written; the fields are those of AuditEntry.
struct AuditNote {
  std::string_view actor;
  std::string_view what;
  std::string_view detail;
  std::string_view address = {};
  std::string_view customer = {};
  bool by_customer = false;
};

/// Writes an entry of the audit log; the caller's transaction commits it, and determines its place.
Result<void> note_in_audit_log(SqliteDatabase& sqlite, const std::string& now, const AuditNote& note);

/// What went with a customer, for the audit log.
struct RemovedPeople {
  std::int64_t users = 0;
  std::int64_t tokens = 0;
};
/// Removes a customer's people, tokens, tenants to sign in from, views and report subscriptions with their deliveries.
Result<RemovedPeople> remove_people_of(SqliteDatabase& sqlite, const CustomerId& customer);

/// Marks every month that is split, because what it was split by has changed. Locked ones too, so that they are split
/// again once they are unlocked.
Result<void> mark_months_to_split(SqliteDatabase& sqlite);

/// Keeps charges and their split, which are already stored, out of force.
Result<void> insert_held(SqliteDatabase& sqlite, const ChargeSet& charge_set, const Split& split, const Hold& hold,
                         const std::string& now);
/// Newer charges of a month replace those that are held and undecided.
Result<void> supersede_held(SqliteDatabase& sqlite, ConnectionId connection, Month month, const std::string& now,
                            std::optional<ChargeSetId> but = std::nullopt);

/// Refuses to open a month while a later one counts what was carried from it.
Result<void> refuse_carried(SqliteDatabase& sqlite, ConnectionId connection, Month month, const std::string& where);

/// A SELECT of the files of a table: the columns that `RowReader::lake_file` reads, then `more`. `rest` stands behind
/// the table: conditions and order.
std::string lake_files_sql(std::string_view table, std::string_view rest, std::string_view more = "");
/// All imports by id, without their totals and files.
Result<std::vector<Import>> imports_without_parts(SqliteDatabase& sqlite);

/// kNoSuchCustomer.
Error no_such_customer(const CustomerId& id);

/// The connection with an id; an error if there is none.
Result<Connection> find_connection(SqliteDatabase& sqlite, ConnectionId id);

}  // namespace apportion
