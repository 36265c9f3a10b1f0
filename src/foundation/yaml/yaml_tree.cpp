#include "foundation/yaml/yaml_tree.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <yaml.h>

#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "foundation/yaml/tree_builder_internal.h"

namespace apportion {
namespace {

constexpr std::size_t kBytesMax = std::size_t{64} << 20;

TextPosition position(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// What the parser of libyaml reports next; its texts live as long as it.
class ParserEvent {
 public:
  ParserEvent() = default;
  ParserEvent(const ParserEvent&) = delete;
  ParserEvent& operator=(const ParserEvent&) = delete;
  ~ParserEvent() { yaml_event_delete(&event_); }

  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }
  TextPosition at() const { return position(event_.start_mark); }

 private:
  yaml_event_t event_{};
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { yaml_parser_delete(&parser_); }

  // Whether there is one more; if not, the text has an error.
  bool next(ParserEvent& event) {
    if (yaml_parser_parse(&parser_, event.get()) != 0) return true;
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    return false;
  }
  const yaml_parser_t* operator->() const { return &parser_; }

 private:
  yaml_parser_t parser_{};
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

// The place of a byte of the text.
TextPosition position_of_byte(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte);
  const std::size_t line_begin = before.find_last_of('\n') + 1;  // `npos` becomes 0
  const auto begins_character = [](char unit) { return (static_cast<unsigned char>(unit) & 0xC0U) != 0x80U; };
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(std::ranges::count_if(before.substr(line_begin), begins_character)) + 1};
}

// YAML 1.1 ends a line at these characters, YAML 1.2 does not: a rule would mean something else to each reader.
bool has_disputed_line_end(std::string_view text, FileProblems& problems) {
  struct LineEnd {
    std::string_view bytes;
    std::string_view escape;
  };
  constexpr auto kLineEnds =
      std::to_array<LineEnd>({{"\xC2\x85", "\\N"}, {"\xE2\x80\xA8", "\\L"}, {"\xE2\x80\xA9", "\\P"}});
  for (const LineEnd& line_end : kLineEnds) {
    const std::size_t byte = text.find(line_end.bytes);
    if (byte == std::string_view::npos) continue;
    problems.add(position_of_byte(text, byte), "there is an invisible line separator",
                 "some readers of YAML would end the line there, others not",
                 fmt::format("remove it, or write {} in a text in double quotes", line_end.escape));
    return true;
  }
  return false;
}

// What the parser was doing, and what it found.
std::string reason_of(const Parser& parser) {
  const std::string problem = parser->problem == nullptr ? "" : parser->problem;
  if (parser->context == nullptr) return problem;
  const yaml_mark_t& begin = parser->context_mark;
  const bool is_elsewhere = begin.line != parser->problem_mark.line;
  return fmt::format("{}{}: {}", parser->context, is_elsewhere ? fmt::format(" from line {}", begin.line + 1) : "",
                     problem);
}

void add_parser_error(const Parser& parser, std::string_view text, FileProblems& problems) {
  if (parser->error == YAML_READER_ERROR) {
    problems.add(position_of_byte(text, parser->problem_offset), "there is a control character",
                 fmt::format("U+{:04X} is not allowed in YAML", parser->problem_value), "remove it");
    return;
  }
  const TextPosition at = position(parser->problem_mark);
  const int tab = first_line_with_tab(text);
  if (tab != 0 && tab <= at.line + 1) {
    problems.add({tab, 1}, "the line is indented with a tab", "YAML allows only spaces for indentation",
                 "use two spaces for each level");
    return;
  }
  problems.add(at, "this is not YAML", reason_of(parser),
               "look here or on the line before for a missing quote, bracket, or space after a colon");
}

// Of a text that is neither quoted, nor in a block, nor tagged.
bool stands_for_nothing(std::string_view text) {
  constexpr auto kNothing = std::to_array<std::string_view>({"", "~", "null", "Null", "NULL"});
  return std::ranges::find(kNothing, text) != kNothing.end();
}

void add_scalar(const ParserEvent& event, TreeBuilder& tree) {
  const auto& scalar = event->data.scalar;
  std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool is_plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nullptr;
  const auto kind = is_plain && stands_for_nothing(text) ? YamlNode::Kind::kNothing : YamlNode::Kind::kText;
  tree.add_leaf(kind, event.at(), kind == YamlNode::Kind::kText ? std::move(text) : "", text_of(scalar.anchor));
}

void add_event(const ParserEvent& event, TreeBuilder& tree) {
  switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return tree.begin_document(event.at());
    case YAML_ALIAS_EVENT: return tree.add_alias(event.at(), text_of(event->data.alias.anchor));
    case YAML_SCALAR_EVENT: return add_scalar(event, tree);
    case YAML_SEQUENCE_START_EVENT:
      return tree.open(YamlNode::Kind::kList, event.at(), text_of(event->data.sequence_start.anchor));
    case YAML_MAPPING_START_EVENT:
      return tree.open(YamlNode::Kind::kMap, event.at(), text_of(event->data.mapping_start.anchor));
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return tree.close();
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: return;
  }
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
  if (has_disputed_line_end(text, problems)) return {};
  Parser parser(text);
  TreeBuilder tree(problems);
  bool has_ended = false;
  while (!has_ended && !tree.has_stopped()) {
    ParserEvent event;
    if (!parser.next(event)) {
      add_parser_error(parser, text, problems);
      return {};
    }
    add_event(event, tree);
    has_ended = event->type == YAML_STREAM_END_EVENT;
  }
  return tree.has_stopped() ? YamlNode() : tree.take();
}

}  // namespace apportion
