/// Cost Details reports as a BlobStore: for partners who have no exports yet.
///
/// Azure generates a report of one scope, metric and month on request and answers with links that expire. They are
/// downloaded immediately into a folder, next to a manifest of the form that exports have; the links are not stored.
/// From then on the runs are treated like all others. A report with the same content as an earlier one gets the same
/// run id and manifest, so it is recognised. Source: Azure's specification of Generate Cost Details Report (manifest
/// 2025-03-01). Not thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "azure/arm_client.h"
#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/model/dataset.h"
#include "pipeline/fetch/azure_access.h"
#include "pipeline/fetch/blob_store.h"

namespace apportion {

struct CostDetailsSource {
  std::string scope;                       ///< `/providers/Microsoft.Billing/billingAccounts/…[/customers/…]`
  Dataset dataset = Dataset::kActualCost;  ///< Actual or amortized: there is no other report.
  std::string api_version = "2025-03-01";
};

class CostDetailsStore final : public BlobStore {
 public:
  /// `arm` outlives the store. `access` gives transport and budget for the downloads; its rights are not used, for
  /// the links carry their own. `folder` is empty and goes away with its owner.
  static Result<std::unique_ptr<CostDetailsStore>> open(ArmClient& arm, const AzureAccess& access,
                                                        CostDetailsSource source, Clock clock,
                                                        std::filesystem::path folder);

  /// Requests the report of a month and downloads it; `told` is called for every wait. False if Azure has no data for
  /// it: a gap, not a month of zero. Errors: kCostDetailsReportUnsupported for a month for which Azure has no reports,
  /// kBadInput for an answer that cannot be trusted, otherwise what Azure says.
  Result<bool> fetch(Month month, const std::function<void(std::chrono::seconds)>& told = {});

  Result<std::vector<Blob>> list() override { return files_->list(); }
  std::vector<std::string> notes() const override { return notes_; }
  Result<std::unique_ptr<ByteReader>> open(const std::string& name) override { return files_->open(name); }
  std::string local_path(const std::string& name) const override { return files_->local_path(name); }
  std::string description() const override;

 private:
  CostDetailsStore(ArmClient& arm, AzureAccess access, CostDetailsSource source, Clock clock,
                   std::filesystem::path folder, std::unique_ptr<BlobStore> files);

  Result<void> check_month(Month month) const;
  Result<nlohmann::json> make_report(Month month, Day last_day, const std::function<void(std::chrono::seconds)>& told);
  Result<void> take(const nlohmann::json& manifest, Month month, Day last_day);

  ArmClient* arm_;
  AzureAccess access_;
  CostDetailsSource source_;
  Clock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<BlobStore> files_;  // of the folder
  std::vector<std::string> notes_;
};

}  // namespace apportion
