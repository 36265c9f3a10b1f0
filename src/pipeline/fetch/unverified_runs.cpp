#include "pipeline/fetch/unverified_runs.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/content_hash.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/export_path.h"

namespace apportion {
namespace {

// Names, sizes and ids of the files of a run.
void describe_blobs(Run& run, bool id_of_path) {
  const ExportPath path = read_export_path(run.blobs.front().name);
  ContentHash names;
  ContentHash contents;
  for (const RunBlob& blob : run.blobs) {
    names.add(blob.name);
    contents.add(read_export_path(blob.name).file_name).add(std::to_string(blob.bytes)).add(blob.version);
  }
  run.run_id = id_of_path && !path.run_id.empty() ? path.run_id : names.hex();
  run.content_hash = contents.hex();
  run.notes = {fmt::format("{} file(s) without a manifest, not verified", run.blobs.size())};
}

bool has_own_id(const std::string& blob_name) { return !last_guid(read_export_path(blob_name).file_name).empty(); }

Run unverified_run(const std::string& folder, const std::vector<const Blob*>& files, bool only_one,
                   const DiscoveryOptions& options) {
  const ExportPath path = read_export_path(files.front()->name);
  Run run;
  run.source = folder;
  run.dataset = options.expected;
  run.kind = *file_kind_of_name(files.front()->name);
  run.period = path.period;
  run.submitted_at = path.submitted_at;
  for (const Blob* file : files) run.blobs.push_back({file->name, file->bytes, std::nullopt, file->version});
  describe_blobs(run, only_one || has_own_id(files.front()->name));
  return run;
}

RunProblem refused(const std::string& folder, const Run& run, Error error) {
  const auto month = run.period ? std::optional(run.period->month) : std::nullopt;
  return {RunProblemKind::kBroken, folder, std::move(error), run.dataset, month, run.run_id};
}

}  // namespace

std::vector<std::variant<Run, RunProblem>> unverified_runs(const BlobStore& store, const std::string& folder,
                                                           const std::vector<const Blob*>& files,
                                                           const DiscoveryOptions& options) {
  std::map<std::string, std::vector<const Blob*>> groups;
  for (const Blob* file : files) groups[last_guid(read_export_path(file->name).file_name)].push_back(file);

  std::vector<std::variant<Run, RunProblem>> outcomes;
  for (const auto& [group, members] : groups) {
    Run run = unverified_run(folder, members, groups.size() == 1, options);
    const Blob* odd = nullptr;
    for (const Blob* file : members) {
      if (file_kind_of_name(file->name) != run.kind) odd = file;
    }
    if (odd != nullptr) {
      outcomes.emplace_back(
          refused(folder, run,
                  {ErrorId::kMixedFileKinds, "files of different kinds in one folder without a manifest",
                   store.place_of(folder), fmt::format("{} and {}", members.front()->name, odd->name),
                   "put the files of each run into a folder of their own"}));
    } else if (run.period && Month::of(options.today) < run.period->month) {
      outcomes.emplace_back(refused(
          folder, run,
          {ErrorId::kRunInTheFuture, "the run is for a month in the future", store.place_of(folder),
           fmt::format("{} has not begun on {} (UTC)", run.period->month.to_string(), options.today.to_string()),
           "check the clock of this machine, then the names of the folders"}));
    } else {
      outcomes.emplace_back(std::move(run));
    }
  }
  return outcomes;
}

Run part_of_unverified_run(const Run& whole, std::vector<RunBlob> blobs) {
  if (blobs.size() == whole.blobs.size()) return whole;
  Run part = whole;
  part.blobs = std::move(blobs);
  describe_blobs(part, has_own_id(part.blobs.front().name));
  return part;
}

std::string name_of_parts(std::string_view blob_name) {
  const std::string file_name = read_export_path(blob_name).file_name;
  std::string_view stem = file_name;
  stem = stem.substr(0, stem.find('.'));
  const auto last = stem.find_last_not_of("0123456789_");
  return ascii_lower(stem.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

}  // namespace apportion
