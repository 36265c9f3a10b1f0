/// Strong<Tag, Rep>: ids that cannot be passed for one another.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace apportion {

template <class Tag, class Rep>
class Strong {
 public:
  constexpr Strong() = default;
  explicit constexpr Strong(Rep value) : value_(std::move(value)) {}
  constexpr const Rep& raw() const { return value_; }  ///< The only way back.
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Rep value_{};
};

}  // namespace apportion

template <class Tag, class Rep>
struct std::hash<apportion::Strong<Tag, Rep>> {
  std::size_t operator()(const apportion::Strong<Tag, Rep>& id) const { return std::hash<Rep>()(id.raw()); }
};
