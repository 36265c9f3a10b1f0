#include "pipeline/fetch/manifest.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::kToday;
using fetch_testing::manifest_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

constexpr std::string_view kPlace = "bills/manifest.json";

Json good() {
  return manifest_json({{"exports/acme/run/part_0_0001.csv", 700, 3}, {"exports/acme/run/part_0_0002.csv", 50, 0}});
}

Manifest parsed(const std::string& text) {
  auto manifest = parse_manifest(text, kPlace, kToday);
  EXPECT_TRUE(manifest) << manifest.error().message();
  return manifest ? *manifest : Manifest{};
}

TEST(Manifest, ReadsVersion20240401) {
  const Manifest manifest = parsed(good().dump());
  EXPECT_EQ(manifest.export_name, "acme-actual");
  EXPECT_EQ(manifest.scope, "/providers/microsoft.billing/billingaccounts/7654321");
  EXPECT_EQ(manifest.data_version, "2021-10-01");
  EXPECT_EQ(manifest.dataset, Dataset::kActualCost);
  EXPECT_EQ(manifest.run_id, fetch_testing::kRunId);
  EXPECT_EQ(manifest.submitted_at, "2026-11-05T12:03:09Z");
  EXPECT_EQ(manifest.period,
            (RunPeriod{*Month::parse("2026-10"), *Day::parse("2026-10-01"), *Day::parse("2026-10-31")}));
  EXPECT_EQ(manifest.rows, 3);
  ASSERT_THAT(manifest.blobs, SizeIs(2));
  EXPECT_EQ(manifest.blobs[1].name, "exports/acme/run/part_0_0002.csv");
  EXPECT_EQ(manifest.blobs[1].bytes, 50);
  EXPECT_EQ(manifest.blobs[1].rows, 0);
  EXPECT_THAT(manifest.notes, IsEmpty());
}

TEST(Manifest, ReadsVersion20210101) {
  const Manifest manifest = parsed(R"({
    "manifestVersion": "2021-01-01", "dataFormat": "csv", "byteCount": 90, "blobCount": 1, "dataRowCount": 4,
    "exportConfig": {"exportName": "old", "type": "Usage",
                     "resourceId": "/Subscriptions/AB/providers/microsoft.costmanagement/Exports/old"},
    "runInfo": {"runId": "6E1B0C2D-0000-4000-8000-00000000000A", "startDate": "2023-01-01T00:00:00",
                "endDate": "2023-01-31T00:00:00+00:00", "submittedTime": "2023-02-01T00:30:00+01:00"},
    "blobs": [{"blobName": "cost/old/20230101-20230131/202301041442/6e1b0c2d/000001.csv", "byteCount": 90,
               "dataRowCount": 4, "headerRowCount": 1}]})");
  EXPECT_EQ(manifest.dataset, Dataset::kActualCost);
  EXPECT_EQ(manifest.scope, "/subscriptions/ab");
  EXPECT_EQ(manifest.run_id, "6e1b0c2d-0000-4000-8000-00000000000a");
  EXPECT_EQ(manifest.file_format, "csv");
  EXPECT_EQ(manifest.submitted_at, "2023-01-31T23:30:00Z");
  EXPECT_EQ(manifest.period.last_day.to_string(), "2023-01-31");
  EXPECT_THAT(manifest.notes, IsEmpty());
}

TEST(Manifest, ToleratesTheUntidyOnes) {
  Json json = good();
  json["blobs"][0]["blobName"] = " exports/acme/ run/part_0_0001.csv";
  json["blobs"][0]["etag"] = "new field";
  json["exportConfig"]["granularity"] = nullptr;
  json["exportConfig"]["dataVersion"] = nullptr;
  json["exportConfig"]["type"] = "amortizedcost";
  json["exportConfig"]["resourceId"] =
      "/subscriptions/ 0A/resourceGroups/RG/providers/Microsoft.CostManagement/exports/x ";
  json["deliveryConfig"] = nullptr;
  json["runInfo"]["submittedTime"] = nullptr;
  json["runInfo"].erase("endDate");
  const Manifest manifest = parsed("\xef\xbb\xbf" + json.dump(4) + "\r\n");
  EXPECT_EQ(manifest.blobs[0].name, "exports/acme/run/part_0_0001.csv");
  EXPECT_EQ(manifest.dataset, Dataset::kAmortizedCost);
  EXPECT_EQ(manifest.scope, "/subscriptions/0a/resourcegroups/rg");
  EXPECT_EQ(manifest.data_version, "");
  EXPECT_EQ(manifest.submitted_at, "");
  EXPECT_EQ(manifest.period.last_day.to_string(), "2026-10-31");
}

TEST(Manifest, NotesWhatItCouldNotCompare) {
  Json json = good();
  json["manifestVersion"] = "2029-01-01";
  json.erase("dataRowCount");
  json["blobs"][0].erase("dataRowCount");
  EXPECT_THAT(parsed(json.dump()).notes, ElementsAre(HasSubstr("2029-01-01"), HasSubstr("no row counts")));
}

TEST(Manifest, ItsTotalsMayBeMissing) {
  Json json = good();
  json.erase("dataRowCount");
  json.erase("byteCount");
  json.erase("blobCount");
  EXPECT_EQ(parsed(json.dump()).rows, 3);
}

TEST(Manifest, ReadsDatesWithAndWithoutZone) {
  struct Case {
    const char* start;
    const char* end;
    const char* last_day;
  };
  for (const Case& c : {Case{"2026-11-01", "2026-11-22T23:59:59.9999999Z", "2026-11-22"},
                        Case{"2026-11-01T00:00:00Z", "2026-11-30T00:00:00+00:00", "2026-11-30"},
                        Case{"2026-11-03T00:00:00.000", "2026-12-01T00:00:00Z", "2026-11-30"},
                        Case{"2026-11-01 00:00:00", "2026-11-22T00:00", "2026-11-22"}}) {
    Json json = good();
    json["runInfo"]["startDate"] = c.start;
    json["runInfo"]["endDate"] = c.end;
    EXPECT_EQ(parsed(json.dump()).period.last_day.to_string(), c.last_day) << c.start << " " << c.end;
  }
}

struct BadManifest {
  const char* name;
  std::function<void(Json&)> change;
  std::vector<std::string> parts_of_message;
};

void PrintTo(const BadManifest& manifest, std::ostream* out) { *out << manifest.name; }

class BadManifests : public ::testing::TestWithParam<BadManifest> {};

TEST_P(BadManifests, AreRefusedWithTheirReason) {
  Json json = good();
  GetParam().change(json);
  const auto manifest = parse_manifest(json.dump(), kPlace, kToday);
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().id, ErrorId::kManifestWrong);
  EXPECT_THAT(manifest.error().where, HasSubstr(std::string(kPlace)));
  EXPECT_FALSE(manifest.error().why.empty());
  EXPECT_FALSE(manifest.error().next.empty());
  for (const auto& part : GetParam().parts_of_message) EXPECT_THAT(manifest.error().message(), HasSubstr(part));
}

BadManifest bad_name(const char* name, const std::string& blob_name, std::string why) {
  return {name,
          [blob_name](Json& json) { json["blobs"][1]["blobName"] = blob_name; },
          {"$.blobs[1].blobName", std::move(why)}};
}

INSTANTIATE_TEST_SUITE_P(
    All, BadManifests,
    ::testing::Values(
        BadManifest{"a_list", [](Json& json) { json = Json::array(); }, {"found a list", "an object"}},
        BadManifest{
            "blob_count", [](Json& json) { json["blobCount"] = 3; }, {"$.blobCount", "states 3 parts", "sum to 2"}},
        BadManifest{"byte_sum", [](Json& json) { json["byteCount"] = 751; }, {"$.byteCount", "751", "750"}},
        BadManifest{
            "row_sum", [](Json& json) { json["dataRowCount"] = 4; }, {"$.dataRowCount", "states 4 rows", "sum to 3"}},
        BadManifest{"negative",
                    [](Json& json) { json["blobs"][0]["byteCount"] = -1; },
                    {"$.blobs[0].byteCount", "-1", "whole number"}},
        BadManifest{
            "fraction", [](Json& json) { json["blobs"][0]["dataRowCount"] = 1.5; }, {"$.blobs[0].dataRowCount", "1.5"}},
        BadManifest{"text_count", [](Json& json) { json["blobCount"] = "2"; }, {"$.blobCount", "\"2\""}},
        BadManifest{"huge",
                    [](Json& json) { json["blobs"][0]["byteCount"] = 18446744073709551615U; },
                    {"18446744073709551615"}},
        BadManifest{
            "overflow",
            [](Json& json) { json["blobs"][0]["byteCount"] = json["blobs"][1]["byteCount"] = 9223372036854775807; },
            {"$.byteCount"}},
        BadManifest{
            "no_size", [](Json& json) { json["blobs"][0].erase("byteCount"); }, {"$.blobs[0].byteCount", "missing"}},
        BadManifest{
            "no_name", [](Json& json) { json["blobs"][0]["blobName"] = nullptr; }, {"$.blobs[0].blobName", "missing"}},
        BadManifest{"no_blobs", [](Json& json) { json.erase("blobs"); }, {"$.blobs", "missing"}},
        BadManifest{
            "blobs_no_list", [](Json& json) { json["blobs"] = Json::object(); }, {"$.blobs", "an object", "a list"}},
        BadManifest{"blob_no_object", [](Json& json) { json["blobs"][1] = 7; }, {"$.blobs[1]", "7"}},
        BadManifest{"no_config", [](Json& json) { json.erase("exportConfig"); }, {"$.exportConfig"}},
        BadManifest{"no_type", [](Json& json) { json["exportConfig"].erase("type"); }, {"$.exportConfig.type"}},
        BadManifest{"new_type",
                    [](Json& json) { json["exportConfig"]["type"] = "CarbonCost"; },
                    {"CarbonCost", "unknown dataset"}},
        BadManifest{"no_run", [](Json& json) { json["runInfo"] = nullptr; }, {"$.runInfo"}},
        BadManifest{"no_run_id", [](Json& json) { json["runInfo"]["runId"] = " "; }, {"$.runInfo.runId", "\" \""}},
        BadManifest{
            "no_start", [](Json& json) { json["runInfo"].erase("startDate"); }, {"$.runInfo.startDate", "missing"}},
        BadManifest{
            "us_date", [](Json& json) { json["runInfo"]["startDate"] = "10/01/2026"; }, {"10/01/2026", "2026-10-01"}},
        BadManifest{
            "no_such_day", [](Json& json) { json["runInfo"]["endDate"] = "2026-10-32T00:00:00Z"; }, {"2026-10-32"}},
        BadManifest{
            "bad_time", [](Json& json) { json["runInfo"]["submittedTime"] = "2026-11-05T25:00:00Z"; }, {"T25:00"}},
        BadManifest{
            "bad_zone", [](Json& json) { json["runInfo"]["submittedTime"] = "2026-11-05T05:00:00 CET"; }, {"CET"}},
        BadManifest{"backwards",
                    [](Json& json) {
                      json["runInfo"]["startDate"] = "2026-10-20T00:00:00";
                      json["runInfo"]["endDate"] = "2026-10-19T00:00:00Z";
                    },
                    {"ends before it begins", "2026-10-20", "2026-10-19"}},
        BadManifest{"two_months",
                    [](Json& json) { json["runInfo"]["startDate"] = "2026-09-15T00:00:00"; },
                    {"$.runInfo.endDate", "more than one calendar month", "2026-09-15", "2026-10-31"}},
        BadManifest{"future",
                    [](Json& json) {
                      json["runInfo"]["startDate"] = "2026-12-01T00:00:00";
                      json["runInfo"]["endDate"] = "2026-12-31T00:00:00Z";
                    },
                    {"$.runInfo.startDate", "future", "2026-12 has not begun on 2026-11-22"}},
        BadManifest{
            "cost_details",
            [](Json& json) {
              json["manifestVersion"] = "2025-03-01";
              json["blobs"] = {{{"blobLink", "https://x.blob.core.windows.net/armreports/1"}, {"byteCount", 1}}};
            },
            {"Cost Details report", "$.blobs[0].blobLink"}},
        BadManifest{"twice",
                    [](Json& json) { json["blobs"][1]["blobName"] = " exports/acme/run/ part_0_0001.csv"; },
                    {"$.blobs[1]", "twice"}},
        bad_name("climbs", "exports/acme/../../other/part.csv", "leads out"),
        bad_name("climbs_first", "../part.csv", "leads out"),
        bad_name("climbs_with_blanks", "exports/ .. /part.csv", "leads out"),
        bad_name("dot", "./part.csv", "leads out"), bad_name("absolute", "/etc/passwd", "absolute"),
        bad_name("backslash", "exports\\..\\part.csv", "backslash"),
        bad_name("control", std::string("exports/a\x01.csv"), "control"),
        bad_name("newline", "exports/a\n/b.csv", "control"),
        bad_name("zero", std::string("exports/a\0.csv", 14), "control"),
        bad_name("url", "https://else.where/part.csv", "another"), bad_name("drive", "C:/part.csv", "another"),
        bad_name("folder", "exports/acme/run/", "names a folder"), bad_name("blank", "  ", "not empty")),
    [](const auto& bad) { return bad.param.name; });

TEST(Manifest, SaysWhereTextIsNotJson) {
  struct Case {
    std::string text;
    const char* where;
    const char* why;
  };
  for (const Case& c :
       {Case{"", "line 1, column 1", "empty"}, Case{"{\n  \"a\": x}", "line 2, column 8", "'x}' is unexpected"},
        Case{good().dump().substr(0, 100), "line 1, column", "too early"},
        Case{"date,costInBillingCurrency\n10/01/2026,5\n", "line 1, column 1", "unexpected"},
        Case{"{\"a\": 1e999}", "line 1", "too large"}, Case{"{\"a\": \"\xff\"}", "line 1", "unexpected"}}) {
    const auto manifest = parse_manifest(c.text, kPlace, kToday);
    ASSERT_FALSE(manifest) << c.text;
    EXPECT_THAT(manifest.error().where, HasSubstr(c.where)) << c.text;
    EXPECT_THAT(manifest.error().why, HasSubstr(c.why)) << c.text;
  }
}

TEST(Manifest, DeepNestingIsNoDanger) {
  Json json = good();
  std::string text = json.dump();
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  text.replace(text.find("\"2024-04-01\""), 12, deep);
  EXPECT_FALSE(parse_manifest(text, kPlace, kToday));
}

TEST(ManifestName, IsToldFromOthers) {
  for (const char* name : {"manifest.json", "_manifest.json", "Manifest.JSON"})
    EXPECT_TRUE(is_manifest_name(name)) << name;
  for (const char* name : {"manifest.json.tmp", "my-manifest.json", "manifest"})
    EXPECT_FALSE(is_manifest_name(name)) << name;
}

}  // namespace
}  // namespace apportion
