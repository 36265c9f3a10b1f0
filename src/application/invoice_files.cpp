#include "application/invoice_files.h"

#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include "foundation/base/files.h"
#include "pipeline/fetch/folder_store.h"

namespace apportion {

Result<std::vector<InvoiceLines>> invoice_files(std::span<const std::filesystem::path> paths) {
  std::vector<InvoiceLines> files;
  for (const std::filesystem::path& path : paths) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    APPORTION_ASSIGN(std::unique_ptr<FolderStore> store, FolderStore::at(folder.string()));
    const std::shared_ptr<FolderStore> shared = std::move(store);
    files.push_back(
        lines_of_file({path.string(), [shared, name = path.filename().string()] { return shared->open(name); }}));
  }
  return files;
}

Result<BillColumns> bill_columns_of(const std::string& text_or_file, InvoiceFileKind kind) {
  constexpr std::uint64_t kBytesMax = 64 << 10;
  std::error_code failure;
  const bool is_file = std::filesystem::is_regular_file(text_or_file, failure);
  if (!is_file && text_or_file.find('=') != std::string::npos) {
    return parse_bill_columns(text_or_file, "the columns", kind);
  }
  APPORTION_ASSIGN(const std::string text, read_file(text_or_file, kBytesMax));
  return parse_bill_columns(text, text_or_file, kind);
}

}  // namespace apportion
