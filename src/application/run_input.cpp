#include "application/run_input.h"

#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "pipeline/fetch/download.h"

namespace apportion {
namespace {

InputFormat input_format(const FileKind& kind) {
  if (kind.format == FileFormat::kParquet) return InputFormat::kParquet;
  return kind.compression == Compression::kGzip ? InputFormat::kCsvGzip : InputFormat::kCsv;
}

// Opens the parts of a run one after another, and always the next one too: its download goes on while this one is
// read. Used under the mutex of who reads the run.
class PartOpener {
 public:
  PartOpener(BlobStore& store, const Run& run) : store_(&store), run_(&run) {}

  Result<std::unique_ptr<ByteReader>> open(std::size_t part) {
    std::unique_ptr<ByteReader> reader = part == part_ahead_ ? std::move(ahead_) : nullptr;
    if (reader == nullptr) {
      APPORTION_ASSIGN(reader, store_->open(run_->blobs[part].name));
    }
    part_ahead_ = part + 1;
    if (part_ahead_ == run_->blobs.size()) return reader;
    auto next = store_->open(run_->blobs[part_ahead_].name);
    ahead_ = next ? std::move(next).value() : nullptr;  // its error comes when it is its turn
    return reader;
  }

 private:
  BlobStore* store_;
  const Run* run_;
  std::size_t part_ahead_ = 0;
  std::unique_ptr<ByteReader> ahead_;
};

}  // namespace

RunFiles::RunFiles(BlobStore& store, const Run& run, const std::filesystem::path& temporary)
    : store_(&store), run_(&run), temporary_(temporary), downloads_(temporary / "parts") {}

RunFiles::~RunFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(downloads_, ignored);
}

Result<void> RunFiles::bring_here() {
  if (run_->kind.format != FileFormat::kParquet) return ok();
  for (const RunBlob& blob : run_->blobs) {
    if (!store_->local_path(blob.name).empty()) continue;
    APPORTION_TRY(make_folder(downloads_));
    const std::filesystem::path path = downloads_ / fmt::format("{}.parquet", downloaded_.size());
    APPORTION_ASSIGN(const auto reader, store_->open(blob.name));
    APPORTION_TRY(download(*reader, blob.bytes, store_->place_of(blob.name), path));
    downloaded_[blob.name] = path.string();
  }
  return ok();
}

std::string RunFiles::path_of(const RunBlob& blob) const {
  const auto found = downloaded_.find(blob.name);
  return found == downloaded_.end() ? store_->local_path(blob.name) : found->second;
}

RunInput RunFiles::input(int threads, std::optional<Month> month) const {
  RunInput input;
  input.month = month;
  input.threads = threads;
  input.temporary_folder = temporary_.string();
  const auto opener = std::make_shared<PartOpener>(*store_, *run_);
  for (const RunBlob& blob : run_->blobs) {
    InputFile file;
    file.name = blob.name;
    file.format = input_format(run_->kind);
    file.open = [opener, part = input.files.size()] { return opener->open(part); };
    file.local_path = path_of(blob);
    file.rows_expected = blob.rows;
    file.bytes = blob.bytes;
    input.files.push_back(std::move(file));
  }
  return input;
}

}  // namespace apportion
