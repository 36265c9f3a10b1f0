#include "split_bench.h"

#include <map>

#include <fmt/format.h>

#include "engine/engine.h"
#include "foundation/base/files.h"
#include "lake/relations.h"
#include "pipeline/split/splitter.h"

namespace apportion::bench {
namespace {

Result<Engine> engine_over(std::span<const std::filesystem::path> files, int threads) {
  EngineOptions options;
  options.memory_bytes_max = std::int64_t{1536} << 20;
  options.threads = threads;
  options.temporary_folder = std::filesystem::temp_directory_path();
  APPORTION_ASSIGN(Engine engine, Engine::open(options));
  APPORTION_TRY(engine.view_over_parquet("charges", files, charge_columns_sql()));
  return engine;
}

}  // namespace

Result<std::vector<std::filesystem::path>> multiply_charges(std::span<const std::filesystem::path> files, int copies,
                                                            const std::filesystem::path& folder) {
  APPORTION_TRY(make_folder(folder));
  std::vector<std::filesystem::path> written;
  for (int copy = 0; copy < copies; ++copy) {
    APPORTION_ASSIGN(Engine engine, engine_over(files, 2));
    written.push_back(folder / fmt::format("copy-{}.parquet", copy));
    const std::string offset = std::to_string(static_cast<std::int64_t>(copy + 1) << 50);
    APPORTION_TRY(engine.execute(
        fmt::format("COPY (SELECT * REPLACE (x_RowId + {} AS x_RowId) FROM charges) TO {} (FORMAT parquet)", offset,
                    sql_literal(written.back().string()))));
  }
  return written;
}

Result<std::vector<Customer>> customers_of_charges(std::span<const std::filesystem::path> files, int customers_max) {
  APPORTION_ASSIGN(Engine engine, engine_over(files, 2));
  std::vector<Customer> customers;
  APPORTION_TRY(engine.query(
      "SELECT DISTINCT x_CustomerTenantId FROM charges WHERE x_CustomerTenantId IS NOT NULL ORDER BY 1 LIMIT ?",
      std::vector<EngineValue>{static_cast<std::int64_t>(customers_max)}, [&customers](const EngineRow& row) {
        Customer customer;
        customer.id = CustomerId(fmt::format("customer-{}", customers.size() + 1));
        customer.tenant_ids = {std::string(row.text(0))};
        customers.push_back(std::move(customer));
        return ok();
      }));
  return customers;
}

std::string tenant_rules(std::span<const Customer> customers, int rules) {
  std::string yaml = "- effective: 2000-01\n  rules:\n";
  const auto add = [&yaml](const std::string& tenant, const std::string& customer) {
    yaml += fmt::format("    - {{name: {}, when: {{CustomerTenantId: {}}}, assign: {}}}\n", tenant, tenant, customer);
  };
  for (int i = static_cast<int>(customers.size()); i < rules; ++i) {
    add(fmt::format("00000000-0000-4000-8000-{:012x}", i), customers.front().id.raw());
  }
  const auto count = std::min(customers.size(), static_cast<std::size_t>(rules));
  for (const Customer& customer : customers.first(count)) add(customer.tenant_ids.front(), customer.id.raw());
  return yaml;
}

Result<void> split_and_check(std::span<const std::filesystem::path> files, const std::vector<Customer>& customers,
                             const std::string& rules, const std::filesystem::path& folder, int threads) {
  APPORTION_TRY(make_folder(folder));
  APPORTION_ASSIGN(Engine engine, engine_over(files, threads));
  RuleFile file;
  if (!rules.empty()) {
    APPORTION_ASSIGN(file, parse_rule_file(rules, "rules of the benchmark"));
  }
  SplitRequest request;
  request.rules = file.lists.empty() ? nullptr : &file.lists.front();
  request.customers = customers;
  request.folder = folder;
  APPORTION_ASSIGN(const SplitResult result, split_charges(engine, request));

  std::map<std::string, Decimal> assigned;
  for (const SplitTotal& total : result.totals) assigned[std::string(total.currency.code())] += total.costs[0];
  std::int64_t charges = 0;
  APPORTION_TRY(engine.query("SELECT BillingCurrency, sum(BilledCost), count(*) FROM charges GROUP BY 1", {},
                             [&](const EngineRow& row) -> Result<void> {
                               charges += row.integer(2);
                               const std::string currency(row.text(0));
                               if (assigned[currency] == row.decimal(1)) return ok();
                               return Error{ErrorId::kSplitLostAmounts, "the split lost something", currency, "", ""};
                             }));
  if (charges != result.charges) return Error{ErrorId::kSplitLostCharges, "the split lost charges", "", "", ""};
  return ok();
}

}  // namespace apportion::bench
