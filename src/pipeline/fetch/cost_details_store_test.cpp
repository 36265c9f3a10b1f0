#include "pipeline/fetch/cost_details_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "azure/cloud.h"
#include "pipeline/fetch/md5.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/fetch/storage_testing.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::FakeStorage;
using fetch_testing::kAccountUrl;
using fetch_testing::kSas;
using fetch_testing::kToday;
using fetch_testing::TestFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Json = nlohmann::json;

const std::string kScope = "/providers/Microsoft.Billing/billingAccounts/12345:6789/customers/13579";
const std::string kResults =
    "https://management.azure.com" + kScope +
    "/providers/Microsoft.CostManagement/costDetailsOperationResults/op?api-version=2025-03-01";
const Month kOctober = *Month::parse("2026-10");

class CostDetails : public ::testing::Test {
 protected:
  CostDetails() {
    storage_.blobs["r/1"] = {"a,b\n1,2\n"};
    storage_.blobs["r/2"] = {"a,b\n3,4\n"};
    storage_.instead = [this](const HttpRequest& request) -> FakeStorage::Answer {
      if (!request.url.starts_with("https://management.azure.com")) return std::nullopt;
      if (request.method == "POST")
        return Result<HttpResponse>(answer_with(202, "", {{"Location", kResults}, {"Retry-After", "60"}}));
      if (waits_left_-- > 0) return Result<HttpResponse>(answer_with(202, "", {{"Retry-After", "60"}}));
      return Result<HttpResponse>(answer_);
    };
    answer_ = answer_with(200, report({link("r/1"), link("r/2")}).dump());
  }

  static std::string link(const std::string& path) { return kAccountUrl + "/bills/" + path + "?" + kSas; }

  static Json report(const std::vector<std::string>& links) {
    Json blobs = Json::array();
    for (const std::string& each : links) blobs.push_back({{"blobLink", each}, {"byteCount", 8}});
    return {{"status", "Completed"},
            {"manifest",
             {{"manifestVersion", "2025-03-01"},
              {"dataFormat", "Csv"},
              {"blobCount", links.size()},
              {"byteCount", 8 * links.size()},
              {"compressData", false},
              {"blobs", blobs}}}};
  }

  std::unique_ptr<CostDetailsStore> open(Dataset dataset = Dataset::kActualCost) {
    auto store = CostDetailsStore::open(arm_, fetch_testing::access_to(storage_), {kScope, dataset},
                                        Clock::fixed(kToday), folder_.path());
    EXPECT_TRUE(store) << store.error().message();
    return store ? std::move(store).value() : nullptr;
  }

  Error failure(const Json& answer) {
    answer_ = answer_with(200, answer.dump());
    const auto fetched = open()->fetch(kOctober);
    EXPECT_FALSE(fetched);
    EXPECT_TRUE(open()->list()->empty());  // nothing is left of it
    return fetched ? Error{} : fetched.error();
  }

  TestFolder folder_;
  FakeStorage storage_;
  TokenSource tokens_{std::make_shared<FakeCredential>()};
  ArmClient arm_{storage_, tokens_,  *cloud_named("public"),
                 "",       Cancel(), [](std::chrono::milliseconds) { return true; }};
  int waits_left_ = 1;
  HttpResponse answer_;
};

TEST_F(CostDetails, AReportIsARunLikeAnyOther) {
  const auto store = open();
  int told = 0;
  const auto fetched = store->fetch(kOctober, [&](std::chrono::seconds) { ++told; });
  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_TRUE(*fetched);
  EXPECT_GT(told, 0);
  const auto found = discover_runs(*store, {Dataset::kActualCost, kToday});
  ASSERT_TRUE(found);
  ASSERT_THAT(found->runs, SizeIs(1)) << (found->problems.empty() ? "" : found->problems[0].error.message());
  const auto& run = found->runs[0];
  EXPECT_TRUE(run.verified);
  EXPECT_EQ(run.dataset, Dataset::kActualCost);
  EXPECT_EQ(run.scope, "/providers/microsoft.billing/billingaccounts/12345:6789/customers/13579");
  EXPECT_EQ(run.period->first_day.to_string(), "2026-10-01");
  EXPECT_EQ(run.period->last_day.to_string(), "2026-10-31");
  EXPECT_EQ(run.submitted_at, "2026-11-22T12:00:00Z");
  ASSERT_THAT(run.blobs, SizeIs(2));
  EXPECT_EQ(*store->read_whole(run.blobs[1].name, 100), "a,b\n3,4\n");
  EXPECT_TRUE(check_unchanged(*store, run));
}

TEST_F(CostDetails, AsksForTheMonthAsAzureExpects) {
  ASSERT_TRUE(open(Dataset::kAmortizedCost)->fetch(kOctober));
  ASSERT_TRUE(open()->fetch(Month::of(kToday)));
  const auto requests = storage_.requests();
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_THAT(requests[0].url,
              AllOf(HasSubstr(kScope + "/providers/Microsoft.CostManagement/generateCostDetailsReport"),
                    HasSubstr("api-version=2025-03-01")));
  EXPECT_EQ(Json::parse(requests[0].body),
            Json::parse(R"({"metric": "AmortizedCost", "timePeriod": {"start": "2026-10-01", "end": "2026-10-31"}})"));
  const auto last = std::find_if(requests.rbegin(), requests.rend(), [](auto& one) { return one.method == "POST"; });
  EXPECT_EQ(Json::parse(last->body)["timePeriod"], Json::parse(R"({"start": "2026-11-01", "end": "2026-11-22"})"));
}

TEST_F(CostDetails, LinksAreUsedAsTheyAreAndKeptNowhere) {
  const auto store = open();
  ASSERT_TRUE(store->fetch(kOctober));
  int downloads = 0;
  for (const HttpRequest& request : storage_.requests()) {
    if (request.url.starts_with("https://management")) continue;
    ++downloads;
    EXPECT_TRUE(request.url == link("r/1") || request.url == link("r/2")) << request.url;
    EXPECT_EQ(header_of(request, "Authorization"), "");
  }
  EXPECT_EQ(downloads, 2);
  const auto blobs = store->list();
  for (const Blob& blob : *blobs) EXPECT_THAT(*store->read_whole(blob.name, 10'000), Not(HasSubstr("sig=")));
}

TEST_F(CostDetails, EqualContentIsTheSameRun) {
  const auto run_of = [this](const std::string& content) {
    storage_.blobs["r/2"].content = content;
    const TestFolder folder;
    auto store =
        CostDetailsStore::open(arm_, fetch_testing::access_to(storage_), {kScope}, Clock::fixed(kToday), folder.path());
    EXPECT_TRUE((*store)->fetch(kOctober));
    EXPECT_TRUE((*store)->fetch(kOctober));  // in the same minute
    return discover_runs(**store, {std::nullopt, kToday})->runs.at(0);
  };
  const auto first = run_of("a,b\n3,4\n");
  const auto second = run_of("a,b\n3,4\n");
  const auto other = run_of("a,b\n3,5\n");
  EXPECT_EQ(first.run_id, second.run_id);
  EXPECT_EQ(first.content_hash, second.content_hash);
  EXPECT_NE(first.run_id, other.run_id);
}

TEST_F(CostDetails, NoDataIsAGap) {
  const HttpResponse answers[] = {answer_with(204), answer_with(200, R"({"status": "NoDataFound"})"),
                                  answer_with(200, report({}).dump())};
  for (const HttpResponse& answer : answers) {
    answer_ = answer;
    const auto store = open();
    const auto fetched = store->fetch(kOctober);
    ASSERT_TRUE(fetched) << fetched.error().message();
    EXPECT_FALSE(*fetched);
    EXPECT_TRUE(store->list()->empty());
    EXPECT_THAT(store->notes(), ElementsAre(HasSubstr("no data for 2026-10")));
  }
}

TEST_F(CostDetails, RefusesWhatCannotBeTrusted) {
  EXPECT_EQ(failure(report({"https://evil.test/bills/r/1?sig=SECRET"})).id, ErrorId::kCostDetailsPartMisplaced);
  EXPECT_THAT(failure(report({"https://evil.test/a/r/1?sig=SECRET"})).message(), Not(HasSubstr("SECRET")));
  EXPECT_EQ(failure(report({"file:///etc/passwd"})).id, ErrorId::kCostDetailsPartMisplaced);
  EXPECT_EQ(failure(report({kAccountUrl + "/bills?" + kSas})).id, ErrorId::kCostDetailsPartMisplaced);
  EXPECT_EQ(failure(report({link("r/3")})).id, ErrorId::kRunWrittenOver);  // gone
  EXPECT_THAT(failure({{"status", "Failed"}, {"error", {{"code", "BadScope"}}}}).message(), HasSubstr("BadScope"));
  EXPECT_EQ(failure(Json::array()).id, ErrorId::kCostDetailsReportUnusable);
  for (const char* pointer : {"/manifest/blobs/0/blobLink", "/manifest/blobs/0/byteCount", "/manifest/blobs",
                              "/manifest/blobCount", "/manifest/byteCount", "/manifest/dataFormat"}) {
    Json answer = report({link("r/1")});
    answer[Json::json_pointer(pointer)] = Json::parse(R"({"odd": true})");
    if (std::string_view(pointer).ends_with("Count")) answer[Json::json_pointer(pointer)] = 7;
    if (std::string_view(pointer).ends_with("Format")) answer[Json::json_pointer(pointer)] = "Parquet";
    EXPECT_EQ(failure(answer).id, ErrorId::kCostDetailsReportUnusable) << pointer;
  }
  storage_.blobs["r/1"].content = "PAR1xxxx";
  EXPECT_THAT(failure(report({link("r/1")})).message(), HasSubstr("not CSV"));
}

TEST_F(CostDetails, RefusesMonthsAndDatasetsThatThereAreNot) {
  const auto store = open();
  EXPECT_EQ(store->fetch(Month::of(kToday).plus_months(1)).error().id, ErrorId::kCostDetailsReportUnsupported);
  EXPECT_EQ(store->fetch(Month::of(kToday).plus_months(-14)).error().id, ErrorId::kCostDetailsReportUnsupported);
  EXPECT_TRUE(store->fetch(Month::of(kToday).plus_months(-13)));
  const auto focus = CostDetailsStore::open(arm_, fetch_testing::access_to(storage_), {kScope, Dataset::kFocusCost},
                                            Clock::fixed(kToday), folder_.path());
  EXPECT_EQ(focus.error().id, ErrorId::kNoSuchCostDetailsReport);
}

}  // namespace
}  // namespace apportion
