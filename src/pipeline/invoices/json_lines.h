/// JSON lines with one flat object each, as Microsoft Graph delivers billing data.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"

namespace apportion {

/// The members of an object, in its order. Numbers keep their digits; null is an empty text; an object or list within
/// is its JSON. False if the text is not an object.
using JsonCells = std::vector<std::pair<std::string, std::string>>;
bool parse_json_line(std::string_view text, JsonCells& cells);

/// Cuts bytes into lines.
class LineReader {
 public:
  explicit LineReader(std::unique_ptr<ByteReader> bytes) : bytes_(std::move(bytes)) {}

  /// The next line without its end; false at the end of the stream. Errors: those of the stream, and kFileTooLarge for
  /// a line of more than 64 MiB.
  Result<bool> next(const std::string& file_name, std::string& line);

 private:
  Result<bool> fill();

  std::unique_ptr<ByteReader> bytes_;
  std::string rest_;
  std::size_t at_ = 0;
};

}  // namespace apportion
