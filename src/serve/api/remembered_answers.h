/// Answers to questions about costs, remembered for as long as what they are made of is the same: the pages of one
/// long answer, and what all people of the partner see first, are worked out once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "application/invoices.h"
#include "foundation/model/caller.h"
#include "query/migration.h"
#include "serve/api/contract.h"
#include "serve/api/remembered.h"

namespace apportion {

/// A question of a caller: two callers who may see the same and ask the same get the same answer.
struct RememberedQuestion {
  std::string_view operation;
  const Caller& caller;
  std::string_view today;
  std::string_view text;  ///< All that the answer depends on beside these.

  /// The same for equal questions only.
  std::string key() const;
};

/// Documents, each of at most a quarter of the room.
class RememberedAnswers : public Remembered<Json> {
 public:
  /// `bytes_max`: how much is kept, about.
  explicit RememberedAnswers(std::int64_t bytes_max);
};

/// Invoices beside their charges, with every difference: one question may take all the room.
class RememberedInvoices : public Remembered<InvoicesOfScope> {
 public:
  explicit RememberedInvoices(std::int64_t bytes_max);
};

/// The costs of the legacy beside the new ones, with every amount; likewise.
class RememberedMigrations : public Remembered<Migration> {
 public:
  explicit RememberedMigrations(std::int64_t bytes_max);
};

}  // namespace apportion
