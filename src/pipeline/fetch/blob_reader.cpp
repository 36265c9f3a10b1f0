#include "pipeline/fetch/blob_reader.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "foundation/base/threads.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/md5.h"

namespace apportion {
namespace {

constexpr int kFruitlessAttemptsMax = 3;
constexpr int kAttemptsMax = 200;
constexpr std::chrono::milliseconds kPauseMax(10'000);
// How long a wait lasts until it looks at the wish to stop, and at memory that others gave back.
constexpr std::chrono::milliseconds kLook(20);

std::string quoted(const std::string& version) {
  return version.empty() || version.ends_with('"') ? version : '"' + version + '"';
}

std::string_view without_quotes(std::string_view version) {
  if (version.size() >= 2 && version.front() == '"' && version.back() == '"')
    return version.substr(1, version.size() - 2);
  return version;
}

bool take_number(std::string_view& text, std::int64_t& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return true;
}

bool take_mark(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(mark.size());
  return true;
}

struct ContentRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t total = 0;
};

// `bytes 0-8388607/104857600`
std::optional<ContentRange> read_content_range(std::string_view text) {
  ContentRange range;
  const bool whole = take_mark(text, "bytes ") && take_number(text, range.first) && take_mark(text, "-") &&
                     take_number(text, range.last) && take_mark(text, "/") && take_number(text, range.total) &&
                     text.empty();
  return whole ? std::optional(range) : std::nullopt;
}

// Fetches ranges of one blob and checks each against what is known of it. Used by several threads.
class RangeFetcher {
 public:
  RangeFetcher(std::shared_ptr<const BlobRequests> requests, BlobToRead blob)
      : requests_(std::move(requests)), blob_(std::move(blob)) {}

  const BlobToRead& blob() const { return blob_; }
  const BlobRequests& requests() const { return *requests_; }

  /// Appends the bytes of a range to `content`, which is empty, however often it breaks.
  Result<void> fetch(std::int64_t first, std::int64_t count, std::string& content, const Cancel& cancel) {
    content.reserve(static_cast<std::size_t>(count));
    auto pause = requests_->access().download.pause;
    int fruitless = 0;
    for (int attempt = 1;; ++attempt) {
      const std::size_t before = content.size();
      Attempt outcome = try_range(first, count, content, cancel);
      if (!outcome.error) return ok();
      const bool moved = content.size() > before;
      fruitless = moved ? 0 : fruitless + 1;
      if (outcome.is_final || fruitless >= kFruitlessAttemptsMax || attempt >= kAttemptsMax) return *outcome.error;
      if (!cancel.wait_for(pause)) return cancelled_error(blob_.place);
      pause = moved ? requests_->access().download.pause : std::min(2 * pause, kPauseMax);
    }
  }

  /// MD5 of the whole as storage knows it; empty when nothing was said.
  std::string md5() const {
    const std::lock_guard lock(mutex_);
    return blob_.md5;
  }

 private:
  struct Attempt {
    std::optional<Error> error;
    bool is_final = false;  // going on makes no sense
  };

  Attempt try_range(std::int64_t first, std::int64_t count, std::string& content, const Cancel& cancel) {
    const std::int64_t from = first + static_cast<std::int64_t>(content.size());
    const std::int64_t last = first + count - 1;
    HttpRequest request;
    request.url = blob_.url;
    const std::string range = fmt::format("bytes={}-{}", from, last);
    request.headers = {{"Range", range}, {"x-ms-range", range}};
    if (const std::string version = known_version(); !version.empty()) request.headers.push_back({"If-Match", version});
    request.answer_bytes_max = static_cast<std::uint64_t>(last - from + 1);
    request.sink = [&](std::string_view piece) -> Result<void> {
      if (content.size() + piece.size() > static_cast<std::size_t>(count)) {
        return broken(fmt::format("more bytes than the {} requested were sent", last - from + 1));
      }
      content.append(piece);
      return ok();
    };
    const auto response = requests_->send(std::move(request), cancel);
    if (!response) {
      if (cancel.requested()) return {cancelled_error(blob_.place), true};
      return {response.error(), !is_unreachable(response.error().kind())};
    }
    if (auto fault = fault_of(*response, from, last)) return {std::move(fault), true};
    if (content.size() == static_cast<std::size_t>(count)) return {};
    return {ended_early(first + static_cast<std::int64_t>(content.size())), false};
  }

  // What is wrong with an answer; nothing when its bytes are those that were asked for.
  std::optional<Error> fault_of(const HttpResponse& response, std::int64_t from, std::int64_t last) {
    if (response.status == 412) return written_over_error(blob_.place, "its ETag has changed");
    if (response.status == 416) return written_over_error(blob_.place, "it is shorter now");
    if (response.status == 404) return written_over_error(blob_.place, "it is not there any more");
    if (!response.ok()) return azure_error(read_failure(response), "read the blob", blob_.place);
    if (response.status == 206) {
      const auto range = read_content_range(response.header("Content-Range"));
      if (!range) return broken("the answer does not say which range it contains");
      if (range->total != blob_.bytes) return size_error(range->total);
      if (range->first != from || range->last > last) {
        return broken(
            fmt::format("bytes {}-{} were requested, {}-{} were sent", from, last, range->first, range->last));
      }
    } else if (response.status != 200 || from != 0 || last + 1 != blob_.bytes) {
      return broken(fmt::format("a range was requested, but the answer is not one (status {})", response.status));
    }
    return learn(response);
  }

  std::optional<Error> learn(const HttpResponse& response) {
    const std::lock_guard lock(mutex_);
    const std::string_view version = response.header("ETag");
    if (blob_.version.empty()) {
      blob_.version = version;
    } else if (!version.empty() && without_quotes(version) != without_quotes(blob_.version)) {
      return written_over_error(blob_.place, "its ETag has changed");
    }
    if (blob_.md5.empty()) blob_.md5 = response.header("x-ms-blob-content-md5");
    if (blob_.md5.empty() && response.status == 200) blob_.md5 = response.header("Content-MD5");
    return std::nullopt;
  }

  std::string known_version() const {
    const std::lock_guard lock(mutex_);
    return quoted(blob_.version);
  }

  Error broken(std::string why) const {
    return {
        ErrorId::kDownloadRangeMismatch, "the download is not what was requested", blob_.place, std::move(why),
        "nothing of it was imported; try again, and check for proxies between this machine and the storage account"};
  }

  Error ended_early(std::int64_t at) const {
    return {
        ErrorId::kDownloadCutShort, "the download kept ending early", blob_.place,
        fmt::format("at byte {} of {}", at, blob_.bytes),
        "nothing of it was imported; try again, and check for proxies between this machine and the storage account"};
  }

  Error size_error(std::int64_t found) const {
    return {ErrorId::kBlobSizeMismatch, "the blob does not have the stated size", blob_.place,
            fmt::format("{} bytes were stated; it has {}", blob_.bytes, found),
            "nothing of it was imported; wait until the run has been written completely, then try again"};
  }

  std::shared_ptr<const BlobRequests> requests_;
  mutable std::mutex mutex_;
  BlobToRead blob_;  // version and md5 guarded by the mutex
};

class BlobReader final : public ByteReader {
 public:
  BlobReader(std::shared_ptr<const BlobRequests> requests, BlobToRead blob)
      : fetcher_(std::move(requests), std::move(blob)), bytes_(fetcher_.blob().bytes) {
    const DownloadSettings& settings = fetcher_.requests().access().download;
    block_bytes_ = std::max<std::int64_t>(1, settings.block_bytes);
    budget().add_reader();
    const std::int64_t blocks = (bytes_ + block_bytes_ - 1) / block_bytes_;
    if (blocks < 2) return;  // nothing to fetch ahead of
    const std::int64_t threads = std::clamp<std::int64_t>(settings.ranges, 1, blocks);
    blocks_max_ = static_cast<std::size_t>(2 * threads);
    for (std::int64_t i = 0; i < threads; ++i) {
      if (!threads_.start([this] { fetch_ahead(); })) break;
    }
  }
  BlobReader(const BlobReader&) = delete;
  BlobReader& operator=(const BlobReader&) = delete;

  ~BlobReader() override {
    stop_.request();
    changed_.notify_all();
    threads_.wait();
    budget().give_bytes(held_);
    budget().remove_reader();
  }

  Result<std::size_t> read(std::span<char> buffer) override {
    if (failure_) return *failure_;
    auto count = read_checked(buffer);
    if (!count) failure_ = count.error();
    return count;
  }

 private:
  struct Block {
    std::int64_t first = 0;
    std::int64_t size = 0;
    std::string content;
    bool is_done = false;
    std::optional<Error> error;
  };

  FetchBudget& budget() const { return fetcher_.requests().budget(); }
  const Cancel& cancel() const { return fetcher_.requests().access().cancel; }

  Result<std::size_t> read_checked(std::span<char> buffer) {
    if (buffer.empty()) return std::size_t{0};
    if (position_ == bytes_) {
      APPORTION_TRY(check_whole());
      return std::size_t{0};
    }
    if (current_ == nullptr || used_ == current_->content.size()) APPORTION_TRY(next_block());
    const std::size_t count = std::min(buffer.size(), current_->content.size() - used_);
    std::memcpy(buffer.data(), current_->content.data() + used_, count);
    used_ += count;
    position_ += static_cast<std::int64_t>(count);
    return count;
  }

  Result<void> next_block() {
    std::unique_lock lock(mutex_);
    if (current_ != nullptr) drop_current();
    if (threads_.count() == 0) {
      Block& block = *schedule();
      lock.unlock();
      APPORTION_TRY(fetcher_.fetch(block.first, block.size, block.content, cancel()));
      lock.lock();
    } else {
      changed_.notify_all();
      while (blocks_.empty() || !blocks_.front()->is_done) {
        if (cancel().requested()) return cancelled_error(fetcher_.blob().place);
        if (threads_.failed()) {
          stop_.request();
          lock.unlock();
          threads_.join();  // throws what it was
        }
        changed_.wait_for(lock, kLook);
      }
      if (blocks_.front()->error) return *blocks_.front()->error;
    }
    current_ = blocks_.front().get();
    used_ = 0;
    lock.unlock();
    if (position_ == 0) expected_md5_ = fetcher_.md5();  // the first answer said it, or none will
    if (!expected_md5_.empty()) md5_.add(current_->content);
    return ok();
  }

  void drop_current() {
    budget().give_bytes(current_->size);
    held_ -= current_->size;
    current_ = nullptr;
    blocks_.pop_front();
  }

  // Makes room for the next block; null when the blob is through, or the memory is used up. Under the mutex.
  Block* schedule() {
    const std::int64_t size = std::min(block_bytes_, bytes_ - scheduled_);
    if (size == 0 || !budget().take_bytes(held_, size)) return nullptr;
    held_ += size;
    auto block = std::make_unique<Block>();
    block->first = scheduled_;
    block->size = size;
    scheduled_ += size;
    return blocks_.emplace_back(std::move(block)).get();
  }

  // Runs in each thread.
  void fetch_ahead() {
    std::unique_lock lock(mutex_);
    while (!stop_.requested() && scheduled_ < bytes_) {
      Block* const block = blocks_.size() < blocks_max_ ? schedule() : nullptr;
      if (block == nullptr) {
        changed_.wait_for(lock, kLook);
        continue;
      }
      lock.unlock();
      const auto fetched = fetcher_.fetch(block->first, block->size, block->content, stop_);
      lock.lock();
      if (!fetched) {
        block->error = fetched.error();
        scheduled_ = bytes_;  // the reader never comes to what lies behind
      }
      block->is_done = true;
      changed_.notify_all();
    }
  }

  Result<void> check_whole() {
    if (expected_md5_.empty()) return ok();
    const std::string expected = std::exchange(expected_md5_, {});
    const std::string found = md5_.base64();
    if (found == expected) return ok();
    return Error{ErrorId::kBlobChecksumMismatch, "the blob's checksum is not the one it was stored with",
                 fetcher_.blob().place,
                 fmt::format("the stored MD5 is {}, that of the download is {}", expected, found),
                 "nothing of it was imported; try again, and if the error persists, run the export again"};
  }

  RangeFetcher fetcher_;
  const std::int64_t bytes_;
  std::int64_t block_bytes_ = 0;
  std::size_t blocks_max_ = 1;
  Cancel stop_;  // of the threads: the end of this reader, a failure, or the wish of the person
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> blocks_;  // guarded, in order; the current one is the first
  std::int64_t scheduled_ = 0;                 // guarded: bytes that blocks were made for
  std::int64_t held_ = 0;                      // guarded: bytes of the blocks
  Threads threads_;
  // Of the thread that reads.
  Block* current_ = nullptr;
  std::size_t used_ = 0;
  std::int64_t position_ = 0;
  Md5 md5_;
  std::string expected_md5_;  // empty: nobody knows it, or it was compared
  std::optional<Error> failure_;
};

}  // namespace

std::unique_ptr<ByteReader> read_blob(std::shared_ptr<const BlobRequests> requests, BlobToRead blob) {
  return std::make_unique<BlobReader>(std::move(requests), std::move(blob));
}

}  // namespace apportion
