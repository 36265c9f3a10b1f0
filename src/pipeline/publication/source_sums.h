/// What the vendor's files say that the charges of a month must sum to, by currency.
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
  /// Of the rows that tell them. Nothing: an import noted no such sums, or one of them is too large.
  std::optional<Decimal> list = Decimal();
  std::optional<Decimal> contracted = Decimal();
};

/// What the imports of a month noted while they were read.
std::map<std::string, SourceSum> source_sums(const LiveImports& live);

/// Refuses charges that do not sum to their files: they must never be published. The engine has them as `charges`.
Result<void> check_sums(QueryEngine& engine, const LiveImports& live, const std::string& where);

}  // namespace apportion
