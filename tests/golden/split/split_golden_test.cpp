// Runs the cases of *.test in this folder. What a case looks like is said in README.md beside them. With
// UPDATE_GOLDEN=1 the files are rewritten with what came out, for the reviewer to read in the diff.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "pipeline/split/rule_check.h"
#include "pipeline/split/split_test_support.h"
#include "pipeline/split/splitter.h"

namespace apportion {
namespace {

constexpr auto kMetricNames = std::to_array<std::string_view>(
    {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"});
constexpr std::string_view kCaseMark = "==== ";
constexpr std::string_view kExpectedMark = "----";

struct Case {
  std::string name;
  std::string input;  // all lines between the name and ----, as written
  std::string expected;
};

struct CaseFile {
  std::string head;  // comments before the first case
  std::vector<Case> cases;
};

CaseFile read_cases(const std::filesystem::path& path) {
  const auto text = read_file(path);
  APPORTION_CHECK(text.has_value(), "a golden file cannot be read");
  CaseFile file;
  bool is_expected = false;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.starts_with(kCaseMark)) {
      file.cases.push_back({line.substr(kCaseMark.size()), "", ""});
      is_expected = false;
    } else if (line == kExpectedMark) {
      is_expected = true;
    } else {
      std::string& part = file.cases.empty() ? file.head
                          : is_expected      ? file.cases.back().expected
                                             : file.cases.back().input;
      part += line + "\n";
    }
  }
  for (Case& one : file.cases) {
    one.expected = std::string(trim(one.expected));
    if (!one.expected.empty()) one.expected += "\n";
  }
  return file;
}

void write_cases(const std::filesystem::path& path, const CaseFile& file) {
  std::string text = file.head;
  for (const Case& one : file.cases) {
    text += fmt::format("{}{}\n{}{}\n{}{}", kCaseMark, one.name, one.input, kExpectedMark, one.expected,
                        &one == &file.cases.back() ? "" : "\n");
  }
  APPORTION_CHECK(write_file_atomically(path, text).has_value(), "a golden file cannot be written");
}

// The lines of each section of a case, `[charges]` and so on.
std::map<std::string, std::vector<std::string>> sections_of(const std::string& input) {
  std::map<std::string, std::vector<std::string>> sections;
  std::vector<std::string>* section = nullptr;
  for (const std::string_view line : split_text(input, '\n')) {
    const bool is_word = line.size() > 2 && line.find_first_not_of("abcdefghijklmnopqrstuvwxyz", 1) == line.size() - 1;
    if (is_word && line.starts_with('[') && line.ends_with(']')) {
      section = &sections[std::string(line.substr(1, line.size() - 2))];
    } else if (section != nullptr) {
      section->emplace_back(line);
    }
  }
  return sections;
}

// The cells of a line, which stand two blanks or more apart.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  line = trim(line);
  while (!line.empty()) {
    const std::size_t end = std::min(line.find("  "), line.size());
    cells.emplace_back(line.substr(0, end));
    line = trim(line.substr(end));
  }
  return cells;
}

std::vector<TestCharge> charges_of(const std::vector<std::string>& lines) {
  std::vector<TestCharge> charges;
  std::vector<std::string> columns;
  for (const std::string& line : lines) {
    const auto cells = cells_of(line);
    if (cells.empty()) continue;
    if (columns.empty()) {
      for (const std::string& name : cells) {
        const ChargeColumn* column = find_charge_column(name);
        APPORTION_CHECK(column != nullptr, "a golden case names a column that does not exist: " + name);
        columns.emplace_back(column->name);
      }
      continue;
    }
    APPORTION_CHECK(cells.size() == columns.size(), "a line of a golden table has too few or too many cells: " + line);
    TestCharge charge;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] != "-") charge[columns[i]] = cells[i] == "\"\"" ? "" : cells[i];
    }
    charges.push_back(with_defaults(charge));
  }
  return charges;
}

std::vector<Customer> customers_of(const std::vector<std::string>& lines) {
  std::vector<Customer> customers;
  for (const std::string& line : lines) {
    if (trim(line).empty()) continue;
    const auto words = split_text(trim(line), ' ');
    Customer customer{CustomerId(std::string(words[0])), std::string(words[0]), "", {}};
    for (const std::string_view word : std::span(words).subspan(1)) {
      const std::size_t at = word.find('@');
      if (at == std::string_view::npos) {
        customer.tenant_ids.emplace_back(word);
      } else {
        customer.dated_tenants.push_back({std::string(word.substr(0, at)), *Day::parse(word.substr(at + 1))});
      }
    }
    customers.push_back(std::move(customer));
  }
  return customers;
}

std::vector<SeenTenant> tenants_of(const std::vector<std::string>& lines) {
  std::vector<SeenTenant> tenants;
  for (const std::string& line : lines) {
    const auto cells = cells_of(line);
    if (!cells.empty()) tenants.push_back({cells[0], cells.size() > 1 ? cells[1] : ""});
  }
  return tenants;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string describe_findings(const std::vector<RuleFinding>& findings) {
  std::string text = findings.empty() ? "no findings\n" : "";
  for (const RuleFinding& finding : findings) {
    text += finding.severity == FindingSeverity::kError ? "error" : "warning";
    if (!finding.where.empty()) text += "  " + finding.where;
    if (!finding.rule.empty()) text += fmt::format("  rule `{}`", finding.rule);
    text += fmt::format("\n    {}\n    {}\n", finding.what, finding.next);
  }
  return text;
}

// Every charge is there, and its parts sum to it in every metric.
void check_conservation(const TestParts& parts, const std::vector<TestCharge>& charges) {
  std::vector<TestMetrics> sums(charges.size());
  for (const auto& [key, part] : parts) {
    TestMetrics& sum = sums[static_cast<std::size_t>(key.first - 1)];
    for (std::size_t i = 0; i < sum.size(); ++i) {
      if (part.metrics[i]) sum[i] = sum[i].value_or(Decimal()) + *part.metrics[i];
    }
  }
  for (std::size_t i = 0; i < charges.size(); ++i) {
    EXPECT_TRUE(sums[i] == metrics_of(charges[i])) << "the parts of row " << i + 1 << " do not sum to it";
  }
}

std::string describe_part(const TestPart& part, const TestCharge& charge, const std::string& rule) {
  std::string text;
  for (std::size_t i = 0; i < part.metrics.size(); ++i) {
    const bool is_plain = i == 1 && part.metrics[1] == part.metrics[0];
    if (part.metrics[i] && !is_plain) text += fmt::format("  {} {}", kMetricNames[i], part.metrics[i]->to_string());
  }
  return fmt::format("{} {}  {}", text, charge.at("BillingCurrency"),
                     rule.empty() ? "no rule" : fmt::format("by `{}`", rule));
}

std::string describe_split(Engine& engine, const SplitResult& result, const std::vector<TestCharge>& charges) {
  const TestParts parts = read_parts(engine, result, charges);
  check_conservation(parts, charges);
  std::string text;
  for (const auto& [key, part] : parts) {
    text += fmt::format("row {}  {}{}\n", key.first, key.second,
                        describe_part(part, charges[static_cast<std::size_t>(key.first - 1)],
                                      result.rule_names[static_cast<std::size_t>(part.rule)]));
  }
  for (const UnassignedTenant& tenant : result.unassigned_tenants) {
    text += fmt::format("unassigned tenant `{}` ({})  BilledCost {} {}\n", tenant.tenant_id, tenant.tenant_name,
                        tenant.costs[0].to_string(), tenant.currency.code());
  }
  for (const std::string& note : result.notes) text += fmt::format("note  {}\n", note);
  return text;
}

std::string run_case(Engine& engine, const Case& one, const std::filesystem::path& folder) {
  auto sections = sections_of(one.input);
  const std::string yaml = join_lines(sections["rules"]);
  const auto customers = customers_of(sections["customers"]);
  if (sections.contains("check"))
    return describe_findings(check_rule_file(yaml, "rules.yaml", customers, tenants_of(sections["check"])));
  const RuleFileReading reading = read_rule_file(yaml, "rules.yaml");
  std::string errors;
  for (const Error& error : reading.errors)
    errors += fmt::format("error  {}\n    {}: {}\n    {}\n", error.where, error.what, error.why, error.next);
  if (!errors.empty()) return errors;

  const auto charges = charges_of(sections["charges"]);
  put_charges(engine, charges);
  const auto month =
      sections.contains("month") ? Month::parse(trim(sections["month"].at(0))) : Month::from_civil(2026, 1);
  const SplitRequest request{list_in_force(reading.file, *month), customers, folder};
  const auto result = split_charges(engine, request);
  if (!result) return fmt::format("refused  {}\n", result.error().message());
  const auto preview = preview_split(engine, request);
  EXPECT_TRUE(preview && preview->totals.size() == result->totals.size()) << "the preview differs from the split";
  for (std::size_t i = 0; preview && i < std::min(preview->totals.size(), result->totals.size()); ++i) {
    EXPECT_TRUE(preview->totals[i].costs == result->totals[i].costs)
        << "the preview differs for " << result->totals[i].customer.raw();
  }
  return describe_split(engine, *result, charges);
}

class SplitGolden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(SplitGolden, GivesWhatTheFileSays) {
  Engine engine = open_test_engine();
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("apportion-golden-split-{}", ::getpid());
  std::filesystem::create_directories(folder);
  CaseFile file = read_cases(GetParam());
  EXPECT_FALSE(file.cases.empty());
  const bool updates = std::getenv("UPDATE_GOLDEN") != nullptr;
  for (Case& one : file.cases) {
    SCOPED_TRACE(one.name);
    const std::string found = run_case(engine, one, folder);
    if (!updates) {
      EXPECT_EQ(found, one.expected);
    }
    one.expected = found;
  }
  if (updates) write_cases(GetParam(), file);
  std::filesystem::remove_all(folder);
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SPLIT_GOLDEN_FOLDER)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& file) {
  std::string name = file.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, SplitGolden, testing::ValuesIn(golden_files()), test_name);

}  // namespace
}  // namespace apportion
