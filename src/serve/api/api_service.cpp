#include "serve/api/api_service.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include "application/customers.h"
#include "foundation/base/check.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/next_step.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"
#include "serve/api/problem_page.h"
#include "serve/api/resource.h"
#include "serve/api/session_cookie.h"
#include "serve/api/step_operations.h"

namespace apportion {
namespace {

constexpr int kRunningMax = 8;  // requests of one actor at once
constexpr std::int64_t kActingAuditedSeconds = 15 * 60;
// What some programs send with every request, also where nothing is read.
constexpr std::string_view kEmptyBody = "{}";

bool is_get(const HttpRequestHead& head) { return head.method == "GET" || head.method == "HEAD"; }

std::string_view content_type_of(const HttpRequestHead& head) {
  const auto type = head.headers.find("Content-Type");
  return type ? trim(type->substr(0, type->find(';'))) : std::string_view();
}

// Whether a body is read as its header says: in UTF-8, and not compressed.
bool is_plain(const HttpRequestHead& head) {
  const auto encoding = head.headers.find("Content-Encoding");
  if (encoding && !ascii_equal_ignoring_case(*encoding, "identity")) return false;
  const std::string type = ascii_lower(head.headers.find("Content-Type").value_or(""));
  const std::size_t charset = type.find("charset=");
  return charset == std::string::npos || type.find("utf-8", charset) != std::string::npos;
}

// Headers that decide what is done, and for whom. Of two, a proxy may have looked at the other.
constexpr auto kOnceOnly = std::to_array<std::string_view>(
    {"Authorization", "Content-Encoding", "Content-Type", "Idempotency-Key", "X-Act-As-Customer", "X-Forgery-Token"});

Result<void> check_headers(const HttpRequestHead& head) {
  for (const std::string_view name : kOnceOnly) {
    const auto has_name = [name](const auto& field) { return ascii_equal_ignoring_case(field.first, name); };
    if (std::ranges::count_if(head.headers.fields, has_name) <= 1) continue;
    return Error{ErrorId::kRequestMalformed, "the request is not valid HTTP", "its header",
                 fmt::format("{} is there more than once", name), "check the program that sent it"};
  }
  return ok();
}

bool has_body(const HttpRequestHead& head) {
  const auto length = head.headers.find("Content-Length");
  return head.headers.find("Transfer-Encoding").has_value() || (length && *length != "0");
}

// Whether an If-None-Match or If-Match names an entity tag.
bool names_etag(std::string_view header, std::string_view etag) {
  for (std::string_view part : split_text(header, ',')) {
    part = trim(part);
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part == "*" || part == fmt::format("\"{}\"", etag)) return true;
  }
  return false;
}

bool accepts(const HttpRequestHead& head, std::string_view type) {
  const auto wanted = head.headers.find("Accept");
  if (!wanted) return true;
  const std::string family = std::string(type.substr(0, type.find('/'))) + "/*";
  return std::ranges::any_of(split_text(*wanted, ','), [&](std::string_view part) {
    part = trim(part.substr(0, part.find(';')));
    return part == "*/*" || part == family || part == type;
  });
}

// Whether whoever asks names pages, as browsers do, and programs do not.
bool prefers_page(const HttpRequestHead& head) {
  const auto wanted = head.headers.find("Accept");
  return wanted && std::ranges::any_of(split_text(*wanted, ','), [](std::string_view part) {
           return trim(part.substr(0, part.find(';'))) == "text/html";
         });
}

Error sign_in_needed(std::string why) {
  return Error{ErrorId::kSignInNeeded, "nobody is signed in", "", std::move(why),
               "sign in, or send a token: `Authorization: Bearer TOKEN`"};
}

Error no_such_resource(const HttpRequestHead& head) {
  return Error{ErrorId::kNoSuchResource, "there is no such resource", excerpt(head.path), "",
               "see which there are: /api/v1/openapi.json"};
}

// Refuses what would be ignored although whoever sent it relies on it.
Result<void> check_is_read(const ServerRequest& request, const ContractOperation& operation) {
  if (operation.body_type.empty() && !request.body.empty() && request.body != kEmptyBody) {
    return Error{ErrorId::kFieldUnknown, "there is no such field", "the body", "the call takes none", "leave it out"};
  }
  if (!is_get(request) && !operation.compares_states && request.headers.find("If-Match")) {
    return Error{ErrorId::kFieldUnknown, "there is no such field", "If-Match",
                 "the call does not compare the state with it", "leave it out"};
  }
  return ok();
}

Error form_unknown(std::string_view content_type) {
  return Error{ErrorId::kAnswerFormUnknown, "the answer has none of the wanted forms", "Accept",
               fmt::format("it is {}", content_type), "accept this form"};
}

KeptAnswer kept_answer(const ApiAnswer& answer) {
  APPORTION_CHECK(!answer.text && answer.source == nullptr, "what is created is answered in JSON");
  KeptAnswer kept{answer.status, answer.etag, answer.headers.fields, {}};
  if (!answer.body.is_null()) kept.body = answer.body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return kept;
}

Result<ApiAnswer> repeated_answer(const KeptAnswer& kept) {
  ApiAnswer answer;
  answer.status = kept.status;
  answer.etag = kept.etag;
  answer.headers.fields = kept.headers;
  answer.headers.add("Idempotency-Replayed", "true");
  if (!kept.body.empty()) {
    APPORTION_ASSIGN(answer.body, kept_document(kept.body, "a kept answer"));
  }
  return answer;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

// The caller of a request, and as whom.
struct ApiService::Asked {
  Identity who;
  bool is_signed_in = false;
  Caller caller;  // nobody until somebody is signed in
  std::optional<CustomerId> acting_as;

  Reader reader() const { return caller.is_partner() ? Reader::kPartner : Reader::kCustomer; }
};

ApiService::ApiService(ApiOptions options, Home home, Identities identities, std::unique_ptr<KeptAnswers> kept_answers,
                       std::shared_ptr<RunQueue> run_queue)
    : options_(std::move(options)),
      identities_(std::move(identities)),
      provider_transport_(apportion::provider_transport(options_.people.variable)),
      provider_sign_ins_({options_.home.folder, options_.people.variable, options_.epoch_seconds}, identities_,
                         *provider_transport_),
      workspaces_(options_.home),
      uploads_(std::move(home), options_.epoch_seconds),
      jobs_(options_.home.cancel),
      kept_answers_(std::move(kept_answers)),
      run_queue_(std::move(run_queue)) {}

Result<std::unique_ptr<ApiService>> ApiService::open(ApiOptions options, std::shared_ptr<RunQueue> run_queue) {
  APPORTION_ASSIGN(const Workspace workspace, open_home(options.home));
  APPORTION_ASSIGN(Identities identities, Identities::open(workspace.home, options.people));
  APPORTION_ASSIGN(auto kept_answers, KeptAnswers::open(workspace.home));
  APPORTION_TRY(workspace.home.remove_abandoned_folders());
  return std::unique_ptr<ApiService>(
      new ApiService(std::move(options), workspace.home, std::move(identities), std::move(kept_answers),
                     std::move(run_queue)));
}

Result<std::unique_ptr<Workspace>> ApiService::own_workspace(const Caller& caller) const {
  HomeRequest request = options_.home;
  request.caller = caller;
  APPORTION_ASSIGN(Workspace workspace, open_home(request));
  return std::make_unique<Workspace>(std::move(workspace));
}

Result<std::shared_ptr<const std::vector<Job>>> ApiService::recent_jobs() {
  constexpr std::chrono::milliseconds kRecent{500};
  const std::lock_guard lock(jobs_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (recent_jobs_ != nullptr && now - recent_jobs_at_ < kRecent) return recent_jobs_;
  const Caller system = Caller::partner("system");
  APPORTION_ASSIGN(const WorkspaceLease workspace, workspaces_.lend(system, {}));
  APPORTION_ASSIGN(auto jobs, list_jobs(system, *workspace, true));
  recent_jobs_ = std::make_shared<const std::vector<Job>>(std::move(jobs));
  recent_jobs_at_ = now;
  return recent_jobs_;
}

ApiService::Route ApiService::route_of(const HttpRequestHead& head) const {
  const std::string method = head.method == "HEAD" ? "GET" : head.method;
  const Contract& contract = Contract::built_in();
  for (const ContractOperation& described : contract.operations()) {
    if (described.method != method) continue;
    if (!contract.fits_path(described, head.segments)) continue;
    return {&described, find_operation(described.id)};
  }
  return {};
}

std::string ApiService::methods_at(const HttpRequestHead& head) const {
  std::vector<std::string_view> methods;
  const Contract& contract = Contract::built_in();
  for (const ContractOperation& described : contract.operations()) {
    if (contract.fits_path(described, head.segments)) {
      methods.push_back(described.method);
    }
  }
  return fmt::format("{}", fmt::join(methods, ", "));
}

Result<void> ApiService::check_route(const HttpRequestHead& head, const Route& route) const {
  APPORTION_TRY(check_headers(head));
  const bool is_peek = head.method == "HEAD" && route.operation != nullptr && route.operation->effect != Effect::kReads;
  if (route.operation == nullptr || is_peek) {
    const std::string methods = methods_at(head);
    if (methods.empty()) return no_such_resource(head);
    return Error{ErrorId::kMethodNotAllowed, "the resource does not have this method", excerpt(head.method),
                 "it has: " + methods, "use one of these"};
  }
  if (!has_body(head) || route.contract->body_type.empty()) return ok();
  if (content_type_of(head) == route.contract->body_type && is_plain(head)) return ok();
  return Error{ErrorId::kContentTypeUnsupported, "the body is in a form that is not read here",
               excerpt(content_type_of(head)),
               fmt::format("expected {} in UTF-8, not compressed", route.contract->body_type),
               fmt::format("send it with `Content-Type: {}`", route.contract->body_type)};
}

HttpAdmission ApiService::admit(const HttpRequestHead& head) {
  const Route route = route_of(head);
  const Result<void> checked = check_route(head, route);
  if (checked) {
    const std::int64_t bytes_max = std::max(route.contract->body_bytes_max, std::ssize(kEmptyBody));
    return {bytes_max, std::nullopt, route.operation->receive != nullptr};
  }
  HttpAdmission admission;
  admission.refusal = refusal(checked.error(), head, Reader::kCustomer);
  if (checked.error().id == ErrorId::kMethodNotAllowed) admission.refusal->headers.add("Allow", methods_at(head));
  return admission;
}

// That of the token or session; without one, that of the address.
std::string ApiService::line_of(const HttpRequestHead& head) const {
  const auto authorization = head.headers.find("Authorization");
  const auto secret = authorization ? std::optional(std::string(*authorization)) : session_cookie_of(head);
  return secret ? ContentHash().add(*secret).hex() : head.client_address;
}

// Whoever may not do it gets the answer that says so, without having sent the body.
std::shared_ptr<HttpBodySink> ApiService::receive(const HttpRequestHead& head, const Cancel& cancel) {
  const Route route = route_of(head);
  const auto asked = who_asks(head, *route.operation, cancel);
  if (!asked || head.headers.find("X-Act-As-Customer")) return nullptr;
  const auto query = Contract::built_in().check_query(*route.contract, head.query);
  return query ? route.operation->receive(*this, asked->who, *query) : nullptr;
}

ServerResponse ApiService::fault(const HttpFault& fault, const HttpRequestHead& head) {
  const Error error{fault.id, std::string(error_definition(fault.id).meaning), "", fault.why, ""};
  ServerResponse response = problem_response(error, {Reader::kCustomer, head.request_id, options_.home.folder});
  response.status = fault.status;
  if (fault.retry_after) response.headers.add("Retry-After", std::to_string(fault.retry_after->count()));
  return response;
}

ServerResponse ApiService::refusal(const Error& error, const HttpRequestHead& head, Reader reader) const {
  return problem_response(error, {reader, head.request_id, options_.home.folder});
}

ServerResponse ApiService::answer(const ServerRequest& request, const Cancel& cancel) {
  uploads_.drop_ended();
  const Route route = route_of(request);
  auto asked = who_asks(request, *route.operation, cancel);
  Reader reader = Reader::kCustomer;
  Result<ApiAnswer> answer = [&]() -> Result<ApiAnswer> {
    if (!asked) return asked.error();
    APPORTION_TRY(act_as_customer(request, *route.operation, cancel, *asked));
    reader = asked->reader();
    return answered_by(request, route, *asked, cancel);
  }();
  if (answer && answer->status < 300 && !accepts(request, answer->content_type)) {
    answer = form_unknown(answer->content_type);
  }
  if (answer) return response_of(request, std::move(*answer));
  log_failure(answer.error(), request, asked ? asked->who.actor : "");
  if (route.operation->is_for_browsers && prefers_page(request)) {
    return problem_page(answer.error(), {reader, request.request_id, options_.home.folder});
  }
  return refusal(answer.error(), request, reader);
}

// A token goes before a cookie. What belongs to nobody but says that it does is refused, also where nobody need be.
Result<ApiService::Asked> ApiService::who_asks(const HttpRequestHead& request, const Operation& operation,
                                               const Cancel& cancel) {
  Asked asked;
  constexpr std::string_view kBearer = "bearer ";
  const auto authorization = request.headers.find("Authorization");
  const auto cookie = session_cookie_of(request);
  if (authorization) {
    if (!ascii_lower(authorization->substr(0, kBearer.size())).starts_with(kBearer)) {
      return sign_in_needed("the service takes bearer tokens only");
    }
    APPORTION_ASSIGN(asked.who, identities_.of_token(trim(authorization->substr(kBearer.size()))));
  } else if (cookie && operation.right != Right::kAnyone) {
    APPORTION_ASSIGN(asked.who, identities_.of_session(*cookie));
    const auto given = request.headers.find("X-Forgery-Token");
    if (!is_get(request) && !(given && equal_in_constant_time(*given, asked.who.forgery_token))) {
      return Error{ErrorId::kForgeryTokenWrong, "the request may come from a page of somebody else", "X-Forgery-Token",
                   given ? "it is not that of the session" : "it is missing",
                   "send the forgery token of the session with every request except GET"};
    }
  } else {
    if (operation.right != Right::kAnyone) return sign_in_needed("");
    return asked;
  }
  asked.is_signed_in = true;
  asked.who.address = request.client_address;
  if (!has_right(asked.who.role, operation.right)) {
    if (role_definition(asked.who.role).of_customer) return no_such_resource(request);
    return Error{ErrorId::kNotAllowed, "the role does not allow it",
                 fmt::format("role {}", role_definition(asked.who.role).name),
                 fmt::format("it needs the right {}", right_definition(operation.right).name),
                 "ask an owner to do it, or for another role"};
  }
  asked.caller = Caller::partner(asked.who.actor);
  if (!asked.who.customer) return asked;
  APPORTION_ASSIGN(const WorkspaceLease workspace, workspaces_.lend(asked.caller, cancel));
  APPORTION_ASSIGN(asked.caller, caller_of_customer(*workspace, asked.who.actor, *asked.who.customer));
  return asked;
}

// Exactly what the customer sees: its rows, its columns.
Result<void> ApiService::act_as_customer(const ServerRequest& request, const Operation& operation, const Cancel& cancel,
                                         Asked& asked) {
  const auto wanted = request.headers.find("X-Act-As-Customer");
  if (!wanted || !asked.is_signed_in) return ok();
  if (asked.who.customer || !has_right(asked.who.role, Right::kActAsCustomer)) return no_such_resource(request);
  const bool may = asked.who.may_as_customer(operation.right) && operation.effect == Effect::kReads;
  if (!may) return no_such_resource(request);
  const CustomerId customer{std::string(*wanted)};
  APPORTION_ASSIGN(const WorkspaceLease workspace, workspaces_.lend(asked.caller, cancel));
  APPORTION_ASSIGN(asked.caller, caller_of_customer(*workspace, asked.who.actor, customer));
  asked.acting_as = customer;
  return audit_acting(asked);
}

Result<void> ApiService::audit_acting(const Asked& asked) {
  const std::int64_t now = options_.epoch_seconds();
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = acted_as_.try_emplace(asked.who.actor + " " + asked.acting_as->raw(), now);
    if (!is_new && now - entry->second <= kActingAuditedSeconds) return ok();
    entry->second = now;
  }
  return identities_.note(asked.who, "customer.act-as", asked.acting_as->raw(), asked.acting_as);
}

Result<ApiAnswer> ApiService::answered_by(const ServerRequest& request, const Route& route, const Asked& asked,
                                          const Cancel& cancel) {
  constexpr std::string_view kUsualForm = "application/json";
  const bool changes = route.operation->effect != Effect::kReads;
  const bool is_answered = route.operation->is_for_browsers || accepts(request, kUsualForm);
  if (changes && !is_answered) return form_unknown(kUsualForm);  // before anything is done
  const Contract& contract = Contract::built_in();
  APPORTION_ASSIGN(QueryValues query, contract.check_query(*route.contract, request.query));
  APPORTION_TRY(check_is_read(request, *route.contract));
  Json body;
  if (route.contract->body) {
    APPORTION_ASSIGN(body, contract.check_body(*route.contract, request.body));
  }
  ApiCall call{*this,           request,          *route.contract, asked.who, asked.caller,
               asked.acting_as, std::move(query), std::move(body), cancel};
  const std::string actor = asked.is_signed_in ? asked.who.actor : request.client_address;
  {
    const std::lock_guard lock(mutex_);
    if (running_[actor] >= kRunningMax) {
      return Error{ErrorId::kTooManyRequests, "too many requests at once", "",
                   fmt::format("{} requests of yours are being answered", kRunningMax), "wait for their answers"};
    }
    ++running_[actor];
  }
  auto answer = answer_once(call, *route.operation);
  const std::lock_guard lock(mutex_);
  if (--running_[actor] == 0) running_.erase(actor);
  return answer;
}

Result<ApiAnswer> ApiService::answer_once(ApiCall& call, const Operation& operation) {
  const auto key = call.request.headers.find("Idempotency-Key");
  if (!key || operation.effect != Effect::kCreates) return operation.handler(call);
  constexpr std::size_t kKeyBytesMax = 255;
  if (key->empty() || key->size() > kKeyBytesMax) {
    return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", "Idempotency-Key",
                 fmt::format("expected 1 to {} characters", kKeyBytesMax), "send a random one for each new request"};
  }
  const KeyedRequest request{call.who.actor, std::string(*key), call.request.method, call.request.path,
                             call.request.body};
  std::optional<ApiAnswer> first;
  const auto work = [&]() -> Result<KeptAnswer> {
    APPORTION_ASSIGN(first, operation.handler(call));
    return kept_answer(*first);
  };
  APPORTION_ASSIGN(const AnswerOnce once, kept_answers_->once(request, options_.epoch_seconds(), work));
  if (once.not_kept) log_event("answer-not-kept", &*once.not_kept);
  if (!once.is_repeated) return std::move(*first);
  return repeated_answer(once.answer);
}

ServerResponse ApiService::response_of(const ServerRequest& request, ApiAnswer answer) const {
  ServerResponse response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (!response.headers.find("Cache-Control")) {
    response.headers.add("Cache-Control", answer.etag.empty() ? "no-store" : "private, no-cache");
  }
  if (!answer.etag.empty()) {
    response.headers.add("ETag", fmt::format("\"{}\"", answer.etag));
    const auto known = request.headers.find("If-None-Match");
    if (known && is_get(request) && names_etag(*known, answer.etag)) {
      constexpr int kNotModified = 304;
      response.status = kNotModified;
      return response;
    }
  }
  if (answer.source != nullptr) {
    response.source = std::move(answer.source);
  } else if (answer.text) {
    response.body = std::move(*answer.text);
  } else if (!answer.body.is_null()) {
    answer.body = told_document(std::move(answer.body), options_.home.folder);
    response.body = answer.body.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  } else {
    return response;
  }
  response.headers.add("Content-Type", answer.content_type);
  return response;
}

void ApiService::answered(const HttpRequestHead& head, int status, std::int64_t bytes, std::chrono::microseconds took) {
  const Route route = route_of(head);
  constexpr int kFirstRefusal = 400;
  const std::string_view what = status < kFirstRefusal ? "page" : "unknown";
  metrics_.add(route.operation == nullptr ? what : route.operation->id, status, took);
  const Json line = {{"at", options_.home.clock.now()},
                     {"event", "request"},
                     {"request_id", head.request_id},
                     {"method", head.method},
                     {"path", head.path},
                     {"status", status},
                     {"bytes", bytes},
                     {"microseconds", took.count()},
                     {"client", head.client_address}};
  options_.log(line.dump(-1, ' ', true, Json::error_handler_t::replace));
}

void ApiService::log_event(std::string_view event, const Error* error) const {
  Json line = {{"at", options_.home.clock.now()}, {"event", event}};
  if (error != nullptr) {
    line["error"] = error_definition(error->id).name;
    line["message"] = shown_text(worded(error->message(), operation_words));
  }
  options_.log(line.dump(-1, ' ', true, Json::error_handler_t::replace));
}

void ApiService::log_failure(const Error& error, const HttpRequestHead& head, const std::string& actor) const {
  const Json line = {{"at", options_.home.clock.now()},
                     {"event", "failure"},
                     {"request_id", head.request_id},
                     {"actor", actor},
                     {"error", error_definition(error.id).name},
                     {"message", shown_text(worded(error.message(), operation_words))}};
  options_.log(line.dump(-1, ' ', true, Json::error_handler_t::replace));
}

const std::string& ApiCall::path(std::string_view name) const {
  const auto place = std::ranges::find(contract.segments, fmt::format("{{{}}}", name));
  APPORTION_CHECK(place != contract.segments.end(), "the contract describes each parameter of a path");
  return request.segments[static_cast<std::size_t>(place - contract.segments.begin())];
}

std::optional<std::string> ApiCall::query_value(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::nullopt : std::optional(found->second.front());
}

std::vector<std::string> ApiCall::query_list(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::int64_t> ApiCall::query_number(std::string_view name) const {
  const auto value = query_value(name);
  return value ? std::optional<std::int64_t>(std::stoll(*value)) : std::nullopt;  // the contract checked it
}

bool ApiCall::query_flag(std::string_view name) const { return query_value(name) == "true"; }

Result<WorkspaceLease> ApiCall::open() const { return service.workspaces().lend(caller, cancel); }

Result<void> ApiCall::check_match(std::string_view etag, bool is_required) const {
  const auto wanted = request.headers.find("If-Match");
  if (!wanted) {
    if (!is_required) return ok();
    return Error{ErrorId::kPreconditionMissing, "the change does not say which state it is based on", "If-Match",
                 "somebody else may have changed it meanwhile",
                 "read it, and send its `ETag` as `If-Match`; `*` for any state"};
  }
  if (names_etag(*wanted, etag)) return ok();
  return Error{ErrorId::kChangedMeanwhile, "somebody changed it meanwhile", "If-Match",
               fmt::format("its state is \"{}\" now", etag), "read it again, and repeat the change"};
}

std::string etag_of(const Json& document) { return ContentHash().add(document.dump()).hex(); }

std::optional<std::string> text_field(const Json& body, const char* name) {
  return body.contains(name) && !body[name].is_null() ? std::optional(body[name].get<std::string>()) : std::nullopt;
}

std::optional<bool> flag_field(const Json& body, const char* name) {
  return body.contains(name) && !body[name].is_null() ? std::optional(body[name].get<bool>()) : std::nullopt;
}

std::optional<std::int64_t> number_field(const Json& body, const char* name) {
  return body.contains(name) && !body[name].is_null() ? std::optional(body[name].get<std::int64_t>()) : std::nullopt;
}

std::vector<std::string> list_field(const Json& body, const char* name) {
  return body.contains(name) ? body[name].get<std::vector<std::string>>() : std::vector<std::string>();
}

Result<std::optional<Month>> month_field(const Json& body, const char* name) {
  const auto text = text_field(body, name);
  if (!text) return std::optional<Month>();
  const auto month = Month::parse(*text);
  if (month) return month;
  return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", name,
               fmt::format("`{}` is not a month", excerpt(*text)), "write it as YYYY-MM"};
}

}  // namespace apportion
