#include "pipeline/ingest/run_reader.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"
#include "foundation/base/threads.h"
#include "foundation/model/day_text.h"
#include "foundation/model/source_fields.h"
#include "pipeline/ingest/csv_reader.h"
#include "pipeline/ingest/gzip_reader.h"
#include "pipeline/ingest/layout.h"
#include "pipeline/ingest/parquet_source.h"

namespace apportion {
namespace {

// Passes bytes through and remembers how many and their hash.
class HashingReader final : public ByteReader {
 public:
  HashingReader(std::unique_ptr<ByteReader> inner, SourceFile& file)
      : inner_(std::move(inner)), file_(&file), state_(XXH3_createState()) {
    XXH3_128bits_reset(state_);
  }
  HashingReader(const HashingReader&) = delete;
  HashingReader& operator=(const HashingReader&) = delete;
  ~HashingReader() override { XXH3_freeState(state_); }

  Result<std::size_t> read(std::span<char> buffer) override {
    APPORTION_ASSIGN(const std::size_t count, inner_->read(buffer));
    XXH3_128bits_update(state_, buffer.data(), count);
    file_->bytes += static_cast<std::int64_t>(count);
    if (count == 0) {
      const XXH128_hash_t hash = XXH3_128bits_digest(state_);
      file_->content_hash = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
    }
    return count;
  }

 private:
  std::unique_ptr<ByteReader> inner_;
  SourceFile* file_;
  XXH3_state_t* state_;
};

constexpr std::size_t kRowsToDecideOn = 2000;

// Values of a day column, from the front of the batch.
std::vector<std::string_view> sample_values(const SourceBatch& batch, const SourceLayout& layout, int field) {
  const int column = field < 0 ? -1 : layout.column_of_field[static_cast<std::size_t>(field)];
  if (column < 0) return {};
  const auto rows = static_cast<std::ptrdiff_t>(std::min(batch.rows, kRowsToDecideOn));
  const auto& cells = batch.columns[static_cast<std::size_t>(column)];
  std::vector<std::string_view> values(cells.begin(), cells.begin() + rows);
  for (const SecondName& second : layout.second_names) {
    if (second.field != static_cast<std::size_t>(field)) continue;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (trim(values[row]).empty()) values[row] = batch.columns[second.column][row];
    }
  }
  return values;
}

// Positions of these fields; -1 for none.
std::pair<int, int> day_fields(SourceKind kind) {
  const auto fields = fields_of(kind);
  const auto position = [&fields](std::string_view name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [name](const SourceField& field) { return field.name == name; });
    return found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
  };
  const MonthFields names = month_fields(kind);
  return {position(names.day), position(names.period_start)};
}

// A file that is being read, shared by the workers; guarded by the Reading's mutex.
struct OpenFile {
  SourcePart part;
  std::size_t index = 0;
  std::int64_t ordinal_base = 0;
  std::unique_ptr<CsvBlockReader> blocks;  // CSV
  std::unique_ptr<ParquetSource> parquet;  // Parquet
  CsvBlock first_block;                    // what is left of the first block behind the header
  bool has_first_block = false;
};

// Records of a file whose fields are not those of its header.
struct RaggedRecords {
  std::int64_t count = 0;
  BrokenRecord first;
};

// What a worker works on between two visits to the mutex.
struct Work {
  std::int64_t number = 0;  // counts the pieces of the run
  CsvBlock block;
  SourceBatch batch;
  OpenFile* parquet_file = nullptr;  // that `parquet_rows` are of
  std::unique_ptr<ParquetRows> parquet_rows;
};

class Reading {
 public:
  Reading(const RunInput& input, const LayoutGate& gate, std::size_t workers)
      : input_(&input), gate_(&gate), workers_(workers) {
    content_.files.resize(input.files.size());
    for (std::size_t i = 0; i < input.files.size(); ++i) content_.files[i].name = input.files[i].name;
    layouts_.resize(input.files.size());
    ragged_.resize(input.files.size());
  }

  // Runs in each worker until the run is read or somebody failed.
  void work(BatchSink& sink, std::size_t worker) {
    Work work;
    while (true) {
      Result<bool> more = next(work);
      Result<void> taken = ok();
      if (more && *more) taken = sink.take(work.batch);
      if (more && *more && taken) {
        tally(work.batch, worker);
        continue;
      }
      if (!more) fail(std::move(more).error(), work.number);
      if (!taken) fail(std::move(taken).error(), work.number);
      return;
    }
  }

  Result<RunContent> finish() {
    if (failure_) return *failure_;
    for (std::size_t i = 0; i < input_->files.size(); ++i) {
      const auto& expected = input_->files[i].rows_expected;
      const bool is_short_or_long = expected && *expected != content_.files[i].rows;
      const std::int64_t ragged = ragged_[i].count;
      const bool is_all_ragged = ragged > 1 && ragged == content_.files[i].rows;
      if (is_all_ragged || (ragged > 0 && is_short_or_long)) return ragged_error(i);
      if (is_short_or_long) {
        return Error{ErrorId::kFileRowCountMismatch, "a file does not hold the number of rows that its manifest states",
                     input_->files[i].name,
                     fmt::format("{} rows were read; the manifest states {}", content_.files[i].rows, *expected),
                     "nothing was imported; wait until the run has been written completely, or run the export again"};
      }
      content_.rows += content_.files[i].rows;
      if (layouts_[i]) content_.layouts.push_back(*layouts_[i]);
    }
    return std::move(content_);
  }

 private:
  Error ragged_error(std::size_t file) const {
    const RaggedRecords& ragged = ragged_[file];
    const auto& promised = input_->files[file].rows_expected;
    const std::string expected = promised ? fmt::format("; the manifest states {}", *promised) : "";
    return {ErrorId::kFileRagged, "the file is ragged: its records do not have the fields of its header",
            fmt::format("{}, line {}", input_->files[file].name, ragged.first.line),
            fmt::format("{}: `{}`; {} of {} records are ragged{}", ragged.first.reason, ragged.first.value,
                        ragged.count, content_.files[file].rows, expected),
            "nothing was imported; export the month again; if the file was edited by hand or in a spreadsheet, use "
            "the original"};
  }

  // Fetches the next piece into `work`: takes it under the mutex, parses it outside.
  Result<bool> next(Work& work) {
    if (input_->cancel.requested()) return cancelled_error("");
    while (true) {
      if (work.parquet_rows != nullptr) {
        APPORTION_ASSIGN(const bool found, next_of_parquet(work));
        if (found) return true;
      }
      APPORTION_ASSIGN(OpenFile* const file, take(work));
      if (file == nullptr) return false;
      if (file->parquet != nullptr) continue;
      work.batch.part = &file->part;
      APPORTION_TRY(
          parse_csv_block(file->part.name, work.block, file->part.layout.columns, file->ordinal_base, work.batch));
      settle_second_names(work.batch);
      return true;
    }
  }

  // Takes the next piece of the run; null when there is none.
  Result<OpenFile*> take(Work& work) {
    const std::lock_guard lock(mutex_);
    work.number = next_number_++;
    while (true) {
      if (failure_) return static_cast<OpenFile*>(nullptr);
      if (current_ == nullptr) {
        APPORTION_ASSIGN(const bool opened, open_next());
        if (!opened) return static_cast<OpenFile*>(nullptr);
      }
      APPORTION_ASSIGN(const bool found,
                       current_->parquet != nullptr ? take_parquet(*current_, work) : take_block(*current_, work));
      if (found) return current_;
      current_ = nullptr;
    }
  }

  Result<bool> take_block(OpenFile& file, Work& work) {
    if (file.has_first_block) {
      work.block = std::move(file.first_block);
      file.has_first_block = false;
    } else {
      APPORTION_TRY(file.blocks->next(work.block));
    }
    if (work.block.records == 0 && work.block.bytes.empty() && file.blocks->at_end()) return false;
    next_ordinal_ = file.ordinal_base + work.block.first_record + work.block.records;
    return true;
  }

  Result<bool> take_parquet(OpenFile& file, Work& work) {
    if (work.parquet_file != &file) {
      work.parquet_rows = file.parquet->make_rows();
      work.parquet_file = &file;
    }
    APPORTION_ASSIGN(const std::size_t rows, work.parquet_rows->take());
    next_ordinal_ += static_cast<std::int64_t>(rows);
    return rows > 0;
  }

  // The next batch of the rows that the worker took.
  static Result<bool> next_of_parquet(Work& work) {
    SourceBatch& batch = work.batch;
    APPORTION_ASSIGN(const bool found, work.parquet_rows->next(batch));
    if (!found) return false;
    batch.part = &work.parquet_file->part;
    batch.first_ordinal = work.parquet_file->ordinal_base + batch.lines.front();
    settle_second_names(batch);
    return true;
  }

  // Opens files until one has a header; false when there is none left. A file without a header is empty, which is fine
  // when the manifest says so too.
  Result<bool> open_next() {
    while (next_file_ < input_->files.size()) {
      const std::size_t index = next_file_++;
      const InputFile& input = input_->files[index];
      OpenFile& file = files_.emplace_back();
      file.part.name = input.name;
      file.index = index;
      file.ordinal_base = next_ordinal_;
      std::vector<std::string> header;
      if (input.format == InputFormat::kParquet) {
        APPORTION_ASSIGN(file.parquet, ParquetSource::open(input.name, input.local_path, input_->temporary_folder,
                                                           content_.files[index]));
        header = file.parquet->header();
      } else {
        APPORTION_ASSIGN(header, open_csv(input, file));
      }
      if (header.empty()) continue;
      APPORTION_ASSIGN(file.part.layout, recognise_layout(input.name, header));
      APPORTION_TRY((*gate_)(input.name, file.part.layout));
      APPORTION_TRY(decide_days(file));
      layouts_[index] = file.part.layout;
      current_ = &file;
      return true;
    }
    return false;
  }

  Result<std::vector<std::string>> open_csv(const InputFile& input, OpenFile& file) {
    APPORTION_ASSIGN(std::unique_ptr<ByteReader> reader, input.open());
    reader = std::make_unique<HashingReader>(std::move(reader), content_.files[file.index]);
    if (input.format == InputFormat::kCsvGzip) reader = make_gzip_reader(input.name, std::move(reader));
    file.blocks = std::make_unique<CsvBlockReader>(input.name, std::move(reader));
    file.has_first_block = true;
    while (true) {
      APPORTION_TRY(file.blocks->next(file.first_block));
      APPORTION_ASSIGN(std::vector<std::string> header, take_csv_header(input.name, file.first_block));
      if (!header.empty() || file.blocks->at_end()) return header;
    }
  }

  Result<void> decide_days(OpenFile& file) {
    Work work;
    SourceLayout& layout = file.part.layout;
    const SourceBatch* sample = &work.batch;
    if (file.parquet != nullptr) {
      APPORTION_ASSIGN(sample, file.parquet->first_rows());
    } else {
      APPORTION_TRY(parse_csv_block(file.part.name, file.first_block, layout.columns, 0, work.batch));
    }
    const auto [day_field, start_field] = day_fields(layout.kind);
    APPORTION_ASSIGN(layout.day_format, decide_day_format(file.part.name, sample_values(*sample, layout, day_field),
                                                          sample_values(*sample, layout, start_field), input_->month));
    return ok();
  }

  void tally(const SourceBatch& batch, std::size_t worker) {
    const std::lock_guard lock(mutex_);
    const auto file =
        std::find_if(files_.begin(), files_.end(), [&batch](const OpenFile& open) { return &open.part == batch.part; });
    const auto rows = static_cast<std::int64_t>(batch.rows + batch.broken.size());
    content_.files[file->index].rows += rows;
    workers_[worker].file = file->index + 1;
    workers_[worker].rows += rows;
    for (const BrokenRecord& record : batch.broken) {
      content_.broken.push_back({batch.part->name, record.line, "", record.value, record.reason});
      RaggedRecords& ragged = ragged_[file->index];
      if (ragged.count++ == 0 || record.line < ragged.first.line) ragged.first = record;
    }
    if (input_->watch) input_->watch(progress_at(file->index));
  }

  ReadProgress progress_at(std::size_t file) const {
    ReadProgress progress{.file = file + 1, .files = input_->files.size(), .rows_expected = 0, .workers = workers_};
    for (std::size_t i = 0; i < input_->files.size(); ++i) {
      const InputFile& input = input_->files[i];
      progress.rows += content_.files[i].rows;
      progress.bytes += content_.files[i].bytes;
      progress.bytes_expected += input.bytes;
      if (progress.rows_expected && input.rows_expected) {
        *progress.rows_expected += *input.rows_expected;
      } else {
        progress.rows_expected.reset();
      }
    }
    return progress;
  }

  // Workers that read earlier pieces may fail after this one: the first fault of the run is told.
  void fail(Error error, std::int64_t number) {
    const std::lock_guard lock(mutex_);
    if (failure_ && failed_number_ < number) return;
    failure_ = std::move(error);
    failed_number_ = number;
  }

  const RunInput* input_;
  const LayoutGate* gate_;
  std::mutex mutex_;
  RunContent content_;
  std::vector<std::optional<SourceLayout>> layouts_;
  std::vector<RaggedRecords> ragged_;  // by file
  std::deque<OpenFile> files_;         // stays where it is: batches point into it
  OpenFile* current_ = nullptr;
  std::size_t next_file_ = 0;
  std::int64_t next_ordinal_ = 0;
  std::int64_t next_number_ = 0;
  std::optional<Error> failure_;
  std::int64_t failed_number_ = 0;
  std::vector<WorkerProgress> workers_;
};

}  // namespace

Result<ReadRun> read_run(const RunInput& input, const SinkMaker& make_sink, const LayoutGate& gate) {
  ReadRun run;
  for (int i = 0; i < std::max(1, input.threads); ++i) {
    APPORTION_ASSIGN(std::unique_ptr<BatchSink> sink, make_sink());
    run.sinks.push_back(std::move(sink));
  }
  Reading reading(input, gate, run.sinks.size());
  run_in_threads(run.sinks.size(), [&](std::size_t worker) { reading.work(*run.sinks[worker], worker); });
  APPORTION_ASSIGN(run.content, reading.finish());
  return run;
}

MonthFields month_fields(SourceKind kind) {
  switch (kind) {
    case SourceKind::kFocus: return {"ChargePeriodStart", "BillingPeriodStart", "BillingPeriodEnd"};
    case SourceKind::kReservationDetails: return {"UsageDate", "", ""};
    case SourceKind::kReservationTransactions: return {"EventDate", "", ""};
    case SourceKind::kReservationRecommendations: return {};
    // Prices begin in any month; those of a sheet end with its own.
    case SourceKind::kPriceSheet: return {"EffectiveEndDate", "", ""};
    default: return {"date", "billingPeriodStartDate", "billingPeriodEndDate"};
  }
}

}  // namespace apportion
