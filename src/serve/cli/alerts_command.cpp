#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/alert_channels.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/flow_view.h"
#include "serve/cli/secret_file.h"
#include "serve/cli/step_wording.h"
#include "serve/format/alert_document.h"

namespace apportion {
namespace {

struct AlertsOptions {
  std::string name;
  std::string url;
  std::string secret_file;
  std::string server;
  std::string user;
  std::string password_file;
  std::string from;
  std::vector<std::string> to;
  bool all = false;
};

Table alerts_table(const std::vector<StoredAlert>& alerts) {
  Table table;
  table.columns = {{"Alert", TableKind::kInteger}, {"Kind"}, {"Connection"}, {"Opened"}, {"Closed"}, {"Text"}};
  for (const StoredAlert& alert : alerts) {
    table.rows.push_back(
        {alert.id, alert.kind, alert.connection, alert.opened_at, optional_cell(alert.closed_at), alert.text});
  }
  if (alerts.empty()) table.notices.emplace_back("no alerts are open");
  return table;
}

Result<ExitCode> run_list(Session& session, const AlertsOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto alerts, list_alerts(session.caller(), workspace, options.all));
  if (session.json()) {
    session.console().print_json(alerts_json(alerts));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(alerts_table(alerts)));
  return kExitDone;
}

std::string target_text(const ChannelView& channel) { return fmt::format("{}", fmt::join(channel.to, ", ")); }

Result<ExitCode> run_channels(Session& session, const AlertsOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto channels, channels_of(workspace));
  if (session.json()) {
    session.console().print_json(channels_json(channels));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Channel"}, {"Kind"}, {"To"}};
  for (const ChannelView& channel : channels) table.rows.push_back({channel.name, channel.kind, target_text(channel)});
  if (channels.empty())
    table.notices.emplace_back("alerts go to the log only; add a channel: apportion alerts add-webhook --help");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

ExitCode tell_added(Session& session, const ChannelView& channel) {
  session.console().say(
      fmt::format("alerts now go to {}; to try it: apportion alerts test {}", target_text(channel), channel.name));
  if (session.json()) session.console().print_json(added_channel_json(channel));
  return kExitDone;
}

Result<ExitCode> run_add_webhook(Session& session, const AlertsOptions& options) {
  APPORTION_TRY(check_webhook_url(options.url));
  APPORTION_ASSIGN(const std::string secret, read_secret(session, options.secret_file, "the webhook's secret"));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const ChannelView channel,
                   add_webhook_channel(session.world().variable, writable, options.name, {options.url, secret}));
  return tell_added(session, channel);
}

Result<ExitCode> run_add_mail(Session& session, const AlertsOptions& options) {
  MailSettings settings{options.server, options.user, "", options.from, options.to};
  APPORTION_TRY(check_mail_settings(settings));
  if (!options.password_file.empty()) {
    APPORTION_ASSIGN(settings.password, read_secret(session, options.password_file, "the mail server's password"));
  }
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const ChannelView channel,
                   add_mail_channel(session.world().variable, writable, options.name, settings));
  return tell_added(session, channel);
}

Result<ExitCode> run_remove(Session& session, const AlertsOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_TRY(remove_channel(writable, options.name));
  session.console().say("removed the channel " + options.name);
  if (session.json()) session.console().print_json({{"removed", options.name}});
  return kExitDone;
}

Result<ExitCode> run_test(Session& session, const AlertsOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_TRY(send_test_alert(session.caller(), workspace, gateway, options.name));
  session.console().say("the channel took the alert");
  if (session.json()) session.console().print_json({{"sent", options.name}});
  return kExitDone;
}

Result<ExitCode> run_check(Session& session, const AlertsOptions& /*options*/) {
  APPORTION_ASSIGN(Workspace workspace, session.open());
  Gateway gateway(session.azure_world());
  APPORTION_ASSIGN(const AlertRound round, tell_alerts(workspace, session.clock(), gateway, command_words));
  say_alert_round(session.console(), round);
  APPORTION_ASSIGN(const auto open, list_alerts(session.caller(), workspace, false));
  if (session.json()) {
    session.console().print_json(alerts_json(open));
  } else {
    APPORTION_TRY(session.console().print_table(alerts_table(open)));
  }
  for (const Error& failure : round.failures) session.console().report(failure);
  if (!round.failures.empty()) return exit_code(round.failures.front().kind());
  return open.empty() ? kExitDone : kExitCheckFailed;
}

void add_name_argument(Command command, AlertsOptions& options) {
  command.add_option("NAME", options.name, "Name of the channel").required();
}

}  // namespace

void add_alerts_command(Command app, Action& action) {
  Command group = add_group(app, "alerts", "Show what needs attention, and where alerts are sent");
  auto options = std::make_shared<AlertsOptions>();

  Command list = add_command(group, "list", "List the open alerts", "  apportion alerts list --all");
  list.add_flag("--all", options->all, "Include alerts that are over");
  on_chosen(list, action, options, run_list);

  Command check = add_command(group, "check",
                              "Check for alerts now, send the new ones and list the open ones; exit 1 if any are open",
                              "  apportion alerts check");
  on_chosen(check, action, options, run_check);

  Command channels =
      add_command(group, "channels", "List the channels that alerts are sent to", "  apportion alerts channels");
  on_chosen(channels, action, options, run_channels);

  Command webhook =
      add_command(group, "add-webhook", "Send alerts to a webhook, signed with a secret",
                  "  apportion alerts add-webhook hook --url https://hooks.example.com/x --secret-file secret.txt");
  add_name_argument(webhook, *options);
  webhook.add_option("--url", options->url, "https URL that accepts a JSON document").required().type_name("URL");
  webhook.add_option("--secret-file", options->secret_file, "File with the secret; `-` reads standard input")
      .required()
      .type_name("FILE");
  on_chosen(webhook, action, options, run_add_webhook);

  Command mail =
      add_command(group, "add-mail", "Send alerts by e-mail",
                  "  apportion alerts add-mail ops --server smtps://mail.example.com:465 --user apportion \\\n"
                  "    --password-file password.txt --from apportion@example.com --to ops@example.com");
  add_name_argument(mail, *options);
  mail.add_option("--server", options->server, "smtps://HOST:465 or smtp://HOST:587").required().type_name("URL");
  mail.add_option("--user", options->user, "User name, if the server asks for one").type_name("NAME");
  mail.add_option("--password-file", options->password_file, "File with the password; `-` reads standard input")
      .type_name("FILE");
  mail.add_option("--from", options->from, "Sender's address").required().type_name("ADDRESS");
  mail.add_option("--to", options->to, "Recipient's address; may be repeated").required().type_name("ADDRESS");
  on_chosen(mail, action, options, run_add_mail);

  Command test = add_command(group, "test", "Send a test alert to a channel", "  apportion alerts test hook");
  add_name_argument(test, *options);
  on_chosen(test, action, options, run_test);

  Command remove = add_command(group, "remove", "Remove a channel", "  apportion alerts remove hook");
  add_name_argument(remove, *options);
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
