/// The columns of FOCUS files, and how a row of charges becomes one of theirs. Internal to this module.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/model/charge_columns.h"
#include "foundation/model/customer_view.h"
#include "query/table.h"

namespace apportion {

struct FocusColumn {
  std::string_view name;
  ColumnType type;
};

/// The 57 columns of FOCUS 1.2 in their order.
std::span<const FocusColumn> focus_columns();
/// The `x_` columns of a customer's and of the partner's file. All are canonical but those of `focus_own_columns`.
std::span<const std::string_view> focus_extras(bool is_of_partner);

/// A column that is no canonical one, and where it comes from: `a` are the charges, `c` the customers.
struct FocusOwnColumn {
  std::string_view name;
  std::string_view expression;
  ColumnType type;
};
std::span<const FocusOwnColumn> focus_own_columns();

/// What a row needs beside its columns. They stand behind them, in this order.
enum class FocusAside {
  kMonth,
  kCarriedFrom,
  kCustomerId,
  kCustomerName,
  kKind,
  kRate,
  kMeter,
  kMeterCategory,
  kMeterSubcategory
};
inline constexpr std::size_t kFocusAsides = 9;
/// The expressions of the asides, in their order.
std::span<const FocusOwnColumn> focus_asides();

/// The canonical column whose amounts a cost column of a view shows; the partner has no view.
std::string_view shown_cost(std::string_view cost, std::optional<CustomerView> view);

/// Makes rows of a FOCUS file.
class FocusRows {
 public:
  /// `issuer`: of all rows; empty: as each says, and `other_issuer` where it says nothing.
  FocusRows(std::optional<CustomerView> view, std::string issuer, std::string other_issuer)
      : view_(view), issuer_(std::move(issuer)), other_issuer_(std::move(other_issuer)) {}

  /// `cells`: the columns as stored, and the asides, which are taken off.
  void complete(std::vector<TableCell>& cells) const;

 private:
  std::optional<CustomerView> view_;
  std::string issuer_;
  std::string other_issuer_;
};

}  // namespace apportion
