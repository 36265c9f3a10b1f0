/// Who a request comes from, and signing in and out: by password, by a link, by an invitation, by an identity provider.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "foundation/model/role.h"
#include "people/passwords.h"
#include "people/rights.h"
#include "store/home.h"
#include "store/people_book.h"
#include "store/secret_box.h"

namespace apportion {

/// How long a name is locked the first time that signing in failed too often; each further lock is longer.
inline constexpr std::int64_t kSignInLockSeconds = LockOut().first_seconds;

/// Who a request comes from: a person with a session, or a token.
struct Identity {
  std::string actor;  ///< For the audit log: `user:anna@example.com`, `token:nightly`, `os:billing`.
  std::string name;   ///< Shown.
  Role role = Role::kCustomerViewer;
  std::optional<CustomerId> customer;  ///< Of people and tokens of one customer; unset for the partner's.
  std::string session;                 ///< Public id; empty for a token.
  std::string token;                   ///< Public id; empty for a session.
  std::string forgery_token;           ///< Of the session, for changes; empty for a token.
  std::string user;                    ///< Name to sign in by; empty for tokens and for the operating system's user.
  std::string address;                 ///< Where the request comes from, for the audit log; the caller may set it.

  bool may(Right right) const { return has_right(role, right); }
  /// While it acts as a customer: what a viewer of the customer may, and read what concerns the customer.
  bool may_as_customer(Right right) const {
    return may(right) && (has_right(Role::kCustomerViewer, right) || right == Right::kReadOwnAudit);
  }
  /// For the audit log.
  Doer doer() const { return {actor, address, customer}; }

  /// Somebody who may run the program in this home, and so may do everything. `actor` as in `Caller::actor`.
  static Identity of_operator(std::string actor);
};

struct StartedSession {
  Identity identity;
  std::string cookie_value;
  std::string ends_at;  ///< UTC; however much the session is used.
};

struct PasswordSignIn {
  std::string user, password, one_time_code, address, user_agent;
};

/// What an identity provider says of somebody, after its answer was verified.
struct ProviderSignIn {
  std::string issuer;
  std::string subject;
  std::string tenant;  ///< Entra's `tid`; empty of other providers.
  std::string name;    ///< What the person signs in by there: `anna@example.com`.
  std::string display_name;
  /// Whether the provider's administrators are the partner's own, so that whoever has a user's name there is that user.
  /// Never for a provider in which everybody may choose a name.
  bool names_are_trusted = false;
  std::string address, user_agent;
};

/// What signing in and managing people need from around the process.
struct PeopleWorld {
  Clock clock;                                  ///< For the audit log.
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC: for everything that ends.
  SecretBox::Variable variable;                 ///< For the key that one-time codes are sealed with.
  std::shared_ptr<Passwords> passwords = std::make_shared<Passwords>();  ///< One per process.
};

/// One for each process; may be used from any thread. How long sessions last is a setting, read again every few
/// seconds.
class Identities {
 public:
  /// Errors: those of opening the control plane.
  static Result<Identities> open(const Home& home, PeopleWorld world);
  Identities(Identities&&) noexcept;
  Identities& operator=(Identities&&) noexcept;
  ~Identities();

  /// Errors: kSignInNeeded if there is no such session, if it has ended, or if the user is disabled.
  Result<Identity> of_session(std::string_view cookie_value);
  /// Errors: kSignInNeeded.
  Result<Identity> of_token(std::string_view token);
  /// Whether the session or token is still good. Asking is not using it: a session without use ends all the same.
  Result<bool> is_current(const Identity& identity);

  /// Errors: kSignInFailed, whatever was wrong; kSignInLocked after too many failures, of the name or of the address;
  /// kOneTimeCodeWrong if the password is right, and the code is missing or wrong; kServiceBusy.
  Result<StartedSession> sign_in(const PasswordSignIn& request);
  /// By a link that `make_sign_in_link_secret` made. Errors: kInvitationInvalid.
  Result<StartedSession> sign_in_by_link(std::string_view link_secret, std::string address, std::string user_agent);
  /// By an invitation or a reset: sets the password and signs in. Users with one-time codes need one for a reset.
  /// Errors: kInvitationInvalid, kPasswordWeak, kOneTimeCodeWrong, kSignInLocked, kServiceBusy; then the invitation is
  /// as good as before.
  Result<StartedSession> accept_invitation(std::string_view secret, std::string_view new_password, std::string address,
                                           std::string user_agent, std::string_view one_time_code = {});
  /// By an identity provider. Who signs in that way for the first time must be a user whom nobody is linked to, and the
  /// names must be trusted; or come from a tenant that is mapped to a customer, and becomes a viewer of it. People of a
  /// customer come from there each time, or from where names are trusted. Errors: kSignInFailed, whatever was wrong.
  Result<StartedSession> sign_in_by_provider(const ProviderSignIn& request);
  Result<void> sign_out(const Identity& identity);
  /// How people sign in who use an identity provider; nothing if none is set up.
  Result<std::optional<IdentityProvider>> identity_provider();
  /// Whether somebody can sign in by a password.
  Result<bool> has_passwords();

  /// Of the person who is signed in; other sessions of theirs end. Errors: kNotAllowed if there is no user, and as
  /// `sign_in`; kPasswordWeak.
  Result<void> change_own_password(const Identity& identity, std::string_view current, std::string_view wanted);

  /// What somebody only looked at, or took away, but must stand in the audit log. It concerns `customer`, or else the
  /// one whose person it is: then `detail` holds nothing that the customer must not know.
  Result<void> note(const Identity& identity, std::string_view what, std::string_view detail,
                    const std::optional<CustomerId>& customer = {});

  /// For `serve --open`: good once, for two minutes, for the operating system's user (`billing`) as an owner.
  Result<std::string> make_sign_in_link_secret(const std::string& os_user);

 private:
  class State;
  explicit Identities(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace apportion
