/// Addresses of the other side of a connection: whose they are, and which belong together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apportion {

/// An IPv4 or IPv6 address. IPv4 inside IPv6 (`::ffff:10.0.0.1`) is IPv4.
class IpAddress {
 public:
  /// Reads an address without port, brackets or zone, and nothing else.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_loopback() const;
  /// Whether it is on a private network (RFC 1918, RFC 4193) or link-local.
  bool is_private() const;
  std::string text() const;
  /// The address; of IPv6 its first 64 bits, since one customer of a provider has all addresses behind them.
  std::string network() const;

  bool operator==(const IpAddress&) const = default;

 private:
  bool is_v4() const;

  std::array<std::uint8_t, 16> bytes_{};  // IPv4 as ::ffff:a.b.c.d
};

}  // namespace apportion
