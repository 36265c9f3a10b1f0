#include "pipeline/fetch/azure_blob_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/blob_reader.h"

namespace apportion {
namespace {

constexpr int kBlobsOfPage = 5000;
// Metadata of a blob may be 8 KiB; a page of such blobs is still within.
constexpr std::uint64_t kPageBytesMax = std::uint64_t{64} << 20;
// A page may be empty and not the last one; so many in a row are a server that runs in circles.
constexpr int kEmptyPagesMax = 1000;
constexpr std::size_t kNotesMax = 20;

// Why a name is not taken; empty when it is.
std::string_view fault_of_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(name.begin(), name.end(), is_control)) return "its name contains control characters";
  if (name.front() == '/') return "its name begins with a slash";
  for (const std::string_view level : split_text(name, '/')) {
    if (level == "." || level == "..") return "its name leads out of its folder";
  }
  return {};
}

// Folders of accounts with a hierarchical namespace show up as blobs; the marked ones were dropped already.
bool is_folder_of_next(std::map<std::string, ListedBlob>::const_iterator blob,
                       const std::map<std::string, ListedBlob>& all) {
  if (blob->second.bytes != 0) return false;
  const std::string start = blob->first + "/";
  const auto below = all.lower_bound(start);
  return below != all.end() && below->first.starts_with(start);
}

std::vector<Blob> blobs_of(const std::map<std::string, ListedBlob>& listed) {
  std::vector<Blob> blobs;
  blobs.reserve(listed.size());
  for (const auto& [name, blob] : listed) blobs.push_back({name, blob.bytes, blob.version});
  return blobs;
}

}  // namespace

AzureBlobStore::AzureBlobStore(BlobUrl url, AzureAccess access)
    : url_(std::move(url)),
      requests_(std::make_shared<const BlobRequests>(std::move(access), url_.account, std::exchange(url_.sas, {}))) {}

Result<std::vector<Blob>> AzureBlobStore::list() {
  APPORTION_ASSIGN(Listing listing, list_path(url_.prefix.empty() ? "" : url_.prefix + "/"));
  listed_ = std::move(listing.by_name);
  notes_ = std::move(listing.notes);
  return blobs_of(listed_);
}

Result<std::vector<Blob>> AzureBlobStore::list_below(const std::string& folder) {
  const std::string path = folder.empty() ? url_.prefix : url_.path_of(folder);
  APPORTION_ASSIGN(const Listing listing, list_path(path.empty() ? "" : path + "/"));
  return blobs_of(listing.by_name);
}

Result<std::unique_ptr<ByteReader>> AzureBlobStore::open(const std::string& name) {
  auto found = listed_.find(name);
  if (found == listed_.end()) {
    APPORTION_ASSIGN(Listing listing, list_path(url_.path_of(name)));
    const auto looked_up = listing.by_name.find(name);
    if (looked_up == listing.by_name.end()) {
      return Error{ErrorId::kNoSuchBlob, "there is no such blob", place_of(excerpt(name, 200)),
                   "the location does not list it", "check the name"};
    }
    found = listed_.insert(*looked_up).first;
  }
  const ListedBlob& blob = found->second;
  return read_blob(requests_, {url_.blob_url(blob.path), place_of(name), blob.bytes, blob.version, blob.md5});
}

Result<AzureBlobStore::Listing> AzureBlobStore::list_path(const std::string& path) const {
  Listing listing;
  std::set<std::string> markers;
  std::string marker;
  int empty_pages = 0;
  do {
    APPORTION_ASSIGN(BlobListPage page, ask_for_page(path, marker));
    const std::size_t before = listing.by_name.size() + listing.notes.size();
    empty_pages = page.blobs.empty() ? empty_pages + 1 : 0;
    const bool had_blobs =
        std::any_of(page.blobs.begin(), page.blobs.end(), [](auto& blob) { return !blob.is_folder; });
    for (ListedBlob& blob : page.blobs) take(std::move(blob), listing);
    marker = std::move(page.next_marker);
    const bool nothing_new = had_blobs && listing.by_name.size() + listing.notes.size() == before;
    if (marker.empty()) break;
    if (nothing_new || empty_pages > kEmptyPagesMax || !markers.insert(marker).second) {
      return Error{ErrorId::kStorageListEndless, "the storage account's list of blobs never ends", description(),
                   fmt::format("page {} links back to an earlier page", markers.size() + 1),
                   "check for proxies between this machine and the storage account"};
    }
  } while (true);

  for (auto blob = listing.by_name.begin(); blob != listing.by_name.end();) {
    blob = is_folder_of_next(blob, listing.by_name) ? listing.by_name.erase(blob) : std::next(blob);
  }
  if (listing.notes.size() > kNotesMax) {
    const std::size_t hidden = listing.notes.size() - kNotesMax;
    listing.notes.resize(kNotesMax);
    listing.notes.push_back(fmt::format("{}: {} more blobs were ignored", description(), hidden));
  }
  return listing;
}

Result<BlobListPage> AzureBlobStore::ask_for_page(const std::string& path, const std::string& marker) const {
  HttpRequest request;
  request.url =
      fmt::format("{}?restype=container&comp=list&include=metadata&maxresults={}", url_.container_url(), kBlobsOfPage);
  if (!path.empty()) request.url += "&prefix=" + percent_encoded(path);
  if (!marker.empty()) request.url += "&marker=" + percent_encoded(marker);
  request.answer_bytes_max = kPageBytesMax;
  APPORTION_ASSIGN(const HttpResponse response, requests_->send(std::move(request), requests_->access().cancel));
  if (!response.ok()) return azure_error(read_failure(response), "list the container", description());
  return read_blob_list(response.body, description());
}

void AzureBlobStore::take(ListedBlob blob, Listing& listing) const {
  if (blob.is_folder || blob.path.ends_with('/')) return;
  const std::string start = url_.prefix.empty() ? "" : url_.prefix + "/";
  if (!blob.path.starts_with(start) || blob.path.size() == start.size()) {
    listing.notes.push_back(fmt::format("{}: the blob '{}' was ignored: it is not below the location", description(),
                                        excerpt(blob.path, 200)));
    return;
  }
  std::string name = blob.path.substr(start.size());
  if (const auto fault = fault_of_name(name); !fault.empty()) {
    listing.notes.push_back(fmt::format("{}: the blob '{}' was ignored: {}", description(), excerpt(name, 200), fault));
    return;
  }
  listing.by_name.insert_or_assign(std::move(name), std::move(blob));
}

}  // namespace apportion
