#include "pipeline/invoices/bill_columns.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "foundation/yaml/yaml_tree.h"

namespace apportion {
namespace {

constexpr std::array<std::string_view, kBillFields> kFieldNames = {
    "customer",     "customer_tenant",   "customer_domain", "month",        "currency", "cost",
    "subscription", "subscription_name", "product",         "product_name", "service",  "quantity"};

constexpr std::string_view kCurrencyIs = "currency_is";
constexpr std::string_view kPercentOfRetail = "percent_of_retail";
constexpr std::string_view kSeparator = "separator";
constexpr std::string_view kDecimals = "decimals";
constexpr std::string_view kRounding = "rounding";
constexpr std::string_view kDecimalMark = "decimal_mark";
constexpr std::string_view kThousandsMark = "thousands_mark";
constexpr auto kOtherKeys = std::to_array<std::string_view>(
    {kCurrencyIs, kPercentOfRetail, kSeparator, kDecimals, kRounding, kDecimalMark, kThousandsMark});
constexpr auto kOnlyOfDistributors = std::to_array<std::string_view>({"quantity", kPercentOfRetail});
constexpr auto kNotOfDistributors = std::to_array<std::string_view>({"customer_domain"});

// Of which a distributor's bill must tell one: by it charges are found.
constexpr auto kPlaces = std::to_array<BillField>(
    {BillField::kSubscription, BillField::kSubscriptionName, BillField::kTenant, BillField::kCustomer});

constexpr int kDecimalsMax = 6;

struct Mark {
  std::string_view name;
  char mark;
};
constexpr auto kDecimalMarks = std::to_array<Mark>({{"point", '.'}, {"comma", ','}});
constexpr auto kSeparators = std::to_array<Mark>({{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}});
constexpr auto kThousandsMarks =
    std::to_array<Mark>({{"none", '\0'}, {"point", '.'}, {"comma", ','}, {"space", ' '}, {"apostrophe", '\''}});

Error invalid(const std::string& where, std::string why, std::string next) {
  return {ErrorId::kBillColumnsInvalid, "this does not say what the columns of the bill mean", where, std::move(why),
          std::move(next)};
}

std::vector<std::string_view> keys_of(InvoiceFileKind kind) {
  std::vector<std::string_view> keys(kFieldNames.begin(), kFieldNames.end());
  keys.insert(keys.end(), kOtherKeys.begin(), kOtherKeys.end());
  const std::span<const std::string_view> without =
      kind == InvoiceFileKind::kDistributorBill ? std::span<const std::string_view>(kNotOfDistributors)
                                                : std::span<const std::string_view>(kOnlyOfDistributors);
  std::erase_if(keys, [&without](std::string_view key) { return std::ranges::find(without, key) != without.end(); });
  return keys;
}

class ColumnsReader {
 public:
  ColumnsReader(const std::string& name, InvoiceFileKind kind) : name_(name), kind_(kind), keys_(keys_of(kind)) {}

  Result<void> set(const std::string& key, const std::string& value) {
    if (std::ranges::find(seen_, key) != seen_.end()) {
      return invalid(place_of(key), "the key is there twice", "leave one of them");
    }
    seen_.push_back(key);
    if (value.empty()) return invalid(place_of(key), "it has no value", "name the column, or leave out the key");
    if (std::ranges::find(keys_, key) == keys_.end()) return no_such_key(key);
    const auto field = std::ranges::find(kFieldNames, key);
    if (field != kFieldNames.end()) {
      columns_.columns[static_cast<std::size_t>(field - kFieldNames.begin())] = value;
      return ok();
    }
    if (key == kCurrencyIs) return set_currency(value);
    if (key == kDecimals) return set_decimals(value);
    if (key == kPercentOfRetail) return set_percent(value);
    if (key == kRounding) return set_rounding(value);
    if (key == kSeparator) return set_mark(key, value, kSeparators, columns_.separator);
    if (key == kDecimalMark) return set_mark(key, value, kDecimalMarks, columns_.decimal_mark);
    return set_mark(key, value, kThousandsMarks, columns_.thousands_mark);
  }

  Result<BillColumns> finish() const {
    APPORTION_TRY(tells_whom_and_how_much());
    if (columns_.has(BillField::kCurrency) == columns_.currency.has_value()) {
      return invalid(name_, "the currency of the lines is not clear",
                     "name its column (currency=COLUMN) or the currency of all lines (currency_is=EUR)");
    }
    APPORTION_TRY(at_most_one({BillField::kSubscription, BillField::kSubscriptionName}));
    APPORTION_TRY(at_most_one({BillField::kProduct, BillField::kProductName, BillField::kService}));
    if (columns_.decimal_mark == columns_.thousands_mark) {
      return invalid(name_, "the mark of decimals and that of thousands are the same",
                     "declare them as the bill has them");
    }
    return columns_;
  }

 private:
  Error no_such_key(const std::string& key) const {
    const std::string_view nearest = nearest_text(key, keys_);
    return invalid(place_of(key), fmt::format("there is no such key; the keys are {}", fmt::join(keys_, ", ")),
                   nearest.empty() ? "use one of them" : fmt::format("did you mean {}?", nearest));
  }

  Result<void> tells_whom_and_how_much() const {
    const bool is_of_distributor = kind_ == InvoiceFileKind::kDistributorBill;
    const bool has_place = std::ranges::any_of(kPlaces, [this](BillField field) { return columns_.has(field); });
    if (is_of_distributor && !has_place) {
      return invalid(name_, "it does not say which column tells the subscription, tenant or customer of a line",
                     "add one: subscription=COLUMN, or customer_tenant=COLUMN");
    }
    for (const BillField field : {BillField::kCustomer, BillField::kCost}) {
      const bool is_needed = field == BillField::kCost || !is_of_distributor;
      if (is_needed && !columns_.has(field)) {
        return invalid(name_, fmt::format("it does not say which column is `{}`", bill_field_name(field)),
                       fmt::format("add it: {}=COLUMN", bill_field_name(field)));
      }
    }
    return ok();
  }

  Result<void> set_percent(const std::string& value) {
    const Decimal::Parsed parsed = Decimal::parse(value);
    if (parsed.error != DecimalError::kNone || parsed.value <= Decimal()) {
      return invalid(place_of(std::string(kPercentOfRetail)), fmt::format("`{}` is no number above 0", excerpt(value)),
                     "write it as in 82.5, without a sign for percent");
    }
    columns_.percent_of_retail = parsed.value;
    return ok();
  }

  std::string place_of(const std::string& key) const { return fmt::format("{}, key `{}`", name_, excerpt(key)); }

  Result<void> at_most_one(std::vector<BillField> fields) const {
    std::vector<std::string_view> named;
    for (const BillField field : fields) {
      if (columns_.has(field)) named.push_back(bill_field_name(field));
    }
    if (named.size() < 2) return ok();
    return invalid(name_, fmt::format("{} are there together", fmt::join(named, " and ")),
                   "name the one that charges are compared by");
  }

  Result<void> set_currency(const std::string& value) {
    columns_.currency = Currency::parse(value);
    if (columns_.currency) return ok();
    return invalid(place_of(std::string(kCurrencyIs)),
                   fmt::format("`{}` is no currency of three letters", excerpt(value)), "write it as in EUR");
  }

  Result<void> set_decimals(const std::string& value) {
    int decimals = -1;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), decimals);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || decimals < 0 || decimals > kDecimalsMax) {
      return invalid(place_of(std::string(kDecimals)),
                     fmt::format("`{}` is no number from 0 to {}", excerpt(value), kDecimalsMax),
                     "leave it out if lines were not rounded");
    }
    columns_.decimals = decimals;
    return ok();
  }

  Result<void> set_rounding(const std::string& value) {
    columns_.rounds_down = value == "down";
    if (columns_.rounds_down || value == "nearest") return ok();
    return invalid(place_of(std::string(kRounding)), fmt::format("`{}` is neither nearest nor down", excerpt(value)),
                   "use one of them");
  }

  Result<void> set_mark(const std::string& key, const std::string& value, std::span<const Mark> marks,
                        char& target) const {
    const auto found = std::ranges::find(marks, value, &Mark::name);
    if (found != marks.end()) {
      target = found->mark;
      return ok();
    }
    std::vector<std::string_view> names;
    for (const Mark& mark : marks) names.push_back(mark.name);
    return invalid(place_of(key), fmt::format("`{}` is none of {}", excerpt(value), fmt::join(names, ", ")),
                   "use one of these words");
  }

  const std::string& name_;
  InvoiceFileKind kind_;
  std::vector<std::string_view> keys_;
  std::vector<std::string> seen_;
  BillColumns columns_;
};

Result<BillColumns> read_map(std::string_view text, const std::string& name, InvoiceFileKind kind) {
  FileProblems problems(name);
  const YamlNode root = read_yaml(text, problems);
  if (!problems.empty()) return problems.errors().front();
  if (root.kind != YamlNode::Kind::kMap) {
    return invalid(name, "it is not a map", "write a line for each key, for example `customer: Customer name`");
  }
  ColumnsReader reader(name, kind);
  for (const YamlEntry& entry : root.entries) {
    if (entry.value.kind != YamlNode::Kind::kText) {
      return invalid(to_where(name, entry.key_at), fmt::format("`{}` has no text", excerpt(entry.key)),
                     "name one column");
    }
    APPORTION_TRY(reader.set(entry.key, entry.value.text));
  }
  return reader.finish();
}

Result<BillColumns> read_pairs(std::string_view text, const std::string& name, InvoiceFileKind kind) {
  ColumnsReader reader(name, kind);
  for (const std::string_view pair : split_text(text, ',')) {
    const auto sign = pair.find('=');
    if (sign == std::string_view::npos) {
      return invalid(name, fmt::format("`{}` has no `=`", excerpt(pair)),
                     "write customer=COLUMN,cost=COLUMN; column names with a comma need a YAML file");
    }
    APPORTION_TRY(reader.set(std::string(trim(pair.substr(0, sign))), std::string(trim(pair.substr(sign + 1)))));
  }
  return reader.finish();
}

// `1,234,567` without its marks; nothing if they do not stand where thousands end.
std::optional<std::string> without_thousands(std::string_view whole, char mark) {
  constexpr std::size_t kGroup = 3;
  const auto groups = split_text(whole, mark);
  std::string digits;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool is_first = i == 0;
    if (is_first ? groups[i].empty() || groups[i].size() > kGroup : groups[i].size() != kGroup) return std::nullopt;
    digits += groups[i];
  }
  return digits;
}

}  // namespace

std::optional<BillField> BillColumns::subscription_field() const {
  for (const BillField field : {BillField::kSubscription, BillField::kSubscriptionName}) {
    if (has(field)) return field;
  }
  return std::nullopt;
}

std::optional<BillField> BillColumns::product_field() const {
  for (const BillField field : {BillField::kProduct, BillField::kProductName, BillField::kService}) {
    if (has(field)) return field;
  }
  return std::nullopt;
}

Decimal BillColumns::rounding_of_line() const {
  if (!decimals) return {};
  Int128 unit = Decimal::kUnitsPerOne;
  for (int digits = 0; digits < *decimals; ++digits) unit /= 10;
  return Decimal::from_units(rounds_down ? unit : unit / 2);
}

std::string_view bill_field_name(BillField field) { return kFieldNames[static_cast<std::size_t>(field)]; }

Result<BillColumns> parse_bill_columns(std::string_view text, const std::string& name, InvoiceFileKind kind) {
  const bool is_map = text.find('\n') != std::string_view::npos || trim(text).starts_with('{') ||
                      text.find('=') == std::string_view::npos;
  return is_map ? read_map(text, name, kind) : read_pairs(text, name, kind);
}

std::string to_text(const BillColumns& columns) {
  nlohmann::ordered_json map;
  for (std::size_t i = 0; i < kBillFields; ++i) {
    if (!columns.columns[i].empty()) map[std::string(kFieldNames[i])] = columns.columns[i];
  }
  const auto name_of = [](std::span<const Mark> marks, char mark) {
    return std::string(std::ranges::find(marks, mark, &Mark::mark)->name);
  };
  if (columns.currency) map[std::string(kCurrencyIs)] = std::string(columns.currency->code());
  if (columns.percent_of_retail) map[std::string(kPercentOfRetail)] = columns.percent_of_retail->to_string();
  if (columns.separator != ',') map[std::string(kSeparator)] = name_of(kSeparators, columns.separator);
  if (columns.decimals) map[std::string(kDecimals)] = fmt::format("{}", *columns.decimals);
  if (columns.rounds_down) map[std::string(kRounding)] = "down";
  if (columns.decimal_mark != '.') map[std::string(kDecimalMark)] = name_of(kDecimalMarks, columns.decimal_mark);
  if (columns.thousands_mark != '\0') {
    map[std::string(kThousandsMark)] = name_of(kThousandsMarks, columns.thousands_mark);
  }
  return map.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<Decimal> parse_bill_amount(std::string_view text, const BillColumns& columns) {
  std::string_view rest = trim(text);
  std::string plain;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    if (rest.front() == '-') plain = "-";
    rest.remove_prefix(1);
  }
  const auto mark = rest.find(columns.decimal_mark);
  const std::string_view whole = rest.substr(0, mark);
  if (columns.thousands_mark != '\0' && whole.find(columns.thousands_mark) != std::string_view::npos) {
    const auto digits = without_thousands(whole, columns.thousands_mark);
    if (!digits) return std::nullopt;
    plain += *digits;
  } else {
    if (columns.decimal_mark != '.' && whole.find('.') != std::string_view::npos) return std::nullopt;
    plain += whole;
  }
  if (mark != std::string_view::npos) {
    const std::string_view decimals = rest.substr(mark + 1);
    if (decimals.find('.') != std::string_view::npos) return std::nullopt;
    plain += '.';
    plain += decimals;
  }
  const Decimal::Parsed parsed = Decimal::parse_rounding(plain);
  return parsed.error == DecimalError::kNone ? std::optional(parsed.value) : std::nullopt;
}

}  // namespace apportion
