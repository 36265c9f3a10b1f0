#include "pipeline/ingest/layout.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "foundation/base/byte_order_mark.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/day_text.h"
#include "foundation/model/other_columns.h"
#include "foundation/model/source_fields.h"

namespace apportion {
namespace {

// A header cell as people see it.
std::string_view name_as_written(std::string_view cell) { return trim(without_byte_order_mark(cell)); }

// A header cell as compared.
std::string header_key(std::string_view cell) { return column_key(name_as_written(cell)); }

// The name in the last parentheses: `Ressourcengruppe (ResourceGroup)`.
std::string parenthesised_key(std::string_view cell) {
  const auto close = cell.rfind(')');
  const auto open = cell.rfind('(', close);
  if (close == std::string_view::npos || open == std::string_view::npos || open > close) return {};
  return header_key(cell.substr(open + 1, close - open - 1));
}

class Header {
 public:
  explicit Header(std::span<const std::string> cells) : cells_(cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (std::string key = header_key(cells[i]); !key.empty()) positions_[std::move(key)].push_back(i);
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (const std::string key = parenthesised_key(cells[i]); !key.empty()) positions_[key].push_back(i);
    }
  }

  // Columns of this name, best first.
  std::span<const std::size_t> positions(std::string_view name) const {
    const auto found = positions_.find(header_key(name));
    return found == positions_.end() ? std::span<const std::size_t>() : found->second;
  }
  bool has(std::string_view name) const { return !positions(name).empty(); }

  // Columns of a field under any of its names, best first.
  std::vector<std::size_t> positions(const SourceField& field) const {
    std::vector<std::size_t> all;
    const auto add = [&](std::string_view name) {
      for (const std::size_t position : positions(name)) all.push_back(position);
    };
    add(field.name);
    for (const std::string_view synonym : split_text(field.synonyms, '|')) add(synonym);
    return all;
  }
  int position(const SourceField& field) const {
    const auto all = positions(field);
    return all.empty() ? -1 : static_cast<int>(all.front());
  }

  // How many columns have this very name.
  std::size_t count(std::string_view name) const {
    const std::string key = header_key(name);
    return static_cast<std::size_t>(
        std::ranges::count_if(cells_, [&key](const std::string& cell) { return header_key(cell) == key; }));
  }

  std::span<const std::string> cells() const { return cells_; }

 private:
  std::span<const std::string> cells_;
  std::unordered_map<std::string, std::vector<std::size_t>> positions_;
};

SourceKind cost_details_kind(const Header& header) {
  // Only files of partners have these, so a file without its tenant columns is told by them too.
  const bool of_partner_scope = header.has("partnerTenantId") || header.has("partnerEarnedCreditRate") ||
                                header.has("partnerEarnedCreditApplied");
  const bool of_partner = header.has("customerTenantId") || header.has("partnerName") || of_partner_scope;
  const bool of_billing_scope = header.has("billingProfileId") || header.has("invoiceId") || of_partner_scope;
  if (of_partner) return of_billing_scope ? SourceKind::kMpa : SourceKind::kCspSubscription;
  const bool of_enrollment = header.has("AccountOwnerId") || header.has("PartNumber") || header.has("OfferId");
  return of_enrollment ? SourceKind::kEa : SourceKind::kMca;
}

// Files that people take for cost exports. One is told by all of `columns` and one of `any`.
struct OtherFile {
  std::string_view name;
  std::string_view columns;
  std::string_view any;
  ErrorId error;
  std::string_view next;
};
constexpr std::string_view kExportInstead =
    "export ActualCost and AmortizedCost, or FocusCost, from Cost Management at the scope of the billing account";
constexpr auto kOtherFiles = std::to_array<OtherFile>({
    {"daily rated usage of Partner Center", "PartnerId",
     "EntitlementId|EntitlementDescription|ResourceURI|UsageDate|BillingPreTaxTotal|PartnerBillableAccountId",
     ErrorId::kPartnerCenterFile, kExportInstead},
    {"invoice line items (reconciliation) of Partner Center", "PartnerId",
     "CustomerId|InvoiceNumber|Subtotal|TaxTotal|TotalForCustomer|MpnId|Tier2MpnId|ResellerMpnId|OrderId",
     ErrorId::kPartnerCenterFile, kExportInstead},
});

const OtherFile* other_file(const Header& header) {
  for (const OtherFile& file : kOtherFiles) {
    const auto columns = split_text(file.columns, '|');
    const auto any = split_text(file.any, '|');
    const auto has = [&header](std::string_view name) { return header.has(name); };
    if (std::ranges::all_of(columns, has) && std::ranges::any_of(any, has)) return &file;
  }
  return nullptr;
}

bool is_price_sheet(const Header& header) {
  constexpr auto kOfSheets =
      std::to_array<std::string_view>({"MarketPrice", "TierMinimumUnits", "PriceType", "IncludedQuantity"});
  return header.has("MeterId") && header.has("UnitPrice") && header.has("BasePrice") &&
         std::ranges::any_of(kOfSheets, [&header](std::string_view name) { return header.has(name); });
}

// The kind of a file that lies beside charges: of commitments, or prices; nothing for other files.
std::optional<SourceKind> kind_beside_charges(const Header& header) {
  if (is_price_sheet(header)) return SourceKind::kPriceSheet;
  if (header.has("ReservationOrderId") && header.has("UsedHours")) return SourceKind::kReservationDetails;
  if (header.has("ReservationOrderId") && header.has("EventType")) return SourceKind::kReservationTransactions;
  if (header.has("RecommendedQuantity") && header.has("NetSavings")) return SourceKind::kReservationRecommendations;
  return std::nullopt;
}

std::optional<SourceKind> kind_of(const Header& header) {
  if (const auto kind = kind_beside_charges(header)) return kind;
  if (header.has("BilledCost") || header.has("EffectiveCost")) return SourceKind::kFocus;
  const bool is_cost_details = header.has("costInBillingCurrency") || header.has("Cost") || header.has("PreTaxCost") ||
                               (header.has("chargeType") && header.has("date"));
  return is_cost_details ? std::optional(cost_details_kind(header)) : std::nullopt;
}

std::string_view family_name(SourceKind kind) {
  switch (kind) {
    case SourceKind::kFocus: return "FOCUS";
    case SourceKind::kReservationDetails: return "reservation details";
    case SourceKind::kReservationTransactions: return "reservation transactions";
    case SourceKind::kReservationRecommendations: return "reservation recommendations";
    case SourceKind::kPriceSheet: return "price sheet";
    default: return "cost details";
  }
}

std::string kind_name(SourceKind kind, const Header& header) {
  switch (kind) {
    case SourceKind::kMpa: return header.has("customerTenantId") ? "MPA" : "MPA without customerTenantId";
    case SourceKind::kMca: return "MCA";
    case SourceKind::kCspSubscription: return "CSP subscription";
    case SourceKind::kEa: return "EA";
    case SourceKind::kFocus: return "FOCUS " + focus_version(header.cells());
    case SourceKind::kPriceSheet: return header.has("EnrollmentNumber") ? "EA price sheet" : "price sheet";
    default: return std::string(family_name(kind));
  }
}

std::string missing_columns(const Header& header, std::span<const SourceField> fields) {
  std::string missing;
  for (const SourceField& field : fields) {
    if (!field.required || header.position(field) >= 0) continue;
    missing += fmt::format("{}`{}`", missing.empty() ? "" : ", ", field.name);
    if (!field.synonyms.empty()) missing += fmt::format(" (or {})", field.synonyms);
  }
  return missing;
}

// Columns that billing needs and that the file has twice: nothing tells which of them to believe.
std::string doubled_columns(const Header& header, std::span<const SourceField> fields) {
  std::string doubled;
  for (const SourceField& field : fields) {
    const int position = field.required ? header.position(field) : -1;
    if (position < 0) continue;
    const std::string_view name = name_as_written(header.cells()[static_cast<std::size_t>(position)]);
    if (header.count(name) > 1) doubled += fmt::format("{}`{}`", doubled.empty() ? "" : ", ", name);
  }
  return doubled;
}

std::size_t known_columns(const Header& header, std::span<const SourceField> fields) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&header](const SourceField& field) { return header.position(field) >= 0; }));
}

// The family of a cost export that keeps so few of its columns that `kind_of` does not know it; nothing for other
// files.
std::optional<SourceKind> kind_of_selection(const Header& header) {
  const auto is_needed = [&header](std::string_view name) { return header.has(name); };
  constexpr std::array<std::string_view, 3> kOfFocus{"ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd"};
  constexpr std::array<std::string_view, 4> kOfCostDetails{"chargeType", "date", "usageDate", "UsageDateTime"};
  const auto is_selection = [&header](SourceKind kind) {
    constexpr std::size_t kEnough = 3;
    const std::size_t known = known_columns(header, fields_of(kind));
    return known >= kEnough && known * 2 >= header.cells().size();
  };
  if (std::ranges::any_of(kOfFocus, is_needed) && is_selection(SourceKind::kFocus)) return SourceKind::kFocus;
  if (std::ranges::any_of(kOfCostDetails, is_needed) && is_selection(SourceKind::kMpa))
    return cost_details_kind(header);
  return std::nullopt;
}

std::string first_cells(std::span<const std::string> cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size() && i < 12; ++i) text += (i == 0 ? "" : ", ") + excerpt(cells[i], 40);
  if (cells.size() > 12) text += fmt::format(", … ({} columns)", cells.size());
  return text;
}

// Whether a column of a field says more than the field.
bool is_kept_too(const Header& header, std::span<const SourceField> fields, std::size_t position) {
  const std::string key = header_key(header.cells()[position]);
  return std::ranges::any_of(fields, [&](const SourceField& field) {
    return field.keeps_synonym && header.position(field) == static_cast<int>(position) && key != header_key(field.name);
  });
}

void map_columns(const Header& header, std::span<const SourceField> fields, SourceLayout& layout) {
  std::vector<bool> known(header.cells().size(), false);
  for (const SourceField& field : fields) {
    const int position = header.position(field);
    const bool taken = position >= 0 && known[static_cast<std::size_t>(position)];
    layout.column_of_field.push_back(taken ? -1 : position);
    if (position >= 0) known[static_cast<std::size_t>(position)] = true;
  }
  std::vector<bool> second(known.size(), false);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (layout.column_of_field[i] < 0) continue;
    for (const std::size_t position : header.positions(fields[i])) {
      if (known[position] || second[position]) continue;
      second[position] = true;
      layout.second_names.push_back({i, position});
    }
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    layout.names.emplace_back(name_as_written(header.cells()[i]));
    if (!known[i] || is_kept_too(header, fields, i)) layout.other_columns.emplace_back(i, layout.names.back());
  }
}

// Whether most values that are not blank look like YYYY-MM-DD; also when all are blank.
bool are_mostly_iso(std::span<const std::string_view> days) {
  std::size_t iso = 0;
  std::size_t others = 0;
  for (const std::string_view day : days) {
    const std::string_view text = trim(day);
    if (text.empty()) continue;
    ++(text.size() >= 10 && text[4] == '-' && text[7] == '-' ? iso : others);
  }
  return iso >= others;
}

// Such as 05/05/2026, and blanks.
bool reads_the_same_either_way(std::string_view text) {
  return parse_day(text, DayFormat::kMonthDayYear) == parse_day(text, DayFormat::kDayMonthYear);
}

// How well values read as days of a format: a usage day lies in the month of the run (late usage may not), a billing
// period begins on the first of a month.
struct Fit {
  bool readable = true;
  int plausible = 0;
};

Fit fit_of(std::span<const std::string_view> days, std::span<const std::string_view> period_starts,
           std::optional<Month> month, DayFormat format) {
  Fit fit;
  const auto look_at = [&](std::string_view text, auto is_plausible) {
    if (trim(text).empty()) return;
    const auto day = parse_day(text, format);
    fit.readable = fit.readable && day.has_value();
    if (day && is_plausible(*day)) ++fit.plausible;
  };
  for (const std::string_view text : days) look_at(text, [&](Day day) { return month && month->contains(day); });
  for (const std::string_view text : period_starts) look_at(text, [](Day day) { return day.day_of_month() == 1; });
  return fit;
}

}  // namespace

std::string focus_version(std::span<const std::string> cells) {
  const Header header(cells);
  if (header.has("InvoiceId") || header.has("SkuMeter") || header.has("PricingCurrency")) return "1.2-preview";
  if (header.has("ChargeClass") || header.has("ContractedCost") || header.has("RegionId")) return "1.0";
  return "1.0-preview(v1)";
}

Result<SourceLayout> recognise_layout(const std::string& file_name, std::span<const std::string> cells) {
  const Header header(cells);
  if (const OtherFile* other = other_file(header); other != nullptr) {
    return Error{other->error, fmt::format("this is {}, not an export of Cost Management", other->name), file_name,
                 fmt::format("its first line is: {}", first_cells(cells)), std::string(other->next)};
  }
  auto kind = kind_of(header);
  if (!kind) kind = kind_of_selection(header);
  if (!kind) {
    return Error{
        ErrorId::kNotACostFile, "this is not an Azure cost file", file_name,
        fmt::format("its first line is: {}", first_cells(cells)),
        "expected the header of an ActualCost, AmortizedCost or FocusCost export; check the path of the export"};
  }
  const auto fields = fields_of(*kind);
  if (const std::string missing = missing_columns(header, fields); !missing.empty()) {
    return Error{ErrorId::kFileColumnMissing, "the file lacks a column that billing needs", file_name,
                 fmt::format("it holds a selection of columns, {} of {}, and lacks {}", known_columns(header, fields),
                             family_name(*kind), missing),
                 "export all columns: remove the column selection of the export and run it again"};
  }
  if (const std::string doubled = doubled_columns(header, fields); !doubled.empty()) {
    return Error{ErrorId::kFileColumnRepeated, "the file has a column that billing needs more than once", file_name,
                 fmt::format("several columns are named {}", doubled),
                 "export the month again; if the file was edited by hand, use the original"};
  }
  SourceLayout layout;
  layout.kind = *kind;
  layout.name = kind_name(layout.kind, header);
  layout.columns = cells.size();
  map_columns(header, fields, layout);
  return layout;
}

Result<DayFormat> decide_day_format(const std::string& file_name, std::span<const std::string_view> days,
                                    std::span<const std::string_view> period_starts, std::optional<Month> month) {
  const auto first = std::find_if(days.begin(), days.end(), [](std::string_view text) { return !trim(text).empty(); });
  if (first == days.end() || are_mostly_iso(days)) return DayFormat::kIso;
  const Fit us = fit_of(days, period_starts, month, DayFormat::kMonthDayYear);
  const Fit european = fit_of(days, period_starts, month, DayFormat::kDayMonthYear);
  if (european.plausible > us.plausible && (european.readable || !us.readable)) return DayFormat::kDayMonthYear;
  if (us.plausible > 0 && (us.readable || !european.readable)) return DayFormat::kMonthDayYear;
  if (us.readable != european.readable) return us.readable ? DayFormat::kMonthDayYear : DayFormat::kDayMonthYear;
  std::string_view example = *first;
  std::string why = "it is not a date in a known form";
  if (us.readable) {
    const auto doubtful = std::ranges::find_if_not(days, reads_the_same_either_way);
    if (doubtful == days.end()) return DayFormat::kMonthDayYear;
    example = *doubtful;
    why = month ? fmt::format("neither as month/day nor as day/month does it fall in {}", month->to_string())
                : "month/day and day/month are both possible, and no manifest states the month";
  }
  return Error{ErrorId::kDateFormatAmbiguous, "the dates in this file cannot be read", file_name,
               fmt::format("`{}`: {}", excerpt(example), why),
               month || !us.readable
                   ? "expected YYYY-MM-DD, or month/day/year as Azure writes it; export the month again"
                   : "name the month that the file belongs to: " + step(Step::kChooseMonth)};
}

bool fits(SourceKind kind, Dataset dataset) {
  switch (kind) {
    case SourceKind::kFocus: return dataset == Dataset::kFocusCost;
    case SourceKind::kReservationDetails: return dataset == Dataset::kReservationDetails;
    case SourceKind::kReservationTransactions: return dataset == Dataset::kReservationTransactions;
    case SourceKind::kReservationRecommendations: return dataset == Dataset::kReservationRecommendations;
    case SourceKind::kPriceSheet: return dataset == Dataset::kPriceSheet;
    default: return dataset == Dataset::kActualCost || dataset == Dataset::kAmortizedCost;
  }
}

}  // namespace apportion
