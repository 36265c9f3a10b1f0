// Our own reader of Parquet files: each worker reads row groups, or parts of large ones, by itself.
#include <algorithm>
#include <cstring>
#include <utility>

#include "pipeline/ingest/parquet_column.h"
#include "pipeline/ingest/parquet_metadata.h"
#include "pipeline/ingest/parquet_source.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfBatch = 2048;
// A worker takes about as many rows at once: small row groups together, large ones in parts.
constexpr std::size_t kRowsToTake = 128 * 1024;

// Some rows of a row group.
struct RowRange {
  std::size_t group = 0;
  std::size_t first = 0;
  std::size_t rows = 0;
  std::size_t first_of_file = 0;
};

// What is in a file, and what of it was taken.
struct PagesOfFile {
  std::string name;
  std::shared_ptr<const FileBytes> bytes;
  ParquetFooter footer;
  bool are_pages_small = false;  // so that passing over some costs little
  std::size_t next_group = 0;
  std::size_t next_row = 0;  // of the group
  std::size_t rows_taken = 0;
};

class PageRows final : public ParquetRows {
 public:
  explicit PageRows(PagesOfFile& file) : file_(&file) {}

  Result<std::size_t> take() override {
    ranges_.clear();
    next_range_ = 0;
    std::size_t taken = 0;
    while (taken < kRowsToTake && file_->next_group < file_->footer.row_groups.size()) {
      const std::size_t rows_of_group = file_->footer.row_groups[file_->next_group].rows;
      const std::size_t left = rows_of_group - file_->next_row;
      const bool is_cut = file_->are_pages_small && left > 2 * kRowsToTake;
      const std::size_t rows = is_cut ? kRowsToTake : left;
      if (taken > 0 && taken + rows > 2 * kRowsToTake) break;
      if (rows > 0) ranges_.push_back({file_->next_group, file_->next_row, rows, file_->rows_taken});
      file_->next_row = is_cut ? file_->next_row + rows : 0;
      file_->next_group += is_cut ? 0 : 1;
      file_->rows_taken += rows;
      taken += rows;
    }
    return taken;
  }

  Result<bool> next(SourceBatch& batch) override {
    if (columns_.empty() || rows_done_ == ranges_[next_range_ - 1].rows) {
      columns_.clear();
      if (next_range_ == ranges_.size()) return false;
      APPORTION_TRY(begin_range(ranges_[next_range_]));
      ++next_range_;
    }
    const RowRange& range = ranges_[next_range_ - 1];
    const std::size_t rows = std::min(kRowsOfBatch, range.rows - rows_done_);
    APPORTION_TRY(fill(batch, rows, range.first_of_file + rows_done_));
    rows_done_ += rows;
    return true;
  }

  // The most rows that a page of the columns had so far.
  std::size_t rows_of_page_max() const {
    std::size_t rows = 0;
    for (const ParquetColumnReader& column : columns_) rows = std::max(rows, column.rows_of_page_max());
    return rows;
  }

 private:
  Result<void> begin_range(const RowRange& range) {
    const ParquetRowGroup& group = file_->footer.row_groups[range.group];
    rows_done_ = 0;
    for (std::size_t i = 0; i < group.chunks.size(); ++i) {
      columns_.emplace_back(file_->footer.columns[i], group.chunks[i], group.rows, file_->bytes, file_->name);
      APPORTION_TRY(columns_.back().skip(range.first));
    }
    return ok();
  }

  Result<void> fill(SourceBatch& batch, std::size_t rows, std::size_t first_row) {
    kept_.clear();
    arena_.clear();
    batch.broken.clear();
    batch.rows = rows;
    batch.ordinals.resize(rows);
    batch.lines.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      batch.ordinals[row] = static_cast<std::int32_t>(row);
      batch.lines[row] = static_cast<std::int64_t>(first_row + row + 1);
    }
    batch.columns.begin_values(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i)
      APPORTION_TRY(columns_[i].read(rows, batch.columns, i, kept_, arena_));
    return ok();
  }

  PagesOfFile* file_;
  std::vector<RowRange> ranges_;  // taken
  std::size_t next_range_ = 0;
  std::vector<ParquetColumnReader> columns_;  // of the range before
  std::size_t rows_done_ = 0;                 // of that range
  KeptBytes kept_;
  TextArena arena_;
};

class PageSource final : public ParquetSource {
 public:
  explicit PageSource(PagesOfFile file) : file_(std::move(file)) {
    for (const ParquetFileColumn& column : file_.footer.columns) header_.push_back(column.name);
  }

  const std::vector<std::string>& header() const override { return header_; }

  Result<const SourceBatch*> first_rows() override {
    constexpr std::size_t kRowsToDecideOn = 2000;
    first_.columns.begin_texts(header_.size());
    PagesOfFile file = file_;
    PageRows rows(file);
    SourceBatch batch;
    while (first_.rows < kRowsToDecideOn) {
      APPORTION_ASSIGN(bool found, rows.next(batch));
      if (!found) {
        APPORTION_ASSIGN(const std::size_t taken, rows.take());
        if (taken == 0) break;
        continue;
      }
      append(batch);
    }
    file_.are_pages_small = rows.rows_of_page_max() <= kRowsToTake / 4;
    return static_cast<const SourceBatch*>(&first_);
  }

  std::unique_ptr<ParquetRows> make_rows() override { return std::make_unique<PageRows>(file_); }

 private:
  void append(const SourceBatch& batch) {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const auto& texts = batch.columns[i];
      auto& kept = first_.columns[i];
      for (std::size_t row = 0; row < batch.rows; ++row) {
        char* const room = arena_.allocate(texts[row].size());
        std::memcpy(room, texts[row].data(), texts[row].size());
        kept.emplace_back(room, texts[row].size());
      }
    }
    first_.rows += batch.rows;
  }

  PagesOfFile file_;
  std::vector<std::string> header_;
  SourceBatch first_;
  TextArena arena_;
};

// The footer's bytes; nothing if the file does not end as a Parquet file does.
Result<std::string> footer_of(const FileBytes& file) {
  constexpr std::string_view kMark = "PAR1";
  constexpr std::size_t kTailBytes = 8;
  if (file.size() < kMark.size() + kTailBytes) return std::string();
  std::string tail(kTailBytes, '\0');
  APPORTION_TRY(file.read(file.size() - kTailBytes, tail));
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, tail.data(), sizeof bytes);
  if (tail.substr(4) != kMark || bytes > file.size() - kMark.size() - kTailBytes) return std::string();
  std::string footer(bytes, '\0');
  APPORTION_TRY(file.read(file.size() - kTailBytes - bytes, footer));
  return footer;
}

}  // namespace

Result<std::unique_ptr<ParquetSource>> open_parquet_by_pages(const std::string& name, const std::string& path) {
  APPORTION_ASSIGN(const std::shared_ptr<FileBytes> bytes, FileBytes::open(path));
  APPORTION_ASSIGN(const std::string footer_bytes, footer_of(*bytes));
  auto footer = read_parquet_footer(footer_bytes, bytes->size());
  if (!footer) return std::unique_ptr<ParquetSource>();
  PagesOfFile file;
  file.name = name;
  file.bytes = bytes;
  file.footer = std::move(*footer);
  return std::unique_ptr<ParquetSource>(std::make_unique<PageSource>(std::move(file)));
}

}  // namespace apportion
