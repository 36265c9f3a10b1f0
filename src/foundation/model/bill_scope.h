/// Bill scopes: what an export covers, as the ARM id in its manifest, and how two of them relate.
///
/// Decided by the levels of the ids alone, without asking Azure. Case is ignored.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// An ARM id of a scope in the form in which scopes are compared: lower case, one slash in front and none behind, a
/// customer without the billing profile that Billing writes into its id. Empty stays empty.
std::string canonical_scope(std::string_view scope);

/// Whether exports of a scope contain retail prices without partner credit: subscriptions, resource groups and
/// management groups. Every billing scope contains the partner's own prices.
bool is_retail_scope(std::string_view scope);

/// How the costs of two scopes relate.
enum class ScopeRelation {
  kUnknown,   ///< One of them is empty.
  kSame,      ///< The same costs.
  kNested,    ///< One contains all costs of the other: an account and one of its customers.
  kApart,     ///< No cost is in both: two customers, two accounts.
  kCrossing,  ///< Some costs may be in both: a billing profile and a customer, an account and a subscription.
};
ScopeRelation relate_scopes(std::string_view left, std::string_view right);

}  // namespace apportion
