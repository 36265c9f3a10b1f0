#include <array>

#include <fmt/format.h>

#include "application/commitment_refresh.h"
#include "query/commitment_report.h"
#include "query/months_in_scope.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/commitment_document.h"

namespace apportion {
namespace {

struct GrainField {
  std::string_view name;
  bool UseGrain::*part;
};
constexpr auto kGrainFields = std::to_array<GrainField>({{"Commitment", &UseGrain::commitment},
                                                         {"Customer", &UseGrain::customer},
                                                         {"Subscription", &UseGrain::subscription},
                                                         {"Month", &UseGrain::month},
                                                         {"Day", &UseGrain::day}});

UseRequest use_request(const ApiCall& call) {
  UseGrain grain{false, false, false, false, false};
  for (const std::string& name : call.query_list("by")) {
    for (const GrainField& field : kGrainFields) {
      if (field.name == name) grain.*(field.part) = true;
    }
  }
  return {grain, call.query_value("customer").value_or("")};
}

// Answers with what `ask` reads of the commitments in the request's scope.
template <class Ask>
Result<ApiAnswer> answer_of_view(ApiCall& call, Ask ask) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_months_in_scope(workspace->control_plane, scope));
  APPORTION_ASSIGN(Reading reading, Reading::open(*workspace));
  APPORTION_ASSIGN(const auto facts, kept_commitment_facts(call.caller, *workspace, call.query_value("connection")));
  APPORTION_ASSIGN(CommitmentView view, CommitmentView::open(reading.lake(), scope, workspace->clock.today(), facts));
  APPORTION_ASSIGN(Json document, ask(view));
  return document_answer(std::move(document));
}

Result<ApiAnswer> list_commitments(ApiCall& call) {
  return answer_of_view(call, [](CommitmentView& view) -> Result<Json> { return table_document(view.inventory()); });
}

Result<ApiAnswer> get_commitment(ApiCall& call) {
  return answer_of_view(call, [&call](CommitmentView& view) -> Result<Json> {
    APPORTION_ASSIGN(const Commitment* commitment, view.find(call.path("commitment")));
    APPORTION_ASSIGN(const CommitmentDetails details, view.details(*commitment));
    return commitment_json(*commitment, details);
  });
}

using UseReport = Result<Table> (CommitmentView::*)(const UseRequest&);
struct NamedUseReport {
  std::string_view name;
  UseReport report;
};
constexpr auto kUseReports = std::to_array<NamedUseReport>({{"utilisation", &CommitmentView::utilisation},
                                                            {"coverage", &CommitmentView::coverage},
                                                            {"savings", &CommitmentView::savings},
                                                            {"unused", &CommitmentView::unused}});

Result<ApiAnswer> report_commitment_use(ApiCall& call) {
  return answer_of_view(call, [&call](CommitmentView& view) -> Result<Json> {
    const std::string& name = call.path("report");
    for (const NamedUseReport& known : kUseReports) {
      if (known.name != name) continue;
      APPORTION_ASSIGN(const Table table, (view.*known.report)(use_request(call)));
      return table_document(table);
    }
    if (name == "recommendations") {
      APPORTION_ASSIGN(const Table table, view.recommendations());
      return table_document(table);
    }
    if (name == "warnings") {
      APPORTION_ASSIGN(const Table table, view.warnings({}));
      return table_document(table);
    }
    APPORTION_ASSIGN(const Table table, view.amortisation(""));
    return table_document(table);
  });
}

// How well commitments were used each day, as Azure said it when it was last asked.
Result<ApiAnswer> list_use_summaries(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto summaries, kept_use_summaries(call.caller, *workspace, call.query_value("connection")));
  return document_answer(table_document(use_summaries_table(summaries)));
}

Result<ApiAnswer> refresh_known_commitments(ApiCall& call) {
  const std::string connection = *text_field(call.body, "connection");
  constexpr std::int64_t kDaysDefault = 60;
  const int days = static_cast<int>(number_field(call.body, "days").value_or(kDaysDefault));
  return start_job(call, "commitments-refresh", connection,
                   [=, caller = call.caller, world = call.service.options().azure](Workspace& own) -> Result<Json> {
                     AzureWorld with_cancel = world;
                     with_cancel.cancel = own.cancel;
                     Gateway gateway(std::move(with_cancel));
                     APPORTION_ASSIGN(const RefreshedCommitments refreshed,
                                      refresh_commitments(caller, own, gateway, connection, days));
                     return refreshed_commitments_json(refreshed);
                   });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listCommitments", Right::kReadPartnerCosts, Effect::kReads, &list_commitments},
    {"getCommitment", Right::kReadPartnerCosts, Effect::kReads, &get_commitment},
    {"reportCommitments", Right::kReadPartnerCosts, Effect::kReads, &report_commitment_use},
    {"listUseSummaries", Right::kReadPartnerCosts, Effect::kReads, &list_use_summaries},
    {"refreshCommitments", Right::kManageConnections, Effect::kCreates, &refresh_known_commitments},
});

}  // namespace

std::span<const Operation> commitment_operations() { return kOperations; }

}  // namespace apportion
