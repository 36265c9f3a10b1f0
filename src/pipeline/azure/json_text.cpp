#include "pipeline/azure/json_text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 64;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  bool too_deep = false;
  const auto watch_depth = [&too_deep](int depth, Json::parse_event_t, const Json&) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  Json parsed = Json::parse(text.begin(), text.end(), watch_depth, false);
  if (too_deep || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

const Json& member(const Json& object, std::string_view name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_member(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace apportion
