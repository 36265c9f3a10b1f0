#include <array>

#include "application/invented_partner.h"
#include "people/rights.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/api/session_cookie.h"
#include "serve/http/ip_address.h"

namespace apportion {
namespace {

std::string user_agent_of(const ApiCall& call) {
  constexpr std::size_t kBytesMax = 200;
  const auto agent = call.request.headers.find("User-Agent");
  return agent ? std::string(agent->substr(0, kBytesMax)) : std::string();
}

// Who somebody is, and what they may, for a page to show what it can.
Json identity_document(const Identity& who, const std::optional<CustomerId>& acting_as) {
  Json rights = Json::array();
  for (const RightDefinition& right : right_definitions()) {
    if (acting_as ? who.may_as_customer(right.id) : who.may(right.id)) rights.push_back(right.name);
  }
  Json document = {{"actor", who.actor}, {"name", who.name}, {"role", role_definition(who.role).name}};
  if (who.customer) document["customer"] = who.customer->raw();
  if (acting_as) document["acting_as"] = acting_as->raw();
  document["rights"] = std::move(rights);
  if (!who.forgery_token.empty()) document["forgery_token"] = who.forgery_token;
  return document;
}

ApiAnswer session_answer(const ApiCall& call, const StartedSession& session) {
  ApiAnswer answer;
  answer.body = identity_document(session.identity, std::nullopt);
  answer.body["ends_at"] = session.ends_at;
  answer.headers.add("Set-Cookie", session_cookie(call.request, session.cookie_value));
  return answer;
}

Result<ApiAnswer> sign_in(ApiCall& call) {
  Identities& identities = call.service.identities();
  const std::string agent = user_agent_of(call);
  if (const auto link = text_field(call.body, "link")) {
    APPORTION_ASSIGN(const StartedSession session,
                     identities.sign_in_by_link(*link, call.request.client_address, agent));
    return session_answer(call, session);
  }
  const auto user = text_field(call.body, "user");
  const auto password = text_field(call.body, "password");
  if (!user || !password) {
    return Error{ErrorId::kFieldMissing, "a field is missing", "", "expected `user` and `password`, or `link`",
                 "send them"};
  }
  APPORTION_ASSIGN(const StartedSession session,
                   identities.sign_in({*user, *password, text_field(call.body, "one_time_code").value_or(""),
                                       call.request.client_address, agent}));
  return session_answer(call, session);
}

ApiAnswer sent_to(int status, std::string place) {
  ApiAnswer answer;
  answer.status = status;
  answer.headers.add("Location", std::move(place));
  answer.headers.add("Referrer-Policy", "no-referrer");
  return answer;
}

// What a browser opens by a link: it signs in, and goes on. The secret is good once, so it may stand in the history.
Result<ApiAnswer> sign_in_and_go_on(ApiCall& call) {
  APPORTION_ASSIGN(const StartedSession session,
                   call.service.identities().sign_in_by_link(*call.query_value("link"), call.request.client_address,
                                                             user_agent_of(call)));
  constexpr int kSeeOther = 303;
  ApiAnswer answer = sent_to(kSeeOther, "/");
  answer.headers.add("Set-Cookie", session_cookie(call.request, session.cookie_value));
  return answer;
}

SignInVisitor visitor_of(const ApiCall& call) {
  const std::string& address = call.request.client_address;
  const auto ip = IpAddress::parse(address);
  return {address, ip ? ip->network() : address, user_agent_of(call)};
}

Result<ApiAnswer> begin_with_provider(ApiCall& call) {
  APPORTION_ASSIGN(const BegunProviderSignIn begun,
                   call.service.provider_sign_ins().begin(call.query_value("return_to").value_or(""), visitor_of(call),
                                                          call.cancel));
  constexpr int kFound = 302;
  ApiAnswer answer = sent_to(kFound, begun.url);
  answer.headers.add("Set-Cookie", sign_in_cookie(call.request, begun.browser_secret, ProviderSignIns::kSecondsMax));
  return answer;
}

Result<ApiAnswer> finish_with_provider(ApiCall& call) {
  const auto said = [&call](std::string_view name) { return call.query_value(name).value_or(""); };
  const std::string secret = sign_in_cookie_of(call.request).value_or("");
  APPORTION_ASSIGN(const FinishedProviderSignIn finished,
                   call.service.provider_sign_ins().finish(
                       {said("state"), said("code"), said("error"), said("error_description"), said("iss")}, secret,
                       visitor_of(call), call.cancel));
  constexpr int kSeeOther = 303;
  ApiAnswer answer = sent_to(kSeeOther, finished.return_to.empty() ? "/" : finished.return_to);
  answer.headers.add("Set-Cookie", session_cookie(call.request, finished.session.cookie_value));
  answer.headers.add("Set-Cookie", sign_in_cookie(call.request, "", 0));
  return answer;
}

// How people may sign in, for the page on which they do.
Result<ApiAnswer> sign_in_methods(ApiCall& call) {
  Identities& identities = call.service.identities();
  APPORTION_ASSIGN(const bool has_passwords, identities.has_passwords());
  APPORTION_ASSIGN(const auto provider, identities.identity_provider());
  ApiAnswer answer;
  answer.body = {{"passwords", has_passwords}};
  if (provider) answer.body["provider"] = {{"label", provider->label}, {"url", "/sign-in/provider"}};
  return answer;
}

Result<ApiAnswer> accept_invitation(ApiCall& call) {
  APPORTION_ASSIGN(
      const StartedSession session,
      call.service.identities().accept_invitation(*text_field(call.body, "secret"), *text_field(call.body, "password"),
                                                  call.request.client_address, user_agent_of(call),
                                                  text_field(call.body, "one_time_code").value_or("")));
  return session_answer(call, session);
}

Result<ApiAnswer> sign_out(ApiCall& call) {
  if (call.who.session.empty()) {
    return Error{ErrorId::kNoSuchSession, "there is no session", "", "the request came with a token",
                 "revoke the token instead"};
  }
  APPORTION_TRY(call.service.identities().sign_out(call.who));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  answer.headers.add("Set-Cookie", session_cookie(call.request, ""));
  return answer;
}

Result<ApiAnswer> change_password(ApiCall& call) {
  APPORTION_TRY(call.service.identities().change_own_password(call.who, *text_field(call.body, "current"),
                                                              *text_field(call.body, "wanted")));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

Result<ApiAnswer> who_am_i(ApiCall& call) {
  ApiAnswer answer;
  answer.body = identity_document(call.who, call.acting_as);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const bool is_invented, is_partner_invented(*workspace));
  if (is_invented) answer.body["invented"] = true;
  return answer;
}

constexpr auto kOperations = std::to_array<Operation>({
    {"signIn", Right::kAnyone, Effect::kChanges, &sign_in},
    {"openSignInLink", Right::kAnyone, Effect::kChanges, &sign_in_and_go_on, true},
    {"beginProviderSignIn", Right::kAnyone, Effect::kReads, &begin_with_provider, true},
    {"finishProviderSignIn", Right::kAnyone, Effect::kChanges, &finish_with_provider, true},
    {"getSignInMethods", Right::kAnyone, Effect::kReads, &sign_in_methods},
    {"acceptInvitation", Right::kAnyone, Effect::kChanges, &accept_invitation},
    {"signOut", Right::kSignedIn, Effect::kChanges, &sign_out},
    {"changePassword", Right::kSignedIn, Effect::kChanges, &change_password},
    {"whoAmI", Right::kSignedIn, Effect::kReads, &who_am_i},
});

}  // namespace

std::span<const Operation> session_operations() { return kOperations; }

}  // namespace apportion
