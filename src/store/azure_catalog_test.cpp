#include "store/azure_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"
#include "store/control_plane.h"

namespace apportion {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));

class AzureCatalogTest : public ::testing::Test {
 protected:
  AzureCatalogTest()
      : file_(folder_ / "control-plane.sqlite"),
        plane_(std::move(ControlPlane::open(file_, kClock, true)).value()),
        catalog_(std::move(AzureCatalog::open(file_, kClock)).value()),
        acme_(plane_.add_connection({.name = "acme"})->id) {}

  const TestFolder folder_;
  const std::filesystem::path file_;
  ControlPlane plane_;
  AzureCatalog catalog_;
  const ConnectionId acme_;
};

TEST_F(AzureCatalogTest, KeepsAccessAndTellsTheAuditLog) {
  EXPECT_FALSE(catalog_.settings(acme_)->has_value());
  AzureSettings settings;
  settings.connection = acme_;
  settings.cloud = "custom";
  settings.login = "https://login.example";
  settings.scope = "/providers/Microsoft.Billing/billingAccounts/1";
  settings.credential = "certificate";
  settings.certificate_file = "/etc/apportion/app.pem";
  settings.sign_with_rs256 = true;
  settings.use_reports = true;
  settings.exports_wanted = "{}";
  ASSERT_TRUE(catalog_.put_settings(settings));
  const auto read = **AzureCatalog::open(file_, kClock)->settings(acme_);
  EXPECT_EQ(read.login, settings.login);
  EXPECT_EQ(read.scope, settings.scope);
  EXPECT_EQ(read.certificate_file, settings.certificate_file);
  EXPECT_TRUE(read.sign_with_rs256);
  EXPECT_TRUE(read.use_reports);
  EXPECT_EQ(read.api_version, "2025-03-01");
  EXPECT_EQ(plane_.audit_log()->front().what, "connection.access");
  settings.connection = ConnectionId(99);
  EXPECT_EQ(catalog_.put_settings(settings).error().id, ErrorId::kNoSuchConnection);
}

TEST_F(AzureCatalogTest, KeepsTheLegacyPartUntilItIsTakenAway) {
  EXPECT_FALSE(catalog_.legacy(acme_)->has_value());
  const LegacySettings settings{{Dataset::kDailyRatedUsage}, "client-secret", "t", "c", "", ""};
  ASSERT_TRUE(catalog_.put_legacy(acme_, settings));
  const auto read = **AzureCatalog::open(file_, kClock)->legacy(acme_);
  EXPECT_EQ(read.datasets, settings.datasets);
  EXPECT_EQ(read.tenant, "t");
  EXPECT_TRUE(read.signs_in_by_itself());
  EXPECT_EQ(plane_.audit_log()->front().what, "connection.legacy");
  ASSERT_TRUE(catalog_.remove_legacy(acme_));
  EXPECT_FALSE(catalog_.legacy(acme_)->has_value());
  ASSERT_TRUE(catalog_.remove_legacy(acme_));
  EXPECT_EQ(catalog_.put_legacy(ConnectionId(99), settings).error().id, ErrorId::kNoSuchConnection);
}

TEST_F(AzureCatalogTest, TheLastAnswerAboutLinesCounts) {
  const Day today = *Day::parse("2026-11-22");
  ASSERT_TRUE(catalog_.put_fetched_lines(acme_, {Dataset::kInvoiceReconciliation, "G1", "", today}));
  ASSERT_TRUE(catalog_.put_fetched_lines(acme_, {Dataset::kInvoiceReconciliation, "G1", "tag", today.plus_days(1)}));
  ASSERT_TRUE(catalog_.put_fetched_lines(acme_, {Dataset::kDailyRatedUsage, "G1", "other", today}));
  const auto lines = *catalog_.fetched_lines(acme_);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].etag, "other");
  EXPECT_EQ(lines[1].etag, "tag");
  EXPECT_EQ(lines[1].asked_on, today.plus_days(1));
  ASSERT_TRUE(plane_.remove_connection(acme_));
  EXPECT_THAT(*catalog_.fetched_lines(acme_), IsEmpty());
}

TEST_F(AzureCatalogTest, AccessAndHistoryGoWithTheirConnection) {
  AzureSettings settings;
  settings.connection = acme_;
  ASSERT_TRUE(catalog_.put_settings(settings));
  ASSERT_TRUE(catalog_.add_attempt({.connection = acme_, .started_at = "a", .ended_at = "b", .detail = ""}));
  ASSERT_TRUE(plane_.remove_connection(acme_));
  EXPECT_FALSE(catalog_.settings(acme_)->has_value());
  EXPECT_THAT(*catalog_.attempts(std::nullopt, 10), IsEmpty());
}

TEST_F(AzureCatalogTest, ListsWhatExpiresNextFirst) {
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "client-secret", "x", Day::parse("2027-03-01")}));
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "sas", "y", Day::parse("2026-12-01")}));
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "certificate-password", "z"}));
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "sas", "y2", Day::parse("2026-12-02")}));
  ASSERT_TRUE(catalog_.put_owned_secret({"alert:mail", "password", "w", Day::parse("2026-12-09")}));
  const auto expiring = *catalog_.expiring_secrets();
  ASSERT_THAT(expiring, SizeIs(3));
  EXPECT_EQ(expiring[0].owner, "connection:acme");
  EXPECT_EQ(expiring[0].name, "sas");
  EXPECT_EQ(expiring[0].expires_on.to_string(), "2026-12-02");
  EXPECT_EQ(expiring[1].owner, "alert:mail");
  EXPECT_THAT(*catalog_.secrets(acme_), SizeIs(3));
  ASSERT_TRUE(catalog_.remove_secret(acme_, "sas"));
  ASSERT_TRUE(catalog_.remove_secret(acme_, "sas"));
  EXPECT_THAT(*catalog_.secrets(acme_), SizeIs(2));
}

TEST_F(AzureCatalogTest, AllSecretsAreSealedAgainOrNone) {
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "sas", "x", Day::parse("2026-12-01")}));
  ASSERT_TRUE(catalog_.put_owned_secret({"alert:mail", "password", "y"}));
  const auto count =
      catalog_.reseal([](const SealedSecret& secret) -> Result<std::string> { return secret.sealed + "2"; }, "a to b");
  ASSERT_TRUE(count) << count.error().message();
  EXPECT_EQ(*count, 2);
  EXPECT_EQ(catalog_.secrets(acme_)->front().sealed, "x2");
  EXPECT_EQ(catalog_.secrets(acme_)->front().expires_on, Day::parse("2026-12-01"));
  EXPECT_EQ(catalog_.owned_secrets("alert:mail")->front().sealed, "y2");
  EXPECT_TRUE(plane_.check(PlaneCheck::kWhole));
  const auto failed = catalog_.reseal(
      [](const SealedSecret& secret) -> Result<std::string> {
        if (secret.name == "password") return Error{ErrorId::kSealedSecretDamaged, "damaged", "", "", ""};
        return secret.sealed + "3";
      },
      "b to c");
  EXPECT_FALSE(failed);
  EXPECT_EQ(catalog_.secrets(acme_)->front().sealed, "x2");
  EXPECT_THAT(*catalog_.all_secrets(), SizeIs(2));
}

TEST_F(AzureCatalogTest, SecretsGoWithTheirConnectionAtOnce) {
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "sas", "x"}));
  ASSERT_TRUE(plane_.remove_connection(acme_));
  EXPECT_THAT(*catalog_.secrets(acme_), IsEmpty());
  const ConnectionId again = plane_.add_connection({.name = "acme"})->id;
  EXPECT_NE(again, acme_);
  EXPECT_THAT(*catalog_.secrets(again), IsEmpty());
  EXPECT_FALSE(catalog_.put_secret(acme_, {"connection#1", "sas", "x"}));
}

TEST_F(AzureCatalogTest, AConnectionAndItsSecretsAreOneTransaction) {
  AzureCatalog catalog = AzureCatalog::of(plane_);
  {
    auto undone = plane_.begin();
    ASSERT_TRUE(undone);
    const ConnectionId added = plane_.add_connection({.name = "b"})->id;
    ASSERT_TRUE(catalog.put_secret(added, {"connection#2", "sas", "x"}));
  }
  EXPECT_FALSE(plane_.connection_named("b"));
  EXPECT_THAT(*catalog.expiring_secrets(), IsEmpty());
}

TEST_F(AzureCatalogTest, KeepsAllAttemptsNewestFirst) {
  for (const SyncOutcome outcome : {SyncOutcome::kTaken, SyncOutcome::kFailed}) {
    ASSERT_TRUE(catalog_.add_attempt({.connection = acme_,
                                      .started_at = "2026-11-22T11:00:00Z",
                                      .ended_at = "2026-11-22T11:01:00Z",
                                      .outcome = outcome,
                                      .runs = 2,
                                      .rows = 30,
                                      .detail = "d"}));
  }
  const auto attempts = *catalog_.attempts(acme_, 10);
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].outcome, SyncOutcome::kFailed);
  EXPECT_EQ(attempts[1].rows, 30);
  EXPECT_THAT(*catalog_.attempts(std::nullopt, 1), SizeIs(1));
}

TEST_F(AzureCatalogTest, ABackfillStepReplacesItself) {
  const Month month = *Month::parse("2026-05");
  ASSERT_TRUE(catalog_.put_backfill(acme_, {"/e", month, "submitted", "r", "t", ""}));
  ASSERT_TRUE(catalog_.put_backfill(acme_, {"/e", month, "completed", "r", "t", ""}));
  const auto steps = *catalog_.backfill(acme_);
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_EQ(steps[0].state, "completed");
  EXPECT_EQ(steps[0].month, month);
}

TEST_F(AzureCatalogTest, AnAlertIsOpenOnceAndItsEndIsToldToWhoKnewIt) {
  const auto alert = *catalog_.open_alert(
      {.key = "late acme", .kind = "run-late", .connection = "acme", .text = "t", .opened_at = ""});
  EXPECT_FALSE(catalog_.open_alert({.key = "late acme", .kind = "k", .connection = "", .text = "", .opened_at = ""}));
  EXPECT_FALSE(*catalog_.was_delivered(alert.id, "opened", "hook"));
  ASSERT_TRUE(catalog_.note_delivery(alert.id, "opened", "hook", "it was down"));
  EXPECT_FALSE(*catalog_.was_delivered(alert.id, "opened", "hook"));
  ASSERT_TRUE(catalog_.note_delivery(alert.id, "opened", "hook", ""));
  EXPECT_TRUE(*catalog_.was_delivered(alert.id, "opened", "hook"));
  EXPECT_THAT(*catalog_.ends_to_tell("hook"), IsEmpty());
  ASSERT_TRUE(catalog_.close_alert(alert.id));
  EXPECT_THAT(*catalog_.open_alerts(), IsEmpty());
  EXPECT_THAT(*catalog_.ends_to_tell("hook"), SizeIs(1));
  EXPECT_THAT(*catalog_.ends_to_tell("mail"), IsEmpty());
  ASSERT_TRUE(catalog_.note_delivery(alert.id, "closed", "hook", ""));
  EXPECT_THAT(*catalog_.ends_to_tell("hook"), IsEmpty());
  EXPECT_TRUE(catalog_.open_alert({.key = "late acme", .kind = "k", .connection = "", .text = "", .opened_at = ""}));
  EXPECT_EQ(catalog_.alert_history(10)->size(), 2u);
}

TEST_F(AzureCatalogTest, ChannelsComeAndGo) {
  ASSERT_TRUE(catalog_.put_channel({"hook", "webhook", R"({"url":"https://h"})"}));
  EXPECT_THAT(*catalog_.channels(), SizeIs(1));
  EXPECT_TRUE(*catalog_.remove_channel("hook"));
  EXPECT_FALSE(*catalog_.remove_channel("hook"));
}

TEST_F(AzureCatalogTest, FactsOfCommitmentsAreReplacedAndSummariesGather) {
  const Day day = *Day::parse("2026-11-22");
  ASSERT_TRUE(catalog_.put_commitments(acme_, {{"r1", "Name", "old", day}, {"r2", "Name", "gone", day}},
                                       {{"r1", day, "80", "70", "90"}}));
  ASSERT_TRUE(
      catalog_.put_commitments(acme_, {{"r1", "Name", "new", day}}, {{"r1", day.plus_days(1), "81", "1", "99"}}));
  const auto facts = *catalog_.commitment_facts(acme_);
  ASSERT_THAT(facts, SizeIs(1));
  EXPECT_EQ(facts[0].value, "new");
  EXPECT_EQ(facts[0].as_of, day);
  EXPECT_THAT(*catalog_.use_summaries(std::nullopt), SizeIs(2));
}

}  // namespace
}  // namespace apportion
