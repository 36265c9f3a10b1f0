#include <array>

#include "application/identity_provider.h"
#include "application/people.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/people_document.h"

namespace apportion {
namespace {

Result<IdentityProviderManager> manager_of(const ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  return IdentityProviderManager::open(workspace->home, call.service.options().people, call.who);
}

Result<PeopleManager> people_of(const ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  return PeopleManager::open(workspace->home, call.service.options().people, call.who);
}

ApiAnswer nothing_to_say() {
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

Result<ApiAnswer> get_provider(ApiCall& call) {
  APPORTION_ASSIGN(const IdentityProviderManager manager, manager_of(call));
  APPORTION_ASSIGN(const IdentityProviderView provider, manager.view());
  return document_answer(identity_provider_json(provider));
}

// A provider that is not there has the state "0".
Result<void> check_match_of_provider(const ApiCall& call, const IdentityProviderManager& manager) {
  const auto before = manager.view();
  if (before) return call.check_match(etag_of(identity_provider_json(*before)));
  return before.error().kind() == ErrorKind::kNotFound ? call.check_match("0") : Result<void>(before.error());
}

Result<ApiAnswer> set_provider(ApiCall& call) {
  IdentityProviderRequest request{*text_field(call.body, "issuer"), *text_field(call.body, "client_id"),
                                  text_field(call.body, "service_url").value_or("")};
  request.label = text_field(call.body, "label");
  request.trusts_names = flag_field(call.body, "trusts_names").value_or(false);
  request.own_tenant = text_field(call.body, "own_tenant").value_or("");
  request.secret = text_field(call.body, "client_secret");
  if (const auto day = text_field(call.body, "secret_expires_on")) {
    request.secret_expires_on = Day::parse(*day);
    if (!request.secret_expires_on) return field_value_error("secret_expires_on", "there is no such day", "correct it");
  }
  APPORTION_ASSIGN(IdentityProviderManager manager, manager_of(call));
  APPORTION_TRY(check_match_of_provider(call, manager));
  if (flag_field(call.body, "check").value_or(true)) {
    APPORTION_TRY(manager.check(request, call.service.provider_transport(), call.cancel));
  }
  APPORTION_ASSIGN(const IdentityProviderView provider, manager.set(request));
  return document_answer(identity_provider_json(provider));
}

Result<ApiAnswer> remove_provider(ApiCall& call) {
  APPORTION_ASSIGN(IdentityProviderManager manager, manager_of(call));
  APPORTION_TRY(check_match_of_provider(call, manager));
  APPORTION_TRY(manager.remove());
  return nothing_to_say();
}

Result<ApiAnswer> list_tenants(ApiCall& call) {
  APPORTION_ASSIGN(const PeopleManager people, people_of(call));
  APPORTION_ASSIGN(const auto tenants, people.tenants());
  APPORTION_ASSIGN(Json page, page_of(call, tenants, mapped_tenant_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> map_tenant(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, people_of(call));
  const CustomerId customer(*text_field(call.body, "customer"));
  APPORTION_TRY(people.map_tenant(call.path("tenant"), customer));
  return document_answer({{"tenant", call.path("tenant")}, {"customer", customer.raw()}});
}

Result<ApiAnswer> unmap_tenant(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, people_of(call));
  APPORTION_TRY(people.map_tenant(call.path("tenant"), std::nullopt));
  return nothing_to_say();
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getIdentityProvider", Right::kManagePeople, Effect::kReads, &get_provider},
    {"setIdentityProvider", Right::kManagePeople, Effect::kChanges, &set_provider},
    {"removeIdentityProvider", Right::kManagePeople, Effect::kChanges, &remove_provider},
    {"listSignInTenants", Right::kManagePeople, Effect::kReads, &list_tenants},
    {"mapSignInTenant", Right::kManagePeople, Effect::kChanges, &map_tenant},
    {"unmapSignInTenant", Right::kManagePeople, Effect::kChanges, &unmap_tenant},
});

}  // namespace

std::span<const Operation> provider_operations() { return kOperations; }

}  // namespace apportion
