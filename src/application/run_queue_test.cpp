#include "application/run_queue.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "application/worker_documents.h"
#include "foundation/base/test_support.h"
#include "lake/lake.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr seconds kLasts{60};
const ConnectionId kAcme{1};
const Month kOctober = *Month::parse("2026-10");
const WorkerName kFirst{"token:w", "first"}, kSecond{"token:w", "second"};

OfferedRun run(std::int64_t import, Dataset dataset, Month month = kOctober) {
  OfferedRun offered;
  offered.location = "/exports";
  RunToRead& what = offered.what;
  what.connection = "acme";
  what.import.id = ImportId(import);
  what.import.connection = kAcme;
  what.import.dataset = dataset;
  what.import.month = month;
  what.import.source = "manifest.json";
  what.run.dataset = dataset;
  what.run.run_id = std::to_string(import);
  what.run.source = "manifest.json";
  what.run.blobs = {{"part.csv", 100, 3, ""}};
  return offered;
}

class RunQueueTest : public ::testing::Test {
 protected:
  RunQueueTest() : home_(*Home::create(folder_ / "home")) {
    queue_ = *RunQueue::open(home_, kLasts, [this] { return now_; });
  }

  void offer(std::vector<OfferedRun> runs) { offered_ = std::make_unique<OfferedRuns>(queue_, std::move(runs)); }

  RunLease taken(const WorkerName& worker) {
    auto lease = queue_->take(worker);
    EXPECT_TRUE(lease);
    EXPECT_TRUE(*lease);
    return **lease;
  }

  bool gets_nothing(const WorkerName& worker) { return !*queue_->take(worker); }

  // A file as a worker writes it, and what it says of the run.
  RunRows written(const LeasedRun& run, const std::string& content = "rows") {
    const fs::path path = home_.lake() / run.folder / "charges-0.parquet";
    std::ofstream(path) << content;
    RunRows rows;
    rows.import.id = run.offered.what.import.id;
    rows.import.rows_source = rows.import.rows_stored = 3;
    rows.import.files = {{*Lake(home_).describe(path, 3), "charges"}};
    return rows;
  }

  std::optional<WrittenRun> fetch(const OfferedRun& run) {
    const OfferedRuns::Watch watch{[this](const std::string& line) { told_ += line + "\n"; }, [](const auto&) {}};
    auto fetched = offered_->fetch(kAcme, run.what.run, Cancel(), watch);
    EXPECT_TRUE(fetched);
    return std::move(*fetched);
  }

  std::vector<std::string> incoming() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(home_.incoming())) {
      if ("incoming/" + entry.path().filename().string() != queue_->mark()) names.push_back(entry.path().filename());
    }
    return names;
  }

  TestFolder folder_;
  Home home_;
  std::chrono::milliseconds now_{0};
  std::shared_ptr<RunQueue> queue_;
  std::unique_ptr<OfferedRuns> offered_;
  std::string told_;
};

TEST_F(RunQueueTest, ItsMarkIsAFolderOfTheLake) {
  EXPECT_THAT(queue_->mark(), StartsWith("incoming/"));
  EXPECT_TRUE(fs::is_directory(home_.lake() / queue_->mark()));
}

TEST_F(RunQueueTest, RunsOfAMonthWhoseRowsMayStandInAreOneLeaseInTheirOrder) {
  const Month september = *Month::parse("2026-09");
  offer({run(1, Dataset::kAmortizedCost), run(2, Dataset::kAmortizedCost, september), run(3, Dataset::kFocusCost),
         run(4, Dataset::kActualCost), run(5, Dataset::kActualCost, september)});
  std::vector<std::vector<std::int64_t>> leases;
  for (const WorkerName& worker : {kFirst, kSecond, kFirst}) {
    auto& ids = leases.emplace_back();
    for (const LeasedRun& leased : taken(worker).runs) ids.push_back(leased.offered.what.import.id.raw());
  }
  EXPECT_THAT(leases, ElementsAre(ElementsAre(1, 4), ElementsAre(2, 5), ElementsAre(3)));
  EXPECT_TRUE(gets_nothing(kFirst));
}

TEST_F(RunQueueTest, WhatAWorkerWroteIsHandedOverOnce) {
  offer({run(7, Dataset::kActualCost)});
  const RunLease lease = taken(kFirst);
  RunRows rows = written(lease.runs[0]);
  rows.import.month = *Month::parse("1999-01");  // not the worker's to say
  rows.rejects.push_back({"part.csv", 4, "Cost", "x", "no number"});
  rows.import.rows_source = 4;
  rows.import.rows_rejected = 1;
  ASSERT_TRUE(queue_->answer(kFirst, lease.id, {rows}));
  const auto fetched = fetch(run(7, Dataset::kActualCost));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->rows.import.month, kOctober);
  EXPECT_EQ(fetched->rows.import.connection, kAcme);
  EXPECT_EQ(fetched->rows.import.rows_stored, 3);
  EXPECT_EQ(fetched->rows.rejects.size(), 1U);
  EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
  EXPECT_EQ(queue_->answer(kFirst, lease.id, {rows}).error().id, ErrorId::kWorkerLeaseEnded);
}

TEST_F(RunQueueTest, ASilentWorkersRunsAreGivenToAnotherAndItsFilesAreGone) {
  offer({run(7, Dataset::kActualCost)});
  const RunLease lost = taken(kFirst);
  const RunRows late = written(lost.runs[0]);
  now_ += kLasts;
  EXPECT_TRUE(queue_->renew(kFirst, lost.id, {}));
  EXPECT_TRUE(gets_nothing(kSecond));
  now_ += kLasts + seconds(1);
  const RunLease again = taken(kSecond);
  EXPECT_FALSE(fs::exists(home_.lake() / lost.runs[0].folder));
  EXPECT_NE(again.runs[0].folder, lost.runs[0].folder);
  EXPECT_EQ(queue_->renew(kFirst, lost.id, {}).error().id, ErrorId::kWorkerLeaseEnded);
  EXPECT_EQ(queue_->answer(kFirst, lost.id, {late}).error().id, ErrorId::kWorkerLeaseEnded);
  ASSERT_TRUE(queue_->answer(kSecond, again.id, {written(again.runs[0])}));
  EXPECT_TRUE(fetch(run(7, Dataset::kActualCost)));
  EXPECT_THAT(told_, HasSubstr("worker first (token:w) was not heard from for 60 seconds"));
}

TEST_F(RunQueueTest, WithoutAWorkerARunIsReadHereAndGivenToNobody) {
  offer({run(7, Dataset::kAmortizedCost), run(8, Dataset::kActualCost)});
  EXPECT_FALSE(fetch(run(7, Dataset::kAmortizedCost)));
  EXPECT_TRUE(gets_nothing(kFirst));
  EXPECT_FALSE(fetch(run(8, Dataset::kActualCost)));
}

TEST_F(RunQueueTest, ARunThatTwoWorkersLostIsReadHere) {
  offer({run(7, Dataset::kActualCost)});
  for (const WorkerName& worker : {kFirst, kSecond}) {
    taken(worker);
    now_ += kLasts + seconds(1);
  }
  EXPECT_TRUE(gets_nothing(WorkerName{"token:w", "third"}));
  EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
}

TEST_F(RunQueueTest, ARunThatIsGivenBackGoesToAnotherAndElseIsReadHere) {
  offer({run(7, Dataset::kActualCost), run(8, Dataset::kFocusCost)});
  const RunLease lease = taken(kFirst);
  ASSERT_TRUE(queue_->give_back(kFirst, lease.id, "the folder is not there"));
  EXPECT_EQ(taken(kFirst).runs[0].offered.what.import.id, ImportId(8));
  EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
  EXPECT_THAT(told_, HasSubstr("could not read a run: the folder is not there"));
}

TEST_F(RunQueueTest, AWorkerThatEndsGivesBackWhatItHas) {
  offer({run(7, Dataset::kActualCost)});
  taken(kFirst);
  queue_->leave(kFirst);
  EXPECT_EQ(incoming().size(), 0U);
  EXPECT_EQ(taken(kSecond).runs.size(), 1U);
  queue_->leave(kSecond);
  EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
}

TEST_F(RunQueueTest, ALeaseIsOfOneWorker) {
  offer({run(7, Dataset::kActualCost)});
  const RunLease lease = taken(kFirst);
  EXPECT_EQ(queue_->renew(kSecond, lease.id, {}).error().id, ErrorId::kWorkerLeaseEnded);
  EXPECT_EQ(queue_->give_back({"token:other", "first"}, lease.id, "").error().id, ErrorId::kWorkerLeaseEnded);
  EXPECT_EQ(queue_->answer(kSecond, lease.id, {written(lease.runs[0])}).error().id, ErrorId::kWorkerLeaseEnded);
  EXPECT_TRUE(queue_->renew(kFirst, lease.id, {}));
}

TEST_F(RunQueueTest, AnAnswerThatDoesNotFitIsRefused) {
  const auto refused = [this](const std::function<void(RunRows&)>& spoil) {
    offer({run(7, Dataset::kActualCost)});
    const RunLease lease = taken(kFirst);
    RunRows rows = written(lease.runs[0]);
    spoil(rows);
    const auto answered = queue_->answer(kFirst, lease.id, {rows});
    EXPECT_FALSE(answered);
    EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
    EXPECT_EQ(incoming().size(), 0U);
    return !answered && answered.error().id == ErrorId::kWorkerAnswerWrong;
  };
  EXPECT_TRUE(refused([](RunRows& rows) { rows.import.id = ImportId(8); }));
  EXPECT_TRUE(refused([](RunRows& rows) { rows.import.files[0].file.path = "charges/elsewhere/charges-0.parquet"; }));
  EXPECT_TRUE(refused([](RunRows& rows) { rows.import.files[0].file.path += "/../../x.parquet"; }));
  EXPECT_TRUE(refused([](RunRows& rows) { rows.import.rows_source = 4; }));
  EXPECT_TRUE(refused([](RunRows& rows) { rows.import.rows_rejected = 1; }));
  EXPECT_TRUE(refused([](RunRows& rows) { rows.stand_in = ImportId(1); }));
}

TEST_F(RunQueueTest, AFileThatIsNotAsItWasSaidIsNotUsed) {
  offer({run(7, Dataset::kActualCost)});
  const RunLease lease = taken(kFirst);
  const RunRows rows = written(lease.runs[0]);
  written(lease.runs[0], "ROWS");  // as long, but something else
  ASSERT_TRUE(queue_->answer(kFirst, lease.id, {rows}));
  EXPECT_FALSE(fetch(run(7, Dataset::kActualCost)));
  EXPECT_THAT(told_, HasSubstr("what a worker wrote is not used"));
  EXPECT_EQ(incoming().size(), 0U);
}

TEST_F(RunQueueTest, WhatIsWithdrawnIsNobodysAndItsFilesAreGone) {
  offer({run(7, Dataset::kActualCost), run(8, Dataset::kFocusCost)});
  const RunLease lease = taken(kFirst);
  offered_.reset();
  EXPECT_EQ(queue_->renew(kFirst, lease.id, {}).error().id, ErrorId::kWorkerLeaseEnded);
  EXPECT_TRUE(gets_nothing(kSecond));
  EXPECT_EQ(incoming().size(), 0U);
}

TEST_F(RunQueueTest, LeasesComeThroughTheirDocumentsAsTheyAre) {
  OfferedRun offered = run(7, Dataset::kActualCost);
  offered.what.mend = false;
  offered.what.run.kind = {FileFormat::kCsv, Compression::kGzip};
  offered.what.run.notes = {"note"};
  offered.what.run.marks = {"mark"};
  offered.what.import.first_day = *Day::parse("2026-10-01");
  offered.what.import.last_day = *Day::parse("2026-10-31");
  offer({offered});
  const RunLease lease = taken(kFirst);
  const auto json = lease_json(lease);
  const auto read = lease_of_json(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(lease_json(*read), json);
  EXPECT_EQ(read->runs[0].offered.what.run.kind, offered.what.run.kind);
  EXPECT_EQ(read->lasts, kLasts);
  for (const char* field : {"dataset", "month", "parts", "folder"}) {
    auto broken = json;
    broken["runs"][0][field] = 7;
    EXPECT_EQ(lease_of_json(broken).error().id, ErrorId::kWorkerCoordinatorUnknown) << field;
  }
}

TEST_F(RunQueueTest, AnswersComeThroughTheirDocumentsToTheLastDigit) {
  RunRows rows;
  Import& import = rows.import;
  import.id = ImportId(7);
  import.layout = "MPA";
  import.rows_source = 4;
  import.rows_stored = 3;
  import.rows_rejected = 1;
  import.charge_days = MonthDays::from_bits(0x80000001U);
  import.mirror_checksum = "x";
  const Decimal billed = Decimal::parse("-12345678901234567890.000000000000000001").value;
  import.totals = {{*Currency::parse("EUR"), "Usage", 3, billed, Decimal(), Decimal::parse("0.5").value,
                    Remainder::from_units(-7), Remainder::from_units(1)}};
  import.metric_totals = {
      {*Currency::parse("EUR"), "Usage", "charges", ChargeMetric::kListCost,
       MetricSum(Decimal::parse("1.25").value, Decimal(), 2, 1)},
      {*Currency::parse("EUR"), "Usage", "mirror", ChargeMetric::kPricingQuantity, MetricSum({}, Decimal(), 2, 0)}};
  import.files = {{{"incoming/x/charges-0.parquet", 3, 30, std::string(32, 'a')}, "charges"}};
  import.source_files = {{"part.csv", 100, 4, std::string(32, 'b')}};
  rows.rejects = {{"part.csv", 4, "Cost", "ä\n", "no number"}};
  rows.stand_in = ImportId(6);
  const auto json = answer_json({rows});
  const auto read = answer_of_json(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(answer_json(*read), json);
  const Import& back = (*read)[0].import;
  EXPECT_EQ(back.totals[0].billed, import.totals[0].billed);
  EXPECT_EQ(back.totals[0].billed_remainder, import.totals[0].billed_remainder);
  EXPECT_FALSE(back.metric_totals[1].sum.source());
  EXPECT_EQ(back.charge_days, import.charge_days);
  EXPECT_EQ(back.files[0].file.version, kLakeVersion);
  auto broken = json;
  broken["runs"][0]["totals"][0]["billed"] = "1e5x";
  EXPECT_EQ(answer_of_json(broken).error().id, ErrorId::kWorkerAnswerWrong);
}

}  // namespace
}  // namespace apportion
