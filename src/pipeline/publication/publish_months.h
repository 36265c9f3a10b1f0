/// From imports to published months: charges are assembled, split, and published together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/files.h"
#include "foundation/base/result.h"
#include "lake/incoming_files.h"
#include "lake/relations.h"
#include "pipeline/commitments/policy_file.h"
#include "pipeline/commitments/reallocation.h"
#include "pipeline/publication/workspace.h"
#include "pipeline/split/splitter.h"
#include "store/control_plane.h"

namespace apportion {

struct PublishOptions {
  bool accept_rejects = false;  ///< Split a month even if rows of its imports were rejected.
  /// Split again what is in force and split, whatever its rejects: someone accepted them.
  bool keep_accepted = false;
  bool accept_shrunk = false;            ///< Accept runs that contain less than those in force.
  bool again = false;                    ///< Split again even if nothing changed.
  bool reopen = false;                   ///< The edit of the publication unlocks the months.
  std::optional<ImportId> without = {};  ///< The edit of the publication withdraws this import.
};

/// What happened to one month.
struct PublishedOutcome {
  Month month;
  bool changed = false;  ///< Something new was published.
  std::int64_t timing_rows = 0;
  bool knows_effective_cost = true;  ///< False: there is no amortized run, and effective costs below are meaningless.
  std::optional<SplitResult> split = {};  ///< When it was split now.
  /// Why newer charges were not split, or not put in force. Where something was published before, that stays.
  std::optional<Error> not_split = {};
  std::optional<Hold> held = {};  ///< Newer charges are held separately, from now or already before.
  std::vector<std::string> notes = {};
};

/// What months are split by: the newest documents, parsed, and the customers. Read once for all months of a command.
struct SplitInputs {
  std::vector<Customer> customers;
  std::map<DocumentKind, DocumentVersion> versions;  ///< Of the documents below; none where none was applied.
  RuleFile rules;
  CommitmentPolicyFile policies;
  std::int64_t shrink_percent = 0;  ///< Runs that lost more of their rows or costs are held.
};
Result<SplitInputs> split_inputs(const ControlPlane& control_plane);

/// An edit of what months are split by: customers, or a document. It is made in the transaction that publishes the
/// months.
using Edit = std::function<Result<void>(ControlPlane&)>;

/// Months on their way from imports, documents and customers to publication. They are invisible before `publish`, which
/// shows all of them together with the edit that made them necessary: a crash leaves the old state or the new one,
/// never some months of each.
class Publication {
 public:
  /// `workspace` must outlive it. The months are computed by what is there after `edit`; an error of `edit` is
  /// returned, and nothing is changed.
  static Result<Publication> begin(Workspace& workspace, Edit edit = {});

  /// Computes one month of a connection. What must not come into force automatically is held separately: newer charges
  /// of a locked month, and of runs that are worse than those in force (docs/adr/0019-held-charges.md).
  Result<PublishedOutcome> add(const Connection& connection, Month month, const PublishOptions& options);

  /// What is about to be published: the months that were added, of which something is new.
  const std::vector<MonthPublication>& months() const { return months_; }
  /// The customers that they are split by, as they are after the edit.
  const std::vector<Customer>& customers() const { return inputs_.customers; }

  /// Makes the edit and publishes the months that were added, in one transaction; `lock` is that of the home. Errors:
  /// kChangedMeanwhile if others have since `begin` changed what the months were computed from.
  Result<void> publish(const FileLock& lock);

 private:
  Publication(Workspace& workspace, IncomingFiles incoming, Edit edit, SplitInputs inputs);
  Workspace* workspace_;
  IncomingFiles incoming_;
  Edit edit_;
  SplitInputs inputs_;
  std::vector<MonthPublication> months_;
};

/// A publication of one month.
Result<PublishedOutcome> publish_bill_month(Workspace& workspace, const Connection& connection, Month month,
                                            const PublishOptions& options, const FileLock& lock);

/// What a candidate policy file would move in a split month, compared with what the file in force moves.
struct PolicyPreview {
  ReallocationResult now;
  ReallocationResult candidate;
};
Result<PolicyPreview> preview_policies(Workspace& workspace, const PublishedMonth& month,
                                       const CommitmentPolicyFile& candidate);

/// What a candidate rule file would make of the charges of a month: `parts` are what each customer would have, the
/// moves of the policies in force among them. Writes nothing. `kNoCharges` where the month is not published.
Result<SplitResult> preview_rules(Workspace& workspace, const PublishedMonth& month, const RuleFile& candidate);

}  // namespace apportion
