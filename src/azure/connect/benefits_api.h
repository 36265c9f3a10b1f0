/// Commitments as Azure knows them: reservations, savings plans, and how well they were used.
///
/// Source: the specifications of Microsoft.Billing (reservations of a billing account), Microsoft.BillingBenefits
/// (savings plans) and Microsoft.CostManagement (benefit utilization summaries). Amounts and percentages are plain
/// decimal text; what Azure leaves out is empty.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/arm_client.h"
#include "azure/connect/exports_api.h"
#include "azure/connect/scope.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

/// How much of a commitment was used over the last `grain` units.
struct UtilizationAggregate {
  std::string grain;  ///< `1`, `7`, `30`
  std::string grain_unit;
  std::string value;  ///< `78.12`
  std::string value_unit;
};

struct Reservation {
  std::string id;
  std::string reservation_id;  ///< The reservation's GUID.
  std::string order_id;        ///< The GUID of its order.
  std::string display_name;
  std::string sku;
  std::string sku_description;
  std::string resource_type;
  std::string region;
  std::string term;  ///< `P1Y`, `P3Y`, …
  std::string quantity;
  std::string scope_type;                   ///< `Single`, `Shared`, `ManagementGroup`
  std::vector<std::string> applied_scopes;  ///< ARM ids.
  std::string billing_plan;                 ///< `Upfront`, `Monthly`
  std::string purchased_at;
  std::string effective_at;
  std::string expires_at;
  std::string state;
  std::string instance_flexibility;
  std::optional<bool> renew;
  std::optional<bool> archived;
  std::vector<UtilizationAggregate> utilization;
};

struct SavingsPlan {
  std::string id;
  std::string plan_id;   ///< The plan's GUID.
  std::string order_id;  ///< The GUID of its order.
  std::string display_name;
  std::string sku;
  std::string term;
  std::string scope_type;
  std::string applied_scope;  ///< ARM id; empty if shared.
  std::string billing_account;
  std::string billing_profile;
  std::string billing_plan;
  std::string purchased_at;
  std::string effective_at;
  std::string expires_at;
  std::string state;
  std::optional<bool> renew;
  std::string commitment_grain;     ///< `Hourly`
  std::string commitment_currency;  ///< `USD`
  std::string commitment_amount;    ///< Decimal text, per grain.
  std::vector<UtilizationAggregate> utilization;
};

/// The use of one commitment on one day (or in one month).
struct UtilizationSummary {
  std::string kind;  ///< `Reservation`, `SavingsPlan`, `IncludedQuantity`, …
  std::string benefit_id;
  std::string order_id;
  std::string sku;
  std::string usage_date;  ///< `2022-10-16T00:00:00Z`
  std::string average;     ///< Percent, as decimal text.
  std::string least;
  std::string most;
};

enum class UtilizationGrain { kDaily, kMonthly };

struct UtilizationReportRequest {
  UtilizationGrain grain = UtilizationGrain::kDaily;
  std::string kind;  ///< `Reservation` or `SavingsPlan`; Azure demands it at billing scopes.
  Day from;
  Day to;
};

struct UtilizationReport {
  std::string status;  ///< `Complete`
  /// URLs with a signature: secrets as long as they are valid.
  std::string url;
  std::string secondary_url;
  std::string valid_until;
};

struct BenefitVersions {
  std::string reservations = "2024-04-01";
  std::string savings_plans = "2022-11-01";
  std::string utilization = std::string(kExportsApiVersion);
};

/// Borrows the client. Every list is complete: all pages are read.
class BenefitsApi {
 public:
  explicit BenefitsApi(ArmClient& client, BenefitVersions versions = {});

  /// Of a billing account or a billing profile. Errors (kReservationsUnlistedAtScope) for other scopes.
  Result<std::vector<Reservation>> reservations(const Scope& scope);
  /// Those that the caller sees, archived ones left out.
  Result<std::vector<SavingsPlan>> savings_plans();
  Result<std::vector<UtilizationSummary>> utilization(const Scope& scope, Day from, Day to,
                                                      UtilizationGrain grain = UtilizationGrain::kDaily);
  /// Has Azure write a report and waits for it; `told` is called for every wait.
  Result<UtilizationReport> utilization_report(const Scope& scope, const UtilizationReportRequest& request,
                                               const std::function<void(std::chrono::seconds)>& told = {});

 private:
  ArmClient* client_;
  BenefitVersions versions_;
};

}  // namespace apportion
