/// Report subscriptions: a customer's month delivered by schedule, as a file below a folder or by mail.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "foundation/model/ids.h"
#include "pipeline/publication/workspace.h"
#include "store/report_book.h"

namespace apportion {

/// What is said of a subscription; what is not said stays as it is.
struct ReportSubscriptionRequest {
  std::string name;                          ///< `[a-z0-9][a-z0-9._-]*`
  std::optional<std::string> customer = {};  ///< Of a new one: this or `all_customers`.
  bool all_customers = false;
  std::optional<std::string> dataset = {};  ///< `focus`, or `none` for mail without a file.
  std::optional<std::string> format = {};   ///< `csv`, `csv.gz`, `parquet`.
  std::optional<ReportDue> due = {};
  std::optional<int> day = {};                              ///< With `kMonthly`.
  std::optional<Month> first_month = {};                    ///< Of a new one: the month before today's.
  std::optional<std::string> folder = {};                   ///< Name of a report folder; this or `recipients`.
  std::optional<std::vector<std::string>> recipients = {};  ///< By mail; an empty list: the customer's people.
  std::optional<bool> again_on_change = {};
  std::optional<bool> allow_unknown = {};
};

/// By name. Errors: kPartnerOnly.
Result<std::vector<ReportSubscription>> list_report_subscriptions(const Caller& caller, const Workspace& workspace);
/// Errors: as above; kNoSuchReportSubscription.
Result<ReportSubscription> report_subscription(const Caller& caller, const Workspace& workspace,
                                               const std::string& name);
/// Errors: as above; kReportSubscriptionInvalid, kReportSubscriptionExists, kNoSuchCustomer, kMailAddressInvalid.
Result<ReportSubscription> add_report_subscription(const Caller& caller, const Workspace& workspace,
                                                   const ReportSubscriptionRequest& request, const Doer& doer);
Result<ReportSubscription> edit_report_subscription(const Caller& caller, const Workspace& workspace,
                                                    const ReportSubscriptionRequest& request, const Doer& doer);
Result<void> remove_report_subscription(const Caller& caller, const Workspace& workspace, const std::string& name,
                                        const Doer& doer);

/// The newest first. Errors: kPartnerOnly, kNoSuchReportSubscription.
Result<std::vector<ReportDelivery>> list_report_deliveries(const Caller& caller, const Workspace& workspace,
                                                           const std::string& name);

/// By name. Errors: kPartnerOnly.
Result<std::vector<ReportFolder>> list_report_folders(const Caller& caller, const Workspace& workspace);
/// Lets subscriptions write below a folder of this machine: only for those who may run the program in the home. Errors:
/// kReportSubscriptionInvalid: the path is not absolute, is no folder, or is the home or within it.
Result<ReportFolder> add_report_folder(const Caller& caller, const Workspace& workspace, const std::string& name,
                                       const std::filesystem::path& path, const Doer& doer);
/// Errors: kReportSubscriptionInvalid when there is none, or a subscription writes to it.
Result<void> remove_report_folder(const Caller& caller, const Workspace& workspace, const std::string& name,
                                  const Doer& doer);

}  // namespace apportion
