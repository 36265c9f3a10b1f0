/// Sums of what both sides of a comparison have, by some of the parts of their keys. Internal to this module.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foundation/money/decimal.h"
#include "query/table.h"

namespace apportion {

/// What a part of a difference adds.
struct PlaceAmounts {
  std::optional<Decimal> of_one;  ///< Nothing where another part of the same key has the amounts.
  std::optional<Decimal> of_other;
  Decimal difference;
  Decimal bound;
};

class SumsByPlace {
 public:
  /// `places`: the columns of the parts; `sides`: those of the two amounts.
  SumsByPlace(std::vector<std::string> places, std::array<std::string, 2> sides)
      : places_(std::move(places)), sides_(std::move(sides)) {}

  /// `key`: a text for each place, and the currency.
  void add(std::vector<std::string> key, const PlaceAmounts& amounts);

  /// The greatest differences first.
  Table table() const;

 private:
  struct Sum {
    std::int64_t keys = 0;
    PlaceAmounts amounts;
  };
  std::vector<std::string> places_;
  std::array<std::string, 2> sides_;
  std::map<std::vector<std::string>, Sum> sums_;
};

}  // namespace apportion
