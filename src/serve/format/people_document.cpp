#include "serve/format/people_document.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json user_json(const UserView& user) {
  Json json = {{"name", user.name},
               {"display_name", user.display_name},
               {"role", role_definition(user.role).name},
               {"disabled", user.disabled},
               {"has_password", user.has_password},
               {"has_one_time_codes", user.has_one_time_codes},
               {"recovery_codes", user.recovery_codes},
               {"created_at", user.created_at},
               {"changed_at", user.changed_at}};
  if (user.customer) json["customer"] = user.customer->raw();
  if (!user.seen_at.empty()) json["seen_at"] = user.seen_at;
  if (!user.locked_until.empty()) json["locked_until"] = user.locked_until;
  return json;
}

Json session_json(const SessionView& session) {
  return {{"id", session.id},
          {"user", session.user},
          {"address", session.address},
          {"user_agent", session.user_agent},
          {"started_at", session.started_at},
          {"seen_at", session.seen_at},
          {"ends_at", session.ends_at}};
}

Json token_json(const TokenView& token) {
  Json json = {{"id", token.id},
               {"name", token.name},
               {"role", role_definition(token.role).name},
               {"created_at", token.created_at},
               {"created_by", token.created_by},
               {"ends_at", token.ends_at},
               {"has_ended", token.has_ended}};
  if (token.customer) json["customer"] = token.customer->raw();
  if (!token.used_at.empty()) json["used_at"] = token.used_at;
  return json;
}

Json identity_provider_json(const IdentityProviderView& provider) {
  Json json = {{"issuer", provider.issuer},
               {"client_id", provider.client_id},
               {"service_url", provider.service_url},
               {"redirect_url", provider.redirect_url},
               {"label", provider.label},
               {"trusts_names", provider.trusts_names},
               {"has_secret", provider.has_secret},
               {"changed_at", provider.changed_at}};
  if (!provider.own_tenant.empty()) json["own_tenant"] = provider.own_tenant;
  if (provider.secret_expires_on) json["secret_expires_on"] = provider.secret_expires_on->to_string();
  return json;
}

Json mapped_tenant_json(const PeopleBook::MappedTenant& tenant) {
  return {{"tenant", tenant.tenant}, {"customer", tenant.customer.raw()}};
}

}  // namespace apportion
