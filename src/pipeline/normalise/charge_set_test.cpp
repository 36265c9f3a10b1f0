#include "pipeline/normalise/charge_set.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/test_seeds.h"
#include "lake/relations.h"
#include "pipeline/normalise/testing.h"

namespace apportion {
namespace {

using normalise_testing::Cells;
using normalise_testing::read_charges;
using normalise_testing::SourceTable;

const Month kMonth = *Month::parse("2026-10");

Import import_of(std::int64_t id, int first_day, int last_day, std::string submitted_at, bool verified = true,
                 std::int64_t rows = 10) {
  Import import;
  import.id = ImportId(id);
  import.month = kMonth;
  import.first_day = *Day::from_civil(2026, 10, first_day);
  import.last_day = *Day::from_civil(2026, 10, last_day);
  import.submitted_at = std::move(submitted_at);
  import.verified = verified;
  import.rows_source = rows;
  import.run_id = "run";
  return import;
}

TEST(ChooseLive, DoesNotDependOnTheOrderOfImporting) {
  // Best last.
  std::vector<Import> ranked{
      import_of(9, 1, 31, "2026-12-01T00:00:00Z", true, 0),  // empty
      import_of(8, 15, 31, "2026-11-09T00:00:00Z"),          // lacks the first days
      import_of(1, 1, 20, "2026-11-08T00:00:00Z"),           // short, though later
      import_of(2, 1, 30, "2026-10-31T00:00:00Z"),
      import_of(6, 1, 31, "2026-11-20T00:00:00Z", false),  // unverified
      import_of(7, 1, 31, ""),                             // nobody knows when
      import_of(5, 1, 31, "2026-11-01T00:00:00Z"),
      import_of(3, 1, 31, "2026-11-05T00:00:00Z"),
      import_of(4, 1, 31, "2026-11-05T00:00:00Z"),  // the same instant, taken in later
  };
  for (std::size_t best = 0; best < ranked.size(); ++best) {
    std::vector<Import> imports(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    std::mt19937 random(static_cast<unsigned>(best));
    for (int i = 0; i < 200; ++i) {
      std::shuffle(imports.begin(), imports.end(), random);
      const LiveImports live = choose_live(imports);
      ASSERT_TRUE(live.actual);
      ASSERT_EQ(live.actual->id, ranked[best].id);
      ASSERT_FALSE(live.amortized || live.focus);
    }
  }
}

TEST(ChooseLive, TakesOneOfEachDataset) {
  std::vector<Import> imports{import_of(1, 1, 31, "a"), import_of(2, 1, 31, "a"), import_of(3, 1, 31, "a")};
  imports[1].dataset = Dataset::kAmortizedCost;
  imports[2].dataset = Dataset::kFocusCost;
  const LiveImports live = choose_live(imports);
  EXPECT_EQ(live.actual->id, ImportId(1));
  EXPECT_EQ(live.amortized->id, ImportId(2));
  EXPECT_EQ(live.focus->id, ImportId(3));
  EXPECT_FALSE(choose_live({}).actual);
}

TEST(LivePriceSheets, AreOneForEachScope) {
  std::vector<Import> imports{import_of(1, 1, 31, "a"), import_of(2, 1, 31, "c"), import_of(3, 1, 31, "b"),
                              import_of(4, 1, 31, "d"), import_of(5, 1, 31, "e")};
  for (Import& import : imports) import.dataset = Dataset::kPriceSheet;
  imports[0].scope = "/profiles/1";
  imports[1].scope = imports[2].scope = "/profiles/2";
  imports[3].scope = "/profiles/2";
  imports[3].withdrawn = "of another agreement";
  imports[4].dataset = Dataset::kFocusCost;
  std::vector<ImportId> ids;
  for (const Import& import : live_price_sheets(imports)) ids.push_back(import.id);
  EXPECT_EQ(ids, (std::vector{ImportId(1), ImportId(2)}));

  constexpr const char* kAccount = "/providers/microsoft.billing/billingaccounts/11d7";
  imports[0].scope = std::string(kAccount) + "/billingprofiles/p";
  imports[1].scope = std::string(kAccount) + ":22e8_2019-05-31/billingprofiles/p";  // the same by its full id
  imports[2].withdrawn = imports[3].withdrawn;
  const std::vector<Import> live = live_price_sheets(imports);
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(live[0].id, ImportId(2));
}

TEST(UsesCostDetails, WhenBothFilesAreThereOrNoFocusFile) {
  const Import some = import_of(1, 1, 31, "a");
  for (const bool actual : {false, true}) {
    for (const bool amortized : {false, true}) {
      for (const bool focus : {false, true}) {
        LiveImports live;
        if (actual) live.actual = some;
        if (amortized) live.amortized = some;
        if (focus) live.focus = some;
        const bool expected = (actual && amortized) || (!focus && (actual || amortized));
        EXPECT_EQ(uses_cost_details(live), expected) << actual << amortized << focus;
      }
    }
  }
}

class Assembling : public testing::Test {
 protected:
  // An import of a table, with its files below `lake/import=ID`.
  Import take_in(std::int64_t id, Dataset dataset, const std::vector<Cells>& rows) {
    Import import = import_of(id, 1, 31, "2026-11-05T00:00:00Z");
    import.dataset = dataset;
    ChargeSinkOptions options = normalise_testing::sink_options(dataset, lake_ / fmt::format("import={}", id));
    options.import = import.id;
    std::filesystem::create_directories(options.folder);
    SourceTable table(dataset == Dataset::kFocusCost ? SourceKind::kFocus : SourceKind::kMpa, rows,
                      dataset == Dataset::kFocusCost ? DayFormat::kIso : DayFormat::kMonthDayYear);
    const auto sink = dataset == Dataset::kFocusCost ? make_focus_sink(options) : make_cost_details_sink(options);
    EXPECT_TRUE(table.give_to(*sink, 7));
    auto result = sink->finish();
    EXPECT_TRUE(result);
    EXPECT_TRUE(result->rejects.empty());
    for (ImportFile& file : result->files)
      file.file.path = std::filesystem::path(file.file.path).lexically_relative(lake_.path()).string();
    import.files = result->files;
    import.totals = result->totals;
    import.mirror_checksum = result->checksum.to_string();
    return import;
  }

  AssembledCharges assemble(const LiveImports& live, std::int64_t new_import) {
    auto engine = Engine::open({});
    EXPECT_TRUE(engine);
    auto assembled = assemble_charges(*engine, live, {}, Lake(lake_.path()),
                                      lake_ / fmt::format("import={}", new_import), ImportId(new_import));
    EXPECT_TRUE(assembled) << assembled.error().message();
    return assembled ? *assembled : AssembledCharges{};
  }

  std::vector<Cells> charges_of(const AssembledCharges& assembled) {
    std::vector<std::filesystem::path> files;
    for (const LakeFile& file : assembled.files) {
      files.push_back(lake_ / file.path);
      EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(files.back())), file.bytes);
    }
    return read_charges(files);
  }

  TestFolder lake_;
};

Cells row(const Cells& changes = {}) {
  Cells cells{{"date", "10/05/2026"},     {"chargeType", "Usage"},        {"pricingModel", "OnDemand"},
              {"billingCurrency", "EUR"}, {"costInBillingCurrency", "3"}, {"quantity", "2"},
              {"PayGPrice", "4"},         {"customerTenantId", "a"}};
  for (const auto& [name, text] : changes) cells[name] = text;
  return cells;
}

TEST_F(Assembling, FilesThatAgreeNeedNoTimingRows) {
  LiveImports live;
  live.actual = take_in(1, Dataset::kActualCost,
                        {row(), row(), row({{"pricingModel", "Reservation"}, {"chargeType", "Purchase"}}),
                         row({{"pricingModel", "Reservation"}, {"costInBillingCurrency", "0"}})});
  live.amortized = take_in(2, Dataset::kAmortizedCost,
                           {row({{"pricingModel", "Reservation"}}), row(), row(),
                            row({{"pricingModel", "Reservation"}, {"chargeType", "UnusedReservation"}})});
  const AssembledCharges assembled = assemble(live, 3);
  EXPECT_EQ(assembled.timing_rows, 0);
  EXPECT_EQ(assembled.notes, "");
  EXPECT_EQ(assembled.imports, (std::vector<ImportId>{ImportId(1), ImportId(2)}));
  EXPECT_EQ(charges_of(assembled).size(), 5U);
  EXPECT_FALSE(std::filesystem::exists(lake_ / "import=3"));
}

TEST_F(Assembling, OneFileAloneIsTakenWithANote) {
  LiveImports live;
  live.actual =
      take_in(1, Dataset::kActualCost, {row(), row({{"pricingModel", "Reservation"}, {"chargeType", "Purchase"}})});
  AssembledCharges assembled = assemble(live, 3);
  EXPECT_EQ(charges_of(assembled).size(), 2U);
  for (const Cells& charge : charges_of(assembled)) EXPECT_EQ(charge.at("ListCost"), "8") << "the file tells it";
  EXPECT_EQ(assembled.notes, "there is no amortized run: effective cost is unknown");
  live.amortized = take_in(2, Dataset::kAmortizedCost, {row()});
  live.actual.reset();
  assembled = assemble(live, 3);
  EXPECT_EQ(charges_of(assembled).size(), 1U);
  EXPECT_EQ(assembled.notes, "there is no actual run: purchases of commitments are missing");
  live.focus = take_in(4, Dataset::kFocusCost,
                       {{{"ChargePeriodStart", "2026-10-05"},
                         {"ChargeCategory", "Usage"},
                         {"BillingCurrency", "EUR"},
                         {"BilledCost", "1"},
                         {"EffectiveCost", "1"}}});
  assembled = assemble(live, 3);
  EXPECT_EQ(assembled.imports, std::vector<ImportId>{ImportId(4)});
  EXPECT_EQ(charges_of(assembled).size(), 1U);
}

TEST_F(Assembling, TimingRowsSayWhatTheyAre) {
  LiveImports live;
  live.actual = take_in(1, Dataset::kActualCost, {row(), row({{"costInBillingCurrency", "5"}})});
  live.amortized =
      take_in(2, Dataset::kAmortizedCost, {row(), row({{"costInBillingCurrency", "4"}, {"ResourceId", "/x"}})});
  const AssembledCharges assembled = assemble(live, 3);
  EXPECT_EQ(assembled.timing_rows, 2);
  EXPECT_EQ(assembled.notes, "the actual and the amortized run disagree: 2 timing rows balance them");
  std::set<std::string> ids;
  std::string timing;
  for (const Cells& charge : charges_of(assembled)) {
    ids.insert(charge.at("x_RowId"));
    if (charge.contains("x_SourceChanges"))
      timing +=
          fmt::format("{} {} {}\n", charge.at("BilledCost"), charge.at("EffectiveCost"), charge.at("x_SourceChanges"));
  }
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(timing,
            "5 0 timing row: the actual run has this row, the amortized run does not\n"
            "-4 0 timing row: the amortized run has this row, the actual run does not\n");
}

// A column of cost details that rules and reports ask for, and what the two files say in it.
struct Drift {
  const char* field;
  const char* column;
  const char* actual;
  const char* amortized;
};

TEST_F(Assembling, EachFilesCellsDecideOnItsOwnCost) {
  const Drift drifts[] = {
      {"tags", "Tags", R"("env": "prod")", R"("env": "dev")"},
      {"resourceGroupName", "x_ResourceGroupName", "rg1", "rg2"},
      {"subscriptionName", "SubAccountName", "old", "new"},
      {"customerName", "x_CustomerTenantName", "Old", "New"},
      {"serviceFamily", "x_ServiceFamily", "Compute", "Storage"},
      {"meterCategory", "ServiceName", "A", "B"},
      {"costCenter", "x_CostCenter", "1", "2"},
      {"ProductName", "ChargeDescription", "p", "q"},
      {"invoiceId", "InvoiceId", "", "G1"},
      {"partnerEarnedCreditApplied", "x_PartnerCreditApplied", "True", "False"},
      {"servicePeriodEndDate", "x_ServicePeriodEnd", "10/31/2026", "10/30/2026"},
      {"term", "x_SkuTerm", "12", "36"},
      {"PayGPrice", "x_PayGPrice", "5", "6"},
      {"partnerEarnedCreditRate", "x_PartnerCreditRate", "0", "0.15"},
  };
  std::int64_t id = 1;
  for (const Drift& drift : drifts) {
    SCOPED_TRACE(drift.field);
    LiveImports live;
    live.actual = take_in(id++, Dataset::kActualCost, {row(), row({{drift.field, drift.actual}})});
    live.amortized = take_in(id++, Dataset::kAmortizedCost, {row({{drift.field, drift.amortized}}), row()});
    const AssembledCharges assembled = assemble(live, id++);
    EXPECT_EQ(assembled.timing_rows, 2);
    std::map<std::string, std::pair<Decimal, Decimal>> sums;  // billed and effective, by cell
    std::set<std::string> changes;
    for (const Cells& charge : charges_of(assembled)) {
      const auto cell = charge.find(drift.column);
      auto& [billed, effective] = sums[cell == charge.end() ? "" : cell->second];
      billed += Decimal::parse(charge.at("BilledCost")).value;
      effective += Decimal::parse(charge.at("EffectiveCost")).value;
      if (charge.contains("x_SourceChanges")) changes.insert(charge.at("x_SourceChanges"));
    }
    const Decimal three = Decimal::from_integer(3);
    ASSERT_EQ(sums.size(), *drift.actual == '\0' ? 2U : 3U);
    int only_billed = 0;
    int only_effective = 0;
    for (const auto& [cell, sum] : sums) {
      const auto& [billed, effective] = sum;
      if (billed == effective) {
        EXPECT_EQ(billed, three);
      }
      only_billed += billed == effective + three ? 1 : 0;
      only_effective += effective == billed + three ? 1 : 0;
    }
    EXPECT_EQ(only_billed, 1);
    EXPECT_EQ(only_effective, 1);
    EXPECT_EQ(changes, (std::set<std::string>{
                           "timing row: the actual run has this row, the amortized run has it with other cells",
                           "timing row: the amortized run has this row, the actual run has it with other "
                           "cells"}));
  }
}

TEST_F(Assembling, CellsThatSayTheSameNeedNoTimingRows) {
  LiveImports live;
  live.actual = take_in(1, Dataset::kActualCost,
                        {row({{"tags", R"("env": "a")"}, {"resourceGroupName", "RG"}, {"PayGPrice", "4.0"}})});
  live.amortized = take_in(2, Dataset::kAmortizedCost,
                           {row({{"tags", "{\"env\" :\n\"a\"}"},
                                 {"resourceGroupName", "rg"},
                                 {"PayGPrice", "4"},
                                 {"costAllocationRuleName", "in one file only"}})});
  EXPECT_EQ(live.actual->mirror_checksum, live.amortized->mirror_checksum);
  EXPECT_EQ(assemble(live, 3).timing_rows, 0);
  live.actual->mirror_checksum = "so that the rows are compared";
  EXPECT_EQ(assemble(live, 4).timing_rows, 0);
}

TEST_F(Assembling, TimingRowsAreAboutTheBillAlone) {
  const Cells extra{{"costInPricingCurrency", "8"},
                    {"costInUsd", "9"},
                    {"paygCostInUsd", "10"},
                    {"quantity", "2"},
                    {"PayGPrice", "4"},
                    {"unitPrice", "3"}};
  const auto with_cost = [&](const std::string& cost) {
    Cells cells = row(extra);
    cells["costInBillingCurrency"] = cost;
    return cells;
  };
  LiveImports live;
  live.actual = take_in(1, Dataset::kActualCost, {with_cost("5")});
  live.amortized = take_in(2, Dataset::kAmortizedCost, {with_cost("4")});
  std::string timing;
  for (const Cells& charge : charges_of(assemble(live, 3))) {
    if (!charge.contains("x_SourceChanges")) continue;
    timing += charge.at("BilledCost");
    for (const char* column : {"x_CostInPricingCurrency", "x_CostInUsd", "x_ListCostInUsd", "ListCost",
                               "ContractedCost", "PricingQuantity", "ConsumedQuantity"})
      timing += std::string(" ") + (charge.contains(column) ? charge.at(column) : "-");
    timing += "\n";
  }
  EXPECT_EQ(timing, "5 8 9 0 0 0 - -\n-4 -8 -9 0 0 0 - -\n");
}

using Sums = std::map<std::string, Decimal>;  // by tenant and currency; none that are zero

void add(Sums& sums, const std::string& tenant, const std::string& currency, const std::string& amount) {
  Decimal& sum = sums[tenant + " " + currency];
  sum += Decimal::parse(amount).value;
}

void drop_zeros(Sums& sums) {
  std::erase_if(sums, [](const auto& item) { return item.second.is_zero(); });
}

Sums source_sums(const std::vector<Cells>& rows) {
  Sums sums;
  for (const Cells& cells : rows)
    add(sums, cells.at("customerTenantId"), cells.at("billingCurrency"), cells.at("costInBillingCurrency"));
  drop_zeros(sums);
  return sums;
}

Sums charge_sums(const std::vector<Cells>& charges, const std::string& metric) {
  Sums sums;
  for (const Cells& cells : charges) {
    const auto tenant = cells.find("x_CustomerTenantId");
    add(sums, tenant == cells.end() ? "" : tenant->second, cells.at("BillingCurrency"), cells.at(metric));
  }
  drop_zeros(sums);
  return sums;
}

TEST_F(Assembling, BilledIsTheActualFileAndEffectiveTheAmortizedOneForEveryTenant) {
  std::mt19937 random;
  const auto pick = [&random](std::initializer_list<const char*> texts) {
    return std::string(texts.begin()[random() % texts.size()]);
  };
  const auto usage = [&] {
    return row({{"customerTenantId", pick({"a", "b", "", "c"})},
                {"billingCurrency", pick({"EUR", "EUR", "USD"})},
                {"SubscriptionId", pick({"s1", "s2", "", "00000000-0000-0000-0000-000000000000"})},
                {"ResourceId", pick({"/r/1", "/R/2", ""})},
                {"date", pick({"10/05/2026", "10/06/2026"})},
                {"quantity", pick({"1", "2", ""})},
                {"chargeType", pick({"Usage", "Usage", "Refund", "RoundingAdjustment"})},
                {"costInBillingCurrency", pick({"0.1", "0.1", "-2.000000000000000001", "3", "0"})}});
  };
  const auto committed = [&](const char* type) {
    Cells cells = usage();
    cells["pricingModel"] = "Reservation";
    cells["chargeType"] = type;
    return cells;
  };
  std::int64_t id = 1;
  for (const std::uint64_t seed : test_seeds(15)) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random.seed(static_cast<unsigned>(seed));
    const bool files_agree = id == 1;  // the first ones
    std::vector<Cells> actual;
    std::vector<Cells> amortized;
    for (int i = 0; i < 40; ++i) {
      const Cells shared = usage();
      const auto fate = files_agree ? 9U : random() % 10;
      if (fate != 0) actual.push_back(shared);  // missing in the actual file
      if (fate == 2) actual.push_back(shared);  // once more in the actual file
      Cells other = shared;
      if (fate == 3) other["costInBillingCurrency"] = "7.5";  // another amount
      if (fate == 4) other["customerTenantId"] = "b";         // another tenant
      if (fate == 5) other["costInUsd"] = "5";                // does not matter
      if (fate == 6) other["ResourceId"] = "/r/2";            // perhaps the same in another case
      if (fate != 1) amortized.push_back(other);              // missing in the amortized file
      if (fate == 7) amortized.push_back(other);
    }
    actual.push_back(committed("Purchase"));
    actual.push_back(committed("Refund"));
    Cells covered = committed("Usage");
    amortized.push_back(covered);
    covered["costInBillingCurrency"] = "0";
    actual.push_back(covered);
    amortized.push_back(committed("UnusedReservation"));
    std::shuffle(actual.begin(), actual.end(), random);
    std::shuffle(amortized.begin(), amortized.end(), random);

    LiveImports live;
    live.actual = take_in(id++, Dataset::kActualCost, actual);
    live.amortized = take_in(id++, Dataset::kAmortizedCost, amortized);
    const AssembledCharges assembled = assemble(live, id++);
    const auto charges = charges_of(assembled);
    EXPECT_EQ(charge_sums(charges, "BilledCost"), source_sums(actual));
    EXPECT_EQ(charge_sums(charges, "EffectiveCost"), source_sums(amortized));
    EXPECT_EQ(assembled.timing_rows == 0, live.actual->mirror_checksum == live.amortized->mirror_checksum);
    if (files_agree) {
      EXPECT_EQ(assembled.timing_rows, 0);
    }
    std::set<std::string> ids;
    for (const Cells& charge : charges) ids.insert(charge.at("x_RowId"));
    EXPECT_EQ(ids.size(), charges.size());
  }
}

}  // namespace
}  // namespace apportion
