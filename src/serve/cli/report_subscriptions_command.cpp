#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/report_subscriptions.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/report_access.h"
#include "serve/format/report_document.h"

namespace apportion {
namespace {

struct SubscriptionOptions {
  std::string name;
  std::optional<std::string> only;
  std::optional<std::string> customer;
  bool all_customers = false;
  std::optional<std::string> dataset;
  std::optional<std::string> format;
  bool on_complete = false;
  bool on_lock = false;
  std::optional<std::int64_t> monthly_on;
  std::optional<Month> first_month;
  std::optional<std::string> folder;
  std::vector<std::string> to;
  bool mail = false;
  bool again_on_change = false;
  bool once = false;
  bool allow_unknown = false;
  bool refuse_unknown = false;
};

Result<ReportSubscriptionRequest> request_of(const SubscriptionOptions& options) {
  ReportSubscriptionRequest request{.name = options.name,
                                    .customer = options.customer,
                                    .all_customers = options.all_customers,
                                    .dataset = options.dataset,
                                    .format = options.format,
                                    .first_month = options.first_month,
                                    .folder = options.folder};
  if (int{options.on_complete} + int{options.on_lock} + int{options.monthly_on.has_value()} > 1) {
    return Error{ErrorId::kCommandLineWrong, "a report subscription has one schedule", options.name,
                 "several of --on-complete, --on-lock and --monthly-on are given", "give one of them"};
  }
  if (options.on_complete) request.due = ReportDue::kOnComplete;
  if (options.on_lock) request.due = ReportDue::kOnLock;
  if (options.monthly_on) {
    request.due = ReportDue::kMonthly;
    request.day = static_cast<int>(*options.monthly_on);
  }
  if (options.mail || !options.to.empty()) request.recipients = options.to;
  if (options.again_on_change || options.once) request.again_on_change = options.again_on_change;
  if (options.allow_unknown || options.refuse_unknown) request.allow_unknown = options.allow_unknown;
  return request;
}

std::string place_text(const ReportSubscription& subscription) {
  if (subscription.folder) return *subscription.folder;
  return subscription.recipients.empty() ? "mail to the customer's people"
                                         : fmt::format("{}", fmt::join(subscription.recipients, ", "));
}

std::string due_text(const ReportSubscription& subscription) {
  return subscription.day > 0 ? fmt::format("day {}", subscription.day)
                              : std::string(report_due_name(subscription.due));
}

Table subscriptions_table(const std::vector<ReportSubscription>& subscriptions) {
  Table table;
  table.columns = {{"Subscription"}, {"CustomerId"}, {"Dataset"}, {"Format"},
                   {"When"},         {"From"},       {"To"},      {"AgainOnChange"}};
  for (const ReportSubscription& one : subscriptions) {
    table.rows.push_back({one.name, one.customer ? one.customer->raw() : std::string("all"), one.dataset, one.format,
                          due_text(one), one.first_month.to_string(), place_text(one),
                          std::string(one.again_on_change ? "yes" : "no")});
  }
  if (subscriptions.empty())
    table.notices.emplace_back("there are no report subscriptions; see apportion report subscriptions add --help");
  return table;
}

Result<ExitCode> show_deliveries(Session& session, const std::string& name) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto deliveries, list_report_deliveries(session.caller(), workspace, name));
  if (session.json()) {
    ReportRound round;
    for (const ReportDelivery& delivery : deliveries) round.done.push_back({name, delivery});
    session.console().print_json(report_round_json(round));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Month"}, {"CustomerId"}, {"State"},  {"Attempts", TableKind::kInteger},
                   {"At"},    {"Where"},      {"Message"}};
  for (const ReportDelivery& one : deliveries) {
    table.rows.push_back({one.month.to_string(), one.customer.raw(), std::string(delivery_state_name(one.state)),
                          one.attempts, one.ended_at.empty() ? one.begun_at : one.ended_at, one.place, one.message});
  }
  if (deliveries.empty()) table.notices.emplace_back("nothing was delivered yet");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const SubscriptionOptions& options) {
  if (options.only) return show_deliveries(session, *options.only);
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto subscriptions, list_report_subscriptions(session.caller(), workspace));
  if (session.json()) {
    session.console().print_json(report_subscriptions_json(subscriptions));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(subscriptions_table(subscriptions)));
  return kExitDone;
}

Result<ExitCode> show_one(Session& session, const ReportSubscription& subscription) {
  if (session.json()) {
    session.console().print_json(report_subscription_json(subscription));
    return kExitDone;
  }
  APPORTION_TRY(session.console().print_table(subscriptions_table({subscription})));
  return kExitDone;
}

Result<ExitCode> run_add(Session& session, const SubscriptionOptions& options) {
  APPORTION_ASSIGN(const ReportSubscriptionRequest request, request_of(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ReportSubscription added,
                   add_report_subscription(session.caller(), workspace, request, {session.caller().actor}));
  session.console().say(
      fmt::format("added {}; the service delivers it, or: apportion report subscriptions run", added.name));
  return show_one(session, added);
}

Result<ExitCode> run_edit(Session& session, const SubscriptionOptions& options) {
  APPORTION_ASSIGN(const ReportSubscriptionRequest request, request_of(options));
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ReportSubscription edited,
                   edit_report_subscription(session.caller(), workspace, request, {session.caller().actor}));
  return show_one(session, edited);
}

Result<ExitCode> run_remove(Session& session, const SubscriptionOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_TRY(remove_report_subscription(session.caller(), workspace, options.name, {session.caller().actor}));
  session.console().say("removed the report subscription " + options.name + "; what it delivered stays");
  if (session.json()) session.console().print_json({{"removed", options.name}});
  return kExitDone;
}

Result<ExitCode> run_now(Session& session, const SubscriptionOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ReportRound round,
                   deliver_reports(session.caller(), workspace, mail_world(session), {options.only}));
  say_report_round(session.console(), round);
  if (round.done.empty()) session.console().say("nothing is due");
  if (session.json()) session.console().print_json(report_round_json(round));
  return round.failures.empty() ? kExitDone : exit_code(round.failures.front().kind());
}

void add_settings(Command command, SubscriptionOptions& options) {
  command.add_option("--customer", options.customer, "For this customer").type_name("ID");
  command.add_flag("--all-customers", options.all_customers, "For each customer that has charges");
  command
      .add_option("--dataset", options.dataset, "focus (default): the customer's FOCUS file; none: mail without a file")
      .one_of({"focus", "none"})
      .type_name("DATASET");
  command.add_option("--format", options.format, "csv, csv.gz (default) or parquet")
      .one_of({"csv", "csv.gz", "parquet"})
      .type_name("FORMAT");
  command.add_flag("--on-complete", options.on_complete, "As soon as a month is complete (default)");
  command.add_flag("--on-lock", options.on_lock, "As soon as a month is locked");
  command
      .add_option("--monthly-on", options.monthly_on,
                  "On this day of the next month, or later if the month is not complete by then")
      .between(1, 28)
      .type_name("DAY");
  add_month_option(command, options.first_month, "First month to deliver (default: the one before today's)", "--from");
  command.add_option("--folder", options.folder, "Write files below this report folder (see report folders)")
      .type_name("NAME");
  command.add_flag("--mail", options.mail, "Send it by mail to the customer's people");
  command.add_option("--to", options.to, "Send it by mail to this address; may be repeated").type_name("ADDRESS");
  command.add_flag("--again-on-change", options.again_on_change,
                   "Deliver a month again when its content has changed, as after a newer run");
  command.add_flag("--allow-unknown", options.allow_unknown,
                   "Leave unknown costs empty; otherwise a FOCUS file with such costs is not delivered");
}

}  // namespace

void say_report_round(Console& console, const ReportRound& round) {
  for (const ReportRound::Done& done : round.done) {
    if (done.delivery.state != DeliveryState::kSent) continue;
    console.say(fmt::format("{}: {} {} went to {}", done.subscription, done.delivery.customer.raw(),
                            done.delivery.month.to_string(), done.delivery.place));
  }
  for (const Error& failure : round.failures) console.report(failure);
}

void add_report_subscriptions_command(Command group, Action& action) {
  Command subscriptions =
      add_group(group, "subscriptions", "Deliver months by schedule: files below a folder, or mails");
  auto options = std::make_shared<SubscriptionOptions>();
  Command list = add_command(subscriptions, "list", "List report subscriptions, or what one of them delivered",
                             "  apportion report subscriptions list\n"
                             "  apportion report subscriptions list erp");
  list.add_option("NAME", options->only, "Its deliveries, the newest first");
  on_chosen(list, action, options, run_list);

  Command add = add_command(subscriptions, "add", "Have months delivered",
                            "  apportion report subscriptions add erp --all-customers --on-lock --folder erp\n"
                            "  apportion report subscriptions add mails --customer contoso --mail --dataset none");
  add.add_option("NAME", options->name, "Name of the report subscription").required();
  add_settings(add, *options);
  on_chosen(add, action, options, run_add);

  Command edit = add_command(subscriptions, "edit", "Change a report subscription; what is not said stays",
                             "  apportion report subscriptions edit erp --monthly-on 8\n"
                             "  apportion report subscriptions edit erp --once");
  edit.add_option("NAME", options->name, "Name of the report subscription").required();
  add_settings(edit, *options);
  edit.add_flag("--once", options->once, "Deliver no month again, whatever changes");
  edit.add_flag("--refuse-unknown", options->refuse_unknown, "Deliver no FOCUS file with unknown costs");
  on_chosen(edit, action, options, run_edit);

  Command remove = add_command(subscriptions, "remove", "Remove a report subscription; its files stay",
                               "  apportion report subscriptions remove erp");
  remove.add_option("NAME", options->name, "Name of the report subscription").required();
  on_chosen(remove, action, options, run_remove);

  Command run = add_command(subscriptions, "run", "Deliver what is due now, as each round of the service does",
                            "  apportion report subscriptions run\n"
                            "  apportion report subscriptions run erp");
  run.add_option("NAME", options->only,
                 "This one only: also what failed a moment ago, and mails of which nobody knows whether they went out");
  on_chosen(run, action, options, run_now);
}

}  // namespace apportion
