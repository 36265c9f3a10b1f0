/// Any charge set, current or replaced, as a published month. Internal to this module.
#pragma once

#include <optional>
#include <vector>

#include "foundation/base/result.h"
#include "lake/relations.h"
#include "store/control_plane.h"

namespace apportion {

/// The month as it was when `charge_set` was in force, with the latest split of it.
inline Result<PublishedMonth> month_with(const ControlPlane& control_plane, const Connection& connection,
                                         const ChargeSet& charge_set) {
  APPORTION_ASSIGN(std::optional<Split> split, control_plane.latest_split_of(charge_set.id));
  BillMonth month{connection.id, charge_set.month, false, charge_set.id, std::nullopt};
  if (split) month.split = split->id;
  return PublishedMonth{connection, month, charge_set, std::move(split)};
}

/// That files of a version are not kept any more; nothing while all of them are.
inline std::optional<FileRemoval> removal_of(const PublishedMonth& month) {
  std::vector<std::vector<LakeFile>> all;
  if (month.charge_set) all.push_back(files_of(*month.charge_set));
  if (month.split) all.push_back(files_of(*month.split));
  for (const auto& files : all) {
    for (const LakeFile& file : files) {
      if (file.removal) return file.removal;
    }
  }
  return std::nullopt;
}

}  // namespace apportion
