/// Which import of a dataset is in force (docs/adr/0007-which-run-is-in-force.md).
#pragma once

#include <optional>
#include <span>

#include "store/control_plane.h"

namespace apportion {

/// Of all imports of a connection and month, the one of `dataset` that is in force: it has rows, covers the month
/// furthest from its first day on, was checked against a manifest, and was submitted last; in that order. So the order
/// of importing does not matter, and an older or shorter run never replaces a newer or longer one.
std::optional<Import> live_import(std::span<const Import> imports, Dataset dataset);

/// Whether a run lost more than so many percent of its rows against the one before.
bool has_shrunk(std::int64_t rows_before, std::int64_t rows_now, std::int64_t percent_max);

}  // namespace apportion
