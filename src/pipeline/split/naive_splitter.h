/// A second implementation for tests: the split as a reader of docs/rules.md would do it by hand. Straight loops over
/// charges and rules, exact fractions, no engine, no index, and no code of the real splitter.
#pragma once

#include <vector>

#include "pipeline/split/rule_file.h"
#include "pipeline/split/split_test_support.h"
#include "store/control_plane.h"

namespace apportion {

TestParts split_naively(const std::vector<TestCharge>& charges, const RuleList& list,
                        const std::vector<Customer>& customers);

/// The number of the rule that takes a charge, 0 when none does.
std::int64_t match_naively(const TestCharge& charge, const RuleList& list, const std::vector<Customer>& customers);

}  // namespace apportion
