#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "application/alerts.h"
#include "application/azure_sessions.h"
#include "application/freshness.h"
#include "application/mail_sender.h"
#include "application/webhook_sender.h"
#include "foundation/base/next_step.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));
const UtcTime kNow = *parse_utc_time("2026-11-22T12:00:00Z");

class RecordingSender final : public AlertSender {
 public:
  explicit RecordingSender(std::vector<std::string>& seen, bool fails = false) : seen_(&seen), fails_(fails) {}
  Result<void> send(const AlertMessage& message) override {
    texts.push_back(message.alert.text);
    if (fails_) return Error{ErrorId::kNoAnswer, "nobody there", "", "", ""};
    seen_->push_back((message.opened ? "opened " : "closed ") + message.alert.key);
    return ok();
  }

  std::vector<std::string> texts;

 private:
  std::vector<std::string>* seen_;
  bool fails_;
};

class Operations : public ::testing::Test {
 protected:
  Result<AlertRound> tell(const std::vector<AlertCondition>& conditions, const std::vector<NamedSender>& senders) {
    APPORTION_ASSIGN(AlertRound round, update_alerts(catalog_, conditions));
    APPORTION_TRY(deliver_alerts(
        catalog_, senders, [](const NextStep& step) { return fmt::format("<{}>", step_definition(step.id).name); },
        round));
    return round;
  }

  Operations()
      : file_(folder_ / "control-plane.sqlite"),
        plane_(std::move(ControlPlane::open(file_, kClock, true)).value()),
        catalog_(std::move(AzureCatalog::open(file_, kClock)).value()),
        acme_(plane_.add_connection({.name = "acme"})->id) {}

  void take(Dataset dataset, const std::string& submitted_at, std::int64_t rows,
            const std::string& last = "2026-11-21") {
    Import import;
    import.id = *plane_.next_import_id();
    import.connection = acme_;
    import.dataset = dataset;
    import.month = *Month::parse("2026-11");
    import.run_id = submitted_at;
    import.content_hash = "h";
    import.submitted_at = submitted_at;
    import.first_day = import.month.first_day();
    import.last_day = *Day::parse(last);
    import.rows_source = import.rows_stored = rows;
    ASSERT_TRUE(plane_.add_import(import, {}));
  }

  std::vector<std::string> keys(const std::vector<Expiry>& expiries = {}, UtcTime now = kNow) {
    std::vector<std::string> keys;
    const auto conditions = alert_conditions(plane_, catalog_, expiries, {}, now);
    EXPECT_TRUE(conditions);
    for (const AlertCondition& condition : *conditions) keys.push_back(condition.key);
    return keys;
  }

  const TestFolder folder_;
  const std::filesystem::path file_;
  ControlPlane plane_;
  AzureCatalog catalog_;
  const ConnectionId acme_;
};

TEST_F(Operations, DataIsAsOfTheOlderOfTheNewestRuns) {
  EXPECT_EQ(freshness_of_connections(plane_, catalog_)->at(0).data_as_of, std::nullopt);
  take(Dataset::kActualCost, "2026-11-20T03:00:00Z", 100);
  take(Dataset::kActualCost, "2026-11-22T03:00:00Z", 110);
  take(Dataset::kAmortizedCost, "2026-11-21T04:30:00.1234567Z", 110);
  take(Dataset::kReservationDetails, "2026-11-01T00:00:00Z", 1);
  const SourceFreshness source = freshness_of_connections(plane_, catalog_)->at(0);
  EXPECT_EQ(utc_time_text(*source.data_as_of), "2026-11-21T04:30:00Z");
  EXPECT_EQ(utc_time_text(*source.next_expected), "2026-11-22T08:30:00Z");
  EXPECT_EQ(source.lag(kNow), std::chrono::seconds(31 * 3600 + 1800));
}

TEST_F(Operations, ALateRunIsTold) {
  EXPECT_THAT(keys(), IsEmpty());
  take(Dataset::kActualCost, "2026-11-21T07:00:00Z", 100);
  EXPECT_THAT(keys(), IsEmpty());  // due at 11:00, two hours of grace
  EXPECT_THAT(keys({}, kNow + std::chrono::hours(1)), IsEmpty());
  EXPECT_THAT(keys({}, kNow + std::chrono::hours(1) + std::chrono::seconds(1)), ElementsAre("run-late acme"));
}

TEST_F(Operations, AFailedSyncIsToldUntilOneSucceeds) {
  SyncAttempt attempt{.connection = acme_, .started_at = "2026-11-22T11:00:00Z", .ended_at = "2026-11-22T11:00:01Z"};
  attempt.outcome = SyncOutcome::kFailed;
  attempt.detail = "the storage is behind a firewall";
  ASSERT_TRUE(catalog_.add_attempt(attempt));
  EXPECT_THAT(keys(), ElementsAre("sync-failed acme"));
  EXPECT_THAT(alert_conditions(plane_, catalog_, {}, {}, kNow)->front().text, HasSubstr("behind a firewall"));
  attempt.outcome = SyncOutcome::kNothingNew;
  ASSERT_TRUE(catalog_.add_attempt(attempt));
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(Operations, TheSecretOfTheIdentityProviderIsToldWeeksBeforeItEnds) {
  ASSERT_TRUE(catalog_.put_owned_secret({"identity-provider", "client-secret", "x", Day::parse("2026-12-22")}));
  EXPECT_THAT(keys(), ElementsAre("credential-expires identity-provider"));
  const AlertCondition condition = alert_conditions(plane_, catalog_, {}, {}, kNow)->front();
  EXPECT_THAT(condition.text, HasSubstr("ends on 2026-12-22, in 30 days; without one, nobody can sign in there"));
  EXPECT_THAT(condition.text, HasSubstr(step(Step::kSetIdentityProvider)));
  EXPECT_EQ(condition.connection, "");
}

TEST_F(Operations, CredentialsAreToldWeeksBeforeTheyEnd) {
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "client-secret", "x", Day::parse("2026-12-22")}));
  ASSERT_TRUE(catalog_.put_secret(acme_, {"connection#1", "sas", "x", Day::parse("2026-12-23")}));
  EXPECT_THAT(keys({{"acme", "certificate /a.pem", *Day::parse("2026-11-01")}}),
              ElementsAre("credential-expires acme client-secret", "credential-expires acme certificate /a.pem"));
  const auto conditions = *alert_conditions(plane_, catalog_, {{"acme", "c", *Day::parse("2026-11-01")}}, {}, kNow);
  EXPECT_THAT(conditions[0].text, HasSubstr("in 30 days"));
  EXPECT_THAT(conditions[0].text, HasSubstr(step(Step::kGiveClientSecret, {{"connection", "acme"}})));
  EXPECT_THAT(conditions[1].text, HasSubstr("ended on 2026-11-01"));
  EXPECT_THAT(conditions[1].text, HasSubstr(step(Step::kEditConnection, {{"connection", "acme"}})));
}

TEST_F(Operations, ADiskWithLittleRoomIsToldUntilThereIsMore) {
  constexpr std::uintmax_t kGibibyte = std::uintmax_t{1} << 30;
  const DiskSpace low{9 * kGibibyte + kGibibyte / 2, 100 * kGibibyte};
  const DiskSpace enough{10 * kGibibyte, 100 * kGibibyte};
  AlertSettings never;
  never.disk_free_percent = 0;
  EXPECT_THAT(disk_conditions(low, never), IsEmpty());
  const auto opened = update_alerts(catalog_, disk_conditions(low, {}))->opened;
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].kind, "disk-low");
  EXPECT_THAT(opened[0].text, HasSubstr("9.5 GiB free of 100.0 GiB, less than 10 %"));
  EXPECT_THAT(opened[0].text, HasSubstr(step(Step::kListSettings)));
  EXPECT_THAT(update_alerts(catalog_, disk_conditions(low, {}))->opened, IsEmpty());
  EXPECT_THAT(update_alerts(catalog_, disk_conditions(low, {}))->closed, IsEmpty());
  EXPECT_EQ(update_alerts(catalog_, disk_conditions(enough, {}))->closed.size(), 1U);
}

TEST_F(Operations, TheShareOfTheDiskThatIsFreeIsASetting) {
  EXPECT_EQ(AlertSettings::of(*Settings::read(plane_)).disk_free_percent, 10);
  ASSERT_TRUE(set_setting(plane_, "alerts.disk-free-percent", "25"));
  EXPECT_EQ(AlertSettings::of(*Settings::read(plane_)).disk_free_percent, 25);
}

TEST_F(Operations, EachChannelHearsOfTheBeginningAndTheEndOnce) {
  std::vector<std::string> heard;
  std::vector<NamedSender> senders;
  senders.push_back({"a", std::make_unique<RecordingSender>(heard)});
  const AlertCondition late{"run-late acme", "run-late", "acme", "late"};
  auto round = tell({late}, senders);
  ASSERT_TRUE(round);
  EXPECT_THAT(round->opened, SizeIs(1));
  ASSERT_TRUE(tell({late}, senders));
  EXPECT_THAT(heard, ElementsAre("opened run-late acme"));
  round = tell({}, senders);
  EXPECT_THAT(round->closed, SizeIs(1));
  ASSERT_TRUE(tell({}, senders));
  EXPECT_THAT(heard, ElementsAre("opened run-late acme", "closed run-late acme"));
}

TEST_F(Operations, StepsAreKeptWithAnAlertAndSentInTheWordsOfTheSurface) {
  std::vector<std::string> heard;
  auto sender = std::make_unique<RecordingSender>(heard);
  const RecordingSender& sent = *sender;
  std::vector<NamedSender> senders;
  senders.push_back({"a", std::move(sender)});
  const std::string advice = "late; see: " + step(Step::kDiagnose, {{"connection", "acme"}});
  const auto round = tell({{"run-late acme", "run-late", "acme", advice}}, senders);
  ASSERT_TRUE(round);
  EXPECT_EQ(round->opened.at(0).text, advice);
  EXPECT_EQ(catalog_.open_alerts()->at(0).text, advice);
  EXPECT_THAT(sent.texts, ElementsAre("late; see: <diagnose>"));
}

TEST(Secrets, EachIsGivenAgainByAStepOfItsOwn) {
  const auto given = [](std::string_view secret) { return next_steps_in(step_giving_secret("acme", secret)).at(0); };
  EXPECT_EQ(given(kSas).id, Step::kGiveReadingSas);
  EXPECT_EQ(given(kDeliverySas).id, Step::kGiveDeliverySas);
  EXPECT_EQ(given(kCertificatePassword).id, Step::kGiveCertificatePassword);
  EXPECT_EQ(given(location_sas_name(Dataset::kActualCost)),
            (NextStep{Step::kGiveLocationSas, {{"connection", "acme"}, {"dataset", "actual"}}}));
}

TEST_F(Operations, WhatCouldNotBeSentIsSentWithTheNextRound) {
  std::vector<std::string> heard;
  std::vector<NamedSender> down;
  down.push_back({"a", std::make_unique<RecordingSender>(heard, true)});
  const AlertCondition late{"run-late acme", "run-late", "acme", "late"};
  EXPECT_THAT(tell({late}, down)->failures, SizeIs(1));
  std::vector<NamedSender> up;
  up.push_back({"a", std::make_unique<RecordingSender>(heard)});
  ASSERT_TRUE(tell({late}, up));
  EXPECT_THAT(heard, ElementsAre("opened run-late acme"));
}

TEST(Webhook, SignatureIsThatOfTheStandard) {
  // HMAC-SHA256 with the key `key` over `1.The quick brown fox`, computed with another implementation.
  EXPECT_EQ(webhook_signature("key", 1, "The quick brown fox"),
            "1ef269d2a2a1f8d397e0e25c3e3013fb5687509234565e6e49ea45a138768457");
  const auto json = nlohmann::json::parse(
      webhook_body({{7, "k", "run-late", "acme", "text \xff", "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"}, false}));
  EXPECT_EQ(json["event"], "closed");
  EXPECT_EQ(json["alert"], 7);
  EXPECT_EQ(json["closed_at"], "2026-11-22T13:00:00Z");
}

TEST(Mail, IsEncryptedButOnThisMachine) {
  for (const char* server : {"smtp://127.0.0.1:25", "smtp://localhost:587", "smtp://[::1]:25"})
    EXPECT_FALSE(must_be_encrypted(server)) << server;
  for (const char* server : {"smtp://mail.example:587", "smtp://127.mail.example:25", "smtp://localhost.example:25",
                             "smtp://user//127.0.0.1", "smtp://x@localhost:25", ""})
    EXPECT_TRUE(must_be_encrypted(server)) << server;
}

TEST(Mail, IsPlainAndCannotBeInjected) {
  MailSettings settings{"smtps://mail.example:465", "", "", "apportion@example.com", {"ops@example.com"}};
  EXPECT_TRUE(check_mail_settings(settings));
  const std::string text =
      mail_text(settings, {{1, "k", "run-late", "acme", "süß\r\nBcc: x@y", "2026-11-22T12:00:00Z"}, true}, kNow);
  EXPECT_THAT(text, AllOf(HasSubstr("Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"), HasSubstr("To: ops@example.com\r\n"),
                          HasSubstr("Subject: [apportion] run-late acme\r\n"), Not(HasSubstr("Bcc"))));
  for (const std::string address : {"a", "a@", "@b", "a@b\r\nRCPT", "A <a@b>", "a@b,c@d"}) {
    settings.to = {address};
    EXPECT_EQ(check_mail_settings(settings).error().id, ErrorId::kMailAddressInvalid) << address;
  }
  settings.to = {};
  EXPECT_FALSE(check_mail_settings(settings));
  settings.to = {"ops@example.com"};
  for (const char* server : {"https://x", "smtps://user:password@mail.example:465", "smtp://mail.example:587/x",
                             "smtp://mail.example\r\nX: y", "smtp://"}) {
    settings.server = server;
    EXPECT_EQ(check_mail_settings(settings).error().id, ErrorId::kMailServerInvalid) << server;
  }
}

}  // namespace
}  // namespace apportion
