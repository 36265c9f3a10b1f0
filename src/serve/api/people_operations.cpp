#include <array>

#include <fmt/format.h>

#include "application/brand.h"
#include "application/people.h"
#include "application/people_mail.h"
#include "foundation/base/utc_time.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/people_document.h"

namespace apportion {
namespace {

constexpr int kCreated = 201;
constexpr int kNoContent = 204;

// What the caller may do to people: a customer's administrator manages that customer's only.
Result<PeopleManager> manager_of(const ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  return PeopleManager::open(workspace->home, call.service.options().people, call.who);
}

std::optional<CustomerId> customer_field(const Json& body) {
  const auto id = text_field(body, "customer");
  return id ? std::optional(CustomerId(*id)) : std::nullopt;
}

ApiAnswer nothing_to_say() {
  ApiAnswer answer;
  answer.status = kNoContent;
  return answer;
}

Result<UserRequest> user_request(const ApiCall& call, std::string name) {
  UserRequest request;
  request.name = std::move(name);
  request.display_name = text_field(call.body, "display_name");
  request.customer = customer_field(call.body);
  request.disabled = flag_field(call.body, "disabled");
  if (const auto role = text_field(call.body, "role")) {
    APPORTION_ASSIGN(request.role, role_of_name(*role));
  }
  return request;
}

Result<ApiAnswer> list_users(ApiCall& call) {
  APPORTION_ASSIGN(const PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const auto users, people.users());
  APPORTION_ASSIGN(Json page, page_of(call, users, user_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> get_user(ApiCall& call) {
  APPORTION_ASSIGN(const PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const UserView user, people.user(call.path("user")));
  return document_answer(user_json(user));
}

Result<ApiAnswer> add_user(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const UserRequest request, user_request(call, *text_field(call.body, "name")));
  APPORTION_ASSIGN(const UserView user, people.add_user(request));
  ApiAnswer answer = document_answer(user_json(user));
  answer.status = kCreated;
  return answer;
}

Result<void> check_match_of_user(const ApiCall& call, const PeopleManager& people) {
  APPORTION_ASSIGN(const UserView before, people.user(call.path("user")));
  return call.check_match(etag_of(user_json(before)));
}

Result<ApiAnswer> change_user(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_TRY(check_match_of_user(call, people));
  APPORTION_ASSIGN(const UserRequest request, user_request(call, call.path("user")));
  APPORTION_ASSIGN(const UserView user, people.edit_user(request));
  return document_answer(user_json(user));
}

Result<ApiAnswer> remove_user(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_TRY(check_match_of_user(call, people));
  APPORTION_TRY(people.remove_user(call.path("user")));
  return nothing_to_say();
}

// Where the caller reaches the service: the server let no other host through.
std::string page_of_request(const ServerRequest& request) {
  return fmt::format("{}://{}", request.is_secure ? "https" : "http",
                     request.headers.find("Host").value_or("localhost"));
}

// By mail where there is a channel for it; otherwise whoever invited hands the link over. It is not shown again.
Result<ApiAnswer> invite_user(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const IssuedLink link, people.invite_user(call.path("user")));
  const ApiOptions& options = call.service.options();
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(std::string page, brand_address(workspace->home, options.home.clock));
  if (page.empty()) page = page_of_request(call.request);
  const UtcTime now{std::chrono::seconds(options.epoch_seconds())};
  APPORTION_ASSIGN(const bool was_mailed, mail_link(*workspace, options.azure.variable, link, page, now));
  ApiAnswer answer;
  answer.status = kCreated;
  answer.body = {{"user", link.user}, {"ends_at", link.ends_at}, {"mailed", was_mailed}};
  if (!was_mailed) answer.body["link"] = url_of(link, page);
  return answer;
}

Result<ApiAnswer> start_one_time_codes(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const OneTimeCodesStart started, people.start_one_time_codes(call.path("user")));
  ApiAnswer answer;
  answer.body = {{"secret", started.secret}, {"url", started.url}};
  return answer;
}

Result<ApiAnswer> confirm_one_time_codes(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const auto codes,
                   people.confirm_one_time_codes(call.path("user"), *text_field(call.body, "one_time_code")));
  ApiAnswer answer;
  answer.body = {{"recovery_codes", codes}};
  return answer;
}

Result<ApiAnswer> remove_one_time_codes(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_TRY(people.remove_one_time_codes(call.path("user"), call.query_value("one_time_code").value_or("")));
  return nothing_to_say();
}

Result<ApiAnswer> list_sessions(ApiCall& call) {
  APPORTION_ASSIGN(const PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const auto sessions, people.sessions(call.query_value("user")));
  ApiAnswer answer;
  APPORTION_ASSIGN(answer.body, page_of(call, sessions, [](const SessionView& session) {
                     Json item = session_json(session);
                     item["is_own"] = session.is_own;
                     return item;
                   }));
  return answer;
}

Result<ApiAnswer> end_session(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_TRY(people.end_session(call.path("session")));
  return nothing_to_say();
}

Result<ApiAnswer> list_tokens(ApiCall& call) {
  APPORTION_ASSIGN(const PeopleManager people, manager_of(call));
  APPORTION_ASSIGN(const auto tokens, people.tokens());
  ApiAnswer answer;
  APPORTION_ASSIGN(answer.body, page_of(call, tokens, token_json));
  return answer;
}

Result<ApiAnswer> add_token(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  ApiTokenRequest request{*text_field(call.body, "name")};
  APPORTION_ASSIGN(request.role, role_of_name(*text_field(call.body, "role")));
  request.customer = customer_field(call.body);
  request.days = number_field(call.body, "days").value_or(request.days);
  APPORTION_ASSIGN(const NewToken added, people.add_token(request));
  ApiAnswer answer;
  answer.status = kCreated;
  answer.body = token_json(added.token);
  answer.body["token"] = added.secret;
  return answer;
}

Result<ApiAnswer> revoke_token(ApiCall& call) {
  APPORTION_ASSIGN(PeopleManager people, manager_of(call));
  APPORTION_TRY(people.revoke_token(call.path("token")));
  return nothing_to_say();
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listUsers", Right::kManageOwnPeople, Effect::kReads, &list_users},
    {"addUser", Right::kManageOwnPeople, Effect::kCreates, &add_user},
    {"getUser", Right::kManageOwnPeople, Effect::kReads, &get_user},
    {"changeUser", Right::kManageOwnPeople, Effect::kChanges, &change_user},
    {"removeUser", Right::kManageOwnPeople, Effect::kChanges, &remove_user},
    {"inviteUser", Right::kManageOwnPeople, Effect::kChanges, &invite_user},
    {"startOneTimeCodes", Right::kSignedIn, Effect::kChanges, &start_one_time_codes},
    {"confirmOneTimeCodes", Right::kSignedIn, Effect::kChanges, &confirm_one_time_codes},
    {"removeOneTimeCodes", Right::kSignedIn, Effect::kChanges, &remove_one_time_codes},
    {"listSessions", Right::kSignedIn, Effect::kReads, &list_sessions},
    {"endSession", Right::kSignedIn, Effect::kChanges, &end_session},
    {"listTokens", Right::kManageOwnPeople, Effect::kReads, &list_tokens},
    {"addToken", Right::kManageOwnPeople, Effect::kChanges, &add_token},
    {"revokeToken", Right::kManageOwnPeople, Effect::kChanges, &revoke_token},
});

}  // namespace

std::span<const Operation> people_operations() { return kOperations; }

}  // namespace apportion
