/// The split of a large month: ten million charges, thousands of customers, few or many rules.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "store/control_plane.h"

namespace apportion::bench {

/// Writes `copies` copies of the charges in `files`, each row with an id of its own, to Parquet files in `folder`.
Result<std::vector<std::filesystem::path>> multiply_charges(std::span<const std::filesystem::path> files, int copies,
                                                            const std::filesystem::path& folder);

/// The tenants in charges, each made into a customer; at most `customers_max`.
Result<std::vector<Customer>> customers_of_charges(std::span<const std::filesystem::path> files, int customers_max);

/// A rule file with one rule a tenant until there are `rules` rules (invented tenants fill up), so that the real ones
/// come last.
std::string tenant_rules(std::span<const Customer> customers, int rules);

/// Splits the charges of `files` and checks the outcome: every charge assigned, sums of assignments equal to sums of
/// charges as the engine computes them apart from the splitter. `rules` is the text of a rule file, or empty.
Result<void> split_and_check(std::span<const std::filesystem::path> files, const std::vector<Customer>& customers,
                             const std::string& rules, const std::filesystem::path& folder, int threads);

}  // namespace apportion::bench
