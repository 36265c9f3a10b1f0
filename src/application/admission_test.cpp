// What is let in: whose prices, no bill twice, no scope in another's place, no file in another's place.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/connections.h"
#include "application/import_runs.h"
#include "application/overlaps.h"
#include "foundation/base/next_step.h"
#include "foundation/base/test_support.h"
#include "pipeline/fetch/testing.h"
#include "pipeline/publication/publish_months.h"
#include "query/proof.h"
#include "query/twice_counted.h"
#include "store/live_import.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Month kOctober = *Month::parse("2026-10");
const std::string kAccount = "/providers/Microsoft.Billing/billingAccounts/7654321";
const std::string kAlpha = "8d1f0f6e-0000-4000-8000-00000000000a";
const std::string kBeta = "8d1f0f6e-0000-4000-8000-00000000000b";
const std::string kHeader =
    "invoiceId,billingAccountId,billingProfileId,customerTenantId,SubscriptionId,date,chargeType,billingCurrency,"
    "costInBillingCurrency\n";
const std::string kFocusHeader =
    "BilledCost,EffectiveCost,BillingCurrency,x_BillingAccountId,BillingAccountId,x_CustomerId,SubAccountId,"
    "BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd\n";

std::string subscription_of(const std::string& tenant) { return "77777777" + tenant.substr(8); }

std::string row(const std::string& tenant, const std::string& cost, const std::string& date = "10/15/2026") {
  return fmt::format("G1,7654321,P-1,{},{},{},Usage,EUR,{}\n", tenant, subscription_of(tenant), date, cost);
}

std::string focus_row(const std::string& tenant, const std::string& cost,
                      const std::string& period = "2026-10-01T00:00:00Z",
                      const std::string& day = "2026-10-15T00:00:00Z") {
  return fmt::format("{},{},EUR,7654321,{}/billingProfiles/P-1,{},/subscriptions/{},{},Usage,{},\n", cost, cost,
                     kAccount, tenant, subscription_of(tenant), period, day);
}

class Admission : public testing::Test {
 protected:
  Admission() {
    EXPECT_TRUE(Home::create(folder_ / "home"));
    auto opened = Workspace::open(folder_ / "home", Clock::fixed(fetch_testing::kToday), {});
    EXPECT_TRUE(opened);
    workspace_ = std::make_unique<Workspace>(std::move(opened).value());
    intake_ = std::make_unique<IntakeLock>(std::move(workspace_->home.lock_for_intake()).value());
  }

  Workspace& workspace() { return *workspace_; }
  ControlPlane& plane() { return workspace().control_plane; }
  std::string place(const std::string& name) const { return (folder_.path() / name).string(); }

  Connection connection(const std::string& name, bool allow_overlap = false, bool allow_retail = false) {
    std::filesystem::create_directories(place(name));
    Connection added;
    added.name = name;
    added.locations[Dataset::kActualCost] = place(name);
    added.allow_overlap = allow_overlap;
    added.allow_retail_prices = allow_retail;
    return *plane().add_connection(added);
  }

  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = place(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  // A run with a manifest below `location`.
  void put_run(const std::string& location, const std::string& scope, int number, const std::string& csv,
               Dataset dataset = Dataset::kActualCost, const std::string& submitted = "2026-11-07T04:00:00Z") {
    const std::string run_id = fmt::format("00000000-0000-4000-8000-{:012}", number);
    const std::string name = fmt::format("20261001-20261031/{}/part_0_0001.csv", run_id);
    const auto rows = static_cast<std::int64_t>(std::count(csv.begin(), csv.end(), '\n')) - 1;
    auto manifest = fetch_testing::manifest_json({{name, static_cast<std::int64_t>(csv.size()), rows}});
    manifest["exportConfig"]["resourceId"] = scope + "/providers/Microsoft.CostManagement/exports/e";
    manifest["exportConfig"]["type"] = dataset_name(dataset);
    manifest["runInfo"]["runId"] = run_id;
    manifest["runInfo"]["submittedTime"] = submitted;
    write(location + "/" + name, csv);
    write(location + "/20261001-20261031/" + run_id + "/manifest.json", manifest.dump());
  }

  ImportReport take(const Connection& connection, const std::string& location, Dataset dataset = Dataset::kActualCost,
                    std::optional<Month> month = std::nullopt, bool replace = false) {
    auto report = import_location(workspace(), connection, {place(location), dataset, true, month, replace}, *intake_);
    EXPECT_TRUE(report) << report.error().message();
    return report ? std::move(report).value() : ImportReport{};
  }

  // What was taken in, or the id of why not.
  static std::string outcome(const ImportReport& report) {
    if (!report.skipped.empty()) return std::string(error_definition(report.skipped.front().error.id).name);
    if (report.imported.empty()) return report.already_there > 0 ? "there already" : "nothing";
    return fmt::format("{} rows of {}", report.imported.front().import.rows_stored,
                       report.imported.front().import.month.to_string());
  }

  std::vector<std::string> proof_notes(const Connection& connection) {
    const auto published =
        publish_bill_month(workspace(), connection, kOctober, {}, *workspace().home.lock_for_writing());
    EXPECT_TRUE(published) << published.error().message();
    auto engine = open_engine(workspace());
    LakeReader reader(*engine, plane(), Lake(workspace().home));
    const auto proof = prove(reader, ReadScope::of_partner(connection.name), *Day::parse("2026-11-22"));
    EXPECT_TRUE(proof) << proof.error().message();
    return proof && !proof->months.empty() ? proof->months.front().notes : std::vector<std::string>();
  }

  TestFolder folder_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<IntakeLock> intake_;
};

// --- Whose prices.

TEST_F(Admission, RetailPricesAreToldByTheScopeOfEveryDataset) {
  const Connection strict = connection("strict");
  const Connection lax = connection("lax", true, true);
  const std::map<Dataset, std::string> files = {{Dataset::kActualCost, kHeader + row(kAlpha, "1")},
                                                {Dataset::kAmortizedCost, kHeader + row(kAlpha, "1")},
                                                {Dataset::kFocusCost, kFocusHeader + focus_row(kAlpha, "1")}};
  int number = 0;
  for (const char* scope : {"/subscriptions/77777777-0000-4000-8000-00000000000a",
                            "/Subscriptions/77777777-0000-4000-8000-00000000000a/resourceGroups/rg",
                            "/providers/Microsoft.Management/managementGroups/m"}) {
    for (const auto& [dataset, csv] : files) {
      const std::string location = fmt::format("retail-{}", ++number);
      put_run(location, scope, number, csv, dataset);
      const ImportReport report = take(strict, location, dataset);
      EXPECT_EQ(outcome(report), "file-has-retail-prices") << scope << " " << dataset_name(dataset);
      EXPECT_THAT(report.skipped.at(0).error.why, HasSubstr("retail prices"));
    }
  }
  EXPECT_EQ(outcome(take(lax, "retail-1", Dataset::kActualCost)), "1 rows of 2026-10") << "allowed on purpose";
  put_run("billing", kAccount + "/customers/c", 90, files.at(Dataset::kFocusCost), Dataset::kFocusCost);
  EXPECT_EQ(outcome(take(strict, "billing", Dataset::kFocusCost)), "1 rows of 2026-10") << "lax allows it";
}

// --- The same bill twice.

TEST_F(Admission, AnAccountAndItsCustomerAreTheSameBill) {
  const Connection account = connection("account");
  const Connection alpha = connection("alpha");
  put_run("account", kAccount, 1, kHeader + row(kAlpha, "10") + row(kBeta, "7"));
  put_run("alpha", kAccount + "/customers/" + kAlpha, 2, kHeader + row(kAlpha, "10"));
  EXPECT_EQ(outcome(take(account, "account")), "2 rows of 2026-10");
  const ImportReport refused = take(alpha, "alpha");
  EXPECT_EQ(outcome(refused), "same-bill-twice");
  EXPECT_THAT(refused.skipped.at(0).error.message(),
              AllOf(HasSubstr("connection account"), HasSubstr("lies within"),
                    HasSubstr(step(Step::kAllowOverlap, {{"connection", "alpha"}}))));
  EXPECT_THAT(*plane().imports(alpha.id), IsEmpty());
}

TEST_F(Admission, ACustomerFirstAndItsAccountLaterAreTheSameBill) {
  const Connection account = connection("account");
  const Connection alpha = connection("alpha");
  put_run("account", kAccount, 1, kHeader + row(kAlpha, "10") + row(kBeta, "7"));
  put_run("alpha", kAccount + "/customers/" + kAlpha, 2, kHeader + row(kAlpha, "10"));
  EXPECT_EQ(outcome(take(alpha, "alpha")), "1 rows of 2026-10");
  EXPECT_EQ(outcome(take(account, "account")), "same-bill-twice");
}

TEST_F(Admission, TheSameRunAndTheSameScopeAreTheSameBill) {
  const Connection one = connection("one");
  const Connection two = connection("two");
  put_run("one", kAccount, 1, kHeader + row(kAlpha, "10"));
  put_run("copy", kAccount, 1, kHeader + row(kAlpha, "10"));
  put_run("again", kAccount, 2, kHeader + row(kAlpha, "11"));
  EXPECT_EQ(outcome(take(one, "one")), "1 rows of 2026-10");
  EXPECT_EQ(outcome(take(two, "copy")), "same-bill-twice");
  EXPECT_EQ(outcome(take(two, "again")), "same-bill-twice");
}

TEST_F(Admission, AnAccountUnderTwoSpellingsIsTheSameBill) {
  const std::string whole_id = kAccount + ":1f0a_2019-05-31";
  const Connection one = connection("one");
  const Connection two = connection("two");
  put_run("one", kAccount, 1, kHeader + row(kAlpha, "10"));
  put_run("whole", whole_id, 2, kHeader + row(kAlpha, "11"));
  put_run("slash", "Providers/microsoft.billing/BILLINGACCOUNTS/7654321:1F0A_2019-05-31/", 3,
          kHeader + row(kAlpha, "12"));
  put_run("customer", whole_id + "/customers/" + kAlpha, 4, kHeader + row(kAlpha, "13"));
  std::string whole_row = row(kAlpha, "14");
  whole_row.replace(whole_row.find("7654321"), 7, "7654321:1f0a_2019-05-31");
  write("files/costs.csv", kHeader + whole_row);
  EXPECT_EQ(outcome(take(one, "one")), "1 rows of 2026-10");
  for (const char* other : {"whole", "slash", "customer", "files"})
    EXPECT_EQ(outcome(take(two, other)), "same-bill-twice") << other;
}

TEST_F(Admission, WhatScopesDoNotTellTheRowsDo) {
  const Connection profile = connection("profile");
  const Connection customer = connection("customer");
  const Connection focus = connection("focus");
  const Connection files = connection("files");
  put_run("profile", kAccount + "/billingProfiles/P-1", 1, kHeader + row(kAlpha, "10"));
  put_run("customer-a", kAccount + "/customers/" + kAlpha, 2, kHeader + row(kAlpha, "10", "10/16/2026"));
  put_run("customer-b", kAccount + "/customers/" + kBeta, 3, kHeader + row(kBeta, "7"));
  put_run("focus", kAccount + "/customers/" + kAlpha, 4, kFocusHeader + focus_row(kAlpha, "9"), Dataset::kFocusCost);
  write("files/costs.csv", kHeader + row(kAlpha, "3", "10/20/2026"));
  write("other-files/costs.csv", kHeader + row("8d1f0f6e-0000-4000-8000-00000000000c", "3", "10/20/2026"));
  EXPECT_EQ(outcome(take(profile, "profile")), "1 rows of 2026-10");
  EXPECT_EQ(outcome(take(customer, "customer-a")), "same-bill-twice");
  EXPECT_EQ(outcome(take(customer, "customer-b")), "1 rows of 2026-10") << "another customer of the account";
  EXPECT_EQ(outcome(take(focus, "focus", Dataset::kFocusCost)), "same-bill-twice") << "another dataset, the same costs";
  EXPECT_EQ(outcome(take(files, "files")), "same-bill-twice") << "no manifest, the same subscription";
  EXPECT_EQ(outcome(take(files, "other-files")), "1 rows of 2026-10");
}

TEST_F(Admission, TwoCustomersAreTwoBills) {
  const Connection alpha = connection("alpha");
  const Connection beta = connection("beta");
  put_run("alpha", kAccount + "/customers/" + kAlpha, 1, kHeader + row(kAlpha, "10"));
  put_run("beta", kAccount + "/customers/" + kBeta, 2, kHeader + row(kBeta, "7"));
  EXPECT_EQ(outcome(take(alpha, "alpha")), "1 rows of 2026-10");
  EXPECT_EQ(outcome(take(beta, "beta")), "1 rows of 2026-10");
  EXPECT_THAT(*find_overlaps(workspace()), IsEmpty());
}

TEST_F(Admission, AllowedOverlapsAreToldInProofReportsAndDoctor) {
  const Connection account = connection("account");
  const Connection alpha = connection("alpha", true);
  put_run("account", kAccount, 1, kHeader + row(kAlpha, "10") + row(kBeta, "7"));
  put_run("alpha", kAccount + "/customers/" + kAlpha, 2, kHeader + row(kAlpha, "10"));
  take(account, "account");
  EXPECT_EQ(outcome(take(alpha, "alpha")), "1 rows of 2026-10");
  const auto twice = HasSubstr("connections account and alpha hold the same costs, which count twice");
  EXPECT_THAT(proof_notes(alpha), ElementsAre(twice));
  EXPECT_THAT(proof_notes(account), ElementsAre(twice)) << "the other side says so too";
  EXPECT_THAT(*costs_that_count_twice(plane(), ReadScope::of_partner()), ElementsAre(twice));
  const auto found = find_overlaps(workspace());
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_THAT(found->at(0).months, ElementsAre(kOctober));
}

TEST_F(Admission, LocationsThatAnotherConnectionHasAreRefused) {
  const Connection one = connection("one");
  const auto taken = [&](const std::string& location, Dataset dataset = Dataset::kActualCost) {
    Connection given;
    given.locations[dataset] = location;
    return taken_location(given, std::vector{one}).has_value();
  };
  EXPECT_TRUE(taken(place("one")));
  EXPECT_TRUE(taken(place("one") + "/"));
  EXPECT_TRUE(taken("file://" + place("one")));
  EXPECT_TRUE(taken(place("one"), Dataset::kFocusCost)) << "the same bill in another dataset";
  EXPECT_TRUE(taken(place("one") + "/below"));
  EXPECT_TRUE(taken(folder_.path().string())) << "the folder above";
  EXPECT_FALSE(taken(place("one-more")));
  EXPECT_FALSE(taken("")) << "taken away";
  EXPECT_FALSE(taken(place("one"), Dataset::kReservationDetails)) << "holds no charges";
  std::filesystem::create_directory_symlink(place("one"), place("link"));
  EXPECT_TRUE(taken(place("link")));

  Connection cloud;
  cloud.name = "cloud";
  cloud.id = ConnectionId(77);
  cloud.locations[Dataset::kActualCost] = "https://acme.blob.core.windows.net/bills/a b";
  const auto in_cloud = [&](const std::string& url) {
    Connection given;
    given.locations[Dataset::kActualCost] = url;
    return taken_location(given, std::vector{cloud}).has_value();
  };
  EXPECT_TRUE(in_cloud("https://ACME.blob.core.windows.net/bills/a%20b/?sv=1&sig=x"));
  EXPECT_TRUE(in_cloud("https://acme.dfs.core.windows.net/bills"));
  EXPECT_FALSE(in_cloud("https://acme.blob.core.windows.net/bills/a"));
  EXPECT_FALSE(in_cloud("https://other.blob.core.windows.net/bills/a b"));
}

// --- A run of another scope.

TEST_F(Admission, ARunOfAnotherScopeReplacesNoMonth) {
  const Connection p = connection("p");
  put_run("first", kAccount, 1, kHeader + row(kAlpha, "10") + row(kBeta, "7"));
  put_run("narrower", kAccount + "/customers/" + kAlpha, 2, kHeader + row(kAlpha, "10"), Dataset::kActualCost,
          "2026-11-08T04:00:00Z");
  put_run("beside", kAccount + "/customers/" + kAlpha, 3, kHeader + row(kAlpha, "10"), Dataset::kAmortizedCost,
          "2026-11-08T04:00:00Z");
  put_run("newer", kAccount + "/", 4, kHeader + row(kAlpha, "10") + row(kBeta, "8"), Dataset::kActualCost,
          "2026-11-09T04:00:00Z");
  EXPECT_EQ(outcome(take(p, "first")), "2 rows of 2026-10");
  const ImportReport refused = take(p, "narrower");
  EXPECT_EQ(outcome(refused), "run-of-another-scope");
  EXPECT_THAT(refused.skipped.at(0).error.why,
              AllOf(HasSubstr("7654321, but the run covers"), HasSubstr("7654321/customers/" + kAlpha)));
  EXPECT_EQ(outcome(take(p, "beside", Dataset::kAmortizedCost)), "run-of-another-scope");
  EXPECT_EQ(outcome(take(p, "newer")), "2 rows of 2026-10");
  EXPECT_EQ(plane().imports(p.id)->at(0).scope, "/providers/microsoft.billing/billingaccounts/7654321");
}

TEST_F(Admission, ImportsOfBeforeLearnTheirScopeFromTheirManifests) {
  const Connection p = connection("p");
  put_run("p", kAccount, 1, kHeader + row(kAlpha, "10"));
  take(p, "p");
  const Connection old = connection("old");
  Import before = plane().imports(p.id)->at(0);
  before.id = *plane().next_import_id();
  before.connection = old.id;
  before.scope.clear();
  before.files.clear();
  ASSERT_TRUE(plane().add_import(before, {}));
  EXPECT_EQ(plane().imports(old.id)->at(0).scope, "");
  EXPECT_EQ(outcome(take(old, "p")), "there already");
  EXPECT_EQ(plane().imports(old.id)->at(0).scope, "/providers/microsoft.billing/billingaccounts/7654321");
}

// --- Files without a manifest.

TEST_F(Admission, FilesOfAFolderThatBelongTogetherAreOneRun) {
  const std::map<std::string, std::vector<std::string>> folders = {
      {"customers", {"alpha.csv", "beta.csv"}},
      {"letters", {"costs-a.csv", "costs-b.csv"}},
      {"numbers", {"costs-1.csv", "costs-2.csv"}},
      {"halves", {"oct first half.csv", "oct second half.csv"}}};
  for (const auto& [folder, names] : folders) {
    const Connection p = connection(folder, true);
    write(folder + "/dl/" + names[0], kHeader + row(kAlpha, "10"));
    write(folder + "/dl/" + names[1], kHeader + row(kBeta, "7", "10/20/2026"));
    write(folder + "/dl/" + "notes.csv", "a,b\n1,2\n");
    const ImportReport report = take(p, folder + "/dl");
    ASSERT_THAT(report.imported, SizeIs(1)) << folder;
    EXPECT_EQ(report.imported[0].import.rows_stored, 2) << folder;
    EXPECT_THAT(report.skipped, SizeIs(1)) << "no cost file, and told";
    EXPECT_EQ(take(p, folder + "/dl").already_there, 1) << folder;
  }
}

TEST_F(Admission, FilesOfTwoMonthsAreTwoRuns) {
  const Connection p = connection("p");
  write("dl/sep.csv", kHeader + row(kAlpha, "10", "09/15/2026"));
  write("dl/oct.csv", kHeader + row(kAlpha, "7"));
  EXPECT_THAT(take(p, "dl").months, ElementsAre(*Month::parse("2026-09"), kOctober));
  EXPECT_EQ(take(p, "dl").already_there, 2);
  const Connection q = connection("q", true);
  EXPECT_THAT(take(q, "dl", Dataset::kActualCost, kOctober).months, ElementsAre(kOctober));
  EXPECT_THAT(*plane().imports(q.id), SizeIs(1));
}

TEST_F(Admission, FilesThatDoNotBelongTogetherAreRefused) {
  const Connection p = connection("p");
  write("copies/oct.csv", kHeader + row(kAlpha, "10"));
  write("copies/oct (1).csv", kHeader + row(kAlpha, "10"));
  EXPECT_EQ(outcome(take(p, "copies")), "files-do-not-belong-together");
  write("states/until-15.csv", kHeader + row(kAlpha, "10"));
  write("states/until-20.csv", kHeader + row(kAlpha, "10") + row(kAlpha, "7", "10/20/2026"));
  EXPECT_EQ(outcome(take(p, "states")), "files-do-not-belong-together");
  write("parts/costs_1.csv", kHeader + row(kAlpha, "10") + row(kAlpha, "3"));
  write("parts/costs_2.csv", kHeader + row(kAlpha, "10") + row(kAlpha, "3"));
  EXPECT_EQ(outcome(take(p, "parts")), "files-do-not-belong-together");
  write("columns/a.csv", kHeader + row(kAlpha, "10"));
  write("columns/b.csv", "invoiceId,customerTenantId,date,chargeType,billingCurrency,costInBillingCurrency\nG1," +
                             kBeta + ",10/20/2026,Usage,EUR,1\n");
  EXPECT_EQ(outcome(take(p, "columns")), "files-do-not-belong-together");
  write("runs/x_11111111-0000-4000-8000-000000000001.csv", kHeader + row(kAlpha, "10"));
  write("runs/x_11111111-0000-4000-8000-000000000002.csv", kHeader + row(kAlpha, "11"));
  const ImportReport runs = take(p, "runs");
  EXPECT_THAT(runs.imported, SizeIs(1));
  EXPECT_EQ(outcome(runs), "runs-without-order");
}

TEST_F(Admission, NoFileTakesThePlaceOfAnotherUnseen) {
  const Connection p = connection("p");
  write("first/alpha.csv", kHeader + row(kAlpha, "10"));
  write("second/beta.csv", kHeader + row(kBeta, "7"));
  write("third/both.csv", kHeader + row(kAlpha, "11") + row(kBeta, "7"));
  EXPECT_EQ(outcome(take(p, "first")), "1 rows of 2026-10");
  const ImportReport refused = take(p, "second");
  EXPECT_EQ(outcome(refused), "run-of-another-scope");
  EXPECT_THAT(refused.skipped.at(0).error.why, HasSubstr(subscription_of(kAlpha)));
  const ImportReport both = take(p, "third");
  EXPECT_EQ(outcome(both), "2 rows of 2026-10");
  EXPECT_THAT(both.imported.at(0).import.notes, HasSubstr("it replaces import"));
  EXPECT_EQ(live_import(*plane().imports(p.id), Dataset::kActualCost)->id, both.imported.at(0).import.id);
  EXPECT_EQ(outcome(take(p, "second", Dataset::kActualCost, std::nullopt, true)), "1 rows of 2026-10") << "on purpose";
}

TEST_F(Admission, AFileBesideAVerifiedRunSaysWhichCounts) {
  const Connection p = connection("p");
  put_run("run", kAccount, 1, kHeader + row(kAlpha, "10"));
  write("file/oct.csv", kHeader + row(kAlpha, "11"));
  take(p, "run");
  const ImportReport report = take(p, "file");
  EXPECT_EQ(outcome(report), "1 rows of 2026-10");
  EXPECT_THAT(report.imported.at(0).import.notes, HasSubstr("it is not in force: import"));
}

TEST_F(Admission, TheMonthThatRowsToldStaysMarked) {
  const Connection p = connection("p");
  std::string rows = row(kAlpha, "1", "09/30/2026");
  for (int day = 13; day < 30; ++day) rows += row(kAlpha, "1", fmt::format("10/{}/2026", day));
  write("late/export.csv", kHeader + rows);
  EXPECT_EQ(outcome(take(p, "late")), "18 rows of 2026-10");
  EXPECT_THAT(proof_notes(p), testing::Contains(HasSubstr("the days of 17 of 18 rows fall in it")));
}

TEST_F(Admission, AMonthThatNothingTellsIsAskedFor) {
  const Connection p = connection("p");
  write("two/export.csv", kHeader + row(kAlpha, "1", "09/15/2026") + row(kAlpha, "2"));
  const ImportReport refused = take(p, "two");
  EXPECT_EQ(outcome(refused), "month-unknown");
  EXPECT_THAT(refused.skipped.at(0).error.next, HasSubstr(step(Step::kChooseMonth)));
  EXPECT_EQ(outcome(take(p, "two", Dataset::kActualCost, kOctober)), "2 rows of 2026-10");
  EXPECT_THAT(proof_notes(p), testing::Contains(HasSubstr("it was given by hand")));
}

TEST_F(Admission, AMonthThatTheRowsDenyIsNotTaken) {
  const Connection p = connection("p");
  write("f/focus.csv", kFocusHeader + focus_row(kAlpha, "1", "2026-09-01T00:00:00Z", "2026-09-15T00:00:00Z"));
  const ImportReport report = take(p, "f", Dataset::kFocusCost, kOctober);
  EXPECT_EQ(outcome(report), "nothing");
  EXPECT_THAT(report.notes, testing::Contains(HasSubstr("its rows belong to 2026-09, not to 2026-10")));
}

// --- Rows of other months in a run.

TEST_F(Admission, RowsOfAnotherBillingMonthAreMarked) {
  const Connection p = connection("p", true);
  const Connection q = connection("q", true);
  put_run("focus", kAccount, 1,
          kFocusHeader + focus_row(kAlpha, "1") + focus_row(kBeta, "2", "2026-09-01T00:00:00Z") +
              focus_row(kBeta, "3", "", "2026-11-02T00:00:00Z") + focus_row(kBeta, "4", "", "2026-09-30T00:00:00Z"),
          Dataset::kFocusCost);
  EXPECT_EQ(outcome(take(p, "focus", Dataset::kFocusCost)), "4 rows of 2026-10");
  const auto notes = proof_notes(p);
  EXPECT_THAT(notes, testing::Contains(HasSubstr("billing period that begins 2026-09-01, but the run is for 2026-10")));
  EXPECT_THAT(notes, testing::Contains(HasSubstr("without a billing period are for days after 2026-10")));
  EXPECT_THAT(notes, SizeIs(2)) << "late usage is nothing to tell";
  put_run("actual", kAccount + "/customers/" + kBeta, 2, kHeader + row(kBeta, "1", "11/02/2026") + row(kBeta, "1"));
  EXPECT_EQ(outcome(take(q, "actual")), "2 rows of 2026-10");
  EXPECT_THAT(proof_notes(q), testing::Contains(HasSubstr("without a billing period are for days after 2026-10")));
}

}  // namespace
}  // namespace apportion
