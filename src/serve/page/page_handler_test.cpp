#include "serve/page/page_handler.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class NoSink final : public HttpBodySink {
 public:
  bool take(std::string_view /*piece*/) override { return false; }
};

// An API with one resource.
class OneResource final : public HttpHandler {
 public:
  HttpAdmission admit(const HttpRequestHead& head) override {
    if (head.path == "/api/v1/months") return {};
    HttpAdmission admission;
    admission.refusal = ServerResponse{};
    admission.refusal->status = head.path == "/locked" ? 403 : 404;
    return admission;
  }
  std::shared_ptr<HttpBodySink> receive(const HttpRequestHead& /*head*/, const Cancel& /*cancel*/) override {
    return sink;
  }
  ServerResponse answer(const ServerRequest& /*request*/, const Cancel& /*cancel*/) override {
    ServerResponse response;
    response.body = "months";
    return response;
  }
  ServerResponse fault(const HttpFault& fault, const HttpRequestHead& /*head*/) override {
    ServerResponse response;
    response.status = fault.status;
    return response;
  }
  void answered(const HttpRequestHead& /*head*/, int status, std::int64_t /*bytes*/,
                std::chrono::microseconds /*took*/) override {
    last_status = status;
  }

  std::shared_ptr<HttpBodySink> sink = std::make_shared<NoSink>();
  int last_status = 0;
};

class PageHandlerTest : public ::testing::Test {
 protected:
  PageHandlerTest() {
    std::string pattern = (fs::temp_directory_path() / "apportion-page-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    write("index.html", "<meta content=\"APPORTION_STYLE_NONCE\">");
    write("favicon.svg", "<svg/>");
    write("assets/index-B1c2.js", "plain");
    write("assets/index-B1c2.js.br", "brotli");
    write("assets/index-B1c2.js.gz", "gzip");
  }
  PageHandlerTest(const PageHandlerTest&) = delete;
  PageHandlerTest& operator=(const PageHandlerTest&) = delete;
  ~PageHandlerTest() override { fs::remove_all(folder_); }

  void write(const fs::path& path, std::string_view content) const {
    ASSERT_TRUE(make_folder((folder_ / path).parent_path()));
    ASSERT_TRUE(write_file_atomically(folder_ / path, content));
  }

  PageHandler handler() {
    auto files = PageFiles::open(folder_);
    EXPECT_TRUE(files) << files.error().message();
    return {api_, std::move(*files), [] { return std::string("once"); }};
  }

  static HttpRequestHead get(const std::string& path, const std::string& accept = "text/html,*/*;q=0.8",
                             const std::string& encodings = "gzip, deflate, br") {
    HttpRequestHead head;
    head.method = "GET";
    head.path = path;
    for (const std::string_view segment : split_text(std::string_view(path).substr(1), '/')) {
      if (path != "/") head.segments.emplace_back(segment);
    }
    head.headers.add("Accept", accept);
    head.headers.add("Accept-Encoding", encodings);
    return head;
  }

  static std::string header(const HttpAdmission& admission, std::string_view name) {
    return std::string(admission.refusal->headers.find(name).value_or(""));
  }

  fs::path folder_;
  OneResource api_;
};

TEST_F(PageHandlerTest, AddressesOfThePageAreItsFirstDocumentWithANonceOfItsOwn) {
  for (const char* path : {"/", "/costs", "/months/2026-10"}) {
    const HttpAdmission page = handler().admit(get(path));
    ASSERT_TRUE(page.refusal) << path;
    EXPECT_EQ(page.refusal->status, 200);
    EXPECT_EQ(page.refusal->body, "<meta content=\"once\">");
    EXPECT_EQ(header(page, "Cache-Control"), "no-store");
    EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("style-src 'self' 'nonce-once'"));
    EXPECT_THAT(header(page, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
  }
}

TEST_F(PageHandlerTest, FilesComeInTheFormThatTheBrowserTakes) {
  PageHandler page = handler();
  const auto body = [&](const std::string& encodings) {
    return page.admit(get("/assets/index-B1c2.js", "*/*", encodings)).refusal->body;
  };
  EXPECT_EQ(body("gzip, br"), "brotli");
  EXPECT_EQ(body("gzip;q=0.5"), "gzip");
  EXPECT_EQ(body("zstd"), "plain");
  const HttpAdmission file = page.admit(get("/assets/index-B1c2.js", "*/*"));
  EXPECT_EQ(header(file, "Content-Encoding"), "br");
  EXPECT_EQ(header(file, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(file, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(file, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(page.admit(get("/favicon.svg", "*/*")), "Cache-Control"), "no-cache");
}

TEST_F(PageHandlerTest, AFileThatTheBrowserHasIsNotSentAgain) {
  PageHandler page = handler();
  HttpRequestHead again = get("/favicon.svg", "*/*");
  again.headers.add("If-None-Match", header(page.admit(again), "ETag"));
  const HttpAdmission answer = page.admit(again);
  EXPECT_EQ(answer.refusal->status, 304);
  EXPECT_EQ(answer.refusal->body, "");
  HttpRequestHead other = get("/favicon.svg", "*/*");
  other.headers.add("If-None-Match", "\"another\"");
  EXPECT_EQ(page.admit(other).refusal->status, 200);
}

TEST_F(PageHandlerTest, WhatTheApiAnswersStaysTheApis) {
  PageHandler page = handler();
  EXPECT_FALSE(page.admit(get("/api/v1/months")).refusal);
  EXPECT_EQ(page.receive({}, {}), api_.sink);
  EXPECT_EQ(page.answer({}, {}).body, "months");
  EXPECT_EQ(page.admit(get("/locked")).refusal->status, 403);
  EXPECT_EQ(page.admit(get("/api/v1/unknown")).refusal->status, 404);
  EXPECT_EQ(page.admit(get("/assets/gone.js")).refusal->status, 404);
  EXPECT_EQ(page.admit(get("/unknown", "application/json")).refusal->status, 404);
  HttpRequestHead post = get("/costs");
  post.method = "POST";
  EXPECT_EQ(page.admit(post).refusal->status, 404);
  EXPECT_EQ(page.fault({418}, {}).status, 418);
  page.answered({}, 204, 0, {});
  EXPECT_EQ(api_.last_status, 204);
}

TEST_F(PageHandlerTest, WithoutFilesABrowserIsToldHowToGetThem) {
  PageHandler page(api_, PageFiles(), random_nonce);
  const HttpAdmission answer = page.admit(get("/"));
  EXPECT_EQ(answer.refusal->status, 404);
  EXPECT_THAT(answer.refusal->body, HasSubstr("make page"));
  EXPECT_EQ(page.admit(get("/", "application/json")).refusal->body, "");
}

TEST_F(PageHandlerTest, AFolderWithoutADocumentIsRefused) {
  fs::remove(folder_ / "index.html");
  EXPECT_EQ(PageFiles::open(folder_).error().id, ErrorId::kFileMissing);
}

TEST_F(PageHandlerTest, TheFolderIsBesideTheProgramOrUnderItsPrefix) {
  EXPECT_EQ(page_folder_of(folder_ / "bin"), std::nullopt);
  write("share/apportion/page/index.html", "");
  EXPECT_EQ(page_folder_of(folder_ / "bin"), folder_ / "share/apportion/page");
  write("bin/page/index.html", "");
  EXPECT_EQ(page_folder_of(folder_ / "bin"), folder_ / "bin/page");
}

TEST(RandomNonce, EachIsAnother) {
  EXPECT_EQ(random_nonce().size(), 24U);
  EXPECT_NE(random_nonce(), random_nonce());
}

}  // namespace
}  // namespace apportion
