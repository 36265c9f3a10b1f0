#include "foundation/base/error_ids.h"

#include <algorithm>
#include <array>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr auto kDefinitions = std::to_array<ErrorDefinition>({
#define APPORTION_ERROR(id, name, kind, meaning) {ErrorId::id, name, ErrorKind::kind, meaning},
#include "foundation/base/error_ids.def"
#undef APPORTION_ERROR
});

struct KindNames {
  ErrorKind kind;
  int exit_code;
  const char* code_name;
};

constexpr auto kKinds = std::to_array<KindNames>({
    {ErrorKind::kCheckFailed, 1, "check_failed"},
    {ErrorKind::kNotFound, 2, "usage"},
    {ErrorKind::kConflict, 2, "usage"},
    {ErrorKind::kInvalid, 2, "usage"},
    {ErrorKind::kBadInput, 3, "bad_input"},
    {ErrorKind::kForbidden, 4, "access_refused"},
    {ErrorKind::kUnreachable, 5, "unreachable"},
    {ErrorKind::kCancelled, 130, "stopped"},
    {ErrorKind::kBusy, 6, "locked"},
    {ErrorKind::kStorage, 4, "storage"},
});

const KindNames& names_of(ErrorKind kind) {
  const auto found = std::ranges::find(kKinds, kind, &KindNames::kind);
  APPORTION_CHECK(found != kKinds.end(), "every kind of error has its names");
  return *found;
}

}  // namespace

// Ids count from 0 in the order of the table.
const ErrorDefinition& error_definition(ErrorId id) { return kDefinitions[static_cast<std::size_t>(id)]; }

bool is_request_fault(ErrorKind kind) {
  return kind == ErrorKind::kNotFound || kind == ErrorKind::kConflict || kind == ErrorKind::kInvalid;
}

bool is_unreachable(ErrorKind kind) { return kind == ErrorKind::kUnreachable || kind == ErrorKind::kCancelled; }

bool ends_everything(ErrorKind kind) {
  return kind == ErrorKind::kStorage || kind == ErrorKind::kBusy || kind == ErrorKind::kCancelled;
}

int exit_code(ErrorKind kind) { return names_of(kind).exit_code; }

const char* error_code_name(ErrorKind kind) { return names_of(kind).code_name; }

}  // namespace apportion
