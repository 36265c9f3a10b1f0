/// Builds the tree of a YAML document from what a parser reports, in the order of the text. Internal to this module.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "foundation/yaml/yaml_tree.h"

namespace apportion {

/// Knows what the tree must not be: several documents, keys twice, too deep, too large. After such a fault, which is
/// added to the problems, either the rest is read for more of them, or the builder has stopped and takes nothing more.
class TreeBuilder {
 public:
  explicit TreeBuilder(FileProblems& problems) : problems_(problems) {}

  void begin_document(TextPosition at);
  /// A text or nothing. An anchor without a name is none.
  void add_leaf(YamlNode::Kind kind, TextPosition at, std::string text, std::string_view anchor);
  void add_alias(TextPosition at, std::string_view anchor);
  /// A list or map; what comes up to its `close` is in it.
  void open(YamlNode::Kind kind, TextPosition at, std::string_view anchor);
  void close();

  bool has_stopped() const { return has_stopped_; }
  /// The tree, once the text has ended.
  YamlNode take();

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
    std::string anchor;
    std::optional<YamlNode> key;                         // of a map: read, and its value is not
    std::unordered_map<std::string, TextPosition> keys;  // of a map with many keys: all so far
  };

  void stop(TextPosition at, std::string what, std::string why, std::string next);
  bool has_room(TextPosition at, std::size_t depth, std::size_t size);
  void keep(const std::string& anchor, const Part& part);
  void add(Part part);
  void add_entry(Frame& frame, YamlNode value);
  static std::optional<TextPosition> earlier_key(Frame& frame, const YamlNode& key);

  FileProblems& problems_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string, std::optional<Part>> anchored_;  // without a part: its node is not complete
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
  bool has_stopped_ = false;
  YamlNode root_;
};

}  // namespace apportion
