#include "store/report_book.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/doer_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::array<std::pair<ReportDue, std::string_view>, 3> kDues = {{
    {ReportDue::kOnComplete, "on-complete"},
    {ReportDue::kOnLock, "on-lock"},
    {ReportDue::kMonthly, "monthly"},
}};

constexpr std::array<std::pair<DeliveryState, std::string_view>, 5> kStates = {{
    {DeliveryState::kSending, "sending"},
    {DeliveryState::kSent, "sent"},
    {DeliveryState::kUnchanged, "unchanged"},
    {DeliveryState::kFailed, "failed"},
    {DeliveryState::kUnclear, "unclear"},
}};

DeliveryState parse_state(std::string_view name) {
  const auto* found = std::ranges::find(kStates, name, &std::pair<DeliveryState, std::string_view>::second);
  return found == kStates.end() ? DeliveryState::kUnclear : found->first;
}

// Addresses have no blanks.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string_view word : split_text(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

constexpr std::string_view kSubscriptions =
    "SELECT id, name, customer_id, dataset, format, due, day, first_month, folder, recipients, again_on_change,"
    " allow_unknown FROM report_subscription WHERE ?1 IS NULL OR name = ?1 ORDER BY name";

ReportSubscription read_subscription(RowReader& row) {
  ReportSubscription subscription;
  subscription.id = ReportSubscriptionId(row.integer());
  subscription.name = row.text();
  if (auto customer = row.optional_text()) subscription.customer = CustomerId(*std::move(customer));
  subscription.dataset = row.text();
  subscription.format = row.text();
  subscription.due = report_due_named(row.text()).value_or(ReportDue::kOnComplete);
  subscription.day = static_cast<int>(row.integer());
  subscription.first_month = row.month();
  subscription.folder = row.optional_text();
  subscription.recipients = words_of(row.text());
  subscription.again_on_change = row.boolean();
  subscription.allow_unknown = row.boolean();
  return subscription;
}

constexpr std::string_view kDeliveryColumns =
    "SELECT id, subscription_id, customer_id, month, basis, content_hash, state, attempts, place, begun_at, ended_at,"
    " next_try, error_id, message FROM report_delivery ";

ReportDelivery read_delivery(RowReader& row) {
  ReportDelivery delivery;
  delivery.id = ReportDeliveryId(row.integer());
  delivery.subscription = ReportSubscriptionId(row.integer());
  delivery.customer = CustomerId(row.text());
  delivery.month = row.month();
  delivery.basis = row.text();
  delivery.content_hash = row.text();
  delivery.state = parse_state(row.text());
  delivery.attempts = row.integer();
  delivery.place = row.text();
  delivery.begun_at = row.text();
  delivery.ended_at = row.text();
  delivery.next_try = row.integer();
  delivery.error_id = row.text();
  delivery.message = row.text();
  return delivery;
}

Error no_such_subscription(const std::string& name) {
  return {ErrorId::kNoSuchReportSubscription, "there is no such report subscription",
          fmt::format("`{}`", excerpt(name)), "it was removed, or never existed",
          "see which there are: " + step(Step::kListReportSubscriptions)};
}

std::optional<std::string> id_text(const std::optional<CustomerId>& customer) {
  return customer ? std::optional(customer->raw()) : std::nullopt;
}

}  // namespace

std::string_view report_due_name(ReportDue due) {
  return std::ranges::find(kDues, due, &std::pair<ReportDue, std::string_view>::first)->second;
}

std::optional<ReportDue> report_due_named(std::string_view name) {
  const auto* found = std::ranges::find(kDues, name, &std::pair<ReportDue, std::string_view>::second);
  return found == kDues.end() ? std::nullopt : std::optional(found->first);
}

std::string_view delivery_state_name(DeliveryState state) {
  return std::ranges::find(kStates, state, &std::pair<DeliveryState, std::string_view>::first)->second;
}

class ReportBook::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;

  Result<void> note(std::string_view what, std::string_view detail, const Doer& doer) const {
    return note_by(sqlite, clock.now(), doer, what, detail);
  }

  Result<void> note_for(const CustomerId& customer, std::string_view what, std::string_view detail,
                        const Doer& doer) const {
    return note_by(sqlite, clock.now(), doer, what, detail, customer);
  }

  Result<void> refuse_taken_name(const std::string& name, ReportSubscriptionId own) const {
    APPORTION_ASSIGN(
        const auto taken,
        sqlite.query_integer("SELECT count(*) FROM report_subscription WHERE name = ? AND id <> ?", {name, own.raw()}));
    if (taken.value_or(0) == 0) return ok();
    return Error{ErrorId::kReportSubscriptionExists, "there is a report subscription with this name",
                 fmt::format("`{}`", excerpt(name)), "names are unique",
                 "choose another name, or change that one: " + step(Step::kListReportSubscriptions)};
  }
};

ReportBook::ReportBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
ReportBook::ReportBook(ReportBook&&) noexcept = default;
ReportBook& ReportBook::operator=(ReportBook&&) noexcept = default;
ReportBook::~ReportBook() = default;

Result<ReportBook> ReportBook::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return ReportBook(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock)}));
}

Result<std::vector<ReportSubscription>> ReportBook::subscriptions() const {
  return read_all(database_->sqlite, kSubscriptions, {std::optional<std::string>()}, read_subscription);
}

Result<ReportSubscription> ReportBook::subscription_named(const std::string& name) const {
  APPORTION_ASSIGN(auto found, read_first(database_->sqlite, kSubscriptions, {std::optional(name)}, read_subscription));
  if (found) return *std::move(found);
  return no_such_subscription(name);
}

Result<void> ReportBook::add_subscription(const ReportSubscription& subscription, std::string_view detail,
                                          const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->refuse_taken_name(subscription.name, {}));
  const auto customer = id_text(subscription.customer);
  const std::string month = subscription.first_month.to_string();
  const std::string recipients = fmt::format("{}", fmt::join(subscription.recipients, " "));
  APPORTION_TRY(database_->sqlite.run(
      "INSERT INTO report_subscription (name, customer_id, dataset, format, due, day, first_month, folder, recipients,"
      " again_on_change, allow_unknown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {subscription.name, customer, subscription.dataset, subscription.format, report_due_name(subscription.due),
       std::int64_t{subscription.day}, month, subscription.folder, recipients, subscription.again_on_change,
       subscription.allow_unknown}));
  APPORTION_TRY(database_->note("report-subscription.add", detail, doer));
  return transaction.commit();
}

Result<void> ReportBook::change_subscription(const ReportSubscription& subscription, std::string_view detail,
                                             const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->refuse_taken_name(subscription.name, subscription.id));
  const auto customer = id_text(subscription.customer);
  const std::string month = subscription.first_month.to_string();
  const std::string recipients = fmt::format("{}", fmt::join(subscription.recipients, " "));
  APPORTION_TRY(database_->sqlite.run(
      "UPDATE report_subscription SET name = ?, customer_id = ?, dataset = ?, format = ?, due = ?, day = ?,"
      " first_month = ?, folder = ?, recipients = ?, again_on_change = ?, allow_unknown = ? WHERE id = ?",
      {subscription.name, customer, subscription.dataset, subscription.format, report_due_name(subscription.due),
       std::int64_t{subscription.day}, month, subscription.folder, recipients, subscription.again_on_change,
       subscription.allow_unknown, subscription.id.raw()}));
  if (database_->sqlite.changed_rows() == 0) return no_such_subscription(subscription.name);
  APPORTION_TRY(database_->note("report-subscription.edit", detail, doer));
  return transaction.commit();
}

Result<void> ReportBook::remove_subscription(const std::string& name, const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const ReportSubscription found, subscription_named(name));
  APPORTION_TRY(database_->sqlite.run("DELETE FROM report_delivery WHERE subscription_id = ?", {found.id.raw()}));
  APPORTION_TRY(database_->sqlite.run("DELETE FROM report_subscription WHERE id = ?", {found.id.raw()}));
  APPORTION_TRY(database_->note("report-subscription.remove", name, doer));
  return transaction.commit();
}

Result<std::vector<ReportFolder>> ReportBook::folders() const {
  return read_all(database_->sqlite, "SELECT name, path FROM report_folder ORDER BY name", {}, [](RowReader& row) {
    std::string name = row.text();
    return ReportFolder{std::move(name), row.text()};
  });
}

Result<void> ReportBook::put_folder(const ReportFolder& folder, const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  const std::string path = folder.path.string();
  APPORTION_TRY(database_->sqlite.run(
      "INSERT INTO report_folder (name, path) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET path = excluded.path",
      {folder.name, path}));
  APPORTION_TRY(database_->note("report-folder.put", folder.name + ": " + path, doer));
  return transaction.commit();
}

Result<bool> ReportBook::remove_folder(const std::string& name, const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const auto users,
                   read_all(database_->sqlite, "SELECT name FROM report_subscription WHERE folder = ? ORDER BY name",
                            {name}, [](RowReader& row) { return row.text(); }));
  if (!users.empty()) {
    return Error{ErrorId::kReportSubscriptionInvalid, "report subscriptions write to this folder", name,
                 fmt::format("used by {}", fmt::join(users, ", ")),
                 "remove them or give them another folder first: " + step(Step::kListReportSubscriptions)};
  }
  APPORTION_TRY(database_->sqlite.run("DELETE FROM report_folder WHERE name = ?", {name}));
  if (database_->sqlite.changed_rows() == 0) return false;
  APPORTION_TRY(database_->note("report-folder.remove", name, doer));
  APPORTION_TRY(transaction.commit());
  return true;
}

Result<std::vector<ReportDelivery>> ReportBook::deliveries(std::optional<ReportSubscriptionId> subscription,
                                                           std::int64_t deliveries_max) const {
  const auto id = subscription ? std::optional(subscription->raw()) : std::nullopt;
  return read_all(
      database_->sqlite,
      fmt::format("{} WHERE ?1 IS NULL OR subscription_id = ?1 ORDER BY id DESC LIMIT ?2", kDeliveryColumns),
      {id, deliveries_max}, read_delivery);
}

Result<std::vector<ReportDelivery>> ReportBook::deliveries_of(ReportSubscriptionId subscription,
                                                              const CustomerId& customer, Month month) const {
  const std::string text = month.to_string();
  return read_all(
      database_->sqlite,
      fmt::format("{} WHERE subscription_id = ? AND customer_id = ? AND month = ? ORDER BY id DESC", kDeliveryColumns),
      {subscription.raw(), customer.raw(), text}, read_delivery);
}

Result<ReportDelivery> ReportBook::begin_delivery(const ReportDelivery& delivery) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  const std::string month = delivery.month.to_string();
  APPORTION_TRY(sqlite.run(
      "INSERT INTO report_delivery (subscription_id, customer_id, month, basis, state, attempts, begun_at)"
      " VALUES (?, ?, ?, ?, 'sending', 1, ?) ON CONFLICT (subscription_id, customer_id, month, basis)"
      " DO UPDATE SET state = 'sending', attempts = attempts + 1, begun_at = excluded.begun_at,"
      " ended_at = '', error_id = '', message = ''",
      {delivery.subscription.raw(), delivery.customer.raw(), month, delivery.basis, database_->clock.now()}));
  APPORTION_ASSIGN(
      auto begun,
      read_first(
          sqlite,
          fmt::format("{} WHERE subscription_id = ? AND customer_id = ? AND month = ? AND basis = ?", kDeliveryColumns),
          {delivery.subscription.raw(), delivery.customer.raw(), month, delivery.basis}, read_delivery));
  APPORTION_TRY(transaction.commit());
  return begun.value_or(delivery);
}

Result<void> ReportBook::end_delivery(const ReportDelivery& delivery) {
  return database_->sqlite.run(
      "UPDATE report_delivery SET state = ?, content_hash = ?, place = ?, ended_at = ?, next_try = ?, error_id = ?,"
      " message = ? WHERE id = ?",
      {delivery_state_name(delivery.state), delivery.content_hash, delivery.place, database_->clock.now(),
       delivery.next_try, delivery.error_id, delivery.message, delivery.id.raw()});
}

Result<void> ReportBook::note_sent(const SentMonth& sent, std::string_view what, std::string_view detail,
                                   const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->note(what, detail, doer));
  if (sent.by_mail) {
    APPORTION_TRY(database_->note_for(sent.customer, what, sent.month.to_string() + " by mail", doer));
  }
  return transaction.commit();
}

}  // namespace apportion
