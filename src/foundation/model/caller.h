/// Who is asking, and what they may see. Every query and every use case takes a Caller; nothing is answered without
/// one.
///
/// The scope is enforced where the relations of a question are created (`lake/relations.h`): the engine then holds only
/// the rows and columns that the caller may see, and no query can forget to filter.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"

namespace apportion {

/// Who may see a column. Each audience also sees what the ones before it see.
enum class Audience {
  kPublic,    ///< Every customer, in its own rows.
  kCostView,  ///< Customers that the partner allows to see what the partner pays.
  kPartner,   ///< The partner's own people only.
};

/// What a question may touch. Unset means everything.
struct ReadScope {
  Audience audience = Audience::kPublic;          ///< Deny by default.
  std::optional<std::set<CustomerId>> customers;  ///< Rows of these customers only; an empty set sees nothing.
  std::optional<std::string> connection;          ///< Name.
  std::optional<Month> month;
  std::optional<Month> first_month = {};  ///< This month and later.
  std::optional<Month> last_month = {};   ///< This month and earlier.

  static ReadScope of_partner(std::optional<std::string> connection = {}, std::optional<Month> month = {}) {
    return {Audience::kPartner, {}, std::move(connection), month};
  }

  /// Whether everything the partner has may be seen: no column and no customer is left out.
  bool is_partner() const { return audience == Audience::kPartner && !customers; }

  bool has_month(Month of) const {
    return (!month || of == *month) && (!first_month || of >= *first_month) && (!last_month || of <= *last_month);
  }
};

/// For questions that only the partner may ask: `kPartnerOnly` for any other scope. `question` says in plain words what
/// was asked, e.g. "the proof of the months".
Result<void> require_partner(const ReadScope& scope, std::string_view question);

/// Who is asking. The name is recorded in the audit log.
struct Caller {
  std::string actor;  ///< `os:billing` for a user of the operating system, `system` for the scheduler.
  Audience audience = Audience::kPublic;
  std::optional<std::set<CustomerId>> customers;  ///< Unset: all.

  /// A person who belongs to the partner and may see everything.
  static Caller partner(std::string actor) { return {std::move(actor), Audience::kPartner, {}}; }

  bool is_partner() const { return audience == Audience::kPartner && !customers; }
  /// What the caller may see of a connection and month.
  ReadScope scope(std::optional<std::string> connection = {}, std::optional<Month> month = {}) const {
    return {audience, customers, std::move(connection), month};
  }
};

}  // namespace apportion
