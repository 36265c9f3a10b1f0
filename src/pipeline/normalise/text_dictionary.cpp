#include "pipeline/normalise/text_dictionary.h"

#include <xxhash.h>

namespace apportion {
namespace {

constexpr std::size_t kSlotsAtFirst = 256;
constexpr std::size_t kPageBytes = 64 * 1024;
// What a number needs beside its text, here and where values are kept by number: vectors and tables that double.
constexpr std::size_t kBytesOfNumber = 64;

}  // namespace

TextDictionary::TextDictionary() : slots_(kSlotsAtFirst) {}

void TextDictionary::clear() {
  texts_.clear();
  slots_.assign(kSlotsAtFirst, Slot{});
  pages_.clear();
  page_left_ = 0;
  bytes_ = 0;
  last_ = kNullIndex;
}

std::uint32_t TextDictionary::find_or_add(std::string_view text) {
  return find_or_add(text, [this](std::string_view new_text) { return keep(new_text); });
}

std::uint32_t TextDictionary::number_of_lasting(std::string_view text) {
  if (text.empty()) return kNullIndex;
  return find_or_add(text, [](std::string_view new_text) { return new_text; });
}

template <class Keep>
std::uint32_t TextDictionary::find_or_add(std::string_view text, Keep keep_text) {
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()));
  std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != kNullIndex) {
    if (slots_[at].hash == hash && texts_[slots_[at].number] == text) return slots_[at].number;
    at = (at + 1) & mask;
  }
  if ((texts_.size() + 1) * 2 > slots_.size()) {
    grow();
    mask = slots_.size() - 1;
    at = hash & mask;
    while (slots_[at].number != kNullIndex) at = (at + 1) & mask;
  }
  const auto number = static_cast<std::uint32_t>(texts_.size());
  slots_[at] = {hash, number};
  texts_.push_back(keep_text(text));
  bytes_ += kBytesOfNumber;
  return number;
}

std::string_view TextDictionary::keep(std::string_view text) {
  bytes_ += text.size();
  if (text.size() > page_left_) {
    page_left_ = std::max(kPageBytes, text.size());
    pages_.push_back(std::make_unique<char[]>(page_left_));
    page_at_ = pages_.back().get();
  }
  std::memcpy(page_at_, text.data(), text.size());
  const std::string_view kept(page_at_, text.size());
  page_at_ += text.size();
  page_left_ -= text.size();
  return kept;
}

void TextDictionary::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == kNullIndex) continue;
    std::size_t at = slot.hash & mask;
    while (larger[at].number != kNullIndex) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void PairMemo::clear() {
  slots_.assign(16, Slot{});
  taken_ = 0;
  has_last_ = false;
}

void PairMemo::add(std::size_t at, std::uint64_t key, std::uint32_t result) {
  slots_[at] = {key, result, true};
  if (++taken_ * 2 <= slots_.size()) return;
  std::vector<Slot> before(slots_.size() * 2);
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.is_taken) slots_[place_of(slot.key)] = slot;
  }
}

}  // namespace apportion
