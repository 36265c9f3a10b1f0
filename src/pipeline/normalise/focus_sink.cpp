// FOCUS files as charges: taken as they are, with Microsoft's known holes mended visibly.
//
// The holes and their remedies are those that Microsoft's own FinOps toolkit documents for the FOCUS 1.2-preview
// dataset. Files of 1.0-preview(v1) are taken in the words of later versions. Each mend writes what it changed, from
// what, into x_SourceChanges, and can be switched off for a connection.
#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"
#include "pipeline/normalise/charge_sink.h"
#include "pipeline/normalise/translations.h"

namespace apportion {
namespace {

// Position of a field by its FOCUS name; a name that is not in the table does not compile into a program that starts.
std::size_t at(std::string_view name) {
  const auto fields = focus_fields();
  const auto found =
      std::find_if(fields.begin(), fields.end(), [name](const SourceField& field) { return field.name == name; });
  APPORTION_CHECK(found != fields.end(), name);
  return static_cast<std::size_t>(found - fields.begin());
}

std::string lower(std::string_view text) { return ascii_lower(trim(text)); }
std::string upper_currency(std::string_view text) {
  const auto currency = Currency::parse(trim(text));
  return std::string(currency ? currency->code() : text);
}
std::string not_minus_two(std::string_view text) { return std::string(text == "-2" ? "" : text); }
std::string not_unassigned(std::string_view text) { return std::string(text == "Unassigned" ? "" : text); }

// Whether the sink appends a column by what it decided on the row.
bool is_amount(std::string_view column) {
  return column == "ListCost" || column == "ContractedCost" || column == "PricingQuantity" ||
         column == "ConsumedQuantity";
}

// Columns that depend on several others, so that no rule of texts can mend them.
constexpr auto kMendedWords =
    std::to_array<std::string_view>({"PublisherName", "CommitmentDiscountStatus", "CapacityReservationId",
                                     "CapacityReservationStatus", "ChargeFrequency"});

Translate translation_of(std::string_view column, bool mend) {
  if (column == "x_CustomerTenantId") return tenant_guid;
  if (column == "x_PartnerTenantId" || column == "x_SkuMeterId") return lower;
  if (column == "BillingCurrency" || column == "PricingCurrency") return upper_currency;
  if (column == "Tags") return tags_object;
  if (column == "x_SkuDetails" || column == "SkuPriceDetails") return json_object_or_kept;
  if (column == "SubAccountId") return subscription_path;
  if (column == "CommitmentDiscountStatus") return status_of_subcategory;
  if (column == "PricingCategory") return pricing_category_of_focus;
  if (mend && column == "x_InvoiceSectionId") return not_minus_two;
  if (mend && column == "x_InvoiceSectionName") return not_unassigned;
  return nullptr;
}

std::string or_second(std::string_view first, std::string_view second) {
  return std::string(first.empty() ? second : first);
}

std::string description_of(std::string_view description, std::string_view status) {
  return description.empty() && status_of_subcategory(status) == "Unused" ? "Unused commitment"
                                                                          : std::string(description);
}

std::string class_of(std::string_view charge_class, std::string_view status) {
  return charge_class.empty() ? class_of_subcategory(status) : std::string(charge_class);
}
std::string region_of(std::string_view region, std::string_view name) {
  return region.empty() ? region_id(name) : std::string(region);
}

// All the rules of a FOCUS file; built once, with and without mends.
struct FocusRules {
  std::vector<TextRule> singles;
  std::vector<PairRule> pairs;
};

FocusRules make_rules(bool mend) {
  FocusRules rules;
  rules.pairs = {{"ChargeClass", at("ChargeClass"), at("CommitmentDiscountStatus"), class_of}};
  if (mend) {
    rules.pairs = {rules.pairs.front(),
                   {"RegionId", at("RegionId"), at("RegionName"), region_of},
                   {"ChargeDescription", at("ChargeDescription"), at("CommitmentDiscountStatus"), description_of},
                   {"ServiceName", at("ServiceName"), at("x_SkuMeterSubcategory"), or_second}};
  }
  const auto is_paired = [&rules](std::string_view column) {
    return std::any_of(rules.pairs.begin(), rules.pairs.end(),
                       [column](const PairRule& pair) { return pair.column == column; });
  };
  const auto fields = focus_fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const ChargeColumn& column = charge_columns()[charge_column_index(fields[i].column)];
    if (mend && std::ranges::find(kMendedWords, column.name) != kMendedWords.end()) continue;
    const bool is_text = column.type == ColumnType::kText || column.type == ColumnType::kJson;
    if (!is_text || fields[i].kind != CellKind::kText || is_paired(column.name)) continue;
    rules.singles.push_back({column.name, i, translation_of(column.name, mend)});
  }
  rules.singles.push_back({"x_SubscriptionId", at("SubAccountId"), subscription_guid});
  return rules;
}

const FocusRules& focus_rules(bool mend) {
  static const FocusRules with_mends = make_rules(true);
  static const FocusRules without_mends = make_rules(false);
  return mend ? with_mends : without_mends;
}

std::vector<CellForm> cell_forms() {
  std::vector<CellForm> forms;
  for (const SourceField& field : focus_fields()) {
    CellForm form = CellForm::kText;
    if (field.kind == CellKind::kDay) form = CellForm::kDay;
    if (field.kind == CellKind::kDecimal) {
      form = is_plain_decimal(charge_column_index(field.column)) ? CellForm::kPlainDecimal : CellForm::kCodedDecimal;
    }
    forms.push_back(form);
  }
  return forms;
}

class FocusSink final : public ChargeSink {
 public:
  FocusSink(ChargeSinkOptions options, const FocusRules& rules)
      : ChargeSink(std::move(options), focus_fields(), cell_forms(), {rules.singles, rules.pairs}) {
    for (std::size_t i = 0; this->options().mend && i < kMendedWords.size(); ++i)
      pools().texts[charge_column_index(kMendedWords[i])] = &words_[i];
  }

 private:
  const FieldCells& field(std::size_t which) { return cells().field(which); }

  Amount amount(std::size_t which, std::size_t row) {
    return {field(which).values[row], field(which).present[row] != 0, {}};
  }

  std::string_view text(std::size_t which, std::size_t row) {
    const FieldCells& cells_of_field = field(which);
    return cells_of_field.dictionary.text(cells_of_field.code(row));
  }

  void reject_currency(std::size_t row) override {
    cells().reject(row, at("BillingCurrency"), "not a currency code of three letters such as EUR");
  }

  void reject_cost(std::size_t row, std::string reason) override {
    cells().reject(row, at("BilledCost"), std::move(reason));
  }

  Result<void> decide() override {
    static const std::size_t kBilled = at("BilledCost");
    static const std::size_t kEffective = at("EffectiveCost");
    static const std::size_t kList = at("ListCost");
    static const std::size_t kContracted = at("ContractedCost");
    static const std::size_t kPricingQuantity = at("PricingQuantity");
    static const std::size_t kConsumedQuantity = at("ConsumedQuantity");
    static const std::size_t kPeriodStart = at("BillingPeriodStart");
    static const std::size_t kPeriodEnd = at("BillingPeriodEnd");
    static const std::size_t kChargeStart = at("ChargePeriodStart");
    look_at_days(field(kPeriodStart), field(kPeriodEnd), field(kChargeStart));
    take_remainders(field(kBilled), &RowMoney::billed_remainder);
    take_remainders(field(kEffective), &RowMoney::effective_remainder);
    for (std::size_t row = 0; row < cells().rows(); ++row) {
      if (cells().is_bad(row)) continue;
      targets_[row] = Target::kCharges;
      RowMoney& money = money_[row];
      money.billed = field(kBilled).values[row];
      money.effective = field(kEffective).values[row];
      money.list = amount(kList, row);
      money.contracted = amount(kContracted, row);
      money.pricing_quantity = amount(kPricingQuantity, row);
      money.consumed_quantity = amount(kConsumedQuantity, row);
      if (options().mend) {
        tell_text_mends(row);
        tell_word_mends(row);
        mend(row);
      }
    }
    return ok();
  }

  // The rules mend texts once for all rows that have them; here each of these rows says so.
  void tell_text_mends(std::size_t row) {
    static const std::size_t kDescription = at("ChargeDescription");
    static const std::size_t kRegion = at("RegionId");
    static const std::size_t kRegionName = at("RegionName");
    static const std::size_t kService = at("ServiceName");
    static const std::size_t kSubcategory = at("x_SkuMeterSubcategory");
    static const std::size_t kSectionId = at("x_InvoiceSectionId");
    static const std::size_t kSectionName = at("x_InvoiceSectionName");
    if (text(kRegion, row).empty() && !text(kRegionName, row).empty()) change(row, "RegionId empty -> from RegionName");
    if (text(kDescription, row).empty() && is_unused(row)) change(row, "ChargeDescription empty -> Unused commitment");
    if (text(kService, row).empty() && !text(kSubcategory, row).empty())
      change(row, "ServiceName empty -> x_SkuMeterSubcategory");
    if (text(kSectionId, row) == "-2") change(row, "x_InvoiceSectionId -2 -> empty");
    if (text(kSectionName, row) == "Unassigned") change(row, "x_InvoiceSectionName Unassigned -> empty");
  }

  void tell_word_mends(std::size_t row) {
    static const std::size_t kPublisher = at("PublisherName");
    static const std::size_t kCapacity = at("CapacityReservationId");
    static const std::size_t kCapacityStatus = at("CapacityReservationStatus");
    const std::string_view named = text(kPublisher, row);
    if (named == "Microsoft Corporation") change(row, "PublisherName Microsoft Corporation -> Microsoft");
    if (named.empty() && !publisher(row).empty()) {
      change(row, is_of_commitment(row) ? "PublisherName empty -> Microsoft: nobody else sells commitments"
                                        : "PublisherName empty -> Microsoft: the cloud provider sells it");
    }
    if (told_status(row).empty() && !status(row).empty())
      change(row, "CommitmentDiscountStatus empty -> Used: a commitment covers the usage");
    const std::string_view capacity = capacity_reservation(row);
    if (text(kCapacity, row).empty() && !capacity.empty()) change(row, "CapacityReservationId empty -> x_SkuDetails");
    if (text(kCapacityStatus, row).empty() && !capacity.empty())
      change(row, fmt::format("CapacityReservationStatus empty -> {}", capacity_status(row)));
    if (is_paid_by_month(row)) change(row, "ChargeFrequency Usage-Based -> Recurring: a payment for a commitment");
  }

  bool is_usage(std::size_t row) {
    static const std::size_t kCategory = at("ChargeCategory");
    return text(kCategory, row) == "Usage";
  }

  // In the words of today, also where the column tells a ChargeSubcategory of 1.0-preview(v1).
  std::string_view told_status(std::size_t row) {
    static const std::size_t kStatus = at("CommitmentDiscountStatus");
    const std::uint32_t code = field(kStatus).code(row);
    return code == kNullIndex ? std::string_view() : statuses_.get(field(kStatus), code, status_of_subcategory);
  }

  bool is_unused(std::size_t row) { return told_status(row) == "Unused"; }

  // By any of the columns that tell it.
  bool is_of_commitment(std::size_t row) {
    static const auto kTelling = std::to_array<std::size_t>(
        {at("CommitmentDiscountId"), at("CommitmentDiscountType"), at("CommitmentDiscountCategory")});
    static const std::size_t kPricing = at("PricingCategory");
    const auto tells = [&](std::size_t which) { return !text(which, row).empty(); };
    return std::ranges::any_of(kTelling, tells) || !told_status(row).empty() ||
           ascii_equal_ignoring_case(text(kPricing, row), "Committed") ||
           ascii_equal_ignoring_case(text(kPricing, row), "Commitment-Based");
  }

  std::string_view publisher(std::size_t row) {
    static const std::size_t kPublisher = at("PublisherName");
    static const std::size_t kCategory = at("x_PublisherCategory");
    const std::string_view named = text(kPublisher, row);
    if (named == "Microsoft Corporation") return "Microsoft";
    const bool by_microsoft =
        is_of_commitment(row) || ascii_equal_ignoring_case(text(kCategory, row), "Cloud Provider");
    return named.empty() && by_microsoft ? "Microsoft" : named;
  }

  // Monthly payments for savings plans are written as if they came by use.
  bool is_paid_by_month(std::size_t row) {
    static const std::size_t kCategory = at("ChargeCategory");
    static const std::size_t kFrequency = at("ChargeFrequency");
    return text(kCategory, row) == "Purchase" && text(kFrequency, row) == "Usage-Based" && is_of_commitment(row);
  }

  std::string_view frequency(std::size_t row) {
    static const std::size_t kFrequency = at("ChargeFrequency");
    return is_paid_by_month(row) ? "Recurring" : text(kFrequency, row);
  }

  std::string_view status(std::size_t row) {
    const std::string_view told = told_status(row);
    return told.empty() && is_usage(row) && is_of_commitment(row) ? "Used" : told;
  }

  std::string_view capacity_reservation(std::size_t row) {
    static const std::size_t kCapacity = at("CapacityReservationId");
    static const std::size_t kDetails = at("x_SkuDetails");
    static const std::size_t kResource = at("ResourceId");
    const std::string_view told = text(kCapacity, row);
    if (!told.empty()) return told;
    if (const std::uint32_t details = field(kDetails).code(row); details != kNullIndex) {
      const std::string_view named = capacity_ids_.get(field(kDetails), details, capacity_reservation_in);
      if (!named.empty()) return named;
    }
    return is_capacity(row) ? text(kResource, row) : std::string_view();
  }

  bool is_capacity(std::size_t row) {
    static const std::size_t kResource = at("ResourceId");
    const std::uint32_t resource = field(kResource).code(row);
    const auto read = [](std::string_view id) { return is_capacity_reservation(id) ? 'y' : 'n'; };
    return resource != kNullIndex && are_capacity_.get(field(kResource), resource, read) == 'y';
  }

  std::string_view capacity_status(std::size_t row) {
    static const std::size_t kStatus = at("CapacityReservationStatus");
    const std::string_view told = text(kStatus, row);
    if (!told.empty() || capacity_reservation(row).empty()) return told;
    return is_capacity(row) ? "Unused" : "Used";
  }

  bool is_never_consumed(std::size_t row) { return !is_usage(row) || is_unused(row); }

  void mend(std::size_t row) {
    static const std::size_t kCategory = at("ChargeCategory");
    RowMoney& money = money_[row];
    Amount& consumed = money.consumed_quantity;
    if (consumed.is_known && is_never_consumed(row)) {
      change(row, "ConsumedQuantity -> empty: only usage consumes, and not what is unused");
      consumed = {Decimal(), false, consumed.value.negated()};
    }
    const bool is_purchase = text(kCategory, row) == "Purchase";
    if (is_purchase && is_of_commitment(row) && !money.effective.is_zero()) {
      change(row, fmt::format("EffectiveCost {} -> 0: the usage that the purchase pays for has it already",
                              money.effective.to_string()));
      money.mended_effective = money.effective.negated();
      money.effective = Decimal();
    }
  }

  bool uses_commitment(std::size_t row) {
    static const std::size_t kCategory = at("ChargeCategory");
    return is_of_commitment(row) && text(kCategory, row) != "Purchase" && !is_unused(row);
  }

  bool is_from_marketplace(std::size_t row) {
    static const std::size_t kPublisherType = at("x_PublisherCategory");
    const std::string_view type = text(kPublisherType, row);
    return ascii_equal_ignoring_case(type, "Marketplace") || ascii_equal_ignoring_case(type, "Vendor");
  }

  PriceFacts price_facts(std::size_t row) override {
    static const std::size_t kQuantity = at("PricingQuantity");
    static const std::size_t kBlockSize = at("x_PricingBlockSize");
    static const std::size_t kListPrice = at("ListUnitPrice");
    static const std::size_t kContractedPrice = at("ContractedUnitPrice");
    PriceFacts facts;
    if (const std::uint32_t code = field(kBlockSize).code(row); code != kNullIndex)
      facts.block_size = field(kBlockSize).decimals[code];
    const FieldCells& quantity = field(kQuantity);
    const bool has_blocks = facts.block_size && *facts.block_size != Decimal::from_integer(1);
    // Asked only where the answer matters: most rows need no product.
    const auto times_quantity = [&](std::size_t which, Decimal cost) -> std::optional<Decimal> {
      const FieldCells& prices = field(which);
      if (!cost.is_zero() && !has_blocks) return std::nullopt;
      if (prices.code(row) == kNullIndex || quantity.present[row] == 0) return std::nullopt;
      const auto product = multiply(prices.decimals[prices.code(row)], quantity.values[row]);
      return product.overflow ? std::nullopt : std::optional(product.value);
    };
    facts.list_price_times_quantity = times_quantity(kListPrice, money_[row].list.value);
    facts.contracted_price_times_quantity = times_quantity(kContractedPrice, money_[row].contracted.value);
    facts.has_stand_ins = uses_commitment(row) || is_from_marketplace(row);
    return facts;
  }

  void append_family_columns(ChargeFile& file, std::span<const std::uint32_t> rows) override {
    const auto fields = focus_fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string_view column = fields[i].column;
      if (fields[i].required && fields[i].kind == CellKind::kDecimal) continue;  // billed and effective
      if (is_amount(column)) continue;
      switch (field(i).form) {
        case CellForm::kPlainDecimal: append_plain_decimal(file, column, field(i), rows); break;
        case CellForm::kCodedDecimal: append_coded_decimal(file, column, i, rows); break;
        case CellForm::kDay: append_focus_day(file, i, rows); break;
        case CellForm::kText: break;
      }
    }
    append_term(file, rows);
    if (!options().mend) return;
    append_words(file, rows);
    const auto is_wrong = [this](std::uint32_t row, auto) { return is_never_consumed(row); };
    empty_cells(file, "ConsumedUnit", rows, is_wrong);
  }

  void append_words(ChargeFile& file, std::span<const std::uint32_t> rows) {
    using Word = std::string_view (FocusSink::*)(std::size_t);
    constexpr std::array<Word, kMendedWords.size()> kWords{&FocusSink::publisher, &FocusSink::status,
                                                           &FocusSink::capacity_reservation,
                                                           &FocusSink::capacity_status, &FocusSink::frequency};
    for (std::size_t i = 0; i < kWords.size(); ++i) {
      auto& codes = file.codes(charge_column_index(kMendedWords[i]));
      for (const std::uint32_t row : rows) codes.push_back(words_[i].number_of((this->*kWords[i])(row)));
    }
  }

  void forget_family() override {
    statuses_.clear();
    capacity_ids_.clear();
    are_capacity_.clear();
    for (TextDictionary& words : words_) words.clear();
  }

  void append_focus_day(ChargeFile& file, std::size_t index, std::span<const std::uint32_t> rows) {
    const std::string_view column = focus_fields()[index].column;
    if (column == "ChargePeriodEnd") {
      append_charge_end(file, rows);
      return;
    }
    std::optional<Day> otherwise;
    if (column == "BillingPeriodStart") otherwise = options().month.first_day();
    if (column == "BillingPeriodEnd") otherwise = options().month.plus_months(1).first_day();
    append_day(file, column, index, rows, 0, otherwise);
  }

  // A charge of one day, where the file does not say when it ends.
  void append_charge_end(ChargeFile& file, std::span<const std::uint32_t> rows) {
    static const std::size_t kStart = at("ChargePeriodStart");
    static const std::size_t kEnd = at("ChargePeriodEnd");
    auto& codes = file.codes(charge_column_index("ChargePeriodEnd"));
    std::int32_t last_day = kNoDay;
    std::uint32_t last_code = kNullIndex;
    for (const std::uint32_t row : rows) {
      const std::uint32_t text = field(kEnd).code(row);
      std::int32_t day = text == kNullIndex ? kNoDay : field(kEnd).days[text];
      if (day == kNoDay) day = field(kStart).days[field(kStart).code(row)] + 1;
      if (day != last_day) last_code = pools().days.number_of(day);
      last_day = day;
      codes.push_back(last_code);
    }
  }

  void append_term(ChargeFile& file, std::span<const std::uint32_t> rows) {
    static const std::size_t kTerm = at("x_SkuTerm");
    auto& codes = file.codes(charge_column_index("x_SkuTerm"));
    for (const std::uint32_t row : rows) {
      const auto months = term_months(text(kTerm, row));
      codes.push_back(months ? pools().integers.number_of(*months) : kNullIndex);
    }
  }

  ByText<std::string> statuses_, capacity_ids_;
  ByText<char> are_capacity_;
  std::array<TextDictionary, kMendedWords.size()> words_;  // by column of kMendedWords
};

}  // namespace

std::unique_ptr<ChargeSink> make_focus_sink(ChargeSinkOptions options) {
  const bool mend = options.mend;
  return std::make_unique<FocusSink>(std::move(options), focus_rules(mend));
}

}  // namespace apportion
