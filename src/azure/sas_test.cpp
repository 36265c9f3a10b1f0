#include "azure/sas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1'795'608'000;  // 2026-11-25T12:00:00Z

Sas sas_of(const std::string& text) {
  const auto sas = parse_sas(text);
  EXPECT_TRUE(sas) << sas.error().message();
  return sas ? *sas : Sas();
}

TEST(Sas, IsReadWithoutChangingAByte) {
  const std::string query =
      "sv=2022-11-02&ss=b&srt=sco&sp=rl&st=2026-11-01T00%3a00%3A00Z&se=2026-11-30T10:30:05Z&spr=https&sig=a%2Bb%2f%3D";
  for (const std::string& text :
       {query, "?" + query, "https://a.blob.core.windows.net/c?" + query + "#x", query + "\n"}) {
    const Sas sas = sas_of(text);
    EXPECT_EQ(sas.query, query);
    EXPECT_EQ(sas.permissions, "rl");
    EXPECT_EQ(sas.services, "b");
    EXPECT_EQ(sas.resource_types, "sco");
    EXPECT_EQ(sas.protocol, "https");
    EXPECT_EQ(sas.starts_at, kNow - 24 * 86'400 - 12 * 3600);
    EXPECT_EQ(sas.ends_at, kNow + 5 * 86'400 - 5395);
    EXPECT_TRUE(sas.is_of_account());
  }
}

TEST(Sas, TheSigningKeyMayEndFirst) {
  EXPECT_EQ(sas_of("se=2026-12-31&ske=2026-11-26T12:00Z&sr=c&sp=rl&sig=x").ends_at, kNow + 86'400);
  EXPECT_EQ(sas_of("ske=2026-12-31&se=2026-11-26T12:00:00.0000000Z&sig=x").ends_at, kNow + 86'400);
}

TEST(Sas, WhatIsNoneIsRefused) {
  for (const char* text : {"", "?", "https://h/c", "sv=1&sp=r", "sig=", "sig=a b", "sv=1&\nsig=x", "sig=x&se=soon",
                           "sig=x&se=2026-02-30", "sig=x&se=2026-11-30T25:00Z", "sig=x&se=2026-11-30T10:00:00",
                           "sig=x&se=2026-11-30T", "sig=x&se=2026-11-30TZ", "sig=x&se=2026-11-30T10:00:Z"}) {
    const auto refused = parse_sas(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().id, ErrorId::kSasInvalid);
  }
  EXPECT_THAT(parse_sas("sig=secret&se=soon").error().message(), Not(HasSubstr("secret")));
}

TEST(Sas, IsPartedFromItsLocation) {
  EXPECT_EQ(split_sas("https://h/c/d?sv=1&sig=a%3D").url, "https://h/c/d");
  EXPECT_EQ(split_sas("https://h/c/d?sv=1&sig=a%3D").sas, "sv=1&sig=a%3D");
  EXPECT_EQ(split_sas("https://h/c/d").url, "https://h/c/d");
  EXPECT_EQ(split_sas("https://h/c/d").sas, "");
}

TEST(Sas, IsCheckedBeforeItIsUsed) {
  struct Case {
    const char* sas;
    const SasNeed* need;
    const char* says;  // nullptr: good
  };
  for (const Case& test : {
           Case{"ss=b&srt=sco&sp=rl&se=2026-11-30&sig=x", &kSasToRead, nullptr},
           Case{"ss=bfqt&srt=co&sp=rwdlac&sig=x", &kSasToRead, nullptr},
           Case{"sr=c&sp=rl&sig=x", &kSasToRead, nullptr},
           Case{"sr=d&sp=rl&sdd=1&sig=x", &kSasToRead, nullptr},
           Case{"sr=c&si=policy&sig=x", &kSasToRead, nullptr},
           Case{"sr=c&sp=rl&se=2026-11-25T12:00:00Z&sig=x", &kSasToRead, "it expired at 2026-11-25T12:00:00Z"},
           Case{"sr=c&sp=rl&se=2027-01-01&ske=2026-11-24&sig=x", &kSasToRead, "it expired at 2026-11-24T00:00:00Z"},
           Case{"sr=c&sp=rl&st=2026-11-25T12:00:01Z&sig=x", &kSasToRead, "not valid before 2026-11-25T12:00:01Z"},
           Case{"sr=c&sp=r&sig=x", &kSasToRead, "(sp=r) lack list (l)"},
           Case{"sr=c&sp=l&sig=x", &kSasToRead, "(sp=l) lack read (r)"},
           Case{"sr=c&sig=x", &kSasToRead, "lack read (r), list (l)"},
           Case{"sr=b&sp=rl&sig=x", &kSasToRead, "single blob"},
           Case{"sig=x&sp=rl", &kSasToRead, "single blob"},
           Case{"ss=f&srt=co&sp=rl&sig=x", &kSasToRead, "(ss=f) lack blob (b)"},
           Case{"ss=b&srt=o&sp=rl&sig=x", &kSasToRead, "(srt=o) lack container (c)"},
           Case{"ss=b&srt=sco&sp=racwdl&sig=x", &kSasToDeliver, nullptr},
           Case{"ss=b&srt=sco&sp=rl&sig=x", &kSasToDeliver, "lack add (a), create (c), write (w), delete (d)"},
           Case{"sr=c&sp=racwdl&sig=x", &kSasToDeliver, "one for the account is required"},
       }) {
    const auto checked = check_sas(sas_of(test.sas), *test.need, kNow, "https://h/c");
    ASSERT_EQ(static_cast<bool>(checked), test.says == nullptr) << test.sas;
    if (!checked) {
      EXPECT_EQ(checked.error().id, ErrorId::kSasUnusable);
      EXPECT_THAT(checked.error().why, HasSubstr(test.says));
    }
  }
}

TEST(Sas, DaysLeftAreWhole) {
  EXPECT_EQ(days_left(sas_of("sig=x"), kNow), std::nullopt);
  const Sas sas = sas_of("sig=x&se=2026-11-26T12:00:00Z");
  EXPECT_EQ(days_left(sas, kNow), 1);
  EXPECT_EQ(days_left(sas, kNow + 1), 0);
  EXPECT_EQ(days_left(sas, kNow + 86'400), 0);
  EXPECT_EQ(days_left(sas, kNow + 86'401), -1);
  EXPECT_EQ(days_left(sas, kNow + 2 * 86'400), -1);
  EXPECT_EQ(days_left(sas, kNow + 2 * 86'400 + 1), -2);
}

}  // namespace
}  // namespace apportion
