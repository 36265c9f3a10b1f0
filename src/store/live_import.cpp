#include "store/live_import.h"

#include <string_view>
#include <tuple>

namespace apportion {
namespace {

// Later is greater. The import id makes it an order even when two runs claim the same instant. The ids of runs without
// a manifest are made from file names and order nothing: what came last counts.
auto rank(const Import& import) {
  const bool from_the_first = import.first_day <= import.month.first_day();
  return std::tuple(import.rows_source > 0, from_the_first, import.last_day, import.verified, import.submitted_at,
                    import.verified ? std::string_view(import.run_id) : std::string_view(), import.id.raw());
}

}  // namespace

std::optional<Import> live_import(std::span<const Import> imports, Dataset dataset) {
  const Import* best = nullptr;
  for (const Import& import : imports) {
    if (import.dataset == dataset && (best == nullptr || rank(*best) < rank(import))) best = &import;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

bool has_shrunk(std::int64_t rows_before, std::int64_t rows_now, std::int64_t percent_max) {
  constexpr std::int64_t kHundred = 100;
  return rows_now * kHundred < rows_before * (kHundred - percent_max);
}

}  // namespace apportion
