#include "foundation/base/result.h"

namespace apportion {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCheckFailed: return 1;
    case ErrorCode::kUsage: return 2;
    case ErrorCode::kBadInput: return 3;
    case ErrorCode::kAccess: return 4;
    case ErrorCode::kUnreachable: return 5;
    case ErrorCode::kLocked: return 6;
    case ErrorCode::kStorage: return 4;
  }
  return 1;
}

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCheckFailed: return "check_failed";
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kBadInput: return "bad_input";
    case ErrorCode::kAccess: return "access_refused";
    case ErrorCode::kUnreachable: return "unreachable";
    case ErrorCode::kLocked: return "locked";
    case ErrorCode::kStorage: return "storage";
  }
  return "unknown";
}

std::string Error::message() const {
  std::string text = what;
  const auto append = [&text](const char* separator, const std::string& part) {
    if (!part.empty()) text += separator + part;
  };
  append(": ", where);
  append(": ", why);
  append("; ", next);
  return text;
}

}  // namespace apportion
