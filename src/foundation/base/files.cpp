#include "foundation/base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/next_step.h"

namespace apportion {
namespace {

// Closes a descriptor at the end of a scope; the step that can fail (`fsync`) is called by name before.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int value() const { return value_; }

 private:
  int value_;
};

Result<void> write_all(int descriptor, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return file_error("cannot write", path, errno);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

std::string remedy(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT: return "free some space on that disk, then try again; nothing was lost";
    case EACCES:
    case EPERM:
      return "give the user who runs apportion the right to it, or choose another home: " + step(Step::kChooseHome);
    case EROFS: return "the file system is read-only; choose another home: " + step(Step::kChooseHome);
    case ENOENT: return "check the path";
    case EMFILE:
    case ENFILE: return "raise the limit on open files (ulimit -n)";
    default: return "check the disk and the path, then try again";
  }
}

}  // namespace

bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), inner.begin(), inner.end()).first == folder.end();
}

Error file_error(std::string what, const std::filesystem::path& path, int system_error) {
  const bool refused = system_error == EACCES || system_error == EPERM || system_error == EROFS;
  const bool missing = system_error == ENOENT || system_error == ENOTDIR;
  const ErrorId id = refused ? ErrorId::kFileForbidden : missing ? ErrorId::kFileMissing : ErrorId::kFileFailed;
  return {id, std::move(what), path.string(), std::generic_category().message(system_error), remedy(system_error)};
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.value() < 0) return file_error("cannot open", path, errno);
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) return file_error("cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) return file_error("cannot read", path, EISDIR);
  if (static_cast<std::uint64_t>(status.st_size) > bytes_max) {
    return Error{ErrorId::kFileTooLarge, "the file is too large", path.string(),
                 fmt::format("it has {} bytes; at most {} were expected", status.st_size, bytes_max),
                 "check that it is the right file"};
  }
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t count = ::read(file.value(), content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("cannot read", path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

Result<void> sync_to_disk(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.value() < 0) return file_error("cannot open", path, errno);
  if (::fsync(file.value()) != 0) return file_error("cannot write to disk", path, errno);
  return ok();
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.value() < 0) return file_error("cannot create", temporary, errno);
    APPORTION_TRY(write_all(file.value(), content, temporary));
    if (::fsync(file.value()) != 0) return file_error("cannot write to disk", temporary, errno);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("cannot replace", path, errno);
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return sync_to_disk(folder);
}

Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return file_error("cannot create the folder", path, failure.value());
  return ok();
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_error("cannot open the lock", path, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int failure = errno;
    ::close(descriptor);
    if (failure != EWOULDBLOCK) return file_error("cannot take the lock", path, failure);
    return Error{ErrorId::kHomeLocked, "another apportion process is changing this home", path.string(),
                 "it holds the lock", "wait until it has finished, then try again"};
  }
  return FileLock(descriptor);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace apportion
