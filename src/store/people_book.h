/// People book: who may use a home, what they sign in with, and what of it is in use: sessions, tokens, links.
///
/// It has a handle of its own on the control plane, so that signing in waits for nothing that is computed. Secrets come
/// as hashes (`people/secrets.h`, `people/passwords.h`), or sealed (`secret_box.h`). Each call is one transaction, and
/// what it changes stands in the audit log. Moments are seconds since 1970. Not thread-safe; processes, and threads
/// with a book each, may use it at the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/base/strong.h"
#include "foundation/model/ids.h"
#include "foundation/model/role.h"
#include "store/secret_box.h"

namespace apportion {

using UserId = Strong<struct UserIdTag, std::int64_t>;

/// Who does something, for the audit log.
struct Doer {
  std::string actor;         ///< `user:anna@example.com`, `token:nightly`, `os:billing`.
  std::string address = {};  ///< Where the request came from; empty for the command line.
  /// Whose person it is; nothing for the partner's people.
  std::optional<CustomerId> customer = {};
};

struct User {
  UserId id{};
  std::string name;  ///< As `checked_user_name` returns it; unique.
  std::string display_name;
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer = {};  ///< Set exactly for the roles of customers.
  std::string password_hash = {};           ///< Empty: nobody can sign in by a password.
  bool disabled = false;
  std::int64_t created_at = 0;
  std::int64_t changed_at = 0;
  bool has_one_time_codes = false;  ///< Confirmed ones.
  std::int64_t recovery_codes = 0;  ///< How many are left.
  std::int64_t seen_at = 0;         ///< When a session of the user was last used; 0: there is none.
};

/// What of a user is to change; what is not said stays as it is.
struct UserChange {
  std::optional<std::string> display_name = {};
  std::optional<Role> role = {};
  std::optional<std::optional<CustomerId>> customer = {};
  std::optional<bool> disabled = {};
};

/// A browser that somebody is signed in with.
struct SessionRow {
  std::string id;       ///< Public.
  UserId user{};        ///< 0: somebody who may run the program in this home.
  std::string name;     ///< Of the user, or of the operating system's user.
  std::string os_user;  ///< Empty for users.
  std::string display_name;
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer = {};
  std::int64_t created_at = 0;
  std::int64_t seen_at = 0;
  std::int64_t idle_end = 0;
  std::int64_t last_end = 0;  ///< However much it is used.
  std::string address;
  std::string user_agent;
};

/// A session that begins.
struct NewSession {
  std::string secret_hash;
  std::string id;
  UserId user{};        ///< 0 with `os_user`.
  std::string os_user;  ///< Empty with `user`.
  std::int64_t idle_seconds = 0;
  std::int64_t last_seconds = 0;
  std::string address;
  std::string user_agent;
  std::string how;  ///< For the audit log: `password`, `invitation`, …
};

struct TokenRow {
  std::string id;  ///< Public.
  std::string name;
  std::string secret_hash;
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer = {};
  std::int64_t ends_at = 0;
  std::int64_t created_at = 0;
  std::string created_by;
  std::int64_t used_at = 0;  ///< 0: never.
};

enum class LinkPurpose { kInvitation, kReset, kSignIn };

struct OneTimeLink {
  std::string secret_hash;
  LinkPurpose purpose = LinkPurpose::kInvitation;
  UserId user{};             ///< 0 for a link that signs in.
  std::string os_user = {};  ///< Of a link that signs in.
  std::int64_t ends_at = 0;
};

/// The secret of a user's one-time codes.
struct OneTimeSecret {
  std::string sealed;
  std::string sealed_for;  ///< The owner that the seal names.
  bool confirmed = false;
  std::int64_t last_step = 0;  ///< The newest that was used.
};

/// The identity provider that people sign in with.
struct IdentityProvider {
  std::string issuer;
  std::string client_id;
  std::string service_url;  ///< Where people reach the service: `https://bill.example.com`.
  std::string label;        ///< What the button says.
  bool trusts_names = false;
  std::string own_tenant = {};     ///< Entra's id of the partner's tenant; empty when the issuer is one tenant's.
  std::string sealed_secret = {};  ///< Sealed for kIdentityProviderSecret; empty of a public client.
  std::optional<Day> secret_expires_on = {};
  std::int64_t changed_at = 0;
};

/// What the provider's client secret is sealed for.
inline constexpr SecretName kIdentityProviderSecret{"identity-provider", "client-secret"};

/// How often one may fail to sign in.
struct LockOut {
  std::int64_t free_failures = 5;   ///< Before the first wait.
  std::int64_t first_seconds = 30;  ///< Doubled with each further failure.
  std::int64_t longest_seconds = 15 * 60;
  std::int64_t forgotten_after = 24 * 60 * 60;  ///< Seconds without a failure.
};

/// What `begin_attempt` found.
struct Attempt {
  std::int64_t locked_until = 0;  ///< Later than now: the attempt must not be made.
  std::int64_t failures = 0;      ///< With this attempt, which counts as failed until `end_attempt`.
  std::int64_t locked_until_before = 0;
};

class PeopleBook {
 public:
  using EpochSeconds = std::function<std::int64_t()>;

  static Result<PeopleBook> open(const std::filesystem::path& control_plane_file, Clock clock, EpochSeconds now);
  PeopleBook(PeopleBook&&) noexcept;
  PeopleBook& operator=(PeopleBook&&) noexcept;
  ~PeopleBook();

  std::int64_t now() const;

  /// Errors: kUserExists; kNoSuchCustomer.
  Result<UserId> add_user(const User& user, const Doer& doer);
  /// Ends the user's sessions and voids all links when the role, the customer or `disabled` changes, and takes away the
  /// password of a user who leaves a customer, whose administrators may have chosen it. Errors: kNoSuchUser,
  /// kNoSuchCustomer; kLastOwner if nobody who is not disabled would be an owner any more.
  Result<void> change_user(UserId id, const UserChange& change, const Doer& doer);
  /// Errors: kNoSuchUser, kLastOwner.
  Result<void> remove_user(UserId id, const Doer& doer);
  /// Ends the user's sessions but for one, if it is named, and voids all links of the user. Errors: kNoSuchUser.
  Result<void> set_password(UserId id, const std::string& password_hash, const std::string& kept_session,
                            const Doer& doer);
  /// By name. Of one customer if it is named.
  Result<std::vector<User>> users(const std::optional<CustomerId>& customer = {}) const;
  Result<User> user(UserId id) const;                      ///< Errors: kNoSuchUser.
  Result<User> user_named(const std::string& name) const;  ///< Errors: kNoSuchUser.

  /// Replaces the secret; it counts once it is confirmed. Errors: kNoSuchUser.
  Result<void> put_one_time_secret(UserId id, const OneTimeSecret& secret);
  Result<std::optional<OneTimeSecret>> one_time_secret(UserId id) const;
  /// From now on, signing in needs a code. The step is used up by it.
  Result<void> confirm_one_time_secret(UserId id, std::int64_t step, const std::vector<std::string>& recovery_hashes,
                                       const Doer& doer);
  Result<void> remove_one_time_secret(UserId id, const Doer& doer);
  /// False if the step, or a later one, was used before.
  Result<bool> use_one_time_step(UserId id, std::int64_t step);
  /// False if there is no such code (any more).
  Result<bool> use_recovery_code(UserId id, const std::string& code_hash, const Doer& doer);

  Result<std::optional<User>> user_of_provider(const std::string& issuer, const std::string& subject) const;
  /// Errors: kNoSuchUser.
  Result<void> link_provider(UserId id, const std::string& issuer, const std::string& subject, const Doer& doer);
  Result<std::optional<CustomerId>> customer_of_tenant(const std::string& tenant) const;
  /// Without a customer, nobody of the tenant can sign in any more, and the sessions of the customer's people end.
  /// Errors: kNoSuchCustomer.
  Result<void> map_tenant(const std::string& tenant, const std::optional<CustomerId>& customer, const Doer& doer);
  struct MappedTenant {
    std::string tenant;
    CustomerId customer;
  };
  Result<std::vector<MappedTenant>> mapped_tenants() const;  ///< By customer.

  Result<std::optional<IdentityProvider>> identity_provider() const;
  /// In place of the one before, if there is one.
  Result<void> put_identity_provider(const IdentityProvider& provider, const Doer& doer);
  /// False if there was none. Who is linked to whom there stays.
  Result<bool> remove_identity_provider(const Doer& doer);
  /// Whether somebody can sign in by a password.
  Result<bool> has_passwords() const;

  /// Drops sessions that have ended, and of a user with very many the one that was not used for longest. Errors:
  /// kNoSuchUser, also if the user is disabled.
  Result<SessionRow> start_session(const NewSession& session, const Doer& doer);
  /// Nothing if there is none, if it has ended or was not used for so long, or if its user is disabled. Cheap; writes
  /// when it last did so a minute ago or earlier, unless somebody else writes at this moment.
  Result<std::optional<SessionRow>> use_session(const std::string& secret_hash, std::int64_t idle_seconds);
  /// Not an error if it has ended by itself.
  Result<void> end_session(const std::string& id, const Doer& doer);
  Result<void> end_sessions_of(UserId id, const Doer& doer);
  /// In a home that was restored: sessions and links of the backup may have been ended since.
  Result<void> end_all_sessions(const Doer& doer);
  /// Those that have not ended, of one user if it is named (0: of the operating system's), the one used last first.
  Result<std::vector<SessionRow>> sessions(std::optional<UserId> user = {}) const;

  /// Errors: kTokenExists; kNoSuchCustomer.
  Result<void> add_token(const TokenRow& token, const Doer& doer);
  /// Errors: kNoSuchToken.
  Result<void> remove_token(const std::string& id, const Doer& doer);
  /// By name. Of one customer if it is named.
  Result<std::vector<TokenRow>> tokens(const std::optional<CustomerId>& customer = {}) const;
  /// Nothing if there is none, or if it has ended. As cheap as `use_session`.
  Result<std::optional<TokenRow>> use_token(const std::string& secret_hash);

  /// Drops links that have ended, and earlier ones of the user for the same purpose.
  Result<void> add_link(const OneTimeLink& link, const Doer& doer);
  /// One that has not ended and was not used.
  Result<std::optional<OneTimeLink>> link(const std::string& secret_hash) const;
  /// Uses a link up; false if somebody was faster, or if it has ended.
  Result<bool> use_link(const std::string& secret_hash);
  /// Uses up an invitation or a reset, sets the password that it was for, and ends all sessions of the user: all or
  /// nothing. Errors: kInvitationInvalid if it was used meanwhile.
  Result<void> accept_link(const std::string& secret_hash, const std::string& password_hash, const Doer& doer);

  /// Counts an attempt to sign in as failed, unless one must not be made now.
  Result<Attempt> begin_attempt(const std::string& who_hash, const LockOut& lock_out);
  /// Takes an attempt back that neither failed nor succeeded.
  Result<void> take_back_attempt(const std::string& who_hash, const Attempt& attempt);
  /// After a success: nothing counts any more.
  Result<void> forget_failures(const std::string& who_hash);
  /// Until when signing in is refused; 0: it is not.
  Result<std::int64_t> locked_until(const std::string& who_hash) const;

  /// For what is only seen: a failed attempt to sign in. It concerns `customer`, or else the one whose person the doer
  /// is: then the detail holds nothing that the customer must not know.
  Result<void> note(std::string_view what, std::string_view detail, const Doer& doer,
                    const std::optional<CustomerId>& customer = {});

 private:
  class Database;
  explicit PeopleBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
