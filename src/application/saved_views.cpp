#include "application/saved_views.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "people/secrets.h"

namespace apportion {
namespace {

constexpr std::size_t kNameBytesMax = 100;
constexpr std::size_t kQueryBytesMax = 32'000;

Error view_error(const std::string& name, std::string why, std::string next) {
  return {ErrorId::kViewInvalid, "the view cannot be kept", fmt::format("`{}`", excerpt(name)), std::move(why),
          std::move(next)};
}

Result<void> check_request(const ViewRequest& request) {
  const bool has_controls =
      std::ranges::any_of(request.name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (trim(request.name).empty() || has_controls || request.name.size() > kNameBytesMax) {
    return view_error(request.name,
                      fmt::format("its name is empty, on several lines, or longer than {} bytes", kNameBytesMax),
                      "give it a short name");
  }
  if (request.query.size() <= kQueryBytesMax) return ok();
  return view_error(request.name,
                    fmt::format("its query has {} bytes; {} are the most", request.query.size(), kQueryBytesMax),
                    "ask for less in one view");
}

}  // namespace

Result<SavedViews> SavedViews::open(const Workspace& workspace, const Identity& who,
                                    const std::optional<CustomerId>& customer) {
  APPORTION_ASSIGN(ViewBook book, ViewBook::open(workspace.home.control_plane_file(), workspace.clock));
  return SavedViews(std::move(book), who.doer(), customer);
}

Result<std::vector<ViewShown>> SavedViews::list() const {
  APPORTION_ASSIGN(auto views, book_.seen_by(doer_.actor, customer_));
  std::vector<ViewShown> shown;
  for (SavedView& view : views) {
    const bool is_own = view.owner == doer_.actor;
    shown.push_back({std::move(view), is_own});
  }
  return shown;
}

Result<ViewShown> SavedViews::view(const std::string& id) const {
  APPORTION_ASSIGN(auto views, list());
  const auto found = std::ranges::find(views, id, [](const ViewShown& shown) { return shown.view.id; });
  if (found != views.end()) return std::move(*found);
  return Error{ErrorId::kNoSuchView, "there is no such view", fmt::format("`{}`", excerpt(id)),
               "it was removed, or is not shared with you", "list the views that you see"};
}

Result<SavedView> SavedViews::own_view(const std::string& id) const {
  APPORTION_ASSIGN(ViewShown shown, view(id));
  if (shown.is_own) return std::move(shown.view);
  return Error{ErrorId::kNotAllowed, "the view belongs to somebody else", fmt::format("`{}`", shown.view.name),
               "only its owner changes it", "save a view of your own with the same query"};
}

Result<ViewShown> SavedViews::add(const ViewRequest& request) {
  APPORTION_TRY(check_request(request));
  SavedView view{random_public_id(), doer_.actor,   customer_,       request.name,
                 request.shared,     request.query, request.position};
  APPORTION_TRY(book_.put(view, doer_));
  return ViewShown{std::move(view), true};
}

Result<ViewShown> SavedViews::change(const std::string& id, const ViewRequest& request) {
  APPORTION_TRY(check_request(request));
  APPORTION_ASSIGN(SavedView view, own_view(id));
  view.name = request.name;
  view.shared = request.shared;
  view.query = request.query;
  view.position = request.position;
  APPORTION_TRY(book_.put(view, doer_));
  return ViewShown{std::move(view), true};
}

Result<void> SavedViews::remove(const std::string& id) {
  APPORTION_ASSIGN(const SavedView view, own_view(id));
  return book_.remove(view, doer_);
}

}  // namespace apportion
