#include "sample/sample.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <duckdb.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/money/decimal.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Row = std::map<std::string, std::string>;
using Sums = std::map<std::string, Decimal>;

/// Bytes of a file; a gzip file unpacked.
std::string read_text(const fs::path& file) {
  gzFile in = gzopen(file.c_str(), "rb");
  std::string text;
  std::vector<char> buffer(1 << 16);
  for (int got = 0; (got = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  EXPECT_EQ(gzclose(in), Z_OK) << file;
  return text;
}

std::string read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A CSV reader of its own, plain and slow: the writer is not checked with its own code.
std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false;
  const auto end_cell = [&] { rows.back().push_back(std::exchange(cell, {})); };
  for (std::size_t place = 0; place < text.size(); ++place) {
    const char byte = text[place];
    if (quoted && byte == '"' && place + 1 < text.size() && text[place + 1] == '"') {
      cell += '"';
      ++place;
    } else if (byte == '"') {
      quoted = !quoted;
    } else if (!quoted && byte == ',') {
      end_cell();
    } else if (!quoted && byte == '\n') {
      if (cell.ends_with('\r')) {
        cell.pop_back();
      }
      end_cell();
      rows.emplace_back();
    } else {
      cell += byte;
    }
  }
  std::erase_if(rows, [](const auto& row) { return row.empty() || (row.size() == 1 && row[0].empty()); });
  return rows;
}

std::string canonical_header(std::string header) {
  if (header.ends_with(')')) {
    header = header.substr(header.rfind('(') + 1);
    header.pop_back();
  }
  header = ascii_lower(header);
  const std::map<std::string, std::string> synonyms{{"product", "productname"},
                                                    {"instancename", "resourceid"},
                                                    {"subscriptionguid", "subscriptionid"},
                                                    {"exchangerate", "exchangeratepricingtobilling"},
                                                    {"costusd", "costinusd"},
                                                    {"resourcegroup", "resourcegroupname"}};
  const auto known = synonyms.find(header);
  return known == synonyms.end() ? header : known->second;
}

// The move of nlohmann's JSON may throw as far as the compiler knows.
struct ReadRun {  // NOLINT(bugprone-exception-escape)
  Json manifest;
  std::vector<fs::path> files;
  std::vector<Row> rows;
};

ReadRun read_run(const fs::path& out, const SampleRun& run) {
  ReadRun part;
  part.manifest = Json::parse(read_bytes(run.folder / "manifest.json"));
  std::uint64_t bytes = 0;
  for (const Json& blob : part.manifest["blobs"]) {
    std::string name(trim(blob["blobName"].get<std::string>()));
    name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
    part.files.push_back(out / name);
    EXPECT_EQ(fs::file_size(part.files.back()), blob["byteCount"].get<std::uint64_t>());
    bytes += blob["byteCount"].get<std::uint64_t>();
    if (name.ends_with(".parquet")) {
      continue;
    }
    std::string text = read_text(part.files.back());
    if (text.starts_with("\xEF\xBB\xBF")) {
      text.erase(0, 3);
    }
    const auto lines = parse_csv(text);
    EXPECT_EQ(lines.size() - 1, blob["dataRowCount"].get<std::size_t>()) << name;
    for (std::size_t line = 1; line < lines.size(); ++line) {
      EXPECT_EQ(lines[line].size(), lines[0].size());
      Row row;
      for (std::size_t column = 0; column < lines[0].size(); ++column) {
        row[canonical_header(lines[0][column])] = lines[line][column];
      }
      part.rows.push_back(std::move(row));
    }
  }
  EXPECT_EQ(bytes, part.manifest["byteCount"].get<std::uint64_t>());
  EXPECT_EQ(bytes, run.bytes);
  EXPECT_EQ(part.files.size(), part.manifest["blobCount"].get<std::size_t>());
  EXPECT_EQ(run.rows, part.manifest["dataRowCount"].get<std::uint64_t>());
  return part;
}

Sums sums_of(const std::vector<Row>& rows, const std::string& currency, const std::string& amount) {
  Sums sums;
  for (const Row& row : rows) {
    const Decimal::Parsed value = Decimal::parse(row.at(amount));
    EXPECT_EQ(value.error, DecimalError::kNone) << row.at(amount);
    sums[row.at(currency)] += value.value;
  }
  return sums;
}

class Sample : public ::testing::Test {
 public:
  Sample() {
    options_.out = folder_ / "first";
    options_.today = *Day::parse("2026-11-22");
    options_.customers = 12;
    options_.rows = 1500;
  }
  ~Sample() override { fs::remove_all(folder_); }

 protected:
  SampleReport write() {
    auto report = write_sample(options_, {});
    EXPECT_TRUE(report) << report.error().message();
    return std::move(report).value();
  }
  /// The last run of an export and month.
  static const SampleRun& latest(const SampleReport& report, const std::string& name, const std::string& month) {
    const auto found = std::find_if(report.runs.rbegin(), report.runs.rend(), [&](const SampleRun& run) {
      return run.export_name == name && run.month.to_string() == month;
    });
    EXPECT_NE(found, report.runs.rend()) << name << " " << month;
    return *found;
  }
  void use_month(const char* month) { options_.from = options_.to = Month::parse(month); }

  fs::path folder_ = fs::temp_directory_path() / ("apportion-sample-" + random_guid());
  SampleOptions options_;
};

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = read_bytes(entry.path());
    }
  }
  return files;
}

TEST_F(Sample, SameOptionsGiveTheSameBytes) {
  use_month("2026-10");
  for (const SampleFormat format : {SampleFormat::kCsv, SampleFormat::kCsvGz, SampleFormat::kParquet}) {
    options_.format = format;
    options_.quirks = true;
    options_.out = folder_ / "one";
    write();
    options_.out = folder_ / "two";
    write();
    EXPECT_TRUE(files_of(folder_ / "one") == files_of(folder_ / "two")) << static_cast<int>(format);
    options_.seed += 1;
    options_.out = folder_ / "three";
    write();
    EXPECT_FALSE(files_of(folder_ / "one") == files_of(folder_ / "three"));
    fs::remove_all(folder_);
  }
}

TEST_F(Sample, SumsAgreeBetweenTheFiles) {
  const SampleReport report = write();
  for (const char* month : {"2026-08", "2026-09", "2026-10"}) {
    const ReadRun actual = read_run(options_.out, latest(report, "actual-cost", month));
    const ReadRun amortized = read_run(options_.out, latest(report, "amortized-cost", month));
    const ReadRun focus = read_run(options_.out, latest(report, "focus-cost", month));
    const Sums billed = sums_of(actual.rows, "billingcurrency", "costinbillingcurrency");
    const Sums effective = sums_of(amortized.rows, "billingcurrency", "costinbillingcurrency");
    EXPECT_EQ(billed.size(), 4U);
    EXPECT_NE(billed, effective);
    EXPECT_EQ(sums_of(focus.rows, "billingcurrency", "billedcost"), billed);
    EXPECT_EQ(sums_of(focus.rows, "billingcurrency", "effectivecost"), effective);
  }
}

TEST_F(Sample, ManifestsSayWhatLiesThere) {
  options_.part_bytes_max = 400'000;
  const SampleReport report = write();
  std::set<std::string> exports;
  for (const SampleRun& run : report.runs) {
    const ReadRun part = read_run(options_.out, run);
    exports.insert(run.export_name);
    const Json& manifest = part.manifest;
    EXPECT_EQ(manifest["manifestVersion"], "2024-04-01");
    EXPECT_EQ(manifest["exportConfig"]["exportName"], run.export_name);
    EXPECT_EQ(manifest["deliveryConfig"]["rootFolderPath"], "exports");
    EXPECT_EQ(manifest["runInfo"]["startDate"], run.month.first_day().to_string() + "T00:00:00");
    EXPECT_EQ(manifest["runInfo"]["endDate"], run.month.last_day().to_string() + "T00:00:00Z");
    EXPECT_EQ(manifest["runInfo"]["runId"], run.folder.filename().string());
    if (run.export_name == "actual-cost") {
      EXPECT_GT(run.parts, 2);
    }
  }
  EXPECT_EQ(exports.size(), 7U);
}

TEST_F(Sample, ClosedMonthsHaveAnEarlierRunWithOtherAmounts) {
  use_month("2026-09");
  const SampleReport report = write();
  for (const char* name : {"actual-cost", "amortized-cost"}) {
    std::vector<ReadRun> runs;
    for (const SampleRun& run : report.runs) {
      if (run.export_name == name) {
        runs.push_back(read_run(options_.out, run));
      }
    }
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_LT(runs[0].manifest["runInfo"]["submittedTime"], runs[1].manifest["runInfo"]["submittedTime"]);
    EXPECT_LT(runs[0].rows.size(), runs[1].rows.size());
    EXPECT_EQ(runs[0].rows[0].at("invoiceid"), "");
    EXPECT_NE(runs[1].rows[0].at("invoiceid"), "");
    EXPECT_NE(sums_of(runs[0].rows, "billingcurrency", "costinbillingcurrency"),
              sums_of(runs[1].rows, "billingcurrency", "costinbillingcurrency"));
  }
}

TEST_F(Sample, TheOpenMonthEndsToday) {
  use_month("2026-11");
  const SampleReport report = write();
  const ReadRun actual = read_run(options_.out, latest(report, "actual-cost", "2026-11"));
  EXPECT_EQ(std::count_if(report.runs.begin(), report.runs.end(),
                          [](const SampleRun& run) { return run.export_name == "actual-cost"; }),
            1);
  EXPECT_EQ(actual.manifest["runInfo"]["endDate"], "2026-11-22T00:00:00Z");
  EXPECT_EQ(actual.manifest["exportConfig"]["timeFrame"], "MonthToDate");
  std::string last;
  for (const Row& row : actual.rows) {
    last = std::max(last, row.at("date"));
    EXPECT_EQ(row.at("invoiceid"), "");
  }
  EXPECT_EQ(last, "11/22/2026");
}

TEST_F(Sample, AMonthThatEndedYesterdayHasOneOpenRun) {
  use_month("2026-10");
  options_.today = *Day::parse("2026-11-02");
  const SampleReport report = write();
  const ReadRun actual = read_run(options_.out, latest(report, "actual-cost", "2026-10"));
  EXPECT_TRUE(actual.manifest["runInfo"]["submittedTime"].get<std::string>().starts_with("2026-11-01T"));
  EXPECT_EQ(actual.rows[0].at("invoiceid"), "");
  EXPECT_EQ(latest(report, "focus-cost", "2026-10").rows > 0, true);
}

TEST_F(Sample, ActualAndAmortizedDifferInCommitmentsOnly) {
  use_month("2026-09");
  const SampleReport report = write();
  const ReadRun actual = read_run(options_.out, latest(report, "actual-cost", "2026-09"));
  const ReadRun amortized = read_run(options_.out, latest(report, "amortized-cost", "2026-09"));
  const auto uncovered = [](const ReadRun& part) {
    std::vector<Row> rows;
    std::copy_if(part.rows.begin(), part.rows.end(), std::back_inserter(rows),
                 [](const Row& row) { return row.at("benefitid").empty(); });
    return rows;
  };
  EXPECT_TRUE(uncovered(actual) == uncovered(amortized));
  int covered = 0;
  int cash = 0;
  for (const Row& row : actual.rows) {
    EXPECT_FALSE(row.at("chargetype").starts_with("Unused"));
    if (!row.at("benefitid").empty() && row.at("chargetype") == "Usage") {
      EXPECT_EQ(row.at("costinbillingcurrency"), "0");
      EXPECT_EQ(row.at("effectiveprice"), "0");
      ++covered;
    } else if (!row.at("benefitid").empty()) {
      ++cash;
    }
  }
  EXPECT_GT(covered, 0);
  EXPECT_GT(cash, 0);
  for (const Row& row : amortized.rows) {
    const bool purchase = row.at("chargetype") == "Purchase" || row.at("chargetype") == "Refund";
    EXPECT_FALSE(purchase && !row.at("benefitid").empty());
  }
}

TEST_F(Sample, QuirksChangeTheDressNotTheSums) {
  options_.out = folder_ / "plain";
  const SampleReport plain = write();
  options_.quirks = true;
  options_.format = SampleFormat::kCsvGz;
  options_.out = folder_ / "quirks";
  const SampleReport quirks = write();
  for (const char* name : {"actual-cost", "amortized-cost"}) {
    for (const char* month : {"2026-08", "2026-09", "2026-10"}) {
      const ReadRun left = read_run(folder_ / "plain", latest(plain, name, month));
      const ReadRun right = read_run(folder_ / "quirks", latest(quirks, name, month));
      EXPECT_EQ(sums_of(left.rows, "billingcurrency", "costinbillingcurrency"),
                sums_of(right.rows, "billingcurrency", "costinbillingcurrency"));
      EXPECT_EQ(left.rows.size(), right.rows.size());
    }
  }
  for (const char* month : {"2026-08", "2026-09", "2026-10"}) {
    const ReadRun left = read_run(folder_ / "plain", latest(plain, "focus-cost", month));
    ReadRun right = read_run(folder_ / "quirks", latest(quirks, "focus-cost", month));
    for (Row& row : right.rows) {
      // The planted bug: purchases of commitments with an effective cost.
      if (row.at("chargecategory") == "Purchase" && !row.at("commitmentdiscountid").empty()) {
        row["effectivecost"] = "0";
      }
    }
    for (const char* amount : {"billedcost", "effectivecost"}) {
      EXPECT_EQ(sums_of(left.rows, "billingcurrency", amount), sums_of(right.rows, "billingcurrency", amount));
    }
  }
  EXPECT_EQ(latest(quirks, "actual-cost", "2026-07").rows, 0U);
}

/// Sums of a Parquet file by currency, added by DuckDB.
Sums parquet_sums(const fs::path& file, const std::string& currency, const std::string& amount) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  EXPECT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
  EXPECT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  const std::string sql = "SELECT " + currency + ", CAST(sum(CAST(" + amount +
                          " AS DECIMAL(38,18))) AS VARCHAR) FROM '" + file.string() + "' GROUP BY 1";
  duckdb_result result;
  EXPECT_EQ(duckdb_query(connection, sql.c_str(), &result), DuckDBSuccess) << duckdb_result_error(&result);
  Sums sums;
  for (idx_t row = 0; row < duckdb_row_count(&result); ++row) {
    char* name = duckdb_value_varchar(&result, 0, row);
    char* sum = duckdb_value_varchar(&result, 1, row);
    sums[name] = Decimal::parse(sum).value;
    duckdb_free(name);
    duckdb_free(sum);
  }
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return sums;
}

TEST_F(Sample, ParquetHoldsWhatCsvHolds) {
  use_month("2026-10");
  options_.out = folder_ / "csv";
  const SampleReport csv = write();
  options_.format = SampleFormat::kParquet;
  options_.out = folder_ / "parquet";
  const SampleReport parquet = write();
  for (const char* name : {"actual-cost", "amortized-cost"}) {
    const ReadRun left = read_run(folder_ / "csv", latest(csv, name, "2026-10"));
    const ReadRun right = read_run(folder_ / "parquet", latest(parquet, name, "2026-10"));
    EXPECT_EQ(sums_of(left.rows, "billingcurrency", "costinbillingcurrency"),
              parquet_sums(right.files.at(0), "billingCurrency", "costInBillingCurrency"));
    EXPECT_EQ(right.manifest["deliveryConfig"]["compressionMode"], "Snappy");
  }
  const ReadRun focus = read_run(folder_ / "csv", latest(csv, "focus-cost", "2026-10"));
  const ReadRun focus_parquet = read_run(folder_ / "parquet", latest(parquet, "focus-cost", "2026-10"));
  EXPECT_EQ(sums_of(focus.rows, "billingcurrency", "effectivecost"),
            parquet_sums(focus_parquet.files.at(0), "BillingCurrency", "EffectiveCost"));
}

TEST_F(Sample, AnIndirectResellerHasSubscriptionsAtRetailAndABillThatIsAPartOfIt) {
  use_month("2026-10");
  options_.indirect = true;
  const SampleReport report = write();
  std::map<std::string, Decimal> retail;  // by subscription
  for (const SampleRun& run : report.runs) {
    const ReadRun read = read_run(options_.out, run);
    ASSERT_FALSE(read.rows.empty());
    const std::string subscription = read.rows.front().at("subscriptionid");
    EXPECT_EQ(read.manifest["exportConfig"]["resourceId"].get<std::string>(),
              fmt::format("/subscriptions/{}/providers/Microsoft.CostManagement/exports/{}", subscription,
                          run.export_name));
    for (const Row& row : read.rows) {
      EXPECT_EQ(row.size(), 56U);
      EXPECT_EQ(row.at("subscriptionid"), subscription);
      EXPECT_FALSE(row.contains("partnerearnedcreditrate"));
      const std::string& price = row.at("effectiveprice");
      EXPECT_TRUE(price == "0" || price == row.at("paygprice")) << price;
      if (run.export_name == "actual-cost") {
        retail[subscription] += Decimal::parse(row.at("costinbillingcurrency")).value;
      }
    }
  }
  std::map<std::string, std::pair<Decimal, int>> billed;  // with the number of lines
  const auto lines = parse_csv(read_text(options_.out / "distributor" / "bill-2026-10.csv"));
  ASSERT_EQ(lines.front().back(), "Amount");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto& [sum, count] = billed[lines[i][3]];
    sum += Decimal::parse(lines[i].back()).value;
    ++count;
  }
  ASSERT_EQ(billed.size(), retail.size());
  for (const auto& [subscription, sum] : billed) {
    const Decimal agreed = multiply(retail.at(subscription), Decimal::parse("0.85").value).value;
    const Decimal apart = sum.first - agreed;
    EXPECT_LE(apart.is_negative() ? apart.negated() : apart,
              multiply(Decimal::parse("0.005").value, Decimal::from_integer(sum.second)).value);
  }
  EXPECT_FALSE(fs::exists(options_.out / "exports" / "price-sheet"));
}

TEST_F(Sample, CustomersAndRulesFitTheCosts) {
  use_month("2026-10");
  const SampleReport report = write();
  const auto customers = parse_csv(read_bytes(report.customers_file));
  ASSERT_EQ(customers.size(), 13U);
  std::set<std::string> tenants;
  bool several = false;
  for (std::size_t line = 1; line < customers.size(); ++line) {
    const auto ids = split_text(customers[line].at(3), ';');
    several = several || ids.size() > 1;
    tenants.insert(ids.begin(), ids.end());
  }
  EXPECT_TRUE(several);
  const ReadRun actual = read_run(options_.out, latest(report, "actual-cost", "2026-10"));
  int unassigned = 0;
  std::map<std::string, int> groups;
  for (const Row& row : actual.rows) {
    unassigned += tenants.contains(row.at("customertenantid")) ? 0 : 1;
    ++groups[row.at("resourcegroupname")];
  }
  EXPECT_GT(unassigned, 0);
  const std::string rules = read_bytes(report.rules_file);
  for (const char* group : {"rg-platform", "rg-monitoring"}) {
    EXPECT_GT(groups[group], 0) << group;
    EXPECT_NE(rules.find(group), std::string::npos);
  }
  EXPECT_GT(groups["rg-project"], 0);
}

TEST_F(Sample, RefusesOptionsThatDoNotFit) {
  const auto code = [&](const auto& change) {
    SampleOptions options = options_;
    change(options);
    const auto report = write_sample(options, {});
    return report ? std::string("no error") : error_code_name(report.error().kind());
  };
  EXPECT_EQ(code([](SampleOptions& options) { options.today = Day(0); }), "usage");
  EXPECT_EQ(code([](SampleOptions& options) { options.from = Month::parse("2027-01"); }), "usage");
  EXPECT_EQ(code([](SampleOptions& options) { options.to = Month::parse("2026-12"); }), "usage");
  EXPECT_EQ(code([](SampleOptions& options) { options.customers = 2; }), "usage");
  EXPECT_EQ(code([](SampleOptions& options) { options.rows = 0; }), "usage");
  EXPECT_EQ(code([](SampleOptions& options) { options.out = "/proc/nowhere"; }), "storage");
  write();
  EXPECT_EQ(code([](SampleOptions&) {}), "usage");
}

TEST_F(Sample, ReportsProgress) {
  use_month("2026-10");
  options_.rows = 40'000;
  options_.focus = false;
  int calls = 0;
  const auto report = write_sample(options_, [&](const SampleProgress& progress) {
    ++calls;
    EXPECT_EQ(progress.month.to_string(), "2026-10");
    EXPECT_GE(progress.rows_expected, progress.rows_done);
  });
  ASSERT_TRUE(report);
  EXPECT_GE(calls, 2);
}

}  // namespace
}  // namespace apportion
