// Use cases of a home as a whole: opened, probed, its settings, its audit log, the rounds of the service.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/audit.h"
#include "application/doctor.h"
#include "application/exports.h"
#include "application/open_home.h"
#include "application/service.h"
#include "application/settings_edits.h"
#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HomeUseCases : public ::testing::Test {
 protected:
  HomeUseCases() { EXPECT_TRUE(make_home(folder_ / "home")); }

  HomeRequest request() const {
    return {.folder = folder_ / "home", .clock = Clock::fixed(*Day::parse("2026-11-22")), .caller = partner_};
  }

  Workspace open(const HomeRequest& request) {
    auto workspace = open_home(request);
    EXPECT_TRUE(workspace) << workspace.error().message();
    return std::move(workspace).value();
  }

  static AzureWorld world() {
    AzureWorld world;
    world.variable = [](const char*) { return std::optional<std::string>(); };
    world.epoch_seconds = [] { return std::int64_t{1'795'000'000}; };
    return world;
  }

  Caller partner_ = Caller::partner("os:billing");
  Caller customer_{"web:contoso", Audience::kCostView, std::set{CustomerId("contoso")}};
  TestFolder folder_;
};

TEST_F(HomeUseCases, AHomeIsMadeOnce) {
  EXPECT_TRUE(make_home(folder_ / "home")->was_there);
  EXPECT_FALSE(make_home(folder_ / "other")->was_there);
}

// Whatever changes what is published needs the right to publish first.
TEST_F(HomeUseCases, OnlyThePartnersOwnPeopleMayPublish) {
  HomeRequest asked = request();
  for (const Caller& caller : {customer_, Caller{"web:nobody"}}) {
    asked.caller = caller;
    Workspace workspace = open(asked);
    const auto writable = begin_writing(workspace);
    ASSERT_FALSE(writable) << caller.actor;
    EXPECT_EQ(writable.error().id, ErrorId::kPartnerOnly);
  }
  asked.caller = partner_;
  Workspace workspace = open(asked);
  EXPECT_TRUE(begin_writing(workspace));
}

TEST_F(HomeUseCases, OptionsWinOverSettingsAndSettingsOverDefaults) {
  Workspace workspace = open(request());
  auto writable = begin_writing(workspace);
  ASSERT_TRUE(change_setting(partner_, *writable, "queries.threads", "3"));
  ASSERT_TRUE(change_setting(partner_, *writable, "queries.memory-mib", "600"));
  EXPECT_EQ(open(request()).threads, 3);
  EXPECT_EQ(open(request()).engine_memory_bytes, std::int64_t{600} << 20);
  HomeRequest asked = request();
  asked.threads = 5;
  asked.memory_mib = 700;
  asked.patience = std::chrono::milliseconds(20);
  const Workspace own = open(asked);
  EXPECT_EQ(own.threads, 5);
  EXPECT_EQ(own.engine_memory_bytes, std::int64_t{700} << 20);
  EXPECT_EQ(own.patience, std::chrono::milliseconds(20));
}

TEST_F(HomeUseCases, AChangedSettingStandsInTheAuditLogWithWhoDidIt) {
  Workspace workspace = open(request());
  auto writable = begin_writing(workspace);
  const auto changed = change_setting(partner_, *writable, "alerts.expiry-days", "14");
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->value, 14);
  EXPECT_TRUE(changed->is_set);
  EXPECT_FALSE(change_setting(partner_, *writable, "alerts.expiry-days", "default")->is_set);
  EXPECT_FALSE(change_setting(partner_, *writable, "alerts.expiry-days", "soon"));
  EXPECT_FALSE(setting_value(partner_, workspace, "alerts.expiry"));
  const auto entries = audit_entries(partner_, workspace, 2);
  ASSERT_TRUE(entries);
  ASSERT_THAT(*entries, SizeIs(2));
  EXPECT_EQ(entries->front().actor, "os:billing");
  EXPECT_GT(entries->front().number, entries->back().number);
}

TEST_F(HomeUseCases, TheAuditLogIsVerifiedAgainstAHashThatWasKept) {
  Workspace workspace = open(request());
  auto writable = begin_writing(workspace);
  ASSERT_TRUE(change_setting(partner_, *writable, "alerts.expiry-days", "14"));
  const auto verdict = verify_audit(partner_, workspace, {});
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->check());
  EXPECT_TRUE(verify_audit(partner_, workspace, {.head = verdict->found.head})->holds());
  const auto other = verify_audit(partner_, workspace, {.head = "00"});
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->holds());
  EXPECT_EQ(other->check().error().id, ErrorId::kAuditHeadMissing);
}

TEST_F(HomeUseCases, TheyAreThePartners) {
  Workspace workspace = open(request());
  Gateway gateway(world());
  auto writable = begin_writing(workspace);
  EXPECT_FALSE(list_settings(customer_, workspace));
  EXPECT_FALSE(setting_value(customer_, workspace, "alerts.expiry-days"));
  EXPECT_FALSE(change_setting(customer_, *writable, "alerts.expiry-days", "14"));
  EXPECT_TRUE(audit_entries(customer_, workspace, 1)->empty());
  EXPECT_FALSE(export_audit(customer_, workspace, {}, {}, [](const AuditEntry& /*entry*/) { return ok(); }));
  EXPECT_FALSE(verify_audit(customer_, workspace, {}));
  EXPECT_FALSE(probe_home(customer_, workspace, gateway, {}));
  EXPECT_FALSE(probe_connection(customer_, workspace, gateway, "acme"));
  const auto exports = ConnectionExports::open(customer_, workspace, gateway, "acme");
  ASSERT_FALSE(exports);
  EXPECT_EQ(exports.error().kind(), ErrorKind::kForbidden);
}

std::vector<std::string> states_of(const std::vector<Probe>& probes) {
  std::vector<std::string> states;
  for (const Probe& probe : probes) states.push_back(probe.name + " " + std::string(probe_state_name(probe.state)));
  return states;
}

TEST_F(HomeUseCases, TheDoctorTellsFoldersThatAreNotThere) {
  Workspace workspace = open(request());
  Gateway gateway(world());
  Connection acme{.name = "acme"};
  acme.locations[Dataset::kActualCost] = (folder_ / "nowhere").string();
  ASSERT_TRUE(workspace.control_plane.add_connection(acme));
  ASSERT_TRUE(workspace.control_plane.put_customers({{CustomerId("a"), "A", "", {"a.example.com"}}}));
  const auto probes = probe_home(partner_, workspace, gateway, {});
  ASSERT_TRUE(probes) << probes.error().message();
  EXPECT_THAT(states_of(*probes), Contains("control-plane ok"));
  EXPECT_THAT(states_of(*probes), Contains("lake ok"));
  EXPECT_THAT(states_of(*probes), Contains("customer-tenants warning"));
  EXPECT_THAT(states_of(*probes), Contains("acme folder-readable failed"));
  EXPECT_THAT(states_of(*probe_connection(partner_, workspace, gateway, "acme")),
              ElementsAre("folder-readable failed"));
  EXPECT_EQ(probe_home(partner_, workspace, gateway, {.connection = "other"}).error().id, ErrorId::kNoSuchConnection);
}

TEST_F(HomeUseCases, ExportsNeedAScope) {
  Workspace workspace = open(request());
  Gateway gateway(world());
  ASSERT_TRUE(workspace.control_plane.add_connection({.name = "acme"}));
  const auto exports = ConnectionExports::open(partner_, workspace, gateway, "acme");
  ASSERT_FALSE(exports);
  EXPECT_EQ(exports.error().id, ErrorId::kConnectionHasNoScope);
}

TEST(AppliedExports, TheLastExportThatFailedIsTheFailure) {
  AppliedExports applied;
  EXPECT_EQ(applied.failure(), nullptr);
  applied.unreadable.push_back({ErrorId::kNoAnswer, "scope", "", "", ""});
  EXPECT_EQ(applied.failure()->what, "scope");
  for (const char* what : {"first", "second"}) {
    AppliedExport failed;
    failed.error = Error{ErrorId::kNoAnswer, what, "", "", ""};
    applied.report.exports.push_back(failed);
  }
  EXPECT_EQ(applied.failure()->what, "second");
}

std::string by_title(const NextStep& step) { return std::string(step_definition(step.id).title); }

class Heard final : public ServiceWatch {
 public:
  void begins(std::chrono::minutes every) override { told.push_back(fmt::format("every {}", every.count())); }
  void round_begins() override { told.emplace_back("round"); }
  void has_no_connection() override { told.emplace_back("no connection"); }
  void took_in(const FlowReport& report) override {
    told.push_back(fmt::format("{} problems", report.problems.size()));
  }
  void delivered(const ReportRound& round) override { told.push_back(fmt::format("{} reports", round.done.size())); }
  void anchored(const AuditAnchor& anchor) override { told.push_back(fmt::format("anchored {}", anchor.number)); }
  void alerted(const AlertRound& round) override { told.push_back(fmt::format("{} alerts", round.opened.size())); }
  void round_failed(const Error& error) override { told.push_back(error.what); }
  std::vector<std::string> told;
};

TEST_F(HomeUseCases, TheServiceGoesOnAfterProblemsOfARound) {
  ServiceRequest service{.home = request(), .world = world(), .words = by_title, .every_minutes = 7, .rounds = 1};
  Heard empty;
  ASSERT_TRUE(run_service(service, empty));
  EXPECT_THAT(empty.told, ElementsAre("every 7", "round", "no connection", "0 alerts"));
  Connection acme{.name = "acme"};
  acme.locations[Dataset::kActualCost] = (folder_ / "nowhere").string();
  ASSERT_TRUE(open(request()).control_plane.add_connection(acme));
  Heard failing;
  ASSERT_TRUE(run_service(service, failing));
  EXPECT_THAT(failing.told, ElementsAre("every 7", "round", "1 problems", "1 alerts"));
  service.home.folder = folder_ / "none";
  Heard none;
  EXPECT_FALSE(run_service(service, none));
  EXPECT_THAT(none.told, ElementsAre());
}

TEST_F(HomeUseCases, TheServiceAnchorsTheAuditLogAndAlertsWhenItCannot) {
  ASSERT_TRUE(open(request()).control_plane.put_setting("alerts.expiry-days", "14"));
  const std::filesystem::path file = folder_ / "anchors.jsonl";
  ServiceRequest service{.home = request(), .world = world(), .words = by_title, .every_minutes = 7, .rounds = 1};
  service.anchoring = AuditAnchoring::at(file.string(), folder_ / "home").value();
  const auto told_in_a_round = [&service] {
    Heard heard;
    EXPECT_TRUE(run_service(service, heard));
    return heard.told;
  };
  EXPECT_THAT(told_in_a_round(), ElementsAre("every 7", "round", "no connection", "anchored 1", "0 alerts"));
  EXPECT_THAT(told_in_a_round(), ElementsAre("every 7", "round", "no connection", "0 alerts"));
  std::ofstream(file) << "something else\n";
  EXPECT_THAT(told_in_a_round(), ElementsAre("every 7", "round", "no connection", "1 alerts"));
  Workspace workspace = open(request());
  const AzureCatalog catalog = AzureCatalog::of(workspace.control_plane);
  ASSERT_THAT(*catalog.open_alerts(), SizeIs(1));
  EXPECT_EQ(catalog.open_alerts()->front().kind, "audit-not-anchored");
  std::filesystem::remove(file);
  EXPECT_THAT(told_in_a_round(), ElementsAre("every 7", "round", "no connection", "anchored 1", "0 alerts"));
  EXPECT_THAT(*catalog.open_alerts(), IsEmpty());
}

TEST_F(HomeUseCases, AServiceThatIsStoppedEndsAfterItsRound) {
  ServiceRequest service{.home = request(), .world = world(), .words = by_title};
  service.home.cancel.request();
  Heard heard;
  ASSERT_TRUE(run_service(service, heard));
  EXPECT_THAT(heard.told, ElementsAre("every 60", "round", "no connection", "0 alerts"));
}

}  // namespace
}  // namespace apportion
