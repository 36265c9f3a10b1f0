#include "pipeline/commitments/commitments_test_support.h"

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/model/charge_columns.h"
#include "lake/relations.h"

namespace apportion {
namespace {

void run(Engine& engine, const std::string& sql) {
  const auto done = engine.execute(sql);
  APPORTION_CHECK(done.has_value(), done ? "" : done.error().message() + "\n" + sql);
}

std::string value_or(const TestCharge& charge, const std::string& column, const std::string& otherwise) {
  const auto found = charge.columns.find(column);
  return found == charge.columns.end() ? otherwise : found->second;
}

void put(Engine& engine, const TestCharge& charge, int row_id) {
  std::map<std::string, std::string> columns = charge.columns;
  const std::string day = value_or(charge, "ChargePeriodStart", "2026-10-01");
  columns.insert({{"x_RowId", std::to_string(row_id)},
                  {"x_ImportId", "1"},
                  {"x_BillSource", "acme"},
                  {"BillingCurrency", "EUR"},
                  {"PricingCurrency", "EUR"},
                  {"ChargeCategory", "Usage"},
                  {"ChargePeriodStart", day},
                  {"BilledCost", "0"},
                  {"EffectiveCost", "0"},
                  {"x_BillMonth", day.substr(0, 7)}});
  std::string names;
  std::string values;
  for (const auto& [name, value] : columns) {
    names += (names.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ", ") + sql_literal(value);
  }
  run(engine, fmt::format("INSERT INTO charges ({}) VALUES ({})", names, values));
  if (charge.shares.empty()) {
    run(engine, fmt::format("INSERT INTO direct_assignments VALUES ({}, '{}', 1)", row_id, charge.customer));
  }
  for (const auto& [customer, cost] : charge.shares) {
    run(engine, fmt::format("INSERT INTO share_assignments VALUES ({}, '{}', 2, 0, {}, NULL, NULL, 1, 1)", row_id,
                            customer, cost));
  }
}

TestCharge of_commitment(const std::string& id, const std::string& day, const std::string& customer) {
  const bool is_plan = id.find("savingsplan") != std::string::npos;
  return {{{"CommitmentDiscountId", id},
           {"CommitmentDiscountType", is_plan ? "Savings Plan" : "Reservation"},
           {"CommitmentDiscountName", "pool"},
           {"ChargePeriodStart", day}},
          customer};
}

}  // namespace

TestCharge with(TestCharge charge, const std::map<std::string, std::string>& columns) {
  for (const auto& [name, value] : columns) charge.columns[name] = value;
  return charge;
}

TestCharge used(const std::string& day, const std::string& cost, const std::string& customer, const std::string& id) {
  return with(of_commitment(id, day, customer), {{"CommitmentDiscountStatus", "Used"},
                                                 {"EffectiveCost", cost},
                                                 {"x_CostInPricingCurrency", cost},
                                                 {"PricingQuantity", "24"}});
}

TestCharge unused(const std::string& day, const std::string& cost, const std::string& id) {
  return with(used(day, cost, "buyer", id), {{"CommitmentDiscountStatus", "Unused"}});
}

TestCharge bought(const std::string& day, const std::string& cost, const std::string& frequency,
                  const std::string& id) {
  const bool is_refund = cost.starts_with('-');
  return with(of_commitment(id, day, "buyer"), {{"ChargeCategory", "Purchase"},
                                                {"ChargeClass", is_refund ? "Correction" : ""},
                                                {"ChargeFrequency", frequency},
                                                {"BilledCost", cost},
                                                {"x_CostInPricingCurrency", cost},
                                                {"PricingQuantity", "1"},
                                                {"x_SkuTerm", "12"}});
}

Engine engine_with(const std::vector<TestCharge>& charges) {
  auto opened = Engine::open({});
  APPORTION_CHECK(opened.has_value(), "a test needs the engine");
  Engine engine = std::move(opened).value();
  run(engine,
      fmt::format("CREATE TEMP TABLE charges ({}, x_BillMonth VARCHAR, x_CustomerNames BIGINT)", charge_columns_sql()));
  run(engine, fmt::format("CREATE TEMP TABLE direct_assignments ({})", kDirectAssignmentColumns));
  for (const char* table : {"share_assignments", "move_assignments"})
    run(engine, fmt::format("CREATE TEMP TABLE {} ({})", table, kShareAssignmentColumns));
  run(engine, fmt::format("CREATE TEMP TABLE carried_changes ({}, x_BillMonth VARCHAR, x_CustomerNames BIGINT, "
                          "x_CarriedFrom VARCHAR, x_RuleNumber BIGINT)",
                          carried_columns_sql()));
  int row_id = 0;
  for (const TestCharge& charge : charges) put(engine, charge, ++row_id);
  run(engine, "CREATE TEMP VIEW split_charges AS SELECT * FROM charges");
  run(engine, "CREATE TEMP VIEW unsplit_charges AS SELECT * FROM charges LIMIT 0");
  run(engine, "CREATE TEMP VIEW assigned_charges AS " +
                  assigned_charges_sql({"split_charges", "unsplit_charges", "direct_assignments", "share_assignments",
                                        "move_assignments", "carried_changes"}));
  for (const auto& [dataset, name] : {std::pair{Dataset::kReservationDetails, "reservation_details"},
                                      {Dataset::kReservationTransactions, "reservation_transactions"},
                                      {Dataset::kReservationRecommendations, "reservation_recommendations"}}) {
    run(engine, fmt::format("CREATE TEMP TABLE {} ({}, x_BillSource VARCHAR, x_BillMonth VARCHAR)", name,
                            kept_columns_sql(dataset)));
  }
  const auto views = open_commitment_views(engine);
  APPORTION_CHECK(views.has_value(), views ? "" : views.error().message());
  return engine;
}

CommitmentData data_of(Engine& engine, const std::vector<CommitmentFact>& facts) {
  std::vector<CoveredMonth> months;
  for (Month month = *Month::parse("2026-08"); month <= *Month::parse("2026-12"); month = month.plus_months(1))
    months.push_back({"acme", month});
  auto data = read_commitment_data(engine, months, facts, *Day::parse("2026-11-25"));
  APPORTION_CHECK(data.has_value(), data ? "" : data.error().message());
  return std::move(data).value();
}

std::map<std::string, std::string> moves_of(Engine& engine, const std::string& policies) {
  const auto file = parse_policy_file("- effective: 2026-01\n  policies:\n" + policies, "policies.yaml");
  APPORTION_CHECK(file.has_value(), file ? "" : file.error().message());
  const auto moved = reallocate(engine, {policies_in_force(*file, *Month::parse("2026-10")), 5, {}, {}});
  APPORTION_CHECK(moved.has_value(), moved ? "" : moved.error().message());
  std::map<std::string, std::pair<Decimal, Decimal>> sums;
  for (const MoveTotal& total : moved->totals) {
    auto& [billed, effective] = sums[total.customer + (total.currency == "EUR" ? "" : " " + total.currency)];
    billed += total.billed;
    effective += total.effective;
  }
  std::map<std::string, std::string> moves;
  for (const auto& [key, sum] : sums) moves[key] = sum.first.to_string() + "/" + sum.second.to_string();
  for (const std::string& note : moved->notes) moves["note"] += note;
  return moves;
}

}  // namespace apportion
