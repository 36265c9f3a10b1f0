#include "engine/trino/trino_failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kMessageBytesMax = 1000;
constexpr const char* kNotAnswered = "the Trino cluster could not answer";
constexpr std::string_view kEmbedded = "the embedded engine gives the same answer";
constexpr std::string_view kMemory =
    "give its nodes more memory, or let it retry tasks (retry-policy=TASK), which spills; ";
constexpr std::string_view kRegister =
    "register the Delta tables of this home in the catalog and schema of the settings, as docs/scale.md says; ";
constexpr std::string_view kWorkerLost =
    "ask again; with retry-policy=TASK the cluster does so by itself when it loses a worker; ";
constexpr std::string_view kBusy = "ask again when the cluster has less to do; ";
constexpr std::string_view kFiles = "check that every node of the cluster can read the folder of the tables; ";

struct KnownFailure {
  std::string_view name;
  EngineFailure kind;
  std::string_view next;
};

// By the names that io.trino.spi.StandardErrorCode and the Delta connector give them.
constexpr auto kKnown = std::to_array<KnownFailure>({
    {"CATALOG_NOT_FOUND", EngineFailure::kOther, kRegister},
    {"CLUSTER_OUT_OF_MEMORY", EngineFailure::kOutOfMemory, kMemory},
    {"DELTA_LAKE_BAD_DATA", EngineFailure::kBadFile, kFiles},
    {"DELTA_LAKE_FILESYSTEM_ERROR", EngineFailure::kIo, kFiles},
    {"DELTA_LAKE_INVALID_SCHEMA", EngineFailure::kBadFile, kFiles},
    {"DELTA_LAKE_INVALID_TABLE", EngineFailure::kBadFile, kRegister},
    {"EXCEEDED_GLOBAL_MEMORY_LIMIT", EngineFailure::kOutOfMemory, kMemory},
    {"EXCEEDED_LOCAL_MEMORY_LIMIT", EngineFailure::kOutOfMemory, kMemory},
    {"EXCEEDED_SPILL_LIMIT", EngineFailure::kDiskFull, kMemory},
    {"EXCEEDED_TIME_LIMIT", EngineFailure::kDeadline, "ask for less, or allow more time; "},
    {"HIVE_CANNOT_OPEN_SPLIT", EngineFailure::kIo, kFiles},
    {"NO_NODES_AVAILABLE", EngineFailure::kIo, "start the workers of the cluster, then ask again; "},
    {"NUMERIC_VALUE_OUT_OF_RANGE", EngineFailure::kOther,
     "amounts have 20 digits before the point: ask for fewer charges at once; "},
    {"OUT_OF_SPILL_SPACE", EngineFailure::kDiskFull, kMemory},
    {"PAGE_TRANSPORT_ERROR", EngineFailure::kIo, kWorkerLost},
    {"PAGE_TRANSPORT_TIMEOUT", EngineFailure::kIo, kWorkerLost},
    {"QUERY_QUEUE_FULL", EngineFailure::kOther, kBusy},
    {"QUERY_REJECTED", EngineFailure::kOther, kBusy},
    {"QUERY_TEXT_TOO_LARGE", EngineFailure::kOther, "raise query.max-length of the cluster, or ask for less at once; "},
    {"REMOTE_HOST_GONE", EngineFailure::kIo, kWorkerLost},
    {"REMOTE_TASK_ERROR", EngineFailure::kIo, kWorkerLost},
    {"REMOTE_TASK_MISMATCH", EngineFailure::kIo, kWorkerLost},
    {"SCHEMA_NOT_FOUND", EngineFailure::kOther, kRegister},
    {"SERVER_SHUTTING_DOWN", EngineFailure::kIo, kBusy},
    {"SERVER_STARTING_UP", EngineFailure::kIo, kBusy},
    {"TABLE_NOT_FOUND", EngineFailure::kOther, kRegister},
    {"TOO_MANY_REQUESTS_FAILED", EngineFailure::kIo, kWorkerLost},
    {"USER_CANCELED", EngineFailure::kInterrupted, "it was cancelled; ask again when you want its result; "},
});

}  // namespace

TrinoFailure failure_of_statement(std::string_view name, std::string_view message, const std::string& where) {
  const std::string why = fmt::format("{}: {}", name, excerpt(message, kMessageBytesMax));
  if (name == "PERMISSION_DENIED") {
    return {EngineFailure::kOther,
            {ErrorId::kOperationRefused, kNotAnswered, where, why,
             fmt::format("let the user of the settings read the tables; {}", kEmbedded)}};
  }
  const auto known = std::ranges::find(kKnown, name, &KnownFailure::name);
  const std::string_view next =
      known == kKnown.end() ? "please report this with its text, unless the cluster's log says why; " : known->next;
  return {known == kKnown.end() ? EngineFailure::kOther : known->kind,
          {ErrorId::kEngineFailed, kNotAnswered, where, why, fmt::format("{}{}", next, kEmbedded)}};
}

TrinoFailure failure_of_status(const HttpResponse& response, const std::string& where) {
  const std::string why = fmt::format("it answered with status {}{}{}", response.status,
                                      response.body.empty() ? "" : ": ", excerpt(trim(response.body), 200));
  const auto failure = [&](EngineFailure kind, ErrorId id, std::string_view next) {
    return TrinoFailure{kind, {id, kNotAnswered, where, why, fmt::format("{}; {}", next, kEmbedded)}};
  };
  switch (response.status) {
    case 401:
      return failure(EngineFailure::kOther, ErrorId::kSignInRefused,
                     "give the user and the password or token that the cluster expects: config trino set");
    case 403:
      return failure(EngineFailure::kOther, ErrorId::kOperationRefused, "let the user of the settings ask the cluster");
    case 404:
    case 405:
      return failure(EngineFailure::kOther, ErrorId::kSettingValueInvalid,
                     "check the address: it is that of Trino's coordinator, without a path");
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return failure(EngineFailure::kIo, ErrorId::kOperationUnanswered, "check whether the coordinator is running");
    default: return failure(EngineFailure::kOther, ErrorId::kOperationUnanswered, "see the log of the coordinator");
  }
}

Error unanswered(Error error) {
  error.next = fmt::format("check whether the coordinator is running; {}; {}", error.next, kEmbedded);
  return error;
}

Error unreadable_answer(std::string why, const std::string& where) {
  return {ErrorId::kEngineFailed, "the answer of the Trino cluster cannot be read", where, std::move(why),
          fmt::format("check the address and what stands between; {}", kEmbedded)};
}

}  // namespace apportion
