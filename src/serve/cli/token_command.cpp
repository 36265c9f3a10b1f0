#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "application/people.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/people_access.h"
#include "serve/format/people_document.h"

namespace apportion {
namespace {

struct TokenOptions {
  std::string name;
  RoleOptions role;
  std::int64_t days = 90;
};

Result<ExitCode> run_list(Session& session, const TokenOptions& /*options*/) {
  APPORTION_ASSIGN(const PeopleManager people, open_people(session));
  APPORTION_ASSIGN(const auto tokens, people.tokens());
  if (session.json()) {
    Json list = Json::array();
    for (const TokenView& token : tokens) list.push_back(token_json(token));
    session.console().print_json({{"tokens", std::move(list)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Token"}, {"Role"}, {"CustomerId"}, {"Created"}, {"By"}, {"Used"}, {"Ends"}};
  for (const TokenView& token : tokens) {
    table.rows.push_back({token.name, std::string(role_definition(token.role).name),
                          token.customer ? token.customer->raw() : std::string(), token.created_at, token.created_by,
                          token.used_at, token.has_ended ? "ended " + token.ends_at : token.ends_at});
  }
  if (tokens.empty()) {
    table.notices.emplace_back("there are no tokens yet; make one: apportion token add NAME --role ROLE");
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_add(Session& session, const TokenOptions& options) {
  APPORTION_ASSIGN(const auto role, options.role.chosen_role());
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_ASSIGN(const NewToken made, people.add_token({.name = options.name,
                                                          .role = role.value_or(Role::kCustomerViewer),
                                                          .customer = options.role.chosen_customer(),
                                                          .days = options.days}));
  session.console().say(fmt::format("added the token {}, until {}; it is shown now and never again:", made.token.name,
                                    made.token.ends_at));
  if (session.json()) {
    Json json = token_json(made.token);
    json["secret"] = made.secret;
    session.console().print_json({{"token", std::move(json)}});
  } else {
    session.console().print_data(made.secret + "\n");
  }
  return kExitDone;
}

Result<ExitCode> run_revoke(Session& session, const TokenOptions& options) {
  APPORTION_ASSIGN(PeopleManager people, open_people(session));
  APPORTION_TRY(people.revoke_token(options.name));
  session.console().say("revoked the token " + options.name);
  if (session.json()) session.console().print_json({{"revoked", options.name}});
  return kExitDone;
}

}  // namespace

void add_token_command(Command app, Action& action) {
  Command group = add_group(app, "token", "Manage the tokens that scripts and other programs use the API with");
  auto options = std::make_shared<TokenOptions>();
  Command list = add_command(group, "list", "List the tokens; the secrets are not kept", "  apportion token list");
  on_chosen(list, action, options, run_list);

  Command add = add_command(group, "add", "Make a token and print it, once",
                            "  apportion token add nightly-export --role analyst > token.txt\n"
                            "  apportion token add contoso-bi --role customer-viewer --customer contoso --days 30");
  add.add_option("NAME", options->name, "What it is called in the audit log").required();
  options->role.add_options(add).required();
  add.add_option("--days", options->days, "How long it lasts").between(1, 366).type_name("DAYS").show_default();
  on_chosen(add, action, options, run_add);

  Command revoke =
      add_command(group, "revoke", "Make a token worthless, at once", "  apportion token revoke nightly-export");
  revoke.add_option("NAME", options->name, "Name or id of the token").required();
  on_chosen(revoke, action, options, run_revoke);
}

}  // namespace apportion
