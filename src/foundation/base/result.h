/// Result<T>: a value, or the reason why there is none.
///
/// Apportion knows three kinds of errors. A *bug* stops the program (`check.h`). An *expected failure* (no such file,
/// disk full, a manifest that is not JSON) is an `Error` carried by a `Result`. A *bad input row* is data: a reject.
///
/// The names follow `std::expected`, so that it can replace this type once the compiler has it.
#pragma once

#include <cassert>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "foundation/base/error_ids.h"

namespace apportion {

/// An expected failure. Each part is a plain sentence fragment for the person at the terminal.
struct [[nodiscard]] Error {
  ErrorId id;
  std::string what;       ///< What happened: "the manifest is not JSON".
  std::string where;      ///< File, line, column, id. May be empty when `what` says it all.
  std::string why;        ///< The cause as far as known: what was found and what was expected.
  std::string next;       ///< What to do now. Empty only when there is nothing sensible to do.
  bool in_input = false;  ///< The request stands in a file: what it asks for wrongly is bad input then.

  ErrorKind kind() const {
    const ErrorKind own = error_definition(id).kind;
    return in_input && is_request_fault(own) ? ErrorKind::kBadInput : own;
  }

  /// All parts in one text: `what: where: why; next`.
  std::string message() const;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    assert(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    assert(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return error_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const& {
    assert(!has_value());
    return std::get<1>(error_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::get<1>(std::move(error_));
  }

 private:
  std::variant<std::monostate, Error> error_;
};

/// Success without a value.
inline Result<void> ok() { return {}; }

}  // namespace apportion

#define APPORTION_CONCAT_INNER(a, b) a##b
#define APPORTION_CONCAT(a, b) APPORTION_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a `Result`) from the enclosing function, if it failed.
#define APPORTION_TRY(expression)                                  \
  do {                                                             \
    if (auto apportion_result = (expression); !apportion_result) { \
      return std::move(apportion_result).error();                  \
    }                                                              \
  } while (false)

/// Declares `name` from the value of `expression` (a `Result`), or returns its error.
#define APPORTION_ASSIGN(name, expression)                                   \
  auto APPORTION_CONCAT(apportion_result_, __LINE__) = (expression);         \
  if (!APPORTION_CONCAT(apportion_result_, __LINE__)) {                      \
    return std::move(APPORTION_CONCAT(apportion_result_, __LINE__)).error(); \
  }                                                                          \
  name = std::move(APPORTION_CONCAT(apportion_result_, __LINE__)).value()
