#include "application/alert_channels.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/webhook_sender.h"
#include "application/writable_home_test_support.h"
#include "azure/testing.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class AlertChannels : public WritableHomeTest {
 protected:
  static std::optional<std::string> no_variable(const char*) { return std::nullopt; }

  // All bytes of the control plane's files.
  std::string control_plane_bytes() {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "home")) {
      if (entry.path().filename().string().starts_with("control-plane")) bytes += *read_file(entry.path());
    }
    return bytes;
  }
};

constexpr const char* kUrl = "https://prod.logic.azure.com/workflows/HIDDENPATH/triggers?sig=HIDDENSIG";

TEST_F(AlertChannels, TheUrlOfAWebhookIsSealedAndItsHostShown) {
  const auto added = add_webhook_channel(no_variable, *writable_, "hook", {kUrl, "secret"});
  ASSERT_TRUE(added) << added.error().message();
  const auto channels = channels_of(writable_->workspace);
  ASSERT_TRUE(channels);
  ASSERT_EQ(channels->size(), 1u);
  EXPECT_THAT(channels->front().to, ElementsAre("https://prod.logic.azure.com"));
  EXPECT_THAT(control_plane_bytes(), Not(HasSubstr("HIDDEN")));
}

TEST_F(AlertChannels, AnUrlThatAnEarlierVersionKeptIsSealed) {
  AzureCatalog catalog = AzureCatalog::of(writable_->workspace.control_plane);
  ASSERT_TRUE(catalog.put_channel({"hook", "webhook", std::string(R"({"url": ")") + kUrl + "\"}"}));
  EXPECT_THAT(channels_of(writable_->workspace)->front().to, ElementsAre("https://prod.logic.azure.com"));
  ASSERT_TRUE(seal_plain_urls(no_variable, *writable_));
  EXPECT_THAT(catalog.channels()->front().settings, Not(HasSubstr("HIDDEN")));
  EXPECT_EQ(catalog.owned_secrets("alert:hook")->size(), 1u);
  ASSERT_TRUE(seal_plain_urls(no_variable, *writable_));
  EXPECT_EQ(catalog.owned_secrets("alert:hook")->size(), 1u);
}

TEST_F(AlertChannels, OfAWebhookThatFailsOnlyTheHostIsTold) {
  FakeTransport transport;
  const auto sender = make_webhook_sender(
      {kUrl, "secret"}, transport, [] { return UtcTime(); }, Cancel());
  const std::string refusal = "Cannot POST /workflows/HIDDENPATH/triggers?sig=HIDDENSIG";
  transport.once("POST", "/workflows/", HttpResponse{404, {}, refusal});
  transport.once("POST", "/workflows/", HttpResponse{200, {}, std::string(2 << 20, 'x')});
  for (int i = 0; i < 2; ++i) {
    const auto sent = sender->send({{1, "test", "", "text", "2026-11-22T12:00:00Z", {}}, true});
    ASSERT_FALSE(sent);
    EXPECT_THAT(sent.error().message(), HasSubstr("https://prod.logic.azure.com"));
    EXPECT_THAT(sent.error().message(), Not(HasSubstr("HIDDEN")));
  }
  EXPECT_EQ(check_webhook_url("http://hooks.example.com/HIDDEN").error().where, "http://hooks.example.com:80");
  EXPECT_EQ(check_webhook_url("https://HIDDEN:x@hooks.example.com/").error().where, "");
}

TEST_F(AlertChannels, AChannelGoesWithItsSecrets) {
  ASSERT_TRUE(add_webhook_channel(no_variable, *writable_, "hook", {kUrl, "secret"}));
  ASSERT_TRUE(remove_channel(*writable_, "hook"));
  EXPECT_TRUE(AzureCatalog::of(writable_->workspace.control_plane).owned_secrets("alert:hook")->empty());
  EXPECT_EQ(remove_channel(*writable_, "hook").error().id, ErrorId::kNoSuchChannel);
}

TEST_F(AlertChannels, WebhooksAreEncryptedButOnThisMachine) {
  for (const char* url : {"https://hooks.example.com/x", "http://127.0.0.1:8080/x", "http://localhost/x"})
    EXPECT_TRUE(check_webhook_url(url)) << url;
  for (const char* url : {"http://hooks.example.com/x", "http://127.example.com/x", "http://localhost.example.com/x",
                          "x", "gopher://127.0.0.1:9/x", "https://127.0.0.1/\r\nX: y", "https://a.example/ x",
                          "https://user:password@a.example/x"})
    EXPECT_EQ(check_webhook_url(url).error().id, ErrorId::kAlertTargetInvalid) << url;
}

}  // namespace
}  // namespace apportion
