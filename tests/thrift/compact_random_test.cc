// Thrift Compact over random schemas and values: both engines against each other, against a naive
// writer, and through Binary against the naive reference.
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"
#include "tests/support/scrambled_binary.h"
#include "tests/thrift/compact_support.h"

#include <wirejit/json.h>

#include <gtest/gtest.h>

namespace wirejit::test {
namespace {

class Sample {
 public:
  explicit Sample(std::uint64_t seed, const SchemaShape& shape = {}, const ValueShape& values = {})
      : r(seed),
        schema(random_schema(seed, shape)),
        both(schema, "S0"),
        root(*RootValue::make(both.type)) {
    fill_random(root.record(), r, values);
    Errc error{};
    binary = reference_encode(root.record(), &error);
    EXPECT_EQ(error, Errc::ok);
    compact = as_compact(binary);
  }

  // `scrambled` in any form of Compact means what the reference says of Binary.
  void expect_as_reference(const std::string& scrambled) {
    Arena arena;
    Record expected = *Record::make(arena, both.type);
    const ReferenceOutcome reference = reference_decode(as_bytes(scrambled), expected);
    const std::string bytes = as_compact(scrambled, &r);
    const Decoded got = both.decode(bytes);
    ASSERT_EQ(reference.error == Errc::ok, got.code == Errc::ok)
        << to_string(reference.error) << " in the reference, here " << got.error << "\n"
        << hex(as_bytes(bytes));
    std::string failure;
    const auto transcoded = both.transcode(bytes, &failure);
    const auto translated = both.to_binary(bytes);
    ASSERT_EQ(transcoded.has_value(), reference.error == Errc::ok) << failure;
    ASSERT_EQ(translated.has_value(), reference.error == Errc::ok) << failure;
    if (reference.error != Errc::ok) {
      return;
    }
    Errc error{};
    ASSERT_EQ(hex(as_bytes(reference_encode(expected, &error))), hex(as_bytes(got.bytes)))
        << hex(as_bytes(bytes));
    ASSERT_TRUE(*got.record == expected) << hex(as_bytes(bytes));
    // Absent defaults are written, so the meaning is compared, not the bytes.
    const std::string meaning = both.decode(as_compact(got.bytes)).bytes;
    ASSERT_EQ(hex(as_bytes(both.decode(*transcoded).bytes)), hex(as_bytes(meaning)));
    ASSERT_EQ(hex(as_bytes(both.decode(as_compact(*translated)).bytes)), hex(as_bytes(meaning)));
  }

  Random r;
  Schema schema;
  CompactEngines both;
  RootValue root;
  std::string binary;
  std::string compact;
};

TEST(CompactRandom, EncodingGivesTheNaiveBytesAndDecodingGivesTheRecordBack) {
  for (std::uint64_t seed = 0; seed < rounds(120); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed);
    EXPECT_EQ(hex(as_bytes(s.both.encode(s.root.record()).value_or("failed")), 4000),
              hex(as_bytes(s.compact), 4000));
    const Decoded got = s.both.decode(s.compact);
    ASSERT_EQ(got.error, "");
    EXPECT_EQ(hex(as_bytes(got.bytes)), hex(as_bytes(s.binary)));
    EXPECT_TRUE(*got.record == s.root.record());
    if (HasFailure()) {
      return;
    }
  }
}

TEST(CompactRandom, TranscodingAgreesWithBinary) {
  for (std::uint64_t seed = 0; seed < rounds(120); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 1000);
    EXPECT_EQ(s.both.transcode(s.compact), s.compact);
    EXPECT_EQ(s.both.to_binary(s.compact), s.binary);
    EXPECT_EQ(s.both.from_binary(s.binary), s.compact);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(CompactRandom, StructsOfTwoHundredFieldsWorkInAnyOrder) {
  for (std::uint64_t seed = 0; seed < rounds(12); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 5000, {.structs = 2, .fields = 200, .nesting = 1},
             {.depth = 1, .elements = 2, .text = 20});
    EXPECT_EQ(s.both.encode(s.root.record()), s.compact);
    EXPECT_EQ(s.both.transcode(s.compact), s.compact);
    for (int k = 0; k < 6; ++k) {
      s.expect_as_reference(scrambled_encode(s.root.record(), s.r));
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST(CompactRandom, OddFormsMeanWhatTheReferenceSays) {
  for (std::uint64_t seed = 0; seed < rounds(80); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 2000);
    for (int k = 0; k < 12; ++k) {
      s.expect_as_reference(scrambled_encode(s.root.record(), s.r));
      if (HasFailure()) {
        return;
      }
    }
  }
}

TEST(CompactRandom, OfFieldsThatComeTwiceTheLastCounts) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 3000, {.required = false});
    RootValue other = *RootValue::make(s.both.type);
    for (int k = 0; k < 6; ++k) {
      ASSERT_TRUE(other.reset());
      fill_random(other.record(), s.r);
      std::string twice = scrambled_encode(other.record(), s.r);
      twice.pop_back();
      twice += scrambled_encode(s.root.record(), s.r);
      s.expect_as_reference(twice);
      if (HasFailure()) {
        return;
      }
    }
  }
}

TEST(CompactRandom, EveryCutIsTruncated) {
  for (std::uint64_t seed = 0; seed < rounds(20); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 4000);
    const std::string odd = as_compact(s.binary, &s.r);
    for (const std::string& bytes : {s.compact, odd}) {
      for (std::size_t n = 0; n < bytes.size() && n < 600; ++n) {
        const std::string_view cut = std::string_view(bytes).substr(0, n);
        ASSERT_EQ(s.both.decode(cut).code, Errc::truncated) << n << " " << hex(as_bytes(bytes));
      }
    }
  }
}

// Changed bytes have no expected meaning: the engines must agree, and what is read can be written.
TEST(CompactRandom, ChangedBytesAreReadAlikeByAllEngines) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 6000, {}, {.depth = 3, .elements = 3, .text = 20});
    for (int k = 0; k < 120; ++k) {
      std::string bytes = s.compact;
      for (std::size_t n = s.r.below(3) + 1; n != 0 && !bytes.empty(); --n) {
        const std::size_t at = s.r.below(bytes.size());
        switch (s.r.below(4)) {
          case 0: bytes[at] = static_cast<char>(s.r.next()); break;
          case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << s.r.below(8)); break;
          case 2: bytes.erase(at, s.r.below(4) + 1); break;
          default: bytes.insert(at, 1, static_cast<char>(s.r.next())); break;
        }
      }
      const Decoded d = s.both.decode(bytes);
      std::string failure;
      const auto again = s.both.transcode(bytes, &failure);
      ASSERT_EQ(again.has_value(), d.error.empty()) << d.error << " / " << failure;
      if (again) {
        const Decoded back = s.both.decode(*again);
        ASSERT_EQ(back.error, "") << hex(as_bytes(bytes));
      }
      if (HasFailure()) {
        return;
      }
    }
  }
}

// The readers of JSON and Protobuf do not know counts first: Compact's counts are patched.
TEST(CompactRandom, JsonBecomesTheSameBytes) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 7000, {}, {.depth = 3, .elements = 30, .text = 20});
    for (const EngineOptions::Kind kind : engine_kinds) {
      const Engine engine({.kind = kind});
      auto show = engine.transcoder({s.schema, s.both.type.type()}, thrift::compact, json::text);
      auto read = engine.transcoder({s.schema, s.both.type.type()}, json::text, thrift::compact);
      auto plain = engine.transcoder({s.schema, s.both.type.type()}, json::text, thrift::binary);
      ASSERT_TRUE(show && read && plain);
      Buffer text;
      if (!show->transcode(s.compact, text)) {
        continue;  // JSON has no form for it: invalid text, map keys that are structs
      }
      Buffer compact;
      Buffer binary;
      auto done = read->transcode(text.bytes(), compact);
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      ASSERT_TRUE(plain->transcode(text.bytes(), binary).has_value());
      ASSERT_EQ(hex(compact.bytes(), 4000),
                hex(as_bytes(as_compact(std::string(binary.text()))), 4000));
    }
  }
}

}  // namespace
}  // namespace wirejit::test
