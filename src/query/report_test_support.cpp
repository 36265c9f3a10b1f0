#include "query/report_test_support.h"

#include <array>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/model/charge_columns.h"
#include "lake/cubes.h"
#include "pipeline/ingest/testing.h"
#include "pipeline/invoices/bill_file.h"
#include "pipeline/invoices/kept_invoice_lines.h"

namespace apportion {
namespace {

template <class T>
T must(Result<T> result) {
  APPORTION_CHECK(result.has_value(), result ? "" : result.error().message());
  return std::move(*result);
}

void must(const Result<void>& result) { APPORTION_CHECK(result.has_value(), result ? "" : result.error().message()); }

std::string literal(const TestCharge& charge, const ChargeColumn& column) {
  static const TestCharge defaults{{"BillingCurrency", "EUR"},
                                   {"ChargeCategory", "Usage"},
                                   {"BillingPeriodStart", "2026-10-01"},
                                   {"BillingPeriodEnd", "2026-11-01"},
                                   {"ChargePeriodStart", "2026-10-10"},
                                   {"ChargePeriodEnd", "2026-10-11"},
                                   {"x_BillSource", "acme"},
                                   {"x_SourceFile", "part_1.csv"},
                                   {"BilledCost", "0"},
                                   {"EffectiveCost", "0"}};
  const std::string name(column.name);
  const auto found = charge.find(name);
  const auto fallback = defaults.find(name);
  if (found == charge.end() && fallback == defaults.end())
    return fmt::format("CAST(NULL AS {})", sql_type(column.type));
  const std::string& value = found == charge.end() ? fallback->second : found->second;
  return fmt::format("CAST({} AS {})", sql_literal(value), sql_type(column.type));
}

Decimal amount(const TestCharge& charge, const char* metric) {
  const auto found = charge.find(metric);
  return found == charge.end() ? Decimal() : test_decimal(found->second);
}

std::string text(const TestCharge& charge, const char* column, const char* otherwise) {
  const auto found = charge.find(column);
  return found == charge.end() ? otherwise : found->second;
}

std::vector<ImportTotal> totals_of(const TestImport& import) {
  std::map<std::pair<std::string, std::string>, ImportTotal> totals;
  for (const auto* rows : {&import.charges, &import.mirror}) {
    for (const TestCharge& charge : *rows) {
      const std::string currency = text(charge, "BillingCurrency", "EUR");
      const std::string category = text(charge, "ChargeCategory", "Usage");
      ImportTotal fresh{*Currency::parse(currency), category, 0, {}, {}, {}};
      ImportTotal& total = totals.try_emplace({currency, category}, fresh).first->second;
      ++total.rows;
      if (import.dataset != Dataset::kAmortizedCost) total.billed += amount(charge, "BilledCost");
      if (import.dataset != Dataset::kActualCost) total.effective += amount(charge, "EffectiveCost");
    }
  }
  std::vector<ImportTotal> list;
  list.reserve(totals.size());
  for (const auto& [key, total] : totals) list.push_back(total);
  return list;
}

constexpr std::array<const char*, kChargeMetrics.size()> kMetricColumns{"ListCost", "ContractedCost",
                                                                        "ConsumedQuantity", "PricingQuantity"};

void add_metrics(const std::vector<TestCharge>& rows, const char* role, std::vector<ImportMetricTotal>& totals) {
  std::map<std::tuple<std::string, std::string, ChargeMetric>, MetricSum> sums;
  for (const TestCharge& row : rows) {
    for (const ChargeMetric metric : kChargeMetrics) {
      const char* column = kMetricColumns[static_cast<std::size_t>(metric)];
      sums[{text(row, "BillingCurrency", "EUR"), text(row, "ChargeCategory", "Usage"), metric}].add(
          amount(row, column), Decimal(), row.contains(column));
    }
  }
  for (const auto& [key, sum] : sums) {
    const auto& [currency, category, metric] = key;
    totals.push_back({*Currency::parse(currency), category, role, metric, sum});
  }
}

}  // namespace

TestLake::TestLake()
    : control_plane_(
          must(ControlPlane::open(folder_ / "control-plane.sqlite", Clock::fixed(*Day::parse("2026-11-22")), true))),
      engine_(must(Engine::open({.memory_bytes_max = std::int64_t{512} << 20, .threads = 2, .temporary_folder = {}}))),
      reader_(engine_, control_plane_, lake()) {
  must(make_folder(lake_folder()));
  must(control_plane_.add_connection(
      {.id = {}, .name = "acme", .locations = {{Dataset::kActualCost, "/exports/actual"}}}));
}

Connection TestLake::connection(const std::string& name) { return must(control_plane_.connection_named(name)); }

void TestLake::add_customers(const std::vector<std::string>& ids) {
  std::vector<Customer> customers;
  customers.reserve(ids.size());
  for (const std::string& id : ids) customers.push_back({CustomerId(id), "Name of " + id, "", {}});
  must(control_plane_.put_customers(customers));
}

LakeFile TestLake::write_rows(const std::string& name, const std::string& columns, const std::string& select) {
  const std::filesystem::path path = lake_folder() / name;
  must(engine_.execute(
      fmt::format("CREATE OR REPLACE TEMP TABLE test_rows ({}); INSERT INTO test_rows {}", columns, select)));
  const auto rows = must(
      engine_.execute_counting(fmt::format("COPY test_rows TO {} (FORMAT parquet)", sql_literal(path.string())), {}));
  return {name, rows, static_cast<std::int64_t>(std::filesystem::file_size(path))};
}

LakeFile TestLake::write_charges(const std::string& name, const std::vector<TestCharge>& charges, RowId first) {
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    TestCharge charge = charges[i];
    const auto ordinal = static_cast<std::int64_t>(i);
    charge.emplace("x_RowId", std::to_string(first.stored() + ordinal));
    charge.emplace("x_ImportId", std::to_string(first.import().raw()));
    charge.emplace("x_SourceLine", std::to_string(first.ordinal() + ordinal + 2));
    std::vector<std::string> cells;
    for (const ChargeColumn& column : charge_columns()) cells.push_back(literal(charge, column));
    rows.push_back(fmt::format("({})", fmt::join(cells, ", ")));
  }
  return write_rows(name, charge_columns_sql(), fmt::format("VALUES {}", fmt::join(rows, ", ")));
}

Import TestLake::add_import(const TestImport& test, const std::string& connection_name) {
  Import import;
  import.id = must(control_plane_.next_import_id());
  import.connection = connection(connection_name).id;
  import.dataset = test.dataset;
  import.month = *Month::parse(test.month);
  import.run_id = fmt::format("run-{}", import.id.raw());
  import.content_hash = import.run_id;
  import.source = fmt::format("exports/{}/manifest.json", import.run_id);
  import.submitted_at = fmt::format("2026-11-{:02}T06:00:00Z", import.id.raw());
  import.first_day = import.month.first_day();
  import.last_day = import.month.last_day();
  import.layout = "MPA";
  const auto charges = static_cast<std::int64_t>(test.charges.size());
  const std::string name = fmt::format("import-{}", import.id.raw());
  if (charges != 0) {
    import.files.push_back({write_charges(name + "-charges.parquet", test.charges, RowId(import.id, 0)), "charges"});
  }
  if (!test.mirror.empty()) {
    import.files.push_back({write_charges(name + "-mirror.parquet", test.mirror, RowId(import.id, charges)), "mirror"});
  }
  import.rows_stored = charges + static_cast<std::int64_t>(test.mirror.size()) + test.missing;
  import.rows_rejected = test.rejected;
  import.rows_source = import.rows_stored + test.rejected;
  import.totals = totals_of(test);
  if (test.notes_metrics) {
    add_metrics(test.read.empty() ? test.charges : test.read, "charges", import.metric_totals);
    add_metrics(test.mirror, "mirror", import.metric_totals);
  }
  std::vector<Reject> rejects(static_cast<std::size_t>(test.rejected),
                              Reject{"part_1.csv", 9, "Cost", "n/a", "no number"});
  must(control_plane_.add_import(import, rejects));
  return must(control_plane_.import(import.id));
}

Import TestLake::add_bill(const TestBill& bill) {
  const BillColumns columns = must(parse_bill_columns(bill.columns, "columns", bill.kind));
  Import import;
  import.id = must(control_plane_.next_import_id());
  const auto folder = lake_folder() / fmt::format("invoice-lines-{}", import.id.raw());
  must(make_folder(folder));
  const auto path = folder / "lines.parquet";
  auto writer = must(InvoiceLinesWriter::create(import.id, path));
  const InvoiceFile file{"bill.csv", [&bill]() -> Result<std::unique_ptr<ByteReader>> {
                           return std::unique_ptr<ByteReader>(std::make_unique<ingest_testing::SlowReader>(bill.text));
                         }};
  must(read_bill({file, columns, bill.name, {}, bill.kind},
                 [&writer](const InvoiceRecord& record) { return writer.add(record); }));
  must(writer.finish());
  import.connection = connection().id;
  import.dataset = dataset_of(bill.kind);
  import.month = *Month::parse(bill.month);
  import.run_id = fmt::format("{}/{}", bill.name, bill.month);
  import.content_hash = fmt::format("{}", import.id.raw());
  import.first_day = import.last_day = import.month.first_day();
  import.verified = false;
  import.layout = to_text(columns);
  import.rows_stored = import.rows_source = writer.rows();
  import.files.push_back({must(lake().describe(path, writer.rows())), "invoice-lines"});
  must(control_plane_.add_import(import, {}));
  return must(control_plane_.import(import.id));
}

ChargeSet TestLake::charge_set_of(const std::vector<Import>& imports) {
  ChargeSet set;
  set.id = must(control_plane_.next_charge_set_id());
  set.connection = imports.at(0).connection;
  set.month = imports.at(0).month;
  for (const Import& import : imports) {
    set.imports.push_back(import.id);
    for (const ImportFile& file : import.files) {
      if (file.role == "charges") set.files.push_back(file.file);
    }
  }
  return set;
}

ChargeSet TestLake::publish(const std::vector<Import>& imports, const std::vector<TestCharge>& timing) {
  ChargeSet set = charge_set_of(imports);
  if (!timing.empty()) {
    const ImportId id = must(control_plane_.next_import_id());
    set.files.push_back(write_charges(fmt::format("timing-{}.parquet", id.raw()), timing, RowId(id, 1)));
    set.timing_rows = static_cast<std::int64_t>(timing.size());
  }
  must(control_plane_.publish_month(set, std::nullopt));
  return set;
}

Split TestLake::split(const ChargeSet& charges, const std::vector<TestAssignment>& assignments) {
  constexpr const char* kColumns = "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT";
  constexpr const char* kShareColumns =
      "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT, BilledCost DECIMAL(38,18), EffectiveCost "
      "DECIMAL(38,18), "
      "ListCost DECIMAL(38,18), ContractedCost DECIMAL(38,18), PricingQuantity DECIMAL(38,18), "
      "ConsumedQuantity DECIMAL(38,18)";
  std::vector<std::string> direct;
  std::vector<std::string> shares;
  for (const TestAssignment& part : assignments) {
    const std::string who = fmt::format("{}, {}, {}", part.row_id, sql_literal(part.customer), part.rule);
    if (part.billed.empty()) {
      direct.push_back(fmt::format("({})", who));
    } else {
      const auto metric = [&part](const char* column) {
        const auto found = part.metrics.find(column);
        return found == part.metrics.end() ? std::string("NULL") : sql_literal(found->second);
      };
      shares.push_back(fmt::format("({}, '{}', '{}', {}, {}, {}, {})", who, part.billed, part.effective,
                                   metric("ListCost"), metric("ContractedCost"), metric("PricingQuantity"),
                                   metric("ConsumedQuantity")));
    }
  }
  Split split;
  split.id = must(control_plane_.next_split_id());
  split.charge_set = charges.id;
  split.rule_names = {"", "first", "second"};
  const std::string name = fmt::format("split-{}", split.id.raw());
  if (!direct.empty()) {
    split.direct_files.push_back(
        write_rows(name + "-direct.parquet", kColumns, fmt::format("VALUES {}", fmt::join(direct, ", "))));
  }
  if (!shares.empty()) {
    split.share_files.push_back(
        write_rows(name + "-shares.parquet", kShareColumns, fmt::format("VALUES {}", fmt::join(shares, ", "))));
  }
  if (has_cubes_) add_cubes(charges, name, split);
  must(control_plane_.publish_split(split));
  return split;
}

void TestLake::add_cubes(const ChargeSet& charges, const std::string& name, Split& split) {
  const Connection connection = must(control_plane_.connection(charges.connection));
  const PublishedMonth month{
      connection, {charges.connection, charges.month, false, charges.id, split.id}, charges, split};
  const Snapshot snapshot = must(Snapshot::of(control_plane_, ReadScope::of_partner(), {month}));
  must(open_stored_relations(engine_, lake(), snapshot));
  must(engine_.make_table_of("test_cells", all_cells_sql()));
  for (const CubeDefinition& cube : cube_definitions()) {
    const std::string file = fmt::format("{}-{}", name, lake_file_name(cube.content));
    const std::int64_t cells = must(engine_.write_parquet(cells_sql(cube, "test_cells"), {}, lake_folder() / file));
    (split.*cube.files).push_back(must(lake().describe(lake_folder() / file, cells)));
  }
  must(engine_.drop_table("test_cells"));
}

HeldCharges TestLake::hold(const std::vector<Import>& imports, const std::vector<std::string>& customers) {
  const ChargeSet set = charge_set_of(imports);
  Split split;
  split.id = must(control_plane_.next_split_id());
  split.charge_set = set.id;
  split.rule_names = {"", "first", "second"};
  std::vector<std::string> rows;
  for (const Import& import : imports) {
    for (std::int64_t ordinal = 0; ordinal < import.rows_stored; ++ordinal)
      rows.push_back(fmt::format("({}, {}, 1)", row_of(import, ordinal), sql_literal(customers.at(rows.size()))));
  }
  split.direct_files.push_back(write_rows(fmt::format("split-{}-direct.parquet", split.id.raw()),
                                          "x_RowId BIGINT, CustomerId VARCHAR, x_RuleNumber BIGINT",
                                          fmt::format("VALUES {}", fmt::join(rows, ", "))));
  must(control_plane_.publish({{set, split, Hold{HoldCause::kLocked, "the month is locked"}}}));
  return must(control_plane_.held_charges(set.connection, set.month)).front();
}

Carry TestLake::carry(const HeldCharges& held, const std::string& to,
                      const std::vector<std::pair<std::string, TestCharge>>& rows) {
  Carry carry;
  carry.connection = held.connection;
  carry.from = held.month;
  carry.to = *Month::parse(to);
  carry.charge_set = held.charge_set;
  carry.row_import = must(control_plane_.next_import_id());
  carry.reason = "a test";
  std::vector<TestCharge> charges;
  std::string customers;
  const RowId first(carry.row_import, 0);
  for (const auto& [customer, charge] : rows) {
    customers += fmt::format("{}({}, {})", customers.empty() ? "" : ", ",
                             first.stored() + static_cast<std::int64_t>(charges.size()), sql_literal(customer));
    charges.push_back(charge);
  }
  const std::string name = fmt::format("carry-{}", carry.row_import.raw());
  const LakeFile plain = write_charges(name + "-charges.parquet", charges, first);
  carry.file =
      write_rows(name + ".parquet", carried_columns_sql(),
                 fmt::format("SELECT c.*, w.customer, 'direct', 1 FROM {} c JOIN (VALUES {}) w(row_id, customer) "
                             "ON c.x_RowId = w.row_id",
                             must(lake().rows_of(engine_, std::span(&plain, 1))), customers));
  for (const ImportTotal& total : totals_of({.dataset = Dataset::kFocusCost, .charges = charges}))
    carry.totals.push_back({total.currency, total.charge_category, total.billed, total.effective});
  carry.id = must(control_plane_.add_carry(carry));
  return carry;
}

void TestLake::give_up_superseded_files(int days) {
  must(control_plane_.give_up_superseded_files(days));
  const Day later = Day::parse("2026-11-22")->plus_days(days);
  ControlPlane then = must(ControlPlane::open(folder_ / "control-plane.sqlite", Clock::fixed(later), false));
  must(then.give_up_superseded_files(days));
}

Decimal test_decimal(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  APPORTION_CHECK(parsed.error == DecimalError::kNone, text);
  return parsed.value;
}

std::vector<std::string> lines_of(const Table& table) {
  std::vector<std::string> lines;
  lines.reserve(table.rows.size());
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    cells.reserve(row.size());
    for (const TableCell& cell : row) cells.push_back(cell_text(cell));
    lines.push_back(fmt::format("{}", fmt::join(cells, "|")));
  }
  return lines;
}

}  // namespace apportion
