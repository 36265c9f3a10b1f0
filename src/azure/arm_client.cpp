#include "azure/arm_client.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "azure/json_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view kKeptInPath = "/:@!$&'()*+,;=";
constexpr std::string_view kKeptInQuery = "/:@!$&'()*+,;=?%";
constexpr std::size_t kPagesMax = 10'000;
constexpr seconds kPauseLeast{1};
constexpr seconds kPauseUsual{15};
constexpr seconds kPauseMax{3600};
constexpr seconds kOperationMax = std::chrono::hours(6);

Error wrong_answer(const ArmCall& call, const std::string& url, std::string why) {
  return {ErrorId::kOperationFailed, fmt::format("could not {}", call.doing), shown_url(url), std::move(why),
          "check whether a proxy answers instead of Azure, then try again"};
}

bool has_dot_level(std::string_view path) {
  const auto levels = split_text(path, '/');
  return std::any_of(levels.begin(), levels.end(),
                     [](std::string_view level) { return level == "." || level == ".."; });
}

Error led_elsewhere(const ArmCall& call, std::string_view url, std::string_view by) {
  return {ErrorId::kOperationRefused, fmt::format("could not {}", call.doing), shown_url(url),
          fmt::format("{} leads to another host, and a token must not go there", by),
          "check whether a proxy answers instead of Azure; if the host is Microsoft's, please report this"};
}

seconds pause_of(const HttpResponse& response) {
  const std::string_view text = trim(response.header("retry-after"));
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return kPauseUsual;
  return std::clamp(seconds(count), kPauseLeast, kPauseMax);
}

}  // namespace

ArmClient::ArmClient(HttpTransport& transport, TokenSource& tokens, Cloud cloud, std::string tenant, Cancel cancel,
                     std::function<bool(std::chrono::milliseconds)> wait)
    : transport_(&transport),
      tokens_(&tokens),
      cloud_(std::move(cloud)),
      tenant_(std::move(tenant)),
      cancel_(std::move(cancel)),
      wait_(std::move(wait)) {
  if (!wait_) wait_ = [own = cancel_](std::chrono::milliseconds time) { return own.wait_for(time); };
}

Result<std::string> ArmClient::url_of(const ArmCall& call) const {
  const auto mark = call.path.find('?');
  const std::string path = call.path.substr(0, mark);
  if (!path.starts_with('/') || has_dot_level(path)) {
    return Error{ErrorId::kOperationInvalid, fmt::format("could not {}", call.doing), excerpt(path),
                 "it is not the path of a resource: it must start with a slash and contain no `..`",
                 "correct the scope of the connection"};
  }
  std::string url = cloud_.arm + percent_encoded(path, kKeptInPath);
  url += "?api-version=" + percent_encoded(call.api_version);
  if (mark != std::string::npos) url += "&" + percent_encoded(call.path.substr(mark + 1), kKeptInQuery);
  return url;
}

Result<HttpResponse> ArmClient::send_signed_in(const HttpRequest& request) {
  const TokenRequest token_request{tenant_, cloud_.arm_scope()};
  const auto attempt = [&]() -> Result<HttpResponse> {
    APPORTION_ASSIGN(const std::string token, tokens_->token(token_request, cancel_));
    HttpRequest signed_in = request;
    signed_in.headers.push_back({"Authorization", "Bearer " + token});
    return transport_->send(signed_in, cancel_);
  };
  APPORTION_ASSIGN(HttpResponse response, attempt());
  if (response.status != 401) return response;
  tokens_->forget(token_request);  // perhaps it was revoked, or our clock is behind
  return attempt();
}

Result<ArmAnswer> ArmClient::send(const ArmCall& call, const std::string& url) {
  HttpRequest request;
  request.method = call.method;
  request.url = url;
  request.may_repeat = call.may_repeat;
  request.headers = {{"Accept", "application/json"}};
  if (!call.body.is_null()) {
    request.body = call.body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  ArmAnswer answer;
  APPORTION_ASSIGN(answer.response, send_signed_in(request));
  answer.status = answer.response.status;
  if (!answer.response.ok()) return azure_error(read_failure(answer.response), call.doing, shown_url(url));
  if (trim(answer.response.body).empty()) return answer;
  const std::string& text = answer.response.body;
  auto body = call.exact_numbers ? parse_json_exact(text) : parse_json(text);
  if (!body) return wrong_answer(call, url, fmt::format("the answer is not JSON: {}", excerpt(answer.response.body)));
  answer.body = std::move(*body);
  return answer;
}

Result<ArmAnswer> ArmClient::call(const ArmCall& call) {
  APPORTION_ASSIGN(const std::string url, url_of(call));
  return send(call, url);
}

Result<std::vector<Json>> ArmClient::list(const ArmCall& call) {
  APPORTION_ASSIGN(std::string url, url_of(call));
  const std::string origin = origin_of(cloud_.arm);
  std::vector<Json> values;
  std::set<std::string> seen{url};
  while (true) {
    APPORTION_ASSIGN(ArmAnswer page, send(call, url));
    if (page.body.is_null()) return values;  // 204: there is nothing
    if (!member(page.body, "value").is_array()) return wrong_answer(call, url, "the answer has no list `value`");
    for (Json& value : page.body["value"]) values.push_back(std::move(value));
    const Json& next = member(page.body, "nextLink");
    if (!next.is_null() && !next.is_string()) return wrong_answer(call, url, "`nextLink` is not a text");
    url = next.is_null() ? "" : percent_encoded(next.get<std::string>(), "#[]" + std::string(kKeptInQuery));
    if (url.empty()) return values;
    if (origin_of(url) != origin) return led_elsewhere(call, url, "the link to the next page");
    const bool is_new = seen.insert(url).second;
    if (!is_new || seen.size() > kPagesMax) return wrong_answer(call, url, "its pages never end");
  }
}

Result<ArmAnswer> ArmClient::run_to_end(const ArmCall& call, const std::function<void(seconds)>& told) {
  APPORTION_ASSIGN(const std::string first_url, url_of(call));
  APPORTION_ASSIGN(ArmAnswer answer, send(call, first_url));
  ArmCall look = call;
  look.method = "GET";
  look.body = nullptr;
  look.may_repeat = true;
  std::string url = first_url;
  seconds waited{0};
  while (answer.status == 202) {
    const std::string_view location = answer.response.header("location");
    if (!location.empty()) url = location;
    if (url == first_url) return wrong_answer(call, url, "the answer 202 has no Location to poll");
    if (origin_of(url) != origin_of(cloud_.arm)) return led_elsewhere(call, url, "the location of the result");
    const seconds pause = pause_of(answer.response);
    waited += pause;
    if (waited > kOperationMax) {
      return Error{ErrorId::kOperationUnanswered, fmt::format("could not {}", call.doing), shown_url(url),
                   "Azure was still working after six hours", "try again later"};
    }
    if (told) told(pause);
    if (!wait_(pause)) return cancelled_error(shown_url(url));
    APPORTION_ASSIGN(answer, send(look, url));
  }
  return answer;
}

}  // namespace apportion
