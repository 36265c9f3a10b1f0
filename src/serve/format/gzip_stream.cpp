#include "serve/format/gzip_stream.h"

#include <cstddef>
#include <streambuf>
#include <vector>

#include <zlib.h>

#include "foundation/base/check.h"
#include "serve/format/stream_check_internal.h"

namespace apportion {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

}  // namespace

class GzipStream::Packer final : public std::streambuf {
 public:
  explicit Packer(std::ostream& out) : out_(&out), plain_(kBufferBytes), packed_(kBufferBytes) {
    const int made =
        deflateInit2(&state_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY);
    APPORTION_CHECK(made == Z_OK, "zlib does not start");
    begin_buffer();
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  ~Packer() override { deflateEnd(&state_); }

  bool finish() { return pack(Z_FINISH); }

 protected:
  int_type overflow(int_type next) override {
    if (!pack(Z_NO_FLUSH)) return traits_type::eof();
    if (traits_type::eq_int_type(next, traits_type::eof())) return traits_type::not_eof(next);
    *pptr() = traits_type::to_char_type(next);
    pbump(1);
    return next;
  }

 private:
  void begin_buffer() { setp(plain_.data(), plain_.data() + plain_.size()); }

  bool pack(int flush) {
    state_.next_in = reinterpret_cast<Bytef*>(pbase());
    state_.avail_in = static_cast<uInt>(pptr() - pbase());
    do {
      state_.next_out = reinterpret_cast<Bytef*>(packed_.data());
      state_.avail_out = static_cast<uInt>(packed_.size());
      deflate(&state_, flush);
      out_->write(packed_.data(), static_cast<std::streamsize>(packed_.size() - state_.avail_out));
    } while (state_.avail_out == 0);
    begin_buffer();
    return out_->good();
  }

  std::ostream* out_;
  std::vector<char> plain_;
  std::vector<char> packed_;
  z_stream state_{};
};

GzipStream::GzipStream(std::ostream& to) : std::ostream(nullptr), packer_(std::make_unique<Packer>(to)), out_(&to) {
  rdbuf(packer_.get());
}

GzipStream::~GzipStream() = default;

Result<void> GzipStream::finish() {
  if (!packer_->finish()) setstate(badbit);
  return check_written(*out_);
}

}  // namespace apportion
