#include "application/stand_in_runs.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "foundation/base/utc_time.h"

namespace apportion {
namespace {

std::chrono::seconds time_between(const Import& left, const Import& right) {
  const auto one = parse_utc_time(left.submitted_at);
  const auto other = parse_utc_time(right.submitted_at);
  if (!one || !other) return std::chrono::seconds::max();
  return std::chrono::abs(*one - *other);
}

}  // namespace

Result<StandInRuns> StandInRuns::make(const Home& home) {
  APPORTION_ASSIGN(TemporaryFolder folder, home.make_temporary_folder());
  StandInRuns runs(folder.path());
  runs.own_.emplace(std::move(folder));
  return runs;
}

Result<std::optional<std::filesystem::path>> StandInRuns::folder_for(const Import& amortized) {
  const bool is_expected = std::ranges::any_of(expected_, [&amortized](const Expected& run) {
    return run.connection == amortized.connection && (!run.month || *run.month == amortized.month);
  });
  if (!is_expected) return std::optional<std::filesystem::path>();
  std::filesystem::path folder = folder_ / fmt::format("{}", folders_++);
  APPORTION_TRY(make_folder(folder));
  return std::optional(std::move(folder));
}

void StandInRuns::keep(const Connection& connection, const Import& amortized, std::filesystem::path prints) {
  kept_.push_back({connection, amortized, std::move(prints)});
}

Result<std::optional<StandIns>> StandInRuns::for_run(const Connection& connection, const Import& actual) const {
  const Kept* best = nullptr;
  const auto distance = [&actual](const Kept& kept) {
    const bool is_as_long = kept.amortized.first_day == actual.first_day && kept.amortized.last_day == actual.last_day;
    return std::tuple(!is_as_long, time_between(kept.amortized, actual), kept.amortized.id);
  };
  for (const Kept& kept : kept_) {
    if (kept.connection != connection || kept.amortized.month != actual.month) continue;
    if (best == nullptr || distance(kept) < distance(*best)) best = &kept;
  }
  if (best == nullptr) return std::optional<StandIns>();
  APPORTION_ASSIGN(StandIns found, StandIns::read(best->prints, best->amortized.id));
  return std::optional(std::move(found));
}

}  // namespace apportion
