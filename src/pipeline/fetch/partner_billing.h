/// PartnerBilling: lines of invoices as Microsoft Graph exports them on request.
///
/// An export is requested for one invoice and one kind of lines; the operation is looked at until it has ended, and
/// leads to a manifest with a SAS and the names of gzip files of JSON lines. Source: Microsoft Graph v1.0,
/// `reports/partners/billing` (attribute set, operation, manifest). Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "azure/json_client.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "pipeline/fetch/azure_access.h"

namespace apportion {

/// An export of lines that was requested.
struct LinesExport {
  Dataset dataset = Dataset::kInvoiceReconciliation;  ///< Of `kInvoiceDatasets`.
  std::string invoice;
  std::string operation;          ///< URL to look at.
  std::chrono::seconds pause{0};  ///< Before the first look.

  /// For messages: `the lines (InvoiceReconciliation) of invoice G016907411`.
  std::string description() const;
};

/// What an export made.
struct LinesManifest {
  std::string url;             ///< Where the manifest can be asked for again.
  std::string etag;            ///< Another one: the lines changed.
  std::string partner_tenant;  ///< Empty if it does not say.
  std::string root;            ///< URL of the folder that the files are in.
  std::string sas;             ///< A secret.
  std::vector<std::string> files;
};

struct PartnerBillingWorld {
  std::string base;                             ///< `https://graph.microsoft.com`
  AzureAccess access;                           ///< To download by links: transport, budget, storage suffix.
  std::function<std::int64_t()> epoch_seconds;  ///< Wall clock, UTC: for the end of a SAS.
  /// Waits between two looks, and returns false if it was cancelled; empty: the client's cancel waits.
  std::function<bool(std::chrono::milliseconds)> wait = {};
};

class PartnerBilling {
 public:
  using Told = std::function<void(std::chrono::seconds)>;  ///< Called for every wait; may be empty.

  PartnerBilling(JsonClient graph, PartnerBillingWorld world);

  /// Requests an export, with all attributes. Errors: what Microsoft says; kOperationFailed for an answer without an
  /// operation.
  Result<LinesExport> request(Dataset dataset, const std::string& invoice);
  /// Waits until an export has ended. Nothing if Microsoft has no such lines of the invoice. Errors: kOperationFailed
  /// with Microsoft's reason, kManifestWrong, kOperationUnanswered after six hours.
  Result<std::optional<LinesManifest>> wait_for(const LinesExport& requested, const Told& told = {});
  /// Downloads all files into a folder, which is empty. A SAS that expires meanwhile is renewed once, and then all of
  /// it begins again. Errors: kManifestPartOutside, kSasUnusable, those of storage.
  Result<void> download(const LinesExport& requested, LinesManifest manifest, const std::filesystem::path& folder);

 private:
  Result<nlohmann::json> get(const LinesExport& requested, const std::string& url, std::string_view by);
  Result<LinesManifest> manifest_at(const LinesExport& requested, const std::string& url);
  Result<void> download_all(const LinesExport& requested, const LinesManifest& manifest,
                            const std::filesystem::path& folder) const;
  Result<void> download_one(const LinesExport& requested, const LinesManifest& manifest, const std::string& file,
                            const std::filesystem::path& folder) const;

  JsonClient graph_;
  PartnerBillingWorld world_;
};

}  // namespace apportion
