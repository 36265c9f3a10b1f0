#include "query/focus_services.h"

#include <string>

#include <gtest/gtest.h>

namespace apportion {
namespace {

std::string pair_of(std::string_view service, std::string_view category, std::string_view subcategory = {}) {
  const FocusService found = focus_service(service, category, subcategory);
  return std::string(found.category) + " / " + std::string(found.subcategory);
}

TEST(FocusServices, WhatMicrosoftDeliveredStays) {
  EXPECT_EQ(pair_of("Storage", "Compute", "Quantum Compute"), "Compute / Quantum Compute");
}

TEST(FocusServices, KnowsServicesByTheirNamesInBothKindsOfExports) {
  EXPECT_EQ(pair_of("Azure SQL Database", ""), "Databases / Relational Databases");
  EXPECT_EQ(pair_of("SQL Database", "Databases"), "Databases / Relational Databases");
  EXPECT_EQ(pair_of("azure APP service", "Compute", "no such"), "Web / Application Platforms");
}

TEST(FocusServices, ASubcategoryOfAnotherStandardIsReplaced) {
  EXPECT_EQ(pair_of("Azure Quantum", "Compute", "Quantum"), "Compute / Quantum Compute");
}

TEST(FocusServices, OthersAreTheOthersOfTheirCategory) {
  EXPECT_EQ(pair_of("A new service", "Networking"), "Networking / Other (Networking)");
  EXPECT_EQ(pair_of("A new service", "End User Computing"), "Compute / End User Computing");
  EXPECT_EQ(pair_of("", ""), "Other / Other (Other)");
  EXPECT_EQ(pair_of("A new service", "A new category"), "Other / Other (Other)");
}

}  // namespace
}  // namespace apportion
