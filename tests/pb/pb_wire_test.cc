// Protobuf's wire against the official library, in the same process: canonical, non-canonical and
// malformed bytes, on both engines.
#include "tests/support/engine_matrix.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>
#include <wirejit/stream.h>

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <gtest/gtest.h>
#include <peer_protobuf/wire_proto2.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace wirejit::test {
namespace {

// A record type's codecs, and the official library's message of the same type.
class Pair {
 public:
  Pair(const Proto& proto, const std::string& name)
      : proto_(proto),
        name_(name),
        matrix_(proto.schema(), name, {pb::wire, in_order_},
                {.options = {.unknown_fields = Unknown::keep}}) {}

  // Decodes and encodes again. On failure returns nullopt and sets `error`.
  std::optional<std::string> ours(std::string_view bytes, std::string* error = nullptr) {
    return result(matrix_.by_codecs(in_order_, in_order_, as_bytes(bytes)), error);
  }
  // The same in one pass.
  std::optional<std::string> transcoded(std::string_view bytes, std::string* error = nullptr) {
    return result(matrix_.transcode(pb::wire, in_order_, bytes), error);
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
  // and it writes the tags and numbers of unknown fields in minimal length, while we keep their
  // bytes.
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

 private:
  static std::optional<std::string> result(const Outcome& o, std::string* error) {
    if (error != nullptr) {
      *error = o.error();
    }
    return o.written();
  }

  const Proto& proto_;
  std::string name_;
  Format in_order_ = pb::wire({.deterministic = true});
  EngineMatrix matrix_;
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

TEST_P(PbWire, NonCanonicalBytesAreReadAsByTheOfficialLibrary) {
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

TEST_P(PbWire, MalformedBytesAreRejectedAsByTheOfficialLibrary) {
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

// A message in fragments is read again in normal form, which must not report another error.
TEST(PbWireErrors, OfSeveralErrorsOnePassReportsTheSameAsDecoding) {
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

// Framing::delimited is what the official library's functions for streams read and write.
TEST(PbWireStreams, DelimitedMessagesGoToTheOfficialLibraryAndBack) {
  std::ostringstream theirs;
  std::string ours;
  StreamWriter writer(StreamSink::memory(ours), Framing::delimited);
  const std::vector<std::size_t> sizes{0, 1, 125, 126, 16'380, 16'381, 100'000};
  three::Leaf leaf;
  for (const std::size_t size : sizes) {
    leaf.set_b(std::string(size, 'x'));
    ASSERT_TRUE(google::protobuf::util::SerializeDelimitedToOstream(leaf, &theirs));
    ASSERT_TRUE(writer.write(as_bytes(serialized(leaf))));
  }
  ASSERT_TRUE(writer.close());
  EXPECT_TRUE(ours == theirs.str());
  google::protobuf::io::ArrayInputStream in(ours.data(), static_cast<int>(ours.size()), 100);
  StreamReader reader(StreamSource::memory(ours), Framing::delimited);
  for (const std::size_t size : sizes) {
    leaf.Clear();
    ASSERT_TRUE(google::protobuf::util::ParseDelimitedFromZeroCopyStream(&leaf, &in, nullptr));
    EXPECT_EQ(leaf.b().size(), size);
    const Result<std::optional<StreamMessage>> next = reader.next();
    ASSERT_TRUE(next && *next);
    EXPECT_TRUE(as_text((*next)->bytes) == serialized(leaf));
  }
}

}  // namespace
}  // namespace wirejit::test
