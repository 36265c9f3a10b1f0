/// Delivers what report subscriptions are due for: each state of a customer's month once, retried when it fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/alerts.h"
#include "application/month_mail.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "pipeline/publication/workspace.h"
#include "store/report_book.h"

namespace apportion {

/// What one pass did.
struct ReportRound {
  struct Done {
    std::string subscription;
    ReportDelivery delivery;
  };
  std::vector<Done> done;
  std::vector<Error> failures;  ///< They are tried again, later each time.
};

struct ReportRoundRequest {
  /// One subscription, whose failed and unclear deliveries are tried at once; unset: all, when they are due.
  std::optional<std::string> only = {};
};

/// A month is due when it is complete or locked, as the subscription says, nothing of it is missing, and its proof
/// holds. What was delivered is delivered again only if its content changed and the subscription says so. One process
/// at a time delivers: another one that does is not waited for, and then nothing is done. A mail that was being handed
/// over when the process died is not sent again by itself. Errors: kPartnerOnly; kNoSuchReportSubscription;
/// kInterrupted; those of the control plane.
Result<ReportRound> deliver_reports(const Caller& caller, const Workspace& workspace, const MailWorld& world,
                                    const ReportRoundRequest& request);

/// What holds of deliveries that failed or are unclear, for alerts.
Result<std::vector<AlertCondition>> report_conditions(const Workspace& workspace);

}  // namespace apportion
