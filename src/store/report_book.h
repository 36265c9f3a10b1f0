/// Report book: report subscriptions, the folders they may write to, and what was delivered.
///
/// It has a handle of its own on the control plane, so that a change waits for nothing that is computed. What people
/// change stands in the audit log. Not thread-safe; processes may use it at the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/base/strong.h"
#include "foundation/model/ids.h"
#include "store/people_book.h"

namespace apportion {

using ReportSubscriptionId = Strong<struct ReportSubscriptionIdTag, std::int64_t>;
using ReportDeliveryId = Strong<struct ReportDeliveryIdTag, std::int64_t>;

/// When a month is delivered.
enum class ReportDue {
  kOnComplete,  ///< As soon as it is complete.
  kOnLock,      ///< As soon as it is locked.
  kMonthly,     ///< On a day of the next month, or later if it is not complete by then.
};
std::string_view report_due_name(ReportDue due);
std::optional<ReportDue> report_due_named(std::string_view name);

struct ReportSubscription {
  ReportSubscriptionId id{};
  std::string name;                         ///< Unique.
  std::optional<CustomerId> customer = {};  ///< Unset: each customer.
  std::string dataset = "focus";            ///< Or `none`: mail without a file.
  std::string format = "csv.gz";            ///< Or `csv`, `parquet`.
  ReportDue due = ReportDue::kOnComplete;
  int day = 0;                                   ///< Of `kMonthly`: 1 to 28.
  Month first_month = *Month::from_civil(1, 1);  ///< Earlier months are not delivered.
  std::optional<std::string> folder = {};        ///< Name of a report folder; unset: by mail.
  std::vector<std::string> recipients = {};      ///< Of mail; none: the people of each customer.
  bool again_on_change = false;                  ///< Deliver a month again when its content has changed.
  bool allow_unknown = false;                    ///< Leave unknown costs empty; otherwise nothing is delivered.

  bool operator==(const ReportSubscription&) const = default;
};

struct ReportFolder {
  std::string name;
  std::filesystem::path path;  ///< Absolute.
};

enum class DeliveryState {
  kSending,  ///< It was begun; its process may have died.
  kSent,
  kUnchanged,  ///< The month was published again, but what would be delivered is the same.
  kFailed,     ///< It is tried again.
  kUnclear,    ///< The process died while a mail was handed over: nobody knows whether it went out.
};
std::string_view delivery_state_name(DeliveryState state);

struct ReportDelivery {
  ReportDeliveryId id{};
  ReportSubscriptionId subscription{};
  CustomerId customer;
  Month month = *Month::from_civil(1, 1);
  std::string basis;         ///< Hash of what the content is made from; the same basis is delivered once.
  std::string content_hash;  ///< Of the file, once it was made.
  DeliveryState state = DeliveryState::kSending;
  std::int64_t attempts = 0;
  std::string place;               ///< A file below the folder, or addresses.
  std::string begun_at, ended_at;  ///< UTC.
  std::int64_t next_try = 0;       ///< Seconds since 1970.
  std::string error_id, message;   ///< Why it failed.
};

class ReportBook {
 public:
  static Result<ReportBook> open(const std::filesystem::path& control_plane_file, Clock clock);
  ReportBook(ReportBook&&) noexcept;
  ReportBook& operator=(ReportBook&&) noexcept;
  ~ReportBook();

  /// By name.
  Result<std::vector<ReportSubscription>> subscriptions() const;
  Result<ReportSubscription> subscription_named(const std::string& name) const;  ///< kNoSuchReportSubscription.
  /// `detail` is for the audit log. Errors: kReportSubscriptionExists.
  Result<void> add_subscription(const ReportSubscription& subscription, std::string_view detail, const Doer& doer);
  /// By id. Errors: as above; kNoSuchReportSubscription.
  Result<void> change_subscription(const ReportSubscription& subscription, std::string_view detail, const Doer& doer);
  /// With its deliveries. Errors: kNoSuchReportSubscription.
  Result<void> remove_subscription(const std::string& name, const Doer& doer);

  /// By name.
  Result<std::vector<ReportFolder>> folders() const;
  Result<void> put_folder(const ReportFolder& folder, const Doer& doer);
  /// False if there is none. Errors: kReportSubscriptionInvalid if a subscription writes to it.
  Result<bool> remove_folder(const std::string& name, const Doer& doer);

  /// The newest first; of one subscription if it is named.
  Result<std::vector<ReportDelivery>> deliveries(std::optional<ReportSubscriptionId> subscription,
                                                 std::int64_t deliveries_max) const;
  /// Those of one month of a customer, the newest first.
  Result<std::vector<ReportDelivery>> deliveries_of(ReportSubscriptionId subscription, const CustomerId& customer,
                                                    Month month) const;
  /// Begins an attempt: `subscription`, `customer`, `month` and `basis` say which; one more if it was tried before.
  Result<ReportDelivery> begin_delivery(const ReportDelivery& delivery);
  /// Records how it ended: `state`, `content_hash`, `place`, `next_try`, `error_id`, `message`.
  Result<void> end_delivery(const ReportDelivery& delivery);

  /// What of a customer's month left the program.
  struct SentMonth {
    CustomerId customer;
    Month month;
    bool by_mail = true;  ///< Else to a folder of the partner's.
  };
  /// Records that it did: with all details for the partner, and what came by mail for the customer too.
  Result<void> note_sent(const SentMonth& sent, std::string_view what, std::string_view detail, const Doer& doer);

 private:
  class Database;
  explicit ReportBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
