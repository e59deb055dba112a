#include "services/gateway/limits/address_range.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

TEST(AddressRangeTest, HoldsWhatBeginsWithItsBits) {
  struct Row {
    const char* range;
    std::vector<const char*> inside;
    std::vector<const char*> outside;
  };
  const std::vector<Row> table = {
      {"10.0.0.7", {"10.0.0.7", "::ffff:10.0.0.7"}, {"10.0.0.6", "10.0.0.8", "::10.0.0.7"}},
      {"10.0.0.7/32", {"10.0.0.7"}, {"10.0.0.6"}},
      {"10.0.0.0/8", {"10.0.0.0", "10.255.255.255"}, {"9.255.255.255", "11.0.0.0", "::"}},
      {"172.16.0.0/12", {"172.16.0.0", "172.31.255.255"}, {"172.15.255.255", "172.32.0.0"}},
      {"192.168.4.0/22", {"192.168.4.0", "192.168.7.255"}, {"192.168.3.255", "192.168.8.0"}},
      {"192.0.2.128/25", {"192.0.2.128", "192.0.2.255"}, {"192.0.2.127"}},
      {"192.0.2.6/31", {"192.0.2.6", "192.0.2.7"}, {"192.0.2.5", "192.0.2.8"}},
      {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255"}, {"::", "2001:db8::1"}},
      {"2001:db8::7", {"2001:db8::7", "2001:DB8:0:0:0:0:0:7"}, {"2001:db8::8"}},
      {"2001:db8::/32", {"2001:db8::", "2001:db8:ffff::1"}, {"2001:db7:ffff::", "2001:db9::"}},
      {"fd00::/8", {"fd00::1", "fdff:ffff::"}, {"fc00::1", "fe00::"}},
      {"fe80::/10", {"fe80::1", "febf::1"}, {"fec0::1", "fe7f::1"}},
      {"2001:db8::4/127", {"2001:db8::4", "2001:db8::5"}, {"2001:db8::3", "2001:db8::6"}},
      {"::/0", {"::", "2001:db8::1", "10.0.0.1"}, {}},
      {"::ffff:10.0.0.0/104", {"10.1.2.3"}, {"11.0.0.0"}},
  };
  for (const Row& row : table) {
    const auto range = AddressRange::Parse(row.range);
    ASSERT_TRUE(range.has_value()) << row.range;
    for (const char* const address : row.inside) {
      EXPECT_TRUE(range->Contains(ParseAddress(address).value())) << row.range << " " << address;
    }
    for (const char* const address : row.outside) {
      EXPECT_FALSE(range->Contains(ParseAddress(address).value())) << row.range << " " << address;
    }
  }
}

TEST(AddressRangeTest, NothingElseIsOne) {
  const std::vector<std::string> table = {
      "", " ", "/", "/8", "10.0.0.0/", "10.0.0.0/ 8", "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/+8",
      "10.0.0.0/-0", "10.0.0.0/-8", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/4294967304",
      "10.0.0.0/8/8", "10.0.0.0/8x", "10.0.0.0/255.0.0.0", "10/8", "10.0.0/24", "010.0.0.0/8",
      "0xa.0.0.0/8", "256.0.0.1", "10.0.0.1:80", "2001:db8::/129", "2001:db8::/-1", "[::1]",
      "fe80::1%eth0", ":::", "gateway", "*", std::string("10.0.0.1\0", 9),
      // Bits behind the length.
      "10.0.0.7/8", "10.0.0.1/31", "192.168.5.0/22", "2001:db8::1/64", "0.0.0.1/0", "::1/0"};
  for (const std::string& text : table) {
    EXPECT_FALSE(AddressRange::Parse(text).has_value()) << text;
  }
}

TEST(AddressRangeTest, OneAddressWrittenInTwoWaysIsOne) {
  EXPECT_EQ(ParseAddress("::ffff:192.0.2.7"), ParseAddress("192.0.2.7"));
  EXPECT_EQ(AddressRange::Parse("10.0.0.7"), AddressRange::Parse("10.0.0.7/32"));
  EXPECT_TRUE(IsV4(ParseAddress("192.0.2.7").value()));
  EXPECT_FALSE(IsV4(ParseAddress("2001:db8::7").value()));
  EXPECT_FALSE(IsV4(ParseAddress("::192.0.2.7").value()));
}

}  // namespace
}  // namespace phoihop::gateway
