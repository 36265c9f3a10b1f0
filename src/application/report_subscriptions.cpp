#include "application/report_subscriptions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/customer_edits.h"
#include "application/mail_sender.h"
#include "application/partner_only.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::int64_t kDeliveriesListedMax = 10'000;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kRecipientsMax = 50;
constexpr int kLastDay = 28;
constexpr auto kDatasets = std::to_array<std::string_view>({"focus", "none"});
constexpr auto kFormats = std::to_array<std::string_view>({"csv", "csv.gz", "parquet"});

Result<ReportBook> open_book(const Workspace& workspace) {
  return ReportBook::open(workspace.home.control_plane_file(), workspace.clock);
}

Error invalid(std::string_view where, std::string why, std::string next) {
  return {ErrorId::kReportSubscriptionInvalid, "the report subscription cannot be kept", excerpt(where), std::move(why),
          std::move(next)};
}

Result<void> check_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool is_name =
      !name.empty() && name.size() <= kNameBytesMax && is_letter(name.front()) &&
      std::ranges::all_of(name, [&](char c) { return is_letter(c) || c == '.' || c == '_' || c == '-'; });
  if (is_name) return ok();
  return invalid(name, "a name is in lower case, of letters, digits, points, dashes and underscores",
                 "choose another name");
}

template <std::size_t N>
Result<void> check_word(const std::array<std::string_view, N>& words, const std::string& word, const char* what) {
  if (std::ranges::find(words, word) != words.end()) return ok();
  return invalid(word, fmt::format("there is no such {}", what), fmt::format("use one of {}", fmt::join(words, ", ")));
}

Result<void> check_place(const ReportBook& book, const ReportSubscription& subscription) {
  if (!subscription.folder) {
    if (subscription.recipients.size() > kRecipientsMax) {
      return invalid(subscription.name, fmt::format("it has more than {} addresses", kRecipientsMax),
                     "use the address of a list");
    }
    for (const std::string& address : subscription.recipients) APPORTION_TRY(check_mail_address(address));
    return ok();
  }
  if (subscription.dataset == "none") {
    return invalid(subscription.name, "a folder needs a file, and the dataset is `none`", "choose focus");
  }
  APPORTION_ASSIGN(const auto folders, book.folders());
  if (std::ranges::find(folders, *subscription.folder, &ReportFolder::name) != folders.end()) return ok();
  return invalid(*subscription.folder, "there is no such report folder",
                 "whoever may run the program in the home adds folders; see those that there are");
}

Result<void> check(const Workspace& workspace, const ReportBook& book, const ReportSubscription& subscription) {
  APPORTION_TRY(check_name(subscription.name));
  APPORTION_TRY(check_word(kDatasets, subscription.dataset, "dataset"));
  APPORTION_TRY(check_word(kFormats, subscription.format, "format"));
  const bool has_day = subscription.day >= 1 && subscription.day <= kLastDay;
  if ((subscription.due == ReportDue::kMonthly) != has_day || (!has_day && subscription.day != 0)) {
    return invalid(subscription.name,
                   fmt::format("a day from 1 to {} belongs to monthly ones, and to no others", kLastDay),
                   "say when: on-complete, on-lock, or monthly with a day");
  }
  if (subscription.customer) {
    APPORTION_ASSIGN(const Customer known, customer_with_id(workspace.control_plane, subscription.customer->raw()));
  }
  return check_place(book, subscription);
}

// Of fields that exclude one another, the one that is said counts.
Result<void> apply(const ReportSubscriptionRequest& request, ReportSubscription& subscription) {
  if (request.customer && request.all_customers) {
    return invalid(request.name, "it is for one customer or for all, not for both", "say one of them");
  }
  if (request.folder && request.recipients) {
    return invalid(request.name, "it goes to a folder or by mail, not both", "say one of them; make two subscriptions");
  }
  if (request.customer) subscription.customer = CustomerId(*request.customer);
  if (request.all_customers) subscription.customer.reset();
  subscription.dataset = request.dataset.value_or(subscription.dataset);
  subscription.format = request.format.value_or(subscription.format);
  if (request.due) {
    subscription.due = *request.due;
    subscription.day = 0;
  }
  subscription.day = request.day.value_or(subscription.day);
  subscription.first_month = request.first_month.value_or(subscription.first_month);
  if (request.folder) {
    subscription.folder = request.folder;
    subscription.recipients.clear();
  }
  if (request.recipients) {
    subscription.recipients = *request.recipients;
    subscription.folder.reset();
  }
  subscription.again_on_change = request.again_on_change.value_or(subscription.again_on_change);
  subscription.allow_unknown = request.allow_unknown.value_or(subscription.allow_unknown);
  return ok();
}

std::string place_in_words(const ReportSubscription& subscription) {
  if (subscription.folder) return "folder " + *subscription.folder;
  if (subscription.recipients.empty()) return "mail to the customer's people";
  return fmt::format("mail to {}", fmt::join(subscription.recipients, ", "));
}

// For the audit log.
std::string in_words(const ReportSubscription& subscription) {
  return fmt::format(
      "{}: {} {} of {}, {}{}, {}", subscription.name, subscription.dataset, subscription.format,
      subscription.customer ? subscription.customer->raw() : "all customers", report_due_name(subscription.due),
      subscription.day > 0 ? fmt::format(" on day {}", subscription.day) : "", place_in_words(subscription));
}

// With links resolved, as far as it is there.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code failure;
  auto found = std::filesystem::weakly_canonical(path, failure);
  return failure ? path.lexically_normal() : found;
}

}  // namespace

Result<std::vector<ReportSubscription>> list_report_subscriptions(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const ReportBook book, open_book(workspace));
  return book.subscriptions();
}

Result<ReportSubscription> report_subscription(const Caller& caller, const Workspace& workspace,
                                               const std::string& name) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const ReportBook book, open_book(workspace));
  return book.subscription_named(name);
}

Result<ReportSubscription> add_report_subscription(const Caller& caller, const Workspace& workspace,
                                                   const ReportSubscriptionRequest& request, const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  if (!request.customer && !request.all_customers) {
    return invalid(request.name, "it does not say for whom", "name a customer, or say that it is for all");
  }
  if (!request.folder && !request.recipients) {
    return invalid(request.name, "it does not say where to", "name a folder, or say that it goes by mail");
  }
  ReportSubscription subscription;
  subscription.name = request.name;
  subscription.first_month = Month::of(workspace.clock.today()).plus_months(-1);
  APPORTION_TRY(apply(request, subscription));
  APPORTION_ASSIGN(ReportBook book, open_book(workspace));
  APPORTION_TRY(check(workspace, book, subscription));
  APPORTION_TRY(book.add_subscription(subscription, in_words(subscription), doer));
  return book.subscription_named(subscription.name);
}

Result<ReportSubscription> edit_report_subscription(const Caller& caller, const Workspace& workspace,
                                                    const ReportSubscriptionRequest& request, const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(ReportBook book, open_book(workspace));
  APPORTION_ASSIGN(ReportSubscription subscription, book.subscription_named(request.name));
  APPORTION_TRY(apply(request, subscription));
  APPORTION_TRY(check(workspace, book, subscription));
  APPORTION_TRY(book.change_subscription(subscription, in_words(subscription), doer));
  return subscription;
}

Result<void> remove_report_subscription(const Caller& caller, const Workspace& workspace, const std::string& name,
                                        const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(ReportBook book, open_book(workspace));
  return book.remove_subscription(name, doer);
}

Result<std::vector<ReportDelivery>> list_report_deliveries(const Caller& caller, const Workspace& workspace,
                                                           const std::string& name) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const ReportBook book, open_book(workspace));
  APPORTION_ASSIGN(const ReportSubscription subscription, book.subscription_named(name));
  return book.deliveries(subscription.id, kDeliveriesListedMax);
}

Result<std::vector<ReportFolder>> list_report_folders(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const ReportBook book, open_book(workspace));
  return book.folders();
}

Result<ReportFolder> add_report_folder(const Caller& caller, const Workspace& workspace, const std::string& name,
                                       const std::filesystem::path& path, const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_TRY(check_name(name));
  std::error_code failure;
  if (!path.is_absolute() || !std::filesystem::is_directory(path, failure)) {
    return Error{ErrorId::kReportSubscriptionInvalid, "reports cannot be written there", path.string(),
                 path.is_absolute() ? "it is no folder" : "the path is not absolute",
                 "make the folder, and give its whole path"};
  }
  const std::filesystem::path place = resolved(path);
  const std::filesystem::path home = resolved(workspace.home.folder());
  if (lies_within(place, home) || lies_within(home, place)) {
    return Error{ErrorId::kReportSubscriptionInvalid, "reports cannot be written there", place.string(),
                 "the home is this folder, within it, or around it", "choose a folder outside of the home"};
  }
  APPORTION_ASSIGN(ReportBook book, open_book(workspace));
  APPORTION_TRY(book.put_folder({name, place}, doer));
  return ReportFolder{name, place};
}

Result<void> remove_report_folder(const Caller& caller, const Workspace& workspace, const std::string& name,
                                  const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(ReportBook book, open_book(workspace));
  APPORTION_ASSIGN(const bool removed, book.remove_folder(name, doer));
  if (removed) return ok();
  return Error{ErrorId::kReportSubscriptionInvalid, "there is no such report folder", excerpt(name), "",
               "see which there are"};
}

}  // namespace apportion
