// Any bytes as a cost file, the whole way from bytes to cells: it is refused with a reason, or every record of it is a
// charge, a reject or a broken record, and cutting it into other blocks changes nothing.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/ingest/csv_reader.h"
#include "pipeline/ingest/layout.h"
#include "pipeline/ingest/run_reader.h"
#include "pipeline/normalise/charge_sink.h"

namespace {

using namespace apportion;  // NOLINT(google-build-using-namespace): a program of one file

class TextReader final : public ByteReader {
 public:
  explicit TextReader(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min(buffer.size(), bytes_.size());
    if (count > 0) std::memcpy(buffer.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view bytes_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

bool says_why(const Error& error) {
  return error.kind() == ErrorKind::kBadInput && !error.what.empty() && !error.where.empty() && !error.why.empty() &&
         !error.next.empty();
}

// Charges are decided on but not written: the sink is dropped before its files are.
class DecidingSink final : public BatchSink {
 public:
  explicit DecidingSink(std::unique_ptr<ChargeSink> inner) : inner_(std::move(inner)) {}
  Result<void> take(const SourceBatch& batch) override {
    rows += static_cast<std::int64_t>(batch.rows);
    for (std::size_t row = 0; row < batch.rows; ++row)
      require(row == 0 || (batch.lines[row] > batch.lines[row - 1] && batch.ordinals[row] > batch.ordinals[row - 1]));
    return inner_->take(batch);
  }
  std::int64_t rows = 0;

 private:
  std::unique_ptr<ChargeSink> inner_;
};

struct Parsed {
  bool refused = false;
  std::vector<std::string> header;
  std::string cells;
  std::int64_t rows = 0;
  std::int64_t broken = 0;
};

Parsed parse(std::string_view bytes, std::size_t block_bytes) {
  CsvBlockReader reader("f.csv", std::make_unique<TextReader>(bytes), block_bytes);
  Parsed parsed;
  CsvBlock block;
  SourceBatch batch;
  const auto refuse = [&parsed](const Error& error) {
    require(says_why(error));
    parsed.refused = true;
    return parsed;
  };
  do {
    if (const auto read = reader.next(block); !read) return refuse(read.error());
    if (parsed.header.empty()) {
      auto header = take_csv_header("f.csv", block);
      if (!header) return refuse(header.error());
      parsed.header = *std::move(header);
      if (parsed.header.empty()) continue;
    }
    const auto read = parse_csv_block("f.csv", block, parsed.header.size(), 0, batch);
    if (!read) return refuse(read.error());
    require(static_cast<std::int64_t>(batch.rows + batch.broken.size()) <= block.records);
    parsed.rows += static_cast<std::int64_t>(batch.rows);
    parsed.broken += static_cast<std::int64_t>(batch.broken.size());
    for (std::size_t row = 0; row < batch.rows; ++row) {
      for (std::size_t i = 0; i < batch.columns.size(); ++i)
        parsed.cells.append(std::as_const(batch.columns)[i][row]).push_back('\0');
      parsed.cells += std::to_string(batch.lines[row]) + "\n";
    }
  } while (!reader.at_end());
  return parsed;
}

void read_as(std::string_view bytes, Dataset dataset) {
  RunInput input;
  InputFile file;
  file.name = "f.csv";
  file.open = [bytes] { return Result<std::unique_ptr<ByteReader>>(std::make_unique<TextReader>(bytes)); };
  input.files = {file};
  input.month = Month::parse("2026-10");
  input.threads = 1;
  ChargeSinkOptions options;
  options.import = ImportId(1);
  options.bill_source = "acme";
  options.dataset = dataset;
  options.month = *input.month;
  options.folder = "/nowhere";
  const auto make_sink = [&options]() -> Result<std::unique_ptr<BatchSink>> {
    auto sink = options.dataset == Dataset::kFocusCost ? make_focus_sink(options) : make_cost_details_sink(options);
    return std::unique_ptr<BatchSink>(std::make_unique<DecidingSink>(std::move(sink)));
  };
  const LayoutGate gate = [dataset](const std::string& name, const SourceLayout& layout) -> Result<void> {
    if ((layout.kind == SourceKind::kFocus) == (dataset == Dataset::kFocusCost)) return ok();
    return Error{ErrorId::kDatasetMismatch, "another dataset", name, layout.name, "another fuzz run takes it"};
  };
  const auto run = read_run(input, make_sink, gate);
  if (!run) {
    require(says_why(run.error()));
    return;
  }
  const auto& sink = static_cast<const DecidingSink&>(*run->sinks[0]);
  require(run->content.rows == sink.rows + static_cast<std::int64_t>(run->content.broken.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Parsed whole = parse(bytes, std::size_t{1} << 20);
  const Parsed pieces = parse(bytes, 3 + size % 61);
  require(whole.refused == pieces.refused);
  if (!whole.refused) {
    require(whole.header == pieces.header && whole.cells == pieces.cells && whole.broken == pieces.broken);
  }
  for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost, Dataset::kFocusCost})
    read_as(bytes, dataset);
  return 0;
}
