// Both engines side by side: a record type's codecs and transcoder, interpreted and as machine
// code, that must agree. Entry: BothEngines. Invariant: every comparison covers result, error code,
// offset and path.
#pragma once

#include "tests/support/guarded_input.h"
#include "tests/support/reference_binary.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace wirejit::test {

inline std::string hex(Bytes bytes, std::size_t most = 400) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  for (std::size_t i = 0; i < bytes.size() && i < most; ++i) {
    s += digits[bytes[i] >> 4];
    s += digits[bytes[i] & 15];
  }
  return s;
}

// What a call gave, as text that tells every difference: the error, or the output.
inline std::string outcome(const Error& e) {
  return std::string(to_string(e.code())) + " at " + std::to_string(e.offset()) + " in '" +
         e.path() + "'";
}

// A field of any type, to be put between others: code, id, value.
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

class BothEngines {
 public:
  static constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                                  EngineOptions::Kind::automatic};

  BothEngines(const Schema& schema, std::string_view root, const Options& options = {}) {
    auto made = RecordType::make(schema, root);
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    type = *made;
    for (std::size_t k = 0; k < 2; ++k) {
      engines[k].emplace(EngineOptions{.kind = kinds[k]});
      auto codec = RecordCodec::make(*engines[k], type, thrift::binary, options);
      EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
      codecs[k].emplace(*std::move(codec));
      auto transcoder =
          engines[k]->transcoder(schema, type.type(), thrift::binary, thrift::binary, options);
      EXPECT_TRUE(transcoder.has_value()) << transcoder.error().to_string();
      transcoders[k].emplace(*std::move(transcoder));
    }
    Options detour = options;
    detour.through_record = true;
    auto transcoder =
        engines[1]->transcoder(schema, type.type(), thrift::binary, thrift::binary, detour);
    EXPECT_TRUE(transcoder.has_value()) << transcoder.error().to_string();
    through_record.emplace(*std::move(transcoder));
  }

  Decoded decode(std::size_t engine, Bytes bytes) {
    arenas[engine].reset();
    Decoded d;
    Result<Record> got = codecs[engine]->decode(bytes, arenas[engine]);
    if (!got) {
      d.error = outcome(got.error());
      d.code = got.error().code();
      d.offset = got.error().offset();
      d.path = got.error().path();
      return d;
    }
    Errc ignored{};
    d.bytes = reference_encode(*got, &ignored);
    d.record = *got;
    return d;
  }

  // Decodes on both engines, flush against either guard page; the results must be one.
  Decoded decode(Bytes bytes) {
    const Decoded first = decode(0, guard.at_begin(bytes));
    Decoded second = decode(1, guard.at_end(bytes));
    EXPECT_EQ(first.error, second.error) << hex(bytes);
    EXPECT_EQ(first.bytes, second.bytes) << hex(bytes);
    if (second.code == Errc::truncated) {
      EXPECT_EQ(second.offset, bytes.size()) << hex(bytes);
    }
    return second;
  }
  Decoded decode(std::string_view text) { return decode(as_bytes(text)); }

  // Encodes on both engines; empty optional and `error` on failure.
  std::optional<std::string> encode(const RecordView& record, std::string* error = nullptr) {
    std::optional<std::string> results[2];
    std::string errors[2];
    for (std::size_t k = 0; k < 2; ++k) {
      buffers[k].clear();
      (void)buffers[k].append(as_bytes("before"));
      if (Result<void> done = codecs[k]->encode(record, buffers[k]); done) {
        results[k] = std::string(buffers[k].text().substr(6));
      } else {
        errors[k] = outcome(done.error());
        EXPECT_EQ(buffers[k].text(), "before");
      }
    }
    EXPECT_EQ(errors[0], errors[1]);
    EXPECT_EQ(results[0], results[1]);
    if (error != nullptr) {
      *error = errors[1];
    }
    return results[1];
  }

  std::optional<std::string> transcode(Bytes bytes, std::string* error = nullptr) {
    std::optional<std::string> results[2];
    std::string errors[2];
    for (std::size_t k = 0; k < 2; ++k) {
      buffers[k].clear();
      const Bytes input = k == 0 ? guard.at_begin(bytes) : guard.at_end(bytes);
      if (Result<void> done = transcoders[k]->transcode(input, buffers[k]); done) {
        results[k] = std::string(buffers[k].text());
      } else {
        errors[k] = outcome(done.error());
        EXPECT_TRUE(buffers[k].empty());
      }
    }
    EXPECT_EQ(errors[0], errors[1]) << hex(bytes);
    EXPECT_EQ(results[0], results[1]) << hex(bytes);
    compare_with_record(bytes, results[1], errors[1]);
    if (error != nullptr) {
      *error = errors[1];
    }
    return results[1];
  }
  // One pass gives what the way through a record gives, but for the order of fields. Where a limit
  // ends the call, the record may need more than the budget, and its writer knows no position.
  void compare_with_record(Bytes bytes, const std::optional<std::string>& one_pass,
                           const std::string& error) {
    Buffer out;
    const Result<void> done = through_record->transcode(bytes, out);
    if (!done && done.error().code() == Errc::memory_limit) {
      return;
    }
    ASSERT_EQ(done.has_value(), one_pass.has_value()) << hex(bytes) << error;
    if (!done && done.error().code() == Errc::size_limit) {
      EXPECT_TRUE(error.starts_with("size_limit")) << error;
    } else if (!done) {
      EXPECT_EQ(outcome(done.error()), error) << hex(bytes);
    } else if (out.text() != *one_pass) {
      Buffer again;
      ASSERT_TRUE(through_record->transcode(as_bytes(*one_pass), again));
      EXPECT_EQ(hex(out.bytes()), hex(again.bytes())) << hex(bytes);
    }
  }
  std::optional<std::string> transcode(std::string_view text, std::string* error = nullptr) {
    return transcode(as_bytes(text), error);
  }

  RecordType type;
  std::optional<Engine> engines[2];
  std::optional<RecordCodec> codecs[2];
  std::optional<Transcoder> transcoders[2];
  std::optional<Transcoder> through_record;
  Arena arenas[2];
  Buffer buffers[2];
  GuardedInput guard;
};

}  // namespace wirejit::test
