#include "engine/trino/trino_failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kMessageBytesMax = 1000;
constexpr const char* kNotAnswered = "the Trino cluster could not answer";
constexpr Advice kMemory = "give its nodes more memory, or let it retry tasks (retry-policy=TASK), which spills";
constexpr Advice kRegister = {
    "register the Delta tables of this home in the catalog and schema of the settings, as docs/scale.md says, then "
    "look whether they are there",
    Step::kCheckCluster};
constexpr Advice kWorkerLost =
    "ask again; with retry-policy=TASK the cluster does so by itself when it loses a worker";
constexpr Advice kBusy = "ask again when the cluster has less to do";
constexpr Advice kFiles = "check that every node of the cluster can read the folder of the tables";
constexpr Advice kLetRead = {"let the user of the settings read the tables, or name another", Step::kSetCluster};
constexpr Advice kLetAsk = {"let the user of the settings ask the cluster, or name another", Step::kSetCluster};
constexpr Advice kSignIn = {"give the user and the password or token that the cluster expects", Step::kSetCluster};
constexpr Advice kCheckAddress = {"the address is that of Trino's coordinator, without a path; correct it",
                                  Step::kSetCluster};
constexpr Advice kCheckCoordinator = {"when the coordinator is running, see whether it answers",
                                      Step::kCheckCluster};
constexpr Advice kUnknownFailure = "please report this with its text, unless the cluster's log says why";

struct KnownFailure {
  std::string_view name;
  ErrorId id;
  EngineFailure kind;
  Advice next;
};

// By the names that io.trino.spi.StandardErrorCode and the Delta connector give them.
constexpr auto kKnown = std::to_array<KnownFailure>({
    {"CATALOG_NOT_FOUND", ErrorId::kClusterTablesMissing, EngineFailure::kOther, kRegister},
    {"CLUSTER_OUT_OF_MEMORY", ErrorId::kClusterOutOfMemory, EngineFailure::kOutOfMemory, kMemory},
    {"DELTA_LAKE_BAD_DATA", ErrorId::kClusterFailed, EngineFailure::kBadFile, kFiles},
    {"DELTA_LAKE_FILESYSTEM_ERROR", ErrorId::kClusterFailed, EngineFailure::kIo, kFiles},
    {"DELTA_LAKE_INVALID_SCHEMA", ErrorId::kClusterFailed, EngineFailure::kBadFile, kFiles},
    {"DELTA_LAKE_INVALID_TABLE", ErrorId::kClusterTablesMissing, EngineFailure::kBadFile, kRegister},
    {"EXCEEDED_GLOBAL_MEMORY_LIMIT", ErrorId::kClusterOutOfMemory, EngineFailure::kOutOfMemory, kMemory},
    {"EXCEEDED_LOCAL_MEMORY_LIMIT", ErrorId::kClusterOutOfMemory, EngineFailure::kOutOfMemory, kMemory},
    {"EXCEEDED_SPILL_LIMIT", ErrorId::kClusterOutOfMemory, EngineFailure::kDiskFull, kMemory},
    {"EXCEEDED_TIME_LIMIT", ErrorId::kClusterFailed, EngineFailure::kDeadline, "ask for less, or allow more time"},
    {"HIVE_CANNOT_OPEN_SPLIT", ErrorId::kClusterFailed, EngineFailure::kIo, kFiles},
    {"NO_NODES_AVAILABLE", ErrorId::kClusterUnanswered, EngineFailure::kIo,
     "start the workers of the cluster, then ask again"},
    {"NUMERIC_VALUE_OUT_OF_RANGE", ErrorId::kClusterFailed, EngineFailure::kOther,
     "amounts have 20 digits before the point: ask for fewer charges at once"},
    {"OUT_OF_SPILL_SPACE", ErrorId::kClusterOutOfMemory, EngineFailure::kDiskFull, kMemory},
    {"PAGE_TRANSPORT_ERROR", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"PAGE_TRANSPORT_TIMEOUT", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"PERMISSION_DENIED", ErrorId::kClusterReadingRefused, EngineFailure::kOther, kLetRead},
    {"QUERY_QUEUE_FULL", ErrorId::kClusterBusy, EngineFailure::kOther, kBusy},
    {"QUERY_REJECTED", ErrorId::kClusterBusy, EngineFailure::kOther, kBusy},
    {"QUERY_TEXT_TOO_LARGE", ErrorId::kClusterQuestionTooLarge, EngineFailure::kOther,
     "raise query.max-length of the cluster, or ask for less at once"},
    {"REMOTE_HOST_GONE", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"REMOTE_TASK_ERROR", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"REMOTE_TASK_MISMATCH", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"SCHEMA_NOT_FOUND", ErrorId::kClusterTablesMissing, EngineFailure::kOther, kRegister},
    {"SERVER_SHUTTING_DOWN", ErrorId::kClusterBusy, EngineFailure::kIo, kBusy},
    {"SERVER_STARTING_UP", ErrorId::kClusterBusy, EngineFailure::kIo, kBusy},
    {"TABLE_NOT_FOUND", ErrorId::kClusterTablesMissing, EngineFailure::kOther, kRegister},
    {"TOO_MANY_REQUESTS_FAILED", ErrorId::kClusterWorkerLost, EngineFailure::kIo, kWorkerLost},
    {"USER_CANCELED", ErrorId::kClusterFailed, EngineFailure::kInterrupted,
     "it was cancelled; ask again when you want its result"},
});

// What helps, and what answers all the same.
std::string with_embedded(const Advice& advice) {
  return fmt::format("{}; the embedded engine gives the same answer: {}", advice_text(advice),
                     step(Step::kAskEmbeddedEngine));
}

struct KnownStatus {
  int status;
  ErrorId id;
  EngineFailure kind;
  Advice next;
};

constexpr auto kStatuses = std::to_array<KnownStatus>({
    {401, ErrorId::kClusterSignInRefused, EngineFailure::kOther, kSignIn},
    {403, ErrorId::kClusterReadingRefused, EngineFailure::kOther, kLetAsk},
    {404, ErrorId::kSettingValueInvalid, EngineFailure::kOther, kCheckAddress},
    {405, ErrorId::kSettingValueInvalid, EngineFailure::kOther, kCheckAddress},
    {429, ErrorId::kClusterBusy, EngineFailure::kIo, kBusy},
});
constexpr KnownStatus kOtherStatus{0, ErrorId::kClusterUnanswered, EngineFailure::kIo, kCheckCoordinator};

}  // namespace

TrinoFailure failure_of_statement(std::string_view name, std::string_view message, const std::string& where) {
  const std::string why = fmt::format("{}: {}", name, excerpt(message, kMessageBytesMax));
  const auto known = std::ranges::find(kKnown, name, &KnownFailure::name);
  if (known == kKnown.end()) {
    return {EngineFailure::kOther,
            {ErrorId::kClusterFailed, kNotAnswered, where, why, with_embedded(kUnknownFailure)}};
  }
  return {known->kind, {known->id, kNotAnswered, where, why, with_embedded(known->next)}};
}

TrinoFailure failure_of_status(const HttpResponse& response, const std::string& where) {
  const std::string why = fmt::format("it answered with status {}{}{}", response.status,
                                      response.body.empty() ? "" : ": ", excerpt(trim(response.body), 200));
  const auto found = std::ranges::find(kStatuses, response.status, &KnownStatus::status);
  const KnownStatus& known = found == kStatuses.end() ? kOtherStatus : *found;
  return {known.kind, {known.id, kNotAnswered, where, why, with_embedded(known.next)}};
}

Error unanswered(Error error) {
  if (error.kind() == ErrorKind::kUnreachable) error.id = ErrorId::kClusterUnanswered;
  error.next = fmt::format("{}; {}", error.next, with_embedded(kCheckCoordinator));
  return error;
}

Error unreadable_answer(std::string why, const std::string& where) {
  return {ErrorId::kClusterAnswerUnreadable, "the answer of the Trino cluster cannot be read", where, std::move(why),
          with_embedded(kCheckAddress)};
}

}  // namespace apportion
