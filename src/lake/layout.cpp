#include "lake/layout.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

struct RoleName {
  LakeRole role;
  std::string_view folder;
  std::string_view part;  // who writes its files
};
constexpr auto kRoles = std::to_array<RoleName>({
    {LakeRole::kCharges, "charges", "import"},
    {LakeRole::kCommitments, "commitments", "import"},
    {LakeRole::kPrices, "prices", "import"},
    {LakeRole::kInvoiceLines, "invoice_lines", "import"},
    {LakeRole::kAssignments, "assignments", "split"},
    {LakeRole::kCarriedChanges, "carried", "import"},
});

struct ContentName {
  LakeContent content;
  LakeRole role;
  std::string_view name;
  bool is_numbered;
};
constexpr auto kContents = std::to_array<ContentName>({
    {LakeContent::kCharges, LakeRole::kCharges, "charges", true},
    {LakeContent::kMirror, LakeRole::kCharges, "mirror", true},
    {LakeContent::kStandIns, LakeRole::kCharges, "stand-ins", true},
    {LakeContent::kWholeMirror, LakeRole::kCharges, "whole-mirror", false},
    {LakeContent::kTimingRows, LakeRole::kCharges, "timing", false},
    {LakeContent::kFilledPrices, LakeRole::kCharges, "filled-prices", false},
    {LakeContent::kCommitments, LakeRole::kCommitments, "commitments", true},
    {LakeContent::kPrices, LakeRole::kPrices, "prices", true},
    {LakeContent::kInvoiceLines, LakeRole::kInvoiceLines, "lines", false},
    {LakeContent::kDirectAssignments, LakeRole::kAssignments, "direct", true},
    {LakeContent::kShares, LakeRole::kAssignments, "shares", true},
    {LakeContent::kMoves, LakeRole::kAssignments, "moves", true},
    {LakeContent::kMonthCube, LakeRole::kAssignments, "month-cube", false},
    {LakeContent::kDayCube, LakeRole::kAssignments, "day-cube", false},
    {LakeContent::kTagCube, LakeRole::kAssignments, "tag-cube", false},
    {LakeContent::kDayTotals, LakeRole::kAssignments, "day-totals", false},
    {LakeContent::kCarriedChanges, LakeRole::kCarriedChanges, "changes", false},
});

constexpr std::string_view kMonth = "month=";
constexpr std::string_view kConnection = "connection=";
constexpr std::string_view kFileType = ".parquet";
constexpr std::string_view kRestoring = ".restoring";
constexpr std::size_t kFolderParts = 4;

bool is_number(std::string_view text) {
  constexpr std::size_t kDigitsMax = 19;
  const bool is_short = text == "0" || (!text.starts_with('0') && text.size() <= kDigitsMax);
  return !text.empty() && is_short && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool may_name_connection(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && kFirst.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(kAll) == std::string_view::npos;
}

// What follows `prefix`; nothing when the text begins otherwise.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

// Whether files of a role have this name, without the ending that they have in common.
bool has_name(LakeRole role, std::string_view stem) {
  return std::ranges::any_of(kContents, [&](const ContentName& content) {
    if (content.role != role) return false;
    if (!content.is_numbered) return stem == content.name;
    const auto rest = after(stem, content.name);
    return rest && rest->starts_with('-') && is_number(rest->substr(1));
  });
}

bool names_file(LakeRole role, std::string_view name) {
  if (name.ends_with(kRestoring)) name.remove_suffix(kRestoring.size());
  if (!name.ends_with(kFileType)) return false;
  name.remove_suffix(kFileType.size());
  return has_name(role, name);
}

// The place that the parts of a folder's path name, as far as they go; nothing when one of them is another's.
std::optional<LakePlace> place_of(const std::vector<std::string_view>& parts) {
  const auto role = std::ranges::find(kRoles, parts[0], &RoleName::folder);
  if (role == kRoles.end()) return std::nullopt;
  LakePlace place{role->role, *Month::from_civil(1, 1), {}, {}};
  if (parts.size() > 1) {
    const auto text = after(parts[1], kMonth);
    const auto month = text ? Month::parse(*text) : std::nullopt;
    if (!month || month->to_string() != *text) return std::nullopt;
    place.month = *month;
  }
  if (parts.size() > 2) {
    const auto name = after(parts[2], kConnection);
    if (!name || !may_name_connection(*name)) return std::nullopt;
    place.connection = *name;
  }
  if (parts.size() > 3) {
    const auto rest = after(parts[3], role->part);
    if (!rest || !rest->starts_with('=') || !is_number(rest->substr(1))) return std::nullopt;
    place.part = parts[3];
  }
  return place;
}

}  // namespace

LakeRole lake_role_of(Dataset dataset) {
  if (holds_charges(dataset)) return LakeRole::kCharges;
  if (holds_invoice_lines(dataset)) return LakeRole::kInvoiceLines;
  return tells_of_commitments(dataset) ? LakeRole::kCommitments : LakeRole::kPrices;
}

std::string part_of_import(ImportId id) { return fmt::format("import={}", id.raw()); }
std::string part_of_split(SplitId id) { return fmt::format("split={}", id.raw()); }

std::filesystem::path lake_folder(const LakePlace& place) {
  const auto role = std::ranges::find(kRoles, place.role, &RoleName::role);
  return std::filesystem::path(role->folder) / fmt::format("{}{}", kMonth, place.month.to_string()) /
         fmt::format("{}{}", kConnection, place.connection) / place.part;
}

std::string lake_file_name(LakeContent content, std::int64_t number) {
  const auto found = std::ranges::find(kContents, content, &ContentName::content);
  APPORTION_CHECK(found->is_numbered || number == 0, "a place has one file of this content");
  return found->is_numbered ? fmt::format("{}-{}{}", found->name, number, kFileType)
                            : fmt::format("{}{}", found->name, kFileType);
}

std::string restoring_name(const std::string& file_name) { return fmt::format("{}{}", file_name, kRestoring); }

std::optional<LakePlace> place_of_lake_file(std::string_view path) {
  std::vector<std::string_view> parts = split_text(path, '/');
  if (parts.size() != kFolderParts + 1) return std::nullopt;
  const std::string_view name = parts.back();
  parts.pop_back();
  const auto place = place_of(parts);
  return place && names_file(place->role, name) ? place : std::nullopt;
}

bool is_lake_folder(std::string_view path) {
  const std::vector<std::string_view> parts = split_text(path, '/');
  return parts.size() <= kFolderParts && place_of(parts);
}

}  // namespace apportion
