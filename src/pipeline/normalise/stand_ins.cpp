#include "pipeline/normalise/stand_ins.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "foundation/base/files.h"
#include "foundation/base/folder_entries.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsWaiting = 4096;
constexpr std::size_t kLookAhead = 16;

std::uint32_t second_of(const RowPrint& print) { return static_cast<std::uint32_t>(print.second); }

}  // namespace

Result<void> PrintFile::add(const RowPrint& print, std::int64_t ordinal) {
  if (ordinal >= std::numeric_limits<std::uint32_t>::max()) return ok();
  waiting_.push_back({print.first, second_of(print), static_cast<std::uint32_t>(ordinal) + 1});
  return waiting_.size() < kRowsWaiting ? ok() : finish();
}

Result<void> PrintFile::finish() {
  if (waiting_.empty()) return ok();
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(waiting_.data()),
             static_cast<std::streamsize>(waiting_.size() * sizeof(PrintedRow)));
  file.close();
  if (!file) return file_error("cannot write the temporary file", path_, errno);
  waiting_.clear();
  return ok();
}

Result<StandIns> StandIns::read(const std::filesystem::path& folder, ImportId import, std::size_t bytes_max) {
  APPORTION_ASSIGN(const auto files, entries_of(folder));
  std::uintmax_t bytes = 0;
  for (const auto& file : files) {
    std::error_code failure;
    bytes += file.file_size(failure);
    if (failure) return file_error("cannot read the temporary file", file.path(), failure.value());
  }
  const std::size_t rows = bytes / sizeof(PrintedRow);
  const std::size_t slots = std::clamp(rows + rows / 3 + 1, std::size_t{1}, bytes_max / sizeof(PrintedRow));
  StandIns found(import, slots);
  for (const auto& file : files) APPORTION_TRY(found.take_file(file.path()));
  return found;
}

Result<void> StandIns::take_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<PrintedRow> rows(kRowsWaiting);
  while (file) {
    file.read(reinterpret_cast<char*>(rows.data()), static_cast<std::streamsize>(rows.size() * sizeof(PrintedRow)));
    add(std::span(rows).first(static_cast<std::size_t>(file.gcount()) / sizeof(PrintedRow)));
  }
  return file.eof() ? ok() : Result<void>(file_error("cannot read the temporary file", path, errno));
}

// Of equal rows the first one stands in, in whatever order they come.
void StandIns::add(std::span<const PrintedRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kLookAhead < rows.size()) __builtin_prefetch(&slots_[place_of(rows[i + kLookAhead].first)]);
    PrintedRow& slot = slots_[slot_of(rows[i].first, rows[i].second)];
    const bool is_free = slot.ordinal_and_one == 0;
    if (is_free && (taken_ + 1) * 5 > slots_.size() * 4) continue;
    if (is_free) ++taken_;
    if (is_free || rows[i].ordinal_and_one < slot.ordinal_and_one) slot = rows[i];
  }
}

// Where a print is, or would be.
std::size_t StandIns::slot_of(std::uint64_t first, std::uint32_t second) const {
  std::size_t at = place_of(first);
  while (slots_[at].ordinal_and_one != 0 && (slots_[at].first != first || slots_[at].second != second))
    at = at + 1 == slots_.size() ? 0 : at + 1;
  return at;
}

std::optional<RowId> StandIns::find(const RowPrint& print) const {
  const PrintedRow& slot = slots_[slot_of(print.first, second_of(print))];
  if (slot.ordinal_and_one == 0) return std::nullopt;
  return RowId(import_, std::int64_t{slot.ordinal_and_one} - 1);
}

void StandInFile::add(RowId row, std::int64_t line, const std::string& source_file, RowId stand_in) {
  row_ids_.push_back(row.stored());
  lines_.push_back(line);
  if (source_files_.empty() || source_files_.back() != source_file) source_files_.push_back(source_file);
  file_of_row_.push_back(static_cast<std::uint32_t>(source_files_.size() - 1));
  stand_ins_.push_back(stand_in.stored());
}

Result<void> StandInFile::write_row_group() {
  if (row_ids_.empty()) return ok();
  if (writer_ == nullptr) {
    APPORTION_ASSIGN(writer_, ParquetWriter::create(path_, {{"x_RowId", ParquetType::kInteger},
                                                            {"x_ImportId", ParquetType::kInteger},
                                                            {"x_SourceFile", ParquetType::kText},
                                                            {"x_SourceLine", ParquetType::kInteger},
                                                            {"x_StandInRowId", ParquetType::kInteger}}));
  }
  writer_->begin_row_group(row_ids_.size());
  writer_->integer_column(row_ids_);
  const std::array import{import_.raw()};
  writer_->integer_column(std::vector<std::uint32_t>(row_ids_.size(), 0), import);
  const std::vector<std::string_view> source_files(source_files_.begin(), source_files_.end());
  writer_->text_column(file_of_row_, source_files);
  writer_->integer_column(lines_);
  writer_->integer_column(stand_ins_);
  row_ids_.clear();
  lines_.clear();
  stand_ins_.clear();
  source_files_.clear();
  file_of_row_.clear();
  return writer_->end_row_group();
}

Result<bool> StandInFile::finish() {
  APPORTION_TRY(write_row_group());
  if (writer_ == nullptr) return false;
  APPORTION_TRY(writer_->finish());
  return true;
}

}  // namespace apportion
