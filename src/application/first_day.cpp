#include "application/first_day.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "application/alert_channels.h"
#include "application/azure_sessions.h"
#include "application/connection_tests.h"
#include "application/customer_discovery.h"
#include "application/freshness.h"
#include "application/invented_partner.h"
#include "application/jobs.h"
#include "application/partner_only.h"
#include "foundation/base/count_text.h"
#include "foundation/base/next_step.h"
#include "foundation/model/role.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/split/rule_file.h"
#include "query/months_report.h"
#include "store/people_book.h"

namespace apportion {
namespace {

using State = FirstDayState;

// A connection with what is known of it.
struct KnownConnection {
  Connection connection;
  std::string scope;  // empty when only locations are read
  bool uses_reports = false;
  bool has_distributor = false;  // whose bills may be all that it has
  std::optional<ConnectionTest> test;
  std::optional<SyncAttempt> last_attempt;
  std::vector<Import> imports;

  const std::string& name() const { return connection.name; }
  bool has_source() const { return uses_reports || !connection.locations.empty(); }
  bool reads_folders_only() const {
    return scope.empty() && std::ranges::none_of(connection.locations, [](const auto& location) {
             return is_blob_location(location.second);
           });
  }
  bool was_reached() const {
    if (test) return test->failed == 0;
    const bool has_read = last_attempt && last_attempt->outcome != SyncOutcome::kFailed;
    return !imports.empty() || has_read || reads_folders_only();
  }
};

struct Findings {
  std::vector<KnownConnection> connections;
  std::vector<MonthLine> months;  // that have runs
  std::optional<Job> importing;
  std::size_t customers = 0;
  std::int64_t rules = 0;
  std::size_t open_holds = 0;
  std::size_t people = 0;
  bool has_provider = false;
  std::size_t channels = 0;
  std::optional<Table> tenants;  // of the newest split month

  template <class Has>
  std::vector<std::string> names_of(Has has) const {
    std::vector<std::string> names;
    for (const KnownConnection& one : connections) {
      if (has(one)) names.push_back(one.name());
    }
    return names;
  }
  std::int64_t charges() const {
    std::int64_t sum = 0;
    for (const MonthLine& month : months) sum += month.charges;
    return sum;
  }
  std::size_t split_months() const {
    return static_cast<std::size_t>(std::ranges::count(months, true, &MonthLine::split));
  }
  std::size_t published_months() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(months, [](const MonthLine& month) { return month.charges > 0; }));
  }
};

std::string named(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::int64_t number(std::size_t count) { return static_cast<std::int64_t>(count); }

FirstDayStep connection_step(const Findings& found) {
  FirstDayStep step_found{"connection", "Connect your bill", State::kNext, "there is no connection yet"};
  step_found.counts = {{"connections", number(found.connections.size())}};
  step_found.next = "say where the bill comes from: " + step(Step::kAddConnection);
  if (found.connections.empty()) return step_found;
  step_found.state = State::kDone;
  step_found.found = named(found.names_of([](const KnownConnection&) { return true; }));
  step_found.next.clear();
  return step_found;
}

FirstDayStep access_step(const Findings& found) {
  FirstDayStep result{"access", "Check what it can reach", State::kWaiting, "follows the connection"};
  if (found.connections.empty()) return result;
  std::int64_t probes = 0;
  std::int64_t failed = 0;
  for (const KnownConnection& one : found.connections) {
    probes += one.test ? one.test->probes : 0;
    failed += one.test ? one.test->failed : 0;
  }
  result.counts = {{"probes", probes}, {"failed_probes", failed}};
  const auto unreached = found.names_of([](const KnownConnection& one) { return !one.was_reached(); });
  if (unreached.empty()) {
    result.state = State::kDone;
    result.found = probes == 0 ? "nothing has failed so far"
                               : fmt::format("{} of {} well", probes - failed, count_of(probes, "probe"));
    return result;
  }
  result.state = State::kNext;
  result.found = failed == 0 ? fmt::format("not tested yet: {}", named(unreached))
                             : fmt::format("{} of {} failed: {}", failed, count_of(probes, "probe"), named(unreached));
  result.next = "see each permission by itself: " + step(Step::kTestConnection, {{"connection", unreached.front()}});
  return result;
}

FirstDayStep exports_step(const Findings& found) {
  FirstDayStep result{"exports", "Have exports delivered", State::kWaiting, "follows the connection"};
  if (found.connections.empty()) return result;
  std::int64_t locations = 0;
  for (const KnownConnection& one : found.connections) locations += std::ssize(one.connection.locations);
  result.counts = {{"locations", locations}};
  for (const KnownConnection& one : found.connections) {
    if (one.has_source() || one.has_distributor) continue;
    result.state = State::kNext;
    result.found = fmt::format("{} has no exports yet", one.name());
    result.next = one.scope.empty()
                      ? "say where its exports are: " + step(Step::kEditConnection, {{"connection", one.name()}})
                      : "see what Azure should deliver: " + step(Step::kPlanExports, {{"connection", one.name()}});
    return result;
  }
  const auto silent = found.names_of([](const KnownConnection& one) {
    const bool found_nothing = one.last_attempt && one.last_attempt->outcome == SyncOutcome::kNothingNew;
    return one.has_source() && one.imports.empty() && found_nothing;
  });
  result.found = count_of(locations, "location");
  if (silent.empty()) {
    result.state = State::kDone;
    return result;
  }
  result.found +=
      fmt::format("; nothing was delivered yet to {}: the first run of an export takes up to a day", named(silent));
  const auto silent_exports = found.names_of([&silent](const KnownConnection& one) {
    return !one.scope.empty() && std::ranges::find(silent, one.name()) != silent.end();
  });
  if (!silent_exports.empty()) {
    result.next = "have Azure run them now: " + step(Step::kRunExports, {{"connection", silent_exports.front()}});
  }
  return result;
}

FirstDayStep import_step(const Findings& found) {
  FirstDayStep result{"import", "Import the first runs", State::kWaiting, "follows the exports"};
  std::int64_t imports = 0;
  std::int64_t rejected = 0;
  for (const KnownConnection& one : found.connections) {
    imports += std::ssize(one.imports);
    for (const Import& import : one.imports) rejected += import.rows_rejected;
  }
  result.counts = {{"imports", imports},
                   {"months", number(found.published_months())},
                   {"charges", found.charges()},
                   {"rejected", rejected}};
  const bool has_charges = found.published_months() > 0;
  if (has_charges || imports > 0) {
    result.found =
        fmt::format("{}, {}, {}", count_of(imports, "run"), count_of(number(found.published_months()), "month"),
                    count_of(found.charges(), "charge"));
    if (rejected > 0) result.found += fmt::format("; {} rejected", count_of(rejected, "row"));
  }
  if (found.importing) {
    result.state = State::kRunning;
    result.job = found.importing->id;
    if (imports == 0) result.found = "the first import is running";
    return result;
  }
  if (has_charges) {
    result.state = State::kDone;
    return result;
  }
  const bool can_begin =
      std::ranges::any_of(found.connections, [](const KnownConnection& one) { return one.has_source(); });
  if (!can_begin) return result;
  result.state = State::kNext;
  if (imports == 0) result.found = "nothing was imported yet";
  const auto failed = std::ranges::find_if(found.connections, [](const KnownConnection& one) {
    return one.last_attempt && one.last_attempt->outcome == SyncOutcome::kFailed;
  });
  if (failed != found.connections.end()) {
    result.found += fmt::format("; the last attempt of {} failed: {}", failed->name(), failed->last_attempt->detail);
  }
  result.next = "import what is there: " + step(Step::kSync);
  return result;
}

// Charges without any tenant are no tenant.
std::size_t tenants_in(const std::optional<Table>& table) {
  std::set<std::string> tenants;
  if (!table) return 0;
  for (const auto& row : table->rows) {
    if (const auto* tenant = std::get_if<std::string>(&row.front()); tenant != nullptr && !tenant->empty())
      tenants.insert(*tenant);
  }
  return tenants.size();
}

FirstDayStep customers_step(const Findings& found) {
  FirstDayStep result{"customers", "Enter the customers", State::kWaiting, "follows the connection"};
  const std::size_t without = tenants_in(found.tenants);
  result.counts = {{"customers", number(found.customers)}, {"tenants_without_customer", number(without)}};
  if (found.customers > 0) result.found = count_of(number(found.customers), "customer");
  if (found.customers > 0 && without == 0) {
    result.state = State::kDone;
    return result;
  }
  if (found.connections.empty() && found.customers == 0) return result;
  result.state = State::kNext;
  if (found.customers == 0) result.found = "there is no customer yet";
  if (without > 0) result.found += fmt::format("; {} without a customer", count_of(number(without), "tenant"));
  result.next = found.customers == 0 ? "add them, with their tenants: " + step(Step::kAddCustomer)
                                     : fmt::format("add them as customers: {}; or to those that there are: {}",
                                                   step(Step::kAddCustomer), step(Step::kEditCustomer));
  return result;
}

FirstDayStep split_step(const Findings& found) {
  FirstDayStep result{"split", "Split the bill", State::kWaiting, "follows the import"};
  result.counts = {{"rules", found.rules},
                   {"months_split", number(found.split_months())},
                   {"months", number(found.published_months())}};
  if (found.published_months() == 0) return result;
  result.found =
      fmt::format("{} of {} split, {}", found.split_months(), count_of(number(found.published_months()), "month"),
                  found.rules == 0 ? "by tenant alone" : "by " + count_of(found.rules, "rule"));
  result.state = found.split_months() >= found.published_months() ? State::kDone : State::kNext;
  if (result.state == State::kNext) {
    result.next = fmt::format("see why: {}; then split them: {}", step(Step::kListMonths), step(Step::kSplitMonth));
  } else if (found.rules == 0) {
    result.next = "to share costs, or split by more than the tenant: " + step(Step::kApplyRules);
  }
  return result;
}

// Nothing is published whose sums do not agree, so a split month was proved when it was.
FirstDayStep proof_step(const Findings& found) {
  FirstDayStep result{"proof", "Prove the first month", State::kWaiting, "follows the split"};
  const auto has = [&found](std::string_view state) {
    return number(static_cast<std::size_t>(std::ranges::count_if(
        found.months, [state](const MonthLine& month) { return month.split && month.status.name == state; })));
  };
  const std::int64_t whole = has("complete") + has("locked") + has("open");
  result.counts = {{"months_proved", whole}, {"held", number(found.open_holds)}};
  if (found.split_months() == 0) return result;
  if (whole > 0) {
    result.state = State::kDone;
    result.found =
        fmt::format("{}: customers and unassigned = charges = Microsoft's files, compared when it was published",
                    count_of(whole, "month"));
  } else {
    result.state = State::kNext;
    result.found = "no month is whole yet";
    result.next = "see what is missing: " + step(Step::kListMonths);
  }
  if (found.open_holds > 0) {
    result.found += fmt::format("; newer charges of {} are held", count_of(number(found.open_holds), "month"));
    result.next = "decide on them: " + step(Step::kListLateCharges);
  }
  return result;
}

FirstDayStep people_step(const Findings& found) {
  FirstDayStep result{"people", "Let others sign in", State::kOptional, "nobody but you at this machine"};
  result.counts = {{"people", number(found.people)}};
  if (found.people > 0 || found.has_provider) {
    result.state = State::kDone;
    result.found = count_of(number(found.people), "person", "people");
    if (found.has_provider) result.found += ", and an identity provider";
    return result;
  }
  result.next = fmt::format("add them: {}; or set up an identity provider: {}", step(Step::kAddUser),
                            step(Step::kSetIdentityProvider));
  return result;
}

FirstDayStep alerts_step(const Findings& found) {
  FirstDayStep result{"alerts", "Hear of what goes wrong", State::kOptional, "alerts go to the log only"};
  result.counts = {{"channels", number(found.channels)}};
  if (found.channels > 0) {
    result.state = State::kDone;
    result.found = count_of(number(found.channels), "channel");
    return result;
  }
  result.next = fmt::format("have them sent: {}; or: {}", step(Step::kAddWebhookChannel), step(Step::kAddMailChannel));
  return result;
}

constexpr FirstDayStep (*kSteps[])(const Findings&) = {&connection_step, &access_step,    &exports_step,
                                                       &import_step,     &customers_step, &split_step,
                                                       &proof_step,      &people_step,    &alerts_step};

Result<std::vector<KnownConnection>> known_connections(const Workspace& workspace) {
  const ControlPlane& control_plane = workspace.control_plane;
  APPORTION_ASSIGN(const auto connections, control_plane.connections());
  APPORTION_ASSIGN(const AzureCatalog catalog, open_catalog(workspace));
  APPORTION_ASSIGN(const auto tests, connection_tests(workspace));
  std::vector<KnownConnection> known;
  for (const Connection& connection : connections) {
    KnownConnection one;
    one.connection = connection;
    APPORTION_ASSIGN(const auto settings, catalog.settings(connection.id));
    if (settings) {
      one.scope = settings->scope;
      one.uses_reports = settings->use_reports;
    }
    if (const auto test = tests.find(connection.id); test != tests.end()) one.test = test->second;
    APPORTION_ASSIGN(auto attempts, catalog.attempts(connection.id, 1));
    if (!attempts.empty()) one.last_attempt = std::move(attempts.front());
    APPORTION_ASSIGN(one.imports, control_plane.imports(connection.id));
    APPORTION_ASSIGN(const std::string distributor, control_plane.distributor_columns(connection.id));
    one.has_distributor = !distributor.empty();
    known.push_back(std::move(one));
  }
  return known;
}

Result<std::optional<Job>> job_that_imports(const Caller& caller, const Workspace& workspace) {
  APPORTION_ASSIGN(auto jobs, list_jobs(caller, workspace, false));
  const auto found = std::ranges::find_if(
      jobs, [](const Job& job) { return job.kind == "sync" || job.kind == "import" || job.kind == "demo"; });
  return found == jobs.end() ? std::optional<Job>() : std::optional(std::move(*found));
}

Result<std::int64_t> rules_in_force(const ControlPlane& control_plane) {
  APPORTION_ASSIGN(const auto document, control_plane.current_document(DocumentKind::kRules));
  if (!document) return std::int64_t{0};
  const RuleFileReading reading = read_rule_file(document->text, "the rules");
  return reading.file.lists.empty() ? std::int64_t{0} : std::ssize(reading.file.lists.back().rules);
}

Result<void> look_for_people(const Workspace& workspace, Findings& found) {
  APPORTION_ASSIGN(const PeopleBook book, PeopleBook::open(workspace.home.control_plane_file(), workspace.clock, {}));
  APPORTION_ASSIGN(const auto users, book.users());
  found.people = static_cast<std::size_t>(
      std::ranges::count_if(users, [](const User& user) { return !user.disabled && !user.customer; }));
  APPORTION_ASSIGN(const auto provider, book.identity_provider());
  found.has_provider = provider.has_value();
  APPORTION_ASSIGN(const auto channels, channels_of(workspace));
  found.channels = channels.size();
  return ok();
}

Result<std::optional<Table>> tenants_of_newest_month(const Caller& caller, const Workspace& workspace,
                                                     const std::vector<MonthLine>& months) {
  std::optional<Month> newest;
  for (const MonthLine& month : months) {
    if (month.split) newest = std::max(newest.value_or(month.month), month.month);
  }
  if (!newest) return std::optional<Table>();
  APPORTION_ASSIGN(Table table, tenants_without_customer(workspace, caller.scope({}, newest)));
  return std::optional(std::move(table));
}

Result<Findings> look_around(const Caller& caller, const Workspace& workspace) {
  Findings found;
  APPORTION_ASSIGN(found.connections, known_connections(workspace));
  APPORTION_ASSIGN(found.months, months_report(workspace.control_plane, caller.scope(), workspace.clock.today()));
  std::erase_if(found.months, [](const MonthLine& month) { return month.runs.empty(); });
  APPORTION_ASSIGN(found.importing, job_that_imports(caller, workspace));
  APPORTION_ASSIGN(const auto customers, workspace.control_plane.customers());
  found.customers = customers.size();
  APPORTION_ASSIGN(found.rules, rules_in_force(workspace.control_plane));
  APPORTION_ASSIGN(const auto held, workspace.control_plane.held_charges());
  found.open_holds = static_cast<std::size_t>(std::ranges::count(held, HoldDecision::kOpen, &HeldCharges::decision));
  APPORTION_TRY(look_for_people(workspace, found));
  APPORTION_ASSIGN(found.tenants, tenants_of_newest_month(caller, workspace, found.months));
  return found;
}

}  // namespace

std::string_view first_day_state_name(FirstDayState state) {
  switch (state) {
    case State::kDone: return "done";
    case State::kNext: return "next";
    case State::kRunning: return "running";
    case State::kWaiting: return "waiting";
    case State::kOptional: return "optional";
  }
  return "waiting";
}

bool FirstDay::is_over() const {
  return std::ranges::all_of(
      steps, [](const FirstDayStep& one) { return one.state == State::kDone || one.state == State::kOptional; });
}

Result<FirstDay> first_day(const Caller& caller, const Workspace& workspace, bool with_amounts) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(Findings found, look_around(caller, workspace));
  FirstDay day;
  APPORTION_ASSIGN(day.is_invented, is_partner_invented(workspace));
  for (const auto make : kSteps) day.steps.push_back(make(found));
  if (found.tenants && with_amounts) day.tenants = std::move(*found.tenants);
  return day;
}

}  // namespace apportion
