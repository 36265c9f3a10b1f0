#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/month_mail.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/report_access.h"
#include "serve/format/month_mail_document.h"
#include "serve/format/report_file.h"

namespace apportion {
namespace {

struct SendOptions {
  SendRequest request;
  std::optional<Month> month;
};

void tell_sent(Console& console, const MonthMail& mail) {
  console.say(fmt::format("{} {} {} to {}", mail.sent ? "sent" : "would send", mail.customer, mail.month.to_string(),
                          fmt::join(mail.mail.to, ", ")));
  if (mail.mail.attachment) {
    console.say(fmt::format("with {}, {} bytes", mail.mail.attachment->name, mail.mail.attachment->content.size()));
  }
  if (mail.link.empty()) {
    console.say(
        "it has no link, since it is not known where people reach the page: "
        "apportion config brand set --address URL");
  }
}

Result<ExitCode> run_send(Session& session, const SendOptions& options) {
  SendRequest request = options.request;
  request.month = *options.month;
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const MonthMail mail,
                   send_month(session.caller(), workspace, mail_world(session), request, {session.caller().actor}));
  tell_sent(session.console(), mail);
  if (session.json()) {
    session.console().print_json(month_mail_json(mail));
  } else if (!mail.sent) {
    session.console().print_text(fmt::format("Subject: {}\n\n{}", mail.mail.subject, mail.mail.body));
  }
  return kExitDone;
}

}  // namespace

MailWorld mail_world(const Session& session) {
  return {session.world().variable, session.world().epoch_seconds,
          report_file_writer(fmt::format("Apportion {}", program_version()))};
}

void add_report_send_command(Command group, Action& action) {
  auto options = std::make_shared<SendOptions>();
  Command command =
      add_command(group, "send", "Mail a customer its month: totals, and a link to the page",
                  "  apportion report send --customer contoso --month 2026-10\n"
                  "  apportion report send --customer contoso --month 2026-10 --to it@contoso.example \\\n"
                  "    --attach-focus --dry-run");
  command.add_option("--customer", options->request.customer, "Customer whose month it is").type_name("ID").required();
  add_month_option(command, options->month, "Month to send").required();
  command
      .add_option("--to", options->request.to,
                  "Address to send it to; may be repeated (default: the customer's people, see apportion user list)")
      .type_name("ADDRESS");
  command.add_flag("--attach-focus", options->request.attach_focus,
                   "Attach the customer's FOCUS file as csv.gz, up to 10 MiB");
  command.add_flag("--allow-unknown", options->request.allow_unknown,
                   "Leave unknown costs empty in the file; otherwise it is not sent");
  command.add_flag("--incomplete", options->request.incomplete,
                   "Send it although the month is not complete; the mail says so");
  command
      .add_option("--url", options->request.page,
                  "Where people reach the page (default: the address of config brand show)")
      .type_name("URL");
  add_dry_run_option(command, options->request.dry_run);
  on_chosen(command, action, options, run_send);
}

}  // namespace apportion
