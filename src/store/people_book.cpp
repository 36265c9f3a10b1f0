#include "store/people_book.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/error_ids.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "store/control_plane_internal.h"
#include "store/doer_internal.h"
#include "store/migrations_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kSessionsPerUser = 20;
constexpr std::int64_t kFailuresKept = 10'000;
constexpr std::int64_t kFailureKeptSeconds = 24 * 60 * 60;
constexpr std::int64_t kSecondsBetweenTouches = 60;

constexpr std::array<std::pair<LinkPurpose, std::string_view>, 3> kPurposes = {{
    {LinkPurpose::kInvitation, "invitation"},
    {LinkPurpose::kReset, "reset"},
    {LinkPurpose::kSignIn, "sign-in"},
}};

std::string_view purpose_name(LinkPurpose purpose) {
  return std::ranges::find(kPurposes, purpose, &std::pair<LinkPurpose, std::string_view>::first)->second;
}

// What no version wrote is the purpose that gives least.
LinkPurpose parse_purpose(std::string_view name) {
  const auto* found = std::ranges::find(kPurposes, name, &std::pair<LinkPurpose, std::string_view>::second);
  return found == kPurposes.end() ? LinkPurpose::kInvitation : found->first;
}

// The same of a role.
Role parse_role(std::string_view name) { return role_named(name).value_or(Role::kCustomerViewer); }

std::optional<CustomerId> customer_in(std::optional<std::string> id) {
  return id ? std::optional(CustomerId(*std::move(id))) : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<CustomerId>& customer) {
  return customer ? std::optional(customer->raw()) : std::nullopt;
}

std::optional<std::int64_t> number_of(UserId user) {
  return user.raw() == 0 ? std::nullopt : std::optional(user.raw());
}

std::string role_text(Role role, const std::optional<CustomerId>& customer) {
  const std::string_view name = role_definition(role).name;
  return customer ? fmt::format("{} of {}", name, customer->raw()) : std::string(name);
}

constexpr const char* kUsers =
    "SELECT u.id, u.name, u.display_name, u.role, u.customer_id, u.password_hash, u.disabled, u.created_at,"
    " u.changed_at, coalesce(c.confirmed, 0),"
    " (SELECT count(*) FROM recovery_code AS r WHERE r.user_id = u.id),"
    " coalesce((SELECT max(s.seen_at) FROM session AS s WHERE s.user_id = u.id), 0)"
    " FROM user AS u LEFT JOIN one_time_code AS c ON c.user_id = u.id"
    " WHERE (?1 IS NULL OR u.id = ?1) AND (?2 IS NULL OR u.name = ?2) AND (?3 IS NULL OR u.customer_id = ?3)"
    " ORDER BY u.name";

User read_user(RowReader& row) {
  User user;
  user.id = UserId(row.integer());
  user.name = row.text();
  user.display_name = row.text();
  user.role = parse_role(row.text());
  user.customer = customer_in(row.optional_text());
  user.password_hash = row.text();
  user.disabled = row.boolean();
  user.created_at = row.integer();
  user.changed_at = row.integer();
  user.has_one_time_codes = row.boolean();
  user.recovery_codes = row.integer();
  user.seen_at = row.integer();
  return user;
}

constexpr std::string_view kSessions =
    "SELECT s.id, coalesce(s.user_id, 0), coalesce(u.name, s.os_user), s.os_user, coalesce(u.display_name, s.os_user),"
    " coalesce(u.role, 'owner'), u.customer_id, s.created_at, s.seen_at, s.idle_end, s.last_end, s.address,"
    " s.user_agent FROM session AS s LEFT JOIN user AS u ON u.id = s.user_id"
    " WHERE s.idle_end > ?1 AND s.last_end > ?1 AND coalesce(u.disabled, 0) = 0";

SessionRow read_session(RowReader& row) {
  SessionRow session;
  session.id = row.text();
  session.user = UserId(row.integer());
  session.name = row.text();
  session.os_user = row.text();
  session.display_name = row.text();
  session.role = parse_role(row.text());
  session.customer = customer_in(row.optional_text());
  session.created_at = row.integer();
  session.seen_at = row.integer();
  session.idle_end = row.integer();
  session.last_end = row.integer();
  session.address = row.text();
  session.user_agent = row.text();
  return session;
}

constexpr std::string_view kTokens =
    "SELECT id, name, secret_hash, role, customer_id, ends_at, created_at, created_by, used_at FROM token";

TokenRow read_token(RowReader& row) {
  TokenRow token;
  token.id = row.text();
  token.name = row.text();
  token.secret_hash = row.text();
  token.role = parse_role(row.text());
  token.customer = customer_in(row.optional_text());
  token.ends_at = row.integer();
  token.created_at = row.integer();
  token.created_by = row.text();
  token.used_at = row.integer();
  return token;
}

OneTimeLink read_link(RowReader& row) {
  OneTimeLink link;
  link.secret_hash = row.text();
  link.purpose = parse_purpose(row.text());
  link.user = UserId(row.optional_integer().value_or(0));
  link.os_user = row.text();
  link.ends_at = row.integer();
  return link;
}

Error no_such_user(const std::string& which) {
  return {ErrorId::kNoSuchUser, "there is no such user", fmt::format("`{}`", excerpt(which)),
          "the user was removed, or never existed", "see which users there are: " + step(Step::kListUsers)};
}

std::int64_t wait_seconds(const LockOut& lock_out, std::int64_t failures) {
  std::int64_t seconds = lock_out.first_seconds;
  for (std::int64_t more = lock_out.free_failures; more < failures && seconds < lock_out.longest_seconds; ++more) {
    seconds *= 2;
  }
  return std::min(seconds, lock_out.longest_seconds);
}

}  // namespace

class PeopleBook::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;
  EpochSeconds now;

  Result<void> note(std::string_view what, std::string_view detail, const Doer& doer,
                    const std::optional<CustomerId>& customer = {}) const {
    return note_by(sqlite, clock.now(), doer, what, detail, customer);
  }

  // What each customer that the change concerns may know of it.
  Result<void> note_change(const User& before, const User& after, const std::string& told, const Doer& doer) const {
    const std::string all = before.name + ":" + told.substr(1);
    if (before.customer == after.customer) return note("user.edit", all, doer, after.customer);
    APPORTION_TRY(note("user.edit", all, doer));
    if (before.customer) APPORTION_TRY(note("user.remove", before.name, doer, before.customer));
    if (!after.customer) return ok();
    return note("user.add", fmt::format("{}: {}", after.name, role_text(after.role, after.customer)), doer,
                after.customer);
  }

  Result<User> user(std::optional<std::int64_t> id, const std::optional<std::string>& name) const {
    APPORTION_ASSIGN(auto found, read_first(sqlite, kUsers, {id, name, std::optional<std::string>()}, read_user));
    if (found) return *std::move(found);
    return no_such_user(name.value_or(fmt::format("id {}", id.value_or(0))));
  }

  Result<void> check_customer(const std::optional<CustomerId>& customer) const {
    if (!customer) return ok();
    APPORTION_ASSIGN(const auto count,
                     sqlite.query_integer("SELECT count(*) FROM customer WHERE id = ?", {customer->raw()}));
    if (count.value_or(0) > 0) return ok();
    return Error{ErrorId::kNoSuchCustomer, "there is no such customer", fmt::format("`{}`", excerpt(customer->raw())),
                 "people and tokens belong to the partner, or to a customer that there is",
                 "see which customers there are: " + step(Step::kListCustomers)};
  }

  Result<std::int64_t> owners() const {
    APPORTION_ASSIGN(const auto count,
                     sqlite.query_integer("SELECT count(*) FROM user WHERE role = 'owner' AND disabled = 0"));
    return count.value_or(0);
  }

  // After a change, within its transaction.
  Result<void> check_owner_left(std::int64_t owners_before, const std::string& user) const {
    APPORTION_ASSIGN(const std::int64_t left, owners());
    if (left > 0 || owners_before == 0) return ok();
    return Error{ErrorId::kLastOwner, "nobody could manage people any more", fmt::format("`{}`", user),
                 "this is the last owner who can sign in",
                 "make somebody else an owner first: " + step(Step::kAddUser)};
  }

  Result<void> end_sessions(UserId id, const std::string& but = {}) const {
    return sqlite.run("DELETE FROM session WHERE user_id = ? AND id <> ?", {id.raw(), but});
  }

  Result<void> void_links(UserId id) const {
    return sqlite.run("DELETE FROM one_time_link WHERE user_id = ?", {id.raw()});
  }

  // What was begun or given out before counts no more.
  Result<void> end_access(UserId id, const std::string& kept_session = {}) const {
    APPORTION_TRY(end_sessions(id, kept_session));
    return void_links(id);
  }

  Result<void> put_password(UserId id, const std::string& password_hash, const std::string& kept_session) const {
    APPORTION_TRY(
        sqlite.run("UPDATE user SET password_hash = ?, changed_at = ? WHERE id = ?", {password_hash, now(), id.raw()}));
    return end_access(id, kept_session);
  }

  Result<void> forget_provider_secret() const {
    return sqlite.run("DELETE FROM sealed_secret WHERE owner = ?", {kIdentityProviderSecret.owner});
  }

  // For what may be left out when somebody else writes: that something was used.
  Result<void> run_unless_busy(std::string_view sql, SqliteValues values) const {
    APPORTION_TRY(sqlite.execute("PRAGMA busy_timeout = 0"));
    const auto done = sqlite.run(sql, values);
    APPORTION_TRY(sqlite.execute(fmt::format("PRAGMA busy_timeout = {}", SqliteOptions().busy_timeout.count())));
    if (!done && done.error().kind() != ErrorKind::kBusy) return done.error();
    return ok();
  }
};

PeopleBook::PeopleBook(std::unique_ptr<Database> database) : database_(std::move(database)) {}
PeopleBook::PeopleBook(PeopleBook&&) noexcept = default;
PeopleBook& PeopleBook::operator=(PeopleBook&&) noexcept = default;
PeopleBook::~PeopleBook() = default;

Result<PeopleBook> PeopleBook::open(const std::filesystem::path& control_plane_file, Clock clock, EpochSeconds now) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return PeopleBook(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock), std::move(now)}));
}

std::int64_t PeopleBook::now() const { return database_->now(); }

Result<UserId> PeopleBook::add_user(const User& user, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(database_->check_customer(user.customer));
  APPORTION_ASSIGN(const auto taken, sqlite.query_integer("SELECT count(*) FROM user WHERE name = ?", {user.name}));
  if (taken.value_or(0) > 0) {
    return Error{ErrorId::kUserExists, "there is a user with this name", fmt::format("`{}`", user.name),
                 "everybody signs in by a name of their own",
                 "choose another name, or see that user: " + step(Step::kListUsers)};
  }
  const std::int64_t now = database_->now();
  APPORTION_ASSIGN(
      const auto id,
      sqlite.query_integer("INSERT INTO user (name, display_name, role, customer_id, password_hash, disabled,"
                           " created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                           {user.name, user.display_name, role_definition(user.role).name, text_of(user.customer),
                            user.password_hash, user.disabled, now, now}));
  APPORTION_TRY(database_->note("user.add", fmt::format("{}: {}", user.name, role_text(user.role, user.customer)), doer,
                                user.customer));
  APPORTION_TRY(transaction.commit());
  return UserId(id.value_or(0));
}

Result<void> PeopleBook::change_user(UserId id, const UserChange& change, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User before, user(id));
  APPORTION_ASSIGN(const std::int64_t owners, database_->owners());
  User after = before;
  after.display_name = change.display_name.value_or(before.display_name);
  after.role = change.role.value_or(before.role);
  after.customer = change.customer.value_or(before.customer);
  after.disabled = change.disabled.value_or(before.disabled);
  APPORTION_TRY(database_->check_customer(after.customer));
  APPORTION_TRY(sqlite.run(
      "UPDATE user SET display_name = ?, role = ?, customer_id = ?, disabled = ?, changed_at = ? WHERE id = ?",
      {after.display_name, role_definition(after.role).name, text_of(after.customer), after.disabled, database_->now(),
       id.raw()}));
  APPORTION_TRY(database_->check_owner_left(owners, before.name));
  std::string told;
  if (after.display_name != before.display_name) told += fmt::format(", is called {}", after.display_name);
  if (after.role != before.role || after.customer != before.customer) {
    told += fmt::format(", {} instead of {}", role_text(after.role, after.customer),
                        role_text(before.role, before.customer));
    APPORTION_TRY(database_->end_access(id));
  }
  if (before.customer && after.customer != before.customer) {
    APPORTION_TRY(sqlite.run("UPDATE user SET password_hash = '' WHERE id = ?", {id.raw()}));
  }
  if (after.disabled != before.disabled) {
    told += after.disabled ? ", disabled" : ", enabled";
    APPORTION_TRY(database_->end_access(id));
  }
  if (!told.empty()) APPORTION_TRY(database_->note_change(before, after, told, doer));
  return transaction.commit();
}

Result<void> PeopleBook::remove_user(UserId id, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User before, user(id));
  APPORTION_ASSIGN(const std::int64_t owners, database_->owners());
  APPORTION_TRY(sqlite.run("DELETE FROM saved_view WHERE owner = ?", {"user:" + before.name}));
  APPORTION_TRY(sqlite.run("DELETE FROM user WHERE id = ?", {id.raw()}));
  APPORTION_TRY(database_->check_owner_left(owners, before.name));
  APPORTION_TRY(database_->note("user.remove", before.name, doer, before.customer));
  return transaction.commit();
}

Result<void> PeopleBook::set_password(UserId id, const std::string& password_hash, const std::string& kept_session,
                                      const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const User before, user(id));
  APPORTION_TRY(database_->put_password(id, password_hash, kept_session));
  APPORTION_TRY(database_->note("user.password", before.name, doer, before.customer));
  return transaction.commit();
}

Result<std::vector<User>> PeopleBook::users(const std::optional<CustomerId>& customer) const {
  return read_all(database_->sqlite, kUsers,
                  {std::optional<std::int64_t>(), std::optional<std::string>(), text_of(customer)}, read_user);
}

Result<User> PeopleBook::user(UserId id) const { return database_->user(id.raw(), std::nullopt); }

Result<User> PeopleBook::user_named(const std::string& name) const { return database_->user(std::nullopt, name); }

Result<void> PeopleBook::put_one_time_secret(UserId id, const OneTimeSecret& secret) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(user(id));
  APPORTION_TRY(sqlite.run(
      "INSERT OR REPLACE INTO one_time_code (user_id, sealed, sealed_for, confirmed, last_step) VALUES (?, ?, ?, ?, ?)",
      {id.raw(), secret.sealed, secret.sealed_for, secret.confirmed, secret.last_step}));
  return transaction.commit();
}

Result<std::optional<OneTimeSecret>> PeopleBook::one_time_secret(UserId id) const {
  return read_first(database_->sqlite,
                    "SELECT sealed, sealed_for, confirmed, last_step FROM one_time_code WHERE user_id = ?", {id.raw()},
                    [](RowReader& row) -> OneTimeSecret {
                      return {row.text(), row.text(), row.boolean(), row.integer()};
                    });
}

Result<void> PeopleBook::confirm_one_time_secret(UserId id, std::int64_t step,
                                                 const std::vector<std::string>& recovery_hashes, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User before, user(id));
  APPORTION_TRY(
      sqlite.run("UPDATE one_time_code SET confirmed = 1, last_step = ? WHERE user_id = ?", {step, id.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM recovery_code WHERE user_id = ?", {id.raw()}));
  for (const std::string& hash : recovery_hashes) {
    APPORTION_TRY(sqlite.run("INSERT INTO recovery_code (user_id, code_hash) VALUES (?, ?)", {id.raw(), hash}));
  }
  APPORTION_TRY(database_->note("user.one_time_codes", before.name + ": needed from now on", doer, before.customer));
  return transaction.commit();
}

Result<void> PeopleBook::remove_one_time_secret(UserId id, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User before, user(id));
  APPORTION_TRY(sqlite.run("DELETE FROM one_time_code WHERE user_id = ?", {id.raw()}));
  APPORTION_TRY(sqlite.run("DELETE FROM recovery_code WHERE user_id = ?", {id.raw()}));
  if (before.has_one_time_codes) {
    APPORTION_TRY(database_->note("user.one_time_codes", before.name + ": not needed any more", doer, before.customer));
  }
  return transaction.commit();
}

Result<bool> PeopleBook::use_one_time_step(UserId id, std::int64_t step) {
  auto& sqlite = database_->sqlite;
  APPORTION_TRY(
      sqlite.run("UPDATE one_time_code SET last_step = ?1 WHERE user_id = ?2 AND last_step < ?1", {step, id.raw()}));
  return sqlite.changed_rows() > 0;
}

Result<bool> PeopleBook::use_recovery_code(UserId id, const std::string& code_hash, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User owner, user(id));
  APPORTION_TRY(sqlite.run("DELETE FROM recovery_code WHERE user_id = ? AND code_hash = ?", {id.raw(), code_hash}));
  if (sqlite.changed_rows() == 0) return false;
  APPORTION_TRY(database_->note("user.recovery_code",
                                fmt::format("{}: {} are left", owner.name, owner.recovery_codes - 1), doer,
                                owner.customer));
  APPORTION_TRY(transaction.commit());
  return true;
}

Result<std::optional<User>> PeopleBook::user_of_provider(const std::string& issuer, const std::string& subject) const {
  APPORTION_ASSIGN(const auto id,
                   database_->sqlite.query_integer(
                       "SELECT user_id FROM provider_identity WHERE issuer = ? AND subject = ?", {issuer, subject}));
  if (!id) return std::optional<User>();
  APPORTION_ASSIGN(User found, user(UserId(*id)));
  return std::optional(std::move(found));
}

Result<void> PeopleBook::link_provider(UserId id, const std::string& issuer, const std::string& subject,
                                       const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const User linked, user(id));
  APPORTION_TRY(sqlite.run("INSERT OR REPLACE INTO provider_identity (issuer, subject, user_id) VALUES (?, ?, ?)",
                           {issuer, subject, id.raw()}));
  APPORTION_TRY(database_->note("user.provider", fmt::format("{} is {} of {}", linked.name, subject, issuer), doer,
                                linked.customer));
  return transaction.commit();
}

Result<std::optional<CustomerId>> PeopleBook::customer_of_tenant(const std::string& tenant) const {
  return read_first(database_->sqlite, "SELECT customer_id FROM sign_in_tenant WHERE tenant_id = ?", {tenant},
                    [](RowReader& row) { return CustomerId(row.text()); });
}

Result<void> PeopleBook::map_tenant(const std::string& tenant, const std::optional<CustomerId>& customer,
                                    const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(database_->check_customer(customer));
  APPORTION_ASSIGN(const auto before, customer_of_tenant(tenant));
  if (before == customer) return transaction.commit();
  if (before) {
    APPORTION_TRY(sqlite.run("DELETE FROM session WHERE user_id IN (SELECT id FROM user WHERE customer_id = ?)",
                             {before->raw()}));
  }
  APPORTION_TRY(sqlite.run("DELETE FROM sign_in_tenant WHERE tenant_id = ?", {tenant}));
  if (customer) {
    APPORTION_TRY(
        sqlite.run("INSERT INTO sign_in_tenant (tenant_id, customer_id) VALUES (?, ?)", {tenant, customer->raw()}));
  }
  if (before) APPORTION_TRY(database_->note("sign_in.tenant", tenant + " is nobody's", doer, before));
  if (customer) {
    APPORTION_TRY(database_->note("sign_in.tenant", fmt::format("{} is {}", tenant, customer->raw()), doer, customer));
  }
  return transaction.commit();
}

Result<std::vector<PeopleBook::MappedTenant>> PeopleBook::mapped_tenants() const {
  return read_all(database_->sqlite,
                  "SELECT tenant_id, customer_id FROM sign_in_tenant ORDER BY customer_id, tenant_id", {},
                  [](RowReader& row) -> MappedTenant {
                    return {row.text(), CustomerId(row.text())};
                  });
}

Result<std::optional<IdentityProvider>> PeopleBook::identity_provider() const {
  return read_first(database_->sqlite,
                    "SELECT p.issuer, p.client_id, p.service_url, p.label, p.trusts_names, p.own_tenant, p.changed_at,"
                    " coalesce(s.sealed, ''), coalesce(s.expires_on, '') FROM identity_provider AS p"
                    " LEFT JOIN sealed_secret AS s ON s.owner = ? AND s.name = ?",
                    {kIdentityProviderSecret.owner, kIdentityProviderSecret.purpose},
                    [](RowReader& row) -> IdentityProvider {
                      IdentityProvider provider;
                      provider.issuer = row.text();
                      provider.client_id = row.text();
                      provider.service_url = row.text();
                      provider.label = row.text();
                      provider.trusts_names = row.boolean();
                      provider.own_tenant = row.text();
                      provider.changed_at = row.integer();
                      provider.sealed_secret = row.text();
                      provider.secret_expires_on = Day::parse(row.text());
                      return provider;
                    });
}

Result<void> PeopleBook::put_identity_provider(const IdentityProvider& provider, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(
      sqlite.run("INSERT OR REPLACE INTO identity_provider (id, issuer, client_id, service_url, label, trusts_names,"
                 " own_tenant, changed_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                 {provider.issuer, provider.client_id, provider.service_url, provider.label, provider.trusts_names,
                  provider.own_tenant, database_->now()}));
  APPORTION_TRY(database_->forget_provider_secret());
  if (!provider.sealed_secret.empty()) {
    const std::string expiry = provider.secret_expires_on ? provider.secret_expires_on->to_string() : std::string();
    APPORTION_TRY(
        sqlite.run("INSERT INTO sealed_secret (owner, name, sealed, expires_on) VALUES (?, ?, ?, ?)",
                   {kIdentityProviderSecret.owner, kIdentityProviderSecret.purpose, provider.sealed_secret, expiry}));
  }
  const std::string trust = provider.own_tenant.empty() ? "" : " of the tenant " + provider.own_tenant;
  APPORTION_TRY(
      database_->note("provider.set",
                      fmt::format("{}, client {}, at {}, {} secret, {}", provider.issuer, provider.client_id,
                                  provider.service_url, provider.sealed_secret.empty() ? "without a" : "with a",
                                  provider.trusts_names ? "names trusted" + trust : std::string("names not trusted")),
                      doer));
  return transaction.commit();
}

Result<bool> PeopleBook::remove_identity_provider(const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto before, identity_provider());
  if (!before) return false;
  APPORTION_TRY(sqlite.run("DELETE FROM identity_provider", {}));
  APPORTION_TRY(database_->forget_provider_secret());
  APPORTION_TRY(database_->note("provider.remove", before->issuer, doer));
  APPORTION_TRY(transaction.commit());
  return true;
}

Result<bool> PeopleBook::has_passwords() const {
  APPORTION_ASSIGN(
      const auto count,
      database_->sqlite.query_integer("SELECT EXISTS (SELECT 1 FROM user WHERE password_hash <> '' AND disabled = 0)"));
  return count.value_or(0) > 0;
}

Result<SessionRow> PeopleBook::start_session(const NewSession& session, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  const std::int64_t now = database_->now();
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  std::string name = session.os_user;
  std::optional<CustomerId> customer;
  if (session.user != UserId(0)) {
    APPORTION_ASSIGN(const User owner, user(session.user));
    if (owner.disabled) return no_such_user(owner.name);
    name = owner.name;
    customer = owner.customer;
  }
  APPORTION_TRY(sqlite.run("DELETE FROM session WHERE idle_end <= ?1 OR last_end <= ?1", {now}));
  APPORTION_TRY(
      sqlite.run("DELETE FROM session WHERE secret_hash IN (SELECT secret_hash FROM session"
                 " WHERE user_id IS ? ORDER BY seen_at DESC, created_at DESC LIMIT -1 OFFSET ?)",
                 {number_of(session.user), kSessionsPerUser - 1}));
  APPORTION_TRY(sqlite.run(
      "INSERT INTO session (secret_hash, id, user_id, os_user, created_at, seen_at, idle_end, last_end, address,"
      " user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {session.secret_hash, session.id, number_of(session.user), session.os_user, now, now,
       now + std::min(session.idle_seconds, session.last_seconds), now + session.last_seconds, session.address,
       session.user_agent}));
  APPORTION_TRY(database_->note("session.start", fmt::format("{} by {}", name, session.how), doer, customer));
  APPORTION_ASSIGN(auto started, read_first(sqlite, fmt::format("{} AND s.secret_hash = ?2", kSessions),
                                            {now, session.secret_hash}, read_session));
  APPORTION_TRY(transaction.commit());
  if (started) return *std::move(started);
  return no_such_user(name);
}

Result<std::optional<SessionRow>> PeopleBook::use_session(const std::string& secret_hash, std::int64_t idle_seconds) {
  static const std::string kOne = fmt::format("{} AND s.secret_hash = ?2", kSessions);
  const std::int64_t now = database_->now();
  APPORTION_ASSIGN(auto found, read_first(database_->sqlite, kOne, {now, secret_hash}, read_session));
  if (found && found->seen_at + idle_seconds <= now) return std::optional<SessionRow>();
  if (found && found->seen_at + kSecondsBetweenTouches <= now) {
    APPORTION_TRY(database_->run_unless_busy("UPDATE session SET seen_at = ?, idle_end = ? WHERE secret_hash = ?",
                                             {now, std::min(now + idle_seconds, found->last_end), secret_hash}));
  }
  return found;
}

Result<void> PeopleBook::end_session(const std::string& id, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  struct Owner {
    std::string name;
    std::optional<CustomerId> customer;
  };
  APPORTION_ASSIGN(const auto owner, read_first(sqlite,
                                                "SELECT coalesce(u.name, s.os_user), u.customer_id FROM session AS s"
                                                " LEFT JOIN user AS u ON u.id = s.user_id WHERE s.id = ?",
                                                {id}, [](RowReader& row) -> Owner {
                                                  std::string name = row.text();
                                                  return {std::move(name), customer_in(row.optional_text())};
                                                }));
  if (!owner) return transaction.commit();
  APPORTION_TRY(sqlite.run("DELETE FROM session WHERE id = ?", {id}));
  APPORTION_TRY(database_->note("session.end", fmt::format("{} {}", owner->name, id), doer, owner->customer));
  return transaction.commit();
}

Result<void> PeopleBook::end_sessions_of(UserId id, const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const User owner, user(id));
  APPORTION_TRY(database_->end_sessions(id));
  APPORTION_TRY(database_->note("session.end", owner.name + ", all", doer, owner.customer));
  return transaction.commit();
}

Result<void> PeopleBook::end_all_sessions(const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(sqlite.run("DELETE FROM one_time_link"));
  APPORTION_TRY(sqlite.run("DELETE FROM session"));
  if (sqlite.changed_rows() > 0) APPORTION_TRY(database_->note("session.end", "everybody's", doer));
  return transaction.commit();
}

Result<std::vector<SessionRow>> PeopleBook::sessions(std::optional<UserId> user) const {
  const std::optional<std::int64_t> id = user ? std::optional(user->raw()) : std::nullopt;
  return read_all(
      database_->sqlite,
      fmt::format("{} AND (?2 IS NULL OR coalesce(s.user_id, 0) = ?2) ORDER BY s.seen_at DESC, s.id", kSessions),
      {database_->now(), id}, read_session);
}

Result<void> PeopleBook::add_token(const TokenRow& token, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_TRY(database_->check_customer(token.customer));
  APPORTION_ASSIGN(const auto taken, sqlite.query_integer("SELECT count(*) FROM token WHERE name = ?", {token.name}));
  if (taken.value_or(0) > 0) {
    return Error{ErrorId::kFieldInvalid, "there is a token with this name", fmt::format("`{}`", excerpt(token.name)),
                 "the audit log tells tokens apart by their names",
                 "choose another name, or revoke that token first: " + step(Step::kListTokens)};
  }
  APPORTION_TRY(
      sqlite.run("INSERT INTO token (id, name, secret_hash, role, customer_id, ends_at, created_at, created_by)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                 {token.id, token.name, token.secret_hash, role_definition(token.role).name, text_of(token.customer),
                  token.ends_at, database_->now(), token.created_by}));
  APPORTION_TRY(database_->note("token.add", fmt::format("{}: {}", token.name, role_text(token.role, token.customer)),
                                doer, token.customer));
  return transaction.commit();
}

Result<void> PeopleBook::remove_token(const std::string& id, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const auto found, read_first(sqlite, fmt::format("{} WHERE id = ?", kTokens), {id}, read_token));
  if (!found) {
    return Error{ErrorId::kNoSuchToken, "there is no such token", fmt::format("`{}`", excerpt(id)),
                 "it was revoked, or never existed", "see which tokens there are: " + step(Step::kListTokens)};
  }
  APPORTION_TRY(sqlite.run("DELETE FROM token WHERE id = ?", {id}));
  APPORTION_TRY(database_->note("token.revoke", found->name, doer, found->customer));
  return transaction.commit();
}

Result<std::vector<TokenRow>> PeopleBook::tokens(const std::optional<CustomerId>& customer) const {
  return read_all(database_->sqlite, fmt::format("{} WHERE ?1 IS NULL OR customer_id = ?1 ORDER BY name", kTokens),
                  {text_of(customer)}, read_token);
}

Result<std::optional<TokenRow>> PeopleBook::use_token(const std::string& secret_hash) {
  static const std::string kOne = fmt::format("{} WHERE secret_hash = ?1 AND ends_at > ?2", kTokens);
  const std::int64_t now = database_->now();
  APPORTION_ASSIGN(auto found, read_first(database_->sqlite, kOne, {secret_hash, now}, read_token));
  if (found && found->used_at + kSecondsBetweenTouches <= now) {
    APPORTION_TRY(database_->run_unless_busy("UPDATE token SET used_at = ? WHERE id = ?", {now, found->id}));
  }
  return found;
}

Result<void> PeopleBook::add_link(const OneTimeLink& link, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  std::string name = link.os_user;
  std::optional<CustomerId> customer;
  if (link.user != UserId(0)) {
    APPORTION_ASSIGN(const User owner, user(link.user));
    name = owner.name;
    customer = owner.customer;
  }
  APPORTION_TRY(sqlite.run("DELETE FROM one_time_link WHERE ends_at <= ? OR user_id = ?",
                           {database_->now(), number_of(link.user)}));
  APPORTION_TRY(
      sqlite.run("INSERT INTO one_time_link (secret_hash, purpose, user_id, os_user, ends_at) VALUES (?, ?, ?, ?, ?)",
                 {link.secret_hash, purpose_name(link.purpose), number_of(link.user), link.os_user, link.ends_at}));
  APPORTION_TRY(database_->note("link.add", fmt::format("{} of {}", purpose_name(link.purpose), name), doer, customer));
  return transaction.commit();
}

Result<std::optional<OneTimeLink>> PeopleBook::link(const std::string& secret_hash) const {
  return read_first(database_->sqlite,
                    "SELECT secret_hash, purpose, user_id, os_user, ends_at FROM one_time_link"
                    " WHERE secret_hash = ? AND ends_at > ?",
                    {secret_hash, database_->now()}, read_link);
}

Result<bool> PeopleBook::use_link(const std::string& secret_hash) {
  auto& sqlite = database_->sqlite;
  APPORTION_TRY(
      sqlite.run("DELETE FROM one_time_link WHERE secret_hash = ? AND ends_at > ?", {secret_hash, database_->now()}));
  return sqlite.changed_rows() > 0;
}

Result<void> PeopleBook::accept_link(const std::string& secret_hash, const std::string& password_hash,
                                     const Doer& doer) {
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(database_->sqlite));
  APPORTION_ASSIGN(const auto found, link(secret_hash));
  if (!found || found->user == UserId(0)) {
    return Error{ErrorId::kInvitationInvalid, "the invitation is not valid, or no longer", "",
                 "it was used, it has ended, or a newer one took its place", "ask whoever invited you for a new one"};
  }
  APPORTION_ASSIGN(const User owner, user(found->user));
  APPORTION_TRY(database_->put_password(owner.id, password_hash, {}));
  APPORTION_TRY(database_->note("user.password", fmt::format("{} by {}", owner.name, purpose_name(found->purpose)),
                                doer, owner.customer));
  return transaction.commit();
}

Result<Attempt> PeopleBook::begin_attempt(const std::string& who_hash, const LockOut& lock_out) {
  auto& sqlite = database_->sqlite;
  const std::int64_t now = database_->now();
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  struct Failures {
    std::int64_t count = 0;
    std::int64_t locked_until = 0;
    std::int64_t last_at = 0;
  };
  APPORTION_ASSIGN(auto found,
                   read_first(sqlite, "SELECT failures, locked_until, last_at FROM sign_in_failure WHERE who_hash = ?",
                              {who_hash}, [](RowReader& row) -> Failures {
                                return {row.integer(), row.integer(), row.integer()};
                              }));
  Failures failures = found.value_or(Failures{});
  if (failures.locked_until > now) return Attempt{failures.locked_until, failures.count, failures.locked_until};
  if (failures.last_at + lock_out.forgotten_after <= now) failures = {};
  Attempt attempt{0, failures.count + 1, failures.locked_until};
  const bool locks = attempt.failures >= lock_out.free_failures;
  APPORTION_TRY(
      sqlite.run("INSERT OR REPLACE INTO sign_in_failure (who_hash, failures, locked_until, last_at)"
                 " VALUES (?, ?, ?, ?)",
                 {who_hash, attempt.failures, locks ? now + wait_seconds(lock_out, attempt.failures) : 0, now}));
  APPORTION_TRY(sqlite.run("DELETE FROM sign_in_failure WHERE last_at <= ?", {now - kFailureKeptSeconds}));
  APPORTION_TRY(
      sqlite.run("DELETE FROM sign_in_failure WHERE who_hash IN"
                 " (SELECT who_hash FROM sign_in_failure ORDER BY last_at DESC LIMIT -1 OFFSET ?)",
                 {kFailuresKept}));
  APPORTION_TRY(transaction.commit());
  return attempt;
}

Result<void> PeopleBook::take_back_attempt(const std::string& who_hash, const Attempt& attempt) {
  return database_->sqlite.run(
      "UPDATE sign_in_failure SET failures = max(failures - 1, 0), locked_until = ? WHERE who_hash = ?",
      {attempt.locked_until_before, who_hash});
}

Result<void> PeopleBook::forget_failures(const std::string& who_hash) {
  return database_->sqlite.run("DELETE FROM sign_in_failure WHERE who_hash = ?", {who_hash});
}

Result<std::int64_t> PeopleBook::locked_until(const std::string& who_hash) const {
  APPORTION_ASSIGN(const auto until,
                   database_->sqlite.query_integer(
                       "SELECT locked_until FROM sign_in_failure WHERE who_hash = ? AND locked_until > ?",
                       {who_hash, database_->now()}));
  return until.value_or(0);
}

Result<void> PeopleBook::note(std::string_view what, std::string_view detail, const Doer& doer,
                              const std::optional<CustomerId>& customer) {
  return database_->note(what, detail, doer, customer);
}

}  // namespace apportion
