#include "application/documents.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/writable_home_test_support.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kRules =
    "- effective: 2026-01\n  rules:\n    - {name: first, when: {ServiceName: x}, assign: a}\n";
constexpr const char* kOtherRules =
    "- effective: 2026-01\n  rules:\n    - {name: other, when: {ServiceName: y}, assign: a}\n";
constexpr const char* kPolicies = "- effective: 2026-01\n  policies:\n    - {name: pool, buyer: a}\n";

class Documents : public WritableHomeTest {
 protected:
  Documents() { EXPECT_TRUE(plane().put_customers({{CustomerId("a"), "A", "", {}}})); }

  Result<AdmittedDocument> admit(const char* text, DocumentKind kind = DocumentKind::kRules) {
    return admit_document(partner_, *workspace_, {kind, text, "file.yaml"});
  }

  DocumentOutcome apply(const char* text, const DocumentEditOptions& options = {},
                        DocumentKind kind = DocumentKind::kRules) {
    const auto admitted = admit(text, kind);
    EXPECT_TRUE(admitted) << admitted.error().message();
    auto outcome = apply_document(*writable_, *admitted, options);
    EXPECT_TRUE(outcome) << outcome.error().message();
    return std::move(outcome).value();
  }

  std::string in_force() {
    const auto current = plane().current_document(DocumentKind::kRules);
    return current && *current ? (*current)->text : "";
  }

  Caller partner_ = Caller::partner("os:billing");
};

TEST_F(Documents, ATextWithErrorsIsRefusedWithAllOfThem) {
  const auto rules = admit(
      "- effective: 2026-01\n  rules:\n    - {name: r, when: {ServiceName: x}, assign: nobody}\n"
      "    - {name: s, when: {ServiceName: y}, assign: nobody-else}\n");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().id, ErrorId::kRuleFileRefused);
  EXPECT_THAT(rules.error().why, HasSubstr("file.yaml, line 3"));
  EXPECT_THAT(rules.error().why, HasSubstr("nobody-else"));
  const auto policies = admit("- effective: 2026-01\n  policies:\n    - {name: pool, buyer: nobody}\n",
                              DocumentKind::kCommitmentPolicies);
  ASSERT_FALSE(policies);
  EXPECT_EQ(policies.error().id, ErrorId::kPolicyFileRefused);
  EXPECT_THAT(policies.error().why, HasSubstr("nobody"));
}

TEST_F(Documents, WarningsAreToldAlsoOfATextThatIsRefused) {
  std::vector<std::string> told;
  const auto warn = [&told](const RuleFinding& warning) { told.push_back(warning.rule); };
  const auto twice = [](const char* customer) {
    return fmt::format(
        "- effective: 2026-01\n  rules:\n    - {{name: all, when: {{ServiceName: x}}, assign: a}}\n"
        "    - {{name: never, when: {{ServiceName: x}}, assign: {}}}\n",
        customer);
  };
  const auto admitted = admit_document(partner_, *workspace_, {DocumentKind::kRules, twice("a"), "f"}, warn);
  ASSERT_TRUE(admitted) << admitted.error().message();
  EXPECT_THAT(admitted->warnings(), SizeIs(1));
  EXPECT_FALSE(admit_document(partner_, *workspace_, {DocumentKind::kRules, twice("nobody"), "f"}, warn));
  EXPECT_THAT(told, ElementsAre("never", "never"));
}

TEST_F(Documents, OnlyThePartnerUsesThem) {
  const Caller customer{"web:contoso", Audience::kCostView, std::set{CustomerId("a")}};
  const auto admitted = admit_document(customer, *workspace_, {DocumentKind::kRules, kRules, "f"});
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().kind(), ErrorKind::kForbidden);
  EXPECT_FALSE(check_rules(customer, *workspace_, {DocumentKind::kRules, kRules, "f"}));
  EXPECT_FALSE(check_policies(customer, *workspace_, {DocumentKind::kCommitmentPolicies, kPolicies, "f"}));
  EXPECT_FALSE(document_versions(customer, plane(), DocumentKind::kRules));
  EXPECT_FALSE(compare_documents(customer, plane(), DocumentKind::kRules, {}, {}));
  apply(kRules);
  EXPECT_FALSE(applied_document(customer, plane(), DocumentKind::kRules, {}));
  EXPECT_FALSE(preview_document(customer, *workspace_, *admit(kRules), {}, {}));
}

TEST_F(Documents, ATextIsANewVersionOnlyWhenItIsAnother) {
  EXPECT_TRUE(apply(kRules).is_new);
  const DocumentOutcome again = apply(kRules);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.version, DocumentVersion(1));
  EXPECT_EQ(apply(kOtherRules).version, DocumentVersion(2));
}

TEST_F(Documents, ADryRunChangesNothingWhateverTheReviewSays) {
  int asked = 0;
  const Review yes = [&asked](const AmountChanges&) -> Result<bool> {
    ++asked;
    return true;
  };
  const DocumentOutcome outcome = apply(kRules, {.dry_run = true, .review = yes});
  EXPECT_TRUE(outcome.is_new);
  EXPECT_TRUE(outcome.report.left_alone);
  EXPECT_EQ(outcome.version, std::nullopt);
  EXPECT_EQ(asked, 1);
  apply(kRules, {.no_split = true, .dry_run = true});
  EXPECT_EQ(in_force(), "");
}

TEST_F(Documents, AReviewThatSaysNoLeavesWhatIsInForce) {
  apply(kRules);
  const Review no = [](const AmountChanges&) -> Result<bool> { return false; };
  const DocumentOutcome outcome = apply(kOtherRules, {.review = no});
  EXPECT_TRUE(outcome.report.left_alone);
  EXPECT_EQ(outcome.version, DocumentVersion(1));
  EXPECT_EQ(in_force(), kRules);
}

TEST_F(Documents, VersionsAreListedAndFound) {
  EXPECT_EQ(applied_document(partner_, plane(), DocumentKind::kRules, {}).error().id, ErrorId::kNoRulesYet);
  EXPECT_EQ(applied_document(partner_, plane(), DocumentKind::kCommitmentPolicies, {}).error().id,
            ErrorId::kNoSuchPolicyVersion);
  apply(kRules);
  apply(kOtherRules, {.no_split = true});
  apply(kPolicies, {}, DocumentKind::kCommitmentPolicies);
  const auto versions = document_versions(partner_, plane(), DocumentKind::kRules);
  ASSERT_TRUE(versions);
  ASSERT_THAT(*versions, SizeIs(2));
  EXPECT_EQ(versions->front().version, DocumentVersion(2));
  EXPECT_EQ(versions->front().lists, 1);
  EXPECT_EQ(versions->front().entries, 1);
  EXPECT_EQ(document_versions(partner_, plane(), DocumentKind::kCommitmentPolicies)->front().entries, 1);
  EXPECT_EQ(applied_document(partner_, plane(), DocumentKind::kRules, DocumentVersion(1))->text, kRules);
  EXPECT_EQ(applied_document(partner_, plane(), DocumentKind::kRules, {})->text, kOtherRules);
  EXPECT_FALSE(applied_document(partner_, plane(), DocumentKind::kCommitmentPolicies, DocumentVersion(9)));
  EXPECT_EQ(text_of_version(plane(), DocumentKind::kRules, DocumentVersion(1))->name, "version 1");
}

TEST_F(Documents, TheSidesOfAComparisonHaveDefaults) {
  const auto names = [&](const std::optional<DocumentSide>& first, const std::optional<DocumentSide>& second) {
    const auto compared = compare_documents(partner_, plane(), DocumentKind::kRules, first, second);
    EXPECT_TRUE(compared);
    return compared->before + " / " + compared->after;
  };
  EXPECT_EQ(names({}, {}), "nothing / nothing");
  apply(kRules);
  apply(kOtherRules);
  apply(kRules);
  const DocumentSide file = DocumentText{DocumentKind::kRules, kOtherRules, "file.yaml"};
  EXPECT_EQ(names({}, {}), "version 2 / version 3");
  EXPECT_EQ(names(DocumentVersion(1), {}), "version 1 / version 3");
  EXPECT_EQ(names(file, {}), "version 3 / file.yaml");
  EXPECT_EQ(names(DocumentVersion(1), DocumentVersion(2)), "version 1 / version 2");
  EXPECT_EQ(names(file, DocumentVersion(2)), "file.yaml / version 2");
  EXPECT_THAT(compare_documents(partner_, plane(), DocumentKind::kRules, file, DocumentVersion(2))->differences,
              IsEmpty());
  EXPECT_THAT(compare_documents(partner_, plane(), DocumentKind::kRules, file, {})->differences, SizeIs(2));
}

TEST_F(Documents, APreviewNeedsCharges) {
  const auto preview = preview_document(partner_, *workspace_, *admit(kRules), {}, *Month::parse("2026-10"));
  ASSERT_FALSE(preview);
  EXPECT_EQ(preview.error().id, ErrorId::kNoCharges);
}

}  // namespace
}  // namespace apportion
