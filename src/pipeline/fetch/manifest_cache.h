/// ManifestCache: texts of manifests that were already read, so that looking for new runs every hour does not download
/// every manifest again. Keyed by place and version: a manifest that was rewritten is read again. In memory, up to a
/// limit; the least recently used goes first. Thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace apportion {

class ManifestCache {
 public:
  explicit ManifestCache(std::size_t bytes_max = std::size_t{256} << 20) : bytes_max_(bytes_max) {}

  std::optional<std::string> find(const std::string& place, const std::string& version);
  void keep(const std::string& place, const std::string& version, std::string text);

 private:
  struct Entry {
    std::string place;
    std::string version;
    std::string text;
  };
  using Entries = std::list<Entry>;  // the last used first

  void drop(Entries::iterator entry);

  const std::size_t bytes_max_;
  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_place_;
  std::size_t bytes_ = 0;
};

}  // namespace apportion
