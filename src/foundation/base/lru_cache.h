/// LruCache: values under text keys, each with the bytes that it takes; what was not used for longest goes first.
///
/// Not thread-safe: the owner's mutex guards it. The owner says how much is kept: it calls `shrink_to` before `put`.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "foundation/base/check.h"

namespace apportion {

template <class Value>
class LruCache {
 public:
  /// The value under a key, which now counts as used last; null: there is none. Valid until the next change.
  const Value* find(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  bool contains(std::string_view key) const { return by_key_.contains(key); }

  /// Keeps a value under a key that is not there yet. `value_bytes`: of the value; key and bookkeeping are added.
  void put(std::string key, Value value, std::int64_t value_bytes) {
    APPORTION_CHECK(!contains(key), "a key is put once");
    const std::int64_t bytes = bytes_with(key, value_bytes);
    entries_.push_front({std::move(key), std::move(value), bytes});
    by_key_.emplace(entries_.front().key, entries_.begin());
    bytes_ += bytes;
  }

  /// What an entry takes.
  static std::int64_t bytes_with(std::string_view key, std::int64_t value_bytes) {
    constexpr std::int64_t kBytesBeside = 96;  // of the two containers, about
    return value_bytes + static_cast<std::int64_t>(key.size()) + kBytesBeside;
  }

  /// Drops entries until at most `bytes_max` are kept.
  void shrink_to(std::int64_t bytes_max) {
    while (bytes_ > bytes_max && !entries_.empty()) {
      bytes_ -= entries_.back().bytes;
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

  void clear() {
    by_key_.clear();
    entries_.clear();
    bytes_ = 0;
  }

  std::int64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    Value value;
    std::int64_t bytes = 0;
  };
  std::list<Entry> entries_;  // the one used last first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;
  std::int64_t bytes_ = 0;
};

}  // namespace apportion
