#include "store/view_book.h"

#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/doer_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kViewsMax = 200;  // of one person

SavedView read_view(RowReader& row) {
  SavedView view;
  view.id = row.text();
  view.owner = row.text();
  if (auto customer = row.optional_text()) view.customer = CustomerId(*std::move(customer));
  view.name = row.text();
  view.shared = row.boolean();
  view.query = row.text();
  view.position = row.integer();
  return view;
}

std::optional<std::string> id_text(const std::optional<CustomerId>& customer) {
  return customer ? std::optional(customer->raw()) : std::nullopt;
}

}  // namespace

class ViewBook::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;

  Result<void> check(const SavedView& view) const {
    APPORTION_ASSIGN(const auto taken,
                     sqlite.query_integer("SELECT count(*) FROM saved_view WHERE owner = ? AND name = ? AND id <> ?",
                                          {view.owner, view.name, view.id}));
    if (taken.value_or(0) > 0) {
      return Error{ErrorId::kViewExists, "there is a view with this name", fmt::format("`{}`", excerpt(view.name)),
                   "names of your views are unique", "choose another name, or change that view"};
    }
    APPORTION_ASSIGN(
        const auto others,
        sqlite.query_integer("SELECT count(*) FROM saved_view WHERE owner = ? AND id <> ?", {view.owner, view.id}));
    if (others.value_or(0) < kViewsMax) return ok();
    return Error{ErrorId::kViewInvalid, "the view cannot be kept", fmt::format("`{}`", excerpt(view.name)),
                 fmt::format("one person keeps {} views at most", kViewsMax), "remove some that you do not need"};
  }
};

ViewBook::ViewBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
ViewBook::ViewBook(ViewBook&&) noexcept = default;
ViewBook& ViewBook::operator=(ViewBook&&) noexcept = default;
ViewBook::~ViewBook() = default;

Result<ViewBook> ViewBook::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return ViewBook(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock)}));
}

Result<std::vector<SavedView>> ViewBook::seen_by(const std::string& owner,
                                                 const std::optional<CustomerId>& customer) const {
  const auto of = id_text(customer);
  return read_all(database_->sqlite,
                  "SELECT id, owner, customer_id, name, shared, query, position FROM saved_view"
                  " WHERE customer_id IS ? AND (owner = ? OR shared) ORDER BY position, name, id",
                  {of, owner}, read_view);
}

Result<void> ViewBook::put(const SavedView& view, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(database_->check(view));
  const auto customer = id_text(view.customer);
  APPORTION_TRY(sqlite.run(
      "INSERT INTO saved_view (id, owner, customer_id, name, shared, query, position) VALUES (?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (id) DO UPDATE SET name = excluded.name, shared = excluded.shared, query = excluded.query,"
      " position = excluded.position",
      {view.id, view.owner, customer, view.name, view.shared, view.query, view.position}));
  APPORTION_TRY(note_by(sqlite, database_->clock.now(), doer, "view.put", view.name, view.customer));
  return transaction.commit();
}

Result<void> ViewBook::remove(const SavedView& view, const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_TRY(database_->sqlite.run("DELETE FROM saved_view WHERE id = ?", {view.id}));
  APPORTION_TRY(note_by(database_->sqlite, database_->clock.now(), doer, "view.remove", view.name, view.customer));
  return transaction.commit();
}

}  // namespace apportion
