#include "application/planned_imports.h"

#include <memory>
#include <utility>

#include "application/invoice_imports.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/runs.h"

namespace apportion {
namespace {

PlannedImport planned(const Connection& connection, const BlobStore& store, const Run& run) {
  PlannedImport import{connection.name, store.place_of(run.source), run.dataset, {}, bytes_of(run), run.rows};
  if (run.period) import.month = run.period->month;
  return import;
}

Result<ImportPlan> plan_location(const Workspace& workspace, const Connection& connection,
                                 const ImportRequest& request) {
  APPORTION_ASSIGN(const std::unique_ptr<BlobStore> store, workspace.store_at(connection, request.location));
  APPORTION_ASSIGN(const Discovery discovery, discover_runs(*store, discovery_options(workspace, request)));
  ImportPlan plan;
  for (const RunProblem& problem : discovery.problems) {
    if (request.month && problem.month && *problem.month != *request.month) continue;
    plan.problems.push_back({store->place_of(problem.source), problem.error});
  }
  if (discovery.scope_conflict) {
    plan.problems.push_back({store->description(), *discovery.scope_conflict});
    return plan;
  }
  for (const Run& run : discovery.runs) {
    if (!is_asked_for(run, request)) continue;
    APPORTION_ASSIGN(const bool known, is_known(workspace, connection, run));
    const auto admissible = check_discovered(workspace, connection, *store, run);
    if (known) {
      ++plan.already_there;
    } else if (!admissible) {
      plan.problems.push_back({store->place_of(run.source), admissible.error()});
    } else {
      plan.imports.push_back(planned(connection, *store, run));
    }
  }
  return plan;
}

Result<ImportPlan> plan_connection(const Workspace& workspace, const Connection& connection, std::optional<Month> month,
                                   bool allow_unverified) {
  ImportPlan plan;
  for (const auto& [dataset, location] : connection.locations) {
    auto part = plan_location(workspace, connection, {location, dataset, allow_unverified, month});
    if (part) {
      plan.add(std::move(part).value());
    } else if (part.error().kind() == ErrorKind::kStorage) {
      return std::move(part).error();
    } else {
      plan.problems.push_back({shown_location(location), std::move(part).error()});
    }
  }
  return plan;
}

}  // namespace

void ImportPlan::add(ImportPlan other) {
  std::move(other.imports.begin(), other.imports.end(), std::back_inserter(imports));
  std::move(other.problems.begin(), other.problems.end(), std::back_inserter(problems));
  already_there += other.already_there;
}

Result<ImportPlan> plan_sync(const Workspace& workspace, const SyncRequest& request) {
  APPORTION_ASSIGN(const auto connections, connections_to_sync(workspace.control_plane, request));
  ImportPlan plan;
  for (const Connection& connection : connections) {
    APPORTION_ASSIGN(ImportPlan part, plan_connection(workspace, connection, request.month, request.unverified));
    plan.add(std::move(part));
  }
  return plan;
}

Result<ImportPlan> plan_folder(const Workspace& workspace, const FolderImport& folder) {
  APPORTION_ASSIGN(const Connection connection, workspace.control_plane.connection_named(folder.connection));
  APPORTION_ASSIGN(const FoundInvoiceFiles invoices, find_invoice_files(workspace, connection, folder.request));
  ImportRequest request = folder.request;
  for (const FoundInvoiceFile& file : invoices.files) request.without.insert(file.blob.name);
  ImportPlan plan;
  if (!invoices.is_one_file) {
    APPORTION_ASSIGN(plan, plan_location(workspace, connection, request));
  }
  for (const FoundInvoiceFile& file : invoices.files) {
    APPORTION_ASSIGN(const bool known, is_known(workspace, connection, invoices, file));
    if (known) {
      ++plan.already_there;
      continue;
    }
    plan.imports.push_back({connection.name, invoices.store->place_of(file.blob.name), dataset_of(file.kind),
                            std::nullopt, file.blob.bytes, std::nullopt});
  }
  return plan;
}

}  // namespace apportion
