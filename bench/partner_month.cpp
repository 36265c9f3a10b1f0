#include "partner_month.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "application/customer_file.h"
#include "application/documents.h"
#include "foundation/base/files.h"
#include "lake/lake_reader.h"
#include "lake/relations.h"
#include "pipeline/publication/publish_months.h"
#include "pipeline/split/splitter.h"
#include "query/proof.h"

namespace apportion::bench {
namespace {

namespace fs = std::filesystem;

Error wrong(ErrorId id, std::string what) { return {id, std::move(what), "benchmark", "", ""}; }

Result<std::vector<PublishedMonth>> months_of(const Workspace& workspace) {
  return published_months(workspace.control_plane, ReadScope::of_partner());
}

// By customer and currency.
std::map<std::pair<std::string, std::string>, CostSums> costs_of(const SplitResult& split) {
  std::map<std::pair<std::string, std::string>, CostSums> costs;
  for (const SplitTotal& total : split.totals)
    costs[{total.customer.raw(), std::string(total.currency.code())}] = total.costs;
  return costs;
}

}  // namespace

Result<PartnerFiles> partner_files(const fs::path& sample) {
  PartnerFiles files;
  APPORTION_ASSIGN(const std::string customers, read_file(sample / "customers.csv"));
  CustomerFile read = read_customer_file(customers, "customers.csv");
  if (!read.errors.empty()) return read.errors.front();
  files.customers = std::move(read.customers);
  APPORTION_ASSIGN(files.rules, read_file(sample / "rules.yaml"));
  return files;
}

Result<void> link_copies_of_run(const fs::path& sample, const std::string& export_name, int copies,
                                const fs::path& to) {
  std::vector<fs::path> manifests;
  for (const auto& entry : fs::recursive_directory_iterator(sample / "exports" / export_name)) {
    if (entry.path().filename() == "manifest.json") manifests.push_back(entry.path());
  }
  if (manifests.empty()) return wrong(ErrorId::kMeasuredStepFailed, "the sample has no such export");
  const fs::path manifest = *std::max_element(manifests.begin(), manifests.end());
  APPORTION_ASSIGN(const std::string text, read_file(manifest));
  nlohmann::json run = nlohmann::json::parse(text);
  nlohmann::json blobs = nlohmann::json::array();
  for (int copy = 0; copy < copies; ++copy) {
    for (nlohmann::json blob : run["blobs"]) {
      const fs::path name = blob["blobName"].get<std::string>();
      const fs::path linked = name.parent_path() / fmt::format("copy_{}_{}", copy, name.filename().string());
      fs::create_directories(to / linked.parent_path());
      fs::create_hard_link(sample / name, to / linked);
      blob["blobName"] = linked.string();
      blobs.push_back(std::move(blob));
    }
  }
  run["blobs"] = std::move(blobs);
  for (const char* const sum : {"byteCount", "blobCount", "dataRowCount"})
    run[sum] = run[sum].get<std::int64_t>() * copies;
  const fs::path written = to / fs::relative(manifest, sample);
  fs::create_directories(written.parent_path());
  return write_file_atomically(written, run.dump());
}

Result<void> publish_for_partner(Workspace& workspace, const PartnerFiles& partner, bool with_rules) {
  const FileLock lock = *workspace.home.lock_for_writing();
  APPORTION_ASSIGN(const Connection connection, workspace.control_plane.connection_named("bench"));
  APPORTION_ASSIGN(const std::vector<Import> imports, workspace.control_plane.imports(connection.id));
  APPORTION_TRY(workspace.control_plane.put_customers(partner.customers));
  if (with_rules) {
    APPORTION_TRY(workspace.control_plane.add_document(DocumentKind::kRules, partner.rules));
  }
  APPORTION_TRY(publish_bill_month(workspace, connection, imports.front().month, {}, lock));
  return ok();
}

Result<void> preview_rules_of(Workspace& workspace, const std::string& rules) {
  const Caller caller = Caller::partner("bench");
  APPORTION_ASSIGN(const AdmittedDocument candidate,
                   admit_document(caller, workspace, {DocumentKind::kRules, rules, "rules of the benchmark"}));
  APPORTION_ASSIGN(const DocumentPreview preview, preview_document(caller, workspace, candidate, {}, {}));
  if (preview.changes.customers.empty()) return wrong(ErrorId::kSplitFailedCheck, "the rules would change nothing");
  return ok();
}

Result<void> check_preview(Workspace& workspace, const std::string& rules, const fs::path& folder) {
  APPORTION_ASSIGN(const RuleFile file, parse_rule_file(rules, "rules of the benchmark"));
  APPORTION_ASSIGN(const std::vector<PublishedMonth> months, months_of(workspace));
  APPORTION_ASSIGN(const SplitResult preview, preview_rules(workspace, months.front(), file));
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  APPORTION_TRY(open_charge_set(engine, Lake(workspace.home), *months.front().charge_set));
  APPORTION_ASSIGN(const std::vector<Customer> customers, workspace.control_plane.customers());
  APPORTION_ASSIGN(const SplitResult split, split_charges(engine, {&file.lists.front(), customers, folder}));
  if (split.shared_charges == 0) return wrong(ErrorId::kSplitFailedCheck, "the rules share nothing");
  return costs_of(preview) == costs_of(split)
             ? ok()
             : Result<void>(wrong(ErrorId::kSplitFailedCheck, "a preview differs from the split"));
}

Result<void> prove_and_check(const Workspace& workspace) {
  Proof proof;
  {
    APPORTION_ASSIGN(Engine engine, open_engine(workspace));
    LakeReader reader(engine, workspace.control_plane, Lake(workspace.home));
    APPORTION_ASSIGN(proof, prove(reader, ReadScope::of_partner(), workspace.clock.today()));
  }
  if (proof.months.size() != 1) return wrong(ErrorId::kMeasuredStepFailed, "not one month was proved");
  const MonthProof& month = proof.months.front();
  if (!month.reasons.empty()) return wrong(ErrorId::kMeasuredStepFailed, month.reasons.front());
  std::map<std::string, Decimal> proved;
  for (const CurrencyProof& currency : month.currencies)
    proved[std::string(currency.currency.code())] = currency.billed.assigned + currency.billed.unassigned;
  std::map<std::string, Decimal> charged;
  APPORTION_ASSIGN(const std::vector<PublishedMonth> months, months_of(workspace));
  APPORTION_ASSIGN(Engine engine, open_engine(workspace));
  APPORTION_TRY(open_charge_set(engine, Lake(workspace.home), *months.front().charge_set));
  APPORTION_TRY(engine.query("SELECT BillingCurrency, sum(BilledCost) FROM charges GROUP BY 1", {},
                             [&charged](const EngineRow& row) {
                               charged[std::string(row.text(0))] = row.decimal(1);
                               return ok();
                             }));
  return proved == charged
             ? ok()
             : Result<void>(wrong(ErrorId::kMeasuredStepFailed, "the proof has other sums than the charges"));
}

}  // namespace apportion::bench
