#include "azure/json_text.h"

#include <vector>

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 64;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

/// Puts a document together from the events of the parser, which tells the text of a number beside its value.
// NOLINTNEXTLINE(bugprone-exception-escape): moving a JSON value checks itself, and does not throw
class ExactDocument : public nlohmann::json_sax<Json> {
 public:
  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t, const string_t& text) override { return add(text); }
  bool string(string_t& text) override { return add(std::move(text)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    open_.push_back(place(std::move(container)));
    return open_.size() <= static_cast<std::size_t>(kDepthMax);
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;  // outermost first; only the innermost grows, so the pointers stay good
  std::string key_;
};

}  // namespace

std::optional<Json> parse_json_exact(std::string_view text) {
  text = without_mark(text);
  ExactDocument document;
  if (!Json::sax_parse(text.begin(), text.end(), &document)) return std::nullopt;
  return document.take();
}

std::optional<Json> parse_json(std::string_view text) {
  text = without_mark(text);
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
