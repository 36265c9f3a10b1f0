#include <array>

#include "application/brand.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/brand_document.h"

namespace apportion {
namespace {

// Without a caller: it stands on the page before anybody is signed in.
Result<WorkspaceLease> open_for_anybody(const ApiCall& call) {
  return call.service.workspaces().lend(Caller{"anybody"}, call.cancel);
}

Result<ApiAnswer> get_brand(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, open_for_anybody(call));
  APPORTION_ASSIGN(const Brand brand, read_brand(*workspace));
  return document_answer(brand_json(brand));
}

Result<ApiAnswer> get_brand_logo(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, open_for_anybody(call));
  APPORTION_ASSIGN(const Brand brand, read_brand(*workspace));
  APPORTION_ASSIGN(auto logo, read_brand_logo(*workspace));
  if (!logo) {
    return Error{ErrorId::kNoSuchResource, "there is no such resource", "logo", "the brand has no logo",
                 "set one with the brand"};
  }
  ApiAnswer answer;
  answer.etag = brand.logo_hash;
  answer.content_type = logo->content_type;
  answer.text = std::move(logo->content);
  return answer;
}

// The whole brand: what is not said is taken away, but for the logo, which stays unless it is said.
Result<BrandChange> brand_of_body(const ApiCall& call) {
  BrandChange change;
  change.name = text_field(call.body, "name").value_or("");
  change.color = text_field(call.body, "color").value_or("");
  change.dark_color = text_field(call.body, "dark_color").value_or("");
  change.support_text = text_field(call.body, "support_text").value_or("");
  change.support_link = text_field(call.body, "support_link").value_or("");
  change.address = text_field(call.body, "address").value_or("");
  if (const auto logo = text_field(call.body, "logo")) {
    change.logo = bytes_of_base64(*logo);
    if (!change.logo) return field_value_error("logo", "it is not base64", "send the bytes of the picture as base64");
  }
  return change;
}

Result<ApiAnswer> set_brand(ApiCall& call) {
  APPORTION_ASSIGN(const BrandChange change, brand_of_body(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Brand before, read_brand(*workspace));
  APPORTION_TRY(call.check_match(etag_of(brand_json(before))));
  APPORTION_ASSIGN(const Brand brand, change_brand(call.caller, *workspace, change, call.who.doer()));
  return document_answer(brand_json(brand));
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getBrand", Right::kAnyone, Effect::kReads, &get_brand},
    {"getBrandLogo", Right::kAnyone, Effect::kReads, &get_brand_logo},
    {"setBrand", Right::kManagePeople, Effect::kChanges, &set_brand},
});

}  // namespace

std::span<const Operation> brand_operations() { return kOperations; }

}  // namespace apportion
