/// From imports to published months: charges are put together, split, and published at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "lake/relations.h"
#include "pipeline/commitments/policy_file.h"
#include "pipeline/commitments/reallocation.h"
#include "pipeline/publication/workspace.h"
#include "pipeline/split/splitter.h"
#include "store/control_plane.h"

namespace apportion {

struct PublishOptions {
  bool accept_rejects = false;  ///< Split a month although rows of its imports were rejected.
  bool again = false;           ///< Split again although nothing changed.
};

/// What happened to one month.
struct PublishedOutcome {
  Month month;
  bool changed = false;  ///< Something new was published.
  std::int64_t timing_rows = 0;
  std::optional<SplitResult> split = {};  ///< When it was split now.
  std::optional<Error> not_split = {};  ///< Why it was not split, e.g. rejects; its charges are published all the same.
  std::vector<std::string> notes = {};
};

/// Brings one month of a connection up to its imports, rules and customers. A locked month is left alone, with a note.
Result<PublishedOutcome> publish_bill_month(Workspace& workspace, const Connection& connection, Month month,
                                            const PublishOptions& options, const FileLock& lock);

/// The rule list in force for a month: parsed from the newest rule file. Nothing when there is no rule file, or no list
/// is effective yet.
struct RulesInForce {
  RuleListId version;
  std::unique_ptr<RuleFile> file;
  const RuleList* list = nullptr;  ///< Into `file`; null when none is effective yet.
};
Result<std::optional<RulesInForce>> rules_in_force(const ControlPlane& control_plane, Month month);

/// The commitment policies in force for a month: parsed from the newest policy file. Nothing when there is none.
struct PoliciesInForce {
  CommitmentPolicyId version;
  std::unique_ptr<CommitmentPolicyFile> file;
  const CommitmentPolicyList* list = nullptr;  ///< Into `file`; null when none is effective yet.
};
Result<std::optional<PoliciesInForce>> commitment_policies_in_force(const ControlPlane& control_plane, Month month);

/// What a candidate policy file would move in a month that is split, beside what the file in force moves.
struct PolicyPreview {
  ReallocationResult now;
  ReallocationResult candidate;
};
Result<PolicyPreview> preview_policies(Workspace& workspace, const PublishedMonth& month,
                                       const CommitmentPolicyFile& candidate);

/// Sums of a candidate rule file on a month that is published, beside what is in force now.
struct PreviewTotals {
  SplitResult now;
  SplitResult candidate;
};
Result<PreviewTotals> preview_rules(Workspace& workspace, const Connection& connection, Month month,
                                    const RuleFile& candidate);

/// State of a month as people read it (design: missing, partial, open, complete, locked) and why.
struct MonthState {
  std::string name;
  std::string reason;
};
MonthState month_state(const BillMonth& month, const std::vector<Import>& imports, Day today);

}  // namespace apportion
