/// What a partner does with a large month that is taken in: looking at what rules would do, and proving it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion::bench {

/// The customers and the split rules of a sample.
struct PartnerFiles {
  std::vector<Customer> customers;
  std::string rules;  ///< By resource, tag, subscription and group, with shares.
};
Result<PartnerFiles> partner_files(const std::filesystem::path& sample);

/// Makes `copies` of the newest run of an export in `sample`, as one run whose files are in `to` by as many names: no
/// bytes are copied.
Result<void> link_copies_of_run(const std::filesystem::path& sample, const std::string& export_name, int copies,
                                const std::filesystem::path& to);

/// Adds the customers of a partner, perhaps applies its rules, and publishes all months of the connection `bench`.
Result<void> publish_for_partner(Workspace& workspace, const PartnerFiles& partner, bool with_rules);

/// Everything that `rules preview` does but printing.
Result<void> preview_rules_of(Workspace& workspace, const std::string& rules);
/// Whether a preview gives each customer what a split of the same charges gives it, in all costs. `folder` exists.
Result<void> check_preview(Workspace& workspace, const std::string& rules, const std::filesystem::path& folder);

/// Proves the published month, and compares the sums of its charges with those that the engine finds in its files.
Result<void> prove_and_check(const Workspace& workspace);

}  // namespace apportion::bench
