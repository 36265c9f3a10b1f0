#include <array>

#include "application/first_day.h"
#include "application/invented_partner.h"
#include "people/rights.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/first_day_document.h"

namespace apportion {
namespace {

// Those who keep connections see how far they are; what customers cost is for those who may see it.
Result<ApiAnswer> get_first_day(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  const bool with_amounts = has_right(call.who.role, Right::kReadPartnerCosts);
  APPORTION_ASSIGN(const FirstDay day, first_day(call.caller, *workspace, with_amounts));
  return document_answer(first_day_json(day));
}

Result<ApiAnswer> start_demo(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_TRY(check_may_be_invented(call.caller, *workspace));
  InventedPartnerRequest request;
  if (const auto seed = number_field(call.body, "seed")) request.seed = static_cast<std::uint64_t>(*seed);
  return start_job(call, "demo", "", [request, world = call.service.options().azure](Workspace& own) -> Result<Json> {
    APPORTION_ASSIGN(const InventedPartner invented, invent_partner(own, world, request));
    return invented_partner_json(invented);
  });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getFirstDay", Right::kReadConnections, Effect::kReads, &get_first_day},
    {"startDemo", Right::kManageConnections, Effect::kCreates, &start_demo},
});

}  // namespace

std::span<const Operation> first_day_operations() { return kOperations; }

}  // namespace apportion
