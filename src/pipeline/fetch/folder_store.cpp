#include "pipeline/fetch/folder_store.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchemeMark = "://";
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

class FileReader final : public ByteReader {
 public:
  FileReader(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader() override { ::close(descriptor_); }

  Result<std::size_t> read(std::span<char> buffer) override {
    while (true) {
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return file_error("cannot read", path_, errno);
    }
  }

 private:
  int descriptor_;
  fs::path path_;
};

Error location_error(std::string_view location, std::string why, std::string next) {
  return {ErrorId::kExportsFolderMissing, "this is not a folder of exports", excerpt(location, 200), std::move(why),
          std::move(next)};
}

bool names_something_inside(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string::npos) return false;
  const auto segments = split_text(name, '/');
  return std::none_of(segments.begin(), segments.end(),
                      [](auto part) { return part.empty() || part == "." || part == ".."; });
}

std::string version_of(const struct stat& status) {
  const std::int64_t nanoseconds = status.st_mtim.tv_sec * kNanosecondsPerSecond + status.st_mtim.tv_nsec;
  return fmt::format("{}-{}", nanoseconds, status.st_size);
}

}  // namespace

Result<fs::path> folder_of_location(std::string_view location) {
  const std::string next = "name a folder: a path, or file:///…";
  if (trim(location).empty()) return location_error(location, "it is empty", next);
  const auto mark = location.find(kSchemeMark);
  const bool has_scheme =
      mark != std::string_view::npos && location.substr(0, mark).find('/') == std::string_view::npos;
  if (!has_scheme) return fs::path(location);
  if (!ascii_equal_ignoring_case(location.substr(0, mark), "file")) {
    return location_error(location, fmt::format("it is a {} location", location.substr(0, mark)),
                          "copy the exports to a folder and name that folder: a path, or file:///…");
  }
  std::string_view rest = location.substr(mark + kSchemeMark.size());
  const auto slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  if (slash == std::string_view::npos || (!host.empty() && !ascii_equal_ignoring_case(host, "localhost"))) {
    return location_error(location, "a file URL has three slashes, then the path on this machine", next);
  }
  std::string decoded;
  if (!undo_percent_encoding(rest.substr(slash), decoded))
    return location_error(location, "its percent-encoding is broken", "write each % in a name as %25");
  return fs::path(decoded);
}

Result<std::unique_ptr<FolderStore>> FolderStore::at(std::string_view location) {
  APPORTION_ASSIGN(const fs::path folder, folder_of_location(location));
  std::error_code failure;
  const fs::path root = fs::canonical(folder, failure);
  if (failure) return file_error("cannot open the folder of exports", folder, failure.value());
  const bool is_folder = fs::is_directory(root, failure);
  if (failure) return file_error("cannot open the folder of exports", folder, failure.value());
  if (!is_folder) return location_error(location, "it is a file", "name the folder that contains the file");
  return std::unique_ptr<FolderStore>(new FolderStore(root));  // the constructor is private
}

bool FolderStore::stays_inside(const fs::path& path) const {
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  if (failure) return false;
  return lies_within(real, root_);
}

Result<std::vector<Blob>> FolderStore::list() {
  std::vector<Blob> blobs;
  std::error_code failure;
  fs::recursive_directory_iterator entry(root_, failure);
  fs::path at = root_;
  for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    at = entry->path();
    std::error_code gone;
    if (fs::is_symlink(entry->symlink_status(gone)) && !stays_inside(at)) continue;
    struct stat status {};
    if (::stat(at.c_str(), &status) != 0) {
      if (errno == ENOENT) continue;  // removed while the folder was read
      return file_error("cannot read", at, errno);
    }
    if (!S_ISREG(status.st_mode)) continue;
    blobs.push_back({at.lexically_relative(root_).generic_string(), status.st_size, version_of(status)});
  }
  if (failure) return file_error("cannot list the folder", at, failure.value());
  std::sort(blobs.begin(), blobs.end(), [](const Blob& left, const Blob& right) { return left.name < right.name; });
  return blobs;
}

Result<std::unique_ptr<ByteReader>> FolderStore::open(const std::string& name) {
  const fs::path path = root_ / fs::path(name);
  if (!names_something_inside(name)) {
    return Error{ErrorId::kPathOutsideLocation, "refused to read a file outside the location", excerpt(name, 200),
                 "it is not a plain path inside " + description(), "name files inside the location only"};
  }
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  if (failure) return file_error("cannot open", path, failure.value());
  if (!stays_inside(real)) {
    return Error{ErrorId::kPathOutsideLocation, "refused to read a file outside the location", path.string(),
                 "it is a link to " + real.string(), "put the file itself there"};
  }
  // Not blocking: a pipe that lies there must not hang the program.
  const int descriptor = ::open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return file_error("cannot open", path, errno);
  auto reader = std::make_unique<FileReader>(descriptor, path);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return file_error("cannot read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorId::kUnreadableInput, "cannot read", path.string(), "it is not a regular file", "name a file"};
  }
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<ByteReader>(std::move(reader));
}

}  // namespace apportion
