// The part of the control plane that forgets who a customer and its people were.
#include <fmt/format.h>

#include "store/control_plane_internal.h"

namespace apportion {
namespace {

// Jobs name the customer that they work on first.
constexpr const char* kTraces = R"(
  SELECT c.name <> c.id OR c.external_id <> '' OR EXISTS (
           SELECT 1 FROM locked_customer AS l
           WHERE l.customer_id = c.id AND (l.name <> c.id OR l.external_id <> '')),
         (SELECT count(*) FROM user WHERE customer_id = c.id),
         (SELECT count(*) FROM token WHERE customer_id = c.id),
         (SELECT count(*) FROM sign_in_tenant WHERE customer_id = c.id),
         (SELECT count(*) FROM saved_view WHERE customer_id = c.id),
         (SELECT count(*) FROM report_subscription WHERE customer_id = c.id),
         (SELECT count(*) FROM report_delivery WHERE customer_id = c.id AND place || message <> '')
           + (SELECT count(*) FROM job WHERE message <> '' AND (subject = c.id OR instr(subject, c.id || ' ') = 1))
  FROM customer AS c WHERE c.id = ?)";

CustomerTraces read_traces(RowReader& row) {
  CustomerTraces traces;
  traces.is_named = row.boolean();
  traces.users = row.integer();
  traces.tokens = row.integer();
  traces.sign_in_tenants = row.integer();
  traces.views = row.integer();
  traces.report_subscriptions = row.integer();
  traces.messages = row.integer();
  return traces;
}

// What requests were answered and what jobs came to may say names of anybody. An answer without its folder is one that
// nobody knows: its request is not done again.
Result<void> forget_answers(SqliteDatabase& sqlite) {
  APPORTION_TRY(
      sqlite.run("UPDATE kept_answer SET status = NULL, folder = '', etag = '', headers = '', body = ''"
                 " WHERE status IS NOT NULL"));
  return sqlite.run("UPDATE job_result SET document = NULL WHERE document IS NOT NULL");
}

}  // namespace

Result<RemovedPeople> remove_people_of(SqliteDatabase& sqlite, const CustomerId& customer) {
  RemovedPeople removed;
  APPORTION_TRY(
      sqlite.run("DELETE FROM report_delivery WHERE subscription_id IN"
                 " (SELECT id FROM report_subscription WHERE customer_id = ?)",
                 {customer.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM report_subscription WHERE customer_id = ?", {customer.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM saved_view WHERE customer_id = ?", {customer.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM sign_in_tenant WHERE customer_id = ?", {customer.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM token WHERE customer_id = ?", {customer.raw()}));
  removed.tokens = sqlite.changed_rows();
  APPORTION_TRY(sqlite.run("DELETE FROM user WHERE customer_id = ?", {customer.raw()}));
  removed.users = sqlite.changed_rows();
  return removed;
}

Result<CustomerTraces> ControlPlane::traces_of_customer(const CustomerId& id) const {
  APPORTION_ASSIGN(const auto traces, read_first(database_->sqlite, kTraces, {id.raw()}, read_traces));
  if (traces) return *traces;
  return no_such_customer(id);
}

Result<CustomerTraces> ControlPlane::erase_customer(const CustomerId& id, const std::string& reason) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const CustomerTraces traces, traces_of_customer(id));
  APPORTION_TRY(remove_people_of(sqlite, id));
  APPORTION_TRY(sqlite.run("UPDATE customer SET name = id, external_id = '' WHERE id = ?", {id.raw()}));
  APPORTION_TRY(
      sqlite.run("UPDATE locked_customer SET name = customer_id, external_id = '' WHERE customer_id = ?", {id.raw()}));
  APPORTION_TRY(sqlite.run("UPDATE report_delivery SET place = '', message = '' WHERE customer_id = ?", {id.raw()}));
  APPORTION_TRY(
      sqlite.run("UPDATE job SET message = '' WHERE subject = ?1 OR instr(subject, ?1 || ' ') = 1", {id.raw()}));
  APPORTION_TRY(forget_answers(sqlite));
  APPORTION_TRY(database_->note("customer.erase", fmt::format("{}: {}", id.raw(), reason)));
  APPORTION_TRY(transaction.commit());
  // SQLite overwrites what is deleted, but its write-ahead log keeps pages of earlier until it is emptied.
  APPORTION_TRY(sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  return traces;
}

}  // namespace apportion
