#include "pipeline/ingest/parquet_source.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "engine/engine.h"
#include "foundation/base/files.h"
#include "foundation/base/text_arena.h"
#include "pipeline/ingest/parquet_metadata.h"

namespace apportion {
namespace {

constexpr std::size_t kRowsOfBatch = 8192;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<void> hash_file(const std::string& path, SourceFile& file) {
  const std::unique_ptr<std::FILE, FileCloser> stream(std::fopen(path.c_str(), "rb"));
  if (stream == nullptr) return file_error("cannot open", path, errno);
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stream.get())) {
    XXH3_128bits_update(state.get(), buffer.data(), count);
    file.bytes += static_cast<std::int64_t>(count);
  }
  if (std::ferror(stream.get()) != 0) return file_error("cannot read", path, errno);
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  file.content_hash = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  return ok();
}

Error broken_parquet(const std::string& name, const Error& cause) { return unreadable_parquet(name, cause.why); }

class EngineParquetSource final : public ParquetSource {
 public:
  EngineParquetSource(std::string name, Engine engine) : name_(std::move(name)), engine_(std::move(engine)) {}

  Result<void> start(const std::string& path) {
    const std::vector<std::filesystem::path> files{path};
    if (const auto made = engine_.view_over_parquet("source", files, ""); !made)
      return broken_parquet(name_, made.error());
    const auto columns = engine_.column_names("source");
    if (!columns) return broken_parquet(name_, columns.error());
    header_ = *columns;
    std::string list;
    for (const std::string& column : header_)
      list += fmt::format("{}CAST({} AS VARCHAR)", list.empty() ? "" : ", ", sql_identifier(column));
    auto cursor = engine_.open_cursor(fmt::format("SELECT {} FROM source", list), {});
    if (!cursor) return broken_parquet(name_, cursor.error());
    cursor_.emplace(std::move(cursor).value());
    return fill(first_, first_arena_);
  }

  const std::vector<std::string>& header() const override { return header_; }
  Result<const SourceBatch*> first_rows() override { return static_cast<const SourceBatch*>(&first_); }
  std::unique_ptr<ParquetRows> make_rows() override;

  // The next rows; none at the end.
  Result<void> next(SourceBatch& batch, TextArena& arena) {
    if (!std::exchange(at_start_, false)) return fill(batch, arena);
    batch = std::move(first_);
    arena = std::move(first_arena_);
    return ok();
  }

 private:
  Result<void> fill(SourceBatch& batch, TextArena& arena) {
    arena.clear();
    batch.broken.clear();
    batch.rows = 0;
    batch.columns.begin_texts(header_.size());
    for (std::size_t c = 0; c < header_.size(); ++c) batch.columns[c].assign(kRowsOfBatch + kRowsOfChunk, {});
    batch.ordinals.resize(kRowsOfBatch + kRowsOfChunk);
    batch.lines.resize(kRowsOfBatch + kRowsOfChunk);
    while (batch.rows < kRowsOfBatch) {
      const auto count = cursor_->next([&](const EngineRow& row) {
        for (std::size_t c = 0; c < header_.size(); ++c) {
          if (row.is_null(c)) continue;
          const std::string_view text = row.text(c);
          char* const kept = arena.allocate(text.size());
          std::memcpy(kept, text.data(), text.size());
          batch.columns[c][batch.rows] = {kept, text.size()};
        }
        batch.ordinals[batch.rows] = static_cast<std::int32_t>(batch.rows);
        batch.lines[batch.rows] = ++row_number_;
        ++batch.rows;
        return ok();
      });
      if (!count) return broken_parquet(name_, count.error());
      if (*count == 0) break;
    }
    return ok();
  }

  static constexpr std::size_t kRowsOfChunk = 2048;

  std::string name_;
  Engine engine_;
  std::optional<EngineCursor> cursor_;
  std::vector<std::string> header_;
  SourceBatch first_;
  TextArena first_arena_;
  bool at_start_ = true;
  std::int64_t row_number_ = 0;
};

// The engine hands out rows to one at a time, so rows are read when they are taken.
class EngineRows final : public ParquetRows {
 public:
  explicit EngineRows(EngineParquetSource& source) : source_(&source) {}

  Result<std::size_t> take() override {
    APPORTION_TRY(source_->next(taken_, arena_));
    return taken_.rows;
  }

  Result<bool> next(SourceBatch& batch) override {
    std::swap(batch, taken_);
    taken_.rows = 0;
    return batch.rows > 0;
  }

 private:
  EngineParquetSource* source_;
  SourceBatch taken_;
  TextArena arena_;
};

std::unique_ptr<ParquetRows> EngineParquetSource::make_rows() { return std::make_unique<EngineRows>(*this); }

}  // namespace

Result<std::unique_ptr<ParquetSource>> open_parquet_by_engine(const std::string& name, const std::string& path,
                                                              const std::string& temporary_folder) {
  EngineOptions options;
  options.memory_bytes_max = std::int64_t{512} << 20;
  options.temporary_folder = temporary_folder;
  options.keep_order = true;  // a setting of a whole database, so this one is not shared
  APPORTION_ASSIGN(Engine engine, Engine::open(options));
  auto source = std::make_unique<EngineParquetSource>(name, std::move(engine));
  APPORTION_TRY(source->start(path));
  return std::unique_ptr<ParquetSource>(std::move(source));
}

Result<std::unique_ptr<ParquetSource>> ParquetSource::open(const std::string& name, const std::string& path,
                                                           const std::string& temporary_folder, SourceFile& file) {
  APPORTION_TRY(hash_file(path, file));
  APPORTION_ASSIGN(std::unique_ptr<ParquetSource> source, open_parquet_by_pages(name, path));
  if (source != nullptr) return source;
  return open_parquet_by_engine(name, path, temporary_folder);
}

}  // namespace apportion
