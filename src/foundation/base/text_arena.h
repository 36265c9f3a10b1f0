/// TextArena: room for texts that are made while something is read, and forgotten together.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace apportion {

/// Cleared and refilled without new memory.
class TextArena {
 public:
  /// Room for `bytes` characters, valid until `clear`.
  char* allocate(std::size_t bytes) {
    if (bytes > left_) add_page(bytes);
    char* room = at_;
    at_ += bytes;
    left_ -= bytes;
    return room;
  }
  void clear() {
    page_ = 0;
    left_ = 0;
  }

 private:
  struct Page {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  void add_page(std::size_t bytes);

  std::vector<Page> pages_;
  std::size_t page_ = 0;  // of the page after the current one
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace apportion
