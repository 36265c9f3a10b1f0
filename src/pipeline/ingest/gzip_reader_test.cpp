#include "pipeline/ingest/gzip_reader.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "foundation/base/test_seeds.h"
#include "pipeline/ingest/testing.h"

namespace apportion {
namespace {

using ingest_testing::FailingReader;
using ingest_testing::pack_gzip;
using ingest_testing::SlowReader;

// All bytes, asked for in pieces of `piece_bytes`.
Result<std::string> unpack(const std::string& packed, std::size_t packed_piece_bytes = 1 << 20,
                           std::size_t piece_bytes = 1 << 16) {
  const auto reader = make_gzip_reader("f.csv.gz", std::make_unique<SlowReader>(packed, packed_piece_bytes));
  std::string bytes;
  std::vector<char> buffer(piece_bytes);
  while (true) {
    APPORTION_ASSIGN(const std::size_t count, reader->read(buffer));
    if (count == 0) return bytes;
    bytes.append(buffer.data(), count);
  }
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i * 7919 % 1000) + ",some words\n";
  return text;
}

TEST(GzipReader, UnpacksInPiecesOfAnySize) {
  const std::string text = some_text();
  const std::string packed = pack_gzip(text);
  for (const std::size_t packed_piece : {1U, 2U, 7U, 4096U}) {
    for (const std::size_t piece : {1U, 3U, 258U, 65536U}) {
      const auto bytes = unpack(packed, packed_piece, piece);
      ASSERT_TRUE(bytes) << bytes.error().message();
      ASSERT_EQ(*bytes, text);
    }
  }
}

TEST(GzipReader, JoinsMembers) {
  const std::string packed = pack_gzip("a,b\n") + pack_gzip("") + pack_gzip("1,2\n");
  for (const std::size_t packed_piece : {1U, 4096U}) {
    const auto bytes = unpack(packed, packed_piece);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes, "a,b\n1,2\n");
  }
}

TEST(GzipReader, UnpacksManyMembersInPiecesOfAnySize) {
  for (const std::uint64_t seed : test_seeds(20)) {
    std::mt19937_64 random(seed);
    std::string text;
    std::string packed;
    for (std::uint64_t members = 1 + random() % 6; members > 0; --members) {
      std::string member;
      const std::size_t size = random() % 3 == 0 ? random() % 40 : random() % 90'000;
      while (member.size() < size) member += std::to_string(random() % 1000) + (random() % 9 == 0 ? "\n" : ",abc,");
      packed += pack_gzip(member);
      text += member;
    }
    const auto bytes = unpack(packed, 1 + random() % 5000, 1 + random() % 40'000);
    ASSERT_TRUE(bytes) << seed << ": " << bytes.error().message();
    ASSERT_EQ(*bytes, text) << seed;
    packed[random() % packed.size()] ^= static_cast<char>(1 << random() % 8);
    const auto damaged = unpack(packed, 1 + random() % 5000, 1 + random() % 40'000);
    if (damaged) {
      ASSERT_EQ(*damaged, text) << seed;  // a bit that says nothing: the time or the system of packing
    }
  }
}

TEST(GzipReader, AFileWithoutAByteIsEmpty) {
  const auto bytes = unpack("");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, "");
}

TEST(GzipReader, RefusesAFileCutAnywhere) {
  const std::string one = pack_gzip("a,b\n1,2\n");
  const std::string two = one + pack_gzip("3,4\n");
  for (std::size_t size = 1; size < two.size(); ++size) {
    const auto bytes = unpack(two.substr(0, size));
    if (size == one.size()) {
      EXPECT_TRUE(bytes);  // whole members are a whole file; the manifest's byte count tells
      continue;
    }
    ASSERT_FALSE(bytes) << size;
    EXPECT_EQ(bytes.error().id, ErrorId::kGzipBroken);
    EXPECT_EQ(bytes.error().where, "f.csv.gz");
    EXPECT_NE(bytes.error().why.find("in the middle"), std::string::npos) << bytes.error().why;
  }
}

TEST(GzipReader, RefusesDamagedBytes) {
  const std::string packed = pack_gzip(some_text());
  std::string wrong_checksum = packed;
  wrong_checksum[packed.size() - 8] ^= 1;
  std::string wrong_length = packed;
  wrong_length[packed.size() - 4] ^= 1;
  const std::pair<std::string, std::string> cases[] = {
      {"checksum", wrong_checksum},
      {"length", wrong_length},
      {"garbage behind", packed + "garbage"},
      {"no gzip at all", "date,cost\n10/01/2026,1\n"},
  };
  for (const auto& [name, bytes] : cases) {
    const auto unpacked = unpack(bytes);
    ASSERT_FALSE(unpacked) << name;
    EXPECT_EQ(unpacked.error().id, ErrorId::kGzipBroken) << name;
    EXPECT_FALSE(unpacked.error().why.empty()) << name;
  }
}

TEST(GzipReader, PassesOnThatTheStreamFailed) {
  const auto reader = make_gzip_reader("f.csv.gz", std::make_unique<FailingReader>(pack_gzip("a,b\n").substr(0, 12)));
  std::vector<char> buffer(100);
  Result<std::size_t> count = reader->read(buffer);
  while (count && *count > 0) count = reader->read(buffer);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().id, ErrorId::kFileForbidden);
}

}  // namespace
}  // namespace apportion
