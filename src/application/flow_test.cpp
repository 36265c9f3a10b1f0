#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/carried_changes.h"
#include "application/import_runs.h"
#include "application/missing_cubes.h"
#include "application/writable_workspace.h"
#include "foundation/base/test_support.h"
#include "lake/cleaner.h"
#include "lake/cubes.h"
#include "lake/lake.h"
#include "lake/lake_reader.h"
#include "lake/relations.h"
#include "pipeline/fetch/storage_testing.h"
#include "pipeline/fetch/testing.h"
#include "pipeline/publication/publish_months.h"
#include "query/cost_report.h"
#include "query/proof.h"
#include "store/settings.h"

namespace apportion {
namespace {

const Month kOctober = *Month::parse("2026-10");
constexpr const char* kTenantA = "8d1f0f6e-0000-4000-8000-00000000000a";
constexpr const char* kTenantB = "8d1f0f6e-0000-4000-8000-00000000000b";

// One row of a cost file: tenant, charge type, pricing model, cost.
struct SourceRow {
  std::string tenant = kTenantA;
  std::string type = "Usage";
  std::string model = "OnDemand";
  std::string cost = "1";
  std::string date = "10/05/2026";
};

struct SourceRun {
  Dataset dataset = Dataset::kActualCost;
  int number = 1;  // makes run ids differ
  std::string submitted = "2026-11-06T12:03:09Z";
  int last_day = 31;
  std::vector<SourceRow> rows;
  std::string header = "invoiceId,customerTenantId,date,chargeType,pricingModel,billingCurrency,costInBillingCurrency";
  std::int64_t rows_promised = -1;  // by the manifest; -1: as many as there are
};

class Flow : public testing::Test {
 protected:
  Flow() {
    EXPECT_TRUE(Home::create(folder_ / "home"));
    auto opened = Workspace::open(folder_ / "home", Clock::fixed(fetch_testing::kToday), {});
    EXPECT_TRUE(opened);
    workspace_ = std::make_unique<Workspace>(std::move(opened).value());
    intake_ = std::make_unique<IntakeLock>(std::move(workspace_->home.lock_for_intake()).value());
    Connection connection;
    connection.name = "acme";
    connection.locations[Dataset::kActualCost] = (exports_ / "actual").string();
    connection.locations[Dataset::kAmortizedCost] = (exports_ / "amortized").string();
    std::filesystem::create_directories(exports_ / "actual");
    std::filesystem::create_directories(exports_ / "amortized");
    connection_ = *workspace_->control_plane.add_connection(connection);
    EXPECT_TRUE(workspace_->control_plane.put_customers({{CustomerId("a"), "A", "", {kTenantA}}}));
  }

  static std::string export_name(Dataset dataset) {
    return dataset == Dataset::kAmortizedCost ? "amortized" : "actual";
  }

  void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  void put_run(const SourceRun& run) {
    std::string csv = run.header + "\n";
    for (const SourceRow& row : run.rows)
      csv += fmt::format("G1,{},{},{},{},EUR,\"{}\"\n", row.tenant, row.date, row.type, row.model, row.cost);
    const auto promised = run.rows_promised < 0 ? static_cast<std::int64_t>(run.rows.size()) : run.rows_promised;
    put_file(run.dataset, export_name(run.dataset), run.number, csv, promised, run.submitted, run.last_day);
  }

  void put_file(Dataset dataset, const std::string& export_name, int number, const std::string& csv, std::int64_t rows,
                const std::string& submitted = "2026-11-06T12:03:09Z", int last_day = 31) {
    const std::string run_id = fmt::format("00000000-0000-4000-8000-{:012}", number);
    const std::string name = fmt::format("exports/{}/20261001-20261031/{:012}/{}/part_0_0001.csv", export_name,
                                         202611051203 + number, run_id);
    auto manifest = fetch_testing::manifest_json({{name, static_cast<std::int64_t>(csv.size()), rows}});
    manifest["exportConfig"]["exportName"] = export_name;
    manifest["exportConfig"]["type"] = dataset_name(dataset);
    manifest["runInfo"]["runId"] = run_id;
    manifest["runInfo"]["submittedTime"] = submitted;
    manifest["runInfo"]["endDate"] = fmt::format("2026-10-{:02}T00:00:00Z", last_day);
    write(folder_ / name, csv);
    write((folder_ / name).parent_path() / "manifest.json", manifest.dump());
  }

  // The sum over the reservation details in force.
  std::string used_hours() {
    auto engine = open_engine(*workspace_);
    EXPECT_TRUE(
        open_commitment_relations(*engine, workspace_->control_plane, Lake(workspace_->home), ReadScope::of_partner()));
    std::string hours;
    const auto read = engine->query("SELECT sum(UsedHours) FROM reservation_details WHERE x_BillMonth = '2026-10'", {},
                                    [&](const EngineRow& row) {
                                      hours = row.decimal(0).to_string();
                                      return ok();
                                    });
    EXPECT_TRUE(read) << read.error().message();
    return hours;
  }

  // A pair of runs that agree.
  void put_pair(int number, const std::string& cost, const std::string& submitted = "2026-11-06T12:03:09Z",
                int last_day = 31) {
    for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost}) {
      const bool is_actual = dataset == Dataset::kActualCost;
      put_run({dataset,
               number,
               submitted,
               last_day,
               {{kTenantA, "Usage", "OnDemand", cost},
                {kTenantB, "Usage", "OnDemand", "2"},
                {kTenantA, "Usage", "Reservation", is_actual ? "0" : "0.5"},
                {kTenantA, is_actual ? "Purchase" : "UnusedReservation", "Reservation", is_actual ? "10" : "0.25"}}});
    }
  }

  void keep_connection() {
    const auto kept = workspace_->control_plane.update_connection(connection_);
    EXPECT_TRUE(kept) << kept.error().message();
  }

  ImportReport import() {
    ImportReport all;
    for (const auto& [dataset, location] : connection_.locations) {
      auto report = import_location(*workspace_, connection_, {location, dataset}, *intake_);
      EXPECT_TRUE(report) << report.error().message();
      if (report) all.add(std::move(report).value());
    }
    return all;
  }

  PublishedOutcome publish(const PublishOptions& options = {}) {
    auto outcome =
        publish_bill_month(*workspace_, connection_, kOctober, options, *workspace_->home.lock_for_writing());
    EXPECT_TRUE(outcome) << outcome.error().message();
    return outcome ? std::move(outcome).value() : PublishedOutcome{kOctober};
  }

  std::optional<BillMonth> bill_month() { return *workspace_->control_plane.bill_month(connection_.id, kOctober); }

  // Billed and effective cost of a customer in what was split.
  static std::string costs_of(const PublishedOutcome& outcome, const std::string& customer) {
    if (!outcome.split) return "not split";
    for (const SplitTotal& total : outcome.split->totals) {
      if (total.customer.raw() == customer) return total.costs[0].to_string() + " " + total.costs[1].to_string();
    }
    return "nothing";
  }

  std::vector<std::string> lake_files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(workspace_->home.lake())) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    return files;
  }

  TestFolder folder_;
  std::filesystem::path exports_ = folder_ / "exports";
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<IntakeLock> intake_;
  Connection connection_;
};

TEST_F(Flow, ImportsSplitsAndDoesNothingTheSecondTime) {
  put_pair(1, "3");
  const ImportReport report = import();
  EXPECT_EQ(report.imported.size(), 2U);
  EXPECT_EQ(report.months, std::set<Month>{kOctober});
  const PublishedOutcome first = publish();
  EXPECT_TRUE(first.changed);
  EXPECT_EQ(first.timing_rows, 0);
  EXPECT_EQ(costs_of(first, "a"), "13 3.75");
  EXPECT_EQ(costs_of(first, "unassigned"), "2 2");

  const auto files = lake_files();
  const ImportReport again = import();
  EXPECT_TRUE(again.imported.empty());
  EXPECT_EQ(again.already_there, 2);
  EXPECT_FALSE(publish().changed);
  EXPECT_EQ(lake_files(), files);
}

TEST_F(Flow, ASplitOfAnEarlierVersionGetsItsCubesEvenInALockedMonth) {
  put_pair(1, "3");
  import();
  publish();
  ControlPlane& plane = workspace_->control_plane;
  Split old = *plane.split(*bill_month()->split);
  for (const CubeDefinition& cube : cube_definitions()) {
    EXPECT_TRUE(cube.is_of(old));
    (old.*cube.files).clear();
  }
  old.id = *plane.next_split_id();
  ASSERT_TRUE(plane.publish_split(old));
  ASSERT_TRUE(plane.set_locked(connection_.id, kOctober, true));

  std::vector<std::string> told;
  workspace_->talk = [&told](const std::string& line) { told.push_back(line); };
  const auto files_before = lake_files().size();
  for (int round = 0; round < 2; ++round) {
    auto writable = begin_writing(*workspace_);
    ASSERT_TRUE(writable);
    FlowReport report;
    ASSERT_TRUE(make_missing_cubes(*writable, report));
    EXPECT_THAT(report.problems, testing::IsEmpty());
    EXPECT_THAT(told, testing::ElementsAre("adding up the costs of acme 2026-10 for quick answers (1 of 1 month)"));
    EXPECT_EQ(lake_files().size(), files_before + cube_definitions().size()) << "the second time, none is missing";
  }
  EXPECT_EQ(bill_month()->split, old.id) << "nothing else changed";
  auto engine = open_engine(*workspace_);
  LakeReader reader(*engine, plane, Lake(workspace_->home));
  const auto costs = sum_costs(reader, ReadScope::of_partner(), {.by = {"CustomerId"}, .metrics = {"BilledCost"}});
  ASSERT_TRUE(costs) << costs.error().message();
  EXPECT_EQ(costs->source, CostSource::kCubes);
  EXPECT_EQ(cell_text(costs->table.rows.at(0).at(1)), "13");
  EXPECT_EQ(cell_text(costs->table.rows.at(1).at(1)), "2");
  const auto proof = prove(reader, ReadScope::of_partner(), fetch_testing::kToday);
  ASSERT_TRUE(proof);
  EXPECT_TRUE(proof->holds());
}

// A cube of other amounts, with the size and hash that the catalog says.
TEST_F(Flow, ACubeThatSaysSomethingElseBreaksTheProof) {
  put_pair(1, "3");
  import();
  publish();
  ControlPlane& plane = workspace_->control_plane;
  Split other = *plane.split(*bill_month()->split);
  auto engine = open_engine(*workspace_);
  LakeReader reader(*engine, plane, Lake(workspace_->home));
  const auto broken_cubes = [&]() -> std::vector<std::string> {
    const auto proof = prove(reader, ReadScope::of_partner(), fetch_testing::kToday);
    EXPECT_TRUE(proof);
    return proof ? proof->months.at(0).reasons : std::vector<std::string>();
  };
  EXPECT_THAT(broken_cubes(), testing::IsEmpty());
  for (const CubeDefinition& cube : cube_definitions()) {
    Split altered = other;
    altered.id = *plane.next_split_id();
    const LakeFile file = (altered.*cube.files).at(0);
    const auto rows = reader.lake().rows_of(*engine, std::span(&file, 1));
    ASSERT_TRUE(rows);
    const auto path = workspace_->home.lake() / (file.path + ".altered.parquet");
    const auto cells = engine->write_parquet(
        fmt::format("SELECT * EXCLUDE (ListCost), CAST(1 AS DECIMAL(38,18)) AS ListCost FROM {}", *rows), {}, path);
    ASSERT_TRUE(cells) << cells.error().message();
    (altered.*cube.files).at(0) = *reader.lake().describe(path, *cells);
    ASSERT_TRUE(plane.publish_split(altered));
    EXPECT_THAT(broken_cubes(), testing::ElementsAre(fmt::format("{} does not add up to the assignments", cube.name)));
  }
}

TEST_F(Flow, TakesInReservationDetailsWithoutMakingABillMonth) {
  const Dataset details = Dataset::kReservationDetails;
  connection_.locations[details] = (exports_ / "details").string();
  keep_connection();
  ASSERT_TRUE(workspace_->control_plane.update_connection(connection_));
  const std::string header = "ReservationOrderId,ReservationId,UsageDate,UsedHours,ReservedHours";
  put_file(details, "details", 1, header + "\nO,R,2026-10-05,20,24\nO,R,2026-10-06,x,24\n", 2);
  const ImportReport report = import();
  ASSERT_EQ(report.imported.size(), 1U);
  EXPECT_TRUE(report.months.empty());
  EXPECT_EQ(report.imported[0].import.rows_stored, 1);
  ASSERT_EQ(report.imported[0].first_rejects.size(), 1U);
  EXPECT_EQ(report.imported[0].first_rejects[0].column, "UsedHours");
  EXPECT_FALSE(bill_month());
  EXPECT_EQ(import().already_there, 1);
  EXPECT_EQ(used_hours(), "20");

  put_file(details, "details", 2, header + "\nO,R,2026-10-05,21,24\nO,R,2026-10-06,3,24\n", 2, "2026-11-07T12:00:00Z");
  EXPECT_EQ(import().imported.size(), 1U);
  EXPECT_EQ(used_hours(), "24");
  put_file(details, "details", 3, header + "\nO,R,2026-10-05,1,24\n", 1, "2026-11-01T12:00:00Z");  // older
  EXPECT_EQ(import().imported.size(), 1U);
  EXPECT_EQ(used_hours(), "24");
}

TEST_F(Flow, RefusesAFileOfAnotherDatasetThanItsManifestSays) {
  connection_.locations[Dataset::kReservationDetails] = (exports_ / "details").string();
  keep_connection();
  ASSERT_TRUE(workspace_->control_plane.update_connection(connection_));
  put_file(Dataset::kReservationDetails, "details", 1,
           "Amount,Currency,EventDate,EventType,ReservationOrderId\n1,EUR,2026-10-05,Purchase,O\n", 1);
  const ImportReport report = import();
  EXPECT_TRUE(report.imported.empty());
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].error.id, ErrorId::kFileDatasetMismatch);
}

TEST_F(Flow, ALaterRunReplacesTheMonthAndTheOldOneStays) {
  put_pair(1, "3");
  import();
  publish();
  const auto before = bill_month()->charge_set;
  put_pair(2, "4", "2026-11-07T12:00:00Z");
  EXPECT_EQ(import().imported.size(), 2U);
  EXPECT_EQ(costs_of(publish(), "a"), "14 4.75");
  EXPECT_NE(bill_month()->charge_set, before);
  EXPECT_EQ(workspace_->control_plane.charge_sets(connection_.id, kOctober)->size(), 2U);
  const auto old = workspace_->control_plane.charge_set(*before);
  ASSERT_TRUE(old);
  for (const LakeFile& file : old->files) EXPECT_TRUE(std::filesystem::exists(workspace_->home.lake() / file.path));
}

TEST_F(Flow, AnOlderOrShorterRunReplacesNothing) {
  put_pair(5, "3", "2026-11-06T12:00:00Z");
  import();
  publish();
  const auto before = bill_month();
  put_pair(1, "100", "2026-10-20T12:00:00Z", 20);  // older and shorter
  put_pair(2, "200", "2026-11-05T12:00:00Z");      // older
  put_pair(3, "300", "2026-11-20T12:00:00Z", 30);  // shorter, though later
  const ImportReport report = import();
  EXPECT_EQ(report.imported.size(), 6U);
  EXPECT_EQ(report.already_there, 2);
  EXPECT_FALSE(publish().changed);
  EXPECT_EQ(bill_month()->charge_set, before->charge_set);
  EXPECT_EQ(bill_month()->split, before->split);
}

TEST_F(Flow, TheSameRunWithOtherContentIsAnotherImport) {
  put_pair(1, "3");
  import();
  publish();
  put_pair(1, "8.5");
  EXPECT_EQ(import().imported.size(), 2U);
  EXPECT_EQ(costs_of(publish(), "a"), "18.5 9.25");
}

TEST_F(Flow, RejectsKeepTheMonthUnsplitUnlessTheyAreAccepted) {
  put_run({Dataset::kActualCost, 1, "2026-11-06T12:00:00Z", 31, {{kTenantA}, {kTenantA, "Usage", "", "1,234.5"}}});
  put_run({Dataset::kAmortizedCost, 1, "2026-11-06T12:00:00Z", 31, {{kTenantA}}});
  const ImportReport report = import();
  ASSERT_EQ(report.imported.size(), 2U);
  EXPECT_EQ(report.imported[0].import.rows_rejected, 1);
  ASSERT_EQ(report.imported[0].first_rejects.size(), 1U);
  EXPECT_EQ(report.imported[0].first_rejects[0].line, 3);
  EXPECT_EQ(report.imported[0].first_rejects[0].value, "1,234.5");
  EXPECT_EQ(workspace_->control_plane.rejects(report.imported[0].import.id)->size(), 1U);

  const PublishedOutcome outcome = publish();
  EXPECT_TRUE(outcome.changed);
  EXPECT_FALSE(outcome.split);
  ASSERT_TRUE(outcome.not_split);
  EXPECT_EQ(outcome.not_split->id, ErrorId::kSplitHeldByRejects);
  EXPECT_TRUE(bill_month()->charge_set);
  EXPECT_FALSE(bill_month()->split);
  EXPECT_FALSE(publish().changed);

  EXPECT_EQ(costs_of(publish({true, false}), "a"), "1 1");
  EXPECT_TRUE(bill_month()->split);
}

TEST_F(Flow, ALockedMonthIsLeftAlone) {
  put_pair(1, "3");
  import();
  publish();
  ASSERT_TRUE(workspace_->control_plane.set_locked(connection_.id, kOctober, true));
  const auto before = bill_month();
  put_pair(2, "4", "2026-11-07T12:00:00Z");
  EXPECT_EQ(import().imported.size(), 2U);
  for (const PublishOptions& options : {PublishOptions{}, PublishOptions{.accept_rejects = true, .again = true}}) {
    const PublishedOutcome outcome = publish(options);
    EXPECT_FALSE(outcome.changed);
    EXPECT_EQ(outcome.notes.size(), 1U);
  }
  EXPECT_EQ(bill_month()->charge_set, before->charge_set);
  EXPECT_EQ(bill_month()->split, before->split);
}

TEST_F(Flow, RunsThatDisagreeAreBalancedInTheOpen) {
  put_run({Dataset::kActualCost, 1, "2026-11-06T12:00:00Z", 31, {{kTenantA}, {kTenantB, "Usage", "OnDemand", "7"}}});
  put_run({Dataset::kAmortizedCost,
           2,
           "2026-11-05T12:00:00Z",
           31,
           {{kTenantA, "Usage", "OnDemand", "1.5"}, {kTenantB, "Usage", "OnDemand", "7"}}});
  import();
  const PublishedOutcome outcome = publish();
  EXPECT_EQ(outcome.timing_rows, 2);
  EXPECT_EQ(outcome.notes.size(), 1U);
  EXPECT_EQ(costs_of(outcome, "a"), "1 1.5");
  EXPECT_EQ(costs_of(outcome, "unassigned"), "7 7");
}

TEST_F(Flow, ARunThatCannotBeTakenLeavesNothingBehind) {
  struct Refused {
    ErrorId id;
    SourceRun run;
  };
  SourceRun too_few{Dataset::kActualCost, 1, "2026-11-06T12:00:00Z", 31, {{kTenantA}}};
  too_few.rows_promised = 2;
  SourceRun focus{Dataset::kActualCost, 2, "2026-11-06T12:00:00Z", 31, {{kTenantA}}};
  focus.header = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,a,b";
  SourceRun retail{Dataset::kActualCost, 3, "2026-11-06T12:00:00Z", 31, {{kTenantA}}};
  retail.header =
      "billingAccountName,customerTenantId,date,chargeType,pricingModel,billingCurrency,costInBillingCurrency";
  SourceRun no_cost{Dataset::kActualCost, 4, "2026-11-06T12:00:00Z", 31, {{kTenantA}}};
  no_cost.header = "invoiceId,customerTenantId,date,chargeType,pricingModel,billingCurrency,price";
  const SourceRun quote{Dataset::kActualCost, 5, "2026-11-06T12:00:00Z", 31, {{"a\"b"}}};
  const Refused cases[] = {{ErrorId::kFileRowCountMismatch, too_few},
                           {ErrorId::kFileDatasetMismatch, focus},
                           {ErrorId::kFileHasRetailPrices, retail},
                           {ErrorId::kFileColumnMissing, no_cost},
                           {ErrorId::kCsvBroken, quote}};
  for (const auto& [id, run] : cases) put_run(run);
  const ImportReport report = import();
  EXPECT_TRUE(report.imported.empty());
  std::vector<ErrorId> ids;
  for (const SkippedRun& skipped : report.skipped) ids.push_back(skipped.error.id);
  EXPECT_THAT(ids, testing::UnorderedElementsAre(ErrorId::kFileRowCountMismatch, ErrorId::kFileDatasetMismatch,
                                                 ErrorId::kFileHasRetailPrices, ErrorId::kFileColumnMissing,
                                                 ErrorId::kCsvBroken));
  EXPECT_TRUE(lake_files().empty());
  EXPECT_FALSE(bill_month());

  connection_.allow_retail_prices = true;
  keep_connection();
  EXPECT_EQ(import().imported.size(), 1U);
}

TEST_F(Flow, WhatACrashLeftIsRemovedAndNothingElse) {
  put_pair(1, "3");
  import();
  publish();
  const auto files = lake_files();
  write(workspace_->home.lake() / "charges/month=2026-10/connection=acme/import=99/charges-0.parquet", "half");
  const auto removed =
      remove_left_overs(workspace_->home, workspace_->control_plane, *workspace_->home.lock_for_writing());
  ASSERT_TRUE(removed);
  EXPECT_FALSE(removed->empty());
  EXPECT_EQ(lake_files(), files);
  EXPECT_TRUE(publish({.again = true}).changed);
}

// Whoever kills the command between the note and the removal finds the files gone after the next command.
TEST_F(Flow, FilesThatNothingNeedsAreRemovedAfterTheDaysOfTheSetting) {
  for (int number = 1; number <= 3; ++number) {
    put_pair(number, std::to_string(number), fmt::format("2026-11-{:02}T12:00:00Z", 6 + number));
    import();
    publish();
  }
  const auto all = lake_files();
  ASSERT_TRUE(set_setting(workspace_->control_plane, "lake.keep-superseded-days", "30"));
  const auto clean = [this] {
    const auto writable = begin_writing(*workspace_);
    EXPECT_TRUE(writable);
    const auto removed = remove_left_overs(*writable);
    EXPECT_TRUE(removed) << removed.error().message();
    return removed ? removed->size() : 0;
  };
  const auto be_at = [this](int days) {
    auto opened = Workspace::open(folder_ / "home", Clock::fixed(fetch_testing::kToday.plus_days(days)), {});
    EXPECT_TRUE(opened);
    workspace_ = std::make_unique<Workspace>(std::move(opened).value());
  };
  EXPECT_EQ(clean(), 0U);
  be_at(29);
  EXPECT_EQ(clean(), 0U);
  EXPECT_EQ(lake_files(), all);
  be_at(30);
  const auto given_up = workspace_->control_plane.give_up_superseded_files(30);
  ASSERT_TRUE(given_up);
  EXPECT_GT(*given_up, 0);
  EXPECT_EQ(lake_files(), all) << "as a crash leaves it";
  const auto kept = workspace_->control_plane.known_lake_files();
  EXPECT_TRUE(Lake(workspace_->home).check(*kept, FileCheck::kContent)) << "nothing is damaged";
  EXPECT_GT(clean(), 0U);
  std::vector<std::string> expected;
  for (const LakeFile& file : *kept) expected.push_back((workspace_->home.lake() / file.path).string());
  auto left = lake_files();
  std::ranges::sort(left);
  EXPECT_EQ(left, expected);
  EXPECT_EQ(all.size(), kept->size() + static_cast<std::size_t>(*given_up));
  EXPECT_EQ(clean(), 0U);
  EXPECT_TRUE(Lake(workspace_->home).check(*kept, FileCheck::kContent));
  EXPECT_EQ(costs_of(publish({.again = true}), "a"), "13 3.75") << "what is in force is whole";
  EXPECT_EQ(import().already_there, 6) << "nothing that was removed is taken in again";

  const auto imports = workspace_->control_plane.imports(connection_.id, kOctober);
  for (const Import& import : *imports) {
    if (import.run_id.ends_with("3")) {
      ASSERT_TRUE(workspace_->control_plane.withdraw_import(import.id, "it was wrong"));
    }
  }
  EXPECT_EQ(costs_of(publish({.accept_shrunk = true}), "a"), "12 2.75") << "the run before it is still there";
}

TEST_F(Flow, FilesWithoutAManifestAreTakenOnRequestOnly) {
  write(exports_ / "actual/loose.csv",
        "invoiceId,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency\n"
        "G,t,10/31/2026,Usage,EUR,5\n");
  EXPECT_TRUE(import().imported.empty());
  ImportRequest request{*connection_.location(Dataset::kActualCost), Dataset::kActualCost, true, std::nullopt};
  auto report = import_location(*workspace_, connection_, request, *intake_);
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_EQ(report->imported.size(), 1U);
  EXPECT_FALSE(report->imported[0].import.verified);
  EXPECT_EQ(report->imported[0].import.month, kOctober);
}

// October is locked, and newer runs of it are held; November is open.
class CarryFlow : public Flow {
 protected:
  void SetUp() override {
    put_pair(1, "3");
    put_november();
    import();
    publish();
    const auto november =
        publish_bill_month(*workspace_, connection_, kNovember, {}, *workspace_->home.lock_for_writing());
    ASSERT_TRUE(november) << november.error().message();
    ASSERT_TRUE(workspace_->control_plane.set_locked(connection_.id, kOctober, true));
    put_pair(2, "4", "2026-11-07T12:00:00Z");
    import();
    ASSERT_TRUE(publish().held);
  }

  void put_november() {
    for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost}) {
      const std::string csv =
          fmt::format("{}\nG2,{},11/05/2026,Usage,OnDemand,EUR,\"1\"\n", SourceRun().header, kTenantA);
      const std::string run_id = "00000000-0000-4000-8000-000000000011";
      const std::string name =
          fmt::format("exports/{}/20261101-20261130/202611061203/{}/part_0_0001.csv", export_name(dataset), run_id);
      auto manifest = fetch_testing::manifest_json({{name, static_cast<std::int64_t>(csv.size()), 1}});
      manifest["exportConfig"]["exportName"] = export_name(dataset);
      manifest["exportConfig"]["type"] = dataset_name(dataset);
      manifest["runInfo"]["runId"] = run_id;
      manifest["runInfo"]["startDate"] = "2026-11-01T00:00:00";
      manifest["runInfo"]["endDate"] = "2026-11-30T00:00:00Z";
      write(folder_ / name, csv);
      write((folder_ / name).parent_path() / "manifest.json", manifest.dump());
    }
  }

  WritableWorkspace writable() { return std::move(begin_writing(*workspace_)).value(); }

  // Another process, while somebody thinks.
  ControlPlane others() {
    return std::move(ControlPlane::open(workspace_->home.control_plane_file(), workspace_->clock, false)).value();
  }

  HeldCharges held() { return workspace_->control_plane.held_charges(connection_.id, kOctober)->front(); }

  static inline const Month kNovember = kOctober.plus_months(1);
  const CarryRequest request_{"acme", kOctober, "agreed with the customer"};
};

TEST_F(CarryFlow, WhatWasReviewedIsCarried) {
  WritableWorkspace writable = this->writable();
  const auto carried =
      carry_late_change(writable, request_, kNovember, [](const AmountChanges&) { return Result<bool>(true); });
  ASSERT_TRUE(carried) << carried.error().message();
  EXPECT_FALSE(carried->left_alone);
  EXPECT_EQ(held().decision, HoldDecision::kCarried);
  EXPECT_EQ(workspace_->control_plane.carries()->size(), 1U);
}

TEST_F(CarryFlow, WhatOthersChangeDuringTheReviewKeepsFromCarrying) {
  const auto files = lake_files();
  WritableWorkspace writable = this->writable();
  const auto carried = carry_late_change(writable, request_, kNovember, [this](const AmountChanges&) -> Result<bool> {
    APPORTION_TRY(others().decide_held(held().charge_set, HoldDecision::kLeft, "they are wrong"));
    return true;
  });
  ASSERT_FALSE(carried);
  EXPECT_EQ(carried.error().id, ErrorId::kChangedMeanwhile);
  EXPECT_EQ(carried.error().where, "2026-10 to 2026-11");
  EXPECT_EQ(held().decision, HoldDecision::kLeft) << "what the others decided stays";
  EXPECT_TRUE(workspace_->control_plane.carries()->empty());
  EXPECT_EQ(lake_files(), files);
}

TEST_F(CarryFlow, TheOtherMonthSplitAgainDuringTheReviewKeepsFromCarrying) {
  WritableWorkspace writable = this->writable();
  const auto carried = carry_late_change(writable, request_, kNovember, [this](const AmountChanges&) -> Result<bool> {
    APPORTION_ASSIGN(const FileLock lock, workspace_->home.lock_for_writing());
    APPORTION_TRY(publish_bill_month(*workspace_, connection_, kNovember, {.again = true}, lock));
    return true;
  });
  ASSERT_FALSE(carried);
  EXPECT_EQ(carried.error().id, ErrorId::kChangedMeanwhile);
  EXPECT_EQ(held().decision, HoldDecision::kOpen);
  EXPECT_TRUE(workspace_->control_plane.carries()->empty());
}

TEST_F(CarryFlow, WhatOthersChangeDuringTheReviewKeepsFromTakingBack) {
  WritableWorkspace writable = this->writable();
  ASSERT_TRUE(carry_late_change(writable, request_, kNovember));
  const auto undone = undo_carry(writable, request_, [this](const AmountChanges&) -> Result<bool> {
    APPORTION_TRY(others().set_locked(connection_.id, kNovember, true));
    return true;
  });
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().id, ErrorId::kChangedMeanwhile);
  EXPECT_TRUE(workspace_->control_plane.carries()->front().counts());
  EXPECT_EQ(held().decision, HoldDecision::kCarried);
}

// The same exports in blob storage.
class RemoteFlow : public Flow {
 protected:
  RemoteFlow() {
    for (auto& [dataset, location] : connection_.locations)
      location = fetch_testing::kAccountUrl + "/bills/exports/" + export_name(dataset);
    keep_connection();
    workspace_->stores = [this](const Connection&, const std::string& location) {
      return store_of_location(location, fetch_testing::access_to(storage_, 256));
    };
  }

  // Puts what lies in the folder of exports into storage, as blobs of a new version.
  void upload() {
    ++version_;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(exports_)) {
      if (!entry.is_regular_file()) continue;
      const auto content = read_file(entry.path());
      ASSERT_TRUE(content);
      storage_.blobs[entry.path().lexically_relative(folder_.path()).generic_string()] = {
          *content, fmt::format("0xVERSION{}", version_)};
    }
  }

  // Does something once, when the first byte of a part of the actual run is asked for.
  void when_reading(std::function<void()> happens) {
    storage_.instead = [happens = std::move(happens),
                        done = false](const HttpRequest& request) mutable -> fetch_testing::FakeStorage::Answer {
      if (request.url.find("/part_0") == std::string::npos || std::exchange(done, true)) return std::nullopt;
      happens();
      return std::nullopt;
    };
  }

  fetch_testing::FakeStorage storage_;
  int version_ = 0;
};

TEST_F(RemoteFlow, ImportsFromBlobStorage) {
  put_pair(1, "3");
  upload();
  const ImportReport report = import();
  EXPECT_EQ(report.imported.size(), 2U) << (report.skipped.empty() ? "" : report.skipped[0].error.message());
  EXPECT_EQ(costs_of(publish(), "a"), "13 3.75");
  EXPECT_EQ(import().already_there, 2);
}

TEST_F(RemoteFlow, ARunThatIsWrittenOverIsReadAgainAtOnce) {
  put_pair(1, "3");
  upload();
  when_reading([this] {
    put_pair(1, "8.5");
    upload();
  });
  const ImportReport report = import();
  EXPECT_TRUE(report.skipped.empty()) << report.skipped[0].error.message();
  EXPECT_EQ(report.imported.size(), 2U);
  EXPECT_EQ(report.already_there, 0);
  EXPECT_EQ(costs_of(publish(), "a"), "18.5 9.25");
}

TEST_F(RemoteFlow, ARunThatIsWrittenOverAgainAndAgainIsReported) {
  put_pair(1, "3");
  upload();
  storage_.instead = [this](const HttpRequest& request) -> fetch_testing::FakeStorage::Answer {
    if (request.url.find("actual") != std::string::npos && request.url.find("/part_0") != std::string::npos) upload();
    return std::nullopt;
  };
  const ImportReport report = import();
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_TRUE(is_written_over(report.skipped[0].error)) << report.skipped[0].error.message();
  EXPECT_EQ(report.imported.size(), 1U);
  EXPECT_EQ(lake_files().size(), report.imported[0].import.files.size());
}

TEST_F(RemoteFlow, OnlyTheManifestWrittenOverIsNoticedToo) {
  put_pair(1, "3");
  upload();
  storage_.instead = [this](const HttpRequest& request) -> fetch_testing::FakeStorage::Answer {
    if (request.url.find("/part_0") == std::string::npos) return std::nullopt;
    for (auto& [name, blob] : storage_.blobs) {
      if (name.ends_with("manifest.json")) blob.version += "x";
    }
    return std::nullopt;
  };
  const ImportReport report = import();
  EXPECT_TRUE(report.imported.empty());
  ASSERT_EQ(report.skipped.size(), 2U);
  EXPECT_TRUE(is_written_over(report.skipped[0].error)) << report.skipped[0].error.message();
}

TEST_F(RemoteFlow, DownloadsParquetParts) {
  SourceRun run;
  run.rows = {{kTenantA, "Usage", "OnDemand", "3"}, {kTenantB, "Usage", "OnDemand", "2"}};
  put_run(run);
  const std::filesystem::path folder =
      exports_ / "actual/20261001-20261031/202611051204/00000000-0000-4000-8000-000000000001";
  const std::filesystem::path part = folder / "part_0_0001.snappy.parquet";
  {
    auto engine = Engine::open({});
    ASSERT_TRUE(engine);
    ASSERT_TRUE(engine->execute(fmt::format("COPY (SELECT * FROM read_csv('{}', all_varchar = true)) TO '{}' "
                                            "(FORMAT parquet, COMPRESSION snappy)",
                                            (folder / "part_0_0001.csv").string(), part.string()),
                                {}));
  }
  std::filesystem::remove(folder / "part_0_0001.csv");
  auto manifest = nlohmann::json::parse(*read_file(folder / "manifest.json"));
  const auto bytes = std::filesystem::file_size(part);
  manifest["byteCount"] = bytes;
  manifest["blobs"][0]["blobName"] = part.lexically_relative(folder_.path()).generic_string();
  manifest["blobs"][0]["byteCount"] = bytes;
  write(folder / "manifest.json", manifest.dump());
  upload();
  const ImportReport report = import();
  ASSERT_EQ(report.imported.size(), 1U) << (report.skipped.empty() ? "" : report.skipped[0].error.message());
  EXPECT_EQ(report.imported[0].import.rows_stored, 2);
  EXPECT_TRUE(std::filesystem::is_empty(workspace_->home.temporary()));
}

}  // namespace
}  // namespace apportion
