#include "azure/http.h"

#include <thread>

#include <gtest/gtest.h>

namespace apportion {
namespace {

TEST(Http, HeadersAreFoundWhateverTheirCase) {
  const HttpResponse response{200, {{"ETag", "one"}, {"etag", "two"}}, ""};
  EXPECT_EQ(response.header("Etag"), "one");
  EXPECT_EQ(response.header("Date"), "");
}

TEST(Http, ShownUrlsHideUsersAndSecrets) {
  struct Case {
    const char* url;
    const char* shown;
  };
  for (const Case& test : {
           Case{"https://h/c/b?sv=2022-11-02&sp=rl&sig=abc%2Fdef%3D", "https://h/c/b?sv=2022-11-02&sp=rl&sig=REDACTED"},
           Case{"https://user:word@h:8443/a?code=1#x", "https://h:8443/a?code=REDACTED"},
           Case{"https://h/x?api-version=2025-03-01&$expand=runHistory",
                "https://h/x?api-version=2025-03-01&$expand=runHistory"},
           Case{"https://h/x?bare&&SIG=secret", "https://h/x?REDACTED&SIG=REDACTED"},
           Case{"https://h/x?se=1?sig=secret&sp=rl", "https://h/x?se=REDACTED&sp=rl"},
           Case{"https://h/x%3Fse=1%26sig%3Dsecret", "https://h/x%3Fse=1%26REDACTED"},
           Case{"/folder/x?sig=secret", "/folder/x"},
           Case{"https://h/a\nb", "https://h/a\\nb"},
           Case{"", ""},
       }) {
    EXPECT_EQ(shown_url(test.url), test.shown);
  }
}

TEST(Http, OfASecretUrlOnlyTheHostIsShown) {
  HttpRequest request;
  request.url = "https://hooks.example.com/services/T000/SECRET?x=1";
  EXPECT_EQ(shown_url(request), "https://hooks.example.com/services/T000/SECRET?x=REDACTED");
  request.path_is_secret = true;
  EXPECT_EQ(shown_url(request), "https://hooks.example.com:443");
  request.url = "https://user:SECRET@hooks.example.com/SECRET";
  EXPECT_EQ(shown_url(request), "");
}

TEST(Http, OriginsAreSchemeHostAndPort) {
  struct Case {
    const char* url;
    const char* origin;
  };
  for (const Case& test : {
           Case{"https://Management.Azure.COM/a?b", "https://management.azure.com:443"},
           Case{"HTTP://127.0.0.1:10000", "http://127.0.0.1:10000"},
           Case{"https://[::1]:8443/x", "https://[::1]:8443"},
           Case{"https://[::1]/x", "https://[::1]:443"},
           Case{"https://h?x", "https://h:443"},
           Case{"https://management.azure.com@evil.example/", ""},
           Case{"https://management.azure.com\\.evil.example/", ""},
           Case{"https://management.azure.com:443@evil.example/", ""},
           Case{"https://h:0/", ""},
           Case{"https://h:65536/", ""},
           Case{"https://h:4x/", ""},
           Case{"https://h:/", ""},
           Case{"https:///x", ""},
           Case{"https://[::1/x", ""},
           Case{"https://[::1]x/", ""},
           Case{"ftp://h/", ""},
           Case{"h/x", ""},
           Case{"", ""},
       }) {
    EXPECT_EQ(origin_of(test.url), test.origin) << test.url;
  }
}

TEST(Http, KnowsThisMachine) {
  for (const char* url : {"http://127.0.0.1/", "http://127.1.2.3:10000/x", "http://LOCALHOST:1", "http://[::1]:8/x"}) {
    EXPECT_TRUE(is_loopback(url)) << url;
  }
  for (const char* url :
       {"http://127.0.0.1.example.com/", "http://127.0.0.x/", "http://10.0.0.1/", "http://localhost.x/",
        "http://127.0.0.1@evil.example/", "http://[::2]/", "http://127.0.1/"}) {
    EXPECT_FALSE(is_loopback(url)) << url;
  }
}

TEST(Http, OnlyHttpsIsSecureButOnThisMachine) {
  for (const char* url : {"https://a.example/x", "HTTPS://a.example", "http://127.0.0.1:8080/x", "http://localhost"})
    EXPECT_TRUE(is_secure(url)) << url;
  for (const char* url : {"http://a.example/x", "http://127.example.com/x", "gopher://127.0.0.1:9/x",
                          "ftp://localhost:21", "https://user@a.example", "127.0.0.1", ""})
    EXPECT_FALSE(is_secure(url)) << url;
}

TEST(Http, EncodesWhatIsNotUnreserved) {
  EXPECT_EQ(percent_encoded("a b/ä?~"), "a%20b%2F%C3%A4%3F~");
  EXPECT_EQ(percent_encoded("a b/c", "/"), "a%20b/c");
}

TEST(Cancel, IsSharedByCopiesAndEndsAWait) {
  const Cancel cancel;
  EXPECT_FALSE(cancel.requested());
  EXPECT_TRUE(cancel.wait_for(std::chrono::milliseconds(1)));
  std::thread other([copy = cancel] { copy.request(); });
  EXPECT_FALSE(cancel.wait_for(std::chrono::hours(1)));
  other.join();
  EXPECT_TRUE(cancel.requested());
  EXPECT_EQ(cancelled_error("x").id, ErrorId::kInterrupted);
}

}  // namespace
}  // namespace apportion
