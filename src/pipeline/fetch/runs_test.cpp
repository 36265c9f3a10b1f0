#include "pipeline/fetch/runs.h"
#include "foundation/base/next_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/fetch/folder_store.h"
#include "pipeline/fetch/manifest.h"
#include "pipeline/fetch/testing.h"
#include "pipeline/fetch/unverified_runs.h"

namespace apportion {
namespace {

using fetch_testing::kRunFolder;
using fetch_testing::kRunId;
using fetch_testing::kToday;
using fetch_testing::manifest_json;
using fetch_testing::TestFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// The run of the tests: two parts, 10 and 20 bytes.
const std::string kPart1 = kRunFolder + "/part_0_0001.csv";
const std::string kPart2 = kRunFolder + "/part_0_0002.csv";

nlohmann::json two_parts() { return manifest_json({{kPart1, 10, 1}, {kPart2, 20, 2}}); }

class Runs : public ::testing::Test {
 protected:
  // Writes manifest and parts into `folder` of the location.
  void write_run(const std::string& folder, const nlohmann::json& manifest = two_parts()) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    location_.write(prefix + "manifest.json", manifest.dump());
    location_.write(prefix + "part_0_0001.csv", std::string(10, 'a'));
    location_.write(prefix + "part_0_0002.csv", std::string(20, 'b'));
  }

  Discovery discover(const std::string& below = "") {
    const auto store = FolderStore::at((location_.path() / below).string());
    EXPECT_TRUE(store) << store.error().message();
    auto found = discover_runs(**store, options_);
    EXPECT_TRUE(found) << found.error().message();
    return std::move(*found);
  }

  // Discovers one problem and no run; its whole message.
  std::string only_problem(RunProblemKind kind) {
    const Discovery found = discover();
    EXPECT_THAT(found.runs, IsEmpty());
    if (found.problems.size() != 1) return "problems: " + std::to_string(found.problems.size());
    EXPECT_EQ(found.problems[0].kind, kind);
    EXPECT_FALSE(found.problems[0].error.next.empty());
    return found.problems[0].error.message();
  }

  TestFolder location_;
  DiscoveryOptions options_{std::nullopt, kToday, false};
};

TEST_F(Runs, ACompleteRunIsFound) {
  write_run(kRunFolder);
  const Discovery found = discover();
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.notes, IsEmpty());
  EXPECT_FALSE(found.scope_conflict);
  ASSERT_THAT(found.runs, SizeIs(1));
  const auto& run = found.runs[0];
  EXPECT_EQ(run.source, kRunFolder + "/manifest.json");
  EXPECT_EQ(run.dataset, Dataset::kActualCost);
  EXPECT_EQ(run.export_name, "acme-actual");
  EXPECT_EQ(run.scope, "/providers/microsoft.billing/billingaccounts/7654321");
  EXPECT_EQ(run.run_id, kRunId);
  EXPECT_EQ(run.data_version, "2021-10-01");
  EXPECT_EQ(run.kind, FileKind{});
  EXPECT_EQ(run.period->month.to_string(), "2026-10");
  EXPECT_EQ(run.submitted_at, "2026-11-05T12:03:09Z");
  EXPECT_TRUE(run.verified);
  EXPECT_EQ(run.rows, 3);
  ASSERT_THAT(run.blobs, SizeIs(2));
  EXPECT_EQ(run.blobs[1].name, kPart2);
  EXPECT_EQ(run.blobs[1].bytes, 20);
  EXPECT_EQ(run.blobs[1].rows, 2);
  EXPECT_THAT(run.content_hash, SizeIs(32));
  EXPECT_THAT(run.manifest_hash, SizeIs(32));
}

TEST_F(Runs, AnyFolderAboveOrBelowIsALocation) {
  write_run("backup/container/" + kRunFolder);
  std::string below;
  for (const char* level :
       {"", "backup/", "container/", "exports/", "acme-actual/", "20261001-20261031/", "202611051203/"}) {
    below += level;
    const Discovery found = discover(below);
    ASSERT_THAT(found.runs, SizeIs(1)) << below;
    EXPECT_THAT(found.runs[0].blobs[0].name, HasSubstr("part_0_0001.csv")) << below;
    EXPECT_THAT(found.notes, IsEmpty()) << below;
  }
  EXPECT_THAT(discover(below + kRunId).runs, SizeIs(1));
}

TEST_F(Runs, FoldersMayBeRenamed) {
  write_run("october");
  location_.write("november/part_0_0001.csv", "not of the run");
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(1));
  EXPECT_EQ(found.runs[0].blobs[0].name, "october/part_0_0001.csv");
}

TEST_F(Runs, TheManifestMayLieAboveItsParts) {
  write_run(kRunFolder);
  const std::string above = "exports/acme-actual/20261001-20261031/_Manifest.json";
  std::filesystem::rename(location_.path() / kRunFolder / "manifest.json", location_.path() / above);
  for (const char* below : {"", "exports", "exports/acme-actual", "exports/acme-actual/20261001-20261031"}) {
    const Discovery found = discover(below);
    ASSERT_THAT(found.runs, SizeIs(1)) << below;
    EXPECT_THAT(found.problems, IsEmpty()) << below;
  }
}

TEST_F(Runs, StrayBlanksInNamesDoNotMatter) {
  nlohmann::json manifest = two_parts();
  manifest["blobs"][0]["blobName"] =
      " exports/acme-actual/20261001-20261031/202611051203/ " + kRunId + "/part_0_0001.csv";
  write_run(kRunFolder, manifest);
  EXPECT_THAT(discover().runs, SizeIs(1));
}

TEST_F(Runs, ARunWithoutDataIsARun) {
  location_.write(kRunFolder + "/manifest.json", manifest_json({}).dump());
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(1));
  EXPECT_THAT(found.runs[0].blobs, IsEmpty());
  EXPECT_EQ(found.runs[0].rows, 0);
}

TEST_F(Runs, DatasetsWithoutChargesAreFoundToo) {
  nlohmann::json manifest = two_parts();
  manifest["exportConfig"]["type"] = "PriceSheet";
  write_run(kRunFolder, manifest);
  EXPECT_EQ(discover().runs.at(0).dataset, Dataset::kPriceSheet);
}

TEST_F(Runs, TheKindOfFilesIsTold) {
  const std::string folder = kRunFolder + "/";
  nlohmann::json manifest = manifest_json({{folder + "part_0_0001", 4, 1}, {folder + "part_0_0002.csv.gz", 4, 1}});
  location_.write(folder + "manifest.json", manifest.dump());
  location_.write(folder + "part_0_0001", "\x1f\x8b\x08\x01");
  location_.write(folder + "part_0_0002.csv.gz", "\x1f\x8b\x08\x01");
  EXPECT_EQ(discover().runs.at(0).kind, (FileKind{FileFormat::kCsv, Compression::kGzip}));
  location_.write(folder + "part_0_0001", "PAR1");
  EXPECT_THAT(only_problem(RunProblemKind::kBroken), HasSubstr("different kinds"));
}

// --- Incomplete runs.

TEST_F(Runs, AMissingPartIsNamed) {
  write_run(kRunFolder);
  std::filesystem::remove(location_.path() / kPart2);
  EXPECT_THAT(
      only_problem(RunProblemKind::kIncomplete),
      AllOf(HasSubstr("1 of 2 parts"), HasSubstr(kPart2 + "' is missing"), HasSubstr("20 bytes"), HasSubstr("wait")));
}

TEST_F(Runs, AMissingPartIsNotTakenFromAnotherRun) {
  write_run(kRunFolder);
  std::filesystem::remove(location_.path() / kPart2);
  const std::string other_id = "77777777-77aa-4f0e-9d4e-0a5b7c9d1e2f";
  const std::string other_folder = "exports/acme-actual/20261001-20261031/202611041203/" + other_id;
  nlohmann::json other =
      manifest_json({{other_folder + "/part_0_0001.csv", 10, 1}, {other_folder + "/part_0_0002.csv", 20, 2}});
  other["runInfo"]["runId"] = other_id;
  write_run(other_folder, other);
  location_.write("part_0_0002.csv", std::string(20, 'b'));
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(1));
  EXPECT_EQ(found.runs[0].run_id, other_id);
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_EQ(found.problems[0].kind, RunProblemKind::kNoManifest);
  EXPECT_EQ(found.problems[1].kind, RunProblemKind::kIncomplete);
  EXPECT_EQ(found.problems[1].month, Month::parse("2026-10"));
}

TEST_F(Runs, WrongSizesAreTold) {
  write_run(kRunFolder);
  location_.write(kPart1, "short");
  location_.write(kPart2, std::string(21, 'b'));
  EXPECT_THAT(only_problem(RunProblemKind::kIncomplete),
              AllOf(HasSubstr("smaller than stated: it has 5 bytes; 10 were expected"),
                    HasSubstr("larger than stated: it has 21 bytes; 20 were expected")));
}

TEST_F(Runs, ManyMissingPartsDoNotFillTheScreen) {
  std::vector<fetch_testing::TestPart> parts;
  for (int i = 0; i < 40; ++i) parts.push_back({kRunFolder + "/part_0_" + std::to_string(i) + ".csv", 1, 1});
  location_.write(kRunFolder + "/manifest.json", manifest_json(parts).dump());
  EXPECT_THAT(only_problem(RunProblemKind::kIncomplete), AllOf(HasSubstr("40 of 40"), HasSubstr("and 35 more")));
}

// --- Manifests that cannot be trusted.

TEST_F(Runs, ABrokenManifestDoesNotHideTheOthers) {
  write_run(kRunFolder);
  location_.write("exports/acme-actual/20260901-20260930/1/manifest.json", "{\"blobs\": [");
  location_.write("exports/acme-actual/20260901-20260930/1/part_0_0001.csv", "data");
  const Discovery found = discover();
  EXPECT_THAT(found.runs, SizeIs(1));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_THAT(found.problems[0].error.message(),
              AllOf(HasSubstr("not JSON"), HasSubstr("20260901-20260930/1/manifest.json")));
}

TEST_F(Runs, APartOutsideTheExportFolderIsRefused) {
  const std::string other = "exports/other/20261001-20261031/202611051203/abc/part_0_0001.csv";
  location_.write(other, std::string(10, 'a'));
  location_.write(kRunFolder + "/manifest.json", manifest_json({{other, 10, 1}}).dump());
  EXPECT_THAT(discover().problems.at(0).error.message(),
              AllOf(HasSubstr("outside its own export folder"), HasSubstr(other)));
}

TEST_F(Runs, APartThatClimbsIsRefused) {
  location_.write(kRunFolder + "/manifest.json", manifest_json({{kRunFolder + "/../x.csv", 10, 1}}).dump());
  EXPECT_THAT(only_problem(RunProblemKind::kBroken), HasSubstr("leads out of its folder"));
}

TEST_F(Runs, NothingIsGuessedBetweenTwoFiles) {
  const std::string month = "exports/acme-actual/20261001-20261031";
  location_.write(month + "/manifest.json", manifest_json({{"x/run/part.csv", 4, 1}}).dump());
  location_.write(month + "/a/x/run/part.csv", "data");
  location_.write(month + "/b/x/run/part.csv", "data");
  EXPECT_THAT(only_problem(RunProblemKind::kBroken),
              AllOf(HasSubstr("either of two files"), HasSubstr("/a/x/"), HasSubstr("/b/x/")));
}

TEST_F(Runs, TwoPartsAreNeverTheSameFile) {
  location_.write("flat/manifest.json", manifest_json({{"x/a/part.csv", 4, 1}, {"x/b/part.csv", 4, 1}}).dump());
  location_.write("flat/part.csv", "data");
  EXPECT_THAT(only_problem(RunProblemKind::kBroken), HasSubstr("same file"));
}

TEST_F(Runs, AnotherDatasetThanExpectedIsRefused) {
  options_.expected = Dataset::kActualCost;
  nlohmann::json manifest = two_parts();
  manifest["exportConfig"]["type"] = "AmortizedCost";
  write_run(kRunFolder, manifest);
  EXPECT_THAT(only_problem(RunProblemKind::kWrongDataset),
              AllOf(HasSubstr("it is for AmortizedCost"), HasSubstr("hold ActualCost")));
}

TEST_F(Runs, AMonthInTheFutureIsRefused) {
  options_.today = *Day::parse("2026-09-30");
  write_run(kRunFolder);
  EXPECT_THAT(only_problem(RunProblemKind::kBroken), HasSubstr("future"));
}

// --- Two manifests, two scopes.

TEST_F(Runs, ACopyOfARunCountsOnce) {
  write_run(kRunFolder);
  write_run("copy/" + kRunFolder);
  std::filesystem::remove(location_.path() / "copy" / kPart1);
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(1));
  EXPECT_EQ(found.runs[0].source, kRunFolder + "/manifest.json");  // the copy is not complete
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("is a copy of")));
}

TEST_F(Runs, TwoDifferentManifestsForOneRunAreBothRefused) {
  write_run(kRunFolder);
  nlohmann::json other = two_parts();
  other["runInfo"]["submittedTime"] = "2026-11-06T00:00:00Z";
  location_.write(kRunFolder + "/_manifest.json", other.dump());
  const Discovery found = discover();
  EXPECT_THAT(found.runs, IsEmpty());
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_EQ(found.problems[0].kind, RunProblemKind::kDuplicate);
  EXPECT_THAT(found.problems[0].error.message(), AllOf(HasSubstr("/_manifest.json"), HasSubstr("/manifest.json")));
}

TEST_F(Runs, TwoScopesInOneLocationAreTold) {
  write_run(kRunFolder);
  const auto add = [this](const std::string& scope) {
    nlohmann::json manifest = two_parts();
    manifest["runInfo"]["runId"] = "run of " + scope;
    manifest["exportConfig"]["resourceId"] = scope + "/providers/Microsoft.CostManagement/exports/acme-actual";
    write_run("exports/second/" + kRunId, manifest);
  };
  add("/PROVIDERS/Microsoft.Billing/billingAccounts/7654321");  // the same but for the case
  EXPECT_FALSE(discover().scope_conflict);
  add("/providers/Microsoft.Billing/billingAccounts/7654321:11d7c1a2-0000-4000-8000-000000000001_2019-05-31");
  EXPECT_FALSE(discover().scope_conflict);  // the same, with the full id of the account
  add("/subscriptions/5a2b0c00-0000-4000-8000-0000000000aa");
  EXPECT_THAT(discover().scope_conflict->message(),
              AllOf(HasSubstr("/subscriptions/5a2b0c00"), HasSubstr("billingaccounts/7654321"),
                    HasSubstr("may hold the same")));
  add("/providers/Microsoft.Billing/billingAccounts/7654321/customers/c1");
  EXPECT_THAT(discover().scope_conflict->message(), HasSubstr("count twice"));
}

TEST_F(Runs, TheContentHashKnowsTheRunWhereverItLies) {
  write_run("a/" + kRunFolder);
  const std::string hash = discover().runs.at(0).content_hash;
  std::filesystem::rename(location_.path() / "a", location_.path() / "b");
  EXPECT_EQ(discover().runs.at(0).content_hash, hash);
  nlohmann::json manifest = two_parts();
  manifest["runInfo"]["submittedTime"] = "2026-11-06T00:00:00Z";
  write_run("b/" + kRunFolder, manifest);
  EXPECT_NE(discover().runs.at(0).content_hash, hash);
}

TEST_F(Runs, TheTimeOfARunIsElseTakenFromItsPath) {
  nlohmann::json manifest = two_parts();
  manifest["runInfo"].erase("submittedTime");
  write_run(kRunFolder, manifest);
  EXPECT_EQ(discover().runs.at(0).submitted_at, "2026-11-05T12:03:00Z");
}

// --- Files without a manifest.

TEST_F(Runs, LeftOversAreNoted) {
  write_run(kRunFolder);
  location_.write(kRunFolder + "/part_1_0001.csv", "old");
  location_.write(kRunFolder + "/notes.txt", "not data");
  location_.write(kRunFolder + "/.part_0_0001.csv.crc", "not data");
  location_.write(kRunFolder + "/all.zip", "archive");
  const Discovery found = discover();
  EXPECT_THAT(found.runs, SizeIs(1));
  EXPECT_THAT(found.notes, UnorderedElementsAre(HasSubstr("all.zip"), HasSubstr("part_1_0001.csv")));
}

TEST_F(Runs, FilesWithoutAManifestAreOneProblemAFolder) {
  location_.write("exports/acme/20261001-20261031/" + kRunId + "/part_0_0001.csv", "data");
  location_.write("exports/acme/20261001-20261031/" + kRunId + "/part_0_0002.csv", "data");
  location_.write("old.csv", "data");
  location_.write("readme.txt", "text");
  location_.write("zero.csv", "");
  const Discovery found = discover();
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_EQ(found.problems[0].kind, RunProblemKind::kNoManifest);
  EXPECT_EQ(found.problems[0].source, "");
  EXPECT_EQ(found.problems[1].month, Month::parse("2026-10"));
  EXPECT_EQ(found.problems[1].run_id, kRunId);
  EXPECT_THAT(found.problems[1].error.message(),
              AllOf(HasSubstr("2 file(s)"), HasSubstr(step(Step::kTakeUnverifiedFiles))));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("zero.csv was ignored: it is empty")));
}

TEST_F(Runs, OnRequestFilesWithoutAManifestAreUnverifiedRuns) {
  options_.allow_without_manifest = true;
  options_.expected = Dataset::kAmortizedCost;
  location_.write(kRunFolder + "/part_0_0001.csv.gz", "data");
  location_.write(kRunFolder + "/part_0_0002.csv.gz", "more");
  const Discovery found = discover();
  EXPECT_THAT(found.problems, IsEmpty());
  ASSERT_THAT(found.runs, SizeIs(1));
  const auto& run = found.runs[0];
  EXPECT_FALSE(run.verified);
  EXPECT_EQ(run.dataset, Dataset::kAmortizedCost);
  EXPECT_EQ(run.run_id, kRunId);
  EXPECT_EQ(run.period->month.to_string(), "2026-10");
  EXPECT_EQ(run.submitted_at, "2026-11-05T12:03:00Z");
  EXPECT_EQ(run.kind.compression, Compression::kGzip);
  ASSERT_THAT(run.blobs, SizeIs(2));
  EXPECT_EQ(run.blobs[0].rows, std::nullopt);
}

TEST_F(Runs, OneFileARunStaysOneFileARun) {
  options_.allow_without_manifest = true;
  location_.write("old/acme_11111111-0000-4000-8000-00000000000A.csv", "october");
  location_.write("old/acme_22222222-0000-4000-8000-000000000000.csv", "october, a day later");
  location_.write("old/000001.csv", "a");
  location_.write("old/000002.csv", "b");
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(3));
  EXPECT_THAT(found.runs[0].blobs, SizeIs(2));
  EXPECT_THAT(found.runs[0].run_id, SizeIs(32));
  EXPECT_EQ(found.runs[0].period, std::nullopt);
  EXPECT_EQ(found.runs[0].dataset, std::nullopt);
  EXPECT_EQ(found.runs[1].run_id, "11111111-0000-4000-8000-00000000000a");
  EXPECT_EQ(found.runs[2].run_id, "22222222-0000-4000-8000-000000000000");
}

TEST_F(Runs, OtherFilesOfAFolderAreOneCandidate) {
  options_.allow_without_manifest = true;
  location_.write("old/alpha.csv", "a");
  location_.write("old/beta.csv", "b");
  const Discovery found = discover();
  ASSERT_THAT(found.runs, SizeIs(1));
  const auto& both = found.runs[0];
  ASSERT_THAT(both.blobs, SizeIs(2));
  const auto alone = part_of_unverified_run(both, {both.blobs[0]});
  EXPECT_NE(alone.run_id, both.run_id);
  EXPECT_NE(alone.content_hash, both.content_hash);
  EXPECT_EQ(part_of_unverified_run(both, both.blobs).run_id, both.run_id);
  EXPECT_EQ(name_of_parts("a/part_0_0001.csv"), name_of_parts("a/part_1_0001.csv"));
  EXPECT_NE(name_of_parts("old/alpha.csv"), name_of_parts("old/beta.csv"));
}

TEST_F(Runs, UnverifiedRunsAreRefusedWhenTheyMakeNoSense) {
  options_.allow_without_manifest = true;
  location_.write("mixed/part_0_0001.csv", "data");
  location_.write("mixed/part_0_0002.parquet", "PAR1");
  location_.write("x/20270101-20270131/part_0_0001.csv", "data");
  const Discovery found = discover();
  EXPECT_THAT(found.runs, IsEmpty());
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_THAT(found.problems[0].error.message(), HasSubstr("different kinds"));
  EXPECT_THAT(found.problems[1].error.message(), HasSubstr("2027-01 has not begun"));
}

TEST_F(Runs, AManifestIsNeverTakenForData) {
  options_.allow_without_manifest = true;
  write_run(kRunFolder);
  std::filesystem::remove(location_.path() / kPart2);
  const Discovery found = discover();
  EXPECT_THAT(found.runs, IsEmpty());
  EXPECT_THAT(found.problems, SizeIs(1));
}

TEST_F(Runs, AnEmptyLocationHoldsNothing) {
  const Discovery found = discover();
  EXPECT_THAT(found.runs, IsEmpty());
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST(ExportPath, ReadsAnyLayout) {
  struct Case {
    const char* path;
    const char* month;
    const char* submitted_at;
    const char* run_id;
  };
  for (const Case& c :
       {Case{"1.2/focus/20250701-20250731/202507161527/CC47E41E-0000-4000-8000-0000000000ff/part_0_0001.snappy.parquet",
             "2025-07", "2025-07-16T15:27:00Z", "cc47e41e-0000-4000-8000-0000000000ff"},
        Case{"20240401-20240430/part0.csv", "2024-04", "", ""}, Case{"20240415-20240515/part0.csv", "", "", ""},
        Case{"20241301-20241331/209999999999/x.csv", "", "", ""}, Case{"part0.csv", "", "", ""},
        Case{"", "", "", ""}}) {
    const ExportPath path = read_export_path(c.path);
    EXPECT_EQ(path.period ? path.period->month.to_string() : "", c.month) << c.path;
    EXPECT_EQ(path.submitted_at, c.submitted_at) << c.path;
    EXPECT_EQ(path.run_id, c.run_id) << c.path;
  }
}

}  // namespace
}  // namespace apportion
