#include "foundation/base/nearest_text.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kNameBytesMax = 200;  // longer ones are no slips of a name

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t substituted = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_text(std::string_view written, const std::vector<std::string_view>& candidates) {
  std::string_view nearest;
  if (written.empty() || written.size() > kNameBytesMax) return nearest;
  const std::string lower = ascii_lower(written);
  std::size_t best = std::max(written.size() / 3, std::min<std::size_t>(2, written.size() - 1)) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kNameBytesMax) continue;
    const std::size_t distance = edit_distance(lower, ascii_lower(candidate));
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace apportion
