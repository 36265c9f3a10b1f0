/// What a change would do, or did, to amounts: who pays more, who pays less, and why.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "lake/lake_reader.h"
#include "lake/snapshot.h"
#include "store/control_plane.h"

namespace apportion {

/// The two costs that a customer's bill is judged by; nothing where one is unknown.
struct KnownCosts {
  std::optional<Decimal> billed = Decimal();
  std::optional<Decimal> effective = Decimal();

  KnownCosts& operator+=(const KnownCosts& other);  ///< What is unknown on either side makes the sum unknown.
  friend KnownCosts operator-(const KnownCosts& left, const KnownCosts& right);
  friend bool operator==(const KnownCosts&, const KnownCosts&) = default;
};

/// A customer's part of a month: what one rule assigned of one tenant.
struct AssignedPart {
  std::string customer;  ///< Or `unassigned`.
  std::string currency;
  std::string rule;       ///< Empty: no rule, or the tenants of the customer. Or a carry: see carried_rule.
  std::string tenant_id;  ///< Lower case; empty for charges without one.
  std::string tenant_name;
  std::int64_t rows = 0;
  KnownCosts costs;
};

/// Reads what both statements of parts have: tenant, its name, rows, billed and effective cost, and the rows of which
/// the effective cost is unknown, from six columns of a row.
void read_tenant_and_costs(const EngineRow& row, std::size_t first_column, AssignedPart& part);

/// What moved an amount most.
struct ChangeReason {
  bool by_charges = false;  ///< The charges themselves changed; the members below are empty.
  std::string rule;         ///< Empty: the tenant decides, no rule does.
  std::string tenant_id;
  std::string tenant_name;
};

struct AmountChange {
  std::string connection;
  Month month = Month::of(Day(0));
  std::string customer;
  std::string currency;
  KnownCosts before;
  KnownCosts after;
  ChangeReason reason;
};

/// A tenant with charges that belong to nobody, over all months that were compared.
struct TenantOfNobody {
  std::string tenant_name;
  KnownCosts costs;         ///< After the change.
  bool was_before = false;  ///< Charges of it were unassigned before the change.
  bool is_after = false;
};
using TenantAndCurrency = std::pair<std::string, std::string>;

struct AmountChanges {
  std::vector<AmountChange> customers;  ///< Those whose costs differ; `unassigned` is one of them.
  std::map<TenantAndCurrency, TenantOfNobody> tenants_of_nobody;
  std::int64_t months = 0;                            ///< How many were compared.
  std::map<std::string, std::string> customer_names;  ///< By id; for people.

  /// Compares what a month has before and after. `other_charges`: the charges changed, not only their split.
  void add_month(const std::string& connection, Month month, const std::vector<AssignedPart>& before,
                 const std::vector<AssignedPart>& after, bool other_charges);
  void name_customers(const std::vector<Customer>& known);
  /// Empty for `unassigned` and for customers that were not named.
  std::string name_of(const std::string& customer) const;
};

/// The amounts of one customer and currency over all months in which they change.
struct CustomerChange {
  std::string customer;
  std::string currency;
  std::int64_t months = 0;
  KnownCosts before;
  KnownCosts after;
  ChangeReason reason;  ///< Of the month that changes most.
};

/// By currency, the largest change first whatever its sign, what is unassigned last.
std::vector<CustomerChange> changes_by_customer(const AmountChanges& changes);

struct UnassignedTenantSum {
  std::string tenant_id;  ///< Empty: charges without a tenant.
  std::string tenant_name;
  std::string currency;
  KnownCosts costs;
  bool is_new = false;  ///< Nothing of it was unassigned before the change.
};

/// The tenants that belong to nobody after the change, by currency, the largest first.
std::vector<UnassignedTenantSum> unassigned_tenants(const AmountChanges& changes);

/// The parts of a month, published or about to be. Relations that the reader has open are replaced. Errors:
/// kPartnerOnly when the scope is not the partner's.
Result<std::vector<AssignedPart>> assigned_parts(LakeReader& reader, const ReadScope& scope,
                                                 const PublishedMonth& month);

/// What stands in for a rule on rows that were carried from a month.
std::string carried_rule(std::string_view month);

/// The names of the rules of a split that is published, or about to be, by rule number; none without a split. Errors:
/// kPartnerOnly.
Result<std::vector<std::string>> rule_names_of(const ControlPlane& control_plane, const ReadScope& scope,
                                               const std::optional<Split>& split);

/// The name of a rule as reasons have it: the tenants of the customer are none.
std::string told_rule(const std::vector<std::string>& rule_names, std::int64_t number, const std::string& customer);

}  // namespace apportion
