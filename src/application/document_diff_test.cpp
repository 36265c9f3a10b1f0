#include "application/document_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines_of(std::string_view before, std::string_view after) {
  const auto differences = document_differences(before, "before", after, "after");
  EXPECT_TRUE(differences) << differences.error().message();
  std::vector<std::string> lines;
  for (const EntryDifference& one : *differences) {
    lines.push_back(fmt::format("{} {} {} {} {}>{}", one.list, one.section, one.name, entry_edit_name(one.edit),
                                one.place_before, one.place_after));
  }
  return lines;
}

constexpr std::string_view kThree = R"(
- effective: 2026-01
  rules:
    - {name: a, when: {ServiceName: x}, assign: c}
    - {name: b, when: {ServiceName: y}, assign: c}
    - {name: c, when: {ServiceName: z}, assign: c}
)";

TEST(DocumentDiff, LayoutCommentsAndOrderOfKeysTellNothing) {
  EXPECT_THAT(lines_of(kThree, R"(
- effective: 2026-01
  rules:
    # the first
    - name: a
      assign: c      # whole
      when:
        ServiceName: "x"
    - {name: b, when: {ServiceName: y}, assign: c}
    - {name: c, when: {ServiceName: z}, assign: c}
)"),
              IsEmpty());
}

TEST(DocumentDiff, TellsWhatCameWentAndChanged) {
  EXPECT_THAT(lines_of(kThree, R"(
- effective: 2026-01
  rules:
    - {name: new, when: {ServiceName: w}, assign: c}
    - {name: a, when: {ServiceName: x}, assign: d}
    - {name: c, when: {ServiceName: z}, assign: c}
)"),
              ElementsAre("2026-01 rules new added 0>1", "2026-01 rules a changed 1>2", "2026-01 rules b removed 2>0"));
}

TEST(DocumentDiff, OnlyTheEntryThatLeftItsOrderWasMoved) {
  EXPECT_THAT(lines_of(kThree, R"(
- effective: 2026-01
  rules:
    - {name: c, when: {ServiceName: z}, assign: c}
    - {name: a, when: {ServiceName: x}, assign: c}
    - {name: b, when: {ServiceName: y}, assign: c}
)"),
              ElementsAre("2026-01 rules c moved 3>1"));
}

TEST(DocumentDiff, ListsAreComparedMonthByMonth) {
  EXPECT_THAT(lines_of("- effective: 2026-01\n  rules:\n    - {when: {ServiceName: x}, assign: c}\n",
                       "- effective: 2026-02\n  sets: {fw: {ServiceName: x}}\n"),
              ElementsAre("2026-01 rules rules 1 removed 1>0", "2026-02 sets fw added 0>1"));
}

TEST(DocumentDiff, AnEmptySideHasNothing) {
  EXPECT_THAT(lines_of("", "- effective: 2026-01\n  policies:\n    - {name: p, unused: by_use}\n"),
              ElementsAre("2026-01 policies p added 0>1"));
}

TEST(DocumentDiff, ATextThatIsNoYamlIsRefused) {
  const auto differences = document_differences("- [", "old.yaml", "", "new.yaml");
  ASSERT_FALSE(differences);
  EXPECT_THAT(differences.error().where, testing::HasSubstr("old.yaml"));
}

TEST(DocumentDiff, TextsThatYamlWouldReadOtherwiseAreQuoted) {
  const auto differences = document_differences(
      "", "before", "- effective: 2026-01\n  rules:\n    - {name: 'it''s: one', assign: c}\n", "after");
  ASSERT_TRUE(differences);
  EXPECT_EQ(differences->at(0).after, "{assign: c, name: 'it''s: one'}");
}

}  // namespace
}  // namespace apportion
