#include "foundation/model/tags.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/model/plain_object.h"

namespace apportion {
namespace {

constexpr std::ptrdiff_t kNestingMax = 1000;

// A member of an object, as written.
struct Member {
  std::string_view key;
  std::string_view value;

  bool has_text() const { return value.front() == '"' || value == "null"; }
};

// Cuts a text that is known to be valid JSON.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : rest_(text) {}

  // The members of an object; nothing when the text is another value.
  std::vector<Member> members() {
    std::vector<Member> all;
    skip_blanks();
    if (!take('{')) return all;
    for (skip_blanks(); !take('}'); skip_blanks()) {
      const std::string_view key = value();
      skip_blanks();
      take(':');
      skip_blanks();
      all.push_back({key, value()});
      skip_blanks();
      take(',');
    }
    return all;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      rest_.remove_prefix(1);
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view value() {
    std::size_t end = 0;
    if (rest_.front() == '"') {
      end = end_of_text(0);
    } else if (rest_.front() == '{' || rest_.front() == '[') {
      end = end_of_brackets();
    } else {
      end = std::min(rest_.find_first_of(",}] \t\r\n"), rest_.size());
    }
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  // One past the quote that closes the text which opens at `at`.
  std::size_t end_of_text(std::size_t at) const {
    for (++at; rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\') ++at;
    }
    return at + 1;
  }

  std::size_t end_of_brackets() const {
    std::size_t depth = 0;
    std::size_t at = 0;
    do {
      const char c = rest_[at];
      if (c == '"') {
        at = end_of_text(at);
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at;
    } while (depth > 0);
    return at;
  }

  std::string_view rest_;
};

std::vector<Member> members_of(std::string_view object) {
  const auto brackets = std::ranges::count_if(object, [](char c) { return c == '{' || c == '['; });
  if (brackets > kNestingMax || !nlohmann::json::accept(object)) return {};
  return Cutter(object).members();
}

std::string text_of(std::string_view literal) {
  return nlohmann::json::parse(literal).get<std::string>();  // accepted before: throws nothing
}

}  // namespace

std::vector<Tag> read_tags(std::string_view object) {
  std::vector<Tag> tags;
  for (const Member& member : members_of(object)) {
    std::string key = text_of(member.key);
    if (std::ranges::find(tags, key, &Tag::key) != tags.end()) continue;
    std::optional<std::string> value;
    if (member.value.front() == '"') {
      value = text_of(member.value);
    } else if (member.value != "null") {
      value = std::string(member.value);
    }
    tags.push_back({std::move(key), std::move(value)});
  }
  return tags;
}

std::string with_text_values(std::string_view object) {
  if (const auto plain = read_plain_object(object); plain && plain->has_texts_only) return std::string(object);
  const std::vector<Member> members = members_of(object);
  if (std::ranges::all_of(members, &Member::has_text)) return std::string(object);
  std::string written;
  for (const Member& member : members) {
    written += written.empty() ? "{" : ",";
    written += member.key;
    written += ":";
    written += member.has_text() ? std::string(member.value) : nlohmann::json(member.value).dump();
  }
  return written + "}";
}

}  // namespace apportion
