#include "sample/dialect.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "sample/draws.h"

namespace apportion::sample {
namespace {

constexpr std::string_view kZeroGuid = "00000000-0000-0000-0000-000000000000";
constexpr std::uint64_t kQuirkPerMille = 280;
constexpr auto kUnknownColumns =
    std::to_array<std::string_view>({"costAllocationRuleName", "x_FutureColumn", "benefitTier"});

std::string ascii_upper(std::string_view text) {
  std::string upper(text);
  for (char& letter : upper) {
    letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  }
  return upper;
}

std::string header_text(const Column& column, const Dialect& dialect, bool cost_file) {
  std::string_view name = column.name;
  if (cost_file && dialect.has(Quirk::kSynonyms) && !column.synonym.empty()) {
    name = column.synonym;
  }
  std::string text(name);
  if (dialect.has(Quirk::kHeaderCase)) {
    switch (dialect.key() % 3) {
      case 0: text = ascii_lower(name); break;
      case 1: text = ascii_upper(name); break;
      default: text.front() = ascii_upper(name.substr(0, 1)).front(); break;
    }
  }
  if (cost_file && dialect.has(Quirk::kLocalizedHeaders) && !column.localized.empty()) {
    text = fmt::format("{} ({})", column.localized, text);
  }
  return text;
}

/// `0.0000160599` as `1.60599E-05`: the same value as written by a spreadsheet.
std::string_view with_exponent(std::string_view number, std::string& scratch) {
  const bool negative = number.starts_with('-');
  const std::string_view plain = negative ? number.substr(1) : number;
  const std::size_t first = plain.starts_with("0.") ? plain.find_first_not_of('0', 2) : std::string_view::npos;
  if (first == std::string_view::npos || first < 5) {
    return number;
  }
  const std::string_view digits = plain.substr(first);
  scratch = negative ? "-" : "";
  scratch += digits.front();
  if (digits.size() > 1) {
    scratch += '.';
    scratch += digits.substr(1);
  }
  scratch += fmt::format("E-{:02}", first - 1);
  return scratch;
}

/// `08/31/2026` as `2026-08-31`. FOCUS times stay as they are.
std::string_view iso_date(std::string_view date, std::string& scratch) {
  if (date.size() != 10 || date[2] != '/') {
    return date;
  }
  scratch.assign(date.substr(6)).append("-").append(date.substr(0, 2)).append("-").append(date.substr(3, 2));
  return scratch;
}

/// A line break after each comma outside the strings of the JSON.
void break_lines(std::string& json, std::string_view line_end) {
  bool in_text = false;
  for (std::size_t place = 0; place < json.size(); ++place) {
    if (json[place] == '\\' && in_text) {
      ++place;
    } else if (json[place] == '"') {
      in_text = !in_text;
    } else if (json[place] == ',' && !in_text) {
      json.insert(place + 1, line_end);
    }
  }
}

std::string_view dress_tags(std::string_view tags, const Dialect& dialect, std::string& scratch) {
  scratch = tags;
  if (dialect.has(Quirk::kTagsWithBraces) && !tags.starts_with('{')) {
    scratch = fmt::format("{{{}}}", tags);
  }
  if (dialect.has(Quirk::kNewlinesInTags)) {
    break_lines(scratch, dialect.has(Quirk::kCrlf) ? "\r\n" : "\n");
  }
  return scratch;
}

}  // namespace

Dialect Dialect::draw(std::uint64_t seed, std::uint64_t run_number) {
  Draws draws(seed, Stream::kDialect, run_number);
  Dialect dialect;
  dialect.key_ = draws.next();
  for (std::size_t quirk = 0; quirk < static_cast<std::size_t>(Quirk::kCount); ++quirk) {
    if (draws.per_mille(kQuirkPerMille)) {
      dialect.quirks_.set(quirk);
    }
  }
  return dialect;
}

std::vector<FileColumn> file_columns(std::span<const Column> columns, const Dialect& dialect, bool cost_file) {
  std::vector<FileColumn> result;
  for (std::size_t place = 0; place < columns.size(); ++place) {
    const bool percent = dialect.has(Quirk::kCreditInPercent) && columns[place].name == "partnerEarnedCreditRate";
    const bool zero_guid = dialect.has(Quirk::kZeroGuids) && columns[place].name == "SubscriptionId";
    result.push_back({static_cast<int>(place), header_text(columns[place], dialect, cost_file), columns[place].kind,
                      percent, zero_guid});
  }
  if (dialect.has(Quirk::kUnknownColumns)) {
    for (const std::string_view name : kUnknownColumns) {
      result.push_back({-1, std::string(name), CellKind::kText});
    }
  }
  if (dialect.has(Quirk::kReordered)) {
    Draws draws(dialect.key(), Stream::kDialect, 0);
    for (std::size_t place = result.size(); place > 1; --place) {
      std::swap(result[place - 1], result[draws.below(place)]);
    }
  }
  return result;
}

std::string_view dress_cell(std::string_view cell, const FileColumn& column, const Dialect& dialect, std::uint64_t row,
                            std::string& scratch) {
  if (cell.empty()) {
    return column.zero_guid ? kZeroGuid : cell;
  }
  switch (column.kind) {
    case CellKind::kText: return cell;
    case CellKind::kGuid:
      if (dialect.has(Quirk::kMixedGuidCase) && draw_key(dialect.key(), row) % 2 == 0) {
        scratch = ascii_upper(cell);
        return scratch;
      }
      return cell;
    case CellKind::kDate: return dialect.has(Quirk::kIsoDates) ? iso_date(cell, scratch) : cell;
    case CellKind::kNumber:
      if (column.percent && cell == "0.15") {
        return "15";
      }
      return dialect.has(Quirk::kExponents) ? with_exponent(cell, scratch) : cell;
    case CellKind::kTags: return dress_tags(cell, dialect, scratch);
  }
  return cell;
}

}  // namespace apportion::sample
