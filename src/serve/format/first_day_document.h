/// Shows the first day, as a table for people and as JSON for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "application/first_day.h"
#include "application/invented_partner.h"
#include "query/table.h"

namespace apportion {

/// One row per step.
Table first_day_table(const FirstDay& day);
/// `{"finished": …, "invented": …, "steps": …, "tenants": …}`
nlohmann::ordered_json first_day_json(const FirstDay& day);

/// `{"connection": …, "customers": …, "locked_month": …, "report": …}`
nlohmann::ordered_json invented_partner_json(const InventedPartner& invented);

}  // namespace apportion
