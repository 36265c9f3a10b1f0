/// AzureAccess: the credentials and the transport that blob storage is read with.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "azure/http.h"
#include "azure/token.h"
#include "foundation/base/cancel.h"
#include "pipeline/fetch/fetch_budget.h"

namespace apportion {

/// How a blob is downloaded: ranges of one size, several at once.
struct DownloadSettings {
  std::int64_t block_bytes = std::int64_t{8} << 20;
  int ranges = 4;                        ///< Of one blob at once.
  std::chrono::milliseconds pause{250};  ///< Before a broken range continues; doubled while nothing arrives at all.
};

struct AzureAccess {
  HttpTransport* transport = nullptr;  ///< Retries by itself. Outlives every store and reader.
  TokenSource* tokens = nullptr;       ///< Outlives them too. Not there: a SAS is the right, or nothing is.
  std::string storage_tenant;          ///< Whose token; empty for the credential's own tenant.
  std::string sas;                     ///< A secret: for locations whose URL has none; goes before a token.
  std::string storage_suffix = "core.windows.net";
  std::string party;  ///< Who shares the budget, the connection's name; empty for the storage account.
  Cancel cancel;
  std::shared_ptr<FetchBudget> budget;  ///< Shared by all that download; not there: one of the store's own.
  DownloadSettings download;
};

}  // namespace apportion
