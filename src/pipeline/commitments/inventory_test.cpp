#include "pipeline/commitments/inventory.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apportion {
namespace {

using enum CommitmentField;

constexpr const char* kOrder = "AAAAAAAA-0000-4000-8000-000000000001";
constexpr const char* kId = "BBBBBBBB-0000-4000-8000-000000000001";

std::string path(const std::string& id) {
  return fmt::format("/providers/Microsoft.Capacity/reservationOrders/{}/reservations/{}", kOrder, id);
}

TEST(CommitmentIds, AreTakenApartInEveryFormThatAzureWrites) {
  const CommitmentIds reservation = parse_commitment_id(path(kId));
  EXPECT_EQ(reservation.kind, CommitmentKind::kReservation);
  EXPECT_EQ(reservation.order, "aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_EQ(reservation.id, "bbbbbbbb-0000-4000-8000-000000000001");
  EXPECT_EQ(parse_commitment_id(path("")).id, "");
  EXPECT_EQ(parse_commitment_id(path("")).order, reservation.order);
  const CommitmentIds plan = parse_commitment_id(
      "/providers/microsoft.billingbenefits/savingsPlanOrders/20000000-0000-0000-0000-000000000000/savingsPlans/"
      "30000000-0000-0000-0000-000000000000");
  EXPECT_EQ(plan.kind, CommitmentKind::kSavingsPlan);
  EXPECT_EQ(plan.id, "30000000-0000-0000-0000-000000000000");
  const CommitmentIds name = parse_commitment_id(std::string(kOrder) + "/" + kId);
  EXPECT_EQ(name.order, reservation.order);
  EXPECT_EQ(name.id, reservation.id);
  EXPECT_EQ(parse_commitment_id(kId).id, reservation.id);
  EXPECT_EQ(parse_commitment_id("<My-Commitment>").id, "<my-commitment>");
}

TEST(Inventory, MergesByIdIgnoringCaseAndTellsSourcesAndConflicts) {
  Inventory inventory;
  inventory.add({CommitmentSource::kCharges, path(kId), {{kQuantity, "3"}, {kRegion, "westeurope"}}, {}});
  inventory.add({CommitmentSource::kDetails, "bbbbbbbb-0000-4000-8000-000000000001", {{kQuantity, "2"}}, {}});
  inventory.add({CommitmentSource::kAzure, path(kId), {{kRenewal, "on"}, {kRegion, "WestEurope"}, {kScope, ""}}, {}});
  inventory.add({CommitmentSource::kCharges, path(""), {{kTermMonths, "12"}}, {}});
  const auto all = inventory.commitments();
  ASSERT_EQ(all.size(), 1U);
  const Commitment& one = all[0];
  EXPECT_EQ(one.key, "bbbbbbbb-0000-4000-8000-000000000001");
  EXPECT_EQ(one.value(kQuantity), "2");
  EXPECT_EQ(one.fields.at(kQuantity).source, CommitmentSource::kDetails);
  EXPECT_THAT(one.fields.at(kQuantity).conflicts,
              testing::ElementsAre(std::pair(CommitmentSource::kCharges, std::string("3"))));
  EXPECT_TRUE(one.fields.at(kRegion).conflicts.empty());
  EXPECT_EQ(one.value(kTermMonths), "12");
  EXPECT_EQ(one.value(kScope), "");
  EXPECT_EQ(one.conflicts(), 1U);
}

TEST(Inventory, AnOrderOfSeveralCommitmentsStandsForItself) {
  Inventory inventory;
  inventory.add({CommitmentSource::kCharges, path(kId), {}, {}});
  inventory.add({CommitmentSource::kCharges, path("cccccccc-0000-4000-8000-000000000001"), {}, {}});
  inventory.add({CommitmentSource::kTransactions, path(""), {{kPrice, "100"}}, {}});
  const auto all = inventory.commitments();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].key, "order/aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_EQ(all[2].value(kPrice), "100");
}

TEST(Inventory, TheNameSeenLastIsTheNameInAnyOrder) {
  const auto day = [](const char* text) { return *Day::parse(text); };
  struct Name {
    const char* name;
    const char* first;
    const char* last;
  };
  std::vector<Name> names{{"old", "2026-08-01", "2026-08-19"},
                          {"newer", "2026-08-20", "2026-09-10"},
                          {"newest", "2026-09-11", "2026-10-31"}};
  for (int turn = 0; turn < 3; ++turn) {
    std::rotate(names.begin(), names.begin() + 1, names.end());
    Inventory inventory;
    for (const Name& name : names) inventory.add_name(path(kId), name.name, day(name.first), day(name.last));
    const auto all = inventory.commitments();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].value(kName), "newest");
    EXPECT_THAT(all[0].former_names, testing::ElementsAre("old", "newer"));
  }
}

}  // namespace
}  // namespace apportion
