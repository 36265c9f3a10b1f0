#include "application/invented_partner.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/connections.h"
#include "application/customer_file.h"
#include "application/customer_import.h"
#include "application/documents.h"
#include "application/jobs.h"
#include "application/month_locks.h"
#include "application/open_home_texts.h"
#include "application/partner_only.h"
#include "application/sync.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "sample/sample.h"

namespace apportion {
namespace {

constexpr const char* kInvented = "home.invented";
constexpr const char* kConnection = "invented";
constexpr int kCustomers = 40;
constexpr std::uint64_t kRowsOfMonth = 1500;

std::filesystem::path folder_of(const Workspace& workspace) { return workspace.home.folder() / "invented"; }

Error not_empty(ErrorId id, std::string why) {
  return {id, "this home cannot be filled with an invented partner", "", std::move(why),
          "create another home for it: " + step(Step::kCreateHome)};
}

std::string location_of(const Workspace& workspace, std::string_view export_name) {
  return (folder_of(workspace) / "exports" / export_name).string();
}

Result<SampleReport> write_exports(const Workspace& workspace, const InventedPartnerRequest& request) {
  const std::filesystem::path out = folder_of(workspace);
  std::error_code failure;
  std::filesystem::remove_all(out, failure);
  if (failure) return file_error("what is left of an earlier attempt cannot be removed", out, failure.value());
  SampleOptions sample;
  sample.out = out;
  sample.seed = request.seed;
  sample.today = workspace.clock.today();
  sample.to = Month::of(sample.today);
  sample.from = sample.to->plus_months(-2);
  sample.customers = kCustomers;
  sample.rows = kRowsOfMonth;
  sample.focus = false;
  if (workspace.talk) workspace.talk("inventing a partner");
  return write_sample(sample, {});
}

// Customers, rules and the connection, before anything is imported.
Result<void> set_up(Workspace& workspace, const AzureWorld& world, const SampleReport& sample,
                    InventedPartner& invented) {
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace, kPatienceWithoutEnd));
  APPORTION_TRY(check_may_be_invented(workspace.caller, workspace));
  APPORTION_ASSIGN(const std::string customers, read_file(sample.customers_file));
  const CustomerFile file = read_customer_file(customers, "customers.csv");
  APPORTION_TRY(check_customer_file(file, "customers.csv"));
  APPORTION_TRY(import_customers(writable, file, "customers.csv", {}));
  invented.customers = std::ssize(file.customers);
  APPORTION_ASSIGN(std::string rules, read_file(sample.rules_file));
  APPORTION_ASSIGN(const AdmittedDocument admitted,
                   admit_document(workspace.caller, workspace, {DocumentKind::kRules, std::move(rules), "rules.yaml"}));
  APPORTION_TRY(apply_document(writable, admitted, {}));
  ConnectionRequest connection;
  connection.name = kConnection;
  connection.locations = {
      {Dataset::kActualCost, location_of(workspace, "actual-cost")},
      {Dataset::kAmortizedCost, location_of(workspace, "amortized-cost")},
      {Dataset::kPriceSheet, location_of(workspace, "price-sheet")},
      {Dataset::kReservationDetails, location_of(workspace, "reservation-details")},
      {Dataset::kReservationTransactions, location_of(workspace, "reservation-transactions")},
      {Dataset::kReservationRecommendations, location_of(workspace, "reservation-recommendations")}};
  APPORTION_TRY(add_connection(workspace.caller, writable, world.variable, connection));
  return ok();
}

// The runs of the first month as they were at its end: those that a restatement replaces later.
Result<void> import_first_runs(Workspace& workspace, const SampleReport& sample, Month month) {
  for (const char* export_name : {"actual-cost", "amortized-cost"}) {
    const auto first = std::ranges::find_if(
        sample.runs, [&](const SampleRun& run) { return run.month == month && run.export_name == export_name; });
    if (first == sample.runs.end()) continue;
    APPORTION_TRY(import_folder(workspace, {kConnection, {.location = first->folder.string()}}));
  }
  return ok();
}

Result<void> lock_month(Workspace& workspace, Month month) {
  APPORTION_ASSIGN(WritableWorkspace writable, begin_writing(workspace, kPatienceWithoutEnd));
  APPORTION_ASSIGN(const auto months, months_to_lock(workspace, {.connection = kConnection, .month = month}, true,
                                                     workspace.clock.today()));
  return set_locked(writable, months, true);
}

Result<InventedPartner> invent_in_turn(Workspace& workspace, const AzureWorld& world,
                                       const InventedPartnerRequest& request) {
  APPORTION_ASSIGN(HomeTexts texts, open_home_texts(workspace));
  APPORTION_TRY(texts.put({{kInvented, workspace.clock.now()}}, "home.invent-partner",
                          fmt::format("seed {}", request.seed), {workspace.caller.actor}));
  APPORTION_ASSIGN(const SampleReport sample, write_exports(workspace, request));
  const Month first = Month::of(workspace.clock.today()).plus_months(-2);
  InventedPartner invented{.connection = kConnection, .locked_month = first};
  APPORTION_TRY(set_up(workspace, world, sample, invented));
  APPORTION_TRY(import_first_runs(workspace, sample, first));
  APPORTION_TRY(lock_month(workspace, first));
  AzureWorld own = world;
  own.cancel = workspace.cancel;
  Gateway gateway(std::move(own));
  AzureSessions sessions(workspace, gateway);
  workspace.stores = sessions.stores();
  auto report = sync(workspace, sessions, gateway, {.connection = kConnection});
  workspace.stores = {};
  if (!report) return std::move(report).error();
  invented.report = std::move(*report);
  return invented;
}

}  // namespace

Result<void> check_may_be_invented(const Caller& caller, const Workspace& workspace) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(const auto connections, workspace.control_plane.connections());
  if (!connections.empty()) {
    return not_empty(ErrorId::kConnectionExists, fmt::format("it has the connection {}", connections.front().name));
  }
  APPORTION_ASSIGN(const bool was_begun, is_partner_invented(workspace));
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  if (customers.empty() || was_begun) return ok();
  return not_empty(ErrorId::kCustomerExists, fmt::format("it has the customer {}", customers.front().id.raw()));
}

Result<InventedPartner> invent_partner(Workspace& workspace, const AzureWorld& world,
                                       const InventedPartnerRequest& request) {
  APPORTION_TRY(check_may_be_invented(workspace.caller, workspace));
  return run_as_job(workspace, "demo", "", [&] { return invent_in_turn(workspace, world, request); });
}

Result<bool> is_partner_invented(const Workspace& workspace) {
  APPORTION_ASSIGN(const HomeTexts texts, open_home_texts(workspace));
  APPORTION_ASSIGN(const auto all, texts.all());
  return all.contains(kInvented);
}

}  // namespace apportion
