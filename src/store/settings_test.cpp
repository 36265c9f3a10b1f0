#include "store/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/test_support.h"

namespace apportion {
namespace {

using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
 protected:
  std::int64_t value_of(SettingId id) { return (*Settings::read(plane_))[id]; }

  TestFolder folder_;
  ControlPlane plane_ = *ControlPlane::open(folder_ / "db", Clock::fixed(*Day::parse("2026-11-22")), true);
};

TEST_F(SettingsTest, DefaultsHoldUntilSomebodySetsThem) {
  EXPECT_EQ(value_of(SettingId::kAlertsExpiryDays), 30);
  ASSERT_TRUE(set_setting(plane_, "alerts.expiry-days", "14"));
  EXPECT_EQ(value_of(SettingId::kAlertsExpiryDays), 14);
  EXPECT_TRUE(Settings::read(plane_)->is_set(SettingId::kAlertsExpiryDays));
  ASSERT_TRUE(set_setting(plane_, "alerts.expiry-days", "default"));
  EXPECT_EQ(value_of(SettingId::kAlertsExpiryDays), 30);
  EXPECT_FALSE(Settings::read(plane_)->is_set(SettingId::kAlertsExpiryDays));
}

TEST_F(SettingsTest, RefusesWhatIsOutOfBoundsOrNoWholeNumber) {
  for (const char* value : {"0", "366", "-1", "1.5", "many", "", "9999999999999999999", "14 "}) {
    EXPECT_FALSE(set_setting(plane_, "alerts.expiry-days", value)) << value;
  }
  EXPECT_EQ(value_of(SettingId::kAlertsExpiryDays), 30);
}

TEST_F(SettingsTest, NamesTheSettingsWhenOneIsUnknown) {
  const auto set = set_setting(plane_, "alerts.expiry", "14");
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().why, HasSubstr("alerts.expiry-days"));
}

TEST_F(SettingsTest, WhatIsStoredOutOfBoundsCountsAsNotSet) {
  ASSERT_TRUE(plane_.put_setting("alerts.expiry-days", "5000"));
  EXPECT_EQ(value_of(SettingId::kAlertsExpiryDays), 30);
}

TEST(SettingDefinitions, AreSortedAndTheirDefaultsAreWithinBounds) {
  std::string_view before;
  for (const SettingDefinition& setting : setting_definitions()) {
    EXPECT_LT(before, setting.name);
    before = setting.name;
    EXPECT_LE(setting.least, setting.default_value) << setting.name;
    EXPECT_GE(setting.most, setting.default_value) << setting.name;
    EXPECT_FALSE(setting.about.empty()) << setting.name;
  }
}

}  // namespace
}  // namespace apportion
