#include "engine/duckdb/failure.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace apportion {
namespace {

const char* advice(EngineFailure kind) {
  switch (kind) {
    case EngineFailure::kOutOfMemory:
      return "give the engine more memory, or more room to spill in the home's tmp folder";
    case EngineFailure::kInterrupted: return "it was cancelled; ask again when you want its result";
    case EngineFailure::kDeadline: return "ask for less, or allow more time";
    case EngineFailure::kDiskFull: return "free some space on the disk of the home, then try again; nothing was lost";
    case EngineFailure::kTooManyFiles: return "raise the limit on open files (ulimit -n, LimitNOFILE), then try again";
    case EngineFailure::kIo:
    case EngineFailure::kBadFile:
      return "check that the home is readable and complete; if a file is missing, restore it from a backup";
    case EngineFailure::kOther: break;
  }
  return "this is a bug in apportion: please report it with this text";
}

// A statement that fails while it is prepared has no code, but its message begins with the class of the failure.
EngineFailure kind_by_class(std::string_view message) {
  constexpr auto kClasses =
      std::to_array<std::pair<std::string_view, EngineFailure>>({{"INTERRUPT Error", EngineFailure::kInterrupted},
                                                                 {"Out of Memory Error", EngineFailure::kOutOfMemory},
                                                                 {"IO Error", EngineFailure::kIo}});
  const auto found =
      std::ranges::find_if(kClasses, [message](const auto& known) { return message.starts_with(known.first); });
  return found == kClasses.end() ? EngineFailure::kOther : found->second;
}

}  // namespace

EngineFailure failure_kind(duckdb_error_type code, std::string_view message) {
  const bool has_no_handle = message.find(std::generic_category().message(EMFILE)) != std::string_view::npos;
  if (has_no_handle) return EngineFailure::kTooManyFiles;  // whatever its code is
  switch (code) {
    case DUCKDB_ERROR_OUT_OF_MEMORY: return EngineFailure::kOutOfMemory;
    case DUCKDB_ERROR_INTERRUPT: return EngineFailure::kInterrupted;
    case DUCKDB_ERROR_IO: {
      const std::string disk_full = std::generic_category().message(ENOSPC);
      return message.find(disk_full) == std::string_view::npos ? EngineFailure::kIo : EngineFailure::kDiskFull;
    }
    case DUCKDB_ERROR_PERMISSION: return EngineFailure::kIo;
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_SERIALIZATION: return EngineFailure::kBadFile;
    default: return kind_by_class(message);
  }
}

Error engine_error(EngineFailure kind, std::string_view message) {
  return {ErrorId::kEngineFailed, "the engine could not do this", "",
          std::string(message.substr(0, message.find('\n'))), advice(kind)};
}

}  // namespace apportion
