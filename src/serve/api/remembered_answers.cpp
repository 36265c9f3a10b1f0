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
  return works_.of(key + ' ' + before, [&]() -> Result<Answer> {
    // Another thread may have ended its work since.
    if (Answer found = find(key, before)) return found;
    APPORTION_ASSIGN(Json document, work());
    auto answer = std::make_shared<const Json>(std::move(document));
    APPORTION_ASSIGN(const std::string after, state());
    if (after == before) keep(key, after, answer);
    return Answer(std::move(answer));
  });
}

RememberedAnswers::Answer RememberedAnswers::find(const std::string& key, const std::string& state) {
  const std::lock_guard lock(mutex_);
  const Answer* answer = state == state_ ? answers_.find(key) : nullptr;
  return answer == nullptr ? nullptr : *answer;
}

void RememberedAnswers::keep(const std::string& key, const std::string& state, const Answer& answer) {
  const std::int64_t answer_bytes = bytes_of(*answer);
  const std::int64_t bytes = LruCache<Answer>::bytes_with(key, answer_bytes);
  const std::lock_guard lock(mutex_);
  if (state != state_) {
    answers_.clear();
    state_ = state;
  }
  if (bytes > bytes_max_ / 4 || answers_.contains(key)) return;
  answers_.shrink_to(bytes_max_ - bytes);
  answers_.put(key, answer, answer_bytes);
}

std::int64_t RememberedAnswers::bytes() const {
  const std::lock_guard lock(mutex_);
  return answers_.bytes();
}

}  // namespace apportion
