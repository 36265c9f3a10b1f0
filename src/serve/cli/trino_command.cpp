#include <fmt/format.h>

#include "application/cluster.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/secret_file.h"

namespace apportion {
namespace {

struct TrinoOptions {
  ClusterRequest request;
  std::optional<std::string> password_file;
  std::optional<std::string> token_file;
  std::optional<std::string> place;
};

Result<ExitCode> show(Session& session, const ClusterView& cluster) {
  const std::string answers = cluster.answers_by_itself ? "every command that can ask it" : "--engine trino";
  if (session.json()) {
    session.console().print_json({{"url", cluster.url},
                                  {"catalog", cluster.catalog},
                                  {"schema", cluster.schema},
                                  {"user", cluster.user},
                                  {"session", cluster.session},
                                  {"signs_in_by", cluster.signs_in_by},
                                  {"answers_by_itself", cluster.answers_by_itself}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Setting"}, {"Value"}};
  table.rows = {{std::string("url"), cluster.url},         {std::string("catalog"), cluster.catalog},
                {std::string("schema"), cluster.schema},   {std::string("user"), cluster.user},
                {std::string("session"), cluster.session}, {std::string("signs in by"), cluster.signs_in_by},
                {std::string("answers"), answers}};
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const TrinoOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ClusterView cluster, cluster_of(session.caller(), workspace));
  return show(session, cluster);
}

Result<ExitCode> run_set(Session& session, const TrinoOptions& options) {
  ClusterRequest request = options.request;
  if (options.password_file) {
    APPORTION_ASSIGN(request.password, read_secret(session, *options.password_file, "the password"));
  }
  if (options.token_file) {
    APPORTION_ASSIGN(request.token, read_secret(session, *options.token_file, "the token"));
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const ClusterView cluster,
                   set_cluster(session.caller(), session.world().variable, writable, request));
  return show(session, cluster);
}

Result<ExitCode> run_check(Session& session, const TrinoOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto found,
                   check_cluster(session.caller(), workspace, session.world().variable, session.cancel()));
  if (session.json()) {
    session.console().print_json({{"found", found}});
    return kExitDone;
  }
  for (const std::string& line : found) session.console().print_text(line + "\n");
  return kExitDone;
}

Result<ExitCode> run_register(Session& session, const TrinoOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto registered, register_tables(session.caller(), workspace, session.world().variable,
                                                          options.place, session.cancel()));
  if (session.json()) {
    session.console().print_json({{"registered", registered}});
    return kExitDone;
  }
  for (const std::string& table : registered) session.console().print_text(table + "\n");
  session.console().say(registered.empty() ? "the cluster knows every table" : "the cluster knows these tables now");
  return kExitDone;
}

Result<ExitCode> run_remove(Session& session, const TrinoOptions& /*options*/) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_TRY(remove_cluster(session.caller(), writable));
  session.console().say("the embedded engine answers from now on");
  if (session.json()) session.console().print_json({{"removed", true}});
  return kExitDone;
}

void add_set_command(Command group, Action& action, const std::shared_ptr<TrinoOptions>& options) {
  Command set = add_command(group, "set", "Say where the cluster is, and how to sign in",
                            "  apportion config trino set --url https://trino.example.com:8443 --catalog lake "
                            "--schema apportion --user billing --password-file secret.txt");
  ClusterRequest& request = options->request;
  set.add_option("--url", request.url, "Address of the coordinator").required().type_name("URL");
  set.add_option("--catalog", request.catalog, "Catalog that has the Delta tables").required().type_name("NAME");
  set.add_option("--schema", request.schema, "Schema that has them").required().type_name("NAME");
  set.add_option("--user", request.user, "User of the cluster").required().type_name("NAME");
  set.add_option("--password-file", options->password_file,
                 "File with the password; `-` reads standard input (default: as it is, for the same address)")
      .type_name("FILE");
  set.add_option("--token-file", options->token_file, "File with a JSON Web Token instead; `-` reads standard input")
      .type_name("FILE");
  set.add_option("--session", request.session, "Session properties, separated by commas").type_name("NAME=VALUE");
  set.add_flag("--default", request.answers_by_itself,
               "Commands that have --engine ask the cluster, unless they are told otherwise");
  on_chosen(set, action, options, run_set);
}

}  // namespace

void add_trino_command(Command parent, Action& action) {
  Command group = add_group(parent, "trino", "The Trino cluster that may answer instead of the embedded engine");
  auto options = std::make_shared<TrinoOptions>();
  Command shown = add_command(group, "show", "Show where the cluster is", "  apportion config trino show");
  on_chosen(shown, action, options, run_show);
  add_set_command(group, action, options);
  Command made_known = add_command(group, "register", "Make the Delta tables known to the cluster, once each",
                                   "  apportion config trino register\n"
                                   "  apportion config trino register "
                                   "--place abfss://lake@account.dfs.core.windows.net/delta");
  made_known
      .add_option("--place", options->place,
                  "Where the cluster finds the folder of the tables (default: where it is on this machine)")
      .type_name("URL");
  on_chosen(made_known, action, options, run_register);
  Command check =
      add_command(group, "check", "Ask the cluster whether it has what is published", "  apportion config trino check");
  on_chosen(check, action, options, run_check);
  Command remove = add_command(group, "remove", "Forget the cluster: the embedded engine answers",
                               "  apportion config trino remove");
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
