#include "pipeline/ingest/gzip_reader.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

namespace apportion {
namespace {

std::string_view reason_of(int failure) {
  switch (failure) {
    case ISAL_INVALID_WRAPPER: return "it is not gzip data";
    case ISAL_UNSUPPORTED_METHOD: return "it is packed by a method that gzip does not have";
    case ISAL_INCORRECT_CHECKSUM: return "its checksum or its length is not that of what was unpacked";
    default: return "its compressed data makes no sense";
  }
}

class GzipReader final : public ByteReader {
 public:
  GzipReader(std::string file_name, std::unique_ptr<ByteReader> packed)
      : file_name_(std::move(file_name)), packed_(std::move(packed)), input_(256 * 1024) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  Result<std::size_t> read(std::span<char> buffer) override {
    state_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    state_.avail_out = static_cast<std::uint32_t>(buffer.size());
    while (state_.avail_out == buffer.size() && !buffer.empty()) {
      if (state_.avail_in == 0 && !has_more_to_give_) {
        APPORTION_ASSIGN(const std::size_t count, packed_->read(input_));
        packed_bytes_ += count;
        if (count == 0) {
          if (in_member_)
            return broken(fmt::format("it ends after {} bytes, in the middle of the compressed data", packed_bytes_));
          return std::size_t{0};
        }
        state_.next_in = reinterpret_cast<std::uint8_t*>(input_.data());
        state_.avail_in = static_cast<std::uint32_t>(count);
      }
      in_member_ = true;
      const int outcome = isal_inflate(&state_);
      if (outcome < 0) return broken(std::string(reason_of(outcome)));
      // When the room was full, the library may hold bytes that it has unpacked already.
      has_more_to_give_ = state_.avail_out == 0 && state_.block_state != ISAL_BLOCK_FINISH;
      if (state_.block_state == ISAL_BLOCK_FINISH) {
        in_member_ = false;
        isal_inflate_reset(&state_);
      }
    }
    return buffer.size() - state_.avail_out;
  }

 private:
  Error broken(std::string why) const {
    return {ErrorId::kGzipBroken, "the gzip file is broken", file_name_, std::move(why),
            "nothing of this run was imported; wait until the run is complete, or download or export it again"};
  }

  std::string file_name_;
  std::unique_ptr<ByteReader> packed_;
  std::vector<char> input_;
  inflate_state state_;
  std::uint64_t packed_bytes_ = 0;
  bool in_member_ = false;
  bool has_more_to_give_ = false;
};

}  // namespace

std::unique_ptr<ByteReader> make_gzip_reader(std::string file_name, std::unique_ptr<ByteReader> packed) {
  return std::make_unique<GzipReader>(std::move(file_name), std::move(packed));
}

}  // namespace apportion
