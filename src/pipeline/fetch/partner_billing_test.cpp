#include "pipeline/fetch/partner_billing.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/fetch/storage_testing.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using fetch_testing::FakeStorage;
using fetch_testing::kAccountUrl;
using fetch_testing::TestFolder;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

const std::string kGraph = "https://graph.example.com";
const std::string kOperation = kGraph + "/v1.0/reports/partners/billing/operations/op";
const std::string kManifest = kGraph + "/v1.0/reports/partners/billing/manifests/made";
constexpr std::int64_t kNow = 1'764'000'000;  // 2025-11-24T16:00:00Z

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PartnerBillingTest : public ::testing::Test {
 protected:
  PartnerBillingTest() {
    storage_.blobs["lines/part 1.json.gz"] = {"first"};
    storage_.blobs["lines/b/part-2.json.gz"] = {"second"};
    storage_.instead = [this](const HttpRequest& request) -> FakeStorage::Answer {
      if (!request.url.starts_with(kGraph)) return std::nullopt;
      return Result<HttpResponse>(answer(request));
    };
  }

  HttpResponse answer(const HttpRequest& request) {
    if (request.method == "POST") return posted_;
    if (request.url == kManifest) {
      const Json shown = manifests_.at(std::min(manifests_asked_++, manifests_.size() - 1));
      return answer_with(200, shown.dump());
    }
    if (looks_left_-- > 0) return answer_with(200, R"({"status": "running"})", {{"Retry-After", "7"}});
    return answer_with(200, ended_.dump());
  }

  static Json manifest() {
    return {{"id", "made"},
            {"schemaVersion", "2"},
            {"dataFormat", "compressedJSONLines"},
            {"eTag", "tag-1"},
            {"partnerTenantId", "11111111-0000-4000-8000-000000000001"},
            {"rootDirectory", kAccountUrl + "/bills/lines/"},
            {"sasToken", "sp=r&sr=d&se=2025-11-24T17:00:00Z&sig=hidden%2B"},
            {"partitionType", "default"},
            {"blobCount", 2},
            {"blobs", {{{"name", "part 1.json.gz"}}, {{"name", "b/part-2.json.gz"}}}}};
  }

  PartnerBilling billing() {
    PartnerBillingWorld world;
    world.base = kGraph;
    world.access = fetch_testing::access_to(storage_);
    world.epoch_seconds = [] { return kNow; };
    world.wait = [this](std::chrono::milliseconds time) {
      waits_.push_back(std::chrono::duration_cast<seconds>(time).count());
      return true;
    };
    return PartnerBilling(JsonClient(storage_, tokens_, {"tenant", kGraph + "/.default"}, Cancel()), world);
  }

  Error failure() {
    auto client = billing();
    const auto requested = client.request(Dataset::kInvoiceReconciliation, "G1");
    if (!requested) return requested.error();
    auto manifest = client.wait_for(*requested);
    if (!manifest) return manifest.error();
    const auto done = client.download(*requested, std::move(**manifest), folder_.path() / "lines");
    EXPECT_FALSE(done);
    return done ? Error{} : done.error();
  }

  TestFolder folder_;
  FakeStorage storage_;
  TokenSource tokens_{std::make_shared<FakeCredential>()};
  HttpResponse posted_ = answer_with(202, "", {{"Location", kOperation}, {"Retry-After", "10"}});
  Json ended_ = {{"status", "succeeded"}, {"resourceLocation@odata.navigationLink", kManifest}};
  std::vector<Json> manifests_ = {manifest()};
  std::size_t manifests_asked_ = 0;
  int looks_left_ = 2;
  std::vector<std::int64_t> waits_;
};

TEST_F(PartnerBillingTest, AnExportIsRequestedWaitedForAndDownloaded) {
  auto client = billing();
  const auto requested = client.request(Dataset::kDailyRatedUsage, "G016907411");
  ASSERT_TRUE(requested) << requested.error().message();
  auto manifest = client.wait_for(*requested);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ((*manifest)->etag, "tag-1");
  EXPECT_THAT(waits_, ElementsAre(10, 7, 7));
  const auto done = client.download(*requested, **manifest, folder_.path() / "lines");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(content_of(folder_.path() / "lines/part 1.json.gz"), "first");
  EXPECT_EQ(content_of(folder_.path() / "lines/b_part-2.json.gz"), "second");
  const HttpRequest post = storage_.requests().front();
  EXPECT_EQ(post.url, kGraph + "/v1.0/reports/partners/billing/usage/billed/export");
  EXPECT_EQ(Json::parse(post.body), Json::parse(R"({"invoiceId": "G016907411", "attributeSet": "full"})"));
}

TEST_F(PartnerBillingTest, FilesGetTheSasByteForByteAndNoToken) {
  auto client = billing();
  const auto requested = client.request(Dataset::kInvoiceReconciliation, "G1");
  auto manifest = client.wait_for(*requested);
  ASSERT_TRUE(client.download(*requested, std::move(**manifest), folder_.path() / "lines"));
  for (const HttpRequest& request : storage_.requests()) {
    const bool is_graph = request.url.starts_with(kGraph);
    EXPECT_EQ(header_of(request, "Authorization").empty(), !is_graph) << request.url;
    EXPECT_TRUE(is_graph || request.url.ends_with("?sp=r&sr=d&se=2025-11-24T17:00:00Z&sig=hidden%2B")) << request.url;
  }
}

TEST_F(PartnerBillingTest, NoDataIsNoErrorAndAnyOtherFailureIs) {
  ended_ = {{"status", "failed"}, {"error", {{"code", "5000"}, {"message", "No data available"}}}};
  auto client = billing();
  const auto requested = client.request(Dataset::kInvoiceReconciliation, "G1");
  const auto manifest = client.wait_for(*requested);
  ASSERT_TRUE(manifest);
  EXPECT_FALSE(manifest->has_value());
  ended_ = {{"status", "failed"}, {"error", {{"code", "5000"}, {"message", "Broken at sig=hidden"}}}};
  const Error error = failure();
  EXPECT_EQ(error.id, ErrorId::kOperationFailed);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("invoice G1"), HasSubstr("5000 Broken"), Not(HasSubstr("hidden"))));
  ended_ = {{"status", "paused"}};
  EXPECT_THAT(failure().message(), HasSubstr("unknown status `paused`"));
}

TEST_F(PartnerBillingTest, WithoutPermissionTheMessageNamesIt) {
  posted_ =
      answer_with(403, R"({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}})");
  const Error error = failure();
  EXPECT_EQ(error.kind(), ErrorKind::kForbidden);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("PartnerBilling.Read.All"), HasSubstr("Insufficient privileges")));
}

TEST_F(PartnerBillingTest, ManifestsThatDoNotHoldTogetherAreRefused) {
  const auto refused = [this](const char* name, Json value) {
    manifests_ = {manifest()};
    manifests_[0][name] = std::move(value);
    const Error error = failure();
    EXPECT_FALSE(fs::exists(folder_.path() / "lines/part 1.json.gz")) << name;
    return error;
  };
  EXPECT_THAT(refused("blobCount", 3).message(), HasSubstr("states 3 files, and lists 2"));
  EXPECT_EQ(refused("dataFormat", "csv").id, ErrorId::kManifestWrong);
  EXPECT_EQ(refused("eTag", "").id, ErrorId::kManifestWrong);
  const Json twice = {{{"name", "b/1"}}, {{"name", "b_1"}}};
  EXPECT_THAT(refused("blobs", twice).message(), HasSubstr("lists b_1 twice"));
  const Json outside = {{{"name", "../1"}}, {{"name", "2"}}};
  EXPECT_EQ(refused("blobs", outside).id, ErrorId::kManifestPartOutside);
  EXPECT_EQ(refused("rootDirectory", "https://elsewhere.example.com/bills/lines").id, ErrorId::kManifestPartOutside);
}

TEST_F(PartnerBillingTest, AFileThatIsMissingFails) {
  storage_.blobs.erase("lines/b/part-2.json.gz");
  EXPECT_THAT(failure().message(), HasSubstr("lists b/part-2.json.gz, which is not in storage"));
}

TEST_F(PartnerBillingTest, AnExpiredSasIsRenewedOnce) {
  Json expired = manifest();
  expired["sasToken"] = "sp=r&sr=d&se=2025-11-24T15:00:00Z&sig=hidden";
  manifests_ = {expired, manifest()};
  auto client = billing();
  const auto requested = client.request(Dataset::kInvoiceReconciliation, "G1");
  auto found = client.wait_for(*requested);
  ASSERT_TRUE(client.download(*requested, std::move(**found), folder_.path() / "lines"));
  EXPECT_EQ(content_of(folder_.path() / "lines/part 1.json.gz"), "first");
  manifests_ = {expired};
  EXPECT_EQ(failure().id, ErrorId::kSasUnusable);
  Json changed = manifest();
  changed["eTag"] = "tag-2";
  manifests_asked_ = 0;
  manifests_ = {expired, changed};
  EXPECT_THAT(failure().message(), HasSubstr("changed while they were downloaded"));
}

TEST_F(PartnerBillingTest, NoTokenGoesToAnotherHost) {
  posted_.headers = {{"Location", "https://graph.elsewhere.com/operation"}};
  EXPECT_EQ(failure().id, ErrorId::kOperationRefused);
  posted_.headers = {{"Location", kOperation}};
  ended_["resourceLocation@odata.navigationLink"] = "https://graph.elsewhere.com/manifest";
  EXPECT_EQ(failure().id, ErrorId::kOperationRefused);
  for (const HttpRequest& request : storage_.requests()) EXPECT_THAT(request.url, Not(HasSubstr("elsewhere")));
}

}  // namespace
}  // namespace apportion
