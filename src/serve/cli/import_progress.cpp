#include "serve/cli/import_progress.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBeforeTheFirst{1000};
constexpr milliseconds kBetweenTwo{250};
constexpr std::size_t kNameBytesMax = 24;
constexpr std::size_t kWorkersShown = 8;
constexpr std::int64_t kBytesOfMegabyte = 1'000'000;
constexpr std::int64_t kHundred = 100;
constexpr std::int64_t kTen = 10;
constexpr std::int64_t kSecondsOfMinute = 60;
constexpr std::int64_t kMinutesOfHour = 60;

struct Size {
  std::int64_t of;
  std::string_view letter;
};
constexpr auto kSizes = std::to_array<Size>({{1'000'000'000, "G"}, {1'000'000, "M"}, {1'000, "k"}});

// `999`, `1.2k`, `35.0M`: cut, not rounded, so that it never says more than there is.
std::string short_number(std::int64_t number) {
  for (const auto& [of, letter] : kSizes) {
    if (number >= of) return fmt::format("{}.{}{}", number / of, number % of * kTen / of, letter);
  }
  return fmt::format("{}", number);
}

std::string rows_text(std::int64_t rows) {
  return fmt::format("{} {}", short_number(rows), rows == 1 ? "row" : "rows");
}

std::string time_text(seconds time) {
  const std::int64_t whole = time.count();
  if (whole < kSecondsOfMinute) return fmt::format("{} s", whole);
  const std::int64_t minutes = (whole + kSecondsOfMinute - 1) / kSecondsOfMinute;
  if (minutes < kMinutesOfHour) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / kMinutesOfHour, minutes % kMinutesOfHour);
}

// How much of how much was read: rows where all are known, else bytes.
struct Part {
  std::int64_t done = 0;
  std::int64_t whole = 0;
};

Part part_of(const ReadProgress& read) {
  const bool has_rows = read.rows_expected && *read.rows_expected > 0;
  const Part part = has_rows ? Part{read.rows, *read.rows_expected} : Part{read.bytes, read.bytes_expected};
  return {std::min(part.done, part.whole), part.whole};
}

Part part_of_all(const ImportProgress& progress) {
  const IntakeProgress& intake = progress.intake;
  return {std::min(intake.bytes_before + progress.read.bytes, intake.bytes_expected), intake.bytes_expected};
}

std::string time_left(const Part& part, milliseconds elapsed) {
  const milliseconds left(elapsed.count() * (part.whole - part.done) / part.done);
  return time_text(std::chrono::ceil<seconds>(left));
}

std::string line_of_all(const ImportProgress& progress, milliseconds elapsed) {
  std::string line = fmt::format("run {} of {}", progress.intake.run, progress.intake.runs);
  const Part part = part_of_all(progress);
  if (part.whole > 0 && part.done > 0)
    line += fmt::format(": {} %, {} left in all", part.done * kHundred / part.whole, time_left(part, elapsed));
  return line;
}

std::string line_of_run(const ImportProgress& progress, milliseconds elapsed) {
  const ReadProgress& read = progress.read;
  std::string line = fmt::format("{} {} {}: ", excerpt(progress.connection, kNameBytesMax),
                                 dataset_short_name(progress.dataset), progress.month.to_string());
  const Part part = part_of(read);
  if (part.whole > 0 && part.done > 0)
    line += fmt::format("{} %, {} left, ", part.done * kHundred / part.whole, time_left(part, elapsed));
  line += rows_text(read.rows);
  if (read.bytes_expected >= kBytesOfMegabyte)
    line += fmt::format(", {} of {} MB", read.bytes / kBytesOfMegabyte, read.bytes_expected / kBytesOfMegabyte);
  if (read.files > 1) line += fmt::format(", file {}/{}", read.file, read.files);
  return line;
}

std::string line_of_worker(std::size_t number, const WorkerProgress& worker) {
  if (worker.file == 0) return fmt::format("  worker {}: waiting", number + 1);
  return fmt::format("  worker {}: {}, file {}", number + 1, rows_text(worker.rows), worker.file);
}

bool is_same_run(const ImportProgress& one, const ImportProgress& other) {
  return one.connection == other.connection && one.dataset == other.dataset && one.month == other.month &&
         one.read.rows >= other.read.rows;
}

}  // namespace

std::vector<std::string> import_progress_lines(const ImportProgress& progress, const ElapsedTimes& elapsed) {
  std::vector<std::string> lines;
  if (progress.intake.runs > 1) lines.push_back(line_of_all(progress, elapsed.all));
  lines.push_back(line_of_run(progress, elapsed.run));
  const auto& workers = progress.read.workers;
  if (workers.size() < 2) return lines;
  for (std::size_t i = 0; i < std::min(workers.size(), kWorkersShown); ++i)
    lines.push_back(line_of_worker(i, workers[i]));
  if (workers.size() > kWorkersShown) lines.push_back(fmt::format("  and {} more", workers.size() - kWorkersShown));
  return lines;
}

void ImportProgressView::show(const ImportProgress& progress) {
  const Instant now = now_();
  if (!last_) began_all_ = now;
  if (!last_ || !is_same_run(progress, *last_)) {
    began_ = now;
    next_ = now + kBeforeTheFirst;
  }
  last_ = progress;
  if (now < next_) return;
  next_ = now + kBetweenTwo;
  const auto since = [now](Instant began) { return std::chrono::duration_cast<milliseconds>(now - began); };
  console_->progress(import_progress_lines(progress, {since(began_), since(began_all_)}));
}

}  // namespace apportion
