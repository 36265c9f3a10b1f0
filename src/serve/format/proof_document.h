/// Shows a proof: as a table for people, as a JSON document for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "query/proof.h"
#include "query/table.h"

namespace apportion {

/// The documented JSON of `prove --json`.
nlohmann::ordered_json proof_json(const Proof& proof);

/// For people: one row per month, currency and metric; the reasons are notices.
Table proof_table(const Proof& proof);
/// A row for each invoice; why one does not hold is a notice.
Table invoice_proof_table(const Proof& proof);

}  // namespace apportion
