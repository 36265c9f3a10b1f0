#include <array>

#include "application/saved_views.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"

namespace apportion {
namespace {

// Whose views are seen: those of the caller's customer, or the partner's.
Result<SavedViews> views_of(const ApiCall& call, const Workspace& workspace) {
  return SavedViews::open(workspace, call.who, call.acting_as ? call.acting_as : call.who.customer);
}

Json view_json(const ViewShown& shown) {
  const SavedView& view = shown.view;
  return {{"id", view.id},
          {"name", view.name},
          {"owner", view.owner},
          {"is_own", shown.is_own},
          {"shared", view.shared},
          {"position", view.position},
          {"query", Json::parse(view.query)}};
}

ViewRequest view_request(const ApiCall& call) {
  return {*text_field(call.body, "name"), flag_field(call.body, "shared").value_or(false), call.body["query"].dump(),
          number_field(call.body, "position").value_or(0)};
}

Result<ApiAnswer> list_views(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const SavedViews views, views_of(call, *workspace));
  APPORTION_ASSIGN(const auto all, views.list());
  APPORTION_ASSIGN(Json page, page_of(call, all, view_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> get_view(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const SavedViews views, views_of(call, *workspace));
  APPORTION_ASSIGN(const ViewShown shown, views.view(call.path("view")));
  return document_answer(view_json(shown));
}

Result<ApiAnswer> add_view(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(SavedViews views, views_of(call, *workspace));
  APPORTION_ASSIGN(const ViewShown shown, views.add(view_request(call)));
  ApiAnswer answer = document_answer(view_json(shown));
  constexpr int kCreated = 201;
  answer.status = kCreated;
  return answer;
}

Result<ApiAnswer> change_view(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(SavedViews views, views_of(call, *workspace));
  APPORTION_ASSIGN(const ViewShown before, views.view(call.path("view")));
  APPORTION_TRY(call.check_match(etag_of(view_json(before))));
  APPORTION_ASSIGN(const ViewShown shown, views.change(call.path("view"), view_request(call)));
  return document_answer(view_json(shown));
}

Result<ApiAnswer> remove_view(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(SavedViews views, views_of(call, *workspace));
  APPORTION_ASSIGN(const ViewShown before, views.view(call.path("view")));
  APPORTION_TRY(call.check_match(etag_of(view_json(before))));
  APPORTION_TRY(views.remove(call.path("view")));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listViews", Right::kSignedIn, Effect::kReads, &list_views},
    {"addView", Right::kSignedIn, Effect::kCreates, &add_view},
    {"getView", Right::kSignedIn, Effect::kReads, &get_view},
    {"changeView", Right::kSignedIn, Effect::kChanges, &change_view},
    {"removeView", Right::kSignedIn, Effect::kChanges, &remove_view},
});

}  // namespace

std::span<const Operation> view_operations() { return kOperations; }

}  // namespace apportion
