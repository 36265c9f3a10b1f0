/// Numbers for texts: each distinct text is stored once, and cells become small numbers.
///
/// Cost files repeat the same few thousand words millions of times. Everything that depends only on a text (its day,
/// its tags as JSON, its place in the lake's dictionary) is then computed once per distinct text instead of once per
/// row.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lake/parquet_writer.h"

namespace apportion {

class TextDictionary {
 public:
  TextDictionary();

  /// The number of a text, assigned now if it has none; kNullIndex for the empty text. The text is copied.
  std::uint32_t number_of(std::string_view text) { return last_ = number_of(text, last_); }

  /// The same, with a guess at the number: a good guess saves the look-up.
  std::uint32_t number_of(std::string_view text, std::uint32_t guess) {
    if (text.empty()) return kNullIndex;
    if (guess < texts_.size() && texts_[guess] == text) return guess;
    return find_or_add(text);
  }

  /// The number of a text that stays where it is until the dictionary is cleared: it is not copied.
  std::uint32_t number_of_lasting(std::string_view text);

  std::string_view text(std::uint32_t number) const {
    return number == kNullIndex ? std::string_view() : texts_[number];
  }
  std::span<const std::string_view> texts() const { return texts_; }
  std::size_t size() const { return texts_.size(); }
  /// The memory that the texts and their numbers need, at most.
  std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kNullIndex;
  };

  std::uint32_t find_or_add(std::string_view text);
  template <class Keep>
  std::uint32_t find_or_add(std::string_view text, Keep keep_text);
  std::string_view keep(std::string_view text);
  void grow();

  std::vector<std::string_view> texts_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<char[]>> pages_;
  char* page_at_ = nullptr;
  std::size_t page_left_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t last_ = kNullIndex;
};

/// Remembers what two numbers together make.
class PairMemo {
 public:
  /// The result for a pair; `make()` is called the first time, and must not ask for a pair itself.
  template <class Make>
  std::uint32_t get(std::uint32_t first, std::uint32_t second, Make make) {
    const std::uint64_t key = (static_cast<std::uint64_t>(first) << 32) | second;
    if (key == last_key_ && has_last_) return last_;
    const std::size_t at = place_of(key);
    if (slots_[at].is_taken) {
      last_ = slots_[at].result;
    } else {
      last_ = make();
      add(at, key, last_);
    }
    last_key_ = key;
    has_last_ = true;
    return last_;
  }
  void clear();

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t result = 0;
    bool is_taken = false;
  };

  // Where a key is, or would be.
  std::size_t place_of(std::uint64_t key) const {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t spread = key * kSpread;
    std::size_t at = (spread ^ (spread >> 32)) & mask;
    while (slots_[at].is_taken && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void add(std::size_t at, std::uint64_t key, std::uint32_t result);

  std::vector<Slot> slots_ = std::vector<Slot>(16);  // a power of two, at most half of them taken
  std::size_t taken_ = 0;
  std::uint64_t last_key_ = 0;
  std::uint32_t last_ = 0;
  bool has_last_ = false;
};

}  // namespace apportion
