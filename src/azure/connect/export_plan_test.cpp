#include "azure/connect/export_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/testing.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using connect_testing::error_answer;
using connect_testing::FakeExports;
using connect_testing::Json;
using connect_testing::json_answer;
using connect_testing::TestClient;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kAccount = "/providers/Microsoft.Billing/billingAccounts/12345:6789_2019-05-31";
const std::string kStorage =
    "/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/"
    "bills";
const Day kToday = *Day::parse("2026-11-25");
const Cloud kCloud{"public", "https://login.example.com", "https://arm.example.com", "core.windows.net"};

ExportSettings settings() {
  ExportSettings made;
  made.scope = *parse_scope(kAccount);
  made.datasets = default_datasets(false, false);
  made.destination.resource_id = kStorage;
  made.destination.container = "exports";
  made.destination.root_folder = "/acme/";
  return made;
}

std::vector<WantedExport> wanted_of(const ExportSettings& made) {
  auto wanted = wanted_exports(made, kCloud);
  EXPECT_TRUE(wanted) << wanted.error().message();
  return wanted ? *wanted : std::vector<WantedExport>{};
}

std::string refusal_of(const ExportSettings& made) {
  const auto wanted = wanted_exports(made, kCloud);
  EXPECT_FALSE(wanted);
  return wanted ? "" : wanted.error().message();
}

ApplyOptions options() { return {.clock = Clock::fixed(kToday), .provider_wait = {std::chrono::milliseconds(0), 3}}; }

/// Plans and applies.
ApplyReport applied(TestClient& client, const ExportSettings& made, const ApplyOptions& how) {
  const auto plan = plan_exports(client.arm, wanted_of(made), made.prefix);
  EXPECT_TRUE(plan) << plan.error().message();
  auto report = apply_plan(client.arm, *plan, how);
  EXPECT_TRUE(report) << report.error().message();
  return *report;
}

std::vector<std::string> actions_of(const ApplyReport& report) {
  std::vector<std::string> actions;
  for (const AppliedExport& one : report.exports) {
    actions.push_back(one.name + " " + std::string(apply_action_name(one.action)));
  }
  return actions;
}

std::vector<std::string> properties_of(const PlannedExport& planned) {
  std::vector<std::string> properties;
  for (const PropertyDifference& difference : planned.differences) properties.push_back(difference.property);
  return properties;
}

void provider_is(TestClient& client, const std::string& state) {
  client.transport.always("GET", "CostManagementExports", json_answer(200, {{"registrationState", state}}));
}

TEST(WantedExports, TakeOnlyNamesThatAContainerCanHave) {
  ExportSettings made = settings();
  for (const char* name : {"ab", "Bills", "bills_of_acme", "-bills", "bills-", "bills--acme", "bills/acme"}) {
    made.destination.container = name;
    EXPECT_THAT(refusal_of(made), HasSubstr("this is not a valid container name")) << name;
  }
  for (const char* name : {"abc", "bills-2026", "0bills"}) {
    made.destination.container = name;
    EXPECT_THAT(wanted_of(made), SizeIs(2)) << name;
  }
}

TEST(WantedExports, AreActualAndAmortizedDailyAndPartitioned) {
  const auto wanted = wanted_of(settings());
  ASSERT_THAT(wanted, SizeIs(2));
  EXPECT_EQ(wanted[0].location, "https://bills.blob.core.windows.net/exports/acme/apportion-actual");
  EXPECT_EQ(wanted[1].location, "https://bills.blob.core.windows.net/exports/acme/apportion-amortized");
  EXPECT_EQ(
      write_export(wanted[1].definition)["properties"]["definition"],
      Json::parse(R"({"type": "AmortizedCost", "timeframe": "MonthToDate", "dataSet": {"granularity": "Daily"}})"));
  EXPECT_EQ(wanted[0].definition.overwrite, "CreateNewReport");
  EXPECT_EQ(wanted[0].definition.compression, "gzip");
  EXPECT_EQ(wanted[0].definition.partitioned, true);
}

TEST(WantedExports, LieWhereTheEmulatorIs) {
  EXPECT_EQ(export_location({"", "bills", "", "exports", "a b/c"}, "e", kCloud, "http://127.0.0.1:10000/bills"),
            "http://127.0.0.1:10000/bills/exports/a%20b/c/e");
}

TEST(WantedExports, PutPricesAndReservationsAtEachBillingProfile) {
  ExportSettings made = settings();
  made.format = ExportFormat::kParquetSnappy;
  made.datasets = default_datasets(true, true);
  made.billing_profiles = {*parse_scope(kAccount + "/billingProfiles/BKM6-54VH-BG7-PGB"),
                           *parse_scope(kAccount + "/billingProfiles/AAAA-54VH-BG7-PGB")};
  const auto wanted = wanted_of(made);
  ASSERT_THAT(wanted, SizeIs(3 + 4 * 2));
  EXPECT_EQ(wanted[2].definition.data_version, "1.2-preview");
  EXPECT_EQ(wanted[3].definition.name, "apportion-price-sheet-bkm6-54vh-bg7-pgb");
  EXPECT_EQ(wanted[3].definition.timeframe, "TheCurrentMonth");
  EXPECT_EQ(wanted[3].definition.format, "Parquet");
  EXPECT_EQ(wanted[5].definition.dataset, "ReservationDetails");
  EXPECT_EQ(wanted[5].definition.format, "Csv") << "Azure writes reservations as plain CSV only";
  EXPECT_EQ(wanted[5].definition.compression, "none");
  EXPECT_THAT(wanted.back().definition.filters, SizeIs(3));
}

TEST(WantedExports, SayWhatCannotBe) {
  ExportSettings made = settings();
  made.datasets = {Dataset::kPriceSheet};
  EXPECT_THAT(refusal_of(made), HasSubstr("only at billing profiles"));
  made = settings();
  made.destination.container.clear();
  EXPECT_THAT(refusal_of(made), HasSubstr("need a container"));
  made = settings();
  made.destination.resource_id = "bills";
  EXPECT_THAT(refusal_of(made), HasSubstr("az storage account show"));
  made = settings();
  made.prefix = "a/b";
  EXPECT_THAT(refusal_of(made), HasSubstr("not a valid export name"));
  made = settings();
  made.datasets = {Dataset::kActualCost, Dataset::kActualCost};
  EXPECT_THAT(refusal_of(made), HasSubstr("given twice"));
  made = settings();
  made.destination = {"", "theirs", "sv=1", "exports", ""};
  made.scope = *parse_scope(kAccount + "/customers/11111111-1111-1111-1111-111111111111");
  EXPECT_THAT(refusal_of(made), HasSubstr("only at the scope of a billing account"));
}

TEST(ExportPlan, FindsMissingDifferingExtraAndForeign) {
  const auto wanted = wanted_of(settings());
  ExportDefinition actual = read_export(write_export(wanted[0].definition));
  actual.name = "Apportion-Actual";
  actual.partitioned = false;
  actual.overwrite = "OverwritePreviousReport";
  actual.schedule = {"Inactive", "Daily", "2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z"};
  actual.suspension_code = "Stopped";
  ExportDefinition extra;
  extra.name = "apportion-focus";
  ExportDefinition foreign;
  foreign.name = "apportionment";
  const auto planned = compare_exports(wanted, wanted[0].scope, {foreign, extra, actual}, "apportion");
  ASSERT_THAT(planned, SizeIs(4));
  EXPECT_EQ(planned[0].finding, Finding::kDiffers);
  EXPECT_EQ(planned[0].name, "Apportion-Actual");
  EXPECT_THAT(properties_of(planned[0]),
              ElementsAre("overwrite", "partitioned", "schedule status", "end of the schedule"));
  EXPECT_EQ(planned[0].differences[0].is, "OverwritePreviousReport");
  EXPECT_EQ(planned[0].differences[0].should_be, "CreateNewReport");
  EXPECT_THAT(planned[0].remarks, Contains(HasSubstr("suspended")));
  EXPECT_EQ(planned[1].finding, Finding::kMissing);
  EXPECT_THAT(planned[1].remarks, Contains(HasSubstr("contradict")));
  EXPECT_EQ(planned[2].finding, Finding::kForeign);
  EXPECT_EQ(planned[3].finding, Finding::kExtra);
}

TEST(ExportPlan, TakesAzuresDefaultsAndCaseForTheSame) {
  ExportSettings made = settings();
  made.format = ExportFormat::kCsv;
  const auto wanted = wanted_of(made);
  ExportDefinition is = wanted[0].definition;
  is.format.clear();
  is.compression = "None";
  is.overwrite.clear();
  is.destination.resource_id = ascii_lower(kStorage);
  is.destination.root_folder = "acme/";
  is.data_version = "2023-12-01-preview";
  is.schedule.to = "9999-12-31T00:00:00Z";
  const auto planned = compare_exports({wanted[0]}, wanted[0].scope, {is}, "apportion");
  EXPECT_THAT(properties_of(planned[0]), IsEmpty());
}

TEST(ExportPlan, TellsOfScopesThatCannotBeRead) {
  TestClient client;
  client.transport.always("GET", "/exports", error_answer(403, "BillingAccessDenied"));
  const auto plan = plan_exports(client.arm, wanted_of(settings()), "apportion");
  ASSERT_TRUE(plan);
  ASSERT_THAT(plan->unreadable, SizeIs(1));
  EXPECT_FALSE(plan->in_order());
}

TEST(ApplyPlan, CreatesWhatIsMissingAndThenHasNothingToDo) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  const ApplyReport first = applied(client, settings(), options());
  EXPECT_THAT(actions_of(first), ElementsAre("apportion-actual created", "apportion-amortized created"));
  EXPECT_EQ(first.exports[0].location, "https://bills.blob.core.windows.net/exports/acme/apportion-actual");
  EXPECT_EQ(first.exports[0].next_run, "2026-11-26T05:00:00Z");
  EXPECT_EQ(azure.exports["apportion-actual"]["properties"]["schedule"],
            Json::parse(R"({"status": "Active", "recurrence": "Daily",
                            "recurrencePeriod": {"from": "2026-11-26T00:00:00Z"}})"));
  EXPECT_THAT(first.notes, Contains(HasSubstr(step(Step::kBackfillExports))));
  const std::size_t sent = client.transport.requests().size();
  const ApplyReport second = applied(client, settings(), options());
  EXPECT_THAT(actions_of(second), ElementsAre("apportion-actual unchanged", "apportion-amortized unchanged"));
  EXPECT_EQ(client.transport.requests().size(), sent + 1) << "one list, nothing else";
}

TEST(ApplyPlan, UpdatesWithTheNewestStateAndKeepsTheRest) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  applied(client, settings(), options());
  Json& body = azure.exports["apportion-actual"];
  body["properties"]["partitionData"] = false;
  body["properties"]["somethingNew"] = {{"a", 1}};
  body["properties"]["deliveryInfo"]["destination"]["rootFolderPath"] = "elsewhere";
  body["properties"]["definition"]["timeframe"] = "Custom";
  body["properties"]["definition"]["timePeriod"] = {{"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-31T00:00:00Z"}};
  body["properties"]["definition"]["dataSet"]["configuration"]["columns"] = {"Date"};
  const ApplyReport report = applied(client, settings(), options());
  EXPECT_THAT(actions_of(report), ElementsAre("apportion-actual updated", "apportion-amortized unchanged"));
  const Json& mended = azure.exports["apportion-actual"]["properties"];
  EXPECT_EQ(mended["partitionData"], true);
  EXPECT_EQ(mended["somethingNew"], Json::parse(R"({"a": 1})"));
  EXPECT_FALSE(mended["definition"].contains("timePeriod"));
  EXPECT_FALSE(mended["definition"]["dataSet"]["configuration"].contains("columns"));
  EXPECT_EQ(mended["deliveryInfo"]["destination"]["rootFolderPath"], "acme");
}

TEST(ApplyPlan, TriesAgainOnTopOfAChangeUnderWay) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  ExportSettings made = settings();
  made.datasets = {Dataset::kActualCost};
  applied(client, made, options());
  azure.exports["apportion-actual"]["properties"]["partitionData"] = false;
  int changes = 1;
  azure.before_put = [&] {
    if (changes-- > 0) azure.exports["apportion-actual"]["eTag"] = "\"changed\"";
  };
  EXPECT_THAT(actions_of(applied(client, made, options())), ElementsAre("apportion-actual updated"));
}

TEST(ApplyPlan, GoesOnWhenOneExportFails) {
  TestClient client;
  client.transport.always("PUT", "apportion-actual", error_answer(401, "Unauthorized", "roleAssignments/write"));
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  const ApplyReport report = applied(client, settings(), options());
  EXPECT_THAT(actions_of(report), ElementsAre("apportion-actual failed", "apportion-amortized created"));
  EXPECT_FALSE(report.all_done());
  ASSERT_TRUE(report.exports[0].error);
  EXPECT_THAT(report.exports[0].error->message(), HasSubstr("roleAssignments/write"));
}

TEST(ApplyPlan, SendsNothingInADryRun) {
  TestClient client;
  FakeExports azure(client.transport);
  ApplyOptions how = options();
  how.dry_run = true;
  EXPECT_THAT(actions_of(applied(client, settings(), how)),
              ElementsAre("apportion-actual would-create", "apportion-amortized would-create"));
  for (const HttpRequest& request : client.transport.requests()) EXPECT_EQ(request.method, "GET");
}

TEST(ApplyPlan, NeverTouchesOtherExports) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  azure.exports["theirs"] = {{"name", "theirs"}};
  azure.exports["apportion-old"] = {{"name", "apportion-old"}};
  const ApplyReport report = applied(client, settings(), options());
  EXPECT_THAT(actions_of(report), ElementsAre("apportion-actual created", "apportion-amortized created",
                                              "apportion-old left-alone", "theirs left-alone"));
  EXPECT_EQ(azure.exports["theirs"], Json::parse(R"({"name": "theirs"})"));
  for (const HttpRequest& request : client.transport.requests()) EXPECT_NE(request.method, "DELETE");
}

TEST(ApplyPlan, RegistersTheProviderAndTriesEvenWhenItMayNot) {
  TestClient client;
  FakeExports azure(client.transport);
  client.transport.once("GET", "CostManagementExports", json_answer(200, {{"registrationState", "NotRegistered"}}));
  client.transport.once("POST", "register", json_answer(200, Json::object()));
  provider_is(client, "Registered");
  EXPECT_THAT(applied(client, settings(), options()).notes, Contains(HasSubstr("was registered in subscription 5a2b")));
  TestClient other;
  FakeExports others(other.transport);
  other.transport.always("GET", "CostManagementExports", error_answer(403, "AuthorizationFailed"));
  const ApplyReport report = applied(other, settings(), options());
  EXPECT_THAT(actions_of(report), ElementsAre("apportion-actual created", "apportion-amortized created"));
  EXPECT_THAT(report.notes, Contains(HasSubstr("az provider register --namespace Microsoft.CostManagementExports")));
}

TEST(ApplyPlan, GivesExportsAnIdentityForFirewalledStorage) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  applied(client, settings(), options());
  ExportSettings made = settings();
  made.identity_location = "westeurope";
  EXPECT_THAT(actions_of(applied(client, made, options())),
              ElementsAre("apportion-actual updated", "apportion-amortized updated"));
  EXPECT_EQ(azure.exports["apportion-actual"]["identity"], Json::parse(R"({"type": "SystemAssigned"})"));
  EXPECT_EQ(azure.exports["apportion-actual"]["location"], "westeurope");
}

constexpr const char* kSas = "sv=2022-11-02&ss=b&srt=sco&sp=racwdl&se=2027-11-25T00:00:00Z&spr=https&sig=";

TEST(ApplyPlan, SendsANewSasWhenAsked) {
  TestClient client;
  FakeExports azure(client.transport);
  ExportSettings made = settings();
  made.destination = {"", "theirs", std::string(kSas) + "old", "exports", "acme"};
  applied(client, made, options());
  made.destination.sas_token = std::string(kSas) + "new";
  EXPECT_THAT(actions_of(applied(client, made, options())),
              ElementsAre("apportion-actual unchanged", "apportion-amortized unchanged"));
  ApplyOptions how = options();
  how.renew_sas = true;
  EXPECT_THAT(actions_of(applied(client, made, how)),
              ElementsAre("apportion-actual updated", "apportion-amortized updated"));
  EXPECT_EQ(azure.exports["apportion-actual"]["properties"]["deliveryInfo"]["destination"]["sasToken"],
            std::string(kSas) + "new");
}

TEST(ApplyPlan, NeedsASasOnlyForNewExports) {
  TestClient client;
  FakeExports azure(client.transport);
  ExportSettings made = settings();
  made.destination = {"", "theirs", "", "exports", "acme"};
  const ApplyReport refused = applied(client, made, options());
  EXPECT_THAT(refused.exports[0].error->message(), HasSubstr("need a SAS"));
  made.destination.sas_token = std::string(kSas) + "first";
  applied(client, made, options());
  azure.exports["apportion-actual"]["properties"]["partitionData"] = false;
  azure.exports["apportion-actual"]["properties"]["deliveryInfo"]["destination"]["sasToken"] = "obfuscated";
  made.destination.sas_token.clear();
  EXPECT_THAT(actions_of(applied(client, made, options())),
              ElementsAre("apportion-actual updated", "apportion-amortized unchanged"));
  EXPECT_EQ(azure.exports["apportion-actual"]["properties"]["deliveryInfo"]["destination"]["sasToken"], "obfuscated");
}

TEST(ApplyPlan, DoesNotSendASasThatCannotWork) {
  TestClient client;
  FakeExports azure(client.transport);
  ExportSettings made = settings();
  made.destination = {"", "theirs", "sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2027-11-25T00:00:00Z&sig=SECRET", "exports",
                      ""};
  const ApplyReport report = applied(client, made, options());
  EXPECT_THAT(actions_of(report), ElementsAre("apportion-actual failed", "apportion-amortized failed"));
  EXPECT_THAT(report.exports[0].error->message(), AllOf(HasSubstr("write (w)"), Not(HasSubstr("SECRET"))));
  EXPECT_TRUE(azure.exports.empty());
}

TEST(ApplyPlan, WarnsOfTheMonthBeforeOnDaysOneToFive) {
  TestClient client;
  FakeExports azure(client.transport);
  provider_is(client, "Registered");
  ApplyOptions how = options();
  how.clock = Clock::fixed(*Day::parse("2026-12-03"));
  EXPECT_THAT(applied(client, settings(), how).notes, Contains(HasSubstr("after day 5, get 2026-11")));
}

TEST(ApplyPlan, HearsACancel) {
  TestClient client;
  FakeExports azure(client.transport);
  const auto plan = plan_exports(client.arm, wanted_of(settings()), "apportion");
  client.cancel.request();
  EXPECT_FALSE(apply_plan(client.arm, *plan, options()));
  EXPECT_FALSE(plan_exports(client.arm, wanted_of(settings()), "apportion"));
}

}  // namespace
}  // namespace apportion
