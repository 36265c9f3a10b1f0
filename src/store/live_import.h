/// Which import of a dataset is in force (docs/adr/0007-which-run-is-in-force.md).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/control_plane.h"

namespace apportion {

/// Of all imports of a connection and month, the one of `dataset` that is in force: it is not withdrawn, has rows,
/// covers the most of the month from its first day on, was checked against a manifest, and was submitted last; in that
/// order. So the order of importing does not matter, and an older or shorter run never replaces a newer or longer one.
std::optional<Import> live_import(std::span<const Import> imports, Dataset dataset);

/// The price sheets in force for a month, by id: one for each scope that the runs name.
std::vector<Import> live_price_sheets(std::span<const Import> imports);

/// The imports of invoice lines in force, by id: of each dataset and invoice the one that was taken in last
/// and is not withdrawn; one with rejects only if there is none without.
std::vector<Import> live_invoice_imports(std::span<const Import> imports);

/// The imports that make up a month: the one in force of each dataset.
struct LiveImports {
  std::optional<Import> actual;
  std::optional<Import> amortized;
  std::optional<Import> focus;
};

/// Chooses among all imports of a connection and month, as `live_import` does.
LiveImports choose_live(std::span<const Import> imports);

/// Those that published charges were assembled from.
LiveImports published_imports(std::span<const Import> imports, const ChargeSet& charges);

/// Whether the month's charges come from cost details; otherwise from FOCUS. Cost details take precedence: they carry
/// partner columns that FOCUS lacks, and the FOCUS file is then only compared with them.
bool uses_cost_details(const LiveImports& live);

/// The imports whose charges count, of those that make up a month.
std::vector<ImportId> imports_of_charges(const LiveImports& live);

/// The sums that those imports recorded of their rows that are charges; mirror rows are charges if there is no
/// amortized run. Nothing if one of them was taken in before such sums were recorded.
std::optional<std::vector<ImportMetricTotal>> metric_totals_of_charges(const LiveImports& live);

/// Whether an import recorded sums of metrics, or has none to record.
bool has_metric_totals(const Import& import);

}  // namespace apportion
