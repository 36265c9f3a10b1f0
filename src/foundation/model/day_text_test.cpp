#include "foundation/model/day_text.h"

#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

struct Case {
  std::string_view text;
  std::string_view iso;  // what each format makes of it; empty: nothing
  std::string_view month_day_year;
  std::string_view day_month_year;
};

TEST(DayText, ReadsEachFormatAndNoOther) {
  constexpr Case kCases[] = {
      {"2026-10-31", "2026-10-31", "", ""},
      {" 2026-10-31 ", "2026-10-31", "", ""},
      {"2026-10-31T00:00:00Z", "2026-10-31", "", ""},
      {"2026-10-31T00:00Z", "2026-10-31", "", ""},
      {"2026-10-31T23:59:59.9999999+00:00", "2026-10-31", "", ""},
      {"2026-10-31 00:00:00", "2026-10-31", "", ""},
      {"2026-10-31x", "", "", ""},
      {"2026-10-311", "", "", ""},
      {"2026-02-29", "", "", ""},
      {"2028-02-29", "2028-02-29", "", ""},
      {"2026-13-01", "", "", ""},
      {"2026-1-1", "", "", ""},
      {"10/31/2026", "", "2026-10-31", ""},
      {"31/10/2026", "", "", "2026-10-31"},
      {"10/11/2026", "", "2026-10-11", "2026-11-10"},
      {"9/2/2023", "", "2023-09-02", "2023-02-09"},
      {"3/1/21", "", "2021-03-01", "2021-01-03"},
      {"08/01/2023 00:00:00", "", "2023-08-01", "2023-01-08"},
      {"8/1/2023 12:00:00 AM", "", "2023-08-01", "2023-01-08"},
      {"02/30/2026", "", "", ""},
      {"00/10/2026", "", "", ""},
      {"10/00/2026", "", "", ""},
      {"10/11/026", "", "", ""},
      {"10/11/20266", "", "", ""},
      {"010/11/2026", "", "", ""},
      {"10/11", "", "", ""},
      {"10/11/", "", "", ""},
      {"10-11-2026", "", "", ""},
      {"10.11.2026", "", "", ""},
      {"10/11/2026x", "", "", ""},
      {"-1/11/2026", "", "", ""},
      {"46326", "", "", ""},
      {"n/a", "", "", ""},
      {"", "", "", ""},
      {"   ", "", "", ""},
  };
  for (const Case& one : kCases) {
    const auto read = [&one](DayFormat format) {
      const auto day = parse_day(one.text, format);
      return day ? day->to_string() : std::string();
    };
    EXPECT_EQ(read(DayFormat::kIso), one.iso) << "`" << one.text << "` as ISO";
    EXPECT_EQ(read(DayFormat::kMonthDayYear), one.month_day_year) << "`" << one.text << "` as month/day/year";
    EXPECT_EQ(read(DayFormat::kDayMonthYear), one.day_month_year) << "`" << one.text << "` as day/month/year";
  }
}

}  // namespace
}  // namespace apportion
