#include "lake/kept_cells.h"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();  // no group
constexpr std::size_t kNoRow = std::numeric_limits<std::size_t>::max();

// Numbers below `count`, in as few bytes as they fit.
class Codes {
 public:
  Codes() = default;
  Codes(std::vector<std::uint32_t> codes, std::size_t count) {
    if (count <= std::size_t{1} << 8) {
      codes_ = std::vector<std::uint8_t>(codes.begin(), codes.end());
    } else if (count <= std::size_t{1} << 16) {
      codes_ = std::vector<std::uint16_t>(codes.begin(), codes.end());
    } else {
      codes.shrink_to_fit();
      codes_ = std::move(codes);
    }
  }

  template <class Visit>
  decltype(auto) visit(const Visit& visit) const {
    return std::visit(visit, codes_);
  }
  std::size_t bytes() const {
    return visit([](const auto& codes) { return codes.size() * sizeof(codes.front()); });
  }

 private:
  std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>> codes_;
};

}  // namespace

// Each text once, at an address of its own for as long as a piece refers to it: equal texts have equal addresses.
class KeptCells::Texts {
 public:
  const std::string* of(std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto found = addresses_.find(text);
    if (found != addresses_.end()) return found->second;
    const std::string& kept = texts_.emplace_back(text);
    addresses_.emplace(kept, &kept);
    constexpr std::size_t kBytesBeside = 80;  // of the two containers, about
    bytes_ += kept.capacity() + kBytesBeside;
    return &kept;
  }

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, const std::string*> addresses_;
  std::size_t bytes_ = 0;
};

// A value of a key: nothing, the address of a text, a day, or a flag.
using KeyValue = std::variant<std::monostate, const std::string*, Day, std::int64_t>;

namespace {

std::size_t hash_of(const KeyValue& value) {
  if (const auto* text = std::get_if<const std::string*>(&value)) return std::hash<const std::string*>()(*text);
  if (const auto* day = std::get_if<Day>(&value)) return static_cast<std::size_t>(day->days_since_epoch());
  if (const auto* flag = std::get_if<std::int64_t>(&value)) return static_cast<std::size_t>(*flag);
  return 0;
}

}  // namespace

class CellPiece {
 public:
  struct Keys {
    std::vector<KeyValue> values;  // by code
    Codes codes;
  };
  struct Amounts {
    std::vector<Decimal> values;
    std::vector<bool> unknown;  // empty: all are known
  };

  std::vector<CellColumn> columns;
  std::size_t rows = 0;
  std::vector<Keys> keys;  // of texts, days and flags, in the order of the columns
  std::vector<Amounts> amounts;
  std::vector<std::vector<std::int64_t>> counts;
  std::shared_ptr<const void> texts;  // that the keys refer to

  std::int64_t bytes() const {
    std::size_t bytes = sizeof(CellPiece);
    for (const Keys& key : keys) bytes += key.values.size() * sizeof(KeyValue) + key.codes.bytes();
    for (const Amounts& amount : amounts) bytes += amount.values.size() * sizeof(Decimal) + amount.unknown.size() / 8;
    for (const auto& count : counts) bytes += count.size() * sizeof(std::int64_t);
    return static_cast<std::int64_t>(bytes);
  }
};

namespace {

using Kind = CellColumn::Kind;

bool is_key(Kind kind) { return kind == Kind::kText || kind == Kind::kDay || kind == Kind::kFlag; }

// Gives each value of a key its code, in the order of their first cells.
class KeyCoder {
 public:
  void add(KeyValue value) {
    // Cells are sorted: most are like the one before.
    if (codes_.empty() || values_[last_] != value) last_ = code_of(value);
    codes_.push_back(last_);
  }

  CellPiece::Keys done() {
    Codes codes(std::move(codes_), values_.size());
    return {std::move(values_), std::move(codes)};
  }

  std::optional<std::string_view> last_text() const {
    if (codes_.empty()) return std::nullopt;
    const auto* text = std::get_if<const std::string*>(&values_[last_]);
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(**text);
  }
  KeyValue last() const { return values_[last_]; }

 private:
  std::uint32_t code_of(const KeyValue& value) {
    const auto [place, is_new] = known_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(value);
    return place->second;
  }

  struct Hash {
    std::size_t operator()(const KeyValue& value) const { return hash_of(value); }
  };

  std::unordered_map<KeyValue, std::uint32_t, Hash> known_;
  std::vector<KeyValue> values_;
  std::vector<std::uint32_t> codes_;
  std::uint32_t last_ = 0;
};

// Reads the rows of a statement into a piece.
template <class Texts>
class PieceReader {
 public:
  PieceReader(std::span<const CellColumn> columns, std::shared_ptr<Texts> texts) : texts_(std::move(texts)) {
    piece_->columns.assign(columns.begin(), columns.end());
    coders_.resize(columns.size());
    for (const CellColumn& column : columns) {
      if (column.kind == Kind::kAmount) piece_->amounts.emplace_back();
      if (column.kind == Kind::kCount) piece_->counts.emplace_back();
    }
  }

  void add(const EngineRow& row) {
    std::size_t amount = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < piece_->columns.size(); ++i) {
      const Kind kind = piece_->columns[i].kind;
      if (kind == Kind::kAmount) {
        add_amount(piece_->amounts[amount++], row, i);
      } else if (kind == Kind::kCount) {
        piece_->counts[count++].push_back(row.integer(i));
      } else {
        coders_[i].add(value_of(row, i, kind));
      }
    }
    ++piece_->rows;
  }

  std::shared_ptr<const CellPiece> done() {
    for (std::size_t i = 0; i < piece_->columns.size(); ++i) {
      if (is_key(piece_->columns[i].kind)) piece_->keys.push_back(coders_[i].done());
    }
    for (auto& amounts : piece_->amounts) {
      amounts.values.shrink_to_fit();
      if (std::ranges::find(amounts.unknown, true) == amounts.unknown.end()) amounts.unknown = {};
    }
    for (auto& counts : piece_->counts) counts.shrink_to_fit();
    piece_->texts = texts_;
    return std::move(piece_);
  }

 private:
  KeyValue value_of(const EngineRow& row, std::size_t column, Kind kind) {
    if (row.is_null(column)) return std::monostate();
    if (kind == Kind::kDay) return row.day(column);
    if (kind == Kind::kFlag) return row.integer(column);
    const std::string_view text = row.text(column);
    return coders_[column].last_text() == text ? coders_[column].last() : KeyValue(texts_->of(text));
  }

  static void add_amount(CellPiece::Amounts& amounts, const EngineRow& row, std::size_t column) {
    const bool is_unknown = row.is_null(column);
    amounts.values.push_back(is_unknown ? Decimal() : row.decimal(column));
    amounts.unknown.push_back(is_unknown);
  }

  std::shared_ptr<Texts> texts_;
  std::shared_ptr<CellPiece> piece_ = std::make_shared<CellPiece>();
  std::vector<KeyCoder> coders_;  // by column; those that are no keys stay empty
};

}  // namespace

bool NeededCells::has(std::string_view column) const { return std::ranges::find(columns, column) != columns.end(); }

KeptCells::KeptCells(std::int64_t bytes_max) : bytes_max_(bytes_max), texts_(std::make_shared<Texts>()) {}
KeptCells::~KeptCells() = default;

Result<std::shared_ptr<const CellPiece>> KeptCells::cells_of(QueryEngine& engine, const std::string& statement,
                                                             std::span<const CellColumn> columns) {
  if (Piece piece = find(statement)) return piece;
  return readings_.of(statement, [&]() -> Result<Piece> {
    // Another thread may have ended its reading since.
    if (Piece piece = find(statement)) return piece;
    return read(engine, statement, columns);
  });
}

KeptCells::Piece KeptCells::find(const std::string& statement) {
  const std::lock_guard lock(mutex_);
  const Piece* piece = pieces_.find(statement);
  return piece == nullptr ? nullptr : *piece;
}

Result<KeptCells::Piece> KeptCells::read(QueryEngine& engine, const std::string& statement,
                                         std::span<const CellColumn> columns) {
  std::shared_ptr<Texts> texts;
  {
    const std::lock_guard lock(mutex_);
    texts = texts_;
  }
  PieceReader reader(columns, std::move(texts));
  APPORTION_TRY(engine.query(statement, {}, [&reader](const EngineRow& row) {
    reader.add(row);
    return ok();
  }));
  Piece piece = reader.done();
  keep(statement, piece);
  return piece;
}

void KeptCells::keep(const std::string& statement, const Piece& piece) {
  const std::lock_guard lock(mutex_);
  const std::int64_t bytes = LruCache<Piece>::bytes_with(statement, piece->bytes());
  if (bytes > bytes_max_ || pieces_.contains(statement)) return;
  // Texts of pieces that went away are never used again, but stay: when they are many, everything starts anew.
  const auto bytes_of_texts = static_cast<std::int64_t>(texts_->bytes());
  if (bytes_of_texts > bytes_max_ / 2) {
    pieces_.clear();
    texts_ = std::make_shared<Texts>();
    return;
  }
  pieces_.shrink_to(bytes_max_ - bytes - bytes_of_texts);
  pieces_.put(statement, piece, piece->bytes());
}

std::int64_t KeptCells::bytes() const {
  const std::lock_guard lock(mutex_);
  return pieces_.bytes() + static_cast<std::int64_t>(texts_->bytes());
}

namespace {

// Whether a value may be what a filter keeps, as far as can be told here: letters beyond ASCII may be equal in ways
// that only the engine knows.
bool may_pass(const KeyValue& value, const std::vector<std::string>& wanted) {
  const auto* text = std::get_if<const std::string*>(&value);
  if (text == nullptr) return true;
  const auto is_ascii = [](const std::string& one) {
    return std::ranges::all_of(one, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  if (!is_ascii(**text) || (*text)->empty()) return true;
  return std::ranges::any_of(
      wanted, [&](const std::string& one) { return !is_ascii(one) || ascii_equal_ignoring_case(one, **text); });
}

// Which group each row of a piece belongs to, refined key by key.
class Groups {
 public:
  explicit Groups(std::size_t rows) : of_row_(rows, 0) {}

  // Leaves out rows of these codes.
  void leave_out(const CellPiece::Keys& keys, const std::vector<bool>& is_out) {
    keys.codes.visit([&](const auto& codes) {
      for (std::size_t row = 0; row < of_row_.size(); ++row) {
        if (is_out[codes[row]]) of_row_[row] = kNone;
      }
    });
  }

  void refine(const CellPiece::Keys& keys) {
    keys.codes.visit([&](const auto& codes) {
      refine(keys.values.size(), [&codes](std::size_t row) { return std::uint32_t{codes[row]}; });
    });
  }

  // `code_of`: of a row, below `codes`.
  template <class CodeOf>
  void refine(std::size_t codes, const CodeOf& code_of) {
    if (codes <= 1) return;
    const std::uint64_t pairs = std::uint64_t{count_} * codes;
    constexpr std::uint64_t kTableMax = std::uint64_t{1} << 21;
    if (pairs <= kTableMax) {
      std::vector<std::uint32_t> numbers(pairs, kNone);
      number([&](std::uint64_t pair) -> std::uint32_t& { return numbers[pair]; }, codes, code_of);
    } else {
      std::unordered_map<std::uint64_t, std::uint32_t> numbers;
      number([&](std::uint64_t pair) -> std::uint32_t& { return numbers.try_emplace(pair, kNone).first->second; },
             codes, code_of);
    }
  }

  std::uint32_t count() const { return count_; }
  const std::vector<std::uint32_t>& of_row() const { return of_row_; }

 private:
  template <class NumberOf, class CodeOf>
  void number(const NumberOf& number_of, std::size_t codes, const CodeOf& code_of) {
    std::uint32_t next = 0;
    std::uint64_t last_pair = std::numeric_limits<std::uint64_t>::max();
    std::uint32_t last_number = 0;
    for (std::size_t row = 0; row < of_row_.size(); ++row) {
      if (of_row_[row] == kNone) continue;
      const std::uint64_t pair = std::uint64_t{of_row_[row]} * codes + code_of(row);
      if (pair != last_pair) {
        std::uint32_t& number = number_of(pair);
        if (number == kNone) number = next++;
        last_pair = pair;
        last_number = number;
      }
      of_row_[row] = last_number;
    }
    count_ = next;
  }

  std::vector<std::uint32_t> of_row_;
  std::uint32_t count_ = 1;
};

// Cells that were added up, over all months.
class AddedCells {
 public:
  AddedCells(std::vector<CellColumn> columns, const NeededCells& needed)
      : columns_(std::move(columns)),
        needed_(needed),
        needs_month_(needed.has("x_BillMonth")),
        needs_names_(needed.has("x_CustomerNames")) {
    for (const CellColumn& column : columns_) {
      if (!is_key(column.kind)) continue;
      is_needed_.push_back(column.kind == Kind::kFlag || needed.has(column.name));
    }
  }

  Result<void> add(const CellsOfMonth& month) {
    const CellPiece& piece = *month.piece;
    APPORTION_CHECK(piece.columns == columns_, "cells that are added up have the same columns");
    const Groups groups = groups_of(piece);
    std::vector<std::size_t> numbers(groups.count(), kNoRow);  // in `rows_`
    for (std::size_t row = 0; row < piece.rows; ++row) {
      const std::uint32_t group = groups.of_row()[row];
      if (group != kNone && numbers[group] == kNoRow) numbers[group] = number_of(key_of(month, row));
    }
    return add_values(piece, groups, numbers);
  }

  Result<void> write(Workbench& workbench, std::string_view name) const {
    std::vector<std::string> definitions{"x_BillMonth VARCHAR", "x_CustomerNames BIGINT"};
    std::size_t key = 0;
    for (const CellColumn& column : columns_) {
      if (is_key(column.kind) && !is_needed_[key++]) continue;
      definitions.push_back(fmt::format("{} {}", sql_identifier(column.name), type_of(column.kind)));
    }
    APPORTION_TRY(workbench.make_table(name, fmt::format("{}", fmt::join(definitions, ", "))));
    APPORTION_ASSIGN(TableAppender table, workbench.append_to(name));
    for (const Row& row : rows_) APPORTION_TRY(append(table, row));
    return table.finish();
  }

 private:
  struct Key {
    const std::string* month = nullptr;  // null where it is not needed
    std::int64_t names = 0;
    std::vector<KeyValue> values;  // of the needed keys
    std::uint32_t known = 0;       // a bit for each amount

    bool operator==(const Key&) const = default;
  };
  struct Row {
    Key key;
    std::vector<Int128> amounts;
    std::vector<std::int64_t> counts;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      std::size_t hash = key.known + static_cast<std::size_t>(key.names) * kFactor;
      const auto mix = [&hash](std::size_t part) { hash = (hash ^ part) * kFactor + (hash >> kShift); };
      mix(std::hash<const std::string*>()(key.month));
      for (const KeyValue& value : key.values) mix(hash_of(value));
      return hash;
    }
    static constexpr std::size_t kFactor = 0x9E3779B97F4A7C15;
    static constexpr unsigned kShift = 29;
  };

  static std::string_view type_of(Kind kind) {
    switch (kind) {
      case Kind::kText: return "VARCHAR";
      case Kind::kDay: return "DATE";
      case Kind::kAmount: return "DECIMAL(38,18)";
      case Kind::kFlag:
      case Kind::kCount: return "BIGINT";
    }
    return {};
  }

  Groups groups_of(const CellPiece& piece) const {
    Groups groups(piece.rows);
    std::size_t key = 0;
    for (const CellColumn& column : columns_) {
      if (!is_key(column.kind)) continue;
      const CellPiece::Keys& keys = piece.keys[key++];
      for (const NeededCells::Filter& filter : needed_.filters) {
        if (filter.column == column.name) leave_out(groups, keys, filter.values);
      }
    }
    for (std::size_t i = 0; i < piece.keys.size(); ++i) {
      if (is_needed_[i]) groups.refine(piece.keys[i]);
    }
    for (const CellPiece::Amounts& amounts : piece.amounts) {
      if (amounts.unknown.empty()) continue;
      groups.refine(2, [&amounts](std::size_t row) { return std::uint32_t{amounts.unknown[row]}; });
    }
    return groups;
  }

  static void leave_out(Groups& groups, const CellPiece::Keys& keys, const std::vector<std::string>& wanted) {
    std::vector<bool> is_out;
    for (const KeyValue& value : keys.values) is_out.push_back(!may_pass(value, wanted));
    groups.leave_out(keys, is_out);
  }

  Key key_of(const CellsOfMonth& month, std::size_t row) const {
    Key key;
    if (needs_month_) key.month = &month.bill_month;
    if (needs_names_) key.names = month.customer_names;
    const CellPiece& piece = *month.piece;
    for (std::size_t i = 0; i < piece.keys.size(); ++i) {
      if (!is_needed_[i]) continue;
      const std::uint32_t code =
          piece.keys[i].codes.visit([row](const auto& codes) -> std::uint32_t { return codes[row]; });
      key.values.push_back(piece.keys[i].values[code]);
    }
    for (std::size_t i = 0; i < piece.amounts.size(); ++i) {
      const auto& unknown = piece.amounts[i].unknown;
      if (unknown.empty() || !unknown[row]) key.known |= 1U << i;
    }
    return key;
  }

  std::size_t number_of(Key key) {
    const auto [place, is_new] = numbers_.try_emplace(key, rows_.size());
    if (is_new) {
      const auto kinds = [this](Kind kind) {
        return static_cast<std::size_t>(std::ranges::count(columns_, kind, &CellColumn::kind));
      };
      rows_.push_back({std::move(key), std::vector<Int128>(kinds(Kind::kAmount), 0),
                       std::vector<std::int64_t>(kinds(Kind::kCount), 0)});
    }
    return place->second;
  }

  Result<void> add_values(const CellPiece& piece, const Groups& groups, const std::vector<std::size_t>& numbers) {
    bool is_too_large = false;
    std::vector<Int128> sums;
    for (std::size_t i = 0; i < piece.amounts.size(); ++i) {
      sums.assign(groups.count(), 0);
      const auto& values = piece.amounts[i].values;
      for (std::size_t row = 0; row < piece.rows; ++row) {
        const std::uint32_t group = groups.of_row()[row];
        if (group != kNone) is_too_large |= __builtin_add_overflow(sums[group], values[row].units(), &sums[group]);
      }
      for (std::size_t group = 0; group < sums.size(); ++group) {
        if (numbers[group] == kNoRow) continue;
        Int128& sum = rows_[numbers[group]].amounts[i];
        is_too_large |= __builtin_add_overflow(sum, sums[group], &sum);
      }
    }
    for (std::size_t i = 0; i < piece.counts.size(); ++i) {
      for (std::size_t row = 0; row < piece.rows; ++row) {
        const std::uint32_t group = groups.of_row()[row];
        if (group != kNone) rows_[numbers[group]].counts[i] += piece.counts[i][row];
      }
    }
    return is_too_large ? Result<void>(too_large()) : ok();
  }

  Result<void> append(TableAppender& table, const Row& row) const {
    if (row.key.month == nullptr) {
      table.null();
    } else {
      table.text(*row.key.month);
    }
    table.integer(row.key.names);
    std::size_t key = 0;
    std::size_t needed = 0;
    std::size_t amount = 0;
    std::size_t count = 0;
    for (const CellColumn& column : columns_) {
      if (column.kind == Kind::kAmount) {
        APPORTION_TRY(append_amount(table, row, amount++));
      } else if (column.kind == Kind::kCount) {
        table.integer(row.counts[count++]);
      } else if (is_needed_[key++]) {
        append_key(table, row.key.values[needed++]);
      }
    }
    table.end_row();
    return ok();
  }

  static Result<void> append_amount(TableAppender& table, const Row& row, std::size_t amount) {
    const Int128 limit = Decimal::kUnitsPerOne * kMostOfOne;
    if ((row.key.known >> amount & 1U) == 0) {
      table.null();
    } else if (row.amounts[amount] >= limit || row.amounts[amount] <= -limit) {
      return too_large();
    } else {
      table.decimal(Decimal::from_units(row.amounts[amount]));
    }
    return ok();
  }

  static void append_key(TableAppender& table, const KeyValue& value) {
    if (const auto* text = std::get_if<const std::string*>(&value)) {
      table.text(**text);
    } else if (const auto* day = std::get_if<Day>(&value)) {
      table.day(*day);
    } else if (const auto* flag = std::get_if<std::int64_t>(&value)) {
      table.integer(*flag);
    } else {
      table.null();
    }
  }

  static Error too_large() {
    return {ErrorId::kEngineFailed, "the engine could not do this", "", "a sum of costs is 10^20 or more",
            "ask for a smaller part, for example by month"};
  }

  static constexpr Int128 kMostOfOne = Int128{10'000'000'000} * 10'000'000'000;  // 10^20

  std::vector<CellColumn> columns_;
  const NeededCells& needed_;
  bool needs_month_;
  bool needs_names_;
  std::vector<bool> is_needed_;  // by key
  std::unordered_map<Key, std::size_t, Hash> numbers_;
  std::vector<Row> rows_;
};

}  // namespace

Result<void> add_up(std::span<const CellsOfMonth> months, const NeededCells& needed, Workbench& workbench,
                    std::string_view name) {
  APPORTION_CHECK(!months.empty(), "there are cells to add up");
  AddedCells added(months.front().piece->columns, needed);
  for (const CellsOfMonth& month : months) APPORTION_TRY(added.add(month));
  return added.write(workbench, name);
}

}  // namespace apportion
