#include <algorithm>
#include <charconv>
#include <optional>

#include "azure/azure_error.h"
#include "azure/json_text.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::int64_t kSecondsMax = 7 * 86'400;

Error wrong_answer(std::string where, std::string why) {
  return {ErrorId::kSignInAnswerInvalid, "could not sign in", std::move(where), std::move(why),
          "check whether a proxy answers instead of Azure, then try again"};
}

// A whole number, as a number or as a text.
std::optional<std::int64_t> count_of(const nlohmann::json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return count;
}

}  // namespace

Result<AccessToken> token_for(std::string text, std::int64_t seconds_left, std::string where) {
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (text.empty() || !clean) return wrong_answer(std::move(where), "the answer has no token");
  const std::chrono::seconds left(std::clamp<std::int64_t>(seconds_left, 0, kSecondsMax));
  return AccessToken{std::move(text), std::chrono::steady_clock::now() + left};
}

Result<AccessToken> read_token_answer(const HttpResponse& response, std::int64_t epoch_seconds, std::string where) {
  if (!response.ok()) return azure_error(read_failure(response), "sign in", std::move(where));
  const auto body = parse_json(response.body);
  if (!body) return wrong_answer(std::move(where), "the answer is not JSON");
  auto left = count_of(member(*body, "expires_in"));
  if (!left) {
    const auto end = count_of(member(*body, "expires_on"));
    if (end) left = *end - std::min(epoch_seconds, *end);
  }
  if (!left) return wrong_answer(std::move(where), "the answer does not say when the token expires");
  return token_for(text_member(*body, "access_token"), *left, std::move(where));
}

std::string resource_of(const std::string& scope) {
  constexpr std::string_view kEnd = ".default";
  return scope.ends_with(kEnd) ? scope.substr(0, scope.size() - kEnd.size()) : scope;
}

Result<void> check_tenant(const std::string& tenant) {
  const bool clean = std::all_of(tenant.begin(), tenant.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  constexpr std::size_t kDomainMax = 253;
  if (clean && !tenant.empty() && tenant.size() <= kDomainMax && tenant.front() != '-' && tenant.front() != '.') {
    return ok();
  }
  return Error{ErrorId::kTenantInvalid, "the tenant cannot be used", excerpt(tenant),
               tenant.empty() ? "it is empty" : "a GUID or a domain was expected",
               "give the connection the directory (tenant) id of Entra"};
}

}  // namespace apportion
