// Every query, asked as a customer: no answer holds what belongs to another customer or to the partner. The planted
// words are looked for in everything that comes back. tests/structure keeps the table of queries complete.
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/model/charge_columns.h"
#include "query/amount_changes.h"
#include "query/change_report.h"
#include "query/charge_rows.h"
#include "query/commitment_report.h"
#include "query/cost_answer.h"
#include "query/cost_values.h"
#include "query/distributor_costs.h"
#include "query/explain.h"
#include "query/focus_dataset.h"
#include "query/imported_invoices.h"
#include "query/invoice_charges.h"
#include "query/invoice_proof.h"
#include "query/invoice_totals.h"
#include "query/invoiced_months.h"
#include "query/legacy.h"
#include "query/line_changes.h"
#include "query/migration.h"
#include "query/month_coverage.h"
#include "query/months_in_scope.h"
#include "query/months_report.h"
#include "query/named_relations.h"
#include "query/proof.h"
#include "query/question.h"
#include "query/reconciliation.h"
#include "query/report_test_support.h"
#include "query/twice_counted.h"

namespace apportion {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kForeign = "of-fabrikam";    // in fabrikam's rows and name
constexpr const char* kSecret = "of-the-partner";  // in columns that the partner alone may see

// A charge with a word in each text column: the owner's, or the partner's where nobody else may see it.
TestCharge planted(const std::string& owner, const std::string& tenant, const std::string& amount) {
  TestCharge charge{{"BilledCost", amount}, {"EffectiveCost", amount}, {"ListCost", amount}};
  for (const ChargeColumn& column : charge_columns()) {
    if (column.type != ColumnType::kText || column.name == "BillingCurrency" || column.name == "ChargeCategory")
      continue;
    const bool is_secret = column.audience == Audience::kPartner;
    charge.emplace(column.name, is_secret ? kSecret : "of-" + owner);
  }
  charge["x_BillSource"] = "acme";
  charge["x_CustomerTenantId"] = tenant;
  charge["ServiceName"] = "Storage";
  charge["Tags"] = "{\"who\":\"of-" + owner + "\"}";
  return charge;
}

class IsolationTest : public ::testing::Test {
 protected:
  IsolationTest() {
    EXPECT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Contoso", "", {"tenant-c"}},
                                                     {CustomerId("fabrikam"), kForeign, kForeign, {"tenant-f"}}}));
    publish("3");
    publish("4");
  }

  void publish(const std::string& amount) {
    const Import import = lake_.add_import(
        {.dataset = Dataset::kFocusCost,
         .charges = {planted("contoso", "tenant-c", amount), planted("fabrikam", "tenant-f", "100"), shared()}});
    const auto row = [&](std::int64_t ordinal) { return TestLake::row_of(import, ordinal); };
    lake_.split(lake_.publish({import}), {{row(0), "contoso", 1},
                                          {row(1), "fabrikam", 2},
                                          {row(2), "contoso", 2, "1", "1"},
                                          {row(2), "fabrikam", 2, "9", "9"}});
  }

  // It lies in fabrikam's tenant. Columns that show in such rows say what service it is.
  static TestCharge shared() {
    TestCharge charge = planted("fabrikam", "tenant-f", "10");
    for (const ChargeColumn& column : charge_columns()) {
      if (column.foreign_rows == ForeignRows::kShown && column.type == ColumnType::kText &&
          column.name != "BillingCurrency" && column.name != "ChargeCategory")
        charge[std::string(column.name)] = "a service";
    }
    return charge;
  }

  static ReadScope contoso(Audience audience) { return {audience, std::set{CustomerId("contoso")}, {}, {}}; }

  Result<Table> costs(Audience audience, const CostReportRequest& request) {
    return cost_report(lake_.reader(), contoso(audience), request);
  }

  TestLake lake_;
};

std::string all_of(const Table& table) {
  std::string text;
  for (const TableColumn& column : table.columns) text += column.name + "|";
  for (const std::string& line : lines_of(table)) text += line + "\n";
  for (const std::string& notice : table.notices) text += notice + "\n";
  return text;
}

constexpr Audience kCustomerAudiences[] = {Audience::kListView, Audience::kCostView, Audience::kBothViews};

// What a query answered, as one text.
using Answer = Result<std::string>;

// A query of this module as a customer may reach it. tests/structure/isolation.py holds the table against the headers.
struct IsolatedQuery {
  std::string_view name;
  bool is_for_customers;  // Else everybody but the partner is refused.
  std::function<Answer(TestLake&, const ReadScope&)> ask;
};

template <class Result>
Answer only_whether(const Result& result) {
  if (!result) return result.error();
  return std::string();
}

Answer text_of(const Result<Table>& table) {
  if (!table) return table.error();
  return all_of(*table);
}

Answer text_of(const Result<std::vector<std::string>>& lines) {
  if (!lines) return lines.error();
  return fmt::format("{}", fmt::join(*lines, "\n"));
}

const Day kToday = *Day::parse("2026-12-20");

PublishedMonth october(TestLake& lake) {
  return published_months(lake.control_plane(), ReadScope::of_partner())->at(0);
}

Answer compared_lines(TestLake& lake, const ReadScope& scope) {
  PublishedMonth before = october(lake);
  before.charge_set = *lake.control_plane().charge_set(ChargeSetId(1));
  before.split = *lake.control_plane().split(SplitId(1));
  APPORTION_TRY(compare_lines(lake.reader(), {scope, {before}, {october(lake)}}));
  APPORTION_ASSIGN(const auto columns, lake.engine().column_names("line_changes"));
  std::string text = fmt::format("{}", fmt::join(columns, "|"));
  APPORTION_TRY(lake.engine().query("SELECT ResourceId, CustomerId, SubAccountName FROM line_changes", {},
                                    [&text](const EngineRow& row) {
                                      for (const std::size_t i : {0, 1, 2}) text += "|" + std::string(row.text(i));
                                      return ok();
                                    }));
  return text;
}

// The whole file: its columns, rows, and what it says of itself.
Answer focus_file(TestLake& lake, const ReadScope& scope, CustomerView view) {
  APPORTION_ASSIGN(FocusDataset dataset, FocusDataset::open(lake.reader(), {.scope = scope, .view = view}));
  Table table;
  table.columns = dataset.columns();
  APPORTION_TRY(dataset.visit([&table](const std::vector<TableCell>& row) {
    table.rows.push_back(row);
    return ok();
  }));
  std::string text = all_of(table);
  for (const FocusTotals& totals : dataset.totals()) {
    for (const FocusSum& sum : totals.costs)
      text += fmt::format("|{}|{}", sum.known.to_string(), sum.billed_of_unknown.value_or(Decimal()).to_string());
  }
  return text;
}

// With each view that the audience may have.
Answer focus_files(TestLake& lake, const ReadScope& scope) {
  std::string text;
  for (const CustomerView view : kCustomerViews) {
    const Answer file = focus_file(lake, scope, view);
    const bool is_refused = !file && file.error().kind() == ErrorKind::kForbidden;
    EXPECT_TRUE(!is_refused || !scope.customers || !may_see(scope.audience, audience_of(view)))
        << customer_view_name(view);
    if (is_refused && scope.customers && !may_see(scope.audience, audience_of(view))) continue;
    if (!file) return file.error();
    text += *file;
  }
  return text;
}

const std::vector<IsolatedQuery>& queries() {
  static const std::vector<IsolatedQuery> all{
      {"cost_report", true,
       [](TestLake& lake, const ReadScope& scope) {
         return text_of(
             cost_report(lake.reader(), scope,
                         {.by = {"CustomerId", "CustomerName", "ResourceId", "tag.who"}, .metrics = {}, .where = {}}));
       }},
      {"sum_costs", true,
       [](TestLake& lake, const ReadScope& scope) -> Answer {
         APPORTION_ASSIGN(const SummedCosts costs,
                          sum_costs(lake.reader(), scope,
                                    {.by = {"CustomerName", "SubAccountName", "x_ResourceGroupName", "ServiceName"},
                                     .metrics = {},
                                     .where = {}}));
         EXPECT_EQ(costs.source, CostSource::kCubes);
         return all_of(costs.table);
       }},
      {"charge_rows", true,
       [](TestLake& lake, const ReadScope& scope) { return text_of(charge_rows(lake.reader(), scope, {})); }},
      {"cost_values", true,
       [](TestLake& lake, const ReadScope& scope) {
         return text_of(cost_values(lake.reader(), scope, {.column = "ResourceId"}));
       }},
      {"answer_costs", true,
       [](TestLake& lake, const ReadScope& scope) -> Answer {
         APPORTION_ASSIGN(const CostAnswer answer,
                          answer_costs(lake.reader(), scope, kToday,
                                       {.report = {.by = {"CustomerName"}, .metrics = {}, .where = {}}}));
         return fmt::format("{}{}{}", all_of(answer.table), fmt::join(answer.holes, "\n"), answer.data_as_of);
       }},
      {"month_coverage", true,
       [](TestLake& lake, const ReadScope& scope) -> Answer {
         APPORTION_ASSIGN(const MonthCoverage coverage, month_coverage(lake.control_plane(), scope, kToday));
         return fmt::format("{}{}{}", fmt::join(coverage.holes, "\n"), coverage.data_as_of, coverage.states.size());
       }},
      {"FocusDataset::open", true, focus_files},
      {"change_report", true,
       [](TestLake& lake, const ReadScope& scope) { return text_of(change_report(lake.reader(), {.scope = scope})); }},
      {"compare_lines", true, compared_lines},
      {"costs_that_count_twice", true,
       [](TestLake& lake, const ReadScope& scope) {
         return text_of(costs_that_count_twice(lake.control_plane(), scope));
       }},
      {"check_months_in_scope", true,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(check_months_in_scope(lake.control_plane(), scope));
       }},
      {"prove", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(prove(lake.reader(), scope, kToday)); }},
      {"imported_invoice_lines", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(imported_invoice_lines(lake.reader(), scope, {}, {}));
       }},
      {"imports_of_invoices", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(imports_of_invoices(lake.control_plane(), scope, {}));
       }},
      {"prove_invoices", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(prove_invoices(lake.reader(), scope, {})); }},
      {"invoiced_months", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(invoiced_months(lake.reader(), scope, {}, {}));
       }},
      {"compare_invoices", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(compare_invoices(lake.reader(), scope, {}, {}));
       }},
      {"charges_of_invoices", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(charges_of_invoices(lake.reader(), scope)); }},
      {"lines_of_imports", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(lines_of_imports(lake.reader(), scope, {})); }},
      {"invoice_totals", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(invoice_totals(lake.reader(), scope, {}, {}));
       }},
      {"reconcile", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(reconcile(lake.reader(), scope, {})); }},
      {"imports_of_lines", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(imports_of_lines(lake.control_plane(), scope));
       }},
      {"legacy_lines", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(legacy_lines(lake.reader(), scope, {})); }},
      {"legacy_customers", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(legacy_customers(lake.reader(), scope, {})); }},
      {"compare_with_legacy", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(compare_with_legacy(lake.reader(), scope, {}));
       }},
      {"distributor_costs", false,
       [](TestLake& lake, const ReadScope& scope) { return only_whether(distributor_costs(lake.reader(), scope)); }},
      {"explain_row", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(explain_row(lake.reader(), scope, RowId::from_stored(0)));
       }},
      {"explain_customer", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(explain_customer(lake.reader(), scope, CustomerId("contoso")));
       }},
      {"rule_names_of", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(rule_names_of(lake.control_plane(), scope, october(lake).split));
       }},
      {"assigned_parts", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(assigned_parts(lake.reader(), scope, october(lake)));
       }},
      {"months_report", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(months_report(lake.control_plane(), scope, kToday));
       }},
      {"CommitmentView::open", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(CommitmentView::open(lake.reader(), scope, kToday));
       }},
      {"open_named_relations", false,
       [](TestLake& lake, const ReadScope& scope) {
         return only_whether(open_named_relations(lake.reader(), scope, kToday));
       }},
      {"open_for_questions", false, [](TestLake& lake, const ReadScope& scope) {
         return only_whether(open_for_questions(lake.reader(), scope, kToday));
       }}};
  return all;
}

TEST_F(IsolationTest, EveryQueryTellsACustomerItsOwnOrNothing) {
  for (const IsolatedQuery& query : queries()) {
    for (const Audience audience : kCustomerAudiences) {
      const Answer answer = query.ask(lake_, contoso(audience));
      ASSERT_EQ(answer.has_value(), query.is_for_customers) << query.name << (answer ? "" : answer.error().message());
      if (!answer) {
        EXPECT_EQ(answer.error().kind(), ErrorKind::kForbidden) << query.name;
        continue;
      }
      for (const char* word : {"fabrikam", kSecret, "acme"}) EXPECT_THAT(*answer, Not(HasSubstr(word))) << query.name;
    }
  }
}

TEST_F(IsolationTest, EveryQueryTellsNobodyNothing) {
  for (const IsolatedQuery& query : queries()) {
    const Answer of_nobody = query.ask(lake_, ReadScope{});
    if (of_nobody) {
      EXPECT_THAT(query.name, AnyOf("costs_that_count_twice", "month_coverage"));
      EXPECT_THAT(*of_nobody, AnyOf("", "0"));
    } else {
      EXPECT_EQ(of_nobody.error().kind(), ErrorKind::kForbidden) << query.name;
    }
    const ReadScope of_no_customer{Audience::kCostView, std::set<CustomerId>(), {}, {}};
    const Answer empty = query.ask(lake_, of_no_customer);
    if (!empty) continue;
    EXPECT_THAT(*empty, AllOf(Not(HasSubstr("contoso")), Not(HasSubstr("fabrikam")))) << query.name;
  }
}

TEST_F(IsolationTest, ChosenChargeSetsAreThePartners) {
  for (const Audience audience : kCustomerAudiences) {
    const auto chosen =
        change_report(lake_.reader(), {.scope = contoso(audience), .before = ChargeSetId(1), .after = ChargeSetId(2)});
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().kind(), ErrorKind::kForbidden);
  }
}

// Names of the columns that an audience may see, as many together as one question takes; of those that it may not, each
// by itself.
std::vector<std::vector<std::string>> columns_to_ask_for(Audience audience, bool are_seen) {
  const std::size_t together = are_seen ? 10 : 1;
  std::vector<std::vector<std::string>> questions;
  for (const ChargeColumn& column : charge_columns()) {
    if (may_see(audience, column.audience) != are_seen) continue;
    if (questions.empty() || questions.back().size() == together) questions.emplace_back();
    questions.back().emplace_back(column.name);
  }
  return questions;
}

std::vector<CostFilter> without_value(const std::vector<std::string>& columns) {
  std::vector<CostFilter> filters;
  for (const std::string& column : columns) filters.push_back({column, {""}});
  return filters;
}

TEST_F(IsolationTest, TheCostReportShowsOwnRowsAndTheColumnsOfTheAudience) {
  for (const Audience audience : kCustomerAudiences) {
    for (const auto& names : columns_to_ask_for(audience, true)) {
      const auto by = costs(audience, {.by = names, .metrics = {}, .where = {}});
      ASSERT_TRUE(by) << by.error().message();
      EXPECT_THAT(all_of(*by), Not(HasSubstr(kForeign))) << names.front();
      EXPECT_THAT(all_of(*by), Not(HasSubstr(kSecret))) << names.front();
      const auto where = costs(audience, {.by = {}, .metrics = {}, .where = without_value(names)});
      ASSERT_TRUE(where) << where.error().message();
    }
    for (const auto& name : columns_to_ask_for(audience, false)) {
      const auto by = costs(audience, {.by = name, .metrics = {}, .where = {}});
      ASSERT_FALSE(by) << name.front();
      EXPECT_EQ(by.error().id, ErrorId::kNoSuchColumn) << name.front();
      EXPECT_FALSE(costs(audience, {.by = {}, .metrics = {}, .where = without_value(name)})) << name.front();
    }
    for (const char* name : {"CustomerId", "CustomerName", "CustomerExternalId", "Month", "tag.who"}) {
      const auto table = costs(audience, {.by = {name}, .metrics = {}, .where = {}});
      ASSERT_TRUE(table) << name;
      EXPECT_THAT(all_of(*table), Not(HasSubstr("fabrikam"))) << name;
    }
    EXPECT_THAT(costs(audience, {.by = {}, .metrics = {}, .where = {{"CustomerId", {"fabrikam"}}}})->rows, IsEmpty());
  }
  EXPECT_FALSE(costs(Audience::kListView, {.by = {}, .metrics = {"BilledCost"}, .where = {}}));
  EXPECT_THAT(lines_of(*costs(Audience::kCostView, {.by = {"CustomerName"}, .metrics = {"BilledCost"}, .where = {}})),
              ElementsAre("Contoso|5"));
}

TEST_F(IsolationTest, AViewHasItsCostsOnly) {
  struct View {
    Audience audience;
    std::vector<const char*> shown;
    std::vector<const char*> hidden;
  };
  for (const View& view :
       {View{Audience::kListView, {"ListCost", "x_PayGPrice"}, {"BilledCost", "EffectiveCost", "ContractedCost"}},
        View{Audience::kCostView,
             {"BilledCost", "EffectiveCost", "x_EffectiveUnitPrice"},
             {"ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice", "x_UnitPrice", "x_ListCostInUsd"}},
        View{Audience::kBothViews, {"ListCost", "BilledCost", "EffectiveCost", "ContractedCost", "x_UnitPrice"}, {}}}) {
    for (const bool from_charges : {false, true}) {
      const auto table = costs(view.audience, {.by = {"BillingCurrency"}, .from_charges = from_charges});
      ASSERT_TRUE(table) << table.error().message();
      const auto rows = charge_rows(lake_.reader(), contoso(view.audience), {});
      ASSERT_TRUE(rows) << rows.error().message();
      for (const char* name : view.hidden) {
        EXPECT_THAT(all_of(*table), Not(HasSubstr(name)));
        EXPECT_THAT(all_of(*rows), Not(HasSubstr(name)));
        EXPECT_FALSE(costs(view.audience, {.by = {name}, .from_charges = from_charges})) << name;
        EXPECT_FALSE(charge_rows(lake_.reader(), contoso(view.audience), {.columns = {name}})) << name;
      }
      for (const char* name : view.shown)
        EXPECT_TRUE(charge_rows(lake_.reader(), contoso(view.audience), {.columns = {name}})) << name;
    }
  }
}

TEST_F(IsolationTest, AFocusFileShowsTheCostsOfItsViewOnly) {
  TestCharge charge = planted("contoso", "tenant-c", "1111");
  charge["EffectiveCost"] = "2222";
  charge["ListCost"] = "3333";
  charge["ContractedCost"] = "4444";
  charge["ListUnitPrice"] = "5555";
  charge["ContractedUnitPrice"] = "6666";
  charge["x_PartnerCreditRate"] = "0.7777";
  const Import import = lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {charge}});
  lake_.split(lake_.publish({import}), {{TestLake::row_of(import, 0), "contoso", 1}});
  struct Shown {
    CustomerView view;
    std::vector<std::string> hidden;
    std::vector<std::string> shown;
  };
  for (const Shown& expected : {Shown{CustomerView::kList, {"1111", "2222", "4444", "6666"}, {"3333", "5555"}},
                                Shown{CustomerView::kCost, {"3333", "4444", "5555", "6666"}, {"1111", "2222"}},
                                Shown{CustomerView::kBoth, {}, {"1111", "2222", "3333", "4444", "5555", "6666"}}}) {
    const Answer file = focus_file(lake_, contoso(audience_of(expected.view)), expected.view);
    ASSERT_TRUE(file) << file.error().message();
    for (const std::string& amount : expected.hidden) EXPECT_THAT(*file, Not(HasSubstr(amount)));
    for (const std::string& amount : expected.shown) EXPECT_THAT(*file, HasSubstr(amount));
    for (const char* word : {kForeign, kSecret, "acme", "0.7777"}) EXPECT_THAT(*file, Not(HasSubstr(word)));
  }
}

TEST_F(IsolationTest, AShareInAForeignTenantShowsTheServiceOnly) {
  const auto table = costs(Audience::kCostView,
                           {.by = {"ServiceName", "ResourceId", "tag.who"}, .metrics = {"BilledCost"}, .where = {}});
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(lines_of(*table), ElementsAre("Storage|of-contoso|of-contoso|4", "a service|||1"));
}

TEST_F(IsolationTest, ATenantIsForeignOnDaysOnWhichAnotherHasIt) {
  const auto shown = [&](const char* from) {
    const Customer owner{CustomerId("contoso"), "Contoso", "", {"tenant-c"}, {{"tenant-f", *Day::parse(from)}}};
    EXPECT_TRUE(lake_.control_plane().put_customers({owner}));
    const auto table =
        costs(Audience::kCostView, {.by = {"ServiceName", "ResourceId"}, .metrics = {"BilledCost"}, .where = {}});
    return table ? lines_of(*table) : std::vector<std::string>{table.error().message()};
  };
  EXPECT_THAT(shown("2020-01-01"), ElementsAre("Storage|of-contoso|4", "a service|of-fabrikam|1"));
  EXPECT_THAT(shown("2090-01-01"), ElementsAre("Storage|of-contoso|4", "a service||1"));
}

TEST_F(IsolationTest, TheChangeReportShowsOwnRows) {
  for (const Audience audience : kCustomerAudiences) {
    const auto table = change_report(lake_.reader(), {.scope = contoso(audience)});
    ASSERT_TRUE(table) << table.error().message();
    EXPECT_THAT(table->rows, SizeIs(1));
    EXPECT_THAT(all_of(*table), Not(HasSubstr("fabrikam")));
    EXPECT_THAT(all_of(*table), Not(HasSubstr("acme")));
    EXPECT_EQ(all_of(*table).find("BilledCost") != std::string::npos, audience != Audience::kListView);
  }
}

TEST_F(IsolationTest, WhatIsCarriedIsOfItsCustomer) {
  ControlPlane& control_plane = lake_.control_plane();
  ASSERT_TRUE(control_plane.set_locked(lake_.connection().id, *Month::parse("2026-10"), true));
  const Import november = lake_.add_import(
      {.dataset = Dataset::kFocusCost, .charges = {planted("contoso", "tenant-c", "1")}, .month = "2026-11"});
  lake_.split(lake_.publish({november}), {{TestLake::row_of(november, 0), "contoso", 1}});
  const Import late =
      lake_.add_import({.dataset = Dataset::kFocusCost, .charges = {planted("contoso", "tenant-c", "7")}});
  lake_.carry(lake_.hold({late}, {"contoso"}), "2026-11",
              {{"contoso", planted("contoso", "tenant-c", "3")}, {"fabrikam", planted("fabrikam", "tenant-f", "97")}});
  const auto own =
      costs(Audience::kCostView, {.by = {"Month", "x_CarriedFrom"}, .metrics = {"BilledCost"}, .where = {}});
  ASSERT_TRUE(own) << own.error().message();
  EXPECT_THAT(lines_of(*own), ElementsAre("2026-10||5", "2026-11||1", "2026-11|2026-10|3"));
  EXPECT_THAT(own->notices, Contains(HasSubstr("2026-11 includes 1 row in EUR carried from 2026-10")));
  for (const Audience audience : kCustomerAudiences) {
    const auto table =
        costs(audience, {.by = {"ResourceId", "SubAccountName", "Tags", "x_CarriedFrom"}, .metrics = {}, .where = {}});
    ASSERT_TRUE(table) << table.error().message();
    EXPECT_THAT(all_of(*table), Not(HasSubstr(kForeign)));
    EXPECT_FALSE(costs(audience, {.by = {"x_BillSource", "x_CarriedFrom"}, .metrics = {}, .where = {}}));
    const auto without =
        costs(audience, {.by = {"x_CarriedFrom"}, .metrics = {}, .where = {}, .without_carried = true});
    EXPECT_THAT(without->rows, SizeIs(1));
    const auto lines = change_report(lake_.reader(), {.scope = contoso(audience), .lines = true});
    ASSERT_TRUE(lines) << lines.error().message();
    EXPECT_THAT(lines->rows, SizeIs(1));
    EXPECT_THAT(all_of(*lines), Not(HasSubstr("fabrikam")));
    EXPECT_THAT(all_of(*lines), Not(HasSubstr("acme")));
    EXPECT_THAT(all_of(*lines), Not(HasSubstr(kSecret)));
    EXPECT_FALSE(change_report(lake_.reader(), {.scope = contoso(audience), .by = {"x_BillSource"}}));
  }
  EXPECT_FALSE(lake_.engine().query("SELECT count(*) FROM carried_changes", {}, [](const EngineRow&) { return ok(); }));
}

TEST_F(IsolationTest, TheEngineHoldsNoRelationOfThePartner) {
  ASSERT_TRUE(cost_report(lake_.reader(), ReadScope::of_partner(), {}));
  ASSERT_TRUE(costs(Audience::kListView, {}));
  for (const char* statement :
       {"SELECT count(*) FROM charges", "SELECT count(*) FROM split_charges", "SELECT count(*) FROM direct_assignments",
        "SELECT x_RuleNumber FROM assigned_charges", "SELECT BilledCost FROM assigned_cells",
        "SELECT x_ListCostIsFilled FROM assigned_cells", "SELECT x_BillSource FROM assigned_cells"}) {
    EXPECT_FALSE(lake_.engine().query(statement, {}, [](const EngineRow&) { return ok(); })) << statement;
  }
  ASSERT_TRUE(cost_report(lake_.reader(), ReadScope::of_partner(), {}));
  ASSERT_TRUE(costs(Audience::kListView, {.by = {"tag.env", "ResourceName"}})) << "from charges";
  for (const char* statement : {"SELECT count(*) FROM assigned_cells", "SELECT BilledCost FROM assigned_charges"})
    EXPECT_FALSE(lake_.engine().query(statement, {}, [](const EngineRow&) { return ok(); })) << statement;
}

TEST_F(IsolationTest, ALockedMonthKeepsTheNamesOfItsCustomers) {
  const auto names = [&] {
    const auto table = cost_report(lake_.reader(), ReadScope::of_partner(),
                                   {.by = {"CustomerName"}, .metrics = {"BilledCost"}, .where = {}});
    return table ? lines_of(*table) : std::vector<std::string>{table.error().message()};
  };
  const auto before = names();
  ASSERT_TRUE(lake_.control_plane().set_locked(lake_.connection().id, *Month::parse("2026-10"), true));
  ASSERT_TRUE(lake_.control_plane().put_customers({{CustomerId("contoso"), "Renamed", "", {"tenant-c"}}}));
  EXPECT_EQ(names(), before);
  ASSERT_TRUE(lake_.control_plane().set_locked(lake_.connection().id, *Month::parse("2026-10"), false));
  EXPECT_NE(names(), before);
}

}  // namespace
}  // namespace apportion
