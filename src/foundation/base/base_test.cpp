#include <gtest/gtest.h>

#include "foundation/base/date.h"
#include "foundation/base/guid.h"
#include "foundation/base/percent_decoded.h"
#include "foundation/base/result.h"
#include "foundation/base/text.h"
#include "foundation/base/utc_time.h"
#include "foundation/base/utf8.h"

namespace apportion {
namespace {

TEST(Day, ReadsOnlyRealDaysInIsoForm) {
  EXPECT_EQ(Day::parse("2026-10-31")->to_string(), "2026-10-31");
  EXPECT_EQ(Day::parse("1970-01-02")->days_since_epoch(), 1);
  for (const char* wrong : {"2026-02-29", "2026-13-01", "2026-1-1", "10/31/2026", "2026-10-3x", ""}) {
    EXPECT_FALSE(Day::parse(wrong)) << wrong;
  }
}

TEST(Month, KnowsItsDays) {
  const Month february = *Month::parse("2028-02");
  EXPECT_EQ(february.last_day().to_string(), "2028-02-29");
  EXPECT_EQ(february.plus_months(-2).to_string(), "2027-12");
  EXPECT_TRUE(february.contains(*Day::parse("2028-02-29")));
  EXPECT_FALSE(february.contains(*Day::parse("2028-03-01")));
  EXPECT_FALSE(Month::parse("2028-00"));
}

TEST(Guid, IsToldByItsForm) {
  EXPECT_TRUE(is_guid("8d1f0f6e-0000-4000-8000-000000000001"));
  EXPECT_TRUE(is_guid("8D1F0F6E-0000-4000-8000-00000000000A"));
  for (const char* text :
       {"", "contoso.onmicrosoft.com", "8d1f0f6e-0000-4000-8000-00000000000", "8d1f0f6e00004000800000000001",
        "8d1f0f6e-0000-4000-8000-00000000000g", "{8d1f0f6e-0000-4000-8000-000000000001}"})
    EXPECT_FALSE(is_guid(text)) << text;
}

TEST(Text, FoldsCaseInAnyScript) {
  EXPECT_EQ(fold_case("ÄÖ Straße ΣΊΣΥΦΟΣ Дом"), fold_case("äö STRASSE σίσυφος дОМ"));
  EXPECT_EQ(fold_case("no utf-8: \xff"), "no utf-8: \xff");
}

TEST(Text, MeasuresTerminalColumns) {
  EXPECT_EQ(display_width("Käse"), 4);
  EXPECT_EQ(display_width("株式会社"), 8);
}

TEST(Text, ExcerptStaysOnOneLineAndWhole) {
  EXPECT_EQ(excerpt("a\nb"), "a\\nb");
  EXPECT_EQ(excerpt("äää", 4), "ää…");
  EXPECT_EQ(excerpt("\xff"), "\\xff");
}

TEST(PercentDecoded, LeavesWhatIsNoEscape) {
  EXPECT_EQ(percent_decoded("a%3Ab%20c%41"), "a:b cA");
  for (const char* text : {"100%", "%4", "%zz", "%+1", "%-1", ""}) EXPECT_EQ(percent_decoded(text), text);
}

TEST(Text, TrimsAndSplits) {
  EXPECT_EQ(trim(" \t x y\r\n"), "x y");
  EXPECT_EQ(split_text("a;;b", ';'), (std::vector<std::string_view>{"a", "", "b"}));
}

TEST(Error, SaysWhatWhereWhyAndNext) {
  const Error error{ErrorId::kManifestNotJson, "cannot read the manifest", "m.json", "not JSON", "export it again"};
  EXPECT_EQ(error.message(), "cannot read the manifest: m.json: not JSON; export it again");
  EXPECT_EQ(exit_code(error.kind()), 3);
}

TEST(UtcTime, ReadsAndWritesSecondsAndNothingElse) {
  const auto time = parse_utc_time("2026-11-05T03:17:09Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time_since_epoch().count(), 1793848629);
  EXPECT_EQ(utc_time_text(*time), "2026-11-05T03:17:09Z");
  EXPECT_EQ(parse_utc_time("2026-11-05T03:17:09.1234567Z"), time);
  EXPECT_EQ(utc_time_text(UtcTime(std::chrono::seconds(-1))), "1969-12-31T23:59:59Z");
  for (const char* text :
       {"", "2026-11-05", "2026-11-05T03:17:09", "2026-11-05T03:17:09+00:00", "2026-11-05 03:17:09Z",
        "2026-02-30T03:17:09Z", "2026-11-05T24:17:09Z", "2026-11-05T03:17:09.Z", "2026-11-05T-3:17:09Z"}) {
    EXPECT_FALSE(parse_utc_time(text)) << text;
  }
}

TEST(UtcTime, DurationsAreInTheLargestUnitOfWhichThereAreTwo) {
  EXPECT_EQ(duration_text(std::chrono::seconds(119)), "119 s");
  EXPECT_EQ(duration_text(std::chrono::minutes(119)), "119 min");
  EXPECT_EQ(duration_text(std::chrono::hours(47)), "47 h");
  EXPECT_EQ(duration_text(std::chrono::hours(71)), "2 days");
}

TEST(Utf8, TellsTextFromOtherBytes) {
  for (const std::string_view text : {"", "plain", "Süß 青空 🚀"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    EXPECT_TRUE(is_utf8(text.replace(at, 1, "ü"))) << at;
    EXPECT_FALSE(is_utf8(text.replace(at, 1, "\xff"))) << at;
  }
  for (const std::string_view text : {"L\xe9on", "\xff", "cut \xf0\x9f", "\xed\xa0\x80", "\xc0\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << excerpt(text);
  }
}

}  // namespace
}  // namespace apportion
