#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/people.h"
#include "application/people_mail.h"
#include "foundation/base/utc_time.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/people_access.h"
#include "serve/cli/secret_file.h"
#include "serve/cli/step_wording.h"
#include "serve/format/people_document.h"

namespace apportion {
namespace {

struct UserOptions {
  std::string name;
  std::optional<std::string> display_name;
  RoleOptions role;
  bool disable = false;
  bool enable = false;
  std::string password_file;
  std::string page = "http://127.0.0.1:8484";
  bool no_mail = false;
  std::string code_file;
  bool remove = false;
};

struct SessionsOptions {
  std::optional<std::string> name;
  std::optional<std::string> end;
  bool end_all = false;
};

struct TenantsOptions {
  std::optional<std::string> map;
  std::optional<std::string> unmap;
  std::optional<std::string> customer;
};

std::string customer_text(const std::optional<CustomerId>& customer) {
  return customer ? customer->raw() : std::string();
}

std::string state_text(const UserView& user) {
  if (user.disabled) return "disabled";
  if (!user.locked_until.empty()) return "locked until " + user.locked_until;
  return user.has_password ? "active" : "no password";
}

ExitCode tell_user(Session& session, const UserView& user, const std::string& what) {
  session.console().say(what);
  if (session.json()) session.console().print_json({{"user", user_json(user)}});
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const UserOptions& /*options*/) {
  APPORTION_ASSIGN(const PeopleManager people, open_people(session));
  APPORTION_ASSIGN(const auto users, people.users());
  if (session.json()) {
    Json list = Json::array();
    for (const UserView& user : users) list.push_back(user_json(user));
    session.console().print_json({{"users", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"User"}, {"Name"}, {"Role"}, {"CustomerId"}, {"State"}, {"OneTimeCodes"}, {"Seen"}};
  for (const UserView& user : users) {
    table.rows.push_back({user.name, user.display_name, std::string(role_definition(user.role).name),
                          customer_text(user.customer), state_text(user),
                          std::string(user.has_one_time_codes ? "yes" : "no"), user.seen_at});
  }
  if (users.empty()) {
    table.notices.emplace_back("there are no users yet; add one: apportion user add NAME --role owner");
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_add(Session& session, const UserOptions& options) {
  std::optional<std::string> password;
  if (!options.password_file.empty()) {
    APPORTION_ASSIGN(password, read_secret(session, options.password_file, "the user's password"));
  }
  APPORTION_ASSIGN(const auto role, options.role.chosen_role());
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_ASSIGN(UserView user, people.add_user({.name = options.name,
                                                   .display_name = options.display_name,
                                                   .role = role,
                                                   .customer = options.role.chosen_customer()},
                                                  password));
  const std::string next =
      password ? std::string()
               : fmt::format("; next: apportion user invite {0}, or apportion user password {0} --password-file FILE",
                             shell_word(user.name));
  return tell_user(session, user, fmt::format("added the user {}{}", user.name, next));
}

Result<ExitCode> run_edit(Session& session, const UserOptions& options) {
  APPORTION_ASSIGN(const auto role, options.role.chosen_role());
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  UserRequest request{.name = options.name,
                      .display_name = options.display_name,
                      .role = role,
                      .customer = options.role.chosen_customer()};
  if (options.disable || options.enable) request.disabled = options.disable;
  APPORTION_ASSIGN(const UserView user, people.edit_user(request));
  return tell_user(session, user, "changed the user " + user.name);
}

Result<ExitCode> run_remove(Session& session, const UserOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_ASSIGN(const UserView user, people.user(options.name));
  APPORTION_TRY(people.remove_user(user.name));
  session.console().say("removed the user " + user.name);
  if (session.json()) session.console().print_json({{"removed", user_json(user)}});
  return kExitDone;
}

Result<ExitCode> run_password(Session& session, const UserOptions& options) {
  APPORTION_ASSIGN(const std::string password, read_secret(session, options.password_file, "the user's password"));
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_TRY(people.set_password(options.name, password));
  APPORTION_ASSIGN(const UserView user, people.user(options.name));
  return tell_user(session, user, fmt::format("{} has a new password, and is signed out everywhere", user.name));
}

Result<bool> mailed(Session& session, const UserOptions& options, const IssuedLink& link) {
  if (options.no_mail) return false;
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  const UtcTime now{std::chrono::seconds(session.world().epoch_seconds())};
  return mail_link(workspace, session.world().variable, link, options.page, now);
}

Result<ExitCode> run_invite(Session& session, const UserOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_ASSIGN(const IssuedLink link, people.invite_user(options.name));
  APPORTION_ASSIGN(const bool was_mailed, mailed(session, options, link));
  if (session.json()) {
    Json json = {{"user", link.user},
                 {"purpose", link.purpose == LinkPurpose::kReset ? "reset" : "invitation"},
                 {"ends_at", link.ends_at},
                 {"mailed", was_mailed}};
    if (!was_mailed) json["link"] = url_of(link, options.page);
    session.console().print_json(json);
    return kExitDone;
  }
  if (was_mailed) {
    session.console().say(fmt::format("sent a link to {}; it works once, until {}", link.user, link.ends_at));
    return kExitDone;
  }
  session.console().say(fmt::format("hand this link over to {}; it works once, until {}", link.user, link.ends_at));
  session.console().print_data(url_of(link, options.page) + "\n");
  return kExitDone;
}

Result<ExitCode> confirm_codes(Session& session, PeopleManager& people, const UserOptions& options) {
  APPORTION_ASSIGN(const std::string code, read_secret(session, options.code_file, "the one-time code"));
  APPORTION_ASSIGN(const auto recovery, people.confirm_one_time_codes(options.name, code));
  session.console().say(options.name +
                        " needs a one-time code to sign in from now on; each of these works once instead:");
  if (session.json()) {
    session.console().print_json({{"user", options.name}, {"recovery_codes", recovery}});
    return kExitDone;
  }
  for (const std::string& one : recovery) session.console().print_data(one + "\n");
  return kExitDone;
}

Result<ExitCode> run_totp(Session& session, const UserOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  if (options.remove) {
    APPORTION_TRY(people.remove_one_time_codes(options.name, ""));
    APPORTION_ASSIGN(const UserView user, people.user(options.name));
    return tell_user(session, user, user.name + " signs in without one-time codes from now on");
  }
  if (!options.code_file.empty()) return confirm_codes(session, people, options);
  APPORTION_ASSIGN(const OneTimeCodesStart start, people.start_one_time_codes(options.name));
  session.console().say(
      fmt::format("give this to an authenticator app, then confirm with the code that it shows: "
                  "apportion user totp {} --code-file -",
                  shell_word(options.name)));
  if (session.json()) {
    session.console().print_json({{"user", options.name}, {"secret", start.secret}, {"url", start.url}});
  } else {
    session.console().print_data(start.url + "\n");
  }
  return kExitDone;
}

Result<ExitCode> list_sessions(Session& session, const PeopleManager& people, const std::optional<std::string>& name) {
  APPORTION_ASSIGN(const auto sessions, people.sessions(name));
  if (session.json()) {
    Json list = Json::array();
    for (const SessionView& one : sessions) list.push_back(session_json(one));
    session.console().print_json({{"sessions", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Session"}, {"User"}, {"Address"}, {"Browser"}, {"Started"}, {"Seen"}, {"Ends"}};
  for (const SessionView& one : sessions) {
    table.rows.push_back({one.id, one.user, one.address, one.user_agent, one.started_at, one.seen_at, one.ends_at});
  }
  if (sessions.empty()) table.notices.emplace_back("nobody is signed in");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_sessions(Session& session, const SessionsOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  if (options.end) {
    APPORTION_TRY(people.end_session(*options.end));
    session.console().say("ended the session " + *options.end);
    if (session.json()) session.console().print_json({{"ended", *options.end}});
    return kExitDone;
  }
  if (!options.end_all) return list_sessions(session, people, options.name);
  APPORTION_ASSIGN(const UserView user, people.user(options.name.value_or("")));
  APPORTION_TRY(people.end_sessions_of(user.name));
  session.console().say(user.name + " is signed out everywhere");
  if (session.json()) session.console().print_json({{"signed_out", user.name}});
  return kExitDone;
}

Result<ExitCode> run_tenants(Session& session, const TenantsOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  if (options.map) APPORTION_TRY(people.map_tenant(*options.map, CustomerId(options.customer.value_or(""))));
  if (options.unmap) APPORTION_TRY(people.map_tenant(*options.unmap, std::nullopt));
  APPORTION_ASSIGN(const auto tenants, people.tenants());
  if (session.json()) {
    Json list = Json::array();
    for (const auto& tenant : tenants) list.push_back(mapped_tenant_json(tenant));
    session.console().print_json({{"tenants", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Tenant"}, {"CustomerId"}};
  for (const auto& [tenant, customer] : tenants) table.rows.push_back({tenant, customer.raw()});
  if (tenants.empty()) table.notices.emplace_back("nobody signs in from a customer's own tenant");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

void add_name_argument(Command command, UserOptions& options) {
  command.add_option("NAME", options.name, "The user: an e-mail address, or a short name").required();
}

void add_add_and_edit(Command group, Action& action, const std::shared_ptr<UserOptions>& options) {
  Command add = add_command(group, "add", "Add a user",
                            "  apportion user add anna@example.com --role owner --name 'Anna Berg'\n"
                            "  apportion user add it@contoso.example --role customer-admin --customer contoso");
  add_name_argument(add, *options);
  options->role.add_options(add).required();
  add.add_option("--name", options->display_name, "The name that others see").type_name("TEXT");
  add.add_option("--password-file", options->password_file, "File with the password; `-` reads standard input")
      .type_name("FILE");
  on_chosen(add, action, options, run_add);

  Command edit = add_command(group, "edit", "Change a user; another role or --disable signs the user out everywhere",
                             "  apportion user edit anna@example.com --role billing-engineer\n"
                             "  apportion user edit anna@example.com --disable");
  add_name_argument(edit, *options);
  options->role.add_options(edit);
  edit.add_option("--name", options->display_name, "The name that others see").type_name("TEXT");
  const CommandOption disable = edit.add_flag("--disable", options->disable, "The user cannot sign in any more");
  edit.add_flag("--enable", options->enable, "The user can sign in again").excludes(disable);
  on_chosen(edit, action, options, run_edit);
}

void add_sign_in_commands(Command group, Action& action, const std::shared_ptr<UserOptions>& options) {
  Command invite = add_command(
      group, "invite", "Send a user a link to choose a password, or print it if mail cannot be sent; it works once",
      "  apportion user invite anna@example.com --url https://bill.example.com");
  add_name_argument(invite, *options);
  invite.add_option("--url", options->page, "Where people reach the page").type_name("URL").show_default();
  invite.add_flag("--no-mail", options->no_mail, "Print the link even if it could be sent by mail");
  on_chosen(invite, action, options, run_invite);

  Command password =
      add_command(group, "password", "Set a user's password, and let a user sign in again who failed too often",
                  "  apportion user password anna@example.com --password-file -");
  add_name_argument(password, *options);
  password.add_option("--password-file", options->password_file, "File with the password; `-` reads standard input")
      .required()
      .type_name("FILE");
  on_chosen(password, action, options, run_password);

  Command totp = add_command(group, "totp", "Make one-time codes necessary for a user, or take them away",
                             "  apportion user totp anna@example.com\n"
                             "  apportion user totp anna@example.com --code-file -\n"
                             "  apportion user totp anna@example.com --remove");
  add_name_argument(totp, *options);
  const CommandOption code =
      totp.add_option("--code-file", options->code_file,
                      "Confirm with the code that the app shows, from this file; `-` reads standard input")
          .type_name("FILE");
  totp.add_flag("--remove", options->remove, "Sign in without codes again: the device is lost").excludes(code);
  on_chosen(totp, action, options, run_totp);
}

void add_sessions_and_tenants(Command group, Action& action) {
  auto sessions_options = std::make_shared<SessionsOptions>();
  Command sessions = add_command(group, "sessions", "List who is signed in, or end sessions",
                                 "  apportion user sessions\n"
                                 "  apportion user sessions --end 0f3a91c2d4e5\n"
                                 "  apportion user sessions anna@example.com --end-all");
  sessions.add_option("NAME", sessions_options->name, "This user only (default: all)");
  const CommandOption end =
      sessions.add_option("--end", sessions_options->end, "End this session").type_name("SESSION");
  sessions.add_flag("--end-all", sessions_options->end_all, "Sign the user out everywhere").needs("NAME").excludes(end);
  on_chosen(sessions, action, sessions_options, run_sessions);

  auto tenants_options = std::make_shared<TenantsOptions>();
  Command tenants = add_command(
      group, "tenants", "List and choose the Entra tenants whose people may sign in as viewers of a customer",
      "  apportion user tenants --map 8d1f0f6e-0000-4000-8000-000000000001 --customer contoso\n"
      "  apportion user tenants --unmap 8d1f0f6e-0000-4000-8000-000000000001");
  const CommandOption customer =
      tenants.add_option("--customer", tenants_options->customer, "The customer that they belong to")
          .type_name("CUSTOMER");
  tenants.add_option("--map", tenants_options->map, "People of this tenant may sign in")
      .type_name("TENANT-ID")
      .needs("--customer");
  customer.needs("--map");
  tenants.add_option("--unmap", tenants_options->unmap, "People of this tenant cannot sign in any more")
      .type_name("TENANT-ID");
  on_chosen(tenants, action, tenants_options, run_tenants);
}

}  // namespace

void add_user_command(Command app, Action& action) {
  Command group = add_group(app, "user", "Manage who may sign in to the page and the API, and what they may do");
  auto options = std::make_shared<UserOptions>();
  Command list = add_command(group, "list", "List the users with their roles", "  apportion user list");
  on_chosen(list, action, options, run_list);
  add_add_and_edit(group, action, options);
  Command remove = add_command(group, "remove", "Remove a user", "  apportion user remove anna@example.com");
  add_name_argument(remove, *options);
  on_chosen(remove, action, options, run_remove);
  add_sign_in_commands(group, action, options);
  add_sessions_and_tenants(group, action);
  add_user_provider_command(group, action);
}

}  // namespace apportion
