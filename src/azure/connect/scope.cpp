#include "azure/connect/scope.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct KindRow {
  ScopeKind kind;
  std::string_view name;
  std::string_view words;
  std::string Scope::*own;  ///< The part that names the scope itself.
  bool of_billing_account;
};

constexpr auto kKinds = std::to_array<KindRow>({
    {ScopeKind::kBillingAccount, "billing-account", "billing account", &Scope::billing_account, true},
    {ScopeKind::kBillingProfile, "billing-profile", "billing profile", &Scope::billing_profile, true},
    {ScopeKind::kCustomer, "customer-tenant", "customer tenant", &Scope::customer_tenant, true},
    {ScopeKind::kSubscription, "subscription", "subscription", &Scope::subscription, false},
});

const KindRow& row_of(ScopeKind kind) {
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [kind](const KindRow& row) { return row.kind == kind; });
  APPORTION_CHECK(found != kKinds.end(), "a kind of scope has no row");
  return *found;
}

constexpr std::string_view kCostDisputed =
    "Azure's documentation is contradictory on cost exports of partners here: only trying shows whether it works";
constexpr std::string_view kCustomerCost =
    "purchases of reservations and Marketplace offers may be missing: compare with the billing account";
constexpr std::string_view kSubscriptionCost =
    "retail prices without partner earned credit, and zero for amortized reservations: not what the partner pays";
constexpr std::string_view kProfileOnly = "Azure delivers it only at billing profiles";
constexpr std::string_view kNowOnly = "Azure keeps no history of it";

struct OfferRow {
  ScopeKind kind;
  DatasetOffer cost;   ///< Actual, amortized, FOCUS.
  DatasetOffer other;  ///< Price sheet and reservations.
};

constexpr auto kOffers = std::to_array<OfferRow>({
    {ScopeKind::kBillingAccount, {Offer::kDisputed, kCostDisputed}, {Offer::kNo, kProfileOnly}},
    {ScopeKind::kBillingProfile, {Offer::kDisputed, kCostDisputed}, {Offer::kYes, ""}},
    {ScopeKind::kCustomer, {Offer::kYes, kCustomerCost}, {Offer::kNo, kProfileOnly}},
    {ScopeKind::kSubscription, {Offer::kYes, kSubscriptionCost}, {Offer::kNo, kProfileOnly}},
});

constexpr std::size_t kNameLengthMax = 128;

bool can_stand_in_an_id(std::string_view name) {
  return !name.empty() && name.size() <= kNameLengthMax && std::all_of(name.begin(), name.end(), [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_' || letter == ':';
  });
}

Error no_scope(std::string_view text, std::string why) {
  return {ErrorId::kScopeInvalid, "this is not a scope that a partner can connect", excerpt(text, 300), std::move(why),
          "give a billing account, a billing profile, a customer tenant or a subscription, as "
          "/providers/Microsoft.Billing/billingAccounts/ID[/billingProfiles/ID | /customers/TENANT] or "
          "/subscriptions/ID"};
}

Result<void> check_part(const KindRow& row, std::string_view name) {
  if (can_stand_in_an_id(name)) return ok();
  return Error{ErrorId::kScopeIdMissing, fmt::format("the scope needs the id of a {}", row.words), excerpt(name),
               name.empty() ? "it is empty" : "it contains characters that no Azure id has, or too many",
               fmt::format("give the id of the {} as Azure shows it", row.words)};
}

bool is(std::string_view left, std::string_view right) { return ascii_equal_ignoring_case(left, right); }

/// The reasons for ids that look like scopes and are none.
std::string why_not(const std::vector<std::string_view>& parts) {
  const auto has = [&parts](std::string_view name) {
    return std::any_of(parts.begin(), parts.end(), [name](std::string_view part) { return is(part, name); });
  };
  if (has("resourceGroups")) return "resource groups are read with their subscription";
  if (has("invoiceSections")) return "a partner agreement has no invoice sections";
  if (has("managementGroups")) return "management groups have no cost exports under a partner agreement";
  if (has("enrollmentAccounts") || has("departments"))
    return "a partner agreement has no departments or enrollment accounts";
  return "the parts of the id are not those of a scope";
}

std::vector<std::string_view> parts_of(std::string_view arm_id) {
  arm_id = trim(arm_id);
  while (!arm_id.empty() && arm_id.front() == '/') arm_id.remove_prefix(1);
  while (!arm_id.empty() && arm_id.back() == '/') arm_id.remove_suffix(1);
  return split_text(arm_id, '/');
}

/// Reads what stands behind the billing account; false when it is none of the known forms.
bool read_below_account(const std::vector<std::string_view>& parts, Scope& scope) {
  for (std::size_t at = 4; at < parts.size(); at += 2) {
    if (at + 1 >= parts.size()) return false;
    const bool profile = at == 4 && is(parts[at], "billingProfiles");
    const bool customer = is(parts[at], "customers") && at + 2 == parts.size();
    if (!profile && !customer) return false;
    scope.kind = profile ? ScopeKind::kBillingProfile : ScopeKind::kCustomer;
    (profile ? scope.billing_profile : scope.customer_tenant) = parts[at + 1];
  }
  return true;
}

}  // namespace

std::string_view scope_kind_name(ScopeKind kind) { return row_of(kind).name; }

std::optional<ScopeKind> parse_scope_kind(std::string_view name) {
  for (const KindRow& row : kKinds) {
    if (is(row.name, name)) return row.kind;
  }
  return std::nullopt;
}

std::string Scope::billing_account_id() const {
  return row_of(kind).of_billing_account ? "/providers/Microsoft.Billing/billingAccounts/" + billing_account : "";
}

std::string Scope::arm_id() const {
  switch (kind) {
    case ScopeKind::kBillingAccount: return billing_account_id();
    case ScopeKind::kBillingProfile: return billing_account_id() + "/billingProfiles/" + billing_profile;
    case ScopeKind::kCustomer: return billing_account_id() + "/customers/" + customer_tenant;
    case ScopeKind::kSubscription: return "/subscriptions/" + subscription;
  }
  return {};
}

std::string Scope::billing_id() const {
  if (kind != ScopeKind::kCustomer || billing_profile.empty()) return arm_id();
  return fmt::format("{}/billingProfiles/{}/customers/{}", billing_account_id(), billing_profile, customer_tenant);
}

std::string Scope::description() const {
  const KindRow& row = row_of(kind);
  std::string own = fmt::format("{} {}", row.words, this->*row.own);
  const bool below = row.of_billing_account && kind != ScopeKind::kBillingAccount;
  return below ? fmt::format("{} of billing account {}", own, billing_account) : own;
}

Result<Scope> make_scope(const Scope& parts) {
  const KindRow& row = row_of(parts.kind);
  if (row.of_billing_account) {
    APPORTION_TRY(check_part(row_of(ScopeKind::kBillingAccount), parts.billing_account));
  }
  APPORTION_TRY(check_part(row, parts.*row.own));
  Scope scope{
      .kind = parts.kind, .billing_account = {}, .billing_profile = {}, .customer_tenant = {}, .subscription = {}};
  if (row.of_billing_account) scope.billing_account = parts.billing_account;
  if (parts.kind == ScopeKind::kCustomer) scope.billing_profile = parts.billing_profile;
  scope.*row.own = parts.*row.own;
  return scope;
}

Result<Scope> parse_scope(std::string_view arm_id) {
  const auto parts = parts_of(arm_id);
  Scope scope;
  if (parts.size() == 2 && is(parts[0], "subscriptions")) {
    scope.kind = ScopeKind::kSubscription;
    scope.subscription = parts[1];
    return make_scope(scope);
  }
  const bool billing = parts.size() >= 4 && is(parts[0], "providers") && is(parts[1], "Microsoft.Billing") &&
                       is(parts[2], "billingAccounts");
  if (!billing) return no_scope(arm_id, why_not(parts));
  scope.billing_account = parts[3];
  if (!read_below_account(parts, scope)) return no_scope(arm_id, why_not(parts));
  return make_scope(scope);
}

bool same_scope(const Scope& left, const Scope& right) { return is(left.arm_id(), right.arm_id()); }

DatasetOffer dataset_offer(ScopeKind kind, Dataset dataset) {
  const auto* found =
      std::find_if(kOffers.begin(), kOffers.end(), [kind](const OfferRow& row) { return row.kind == kind; });
  APPORTION_CHECK(found != kOffers.end(), "a kind of scope has no offers");
  DatasetOffer offer = holds_charges(dataset) ? found->cost : found->other;
  if (offer.offer == Offer::kYes && dataset == Dataset::kReservationRecommendations) offer.note = kNowOnly;
  return offer;
}

Result<void> check_sas_delivery(ScopeKind kind, std::string_view agreement_type, std::string_view cloud) {
  const auto refused = [](std::string why, std::string next) {
    return Error{ErrorId::kExportDeliveryBySasUnsupported, "exports cannot be delivered with a SAS here", "",
                 std::move(why), std::move(next)};
  };
  if (kind != ScopeKind::kBillingAccount) {
    return refused(
        fmt::format("Azure offers it only at the scope of a billing account; this one is a {}", row_of(kind).words),
        "deliver to a storage account in the partner's own tenant, or connect the billing account");
  }
  if (!agreement_type.empty() && !is(agreement_type, kPartnerAgreement)) {
    return refused(fmt::format("Azure offers it only to partners ({}); this account has a {}", kPartnerAgreement,
                               excerpt(agreement_type)),
                   "deliver to a storage account in the same tenant");
  }
  if (!cloud.empty() && cloud != "public" && cloud != "custom") {
    return refused(fmt::format("Azure offers it only in its public cloud; this connection is in {}", excerpt(cloud)),
                   "deliver to a storage account in the same tenant");
  }
  return ok();
}

}  // namespace apportion
