#include "pipeline/normalise/charge_sink.h"

#include <initializer_list>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "foundation/base/check.h"
#include "lake/import_rows.h"
#include "lake/layout.h"
#include "pipeline/normalise/translations.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfGroup = 120'000;
constexpr std::array<std::string_view, 2> kRoles{kChargesFile, kMirrorFile};
constexpr std::array kContents{LakeContent::kCharges, LakeContent::kMirror};

// Columns in which a zero beside a cost is no price. What is told as delivered stays as it is.
constexpr auto kPrices = std::to_array<std::string_view>(
    {"ListUnitPrice", "ContractedUnitPrice", "x_EffectiveUnitPrice", "x_ListCostInUsd"});

bool says_more(const std::optional<Decimal>& cost) { return cost && !cost->is_zero(); }

Decimal size_of(Decimal amount) { return amount.is_negative() ? amount.negated() : amount; }

// Whether a cost is the product of price and quantity by the size of a block, but for what rounding took: a millionth.
bool was_divided(Decimal cost, Decimal block_size, Decimal product) {
  if (cost.is_zero() || block_size <= Decimal::from_integer(1)) return false;
  const auto whole = multiply(cost, block_size);
  if (whole.overflow || !whole.value.can_add(product.negated())) return false;
  const auto allowed = multiply(size_of(product), Decimal::from_units(Decimal::kUnitsPerOne / 1'000'000));
  return size_of(whole.value - product) <= allowed.value;
}

// Far more than any bill, and so far within the range of a Decimal that the costs of thousands of runs can be added in
// any order, by customer or month or category: no sum of stored costs needs to be looked at.
constexpr Decimal kCostsOfRunMax = Decimal::from_integer(10'000'000'000'000'000);

// Adds amounts without their signs; false, and nothing is added, when that would be too much.
bool add_size(Decimal& size, std::initializer_list<Decimal> amounts) {
  Decimal grown = size;
  for (const Decimal amount : amounts) {
    if (size_of(amount) > kCostsOfRunMax) return false;
    grown += size_of(amount);
  }
  if (grown > kCostsOfRunMax) return false;
  size = grown;
  return true;
}

}  // namespace

void MirrorChecksum::add(const MirrorChecksum& other) {
  first += other.first;
  second += other.second;
  rows += other.rows;
}

std::string MirrorChecksum::to_string() const { return fmt::format("{:016x}{:016x}:{}", first, second, rows); }

ChargeSink::ChargeSink(ChargeSinkOptions options, std::span<const SourceField> fields, std::vector<CellForm> forms,
                       const TextRules& rules)
    : options_(std::move(options)),
      cells_(fields, std::move(forms)),
      rules_(rules, (pools_.texts.resize(charge_columns().size()), pools_), cells_),
      codes_by_number_(charge_columns().size()),
      stand_in_file_(options_.folder / lake_file_name(LakeContent::kStandIns, options_.worker), options_.import) {
  if (!options_.prints.empty()) print_file_.emplace(options_.prints / fmt::format("{}", options_.worker));
  for (std::size_t i = 0; i < files_.size(); ++i) {
    files_[i] = std::make_unique<ChargeFile>(options_.folder / lake_file_name(kContents[i], options_.worker), pools_);
  }
  pools_.texts[charge_column_index("x_BillSource")] = &bill_sources_;
  pools_.texts[charge_column_index("x_SourceFile")] = &source_files_;
  pools_.texts[charge_column_index("x_SourceChanges")] = &changes_;
  pools_.texts[charge_column_index("x_OtherColumns")] = &other_objects_;
}

ChargeSink::~ChargeSink() = default;

Result<void> ChargeSink::take(const SourceBatch& batch) {
  batch_ = &batch;
  cells_.read(batch);
  if (numbering_ != cells_.numbering()) forget_numbers();
  prepare_rows();
  APPORTION_TRY(decide());
  settle_prices();
  count_totals();
  number_other_columns();
  if (print_file_ || options_.stand_ins != nullptr) print_rows();
  if (print_file_) APPORTION_TRY(keep_prints());
  if (options_.stand_ins != nullptr) find_stand_ins();
  append(*files_[0], Target::kCharges);
  append(*files_[1], Target::kMirror);
  return write_full_groups();
}

void ChargeSink::forget_numbers() {
  numbering_ = cells_.numbering();
  for (const auto& file : files_) file->spell_out();
  rules_.forget_numbers();
  for (auto& codes : codes_by_number_) codes.clear();
}

void ChargeSink::prepare_rows() {
  rules_.codes_of("BillingCurrency", currency_codes_);
  const auto is_currency = [this](std::uint32_t code) {
    return code != kNullIndex && Currency::parse(rules_.dictionary("BillingCurrency").text(code)).has_value();
  };
  std::uint32_t last_good = kNullIndex;
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    const std::uint32_t code = currency_codes_[row];
    if (code == last_good && code != kNullIndex) continue;
    if (is_currency(code)) {
      last_good = code;
    } else {
      reject_currency(row);
    }
  }
  rules_.codes_of("ChargeCategory", category_codes_);
  targets_.assign(cells_.rows(), Target::kNone);
  money_.assign(cells_.rows(), RowMoney{});
  change_codes_.assign(cells_.rows(), kNullIndex);
}

// The one place that decides what is known of list and contracted costs, for every dataset: a cost of zero beside a
// cost is unknown, unless the price and the quantity say more. What was taken in place of a zero stands in the row.
void ChargeSink::settle_prices() {
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (cells_.is_bad(row) || targets_[row] == Target::kNone) continue;
    RowMoney& money = money_[row];
    const PriceFacts facts = price_facts(row);
    money.costs = facts.costs_elsewhere || !money.billed.is_zero() || !money.effective.is_zero();
    if (!money.costs) continue;
    const Decimal contracted_told = money.contracted.value;
    const Decimal list_told = money.list.value;
    settle_contracted(row, facts);
    settle_list(row, facts);
    money.contracted.mended = money.contracted.value - contracted_told;
    money.list.mended = money.list.value - list_told;
  }
}

// A cost of a block meter that was divided by the size of the block once too often: either its price and quantity say
// so, or what the row costs.
void ChargeSink::undo_division(std::size_t row, std::string_view name, Decimal& cost,
                               const std::optional<Decimal>& product, const PriceFacts& facts) {
  if (!options_.mend || !facts.block_size) return;
  std::optional<Decimal> whole;
  if (product && was_divided(cost, *facts.block_size, *product)) {
    whole = product;
  } else if (was_divided(cost, *facts.block_size, money_[row].effective)) {
    whole = multiply(cost, *facts.block_size).value;
  }
  if (!whole) return;
  change(row, fmt::format("{} {} -> {}: it was divided by the block size {}", name, cost.to_string(),
                          whole->to_string(), facts.block_size->to_string()));
  cost = *whole;
}

void ChargeSink::settle_contracted(std::size_t row, const PriceFacts& facts) {
  RowMoney& money = money_[row];
  if (!money.contracted.is_known) return;
  undo_division(row, "ContractedCost", money.contracted.value, facts.contracted_price_times_quantity, facts);
  if (!money.contracted.value.is_zero()) return;
  if (options_.mend && says_more(facts.contracted_price_times_quantity)) {
    change(row, "ContractedCost 0 -> contracted unit price x pricing quantity");
    money.contracted.value = *facts.contracted_price_times_quantity;
  } else if (options_.mend && facts.has_stand_ins && !money.effective.is_zero()) {
    change(row, "ContractedCost 0 -> EffectiveCost: Microsoft leaves it out for reservations and marketplace");
    money.contracted.value = money.effective;
  } else {
    change(row, "ContractedCost 0 -> unknown: zero beside a cost is not a price");
    money.contracted.is_known = false;
  }
}

void ChargeSink::settle_list(std::size_t row, const PriceFacts& facts) {
  RowMoney& money = money_[row];
  if (!money.list.is_known) return;
  undo_division(row, "ListCost", money.list.value, facts.list_price_times_quantity, facts);
  if (!money.list.value.is_zero()) return;
  if (options_.mend && says_more(facts.list_price_times_quantity)) {
    change(row, "ListCost 0 -> list unit price x pricing quantity");
    money.list.value = *facts.list_price_times_quantity;
  } else if (options_.mend && facts.has_stand_ins && money.contracted.is_known) {
    change(row, "ListCost 0 -> ContractedCost: Microsoft leaves it out for reservations and marketplace");
    money.list.value = money.contracted.value;
  } else {
    change(row, "ListCost 0 -> unknown: zero beside a cost is not a price");
    money.list.is_known = false;
  }
}

void ChargeSink::count_totals() {
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (cells_.is_bad(row)) continue;
    Total*& total = totals_by_code_[{currency_codes_[row], category_codes_[row]}];
    if (total == nullptr) {
      total = &totals_[{std::string(rules_.dictionary("BillingCurrency").text(currency_codes_[row])),
                        std::string(rules_.dictionary("ChargeCategory").text(category_codes_[row]))}];
    }
    RowMoney& money = money_[row];
    if (!add_size(total->costs_size, {money.billed, money.effective, money.mended_effective})) {
      reject_cost(row,
                  "with this cost, the costs of the run add up to more than 10^16, whatever their signs; no bill does");
      continue;
    }
    ++rows_stored_;
    ++total->rows;
    total->billed += money.billed;
    total->effective += money.effective - money.mended_effective;
    total->mended_effective += money.mended_effective;
    total->billed_remainder += money.billed_remainder;
    total->effective_remainder += money.effective_remainder;
    if (targets_[row] == Target::kNone) continue;
    forget_if_too_large(row, "ListCost", money.list, total->list_size);
    forget_if_too_large(row, "ContractedCost", money.contracted, total->contracted_size);
    add_metrics(money, total->metrics[static_cast<std::size_t>(targets_[row])]);
  }
}

void ChargeSink::forget_if_too_large(std::size_t row, std::string_view name, Amount& amount, Decimal& size) {
  if (!amount.is_known || add_size(size, {amount.value})) return;
  change(row,
         fmt::format("{} {} -> unknown: those of the run add up to more than 10^16", name, amount.value.to_string()));
  amount.mended = amount.mended - amount.value;
  amount.value = Decimal();
  amount.is_known = false;
}

void ChargeSink::add_metrics(const RowMoney& money, std::array<MetricSum, kChargeMetrics.size()>& sums) {
  const auto add = [&sums](ChargeMetric metric, const Amount& amount) {
    sums[static_cast<std::size_t>(metric)].add(amount.value - amount.mended, amount.mended, amount.is_known);
  };
  add(ChargeMetric::kListCost, money.list);
  add(ChargeMetric::kContractedCost, money.contracted);
  add(ChargeMetric::kConsumedQuantity, money.consumed_quantity);
  add(ChargeMetric::kPricingQuantity, money.pricing_quantity);
}

void ChargeSink::look_at_days(const FieldCells& period_start, const FieldCells& period_end, const FieldCells& day) {
  note_days(day);
  mark_other_months(period_start, period_end, day);
}

void ChargeSink::note_days(const FieldCells& day) {
  std::uint32_t last = kNullIndex;
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    const std::uint32_t code = day.code(row);
    if (code == last || code == kNullIndex || cells_.is_bad(row)) continue;
    last = code;
    const Day charged(day.days[code]);
    if (options_.month.contains(charged)) charge_days_.add(charged.day_of_month());
  }
}

void ChargeSink::mark_other_months(const FieldCells& period_start, const FieldCells& period_end,
                                   const FieldCells& day) {
  const Month month = options_.month;
  for (; period_starts_seen_ < period_start.examined; ++period_starts_seen_) {
    const std::int32_t start = period_start.days[period_starts_seen_];
    if (period_start.bad[period_starts_seen_] != 0 || start == kNoDay || month.contains(Day(start))) continue;
    marks_.insert(fmt::format("some rows have a billing period that begins {}, but the run is for {}: they count in {}",
                              Day(start).to_string(), month.to_string(), month.to_string()));
  }
  const auto day_of = [](const FieldCells& cells, std::size_t row) {
    const std::uint32_t code = cells.code(row);
    return code == kNullIndex ? kNoDay : cells.days[code];
  };
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (cells_.is_bad(row) || day_of(period_start, row) != kNoDay) continue;
    const std::int32_t end = day_of(period_end, row);
    const std::int32_t charged = day_of(day, row);
    if (end != kNoDay) {
      // The last day of the period or the day behind it: the day before lies in the period either way.
      if (month.contains(Day(end).plus_days(-1))) continue;
      if (!period_ends_told_.insert(end).second) continue;
      marks_.insert(fmt::format("some rows have a billing period that ends {}, but the run is for {}: they count in {}",
                                Day(end).to_string(), month.to_string(), month.to_string()));
    } else if (!days_after_told_ && charged != kNoDay && Day(charged) > month.last_day()) {
      days_after_told_ = true;
      marks_.insert(fmt::format("some rows without a billing period are for days after {}: they count in {}",
                                month.to_string(), month.to_string()));
    }
  }
}

void ChargeSink::print_rows() {
  prints_.resize(cells_.rows());
  if (part_printed_ != batch_->part) print_layout();
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (targets_[row] == Target::kNone || cells_.is_bad(row)) continue;
    prints_[row] = print_of(row);
    if (options_.stand_ins != nullptr) options_.stand_ins->expect(prints_[row]);
  }
}

// What the bytes of a record mean.
void ChargeSink::print_layout() {
  const SourceLayout& layout = batch_->part->layout;
  std::string meaning = fmt::format("{} {} {}", static_cast<int>(layout.kind), static_cast<int>(layout.day_format),
                                    fmt::join(layout.column_of_field, " "));
  for (const SecondName& second : layout.second_names) meaning += fmt::format(" {}={}", second.column, second.field);
  for (const auto& [position, name] : layout.other_columns) meaning += fmt::format("\n{} {}", position, name);
  layout_print_ = keyed_hash(meaning.data(), meaning.size());
  part_printed_ = batch_->part;
}

// All that the columns of a row are made of, but for where it comes from and its effective cost, of which an actual
// file knows nothing. A record says all of it by its bytes; what the sink made of its amounts depends on the dataset.
RowPrint ChargeSink::print_of(std::size_t row) {
  const auto hash_of = [](std::vector<KeyedHash>& known, const TextDictionary& texts, std::uint32_t code) {
    if (code == kNullIndex) return KeyedHash();
    while (known.size() <= code) {
      const std::string_view text = texts.text(static_cast<std::uint32_t>(known.size()));
      known.push_back(keyed_hash(text.data(), text.size()));
    }
    return known[code];
  };
  const RowMoney& money = money_[row];
  PrintParts parts;
  if (const RawRecords* records = batch_->columns.records()) {
    const std::string_view record = records->fields(row, 0, records->columns - 1);
    parts.add(layout_print_);
    parts.add(keyed_hash(record.data(), record.size()));
  } else {
    add_to_print(row, parts);
    const bool has_others = !batch_->part->layout.other_columns.empty();
    parts.add(has_others ? hash_of(hashes_of_others_, others_, other_codes_[row]) : KeyedHash());
  }
  parts.add(money.billed);
  for (const Amount* amount : {&money.list, &money.contracted, &money.consumed_quantity, &money.pricing_quantity})
    parts.add(amount->if_known());
  parts.add(std::uint64_t{money.costs});
  parts.add(hash_of(hashes_of_changes_, changes_, change_codes_[row]));
  return parts.print();
}

Result<void> ChargeSink::keep_prints() {
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (targets_[row] != Target::kCharges || cells_.is_bad(row)) continue;
    APPORTION_TRY(print_file_->add(prints_[row], batch_->first_ordinal + batch_->ordinals[row]));
  }
  return ok();
}

void ChargeSink::find_stand_ins() {
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (targets_[row] != Target::kMirror || cells_.is_bad(row)) continue;
    const auto stand_in = options_.stand_ins->find(prints_[row]);
    if (!stand_in) continue;
    targets_[row] = Target::kStandIn;
    stand_in_file_.add(RowId(options_.import, batch_->first_ordinal + batch_->ordinals[row]), batch_->lines[row],
                       batch_->part->name, *stand_in);
  }
}

void ChargeSink::append(ChargeFile& file, Target target) {
  rows_.clear();
  for (std::size_t row = 0; row < cells_.rows(); ++row) {
    if (targets_[row] == target && !cells_.is_bad(row)) rows_.push_back(static_cast<std::uint32_t>(row));
  }
  if (rows_.empty()) return;
  file.begin_rows();
  for (std::size_t i = 0; i < cells_.segments(); ++i) file.append_numbers(i, cells_.numbers(i), rows_);
  append_origin(file, rows_);
  append_other_columns(file, rows_);
  rules_.append(file, rows_);
  append_costs(file, rows_);
  append_family_columns(file, rows_);
  empty_prices_of_nothing(file);
  file.end_rows(rows_.size());
}

void ChargeSink::empty_prices_of_nothing(ChargeFile& file) {
  const auto zero = [this](auto cell) {
    if constexpr (std::is_same_v<decltype(cell), Decimal>) {
      return cell.is_zero();
    } else {
      return pools_.decimals.values()[cell].is_zero();
    }
  };
  for (const std::string_view price : kPrices) {
    empty_cells(file, price, rows_, [&](std::uint32_t row, auto cell) { return money_[row].costs && zero(cell); });
  }
}

void ChargeSink::append_origin(ChargeFile& file, std::span<const std::uint32_t> rows) {
  static const std::size_t kRowIdColumn = charge_column_index("x_RowId");
  static const std::size_t kLineColumn = charge_column_index("x_SourceLine");
  static const std::size_t kImportColumn = charge_column_index("x_ImportId");
  static const std::size_t kSourceColumn = charge_column_index("x_BillSource");
  static const std::size_t kFileColumn = charge_column_index("x_SourceFile");
  static const std::size_t kChangesColumn = charge_column_index("x_SourceChanges");
  auto& row_ids = file.integers(kRowIdColumn);
  auto& lines = file.integers(kLineColumn);
  auto& changes = file.codes(kChangesColumn);
  for (const std::uint32_t row : rows) {
    row_ids.push_back(RowId(options_.import, batch_->first_ordinal + batch_->ordinals[row]).stored());
    lines.push_back(batch_->lines[row]);
    changes.push_back(change_codes_[row]);
  }
  const auto fill = [&file, &rows](std::size_t column, std::uint32_t code) {
    file.codes(column).insert(file.codes(column).end(), rows.size(), code);
  };
  fill(kImportColumn, pools_.integers.number_of(options_.import.raw()));
  fill(kSourceColumn, bill_sources_.number_of(options_.bill_source));
  fill(kFileColumn, source_files_.number_of(batch_->part->name));
}

// Columns that no table knows are kept as one JSON object a row.
void ChargeSink::number_other_columns() {
  const auto& others = batch_->part->layout.other_columns;
  if (others.empty()) return;
  if (other_cells_.size() < others.size()) {
    other_cells_.resize(others.size());
    other_memos_.resize(others.size());
  }
  other_codes_.assign(cells_.rows(), kNullIndex);
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto& [position, name] = others[i];
    const auto& texts = batch_->columns[position];
    for (std::size_t row = 0; row < cells_.rows(); ++row) {
      if (cells_.is_bad(row)) continue;
      const std::uint32_t cell = other_cells_[i].number_of(texts[row]);
      if (cell == kNullIndex) continue;
      const std::uint32_t before = other_codes_[row];
      other_codes_[row] = other_memos_[i].get(before, cell, [&, &name = name] {
        constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
        const std::string member = nlohmann::json(name).dump(-1, ' ', false, kReplace) + ":" +
                                   nlohmann::json(std::string(texts[row])).dump(-1, ' ', false, kReplace);
        const std::string_view members = others_.text(before);
        return others_.number_of(members.empty() ? member : fmt::format("{},{}", members, member));
      });
    }
  }
}

void ChargeSink::append_other_columns(ChargeFile& file, std::span<const std::uint32_t> rows) {
  static const std::size_t kColumn = charge_column_index("x_OtherColumns");
  if (batch_->part->layout.other_columns.empty()) return;
  auto& codes = file.codes(kColumn);
  for (const std::uint32_t row : rows) {
    const std::uint32_t members = other_codes_[row];
    if (members == kNullIndex) {
      codes.push_back(kNullIndex);
      continue;
    }
    const auto [known, added] = other_object_codes_.try_emplace(members, 0);
    if (added) known->second = other_objects_.number_of(fmt::format("{{{}}}", others_.text(members)));
    codes.push_back(known->second);
  }
}

void ChargeSink::append_costs(ChargeFile& file, std::span<const std::uint32_t> rows) {
  const auto append_column = [&](std::string_view name, auto value, auto is_known) {
    const std::size_t column = charge_column_index(name);
    auto& values = file.decimals(column);
    auto& present = file.present(column);
    for (const std::uint32_t row : rows) {
      values.push_back(value(money_[row]));
      present.push_back(is_known(money_[row]) ? 1 : 0);
    }
  };
  const auto append_cost = [&](std::string_view name, Decimal RowMoney::*cost) {
    append_column(
        name, [cost](const RowMoney& money) { return money.*cost; }, [](const RowMoney&) { return true; });
  };
  const auto append_amount = [&](std::string_view name, Amount RowMoney::*amount) {
    append_column(
        name, [amount](const RowMoney& money) { return (money.*amount).value; },
        [amount](const RowMoney& money) { return (money.*amount).is_known; });
  };
  append_cost("BilledCost", &RowMoney::billed);
  append_cost("EffectiveCost", &RowMoney::effective);
  append_amount("ListCost", &RowMoney::list);
  append_amount("ContractedCost", &RowMoney::contracted);
  append_amount("PricingQuantity", &RowMoney::pricing_quantity);
  append_amount("ConsumedQuantity", &RowMoney::consumed_quantity);
}

void ChargeSink::append_plain_decimal(ChargeFile& file, std::string_view column, const FieldCells& field,
                                      std::span<const std::uint32_t> rows) {
  const std::size_t index = charge_column_index(column);
  auto& values = file.decimals(index);
  auto& present = file.present(index);
  for (const std::uint32_t row : rows) {
    values.push_back(field.values[row]);
    present.push_back(field.present[row]);
  }
}

void ChargeSink::append_coded_decimal(ChargeFile& file, std::string_view column, std::size_t field,
                                      std::span<const std::uint32_t> rows) {
  const FieldCells& cells_of_field = cells_.field(field);
  append_by_field(file, column, field, rows, [&](std::uint32_t text) {
    return text == kNullIndex ? kNullIndex : pools_.decimals.number_of(cells_of_field.decimals[text]);
  });
}

void ChargeSink::append_day(ChargeFile& file, std::string_view column, std::size_t field,
                            std::span<const std::uint32_t> rows, int plus_days, std::optional<Day> otherwise) {
  const FieldCells& cells_of_field = cells_.field(field);
  const std::uint32_t code_otherwise = otherwise ? pools_.days.number_of(otherwise->days_since_epoch()) : kNullIndex;
  append_by_field(file, column, field, rows, [&](std::uint32_t text) {
    const bool blank = text == kNullIndex || cells_of_field.days[text] == kNoDay;
    return blank ? code_otherwise : pools_.days.number_of(cells_of_field.days[text] + plus_days);
  });
}

void ChargeSink::take_remainders(const FieldCells& field, Remainder RowMoney::*remainder) {
  for (const auto& [row, rest] : field.remainders) {
    money_[row].*remainder = rest;
    change_codes_[row] = add_change(change_codes_[row], "cost rounded at the 18th digit after the point");
  }
}

std::uint32_t ChargeSink::add_change(std::uint32_t code, std::string_view change) {
  auto known = change_texts_.find(change);
  if (known == change_texts_.end()) {
    known = change_texts_.emplace(std::string(change), static_cast<std::uint32_t>(change_texts_.size())).first;
  }
  return change_memo_.get(code, known->second, [&] {
    const std::string_view before = changes_.text(code);
    return changes_.number_of(before.empty() ? std::string(change) : fmt::format("{}; {}", before, change));
  });
}

Result<void> ChargeSink::write_full_groups() {
  std::size_t dictionary_bytes =
      cells_.dictionary_bytes() + rules_.dictionary_bytes() + others_.bytes() + other_objects_.bytes();
  for (const TextDictionary& dictionary : other_cells_) dictionary_bytes += dictionary.bytes();
  const bool forget = dictionary_bytes > options_.dictionary_bytes_max;
  for (const auto& file : files_) {
    if (forget || file->rows_waiting() >= kRowsOfGroup) APPORTION_TRY(file->write_row_group());
  }
  if (stand_in_file_.rows_waiting() >= kRowsOfGroup) APPORTION_TRY(stand_in_file_.write_row_group());
  if (!forget) return ok();
  note_unreadable_tags();
  cells_.forget();
  rules_.forget();
  pools_.decimals.clear();
  pools_.days.clear();
  pools_.integers.clear();
  totals_by_code_.clear();
  for (TextDictionary& dictionary : other_cells_) dictionary.clear();
  for (PairMemo& memo : other_memos_) memo.clear();
  others_.clear();
  hashes_of_others_.clear();
  other_objects_.clear();
  other_object_codes_.clear();
  period_starts_seen_ = 0;
  forget_family();
  return ok();
}

// Looks at the tags that the rules made of all texts since the dictionaries were empty.
void ChargeSink::note_unreadable_tags() {
  for (const std::string_view tags : rules_.dictionary("Tags").texts()) {
    if (!tags.starts_with(kUnreadableObject)) continue;
    note("some tags are not JSON: they are kept as the value of the tag `x_unreadable`");
    return;
  }
}

void ChargeSink::add_metric_totals(const std::pair<std::string, std::string>& currency_and_category, const Total& total,
                                   std::vector<ImportMetricTotal>& totals) {
  for (std::size_t target = 0; target < kRoles.size(); ++target) {
    for (const ChargeMetric metric : kChargeMetrics) {
      const MetricSum& sum = total.metrics[target][static_cast<std::size_t>(metric)];
      if (sum.known_rows() + sum.unknown_rows() == 0) continue;
      totals.push_back({*Currency::parse(currency_and_category.first), currency_and_category.second,
                        std::string(kRoles[target]), metric, sum});
    }
  }
}

Result<ChargeSinkResult> ChargeSink::finish() {
  note_unreadable_tags();
  ChargeSinkResult result;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    APPORTION_ASSIGN(const bool written, files_[i]->finish());
    if (!written) continue;
    result.files.push_back({{files_[i]->path().string(), files_[i]->rows_written(), files_[i]->bytes_written(), {}},
                            std::string(kRoles[i])});
  }
  APPORTION_ASSIGN(const bool has_stand_ins, stand_in_file_.finish());
  if (has_stand_ins) {
    result.files.push_back(
        {{stand_in_file_.path().string(), stand_in_file_.rows_written(), stand_in_file_.bytes_written(), {}},
         std::string(kStandInsFile)});
  }
  if (print_file_) APPORTION_TRY(print_file_->finish());
  for (const auto& [key, total] : totals_) {
    result.totals.push_back({*Currency::parse(key.first), key.second, total.rows, total.billed, total.effective,
                             total.mended_effective, total.billed_remainder, total.effective_remainder});
    add_metric_totals(key, total, result.metric_totals);
  }
  result.charge_days = charge_days_;
  result.rejects = std::move(cells_.rejects());
  result.rows_stored = rows_stored_;
  result.checksum = checksum_;
  result.notes = std::move(notes_);
  result.marks = std::move(marks_);
  return result;
}

}  // namespace apportion
