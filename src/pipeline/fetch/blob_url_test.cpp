#include "pipeline/fetch/blob_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSuffix = "core.windows.net";

TEST(BlobUrl, TakesLocationsApart) {
  struct Case {
    const char* location;
    const char* endpoint;
    const char* account;
    const char* container;
    const char* prefix;
    const char* sas;
  };
  const Case cases[] = {
      {"https://acme.blob.core.windows.net/bills/exports/actual", "https://acme.blob.core.windows.net", "acme", "bills",
       "exports/actual", ""},
      {"https://acme.dfs.core.windows.net/bills/exports/", "https://acme.blob.core.windows.net", "acme", "bills",
       "exports", ""},
      {"HTTPS://Acme.Blob.Core.Windows.Net/bills", "https://acme.blob.core.windows.net", "acme", "bills", "", ""},
      {"https://acme.blob.core.windows.net:443/bills//a", "https://acme.blob.core.windows.net:443", "acme", "bills",
       "a", ""},
      {"https://acme.blob.core.windows.net/bills/my%20exports/%C3%A4%25", "https://acme.blob.core.windows.net", "acme",
       "bills", "my exports/\xc3\xa4%", ""},
      {"https://acme.blob.core.windows.net/bills/my exports", "https://acme.blob.core.windows.net", "acme", "bills",
       "my exports", ""},
      {"https://acme.blob.core.windows.net/bills?sv=1&sig=a%2Fb%2bc%3D&se=2026-12-01T00%3A00%3A00Z",
       "https://acme.blob.core.windows.net", "acme", "bills", "", "sv=1&sig=a%2Fb%2bc%3D&se=2026-12-01T00%3A00%3A00Z"},
      {"http://127.0.0.1:10000/devstoreaccount1/bills/a/b/", "http://127.0.0.1:10000/devstoreaccount1",
       "devstoreaccount1", "bills", "a/b", ""},
      {"http://localhost:1/acct/bills", "http://localhost:1/acct", "acct", "bills", "", ""},
      {"http://[::1]:1/acct/bills", "http://[::1]:1/acct", "acct", "bills", "", ""},
      {"https://10.0.0.4/acct/bills", "https://10.0.0.4/acct", "acct", "bills", "", ""},
  };
  for (const Case& c : cases) {
    const auto url = parse_blob_url(c.location, kSuffix);
    ASSERT_TRUE(url) << url.error().message();
    EXPECT_EQ(url->endpoint, c.endpoint) << c.location;
    EXPECT_EQ(url->account, c.account) << c.location;
    EXPECT_EQ(url->container, c.container) << c.location;
    EXPECT_EQ(url->prefix, c.prefix) << c.location;
    EXPECT_EQ(url->sas, c.sas) << c.location;
    EXPECT_THAT(url->shown(), Not(HasSubstr("sig="))) << c.location;
  }
}

TEST(BlobUrl, KnowsOverriddenSuffixes) {
  EXPECT_EQ(parse_blob_url("https://acme.blob.core.chinacloudapi.cn/bills", "core.chinacloudapi.cn")->account, "acme");
  const auto gateway = parse_blob_url("https://acme.blob.storage.test:8443/bills/a", "storage.test:8443");
  ASSERT_TRUE(gateway) << gateway.error().message();
  EXPECT_EQ(gateway->container_url(), "https://acme.blob.storage.test:8443/bills");
}

TEST(BlobUrl, RefusesOtherPlaces) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://acme.blob.core.windows.net.evil.test/bills", "the host is acme.blob.core.windows.net.evil.test"},
      {"https://evil.test/bills/x?sig=SECRET", "ACCOUNT.blob.core.windows.net"},
      {"https://evil.test:443/a/bills", "the host is evil.test:443"},
      {"https://blob.core.windows.net/bills", "the host is"},
      {"https://.blob.core.windows.net/bills", "no storage account"},
      {"https://acme.table.core.windows.net/bills", "the host is"},
      {"http://acme.blob.core.windows.net/bills", "only on this machine"},
      {"http://10.0.0.4:10000/acct/bills", "only on this machine"},
      {"http://127.evil.test/acct/bills", "only on this machine"},
      {"https://user@acme.blob.core.windows.net/bills", "user name"},
      {"https://acme.blob.core.windows.net", "no container"},
      {"https://acme.blob.core.windows.net//", "no container"},
      {"https://acme.blob.core.windows.net/Bills", "not a valid container name"},
      {"https://acme.blob.core.windows.net/bills/../x", ".."},
      {"https://acme.blob.core.windows.net/bills/%2e%2e/x", ".."},
      {"https://acme.blob.core.windows.net/bills/%zz", "percent-encoding"},
      {"https://acme.blob.core.windows.net/bills/%00", "percent-encoding"},
      {"https://acme.blob.core.windows.net/bills/a#b", "#"},
      {"https://acme.blob.core.windows.net/bills/a\nb", "control characters"},
      {"https://acme.blob.core.windows.net/bills?restype=container", "no signature"},
      {"https://acme.blob.core.windows.net/bills?sig=a b", "blanks"},
      {"https://acme.blob.core.windows.net/bills/sv=1&sig=SECRET/x", "SAS token"},
      {"https://acme.blob.core.windows.net/bills/a%3Fsv=1%26sig%3DSECRET", "SAS token"},
      {"https://acme.blob.core.windows.net:4x/bills", "port"},
      {"http://127.0.0.1:10000", "account"},
      {"ftp://acme.blob.core.windows.net/bills", "neither"},
  };
  for (const auto& [location, why] : cases) {
    const auto url = parse_blob_url(location, kSuffix);
    ASSERT_FALSE(url) << location;
    EXPECT_EQ(url.error().id, ErrorId::kLocationNotBlobStorage);
    EXPECT_THAT(url.error().message(),
                AllOf(HasSubstr(why), HasSubstr("https://ACCOUNT.blob.core.windows.net/"), Not(HasSubstr("SECRET"))));
  }
}

TEST(BlobUrl, ShowsLocationsWithoutTheirSecrets) {
  EXPECT_EQ(shown_location("https://evil.test/bills?sig=SECRET"), "https://evil.test/bills");
  EXPECT_EQ(shown_location("/data/what?/exports"), "/data/what?/exports");
}

TEST(BlobUrl, MakesUrlsOfBlobs) {
  const auto url = parse_blob_url("https://acme.blob.core.windows.net/bills/a%20b", kSuffix);
  EXPECT_EQ(url->path_of("c#d.csv"), "a b/c#d.csv");
  EXPECT_EQ(url->blob_url(url->path_of("c#d?.csv")), "https://acme.blob.core.windows.net/bills/a%20b/c%23d%3F.csv");
}

}  // namespace
}  // namespace apportion
