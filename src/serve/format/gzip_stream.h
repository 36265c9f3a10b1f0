/// A stream that compresses what is written to it: gzip, without a timestamp, so that equal content gives equal bytes.
#pragma once

#include <memory>
#include <ostream>

#include "foundation/base/result.h"

namespace apportion {

class GzipStream final : public std::ostream {
 public:
  /// Writes to `to`, which must outlive it.
  explicit GzipStream(std::ostream& to);
  ~GzipStream() override;

  /// Writes the rest and the end marker: without it, the output is truncated. Errors: `out` did not accept it.
  Result<void> finish();

 private:
  class Packer;
  std::unique_ptr<Packer> packer_;
  std::ostream* out_;
};

}  // namespace apportion
