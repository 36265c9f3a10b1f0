/// Who is asking, and what they may see. Every query and every use case takes a Caller; nothing is answered without
/// one.
///
/// The scope is enforced where the relations of a question are created (`lake/relations.h`): the engine then holds only
/// the rows and columns that the caller may see, and no query can forget to filter.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"

namespace apportion {

/// What of costs somebody sees, and who may see a column: as bits, so that what a view withholds is not part of it.
enum class Audience : std::uint8_t {
  kPublic = 0,     ///< Columns that every customer sees in its own rows; who has no more sees no costs.
  kListView = 1,   ///< List costs.
  kCostView = 2,   ///< What the partner pays.
  kBothViews = 3,  ///< Both, and what would tell one from the other.
  kPartner = 7,    ///< The partner's own people only: everything.
};

/// Whether somebody may see a column of an audience.
constexpr bool may_see(Audience who, Audience column) {
  return (static_cast<unsigned>(column) & ~static_cast<unsigned>(who)) == 0;
}

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

  /// The connection and the months as one text: the same for scopes of the same ones, whoever asks.
  std::string key_of_months() const;

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
