#include "azure/connect/exports_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/connect/testing.h"

namespace apportion {
namespace {

using connect_testing::error_answer;
using connect_testing::FakeExports;
using connect_testing::Json;
using connect_testing::json_answer;
using connect_testing::TestClient;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Scope scope() { return *parse_scope("/providers/Microsoft.Billing/billingAccounts/12345:6789_2019-05-31"); }

Json azure_export() {
  return Json::parse(R"({
    "name": "daily", "type": "Microsoft.CostManagement/exports", "eTag": "\"aaaa\"",
    "id": "/providers/Microsoft.Billing/billingAccounts/12345/providers/Microsoft.CostManagement/exports/daily",
    "identity": {"type": "SystemAssigned", "principalId": "p-1", "tenantId": "t-1"}, "location": "centralus",
    "properties": {
      "format": "Csv", "compressionMode": "gzip", "dataOverwriteBehavior": "OverwritePreviousReport",
      "definition": {"type": "ActualCost", "timeframe": "MonthToDate", "newField": [1, 2],
                     "dataSet": {"configuration": {"dataVersion": "2023-05-01"}, "granularity": "Daily"}},
      "deliveryInfo": {"destination": {"container": "exports", "rootFolderPath": "ad-hoc",
        "resourceId": "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/bills"}},
      "exportDescription": "text", "partitionData": true,
      "schedule": {"recurrence": "Daily", "status": "Active",
                   "recurrencePeriod": {"from": "2020-06-01T00:00:00Z", "to": "2020-06-30T00:00:00Z"}},
      "nextRunTimeEstimate": "2020-06-01T23:00:00Z",
      "systemSuspensionContext": {"suspensionCode": "Stopped", "suspensionReason": "no storage"}}})");
}

TEST(Export, IsReadFromAzuresBody) {
  const ExportDefinition read = read_export(azure_export());
  EXPECT_EQ(read.name, "daily");
  EXPECT_EQ(read.etag, "\"aaaa\"");
  EXPECT_EQ(read.dataset, "ActualCost");
  EXPECT_EQ(read.timeframe, "MonthToDate");
  EXPECT_EQ(read.granularity, "Daily");
  EXPECT_EQ(read.data_version, "2023-05-01");
  EXPECT_EQ(read.compression, "gzip");
  EXPECT_EQ(read.overwrite, "OverwritePreviousReport");
  EXPECT_EQ(read.partitioned, true);
  EXPECT_EQ(read.destination.account_name(), "bills");
  EXPECT_EQ(read.destination.root_folder, "ad-hoc");
  EXPECT_EQ(read.schedule.to, "2020-06-30T00:00:00Z");
  EXPECT_EQ(read.identity_principal, "p-1");
  EXPECT_EQ(read.suspension_code, "Stopped");
}

TEST(Export, ReadsAsEmptyWhatIsNotThere) {
  for (const char* body : {"{}", "null", "[]", R"({"properties": null})", R"({"properties": {"definition": 7}})"}) {
    const ExportDefinition read = read_export(Json::parse(body));
    EXPECT_EQ(read.dataset, "") << body;
    EXPECT_EQ(read.partitioned, std::nullopt) << body;
  }
}

TEST(Export, IsWrittenWithWhatWeDoNotKnowAndWithoutWhatIsReadOnly) {
  ExportDefinition changed = read_export(azure_export());
  changed.compression = "none";
  changed.schedule = {"Active", "Daily", "2026-11-26T00:00:00Z", ""};
  const Json written = write_export(changed);
  Json expected = azure_export();
  for (const char* gone : {"name", "type", "id"}) expected.erase(gone);
  expected["identity"] = {{"type", "SystemAssigned"}};
  expected["properties"].erase("nextRunTimeEstimate");
  expected["properties"].erase("systemSuspensionContext");
  expected["properties"]["compressionMode"] = "none";
  expected["properties"]["deliveryInfo"]["destination"]["type"] = "AzureBlob";
  expected["properties"]["schedule"]["recurrencePeriod"] = {{"from", "2026-11-26T00:00:00Z"}};
  EXPECT_EQ(written, expected);
}

TEST(Export, OfANewOneHasTheOfficialShape) {
  ExportDefinition made;
  made.name = "new";
  made.dataset = "FocusCost";
  made.timeframe = "MonthToDate";
  made.granularity = "Daily";
  made.data_version = "1.2-preview";
  made.partitioned = true;
  made.destination.storage_account = "theirs";
  made.destination.sas_token = "sv=1&sig=x";
  made.destination.container = "exports";
  EXPECT_EQ(write_export(made), Json::parse(R"({"properties": {
    "definition": {"type": "FocusCost", "timeframe": "MonthToDate",
                   "dataSet": {"granularity": "Daily", "configuration": {"dataVersion": "1.2-preview"}}},
    "deliveryInfo": {"destination": {"type": "AzureBlob", "container": "exports", "storageAccount": "theirs",
                                     "sasToken": "sv=1&sig=x"}},
    "partitionData": true}})"));
}

TEST(Export, MovesFromOneKindOfDestinationToTheOther) {
  ExportDefinition moved = read_export(azure_export());
  moved.destination = {"", "theirs", "sv=1", "exports", ""};
  const Json destination = write_export(moved)["properties"]["deliveryInfo"]["destination"];
  EXPECT_FALSE(destination.contains("resourceId"));
  moved = read_export(write_export(moved));
  moved.destination = {"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a", "", "", "c",
                       ""};
  const Json back = write_export(moved)["properties"]["deliveryInfo"]["destination"];
  EXPECT_FALSE(back.contains("storageAccount"));
  EXPECT_FALSE(back.contains("sasToken"));
}

TEST(ExportsApi, AsksAzureInItsOwnWay) {
  TestClient client;
  FakeExports azure(client.transport);
  ExportsApi api(client.arm, scope());
  ExportDefinition definition = read_export(azure_export());
  definition.etag.clear();
  ASSERT_TRUE(api.put(definition));
  const auto listed = api.list();
  ASSERT_TRUE(listed);
  ASSERT_THAT(*listed, SizeIs(1));
  ASSERT_TRUE(api.run("daily", RunDays{*Day::parse("2026-10-01"), *Day::parse("2026-10-31")}));
  ASSERT_TRUE(api.remove("daily"));
  const auto requests = client.transport.requests();
  EXPECT_EQ(requests[0].url,
            "https://arm.example.com/providers/Microsoft.Billing/billingAccounts/12345:6789_2019-05-31/providers/"
            "Microsoft.CostManagement/exports/daily?api-version=2025-03-01");
  EXPECT_EQ(requests[2].method, "POST");
  EXPECT_FALSE(requests[2].may_repeat);
  EXPECT_EQ(Json::parse(requests[2].body),
            Json::parse(R"({"timePeriod": {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:00Z"}})"));
  EXPECT_TRUE(azure.exports.empty());
}

TEST(ExportsApi, SaysWhatAzureSays) {
  TestClient client;
  client.transport.always("GET", "/exports", error_answer(403, "RBACAccessDenied", "the client has no access"));
  const auto listed = ExportsApi(client.arm, scope(), "2026-06-01").list();
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().id, ErrorId::kAzurePrincipalNoRoleScope);
  EXPECT_THAT(listed.error().message(), HasSubstr("RBACAccessDenied"));
  EXPECT_THAT(client.transport.requests()[0].url, HasSubstr("api-version=2026-06-01"));
}

TEST(ExportsApi, RefusesNamesThatLeadElsewhere) {
  TestClient client;
  for (const char* name : {"", "a/b", "..", "a?b", "a b"}) {
    EXPECT_FALSE(ExportsApi(client.arm, scope()).get(name)) << name;
  }
  EXPECT_THAT(client.transport.requests(), SizeIs(0));
}

TEST(ExportRun, ReadsKnownAndUnknownStates) {
  const auto run_of = [](const std::string& status, const Json& more = Json::object()) {
    Json properties = more;
    properties["status"] = status;
    return read_run({{"id", "/x/Run/1E25D58A-0000"}, {"properties", properties}});
  };
  EXPECT_EQ(run_of("Queued").id, "1e25d58a-0000");
  EXPECT_EQ(run_of("completed").state, RunState::kCompleted);
  EXPECT_TRUE(run_of("DataNotAvailable").ended());
  EXPECT_EQ(run_of("NewDataNotAvailable").state, RunState::kNothingNew);
  EXPECT_FALSE(run_of("Thinking").ended());
  const ExportRun odd = run_of("Thinking", {{"processingEndTime", "2026-11-25T12:00:00Z"}});
  EXPECT_TRUE(odd.ended());
  EXPECT_THAT(odd.explanation(), HasSubstr("Thinking"));
  const ExportRun failed = run_of(
      "Failed",
      {{"error", {{"code", "Bad"}, {"message", "Storage service error code: AuthorizationResourceTypeMismatch"}}}});
  EXPECT_THAT(failed.explanation(), HasSubstr("resource types service, container and object"));
}

TEST(ExportsApi, ListsRunsNewestFirst) {
  TestClient client;
  FakeExports azure(client.transport);
  azure.take_run("daily", "2026-09", "2026-09-01T00:00:00Z", "2026-09-30T00:00:00Z", "2026-11-01T00:00:00Z");
  azure.take_run("daily", "2026-10", "2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z", "2026-11-02T00:00:00Z");
  const auto runs = ExportsApi(client.arm, scope()).history("daily");
  ASSERT_TRUE(runs);
  ASSERT_THAT(*runs, SizeIs(2));
  EXPECT_EQ((*runs)[0].start_date, "2026-10-01T00:00:00Z");
}

TEST(Provider, IsRegisteredAndWaitedFor) {
  TestClient client;
  client.transport.once("GET", "CostManagementExports", json_answer(200, {{"registrationState", "NotRegistered"}}));
  client.transport.once("POST", "CostManagementExports/register", json_answer(200, Json::object()));
  client.transport.once("GET", "CostManagementExports", json_answer(200, {{"registrationState", "Registering"}}));
  client.transport.once("GET", "CostManagementExports", json_answer(200, {{"registrationState", "Registered"}}));
  const ProviderWait wait{std::chrono::milliseconds(0), 5};
  const auto registered = register_provider(client.arm, "s-1", wait);
  ASSERT_TRUE(registered) << registered.error().message();
  EXPECT_TRUE(*registered);
  EXPECT_EQ(client.transport.unused(), 0);
  client.transport.always("GET", "CostManagementExports", json_answer(200, {{"registrationState", "Registering"}}));
  client.transport.always("POST", "CostManagementExports/register", json_answer(200, Json::object()));
  const auto never = register_provider(client.arm, "s-1", wait);
  ASSERT_FALSE(never);
  EXPECT_THAT(never.error().message(), HasSubstr("az provider show"));
}

}  // namespace
}  // namespace apportion
