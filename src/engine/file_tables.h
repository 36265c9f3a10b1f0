/// FileTables: where an engine that cannot open files finds their rows.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/query_engine.h"
#include "foundation/base/result.h"

namespace apportion {

/// Asks the engine itself, whatever relations a workbench has.
using AskEngine = std::function<Result<void>(std::string_view sql, const RowVisitor& visit)>;

class FileTables {
 public:
  FileTables() = default;
  FileTables(const FileTables&) = delete;
  FileTables& operator=(const FileTables&) = delete;
  virtual ~FileTables() = default;

  /// The rows of files (absolute paths) as the text after FROM, with whole names of tables; nothing if one of the files
  /// is in no table. `ask` tells whether the engine's table is the same; errors: it is not.
  virtual Result<std::optional<std::string>> rows_of(std::span<const std::filesystem::path> files,
                                                     const AskEngine& ask) = 0;
};

}  // namespace apportion
