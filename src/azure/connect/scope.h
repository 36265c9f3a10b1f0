/// Scope: the part of a partner's billing that a connection reads, and its ARM ids.
///
/// Source: Azure's pages on Cost Management scopes and the specifications of the Billing and Cost Management APIs. The
/// two write a customer differently: Billing has the billing profile in the id, Cost Management has not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/model/dataset.h"

namespace apportion {

enum class ScopeKind { kBillingAccount, kBillingProfile, kCustomer, kSubscription };

/// `billing-account`, `billing-profile`, `customer-tenant`, `subscription`.
std::string_view scope_kind_name(ScopeKind kind);
/// Reads a name in any case; nothing if there is no such kind.
std::optional<ScopeKind> parse_scope_kind(std::string_view name);

struct Scope {
  ScopeKind kind = ScopeKind::kBillingAccount;
  std::string billing_account = {};  ///< Name, `GUID:GUID_2019-05-31`; empty for a subscription.
  std::string billing_profile =
      {};  ///< Name, `BKM6-54VH-BG7-PGB`. At a customer only if known; not part of its id then.
  std::string customer_tenant = {};  ///< Tenant id of the customer.
  std::string subscription = {};

  /// For Cost Management, without a slash at the end: `/providers/Microsoft.Billing/billingAccounts/…`.
  std::string arm_id() const;
  /// For Billing, which writes a customer below its billing profile; as `arm_id` where the profile is not known.
  std::string billing_id() const;
  /// Of the billing account itself; empty for a subscription.
  std::string billing_account_id() const;
  /// For people: `billing profile BKM6-… of billing account …`.
  std::string description() const;
};

/// Checks that the parts required by the kind are there and valid in an id; drops the others.
Result<Scope> make_scope(const Scope& parts);

/// Reads an ARM id in any case, with or without the slash in front, and with either form of a customer. Errors
/// (kInvalid) say which scopes a partner has.
Result<Scope> parse_scope(std::string_view arm_id);

/// Whether two scopes are the same to Cost Management.
bool same_scope(const Scope& left, const Scope& right);

/// Whether Azure delivers a dataset at a scope, as far as its documentation goes.
enum class Offer {
  kYes,
  kDisputed,  ///< Azure's documentation is contradictory: try, and report Azure's answer.
  kNo,
};
struct DatasetOffer {
  Offer offer;
  std::string_view note;  ///< What a billing engineer must know about it; may be empty.
};
DatasetOffer dataset_offer(ScopeKind kind, Dataset dataset);

/// Whether exports of a scope can be delivered with a SAS (to another tenant). Errors (kExportDeliveryBySasUnsupported)
/// say why not. `agreement_type` and `cloud` may be empty: not known.
Result<void> check_sas_delivery(ScopeKind kind, std::string_view agreement_type, std::string_view cloud);

inline constexpr std::string_view kPartnerAgreement = "MicrosoftPartnerAgreement";

}  // namespace apportion
