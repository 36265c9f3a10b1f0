#include "application/report_deliveries.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/brand.h"
#include "application/partner_only.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/patient_lock.h"
#include "lake/snapshot.h"
#include "query/month_coverage.h"

namespace apportion {
namespace {

constexpr std::int64_t kFirstRetrySeconds = 5 * 60;
constexpr std::int64_t kLastRetrySeconds = 24 * 60 * 60;
constexpr std::int64_t kDeliveriesSeenMax = 100'000;
constexpr const char* kLockFile = "reports.lock";

std::int64_t retry_seconds(std::int64_t attempts) {
  std::int64_t seconds = kFirstRetrySeconds;
  for (std::int64_t i = 1; i < attempts && seconds < kLastRetrySeconds; ++i) seconds *= 2;
  return std::min(seconds, kLastRetrySeconds);
}

// Files that were moved into place are there after a crash; then comes the record that they are.
Result<void> move_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path partial = to.string() + ".partial";  // one process at a time delivers
  std::error_code failure;
  std::filesystem::copy_file(from, partial, std::filesystem::copy_options::overwrite_existing, failure);
  if (!failure) APPORTION_TRY(sync_to_disk(partial));
  if (!failure) std::filesystem::rename(partial, to, failure);
  if (!failure) return ok();
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  return file_error("the report could not be written", to, failure.value());
}

bool is_due(const ReportSubscription& subscription, Month month, const std::string& state, Day today) {
  if (month < subscription.first_month) return false;
  const bool is_locked = state == "locked";
  if (subscription.due == ReportDue::kOnLock) return is_locked;
  if (!is_locked && state != "complete") return false;
  if (subscription.due == ReportDue::kOnComplete) return true;
  const Month next = month.plus_months(1);
  const Month now = Month::of(today);
  return now > next || (now == next && today >= next.first_day().plus_days(subscription.day - 1));
}

// One pass over the subscriptions.
class Round {
 public:
  Round(const Caller& caller, const Workspace& workspace, const MailWorld& world, ReportBook& book, bool is_forced)
      : caller_(&caller), workspace_(&workspace), world_(&world), book_(&book), is_forced_(is_forced) {}

  Result<void> read_state() {
    APPORTION_ASSIGN(customers_, workspace_->control_plane.customers());
    APPORTION_ASSIGN(brand_, read_brand(*workspace_));
    APPORTION_ASSIGN(const auto folders, book_->folders());
    for (const ReportFolder& folder : folders) folders_[folder.name] = folder.path;
    APPORTION_ASSIGN(const MonthCoverage coverage,
                     month_coverage(workspace_->control_plane, ReadScope::of_partner(), workspace_->clock.today()));
    states_ = coverage.states;
    return ok();
  }

  Result<void> deliver(const ReportSubscription& subscription) {
    for (const auto& [month, state] : states_) {
      if (!is_due(subscription, month, state, workspace_->clock.today())) continue;
      for (const Customer& customer : customers_) {
        if (workspace_->cancel.requested()) return cancelled_error("the delivery of reports");
        if (subscription.customer && *subscription.customer != customer.id) continue;
        APPORTION_TRY(deliver_month(subscription, customer, month));
      }
    }
    return ok();
  }

  ReportRound take() { return std::move(round_); }

 private:
  // What the content of a month is made from, for every customer: cheap to ask, other than the content.
  Result<std::string> basis_of_month(Month month) {
    const auto known = bases_.find(month);
    if (known != bases_.end()) return known->second;
    APPORTION_ASSIGN(auto months, published_months(workspace_->control_plane, ReadScope::of_partner({}, month)));
    APPORTION_TRY(add_carried(workspace_->control_plane, months));
    ContentHash hash;
    for (const PublishedMonth& published : months) {
      hash.add(published.connection.name);
      hash.add(std::to_string(published.charge_set ? published.charge_set->id.raw() : 0));
      hash.add(std::to_string(published.split ? published.split->id.raw() : 0));
      for (const Carry& carry : published.carried) hash.add(std::to_string(carry.id.raw()));
    }
    return bases_.emplace(month, hash.hex()).first->second;
  }

  Result<std::string> basis_of(const ReportSubscription& subscription, const Customer& customer, Month month) {
    APPORTION_ASSIGN(const std::string basis, basis_of_month(month));
    ContentHash hash;
    hash.add(basis).add(customer.name).add(customer.external_id).add(customer_view_name(customer.sees));
    hash.add(subscription.dataset).add(subscription.format).add(subscription.allow_unknown ? "unknown" : "");
    hash.add(brand_.name);
    return hash.hex();
  }

  Result<void> deliver_month(const ReportSubscription& subscription, const Customer& customer, Month month) {
    ReportDelivery wanted{.subscription = subscription.id, .customer = customer.id, .month = month};
    APPORTION_ASSIGN(wanted.basis, basis_of(subscription, customer, month));
    APPORTION_ASSIGN(const auto before, book_->deliveries_of(subscription.id, customer.id, month));
    APPORTION_ASSIGN(const bool is_wanted, is_to_be_delivered(subscription, wanted, before));
    if (!is_wanted) return ok();
    APPORTION_ASSIGN(ReportDelivery delivery, book_->begin_delivery(wanted));
    const Result<void> delivered = attempt(subscription, customer, before, delivery);
    if (!delivered) note_failure(subscription, delivered.error(), delivery);
    APPORTION_TRY(book_->end_delivery(delivery));
    delivery.ended_at = workspace_->clock.now();
    if (delivery.state == DeliveryState::kSent) {
      APPORTION_TRY(book_->note_sent({customer.id, month, !subscription.folder}, "report.deliver",
                                     fmt::format("{}: {} {} to {}", subscription.name, customer.id.raw(),
                                                 month.to_string(), subscription.folder.value_or(delivery.place)),
                                     {caller_->actor}));
    }
    if (!delivered && workspace_->cancel.requested()) return delivered.error();
    round_.done.push_back({subscription.name, std::move(delivery)});
    return ok();
  }

  Result<bool> is_to_be_delivered(const ReportSubscription& subscription, const ReportDelivery& wanted,
                                  const std::vector<ReportDelivery>& before) {
    const auto same = std::ranges::find(before, wanted.basis, &ReportDelivery::basis);
    if (same == before.end()) {
      const bool was_sent = std::ranges::any_of(before, [](const ReportDelivery& one) {
        return one.state == DeliveryState::kSent || one.state == DeliveryState::kUnclear ||
               (one.state == DeliveryState::kUnchanged && !one.content_hash.empty());
      });
      return !was_sent || subscription.again_on_change;
    }
    switch (same->state) {
      case DeliveryState::kSent:
      case DeliveryState::kUnchanged: return false;
      case DeliveryState::kUnclear: return is_forced_;
      case DeliveryState::kFailed: return is_forced_ || same->next_try <= world_->epoch_seconds();
      case DeliveryState::kSending: break;
    }
    // The process that began it has died, since one at a time delivers. A file is written again, a mail not.
    if (subscription.folder || is_forced_) return true;
    ReportDelivery unclear = *same;
    unclear.state = DeliveryState::kUnclear;
    unclear.message = "the program ended while the mail was handed over: it may have been sent";
    APPORTION_TRY(book_->end_delivery(unclear));
    return false;
  }

  // The state of a month is asked once a round; proofs take long.
  Result<SendableMonth> sendable(Month month) {
    const auto known = sendable_.find(month);
    if (known != sendable_.end()) return known->second;
    return sendable_.emplace(month, check_sendable(*workspace_, month, false)).first->second;
  }

  Result<void> attempt(const ReportSubscription& subscription, const Customer& customer,
                       const std::vector<ReportDelivery>& before, ReportDelivery& delivery) {
    APPORTION_ASSIGN(const SendableMonth state, sendable(delivery.month));
    APPORTION_ASSIGN(const TemporaryFolder temporary, workspace_->home.make_temporary_folder());
    const std::filesystem::path made = temporary.path() / "report";
    APPORTION_TRY(make_folder(made));
    std::optional<WrittenReport> file;
    if (subscription.dataset != "none") {
      APPORTION_ASSIGN(file, world_->write_file(*workspace_,
                                                {*caller_, customer.id, delivery.month, subscription.format,
                                                 brand_.name, subscription.allow_unknown},
                                                made));
      APPORTION_ASSIGN(delivery.content_hash, content_hash_of(made / file->name));
      if (file->rows == 0 && !subscription.customer) {  // of all customers, those without charges get nothing
        delivery.state = DeliveryState::kUnchanged;
        delivery.content_hash.clear();
        return ok();
      }
    }
    if (subscription.folder) {
      if (is_as_before(before, delivery)) return ok();
      return put_files(subscription, made, *file, delivery);
    }
    return send(subscription, customer, state, made, file, before, delivery);
  }

  // Nobody needs the same again.
  static bool is_as_before(const std::vector<ReportDelivery>& before, ReportDelivery& delivery) {
    for (const ReportDelivery& one : before) {
      if (one.state != DeliveryState::kSent && one.state != DeliveryState::kUnchanged) continue;
      if (one.content_hash.empty()) continue;
      if (one.content_hash != delivery.content_hash) return false;  // the newest that was delivered counts
      delivery.state = DeliveryState::kUnchanged;
      delivery.place = one.place;
      return true;
    }
    return false;
  }

  Result<void> put_files(const ReportSubscription& subscription, const std::filesystem::path& made,
                         const WrittenReport& file, ReportDelivery& delivery) {
    const auto root = folders_.find(*subscription.folder);
    if (root == folders_.end()) {
      return Error{ErrorId::kReportSubscriptionInvalid, "there is no such report folder", *subscription.folder, "",
                   "give the report subscription another folder"};
    }
    std::error_code failure;
    if (!std::filesystem::is_directory(root->second, failure)) {  // a disk that is not mounted is not filled beside it
      return Error{ErrorId::kFileMissing, "the report folder is not there", root->second.string(), failure.message(),
                   "make it, or mount its disk"};
    }
    const std::filesystem::path within = std::filesystem::path(delivery.customer.raw()) / delivery.month.to_string();
    const std::filesystem::path place = root->second / within;
    APPORTION_TRY(make_folder(place));
    if (file.metadata) {  // the old metadata never stands beside rows that it does not describe
      std::filesystem::remove(place / *file.metadata, failure);
      if (failure) return file_error("the old metadata could not be removed", place / *file.metadata, failure.value());
    }
    APPORTION_TRY(move_into_place(made / file.name, place / file.name));
    if (file.metadata) APPORTION_TRY(move_into_place(made / *file.metadata, place / *file.metadata));
    APPORTION_TRY(sync_to_disk(place));
    delivery.state = DeliveryState::kSent;
    delivery.place = (within / file.name).string();
    return ok();
  }

  Result<void> send(const ReportSubscription& subscription, const Customer& customer, const SendableMonth& state,
                    const std::filesystem::path& made, const std::optional<WrittenReport>& file,
                    const std::vector<ReportDelivery>& before, ReportDelivery& delivery) {
    APPORTION_ASSIGN(MonthMail mail, month_mail(*caller_, *workspace_, customer.id, delivery.month, state, {}));
    if (!file) delivery.content_hash = ContentHash().add(mail.mail.body).hex();
    if (is_as_before(before, delivery)) return ok();
    mail.mail.to = subscription.recipients;
    if (mail.mail.to.empty()) {
      APPORTION_ASSIGN(mail.mail.to, addresses_of(*workspace_, customer.id, world_->epoch_seconds));
    }
    if (file) {
      APPORTION_ASSIGN(mail.mail.attachment, attachment_of(made, *file, customer.id, delivery.month));
    }
    APPORTION_TRY(send_by_channel(*workspace_, *world_, mail.mail));
    delivery.state = DeliveryState::kSent;
    delivery.place = fmt::format("{}", fmt::join(mail.mail.to, ", "));
    return ok();
  }

  void note_failure(const ReportSubscription& subscription, const Error& error, ReportDelivery& delivery) {
    delivery.state = DeliveryState::kFailed;
    delivery.error_id = error_definition(error.id).name;
    delivery.message = error.message();
    delivery.next_try = world_->epoch_seconds() + retry_seconds(delivery.attempts);
    Error told = error;
    told.where = fmt::format("{} {} {}{}{}", subscription.name, delivery.customer.raw(), delivery.month.to_string(),
                             error.where.empty() ? "" : ": ", error.where);
    round_.failures.push_back(std::move(told));
  }

  const Caller* caller_;
  const Workspace* workspace_;
  const MailWorld* world_;
  ReportBook* book_;
  bool is_forced_;
  std::vector<Customer> customers_;
  Brand brand_;
  std::map<std::string, std::filesystem::path> folders_;
  std::map<Month, std::string> states_;
  std::map<Month, std::string> bases_;
  std::map<Month, Result<SendableMonth>> sendable_;
  ReportRound round_;
};

}  // namespace

Result<ReportRound> deliver_reports(const Caller& caller, const Workspace& workspace, const MailWorld& world,
                                    const ReportRoundRequest& request) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(ReportBook book, ReportBook::open(workspace.home.control_plane_file(), workspace.clock));
  APPORTION_ASSIGN(auto subscriptions, book.subscriptions());
  if (request.only) {
    APPORTION_ASSIGN(const ReportSubscription only, book.subscription_named(*request.only));
    subscriptions = {only};
  }
  if (subscriptions.empty()) return ReportRound();
  // Who asks for one subscription waits for a round that is under way; a round of all leaves them to that one.
  const auto patience = request.only ? workspace.patience : std::chrono::milliseconds(0);
  const auto lock = lock_patiently(workspace.home.folder() / kLockFile, workspace.cancel, patience);
  if (!lock) {
    if (lock.error().id == ErrorId::kHomeLocked && !request.only) return ReportRound();
    return lock.error();
  }
  Round round(caller, workspace, world, book, request.only.has_value());
  APPORTION_TRY(round.read_state());
  for (const ReportSubscription& subscription : subscriptions) APPORTION_TRY(round.deliver(subscription));
  return round.take();
}

Result<std::vector<AlertCondition>> report_conditions(const Workspace& workspace) {
  APPORTION_ASSIGN(const ReportBook book, ReportBook::open(workspace.home.control_plane_file(), workspace.clock));
  APPORTION_ASSIGN(const auto subscriptions, book.subscriptions());
  std::vector<AlertCondition> conditions;
  for (const ReportSubscription& subscription : subscriptions) {
    APPORTION_ASSIGN(const auto deliveries, book.deliveries(subscription.id, kDeliveriesSeenMax));
    std::set<std::pair<std::string, Month>> seen;  // the newest state of each month counts
    for (const ReportDelivery& delivery : deliveries) {
      const bool is_newest = seen.emplace(delivery.customer.raw(), delivery.month).second;
      if (!is_newest || (delivery.state != DeliveryState::kFailed && delivery.state != DeliveryState::kUnclear))
        continue;
      const std::string what =
          fmt::format("{} {} {}", subscription.name, delivery.customer.raw(), delivery.month.to_string());
      conditions.push_back({"report-failed " + what, "report-failed", "",
                            fmt::format("the report subscription {} was not delivered: {}; see: {}", what,
                                        delivery.message, step(Step::kListReportSubscriptions))});
    }
  }
  return conditions;
}

}  // namespace apportion
