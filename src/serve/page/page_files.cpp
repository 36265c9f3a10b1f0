#include "serve/page/page_files.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEntry = "index.html";
constexpr std::string_view kImmutableFolder = "assets/";

struct KnownType {
  std::string_view suffix;
  std::string_view content_type;
};

constexpr auto kTypes = std::to_array<KnownType>({
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
});

std::string_view content_type_of(std::string_view path) {
  const auto* known =
      std::ranges::find_if(kTypes, [path](const KnownType& type) { return path.ends_with(type.suffix); });
  return known == kTypes.end() ? "application/octet-stream" : known->content_type;
}

Result<std::string> form_of(const fs::path& file, std::string_view suffix) {
  fs::path form = file;
  form += suffix;
  std::error_code failure;
  if (!fs::exists(form, failure)) return std::string();
  return read_file(form);
}

Result<PageFile> read_page_file(const fs::path& file, const std::string& path) {
  PageFile read;
  APPORTION_ASSIGN(read.plain, read_file(file));
  APPORTION_ASSIGN(read.brotli, form_of(file, ".br"));
  APPORTION_ASSIGN(read.gzip, form_of(file, ".gz"));
  read.content_type = content_type_of(path);
  read.hash = ContentHash().add(read.plain).hex();
  read.is_immutable = path.starts_with(kImmutableFolder);
  return read;
}

bool is_compressed_form(const fs::path& file) { return file.extension() == ".br" || file.extension() == ".gz"; }

}  // namespace

Result<PageFiles> PageFiles::open(const fs::path& folder) {
  std::error_code failure;
  if (!fs::exists(folder / kEntry, failure)) {
    return Error{ErrorId::kFileMissing, "the page is not there", folder.string(), "it has no index.html",
                 "make it from the sources: make page"};
  }
  PageFiles files;
  for (auto entry = fs::recursive_directory_iterator(folder, failure); !failure && entry != fs::end(entry);
       entry.increment(failure)) {
    if (!entry->is_regular_file(failure) || is_compressed_form(entry->path())) continue;
    std::string path = entry->path().lexically_relative(folder).generic_string();
    APPORTION_ASSIGN(PageFile file, read_page_file(entry->path(), path));
    files.files_.emplace(std::move(path), std::move(file));
  }
  if (failure) return file_error("the page cannot be read", folder, failure.value());
  return files;
}

const PageFile* PageFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::optional<fs::path> page_folder_of(const fs::path& program_folder) {
  const fs::path beside = program_folder / "page";
  const fs::path installed = program_folder.parent_path() / "share/apportion/page";
  std::error_code failure;
  for (const fs::path& folder : {beside, installed}) {
    if (fs::exists(folder / kEntry, failure)) return folder;
  }
  return std::nullopt;
}

}  // namespace apportion
