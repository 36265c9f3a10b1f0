#include "foundation/yaml/yaml_tree.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

std::string place(TextPosition at) { return fmt::format("{}:{}", at.line, at.column); }

// A node on one line, with its places: `1:1{1:1 key=1:6"text" 2:1 list=3:1[3:3"a" 3:6~]}`.
std::string shown(const YamlNode& node) {
  std::string inside;
  switch (node.kind) {
    case YamlNode::Kind::kNothing: return place(node.at) + "~";
    case YamlNode::Kind::kText: return fmt::format("{}\"{}\"", place(node.at), node.text);
    case YamlNode::Kind::kList:
      for (const YamlNode& item : node.items) inside += (inside.empty() ? "" : " ") + shown(item);
      return fmt::format("{}[{}]", place(node.at), inside);
    case YamlNode::Kind::kMap:
      for (const YamlEntry& entry : node.entries) {
        inside +=
            fmt::format("{}{} {}={}", inside.empty() ? "" : " ", place(entry.key_at), entry.key, shown(entry.value));
      }
      return fmt::format("{}{{{}}}", place(node.at), inside);
  }
  return "";
}

std::string tree_of(std::string_view yaml) {
  FileProblems problems("a.yaml");
  const YamlNode root = read_yaml(yaml, problems);
  for (const Error& error : problems.errors()) ADD_FAILURE() << yaml << "\n" << error.message();
  return shown(root);
}

// The faults of a text, each as `line:column what (why)`.
std::string faults_of(std::string_view yaml) {
  FileProblems problems("a.yaml");
  read_yaml(yaml, problems);
  std::string faults;
  for (const Error& error : problems.errors()) {
    EXPECT_FALSE(error.next.empty()) << error.what;
    faults += fmt::format("{}{}: {} ({})", faults.empty() ? "" : "\n", error.where, error.what, error.why);
  }
  return faults;
}

TEST(YamlTree, EveryScalarIsTheTextThatIsWritten) {
  EXPECT_EQ(tree_of("[yes, 01, 2026-01, 1e3, 0x10, .inf, <<]"),
            R"(1:1[1:2"yes" 1:7"01" 1:11"2026-01" 1:20"1e3" 1:25"0x10" 1:31".inf" 1:37"<<"])");
}

TEST(YamlTree, ListsAndMapsByIndentationAndInBrackets) {
  EXPECT_EQ(tree_of("# rules\n- a: b   # c\n  d:\n  - e\n  - {f: [], g: {}}\n-\n  - h\n"),
            R"(2:1[2:3{2:3 a=2:6"b" 3:3 d=4:3[4:5"e" 5:5{5:6 f=5:9[] 5:13 g=5:16{}}]} 7:3[7:5"h"]])");
}

TEST(YamlTree, ColumnsCountCharacters) { EXPECT_EQ(tree_of("{ä€: b, c: d}"), R"(1:1{1:2 ä€=1:6"b" 1:9 c=1:12"d"})"); }

TEST(YamlTree, TextsInQuotesAndBlocks) {
  EXPECT_EQ(tree_of("- 'it''s # one'\n- \"a\\tb \\u20AC\"\n- a\n  b\n- |\n  c\n  d\n- >-\n  e\n  f\n"),
            "1:1[1:3\"it's # one\" 2:3\"a\tb €\" 3:3\"a b\" 5:3\"c\nd\n\" 8:3\"e f\"]");
}

TEST(YamlTree, NothingIsNoText) {
  EXPECT_EQ(tree_of("[~, null, Null, NULL, 'null', \"\", !!str null, nULL]"),
            R"(1:1[1:2~ 1:5~ 1:11~ 1:17~ 1:23"null" 1:31"" 1:35"null" 1:47"nULL"])");
  EXPECT_EQ(tree_of("a:\nb: ''\n"), R"(1:1{1:1 a=1:3~ 2:1 b=2:4""})");
}

TEST(YamlTree, AFileWithoutADocumentHoldsNothing) {
  for (const char* const text : {"", "\n\n", "# nothing\n", "---\n", "%YAML 1.2\n---\n...\n", "\xEF\xBB\xBF"}) {
    FileProblems problems("a.yaml");
    EXPECT_EQ(read_yaml(text, problems).kind, YamlNode::Kind::kNothing) << text;
    EXPECT_TRUE(problems.empty()) << text;
  }
}

TEST(YamlTree, TagsAreTakenForWhatTheyAre) { EXPECT_EQ(tree_of("!!int 5"), R"(1:1"5")"); }

TEST(YamlTree, ByteOrderMarkAndWindowsLinesAreNoText) {
  EXPECT_EQ(tree_of("\xEF\xBB\xBF- a\r\n- b: c\r\n"), R"(1:1[1:3"a" 2:3{2:3 b=2:6"c"}])");
}

TEST(YamlTree, AnAliasIsReplacedByWhatItStandsFor) {
  EXPECT_EQ(tree_of("[&x {a: b}, *x, &x c, *x]"), R"(1:1[1:2{1:6 a=1:9"b"} 1:2{1:6 a=1:9"b"} 1:17"c" 1:17"c"])");
  EXPECT_EQ(faults_of("- *x\n- &x a"),
            "a.yaml, line 1, column 3: there is no anchor `x` (an alias stands for what has an anchor)");
  EXPECT_EQ(faults_of("- &x a\n- &x [*x]"),
            "a.yaml, line 2, column 7: an alias is inside its own anchor (the text would never end)");
}

TEST(YamlTree, AKeyAppearsOnce) {
  EXPECT_EQ(faults_of("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"),
            "a.yaml, line 4, column 3: the key `c` appears twice (the first one is on line 3)\n"
            "a.yaml, line 5, column 1: the key `a` appears twice (the first one is on line 1)");
}

TEST(YamlTree, AKeyAppearsOnceAmongMany) {
  std::string yaml;
  for (int i = 1; i <= 1000; ++i) yaml += fmt::format("key-{}: a\n", i);
  EXPECT_EQ(faults_of(yaml), "");
  EXPECT_EQ(faults_of(yaml + "key-3: b\nkey-900: b\n"),
            "a.yaml, line 1001, column 1: the key `key-3` appears twice (the first one is on line 3)\n"
            "a.yaml, line 1002, column 1: the key `key-900` appears twice (the first one is on line 900)");
}

TEST(YamlTree, AKeyIsAText) {
  EXPECT_EQ(faults_of("{[a]: b, ~: c}"),
            "a.yaml, line 1, column 2: a key is not a text (keys are column names or words such as `when`)\n"
            "a.yaml, line 1, column 10: a key is not a text (keys are column names or words such as `when`)");
}

TEST(YamlTree, AFileIsOneDocument) {
  EXPECT_EQ(faults_of("a\n---\nb\n"),
            "a.yaml, line 2, column 1: the file holds several YAML documents (one is expected)");
}

TEST(YamlTree, WhatIsNoYamlIsToldWithItsPlace) {
  EXPECT_EQ(faults_of("a: [b,\n  c\nd: e\n"),
            "a.yaml, line 3, column 2: this is not YAML (while parsing a flow sequence from line 1: did not find "
            "expected ',' or ']')");
  EXPECT_EQ(faults_of("a: b: c\n"),
            "a.yaml, line 1, column 5: this is not YAML (mapping values are not allowed in this context)");
  EXPECT_EQ(faults_of("a: 'b\nc: d\n"),
            "a.yaml, line 3, column 1: this is not YAML (while scanning a quoted scalar from line 1: found unexpected "
            "end of stream)");
  EXPECT_EQ(faults_of("a: @b\n"),
            "a.yaml, line 1, column 4: this is not YAML (while scanning for the next token: found character that "
            "cannot start any token)");
  EXPECT_EQ(faults_of("- a\nb: c\n"),
            "a.yaml, line 2, column 1: this is not YAML (while parsing a block collection from line 1: did not find "
            "expected '-' indicator)");
}

TEST(YamlTree, TabsDoNotIndent) {
  EXPECT_EQ(faults_of("a:\n\tb: c\n"),
            "a.yaml, line 2, column 1: the line is indented with a tab (YAML allows only spaces for indentation)");
}

TEST(YamlTree, CharactersThatNobodySeesAreRefused) {
  EXPECT_EQ(faults_of("a: b\nä: \"c\x07\"\n"),
            "a.yaml, line 2, column 6: there is a control character (U+0007 is not allowed in YAML)");
  EXPECT_EQ(faults_of(std::string_view("a\0b", 3)),
            "a.yaml, line 1, column 2: there is a control character (U+0000 is not allowed in YAML)");
  EXPECT_EQ(faults_of("a: b\n# c\xE2\x80\xA8"
                      "d: e\n"),
            "a.yaml, line 2, column 4: there is an invisible line separator (some readers of YAML would end the line "
            "there, others not)");
  EXPECT_EQ(tree_of("\"a\\Lb\""),
            "1:1\"a\xE2\x80\xA8"
            "b\"");
}

TEST(YamlTree, BytesMustBeUtf8) {
  EXPECT_EQ(faults_of("a: b\nc: \xE9\n"),
            "a.yaml, line 2, column 1: the line is not UTF-8 (rules are compared with UTF-8 text)");
}

TEST(YamlTree, DepthAndSizeHaveLimits) {
  EXPECT_EQ(faults_of(std::string(100'000, '[')),
            "a.yaml, line 1, column 61: the file is nested too deeply (more than 60 levels)");
  EXPECT_EQ(faults_of(std::string(60, '[') + std::string(60, ']')), "");
  std::string aliases = "- &a0 [a, b, c, d, e, f, g, h]\n";
  for (int i = 1; i < 9; ++i) aliases += fmt::format("- &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  EXPECT_EQ(faults_of(aliases).substr(0, 60), "a.yaml, line 9, column 8: the file is too large (more than 4");
  EXPECT_NE(faults_of(std::string((64U << 20) + 1, ' ')).find("it has 67108865 bytes"), std::string::npos);
}

}  // namespace
}  // namespace apportion
