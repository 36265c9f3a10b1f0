/// KeptCells: cells of cubes in the memory of a process that answers many questions.
///
/// A piece is what one statement over the files of one split comes to: the cells of a month as a scope may see them.
/// Files of the lake never change, so a piece is kept under its statement for as long as there is room; what was not
/// used for longest goes first. The statement is that of a relation of the scope (lake/relations.h): what a customer
/// may not see never comes into the customer's pieces.
///
/// Texts are kept as small numbers, amounts exactly. A piece does not answer a question itself: `add_up` makes the few
/// cells that a question needs of the many that there are, and the question's own statement runs over those.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workbench.h"
#include "foundation/base/lru_cache.h"
#include "foundation/base/result.h"
#include "foundation/base/single_flight.h"

namespace apportion {

/// A column of cells, by what is done with it when they are added up.
struct CellColumn {
  enum class Kind {
    kText,    ///< Cells of different texts stay apart.
    kDay,     ///< The same.
    kFlag,    ///< The same; 0 or 1.
    kAmount,  ///< DECIMAL(38,18): added up; cells of which one is unknown stay apart from the others.
    kCount,   ///< BIGINT: added up.
  };
  std::string name;
  Kind kind;

  bool operator==(const CellColumn&) const = default;
};

/// What a question needs of cells, beside flags, amounts and counts.
struct NeededCells {
  /// Columns that it names, canonical ones and `CustomerId`; `x_BillMonth` and `x_CustomerNames` if it needs them.
  std::vector<std::string_view> columns;
  /// Cells that a filter excludes may be left out; the statement checks for itself. Texts are compared ignoring case.
  struct Filter {
    std::string_view column;
    std::vector<std::string> values;
  };
  std::vector<Filter> filters = {};

  bool has(std::string_view column) const;
};

/// The cells of one statement. Immutable; many threads may read it.
class CellPiece;

/// A piece, with what its statement does not say since it may change.
struct CellsOfMonth {
  std::shared_ptr<const CellPiece> piece;
  std::string bill_month;
  std::int64_t customer_names = 0;
};

/// Thread-safe.
class KeptCells {
 public:
  /// `bytes_max`: how much is kept; what questions use meanwhile may be more.
  explicit KeptCells(std::int64_t bytes_max);
  KeptCells(const KeptCells&) = delete;
  KeptCells& operator=(const KeptCells&) = delete;
  ~KeptCells();

  /// The cells of a statement that returns `columns`, in this order; `engine` reads them the first time. Threads that
  /// need the same cells meanwhile wait for them.
  Result<std::shared_ptr<const CellPiece>> cells_of(QueryEngine& engine, const std::string& statement,
                                                    std::span<const CellColumn> columns);

  std::int64_t bytes() const;  ///< That are kept.

 private:
  using Piece = std::shared_ptr<const CellPiece>;
  class Texts;
  Piece find(const std::string& statement);
  Result<Piece> read(QueryEngine& engine, const std::string& statement, std::span<const CellColumn> columns);
  void keep(const std::string& statement, const Piece& piece);

  const std::int64_t bytes_max_;
  mutable std::mutex mutex_;
  LruCache<Piece> pieces_;  // by statement
  std::shared_ptr<Texts> texts_;
  SingleFlight<Piece> readings_;
};

/// Fills the new table `name` with the cells of all months, added up by the needed columns: rows that the same texts,
/// days, flags and knowledge of amounts tell apart may be several, and add up to the same. Its columns: `x_BillMonth`
/// and `x_CustomerNames`, which are empty and 0 unless they are needed, then those of the pieces, without texts and
/// days that are not needed. All pieces have the same columns. Errors: kEngineFailed for a sum of 10^20 or more.
Result<void> add_up(std::span<const CellsOfMonth> months, const NeededCells& needed, Workbench& workbench,
                    std::string_view name);

}  // namespace apportion
