// Tables for people: aligned columns of plain text.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "foundation/base/text.h"
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

bool is_number(TableKind kind) { return kind == TableKind::kDecimal || kind == TableKind::kInteger; }

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

// How many bytes the UTF-8 character at the beginning of `text` takes; a broken one takes one.
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(bytes, text.size());
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

// Text from a bill must not break the line, nor steer the terminal.
std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_bytes(text));
    line += is_control(character) ? std::string_view(" ") : character;
    text.remove_prefix(character.size());
  }
  return line;
}

std::string cut_to_width(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string cut;
  int used = 0;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_bytes(text));
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

std::vector<std::vector<std::string>> texts_of(const Table& table) {
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : table.rows) {
    auto& line = texts.emplace_back();
    for (const TableCell& cell : row) line.push_back(printable(cell_text(cell)));
  }
  return texts;
}

Layout measure(const Table& table, const std::vector<std::vector<std::string>>& texts) {
  Layout layout;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool is_decimal = table.columns[i].kind == TableKind::kDecimal;
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
  const int behind = kind == TableKind::kDecimal ? fraction - fraction_width(shown) : 0;
  return spaces(missing - behind) + shown + spaces(behind);
}

void write_line(std::string line, std::ostream& out) {
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

Result<void> write_text_table(const Table& table, const TextTableOptions& options, std::ostream& out) {
  const auto texts = texts_of(table);
  Layout layout = measure(table, texts);
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
  for (const auto& cells : texts) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += spaces(i == 0 ? 0 : kGap);
      line += padded(cells[i], table.columns[i].kind, layout.widths[i], layout.fraction_widths[i]);
    }
    write_line(line, out);
  }
  return check_written(out);
}

}  // namespace apportion
