/// The page as the build made it: files of one folder, read once, kept in memory with their compressed forms.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace apportion {

/// A file of the page. Empty compressed forms are not there.
struct PageFile {
  std::string content_type;
  std::string hash;  ///< Of `plain`; hexadecimal.
  std::string plain;
  std::string brotli;
  std::string gzip;
  bool is_immutable = false;  ///< Its name changes with its bytes.
};

/// Immutable once it is open, so thread-safe.
class PageFiles {
 public:
  /// A page without files.
  PageFiles() = default;

  /// Reads `index.html` and everything that is beside and below it. `NAME.br` and `NAME.gz` are forms of `NAME`. Files
  /// under `assets/` are immutable. Errors: kFileMissing (no index.html), those of reading files.
  static Result<PageFiles> open(const std::filesystem::path& folder);

  bool is_empty() const { return files_.empty(); }
  /// A file by its path in the folder, `assets/index-B1c2.js`; null if there is none.
  const PageFile* find(std::string_view path) const;

 private:
  std::map<std::string, PageFile, std::less<>> files_;
};

/// The folder of the page of a program in `program_folder`: `page` beside it, or `share/apportion/page` of the prefix
/// that it is installed under. Nothing if neither has an `index.html`.
std::optional<std::filesystem::path> page_folder_of(const std::filesystem::path& program_folder);

}  // namespace apportion
