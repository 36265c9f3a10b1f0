#include "pipeline/ingest/gzip_reader.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

class GzipReader final : public ByteReader {
 public:
  GzipReader(std::string file_name, std::unique_ptr<ByteReader> packed)
      : file_name_(std::move(file_name)), packed_(std::move(packed)), input_(256 * 1024) {
    constexpr int kGzipOnly = 16;
    APPORTION_CHECK(inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK, "zlib did not start");
  }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  ~GzipReader() override { inflateEnd(&stream_); }

  Result<std::size_t> read(std::span<char> buffer) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    while (stream_.avail_out == buffer.size() && !buffer.empty()) {
      if (stream_.avail_in == 0) {
        APPORTION_ASSIGN(const std::size_t count, packed_->read(input_));
        packed_bytes_ += count;
        if (count == 0) {
          if (in_member_)
            return broken(fmt::format("it ends after {} bytes, in the middle of the compressed data", packed_bytes_));
          return std::size_t{0};
        }
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream_.avail_in = static_cast<uInt>(count);
      }
      in_member_ = true;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END) {
        in_member_ = false;
        inflateReset(&stream_);
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return broken(stream_.msg == nullptr ? "it is not gzip data" : stream_.msg);
      }
    }
    return buffer.size() - stream_.avail_out;
  }

 private:
  Error broken(std::string why) const {
    return {ErrorId::kGzipBroken, "the gzip file is broken", file_name_, std::move(why),
            "nothing of this run was imported; wait until the run is complete, or download or export it again"};
  }

  std::string file_name_;
  std::unique_ptr<ByteReader> packed_;
  std::vector<char> input_;
  z_stream stream_{};
  std::uint64_t packed_bytes_ = 0;
  bool in_member_ = false;
};

}  // namespace

std::unique_ptr<ByteReader> make_gzip_reader(std::string file_name, std::unique_ptr<ByteReader> packed) {
  return std::make_unique<GzipReader>(std::move(file_name), std::move(packed));
}

}  // namespace apportion
