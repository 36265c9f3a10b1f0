/// What a partner's billing contains: accounts, profiles, customers, subscriptions, invoices, and what the caller may
/// do.
///
/// Source: the specification of Microsoft.Billing, version 2024-04-01. Fields that Azure leaves out are empty; its
/// enumerations stay texts. Amounts are plain decimal text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/arm_client.h"
#include "azure/connect/scope.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"

namespace apportion {

inline constexpr std::string_view kBillingApiVersion = "2024-04-01";

struct BillingAccount {
  std::string id;
  std::string name;  ///< `GUID:GUID_2019-05-31`, for `Scope::billing_account`.
  std::string display_name;
  std::string agreement_type;  ///< `MicrosoftPartnerAgreement`, `MicrosoftCustomerAgreement`, …
  std::string account_type;
  std::string status;
  std::string primary_tenant;
  std::optional<bool> has_read_access;

  bool is_partner() const { return agreement_type == kPartnerAgreement; }
};

struct BillingProfile {
  std::string id;
  std::string name;  ///< `BKM6-54VH-BG7-PGB`, for `Scope::billing_profile`.
  std::string display_name;
  std::string currency;
  std::string invoice_day;
  std::string status;
  std::string status_reason;
  std::string system_id;
  std::optional<bool> has_read_access;
};

struct AzurePlan {
  std::string sku_id;
  std::string description;
};
struct Reseller {
  std::string id;
  std::string description;
};

/// A customer in Microsoft's billing; a child organization may be created from it.
struct BillingCustomer {
  std::string id;         ///< Billing's own, with the billing profile in it: not the scope of Cost Management.
  std::string tenant_id;  ///< The last part of the id, for `Scope::customer_tenant`.
  std::string display_name;
  std::string billing_profile;       ///< Name.
  std::string billing_profile_name;  ///< For people.
  std::string system_id;
  std::string status;
  std::vector<AzurePlan> azure_plans;
  std::vector<Reseller> resellers;
  std::map<std::string, std::string> tags;
};

struct BillingSubscription {
  std::string id;
  std::string subscription_id;
  std::string display_name;
  std::string status;
  std::string customer_tenant;
  std::string customer_name;
  std::string billing_profile;
  std::string sku_description;
};

struct InvoiceAmount {
  std::string currency;
  std::string value;  ///< Decimal text; empty if Azure gives none.
};

struct Invoice {
  std::string name;  ///< `G123456789`
  std::string billing_profile;
  std::string billing_profile_name;
  std::string status;         ///< `Due`, `OverDue`, `Paid`, `Void`.
  std::string document_type;  ///< `Invoice`, `CreditNote`, …
  std::string invoice_date;
  std::string due_date;
  std::string period_start;
  std::string period_end;
  std::string replaces;    ///< Invoice of which this is the rebill; empty if none.
  std::string credit_for;  ///< Of a credit note: the invoice that it cancels; empty if none.
  InvoiceAmount billed;
  InvoiceAmount due;
  InvoiceAmount credit;
  InvoiceAmount subtotal;
  InvoiceAmount tax;
  InvoiceAmount total;
};

struct AccessDecision {
  std::string action;
  bool allowed = false;
};

/// Borrows the client. Every list is complete: all pages are read.
class BillingApi {
 public:
  explicit BillingApi(ArmClient& client, std::string api_version = std::string(kBillingApiVersion));

  Result<std::vector<BillingAccount>> accounts();
  Result<std::vector<BillingProfile>> profiles(std::string_view account);
  /// Of a billing account, or of one profile of it.
  Result<std::vector<BillingCustomer>> customers(std::string_view account, std::string_view profile = "");
  /// Of a billing account, or of one customer of it.
  Result<std::vector<BillingSubscription>> subscriptions(std::string_view account, std::string_view customer = "");
  /// Invoices of a period by their date.
  Result<std::vector<Invoice>> invoices(std::string_view account, Day from, Day to);

  /// Which of some actions the caller may take at a billing scope.
  Result<std::vector<AccessDecision>> check_access(const Scope& scope, const std::vector<std::string>& actions);
  /// All actions the caller may take at a billing scope: ids of Azure's own.
  Result<std::vector<std::string>> permissions(const Scope& scope);

 private:
  ArmCall call_of(std::string path, std::string doing) const;

  ArmClient* client_;
  std::string api_version_;
};

}  // namespace apportion
