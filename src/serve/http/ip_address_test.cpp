#include "serve/http/ip_address.h"

#include <gtest/gtest.h>

namespace apportion {
namespace {

IpAddress address(const char* text) { return *IpAddress::parse(text); }

TEST(IpAddress, KnowsWhoseItIs) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(address(text).is_loopback()) << text;
    EXPECT_FALSE(address(text).is_private()) << text;
  }
  for (const char* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "::ffff:10.1.1.1",
                           "fd00::1", "fc00::", "fe80::1"}) {
    EXPECT_TRUE(address(text).is_private()) << text;
    EXPECT_FALSE(address(text).is_loopback()) << text;
  }
  for (const char* text :
       {"9.255.255.255", "172.15.0.1", "172.32.0.1", "192.169.0.1", "8.8.8.8", "2001:db8::1", "fec0::1", "::2"}) {
    EXPECT_FALSE(address(text).is_private() || address(text).is_loopback()) << text;
  }
}

TEST(IpAddress, IsReadStrictly) {
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", " 1.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "localhost"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, NetworksOfIpv6AreItsFirstHalf) {
  EXPECT_EQ(address("::ffff:1.2.3.4").text(), "1.2.3.4");
  EXPECT_EQ(address("1.2.3.4").network(), "1.2.3.4");
  EXPECT_EQ(address("2001:db8:1:2:3:4:5:6").network(), "2001:db8:1:2::/64");
}

}  // namespace
}  // namespace apportion
