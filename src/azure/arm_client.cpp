#include "azure/arm_client.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "azure/json_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view kKeptInPath = "/:@!$&'()*+,;=";
constexpr std::string_view kKeptInQuery = "/:@!$&'()*+,;=?%";
constexpr std::size_t kPagesMax = 10'000;
constexpr seconds kOperationMax = std::chrono::hours(6);

bool has_dot_level(std::string_view path) {
  const auto levels = split_text(path, '/');
  return std::any_of(levels.begin(), levels.end(),
                     [](std::string_view level) { return level == "." || level == ".."; });
}

}  // namespace

ArmClient::ArmClient(HttpTransport& transport, TokenSource& tokens, Cloud cloud, std::string tenant, Cancel cancel,
                     std::function<bool(std::chrono::milliseconds)> wait)
    : client_(transport, tokens, {std::move(tenant), cloud.arm_scope()}, std::move(cancel)),
      cloud_(std::move(cloud)),
      wait_(std::move(wait)) {
  if (!wait_) wait_ = [own = client_.cancel()](std::chrono::milliseconds time) { return own.wait_for(time); };
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

Result<ArmAnswer> ArmClient::send(const ArmCall& call, const std::string& url) {
  return client_.send({call.method, url, call.body, call.doing, call.may_repeat, call.exact_numbers});
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
    if (!member(page.body, "value").is_array())
      return unexpected_answer(call.doing, url, "the answer has no list `value`");
    for (Json& value : page.body["value"]) values.push_back(std::move(value));
    const Json& next = member(page.body, "nextLink");
    if (!next.is_null() && !next.is_string()) return unexpected_answer(call.doing, url, "`nextLink` is not a text");
    url = next.is_null() ? "" : percent_encoded(next.get<std::string>(), "#[]" + std::string(kKeptInQuery));
    if (url.empty()) return values;
    if (origin_of(url) != origin) return led_elsewhere(call.doing, url, "the link to the next page");
    const bool is_new = seen.insert(url).second;
    if (!is_new || seen.size() > kPagesMax) return unexpected_answer(call.doing, url, "its pages never end");
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
    if (url == first_url) return unexpected_answer(call.doing, url, "the answer 202 has no Location to poll");
    if (origin_of(url) != origin_of(cloud_.arm)) return led_elsewhere(call.doing, url, "the location of the result");
    const seconds pause = pause_before_next_look(answer.response);
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
