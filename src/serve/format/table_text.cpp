// Tables for people: aligned columns of plain text.
#include <algorithm>
#include <numeric>
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
constexpr int kReadableCut = 16;  // nor below this while columns can still be left out

struct Layout {
  std::vector<int> widths;
  std::vector<int> fraction_widths;  // of decimal columns: the point and the digits after it
};

bool has_point(TableKind kind) {
  return kind == TableKind::kDecimal || kind == TableKind::kPercent || kind == TableKind::kMoney;
}
bool is_number(TableKind kind) { return has_point(kind) || kind == TableKind::kInteger; }

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

// Text from a bill must neither break the line nor control the terminal.
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
  const TableKind kind = table.columns[column].kind;
  if (kind == TableKind::kPercent && amount != nullptr && !exact) return shown_percentage(*amount);
  if (kind != TableKind::kMoney || amount == nullptr) return printable(cell_text(row[column]));
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

// Some columns of a table, as texts.
struct View {
  std::vector<TableColumn> columns;
  Lines rows;
  Lines totals;
};

Lines chosen_cells(const Lines& lines, const std::vector<std::size_t>& chosen) {
  Lines some;
  for (const auto& line : lines) {
    auto& cells = some.emplace_back();
    for (const std::size_t column : chosen) cells.push_back(line[column]);
  }
  return some;
}

View chosen_columns(const View& all, const std::vector<std::size_t>& chosen) {
  View view{{}, chosen_cells(all.rows, chosen), chosen_cells(all.totals, chosen)};
  for (const std::size_t column : chosen) view.columns.push_back(all.columns[column]);
  return view;
}

Layout measure(const View& view) {
  Layout layout;
  for (std::size_t i = 0; i < view.columns.size(); ++i) {
    const bool is_decimal = has_point(view.columns[i].kind);
    int whole = 0;
    int fraction = 0;
    const auto widen = [&](const std::vector<std::string>& line) {
      const int behind = is_decimal ? fraction_width(line[i]) : 0;
      fraction = std::max(fraction, behind);
      whole = std::max(whole, display_width(line[i]) - behind);
    };
    std::ranges::for_each(view.rows, widen);
    std::ranges::for_each(view.totals, widen);
    layout.widths.push_back(std::max(display_width(printable(view.columns[i].name)), whole + fraction));
    layout.fraction_widths.push_back(fraction);
  }
  return layout;
}

int excess(const Layout& layout, int terminal_width) {
  int total = kGap * (static_cast<int>(layout.widths.size()) - 1);
  for (const int width : layout.widths) total += width;
  return total - terminal_width;
}

// Narrows the widest text column, again and again, until the line fits or all are at `narrowest`. Numbers are never
// cut.
bool fit(const View& view, int terminal_width, int narrowest, Layout& layout) {
  while (excess(layout, terminal_width) > 0) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < layout.widths.size(); ++i) {
      const bool can_shrink = view.columns[i].kind == TableKind::kText && layout.widths[i] > narrowest;
      if (can_shrink && (widest == nullptr || layout.widths[i] > *widest)) widest = &layout.widths[i];
    }
    if (widest == nullptr) return false;
    --*widest;
  }
  return true;
}

// Which columns can be left out; the last one goes first.
std::vector<std::size_t> droppable_columns(const Table& table) {
  const auto amount = std::ranges::find_if(table.columns, is_sum);
  const auto first_amount = static_cast<std::size_t>(amount - table.columns.begin());
  std::vector<std::size_t> droppable;
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    if (i != first_amount && currency_column(table) != i) droppable.push_back(i);
  }
  return droppable;
}

// The columns that fit a terminal, in their order.
std::vector<std::size_t> fitting_columns(const Table& table, const View& all, int terminal_width) {
  std::vector<std::size_t> shown(all.columns.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  std::vector<std::size_t> droppable = droppable_columns(table);
  while (!droppable.empty()) {
    const View view = chosen_columns(all, shown);
    Layout layout = measure(view);
    if (fit(view, terminal_width, kReadableCut, layout)) break;
    std::erase(shown, droppable.back());
    droppable.pop_back();
  }
  return shown;
}

std::string names_of_others(const View& all, const std::vector<std::size_t>& shown) {
  std::string names;
  for (std::size_t i = 0; i < all.columns.size(); ++i) {
    if (std::ranges::find(shown, i) == shown.end())
      names += (names.empty() ? "" : ", ") + printable(all.columns[i].name);
  }
  return names;
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
  View view{table.columns, texts_of(table, table.rows, options.exact),
            texts_of(table, shown_totals_of(table), options.exact)};
  std::string others;
  if (options.width && options.drops_columns) {
    const std::vector<std::size_t> shown = fitting_columns(table, view, *options.width);
    others = names_of_others(view, shown);
    view = chosen_columns(view, shown);
  }
  Layout layout = measure(view);
  if (options.width && !fit(view, *options.width, kReadableCut, layout))
    fit(view, *options.width, kNarrowestCut, layout);
  std::string heading;
  std::string rule;
  for (std::size_t i = 0; i < view.columns.size(); ++i) {
    const int width = layout.widths[i];
    const std::string name = cut_to_width(printable(view.columns[i].name), width);
    const std::string padding = spaces(width - display_width(name));
    const bool is_right = is_number(view.columns[i].kind);
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
        line += padded(cells[i], view.columns[i].kind, layout.widths[i], layout.fraction_widths[i]);
      }
      write_line(line, out);
    }
  };
  write_rows(view.rows);
  if (!view.totals.empty()) write_line(rule, out);
  write_rows(view.totals);
  if (!others.empty()) out << "not shown: " << others << " (--wide shows all columns)\n";
  return check_written(out);
}

}  // namespace apportion
