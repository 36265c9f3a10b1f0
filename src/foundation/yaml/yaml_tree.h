/// A YAML document as a plain tree of texts, lists and maps with positions.
///
/// Every scalar is text, whatever it looks like: `yes`, `01` and `2026-01` stay as written. Aliases are expanded.
/// Columns count characters. Nothing of libyaml leaves yaml_tree.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

/// A place in a text file, counted from 1.
struct TextPosition {
  int line = 1;
  int column = 1;
};

/// `rules.yaml, line 3, column 5`
std::string to_where(std::string_view file, TextPosition at);

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNothing, kText, kList, kMap };

  Kind kind = Kind::kNothing;
  TextPosition at;
  std::string text;                ///< of a text
  std::vector<YamlNode> items;     ///< of a list
  std::vector<YamlEntry> entries;  ///< of a map, in file order, keys distinct

  /// The value of a key of a map; null if there is none.
  const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  TextPosition key_at;
  YamlNode value;
};

/// Collects the first faults of a file, since one slip can cause very many.
class FileProblems {
 public:
  static constexpr std::size_t kCountMax = 20;

  explicit FileProblems(std::string_view file) : file_(file) {}
  void add(TextPosition at, std::string what, std::string why, std::string next);
  const std::vector<Error>& errors() const { return errors_; }
  bool empty() const { return errors_.empty(); }

 private:
  std::string file_;
  std::vector<Error> errors_;
};

/// The tree of a text that must contain one document. Adds faults to `problems`; the tree is then what could be read,
/// or `kNothing`.
YamlNode read_yaml(std::string_view text, FileProblems& problems);

}  // namespace apportion
