#include "application/invoice_files.h"

#include <memory>
#include <utility>

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

}  // namespace apportion
