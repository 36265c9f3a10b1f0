#include "azure/connect/utc_time.h"

#include <gtest/gtest.h>

#include "foundation/base/date.h"

namespace apportion {
namespace {

TEST(UtcTime, ReadsWhatAzureAndOurClockWrite) {
  EXPECT_EQ(epoch_seconds_of("1970-01-02T00:00:01Z"), 86'401);
  EXPECT_EQ(epoch_seconds_of("2018-08-03T07:52:15.6016681Z"), 1'533'282'735);
  EXPECT_EQ(epoch_seconds_now(Clock::fixed(*Day::parse("1970-01-01"))), 12 * 3600);
  for (const char* text : {"", "2026-11-25", "2026-11-25 12:00:00", "2026-13-25T12:00:00Z", "2026-11-25T24:00:00Z",
                           "2026-11-25T1x:00:00Z", "2026-11-25T-1:00:00Z"}) {
    EXPECT_EQ(epoch_seconds_of(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace apportion
