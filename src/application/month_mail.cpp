#include "application/month_mail.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/alert_channels.h"
#include "application/brand.h"
#include "application/customer_edits.h"
#include "application/customers.h"
#include "application/partner_only.h"
#include "application/reading.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/money/currency.h"
#include "foundation/money/money.h"
#include "query/cost_answer.h"
#include "query/month_coverage.h"
#include "query/months_in_scope.h"
#include "query/proof.h"
#include "store/report_book.h"

namespace apportion {
namespace {

struct Metric {
  const char* column;
  const char* words;
};
constexpr Metric kList{"ListCost", "List cost"};
constexpr Metric kBilled{"BilledCost", "Billed cost"};
constexpr Metric kEffective{"EffectiveCost", "Effective cost"};

std::vector<Metric> metrics_of(CustomerView view) {
  switch (view) {
    case CustomerView::kList: return {kList};
    case CustomerView::kCost: return {kBilled, kEffective};
    case CustomerView::kBoth: return {kBilled, kEffective, kList};
  }
  return {kList};
}

// `List cost: EUR 1,234.50`, as invoices round; unknown is never zero.
std::string amount_line(const Metric& metric, const std::string& code, const TableCell& cell) {
  const auto* amount = std::get_if<Decimal>(&cell);
  if (amount == nullptr) return fmt::format("  {}: unknown, in {}\n", metric.words, code);
  const auto currency = Currency::parse(code);
  APPORTION_CHECK(currency, "a stored charge has a currency");
  return fmt::format("  {}: {} {}\n", metric.words, code, shown_amount(*amount, *currency));
}

Result<std::string> totals_text(const Workspace& workspace, const Caller& as_customer, CustomerView view, Month month) {
  const std::vector<Metric> metrics = metrics_of(view);
  CostQuestion question;
  question.report.by = {"BillingCurrency"};
  for (const Metric& metric : metrics) question.report.metrics.emplace_back(metric.column);
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const CostAnswer answer,
                   answer_costs(reading.lake(), as_customer.scope({}, month), workspace.clock.today(), question));
  std::string text;
  for (const auto& row : answer.table.rows) {
    for (std::size_t i = 0; i < metrics.size(); ++i) text += amount_line(metrics[i], cell_text(row[0]), row[i + 1]);
  }
  if (text.empty()) text = "  There are no costs.\n";
  for (const std::string& notice : answer.table.notices) text += fmt::format("  Note: {}\n", notice);
  return text;
}

std::string finality_of(const SendableMonth& month) {
  std::string text = "The month is not complete yet: amounts will change.";
  if (month.state == "locked") text = "The month is locked: these amounts do not change any more.";
  if (month.state == "complete") text = "The month is complete.";
  if (!month.data_as_of.empty()) text += fmt::format(" Data as of {}.", month.data_as_of);
  return text;
}

std::string body_text(const Brand& brand, const Customer& customer, const MonthMail& mail, const std::string& totals,
                      const SendableMonth& month) {
  std::string text = fmt::format("The Azure costs of {} for {}{}:\n\n{}\n{}\n", customer.name, mail.month.to_string(),
                                 brand.name.empty() ? "" : ", from " + brand.name, totals, finality_of(month));
  if (!mail.link.empty()) text += fmt::format("\nSign in to see where they come from:\n{}\n", mail.link);
  if (!brand.support_text.empty() || !brand.support_link.empty()) {
    text += fmt::format("\n{}{}{}\n", brand.support_text,
                        brand.support_text.empty() || brand.support_link.empty() ? "" : "\n", brand.support_link);
  }
  return text;
}

Result<void> check_proof(const Workspace& workspace, Month month) {
  APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
  APPORTION_ASSIGN(const Proof proof, prove(reading.lake(), ReadScope::of_partner({}, month), workspace.clock.today()));
  if (proof.holds()) return ok();
  std::vector<std::string> reasons = proof.reasons;
  for (const MonthProof& one : proof.months) reasons.insert(reasons.end(), one.reasons.begin(), one.reasons.end());
  return Error{ErrorId::kMonthNotSendable, "the month cannot be sent: its proof does not hold", month.to_string(),
               fmt::format("{}", fmt::join(reasons, "; ")), "see which months there are: " + step(Step::kListMonths)};
}

}  // namespace

Result<SendableMonth> check_sendable(const Workspace& workspace, Month month, bool incomplete) {
  const ReadScope scope = ReadScope::of_partner({}, month);
  APPORTION_TRY(check_months_in_scope(workspace.control_plane, scope));
  APPORTION_ASSIGN(const MonthCoverage coverage,
                   month_coverage(workspace.control_plane, scope, workspace.clock.today()));
  const auto state = coverage.states.find(month);
  SendableMonth found{state == coverage.states.end() ? "missing" : state->second, coverage.data_as_of};
  const bool is_final = (found.state == "complete" || found.state == "locked") && coverage.holes.empty();
  if (!is_final && !incomplete) {
    return Error{ErrorId::kMonthNotSendable, "the month cannot be sent: it is not complete", month.to_string(),
                 coverage.holes.empty() ? fmt::format("it is {}", found.state)
                                        : fmt::format("{}", fmt::join(coverage.holes, "; ")),
                 "wait until it is complete (" + step(Step::kListMonths) + "), or say that it may be incomplete"};
  }
  APPORTION_TRY(check_proof(workspace, month));
  return found;
}

Result<std::vector<std::string>> addresses_of(const Workspace& workspace, const CustomerId& customer,
                                              const std::function<std::int64_t()>& epoch_seconds) {
  APPORTION_ASSIGN(const PeopleBook book,
                   PeopleBook::open(workspace.home.control_plane_file(), workspace.clock, epoch_seconds));
  APPORTION_ASSIGN(const auto users, book.users(customer));
  std::vector<std::string> addresses;
  for (const User& user : users) {
    if (!user.disabled && check_mail_address(user.name)) addresses.push_back(user.name);
  }
  if (!addresses.empty()) return addresses;
  return Error{ErrorId::kMailRecipientMissing, "the mail has no recipient", customer.raw(),
               "no user of the customer has a mail address as a name",
               "name the addresses, or add a user: " + step(Step::kAddUser)};
}

Result<MonthMail> month_mail(const Caller& caller, const Workspace& workspace, const CustomerId& customer, Month month,
                             const SendableMonth& state, const std::string& page) {
  APPORTION_ASSIGN(const Customer known, customer_with_id(workspace.control_plane, customer.raw()));
  APPORTION_ASSIGN(const Brand brand, read_brand(workspace));
  APPORTION_ASSIGN(const Caller as_customer, caller_of_customer(workspace, caller.actor, customer));
  APPORTION_ASSIGN(const std::string totals, totals_text(workspace, as_customer, known.sees, month));
  MonthMail mail{customer.raw(), month, state.state, {}, {}};
  const std::string& address = page.empty() ? brand.address : page;
  if (!address.empty()) mail.link = fmt::format("{}/costs?month={}", address, month.to_string());
  mail.mail.subject =
      fmt::format("{}Azure costs for {}", brand.name.empty() ? "" : brand.name + ": ", month.to_string());
  mail.mail.body = body_text(brand, known, mail, totals, state);
  return mail;
}

Result<MailAttachment> attachment_of(const std::filesystem::path& folder, const WrittenReport& file,
                                     const CustomerId& customer, Month month) {
  std::error_code failure;
  const auto bytes = std::filesystem::file_size(folder / file.name, failure);
  if (failure) return file_error("the file could not be read", folder / file.name, failure.value());
  if (bytes > static_cast<std::uintmax_t>(kMailFileBytesMax)) {
    return Error{
        ErrorId::kFileTooLarge, "the file is too large for a mail", file.name,
        fmt::format("it has {} bytes; {} are the most", bytes, kMailFileBytesMax),
        "have it written to a folder instead: " + step(Step::kAddReportSubscription, {{"customer", customer.raw()}})};
  }
  APPORTION_ASSIGN(std::string content, read_file(folder / file.name));
  return MailAttachment{fmt::format("{}-{}-{}", customer.raw(), month.to_string(), file.name), file.content_type,
                        std::move(content)};
}

Result<void> send_by_channel(const Workspace& workspace, const MailWorld& world, const Mail& mail) {
  APPORTION_ASSIGN(const auto settings, mail_settings_of(workspace, world.environment));
  if (!settings) {
    return Error{ErrorId::kMailChannelMissing, "there is no server to send mail by", "",
                 "mail goes by the server of the first alert channel that is one for mail",
                 "add such a channel: " + step(Step::kAddMailChannel)};
  }
  return send_mail(*settings, mail, UtcTime{std::chrono::seconds(world.epoch_seconds())});
}

Result<MonthMail> send_month(const Caller& caller, const Workspace& workspace, const MailWorld& world,
                             const SendRequest& request, const Doer& doer) {
  APPORTION_TRY(check_partner(caller));
  for (const std::string& address : request.to) APPORTION_TRY(check_mail_address(address));
  APPORTION_ASSIGN(const Customer customer, customer_with_id(workspace.control_plane, request.customer));
  APPORTION_ASSIGN(const SendableMonth state, check_sendable(workspace, request.month, request.incomplete));
  APPORTION_ASSIGN(MonthMail mail, month_mail(caller, workspace, customer.id, request.month, state, request.page));
  mail.mail.to = request.to;
  if (mail.mail.to.empty()) {
    APPORTION_ASSIGN(mail.mail.to, addresses_of(workspace, customer.id, world.epoch_seconds));
  }
  if (request.attach_focus) {
    APPORTION_ASSIGN(const Brand brand, read_brand(workspace));
    APPORTION_ASSIGN(const TemporaryFolder folder, workspace.home.make_temporary_folder());
    const std::filesystem::path place = folder.path() / "report";
    APPORTION_TRY(make_folder(place));
    APPORTION_ASSIGN(
        const WrittenReport file,
        world.write_file(workspace, {caller, customer.id, request.month, "csv.gz", brand.name, request.allow_unknown},
                         place));
    APPORTION_ASSIGN(mail.mail.attachment, attachment_of(place, file, customer.id, request.month));
  }
  if (request.dry_run) return mail;
  APPORTION_TRY(send_by_channel(workspace, world, mail.mail));
  mail.sent = true;
  APPORTION_ASSIGN(ReportBook book, ReportBook::open(workspace.home.control_plane_file(), workspace.clock));
  APPORTION_TRY(
      book.note_sent({customer.id, request.month}, "report.send",
                     fmt::format("{} {} to {}{}", customer.id.raw(), request.month.to_string(),
                                 fmt::join(mail.mail.to, ", "), request.attach_focus ? ", with its FOCUS file" : ""),
                     doer));
  return mail;
}

}  // namespace apportion
