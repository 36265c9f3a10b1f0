/// A stream that packs what is written to it: gzip, without a time stamp, so that equal content gives equal bytes.
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

  /// Writes what is left and the end of the format: without it, the output is cut off. Errors: `out` did not take it.
  Result<void> finish();

 private:
  class Packer;
  std::unique_ptr<Packer> packer_;
  std::ostream* out_;
};

}  // namespace apportion
