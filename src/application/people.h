/// Managing people: users, tokens, sessions, invitations, and the tenants whose people may sign in. Who may do what is
/// decided here, by the identity that it is done for: owners manage everybody, a customer's administrator the people of
/// that customer, and everybody what is their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/identities.h"
#include "foundation/base/result.h"
#include "store/people_book.h"

namespace apportion {

/// Errors: kNoSuchRole.
Result<Role> role_of_name(std::string_view name);

/// A user as people may see it. Times are UTC, and empty when there is none.
struct UserView {
  std::string name;
  std::string display_name;
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer;
  bool disabled = false;
  bool has_password = false;
  bool has_one_time_codes = false;
  std::int64_t recovery_codes = 0;  ///< How many are left.
  std::string created_at;
  std::string changed_at;
  std::string seen_at;       ///< When a session of the user that has not ended was last used.
  std::string locked_until;  ///< When signing in failed too often.
};

/// What is said of a user; what is not said stays as it is.
struct UserRequest {
  std::string name;
  std::optional<std::string> display_name = {};  ///< Of a new one: the name unless it is said.
  std::optional<Role> role = {};                 ///< Of a new one, it must be said.
  std::optional<CustomerId> customer = {};       ///< For the roles of customers only.
  std::optional<bool> disabled = {};
};

/// A link to be handed over, once. `secret` is shown now and never again.
struct IssuedLink {
  std::string user;
  std::string display_name;
  LinkPurpose purpose = LinkPurpose::kInvitation;  ///< A reset for users with a password.
  std::string secret;
  std::string ends_at;
};
/// Where the page takes the link: behind `#`, so that it stands in no log of a server.
std::string url_of(const IssuedLink& link, std::string_view page);

struct TokenView {
  std::string id;
  std::string name;
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer;
  std::string ends_at;
  std::string created_at;
  std::string created_by;  ///< As in `Identity::actor`.
  std::string used_at;     ///< To the minute; empty: never.
  bool has_ended = false;
};

struct ApiTokenRequest {
  std::string name;  ///< `[a-z0-9][a-z0-9._-]*`
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer = {};
  std::int64_t days = 90;
};

struct NewToken {
  TokenView token;
  std::string secret;  ///< Shown now and never again.
};

struct SessionView {
  std::string id;
  std::string user;  ///< Or the operating system's user: `os:billing`.
  std::string address;
  std::string user_agent;
  std::string started_at;
  std::string seen_at;
  std::string ends_at;
  bool is_own = false;  ///< The one that asks.
};

/// What an authenticator app is given.
struct OneTimeCodesStart {
  std::string secret;
  std::string url;  ///< For a QR code.
};

/// Does what one identity may. Not thread-safe.
class PeopleManager {
 public:
  /// Errors: those of opening the control plane.
  static Result<PeopleManager> open(const Home& home, PeopleWorld world, Identity by);

  /// By name: all, or those of the own customer. Errors: kNotAllowed.
  Result<std::vector<UserView>> users() const;
  /// Errors: kNoSuchUser, also for those whom the identity may not manage.
  Result<UserView> user(std::string_view name) const;
  /// Errors: kUserNameInvalid, kUserExists, kRoleNeedsCustomer, kWorkerRoleRefused, kNoSuchCustomer, kFieldMissing
  /// without a role, kNotAllowed; kPasswordWeak.
  Result<UserView> add_user(const UserRequest& request, const std::optional<std::string>& password = {});
  /// Ends the user's sessions when the role, the customer or `disabled` changes. Errors: as above, kNoSuchUser,
  /// kLastOwner.
  Result<UserView> edit_user(const UserRequest& request);
  /// Errors: kNoSuchUser, kLastOwner, kNotAllowed.
  Result<void> remove_user(std::string_view name);
  /// Ends the user's sessions, and lets a user sign in again who failed too often. Errors: kPasswordWeak, kNoSuchUser.
  Result<void> set_password(std::string_view name, std::string_view password);

  /// An invitation for seven days, or a reset for one; earlier ones are void. Errors: kNoSuchUser; kNotAllowed if the
  /// user is disabled.
  Result<IssuedLink> invite_user(std::string_view name);

  /// Of the own user too. Errors: kNoSuchUser; kNotAllowed if the user has codes already.
  Result<OneTimeCodesStart> start_one_time_codes(std::string_view name);
  /// From now on, the user needs a code to sign in. Returns recovery codes: shown now and never again. Errors:
  /// kOneTimeCodeWrong.
  Result<std::vector<std::string>> confirm_one_time_codes(std::string_view name, std::string_view code);
  /// Of the own user, with a code; of others, by those who manage them. Errors: kOneTimeCodeWrong.
  Result<void> remove_one_time_codes(std::string_view name, std::string_view code);

  /// Those of a user, or all that the identity may end; the one used last first.
  Result<std::vector<SessionView>> sessions(const std::optional<std::string>& name) const;
  /// Errors: kNoSuchSession.
  Result<void> end_session(std::string_view id);
  /// Errors: kNoSuchUser.
  Result<void> end_sessions_of(std::string_view name);

  /// By name.
  Result<std::vector<TokenView>> tokens() const;
  /// Errors: kFieldInvalid (name, days), kRoleNeedsCustomer, kNoSuchCustomer, kNotAllowed.
  Result<NewToken> add_token(const ApiTokenRequest& request);
  /// By name or id. Errors: kNoSuchToken.
  Result<void> revoke_token(std::string_view name);

  /// Whose people may sign in from which Entra tenant. Errors: kNotAllowed; kTenantNotAGuid; kNoSuchCustomer.
  Result<std::vector<PeopleBook::MappedTenant>> tenants() const;
  Result<void> map_tenant(std::string_view tenant, const std::optional<CustomerId>& customer);

 private:
  PeopleManager(Home home, PeopleWorld world, Identity by, PeopleBook book)
      : home_(std::move(home)), world_(std::move(world)), by_(std::move(by)), book_(std::move(book)) {}

  bool manages(Role role, const std::optional<CustomerId>& customer) const;
  Result<void> check_manages(Role role, const std::optional<CustomerId>& customer) const;
  Result<void> check_manages_any() const;
  Result<std::optional<CustomerId>> managed_customer() const;
  Result<User> managed_user(std::string_view name) const;
  Result<User> own_or_managed_user(std::string_view name) const;
  Result<std::vector<SessionRow>> managed_sessions() const;
  UserView view_of(const User& user) const;
  TokenView view_of(const TokenRow& token) const;

  Home home_;
  PeopleWorld world_;
  Identity by_;
  PeopleBook book_;
};

}  // namespace apportion
