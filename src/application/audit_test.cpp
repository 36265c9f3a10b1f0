#include "application/audit.h"

#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/audit_anchor.h"
#include "application/writable_home_test_support.h"
#include "azure/testing.h"
#include "foundation/base/files.h"
#include "store/people_book.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Caller kPartner = Caller::partner("os:billing");
const CustomerId kContoso("contoso");
constexpr const char* kUrl = "https://witness.example.com/anchors/HIDDEN";

class AuditTest : public WritableHomeTest {
 protected:
  AuditTest() { EXPECT_TRUE(plane().put_customers({{kContoso, "Contoso", "", {}}})); }

  Result<std::optional<AuditAnchor>> anchor(AuditAnchoring& anchoring) {
    return anchoring.anchor(*workspace_, transport_, Cancel());
  }
  AuditAnchoring at(const std::string& place) {
    auto anchoring = AuditAnchoring::at(place, folder_ / "home");
    EXPECT_TRUE(anchoring) << anchoring.error().message();
    return std::move(anchoring).value();
  }
  std::string file() const { return (folder_ / "anchors.jsonl").string(); }
  Result<void> verify(const std::string& anchors) {
    AuditWitness witness;
    APPORTION_ASSIGN(witness.anchors, read_anchors(anchors));
    APPORTION_ASSIGN(const AuditVerdict verdict, verify_audit(kPartner, *workspace_, witness));
    return verdict.check();
  }

  FakeTransport transport_;
};

TEST_F(AuditTest, ACustomerReadsWhatConcernsItAndNothingOfThePartners) {
  auto people = PeopleBook::open(workspace_->home.control_plane_file(), workspace_->clock, [] { return 1000; });
  ASSERT_TRUE(people->note("customer.act-as", "contoso", {"user:zebra@partner.example", "10.0.0.1"}, kContoso));
  ASSERT_TRUE(people->note("dataset.download", "focus.csv", {"user:anna@contoso.example", "10.0.0.2", kContoso}));
  const Caller customer{"user:anna@contoso.example", Audience::kListView, std::set{kContoso}};
  const auto entries = *audit_entries(customer, *workspace_, 9);
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].actor, "user:anna@contoso.example");
  EXPECT_EQ(entries[0].address, "10.0.0.2");
  EXPECT_EQ(entries[1].actor, "partner");
  EXPECT_EQ(entries[1].address, std::nullopt);
  EXPECT_EQ(entries[1].number, 1);
  for (const AuditEntry& entry : entries) EXPECT_EQ(entry.hash + entry.previous_hash, "");
  const Caller other{"user:bo", Audience::kListView, std::set{CustomerId("fabrikam")}};
  EXPECT_THAT(*audit_entries(other, *workspace_, 9), IsEmpty());
  EXPECT_EQ(audit_entries(kPartner, *workspace_, 9)->at(1).actor, "user:zebra@partner.example");
}

TEST_F(AuditTest, EachNewHeadIsALineOfTheFile) {
  AuditAnchoring anchoring = at(file());
  const auto first = anchor(anchoring);
  ASSERT_TRUE(first && *first) << first.error().message();
  EXPECT_EQ((*first)->hash, plane().audit_log(1)->front().hash);
  EXPECT_FALSE(*anchor(anchoring)) << "nothing happened";
  ASSERT_TRUE(plane().put_customers({{CustomerId("fabrikam"), "F", "", {}}}));
  AuditAnchoring after_restart = at(file());
  const auto second = anchor(after_restart);
  ASSERT_TRUE(second && *second);
  EXPECT_THAT(*read_anchors(file()), ElementsAre(**first, **second));
  EXPECT_TRUE(verify(file()));
}

TEST_F(AuditTest, ALogWithoutAnEntryThatWasAnchoredIsFound) {
  AuditAnchoring anchoring = at(file());
  ASSERT_TRUE(anchor(anchoring));
  AuditAnchor other = read_anchors(file())->front();
  other.hash = std::string(64, 'a');  // the same entry of another chain
  std::ofstream(file(), std::ios::app) << anchor_json(other) << "\n";
  ASSERT_TRUE(plane().put_customers({{CustomerId("more"), "M", "", {}}}));
  EXPECT_EQ(verify(file()).error().id, ErrorId::kAuditHeadMissing);
  const auto refused = anchor(anchoring);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kAuditHeadMissing);
  EXPECT_THAT(*read_anchors(file()), SizeIs(2)) << "what was anchored stays the measure";
  other.number = 99;
  EXPECT_FALSE(*holds_anchor(plane(), other)) << "the log ends before it";
}

TEST_F(AuditTest, AWebhookGetsEachNewHeadUntilItAcceptsIt) {
  AuditAnchoring anchoring = at(kUrl);
  EXPECT_EQ(anchoring.shown_place().find("HIDDEN"), std::string::npos);
  transport_.once("POST", "/anchors/HIDDEN", HttpResponse{503, {}, "HIDDEN"});
  transport_.once("POST", "/anchors/HIDDEN", HttpResponse{202, {}, ""});
  const auto refused = anchor(anchoring);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kWebhookRefused);
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("HIDDEN")));
  const auto sent = anchor(anchoring);
  ASSERT_TRUE(sent && *sent) << sent.error().message();
  EXPECT_FALSE(*anchor(anchoring));
  EXPECT_EQ(transport_.requests().back().body, anchor_json(**sent));
  EXPECT_THAT(transport_.requests(), SizeIs(2));
}

TEST_F(AuditTest, APlaceThatIsNoneIsRefused) {
  for (const std::string& place : {(folder_ / "home" / "anchors").string(), (folder_ / "home").string(),
                                   std::string("http://witness.example.com/"), std::string("ftp://x/")}) {
    const auto refused = AuditAnchoring::at(place, folder_ / "home");
    ASSERT_FALSE(refused) << place;
    EXPECT_EQ(refused.error().id, ErrorId::kAuditAnchorInvalid);
  }
}

TEST_F(AuditTest, AFileWithSomethingElseIsNotTakenForAnchors) {
  const std::string hash(64, 'a');
  for (const std::string& line :
       {std::string("x"), std::string("{}"), std::string(R"({"number": "1", "hash": "", "at": ""})"),
        R"({"number": 0, "at": "", "hash": ")" + hash + "\"}",
        std::string(R"({"number": 1, "hash": "ab", "at": ""})")}) {
    std::ofstream(file()) << R"({"number": 1, "at": "", "hash": ")" << hash << "\"}\n" << line << "\n";
    const auto refused = read_anchors(file());
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().id, ErrorId::kAuditAnchorInvalid);
    EXPECT_THAT(refused.error().where, HasSubstr("line 2"));
  }
  EXPECT_THAT(*read_anchors(folder_ / "none"), IsEmpty());
}

}  // namespace
}  // namespace apportion
