/// MD5 of a stream, as blob storage records it for a blob. Detects accidents, not forgery.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace apportion {

class Md5 {
 public:
  Md5();
  void add(std::string_view bytes);
  /// Of everything added, as storage writes it, or as hexadecimal digits. Either ends the stream.
  std::string base64();
  std::string hex();

 private:
  std::string digest();
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace apportion
