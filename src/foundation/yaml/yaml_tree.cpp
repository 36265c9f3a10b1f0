#include "foundation/yaml/yaml_tree.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"

namespace apportion {
namespace {

constexpr std::size_t kBytesMax = std::size_t{64} << 20;
// 40,000 rules have some 400,000 nodes. The limit stops aliases of aliases, which grow without bound.
constexpr std::size_t kNodesMax = 4'000'000;
constexpr std::size_t kDepthMax = 60;

TextPosition position(const YAML::Mark& mark) {
  return mark.is_null() ? TextPosition{} : TextPosition{mark.line + 1, mark.column + 1};
}

// Thrown through yaml-cpp to stop it, once the problem is noted.
struct StopReading {};

// Builds the tree from what the parser of yaml-cpp reports. Its own tree is not used: for some broken files it grows
// for ever.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(FileProblems& problems) : problems_(problems) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    stop(position(mark), "the file holds several YAML documents", "one is expected",
         "put all dated lists into one list, without `---` between them");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(YamlNode::Kind::kNothing, mark, anchor, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    add_leaf(YamlNode::Kind::kText, mark, anchor, value);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {
      stop(position(mark), "an alias is inside its own anchor", "the text would never end",
           "write the part out instead of using the alias");
    }
    check_size(mark, found->second.depth, found->second.size);
    add(found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A node with what its copies would add.
  struct Part {
    YamlNode node;
    std::size_t depth = 1;
    std::size_t size = 1;
  };

  // A list or map that is not complete yet.
  struct Frame {
    Part part;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<YamlNode> key;                         // of a map: read, and its value is not
    std::unordered_map<std::string, TextPosition> keys;  // of a map: all so far
  };

  [[noreturn]] void stop(TextPosition at, std::string what, std::string why, std::string next) {
    problems_.add(at, std::move(what), std::move(why), std::move(next));
    throw StopReading();
  }

  void check_size(const YAML::Mark& mark, std::size_t depth, std::size_t size) {
    if (frames_.size() + depth > kDepthMax) {
      stop(position(mark), "the file is nested too deeply", fmt::format("more than {} levels", kDepthMax),
           "split the condition with `sets`");
    }
    nodes_ += size;
    if (nodes_ > kNodesMax) {
      stop(position(mark), "the file is too large", fmt::format("more than {} values, aliases written out", kNodesMax),
           "use `sets` instead of aliases of aliases");
    }
  }

  void add_leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    check_size(mark, 1, 1);
    Part part;
    part.node.kind = kind;
    part.node.at = position(mark);
    part.node.text = text;
    keep(anchor, part);
    add(std::move(part));
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    check_size(mark, 1, 1);
    Frame frame;
    frame.part.node.kind = kind;
    frame.part.node.at = position(mark);
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    keep(frame.anchor, frame.part);
    add(std::move(frame.part));
  }

  void keep(YAML::anchor_t anchor, const Part& part) {
    if (anchor != YAML::NullAnchor) anchored_[anchor] = part;
  }

  // Puts a complete node where it belongs: into the list or map that is open.
  void add(Part part) {
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

  void add_entry(Frame& frame, YamlNode value) {
    const YamlNode key = *std::exchange(frame.key, std::nullopt);
    if (key.kind != YamlNode::Kind::kText) {
      problems_.add(key.at, "a key is not a text", "keys are column names or words such as `when`",
                    "write a text before the colon");
      return;
    }
    const auto [first, is_new] = frame.keys.emplace(key.text, key.at);
    if (is_new) {
      frame.part.node.entries.push_back({key.text, key.at, std::move(value)});
      return;
    }
    problems_.add(key.at, fmt::format("the key `{}` appears twice", excerpt(key.text)),
                  fmt::format("the first one is on line {}", first->second.line),
                  "keep one; several values of one column go into a list, several conditions under `all` or `any`");
  }

  FileProblems& problems_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Part> anchored_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
  YamlNode root_;
};

// The first line that is indented with a tab, which YAML forbids and reports in puzzling ways; 0 when there is none.
int first_line_with_tab(std::string_view text) {
  int line = 0;
  for (const std::string_view content : split_text(text, '\n')) {
    ++line;
    const std::size_t first = content.find_first_not_of(' ');
    if (first != std::string_view::npos && content[first] == '\t' && !trim(content).empty()) return line;
  }
  return 0;
}

// The first line that is no UTF-8, which YAML takes as it comes; 0 when there is none.
int first_line_not_utf8(std::string_view text) {
  if (is_utf8(text)) return 0;
  int line = 1;
  for (const std::string_view content : split_text(text, '\n')) {
    if (!is_utf8(content)) return line;
    ++line;
  }
  return line;
}

void add_parser_error(const YAML::Exception& failure, std::string_view text, FileProblems& problems) {
  const TextPosition at = position(failure.mark);
  const int tab = first_line_with_tab(text);
  if (tab != 0 && tab <= at.line + 1) {
    problems.add({tab, 1}, "the line is indented with a tab", "YAML allows only spaces for indentation",
                 "use two spaces for each level");
    return;
  }
  problems.add(at, "this is not YAML", failure.msg,
               "look here or on the line before for a missing quote, bracket, or space after a colon");
}

}  // namespace

std::string to_where(std::string_view file, TextPosition at) {
  return fmt::format("{}, line {}, column {}", file, at.line, at.column);
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [key](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

void FileProblems::add(TextPosition at, std::string what, std::string why, std::string next) {
  if (errors_.size() >= kCountMax) return;
  errors_.push_back({ErrorId::kDocumentWrong, std::move(what), to_where(file_, at), std::move(why), std::move(next)});
}

YamlNode read_yaml(std::string_view text, FileProblems& problems) {
  if (text.size() > kBytesMax) {
    problems.add({}, "the file is too large",
                 fmt::format("it has {} bytes; at most {} are read", text.size(), kBytesMax),
                 "give tenants to customers instead of writing a rule for each");
    return {};
  }
  if (const int line = first_line_not_utf8(text); line != 0) {
    problems.add({line, 1}, "the line is not UTF-8", "rules are compared with UTF-8 text", "save the file as UTF-8");
    return {};
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder tree(problems);
    while (parser.HandleNextDocument(tree)) {
    }
    return tree.take();
  } catch (const StopReading&) {
    return {};
  } catch (const YAML::Exception& failure) {
    add_parser_error(failure, text, problems);
  } catch (const std::exception& failure) {
    problems.add({}, "this is not YAML", failure.what(), "check the file in an editor that knows YAML");
  }
  return {};
}

}  // namespace apportion
