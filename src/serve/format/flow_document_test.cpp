// The documents of imports, months that were split, and changes of amounts, from values made by hand.
#include "serve/format/flow_document.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "serve/format/change_document.h"
#include "serve/format/customer_document.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const Currency kEuro = *Currency::parse("EUR");
const Month kOctober = *Month::parse("2026-10");

Decimal amount(const char* text) { return Decimal::parse(text).value; }

SplitResult split() {
  SplitResult split;
  split.charges = 1200;
  split.totals = {{CustomerId("contoso"), kEuro, 1000, {amount("10"), amount("9"), amount("0"), amount("0")}},
                  {CustomerId("unassigned"), kEuro, 200, {amount("1.5"), amount("1.25"), amount("0"), amount("0")}}};
  split.unassigned_tenants.push_back({"t0", "Tenant 0", kEuro, 1, {}});
  return split;
}

AssignedPart part(const std::string& customer, const char* billed, const std::string& tenant = "t") {
  return {customer, "EUR", "", tenant, "", 1, {amount(billed), amount(billed)}};
}

// Contoso gains 12 of a tenant, which nobody had.
AmountChanges changes() {
  AmountChanges changes;
  changes.add_month("acme", kOctober, {part("contoso", "10")}, {part("contoso", "22")}, false);
  return changes;
}

TEST(FlowDocument, HasAmountsAsTextAndProblemsWithTheirParts) {
  FlowReport report;
  report.add_month("acme", {.month = kOctober, .changed = true, .split = split()});
  report.problems.push_back({"somewhere", {ErrorId::kManifestNotJson, "what", "", "", ""}});
  const auto json = flow_json(report);
  EXPECT_EQ(json["months"][0]["totals"][1]["BilledCost"], "1.5");
  EXPECT_EQ(json["months"][0]["totals"][1]["EffectiveCost"], "1.25");
  EXPECT_EQ(json["months"][0]["unassigned_tenants"][0]["tenant_id"], "t0");
  EXPECT_EQ(json["problems"][0]["code"], "bad_input");
  EXPECT_EQ(json["problems"][0]["source"], "somewhere");
}

TEST(FlowDocument, AnEffectiveCostThatNobodyKnowsIsNotZero) {
  FlowReport report;
  report.add_month("acme", {.month = kOctober, .changed = true, .knows_effective_cost = false, .split = split()});
  const auto month = flow_json(report)["months"][0];
  EXPECT_FALSE(month["totals"][1].contains("EffectiveCost"));
  EXPECT_FALSE(month["unassigned_tenants"][0].contains("EffectiveCost"));
}

TEST(FlowDocument, HasTheFirstRejectsAndEachNoteOfAnImport) {
  ImportedRun run;
  run.import.month = kOctober;
  run.import.rows_source = 3;
  run.import.rows_stored = 1;
  run.import.rows_rejected = 2;
  run.import.notes = "one\n\ntwo\n";
  run.first_rejects = {{"part.csv", 2, "costInBillingCurrency", "1,5", "no number"}};
  ImportReport imported;
  imported.imported.push_back(run);
  FlowReport report;
  report.add_import("acme", imported, true);
  const auto json = flow_json(report)["imports"][0]["runs"][0];
  EXPECT_EQ(json["rows"].dump(), R"({"source":3,"stored":1,"rejected":2})");
  EXPECT_EQ(json["first_rejects"][0]["line"], 2);
  EXPECT_THAT(json["notes"], ElementsAre("one", "two"));
}

TEST(FlowDocument, WhatWasReviewedIsBeforeWhatWasDone) {
  FlowReport report;
  report.left_alone = true;
  report.changes = changes();
  const auto json = flow_json(report);
  std::string keys;
  for (const auto& [key, value] : json.items()) keys += key + " ";
  EXPECT_EQ(keys, "dry_run changes unassigned_tenants imports months problems ");
}

TEST(ChangeDocument, CustomersHaveTheirNamesBesideTheirIds) {
  AmountChanges both = changes();
  both.add_month("acme", kOctober, {part("fabrikam", "10")}, {part("fabrikam", "3")}, false);
  Customer contoso;
  contoso.id = CustomerId("contoso");
  contoso.name = "Contoso Ltd";
  both.name_customers({contoso});
  nlohmann::ordered_json document;
  add_changes(document, both);
  EXPECT_EQ(document["changes"][0]["CustomerName"], "Contoso Ltd");
  EXPECT_EQ(document["changes"][0]["BilledCostDifference"], "12");
  EXPECT_FALSE(document["changes"][1].contains("CustomerName"));
}

TEST(ChangeDocument, UnassignedTenantsStandOnce) {
  AmountChanges lost;
  for (const char* month : {"2026-10", "2026-11"}) {
    lost.add_month("acme", *Month::parse(month), {part("contoso", "4", "lost")}, {part("unassigned", "4", "lost")},
                   false);
  }
  nlohmann::ordered_json document;
  add_changes(document, lost);
  ASSERT_THAT(document["unassigned_tenants"], SizeIs(1));
  EXPECT_EQ(document["unassigned_tenants"][0]["BilledCost"], "8");
  EXPECT_EQ(document["unassigned_tenants"][0]["new"], true);
  EXPECT_THAT(document["changes"], SizeIs(4));
}

TEST(ChangeDocument, AnUnknownAmountIsAnEmptyCell) {
  const KnownCosts known{amount("1"), amount("2")};
  const KnownCosts unknown{amount("3"), std::nullopt};
  std::string cells;
  for (const TableCell& cell : change_amount_cells(known, unknown)) cells += cell_text(cell) + "|";
  EXPECT_EQ(cells, "1|3|2|2|||");
  EXPECT_THAT(change_amount_columns(), SizeIs(6));
}

TEST(CustomerDocument, AnEditIsTheCustomerAndThenItsMonths) {
  Customer customer;
  customer.id = CustomerId("contoso");
  customer.name = "Contoso Ltd";
  customer.tenant_ids = {"t"};
  customer.dated_tenants = {{"u", *Day::parse("2026-05-01")}};
  customer.retired_from = *Day::parse("2026-11-01");
  customer.merged_into = "fabrikam";
  EXPECT_EQ(customers_json({customer}).dump(),
            R"({"customers":[{"id":"contoso","name":"Contoso Ltd","external_id":"","tenant_ids":["t"],)"
            R"("dated_tenants":[{"tenant_id":"u","from":"2026-05-01"}],"sees":"list",)"
            R"("retired_from":"2026-11-01","merged_into":"fabrikam"}]})");
  FlowReport report;
  const std::string flow = R"("imports":[],"months":[],"problems":[]})";
  const std::string contoso = customer_json(customer).dump();
  EXPECT_EQ(edited_customer_json(customer, report).dump(), R"({"customer":)" + contoso + "," + flow);
  EXPECT_EQ(removed_customer_json(customer, report).dump(), R"({"removed":)" + contoso + "," + flow);
  EXPECT_EQ(merged_customers_json(customer, customer, report).dump(),
            R"({"from":)" + contoso + R"(,"into":)" + contoso + "," + flow);
  report.left_alone = true;
  EXPECT_TRUE(removed_customer_json(customer, report).contains("would_remove"));
  EXPECT_EQ(customer_import_json({.added = 1, .changed = 2, .same = 3, .report = report}, false).dump(),
            R"({"added":1,"changed":2,"same":3,"dry_run":true,)" + flow);
}

TEST(CustomerDocument, ADiscoverySaysWhoCouldNotBeAsked) {
  CustomerDiscovery found;
  found.known = 4;
  found.not_asked = {{ErrorId::kNoAnswer, "no answer", "acme", "", ""}};
  const auto json = customer_discovery_json(found);
  EXPECT_EQ(json["known"], 4);
  EXPECT_TRUE(json["proposed"].empty());
  EXPECT_EQ(json["not_asked"][0]["where"], "acme");
}

}  // namespace
}  // namespace apportion
