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
std::string one_microsoft(std::string_view text) {
  return std::string(text == "Microsoft Corporation" ? "Microsoft" : text);
}

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
  if (mend && column == "PublisherName") return one_microsoft;
  return nullptr;
}

std::string or_second(std::string_view first, std::string_view second) {
  return std::string(first.empty() ? second : first);
}

// PublisherName is empty on rows of commitments, which only Microsoft sells.
std::string publisher_of(std::string_view publisher, std::string_view commitment) {
  if (publisher.empty() && !commitment.empty()) return "Microsoft";
  return one_microsoft(publisher);
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
                   {"PublisherName", at("PublisherName"), at("CommitmentDiscountId"), publisher_of},
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
      : ChargeSink(std::move(options), focus_fields(), cell_forms(), {rules.singles, rules.pairs}) {}

 private:
  const FieldCells& field(std::size_t which) { return cells().field(which); }

  std::string_view text(std::size_t which, std::size_t row) {
    const FieldCells& cells_of_field = field(which);
    return cells_of_field.dictionary.text(cells_of_field.codes[row]);
  }

  void reject_currency(std::size_t row) override {
    cells().reject(row, at("BillingCurrency"), "not a currency code of three letters such as EUR");
  }

  Result<void> decide() override {
    static const std::size_t kBilled = at("BilledCost");
    static const std::size_t kEffective = at("EffectiveCost");
    static const std::size_t kList = at("ListCost");
    static const std::size_t kContracted = at("ContractedCost");
    static const std::size_t kPeriodStart = at("BillingPeriodStart");
    static const std::size_t kPeriodEnd = at("BillingPeriodEnd");
    static const std::size_t kChargeStart = at("ChargePeriodStart");
    mark_other_months(field(kPeriodStart), field(kPeriodEnd), field(kChargeStart));
    take_remainders(field(kBilled), &RowMoney::billed_remainder);
    take_remainders(field(kEffective), &RowMoney::effective_remainder);
    for (std::size_t row = 0; row < cells().rows(); ++row) {
      if (cells().is_bad(row)) continue;
      targets_[row] = Target::kCharges;
      RowMoney& money = money_[row];
      money.billed = field(kBilled).values[row];
      money.effective = field(kEffective).values[row];
      money.list = field(kList).values[row];
      money.has_list = field(kList).present[row] != 0;
      money.contracted = field(kContracted).values[row];
      money.has_contracted = field(kContracted).present[row] != 0;
      if (options().mend) {
        tell_text_mends(row);
        mend(row);
      }
    }
    return ok();
  }

  bool is_unused(std::size_t row) {
    static const std::size_t kStatus = at("CommitmentDiscountStatus");
    const std::string_view status = text(kStatus, row);
    const bool is_plain = status.empty() || status == "Used" || status == "Unused";
    return is_plain ? status == "Unused" : status_of_subcategory(status) == "Unused";
  }

  // The rules mend texts once for all rows that have them; here each of these rows says so.
  void tell_text_mends(std::size_t row) {
    static const std::size_t kPublisher = at("PublisherName");
    static const std::size_t kCommitment = at("CommitmentDiscountId");
    static const std::size_t kDescription = at("ChargeDescription");
    static const std::size_t kRegion = at("RegionId");
    static const std::size_t kRegionName = at("RegionName");
    static const std::size_t kService = at("ServiceName");
    static const std::size_t kSubcategory = at("x_SkuMeterSubcategory");
    static const std::size_t kSectionId = at("x_InvoiceSectionId");
    static const std::size_t kSectionName = at("x_InvoiceSectionName");
    const std::string_view publisher = text(kPublisher, row);
    if (text(kRegion, row).empty() && !text(kRegionName, row).empty()) change(row, "RegionId empty -> from RegionName");
    if (publisher == "Microsoft Corporation") change(row, "PublisherName Microsoft Corporation -> Microsoft");
    if (publisher.empty() && !text(kCommitment, row).empty())
      change(row, "PublisherName empty -> Microsoft: nobody else sells commitments");
    if (text(kDescription, row).empty() && is_unused(row)) change(row, "ChargeDescription empty -> Unused commitment");
    if (text(kService, row).empty() && !text(kSubcategory, row).empty())
      change(row, "ServiceName empty -> x_SkuMeterSubcategory");
    if (text(kSectionId, row) == "-2") change(row, "x_InvoiceSectionId -2 -> empty");
    if (text(kSectionName, row) == "Unassigned") change(row, "x_InvoiceSectionName Unassigned -> empty");
  }

  void mend(std::size_t row) {
    static const std::size_t kCategory = at("ChargeCategory");
    static const std::size_t kCommitment = at("CommitmentDiscountId");
    static const std::size_t kPublisherType = at("x_PublisherCategory");
    RowMoney& money = money_[row];
    const bool of_commitment = !text(kCommitment, row).empty();
    const bool is_purchase = text(kCategory, row) == "Purchase";
    if (of_commitment && is_purchase && !money.effective.is_zero()) {
      change(row, fmt::format("EffectiveCost {} -> 0: the usage that the purchase pays for has it already",
                              money.effective.to_string()));
      money.mended_effective = money.effective.negated();
      money.effective = Decimal();
    }
    const bool used_commitment = of_commitment && !is_purchase && !is_unused(row);
    const bool from_marketplace = ascii_equal_ignoring_case(text(kPublisherType, row), "Marketplace") ||
                                  ascii_equal_ignoring_case(text(kPublisherType, row), "Vendor");
    if (!used_commitment && !from_marketplace) return;
    if (money.has_contracted && money.contracted.is_zero() && !money.effective.is_zero()) {
      change(row, "ContractedCost 0 -> EffectiveCost: Microsoft leaves it out for reservations and marketplace");
      money.contracted = money.effective;
    }
    if (money.has_list && money.list.is_zero() && money.has_contracted && !money.contracted.is_zero()) {
      change(row, "ListCost 0 -> ContractedCost: Microsoft leaves it out for reservations and marketplace");
      money.list = money.contracted;
    }
  }

  void change(std::size_t row, std::string_view what) { change_codes_[row] = add_change(change_codes_[row], what); }

  void append_family_columns(ChargeFile& file, std::span<const std::uint32_t> rows) override {
    const auto fields = focus_fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string_view column = fields[i].column;
      if (fields[i].required && fields[i].kind == CellKind::kDecimal) continue;  // billed and effective
      if (column == "ListCost" || column == "ContractedCost") continue;
      switch (field(i).form) {
        case CellForm::kPlainDecimal: append_plain_decimal(file, column, field(i), rows); break;
        case CellForm::kCodedDecimal: append_coded_decimal(file, column, field(i), rows); break;
        case CellForm::kDay: append_focus_day(file, i, rows); break;
        case CellForm::kText: break;
      }
    }
    append_term(file, rows);
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
    append_day(file, column, field(index), rows, 0, otherwise);
  }

  // A charge of one day, where the file does not say when it ends.
  void append_charge_end(ChargeFile& file, std::span<const std::uint32_t> rows) {
    static const std::size_t kStart = at("ChargePeriodStart");
    static const std::size_t kEnd = at("ChargePeriodEnd");
    auto& codes = file.codes(charge_column_index("ChargePeriodEnd"));
    std::int32_t last_day = kNoDay;
    std::uint32_t last_code = kNullIndex;
    for (const std::uint32_t row : rows) {
      const std::uint32_t text = field(kEnd).codes[row];
      std::int32_t day = text == kNullIndex ? kNoDay : field(kEnd).days[text];
      if (day == kNoDay) day = field(kStart).days[field(kStart).codes[row]] + 1;
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
};

}  // namespace

std::unique_ptr<ChargeSink> make_focus_sink(ChargeSinkOptions options) {
  const bool mend = options.mend;
  return std::make_unique<FocusSink>(std::move(options), focus_rules(mend));
}

}  // namespace apportion
