/// What the charges of a month must sum to according to the vendor's files, by currency.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/query_engine.h"
#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "store/live_import.h"

namespace apportion {

struct SourceSum {
  Decimal billed;
  Decimal effective;
  /// Of the rows that have them. Nothing: an import recorded no such sums, or one of them is too large.
  std::optional<Decimal> list = Decimal();
  std::optional<Decimal> contracted = Decimal();
};

/// What the imports of a month recorded while they were read.
std::map<std::string, SourceSum> source_sums(const LiveImports& live);

/// Refuses charges that do not sum to their files: they must never be published. The engine must have them as
/// `charges`.
Result<void> check_sums(QueryEngine& engine, const LiveImports& live, const std::string& where);

}  // namespace apportion
