#include "application/people.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/audit.h"
#include "application/people_internal.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/utc_time.h"
#include "people/one_time_codes.h"
#include "people/secrets.h"

namespace apportion {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::int64_t kInvitationDays = 7;
constexpr std::int64_t kResetDays = 1;
constexpr std::int64_t kTokenDaysMax = 366;
constexpr std::size_t kTokenNameMax = 64;
constexpr std::size_t kDisplayNameMax = 200;
constexpr std::string_view kIssuer = "Apportion";

std::string time_text(std::int64_t epoch_seconds) {
  return epoch_seconds == 0 ? std::string() : utc_time_text(UtcTime(std::chrono::seconds(epoch_seconds)));
}

Error no_such_user(std::string_view name) {
  return {ErrorId::kNoSuchUser, "there is no such user", fmt::format("`{}`", excerpt(name)),
          "the user was removed, never existed, or belongs to somebody else",
          "see which users there are: " + step(Step::kListUsers)};
}

Result<void> check_role_fits(Role role, const std::optional<CustomerId>& customer) {
  const RoleDefinition& definition = role_definition(role);
  if (definition.of_customer == customer.has_value()) return ok();
  return Error{ErrorId::kRoleNeedsCustomer, "the role does not fit the customer", fmt::format("`{}`", definition.name),
               definition.of_customer ? "it is a role of one customer's people, and no customer is named"
                                      : "it is a role of the partner's people, and a customer is named",
               definition.of_customer
                   ? "name the customer: " + step(Step::kListCustomers)
                   : std::string("leave the customer out, or choose customer-admin or customer-viewer")};
}

Result<void> check_role_of_people(Role role) {
  if (role != Role::kWorker) return ok();
  return Error{ErrorId::kWorkerRoleRefused, "people cannot have this role",
               fmt::format("`{}`", role_definition(role).name),
               "it is the role of a program", "make a token with it: " + step(Step::kAddToken)};
}

Result<std::string> checked_token_name(std::string_view name) {
  const std::string lower = ascii_lower(trim(name));
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (!lower.empty() && lower.size() <= kTokenNameMax && std::ranges::all_of(lower, fits) && lower.front() != '-') {
    return lower;
  }
  return Error{ErrorId::kFieldInvalid, "the name of the token is not valid", fmt::format("`{}`", excerpt(name)),
               fmt::format("a token's name has the letters a-z, digits, `.`, `_` and `-`, and at most {} of them",
                           kTokenNameMax),
               "choose another name, for example that of the script that uses it"};
}

}  // namespace

Result<Role> role_of_name(std::string_view name) {
  if (const auto role = role_named(name)) return *role;
  std::vector<std::string_view> names;
  for (const RoleDefinition& role : role_definitions()) names.push_back(role.name);
  return Error{ErrorId::kNoSuchRole, "there is no such role", fmt::format("`{}`", excerpt(name)),
               fmt::format("the roles are: {}", fmt::join(names, ", ")), "choose one of them"};
}

std::string url_of(const IssuedLink& link, std::string_view page) {
  while (page.ends_with('/')) page.remove_suffix(1);
  return fmt::format("{}/#/invitation/{}", page, link.secret);
}

Result<PeopleManager> PeopleManager::open(const Home& home, PeopleWorld world, Identity by) {
  APPORTION_ASSIGN(PeopleBook book, PeopleBook::open(home.control_plane_file(), world.clock, world.epoch_seconds));
  return PeopleManager(home, std::move(world), std::move(by), std::move(book));
}

bool PeopleManager::manages(Role role, const std::optional<CustomerId>& customer) const {
  if (by_.may(Right::kManagePeople)) return true;
  return by_.may(Right::kManageOwnPeople) && by_.customer && role_definition(role).of_customer &&
         customer == by_.customer;
}

Result<void> PeopleManager::check_manages(Role role, const std::optional<CustomerId>& customer) const {
  if (manages(role, customer)) return ok();
  return Error{ErrorId::kNotAllowed, "the role does not allow it", fmt::format("`{}`", by_.actor),
               fmt::format("a {} manages {}", role_definition(by_.role).title,
                           by_.may(Right::kManageOwnPeople) ? "the people of the own customer only, in its roles"
                                                            : "nobody else"),
               "ask an owner: " + step(Step::kListUsers)};
}

// The least that somebody who manages people may do.
Result<void> PeopleManager::check_manages_any() const { return check_manages(Role::kCustomerViewer, by_.customer); }

// Whose people may be seen; nothing: everybody's.
Result<std::optional<CustomerId>> PeopleManager::managed_customer() const {
  APPORTION_TRY(check_manages_any());
  return by_.may(Right::kManagePeople) ? std::nullopt : by_.customer;
}

// Whom somebody may not manage is nobody to them.
Result<User> PeopleManager::managed_user(std::string_view name) const {
  APPORTION_TRY(check_manages_any());
  const auto checked = checked_user_name(name);
  if (!checked) return no_such_user(name);
  APPORTION_ASSIGN(User found, book_.user_named(*checked));
  if (manages(found.role, found.customer)) return found;
  return no_such_user(name);
}

Result<User> PeopleManager::own_or_managed_user(std::string_view name) const {
  const auto checked = checked_user_name(name);
  if (checked && !by_.user.empty() && *checked == by_.user) return book_.user_named(by_.user);
  return managed_user(name);
}

UserView PeopleManager::view_of(const User& user) const {
  UserView view;
  view.name = user.name;
  view.display_name = user.display_name;
  view.role = user.role;
  view.customer = user.customer;
  view.disabled = user.disabled;
  view.has_password = !user.password_hash.empty();
  view.has_one_time_codes = user.has_one_time_codes;
  view.recovery_codes = user.recovery_codes;
  view.created_at = time_text(user.created_at);
  view.changed_at = time_text(user.changed_at);
  view.seen_at = time_text(user.seen_at);
  const auto locked = book_.locked_until(who_hash_of_name(user.name));
  view.locked_until = locked ? time_text(*locked) : std::string();
  return view;
}

TokenView PeopleManager::view_of(const TokenRow& token) const {
  return {token.id,
          token.name,
          token.role,
          token.customer,
          time_text(token.ends_at),
          time_text(token.created_at),
          token.created_by,
          time_text(token.used_at),
          token.ends_at <= book_.now()};
}

Result<std::vector<UserView>> PeopleManager::users() const {
  APPORTION_ASSIGN(const auto customer, managed_customer());
  APPORTION_ASSIGN(const auto found, book_.users(customer));
  std::vector<UserView> views;
  for (const User& user : found) views.push_back(view_of(user));
  return views;
}

Result<UserView> PeopleManager::user(std::string_view name) const {
  APPORTION_ASSIGN(const User found, own_or_managed_user(name));
  return view_of(found);
}

Result<UserView> PeopleManager::add_user(const UserRequest& request, const std::optional<std::string>& password) {
  if (!request.role) {
    return Error{ErrorId::kFieldMissing, "the user needs a role", fmt::format("`{}`", excerpt(request.name)),
                 "nobody has rights unless somebody decides on them", "name a role"};
  }
  APPORTION_TRY(check_manages(*request.role, request.customer));
  APPORTION_TRY(check_role_of_people(*request.role));
  APPORTION_TRY(check_role_fits(*request.role, request.customer));
  User user;
  APPORTION_ASSIGN(user.name, checked_user_name(request.name));
  user.display_name = excerpt(request.display_name.value_or(user.name), kDisplayNameMax);
  user.role = *request.role;
  user.customer = request.customer;
  user.disabled = request.disabled.value_or(false);
  if (password) {
    APPORTION_TRY(check_password(*password, user.name));
    APPORTION_ASSIGN(user.password_hash, world_.passwords->hash(*password));
  }
  APPORTION_ASSIGN(user.id, book_.add_user(user, by_.doer()));
  APPORTION_ASSIGN(const User added, book_.user(user.id));
  return view_of(added);
}

Result<UserView> PeopleManager::edit_user(const UserRequest& request) {
  APPORTION_ASSIGN(const User before, managed_user(request.name));
  UserChange change;
  if (request.display_name) change.display_name = excerpt(*request.display_name, kDisplayNameMax);
  change.disabled = request.disabled;
  const Role role = request.role.value_or(before.role);
  std::optional<CustomerId> customer = request.customer;
  if (!customer && role_definition(role).of_customer) customer = before.customer;
  APPORTION_TRY(check_manages(role, customer));
  APPORTION_TRY(check_role_of_people(role));
  APPORTION_TRY(check_role_fits(role, customer));
  change.role = role;
  change.customer = customer;
  APPORTION_TRY(book_.change_user(before.id, change, by_.doer()));
  APPORTION_ASSIGN(const User after, book_.user(before.id));
  return view_of(after);
}

Result<void> PeopleManager::remove_user(std::string_view name) {
  APPORTION_ASSIGN(const User found, managed_user(name));
  return book_.remove_user(found.id, by_.doer());
}

Result<void> PeopleManager::set_password(std::string_view name, std::string_view password) {
  APPORTION_ASSIGN(const User found, managed_user(name));
  APPORTION_TRY(check_password(password, found.name));
  APPORTION_ASSIGN(const std::string hash, world_.passwords->hash(password));
  APPORTION_TRY(book_.set_password(found.id, hash, {}, by_.doer()));
  return book_.forget_failures(who_hash_of_name(found.name));
}

Result<IssuedLink> PeopleManager::invite_user(std::string_view name) {
  APPORTION_ASSIGN(const User found, managed_user(name));
  if (found.disabled) {
    return Error{ErrorId::kNotAllowed, "a disabled user cannot be invited", fmt::format("`{}`", found.name),
                 "the user could not sign in", "enable the user first: " + step(Step::kListUsers)};
  }
  IssuedLink issued{found.name, found.display_name, LinkPurpose::kInvitation, make_secret(SecretKind::kLink), {}};
  if (!found.password_hash.empty()) issued.purpose = LinkPurpose::kReset;
  const std::int64_t days = issued.purpose == LinkPurpose::kReset ? kResetDays : kInvitationDays;
  const std::int64_t ends_at = book_.now() + days * kDay;
  issued.ends_at = time_text(ends_at);
  APPORTION_TRY(book_.add_link({secret_hash(issued.secret), issued.purpose, found.id, {}, ends_at}, by_.doer()));
  return issued;
}

Result<OneTimeCodesStart> PeopleManager::start_one_time_codes(std::string_view name) {
  APPORTION_ASSIGN(const User found, own_or_managed_user(name));
  if (found.has_one_time_codes) {
    return Error{ErrorId::kNotAllowed, "the user has one-time codes already", fmt::format("`{}`", found.name),
                 "new ones would make the old ones worthless", "remove the old ones first"};
  }
  const std::string secret = make_one_time_secret();
  APPORTION_ASSIGN(const OneTimeSecret sealed, sealed_one_time_secret(home_, world_.variable, found.id, secret));
  APPORTION_TRY(book_.put_one_time_secret(found.id, sealed));
  return OneTimeCodesStart{secret, one_time_url(secret, found.name, kIssuer)};
}

Result<std::vector<std::string>> PeopleManager::confirm_one_time_codes(std::string_view name, std::string_view code) {
  APPORTION_ASSIGN(const User found, own_or_managed_user(name));
  APPORTION_ASSIGN(const std::string secret, opened_one_time_secret(home_, world_.variable, book_, found.id));
  const auto step = step_of_code(secret, code, book_.now(), 0);
  if (found.has_one_time_codes || !step) return one_time_code_wrong();
  std::vector<std::string> codes = make_recovery_codes();
  std::vector<std::string> hashes;
  for (const std::string& recovery : codes) hashes.push_back(secret_hash(*typed_recovery_code(recovery)));
  APPORTION_TRY(book_.confirm_one_time_secret(found.id, *step, hashes, by_.doer()));
  return codes;
}

Result<void> PeopleManager::remove_one_time_codes(std::string_view name, std::string_view code) {
  APPORTION_ASSIGN(const User found, own_or_managed_user(name));
  // A browser that was left open must not be enough to take the second factor away.
  if (found.has_one_time_codes && found.name == by_.user) {
    APPORTION_TRY(use_one_time_code(home_, world_.variable, book_, found, code, by_.doer()));
  }
  return book_.remove_one_time_secret(found.id, by_.doer());
}

// Those that may be ended: the own ones, and those of people whom the identity manages.
Result<std::vector<SessionRow>> PeopleManager::managed_sessions() const {
  APPORTION_ASSIGN(auto all, book_.sessions());
  std::erase_if(all, [this](const SessionRow& session) {
    const bool is_own =
        session.os_user.empty() ? !by_.user.empty() && session.name == by_.user : "os:" + session.os_user == by_.actor;
    return !is_own && !manages(session.role, session.customer);
  });
  return all;
}

Result<std::vector<SessionView>> PeopleManager::sessions(const std::optional<std::string>& name) const {
  std::optional<std::string> wanted;
  if (name) {
    APPORTION_ASSIGN(const User found, own_or_managed_user(*name));
    wanted = found.name;
  }
  APPORTION_ASSIGN(const auto rows, managed_sessions());
  std::vector<SessionView> views;
  for (const SessionRow& row : rows) {
    const std::string user = row.os_user.empty() ? row.name : "os:" + row.os_user;
    if (wanted && user != *wanted) continue;
    views.push_back({row.id, user, row.address, row.user_agent, time_text(row.created_at), time_text(row.seen_at),
                     time_text(std::min(row.idle_end, row.last_end)), row.id == by_.session});
  }
  return views;
}

Result<void> PeopleManager::end_session(std::string_view id) {
  APPORTION_ASSIGN(const auto rows, managed_sessions());
  const auto found = std::ranges::find(rows, id, &SessionRow::id);
  if (found != rows.end()) return book_.end_session(found->id, by_.doer());
  return Error{ErrorId::kNoSuchSession, "there is no such session", fmt::format("`{}`", excerpt(id)),
               "it has ended, or belongs to somebody else", "see the sessions of the users: " + step(Step::kListUsers)};
}

Result<void> PeopleManager::end_sessions_of(std::string_view name) {
  APPORTION_ASSIGN(const User found, own_or_managed_user(name));
  return book_.end_sessions_of(found.id, by_.doer());
}

Result<std::vector<TokenView>> PeopleManager::tokens() const {
  APPORTION_ASSIGN(const auto customer, managed_customer());
  APPORTION_ASSIGN(const auto rows, book_.tokens(customer));
  std::vector<TokenView> views;
  for (const TokenRow& row : rows) views.push_back(view_of(row));
  if (!customer) return views;
  // Whom the partner employs is not the customer's to know.
  APPORTION_ASSIGN(const auto users, book_.users(customer));
  std::set<std::string> own;
  for (const User& user : users) own.insert("user:" + user.name);
  for (const TokenRow& row : rows) own.insert("token:" + row.name);
  for (TokenView& view : views) {
    if (!own.contains(view.created_by)) view.created_by = kPartnerActor;
  }
  return views;
}

Result<NewToken> PeopleManager::add_token(const ApiTokenRequest& request) {
  APPORTION_TRY(check_manages(request.role, request.customer));
  APPORTION_TRY(check_role_fits(request.role, request.customer));
  TokenRow row;
  APPORTION_ASSIGN(row.name, checked_token_name(request.name));
  if (request.days < 1 || request.days > kTokenDaysMax) {
    return Error{ErrorId::kFieldInvalid, "the token cannot last so long", fmt::format("{} days", request.days),
                 fmt::format("a token lasts for 1 to {} days", kTokenDaysMax), "choose a number of days in between"};
  }
  NewToken made{{}, make_secret(SecretKind::kToken)};
  row.id = random_public_id();
  row.secret_hash = secret_hash(made.secret);
  row.role = request.role;
  row.customer = request.customer;
  row.created_at = book_.now();
  row.ends_at = row.created_at + request.days * kDay;
  row.created_by = by_.actor;
  APPORTION_TRY(book_.add_token(row, by_.doer()));
  made.token = view_of(row);
  return made;
}

Result<void> PeopleManager::revoke_token(std::string_view name) {
  APPORTION_ASSIGN(const auto customer, managed_customer());
  APPORTION_ASSIGN(const auto rows, book_.tokens(customer));
  const auto found =
      std::ranges::find_if(rows, [name](const TokenRow& row) { return row.name == name || row.id == name; });
  if (found != rows.end()) return book_.remove_token(found->id, by_.doer());
  return Error{ErrorId::kNoSuchToken, "there is no such token", fmt::format("`{}`", excerpt(name)),
               "it was revoked, never existed, or belongs to somebody else",
               "see which tokens there are: " + step(Step::kListTokens)};
}

Result<std::vector<PeopleBook::MappedTenant>> PeopleManager::tenants() const {
  APPORTION_TRY(check_manages(Role::kOwner, std::nullopt));
  return book_.mapped_tenants();
}

Result<void> PeopleManager::map_tenant(std::string_view tenant, const std::optional<CustomerId>& customer) {
  APPORTION_TRY(check_manages(Role::kOwner, std::nullopt));
  const std::string id = ascii_lower(trim(tenant));
  if (!is_guid(id)) {
    return Error{ErrorId::kTenantNotAGuid, "a customer's tenant is not a GUID", fmt::format("`{}`", excerpt(tenant)),
                 "Entra tenants have ids such as 8d1f0f6e-0000-4000-8000-000000000001", "give the tenant's id"};
  }
  return book_.map_tenant(id, customer, by_.doer());
}

}  // namespace apportion
