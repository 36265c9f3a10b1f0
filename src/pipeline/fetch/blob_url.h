/// BlobUrl: the parsed URL of an export location in blob storage.
///
/// Accepted are `https://ACCOUNT.blob.SUFFIX/CONTAINER/FOLDER…`, the same with `dfs` (the other endpoint of the same
/// account), and for emulators and gateways without a name of their own the account as the first level of the path:
/// `http://127.0.0.1:10000/ACCOUNT/CONTAINER/FOLDER…`. Plain http is accepted only for this machine. Source: Azure's
/// page on naming containers and blobs, and that of its emulator.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

struct BlobUrl {
  std::string endpoint;   ///< `https://acme.blob.core.windows.net`; with the account where that is part of the path.
  std::string account;    ///< `acme`
  std::string container;  ///< `bills`
  std::string prefix;     ///< Folder in the container, percent-encoding undone, no slash at its ends; may be empty.
  std::string sas;        ///< A secret: the query, byte for byte, without its question mark; may be empty.

  /// The container's URL, without query.
  std::string container_url() const { return endpoint + "/" + container; }
  /// The URL of a blob by its path in the container, without query.
  std::string blob_url(std::string_view path) const;
  /// For people: without the SAS.
  std::string shown() const;
  /// A name inside the location as a path in the container.
  std::string path_of(std::string_view name) const;
};

/// Whether a location is a URL of blob storage rather than a folder: begins with `https://` or `http://`.
bool is_blob_location(std::string_view location);

/// A location as a person may see it: a URL of blob storage without its SAS, anything else as it is.
std::string shown_location(std::string_view location);

/// Parses a location. `storage_suffix` is the cloud's (`core.windows.net`), or what it was overridden with. Errors
/// (kLocationNotBlobStorage) say what was expected; none contains a signature.
Result<BlobUrl> parse_blob_url(std::string_view location, std::string_view storage_suffix);

/// `text` with percent-encoding undone; false if the encoding is broken or hides a zero byte.
bool undo_percent_encoding(std::string_view text, std::string& decoded);

}  // namespace apportion
