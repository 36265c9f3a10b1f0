#include "pipeline/fetch/store_of_location.h"

#include <utility>

#include "foundation/base/next_step.h"
#include "pipeline/fetch/azure_blob_store.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/folder_store.h"

namespace apportion {

Result<std::unique_ptr<BlobStore>> store_of_location(std::string_view location, const AzureAccess& access) {
  if (!is_blob_location(location)) return store_of_folder(location);
  APPORTION_ASSIGN(BlobUrl url, parse_blob_url(location, access.storage_suffix));
  if (url.sas.empty() && access.sas.empty() && access.tokens == nullptr) {
    return Error{ErrorId::kStorageAccessMissing, "the location has no credential to read it with", url.shown(),
                 "its URL has no SAS token, and the connection has neither a SAS nor a way to sign in",
                 fmt::format("give the connection a SAS: {}; or a credential: {}", step(Step::kGiveReadingSas),
                             step(Step::kSignIn))};
  }
  return std::unique_ptr<BlobStore>(std::make_unique<AzureBlobStore>(std::move(url), access));
}

Result<std::unique_ptr<BlobStore>> store_of_folder(std::string_view location) {
  APPORTION_ASSIGN(std::unique_ptr<FolderStore> store, FolderStore::at(location));
  return std::unique_ptr<BlobStore>(std::move(store));
}

}  // namespace apportion
