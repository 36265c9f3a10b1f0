// Benchmarks of importing and splitting. Every timed result is checked: a fast wrong answer fails the run.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "application/import_runs.h"
#include "application/stand_in_runs.h"
#include "baseline.h"
#include "commitment_bench.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "measure.h"
#include "partner_month.h"
#include "sample/sample.h"
#include "split_bench.h"

namespace apportion::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::uint64_t rows = 2'100'000;
  int customers = 5'000;
  int rounds = 3;
  int copies = 5;
  int threads = 2;
  fs::path folder;
  std::string only;   // the one benchmark to run; its files stay in the folder, for the next run of one
  fs::path imported;  // an export to import and nothing else, measured from outside
};

[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "bench: %s\n", error.message().c_str());
  std::exit(EXIT_FAILURE);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

const Month kMonth = *Month::parse("2026-10");
const Day kToday = *Day::parse("2026-11-22");

fs::path export_of(const Options& options, Dataset dataset) {
  return options.folder / "sample" / "exports" / (dataset == Dataset::kActualCost ? "actual-cost" : "amortized-cost");
}

std::vector<fs::path> files_below(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void write_files(const Options& options) {
  SampleOptions sample;
  sample.out = options.folder / "sample";
  sample.today = kToday;
  sample.from = sample.to = kMonth;
  sample.rows = options.rows;
  sample.customers = options.customers;
  sample.focus = false;
  sample.restatements = false;
  sample.part_bytes_max = std::uint64_t{900} << 20;
  must(write_sample(sample, {}));
}

// A home that is about to import runs of the sample.
class NewHome {
 public:
  NewHome(const Options& options, const std::string& name)
      : NewHome(options, name,
                {{Dataset::kActualCost, export_of(options, Dataset::kActualCost).string()},
                 {Dataset::kAmortizedCost, export_of(options, Dataset::kAmortizedCost).string()}}) {}
  NewHome(const Options& options, const std::string& name, std::map<Dataset, std::string> exports)
      : folder_(options.folder / name) {
    fs::remove_all(folder_);
    must(Home::create(folder_));
    workspace_.emplace(must(Workspace::open(folder_, Clock::fixed(kToday), {})));
    workspace_->threads = options.threads;
    connection_.name = "bench";
    connection_.locations = std::move(exports);
    connection_ = must(workspace_->control_plane.add_connection(connection_));
  }

  Workspace& workspace() { return *workspace_; }

  Result<ImportReport> import(Dataset dataset, StandInRuns* stand_ins = nullptr) {
    const IntakeLock lock = must(workspace_->home.lock_for_intake());
    ImportRequest request{*connection_.location(dataset), dataset};
    request.stand_ins = stand_ins;
    return import_location(*workspace_, connection_, request, lock);
  }

  ConnectionId connection() const { return connection_.id; }

  std::size_t imports() { return must(workspace_->control_plane.imports(connection_.id)).size(); }

 private:
  fs::path folder_;
  std::optional<Workspace> workspace_;
  Connection connection_;
};

void import_one_run(NewHome& home, Dataset dataset, StandInRuns* stand_ins = nullptr) {
  const ImportReport report = must(home.import(dataset, stand_ins));
  if (report.imported.size() != 1) give_up({ErrorId::kNoRunImported, "not one run was imported", "", "", ""});
}

void import_runs(const Options& options, const std::string& home_name, const std::vector<Dataset>& datasets) {
  NewHome home(options, home_name);
  StandInRuns stand_ins = must(StandInRuns::make(home.workspace().home));
  if (std::ranges::count(datasets, Dataset::kActualCost) > 0) stand_ins.expect(home.connection(), kMonth);
  for (const Dataset dataset : datasets) import_one_run(home, dataset, &stand_ins);
}

// Stops an import after some time. True when it stopped, and took nothing in.
bool stop_import(const Options& options, std::chrono::milliseconds after) {
  NewHome home(options, "stopped");
  const Cancel cancel = home.workspace().cancel;
  std::thread person([&cancel, after] {
    std::this_thread::sleep_for(after);
    cancel.request();
  });
  const auto report = home.import(Dataset::kAmortizedCost);
  person.join();
  return !report && report.error().id == ErrorId::kInterrupted && home.imports() == 0;
}

// Milliseconds from the wish to stop to the end of the import, at worst of some moments of it.
std::int64_t longest_stop(const Options& options, std::int64_t import_milliseconds) {
  std::int64_t longest = 0;
  for (const int part : {1, 2, 3}) {
    const std::int64_t after = import_milliseconds * part / 4;
    const Measured stopped = measure([&] { return stop_import(options, std::chrono::milliseconds(after)); });
    if (!stopped.succeeded)
      give_up({ErrorId::kMeasuredStepFailed, "an import that was stopped took something in", "", "", ""});
    longest = std::max(longest, stopped.milliseconds - after);
  }
  return longest;
}

// What an import says it read, and what lies in its files: both must be what the comparison found.
CostTotals totals_of_import(const fs::path& folder) {
  Workspace workspace = must(Workspace::open(folder, Clock::fixed(kToday), {}));
  const Connection connection = must(workspace.control_plane.connection_named("bench"));
  const std::vector<Import> imports = must(workspace.control_plane.imports(connection.id));
  CostTotals said;
  for (const ImportTotal& total : imports.front().totals) {
    said.rows += total.rows;
    said.by_currency[std::string(total.currency.code())] += total.effective;
  }
  Engine engine = must(Engine::open({}));
  must(engine.view_over_parquet("charges", files_below(folder / "lake", ".parquet"), ""));
  CostTotals stored;
  must(engine.query("SELECT BillingCurrency, sum(EffectiveCost), count(*) FROM charges GROUP BY 1", {},
                    [&stored](const EngineRow& row) {
                      stored.by_currency[std::string(row.text(0))] = row.decimal(1);
                      stored.rows += row.integer(2);
                      return ok();
                    }));
  if (said != stored)
    give_up({ErrorId::kImportLostRows, "the import did not store what it read", folder.string(), "", ""});
  return stored;
}

std::int64_t bytes_of(const std::vector<fs::path>& files) {
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += static_cast<std::int64_t>(fs::file_size(file));
  return bytes;
}

void print_row(const std::string& what, const std::string& measured, const std::string& least, const std::string& aim) {
  std::printf("%-64s %14s %10s %10s\n", what.c_str(), measured.c_str(), least.c_str(), aim.c_str());
  std::fflush(stdout);
}

void bench_import(const Options& options) {
  const std::vector<fs::path> csv = files_below(export_of(options, Dataset::kAmortizedCost), ".csv");
  const fs::path copy = options.folder / "copy.parquet";
  std::vector<std::int64_t> ours, theirs, ratios;
  std::int64_t peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    fs::remove(copy);
    const Measured duckdb = measure([&] {
      must(copy_with_duckdb(csv, copy, options.threads));
      return true;
    });
    const Measured import = measure([&] {
      import_runs(options, "home", {Dataset::kAmortizedCost});
      return true;
    });
    if (!duckdb.succeeded || !import.succeeded)
      give_up({ErrorId::kMeasuredStepFailed, "a measured step failed", "", "", ""});
    theirs.push_back(duckdb.milliseconds);
    ours.push_back(import.milliseconds);
    ratios.push_back(duckdb.milliseconds * 1000 / std::max<std::int64_t>(import.milliseconds, 1));
    peak = std::max(peak, import.peak_kibibytes);
  }
  const CostTotals expected = must(totals_of_copy(copy));
  if (totals_of_import(options.folder / "home") != expected) {
    give_up({ErrorId::kImportDisagreesWithEngine, "import and DuckDB disagree about rows or costs", "", "", ""});
  }
  std::printf("import: %lld rows, %lld MiB of CSV, %d threads; seconds (median of %d): DuckDB COPY %s, import %s\n",
              static_cast<long long>(expected.rows), static_cast<long long>(bytes_of(csv) >> 20), options.threads,
              options.rounds, seconds_text(median(theirs)).c_str(), seconds_text(median(ours)).c_str());
  print_row("import CSV to lake against DuckDB's COPY, pair by pair", ratio_text(median(ratios), 1000) + "x", "2x",
            "10x");
  print_row("end of an import that a person stops, at worst", seconds_text(longest_stop(options, median(ours))) + " s",
            "2 s", "0.5 s");
  print_row("memory while importing", fmt::format("{} MiB", peak >> 10), "1024 MiB", "512 MiB");
}

// Both files of a month, as a partner takes them in.
void bench_month(const Options& options) {
  std::vector<std::int64_t> seconds;
  std::int64_t peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    const Measured month = measure([&] {
      import_runs(options, "month", {Dataset::kAmortizedCost, Dataset::kActualCost});
      return true;
    });
    if (!month.succeeded) give_up({ErrorId::kMeasuredStepFailed, "a measured step failed", "", "", ""});
    seconds.push_back(month.cpu_milliseconds);
    peak = std::max(peak, month.peak_kibibytes);
  }
  const std::int64_t bytes = bytes_of(files_below(options.folder / "sample" / "exports", ".csv"));
  const std::int64_t least = *std::min_element(seconds.begin(), seconds.end());
  std::printf("month: %lld MB of CSV, %d threads; CPU seconds: median of %d %s, least %s\n",
              static_cast<long long>(bytes / 1'000'000), options.threads, options.rounds,
              seconds_text(median(seconds)).c_str(), seconds_text(least).c_str());
  print_row("import of actual and amortized file, CPU seconds a GB", ratio_text(median(seconds) * 1'000'000, bytes),
            "3", "1.7");
  print_row("memory while importing them", fmt::format("{} MiB", peak >> 10), "1024 MiB", "512 MiB");
}

void bench_split(const Options& options) {
  const std::vector<fs::path> imported = files_below(options.folder / "home" / "lake", ".parquet");
  const std::vector<fs::path> charges = must(multiply_charges(imported, options.copies, options.folder / "charges"));
  const std::vector<Customer> customers = must(customers_of_charges(charges, options.customers));
  const std::string few = tenant_rules(customers, 10);
  const std::string many = tenant_rules(customers, 40'000);
  const PartnerFiles partner = must(partner_files(options.folder / "sample"));
  std::vector<std::int64_t> implied_times, mixed_times, ratios;
  std::int64_t peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    const auto timed = [&](const std::vector<Customer>& of, const std::string& rules) {
      const fs::path folder = options.folder / "split";
      fs::remove_all(folder);
      const Measured measured = measure([&] {
        must(split_and_check(charges, of, rules, folder, options.threads));
        return true;
      });
      if (!measured.succeeded) give_up({ErrorId::kSplitFailedCheck, "the split failed its check", "", "", ""});
      peak = std::max(peak, measured.peak_kibibytes);
      return measured.milliseconds;
    };
    implied_times.push_back(timed(customers, ""));
    mixed_times.push_back(timed(partner.customers, partner.rules));
    const std::int64_t with_few = timed(customers, few);
    const std::int64_t with_many = timed(customers, many);
    ratios.push_back(with_many * 1000 / std::max<std::int64_t>(with_few, 1));
  }
  std::printf("split: %d x the charges above, %zu customers; check included; peak memory %lld MiB\n", options.copies,
              customers.size(), static_cast<long long>(peak >> 10));
  print_row("split of a month (without price)", seconds_text(median(implied_times)) + " s", "60 s", "10 s");
  print_row("the same by resource, tag, subscription, group, with shares", seconds_text(median(mixed_times)) + " s",
            "10 s", "6 s");
  print_row("cost with 40,000 rules over cost with 10 rules", ratio_text(median(ratios), 1000) + "x", "1.2x", "1.0x");
}

Workspace open_home(const Options& options, const std::string& name) {
  Workspace workspace = must(Workspace::open(options.folder / name, Clock::fixed(kToday), {}));
  workspace.threads = options.threads;
  return workspace;
}

// Of the rounds: the median of the milliseconds, and the highest peak.
struct Rounds {
  std::int64_t milliseconds = 0;
  std::int64_t peak_kibibytes = 0;
};

Rounds measure_rounds(const Options& options, ErrorId failure, const std::function<void()>& step) {
  std::vector<std::int64_t> times;
  std::int64_t peak = 0;
  for (int round = 0; round < options.rounds; ++round) {
    const Measured measured = measure([&step] {
      step();
      return true;
    });
    if (!measured.succeeded) give_up({failure, "a measured step failed", "", "", ""});
    times.push_back(measured.milliseconds);
    peak = std::max(peak, measured.peak_kibibytes);
  }
  return {median(times), peak};
}

void bench_preview(const Options& options) {
  const PartnerFiles partner = must(partner_files(options.folder / "sample"));
  {
    Workspace workspace = open_home(options, "home");
    must(publish_for_partner(workspace, partner, false));
    const fs::path folder = options.folder / "previewed";
    must(make_folder(folder));
    must(check_preview(workspace, partner.rules, folder));
    fs::remove_all(folder);
  }
  const Rounds rounds = measure_rounds(options, ErrorId::kSplitFailedCheck, [&] {
    Workspace workspace = open_home(options, "home");
    must(preview_rules_of(workspace, partner.rules));
  });
  std::printf("preview: the charges above, %zu customers; peak memory %lld MiB\n", partner.customers.size(),
              static_cast<long long>(rounds.peak_kibibytes >> 10));
  print_row("preview of rules by resource, tag, subscription, group, shares", seconds_text(rounds.milliseconds) + " s",
            "2 s", "1 s");
}

void bench_proof(const Options& options) {
  const fs::path exports = options.folder / "copies";
  fs::remove_all(exports);
  for (const char* const name : {"actual-cost", "amortized-cost"})
    must(link_copies_of_run(options.folder / "sample", name, options.copies, exports));
  {
    NewHome home(options, "large",
                 {{Dataset::kActualCost, (exports / "exports" / "actual-cost").string()},
                  {Dataset::kAmortizedCost, (exports / "exports" / "amortized-cost").string()}});
    for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost}) import_one_run(home, dataset);
    must(publish_for_partner(home.workspace(), must(partner_files(options.folder / "sample")), true));
  }
  const Rounds rounds = measure_rounds(options, ErrorId::kMeasuredStepFailed,
                                       [&] { must(prove_and_check(open_home(options, "large"))); });
  fs::remove_all(options.folder / "large");
  std::printf("proof: %d x the charges above, split by resource, tag, subscription, group, with shares\n",
              options.copies);
  print_row("proof of a month", seconds_text(rounds.milliseconds) + " s", "60 s", "20 s");
  print_row("memory while proving it", fmt::format("{} MiB", rounds.peak_kibibytes >> 10), "1024 MiB", "512 MiB");
}

void bench_commitments(const Options& options) {
  {
    Workspace workspace = open_home(options, "home");
    must(publish_for_partner(workspace, must(partner_files(options.folder / "sample")), false));
  }
  const Rounds rounds = measure_rounds(options, ErrorId::kCommitmentsFailedCheck,
                                       [&] { must(read_commitments_and_check(open_home(options, "home"))); });
  std::printf("commitments: the charges above, by customer and day; check included; peak memory %lld MiB\n",
              static_cast<long long>(rounds.peak_kibibytes >> 10));
  print_row("inventory, use and moves of commitments in a month", seconds_text(rounds.milliseconds) + " s", "10 s",
            "5 s");
}

// In the order in which they run: `home` is imported by one and read by those after it.
struct Benchmark {
  std::string_view name;
  void (*run)(const Options& options);
  bool reads_home;
};

constexpr auto kBenchmarks = std::to_array<Benchmark>({
    {"month", bench_month, false},
    {"import", bench_import, false},
    {"split", bench_split, true},
    {"preview", bench_preview, true},
    {"commitments", bench_commitments, true},
    {"proof", bench_proof, false},
});

bool is_benchmark(std::string_view name) {
  return std::ranges::find(kBenchmarks, name, &Benchmark::name) != kBenchmarks.end();
}

Options read_options(int count, char** values) {
  Options options;
  options.folder = fs::temp_directory_path() / ("apportion-bench-" + random_guid());
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = values[i];
    const std::string value = values[i + 1];
    if (name == "--rows")
      options.rows = std::stoull(value);
    else if (name == "--customers")
      options.customers = std::stoi(value);
    else if (name == "--rounds")
      options.rounds = std::stoi(value);
    else if (name == "--copies")
      options.copies = std::stoi(value);
    else if (name == "--threads")
      options.threads = std::stoi(value);
    else if (name == "--folder")
      options.folder = value;
    else if (name == "--only" && is_benchmark(value))
      options.only = value;
    else if (name == "--import")
      options.imported = value;
    else
      give_up({ErrorId::kOptionUnknown, "unknown option", name, "",
               "--rows, --customers, --rounds, --copies, --threads, --folder, --import EXPORT, "
               "--only month|import|split|preview|commitments|proof"});
  }
  return options;
}

void run_benchmarks(const Options& options) {
  std::filesystem::create_directories(options.folder);
  if (!options.imported.empty()) {
    NewHome home(options, "home", {{Dataset::kAmortizedCost, options.imported.string()}});
    return import_one_run(home, Dataset::kAmortizedCost);
  }
  const bool is_sample_kept = !options.only.empty() && fs::exists(options.folder / "sample");
  if (!is_sample_kept) write_files(options);
  print_row("what", "measured", "at least", "aim");
  for (const Benchmark& benchmark : kBenchmarks) {
    if (!options.only.empty() && options.only != benchmark.name) continue;
    if (benchmark.reads_home && !options.only.empty()) import_runs(options, "home", {Dataset::kAmortizedCost});
    benchmark.run(options);
  }
  if (options.only.empty()) std::filesystem::remove_all(options.folder);
}

}  // namespace
}  // namespace apportion::bench

int main(int count, char** values) {
  apportion::bench::run_benchmarks(apportion::bench::read_options(count, values));
  return EXIT_SUCCESS;
}
