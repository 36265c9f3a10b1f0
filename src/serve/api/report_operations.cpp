#include <array>

#include <fmt/format.h>

#include "application/customer_edits.h"
#include "application/month_mail.h"
#include "application/report_deliveries.h"
#include "application/report_subscriptions.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/month_mail_document.h"
#include "serve/format/report_document.h"
#include "serve/format/report_file.h"

namespace apportion {
namespace {

MailWorld mail_world(const ApiCall& call) {
  const ApiOptions& options = call.service.options();
  return {options.azure.variable, options.epoch_seconds,
          report_file_writer(fmt::format("Apportion {}", options.version))};
}

// The proof of the month may take long, and mail servers are slow: so it is a job.
Result<ApiAnswer> send_to_customer(ApiCall& call) {
  SendRequest request;
  request.customer = call.path("customer");
  APPORTION_ASSIGN(const auto month, month_field(call.body, "month"));
  request.month = *month;
  request.to = list_field(call.body, "to");
  request.attach_focus = flag_field(call.body, "attach_focus").value_or(false);
  request.allow_unknown = flag_field(call.body, "allow_unknown").value_or(false);
  request.incomplete = flag_field(call.body, "incomplete").value_or(false);
  request.dry_run = flag_field(call.body, "dry_run").value_or(false);
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(customer_with_id(workspace->control_plane, request.customer));
  const std::string subject = fmt::format("{} {}", request.customer, request.month.to_string());
  return start_job(call, "report-send", subject,
                   [request = std::move(request), world = mail_world(call), doer = call.who.doer(),
                    caller = call.caller](Workspace& own) -> Result<Json> {
                     APPORTION_ASSIGN(const MonthMail mail, send_month(caller, own, world, request, doer));
                     return month_mail_json(mail);
                   });
}

Result<ReportSubscriptionRequest> subscription_request(const ApiCall& call, std::string name) {
  ReportSubscriptionRequest request{.name = std::move(name),
                                    .customer = text_field(call.body, "customer"),
                                    .all_customers = flag_field(call.body, "all_customers").value_or(false),
                                    .dataset = text_field(call.body, "dataset"),
                                    .format = text_field(call.body, "format"),
                                    .folder = text_field(call.body, "folder"),
                                    .again_on_change = flag_field(call.body, "again_on_change"),
                                    .allow_unknown = flag_field(call.body, "allow_unknown")};
  if (const auto due = text_field(call.body, "due")) request.due = report_due_named(*due);
  if (const auto day = number_field(call.body, "day")) request.day = static_cast<int>(*day);
  APPORTION_ASSIGN(request.first_month, month_field(call.body, "first_month"));
  if (call.body.contains("to")) request.recipients = list_field(call.body, "to");
  return request;
}

Result<ApiAnswer> list_subscriptions(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto subscriptions, list_report_subscriptions(call.caller, *workspace));
  APPORTION_ASSIGN(Json page, page_of(call, subscriptions, report_subscription_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> get_subscription(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto subscription, report_subscription(call.caller, *workspace, call.path("subscription")));
  return document_answer(report_subscription_json(subscription));
}

Result<ApiAnswer> add_subscription(ApiCall& call) {
  APPORTION_ASSIGN(const auto request, subscription_request(call, *text_field(call.body, "name")));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto added, add_report_subscription(call.caller, *workspace, request, call.who.doer()));
  ApiAnswer answer = document_answer(report_subscription_json(added));
  constexpr int kCreated = 201;
  answer.status = kCreated;
  return answer;
}

Result<ApiAnswer> change_subscription(ApiCall& call) {
  APPORTION_ASSIGN(const auto request, subscription_request(call, call.path("subscription")));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto before, report_subscription(call.caller, *workspace, request.name));
  APPORTION_TRY(call.check_match(etag_of(report_subscription_json(before))));
  APPORTION_ASSIGN(const auto changed, edit_report_subscription(call.caller, *workspace, request, call.who.doer()));
  return document_answer(report_subscription_json(changed));
}

Result<ApiAnswer> remove_subscription(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto before, report_subscription(call.caller, *workspace, call.path("subscription")));
  APPORTION_TRY(call.check_match(etag_of(report_subscription_json(before))));
  APPORTION_TRY(remove_report_subscription(call.caller, *workspace, before.name, call.who.doer()));
  ApiAnswer answer;
  constexpr int kNoContent = 204;
  answer.status = kNoContent;
  return answer;
}

Result<ApiAnswer> list_deliveries(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto deliveries, list_report_deliveries(call.caller, *workspace, call.path("subscription")));
  APPORTION_ASSIGN(Json page, page_of(call, deliveries, report_delivery_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> run_subscription(ApiCall& call) {
  const std::string name = call.path("subscription");
  {
    APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
    APPORTION_ASSIGN(const auto known, report_subscription(call.caller, *workspace, name));
  }
  return start_job(call, "report-deliver", name,
                   [name, world = mail_world(call), caller = call.caller](Workspace& workspace) -> Result<Json> {
                     APPORTION_ASSIGN(const ReportRound round, deliver_reports(caller, workspace, world, {name}));
                     if (!round.failures.empty()) return round.failures.front();
                     return report_round_json(round);
                   });
}

// Names only: paths of the machine are for whoever may run the program in the home.
Result<ApiAnswer> list_folders(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto folders, list_report_folders(call.caller, *workspace));
  Json names = Json::array();
  for (const ReportFolder& folder : folders) names.push_back(folder.name);
  return document_answer({{"folders", std::move(names)}});
}

constexpr auto kOperations = std::to_array<Operation>({
    {"sendToCustomer", Right::kManageCustomers, Effect::kCreates, &send_to_customer},
    {"listReportSubscriptions", Right::kReadCustomers, Effect::kReads, &list_subscriptions},
    {"addReportSubscription", Right::kManageCustomers, Effect::kCreates, &add_subscription},
    {"getReportSubscription", Right::kReadCustomers, Effect::kReads, &get_subscription},
    {"changeReportSubscription", Right::kManageCustomers, Effect::kChanges, &change_subscription},
    {"removeReportSubscription", Right::kManageCustomers, Effect::kChanges, &remove_subscription},
    {"listReportDeliveries", Right::kReadCustomers, Effect::kReads, &list_deliveries},
    {"runReportSubscription", Right::kManageCustomers, Effect::kCreates, &run_subscription},
    {"listReportFolders", Right::kReadCustomers, Effect::kReads, &list_folders},
});

}  // namespace

std::span<const Operation> report_operations() { return kOperations; }

}  // namespace apportion
