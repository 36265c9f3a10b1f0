#include "foundation/base/text_arena.h"

#include <algorithm>

namespace apportion {

void TextArena::add_page(std::size_t bytes) {
  constexpr std::size_t kPageBytes = 256 * 1024;
  while (page_ < pages_.size() && pages_[page_].size < bytes) ++page_;
  if (page_ == pages_.size()) {
    const std::size_t size = std::max(bytes, kPageBytes);
    pages_.push_back({std::make_unique<char[]>(size), size});
  }
  at_ = pages_[page_].bytes.get();
  left_ = pages_[page_].size;
  ++page_;
}

}  // namespace apportion
