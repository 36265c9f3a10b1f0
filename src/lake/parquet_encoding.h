/// The encodings of Parquet that the lake's writer uses: thrift compact protocol, RLE/bit-packed hybrid, delta of
/// integers. Source: https://parquet.apache.org/docs/file-format/data-pages/encodings/ and the thrift compact protocol
/// specification.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace apportion::parquet {

/// Appends an unsigned LEB128 number.
void put_varint(std::string& out, std::uint64_t value);

/// Writes structs in thrift's compact protocol. Fields must come in ascending order of their ids.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(&out) {}

  void begin_struct();
  void end_struct();
  void field_i32(int id, std::int32_t value);
  void field_i64(int id, std::int64_t value);
  void field_text(int id, std::string_view value);
  void field_struct(int id);  ///< Followed by the struct's fields and `end_struct`.
  void field_list(int id, int element_type, std::size_t size);
  void element_i32(std::int32_t value);
  void element_text(std::string_view value);
  void element_struct() { begin_struct(); }  ///< Followed by the struct's fields and `end_struct`.

  static constexpr int kTypeI32 = 5;
  static constexpr int kTypeText = 8;
  static constexpr int kTypeStruct = 12;

 private:
  void field_header(int id, int type);

  std::string* out_;
  std::vector<int> last_ids_;
};

/// The number of bits that numbers up to `largest` need.
int bit_width(std::uint32_t largest);

/// Appends `values` in the RLE/bit-packed hybrid encoding, without a length in front.
void put_rle(std::string& out, std::span<const std::uint32_t> values, int width);

/// Appends `values` as DELTA_BINARY_PACKED. Not for an empty span.
void put_delta(std::string& out, std::span<const std::int64_t> values);

}  // namespace apportion::parquet
