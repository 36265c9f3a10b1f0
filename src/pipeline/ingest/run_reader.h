/// Reading all files of a run, with several threads, in bounded memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/source_batch.h"
#include "store/control_plane.h"

namespace apportion {

enum class InputFormat { kCsv, kCsvGzip, kParquet };

/// One file of a run as it is to be read.
struct InputFile {
  std::string name;
  InputFormat format = InputFormat::kCsv;
  std::function<Result<std::unique_ptr<ByteReader>>()> open;  ///< CSV formats.
  std::string local_path;                                     ///< Parquet: the engine reads it from here.
  std::optional<std::int64_t> rows_expected;                  ///< By the manifest.
  std::int64_t bytes = 0;
};

/// The progress of one of the threads that read a run.
struct WorkerProgress {
  std::size_t file = 0;  ///< Number of the file whose rows it took last, from 1; 0: none yet.
  std::int64_t rows = 0;
};

/// How much of a run has been read.
struct ReadProgress {
  std::size_t file = 0;  ///< Number of the file whose rows were taken last, from 1.
  std::size_t files = 0;
  std::int64_t rows = 0;
  std::optional<std::int64_t> rows_expected;  ///< When the manifest tells it of every file.
  std::int64_t bytes = 0;                     ///< As delivered. A Parquet file counts as a whole when it is opened.
  std::int64_t bytes_expected = 0;
  std::vector<WorkerProgress> workers = {};
};

/// Called by one worker at a time, after each piece: often, so a display should skip most calls.
using ReadWatch = std::function<void(const ReadProgress&)>;

struct RunInput {
  std::vector<InputFile> files;
  std::optional<Month> month;  ///< By the manifest or the path.
  int threads = 2;
  std::string temporary_folder;  ///< For the engine that reads Parquet.
  Cancel cancel = {};            ///< Checked between two blocks of records.
  ReadWatch watch = {};          ///< May be empty.
};

/// What was read of a run. Rows of a file are stored rows and rejects together.
struct RunContent {
  std::vector<SourceFile> files;      ///< Names, bytes, rows, content hashes, in the order of the input.
  std::vector<SourceLayout> layouts;  ///< Of each file that has a header, in that order.
  std::int64_t rows = 0;
  std::vector<Reject> broken;  ///< Records that are not rows.
};

/// Creates the sink of a worker thread. Called once per thread, before reading.
using SinkMaker = std::function<Result<std::unique_ptr<BatchSink>>()>;
/// Asked about each file's layout before its rows are read: refuses what must not be imported.
using LayoutGate = std::function<Result<void>(const std::string& file_name, const SourceLayout&)>;

/// Reads every row of every file once and hands them to sinks; rows of one file may reach several sinks. All sinks are
/// handed back for their results. Fails, and returns nothing, if a file is broken, is not a cost file, or does not
/// contain the rows that the manifest promises.
struct ReadRun {
  RunContent content;
  std::vector<std::unique_ptr<BatchSink>> sinks;
};
Result<ReadRun> read_run(const RunInput& input, const SinkMaker& make_sink, const LayoutGate& gate);

/// Names of the fields that give the month of a row; empty if a family has none.
struct MonthFields {
  std::string_view day;
  std::string_view period_start;
  std::string_view period_end;
};
MonthFields month_fields(SourceKind kind);

}  // namespace apportion
