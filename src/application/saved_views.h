/// Saved views of the costs: each person keeps some, and may share them with the others of the partner or customer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/identities.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "pipeline/publication/workspace.h"
#include "store/view_book.h"

namespace apportion {

/// A view as somebody sees it.
struct ViewShown {
  SavedView view;
  bool is_own = false;  ///< Only its owner may change it.
};

struct ViewRequest {
  std::string name;
  bool shared = false;
  std::string query;  ///< JSON, as `/costs/query` takes it.
  std::int64_t position = 0;
};

/// Does what one person may. `customer`: whose views are seen; unset for the partner's.
class SavedViews {
 public:
  static Result<SavedViews> open(const Workspace& workspace, const Identity& who,
                                 const std::optional<CustomerId>& customer);

  /// By position and name.
  Result<std::vector<ViewShown>> list() const;
  /// Errors: kNoSuchView, also for those of others that are not shared.
  Result<ViewShown> view(const std::string& id) const;
  /// Errors: kViewExists; kViewInvalid.
  Result<ViewShown> add(const ViewRequest& request);
  /// Errors: as above; kNoSuchView; kNotAllowed for the view of somebody else.
  Result<ViewShown> change(const std::string& id, const ViewRequest& request);
  Result<void> remove(const std::string& id);

 private:
  SavedViews(ViewBook book, Doer doer, std::optional<CustomerId> customer)
      : book_(std::move(book)), doer_(std::move(doer)), customer_(std::move(customer)) {}
  Result<SavedView> own_view(const std::string& id) const;

  ViewBook book_;
  Doer doer_;
  std::optional<CustomerId> customer_;
};

}  // namespace apportion
