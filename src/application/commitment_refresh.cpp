#include "application/commitment_refresh.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "application/partner_only.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kDayLength = std::string_view("2026-11-22").size();
constexpr std::size_t kFields = static_cast<std::size_t>(CommitmentField::kCount);

using Values = std::vector<std::pair<CommitmentField, std::string>>;

std::string day_text(const std::string& time) {
  const auto day = Day::parse(std::string_view(time).substr(0, kDayLength));
  return day ? day->to_string() : std::string();
}

// `P3Y` as months; empty when it is none of these.
std::string months_text(const std::string& term) {
  static const std::map<std::string, std::string> kTerms = {
      {"p1m", "1"}, {"p1y", "12"}, {"p3y", "36"}, {"p5y", "60"}, {"p10y", "120"}};
  const auto found = kTerms.find(ascii_lower(term));
  return found == kTerms.end() ? std::string() : found->second;
}

std::string switch_text(std::optional<bool> value) { return !value ? "" : *value ? "on" : "off"; }

std::vector<StoredCommitmentFact> stored(const std::string& id, const Values& values, Day as_of) {
  std::vector<StoredCommitmentFact> facts;
  for (const auto& [field, value] : values) {
    if (!value.empty()) facts.push_back({id, std::string(commitment_field_name(field)), value, as_of});
  }
  return facts;
}

void append(std::vector<StoredCommitmentFact>& all, std::vector<StoredCommitmentFact> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

std::optional<CommitmentField> field_named(std::string_view name) {
  for (std::size_t i = 0; i < kFields; ++i) {
    const auto field = static_cast<CommitmentField>(i);
    if (commitment_field_name(field) == name) return field;
  }
  return std::nullopt;
}

// Where reservations and summaries are asked for: they belong to a billing account or a profile of it.
Result<Scope> billing_scope(const AzureSettings& settings, const std::string& connection) {
  if (!settings.scope.empty()) {
    APPORTION_ASSIGN(Scope scope, parse_scope(settings.scope));
    if (scope.kind == ScopeKind::kBillingAccount || scope.kind == ScopeKind::kBillingProfile) return scope;
  }
  return Error{
      ErrorId::kCommitmentsNeedScope, "commitments cannot be listed", connection,
      "Azure lists them for a billing account or a billing profile, but the connection has another scope or none",
      "say which billing account it is for: " + step(Step::kSetBillingAccount, {{"connection", connection}})};
}

Result<std::optional<ConnectionId>> id_of(const ControlPlane& control_plane,
                                          const std::optional<std::string>& connection) {
  if (!connection) return std::optional<ConnectionId>();
  APPORTION_ASSIGN(const Connection named, control_plane.connection_named(*connection));
  return std::optional(named.id);
}

}  // namespace

std::vector<StoredCommitmentFact> facts_of_reservation(const Reservation& reservation, Day as_of) {
  const std::string& id = reservation.reservation_id.empty() ? reservation.id : reservation.reservation_id;
  return stored(id,
                {{CommitmentField::kKind, std::string(commitment_kind_name(CommitmentKind::kReservation))},
                 {CommitmentField::kOrderId, ascii_lower(reservation.order_id)},
                 {CommitmentField::kName, reservation.display_name},
                 {CommitmentField::kSku, reservation.sku},
                 {CommitmentField::kQuantity, reservation.quantity},
                 {CommitmentField::kRegion, reservation.region},
                 {CommitmentField::kTermMonths, months_text(reservation.term)},
                 {CommitmentField::kScope, reservation.scope_type},
                 {CommitmentField::kBillingPlan, ascii_lower(reservation.billing_plan)},
                 {CommitmentField::kPurchaseDay, day_text(reservation.purchased_at)},
                 {CommitmentField::kStartDay, day_text(reservation.effective_at)},
                 {CommitmentField::kExpiryDay, day_text(reservation.expires_at)},
                 {CommitmentField::kRenewal, switch_text(reservation.renew)},
                 {CommitmentField::kState, reservation.state}},
                as_of);
}

std::vector<StoredCommitmentFact> facts_of_savings_plan(const SavingsPlan& plan, Day as_of) {
  const std::string& id = plan.plan_id.empty() ? plan.id : plan.plan_id;
  const bool is_hourly = ascii_equal_ignoring_case(plan.commitment_grain, "hourly");
  return stored(
      id,
      {{CommitmentField::kKind, std::string(commitment_kind_name(CommitmentKind::kSavingsPlan))},
       {CommitmentField::kOrderId, ascii_lower(plan.order_id)},
       {CommitmentField::kName, plan.display_name},
       {CommitmentField::kSku, plan.sku},
       {CommitmentField::kTermMonths, months_text(plan.term)},
       {CommitmentField::kScope, plan.scope_type},
       {CommitmentField::kBillingPlan, plan.billing_plan == "P1M" ? "monthly" : ascii_lower(plan.billing_plan)},
       {CommitmentField::kPurchaseDay, day_text(plan.purchased_at)},
       {CommitmentField::kStartDay, day_text(plan.effective_at)},
       {CommitmentField::kExpiryDay, day_text(plan.expires_at)},
       {CommitmentField::kRenewal, switch_text(plan.renew)},
       {CommitmentField::kHourlyCommitment, is_hourly ? plan.commitment_amount : ""},
       {CommitmentField::kHourlyCurrency, is_hourly ? plan.commitment_currency : ""},
       {CommitmentField::kState, plan.state}},
      as_of);
}

std::vector<CommitmentFact> commitment_facts(const std::vector<StoredCommitmentFact>& stored) {
  std::map<std::string, CommitmentFact> by_id;
  for (const StoredCommitmentFact& one : stored) {
    const auto field = field_named(one.field);
    if (!field) continue;
    CommitmentFact& fact = by_id[one.commitment];
    fact.source = CommitmentSource::kAzure;
    fact.id = one.commitment;
    fact.as_of = one.as_of;
    fact.values.emplace_back(*field, one.value);
  }
  std::vector<CommitmentFact> facts;
  for (auto& [id, fact] : by_id) facts.push_back(std::move(fact));
  return facts;
}

Result<std::vector<CommitmentFact>> kept_commitment_facts(const Caller& caller, const Workspace& workspace,
                                                          const std::optional<std::string>& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto id, id_of(workspace.control_plane, connection));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto stored, catalog.commitment_facts(id));
  return commitment_facts(stored);
}

Result<std::vector<StoredUseSummary>> kept_use_summaries(const Caller& caller, const Workspace& workspace,
                                                         const std::optional<std::string>& connection) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto id, id_of(workspace.control_plane, connection));
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  return catalog.use_summaries(id);
}

Result<RefreshedCommitments> refresh_commitments(const Caller& caller, Workspace& workspace, Gateway& gateway,
                                                 const std::string& connection, int days) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const Connection named, workspace.control_plane.connection_named(connection));
  APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto azure, AzureSession::open(workspace, catalog, named, gateway));
  APPORTION_ASSIGN(const Scope scope, billing_scope(azure->settings(), named.name));
  APPORTION_ASSIGN(ArmClient arm, azure->arm());
  BenefitsApi api(arm);
  const Day today = workspace.clock.today();
  RefreshedCommitments refreshed;
  std::vector<StoredCommitmentFact> facts;
  auto reservations = api.reservations(scope);
  if (reservations) {
    refreshed.reservations = reservations->size();
    for (const Reservation& reservation : *reservations) append(facts, facts_of_reservation(reservation, today));
  } else {
    refreshed.refused.push_back(reservations.error());
  }
  auto plans = api.savings_plans();
  if (plans) {
    refreshed.savings_plans = plans->size();
    for (const SavingsPlan& plan : *plans) append(facts, facts_of_savings_plan(plan, today));
  } else {
    refreshed.refused.push_back(plans.error());
  }
  std::vector<StoredUseSummary> kept;
  auto summaries = api.utilization(scope, today.plus_days(-days), today);
  if (summaries) {
    for (const UtilizationSummary& summary : *summaries) {
      const auto day = Day::parse(std::string_view(summary.usage_date).substr(0, kDayLength));
      if (day) kept.push_back({ascii_lower(summary.benefit_id), *day, summary.average, summary.least, summary.most});
    }
    refreshed.summaries = kept.size();
  } else {
    refreshed.refused.push_back(summaries.error());
  }
  constexpr std::size_t kLists = 3;
  if (refreshed.refused.size() == kLists) return refreshed.refused.front();
  APPORTION_TRY(catalog.put_commitments(named.id, facts, kept));
  return refreshed;
}

}  // namespace apportion
