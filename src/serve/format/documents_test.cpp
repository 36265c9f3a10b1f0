// The documents for people and programs, from values made by hand.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "query/report_test_support.h"
#include "serve/format/commitment_document.h"
#include "serve/format/explanation_document.h"
#include "serve/format/months_document.h"
#include "serve/format/proof_document.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Month kOctober = *Month::parse("2026-10");

ProofSums sums(const char* source, const char* assigned, const char* unassigned) {
  ProofSums sums;
  if (source != nullptr) sums.source = test_decimal(source);
  sums.assigned = test_decimal(assigned);
  sums.unassigned = test_decimal(unassigned);
  sums.charges = sums.assigned + sums.unassigned;
  return sums;
}

MetricProofs metrics_of(const MetricProof& list) {
  MetricProofs metrics;
  metrics[static_cast<std::size_t>(ChargeMetric::kListCost)] = list;
  return metrics;
}

Proof proof_of(CurrencyProof currency) {
  MonthProof month{.connection = "acme",
                   .month = kOctober,
                   .status = {"complete", "as a test says"},
                   .rows = {4, 4, 0},
                   .currencies = {std::move(currency)},
                   .focus = {},
                   .reasons = {}};
  return Proof{{std::move(month)}, {}};
}

TEST(ProofDocument, IsAsDocumented) {
  const auto json = proof_json(proof_of({.currency = *Currency::parse("EUR"),
                                         .billed = sums("110.25", "10.25", "100"),
                                         .effective = sums("10.250000000000000001", "10.250000000000000001", "0"),
                                         .metrics = metrics_of({.source = test_decimal("7"),
                                                                .mended = test_decimal("0.5"),
                                                                .charges = test_decimal("7.5"),
                                                                .assigned = test_decimal("7.5"),
                                                                .unassigned = {},
                                                                .unknown_rows = 1}),
                                         .by_category = {}}));
  const std::string nothing =
      R"({"source":null,"charges":null,"assigned":null,"unassigned":null,"difference":"0","mended":"0",)"
      R"("filled":"0","unknown_rows":0})";
  EXPECT_EQ(
      json.dump(),
      R"({"holds":true,"months":[{"connection":"acme","month":"2026-10","state":"complete","holds":true,)"
      R"("rows":{"source":4,"stored":4,"rejected":0},"currencies":[{"currency":"EUR",)"
      R"("billed":{"source":"110.25","charges":"110.25","assigned":"10.25",)"
      R"("unassigned":"100","difference":"0","mended":"0",)"
      R"("carried_out":"0","carried_in":"0","rounded":"0"},)"
      R"("effective":{"source":"10.250000000000000001","charges":"10.250000000000000001",)"
      R"("assigned":"10.250000000000000001","unassigned":"0","difference":"0","mended":"0",)"
      R"("carried_out":"0","carried_in":"0","rounded":"0"},)"
      R"("list":{"source":"7","charges":"7.5","assigned":"7.5","unassigned":null,"difference":"0","mended":"0.5",)"
      R"("filled":"0","unknown_rows":1},"contracted":)" +
          nothing + R"(,"consumed_quantity":)" + nothing + R"(,"pricing_quantity":)" + nothing +
          R"(,"by_category":[]}],"timing_rows":0,"state_reason":"as a test says","reasons":[],"notes":[]}],)"
          R"("reasons":[]})");
}

TEST(ProofDocument, AnUnknownSourceIsNullAndAnEmptyCell) {
  const Proof proof = proof_of({.currency = *Currency::parse("EUR"),
                                .billed = sums(nullptr, "4", "0"),
                                .effective = sums("4", "4", "0"),
                                .metrics = metrics_of({.source = {},
                                                       .mended = {},
                                                       .charges = test_decimal("7.5"),
                                                       .assigned = test_decimal("7.5"),
                                                       .unassigned = {},
                                                       .unknown_rows = 3}),
                                .by_category = {}});
  EXPECT_TRUE(proof_json(proof)["months"][0]["currencies"][0]["billed"]["source"].is_null());
  EXPECT_THAT(lines_of(proof_table(proof)), ElementsAre("acme|2026-10|complete|yes|EUR|billed||0|4|4|0|0|",
                                                        "acme|2026-10|complete|yes|EUR|effective|4|0|4|4|0|0|",
                                                        "acme|2026-10|complete|yes|EUR|list||0|7.5|7.5||0|3",
                                                        "acme|2026-10|complete|yes|EUR|contracted||0||||0|0",
                                                        "acme|2026-10|complete|yes|EUR|consumed quantity||0||||0|0",
                                                        "acme|2026-10|complete|yes|EUR|pricing quantity||0||||0|0"));
}

TEST(ProofDocument, ReasonsBreakIt) {
  Proof proof =
      proof_of({.currency = *Currency::parse("EUR"), .billed = {}, .effective = {}, .metrics = {}, .by_category = {}});
  proof.months[0].reasons = {"2 rows of import 1 were rejected"};
  EXPECT_EQ(proof_json(proof)["holds"], false);
  EXPECT_THAT(proof_table(proof).notices,
              ElementsAre(HasSubstr("4 rows in the source"), "acme 2026-10: 2 rows of import 1 were rejected"));
}

MonthRun run(Dataset dataset, bool in_force) {
  return {.import = ImportId(1),
          .dataset = dataset,
          .run_id = {},
          .submitted_at = {},
          .covers_until = *Day::parse("2026-08-31"),
          .verified = true,
          .in_force = in_force,
          .rows = 3,
          .rejected = 2};
}

TEST(MonthsDocument, NamesTheRunsInForceAndCountsTheOthers) {
  MonthLine august{.connection = "acme", .month = *Month::parse("2026-08"), .status = {"open", "3 imports"}};
  august.runs = {run(Dataset::kActualCost, false), run(Dataset::kActualCost, true), run(Dataset::kAmortizedCost, true)};
  august.charges = 3;
  august.rejected = 2;
  august.timing_rows = 1;
  august.data_as_of = "2026-11-02T06:00:00Z";
  EXPECT_THAT(lines_of(months_table({august})),
              ElementsAre("acme|2026-08|open|3|2|1|no|2026-11-02T06:00:00Z|ActualCost to 2026-08-31; AmortizedCost to "
                          "2026-08-31; 1 other|3 imports"));
  const auto json = months_json({august});
  EXPECT_EQ(json[0]["runs"][1]["rejected"], 2);
  EXPECT_EQ(json[0]["runs"].size(), 3u);
}

TEST(ExplanationDocument, TellsPeopleAndProgramsTheSame) {
  RowExplanation explanation;
  explanation.row = RowId(ImportId(3), 1);
  explanation.fate = RowFate::kCurrent;
  explanation.connection = "acme";
  explanation.file = "part_1.csv";
  explanation.line = 2;
  explanation.columns = {{"x_ChargeType", std::string("Usage")}};
  explanation.changes = {"name mended"};
  explanation.assignments = {{"fabrikam",
                              "Fabrikam Ltd",
                              1,
                              "first",
                              true,
                              false,
                              {test_decimal("4"), test_decimal("3"), TableCell(), TableCell()}}};
  std::ostringstream out;
  ASSERT_TRUE(write_explanation(explanation, out));
  for (const char* part :
       {"part_1.csv, line 2", "a charge of the published month", "Fabrikam Ltd", "x_ChargeType", "name mended"}) {
    EXPECT_THAT(out.str(), HasSubstr(part));
  }
  const auto json = explanation_json(explanation);
  EXPECT_EQ(json["row"], "3:1");
  EXPECT_EQ(json["assignments"][0]["BilledCost"], "4");
  EXPECT_TRUE(json["assignments"][0]["ListCost"].is_null());
  EXPECT_EQ(json["columns"]["x_ChargeType"], "Usage");
  EXPECT_TRUE(json["run"].is_null());
}

TEST(CommitmentDocument, LeavesOutTablesWithoutRowsButTheMonths) {
  const Table one{{{"Field", TableKind::kText}}, {{std::string("value")}}, {}};
  const Table none{{{"Paid", TableKind::kText}}, {}, {}};
  const Table months{{{"Month", TableKind::kText}}, {}, {}};
  std::ostringstream out;
  ASSERT_TRUE(write_commitment({one, none, none, months}, out));
  EXPECT_THAT(out.str(), HasSubstr("value"));
  EXPECT_THAT(out.str(), HasSubstr("Month"));
  EXPECT_THAT(out.str(), Not(HasSubstr("Paid")));
}

}  // namespace
}  // namespace apportion
