/// Errors as answers: `application/problem+json` (RFC 9457), with our error id, what one can do next, and nothing that
/// belongs to the machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

/// The status of an error.
int status_of(const Error& error);

/// Who reads an answer, and so how much it may say.
enum class Reader {
  kPartner,   ///< Everything but paths of the machine.
  kCustomer,  ///< What the request itself got wrong; of everything else that it failed.
};

struct ProblemContext {
  Reader reader = Reader::kCustomer;
  std::string request_id;
  std::filesystem::path home;  ///< Never shown.
};

/// What was told about an error. What our own machine did is for the log only.
nlohmann::ordered_json problem_document(const Error& error, const ProblemContext& context);

ServerResponse problem_response(const Error& error, const ProblemContext& context);

/// `text` with the words of the API for next steps, and without paths of the home.
std::string told_by_api(std::string_view text, const std::filesystem::path& home);
/// A document with the same in each of its texts.
nlohmann::ordered_json told_document(nlohmann::ordered_json document, const std::filesystem::path& home);

}  // namespace apportion
