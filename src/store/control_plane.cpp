// The control plane: opening it, connections and customers.
#include "store/control_plane.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/percent_decoded.h"
#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "store/control_plane_internal.h"
#include "store/migrations_internal.h"
#include "store/record_names.h"
#include "store/remedies.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

constexpr const char* kContentVersionSql = "SELECT number FROM content_version";

std::string absolute_folder(const std::filesystem::path& path) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(path, failure);
  const auto normal = (failure ? path : absolute).lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

// An export location as it is stored: other URLs as they are, folders as absolute paths.
Result<std::optional<std::string>> stored_location(const std::optional<std::string>& written) {
  const std::string_view location = trim(written ? std::string_view(*written) : std::string_view());
  if (location.empty()) return std::optional<std::string>();
  const std::size_t scheme_end = location.find("://");
  if (scheme_end == std::string_view::npos) return std::optional(absolute_folder(location));
  if (!ascii_equal_ignoring_case(location.substr(0, scheme_end), "file")) return std::optional(std::string(location));
  std::string_view path = location.substr(scheme_end + 3);
  if (path.starts_with("localhost/")) path.remove_prefix(std::string_view("localhost").size());
  if (!path.starts_with('/')) {
    return Error{ErrorId::kFileUrlOfAnotherHost, "this file URL names another machine", excerpt(location),
                 "`file://` must be followed by an absolute path", "write file:///FOLDER, or the path alone"};
  }
  return std::optional(absolute_folder(percent_decoded(path)));
}

Result<Connection> checked(const Connection& connection) {
  APPORTION_TRY(check_connection_name(connection.name));
  Connection stored = connection;
  stored.locations.clear();
  for (const auto& [dataset, written] : connection.locations) {
    APPORTION_ASSIGN(const auto location, stored_location(written));
    if (location) stored.locations[dataset] = *location;
  }
  return stored;
}

Connection read_connection(RowReader& row) {
  return {ConnectionId(row.integer()), row.text(), {}, row.boolean(), row.boolean(), row.boolean()};
}

Result<void> read_locations(SqliteDatabase& sqlite, Connection& connection) {
  const auto read = [](RowReader& row) {
    return std::pair<std::optional<Dataset>, std::string>{parse_dataset(row.text()), row.text()};
  };
  APPORTION_ASSIGN(const auto locations,
                   read_all(sqlite, "SELECT dataset, url FROM connection_location WHERE connection_id = ?",
                            {connection.id.raw()}, read));
  for (const auto& [dataset, url] : locations) {
    if (dataset) connection.locations[*dataset] = url;
  }
  return ok();
}

Result<void> replace_locations(SqliteDatabase& sqlite, const Connection& connection) {
  APPORTION_TRY(sqlite.run("DELETE FROM connection_location WHERE connection_id = ?", {connection.id.raw()}));
  for (const auto& [dataset, url] : connection.locations) {
    APPORTION_TRY(sqlite.run("INSERT INTO connection_location (connection_id, dataset, url) VALUES (?, ?, ?)",
                             {connection.id.raw(), dataset_name(dataset), url}));
  }
  return ok();
}

constexpr const char* kConnectionById =
    "SELECT id, name, mend, allow_retail_prices, allow_overlap FROM connection WHERE id = ?";

// Everything of a connection that refers to its months and imports; what refers to something else comes before it.
constexpr auto kDropWhatWasTakenIn = std::to_array<const char*>({
    "DELETE FROM locked_customer WHERE connection_id = ?",
    "DELETE FROM bill_month WHERE connection_id = ?",
    "DELETE FROM held_charges WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM split_document WHERE split_id IN (SELECT split.id FROM split JOIN charge_set"
    " ON charge_set.id = split.charge_set_id WHERE connection_id = ?)",
    "DELETE FROM split_file WHERE split_id IN (SELECT split.id FROM split JOIN charge_set"
    " ON charge_set.id = split.charge_set_id WHERE connection_id = ?)",
    "DELETE FROM split_rule_name WHERE split_id IN (SELECT split.id FROM split JOIN charge_set"
    " ON charge_set.id = split.charge_set_id WHERE connection_id = ?)",
    "DELETE FROM split WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM charge_set_import WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM charge_set_file WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM charge_set_filled_file WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM charge_set_price_sheet WHERE charge_set_id IN (SELECT id FROM charge_set WHERE connection_id = ?)",
    "DELETE FROM charge_set WHERE connection_id = ?",
    "DELETE FROM import_metric_total WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM import_total WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM import_file WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM source_file WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM reject WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM import_overlap WHERE import_id IN (SELECT id FROM import WHERE connection_id = ?)",
    "DELETE FROM import WHERE connection_id = ?",
});

Result<void> refuse_taken_name(SqliteDatabase& sqlite, const std::string& name, ConnectionId but_for) {
  APPORTION_ASSIGN(const auto other,
                   sqlite.query_integer("SELECT id FROM connection WHERE name = ? AND id <> ?", {name, but_for.raw()}));
  if (!other) return ok();
  return Error{
      ErrorId::kConnectionExists, "a connection of this name already exists", name, "names are unique",
      "choose another name, or change that connection: " + step(Step::kEditConnection, {{"connection", name}})};
}

// Tenant ids as they are stored: trimmed, in lower case, each once, in the order in which they were written.
std::vector<std::string> stored_tenant_ids(const std::vector<std::string>& written) {
  std::vector<std::string> stored;
  std::set<std::string> seen;
  for (const std::string& text : written) {
    std::string tenant = ascii_lower(trim(text));
    if (!tenant.empty() && seen.insert(tenant).second) stored.push_back(std::move(tenant));
  }
  return stored;
}

std::vector<DatedTenant> stored_dated_tenants(const std::vector<DatedTenant>& written) {
  std::set<std::pair<std::string, Day>> entries;
  for (const DatedTenant& tenant : written) entries.emplace(ascii_lower(trim(tenant.id)), tenant.from);
  std::vector<DatedTenant> stored;
  for (const auto& [id, from] : entries) stored.push_back({id, from});
  return stored;
}

Error two_owners(const std::string& tenant, const std::string& first, const std::string& second) {
  return {ErrorId::kTenantTaken, "a tenant cannot belong to two customers", tenant,
          fmt::format("customers `{}` and `{}` both have it", first, second), "remove it from one of them"};
}

Error nobodys_tenant() {
  return {ErrorId::kTenantIsNobodys, "this tenant belongs to no customer", std::string(kNoGuid),
          "Azure writes it, or nothing, for charges without a tenant",
          "remove it; a split rule with `CustomerTenantId: {is_empty: true}` assigns such charges"};
}

// Checks customers among themselves and gives them back as they are stored.
Result<std::vector<Customer>> checked(const std::vector<Customer>& written) {
  std::vector<Customer> stored;
  std::set<std::string> ids;
  std::map<std::string, std::string> owners;
  for (const Customer& customer : written) {
    const std::string& id = customer.id.raw();
    APPORTION_TRY(check_customer_id(id));
    if (!ids.insert(id).second) {
      return Error{ErrorId::kCustomerRepeated, "a customer is listed twice", fmt::format("`{}`", id), "ids are unique",
                   "put its tenants on one line, separated by `;`"};
    }
    if (!is_utf8(customer.name) || !is_utf8(customer.external_id)) {
      return Error{ErrorId::kCustomerTextNotUtf8, "the name or the external id of a customer is not UTF-8",
                   fmt::format("`{}`", id),
                   fmt::format("`{}` `{}`", excerpt(customer.name), excerpt(customer.external_id)), "save it as UTF-8"};
    }
    stored.push_back({customer.id, std::string(trim(customer.name)), std::string(trim(customer.external_id)),
                      stored_tenant_ids(customer.tenant_ids), stored_dated_tenants(customer.dated_tenants),
                      customer.retired_from, customer.merged_into, customer.sees});
    for (const std::string& tenant : stored.back().tenant_ids) {
      if (tenant == kNoGuid) return nobodys_tenant();
      const auto [owner, is_new] = owners.emplace(tenant, id);
      if (!is_new) return two_owners(tenant, owner->second, id);
    }
    for (const DatedTenant& tenant : stored.back().dated_tenants) {
      if (tenant.id == kNoGuid) return nobodys_tenant();
      const auto [owner, is_new] = owners.emplace(to_text(tenant), id);
      if (!is_new) return two_owners(to_text(tenant), owner->second, id);
    }
  }
  return stored;
}

// Writes rows anew as a whole, which makes damaged ones right; who is retired stays so.
Result<void> put_all(SqliteDatabase& sqlite, const std::vector<Customer>& customers) {
  APPORTION_ASSIGN(auto put,
                   SqliteStatement::prepare(
                       sqlite,
                       "INSERT OR REPLACE INTO customer (id, name, external_id, sees, retired_from, merged_into)"
                       " SELECT new.id, new.name, new.external_id, new.sees, old.retired_from,"
                       " coalesce(old.merged_into, '')"
                       " FROM (SELECT ? AS id, ? AS name, ? AS external_id, ? AS sees) AS new"
                       " LEFT JOIN customer AS old ON old.id = new.id"));
  APPORTION_ASSIGN(auto drop_tenants,
                   SqliteStatement::prepare(sqlite, "DELETE FROM customer_tenant WHERE customer_id = ?"));
  APPORTION_ASSIGN(auto drop_dated_tenants,
                   SqliteStatement::prepare(sqlite, "DELETE FROM customer_dated_tenant WHERE customer_id = ?"));
  for (const Customer& customer : customers) {
    const std::string sees(customer_view_name(customer.sees));
    APPORTION_TRY(put.run({customer.id.raw(), customer.name, customer.external_id, sees}));
    APPORTION_TRY(drop_tenants.run({customer.id.raw()}));
    APPORTION_TRY(drop_dated_tenants.run({customer.id.raw()}));
  }
  return ok();
}

// For the audit log.
std::string removed_text(const RemovedPeople& removed) {
  if (removed.users == 0 && removed.tokens == 0) return {};
  return fmt::format(", with {} and {}", count_of(removed.users, "user"), count_of(removed.tokens, "token"));
}

struct ChangedView {
  CustomerId customer;
  std::string detail;  ///< `contoso: list, now cost`
};

// Whose view of costs becomes another one. A customer that is new had the usual one.
Result<std::vector<ChangedView>> changed_views(SqliteDatabase& sqlite, const std::vector<Customer>& customers) {
  APPORTION_ASSIGN(auto find, SqliteStatement::prepare(sqlite, "SELECT sees FROM customer WHERE id = ?"));
  std::vector<ChangedView> changed;
  for (const Customer& customer : customers) {
    std::string before(customer_view_name(CustomerView::kList));
    APPORTION_TRY(find.query({customer.id.raw()}, [&before](const SqliteRow& row) {
      before = row.text(0);
      return ok();
    }));
    const std::string_view now = customer_view_name(customer.sees);
    if (before != now) changed.push_back({customer.id, fmt::format("{}: {}, now {}", customer.id.raw(), before, now)});
  }
  return changed;
}

// Comes after all customers dropped their old tenants, so that a tenant may move from one to another at once.
Result<void> give_tenants(SqliteDatabase& sqlite, const std::vector<Customer>& customers) {
  APPORTION_ASSIGN(auto find_owner,
                   SqliteStatement::prepare(sqlite, "SELECT customer_id FROM customer_tenant WHERE tenant_id = ?"));
  APPORTION_ASSIGN(auto give,
                   SqliteStatement::prepare(
                       sqlite, "INSERT INTO customer_tenant (tenant_id, customer_id, position) VALUES (?, ?, ?)"));
  for (const Customer& customer : customers) {
    std::int64_t position = 0;
    for (const std::string& tenant : customer.tenant_ids) {
      APPORTION_TRY(find_owner.query({tenant}, [&](const SqliteRow& row) -> Result<void> {
        return two_owners(tenant, row.text(0), customer.id.raw());
      }));
      APPORTION_TRY(give.run({tenant, customer.id.raw(), position++}));
    }
  }
  return ok();
}

// Comes after all customers dropped their old ones, too.
Result<void> give_dated_tenants(SqliteDatabase& sqlite, const std::vector<Customer>& customers) {
  APPORTION_ASSIGN(auto find_owner,
                   SqliteStatement::prepare(
                       sqlite, "SELECT customer_id FROM customer_dated_tenant WHERE tenant_id = ? AND from_day = ?"));
  APPORTION_ASSIGN(
      auto give, SqliteStatement::prepare(
                     sqlite, "INSERT INTO customer_dated_tenant (tenant_id, from_day, customer_id) VALUES (?, ?, ?)"));
  for (const Customer& customer : customers) {
    for (const DatedTenant& tenant : customer.dated_tenants) {
      APPORTION_TRY(find_owner.query({tenant.id, tenant.from.to_string()}, [&](const SqliteRow& row) -> Result<void> {
        return two_owners(to_text(tenant), row.text(0), customer.id.raw());
      }));
      APPORTION_TRY(give.run({tenant.id, tenant.from.to_string(), customer.id.raw()}));
    }
  }
  return ok();
}

// Goes on to the customer of a row; customers and rows are in the order of ids.
Result<void> go_to(std::vector<Customer>::iterator& customer, std::vector<Customer>::iterator end,
                   const std::string& id) {
  while (customer != end && customer->id.raw() != id) ++customer;
  if (customer != end) return ok();
  return Error{ErrorId::kControlPlaneForeignValue, "the control plane holds a value that apportion did not write",
               fmt::format("tenants of customer `{}`", excerpt(id)), "there is no such customer", restore_home()};
}

std::string ids_of(const std::vector<Customer>& customers) {
  constexpr std::size_t kNamed = 20;
  std::vector<std::string> ids;
  for (const Customer& customer : customers) {
    if (ids.size() < kNamed) ids.push_back(customer.id.raw());
  }
  const std::string more =
      customers.size() > kNamed ? fmt::format(" and {} more", customers.size() - kNamed) : std::string();
  return fmt::format("{}{}", fmt::join(ids, ", "), more);
}

}  // namespace

std::optional<std::int64_t> RowReader::optional_integer() {
  const int column = column_++;
  if (row_.is_null(column)) return std::nullopt;
  return row_.integer(column);
}

std::optional<std::string> RowReader::optional_text() {
  const int column = column_++;
  if (row_.is_null(column)) return std::nullopt;
  return row_.text(column);
}

template <class Value>
Value RowReader::parsed(const std::optional<Value>& value, Value stand_in) {
  if (value) return *value;
  const int column = column_ - 1;
  if (!broken_) broken_ = fmt::format("column {} holds `{}`", row_.column_name(column), excerpt(row_.text(column)));
  return stand_in;
}

Month RowReader::month() { return parsed(Month::parse(text()), *Month::from_civil(1, 1)); }

Day RowReader::day() { return parsed_day(text()); }

Day RowReader::parsed_day(const std::string& text) { return parsed(Day::parse(text), Day(0)); }

Decimal RowReader::decimal() { return parsed_decimal(text()); }

std::optional<Decimal> RowReader::optional_decimal() {
  const auto text = optional_text();
  return text ? std::optional(parsed_decimal(*text)) : std::nullopt;
}

Decimal RowReader::parsed_decimal(const std::string& text) {
  const auto read = Decimal::parse(text);
  return parsed(read.error == DecimalError::kNone ? std::optional(read.value) : std::nullopt, Decimal());
}

Currency RowReader::currency() { return parsed(Currency::parse(text()), *Currency::parse("XXX")); }

CustomerView RowReader::customer_view() { return parsed(parse_customer_view(text()), CustomerView::kList); }

Dataset RowReader::dataset() { return parsed(parse_dataset(text()), Dataset::kActualCost); }

LakeFile RowReader::lake_file() {
  LakeFile file{text(), integer(), integer(), text()};
  file.version = integer();
  const auto removed_at = optional_text();
  const auto kept_days = optional_integer();
  if (removed_at) file.removal = FileRemoval{*removed_at, kept_days.value_or(0)};
  return file;
}

Result<void> RowReader::finish() const {
  if (!broken_) return ok();
  return Error{ErrorId::kControlPlaneForeignValue, "the control plane holds a value that apportion did not write",
               *broken_, "another program changed the file, or it is damaged", restore_home()};
}

Error no_such_customer(const CustomerId& id) {
  return {ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(id.raw())),
          "ids are case-sensitive", "see the customers: " + step(Step::kListCustomers)};
}

Result<Connection> find_connection(SqliteDatabase& sqlite, ConnectionId id) {
  APPORTION_ASSIGN(auto found, read_first(sqlite, kConnectionById, {id.raw()}, read_connection));
  if (found) {
    APPORTION_TRY(read_locations(sqlite, *found));
    return std::move(*found);
  }
  return Error{ErrorId::kNoSuchConnection, "there is no such connection", fmt::format("id {}", id.raw()),
               "it was removed, or never existed", "see the connections: " + step(Step::kListConnections)};
}

Result<ControlPlane> ControlPlane::open(const std::filesystem::path& file, Clock clock, bool create) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(file, create));
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return file_error("cannot read the control plane", file, errno);
  std::string identity = fmt::format("{}.{}", status.st_dev, status.st_ino);
  return ControlPlane(std::make_shared<Database>(Database{std::move(sqlite), std::move(clock), std::move(identity)}));
}

ControlPlane::ControlPlane(std::shared_ptr<Database> database) : database_(std::move(database)) {}
ControlPlane::ControlPlane(ControlPlane&&) noexcept = default;
ControlPlane& ControlPlane::operator=(ControlPlane&&) noexcept = default;
ControlPlane::~ControlPlane() = default;

void ControlPlane::act_for(std::string actor) { database_->actor = std::move(actor); }
const std::string& ControlPlane::actor() const { return database_->actor; }

class ControlPlaneTransaction::State {
 public:
  SqliteTransaction transaction;
};

ControlPlaneTransaction::ControlPlaneTransaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
ControlPlaneTransaction::ControlPlaneTransaction(ControlPlaneTransaction&&) noexcept = default;
ControlPlaneTransaction::~ControlPlaneTransaction() = default;

Result<void> ControlPlaneTransaction::commit() { return state_->transaction.commit(); }

Result<ControlPlaneTransaction> ControlPlane::begin() {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  using State = ControlPlaneTransaction::State;
  return ControlPlaneTransaction(std::make_unique<State>(State{std::move(transaction)}));
}

Result<Connection> ControlPlane::add_connection(const Connection& connection) {
  APPORTION_ASSIGN(auto added, checked(connection));
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(refuse_taken_name(sqlite, added.name, ConnectionId(0)));
  APPORTION_ASSIGN(const auto id,
                   sqlite.query_integer("INSERT INTO connection (name, mend, allow_retail_prices, allow_overlap)"
                                        " VALUES (?, ?, ?, ?) RETURNING id",
                                        {added.name, added.mend, added.allow_retail_prices, added.allow_overlap}));
  added.id = ConnectionId(id.value_or(0));
  APPORTION_TRY(replace_locations(sqlite, added));
  APPORTION_TRY(database_->note("connection.add", added.name));
  APPORTION_TRY(transaction.commit());
  return added;
}

Result<void> ControlPlane::update_connection(const Connection& connection) {
  APPORTION_ASSIGN(const auto changed, checked(connection));
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto before, find_connection(sqlite, changed.id));
  APPORTION_TRY(refuse_taken_name(sqlite, changed.name, changed.id));
  APPORTION_ASSIGN(const auto import,
                   sqlite.query_integer("SELECT id FROM import WHERE connection_id = ? LIMIT 1", {changed.id.raw()}));
  if (import && before.name != changed.name) {
    return Error{ErrorId::kConnectionRenameRefused, "this connection cannot be renamed", before.name,
                 "it has imports, and their rows carry its name as the bill source",
                 "add another connection instead: " + step(Step::kAddConnection)};
  }
  APPORTION_TRY(
      sqlite.run("UPDATE connection SET name = ?, mend = ?, allow_retail_prices = ?, allow_overlap = ? WHERE id = ?",
                 {changed.name, changed.mend, changed.allow_retail_prices, changed.allow_overlap, changed.id.raw()}));
  APPORTION_TRY(replace_locations(sqlite, changed));
  APPORTION_TRY(database_->note("connection.update", changed.name));
  return transaction.commit();
}

Result<void> ControlPlane::remove_connection(ConnectionId id) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, id));
  APPORTION_ASSIGN(const auto imports,
                   sqlite.query_integer("SELECT count(*) FROM import WHERE connection_id = ?", {id.raw()}));
  if (imports != 0) {
    return Error{ErrorId::kConnectionInUse, "this connection cannot be removed", connection.name,
                 fmt::format("it has {}, and what was billed from its imports must stay explainable",
                             count_of(*imports, "import")),
                 fmt::format("remove its export locations: {}; or remove its imports too: {}",
                             step(Step::kEditConnection, {{"connection", connection.name}}),
                             step(Step::kRemoveConnectionWithImports, {{"connection", connection.name}}))};
  }
  APPORTION_TRY(sqlite.run("DELETE FROM connection WHERE id = ?", {id.raw()}));
  APPORTION_TRY(database_->note("connection.remove", connection.name));
  return transaction.commit();
}

Result<void> ControlPlane::remove_connection_with_imports(ConnectionId id, const std::string& reason) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto connection, find_connection(sqlite, id));
  constexpr const char* kLocked =
      "SELECT month FROM bill_month WHERE connection_id = ? AND locked = 1 ORDER BY month LIMIT 1";
  APPORTION_ASSIGN(const auto locked,
                   read_first(sqlite, kLocked, {id.raw()}, [](RowReader& row) { return row.text(); }));
  if (locked) {
    return Error{ErrorId::kMonthLocked, "a bill month of the connection is locked",
                 fmt::format("{} {}", connection.name, *locked), "a locked month never changes and is never removed",
                 "if it was never billed, unlock it first: " +
                     step(Step::kUnlockMonth, {{"connection", connection.name}, {"month", *locked}})};
  }
  APPORTION_ASSIGN(const auto carries,
                   sqlite.query_integer("SELECT count(*) FROM carry WHERE connection_id = ?", {id.raw()}));
  if (carries != 0) {
    return Error{
        ErrorId::kConnectionInUse, "this connection cannot be removed", connection.name,
        "late changes of it were carried to another month; that is kept for good, undone or not",
        "remove its export locations instead: " + step(Step::kEditConnection, {{"connection", connection.name}})};
  }
  APPORTION_ASSIGN(const auto imports,
                   sqlite.query_integer("SELECT count(*) FROM import WHERE connection_id = ?", {id.raw()}));
  for (const char* statement : kDropWhatWasTakenIn) APPORTION_TRY(sqlite.run(statement, {id.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM connection WHERE id = ?", {id.raw()}));
  APPORTION_TRY(database_->note("connection.remove",
                                fmt::format("{} with {} imports: {}", connection.name, imports.value_or(0), reason)));
  return transaction.commit();
}

Result<std::vector<Connection>> ControlPlane::connections() const {
  APPORTION_ASSIGN(
      auto all, read_all(database_->sqlite,
                         "SELECT id, name, mend, allow_retail_prices, allow_overlap FROM connection ORDER BY name", {},
                         read_connection));
  for (Connection& connection : all) APPORTION_TRY(read_locations(database_->sqlite, connection));
  return all;
}

Result<Connection> ControlPlane::connection_named(const std::string& name) const {
  APPORTION_ASSIGN(const auto all, connections());
  std::vector<std::string> names;
  for (const Connection& connection : all) {
    if (connection.name == name) return connection;
    names.push_back(connection.name);
  }
  const std::string why =
      names.empty() ? "there are none yet" : fmt::format("the connections are: {}", fmt::join(names, ", "));
  return Error{ErrorId::kNoSuchConnection, "there is no such connection", fmt::format("`{}`", excerpt(name)), why,
               "check the name, or add the connection: " + step(Step::kAddConnection)};
}

Result<Connection> ControlPlane::connection(ConnectionId id) const { return find_connection(database_->sqlite, id); }

Result<void> ControlPlane::put_customers(const std::vector<Customer>& customers) {
  APPORTION_ASSIGN(const auto stored, checked(customers));
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto views, changed_views(sqlite, stored));
  APPORTION_TRY(put_all(sqlite, stored));
  APPORTION_TRY(give_tenants(sqlite, stored));
  APPORTION_TRY(give_dated_tenants(sqlite, stored));
  APPORTION_TRY(mark_months_to_split(sqlite));
  APPORTION_TRY(database_->note("customers.put", ids_of(stored)));
  for (const ChangedView& view : views) APPORTION_TRY(database_->note("customer.sees", view.detail, view.customer));
  return transaction.commit();
}

Result<void> ControlPlane::remove_customer(const CustomerId& id) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM report_delivery WHERE customer_id = ?", {id.raw()}));
  APPORTION_ASSIGN(const RemovedPeople people, remove_people_of(sqlite, id));
  APPORTION_TRY(sqlite.run("DELETE FROM customer WHERE id = ?", {id.raw()}));
  if (sqlite.changed_rows() == 0) return no_such_customer(id);
  APPORTION_TRY(mark_months_to_split(sqlite));
  APPORTION_TRY(database_->note("customer.remove", id.raw() + removed_text(people)));
  return transaction.commit();
}

Result<void> ControlPlane::retire_customer(const CustomerId& id, std::optional<Day> from,
                                           const std::string& merged_into) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  const auto day = from ? std::optional(from->to_string()) : std::nullopt;
  APPORTION_TRY(
      sqlite.run("UPDATE customer SET retired_from = ?, merged_into = ? WHERE id = ?", {day, merged_into, id.raw()}));
  if (sqlite.changed_rows() == 0) return no_such_customer(id);
  APPORTION_TRY(mark_months_to_split(sqlite));
  const std::string detail = !merged_into.empty() ? fmt::format("{} into {} from {}", id.raw(), merged_into, *day)
                             : from               ? fmt::format("{} from {}", id.raw(), *day)
                                                  : fmt::format("{} is active again", id.raw());
  APPORTION_TRY(database_->note(merged_into.empty() ? "customer.retire" : "customer.merge", detail));
  return transaction.commit();
}

Result<RememberedValues::Value> RememberedValues::of(SqliteDatabase& sqlite, std::type_index type,
                                                     const std::string& key, const Read& read) {
  constexpr std::size_t kValuesMax = 1000;
  if (sqlite.is_writing()) return read();
  APPORTION_ASSIGN(const auto version, sqlite.query_integer(kContentVersionSql));
  if (version != version_ || values_.size() >= kValuesMax) values_.clear();
  version_ = version.value_or(0);
  const auto found = values_.find({type, key});
  if (found != values_.end()) return found->second;
  APPORTION_ASSIGN(Value value, read());
  // What `read` remembered on its way may be of a newer version: then this may be of both.
  if (version_ == version) values_.emplace(std::pair(type, key), value);
  return value;
}

Result<std::shared_ptr<const void>> ControlPlane::remembered_value(
    std::type_index type, const std::string& key,
    const std::function<Result<std::shared_ptr<const void>>()>& read) const {
  return database_->remembered.of(database_->sqlite, type, key, read);
}

Result<std::string> ControlPlane::content_state() const {
  APPORTION_ASSIGN(const auto version, database_->sqlite.query_integer(kContentVersionSql));
  return fmt::format("{}.{}", database_->file_identity, version.value_or(0));
}

Result<std::vector<Customer>> ControlPlane::customers() const {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_read(sqlite));
  APPORTION_ASSIGN(
      auto all,
      read_all(sqlite,
               "SELECT id, name, external_id, coalesce(retired_from, ''), merged_into, sees FROM customer ORDER BY id",
               {}, [](RowReader& row) {
                 Customer read{CustomerId(row.text()), row.text(), row.text(), {}};
                 if (const std::string day = row.text(); !day.empty()) read.retired_from = row.parsed_day(day);
                 read.merged_into = row.text();
                 read.sees = row.customer_view();
                 return read;
               }));
  auto customer = all.begin();
  APPORTION_TRY(sqlite.query("SELECT customer_id, tenant_id FROM customer_tenant ORDER BY customer_id, position", {},
                             [&](const SqliteRow& row) {
                               auto found = go_to(customer, all.end(), row.text(0));
                               if (found) customer->tenant_ids.push_back(row.text(1));
                               return found;
                             }));
  struct Row {
    std::string customer;
    DatedTenant tenant;
  };
  APPORTION_ASSIGN(auto dated, read_all(sqlite,
                                        "SELECT customer_id, tenant_id, from_day FROM customer_dated_tenant"
                                        " ORDER BY customer_id, tenant_id, from_day",
                                        {}, [](RowReader& row) -> Row {
                                          return {row.text(), {row.text(), row.day()}};
                                        }));
  customer = all.begin();
  for (Row& row : dated) {
    APPORTION_TRY(go_to(customer, all.end(), row.customer));
    customer->dated_tenants.push_back(std::move(row.tenant));
  }
  APPORTION_TRY(transaction.commit());
  return all;
}

Result<std::optional<CustomerView>> ControlPlane::customer_view(const CustomerId& id) const {
  APPORTION_ASSIGN(const auto views, read_all(database_->sqlite, "SELECT sees FROM customer WHERE id = ?", {id.raw()},
                                              [](RowReader& row) { return row.customer_view(); }));
  return views.empty() ? std::nullopt : std::optional(views.front());
}

}  // namespace apportion
