#include "application/run_rows.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/run_input.h"
#include "foundation/base/free_memory.h"
#include "foundation/base/next_step.h"
#include "foundation/model/other_columns.h"
#include "foundation/model/source_fields.h"
#include "lake/import_rows.h"
#include "lake/lake.h"
#include "pipeline/ingest/layout.h"
#include "pipeline/normalise/charge_sink.h"
#include "pipeline/normalise/kept_rows_sink.h"

namespace apportion {
namespace {

void add_total(std::vector<ImportTotal>& totals, const ImportTotal& more) {
  const auto found = std::find_if(totals.begin(), totals.end(), [&more](const ImportTotal& total) {
    return total.currency == more.currency && total.charge_category == more.charge_category;
  });
  if (found == totals.end()) {
    totals.push_back(more);
    return;
  }
  found->rows += more.rows;
  found->billed += more.billed;
  found->effective += more.effective;
  found->mended_effective += more.mended_effective;
  found->billed_remainder += more.billed_remainder;
  found->effective_remainder += more.effective_remainder;
}

void add_total(std::vector<ImportMetricTotal>& totals, const ImportMetricTotal& more) {
  const auto key = [](const ImportMetricTotal& total) {
    return std::tie(total.currency, total.charge_category, total.role, total.metric);
  };
  const auto found =
      std::ranges::find_if(totals, [&](const ImportMetricTotal& total) { return key(total) == key(more); });
  if (found == totals.end()) {
    totals.push_back(more);
  } else {
    found->sum += more.sum;
  }
}

bool has_field(const SourceLayout& layout, std::string_view name) {
  const auto field = std::ranges::find(fields_of(layout.kind), name, &SourceField::name);
  return layout.column_of_field[static_cast<std::size_t>(field - fields_of(layout.kind).begin())] >= 0;
}

void describe_other_columns(const SourceLayout& layout, std::set<std::string>& unknown, std::set<std::string>& notes) {
  for (const auto& [position, name] : layout.other_columns) {
    if (std::ranges::count(layout.column_of_field, static_cast<int>(position)) > 0) continue;  // mapped, and kept too
    const auto second = std::ranges::find(layout.second_names, position, &SecondName::column);
    if (second == layout.second_names.end()) {
      if (!is_known_other_column(layout.kind, name)) unknown.insert(fmt::format("`{}`", name));
      continue;
    }
    const auto first = static_cast<std::size_t>(layout.column_of_field[second->field]);
    notes.insert(fmt::format("columns `{}` and `{}` are two names of one field: the first that has a value counts",
                             layout.names[first], name));
  }
}

void describe_layouts(const std::vector<SourceLayout>& layouts, Import& import, std::set<std::string>& notes) {
  std::set<std::string> names, unknown;
  for (const SourceLayout& layout : layouts) {
    names.insert(layout.name);
    describe_other_columns(layout, unknown, notes);
    if (layout.kind == SourceKind::kFocus && !has_field(layout, "x_CustomerId"))
      notes.insert("column `x_CustomerId` is missing: no charge names its tenant");
    if (layout.kind != SourceKind::kMpa) continue;
    for (std::size_t i = 0; i < static_cast<std::size_t>(CostField::kCostAllocationRuleName); ++i) {
      if (layout.column_of_field[i] < 0)
        notes.insert(fmt::format("column `{}` is missing", cost_details_fields()[i].name));
    }
  }
  if (!unknown.empty()) {
    notes.insert(fmt::format("unknown column{} kept in x_OtherColumns: {}", unknown.size() == 1 ? "" : "s",
                             fmt::join(unknown, ", ")));
  }
  for (const std::string& name : names) import.layout += (import.layout.empty() ? "" : ", ") + name;
}

// Reads one run.
class RunRowsReader {
 public:
  RunRowsReader(BlobStore& store, const RunToRead& what, RunReading reading)
      : store_(&store),
        what_(&what),
        reading_(std::move(reading)),
        files_(store, what.run, reading_.temporary),
        rows_{what.import, {}, {}} {}

  Result<RunRows> read() {
    APPORTION_TRY(files_.bring_here());
    APPORTION_ASSIGN(ReadRun read, read_rows());
    rows_.rejects = std::move(read.content.broken);
    APPORTION_TRY(collect(read));
    return std::move(rows_);
  }

 private:
  Result<void> admit(const std::string& file, const SourceLayout& layout) const {
    const Dataset dataset = what_->import.dataset;
    if (!fits(layout.kind, dataset)) {
      return Error{ErrorId::kFileDatasetMismatch, "the file holds another dataset than it should", file,
                   fmt::format("its columns are those of {}, but {} was expected", layout.name, dataset_name(dataset)),
                   "check which export writes to which location of the connection"};
    }
    if (layout.kind == SourceKind::kCspSubscription && !what_->allow_retail_prices) {
      return retail_prices_error(what_->connection, file, "it lacks the columns that only billing scopes have");
    }
    return ok();
  }

  Result<ReadRun> read_rows() {
    const Import& import = what_->import;
    RunInput run_input = files_.input(reading_.threads, import.month);
    run_input.cancel = reading_.cancel;
    run_input.watch = reading_.watch;
    int worker = 0;
    const SinkMaker make_sink = [&]() -> Result<std::unique_ptr<BatchSink>> {
      ChargeSinkOptions options{import.id,   what_->connection, import.dataset, import.month,
                                what_->mend, reading_.folder,   worker++};
      if (reading_.prints) options.prints = *reading_.prints;
      if (reading_.stand_ins) options.stand_ins = &*reading_.stand_ins;
      if (!holds_charges(import.dataset)) return std::unique_ptr<BatchSink>(make_kept_rows_sink(std::move(options)));
      if (import.dataset == Dataset::kFocusCost) {
        return std::unique_ptr<BatchSink>(make_focus_sink(std::move(options)));
      }
      return std::unique_ptr<BatchSink>(make_cost_details_sink(std::move(options)));
    };
    return read_run(run_input, make_sink, [&](const std::string& file, const SourceLayout& layout) {
      return admit(store_->place_of(file), layout);
    });
  }

  Result<void> collect(ReadRun& read) {
    Import& import = rows_.import;
    std::vector<Reject>& rejects = rows_.rejects;
    import.rows_source = read.content.rows;
    import.source_files = std::move(read.content.files);
    std::set<std::string> marks(what_->run.marks.begin(), what_->run.marks.end());
    std::set<std::string> notes(what_->run.notes.begin(), what_->run.notes.end());
    describe_layouts(read.content.layouts, import, notes);

    MirrorChecksum checksum;
    MonthDays charge_days;
    for (auto& sink : read.sinks) {
      APPORTION_ASSIGN(ChargeSinkResult result, static_cast<ImportSink&>(*sink).finish());
      sink.reset();
      checksum.add(result.checksum);
      import.rows_stored += result.rows_stored;
      for (ImportFile& file : result.files) {
        APPORTION_ASSIGN(file.file, Lake(reading_.lake).describe(file.file.path, file.file.rows));
        import.files.push_back(std::move(file));
      }
      for (const ImportTotal& total : result.totals) add_total(import.totals, total);
      for (const ImportMetricTotal& total : result.metric_totals) add_total(import.metric_totals, total);
      charge_days.add(result.charge_days);
      std::move(result.rejects.begin(), result.rejects.end(), std::back_inserter(rejects));
      notes.merge(result.notes);
      marks.merge(result.marks);
    }
    if (has_stand_ins(import)) rows_.stand_in = reading_.stand_ins->import();
    reading_.stand_ins.reset();
    give_back_free_memory();
    std::sort(rejects.begin(), rejects.end(), [](const Reject& left, const Reject& right) {
      return std::tie(left.file, left.line) < std::tie(right.file, right.line);
    });
    import.rows_rejected = static_cast<std::int64_t>(rejects.size());
    if (holds_charges(import.dataset)) import.charge_days = charge_days;
    import.mirror_checksum = holds_charges(import.dataset) ? checksum.to_string() : "";
    for (const std::string& mark : marks) import.marks += mark + "\n";
    notes.merge(marks);
    for (const std::string& note : notes) import.notes += note + "\n";
    if (import.rows_source != import.rows_stored + import.rows_rejected) {
      return Error{ErrorId::kRowsLostReading, "rows were lost while reading", store_->place_of(what_->run.source),
                   fmt::format("{} rows in, {} stored and {} rejected", import.rows_source, import.rows_stored,
                               import.rows_rejected),
                   "nothing was imported; this is a bug in apportion: please report it"};
    }
    return ok();
  }

  BlobStore* store_;
  const RunToRead* what_;
  RunReading reading_;
  RunFiles files_;
  RunRows rows_;
};

}  // namespace

Result<RunRows> read_run_rows(BlobStore& store, const RunToRead& what, RunReading reading) {
  return RunRowsReader(store, what, std::move(reading)).read();
}

Error retail_prices_error(const std::string& connection, const std::string& place, const std::string& sign) {
  return {ErrorId::kFileHasRetailPrices, "the file was exported at the scope of a subscription or resource group",
          place,
          fmt::format(
              "{}; such files hold retail prices and no partner credit, so a bill made from them would be wrong", sign),
          "export at the scope of a billing account, billing profile or customer; to take retail prices on purpose: " +
              step(Step::kAllowRetailPrices, {{"connection", connection}})};
}

}  // namespace apportion
