#include "pipeline/fetch/azure_blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/fetch/manifest_cache.h"
#include "pipeline/fetch/runs.h"
#include "pipeline/fetch/storage_testing.h"
#include "pipeline/fetch/store_of_location.h"
#include "pipeline/fetch/testing.h"

namespace apportion {
namespace {

using fetch_testing::access_to;
using fetch_testing::FakeStorage;
using fetch_testing::kAccountUrl;
using fetch_testing::kRunFolder;
using fetch_testing::kSas;
using fetch_testing::StoredBlob;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class AzureStore : public ::testing::Test {
 protected:
  std::unique_ptr<BlobStore> open(const std::string& location, const AzureAccess& access) {
    auto store = store_of_location(location, access);
    EXPECT_TRUE(store) << store.error().message();
    return std::move(store).value();
  }
  std::unique_ptr<BlobStore> open(const std::string& place = "") {
    return open(kAccountUrl + "/bills" + place, access_);
  }

  static std::vector<std::string> names_in(const std::vector<Blob>& blobs) {
    std::vector<std::string> names;
    for (const Blob& blob : blobs) names.push_back(blob.name);
    return names;
  }
  std::vector<std::string> names(BlobStore& store) {
    const auto blobs = store.list();
    EXPECT_TRUE(blobs) << blobs.error().message();
    return blobs ? names_in(*blobs) : std::vector<std::string>{};
  }

  Error failure_of_list(std::function<FakeStorage::Answer(const HttpRequest&)> instead) {
    storage_.instead = std::move(instead);
    const auto blobs = open()->list();
    EXPECT_FALSE(blobs);
    return blobs ? Error{} : blobs.error();
  }
  Error failure_of_page(const std::string& page) {
    return failure_of_list([page](const HttpRequest&) { return FakeStorage::Answer(answer_with(200, page)); });
  }

  void put_run() {
    const std::string part = kRunFolder + "/part_0_0001.csv";
    storage_.blobs["root/" + part] = {"12345"};
    storage_.blobs["root/" + kRunFolder + "/manifest.json"] = {
        fetch_testing::manifest_json({{"root/" + part, 5, 1}}).dump(), "0xM1"};
  }
  Discovery discover(BlobStore& store, ManifestCache* known = nullptr) {
    auto found = discover_runs(store, {std::nullopt, fetch_testing::kToday, false, known});
    EXPECT_TRUE(found) << found.error().message();
    return std::move(found).value();
  }

  FakeStorage storage_;
  AzureAccess access_ = access_to(storage_);
};

TEST_F(AzureStore, ListsAllPages) {
  for (int i = 0; i < 25; ++i)
    storage_.blobs[fmt::format("a/{:02}.csv", i)] = {std::string(static_cast<size_t>(i), 'x')};
  for (const std::size_t size : {1U, 2U, 24U, 25U, 26U}) {
    storage_.blobs_of_page = size;
    const auto blobs = open()->list();
    ASSERT_TRUE(blobs) << blobs.error().message();
    ASSERT_THAT(*blobs, SizeIs(25));
    EXPECT_EQ((*blobs)[7].name, "a/07.csv");
    EXPECT_EQ((*blobs)[7].bytes, 7);
    EXPECT_EQ((*blobs)[7].version, "0x8DC0000000000A1");
  }
  EXPECT_THAT(storage_.requests()[0].url,
              AllOf(HasSubstr("/bills?restype=container&comp=list"), HasSubstr("include=metadata")));
}

TEST_F(AzureStore, AnEmptyPageIsNotTheEnd) {
  int pages = 0;
  storage_.instead = [&](const HttpRequest&) -> FakeStorage::Answer {
    ++pages;
    if (pages < 5) return Result<HttpResponse>(answer_with(200, FakeStorage::page("", fmt::format("m{}", pages))));
    return Result<HttpResponse>(answer_with(200, FakeStorage::page(FakeStorage::entry("a", {"1"}))));
  };
  EXPECT_THAT(names(*open()), ElementsAre("a"));
}

TEST_F(AzureStore, AListWithoutAnEndIsRefused) {
  const auto page_with = [](std::function<std::string(int)> make) {
    return [make = std::move(make), number = 0](const HttpRequest&) mutable {
      return FakeStorage::Answer(answer_with(200, make(number++)));
    };
  };
  const std::string entry = FakeStorage::entry("a", {"1"});
  const auto same_marker =
      page_with([&](int n) { return FakeStorage::page(FakeStorage::entry(std::to_string(n), {"1"}), "same"); });
  const auto empty_pages = page_with([](int n) { return FakeStorage::page("", fmt::format("m{}", n)); });
  const auto same_page = page_with([&](int n) { return FakeStorage::page(entry, fmt::format("m{}", n)); });
  for (const auto& instead : {same_marker, empty_pages, same_page}) {
    const Error error = failure_of_list(instead);
    EXPECT_EQ(error.id, ErrorId::kStorageListEndless);
    EXPECT_THAT(error.message(), HasSubstr("never ends"));
  }
  EXPECT_LT(storage_.requests().size(), 1100U);
}

TEST_F(AzureStore, SeesOnlyWhatLiesBelowTheLocation) {
  storage_.blobs["exports/a.csv"] = {"1"};
  storage_.blobs["exports-old/b.csv"] = {"1"};
  storage_.blobs["c.csv"] = {"1"};
  EXPECT_THAT(names(*open("/exports/")), ElementsAre("a.csv"));
  const auto store = open();
  EXPECT_THAT(names_in(*store->list_below("exports")), ElementsAre("exports/a.csv"));
  EXPECT_THAT(names_in(*open("/exports")->list_below("")), ElementsAre("a.csv"));
}

TEST_F(AzureStore, FoldersOfAHierarchicalNamespaceAreNoBlobs) {
  storage_.blobs["a"] = {"", "v", "", "<hdi_isfolder>true</hdi_isfolder>"};
  storage_.blobs["a/b"] = {""};
  storage_.blobs["a/b/part.csv"] = {"1"};
  storage_.blobs["a/slash/"] = {""};
  storage_.blobs["a/empty.csv"] = {""};
  EXPECT_THAT(names(*open()), ElementsAre("a/b/part.csv", "a/empty.csv"));
}

TEST_F(AzureStore, NamesThatLeadOutAreLeftAloneAndTold) {
  const std::string inside =
      FakeStorage::entry("root/../secret.csv", {"1"}) + FakeStorage::entry("root//etc.csv", {"1"}) +
      FakeStorage::entry("other/x.csv", {"1"}) + FakeStorage::entry("root/./x.csv", {"1"}) +
      FakeStorage::entry("root/good&amp;1.csv", {"1"}) +
      "<Blob><Name Encoded=\"true\">root/%2e%2E/x</Name><Properties><Content-Length>1</Content-Length></Properties>"
      "</Blob><Blob><Name Encoded=\"true\">root/a%20b%0A.csv</Name><Properties><Content-Length>1</Content-Length>"
      "</Properties></Blob><Blob><Name Encoded=\"true\">root/c%20d.csv</Name><Properties><Content-Length>1"
      "</Content-Length></Properties></Blob>";
  storage_.instead = [&](const HttpRequest&) {
    return FakeStorage::Answer(answer_with(200, FakeStorage::page(inside)));
  };
  const auto store = open("/root");
  EXPECT_THAT(names(*store), ElementsAre("c d.csv", "good&1.csv"));
  EXPECT_THAT(store->notes(), SizeIs(6));
  EXPECT_THAT(store->notes(), Each(HasSubstr("was ignored")));
  EXPECT_THAT(discover(*store).notes, SizeIs(::testing::Ge(6)));
  EXPECT_FALSE(store->open("../secret.csv"));
}

TEST_F(AzureStore, OddListsAreRefused) {
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
      "<EnumerationResults><Blobs><Blob><Name>&b;</Name></Blob></Blobs></EnumerationResults>";
  EXPECT_THAT(failure_of_page(bomb).message(), HasSubstr("document type"));
  EXPECT_THAT(failure_of_page("{}").message(), HasSubstr("cannot be read"));
  EXPECT_THAT(failure_of_page("").message(), HasSubstr("cannot be read"));
  EXPECT_THAT(failure_of_page("<html><body>Sign in</body></html>").message(), HasSubstr("it is XML"));
  const std::string whole = FakeStorage::page(FakeStorage::entry("a.csv", {"1"}));
  for (std::size_t bytes = 0; bytes + 1 < whole.size(); bytes += 3)
    EXPECT_EQ(failure_of_page(whole.substr(0, bytes)).id, ErrorId::kStorageListUnreadable) << bytes;
  for (const std::string size : {"", "-1", "1x", "99999999999999999999"}) {
    EXPECT_EQ(failure_of_page(FakeStorage::page("<Blob><Name>a</Name><Properties><Content-Length>" + size +
                                                "</Content-Length></Properties></Blob>"))
                  .id,
              ErrorId::kStorageListUnreadable)
        << size;
  }
  EXPECT_EQ(failure_of_page(FakeStorage::page("<Blob><Name/></Blob>")).id, ErrorId::kStorageListUnreadable);
  EXPECT_EQ(failure_of_page(FakeStorage::page("<Blob><Name Encoded=\"true\">%z</Name></Blob>")).id,
            ErrorId::kStorageListUnreadable);
}

TEST_F(AzureStore, AHugeAnswerIsRefused) {
  const Error error = failure_of_list([](const HttpRequest& request) -> FakeStorage::Answer {
    EXPECT_LE(request.answer_bytes_max, std::uint64_t{64} << 20);
    return Result<HttpResponse>(answer_with(200, std::string(request.answer_bytes_max + 1, ' ')));
  });
  EXPECT_EQ(error.id, ErrorId::kManifestNotJson);
}

TEST_F(AzureStore, SendsTheSasByteForByte) {
  storage_.blobs["a b.csv"] = {std::string(200, 'x')};
  access_.sas = "sig=another";  // that of the location goes first
  const auto store = open(kAccountUrl + "/bills?" + kSas, access_);
  EXPECT_THAT(names(*store), ElementsAre("a b.csv"));
  EXPECT_EQ(store->read_whole("a b.csv", 1000)->size(), 200U);
  const auto requests = storage_.requests();
  EXPECT_GE(requests.size(), 5U);
  for (const HttpRequest& request : requests) {
    EXPECT_TRUE(request.url.ends_with(kSas)) << request.url;
    EXPECT_EQ(header_of(request, "Authorization"), "");
    EXPECT_NE(header_of(request, "x-ms-version"), "");
  }
  EXPECT_THAT(store->description(), Not(HasSubstr("sig")));
}

TEST_F(AzureStore, TheConnectionsSasServesToo) {
  storage_.blobs["a.csv"] = {"1"};
  access_.sas = "?" + kSas;
  EXPECT_THAT(names(*open()), ElementsAre("a.csv"));
  EXPECT_TRUE(storage_.requests()[0].url.ends_with("&" + kSas));
}

TEST_F(AzureStore, SignsInWithATokenOfTheStorageTenant) {
  auto credential = std::make_shared<FakeCredential>();
  TokenSource tokens(credential);
  access_.tokens = &tokens;
  access_.sas.clear();
  access_.storage_tenant = "storage-tenant";
  storage_.blobs["a.csv"] = {"1"};
  EXPECT_THAT(names(*open()), ElementsAre("a.csv"));
  EXPECT_EQ(header_of(storage_.requests()[0], "Authorization"), "Bearer token-1");
  ASSERT_THAT(credential->asked(), SizeIs(1));
  EXPECT_EQ(credential->asked()[0].tenant, "storage-tenant");
  EXPECT_EQ(credential->asked()[0].scope, "https://storage.azure.com/.default");
}

TEST_F(AzureStore, ATokenThatIsRefusedIsAskedForOnceMore) {
  auto credential = std::make_shared<FakeCredential>();
  TokenSource tokens(credential);
  access_.tokens = &tokens;
  access_.sas.clear();
  storage_.blobs["a.csv"] = {"1"};
  storage_.instead = [](const HttpRequest& request) -> FakeStorage::Answer {
    if (header_of(request, "Authorization") != "Bearer token-1") return std::nullopt;
    return Result<HttpResponse>(answer_with(401));
  };
  EXPECT_THAT(names(*open()), ElementsAre("a.csv"));
  EXPECT_THAT(storage_.requests(), SizeIs(2));
  const Error error = failure_of_list([](const HttpRequest&) { return FakeStorage::Answer(answer_with(401)); });
  EXPECT_EQ(error.id, ErrorId::kAzureServiceDoesNotAcceptWho);
  EXPECT_THAT(storage_.requests(), SizeIs(4));
}

TEST_F(AzureStore, NeverFollowsARedirect) {
  const Error error = failure_of_list([](const HttpRequest&) {
    return FakeStorage::Answer(answer_with(307, "", {{"Location", "https://evil.test/x?sig=SECRET"}}));
  });
  EXPECT_EQ(error.id, ErrorId::kStorageRedirected);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("redirect"), Not(HasSubstr("SECRET"))));
}

TEST_F(AzureStore, TellsAzuresNo) {
  const Error error = failure_of_list([](const HttpRequest&) {
    return FakeStorage::Answer(
        answer_with(404, "<?xml version=\"1.0\"?><Error><Code>ContainerNotFound</Code><Message>x</Message></Error>",
                    {{"x-ms-error-code", "ContainerNotFound"}, {"x-ms-request-id", "id-1"}}));
  });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("ContainerNotFound"), HasSubstr("id-1"), HasSubstr("/bills")));
}

TEST_F(AzureStore, OpensWhatWasNotListedYet) {
  storage_.blobs["a/part.csv"] = {"12345"};
  EXPECT_EQ(*open()->read_whole("a/part.csv", 10), "12345");
  EXPECT_FALSE(open()->open("a/part"));
  EXPECT_EQ(open()->read_whole("a/part.csv", 4).error().id, ErrorId::kFileTooLarge);
}

TEST_F(AzureStore, RunsAreFoundAndNoticedWhenTheyChange) {
  put_run();
  const auto store = open("/root");
  const Discovery found = discover(*store);
  ASSERT_THAT(found.runs, SizeIs(1)) << (found.problems.empty() ? "" : found.problems[0].error.message());
  const auto& run = found.runs[0];
  const std::size_t before = storage_.requests().size();
  EXPECT_TRUE(check_unchanged(*store, run));
  ASSERT_EQ(storage_.requests().size(), before + 1);
  EXPECT_EQ(FakeStorage::parameter(storage_.requests().back().url, "prefix"), "root/" + kRunFolder + "/");

  for (const char* name : {"/part_0_0001.csv", "/manifest.json"}) {
    StoredBlob& blob = storage_.blobs["root/" + kRunFolder + name];
    const std::string version = std::exchange(blob.version, "0xNEW");
    const auto changed = check_unchanged(*store, run);
    ASSERT_FALSE(changed) << name;
    EXPECT_TRUE(is_written_over(changed.error()));
    blob.version = version;
  }
  storage_.blobs.erase("root/" + kRunFolder + "/manifest.json");
  EXPECT_FALSE(check_unchanged(*store, run));
}

TEST_F(AzureStore, ManifestsThatDidNotChangeAreNotReadAgain) {
  put_run();
  access_ = access_to(storage_, 1 << 20);
  ManifestCache known;
  const auto store = open("/root");
  discover(*store, &known);
  const std::size_t first = storage_.requests().size();
  EXPECT_THAT(discover(*open("/root"), &known).runs, SizeIs(1));
  EXPECT_EQ(storage_.requests().size(), first + 1);  // the list
  storage_.blobs["root/" + kRunFolder + "/manifest.json"].version = "0xM2";
  EXPECT_THAT(discover(*open("/root"), &known).runs, SizeIs(1));
  EXPECT_EQ(storage_.requests().size(), first + 3);
}

TEST(ManifestCache, ForgetsTheOldestBeyondItsLimit) {
  ManifestCache cache(10);
  cache.keep("a", "1", "aaaa");
  cache.keep("b", "1", "bbbb");
  EXPECT_EQ(cache.find("a", "1"), "aaaa");
  EXPECT_EQ(cache.find("a", "2"), std::nullopt);
  cache.keep("c", "1", "cccc");
  EXPECT_EQ(cache.find("b", "1"), std::nullopt);
  EXPECT_EQ(cache.find("a", "1"), "aaaa");
  cache.keep("a", "2", std::string(11, 'x'));
  EXPECT_EQ(cache.find("a", "2"), std::nullopt);
  EXPECT_EQ(cache.find("a", "1"), std::nullopt);
}

TEST(StoreOfLocation, BlobStorageNeedsARight) {
  FakeStorage storage;
  AzureAccess access = access_to(storage);
  access.sas.clear();
  const auto store = store_of_location(kAccountUrl + "/bills", access);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().id, ErrorId::kStorageAccessMissing);
  EXPECT_TRUE(store_of_location(kAccountUrl + "/bills?" + kSas, access));
}

TEST(StoreOfLocation, FoldersStayFolders) {
  const fetch_testing::TestFolder folder;
  folder.write("a.csv", "1");
  const auto store = store_of_location(folder.path().string(), {});
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->local_path("a.csv"), (folder.path() / "a.csv").string());
  EXPECT_EQ(store_of_folder("https://acme.blob.core.windows.net/bills").error().id, ErrorId::kExportsFolderMissing);
}

}  // namespace
}  // namespace apportion
