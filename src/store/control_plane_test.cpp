#include "store/control_plane.h"
#include "foundation/base/next_step.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/files.h"
#include "foundation/base/test_seeds.h"
#include "foundation/base/test_support.h"
#include "store/azure_catalog.h"
#include "store/migrations_internal.h"
#include "store/sqlite_internal.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Clock kClock = Clock::fixed(*Day::parse("2026-11-22"));
const Month kOctober = *Month::parse("2026-10");

Decimal decimal(std::string_view text) { return Decimal::parse(text).value; }

Customer customer(const std::string& id, std::vector<std::string> tenants) {
  return {CustomerId(id), "Name of " + id, "", std::move(tenants)};
}

class ControlPlaneTest : public ::testing::Test {
 protected:
  ControlPlaneTest() : file_(folder_ / "control-plane.sqlite"), plane_(open_or_stop(true)) {}

  ControlPlane open_or_stop(bool create = false) {
    auto plane = ControlPlane::open(file_, kClock, create);
    APPORTION_CHECK(plane.has_value(), plane ? "" : plane.error().message());
    return std::move(*plane);
  }

  Import new_import(ConnectionId connection, Month month = kOctober) {
    Import import;
    import.id = *plane_.next_import_id();
    import.connection = connection;
    import.month = month;
    import.run_id = fmt::format("run-{}", import.id.raw());
    import.content_hash = "hash";
    import.files = {{ {fmt::format("import={}/part-0.parquet", import.id.raw()), 3, 30}, "charges" }};
    import.rows_source = import.rows_stored = 3;
    return import;
  }

  Import added_import(ConnectionId connection, Month month = kOctober) {
    Import import = new_import(connection, month);
    APPORTION_CHECK(plane_.add_import(import, {}), "a test needs an import");
    return import;
  }

  ChargeSet new_charge_set(const Import& import) {
    const auto id = *plane_.next_charge_set_id();
    return {
        id, import.connection, import.month, {import.id}, {{fmt::format("charges={}/a.parquet", id.raw()), 3, 30}}, 2,
        "n"};
  }

  Split new_split(ChargeSetId charge_set) {
    Split split;
    split.id = *plane_.next_split_id();
    split.charge_set = charge_set;
    split.direct_files = {{fmt::format("split={}/direct.parquet", split.id.raw()), 2, 20}};
    split.share_files = {{fmt::format("split={}/share.parquet", split.id.raw()), 4, 40}};
    return split;
  }

  const TestFolder folder_;
  const std::filesystem::path file_;
  ControlPlane plane_;
};

TEST_F(ControlPlaneTest, KeepsWhatTheColumnsOfADistributorMean) {
  const auto added = plane_.add_connection({.name = "acme"});
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(*plane_.distributor_columns(added->id), "");
  ASSERT_TRUE(plane_.put_distributor_columns(added->id, R"({"cost":"Amount"})"));
  ASSERT_TRUE(plane_.put_distributor_columns(added->id, R"({"cost":"Net"})"));
  ASSERT_TRUE(plane_.put_distributor_columns(added->id, R"({"cost":"Net"})"));  // no change
  EXPECT_EQ(*open_or_stop().distributor_columns(added->id), R"({"cost":"Net"})");
  ASSERT_TRUE(plane_.put_distributor_columns(added->id, ""));
  EXPECT_EQ(*plane_.distributor_columns(added->id), "");
  const auto log = plane_.audit_log();
  ASSERT_TRUE(log) << log.error().message();
  std::vector<std::string> noted;
  for (const AuditEntry& entry : *log) {
    if (entry.what == "connection.distributor") noted.push_back(entry.detail);
  }
  EXPECT_THAT(noted, ElementsAre("acme: none", R"(acme: {"cost":"Net"})", R"(acme: {"cost":"Amount"})"));
  ASSERT_TRUE(plane_.put_distributor_columns(added->id, R"({"cost":"Net"})"));
  ASSERT_TRUE(plane_.remove_connection(added->id));
  EXPECT_FALSE(plane_.put_distributor_columns(added->id, R"({"cost":"Net"})"));
}

TEST_F(ControlPlaneTest, KeepsConnections) {
  Connection wanted{.name = "acme-mpa",
                    .locations = {{Dataset::kActualCost, "file:///srv/exports/my%20actual/"},
                                  {Dataset::kAmortizedCost, " /srv/am "},
                                  {Dataset::kFocusCost, ""}},
                    .mend = false,
                    .allow_retail_prices = true};
  const auto added = plane_.add_connection(wanted);
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(added->location(Dataset::kActualCost), "/srv/exports/my actual");
  EXPECT_EQ(added->location(Dataset::kAmortizedCost), "/srv/am");
  EXPECT_EQ(added->location(Dataset::kFocusCost), std::nullopt);
  ASSERT_TRUE(plane_.add_connection(
      {.name = "0", .locations = {{Dataset::kActualCost, "https://acme.blob.core.windows.net/c/d/e"}}}));

  const auto read = open_or_stop().connection_named("acme-mpa");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, added->id);
  EXPECT_EQ(read->location(Dataset::kActualCost), added->location(Dataset::kActualCost));
  EXPECT_FALSE(read->mend);
  EXPECT_TRUE(read->allow_retail_prices);
  EXPECT_EQ(plane_.connection(added->id)->name, "acme-mpa");
  EXPECT_EQ(plane_.connections()->at(0).location(Dataset::kActualCost), "https://acme.blob.core.windows.net/c/d/e");

  Connection changed = *read;
  changed.name = "acme";
  changed.locations.erase(Dataset::kActualCost);
  ASSERT_TRUE(plane_.update_connection(changed));
  EXPECT_EQ(plane_.connection_named("acme")->location(Dataset::kActualCost), std::nullopt);
  const auto gone = plane_.connection_named("acme-mpa");
  EXPECT_THAT(gone.error().message(), HasSubstr("the connections are: 0, acme"));
  ASSERT_TRUE(plane_.remove_connection(added->id));
  EXPECT_EQ(plane_.connections()->size(), 1u);
  EXPECT_FALSE(plane_.remove_connection(added->id));
  EXPECT_FALSE(plane_.update_connection(changed));
}

TEST_F(ControlPlaneTest, ConnectionIdsAreNotUsedAgain) {
  const auto first = plane_.add_connection({.name = "a"})->id;
  ASSERT_TRUE(plane_.remove_connection(first));
  EXPECT_NE(plane_.add_connection({.name = "a"})->id, first);
}

TEST_F(ControlPlaneTest, RefusesConnectionsThatCannotBe) {
  ASSERT_TRUE(plane_.add_connection({.name = "acme"}));
  for (const auto& name : {std::string(), std::string("Acme"), std::string(".acme"), std::string("a b"),
                           std::string("ä"), std::string(65, 'a')}) {
    const auto added = plane_.add_connection({.name = name});
    ASSERT_FALSE(added) << name;
    EXPECT_EQ(added.error().id, ErrorId::kConnectionNameInvalid);
  }
  EXPECT_THAT(plane_.add_connection({.name = "acme"}).error().message(),
              HasSubstr("a connection of this name already exists"));
  EXPECT_THAT(plane_.add_connection({.name = "b", .locations = {{Dataset::kFocusCost, "file://server/share"}}})
                  .error()
                  .message(),
              HasSubstr("another machine"));
  const auto other = plane_.add_connection({.name = std::string(64, 'a')});
  ASSERT_TRUE(other);
  EXPECT_FALSE(plane_.update_connection({.id = other->id, .name = "acme"}));
}

TEST_F(ControlPlaneTest, AConnectionWithImportsKeepsItsNameAndStays) {
  auto connection = *plane_.add_connection({.name = "acme"});
  added_import(connection.id);
  EXPECT_THAT(plane_.remove_connection(connection.id).error().message(), HasSubstr("it has 1 import"));
  connection.mend = false;
  EXPECT_TRUE(plane_.update_connection(connection));
  connection.name = "other";
  EXPECT_THAT(plane_.update_connection(connection).error().message(), HasSubstr("bill source"));
}

TEST_F(ControlPlaneTest, KeepsCustomers) {
  ASSERT_TRUE(plane_.put_customers(
      {{CustomerId("fabrikam"), " Fabrikam AG ", " 4711", {}},
       {CustomerId("Contoso.1-x_y"), "Contoso 株式会社", "", {" B-2 ", "a-1", "B-2", "", "\tA-1"}}}));
  auto customers = *open_or_stop().customers();
  ASSERT_EQ(customers.size(), 2u);
  EXPECT_EQ(customers[0].id.raw(), "Contoso.1-x_y");
  EXPECT_THAT(customers[0].tenant_ids, ElementsAre("b-2", "a-1"));
  EXPECT_EQ(customers[0].name, "Contoso 株式会社");
  EXPECT_EQ(customers[1].name, "Fabrikam AG");
  EXPECT_EQ(customers[1].external_id, "4711");

  ASSERT_TRUE(plane_.put_customers({customer("Contoso.1-x_y", {"c-3"})}));
  EXPECT_THAT(plane_.customers()->at(0).tenant_ids, ElementsAre("c-3"));
  ASSERT_TRUE(plane_.remove_customer(CustomerId("Contoso.1-x_y")));
  ASSERT_TRUE(plane_.put_customers({customer("fabrikam", {"C-3"})})) << "a removed customer lets its tenants go";
  EXPECT_THAT(plane_.customers()->at(0).tenant_ids, ElementsAre("c-3"));
  EXPECT_THAT(plane_.remove_customer(CustomerId("nobody")).error().message(), HasSubstr("no such customer: `nobody`"));
}

TEST_F(ControlPlaneTest, WhoRetiresIsKeptWithTheDay) {
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {"t-1"})}));
  ASSERT_TRUE(plane_.retire_customer(CustomerId("contoso"), Day::parse("2026-06-01"), "fabrikam"));
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {"t-2"})}));
  EXPECT_EQ(plane_.customers()->at(0).retired_from, Day::parse("2026-06-01"));
  EXPECT_EQ(plane_.customers()->at(0).merged_into, "fabrikam");
  ASSERT_TRUE(plane_.retire_customer(CustomerId("contoso"), std::nullopt, ""));
  EXPECT_EQ(plane_.customers()->at(0).retired_from, std::nullopt);
  EXPECT_FALSE(plane_.retire_customer(CustomerId("nobody"), std::nullopt, ""));
}

TEST_F(ControlPlaneTest, AConnectionGoesWithAllThatWasTakenIn) {
  const Connection acme = *plane_.add_connection({.name = "acme"});
  const Connection other = *plane_.add_connection({.name = "other"});
  const Import import = added_import(acme.id);
  const ChargeSet charges = new_charge_set(import);
  ASSERT_TRUE(plane_.publish_month(charges, new_split(charges.id)));
  ASSERT_TRUE(plane_.set_locked(acme.id, kOctober, true));
  const auto refused = plane_.remove_connection_with_imports(acme.id, "trial");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, ErrorId::kMonthLocked);
  ASSERT_TRUE(plane_.set_locked(acme.id, kOctober, false));
  ASSERT_FALSE(plane_.known_lake_files()->empty());
  const auto removed = plane_.remove_connection_with_imports(acme.id, "trial");
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(plane_.connections()->size(), 1U);
  EXPECT_EQ(plane_.connections()->at(0).id, other.id);
  EXPECT_TRUE(plane_.bill_months()->empty());
  EXPECT_TRUE(plane_.known_lake_files()->empty());
  EXPECT_EQ(plane_.audit_log(1)->front().detail, "acme with 1 imports: trial");
}

TEST_F(ControlPlaneTest, KeepsWhatACustomerSeesAndWhoDecidedIt) {
  Customer contoso = customer("contoso", {});
  Customer fabrikam = customer("fabrikam", {});
  fabrikam.sees = CustomerView::kBoth;
  ASSERT_TRUE(plane_.put_customers({contoso, fabrikam}));
  EXPECT_EQ(open_or_stop().customers()->at(0).sees, CustomerView::kList);
  EXPECT_EQ(open_or_stop().customers()->at(1).sees, CustomerView::kBoth);
  contoso.sees = CustomerView::kCost;
  fabrikam.sees = CustomerView::kList;
  ASSERT_TRUE(plane_.put_customers({contoso, fabrikam}));
  ASSERT_TRUE(plane_.put_customers({contoso})) << "what does not change is not told";
  std::vector<std::string> told;
  const auto log = plane_.audit_log();
  for (const AuditEntry& entry : *log) {
    if (entry.what == "customer.sees") told.push_back(entry.detail);
  }
  EXPECT_THAT(told, ElementsAre("fabrikam: both, now list", "contoso: list, now cost", "fabrikam: list, now both"));
}

TEST_F(ControlPlaneTest, ATenantBelongsToOneCustomer) {
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {"t-1"})}));
  const auto stored = plane_.put_customers({customer("northwind", {"t-9"}), customer("fabrikam", {" T-1"})});
  ASSERT_FALSE(stored);
  EXPECT_THAT(stored.error().message(), AllOf(HasSubstr("t-1"), HasSubstr("`contoso`"), HasSubstr("`fabrikam`")));
  const auto together = plane_.put_customers({customer("northwind", {"T-9"}), customer("fabrikam", {"t-9"})});
  ASSERT_FALSE(together);
  EXPECT_THAT(together.error().message(), AllOf(HasSubstr("t-9"), HasSubstr("`northwind`"), HasSubstr("`fabrikam`")));
  EXPECT_EQ(plane_.customers()->size(), 1u) << "all or none";

  ASSERT_TRUE(plane_.put_customers({customer("fabrikam", {"t-1"}), customer("contoso", {"t-2"})}))
      << "tenants may move";
  EXPECT_THAT(plane_.customers()->at(1).tenant_ids, ElementsAre("t-1"));
}

TEST_F(ControlPlaneTest, ATenantMayComeToAnotherCustomerOnADay) {
  const Day may = *Day::from_civil(2026, 5, 11);
  const Day june = *Day::from_civil(2026, 6, 1);
  Customer fabrikam = customer("fabrikam", {});
  fabrikam.dated_tenants = {{" T-1 ", june}, {"t-1", may}, {"t-1", may}};
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {"t-1"}), fabrikam}));
  const auto kept = open_or_stop().customers();
  ASSERT_TRUE(kept);
  EXPECT_THAT(kept->at(0).tenant_ids, ElementsAre("t-1"));
  EXPECT_THAT(kept->at(0).dated_tenants, ElementsAre());
  EXPECT_THAT(kept->at(1).dated_tenants, ElementsAre(DatedTenant{"t-1", may}, DatedTenant{"t-1", june}));

  Customer northwind = customer("northwind", {});
  northwind.dated_tenants = {{"t-1", may}};
  const auto stored = plane_.put_customers({northwind});
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().id, ErrorId::kTenantTaken);
  EXPECT_EQ(stored.error().where, "t-1@2026-05-11");
  ASSERT_TRUE(plane_.remove_customer(CustomerId("fabrikam")));
  EXPECT_TRUE(plane_.put_customers({northwind}));
}

TEST_F(ControlPlaneTest, RefusesCustomersThatCannotBe) {
  for (const auto& id : {std::string(), std::string("unassigned"), std::string("Unassigned"), std::string("-a"),
                         std::string("a b"), std::string("a/b"), std::string("é"), std::string(65, 'a')}) {
    const auto put = plane_.put_customers({customer(id, {})});
    ASSERT_FALSE(put) << id;
    EXPECT_EQ(put.error().id, ErrorId::kCustomerIdInvalid);
    EXPECT_FALSE(put.error().next.empty());
  }
  EXPECT_TRUE(plane_.put_customers({customer("9" + std::string(63, 'a'), {})}));
  EXPECT_THAT(plane_.put_customers({customer("a", {}), customer("a", {})}).error().message(),
              HasSubstr("listed twice"));
  EXPECT_THAT(plane_.put_customers({{CustomerId("a"), "L\xe9on", "", {}}}).error().message(), HasSubstr("UTF-8"));
  const auto zeros = plane_.put_customers({customer("a", {"00000000-0000-0000-0000-000000000000"})});
  ASSERT_FALSE(zeros);
  EXPECT_THAT(zeros.error().message(), AllOf(HasSubstr("belongs to no customer"), HasSubstr("is_empty")));
}

TEST_F(ControlPlaneTest, TakesTensOfThousandsOfCustomers) {
  std::vector<Customer> many;
  for (int i = 0; i < 40'000; ++i) many.push_back(customer(fmt::format("c{:05}", i), {fmt::format("tenant-{}", i)}));
  ASSERT_TRUE(plane_.put_customers(many));
  ASSERT_TRUE(plane_.put_customers(many));
  const auto read = plane_.customers();
  ASSERT_EQ(read->size(), many.size());
  EXPECT_THAT(read->back().tenant_ids, ElementsAre("tenant-39999"));
  EXPECT_THAT(plane_.audit_log()->front().detail, HasSubstr("c00019 and 39980 more"));
}

class RememberedTest : public ControlPlaneTest {
 protected:
  // How many customers there are, by a memory of the plane that must not outlive a change.
  std::size_t customers(const ControlPlane& plane) {
    const auto found = plane.remembered<std::size_t>("customers", [&]() -> Result<std::size_t> {
      ++reads_;
      APPORTION_ASSIGN(const auto all, plane.customers());
      return all.size();
    });
    APPORTION_CHECK(found, "the plane can be read");
    return **found;
  }

  int reads_ = 0;
};

TEST_F(RememberedTest, IsReadOnceUntilAnybodyChangesIt) {
  ControlPlane other = open_or_stop();
  EXPECT_EQ(customers(plane_), 0u);
  EXPECT_EQ(customers(plane_), 0u);
  EXPECT_EQ(reads_, 1);
  ASSERT_TRUE(other.put_customers({{CustomerId("a"), "A", "", {}}}));
  EXPECT_EQ(customers(plane_), 1u);
  ASSERT_TRUE(plane_.put_customers({{CustomerId("b"), "B", "", {"t"}}}));
  EXPECT_EQ(customers(plane_), 2u);
  EXPECT_EQ(customers(other), 2u);
  EXPECT_EQ(reads_, 4);
}

TEST_F(RememberedTest, IsNotForgottenForWhatNoAnswerIsMadeOf) {
  EXPECT_EQ(customers(plane_), 0u);
  auto database = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->run("INSERT INTO sign_in_failure VALUES ('anna', 1, 1, 1)"));
  EXPECT_EQ(customers(plane_), 0u);
  EXPECT_EQ(reads_, 1);
}

TEST_F(RememberedTest, AStateChangesWithWhatAnswersAreMadeOf) {
  ControlPlane other = open_or_stop();
  const std::string before = *plane_.content_state();
  auto database = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(database && database->run("INSERT INTO sign_in_failure VALUES ('anna', 1, 1, 1)"));
  EXPECT_EQ(*plane_.content_state(), before);
  EXPECT_EQ(*other.content_state(), before);
  ASSERT_TRUE(other.put_customers({{CustomerId("a"), "A", "", {}}}));
  EXPECT_NE(*plane_.content_state(), before);
  EXPECT_EQ(*plane_.content_state(), *other.content_state());
}

TEST_F(RememberedTest, TheStateOfAnotherFileIsAnother) {
  const auto copy = folder_ / "copy.sqlite";
  ASSERT_TRUE(plane_.copy_to(copy));
  const auto other = ControlPlane::open(copy, kClock, false);
  ASSERT_TRUE(other);
  EXPECT_NE(*other->content_state(), *plane_.content_state());
}

TEST_F(RememberedTest, NothingIsRememberedWhileATransactionWrites) {
  {
    auto transaction = plane_.begin();
    ASSERT_TRUE(plane_.put_customers({{CustomerId("a"), "A", "", {}}}));
    EXPECT_EQ(customers(plane_), 1u);
  }  // undone
  EXPECT_EQ(customers(plane_), 0u);
}

TEST_F(RememberedTest, AnErrorIsNotRemembered) {
  const auto fails = [this] {
    return plane_.remembered<int>("a", []() -> Result<int> { return Error{ErrorId::kNoSuchRecord, "", "", "", ""}; });
  };
  EXPECT_FALSE(fails());
  EXPECT_EQ(**plane_.remembered<int>("a", []() -> Result<int> { return 5; }), 5);
  EXPECT_EQ(**plane_.remembered<std::string>("a", []() -> Result<std::string> { return std::string("of its type"); }),
            "of its type");
}

TEST_F(ControlPlaneTest, KeepsEveryVersionOfADocument) {
  constexpr auto kRules = DocumentKind::kRules;
  EXPECT_FALSE(plane_.current_document(kRules)->has_value());
  plane_.act_for("os:billing");
  const auto first = *plane_.add_document(kRules, "- effective: 2026-01\n");
  const auto second = *plane_.add_document(kRules, "- effective: 2026-02\n");
  EXPECT_EQ(first.applied_at, "2026-11-22T12:00:00Z");
  EXPECT_EQ((*plane_.current_document(kRules))->version, second.version);
  ASSERT_EQ(plane_.document_history(kRules)->size(), 2u);
  EXPECT_EQ(plane_.document_history(kRules)->front().version.raw(), 2);
  EXPECT_EQ(plane_.document(kRules, first.version)->text, "- effective: 2026-01\n");
  EXPECT_EQ(plane_.document(kRules, first.version)->applied_by, "os:billing");
  EXPECT_FALSE(plane_.document(kRules, DocumentVersion(77)));
}

TEST_F(ControlPlaneTest, CountsTheVersionsOfEachKindOfDocumentAlone) {
  ASSERT_TRUE(plane_.add_document(DocumentKind::kRules, "[]"));
  EXPECT_FALSE(plane_.current_document(DocumentKind::kCommitmentPolicies)->has_value());
  EXPECT_EQ(plane_.add_document(DocumentKind::kCommitmentPolicies, "[]")->version.raw(), 1);
}

TEST_F(ControlPlaneTest, CallsInATransactionBecomeTrueTogetherOrNever) {
  auto other = open_or_stop();
  {
    auto undone = plane_.begin();
    ASSERT_TRUE(undone && plane_.put_customers({customer("contoso", {"t-1"})}));
    EXPECT_EQ(plane_.customers()->size(), 1u);
    EXPECT_THAT(*other.customers(), testing::IsEmpty());
  }
  EXPECT_THAT(*plane_.customers(), testing::IsEmpty());
  auto transaction = plane_.begin();
  ASSERT_TRUE(transaction && plane_.put_customers({customer("contoso", {"t-1"})}));
  EXPECT_FALSE(plane_.put_customers({customer("fabrikam", {"t-1"})}));  // undoes itself only
  ASSERT_TRUE(plane_.add_document(DocumentKind::kRules, "[]") && transaction->commit());
  EXPECT_EQ(other.customers()->size(), 1u);
  EXPECT_TRUE(other.current_document(DocumentKind::kRules)->has_value());
}

TEST_F(ControlPlaneTest, KeepsImportsWhole) {
  const auto connection = plane_.add_connection({.name = "acme"})->id;
  Import import = new_import(connection);
  import.dataset = Dataset::kFocusCost;
  import.source = "manifest.json";
  import.submitted_at = "2026-11-02T05:00:00Z";
  import.first_day = *Day::parse("2026-10-01");
  import.last_day = *Day::parse("2026-10-31");
  import.verified = false;
  import.layout = "FOCUS 1.2-preview";
  import.rows_source = 5;
  import.rows_rejected = 2;
  import.notes = "unknown column `x`\nand another";
  import.mirror_checksum = "abc";
  import.totals = {{*Currency::parse("USD"), "Usage", 2, decimal("-99999999999999999999.000000000000000001"),
                    decimal("0.000000000000000001"), decimal("3")},
                   { *Currency::parse("EUR"),
                     "",
                     1,
                     decimal("12.5"),
                     {},
                     {} }};
  import.metric_totals = {{*Currency::parse("USD"),
                           "Usage",
                           "charges",
                           ChargeMetric::kListCost,
                           { decimal("2.5"),
                             decimal("-0.5"),
                             1,
                             2 }},
                          { *Currency::parse("USD"),
                            "Usage",
                            "mirror",
                            ChargeMetric::kPricingQuantity,
                            { std::nullopt,
                              Decimal(),
                              3,
                              0 } }};
  import.charge_days = MonthDays::from_bits(0x40000001);
  import.files.push_back({{"import=1/mirror.parquet", 7, 70}, "mirror"});
  import.source_files = {{ "part 0.csv", 100, 5, "ff00" }};
  ASSERT_TRUE(plane_.add_import(import, {{"part 0.csv", 3, "costInBillingCurrency", "n/a", "not a number"},
                                         {"part 0.csv", 4, "date", "\"x\n'", "not a day"}}));

  const auto read = open_or_stop().import(import.id);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->connection, connection);
  EXPECT_EQ(read->dataset, Dataset::kFocusCost);
  EXPECT_EQ(read->month, kOctober);
  EXPECT_EQ(read->run_id, import.run_id);
  EXPECT_EQ(read->content_hash, "hash");
  EXPECT_EQ(read->source, "manifest.json");
  EXPECT_EQ(read->submitted_at, import.submitted_at);
  EXPECT_EQ(read->first_day, import.first_day);
  EXPECT_EQ(read->last_day, import.last_day);
  EXPECT_FALSE(read->verified);
  EXPECT_EQ(read->layout, import.layout);
  EXPECT_EQ(read->rows_source, 5);
  EXPECT_EQ(read->rows_stored, 3);
  EXPECT_EQ(read->rows_rejected, 2);
  EXPECT_EQ(read->notes, import.notes);
  EXPECT_EQ(read->imported_at, "2026-11-22T12:00:00Z");
  EXPECT_EQ(read->mirror_checksum, "abc");
  ASSERT_EQ(read->totals.size(), 2u);
  EXPECT_EQ(read->totals[0].currency.code(), "EUR");
  EXPECT_EQ(read->totals[1].charge_category, "Usage");
  EXPECT_EQ(read->totals[1].rows, 2);
  EXPECT_EQ(read->totals[1].billed, import.totals[0].billed);
  EXPECT_EQ(read->totals[1].effective, import.totals[0].effective);
  EXPECT_EQ(read->totals[1].mended_effective, decimal("3"));
  ASSERT_EQ(read->metric_totals.size(), 2u);
  EXPECT_EQ(read->metric_totals[0].metric, ChargeMetric::kListCost);
  EXPECT_EQ(read->metric_totals[0].sum.source(), decimal("2.5"));
  EXPECT_EQ(read->metric_totals[0].sum.mended(), decimal("-0.5"));
  EXPECT_EQ(read->metric_totals[0].sum.known_rows(), 1);
  EXPECT_EQ(read->metric_totals[0].sum.unknown_rows(), 2);
  EXPECT_EQ(read->metric_totals[1].role, "mirror");
  EXPECT_EQ(read->metric_totals[1].sum.source(), std::nullopt) << "too large to be told";
  EXPECT_EQ(read->charge_days, import.charge_days);
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[1].role, "mirror");
  EXPECT_EQ(read->files[1].file.path, "import=1/mirror.parquet");
  EXPECT_EQ(read->files[1].file.rows, 7);
  EXPECT_EQ(read->files[1].file.bytes, 70);
  ASSERT_EQ(read->source_files.size(), 1u);
  EXPECT_EQ(read->source_files[0].name, "part 0.csv");
  EXPECT_EQ(read->source_files[0].content_hash, "ff00");

  const auto rejects = plane_.rejects(import.id);
  ASSERT_EQ(rejects->size(), 2u);
  EXPECT_EQ(rejects->at(0).column, "costInBillingCurrency");
  EXPECT_EQ(rejects->at(1).value, "\"x\n'");
  EXPECT_EQ(rejects->at(1).line, 4);
  EXPECT_FALSE(plane_.import(ImportId(99)));
}

TEST_F(ControlPlaneTest, FindsImports) {
  const auto acme = plane_.add_connection({.name = "acme"})->id;
  const auto other = plane_.add_connection({.name = "other"})->id;
  const Import october = added_import(acme);
  const Import november = added_import(acme, kOctober.plus_months(1));
  added_import(other);
  EXPECT_EQ(plane_.imports(acme)->size(), 2u);
  EXPECT_EQ(plane_.imports(acme)->front().id, october.id);
  EXPECT_EQ(plane_.imports(acme)->front().files.size(), 1u);
  EXPECT_EQ(plane_.imports(acme, november.month)->at(0).id, november.id);
  EXPECT_THAT(*plane_.imports(acme, *Month::parse("2020-01")), IsEmpty());

  EXPECT_EQ(*plane_.find_import(acme, Dataset::kActualCost, october.run_id, "hash"), october.id);
  EXPECT_EQ(*plane_.find_import(acme, Dataset::kActualCost, october.run_id, "other hash"), std::nullopt);
  EXPECT_EQ(*plane_.find_import(acme, Dataset::kAmortizedCost, october.run_id, "hash"), std::nullopt);
  EXPECT_EQ(*plane_.find_import(other, Dataset::kActualCost, october.run_id, "hash"), std::nullopt);
  EXPECT_EQ(plane_.bill_months()->size(), 3u) << "a month with an import is on the calendar before it is published";
}

TEST_F(ControlPlaneTest, AnImportThatLostRowsIsRefused) {
  Import import = new_import(plane_.add_connection({.name = "acme"})->id);
  import.rows_source = 4;
  const auto added = plane_.add_import(import, {});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().id, ErrorId::kRowsLostImporting);
  EXPECT_THAT(added.error().why, HasSubstr("4 rows in the files, 3 stored, 0 rejected"));
  EXPECT_THAT(*plane_.imports(import.connection), IsEmpty());
}

TEST_F(ControlPlaneTest, AnImportIsAddedAsAWholeOrNotAtAll) {
  const auto connection = plane_.add_connection({.name = "acme"})->id;
  Import import = new_import(connection);
  import.files.push_back({{"import=1/x.parquet", 1, 1}, "no such role"});
  const auto before = plane_.audit_log()->size();
  EXPECT_FALSE(plane_.add_import(import, {{"f", 1, "c", "v", "r"}}));
  EXPECT_THAT(*plane_.imports(connection), IsEmpty());
  EXPECT_THAT(*plane_.rejects(import.id), IsEmpty());
  EXPECT_THAT(*plane_.bill_months(), IsEmpty());
  EXPECT_TRUE(plane_.known_lake_files()->empty());
  EXPECT_EQ(plane_.audit_log()->size(), before);
  import.files.pop_back();
  EXPECT_TRUE(plane_.add_import(import, {}));
  EXPECT_FALSE(plane_.add_import(import, {})) << "an import is published once";
  import.id = *plane_.next_import_id();
  import.connection = ConnectionId(99);
  EXPECT_THAT(plane_.add_import(import, {}).error().message(), HasSubstr("no such connection"));
}

using ControlPlaneDeathTest = ControlPlaneTest;

TEST_F(ControlPlaneDeathTest, BugsOfCallersStopTheProgram) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  Import made_up = import;
  made_up.id = ImportId(1000);
  EXPECT_DEATH((void)plane_.add_import(made_up, {}), "come from next_");
  for (const char* path : {"", "/abs", "../up", "a/../b", "./a", "a//b", "a/"}) {
    Import wrong = new_import(import.connection);
    wrong.files[0].file.path = path;
    EXPECT_DEATH((void)plane_.add_import(wrong, {}), "lake paths") << path;
  }
  ChargeSet charge_set = new_charge_set(import);
  const Split split = new_split(ChargeSetId(12345));
  EXPECT_DEATH((void)plane_.publish_month(charge_set, split), "its own charges");
  charge_set.month = kOctober.plus_months(1);
  EXPECT_DEATH((void)plane_.publish_month(charge_set, std::nullopt), "its own connection and month");
}

TEST_F(ControlPlaneTest, PublishesSeveralMonthsOrNone) {
  const ConnectionId acme = plane_.add_connection({.name = "acme"})->id;
  const Import october = added_import(acme);
  const Import november = added_import(acme, kOctober.plus_months(1));
  const ChargeSet first = new_charge_set(october);
  ChargeSet second = new_charge_set(november);
  second.month = november.month;
  ASSERT_TRUE(plane_.publish({{first, std::nullopt}}));
  ASSERT_TRUE(plane_.set_locked(acme, kOctober, true));
  EXPECT_FALSE(plane_.publish({{second, std::nullopt}, {new_charge_set(october), std::nullopt}}));
  EXPECT_FALSE((*plane_.bill_month(acme, november.month))->charge_set);
  ASSERT_TRUE(plane_.publish({{second, std::nullopt}}));
  EXPECT_EQ((*plane_.bill_month(acme, november.month))->charge_set, second.id);
}

TEST_F(ControlPlaneTest, AMonthNeedsASplitWhenCustomersOrDocumentsChanged) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  const auto needs_split = [&] { return (*plane_.bill_month(import.connection, kOctober))->needs_split; };
  const ChargeSet charges = new_charge_set(import);
  ASSERT_TRUE(plane_.publish_month(charges, std::nullopt));
  EXPECT_TRUE(needs_split());
  ASSERT_TRUE(plane_.publish_split(new_split(charges.id)));
  EXPECT_FALSE(needs_split());
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {})}));
  EXPECT_TRUE(needs_split());
  ASSERT_TRUE(plane_.publish_split(new_split(charges.id)));
  EXPECT_FALSE(needs_split());
  ASSERT_TRUE(plane_.remove_customer(CustomerId("contoso")));
  EXPECT_TRUE(needs_split());
  ASSERT_TRUE(plane_.publish_month(new_charge_set(import), new_split(ChargeSetId(2))));
  EXPECT_FALSE(needs_split());
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, true));
  ASSERT_TRUE(plane_.add_document(DocumentKind::kRules, "[]"));
  EXPECT_TRUE(needs_split());
}

TEST_F(ControlPlaneTest, ALockedMonthKeepsTheNamesOfCustomers) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {})}));
  ASSERT_TRUE(plane_.publish_month(new_charge_set(import), std::nullopt));
  const auto frozen = [&] { return *plane_.locked_customers(import.connection, kOctober); };
  EXPECT_THAT(frozen(), testing::IsEmpty());
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, true));
  ASSERT_TRUE(plane_.put_customers({{CustomerId("contoso"), "Another name", "", {}}}));
  ASSERT_EQ(frozen().size(), 1u);
  EXPECT_EQ(frozen()[0].name, "Name of contoso");
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, false));
  EXPECT_THAT(frozen(), testing::IsEmpty());
}

TEST_F(ControlPlaneTest, KeepsWhatSomebodySet) {
  EXPECT_THAT(*plane_.stored_settings(), testing::IsEmpty());
  ASSERT_TRUE(plane_.put_setting("alerts.expiry-days", "14"));
  ASSERT_TRUE(plane_.put_setting("alerts.expiry-days", "15"));
  EXPECT_THAT(*plane_.stored_settings(), ElementsAre(testing::Pair("alerts.expiry-days", "15")));
  EXPECT_EQ(plane_.audit_log(1)->front().detail, "alerts.expiry-days = 15");
  ASSERT_TRUE(plane_.put_setting("alerts.expiry-days", std::nullopt));
  EXPECT_THAT(*plane_.stored_settings(), testing::IsEmpty());
}

TEST_F(ControlPlaneTest, PublishesAMonthAndAnotherSplitOfIt) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  const auto before = plane_.bill_month(import.connection, kOctober);
  ASSERT_TRUE(before && *before);
  EXPECT_FALSE((*before)->charge_set);
  EXPECT_EQ(*plane_.bill_month(import.connection, kOctober.plus_months(5)), std::nullopt);

  const ChargeSet charges = new_charge_set(import);
  Split split = new_split(charges.id);
  const DocumentVersion rules = plane_.add_document(DocumentKind::kRules, "[]")->version;
  split.documents[DocumentKind::kRules] = rules;
  split.rules_effective = "2026-01";
  split.rule_names = {"Contoso", "shared firewall"};
  split.notes = "fine";
  ASSERT_TRUE(plane_.publish_month(charges, split));

  const auto month = **plane_.bill_month(import.connection, kOctober);
  EXPECT_EQ(month.charge_set, charges.id);
  EXPECT_EQ(month.split, split.id);
  EXPECT_FALSE(month.locked);
  const auto read = *plane_.charge_set(charges.id);
  EXPECT_EQ(read.connection, import.connection);
  EXPECT_EQ(read.month, kOctober);
  EXPECT_THAT(read.imports, ElementsAre(import.id));
  ASSERT_EQ(read.files.size(), 1u);
  EXPECT_EQ(read.files[0].path, charges.files[0].path);
  EXPECT_EQ(read.timing_rows, 2);
  EXPECT_EQ(read.notes, "n");
  const auto read_split = *plane_.split(split.id);
  EXPECT_EQ(read_split.charge_set, charges.id);
  EXPECT_EQ(read_split.version_of(DocumentKind::kRules), rules);
  EXPECT_FALSE(read_split.version_of(DocumentKind::kCommitmentPolicies));
  EXPECT_EQ(read_split.rules_effective, "2026-01");
  EXPECT_EQ(read_split.direct_files.at(0).path, split.direct_files[0].path);
  EXPECT_EQ(read_split.share_files.at(0).rows, 4);
  EXPECT_EQ(plane_.rule_names(read_split.id).value(), split.rule_names);
  EXPECT_EQ(read_split.notes, "fine");

  const Split second = new_split(charges.id);
  ASSERT_TRUE(plane_.publish_split(second));
  EXPECT_EQ((*plane_.bill_month(import.connection, kOctober))->split, second.id);
  EXPECT_EQ((*plane_.latest_split_of(charges.id))->id, second.id);
  EXPECT_TRUE((*plane_.latest_split_of(charges.id))->documents.empty());
  EXPECT_TRUE(plane_.split(split.id)) << "an older split stays readable";
  EXPECT_EQ(plane_.known_lake_files()->size(), 6u);

  EXPECT_FALSE(plane_.split(SplitId(99)));
  EXPECT_FALSE(plane_.charge_set(ChargeSetId(99)));
  EXPECT_EQ(*plane_.latest_split_of(ChargeSetId(99)), std::nullopt);
}

TEST_F(ControlPlaneTest, KeepsThePriceSheetsOfChargesAndWhatTheyFilled) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  Import sheet = new_import(import.connection);
  sheet.dataset = Dataset::kPriceSheet;
  sheet.files[0].role = "prices";
  ASSERT_TRUE(plane_.add_import(sheet, {}));
  ChargeSet charges = new_charge_set(import);
  charges.price_sheets = {sheet.id};
  charges.filled_files = {{"charges/filled.parquet", 2, 20, "ff"}};
  ASSERT_TRUE(plane_.publish_month(charges, std::nullopt));
  const auto read = *plane_.charge_set(charges.id);
  EXPECT_THAT(read.imports, ElementsAre(import.id));
  EXPECT_THAT(read.price_sheets, ElementsAre(sheet.id));
  ASSERT_EQ(read.filled_files.size(), 1u);
  EXPECT_EQ(read.filled_files[0].path, "charges/filled.parquet");
  EXPECT_EQ(read.filled_files[0].content_hash, "ff");
  const auto known = *plane_.known_lake_files();
  EXPECT_TRUE(std::ranges::any_of(known, [](const LakeFile& file) { return file.path == "charges/filled.parquet"; }));
}

TEST_F(ControlPlaneTest, LaterChargesTakeThePlaceOfEarlierOnesOnly) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  const ChargeSet first = new_charge_set(import);
  const ChargeSet slow = new_charge_set(import);
  const ChargeSet second = new_charge_set(import);
  const Split split_of_first = new_split(first.id);
  ASSERT_TRUE(plane_.publish_month(first, split_of_first));
  ASSERT_TRUE(plane_.publish_month(second, std::nullopt));
  EXPECT_EQ((*plane_.bill_month(import.connection, kOctober))->charge_set, second.id);
  EXPECT_EQ((*plane_.bill_month(import.connection, kOctober))->split, std::nullopt);
  EXPECT_EQ(plane_.charge_sets(import.connection, kOctober)->size(), 2u);
  EXPECT_EQ(plane_.charge_sets(import.connection, kOctober)->front().id, second.id);
  EXPECT_EQ(plane_.charge_sets(import.connection, kOctober)->back().files.size(), 1u);

  EXPECT_THAT(plane_.publish_month(slow, std::nullopt).error().message(), HasSubstr("acme 2026-10"));
  EXPECT_THAT(plane_.publish_split(new_split(first.id)).error().message(), HasSubstr("has changed meanwhile"));
  EXPECT_THAT(plane_.publish_split(new_split(ChargeSetId(99))).error().message(), HasSubstr("no such charge set"));
  EXPECT_EQ((*plane_.latest_split_of(first.id))->id, split_of_first.id) << "a refused split leaves nothing";

  const Split early = new_split(second.id);
  const Split late = new_split(second.id);
  ASSERT_TRUE(plane_.publish_split(late));
  EXPECT_THAT(plane_.publish_split(early).error().message(), HasSubstr("a newer split"));
}

TEST_F(ControlPlaneTest, ALockedMonthStays) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  EXPECT_THAT(plane_.set_locked(import.connection, kOctober, true).error().message(), HasSubstr("nothing to lock"));
  const ChargeSet charges = new_charge_set(import);
  ASSERT_TRUE(plane_.publish_month(charges, std::nullopt));
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, true));
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, true));
  EXPECT_TRUE((*plane_.bill_month(import.connection, kOctober))->locked);

  const auto month = plane_.publish_month(new_charge_set(import), std::nullopt);
  ASSERT_FALSE(month);
  EXPECT_EQ(month.error().id, ErrorId::kMonthLocked);
  EXPECT_THAT(month.error().message(), HasSubstr("the bill month is locked: acme 2026-10"));
  EXPECT_THAT(plane_.publish_split(new_split(charges.id)).error().message(), HasSubstr("locked"));
  EXPECT_EQ((*plane_.bill_month(import.connection, kOctober))->charge_set, charges.id);
  EXPECT_EQ(plane_.charge_sets(import.connection, kOctober)->size(), 1u);
  EXPECT_TRUE(plane_.add_import(new_import(import.connection), {}))
      << "what the vendor changes later is taken in, and shown";

  auto by_the_back_door = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(by_the_back_door);
  EXPECT_THAT(by_the_back_door->execute("UPDATE bill_month SET split_id = 1").error().why, HasSubstr("never changes"));

  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, false));
  EXPECT_TRUE(plane_.publish_month(new_charge_set(import), std::nullopt));
  EXPECT_FALSE(plane_.set_locked(ConnectionId(99), kOctober, true));
}

TEST_F(ControlPlaneTest, EveryChangeIsInTheAuditLogNewestFirst) {
  const auto connection = *plane_.add_connection({.name = "acme"});
  ASSERT_TRUE(plane_.update_connection(connection));
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {}), customer("fabrikam", {})}));
  ASSERT_TRUE(plane_.remove_customer(CustomerId("contoso")));
  ASSERT_TRUE(plane_.add_document(DocumentKind::kRules, "[]"));
  const Import import = added_import(connection.id);
  const ChargeSet charges = new_charge_set(import);
  ASSERT_TRUE(plane_.publish_month(charges, std::nullopt));
  ASSERT_TRUE(plane_.publish_split(new_split(charges.id)));
  ASSERT_TRUE(plane_.set_locked(connection.id, kOctober, true));
  ASSERT_TRUE(plane_.set_locked(connection.id, kOctober, false));
  ASSERT_TRUE(plane_.remove_connection(plane_.add_connection({.name = "b"})->id));

  std::vector<std::string> entries;
  const auto log = plane_.audit_log();
  for (const AuditEntry& entry : *log) entries.push_back(entry.what + ": " + entry.detail);
  EXPECT_THAT(entries,
              ElementsAre("connection.remove: b", "connection.add: b", "month.unlock: acme 2026-10",
                          "month.lock: acme 2026-10", "split.publish: acme 2026-10: charge set 1, split 1",
                          "month.publish: acme 2026-10: charge set 1, no split",
                          "import.add: import 1 of acme 2026-10 ActualCost, run run-1",
                          "document.apply: rules version 1", "customer.remove: contoso",
                          "customers.put: contoso, fabrikam", "connection.update: acme", "connection.add: acme"));
  EXPECT_EQ(plane_.audit_log(1)->size(), 1u);
  EXPECT_EQ(plane_.audit_log(1)->front().at, "2026-11-22T12:00:00Z");
  auto by_the_back_door = SqliteDatabase::open(file_, {});
  EXPECT_FALSE(by_the_back_door->execute("DELETE FROM audit_log"));
  EXPECT_FALSE(by_the_back_door->execute("UPDATE audit_log SET detail = ''"));
}

class AuditLogTest : public ControlPlaneTest {
 protected:
  AuditLogTest() {
    plane_.act_for("os:billing");
    for (const char* id : {"contoso", "fabrikam", "northwind"}) must(plane_.put_customers({customer(id, {})}));
  }

  static Customer customer_that_sees(const char* id, CustomerView view) {
    Customer made = customer(id, {});
    made.sees = view;
    return made;
  }

  // Changes the log as who owns the file can.
  AuditVerification verify_after(const std::string& change) {
    auto by_the_back_door = SqliteDatabase::open(file_, {});
    must(by_the_back_door->execute("DROP TRIGGER audit_log_is_not_changed; DROP TRIGGER audit_log_is_not_cut;" +
                                   change));
    return *plane_.verify_audit_log();
  }

  static void must(const Result<void>& done) { APPORTION_CHECK(done.has_value(), done ? "" : done.error().message()); }
};

TEST_F(AuditLogTest, HoldsAsItWasWritten) {
  const auto found = plane_.verify_audit_log();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->holds());
  EXPECT_EQ(found->entries, 3);
  const auto newest = plane_.audit_log(1)->front();
  EXPECT_EQ(found->head, newest.hash);
  EXPECT_EQ(newest.number, 3);
  EXPECT_EQ(newest.actor, "os:billing");
}

TEST_F(AuditLogTest, TwoProcessesWriteOneChain) {
  auto other = open_or_stop();
  other.act_for("os:night");
  must(other.put_customers({customer("other", {})}));
  must(plane_.put_customers({customer("more", {})}));
  EXPECT_TRUE(plane_.verify_audit_log()->holds());
  EXPECT_EQ(plane_.audit_log()->at(1).actor, "os:night");
}

TEST_F(AuditLogTest, AnEmptyLogHolds) {
  const TestFolder folder;
  EXPECT_TRUE(ControlPlane::open(folder / "db", kClock, true)->verify_audit_log()->holds());
}

TEST_F(AuditLogTest, FindsAChangedEntry) {
  EXPECT_EQ(verify_after("UPDATE audit_log SET actor = 'os:nobody' WHERE id = 2").broken_at, 2);
}

TEST_F(AuditLogTest, FindsAnEntryThatWasTakenOut) {
  EXPECT_EQ(verify_after("DELETE FROM audit_log WHERE id = 2").broken_at, 2);
}

TEST_F(AuditLogTest, FindsThatTheEndWasCut) {
  EXPECT_EQ(verify_after("DELETE FROM audit_log WHERE id = 3").broken_at, 3);
}

TEST_F(AuditLogTest, FindsAnEntryThatWasPutIn) {
  const std::string hash(64, '0');
  EXPECT_EQ(verify_after("INSERT INTO audit_log VALUES (4, '', 'x', 'y', 'z', '" + hash + "', '', '', 0)").broken_at,
            4);
}

TEST_F(AuditLogTest, FindsThatAnEntryConcernsSomebodyElse) {
  must(plane_.put_customers({customer_that_sees("contoso", CustomerView::kBoth)}));
  ASSERT_EQ(plane_.audit_log(1)->front().customer, "contoso");
  EXPECT_EQ(verify_after("UPDATE audit_log SET customer = 'fabrikam' WHERE id = 5").broken_at, 5);
}

TEST_F(AuditLogTest, FindsThatSomebodyElseDidIt) {
  EXPECT_EQ(verify_after("UPDATE audit_log SET by_customer = 1 WHERE id = 2").broken_at, 2);
}

TEST_F(AuditLogTest, FindsAnotherAddress) {
  EXPECT_EQ(verify_after("UPDATE audit_log SET address = '10.0.0.7' WHERE id = 1").broken_at, 1);
}

TEST_F(AuditLogTest, FindsThatAnEntryLooksLikeAnOlderOne) {
  EXPECT_EQ(
      verify_after("UPDATE audit_log SET address = NULL, customer = NULL, by_customer = NULL WHERE id = 3").broken_at,
      3);
}

TEST_F(AuditLogTest, WhatConcernsACustomerHasNumbersOfItsOwn) {
  must(plane_.put_customers({customer_that_sees("contoso", CustomerView::kBoth)}));
  must(plane_.put_customers({customer_that_sees("fabrikam", CustomerView::kCost)}));
  must(plane_.put_customers({customer("contoso", {})}));
  const CustomerId contoso("contoso");
  const auto entries = *plane_.audit_log_of(contoso, 9);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].number, 2);
  EXPECT_EQ(entries[0].detail, "contoso: both, now list");
  EXPECT_FALSE(entries[0].by_customer);
  EXPECT_EQ(entries[1].number, 1);
  EXPECT_EQ(plane_.audit_log_of(contoso, 1)->front().number, 2);
  EXPECT_EQ(plane_.audit_log_of(contoso, 9, 2)->front().number, 1);
  EXPECT_THAT(*plane_.audit_log_of(contoso, 9, 1), IsEmpty());
  EXPECT_THAT(*plane_.audit_log_of(CustomerId(), 9), IsEmpty()) << "what concerns nobody is the partner's";
}

TEST_F(AuditLogTest, IsReadByDaysWithTheHashBeforeEachEntry) {
  const auto read = [&](std::optional<Day> from, std::optional<Day> to) {
    std::vector<AuditEntry> entries;
    must(plane_.read_audit_log(from, to, [&entries](const AuditEntry& entry) {
      entries.push_back(entry);
      return ok();
    }));
    return entries;
  };
  const Day day = *Day::parse("2026-11-22");
  const auto entries = read(day, day);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].previous_hash, "");
  EXPECT_EQ(entries[1].previous_hash, entries[0].hash);
  EXPECT_EQ(read({}, {}).size(), 3u);
  EXPECT_THAT(read(day.plus_days(1), {}), IsEmpty());
  EXPECT_THAT(read({}, day.plus_days(-1)), IsEmpty());
}

TEST_F(ControlPlaneTest, AnErasedCustomerIsItsIdAlsoInLockedMonths) {
  const Import import = added_import(plane_.add_connection({.name = "acme"})->id);
  const CustomerId contoso("contoso");
  ASSERT_TRUE(plane_.put_customers({{contoso, "Zebra Ltd", "zebra-4711", {"t-1"}}, customer("fabrikam", {})}));
  ASSERT_TRUE(plane_.publish_month(new_charge_set(import), std::nullopt));
  ASSERT_TRUE(plane_.set_locked(import.connection, kOctober, true));
  EXPECT_EQ(*plane_.traces_of_customer(contoso), CustomerTraces{.is_named = true});

  const auto erased = plane_.erase_customer(contoso, "the contract ended");
  ASSERT_TRUE(erased) << erased.error().message();
  EXPECT_EQ(*erased, CustomerTraces{.is_named = true});
  EXPECT_EQ(*plane_.traces_of_customer(contoso), CustomerTraces());
  const Customer after = plane_.customers()->at(0);
  EXPECT_EQ(after.name, "contoso");
  EXPECT_EQ(after.external_id, "");
  EXPECT_THAT(after.tenant_ids, ElementsAre("t-1")) << "its charges name them";
  const auto names = *plane_.locked_customers(import.connection, kOctober);
  EXPECT_EQ(names.at(0).name, "contoso");
  EXPECT_EQ(names.at(1).name, "Name of fabrikam");
  EXPECT_EQ(plane_.audit_log(1)->front().detail, "contoso: the contract ended");
  EXPECT_THAT(*plane_.damages(PlaneCheck::kWhole), IsEmpty());
  for (const char* ending : {"", "-wal"}) {
    const auto bytes = read_file(file_.string() + ending);
    ASSERT_TRUE(bytes);
    EXPECT_THAT(*bytes, Not(HasSubstr("Zebra"))) << "not even in pages that nothing uses";
    EXPECT_THAT(*bytes, Not(HasSubstr("zebra-4711")));
  }
  EXPECT_EQ(plane_.erase_customer(CustomerId("nobody"), "x").error().id, ErrorId::kNoSuchCustomer);
}

TEST_F(ControlPlaneTest, AReaderSeesTheOldStateDuringAWrite) {
  ASSERT_TRUE(plane_.put_customers({customer("contoso", {"t-1"})}));
  auto reader = open_or_stop();
  auto writer = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(writer);
  auto writing = SqliteTransaction::begin_write(*writer);
  ASSERT_TRUE(writing && writer->execute("UPDATE customer SET name = 'new'; DELETE FROM customer_tenant"));
  EXPECT_EQ(reader.customers()->at(0).name, "Name of contoso");
  EXPECT_THAT(reader.customers()->at(0).tenant_ids, ElementsAre("t-1"));
  ASSERT_TRUE(writing->commit());
  EXPECT_EQ(reader.customers()->at(0).name, "new");
}

TEST_F(ControlPlaneTest, TwoWritersTakeTurns) {
  auto other = open_or_stop();
  std::set<std::int64_t> ids;
  for (int i = 0; i < 20; ++i) {
    ids.insert(plane_.next_import_id()->raw());
    ids.insert(other.next_import_id()->raw());
  }
  EXPECT_EQ(ids.size(), 40u);
  EXPECT_EQ(*ids.rbegin(), 40);
  EXPECT_EQ(plane_.next_charge_set_id()->raw(), 1);
  EXPECT_EQ(plane_.next_split_id()->raw(), 1);
}

TEST_F(ControlPlaneTest, ImportIdsEndBeforeTheyDoNotFitIntoARowId) {
  auto database = SqliteDatabase::open(file_, {});
  ASSERT_TRUE(database->execute("UPDATE counter SET last = 16777214"));
  EXPECT_EQ(plane_.next_import_id()->raw(), 16777215);
  EXPECT_THAT(plane_.next_import_id().error().message(), HasSubstr("used up its ids"));
  EXPECT_EQ(RowId(ImportId(16777215), 5).import(), ImportId(16777215));
}

TEST(ControlPlaneOpen, ManyProcessesMayMakeItAtOnce) {
  const TestFolder folder;
  const auto open = [&](int to_parent) {
    auto plane = ControlPlane::open(folder / "db", kClock, true);
    const auto id = plane ? plane->next_import_id() : Result<ImportId>(plane.error());
    write_to_parent(to_parent, id ? fmt::format("{}", id->raw()) : id.error().message());
  };
  TestChild first(open), second(open), third(open), fourth(open);
  std::vector<std::string> ids = {first.read_all(), second.read_all(), third.read_all(), fourth.read_all()};
  EXPECT_THAT(ids, testing::UnorderedElementsAre("1", "2", "3", "4"));
}

TEST_F(ControlPlaneTest, RemembersWhatAnImportCoversAndWhoHoldsItToo) {
  const Connection acme = *plane_.add_connection({.name = "acme", .allow_overlap = true});
  const Connection beta = *plane_.add_connection({.name = "beta"});
  EXPECT_TRUE(plane_.connection(acme.id)->allow_overlap);
  EXPECT_FALSE(plane_.connection(beta.id)->allow_overlap);
  Import known = new_import(acme.id);
  known.scope = "/providers/microsoft.billing/billingaccounts/1";
  known.marks = "told by the rows\n";
  known.overlaps = {{beta.id, "the same run is there"}};
  ASSERT_TRUE(plane_.add_import(known, {}));
  const Import read = *plane_.import(known.id);
  EXPECT_EQ(read.scope, known.scope);
  EXPECT_EQ(read.marks, known.marks);
  ASSERT_EQ(read.overlaps.size(), 1u);
  EXPECT_EQ(read.overlaps[0].connection, beta.id);
  EXPECT_EQ(read.overlaps[0].why, "the same run is there");

  const Import unknown = added_import(acme.id);
  ASSERT_TRUE(plane_.learn_scope(unknown.id, "/subscriptions/s"));
  ASSERT_TRUE(plane_.learn_scope(known.id, "/subscriptions/s"));
  EXPECT_EQ(plane_.import(unknown.id)->scope, "/subscriptions/s");
  EXPECT_EQ(plane_.import(known.id)->scope, known.scope) << "what is known stays";
}

TEST(ControlPlaneOpen, DoesNotTakeNothingNewForNoData) {
  const TestFolder folder;
  constexpr std::size_t kBeforeScopes = 5;
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, control_plane_migrations().first(kBeforeScopes)));
    ASSERT_TRUE(old->execute(R"(
      INSERT INTO connection (id, name, mend, allow_retail_prices) VALUES (1, 'acme', 1, 0);
      INSERT INTO backfill_step VALUES
        (1, 'e', '2026-10', 'no-data', '', '', 'nothing new since the last run: Azure wrote no files'),
        (1, 'e', '2026-09', 'no-data', '', '', 'Azure has no data for the period'))"));
  }
  ASSERT_TRUE(ControlPlane::open(folder / "db", kClock, false));
  auto database = SqliteDatabase::open(folder / "db", {});
  ASSERT_TRUE(database);
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM backfill_step WHERE state = 'nothing-new'"), 1);
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM backfill_step WHERE state = 'no-data'"), 1);
}

TEST(ControlPlaneOpen, KnowsWhichLossesWereTakenOnPurpose) {
  const TestFolder folder;
  constexpr std::size_t kBeforeAcceptedLosses = 11;
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, control_plane_migrations().first(kBeforeAcceptedLosses)));
    ASSERT_TRUE(old->execute(R"(
      INSERT INTO connection (id, name, mend, allow_retail_prices) VALUES (1, 'acme', 1, 0);
      UPDATE counter SET last = 9;
      INSERT INTO charge_set (id, connection_id, month, timing_rows, notes, published_at) VALUES
        (1, 1, '2026-10', 0, '', ''), (2, 1, '2026-10', 0, '', ''), (3, 1, '2026-09', 0, '', ''),
        (4, 1, '2026-10', 0, '', ''), (5, 1, '2026-10', 0, '', '');
      INSERT INTO split (id, charge_set_id, rules_effective, notes, published_at) VALUES (1, 2, '', '', '');
      INSERT INTO held_charges VALUES (2, 1, 'shrunk', 'half of it is gone', '', 'accepted', '', '', 'a reason'))"));
  }
  const auto plane = ControlPlane::open(folder / "db", kClock, false);
  ASSERT_TRUE(plane) << plane.error().message();
  const auto loss = [&plane](std::int64_t id) { return plane->charge_set(ChargeSetId(id))->accepted_loss; };
  EXPECT_EQ(loss(4), "half of it is gone") << "the first charges that were published after";
  for (const std::int64_t other : {1, 2, 3, 5}) EXPECT_EQ(loss(other), "");
}

TEST(ControlPlaneOpen, BringsTheVersionBeforeUpToDate) {
  const TestFolder folder;
  const auto migrations = control_plane_migrations();
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, migrations.first(migrations.size() - 1)));
    ASSERT_TRUE(old->execute("INSERT INTO connection (name, mend, allow_retail_prices) VALUES ('acme', 1, 0)"));
  }
  auto plane = ControlPlane::open(folder / "db", kClock, false);
  ASSERT_TRUE(plane) << plane.error().message();
  EXPECT_TRUE(plane->connection_named("acme"));
  EXPECT_THAT(*plane->audit_log(), IsEmpty());
  EXPECT_TRUE(plane->add_connection({.name = "b"}));
  EXPECT_EQ(plane->audit_log()->size(), 1u);
}

TEST(ControlPlaneOpen, KeepsTheFilesOfImportsAndSplitsWhenItRewritesTheirTables) {
  const TestFolder folder;
  constexpr std::size_t kBeforeCommitments = 2;
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, control_plane_migrations().first(kBeforeCommitments)));
    ASSERT_TRUE(old->execute(R"(
      INSERT INTO connection (id, name, mend, allow_retail_prices) VALUES (1, 'acme', 1, 0);
      INSERT INTO import VALUES (1, 1, 'ActualCost', '2026-10', 'r', 'h', 's', '', '2026-10-01', '2026-10-31', 1, 'MPA',
        1, 1, 0, '', '', '');
      INSERT INTO import_file VALUES (1, 0, 'charges/a.parquet', 1, 10, 'charges');
      INSERT INTO charge_set VALUES (1, 1, '2026-10', 0, '', '');
      INSERT INTO split (id, charge_set_id, rules_effective, notes, published_at) VALUES (1, 1, '', '', '');
      INSERT INTO split_file VALUES (1, 'share', 0, 'assignments/b.parquet', 2, 20))"));
  }
  auto plane = ControlPlane::open(folder / "db", kClock, false);
  ASSERT_TRUE(plane) << plane.error().message();
  const auto files = plane->known_lake_files();
  ASSERT_TRUE(files && files->size() == 2u);
  EXPECT_EQ(files->at(0).path, "assignments/b.parquet");
  EXPECT_EQ(files->at(1).path, "charges/a.parquet");
  EXPECT_EQ(files->at(1).bytes, 10);
  EXPECT_EQ(files->at(1).content_hash, "");
  const auto split = plane->split(SplitId(1));
  ASSERT_TRUE(split) << split.error().message();
  EXPECT_EQ(split->share_files.at(0).rows, 2);
  EXPECT_TRUE(split->move_files.empty());
  EXPECT_TRUE(split->documents.empty());
}

TEST(ControlPlaneOpen, BringsDocumentsSecretsLocksAndTheAuditLogUpToDate) {
  const TestFolder folder;
  constexpr std::size_t kBeforeDocuments = 4;
  {
    auto old = SqliteDatabase::open(folder / "db", {.create = true});
    ASSERT_TRUE(old && bring_up_to_date(*old, control_plane_migrations().first(kBeforeDocuments)));
    ASSERT_TRUE(old->execute(R"(
      INSERT INTO connection (id, name, mend, allow_retail_prices) VALUES (1, 'acme', 1, 0);
      INSERT INTO customer VALUES ('contoso', 'Contoso', '');
      INSERT INTO rule_list (yaml, applied_at) VALUES ('one', 'a'), ('two', 'b');
      INSERT INTO commitment_policy (yaml, applied_at) VALUES ('policy', 'c');
      INSERT INTO charge_set VALUES (1, 1, '2026-10', 0, '', '');
      INSERT INTO split VALUES (1, 1, 2, '2026-01', 'fine', '', 1), (2, 1, NULL, '', '', '', NULL);
      INSERT INTO split_rule_name VALUES (1, 0, 'rule');
      INSERT INTO bill_month VALUES (1, '2026-10', 1, 1, 1);
      INSERT INTO sealed_secret VALUES ('connection:acme', 'sas', 'sealed', '2026-12-01'),
        ('connection:gone', 'sas', 'left over', ''), ('alert:mail', 'password', 'kept', '');
      INSERT INTO audit_log (at, what, detail) VALUES ('t1', 'a', 'b'), ('t2', 'c', 'd'))"));
  }
  auto plane = ControlPlane::open(folder / "db", kClock, false);
  ASSERT_TRUE(plane) << plane.error().message();
  EXPECT_EQ((*plane->current_document(DocumentKind::kRules))->text, "two");
  EXPECT_EQ(plane->document_history(DocumentKind::kRules)->back().applied_at, "a");
  const Split split = *plane->split(SplitId(1));
  EXPECT_EQ(split.version_of(DocumentKind::kRules), DocumentVersion(2));
  EXPECT_EQ(split.version_of(DocumentKind::kCommitmentPolicies), DocumentVersion(1));
  EXPECT_EQ(split.rules_effective, "2026-01");
  EXPECT_THAT(plane->rule_names(SplitId(1)).value(), ElementsAre("rule"));
  EXPECT_TRUE(plane->split(SplitId(2))->documents.empty());
  const BillMonth month = **plane->bill_month(ConnectionId(1), kOctober);
  EXPECT_TRUE(month.locked);
  EXPECT_FALSE(month.needs_split);
  EXPECT_EQ(plane->locked_customers(ConnectionId(1), kOctober)->at(0).name, "Contoso");
  const AzureCatalog catalog = AzureCatalog::of(*plane);
  const auto secrets = *catalog.secrets(ConnectionId(1));
  ASSERT_EQ(secrets.size(), 1u);
  EXPECT_EQ(secrets[0].owner, "connection:acme");  // what the seal names
  EXPECT_EQ(secrets[0].sealed, "sealed");
  EXPECT_THAT(*catalog.owned_secrets("connection:gone"), testing::IsEmpty());
  EXPECT_EQ(catalog.owned_secrets("alert:mail")->size(), 1u);
  ASSERT_TRUE(plane->add_document(DocumentKind::kRules, "three"));
  EXPECT_EQ((*plane->current_document(DocumentKind::kRules))->version.raw(), 3);
  EXPECT_EQ(plane->audit_log()->at(2).what, "a");
  EXPECT_EQ(plane->audit_log()->at(2).address, std::nullopt) << "it was not recorded then";
  EXPECT_EQ(plane->verify_audit_log()->entries, 3);
  EXPECT_TRUE(plane->verify_audit_log()->holds());
}

TEST(ControlPlaneOpen, RefusesAFileOfANewerProgram) {
  const TestFolder folder;
  ASSERT_TRUE(ControlPlane::open(folder / "db", kClock, true));
  ASSERT_TRUE(SqliteDatabase::open(folder / "db", {})->execute("PRAGMA user_version = 99"));
  const auto plane = ControlPlane::open(folder / "db", kClock, true);
  ASSERT_FALSE(plane);
  EXPECT_THAT(plane.error().message(), AllOf(HasSubstr("a newer apportion wrote this home"), HasSubstr("version 99")));
}

TEST(ControlPlaneOpen, RefusesWhatIsNoControlPlane) {
  const TestFolder folder;
  const auto none = ControlPlane::open(folder / "none", kClock, false);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().next, HasSubstr(step(Step::kCreateHome)));
  EXPECT_FALSE(ControlPlane::open(folder / "no folder/db", kClock, true));

  std::ofstream(folder / "text") << std::string(5000, 'x');
  const auto text = ControlPlane::open(folder / "text", kClock, false);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().id, ErrorId::kControlPlaneNotADatabase);
  EXPECT_THAT(text.error().message(), HasSubstr("not a database"));
  EXPECT_FALSE(ControlPlane::open(folder.path(), kClock, false));
}

TEST(ControlPlaneOpen, SaysThatTheFileIsDamaged) {
  const TestFolder folder;
  {
    auto plane = ControlPlane::open(folder / "db", kClock, true);
    ASSERT_TRUE(plane && plane->add_connection({.name = "acme"}));
  }
  {
    std::fstream file(folder / "db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(8000, '\x7f');
  }
  const auto plane = ControlPlane::open(folder / "db", kClock, false);
  ASSERT_FALSE(plane);
  EXPECT_EQ(plane.error().id, ErrorId::kControlPlaneDamaged);
  EXPECT_THAT(plane.error().next, HasSubstr("backup"));
}

TEST(ControlPlaneOpen, SaysThatAValueIsNotOurs) {
  const TestFolder folder;
  auto plane = ControlPlane::open(folder / "db", kClock, true);
  Import import;
  import.connection = plane->add_connection({.name = "acme"})->id;
  import.id = *plane->next_import_id();
  ASSERT_TRUE(plane->add_import(import, {}));
  ASSERT_TRUE(SqliteDatabase::open(folder / "db", {})->execute("UPDATE import SET first_day = '2026-02-30'"));
  const auto read = plane->import(import.id);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("column first_day holds `2026-02-30`"));
}

// A child publishes month after month and tells each id it got; it is killed at a random moment, over and over.
class Crashes : public ::testing::Test {
 protected:
  void publish_until_killed(int to_parent) const {
    auto plane = ControlPlane::open(file_, kClock, false);
    if (!plane) return;
    const auto connection = plane->connection_named("acme")->id;
    for (;;) {
      Import import;
      import.connection = connection;
      import.month = kOctober;
      import.id = *plane->next_import_id();
      write_to_parent(to_parent, fmt::format("import {}\n", import.id.raw()));
      import.files = {{ {fmt::format("import={}", import.id.raw()), 1, 1}, "charges" }};
      if (!plane->add_import(import, {{"f", 1, "c", "v", "r"}})) return;
      const auto set = *plane->next_charge_set_id();
      write_to_parent(to_parent, fmt::format("charge_set {}\n", set.raw()));
      const auto split = next_split(*plane, set, to_parent);
      if (!plane->publish_month(
              {set, connection, kOctober, {import.id}, {{fmt::format("set={}", set.raw()), 1, 1}}, 0, ""}, split)) {
        return;
      }
      if (!plane->publish_split(next_split(*plane, set, to_parent))) return;
    }
  }

  static Split next_split(ControlPlane& plane, ChargeSetId set, int to_parent) {
    Split split;
    split.id = *plane.next_split_id();
    write_to_parent(to_parent, fmt::format("split {}\n", split.id.raw()));
    split.charge_set = set;
    split.direct_files = {{fmt::format("split={}", split.id.raw()), 1, 1}};
    split.rule_names = {"one", "two"};
    return split;
  }

  // Every id told must be new; a number cut off by the kill is not looked at.
  void take_ids(const std::string& told) {
    std::istringstream lines(told);
    std::string line;
    while (std::getline(lines, line) && !lines.eof())
      EXPECT_TRUE(ids_.insert(line).second) << line << " was given twice";
  }

  void expect_whole_state(const ControlPlane& plane) const {
    const auto months = plane.bill_months();
    ASSERT_TRUE(months);
    for (const BillMonth& month : *months) {
      if (!month.charge_set) continue;
      const auto set = plane.charge_set(*month.charge_set);
      ASSERT_TRUE(set && month.split) << "a month is published with its split";
      EXPECT_EQ(set->files.size(), 1u);
      EXPECT_EQ(plane.import(set->imports.at(0))->files.size(), 1u);
      EXPECT_EQ(plane.rejects(set->imports.at(0))->size(), 1u);
      const auto split = plane.split(*month.split);
      ASSERT_TRUE(split);
      EXPECT_EQ(split->charge_set, set->id);
      EXPECT_EQ(split->direct_files.size(), 1u);
      EXPECT_EQ(plane.rule_names(split->id)->size(), 2u);
      EXPECT_EQ((*plane.latest_split_of(set->id))->id, split->id);
      EXPECT_EQ(plane.charge_sets(month.connection, month.month)->front().id, set->id);
    }
  }

  const TestFolder folder_;
  const std::filesystem::path file_ = folder_ / "db";
  std::set<std::string> ids_;
};

TEST_F(Crashes, LeaveTheOldOrTheNewStateAndNoIdTwice) {
  {
    auto plane = ControlPlane::open(file_, kClock, true);
    ASSERT_TRUE(plane && plane->add_connection({.name = "acme"}));
  }
  for (const std::uint64_t seed : test_seeds(25)) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(static_cast<unsigned>(seed));
    TestChild child([this](int to_parent) { publish_until_killed(to_parent); });
    std::string told = child.read(1 + random() % 400);
    ASSERT_FALSE(told.empty()) << "the child got no id";
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3'000));
    child.kill_now();
    told += child.read_all();
    take_ids(told);
    auto plane = ControlPlane::open(file_, kClock, false);
    ASSERT_TRUE(plane) << plane.error().message();
    expect_whole_state(*plane);
  }
  EXPECT_GT(ids_.size(), 100u);
}

}  // namespace
}  // namespace apportion
