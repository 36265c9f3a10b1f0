#include "application/identities.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/people_internal.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/utc_time.h"
#include "people/secrets.h"
#include "store/control_plane.h"
#include "store/people_book.h"
#include "store/settings.h"

namespace apportion {
namespace {

constexpr std::int64_t kSignInLinkSeconds = 120;
constexpr std::size_t kUserAgentBytes = 200;
constexpr std::int64_t kSettingsKeptSeconds = 5;
// Many people may come from one address; nobody guesses so often from it.
constexpr LockOut kAddressLockOut{50, 60, 15 * 60, 15 * 60};

struct SessionLimits {
  std::int64_t idle_seconds = 0;
  std::int64_t last_seconds = 0;
};

Error sign_in_needed() {
  return {ErrorId::kSignInNeeded, "nobody is signed in", "", "there is no session or token, or it has ended",
          "sign in; on this machine: " + step(Step::kOpenSignInLink)};
}

Error sign_in_failed() {
  return {ErrorId::kSignInFailed, "signing in failed", "", "the name or the password is wrong, or the user is disabled",
          "check both and try again; if the password is lost, an owner can reset it: " + step(Step::kResetPassword)};
}

// The same for everybody who is refused: it says nothing about who there is.
Error nobody_of_provider() {
  return {ErrorId::kSignInFailed, "signing in failed", "",
          "nobody who may sign in here is known by this account of the identity provider",
          "ask an owner to add a user with the name that you have there: " + step(Step::kAddUser)};
}

Error sign_in_locked(std::int64_t until) {
  return {ErrorId::kSignInLocked, "signing in failed too often", "",
          fmt::format("it is refused until {}", utc_time_text(UtcTime(std::chrono::seconds(until)))),
          "wait until then; with a new password it works at once: " + step(Step::kResetPassword)};
}

Error link_invalid() {
  return {ErrorId::kInvitationInvalid, "the link is not valid, or no longer", "",
          "it was used, or more than two minutes have passed", "get a new one: " + step(Step::kOpenSignInLink)};
}

Error invitation_invalid() {
  return {ErrorId::kInvitationInvalid, "the invitation is not valid, or no longer", "",
          "it was used, it has ended, or a newer one took its place",
          "ask whoever invited you for a new one: " + step(Step::kInviteUser)};
}

Identity identity_of(const SessionRow& session, std::string_view cookie_value) {
  Identity identity;
  identity.user = session.os_user.empty() ? session.name : std::string();
  identity.actor = (session.os_user.empty() ? "user:" : "os:") + session.name;
  identity.name = session.display_name.empty() ? session.name : session.display_name;
  identity.role = session.role;
  identity.customer = session.customer;
  identity.session = session.id;
  identity.forgery_token = forgery_token_of(cookie_value);
  identity.address = session.address;
  return identity;
}

std::string shown_agent(std::string_view user_agent) { return excerpt(user_agent, kUserAgentBytes); }

}  // namespace

// Handles on the control plane, as many as threads have used at once: a handle serves one thread at a time.
class Identities::State {
 public:
  State(Home home, PeopleWorld world) : home_(std::move(home)), world_(std::move(world)) {}

  class Loan {
   public:
    Loan(State& state, std::unique_ptr<PeopleBook> book) : state_(&state), book_(std::move(book)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (!book_) return;
      const std::lock_guard lock(state_->mutex_);
      state_->idle_.push_back(std::move(book_));
    }
    PeopleBook& operator*() const { return *book_; }
    PeopleBook* operator->() const { return book_.get(); }

   private:
    State* state_;
    std::unique_ptr<PeopleBook> book_;
  };

  Result<Loan> book() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto taken = std::move(idle_.back());
        idle_.pop_back();
        return Loan(*this, std::move(taken));
      }
    }
    APPORTION_ASSIGN(PeopleBook opened,
                     PeopleBook::open(home_.control_plane_file(), world_.clock, world_.epoch_seconds));
    return Loan(*this, std::make_unique<PeopleBook>(std::move(opened)));
  }

  const Home& home() const { return home_; }
  const PeopleWorld& world() const { return world_; }

  Result<StartedSession> start(PeopleBook& book, NewSession session, const Doer& doer) {
    const std::string cookie = make_secret(SecretKind::kSession);
    session.secret_hash = secret_hash(cookie);
    session.id = random_public_id();
    APPORTION_ASSIGN(const SessionLimits lasts, limits());
    session.idle_seconds = lasts.idle_seconds;
    session.last_seconds = lasts.last_seconds;
    session.user_agent = shown_agent(session.user_agent);
    APPORTION_ASSIGN(const SessionRow started, book.start_session(session, doer));
    return StartedSession{identity_of(started, cookie), cookie,
                          utc_time_text(UtcTime(std::chrono::seconds(started.last_end)))};
  }

  // As the settings say now, or said some seconds ago.
  Result<SessionLimits> limits() {
    const std::lock_guard lock(limits_mutex_);
    const std::int64_t now = world_.epoch_seconds();
    if (limits_ && now >= limits_read_at_ && now - limits_read_at_ < kSettingsKeptSeconds) return *limits_;
    if (!plane_) {
      APPORTION_ASSIGN(plane_, ControlPlane::open(home_.control_plane_file(), world_.clock, false));
    }
    APPORTION_ASSIGN(const Settings settings, Settings::read(*plane_));
    limits_ = {settings[SettingId::kSessionsIdleMinutes] * 60, settings[SettingId::kSessionsLastDays] * 24 * 60 * 60};
    limits_read_at_ = now;
    return *limits_;
  }

 private:
  Home home_;
  PeopleWorld world_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PeopleBook>> idle_;
  std::mutex limits_mutex_;
  std::optional<ControlPlane> plane_;  // for the settings
  std::optional<SessionLimits> limits_;
  std::int64_t limits_read_at_ = 0;
};

namespace {

// An attempt to prove who somebody is. It counts as failed, of the name and of the address, until something else is
// said, so that many attempts at once are as few as one after another.
class SignInAttempt {
 public:
  // Errors: kSignInLocked.
  static Result<SignInAttempt> begin(PeopleBook& book, std::string_view name, std::string_view address) {
    SignInAttempt attempt(book, who_hash_of_name(name),
                          address.empty() ? std::string() : secret_hash("address " + std::string(address)));
    if (!attempt.address_hash_.empty()) {
      APPORTION_ASSIGN(attempt.of_address_, book.begin_attempt(attempt.address_hash_, kAddressLockOut));
      if (attempt.of_address_.locked_until > 0) return sign_in_locked(attempt.of_address_.locked_until);
    }
    APPORTION_ASSIGN(attempt.of_name_, book.begin_attempt(attempt.name_hash_, LockOut{}));
    if (attempt.of_name_.locked_until > 0) return sign_in_locked(attempt.of_name_.locked_until);
    return attempt;
  }

  // It says nothing about who somebody is.
  Result<void> take_back() {
    APPORTION_TRY(book_->take_back_attempt(name_hash_, of_name_));
    return take_back_address();
  }

  Result<void> succeed() {
    APPORTION_TRY(book_->forget_failures(name_hash_));
    return take_back_address();
  }

 private:
  SignInAttempt(PeopleBook& book, std::string name_hash, std::string address_hash)
      : book_(&book), name_hash_(std::move(name_hash)), address_hash_(std::move(address_hash)) {}

  Result<void> take_back_address() {
    if (address_hash_.empty()) return ok();
    return book_->take_back_attempt(address_hash_, of_address_);
  }

  PeopleBook* book_;
  std::string name_hash_;
  std::string address_hash_;
  Attempt of_name_;
  Attempt of_address_;
};

Doer doer_of(const User& user, const std::string& address) { return {"user:" + user.name, address, user.customer}; }

// A name that nobody has may be a password that was typed into the wrong field.
Result<void> note_failure(PeopleBook& book, const std::optional<User>& user, std::string_view what,
                          const std::string& address) {
  const std::string who = user ? user->name : std::string("a name that nobody has");
  return book.note("sign_in.failed", fmt::format("{}: {}", who, what),
                   {"unknown", address, user ? user->customer : std::nullopt});
}

Result<std::optional<User>> user_who_signs_in(const PeopleBook& book, std::string_view typed) {
  const auto name = checked_user_name(typed);
  if (!name) return std::optional<User>();
  auto found = book.user_named(*name);
  if (found) return std::optional(*std::move(found));
  if (found.error().id == ErrorId::kNoSuchUser) return std::optional<User>();
  return std::move(found).error();
}

// The password of a user, or of nobody: both take as long. True if it is right; else the failure is noted.
Result<bool> check_password_of(PeopleBook& book, SignInAttempt& attempt, Passwords& passwords,
                               const std::optional<User>& user, std::string_view password, const std::string& address) {
  const auto is_right = passwords.verify(password, user && !user->disabled ? user->password_hash : std::string());
  if (!is_right) {
    APPORTION_TRY(attempt.take_back());
    return is_right.error();
  }
  if (!*is_right) APPORTION_TRY(note_failure(book, user, "wrong password", address));
  return *is_right;
}

// The second factor, of users who have one.
Result<void> check_code_of(const Home& home, const PeopleWorld& world, PeopleBook& book, SignInAttempt& attempt,
                           const User& user, std::string_view code, const Doer& doer) {
  if (!user.has_one_time_codes) return ok();
  if (code.empty()) {
    APPORTION_TRY(attempt.take_back());
    return one_time_code_missing();
  }
  auto used = use_one_time_code(home, world.variable, book, user, code, doer);
  if (used) return ok();
  if (used.error().id == ErrorId::kOneTimeCodeWrong) {
    APPORTION_TRY(note_failure(book, user, "wrong one-time code", doer.address));
  }
  return used;
}

// What a person is called who comes from a customer's tenant for the first time.
Result<UserId> add_viewer(PeopleBook& book, const ProviderSignIn& request, const std::string& name,
                          const CustomerId& customer, const Doer& doer) {
  User user;
  user.name = name;
  user.display_name = request.display_name.empty() ? name : excerpt(request.display_name);
  user.role = Role::kCustomerViewer;
  user.customer = customer;
  return book.add_user(user, doer);
}

// Whose people come from the tenant.
Result<std::optional<CustomerId>> customer_of(const PeopleBook& book, const ProviderSignIn& request) {
  const std::string tenant = ascii_lower(request.tenant);
  if (!is_guid(tenant)) return std::optional<CustomerId>();
  return book.customer_of_tenant(tenant);
}

// Whether somebody who is linked may still come from where they come from.
Result<bool> may_come_from_there(const PeopleBook& book, const ProviderSignIn& request, const User& user) {
  if (!user.customer || request.names_are_trusted) return true;
  APPORTION_ASSIGN(const auto customer, customer_of(book, request));
  return customer == user.customer;
}

// The user whom somebody may be linked to who comes from a provider for the first time.
Result<User> user_to_link(PeopleBook& book, const ProviderSignIn& request, Doer doer) {
  const auto name = checked_user_name(request.name);
  if (!name) return nobody_of_provider();
  APPORTION_ASSIGN(const auto customer, customer_of(book, request));
  APPORTION_ASSIGN(const auto known, user_who_signs_in(book, *name));
  if (known) {
    // The administrators of a customer's tenant give out its names, and may so decide on that customer's people only.
    const bool decides_on_it = customer ? known->customer == customer : request.names_are_trusted;
    if (!decides_on_it) return nobody_of_provider();
    return *known;
  }
  if (!customer) return nobody_of_provider();
  doer.customer = customer;
  APPORTION_ASSIGN(const UserId added, add_viewer(book, request, *name, *customer, doer));
  return book.user(added);
}

}  // namespace

Identity Identity::of_operator(std::string actor) {
  Identity identity;
  identity.name = actor;
  identity.actor = std::move(actor);
  identity.role = Role::kOwner;
  return identity;
}

Identities::Identities(std::unique_ptr<State> state) : state_(std::move(state)) {}
Identities::Identities(Identities&&) noexcept = default;
Identities& Identities::operator=(Identities&&) noexcept = default;
Identities::~Identities() = default;

Result<Identities> Identities::open(const Home& home, PeopleWorld world) {
  auto state = std::make_unique<State>(home, std::move(world));
  APPORTION_TRY(state->book());
  return Identities(std::move(state));
}

Result<Identity> Identities::of_session(std::string_view cookie_value) {
  if (!looks_like_secret(cookie_value, SecretKind::kSession)) return sign_in_needed();
  APPORTION_ASSIGN(const auto book, state_->book());
  APPORTION_ASSIGN(const SessionLimits lasts, state_->limits());
  APPORTION_ASSIGN(const auto session, book->use_session(secret_hash(cookie_value), lasts.idle_seconds));
  if (!session) return sign_in_needed();
  return identity_of(*session, cookie_value);
}

Result<Identity> Identities::of_token(std::string_view token) {
  if (!looks_like_secret(token, SecretKind::kToken)) return sign_in_needed();
  APPORTION_ASSIGN(const auto book, state_->book());
  APPORTION_ASSIGN(const auto found, book->use_token(secret_hash(token)));
  if (!found) return sign_in_needed();
  Identity identity;
  identity.actor = "token:" + found->name;
  identity.name = found->name;
  identity.role = found->role;
  identity.customer = found->customer;
  identity.token = found->id;
  return identity;
}

Result<bool> Identities::is_current(const Identity& identity) {
  APPORTION_ASSIGN(const auto book, state_->book());
  if (identity.session.empty()) {
    APPORTION_ASSIGN(const auto tokens, book->tokens());
    return std::ranges::any_of(
        tokens, [&](const TokenRow& token) { return token.id == identity.token && token.ends_at > book->now(); });
  }
  APPORTION_ASSIGN(const auto sessions, book->sessions());
  return std::ranges::find(sessions, identity.session, &SessionRow::id) != sessions.end();
}

Result<StartedSession> Identities::sign_in(const PasswordSignIn& request) {
  APPORTION_ASSIGN(const auto book, state_->book());
  APPORTION_ASSIGN(SignInAttempt attempt, SignInAttempt::begin(*book, request.user, request.address));
  APPORTION_ASSIGN(const auto user, user_who_signs_in(*book, request.user));
  APPORTION_ASSIGN(const bool is_right, check_password_of(*book, attempt, *state_->world().passwords, user,
                                                          request.password, request.address));
  if (!is_right || !user) return sign_in_failed();
  const Doer doer = doer_of(*user, request.address);
  APPORTION_TRY(check_code_of(state_->home(), state_->world(), *book, attempt, *user, request.one_time_code, doer));
  APPORTION_TRY(attempt.succeed());
  return state_->start(
      *book, {.user = user->id, .address = request.address, .user_agent = request.user_agent, .how = "password"}, doer);
}

Result<StartedSession> Identities::sign_in_by_link(std::string_view link_secret, std::string address,
                                                   std::string user_agent) {
  if (!looks_like_secret(link_secret, SecretKind::kLink)) return link_invalid();
  APPORTION_ASSIGN(const auto book, state_->book());
  const std::string hash = secret_hash(link_secret);
  APPORTION_ASSIGN(const auto link, book->link(hash));
  if (!link || link->purpose != LinkPurpose::kSignIn) return link_invalid();
  APPORTION_ASSIGN(const bool is_first, book->use_link(hash));
  if (!is_first) return link_invalid();
  const Doer doer{"os:" + link->os_user, address};
  return state_->start(
      *book,
      {.os_user = link->os_user, .address = std::move(address), .user_agent = std::move(user_agent), .how = "link"},
      doer);
}

Result<StartedSession> Identities::accept_invitation(std::string_view secret, std::string_view new_password,
                                                     std::string address, std::string user_agent,
                                                     std::string_view one_time_code) {
  if (!looks_like_secret(secret, SecretKind::kLink)) return invitation_invalid();
  APPORTION_ASSIGN(const auto book, state_->book());
  const std::string hash = secret_hash(secret);
  APPORTION_ASSIGN(const auto link, book->link(hash));
  if (!link || link->purpose == LinkPurpose::kSignIn) return invitation_invalid();
  APPORTION_ASSIGN(const User user, book->user(link->user));
  if (user.disabled) return invitation_invalid();
  APPORTION_TRY(check_password(new_password, user.name));
  const Doer doer = doer_of(user, address);
  APPORTION_ASSIGN(const std::string password_hash, state_->world().passwords->hash(new_password));
  if (user.has_one_time_codes) {
    APPORTION_ASSIGN(SignInAttempt attempt, SignInAttempt::begin(*book, user.name, address));
    APPORTION_TRY(check_code_of(state_->home(), state_->world(), *book, attempt, user, one_time_code, doer));
    APPORTION_TRY(attempt.succeed());
  }
  APPORTION_TRY(book->accept_link(hash, password_hash, doer));
  APPORTION_TRY(book->forget_failures(who_hash_of_name(user.name)));
  const std::string how = link->purpose == LinkPurpose::kReset ? "reset" : "invitation";
  return state_->start(
      *book, {.user = user.id, .address = std::move(address), .user_agent = std::move(user_agent), .how = how}, doer);
}

Result<StartedSession> Identities::sign_in_by_provider(const ProviderSignIn& request) {
  APPORTION_ASSIGN(const auto book, state_->book());
  const Doer doer{"provider:" + request.issuer, request.address};
  APPORTION_ASSIGN(auto user, book->user_of_provider(request.issuer, request.subject));
  if (!user) {
    auto found = user_to_link(*book, request, doer);
    if (!found) {
      if (found.error().id == ErrorId::kSignInFailed) {
        APPORTION_TRY(book->note(
            "sign_in.failed", fmt::format("{} of {}: no user", excerpt(request.name), excerpt(request.issuer)), doer));
      }
      return std::move(found).error();
    }
    user = *std::move(found);
    APPORTION_TRY(
        book->link_provider(user->id, request.issuer, request.subject, {doer.actor, doer.address, user->customer}));
  }
  APPORTION_ASSIGN(const bool may_come, may_come_from_there(*book, request, *user));
  if (user->disabled || !may_come) {
    const std::string_view why = user->disabled ? "disabled" : "the tenant is not that of the customer any more";
    APPORTION_TRY(note_failure(*book, user, why, request.address));
    return nobody_of_provider();
  }
  return state_->start(
      *book, {.user = user->id, .address = request.address, .user_agent = request.user_agent, .how = "provider"},
      doer_of(*user, request.address));
}

Result<std::optional<IdentityProvider>> Identities::identity_provider() {
  APPORTION_ASSIGN(const auto book, state_->book());
  return book->identity_provider();
}

Result<bool> Identities::has_passwords() {
  APPORTION_ASSIGN(const auto book, state_->book());
  return book->has_passwords();
}

Result<void> Identities::sign_out(const Identity& identity) {
  if (identity.session.empty()) return sign_in_needed();
  APPORTION_ASSIGN(const auto book, state_->book());
  return book->end_session(identity.session, identity.doer());
}

Result<void> Identities::change_own_password(const Identity& identity, std::string_view current,
                                             std::string_view wanted) {
  if (identity.user.empty()) {
    return Error{ErrorId::kNotAllowed, "there is no password to change", fmt::format("`{}`", identity.actor),
                 "only users have one", "add a user for yourself: " + step(Step::kAddUser)};
  }
  APPORTION_ASSIGN(const auto book, state_->book());
  APPORTION_ASSIGN(const User user, book->user_named(identity.user));
  APPORTION_TRY(check_password(wanted, user.name));
  APPORTION_ASSIGN(SignInAttempt attempt, SignInAttempt::begin(*book, user.name, identity.address));
  APPORTION_ASSIGN(const bool is_right,
                   check_password_of(*book, attempt, *state_->world().passwords, user, current, identity.address));
  if (!is_right) return sign_in_failed();
  APPORTION_TRY(attempt.succeed());
  APPORTION_ASSIGN(const std::string password_hash, state_->world().passwords->hash(wanted));
  return book->set_password(user.id, password_hash, identity.session, identity.doer());
}

Result<void> Identities::note(const Identity& identity, std::string_view what, std::string_view detail,
                              const std::optional<CustomerId>& customer) {
  APPORTION_ASSIGN(auto book, state_->book());
  return book->note(what, detail, identity.doer(), customer);
}

Result<std::string> Identities::make_sign_in_link_secret(const std::string& os_user) {
  APPORTION_ASSIGN(const auto book, state_->book());
  std::string secret = make_secret(SecretKind::kLink);
  OneTimeLink link{secret_hash(secret), LinkPurpose::kSignIn, UserId(0), os_user, book->now() + kSignInLinkSeconds};
  APPORTION_TRY(book->add_link(link, {"os:" + os_user}));
  return secret;
}

}  // namespace apportion
