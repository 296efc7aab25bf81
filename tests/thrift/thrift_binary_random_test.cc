// Thrift Binary over random schemas and values: both engines against each other and against the
// naive reference.
#include "tests/support/engine_support.h"
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"
#include "tests/support/scrambled_binary.h"

#include <gtest/gtest.h>

namespace wirejit::test {
namespace {

// A record's bytes with every default written: equal for messages that differ in the order of
// fields.
std::string normal_form(const RecordType& type, Bytes bytes, Errc* error) {
  Arena arena;
  Record r = *Record::make(arena, type);
  *error = reference_decode(bytes, r).error;
  if (*error != Errc::ok) {
    return {};
  }
  const std::string once = reference_encode(r, error);
  if (*error != Errc::ok) {
    return {};
  }
  Record again = *Record::make(arena, type);
  *error = reference_decode(as_bytes(once), again).error;
  return reference_encode(again, error);
}

class Sample {
 public:
  explicit Sample(std::uint64_t seed, const SchemaShape& shape = {}, const ValueShape& values = {})
      : r(seed), both(random_schema(seed, shape), "S0"), root(*RootValue::make(both.type)) {
    fill_random(root.record(), r, values);
    Errc error{};
    bytes = reference_encode(root.record(), &error);
    EXPECT_EQ(error, Errc::ok);
  }

  // Decoding `input` on both engines agrees with the reference.
  void expect_as_reference(Bytes input) {
    arena.reset();
    Record expected = *Record::make(arena, both.type);
    const ReferenceOutcome reference = reference_decode(input, expected);
    const Decoded got = both.decode(input);
    ASSERT_EQ(reference.error == Errc::ok, got.code == Errc::ok)
        << to_string(reference.error) << " at " << reference.at << " in the reference, here "
        << got.error << "\n"
        << hex(input);
    if (reference.error == Errc::ok) {
      Errc error{};
      ASSERT_EQ(reference_encode(expected, &error), got.bytes) << hex(input);
      ASSERT_TRUE(*got.record == expected) << hex(input);
    }
  }

  Random r;
  BothEngines both;
  RootValue root;
  std::string bytes;
  Arena arena;
};

TEST(ThriftBinaryRandom, EncodingGivesTheReferencesBytesAndDecodingGivesTheRecordBack) {
  for (std::uint64_t seed = 0; seed < rounds(120); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed);
    EXPECT_EQ(hex(as_bytes(s.both.encode(s.root.record()).value_or("failed")), 4000),
              hex(as_bytes(s.bytes), 4000));
    const Decoded got = s.both.decode(s.bytes);
    ASSERT_EQ(got.error, "");
    s.expect_as_reference(as_bytes(s.bytes));
    EXPECT_EQ(s.both.transcode(s.bytes), s.bytes);
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ThriftBinaryRandom, StructsOfAHundredFieldsWorkInAnyOrder) {
  for (std::uint64_t seed = 0; seed < rounds(12); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 5000, {.structs = 2, .fields = 200, .nesting = 1},
             {.depth = 1, .elements = 2, .text = 20});
    EXPECT_EQ(s.both.encode(s.root.record()), s.bytes);
    EXPECT_EQ(s.both.transcode(s.bytes), s.bytes);
    for (int k = 0; k < 6; ++k) {
      s.expect_as_reference(as_bytes(scrambled_encode(s.root.record(), s.r)));
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ThriftBinaryRandom, ScrambledFieldsMeanWhatTheReferenceSays) {
  for (std::uint64_t seed = 0; seed < rounds(80); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 1000);
    for (int k = 0; k < 12; ++k) {
      s.expect_as_reference(as_bytes(scrambled_encode(s.root.record(), s.r)));
      if (HasFailure()) {
        return;
      }
    }
  }
}

TEST(ThriftBinaryRandom, OfFieldsThatComeTwiceTheLastCounts) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 2000, {.required = false});
    RootValue other = *RootValue::make(s.both.type);
    for (int k = 0; k < 6; ++k) {
      ASSERT_TRUE(other.reset());
      fill_random(other.record(), s.r);
      std::string twice = scrambled_encode(other.record(), s.r);
      twice.pop_back();
      twice += scrambled_encode(s.root.record(), s.r);
      s.expect_as_reference(as_bytes(twice));
      Errc error{};
      const std::string wanted = normal_form(s.both.type, as_bytes(twice), &error);
      std::string failure;
      const auto transcoded = s.both.transcode(twice, &failure);
      ASSERT_EQ(transcoded.has_value(), error == Errc::ok) << failure << " / " << to_string(error);
      if (transcoded) {
        Errc ignored{};
        ASSERT_EQ(normal_form(s.both.type, as_bytes(*transcoded), &ignored), wanted)
            << hex(as_bytes(twice));
      }
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ThriftBinaryRandom, TranscodingScrambledFieldsKeepsTheirMeaning) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 3000);
    for (int k = 0; k < 8; ++k) {
      const std::string input = scrambled_encode(s.root.record(), s.r);
      Errc error{};
      const std::string wanted = normal_form(s.both.type, as_bytes(input), &error);
      std::string failure;
      const auto transcoded = s.both.transcode(input, &failure);
      ASSERT_EQ(transcoded.has_value(), error == Errc::ok)
          << failure << " / " << to_string(error) << "\n"
          << hex(as_bytes(input));
      if (transcoded) {
        Errc ignored{};
        ASSERT_EQ(normal_form(s.both.type, as_bytes(*transcoded), &ignored), wanted)
            << hex(as_bytes(input));
      }
    }
  }
}

TEST(ThriftBinaryRandom, NoPrefixOfAMessageIsAMessage) {
  for (std::uint64_t seed = 0; seed < rounds(40); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 4000);
    const std::size_t step = s.bytes.size() / 300 + 1;
    for (std::size_t n = 0; n < s.bytes.size(); n += step) {
      const Decoded got = s.both.decode(std::string_view(s.bytes).substr(0, n));
      ASSERT_EQ(got.code, Errc::truncated) << n << " of " << s.bytes.size() << ": " << got.error;
      ASSERT_EQ(got.offset, n);
      std::string failure;
      ASSERT_FALSE(s.both.transcode(std::string_view(s.bytes).substr(0, n), &failure));
      ASSERT_TRUE(failure.starts_with("truncated at " + std::to_string(n))) << failure;
    }
    const Decoded longer = s.both.decode(s.bytes + '\0');
    EXPECT_EQ(longer.code, Errc::trailing_data);
    EXPECT_EQ(longer.offset, s.bytes.size());
    if (HasFailure()) {
      return;
    }
  }
}

TEST(ThriftBinaryRandom, FlippedBitsAreReadAlikeByBothEnginesAndTheReference) {
  for (std::uint64_t seed = 0; seed < rounds(60); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 6000);
    for (int k = 0; k < 150; ++k) {
      std::string flipped = s.bytes;
      for (std::size_t n = 1 + s.r.below(2); n > 0; --n) {
        flipped[s.r.below(flipped.size())] ^= static_cast<char>(1 << s.r.below(8));
      }
      s.expect_as_reference(as_bytes(flipped));
      (void)s.both.transcode(flipped);
      if (HasFailure()) {
        return;
      }
    }
  }
}

TEST(ThriftBinaryRandom, RandomBytesNeitherCrashNorMakeTheEnginesDiffer) {
  for (std::uint64_t seed = 0; seed < rounds(30); ++seed) {
    SCOPED_TRACE(seed);
    Sample s(seed + 7000);
    for (int k = 0; k < 200; ++k) {
      std::string noise = s.bytes.substr(0, s.r.below(s.bytes.size() + 1));
      for (std::size_t n = s.r.below(40); n > 0; --n) {
        noise += static_cast<char>(s.r.chance(50) ? s.r.below(17) : s.r.next());
      }
      s.expect_as_reference(as_bytes(noise));
      (void)s.both.transcode(noise);
      if (HasFailure()) {
        return;
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::test
