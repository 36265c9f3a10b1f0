/// View book: saved questions to the costs, each of one person, some of them shared.
///
/// It has a handle of its own on the control plane, so that saving waits for nothing that is computed. Not thread-safe;
/// processes may use it at the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "store/people_book.h"

namespace apportion {

struct SavedView {
  std::string id;                           ///< Public.
  std::string owner;                        ///< As in `Doer::actor`.
  std::optional<CustomerId> customer = {};  ///< Of the owner; views are seen within it only.
  std::string name;                         ///< Unique for its owner.
  bool shared = false;                      ///< Seen by all people of the partner, or of the customer.
  std::string query;                        ///< JSON, as `/costs/query` takes it.
  std::int64_t position = 0;                ///< Among the views; the lowest first.
};

class ViewBook {
 public:
  static Result<ViewBook> open(const std::filesystem::path& control_plane_file, Clock clock);
  ViewBook(ViewBook&&) noexcept;
  ViewBook& operator=(ViewBook&&) noexcept;
  ~ViewBook();

  /// Those of a person, and those that others of the same customer, or of the partner, share; by position and name.
  Result<std::vector<SavedView>> seen_by(const std::string& owner, const std::optional<CustomerId>& customer) const;
  /// Adds a view, or replaces the one of its id. Errors: kViewExists; kViewInvalid when somebody has too many.
  Result<void> put(const SavedView& view, const Doer& doer);
  Result<void> remove(const SavedView& view, const Doer& doer);

 private:
  class Database;
  explicit ViewBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
