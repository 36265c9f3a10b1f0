/// A place in blob storage as a BlobStore.
///
/// Lists every page, reads in ranges conditional on the listed ETag (`blob_reader.h`). Nothing is written, and nothing
/// outside the location's folder is requested. Source: Azure's reference of the Blob service.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/fetch/blob_list.h"
#include "pipeline/fetch/blob_requests.h"
#include "pipeline/fetch/blob_store.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion {

class AzureBlobStore final : public BlobStore {
 public:
  AzureBlobStore(BlobUrl url, AzureAccess access);

  Result<std::vector<Blob>> list() override;
  Result<std::vector<Blob>> list_below(const std::string& folder) override;
  std::vector<std::string> notes() const override { return notes_; }
  /// kNoSuchBlob if there is no such blob. A blob that was not listed is looked up.
  Result<std::unique_ptr<ByteReader>> open(const std::string& name) override;
  std::string description() const override { return url_.shown(); }

 private:
  /// Blobs below a path of the container, by their names in the location.
  struct Listing {
    std::map<std::string, ListedBlob> by_name;
    std::vector<std::string> notes;
  };
  Result<Listing> list_path(const std::string& path) const;
  Result<BlobListPage> ask_for_page(const std::string& path, const std::string& marker) const;
  void take(ListedBlob blob, Listing& listing) const;

  BlobUrl url_;
  std::shared_ptr<const BlobRequests> requests_;
  std::map<std::string, ListedBlob> listed_;  // by the last `list`
  std::vector<std::string> notes_;
};

}  // namespace apportion
