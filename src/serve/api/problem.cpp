#include "serve/api/problem.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/identities.h"
#include "foundation/base/next_step.h"
#include "foundation/base/shown_text.h"
#include "serve/api/step_operations.h"
#include "serve/format/step_document.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

// Errors whose status is not that of their kind.
constexpr auto kStatuses = std::to_array<std::pair<ErrorId, int>>({
    {ErrorId::kSignInNeeded, 401},
    {ErrorId::kSignInFailed, 401},
    {ErrorId::kSignInLocked, 429},
    {ErrorId::kTooManyRequests, 429},
    {ErrorId::kMethodNotAllowed, 405},
    {ErrorId::kAnswerFormUnknown, 406},
    {ErrorId::kRequestTooSlow, 408},
    {ErrorId::kBodyTooLarge, 413},
    {ErrorId::kContentTypeUnsupported, 415},
    {ErrorId::kHostUnknown, 421},
    {ErrorId::kChangedMeanwhile, 412},
    {ErrorId::kPreconditionMissing, 428},
    {ErrorId::kHeaderTooLarge, 431},
    {ErrorId::kIdempotencyKeyReused, 422},
    {ErrorId::kDiskFull, 507},
    {ErrorId::kQuestionTooLong, 504},
});

// Errors that say nothing but what the request itself got wrong.
constexpr auto kOfRequests = std::to_array<ErrorId>({
    ErrorId::kAnswerFormUnknown,
    ErrorId::kBodyTooLarge,
    ErrorId::kChangedMeanwhile,
    ErrorId::kColumnRepeated,
    ErrorId::kContentTypeUnsupported,
    ErrorId::kCursorInvalid,
    ErrorId::kFieldInvalid,
    ErrorId::kFieldMissing,
    ErrorId::kFieldUnknown,
    ErrorId::kFilterValueInvalid,
    ErrorId::kForgeryTokenWrong,
    ErrorId::kHeaderTooLarge,
    ErrorId::kHostUnknown,
    ErrorId::kIdempotencyKeyReused,
    ErrorId::kInvitationInvalid,
    ErrorId::kJsonInvalid,
    ErrorId::kMethodNotAllowed,
    ErrorId::kMixedCurrenciesInReport,
    ErrorId::kMixedUnitsInReport,
    ErrorId::kMonthsReversed,
    ErrorId::kNoSuchColumn,
    ErrorId::kNoSuchMetric,
    ErrorId::kNoSuchResource,
    ErrorId::kNotAllowed,
    ErrorId::kOneTimeCodeWrong,
    ErrorId::kOutcomeUnknown,
    ErrorId::kPasswordWeak,
    ErrorId::kPreconditionMissing,
    ErrorId::kQuestionTooLong,
    ErrorId::kRequestMalformed,
    ErrorId::kRequestTooSlow,
    ErrorId::kServiceBusy,
    ErrorId::kSignInFailed,
    ErrorId::kSignInLocked,
    ErrorId::kSignInNeeded,
    ErrorId::kTooManyRequests,
});

int status_of_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kBadInput: return 400;
    case ErrorKind::kForbidden: return 403;
    case ErrorKind::kNotFound: return 404;
    case ErrorKind::kCheckFailed:
    case ErrorKind::kConflict: return 409;
    case ErrorKind::kUnreachable: return 502;
    case ErrorKind::kBusy:
    case ErrorKind::kCancelled: return 503;
    case ErrorKind::kStorage: return 500;
  }
  return 500;
}

bool is_of_request(ErrorId id) { return std::ranges::find(kOfRequests, id) != kOfRequests.end(); }

std::string without_home(std::string text, const std::filesystem::path& home) {
  const std::string folder = home.string();
  for (std::size_t at = 0; !folder.empty() && (at = text.find(folder, at)) != std::string::npos;) {
    text.replace(at, folder.size(), "HOME");
  }
  return text;
}

std::string detail_of(const Error& error) {
  std::string detail = error.what;
  for (const std::string* part : {&error.where, &error.why}) {
    if (!part->empty()) detail += ": " + *part;
  }
  return detail;
}

}  // namespace

int status_of(const Error& error) {
  const auto* const found = std::ranges::find(kStatuses, error.id, &std::pair<ErrorId, int>::first);
  return found == kStatuses.end() ? status_of_kind(error.kind()) : found->second;
}

std::string told_by_api(std::string_view text, const std::filesystem::path& home) {
  return without_home(without_secrets(worded(text, operation_words)), home);
}

Json told_document(Json document, const std::filesystem::path& home) {
  if (document.is_string()) {
    document = without_home(worded(document.get_ref<const std::string&>(), operation_words), home);
  } else if (document.is_structured()) {
    for (Json& inner : document) inner = told_document(std::move(inner), home);
  }
  return document;
}

Json problem_document(const Error& error, const ProblemContext& context) {
  const ErrorDefinition& definition = error_definition(error.id);
  const bool is_ours = error.kind() == ErrorKind::kStorage;
  const bool is_told = is_of_request(error.id) || (context.reader == Reader::kPartner && !is_ours);
  Json problem = {{"type", fmt::format("/problems/{}", definition.name)},
                  {"title", definition.meaning},
                  {"status", status_of(error)},
                  {"id", definition.name}};
  if (error.id == ErrorId::kSignInWithProviderFailed && !is_told) {
    problem["next"] = told_by_api(error.next, context.home);  // what the provider sent is for the log
  } else if (is_told) {
    problem["detail"] = told_by_api(detail_of(error), context.home);
    if (!error.next.empty()) problem["next"] = told_by_api(error.next, context.home);
    if (context.reader == Reader::kPartner && !next_steps_in(error.next).empty()) {
      problem["next_steps"] = next_steps_json(error.next);
    }
  } else if (is_ours) {
    const bool is_full = error.id == ErrorId::kDiskFull && context.reader == Reader::kPartner;
    problem["next"] =
        is_full ? "free some space on the disk of the home" : "look for the request id in the log of the service";
  }
  problem["request_id"] = context.request_id;
  return problem;
}

ServerResponse problem_response(const Error& error, const ProblemContext& context) {
  ServerResponse response;
  response.status = status_of(error);
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Cache-Control", "no-store");
  constexpr int kUnauthorized = 401;
  if (response.status == kUnauthorized) response.headers.add("WWW-Authenticate", "Bearer");
  if (error.kind() == ErrorKind::kBusy) {
    const std::int64_t seconds = error.id == ErrorId::kSignInLocked ? kSignInLockSeconds : 2;
    response.headers.add("Retry-After", std::to_string(seconds));
  }
  response.body = problem_document(error, context).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace apportion
