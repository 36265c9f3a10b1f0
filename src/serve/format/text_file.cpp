#include "serve/format/text_file.h"

#include <cerrno>
#include <fstream>

#include "foundation/base/files.h"
#include "serve/format/gzip_stream.h"

namespace apportion {

Result<void> write_text_file(const std::filesystem::path& path, std::string_view format,
                             const std::function<Result<void>(std::ostream&)>& write) {
  std::ofstream file(path, std::ios::binary);
  if (format == "csv.gz") {
    GzipStream packed(file);
    APPORTION_TRY(write(packed));
    APPORTION_TRY(packed.finish());
  } else {
    APPORTION_TRY(write(file));
  }
  file.close();
  if (!file.good()) return file_error("the dataset could not be written", path, errno);
  return ok();
}

}  // namespace apportion
