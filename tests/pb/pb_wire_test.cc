// Protobuf's wire against the official library, in the same process: canonical bytes, bytes that
// use the freedom of the wire, and malformed ones, on both engines.
#include "tests/support/engine_support.h"
#include "tests/support/guarded_input.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>
#include <wirejit/record_codec.h>

#include <gtest/gtest.h>
#include <peer_protobuf/wire_proto2.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <optional>
#include <string>

namespace wirejit::test {
namespace {

constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic};

// A record type's codecs, and the official library's idea of the same type.
class Pair {
 public:
  Pair(const Proto& proto, const std::string& name, Options options = {})
      : proto_(proto), name_(name) {
    options.keep_unknown = true;
    auto made = RecordType::make(proto.schema(), name, {.keep_unknown = true});
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    type_ = *made;
    for (std::size_t k = 0; k < 2; ++k) {
      const Engine engine({.kind = kinds[k]});
      auto codec = RecordCodec::make(engine, type_, pb::with({.deterministic = true}), options);
      EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
      codecs_[k].emplace(*std::move(codec));
      auto transcoder = engine.transcoder(proto.schema(), type_.type(), pb::wire,
                                          pb::with({.deterministic = true}), options);
      EXPECT_TRUE(transcoder.has_value()) << transcoder.error().to_string();
      transcoders_[k].emplace(*std::move(transcoder));
    }
  }

  // Decodes and encodes again, on both engines; empty and `error` on failure.
  std::optional<std::string> ours(std::string_view bytes, std::string* error = nullptr) {
    std::optional<std::string> results[2];
    std::string errors[2];
    for (std::size_t k = 0; k < 2; ++k) {
      Arena arena;
      const Bytes input =
          k == 0 ? guard_.at_begin(as_bytes(bytes)) : guard_.at_end(as_bytes(bytes));
      Result<Record> record = codecs_[k]->decode(input, arena);
      if (!record) {
        errors[k] = outcome(record.error());
        continue;
      }
      Buffer out;
      Result<void> done = codecs_[k]->encode(*record, out);
      if (done) {
        results[k] = std::string(out.text());
      } else {
        errors[k] = "encode: " + outcome(done.error());
      }
    }
    EXPECT_EQ(errors[0], errors[1]) << hex(as_bytes(bytes));
    EXPECT_EQ(results[0], results[1]) << hex(as_bytes(bytes));
    if (error != nullptr) {
      *error = errors[1];
    }
    return results[1];
  }

  // The same in one pass.
  std::optional<std::string> transcoded(std::string_view bytes, std::string* error = nullptr) {
    std::optional<std::string> results[2];
    std::string errors[2];
    for (std::size_t k = 0; k < 2; ++k) {
      Buffer out;
      if (Result<void> done = transcoders_[k]->transcode(as_bytes(bytes), out); done) {
        results[k] = std::string(out.text());
      } else {
        errors[k] = outcome(done.error());
      }
    }
    EXPECT_EQ(errors[0], errors[1]) << hex(as_bytes(bytes));
    EXPECT_EQ(results[0], results[1]) << hex(as_bytes(bytes));
    if (error != nullptr) {
      *error = errors[1];
    }
    return results[1];
  }

  std::optional<std::string> theirs(std::string_view bytes) const {
    const auto m = proto_.message(name_);
    if (!m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return std::nullopt;
    }
    return serialized(*m);
  }

  // `malformed`: two differences are tolerated. The official library reads tags of five bytes
  // whose number is too large, by dropping bits (conformance: BadTag_FieldNumberSlightlyTooHigh);
  // and it writes the tags and numbers of unknown fields again, as short as can be, where we keep
  // the bytes.
  void expect_same(std::string_view bytes, bool malformed = false) {
    std::string error;
    auto mine = ours(bytes, &error);
    const auto official = theirs(bytes);
    if (malformed && official && !mine && error.starts_with("invalid_tag")) {
      return;
    }
    if (malformed && mine) {
      mine = theirs(*mine);
    }
    ASSERT_EQ(mine.has_value(), official.has_value()) << hex(as_bytes(bytes)) << " " << error;
    if (mine) {
      EXPECT_EQ(hex(as_bytes(*mine), 4000), hex(as_bytes(*official), 4000))
          << hex(as_bytes(bytes), 4000);
    }
  }

  const Proto& proto_;
  std::string name_;
  RecordType type_;
  std::optional<RecordCodec> codecs_[2];
  std::optional<Transcoder> transcoders_[2];
  GuardedInput guard_;
};

class PbWire : public testing::TestWithParam<int> {
 protected:
  PbWire()
      : proto(*(GetParam() == 3 ? three::All::descriptor() : two::All::descriptor())->file()) {}
  Proto proto;
};
INSTANTIATE_TEST_SUITE_P(Syntax, PbWire, testing::Values(3, 2), [](const auto& syntax) {
  return syntax.index == 0 ? "proto3" : "proto2";
});

TEST_P(PbWire, CanonicalBytesAreReadAndWrittenAsByTheOfficialLibrary) {
  Pair all(proto, "All");
  for (std::uint64_t seed = 0; seed < rounds(300); ++seed) {
    Random random(seed);
    const auto m = proto.message("All");
    random_message(*m, random);
    const std::string bytes = serialized(*m);
    const auto again = all.ours(bytes);
    ASSERT_TRUE(again.has_value()) << seed;
    ASSERT_EQ(hex(as_bytes(*again), 4000), hex(as_bytes(bytes), 4000)) << seed;
    ASSERT_EQ(all.transcoded(bytes), bytes) << seed;
  }
}

TEST_P(PbWire, WhatTheWireAllowsIsUnderstoodAsByTheOfficialLibrary) {
  Pair all(proto, "All");
  for (std::uint64_t seed = 0; seed < rounds(600); ++seed) {
    Random random(seed);
    const auto m = proto.message("All");
    random_message(*m, random);
    const std::string bytes = scramble(serialized(*m), proto.descriptor("All"), random);
    all.expect_same(bytes);
    if (HasFatalFailure() || HasNonfatalFailure()) {
      FAIL() << seed;
    }
  }
}

TEST_P(PbWire, MalformedBytesAreRefusedAsByTheOfficialLibrary) {
  Pair all(proto, "All");
  for (std::uint64_t seed = 0; seed < rounds(400); ++seed) {
    Random random(seed);
    const auto m = proto.message("All");
    random_message(*m, random, 2);
    std::string bytes = serialized(*m);
    if (random.chance(30)) {
      bytes = scramble(bytes, proto.descriptor("All"), random);
    }
    if (bytes.empty()) {
      continue;
    }
    for (std::size_t n = 1 + random.below(3); n > 0; --n) {
      switch (random.below(4)) {
        case 0: bytes.resize(random.below(bytes.size() + 1)); break;
        case 1: bytes[random.below(bytes.size())] = static_cast<char>(random.next()); break;
        case 2: {
          char& at = bytes[random.below(bytes.size())];
          at = static_cast<char>(at ^ (1 << random.below(8)));
          break;
        }
        default: bytes.insert(random.below(bytes.size()), 1, static_cast<char>(random.next()));
      }
      if (bytes.empty()) {
        bytes = "x";
      }
    }
    all.expect_same(bytes, true);
    if (HasFatalFailure() || HasNonfatalFailure()) {
      FAIL() << seed;
    }
  }
}

// What comes in pieces is read again in another way, which must not tell another error.
TEST(PbWireErrors, OfSeveralErrorsOnePassTellsTheOneThatDecodingTells) {
  const Proto proto(*three::All::descriptor()->file());
  Pair all(proto, "All");
  const auto field = [](std::string_view tag, std::string_view value) {
    return std::string(tag) + static_cast<char>(value.size()) + std::string(value);
  };
  const std::string text = field("\xe2\x02", "good");    // r_text
  const std::string bad = field("\xe2\x02", "bad\xff");  // r_text
  const std::string other = field("\xea\x02", "raw");    // r_raw
  const std::string leaf = field("\x8a\x01", field("\x12", "\xff"));
  for (const std::string& bytes :
       {bad + other + "\x07", text + other + bad + "\x07", bad + text + leaf,
        text + other + leaf + bad,
        field("\xc2\x04", field("\x0a", "text")) +
            field("\xc2\x04", field("\x2a", field("\x12", "\xff"))) + leaf}) {
    std::string decoding;
    EXPECT_FALSE(all.ours(bytes, &decoding));
    std::string transcoding;
    EXPECT_FALSE(all.transcoded(bytes, &transcoding));
    EXPECT_EQ(transcoding, decoding) << hex(as_bytes(bytes));
  }
}

}  // namespace
}  // namespace wirejit::test
