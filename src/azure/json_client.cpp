#include "azure/json_client.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "azure/json_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr seconds kPauseLeast{1};
constexpr seconds kPauseUsual{15};
constexpr seconds kPauseMax{3600};

}  // namespace

JsonClient::JsonClient(HttpTransport& transport, TokenSource& tokens, TokenRequest token, Cancel cancel)
    : transport_(&transport), tokens_(&tokens), token_(std::move(token)), cancel_(std::move(cancel)) {}

Result<HttpResponse> JsonClient::send_signed_in(const HttpRequest& request) {
  const auto attempt = [&]() -> Result<HttpResponse> {
    APPORTION_ASSIGN(const std::string token, tokens_->token(token_, cancel_));
    HttpRequest signed_in = request;
    signed_in.headers.push_back({"Authorization", "Bearer " + token});
    return transport_->send(signed_in, cancel_);
  };
  APPORTION_ASSIGN(HttpResponse response, attempt());
  if (response.status != 401) return response;
  tokens_->forget(token_);  // perhaps it was revoked, or our clock is behind
  return attempt();
}

Result<JsonAnswer> JsonClient::send(const JsonCall& call) {
  HttpRequest request;
  request.method = call.method;
  request.url = call.url;
  request.may_repeat = call.may_repeat;
  request.headers = {{"Accept", "application/json"}};
  if (!call.body.is_null()) {
    request.body = call.body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  JsonAnswer answer;
  APPORTION_ASSIGN(answer.response, send_signed_in(request));
  answer.status = answer.response.status;
  if (!answer.response.ok()) return azure_error(read_failure(answer.response), call.doing, shown_url(call.url));
  const std::string& text = answer.response.body;
  if (trim(text).empty()) return answer;
  auto body = call.exact_numbers ? parse_json_exact(text) : parse_json(text);
  if (!body) return unexpected_answer(call.doing, call.url, fmt::format("the answer is not JSON: {}", excerpt(text)));
  answer.body = std::move(*body);
  return answer;
}

seconds pause_before_next_look(const HttpResponse& response) {
  const std::string_view text = trim(response.header("retry-after"));
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return kPauseUsual;
  return std::clamp(seconds(count), kPauseLeast, kPauseMax);
}

Error unexpected_answer(const std::string& doing, const std::string& url, std::string why) {
  return {ErrorId::kOperationFailed, fmt::format("could not {}", doing), shown_url(url), std::move(why),
          "check whether a proxy answers instead of Azure, then try again"};
}

Error led_elsewhere(const std::string& doing, const std::string& url, std::string_view by) {
  return {ErrorId::kOperationRefused, fmt::format("could not {}", doing), shown_url(url),
          fmt::format("{} leads to another host, and a token must not go there", by),
          "check whether a proxy answers instead of Azure; if the host is Microsoft's, please report this"};
}

}  // namespace apportion
