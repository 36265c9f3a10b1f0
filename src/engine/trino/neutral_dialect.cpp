#include "engine/trino/neutral_dialect.h"

#include <fmt/format.h>

#include "foundation/base/check.h"

namespace apportion {
namespace {

constexpr char kBegin = '\x01';
constexpr char kBetween = '\x02';
constexpr char kEnd = '\x03';
constexpr char kHash = 'h';
constexpr char kCompact = 'c';
constexpr char kTextAt = 't';

// `kBegin`, the expression's letter, its first part, `kBetween`, its second part, `kEnd`.
std::string neutral(char which, std::string_view first, std::string_view second) {
  return fmt::format("{}{}{}{}{}{}", kBegin, which, first, kBetween, second, kEnd);
}

std::string expression(char which, std::string_view first, std::string_view second, const Dialect& dialect) {
  switch (which) {
    case kHash: return dialect.hash_of(first);
    case kCompact: return dialect.compact_json(first, second);
    case kTextAt: return dialect.json_text_at(first, second);
    default: stop_on_bug("expression", "a neutral expression has no such letter", __FILE__, __LINE__);
  }
}

}  // namespace

std::string NeutralDialect::hash_of(std::string_view values) const { return neutral(kHash, values, ""); }

std::string NeutralDialect::compact_json(std::string_view text, std::string_view otherwise) const {
  return neutral(kCompact, text, otherwise);
}

std::string NeutralDialect::json_text_at(std::string_view text, std::string_view pointer) const {
  return neutral(kTextAt, text, pointer);
}

std::string TrinoDialect::hash_of(std::string_view values) const {
  return fmt::format("from_big_endian_64(xxhash64(to_utf8(json_format(CAST(ROW({}) AS JSON)))))", values);
}

// A text in quotes stays, and blanks elsewhere go: numbers and the order of members are left alone.
std::string TrinoDialect::compact_json(std::string_view text, std::string_view otherwise) const {
  constexpr std::string_view kTextOrBlanks = R"(("(?:[^"\\]|\\.)*")|\s+)";
  return fmt::format("CASE WHEN try(json_parse({0})) IS NOT NULL THEN regexp_replace({0}, '{1}', '$1') ELSE {2} END",
                     text, kTextOrBlanks, otherwise);
}

// The pointer becomes a path of quoted names, once: a lambda names it, so that its `?` is there once.
std::string TrinoDialect::json_text_at(std::string_view text, std::string_view pointer) const {
  constexpr std::string_view kPath =
      R"('$' || array_join(transform(split(substr(CAST({} AS VARCHAR), 2), '/'), s -> '["' || replace(replace(replace()"
      R"(replace(s, '~1', '/'), '~0', '~'), '\', '\\'), '"', '\"') || '"]'), ''))";
  return fmt::format(
      "CASE WHEN try(json_parse({0})) IS NOT NULL THEN element_at(transform(transform(ARRAY[{1}], p -> "
      "json_format(json_extract({0}, CAST(p AS JsonPath)))), j -> CASE WHEN j = 'null' THEN NULL "
      "WHEN substr(j, 1, 1) = '\"' THEN json_extract_scalar(j, '$') ELSE j END), 1) END",
      text, fmt::format(fmt::runtime(kPath), pointer));
}

std::string spelled(std::string_view sql, const Dialect& dialect) {
  std::string text(sql);
  // The last one that begins has no other within.
  for (std::size_t begin = text.rfind(kBegin); begin != std::string::npos; begin = text.rfind(kBegin)) {
    const std::size_t between = text.find(kBetween, begin);
    const std::size_t end = text.find(kEnd, begin);
    APPORTION_CHECK(between != std::string::npos && end != std::string::npos && between < end,
                    "a neutral expression is whole");
    const std::string_view all = text;
    const std::string instead = expression(text[begin + 1], all.substr(begin + 2, between - begin - 2),
                                           all.substr(between + 1, end - between - 1), dialect);
    text.replace(begin, end - begin + 1, instead);
  }
  return text;
}

}  // namespace apportion
