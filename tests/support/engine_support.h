// Shared by the tests of Thrift Binary: EngineMatrix for that format, and fields made by hand.
// Entry: BothEngines.
#pragma once

#include "tests/support/engine_matrix.h"
#include "tests/support/reference_binary.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace wirejit::test {

// The bytes of a field: type code, id, value.
inline std::string raw_field(int code, int id, std::string_view value) {
  std::string s;
  s += static_cast<char>(code);
  s += static_cast<char>(id >> 8);
  s += static_cast<char>(id);
  return s += value;
}
inline std::string be32(std::int64_t v) {
  std::string s;
  for (int shift = 24; shift >= 0; shift -= 8) {
    s += static_cast<char>(v >> shift);
  }
  return s;
}
inline std::string raw_text(std::string_view s) {
  return be32(static_cast<std::int64_t>(s.size())) + std::string(s);
}

struct Decoded {
  std::string error;  // empty on success
  Errc code = Errc::ok;
  std::size_t offset = no_offset;
  std::string path;
  std::string bytes;  // the record, encoded by the reference
  std::optional<Record> record;
};

class BothEngines : public EngineMatrix {
 public:
  BothEngines(const Schema& schema, std::string_view root, const Options& options = {},
              const Limits& limits = {})
      : EngineMatrix(
            schema, root, {thrift::binary},
            {.options = options, .limits = limits, .through_record = ThroughRecord::error}),
        type(record_type()) {}

  // Also checks that the offset of `truncated` is the end of the input.
  Decoded decode(Bytes bytes) {
    const DecodedRecord decoded = EngineMatrix::decode(thrift::binary, bytes);
    const Outcome& o = decoded.outcome;
    Decoded d{o.error(), o.code, o.offset, o.path, {}, decoded.record};
    if (d.record) {
      Errc ignored{};
      d.bytes = reference_encode(*d.record, &ignored);
    }
    if (d.code == Errc::truncated) {
      EXPECT_EQ(d.offset, bytes.size()) << hex(bytes);
    }
    return d;
  }
  Decoded decode(std::string_view text) { return decode(as_bytes(text)); }

  // Empty optional and `error` on failure.
  std::optional<std::string> encode(const RecordView& record, std::string* error = nullptr) {
    return written_or_error(EngineMatrix::encode(thrift::binary, record), error);
  }
  std::optional<std::string> transcode(Bytes bytes, std::string* error = nullptr) {
    return written_or_error(EngineMatrix::transcode(thrift::binary, thrift::binary, bytes), error);
  }
  std::optional<std::string> transcode(std::string_view text, std::string* error = nullptr) {
    return transcode(as_bytes(text), error);
  }

  RecordType type;

 private:
  static std::optional<std::string> written_or_error(const Outcome& o, std::string* error) {
    if (error != nullptr) {
      *error = o.error();
    }
    return o.written();
  }
};

}  // namespace wirejit::test
