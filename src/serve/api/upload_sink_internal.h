/// The body of a request on its way into an upload. Internal to `api`.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "application/uploads.h"
#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

class UploadSink final : public HttpBodySink {
 public:
  /// Takes nothing if the upload could not begin.
  explicit UploadSink(Result<std::unique_ptr<IncomingUpload>> incoming) : incoming_(std::move(incoming)) {}

  bool take(std::string_view piece) override {
    if (!incoming_) return false;
    Result<void> taken = (*incoming_)->take(piece);
    if (!taken) incoming_ = std::move(taken).error();
    return incoming_.has_value();
  }

  /// What arrived; the first error if there was one. Once only.
  Result<std::unique_ptr<IncomingUpload>> finish() { return std::move(incoming_); }

 private:
  Result<std::unique_ptr<IncomingUpload>> incoming_;
};

}  // namespace apportion
