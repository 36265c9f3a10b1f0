// Tables for people: aligned columns of plain text.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "foundation/base/characters.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"
#include "foundation/money/money.h"
#include "serve/format/stream_check_internal.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowestCut = 8;  // a text column is never cut below this

struct Layout {
  std::vector<int> widths;
  std::vector<int> fraction_widths;  // of decimal columns: point and digits behind it
};

bool has_point(TableKind kind) { return kind == TableKind::kDecimal || kind == TableKind::kMoney; }
bool is_number(TableKind kind) { return has_point(kind) || kind == TableKind::kInteger; }

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

// Text from a bill must not break the line, nor steer the terminal.
std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::string_view character = first_character(text).bytes;
    line += character == "\n" || steers_terminal(character) ? std::string_view(" ") : character;
    text.remove_prefix(character.size());
  }
  return line;
}

std::string cut_to_width(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string cut;
  int used = 0;
  while (!text.empty()) {
    const std::string_view character = first_character(text).bytes;
    const int more = display_width(character);
    if (used + more > width - 1) break;
    cut += character;
    used += more;
    text.remove_prefix(character.size());
  }
  return cut + "…";
}

int fraction_width(std::string_view number) {
  const auto point = number.find('.');
  return point == std::string_view::npos ? 0 : static_cast<int>(number.size() - point);
}

using Lines = std::vector<std::vector<std::string>>;

std::string shown_cell(const Table& table, const std::vector<TableCell>& row, std::size_t column, bool exact) {
  const auto* amount = std::get_if<Decimal>(&row[column]);
  if (table.columns[column].kind != TableKind::kMoney || amount == nullptr) return printable(cell_text(row[column]));
  const auto currency = currency_of_row(table, row);
  return exact || !currency ? shown_exact_amount(*amount) : shown_amount(*amount, *currency);
}

Lines texts_of(const Table& table, const std::vector<std::vector<TableCell>>& rows, bool exact) {
  Lines texts;
  for (const auto& row : rows) {
    auto& line = texts.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) line.push_back(shown_cell(table, row, i, exact));
  }
  return texts;
}

Layout measure(const Table& table, const Lines& texts) {
  Layout layout;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool is_decimal = has_point(table.columns[i].kind);
    int whole = 0;
    int fraction = 0;
    for (const auto& line : texts) {
      const int behind = is_decimal ? fraction_width(line[i]) : 0;
      fraction = std::max(fraction, behind);
      whole = std::max(whole, display_width(line[i]) - behind);
    }
    layout.widths.push_back(std::max(display_width(printable(table.columns[i].name)), whole + fraction));
    layout.fraction_widths.push_back(fraction);
  }
  return layout;
}

// Takes width from the widest text column, again and again, until the line fits. Numbers are never cut.
void fit(const Table& table, int terminal_width, Layout& layout) {
  const auto excess = [&] {
    int total = kGap * (static_cast<int>(layout.widths.size()) - 1);
    for (const int width : layout.widths) total += width;
    return total - terminal_width;
  };
  while (excess() > 0) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < layout.widths.size(); ++i) {
      const bool can_shrink = table.columns[i].kind == TableKind::kText && layout.widths[i] > kNarrowestCut;
      if (can_shrink && (widest == nullptr || layout.widths[i] > *widest)) widest = &layout.widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

std::string padded(const std::string& text, TableKind kind, int width, int fraction) {
  const std::string shown = kind == TableKind::kText ? cut_to_width(text, width) : text;
  const int missing = width - display_width(shown);
  if (!is_number(kind)) return shown + spaces(missing);
  const int behind = has_point(kind) ? fraction - fraction_width(shown) : 0;
  return spaces(missing - behind) + shown + spaces(behind);
}

void write_line(std::string line, std::ostream& out) {
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

Result<void> write_text_table(const Table& table, const TextTableOptions& options, std::ostream& out) {
  const Lines rows = texts_of(table, table.rows, options.exact);
  const Lines totals = texts_of(table, totals_of(table), options.exact);
  Lines all = rows;
  all.insert(all.end(), totals.begin(), totals.end());
  Layout layout = measure(table, all);
  if (options.width) fit(table, *options.width, layout);
  std::string heading;
  std::string rule;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const int width = layout.widths[i];
    const std::string name = cut_to_width(printable(table.columns[i].name), width);
    const std::string padding = spaces(width - display_width(name));
    const bool is_right = is_number(table.columns[i].kind);
    heading.append(spaces(i == 0 ? 0 : kGap)).append(is_right ? padding : name).append(is_right ? name : padding);
    rule.append(spaces(i == 0 ? 0 : kGap)).append(static_cast<std::size_t>(width), '-');
  }
  if (options.color) heading = "\x1b[1m" + heading + "\x1b[0m";
  write_line(heading, out);
  write_line(rule, out);
  const auto write_rows = [&](const Lines& lines) {
    for (const auto& cells : lines) {
      std::string line;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        line += spaces(i == 0 ? 0 : kGap);
        line += padded(cells[i], table.columns[i].kind, layout.widths[i], layout.fraction_widths[i]);
      }
      write_line(line, out);
    }
  };
  write_rows(rows);
  if (!totals.empty()) write_line(rule, out);
  write_rows(totals);
  return check_written(out);
}

}  // namespace apportion
