/// From a location to its BlobStore, for everything that reads exports.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/fetch/azure_access.h"
#include "pipeline/fetch/blob_store.h"
#include "store/control_plane.h"

namespace apportion {

/// Opens locations of connections. A workspace has one.
using StoreProvider =
    std::function<Result<std::unique_ptr<BlobStore>>(const Connection& connection, const std::string& location)>;

/// A folder's path or `file://` URL becomes a FolderStore, a URL of blob storage an AzureBlobStore with `access`;
/// kStorageAccessMissing if there is neither a SAS nor a token to read it with.
Result<std::unique_ptr<BlobStore>> store_of_location(std::string_view location, const AzureAccess& access);

/// Opens folders only; a URL of blob storage is refused (kExportsFolderMissing).
Result<std::unique_ptr<BlobStore>> store_of_folder(std::string_view location);

}  // namespace apportion
