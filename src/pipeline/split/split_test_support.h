/// Charges for tests of the split, as small tables, and what the splitter wrote, read back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "pipeline/split/splitter.h"

namespace apportion {

/// A charge by column name; columns that are left out are null. Row ids count from 1 in the order of the charges.
using TestCharge = std::map<std::string, std::string>;

/// The six metrics that are shared, in the order of the share files; null stays null.
using TestMetrics = std::array<std::optional<Decimal>, 6>;

struct TestPart {
  std::int64_t rule = 0;
  TestMetrics metrics;

  friend bool operator==(const TestPart&, const TestPart&) = default;
};

/// Who got what, by row and customer.
using TestParts = std::map<std::pair<std::int64_t, std::string>, TestPart>;

/// Sets what a charge cannot be without: currency, category, days, costs of zero.
TestCharge with_defaults(TestCharge charge);

TestMetrics metrics_of(const TestCharge& charge);

Engine open_test_engine();

/// Makes the relation `charges` from charges with defaults.
void put_charges(Engine& engine, const std::vector<TestCharge>& charges);

/// Reads the written files; whole charges have the metrics of their charge. A row that is there twice fails the test.
TestParts read_parts(Engine& engine, const SplitResult& result, const std::vector<TestCharge>& charges);

}  // namespace apportion
