#include "pipeline/fetch/runs.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/content_hash.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/bill_scope.h"
#include "pipeline/fetch/blob_finder.h"
#include "pipeline/fetch/manifest.h"
#include "pipeline/fetch/unverified_runs.h"

namespace apportion {
namespace {

constexpr std::size_t kFaultsShownMax = 5;

// A manifest that could be read, with what it means by its parts.
struct Claim {
  std::string name;  // of the manifest in the store
  std::string hash;  // of its bytes
  std::string version;
  Manifest manifest;
  std::vector<FoundBlob> found;  // one for each blob of the manifest
};

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::string file_name_of(const std::string& name) { return name.substr(name.rfind('/') + 1); }

class Discoverer {
 public:
  Discoverer(BlobStore& store, const DiscoveryOptions& options, const std::vector<Blob>& blobs)
      : store_(store), options_(options), blobs_(blobs), finder_(blobs) {}

  Discovery discover() {
    discovery_.notes = store_.notes();
    for (const Blob& blob : blobs_) {
      if (is_manifest_name(trim(file_name_of(blob.name)))) read_manifest(blob);
    }
    take_claims();
    look_at_unclaimed_files();
    discovery_.scope_conflict = scope_conflict();
    const auto by_source = [](const auto& left, const auto& right) { return left.source < right.source; };
    std::stable_sort(discovery_.runs.begin(), discovery_.runs.end(), by_source);
    std::stable_sort(discovery_.problems.begin(), discovery_.problems.end(), by_source);
    return std::move(discovery_);
  }

 private:
  using Outcome = std::variant<Run, RunProblem>;

  void read_manifest(const Blob& blob) {
    folders_with_manifest_.insert(folder_of(blob.name));
    const auto text = manifest_text(blob);
    if (!text) return add_problem({RunProblemKind::kBroken, blob.name, text.error(), {}, {}, {}});
    auto manifest = parse_manifest(*text, store_.place_of(blob.name), options_.today);
    if (!manifest) return add_problem({RunProblemKind::kBroken, blob.name, manifest.error(), {}, {}, {}});
    if (manifest->submitted_at.empty()) manifest->submitted_at = read_export_path(blob.name).submitted_at;
    Claim claim{blob.name, ContentHash().add(*text).hex(), blob.version, std::move(*manifest), {}};
    for (const ManifestBlob& part : claim.manifest.blobs) {
      const FoundBlob found = finder_.find(blob.name, part.name);
      if (found.outcome == FindOutcome::kFound || found.outcome == FindOutcome::kAmbiguous)
        claimed_.insert(found.blob->name);
      if (found.outcome == FindOutcome::kAmbiguous) claimed_.insert(found.other->name);
      claim.found.push_back(found);
    }
    if (options_.expected && *options_.expected != claim.manifest.dataset) return add_problem(wrong_dataset(claim));
    claims_.push_back(std::move(claim));
  }

  Result<std::string> manifest_text(const Blob& blob) {
    ManifestCache* const known = options_.known_manifests;
    const std::string place = store_.place_of(blob.name);
    if (known != nullptr) {
      if (auto text = known->find(place, blob.version)) return *std::move(text);
    }
    APPORTION_ASSIGN(std::string text, store_.read_whole(blob.name, kManifestBytesMax));
    if (known != nullptr) known->keep(place, blob.version, text);
    return text;
  }

  // Manifests of the same run and dataset: one copy is taken of equal ones, none of different ones.
  void take_claims() {
    std::map<std::pair<std::string, Dataset>, std::vector<const Claim*>> by_run;
    for (const Claim& claim : claims_) by_run[{claim.manifest.run_id, claim.manifest.dataset}].push_back(&claim);
    for (const auto& item : by_run) {
      const std::vector<const Claim*>& claims = item.second;
      const auto is_equal = [&claims](const Claim* claim) { return claim->hash == claims.front()->hash; };
      if (std::all_of(claims.begin(), claims.end(), is_equal)) {
        take_one_of(claims);
      } else {
        for (const Claim* claim : claims) add_problem(duplicate(*claim, claims));
      }
    }
  }

  // Takes the first complete one of equal manifests; when none is complete, the first tells why.
  void take_one_of(const std::vector<const Claim*>& claims) {
    Outcome outcome = judge(*claims.front());
    for (std::size_t i = 1; i < claims.size() && std::holds_alternative<RunProblem>(outcome); ++i) {
      Outcome next = judge(*claims[i]);
      if (std::holds_alternative<Run>(next)) outcome = std::move(next);
    }
    const std::string& taken = std::visit([](const auto& of) -> const std::string& { return of.source; }, outcome);
    for (const Claim* claim : claims) {
      if (claim->name == taken) continue;
      note(fmt::format("{} is a copy of {}; the run was read once", store_.place_of(claim->name),
                       store_.place_of(taken)));
    }
    if (Run* run = std::get_if<Run>(&outcome)) {
      discovery_.runs.push_back(std::move(*run));
    } else {
      add_problem(std::move(std::get<RunProblem>(outcome)));
    }
  }

  Outcome judge(const Claim& claim) {
    if (auto fault = fault_of_names(claim)) return problem(RunProblemKind::kBroken, claim, std::move(*fault));
    if (auto fault = fault_of_sizes(claim)) return problem(RunProblemKind::kIncomplete, claim, std::move(*fault));
    auto kind = kind_of(claim);
    if (!kind) return problem(RunProblemKind::kBroken, claim, kind.error());
    return complete_run(claim, *kind);
  }

  Run complete_run(const Claim& claim, FileKind kind) const {
    const Manifest& manifest = claim.manifest;
    Run run{claim.name,
            manifest.dataset,
            manifest.export_name,
            manifest.scope,
            manifest.run_id,
            claim.hash,
            {},
            manifest.data_version,
            kind,
            manifest.period,
            manifest.submitted_at,
            true,
            manifest.rows,
            {},
            manifest.notes,
            {},
            claim.version};
    ContentHash hash;
    hash.add(claim.hash);
    for (std::size_t i = 0; i < claim.found.size(); ++i) {
      const Blob& blob = *claim.found[i].blob;
      hash.add(manifest.blobs[i].name).add(std::to_string(blob.bytes));
      run.blobs.push_back({blob.name, blob.bytes, manifest.blobs[i].rows, blob.version});
    }
    run.content_hash = hash.hex();
    return run;
  }

  // Parts that cannot be told apart or lie where they must not; nothing when all names are good.
  std::optional<Error> fault_of_names(const Claim& claim) const {
    std::unordered_set<const Blob*> seen;
    for (std::size_t i = 0; i < claim.found.size(); ++i) {
      const FoundBlob& found = claim.found[i];
      const std::string where = fmt::format("{}, $.blobs[{}].blobName", store_.place_of(claim.name), i);
      const std::string part = excerpt(claim.manifest.blobs[i].name, 200);
      if (found.outcome == FindOutcome::kOutside) {
        return Error{ErrorId::kManifestPartOutside, "the manifest names a part outside its own export folder", where,
                     fmt::format("'{}' is {}", part, store_.place_of(found.blob->name)),
                     "do not use this manifest; run the export again"};
      }
      if (found.outcome == FindOutcome::kAmbiguous) {
        return Error{ErrorId::kPartAmbiguous, "a part of the run could be either of two files", where,
                     fmt::format("'{}' is {} or {}", part, store_.place_of(found.blob->name),
                                 store_.place_of(found.other->name)),
                     "remove the copy that does not belong to the run, or name a more specific folder"};
      }
      if (found.outcome == FindOutcome::kFound && !seen.insert(found.blob).second) {
        return Error{ErrorId::kPartRepeated, "two parts of the run are the same file", where,
                     fmt::format("'{}' and an earlier part are {}", part, store_.place_of(found.blob->name)),
                     "copy the run again, keeping its folders as they are"};
      }
    }
    return std::nullopt;
  }

  std::optional<Error> fault_of_sizes(const Claim& claim) const {
    std::vector<std::string> faults;
    for (std::size_t i = 0; i < claim.found.size(); ++i) {
      const ManifestBlob& part = claim.manifest.blobs[i];
      const std::string name = excerpt(part.name, 200);
      if (claim.found[i].outcome == FindOutcome::kMissing) {
        faults.push_back(fmt::format("part '{}' is missing; {} bytes were expected", name, part.bytes));
        continue;
      }
      const std::int64_t found = claim.found[i].blob->bytes;
      if (found == part.bytes) continue;
      faults.push_back(fmt::format("part '{}' is {} than stated: it has {} bytes; {} were expected", name,
                                   found < part.bytes ? "smaller" : "larger", found, part.bytes));
    }
    if (faults.empty()) return std::nullopt;
    std::string why = fmt::format("{} of {} parts do not match: ", faults.size(), claim.found.size());
    const std::size_t hidden = faults.size() - std::min(faults.size(), kFaultsShownMax);
    faults.resize(faults.size() - hidden);
    why += fmt::format("{}", fmt::join(faults, "; "));
    if (hidden > 0) why += fmt::format("; and {} more", hidden);
    return Error{ErrorId::kRunIncomplete, "the run is not complete", store_.place_of(claim.name), std::move(why),
                 "if the run may still be being written or copied, wait and try again; otherwise run the export again"};
  }

  Result<FileKind> kind_of(const Claim& claim) const {
    if (claim.found.empty()) {
      const bool parquet = ascii_equal_ignoring_case(claim.manifest.file_format, "Parquet");
      return FileKind{parquet ? FileFormat::kParquet : FileFormat::kCsv, Compression::kNone};
    }
    APPORTION_ASSIGN(const FileKind first, detect_file_kind(store_, claim.found.front().blob->name));
    for (const FoundBlob& found : claim.found) {
      APPORTION_ASSIGN(const FileKind kind, detect_file_kind(store_, found.blob->name));
      if (kind == first) continue;
      return Error{ErrorId::kPartsOfMixedKinds, "the parts of a run are files of different kinds",
                   store_.place_of(claim.name),
                   fmt::format("{} and {}", claim.found.front().blob->name, found.blob->name), "run the export again"};
    }
    return first;
  }

  RunProblem problem(RunProblemKind kind, const Claim& claim, Error error) const {
    return {
        kind, claim.name, std::move(error), claim.manifest.dataset, claim.manifest.period.month, claim.manifest.run_id};
  }

  RunProblem wrong_dataset(const Claim& claim) const {
    const auto found = dataset_name(claim.manifest.dataset);
    const auto expected = dataset_name(*options_.expected);
    return problem(
        RunProblemKind::kWrongDataset, claim,
        {ErrorId::kManifestDatasetMismatch, "the manifest is for a different dataset than its location",
         store_.place_of(claim.name), fmt::format("it is for {}; the location should hold {}", found, expected),
         fmt::format("set the connection's location of {} to where these exports lie, and that of {} to another folder",
                     found, expected)});
  }

  RunProblem duplicate(const Claim& claim, const std::vector<const Claim*>& claims) const {
    std::vector<std::string> others;
    for (const Claim* other : claims) {
      if (other != &claim) others.push_back(store_.place_of(other->name));
    }
    return problem(
        RunProblemKind::kDuplicate, claim,
        {ErrorId::kManifestsConflict, "two different manifests claim the same run", store_.place_of(claim.name),
         fmt::format("run {} is also claimed by {}", excerpt(claim.manifest.run_id), fmt::join(others, ", ")),
         "remove the one that is wrong; if you cannot tell, run the export again and remove both"});
  }

  // Data files that no manifest names: left-overs beside a manifest, else files without a manifest.
  void look_at_unclaimed_files() {
    std::map<std::string, std::vector<const Blob*>> left_over;
    std::map<std::string, std::vector<const Blob*>> without_manifest;
    for (const Blob& blob : blobs_) {
      const bool readable = file_kind_of_name(blob.name).has_value();
      if (claimed_.contains(blob.name) || (!readable && !looks_like_unreadable_data(blob.name))) continue;
      const std::string folder = folder_of(blob.name);
      if (!readable) {
        note(fmt::format("{} was ignored: only CSV, gzipped CSV and Parquet are read", store_.place_of(blob.name)));
      } else if (folders_with_manifest_.contains(folder)) {
        left_over[folder].push_back(&blob);
      } else if (blob.bytes == 0) {
        note(fmt::format("{} was ignored: it is empty", store_.place_of(blob.name)));
      } else {
        without_manifest[folder].push_back(&blob);
      }
    }
    for (const auto& [folder, files] : left_over) {
      note(fmt::format(
          "{}: {} data file(s) were ignored: the manifest of their folder does not name them (the first: {})",
          store_.place_of(folder), files.size(), file_name_of(files.front()->name)));
    }
    for (const auto& [folder, files] : without_manifest) take_folder_without_manifest(folder, files);
  }

  void take_folder_without_manifest(const std::string& folder, const std::vector<const Blob*>& files) {
    if (!options_.allow_without_manifest) {
      const ExportPath path = read_export_path(files.front()->name);
      return add_problem(
          {RunProblemKind::kNoManifest,
           folder,
           {ErrorId::kManifestMissing, "data files without a manifest", store_.place_of(folder),
            fmt::format("{} file(s), the first is {}; without a manifest, nothing shows whether they are complete",
                        files.size(), file_name_of(files.front()->name)),
            "if the run may still be being written, wait; otherwise take them in unverified: " +
                step(Step::kTakeUnverifiedFiles)},
           options_.expected,
           path.period ? std::optional(path.period->month) : std::nullopt,
           path.run_id});
    }
    for (auto& outcome : unverified_runs(store_, folder, files, options_)) {
      if (Run* run = std::get_if<Run>(&outcome)) {
        discovery_.runs.push_back(std::move(*run));
      } else {
        add_problem(std::move(std::get<RunProblem>(outcome)));
      }
    }
  }

  std::optional<Error> scope_conflict() const {
    std::map<std::string, std::string> manifest_of_scope;
    for (const Claim& claim : claims_) {
      if (holds_charges(claim.manifest.dataset) && !claim.manifest.scope.empty()) {
        manifest_of_scope.emplace(canonical_scope(claim.manifest.scope), claim.name);
      }
    }
    std::vector<std::string> scopes;
    std::set<ScopeRelation> relations;
    for (const auto& [scope, manifest] : manifest_of_scope) {
      scopes.push_back(fmt::format("{} ({})", scope, manifest));
      for (const auto& [other, ignored] : manifest_of_scope) relations.insert(relate_scopes(scope, other));
    }
    relations.erase(ScopeRelation::kSame);  // the same bill, by a short or a full id of its account
    if (relations.empty()) return std::nullopt;
    const bool nested = relations.contains(ScopeRelation::kNested);
    return Error{
        ErrorId::kMixedScopesInLocation, "charges of different scopes lie in one location", store_.description(),
        fmt::format("{}: {}",
                    nested ? "one contains the other, so costs would count twice" : "they may hold the same costs",
                    fmt::join(scopes, " and ")),
        "keep the exports of each scope in a folder of their own, each with its own connection"};
  }

  void add_problem(RunProblem problem) { discovery_.problems.push_back(std::move(problem)); }
  void note(std::string text) { discovery_.notes.push_back(std::move(text)); }

  BlobStore& store_;
  const DiscoveryOptions& options_;
  const std::vector<Blob>& blobs_;
  BlobFinder finder_;
  std::vector<Claim> claims_;
  std::set<std::string> folders_with_manifest_;
  std::unordered_set<std::string> claimed_;  // names of blobs that a manifest names, or may
  Discovery discovery_;
};

}  // namespace

Result<Discovery> discover_runs(BlobStore& store, const DiscoveryOptions& options) {
  APPORTION_ASSIGN(std::vector<Blob> blobs, store.list());
  std::erase_if(blobs, [&options](const Blob& blob) { return options.without.contains(blob.name); });
  return Discoverer(store, options, blobs).discover();
}

Result<void> check_unchanged(BlobStore& store, const Run& run) {
  std::map<std::string, std::string> versions;  // expected, by name
  for (const RunBlob& blob : run.blobs) versions[blob.name] = blob.version;
  if (!run.manifest_version.empty()) versions[run.source] = run.manifest_version;
  std::set<std::string> folders;
  for (const auto& expected : versions) folders.insert(folder_of(expected.first));
  for (const std::string& folder : folders) {
    APPORTION_ASSIGN(const std::vector<Blob> blobs, store.list_below(folder));
    for (const Blob& blob : blobs) {
      const auto expected = versions.find(blob.name);
      if (expected != versions.end() && expected->second == blob.version) versions.erase(expected);
    }
  }
  if (versions.empty()) return ok();
  return written_over_error(store.place_of(versions.begin()->first), "it is no longer the file that was listed");
}

}  // namespace apportion
