#include "pipeline/fetch/export_path.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kGuidShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
constexpr std::string_view kPeriodShape = "dddddddd-dddddddd";
constexpr std::string_view kRunTimeShape = "dddddddddddd";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Whether a text has a shape: `d` is a digit, `x` a hexadecimal digit, anything else itself.
bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() && std::equal(text.begin(), text.end(), shape.begin(), [](char c, char wanted) {
           return wanted == 'd' ? is_digit(c) : wanted == 'x' ? is_hex_digit(c) : c == wanted;
         });
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::optional<Day> compact_day(std::string_view text) {
  return Day::from_civil(number(text.substr(0, 4)), number(text.substr(4, 2)), number(text.substr(6, 2)));
}

std::optional<RunPeriod> period_of_level(std::string_view level) {
  if (!has_shape(level, kPeriodShape)) return std::nullopt;
  const auto first = compact_day(level.substr(0, 8));
  const auto last = compact_day(level.substr(9, 8));
  if (!first || !last || *last < *first || Month::of(*first) != Month::of(*last)) return std::nullopt;
  return RunPeriod{Month::of(*first), *first, *last};
}

std::string run_time_of_level(std::string_view level) {
  if (!has_shape(level, kRunTimeShape)) return {};
  const auto day = compact_day(level.substr(0, 8));
  const int hour = number(level.substr(8, 2));
  const int minute = number(level.substr(10, 2));
  if (!day || hour > 23 || minute > 59) return {};
  return fmt::format("{}T{:02}:{:02}:00Z", day->to_string(), hour, minute);
}

}  // namespace

std::vector<std::string> path_levels(std::string_view path) {
  std::vector<std::string> levels;
  for (const std::string_view part : split_text(path, '/')) {
    const std::string_view level = trim(part);
    if (!level.empty()) levels.emplace_back(level);
  }
  return levels;
}

std::string join_levels(const std::vector<std::string>& levels, std::size_t count) {
  std::string path;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) path += '/';
    path += levels[i];
  }
  return path;
}

std::string last_guid(std::string_view text) {
  for (std::size_t end = text.size(); end >= kGuidShape.size(); --end) {
    const auto candidate = text.substr(end - kGuidShape.size(), kGuidShape.size());
    if (has_shape(candidate, kGuidShape)) return ascii_lower(candidate);
  }
  return {};
}

ExportPath read_export_path(std::string_view path) {
  ExportPath found;
  found.folders = path_levels(path);
  if (found.folders.empty()) return found;
  found.file_name = std::move(found.folders.back());
  found.folders.pop_back();
  for (std::size_t level = 0; level < found.folders.size(); ++level) {
    const std::string& folder = found.folders[level];
    if (const auto period = period_of_level(folder)) {
      found.period = period;
      found.period_level = level;
    }
    if (auto time = run_time_of_level(folder); !time.empty()) found.submitted_at = std::move(time);
    if (has_shape(folder, kGuidShape)) found.run_id = ascii_lower(folder);
  }
  if (auto guid = last_guid(found.file_name); !guid.empty()) found.run_id = std::move(guid);
  return found;
}

}  // namespace apportion
