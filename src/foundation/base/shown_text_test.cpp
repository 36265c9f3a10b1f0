#include "foundation/base/shown_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/next_step.h"
#include "foundation/base/result.h"

namespace apportion {
namespace {

TEST(WithoutSecrets, HidesWhatLetsSomebodyIn) {
  for (const char* text : {"`https://a.blob.core.windows.net/c/x?sv=2022-11-02&sr=c&sig=HIDDEN%3D` is no folder",
                           "SIG=HIDDEN",
                           "?sv=1%26sig%3DHIDDEN%26x",
                           R"(x\u0026sig=HIDDEN\u0026y)",
                           "%3Fcode%3DHIDDEN",
                           "https://x.example/api/f?code=HIDDEN==",
                           "https://user:HIDDEN@host.example/x",
                           "smtps://user:HID/DEN@host:465",
                           "https://HIDDEN@host.example/x",
                           "https://a:b@c:HIDDEN@host/x",
                           "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=HIDDEN==;EndpointSuffix=core",
                           R"({"access_token": "HIDDEN", "expires_in": 1})",
                           R"({\"client_secret\":\"HIDDEN\"})",
                           "Authorization: Bearer HIDDEN.eyJhbGciOi",
                           "https://hooks.slack.com/services/HIDDEN/B/c",
                           "https://acme.webhook.office.com/webhookb2/HIDDEN",
                           "https://discord.com/api/webhooks/1/HIDDEN",
                           "https://prod.logic.azure.com/workflows/1/triggers?sp=run&sv=1.0&sig=HIDDEN",
                           "client_secret=HIDDEN&grant_type=x",
                           "first https://a:HIDDEN@b and https://c:HIDDEN@d/e?sig=HIDDEN"}) {
    EXPECT_THAT(without_secrets(text), testing::Not(testing::ContainsRegex("HID|DEN"))) << text;
    EXPECT_THAT(without_secrets(text), testing::HasSubstr("REDACTED")) << text;
  }
}

TEST(WithoutSecrets, LeavesEverythingElseByteForByte) {
  for (const char* text :
       {"", "no such file: a:b@c", "design=3", "https://a.example:8443/x@y", "errorcode: 5", "the code = 5",
        "abfss://container@a.dfs.core.windows.net/x", "`2026-13` is not a month", "a bearer of news",
        "/subscriptions/0/resourceGroups/rg?api-version=2025-03-01", "https://discord.com/channels/1/2",
        "sig=", "decode=1 and tokens=3", "https://[::1]:8080/a"}) {
    EXPECT_EQ(without_secrets(text), text);
  }
}

TEST(WithoutSecrets, StepsStayWholeAndAreWordedAfterwards) {
  const auto words = [](const NextStep& step) {
    std::string text = "<" + std::string(step_definition(step.id).name);
    for (const StepArgument& argument : step.arguments) text += " " + argument.value;
    return text + ">";
  };
  const std::string text = "sig=HIDDEN" + step(Step::kCheckRules, {{"file", "https://a.example/x?sig=HIDDEN"}}) +
                           ", then https://u:HIDDEN@h/c" + step(Step::kAddToken, {{"token", "nightly"}}) +
                           " Bearer HIDDEN.eyJhbGciOi" + step(Step::kSync);
  EXPECT_EQ(worded(without_secrets(text), words),
            "sig=REDACTED<check-rules https://a.example/x?sig=REDACTED>, then https://u:REDACTED@h/c"
            "<add-token nightly> Bearer REDACTED<sync>");
}

TEST(TerminalText, ShowsWhatWouldSteerATerminal) {
  EXPECT_EQ(terminal_text("\x1b[31mred\x07"), R"(\x1b[31mred\x07)");
  EXPECT_EQ(terminal_text("a\tb\rc\x7f"), R"(a\tb\rc\x7f)");
  EXPECT_EQ(terminal_text("\u202Eabc\u2066\u200F\u009B"), R"(\u202eabc\u2066\u200f\u009b)");
  EXPECT_EQ(terminal_text("\x9b!"), R"(\x9b!)");
  EXPECT_EQ(terminal_text("one\r\ntwo\nthree"), "one\ntwo\nthree");
  EXPECT_EQ(terminal_text("Süß 青空 🚀"), "Süß 青空 🚀");
}

TEST(TerminalJson, MeansTheSame) {
  EXPECT_EQ(terminal_json("{\"a\": \"\u202E\x7f\u009B\"}\n"), "{\"a\": \"\\u202e\\u007f\\u009b\"}\n");
  EXPECT_EQ(terminal_json("[\"Süß\\u001b\"]"), "[\"Süß\\u001b\"]");
}

TEST(Error, ItsMessageTellsNoSecret) {
  const Error error{ErrorId::kNoRuns, "nothing there", "https://h/c?sig=HIDDEN", "", "look at https://u:HIDDEN@h"};
  EXPECT_EQ(error.message(), "nothing there: https://h/c?sig=REDACTED; look at https://u:REDACTED@h");
}

}  // namespace
}  // namespace apportion
