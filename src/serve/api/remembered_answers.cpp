#include "serve/api/remembered_answers.h"

#include <utility>

#include "foundation/base/content_hash.h"

namespace apportion {
namespace {

// The memory that a document needs, about.
std::int64_t bytes_of(const Json& document) {
  auto bytes = static_cast<std::int64_t>(sizeof(document));
  if (const auto* text = document.get_ptr<const std::string*>()) {
    return bytes + static_cast<std::int64_t>(sizeof(*text) + text->capacity());
  }
  constexpr std::int64_t kBytesBesideField = 80;  // its name and its place among the others
  if (document.is_object()) bytes += kBytesBesideField * static_cast<std::int64_t>(document.size());
  for (const auto& part : document) {
    if (document.is_structured()) bytes += bytes_of(part);
  }
  return bytes;
}

}  // namespace

std::string RememberedQuestion::key() const {
  ContentHash hash;
  hash.add(operation).add(std::to_string(static_cast<unsigned>(caller.audience))).add(today).add(text);
  hash.add(caller.customers ? "of customers" : "of all");
  if (caller.customers) {
    for (const CustomerId& customer : *caller.customers) hash.add(customer.raw());
  }
  return hash.hex();
}

Result<RememberedAnswers::Answer> RememberedAnswers::of(const std::string& key, const State& state, const Work& work) {
  APPORTION_ASSIGN(const std::string before, state());
  if (Answer found = find(key, before)) return found;
  APPORTION_ASSIGN(Json document, work());
  auto answer = std::make_shared<const Json>(std::move(document));
  APPORTION_ASSIGN(const std::string after, state());
  if (after == before) keep(key, after, answer);
  return answer;
}

RememberedAnswers::Answer RememberedAnswers::find(const std::string& key, const std::string& state) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (state != state_ || found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void RememberedAnswers::keep(const std::string& key, const std::string& state, const Answer& answer) {
  const auto bytes = bytes_of(*answer) + static_cast<std::int64_t>(sizeof(Entry) + 2 * key.size());
  const std::lock_guard lock(mutex_);
  if (state != state_) {
    by_key_.clear();
    entries_.clear();
    bytes_ = 0;
    state_ = state;
  }
  if (bytes > bytes_max_ / 4 || by_key_.contains(key)) return;
  while (bytes_ + bytes > bytes_max_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, answer, bytes});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
}

std::int64_t RememberedAnswers::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace apportion
