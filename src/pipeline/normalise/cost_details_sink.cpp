// Actual and amortized files (cost details) as charges.
#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/model/plain_object.h"
#include "foundation/model/resource_type.h"
#include "pipeline/normalise/cell_sums.h"
#include "pipeline/normalise/charge_sink.h"
#include "pipeline/normalise/translations.h"

namespace apportion {
namespace {

constexpr std::size_t at(CostField field) { return static_cast<std::size_t>(field); }

std::string lower(std::string_view text) { return ascii_lower(trim(text)); }
std::string upper_currency(std::string_view text) {
  const auto currency = Currency::parse(trim(text));
  return std::string(currency ? currency->code() : text);
}
std::string or_microsoft(std::string_view text) { return std::string(text.empty() ? "Microsoft" : text); }
std::string or_azure(std::string_view text) { return std::string(text.empty() ? "Azure" : text); }
std::string subscription_kind(std::string_view text) { return subscription_guid(text).empty() ? "" : "Subscription"; }
std::string pricing_unit(std::string_view text) { return text.empty() ? std::string() : unit_of_measure(text).unit; }
std::string first_of(std::string_view first, std::string_view second) {
  return std::string(first.empty() ? second : first);
}
// An enrollment has no profiles: its files repeat the account there, or leave it empty.
std::string account_type(std::string_view profile, std::string_view account) {
  if (profile.empty() && account.empty()) return {};
  return profile.empty() || ascii_equal_ignoring_case(profile, account) ? "Billing Account" : "Billing Profile";
}
std::string name_or_last_part(std::string_view name, std::string_view resource_id) {
  return name.empty() ? resource_name(resource_id) : std::string(name);
}
// Microsoft names itself in two ways, and leaves its name out where it sells no product of somebody else.
std::string publisher(std::string_view name, std::string_view type) {
  if (name == "Microsoft Corporation") return "Microsoft";
  if (!name.empty() || ascii_equal_ignoring_case(type, "Marketplace") || ascii_equal_ignoring_case(type, "AWS"))
    return std::string(name);
  return "Microsoft";
}
std::string consumed_unit(std::string_view unit, std::string_view charge_type) {
  const ChargeNature nature = charge_nature(charge_type, {});
  return nature.is_usage && !nature.is_unused ? pricing_unit(unit) : std::string();
}

constexpr auto kSingles = std::to_array<TextRule>({
    {"InvoiceId", at(CostField::kInvoiceId)},
    {"x_PreviousInvoiceId", at(CostField::kPreviousInvoiceId)},
    {"x_BillingAccountId", at(CostField::kBillingAccountId)},
    {"x_BillingAccountName", at(CostField::kBillingAccountName)},
    {"x_InvoiceSectionId", at(CostField::kInvoiceSectionId)},
    {"x_InvoiceSectionName", at(CostField::kInvoiceSectionName)},
    {"x_PartnerTenantId", at(CostField::kPartnerTenantId), lower},
    {"InvoiceIssuerName", at(CostField::kPartnerName), or_microsoft},
    {"x_ResellerName", at(CostField::kResellerName)},
    {"x_ResellerId", at(CostField::kResellerMpnId)},
    {"x_CustomerTenantId", at(CostField::kCustomerTenantId), tenant_guid},
    {"x_CustomerTenantName", at(CostField::kCustomerName)},
    {"SubAccountId", at(CostField::kSubscriptionId), subscription_path},
    {"SubAccountName", at(CostField::kSubscriptionName)},
    {"SubAccountType", at(CostField::kSubscriptionId), subscription_kind},
    {"x_SubscriptionId", at(CostField::kSubscriptionId), subscription_guid},
    {"x_CostCenter", at(CostField::kCostCenter)},
    {"ChargeCategory", at(CostField::kChargeType), charge_category},
    {"ChargeClass", at(CostField::kChargeType), charge_class},
    {"ChargeDescription", at(CostField::kProductName)},
    {"x_ChargeType", at(CostField::kChargeType)},
    {"x_PricingModel", at(CostField::kPricingModel)},
    {"BillingCurrency", at(CostField::kBillingCurrency), upper_currency},
    {"PricingCurrency", at(CostField::kPricingCurrency), upper_currency},
    {"x_PartnerCreditApplied", at(CostField::kPartnerCreditApplied)},
    {"x_IsCreditEligible", at(CostField::kIsAzureCreditEligible)},
    {"PricingUnit", at(CostField::kUnitOfMeasure), pricing_unit},
    {"x_PricingUnitDescription", at(CostField::kUnitOfMeasure)},
    {"ProviderName", at(CostField::kProvider), or_azure},
    {"x_PublisherId", at(CostField::kPublisherId)},
    {"x_PublisherType", at(CostField::kPublisherType)},
    {"ServiceCategory", at(CostField::kServiceFamily), service_category},
    {"x_ServiceFamily", at(CostField::kServiceFamily)},
    {"x_ConsumedService", at(CostField::kConsumedService)},
    {"SkuId", at(CostField::kProductId)},
    {"SkuMeter", at(CostField::kMeterName)},
    {"x_SkuMeterId", at(CostField::kMeterId), lower},
    {"x_SkuMeterCategory", at(CostField::kMeterCategory)},
    {"x_SkuMeterSubcategory", at(CostField::kMeterSubCategory)},
    {"x_SkuRegion", at(CostField::kMeterRegion)},
    {"x_SkuOrderId", at(CostField::kProductOrderId)},
    {"x_SkuOrderName", at(CostField::kProductOrderName)},
    {"x_SkuDetails", at(CostField::kAdditionalInfo), json_object_or_kept},
    {"x_SkuOfferId", at(CostField::kOfferId)},
    {"x_SkuPartNumber", at(CostField::kPartNumber)},
    {"x_SkuPlanName", at(CostField::kPlanName)},
    {"x_ServiceInfo1", at(CostField::kServiceInfo1)},
    {"x_ServiceInfo2", at(CostField::kServiceInfo2)},
    {"ResourceId", at(CostField::kResourceId)},
    {"ResourceType", at(CostField::kResourceId), resource_type},
    {"x_ResourceGroupName", at(CostField::kResourceGroupName)},
    {"RegionId", at(CostField::kResourceLocation), region_id},
    {"AvailabilityZone", at(CostField::kAvailabilityZone)},
    {"Tags", at(CostField::kTags), tags_object},
    {"x_ReservationId", at(CostField::kReservationId), tenant_guid},
    {"x_CostAllocationRuleName", at(CostField::kCostAllocationRuleName)},
    {"x_AccountId", at(CostField::kAccountId)},
    {"x_AccountName", at(CostField::kAccountName)},
    {"x_AccountOwnerId", at(CostField::kAccountOwnerId)},
});

constexpr auto kPairs = std::to_array<PairRule>({
    {"BillingAccountId", at(CostField::kBillingProfileId), at(CostField::kBillingAccountId), first_of},
    {"BillingAccountName", at(CostField::kBillingProfileName), at(CostField::kBillingAccountName), first_of},
    {"BillingAccountType", at(CostField::kBillingProfileId), at(CostField::kBillingAccountId), account_type},
    {"PublisherName", at(CostField::kPublisherName), at(CostField::kPublisherType), publisher},
    {"ResourceName", at(CostField::kResourceName), at(CostField::kResourceId), name_or_last_part},
    {"RegionName", at(CostField::kLocation), at(CostField::kResourceLocation), first_of},
    {"ServiceName", at(CostField::kMeterCategory), at(CostField::kProductName), first_of},
    {"ConsumedUnit", at(CostField::kUnitOfMeasure), at(CostField::kChargeType), consumed_unit},
    {"CommitmentDiscountName", at(CostField::kBenefitName), at(CostField::kReservationName), first_of},
});

// Fields whose unknown words are reported.
struct KnownWords {
  CostField field;
  bool (*is_known)(std::string_view);
  std::string_view taken_as;
};
constexpr auto kKnownWords = std::to_array<KnownWords>({
    {CostField::kChargeType, is_known_charge_type, "charge category Adjustment"},
    {CostField::kPricingModel, is_known_pricing_model, "pricing category Other"},
    {CostField::kFrequency, is_known_frequency, "charge frequency as written"},
});

// Fields by which rows of the actual and the amortized file are told to be the same: all that rules and reports may ask
// for (timing_rows.sql finds the rows that differ).
constexpr std::size_t kSharedFieldsMax = static_cast<std::size_t>(CostField::kCount);

enum class SharedText : std::uint8_t { kNone, kExact, kId, kSubscription, kTenant, kTags, kJson };

// How the text of each field is compared; `kNone` for amounts and days.
const std::array<SharedText, kSharedFieldsMax>& shared_texts() {
  static const auto shared = [] {
    std::array<SharedText, kSharedFieldsMax> texts{};
    const auto fields = cost_details_fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].kind == CellKind::kText) texts[i] = SharedText::kExact;
    }
    const auto is_id = [](std::string_view column) {
      return charge_columns()[charge_column_index(column)].match == ColumnMatch::kIgnoreCase;
    };
    for (const TextRule& rule : kSingles) {
      if (is_id(rule.column)) texts[rule.field] = SharedText::kId;
    }
    for (const PairRule& rule : kPairs) {
      if (!is_id(rule.column)) texts[rule.first_field] = texts[rule.second_field] = SharedText::kExact;
    }
    for (const CostField field : {CostField::kBillingCurrency, CostField::kPricingCurrency})
      texts[at(field)] = SharedText::kId;
    texts[at(CostField::kSubscriptionId)] = SharedText::kSubscription;
    texts[at(CostField::kCustomerTenantId)] = SharedText::kTenant;
    texts[at(CostField::kTags)] = SharedText::kTags;
    texts[at(CostField::kAdditionalInfo)] = SharedText::kJson;
    texts[at(CostField::kCostAllocationRuleName)] = SharedText::kNone;  // one of two files may lack the column
    return texts;
  }();
  return shared;
}

// A JSON object without the blanks between its members; as it is when it nests too deep to be written anew.
std::string without_blanks(const std::string& object) {
  constexpr std::ptrdiff_t kNestingMax = 1000;
  if (std::ranges::count_if(object, [](char c) { return c == '{' || c == '['; }) > kNestingMax) return object;
  if (auto plain = read_plain_object(object)) return std::move(plain->compact);
  const auto parsed = nlohmann::ordered_json::parse(object, nullptr, false);
  return parsed.is_discarded() ? object : parsed.dump();
}

std::string shared_text(SharedText how, std::string_view text) {
  switch (how) {
    case SharedText::kSubscription: return subscription_guid(text);
    case SharedText::kTenant: return tenant_guid(text);
    case SharedText::kTags: return without_blanks(tags_object(text));
    case SharedText::kJson: return without_blanks(json_object_or_kept(text));
    case SharedText::kId: return ascii_lower(trim(text));
    case SharedText::kExact: return std::string(text);
    case SharedText::kNone: return {};
  }
  return {};
}

std::vector<CellForm> cell_forms() {
  constexpr auto kCoded =
      std::to_array<CostField>({CostField::kEffectivePrice, CostField::kExchangeRate, CostField::kPartnerCreditRate,
                                CostField::kPayGPrice, CostField::kUnitPrice});
  std::vector<CellForm> forms;
  for (const SourceField& field : cost_details_fields()) {
    forms.push_back(field.kind == CellKind::kText  ? CellForm::kText
                    : field.kind == CellKind::kDay ? CellForm::kDay
                                                   : CellForm::kPlainDecimal);
  }
  for (const CostField field : kCoded) forms[at(field)] = CellForm::kCodedDecimal;
  return forms;
}

// Fields whose cells have codes.
std::vector<std::size_t> coded_fields() {
  std::vector<std::size_t> coded;
  const std::vector<CellForm> forms = cell_forms();
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (forms[i] != CellForm::kPlainDecimal) coded.push_back(i);
  }
  return coded;
}

// Those of them by which rows of the two files are told to be the same.
std::vector<std::size_t> shared_fields() {
  std::vector<std::size_t> fields = coded_fields();
  const std::vector<CellForm> forms = cell_forms();
  std::erase_if(fields, [&forms](std::size_t i) {
    return forms[i] == CellForm::kText && shared_texts()[i] == SharedText::kNone;
  });
  return fields;
}

class CostDetailsSink final : public ChargeSink {
 public:
  explicit CostDetailsSink(ChargeSinkOptions options)
      : ChargeSink(std::move(options), cost_details_fields(), cell_forms(), {kSingles, kPairs}) {
    for (Words& words : words_) pools().texts[charge_column_index(words.column)] = &words.texts;
  }

 private:
  const FieldCells& field(CostField which) { return cells().field(at(which)); }

  void reject_currency(std::size_t row) override {
    cells().reject(row, at(CostField::kBillingCurrency), "not a currency code of three letters such as EUR");
  }

  void reject_cost(std::size_t row, std::string reason) override {
    cells().reject(row, at(CostField::kCost), std::move(reason));
  }

  Result<void> decide() override {
    report_unknown_words();
    look_at_days(field(CostField::kBillingPeriodStartDate), field(CostField::kBillingPeriodEndDate),
                 field(CostField::kDate));
    read_natures();
    shared_.begin_batch();
    const bool has_prints = options().stand_ins != nullptr || !options().prints.empty();
    if (has_prints && batch().columns.records() == nullptr) whole_.begin_batch();
    const bool is_actual = options().dataset == Dataset::kActualCost;
    take_remainders(field(CostField::kCost), is_actual ? &RowMoney::billed_remainder : &RowMoney::effective_remainder);
    for (std::size_t row = 0; row < cells().rows(); ++row) {
      if (cells().is_bad(row)) continue;
      const ChargeNature& nature = nature_of(row);
      if (is_actual) {
        decide_actual(row, nature);
      } else {
        decide_amortized(row, nature);
      }
      measure(row, nature);
      price(row);
    }
    return ok();
  }

  // Columns of which this sink makes the texts itself.
  enum Word : std::uint8_t {
    kCommitmentId,
    kCommitmentType,
    kCommitmentCategory,
    kCommitmentStatus,
    kPricingCategory,
    kChargeFrequency,
    kCapacityId,
    kCapacityStatus,
    kWordCount
  };
  struct Words {
    std::string_view column;
    TextDictionary texts;
  };

  const ChargeNature& nature_of(std::size_t row) const { return row_natures_[row]; }

  void read_natures() {
    row_natures_.resize(cells().rows());
    for (std::size_t row = 0; row < cells().rows(); ++row) row_natures_[row] = read_nature(row);
  }

  // What commitments are called comes first: it tells the kind for certain.
  ChargeNature read_nature(std::size_t row) {
    const std::uint32_t type = field(CostField::kChargeType).code(row);
    const std::uint32_t model = field(CostField::kPricingModel).code(row);
    const ChargeNature& by_words = natures_[nature_memo_.get(type, model, [&] {
      natures_.push_back(charge_nature(field(CostField::kChargeType).dictionary.text(type),
                                       field(CostField::kPricingModel).dictionary.text(model)));
      return static_cast<std::uint32_t>(natures_.size() - 1);
    })];
    ChargeNature nature = by_words;
    nature.commitment = mark(CostField::kBenefitId, benefit_marks_, row, mark_of_benefit);
    nature.add(mark(CostField::kReservationId, reservation_marks_, row, mark_of_reservation));
    nature.add(by_words.commitment);
    nature.add(mark(CostField::kResourceId, resource_marks_, row, mark_of_resource));
    if (model == kNullIndex && nature.is_usage) nature.add(mark(CostField::kTerm, term_marks_, row, mark_of_term));
    return nature;
  }

  CommitmentMark mark(CostField which, ByText<CommitmentMark>& known, std::size_t row,
                      CommitmentMark (*read)(std::string_view)) {
    const std::uint32_t text = field(which).code(row);
    return text == kNullIndex ? CommitmentMark::kNone : known.get(field(which), text, read);
  }

  void decide_actual(std::size_t row, const ChargeNature& nature) {
    const Decimal cost = field(CostField::kCost).values[row];
    money_[row].billed = cost;
    const bool is_repeated = !nature.is_of_commitment() || (!nature.is_purchase && cost.is_zero());
    targets_[row] = is_repeated ? Target::kMirror : Target::kCharges;
    if (is_repeated) add_to_checksum(row, cost);
  }

  void decide_amortized(std::size_t row, const ChargeNature& nature) {
    const Decimal cost = field(CostField::kCost).values[row];
    money_[row].effective = cost;
    money_[row].billed = nature.is_of_commitment() ? Decimal() : cost;
    targets_[row] = Target::kCharges;
    add_to_checksum(row, money_[row].billed);
  }

  // Rows without billed cost differ between the files by design (usage that a commitment covers), and change no sum.
  void add_to_checksum(std::size_t row, Decimal billed) {
    if (billed.is_zero()) return;
    const KeyedHash cells_of_row = shared_.of_row(row);
    const auto low = [](Decimal value) { return static_cast<std::uint64_t>(value.units()); };
    const auto high = [](Decimal value) { return static_cast<std::uint64_t>(value.units() >> 64); };
    const Decimal quantity = field(CostField::kQuantity).values[row];
    const std::array parts{cells_of_row.first, cells_of_row.second, low(quantity),
                           high(quantity),     low(billed),         high(billed)};
    const XXH128_hash_t hash = XXH3_128bits(parts.data(), sizeof parts);
    checksum_.first += hash.high64;
    checksum_.second += hash.low64;
    ++checksum_.rows;
  }

  // What both files say of a cell, for the checksum: another process must find the same.
  KeyedHash shared_cell(std::size_t which, std::uint32_t code) {
    const FieldCells& cells_of_field = cells().field(which);
    const auto hashed = [which](const void* bytes, std::size_t size) -> KeyedHash {
      const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, size, which + 1);
      return {hash.high64, hash.low64};
    };
    if (cells_of_field.form == CellForm::kText) {
      const std::string key = shared_text(shared_texts()[which], cells_of_field.dictionary.text(code));
      return key.empty() ? KeyedHash() : hashed(key.data(), key.size());
    }
    if (cells_of_field.form == CellForm::kDay) {
      const std::int32_t day = cells_of_field.days[code];
      return day == kNoDay ? KeyedHash() : hashed(&day, sizeof day);
    }
    const Int128 units = cells_of_field.decimals[code].units();
    return hashed(&units, sizeof units);
  }

  // All that a cell says: its text, but of a day what the file means by it.
  KeyedHash whole_cell(std::size_t which, std::uint32_t code) {
    const FieldCells& cells_of_field = cells().field(which);
    if (cells_of_field.form == CellForm::kDay)
      return keyed_hash(&cells_of_field.days[code], sizeof cells_of_field.days[code], which + 1);
    const std::string_view text = cells_of_field.dictionary.text(code);
    return keyed_hash(text.data(), text.size(), which + 1);
  }

  void add_to_print(std::size_t row, PrintParts& parts) override {
    parts.add(whole_.of_row(row));
    constexpr auto kStoredAsTheyAre =
        std::to_array<CostField>({CostField::kCostInPricingCurrency, CostField::kCostInUsd, CostField::kPaygCostInUsd});
    for (const CostField which : kStoredAsTheyAre) {
      const FieldCells& amounts = field(which);
      parts.add(amounts.present[row] != 0 ? std::optional(amounts.values[row]) : std::nullopt);
    }
  }

  struct Rate {
    Decimal value;
    bool known = false;
  };

  // Pricing to billing currency; 1 when the two are one, or when the file has prices in the billing currency only.
  Rate rate_of(std::size_t row) {
    const FieldCells& rates = field(CostField::kExchangeRate);
    if (rates.code(row) != kNullIndex) return {rates.decimals[rates.code(row)], true};
    const std::uint32_t pricing = field(CostField::kPricingCurrency).code(row);
    const std::uint32_t billing = field(CostField::kBillingCurrency).code(row);
    const std::uint32_t same = same_currencies_.get(pricing, billing, [&] {
      const auto trimmed = [this](CostField which, std::uint32_t text) {
        return trim(field(which).dictionary.text(text));
      };
      const bool is_same =
          pricing == kNullIndex || ascii_equal_ignoring_case(trimmed(CostField::kPricingCurrency, pricing),
                                                             trimmed(CostField::kBillingCurrency, billing));
      return is_same ? 1U : 0U;
    });
    return {Decimal::from_integer(1), same != 0};
  }

  // Price times quantity times rate.
  std::optional<Decimal> extended(const FieldCells& prices, std::size_t row) {
    const FieldCells& quantity = field(CostField::kQuantity);
    const Rate rate = rate_of(row);
    if (prices.code(row) == kNullIndex || quantity.present[row] == 0 || !rate.known) return std::nullopt;
    const auto product = multiply(prices.decimals[prices.code(row)], quantity.values[row], rate.value);
    return product.overflow ? std::nullopt : std::optional(product.value);
  }

  // Only usage consumes, and not what is unused.
  void measure(std::size_t row, const ChargeNature& nature) {
    const FieldCells& quantity = field(CostField::kQuantity);
    if (quantity.present[row] == 0) return;
    const Amount amount{quantity.values[row], true, {}};
    money_[row].pricing_quantity = amount;
    if (nature.is_usage && !nature.is_unused) money_[row].consumed_quantity = amount;
  }

  void price(std::size_t row) {
    const auto amount = [](std::optional<Decimal> value) {
      return Amount{value.value_or(Decimal()), value.has_value(), {}};
    };
    const FieldCells& payg_cost = field(CostField::kPaygCost);
    money_[row].contracted = amount(extended(field(CostField::kUnitPrice), row));
    money_[row].list = amount(payg_cost.present[row] != 0 ? std::optional(payg_cost.values[row])
                                                          : extended(field(CostField::kPayGPrice), row));
  }

  PriceFacts price_facts(std::size_t row) override {
    const ChargeNature& nature = nature_of(row);
    PriceFacts facts;
    facts.costs_elsewhere = options().dataset == Dataset::kActualCost && nature.is_of_commitment() && nature.is_usage;
    const RowMoney& money = money_[row];
    facts.contracted_price_times_quantity = money.contracted.if_known();
    if (money.list.value.is_zero()) facts.list_price_times_quantity = extended(field(CostField::kPayGPrice), row);
    if (const std::uint32_t unit = field(CostField::kUnitOfMeasure).code(row); unit != kNullIndex) {
      const std::uint32_t number = block_size_of(unit);
      facts.block_size = pools().decimals.values()[number];
    }
    return facts;
  }

  std::uint32_t block_size_of(std::uint32_t unit) {
    return block_sizes_.get(field(CostField::kUnitOfMeasure), unit, [this](std::string_view text) {
      return pools().decimals.number_of(unit_of_measure(text).block_size);
    });
  }

  void append_family_columns(ChargeFile& file, std::span<const std::uint32_t> rows) override {
    const Month month = options().month;
    append_day(file, "BillingPeriodStart", at(CostField::kBillingPeriodStartDate), rows, 0, month.first_day());
    append_day(file, "BillingPeriodEnd", at(CostField::kBillingPeriodEndDate), rows, 1,
               month.plus_months(1).first_day());
    append_day(file, "ChargePeriodStart", at(CostField::kDate), rows);
    append_day(file, "ChargePeriodEnd", at(CostField::kDate), rows, 1);
    append_day(file, "x_ServicePeriodStart", at(CostField::kServicePeriodStartDate), rows);
    append_day(file, "x_ServicePeriodEnd", at(CostField::kServicePeriodEndDate), rows);
    append_day(file, "x_BillingExchangeRateDate", at(CostField::kExchangeRateDate), rows);
    append_plain_decimal(file, "x_CostInPricingCurrency", field(CostField::kCostInPricingCurrency), rows);
    append_plain_decimal(file, "x_CostInUsd", field(CostField::kCostInUsd), rows);
    append_plain_decimal(file, "x_ListCostInUsd", field(CostField::kPaygCostInUsd), rows);
    append_coded_decimal(file, "x_EffectiveUnitPrice", at(CostField::kEffectivePrice), rows);
    append_coded_decimal(file, "x_UnitPrice", at(CostField::kUnitPrice), rows);
    append_coded_decimal(file, "x_PayGPrice", at(CostField::kPayGPrice), rows);
    append_coded_decimal(file, "x_BillingExchangeRate", at(CostField::kExchangeRate), rows);
    append_credit_rate(file, rows);
    append_block_size(file, rows);
    append_term(file, rows);
    append_words(file, rows);
    append_billing_price(file, "ListUnitPrice", field(CostField::kPayGPrice), list_prices_, rows);
    append_billing_price(file, "ContractedUnitPrice", field(CostField::kUnitPrice), contracted_prices_, rows);
  }

  void append_words(ChargeFile& file, std::span<const std::uint32_t> rows) {
    const auto append = [&](Word word, auto text_of_row) {
      auto& codes = file.codes(charge_column_index(words_[word].column));
      for (const std::uint32_t row : rows) codes.push_back(words_[word].texts.number_of(text_of_row(row)));
    };
    append(kCommitmentId, [&](std::uint32_t row) { return commitment_id(row); });
    append(kCommitmentType, [&](std::uint32_t row) { return commitment_type(nature_of(row).commitment); });
    append(kCommitmentCategory, [&](std::uint32_t row) { return commitment_category(nature_of(row).commitment); });
    append(kCommitmentStatus, [&](std::uint32_t row) { return commitment_status(nature_of(row)); });
    append(kPricingCategory, [&](std::uint32_t row) { return category_of_price(row); });
    append(kChargeFrequency, [&](std::uint32_t row) { return frequency(row); });
    append(kCapacityId, [&](std::uint32_t row) { return capacity_reservation(row); });
    append(kCapacityStatus, [&](std::uint32_t row) -> std::string_view {
      if (capacity_reservation(row).empty()) return {};
      return is_capacity(row) ? "Unused" : "Used";
    });
  }

  std::string_view text(CostField which, std::size_t row) {
    return field(which).dictionary.text(field(which).code(row));
  }

  // A purchase may name its commitment as the resource only.
  std::string_view commitment_id(std::size_t row) {
    const std::string_view benefit = text(CostField::kBenefitId, row);
    if (mark(CostField::kBenefitId, benefit_marks_, row, mark_of_benefit) != CommitmentMark::kNone) return benefit;
    if (mark(CostField::kReservationId, reservation_marks_, row, mark_of_reservation) != CommitmentMark::kNone)
      return text(CostField::kReservationId, row);
    const bool is_named = mark(CostField::kResourceId, resource_marks_, row, mark_of_resource) != CommitmentMark::kNone;
    return is_named ? text(CostField::kResourceId, row) : std::string_view();
  }

  std::string_view category_of_price(std::size_t row) {
    const std::uint32_t model = field(CostField::kPricingModel).code(row);
    if (model != kNullIndex) return price_categories_.get(field(CostField::kPricingModel), model, pricing_category);
    return nature_of(row).is_of_commitment() ? "Committed" : "";
  }

  // Monthly payments for savings plans are written as if they came by use.
  std::string_view frequency(std::size_t row) {
    const std::uint32_t code = field(CostField::kFrequency).code(row);
    if (code == kNullIndex) return {};
    const std::string_view word = frequencies_.get(field(CostField::kFrequency), code, charge_frequency);
    const ChargeNature& nature = nature_of(row);
    return word == "Usage-Based" && nature.is_purchase && nature.is_of_commitment() ? "Recurring" : word;
  }

  bool is_capacity(std::size_t row) {
    const std::uint32_t resource = field(CostField::kResourceId).code(row);
    return resource != kNullIndex &&
           are_capacity_.get(field(CostField::kResourceId), resource,
                             [](std::string_view id) { return is_capacity_reservation(id) ? 'y' : 'n'; }) == 'y';
  }

  // What runs in a capacity reservation names it; the reservation itself is what of it runs nothing.
  std::string_view capacity_reservation(std::size_t row) {
    const std::uint32_t info = field(CostField::kAdditionalInfo).code(row);
    if (info != kNullIndex) {
      const std::string_view named =
          capacity_ids_.get(field(CostField::kAdditionalInfo), info, capacity_reservation_in);
      if (!named.empty()) return named;
    }
    return is_capacity(row) ? text(CostField::kResourceId, row) : std::string_view();
  }

  // Appends codes that are worked out once for each text of a field; none where it is empty.
  template <class Make>
  void append_known(ChargeFile& file, std::string_view column, CostField which, ByText<std::uint32_t>& known,
                    std::span<const std::uint32_t> rows, Make make) {
    append_by_field(file, column, at(which), rows, [&](std::uint32_t text) {
      return text == kNullIndex ? kNullIndex : known.get(field(which), text, make);
    });
  }

  void append_credit_rate(ChargeFile& file, std::span<const std::uint32_t> rows) {
    append_known(file, "x_PartnerCreditRate", CostField::kPartnerCreditRate, credit_rates_, rows,
                 [this](std::string_view text) {
                   return pools().decimals.number_of(credit_rate(Decimal::parse_rounding(text).value));
                 });
  }

  void append_block_size(ChargeFile& file, std::span<const std::uint32_t> rows) {
    append_by_field(file, "x_PricingBlockSize", at(CostField::kUnitOfMeasure), rows,
                    [this](std::uint32_t unit) { return unit == kNullIndex ? kNullIndex : block_size_of(unit); });
  }

  void append_term(ChargeFile& file, std::span<const std::uint32_t> rows) {
    append_known(file, "x_SkuTerm", CostField::kTerm, terms_, rows, [this](std::string_view text) {
      const auto months = term_months(text);
      if (!months && !trim(text).empty())
        note(fmt::format("`{}` is not a term in months or years and was left empty", excerpt(text)));
      return months ? pools().integers.number_of(*months) : kNullIndex;
    });
  }

  // A price in the billing currency: price times exchange rate, once for each pair of them.
  void append_billing_price(ChargeFile& file, std::string_view column, const FieldCells& prices, PairMemo& memo,
                            std::span<const std::uint32_t> rows) {
    auto& codes = file.codes(charge_column_index(column));
    const FieldCells& rates = field(CostField::kExchangeRate);
    for (const std::uint32_t row : rows) {
      const std::uint32_t price_text = prices.code(row);
      const Rate rate = rate_of(row);
      if (price_text == kNullIndex || !rate.known) {
        codes.push_back(kNullIndex);
        continue;
      }
      codes.push_back(memo.get(price_text, rates.code(row), [&] {
        const auto product = multiply(prices.decimals[price_text], rate.value);
        return product.overflow ? kNullIndex : pools().decimals.number_of(product.value);
      }));
    }
  }

  void report_unknown_words() {
    for (std::size_t i = 0; i < kKnownWords.size(); ++i) {
      const FieldCells& cells_of_field = field(kKnownWords[i].field);
      for (; words_seen_[i] < cells_of_field.dictionary.size(); ++words_seen_[i]) {
        const std::string_view word = cells_of_field.dictionary.text(static_cast<std::uint32_t>(words_seen_[i]));
        if (kKnownWords[i].is_known(word)) continue;
        note(fmt::format("{} `{}` is not known: taken as {}", cost_details_fields()[at(kKnownWords[i].field)].name,
                         excerpt(word), kKnownWords[i].taken_as));
      }
    }
  }

  void forget_family() override {
    nature_memo_.clear();
    natures_.clear();
    for (ByText<CommitmentMark>* marks : {&benefit_marks_, &reservation_marks_, &resource_marks_, &term_marks_})
      marks->clear();
    price_categories_.clear();
    frequencies_.clear();
    capacity_ids_.clear();
    are_capacity_.clear();
    for (Words& words : words_) words.texts.clear();
    shared_.forget();
    whole_.forget();
    same_currencies_.clear();
    list_prices_.clear();
    contracted_prices_.clear();
    credit_rates_.clear();
    block_sizes_.clear();
    terms_.clear();
    words_seen_.fill(0);
  }

  PairMemo nature_memo_;
  std::vector<ChargeNature> natures_;
  std::vector<ChargeNature> row_natures_;  // of the batch
  ByText<CommitmentMark> benefit_marks_, reservation_marks_, resource_marks_, term_marks_;
  ByText<std::string> price_categories_, frequencies_, capacity_ids_;
  ByText<char> are_capacity_;
  std::array<Words, kWordCount> words_{{{"CommitmentDiscountId", {}},
                                        {"CommitmentDiscountType", {}},
                                        {"CommitmentDiscountCategory", {}},
                                        {"CommitmentDiscountStatus", {}},
                                        {"PricingCategory", {}},
                                        {"ChargeFrequency", {}},
                                        {"CapacityReservationId", {}},
                                        {"CapacityReservationStatus", {}}}};
  CellSums shared_{cells(), shared_fields(),
                   [this](std::size_t which, std::uint32_t code) { return shared_cell(which, code); }};
  CellSums whole_{cells(), coded_fields(),
                  [this](std::size_t which, std::uint32_t code) { return whole_cell(which, code); }};
  PairMemo same_currencies_, list_prices_, contracted_prices_;
  ByText<std::uint32_t> credit_rates_, block_sizes_, terms_;
  std::array<std::size_t, kKnownWords.size()> words_seen_{};
};

}  // namespace

std::unique_ptr<ChargeSink> make_cost_details_sink(ChargeSinkOptions options) {
  return std::make_unique<CostDetailsSink>(std::move(options));
}

}  // namespace apportion
