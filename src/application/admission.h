/// Admission: whether a run may become an import of its month, by what it covers.
///
/// A run of another scope never replaces that of a month, and costs that another connection holds are not taken in
/// twice unless a connection allows it.
#pragma once

#include <string>
#include <vector>

#include "application/overlaps.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

class AdmissionCheck {
 public:
  /// `place`: where the run is, for messages. `replace`: what files without a manifest lack is gone on purpose.
  AdmissionCheck(const Workspace& workspace, const Connection& connection, std::string place, bool replace)
      : workspace_(&workspace), connection_(&connection), place_(std::move(place)), replace_(replace) {}

  /// By run id and scope. Errors: kRunOfAnotherScope, kSameBillTwice.
  Result<void> check_before_reading(const Import& import);
  /// By the rows too; the files lie in the lake. Same errors. Adds to the import which connections hold its costs, and
  /// notes on what it replaces.
  Result<void> check_after_reading(Import& import);

 private:
  Result<void> check_scope(const Import& import) const;
  Result<void> check_payers(const Import& import, const Import& before) const;
  Result<void> check_overlaps(const Import& import, bool with_rows, std::vector<ImportOverlap>& allowed) const;
  Result<bool> overlapped_before(const Overlap& overlap) const;
  void note_order(Import& import, const Import& before, bool is_in_force) const;

  const Workspace* workspace_;
  const Connection* connection_;
  std::string place_;
  bool replace_;
  std::vector<Import> own_;  // of the month, before this one
};

}  // namespace apportion
