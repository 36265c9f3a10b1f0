/// How far the import of a run has come, as a line on a terminal.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/open_home.h"
#include "serve/cli/console.h"

namespace apportion {

struct ElapsedTimes {
  std::chrono::milliseconds run;
  std::chrono::milliseconds all;
};

/// For one run, `acme actual 2026-10: 24 %, 1 min left, 1.2M rows, 512 of 2148 MB, file 3/12`; for several, a line
/// before it: `run 2 of 7: 10 %, 9 min left in all`. Then a line for each worker, if there are several: `  worker 1:
/// 600.0k rows, file 3`. The time left is estimated from the speed so far.
std::vector<std::string> import_progress_lines(const ImportProgress& progress, const ElapsedTimes& elapsed);

/// Shows progress on a console several times a second, for runs that take longer than a second. Not thread-safe;
/// callers must take turns.
class ImportProgressView {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using Now = std::function<Instant()>;

  /// `console` must outlive it.
  ImportProgressView(Console& console, Now now) : console_(&console), now_(std::move(now)) {}

  void show(const ImportProgress& progress);

 private:
  Console* console_;
  Now now_;
  std::optional<ImportProgress> last_;  // reported last, shown or not
  Instant began_ = {};                  // the run, as far as is known
  Instant began_all_ = {};
  Instant next_ = {};
};

}  // namespace apportion
