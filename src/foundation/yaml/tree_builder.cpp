#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "foundation/yaml/tree_builder_internal.h"

namespace apportion {
namespace {

// 40,000 rules have some 400,000 nodes. The limit stops aliases of aliases, which grow without bound.
constexpr std::size_t kNodesMax = 4'000'000;
constexpr std::size_t kDepthMax = 60;
constexpr std::size_t kFewKeys = 12;  // up to here, comparing with each is faster than hashing

}  // namespace

void TreeBuilder::begin_document(TextPosition at) {
  if (++documents_ == 1) return;
  stop(at, "the file holds several YAML documents", "one is expected",
       "put all dated lists into one list, without `---` between them");
}

void TreeBuilder::add_leaf(YamlNode::Kind kind, TextPosition at, std::string text, std::string_view anchor) {
  if (!has_room(at, 1, 1)) return;
  Part part;
  part.node.kind = kind;
  part.node.at = at;
  part.node.text = std::move(text);
  keep(std::string(anchor), part);
  add(std::move(part));
}

void TreeBuilder::add_alias(TextPosition at, std::string_view anchor) {
  const auto found = anchored_.find(std::string(anchor));
  if (found == anchored_.end()) {
    return stop(at, fmt::format("there is no anchor `{}`", excerpt(anchor)), "an alias stands for what has an anchor",
                fmt::format("write `&{}` before the part that is meant, above the alias", excerpt(anchor)));
  }
  if (!found->second) {
    return stop(at, "an alias is inside its own anchor", "the text would never end",
                "write the part out instead of using the alias");
  }
  if (has_room(at, found->second->depth, found->second->size)) add(*found->second);
}

void TreeBuilder::open(YamlNode::Kind kind, TextPosition at, std::string_view anchor) {
  if (!has_room(at, 1, 1)) return;
  Frame& frame = frames_.emplace_back();
  frame.part.node.kind = kind;
  frame.part.node.at = at;
  frame.anchor = anchor;
  if (!anchor.empty()) anchored_[frame.anchor] = std::nullopt;
}

void TreeBuilder::close() {
  if (has_stopped_) return;
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  keep(frame.anchor, frame.part);
  add(std::move(frame.part));
}

YamlNode TreeBuilder::take() { return std::move(root_); }

void TreeBuilder::stop(TextPosition at, std::string what, std::string why, std::string next) {
  problems_.add(at, std::move(what), std::move(why), std::move(next));
  has_stopped_ = true;
}

// Whether a part may be added here. If not, the builder has stopped.
bool TreeBuilder::has_room(TextPosition at, std::size_t depth, std::size_t size) {
  if (has_stopped_) return false;
  nodes_ += size;
  if (frames_.size() + depth > kDepthMax) {
    stop(at, "the file is nested too deeply", fmt::format("more than {} levels", kDepthMax),
         "split the condition with `sets`");
  } else if (nodes_ > kNodesMax) {
    stop(at, "the file is too large", fmt::format("more than {} values, aliases written out", kNodesMax),
         "use `sets` instead of aliases of aliases");
  }
  return !has_stopped_;
}

void TreeBuilder::keep(const std::string& anchor, const Part& part) {
  if (!anchor.empty()) anchored_[anchor] = part;
}

// Puts a complete node where it belongs: into the list or map that is open.
void TreeBuilder::add(Part part) {
  if (frames_.empty()) {
    root_ = std::move(part.node);
    return;
  }
  Frame& frame = frames_.back();
  frame.part.size += part.size;
  frame.part.depth = std::max(frame.part.depth, part.depth + 1);
  if (frame.part.node.kind == YamlNode::Kind::kList) {
    frame.part.node.items.push_back(std::move(part.node));
  } else if (!frame.key) {
    frame.key = std::move(part.node);
  } else {
    add_entry(frame, std::move(part.node));
  }
}

void TreeBuilder::add_entry(Frame& frame, YamlNode value) {
  YamlNode key = *std::exchange(frame.key, std::nullopt);
  if (key.kind != YamlNode::Kind::kText) {
    problems_.add(key.at, "a key is not a text", "keys are column names or words such as `when`",
                  "write a text before the colon");
    return;
  }
  if (const auto first = earlier_key(frame, key)) {
    problems_.add(key.at, fmt::format("the key `{}` appears twice", excerpt(key.text)),
                  fmt::format("the first one is on line {}", first->line),
                  "keep one; several values of one column go into a list, several conditions under `all` or `any`");
    return;
  }
  frame.part.node.entries.push_back({std::move(key.text), key.at, std::move(value)});
}

// Where the map has the key already; nothing if it is new.
std::optional<TextPosition> TreeBuilder::earlier_key(Frame& frame, const YamlNode& key) {
  const std::vector<YamlEntry>& entries = frame.part.node.entries;
  if (entries.size() < kFewKeys) {
    const auto same = std::ranges::find(entries, key.text, &YamlEntry::key);
    return same == entries.end() ? std::nullopt : std::optional(same->key_at);
  }
  if (frame.keys.empty()) {
    for (const YamlEntry& entry : entries) frame.keys.emplace(entry.key, entry.key_at);
  }
  const auto [first, is_new] = frame.keys.emplace(key.text, key.at);
  return is_new ? std::nullopt : std::optional(first->second);
}

}  // namespace apportion
