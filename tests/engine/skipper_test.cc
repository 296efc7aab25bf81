// Skipper: it finds the end of each value of the corpus and of random ones, whatever the pieces; it
// rejects what readers reject when they skip an unknown field, with the same code and offset; and
// lying sizes cost nothing.
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"
#include "tests/support/positional_format.h"
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"
#include "tests/support/skipping_reader.h"
#include "tests/support/wire_bytes.h"

#include <wirejit/chain.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/skipper.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

using Pieces = std::vector<std::string_view>;

// What became of a value.
struct Verdict {
  Errc code = Errc::ok;  // ok: the value ended
  std::uint64_t at = 0;  // the error's offset, or the value's size
  std::uint64_t steps = 0;

  friend bool operator==(const Verdict&, const Verdict&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Verdict& v) {
    return out << v.code << " at " << v.at << ", steps: " << v.steps;
  }
};

Skipper make(const Format& format, const SkipOptions& options = {}) {
  Result<Skipper> skipper = Skipper::make(format, options);
  EXPECT_TRUE(skipper.has_value()) << skipper.error().to_string();
  return std::move(*skipper);
}

// Feeds all pieces and finishes. What `progress` says must be what the accessors say.
Verdict feed_all(Skipper& skipper, const Pieces& pieces) {
  const auto failed = [&](const Error& error) {
    return Verdict{error.code(), error.offset(), skipper.steps()};
  };
  std::uint64_t total = 0;
  for (const std::string_view piece : pieces) {
    const bool was_done = skipper.done();
    const Result<Skipper::Progress> progress = skipper.feed(as_bytes(piece));
    if (!progress) {
      EXPECT_NE(progress.error().code(), Errc::truncated);
      EXPECT_FALSE(skipper.done());
      EXPECT_EQ(skipper.at_least(), 0U);
      return failed(progress.error());
    }
    EXPECT_EQ(progress->done, skipper.done());
    EXPECT_TRUE(progress->done || progress->taken == piece.size());
    EXPECT_TRUE(!was_done || progress->taken == 0);
    total += progress->taken;
    EXPECT_EQ(skipper.total(), total);
  }
  const Result<Skipper::Progress> end = skipper.finish();
  return end ? Verdict{Errc::ok, skipper.total(), skipper.steps()} : failed(end.error());
}

Pieces single_bytes(std::string_view bytes) {
  Pieces pieces;
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    pieces.push_back(bytes.substr(k, 1));
  }
  return pieces;
}

Pieces random_pieces(std::string_view bytes, Random& r) {
  Pieces pieces;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), r.below(r.chance(50) ? 4 : 40));
    pieces.push_back(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  return pieces;
}

// A value that ends where the bytes end, but for `trailing` bytes, which may be any.
void expect_ends(const Format& format, std::string_view value, std::string_view trailing,
                 const SkipOptions& options = {}) {
  SCOPED_TRACE(format.name());
  const std::string all = std::string(value) + std::string(trailing);
  const Result<std::size_t> size = skip(format, all, options);
  ASSERT_TRUE(size.has_value()) << size.error().to_string();
  ASSERT_EQ(*size, value.size());

  Skipper skipper = make(format, options);
  const Verdict expected = feed_all(skipper, {all});
  ASSERT_EQ(expected, (Verdict{Errc::ok, value.size(), expected.steps}));
  skipper.reset();
  ASSERT_EQ(feed_all(skipper, single_bytes(all)), expected);
  const std::size_t stride = 1 + value.size() / 400;
  for (std::size_t k = 0; k <= value.size(); k += stride) {
    skipper.reset();
    ASSERT_EQ(feed_all(skipper,
                       {std::string_view(all).substr(0, k), {}, std::string_view(all).substr(k)}),
              expected)
        << "cut at " << k;
  }
  // Cut off: more is needed, as many bytes as at_least() says at most.
  skipper.reset();
  for (std::size_t k = 0; k < value.size(); ++k) {
    ASSERT_GE(skipper.at_least(), 1U) << k;
    ASSERT_LE(skipper.at_least(), value.size() - k) << k;
    const Result<Skipper::Progress> progress = skipper.feed(as_bytes(value.substr(k, 1)));
    ASSERT_TRUE(progress.has_value()) << k << ": " << progress.error().to_string();
    ASSERT_EQ(progress->taken, 1U);
    ASSERT_EQ(progress->done, k + 1 == value.size()) << k;
    if ((k + 1) % stride == 0 && !progress->done) {
      const Result<std::size_t> cut = skip(format, value.substr(0, k + 1), options);
      ASSERT_FALSE(cut.has_value()) << k;
      ASSERT_EQ(cut.error().code(), Errc::truncated) << k;
      ASSERT_EQ(cut.error().offset(), k + 1);
    }
  }
  ASSERT_EQ(skipper.at_least(), 0U);
  // What at_least() says can be read in one go.
  skipper.reset();
  std::size_t reads = 0;
  for (std::size_t at = 0; !skipper.done(); ++reads) {
    const auto n = static_cast<std::size_t>(skipper.at_least());
    ASSERT_TRUE(skipper.feed(as_bytes(value.substr(at, n))).has_value());
    at += n;
    ASSERT_EQ(skipper.total(), at);
  }
  ASSERT_LE(reads, value.size());
}

std::string delimited(std::string_view message) {
  return wire_bytes::varint(message.size()) + std::string(message);
}

class SkipperCases : public testing::TestWithParam<std::string> {};

TEST_P(SkipperCases, EndWhereTheyEndWhateverThePieces) {
  const CaseFile file(GetParam());
  for (const Case& c : file.cases()) {
    SCOPED_TRACE(c.name);
    for (const CaseRow& row : c.rows) {
      const Format format = *format_by_name(row.format);
      std::string bytes = format.name() == "protobuf" ? delimited(row.bytes) : row.bytes;
      if (format.is_text()) {
        bytes.resize(bytes.find_last_not_of(" \n") + 1);
      }
      if (format.is_text() && bytes.front() != '{' && bytes.front() != '[' &&
          bytes.front() != '"') {
        continue;  // a number or a word
      }
      for (const std::string_view trailing : {"", " {}", "\xff\x80\"", "0"}) {
        expect_ends(format, bytes, trailing);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, SkipperCases, testing::ValuesIn(case_files()), [](const auto& file) {
  return file.param.substr(0, file.param.find('.'));
});

// ---- Readers that skip an unknown field

const Format& format_of(std::size_t k) { return SkippingReader::format(k); }

// Whatever the bytes are: the pieces do not matter, and a reader agrees.
void expect_agreement(SkippingReader& reader, std::size_t k, std::string_view bytes, Random& r,
                      std::uint32_t depth = 101) {
  const SkipOptions options{.limits = {.depth = depth}};
  Skipper skipper = make(format_of(k), options);
  const Verdict whole = feed_all(skipper, {bytes});
  skipper.reset();
  ASSERT_EQ(feed_all(skipper, single_bytes(bytes)).at, whole.at);
  skipper.reset();
  const Verdict cut = feed_all(skipper, random_pieces(bytes, r));
  ASSERT_EQ(cut.code, whole.code);
  ASSERT_EQ(cut.at, whole.at);
  if (whole.code == Errc::ok) {
    ASSERT_EQ(cut.steps, whole.steps);
    const auto read = reader.read(k, bytes.substr(0, whole.at), depth);
    ASSERT_EQ(read.code, Errc::ok) << "at " << read.at;
    return;
  }
  const auto read = reader.read_cut(k, bytes, depth);
  ASSERT_NE(read.code, Errc::ok);
  // A reader knows where the input ends, and so of a count that is too large for it.
  if (read.code != Errc::truncated) {
    ASSERT_EQ(read.code, whole.code) << "at " << read.at << " and " << whole.at;
    ASSERT_EQ(read.at, whole.at);
  } else if (whole.code == Errc::truncated) {
    ASSERT_EQ(whole.at, bytes.size());
  }
}

void corrupt(std::string& bytes, Random& r) {
  static constexpr std::uint8_t edges[] = {0,    1,    2,    8,    11,   12,   13,  14,   15,
                                           0x19, 0x1b, 0x7f, 0x80, 0xf9, 0xff, '"', '\\', '{',
                                           '}',  '[',  ']',  ',',  ':',  '.',  '-', 'e',  'u'};
  for (std::size_t n = 1 + r.below(3); n != 0 && !bytes.empty(); --n) {
    const std::size_t at = r.below(bytes.size());
    switch (r.below(4)) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ 1 << r.below(8)); break;
      case 1: bytes[at] = static_cast<char>(r.pick(edges)); break;
      case 2: bytes.insert(at, 1, static_cast<char>(r.pick(edges))); break;
      default: bytes.erase(at, 1 + r.below(3)); break;
    }
  }
}

std::string printed(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 400)) {
    static constexpr char digits[] = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[c & 0x0f];
  }
  return text;
}

TEST(SkipperRandom, ValuesEndAndCorruptedOnesAreWhatReadersSay) {
  SkippingReader reader;
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  for (std::uint64_t seed = 0; seed < rounds(25); ++seed) {
    Random r(seed);
    const Schema schema = random_schema(seed);
    const RecordType type = *RecordType::make(schema, "S0");
    for (std::size_t k = 0; k < 3; ++k) {
      const RecordCodec codec = *engine.record_codec(type, format_of(k));
      for (int round = 0; round < 4; ++round) {
        Arena arena;
        Record record = *Record::make(arena, type);
        fill_random(record, r, {.depth = 3, .elements = 5});
        std::string bytes;
        const Result<void> encoded = codec.encode(record, bytes);
        ASSERT_TRUE(encoded || encoded.error().code() == Errc::invalid_number);
        if (!encoded) {
          continue;
        }
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + printed(bytes));
        expect_ends(format_of(k), bytes, "\x0c");
        if (testing::Test::HasFatalFailure()) {
          return;
        }
        for (int n = 0; n < 40; ++n) {
          std::string bad = bytes;
          corrupt(bad, r);
          SCOPED_TRACE(std::string(format_of(k).name()) + " " + printed(bad));
          expect_agreement(reader, k, bad, r);
          if (testing::Test::HasFatalFailure()) {
            return;
          }
        }
      }
    }
  }
}

TEST(SkipperRandom, AnyBytesAreWhatReadersSay) {
  SkippingReader reader;
  Random r(7);
  static constexpr std::string_view tokens[] = {"{",
                                                "}",
                                                "[",
                                                "]",
                                                ",",
                                                ":",
                                                "\"",
                                                "\"a\"",
                                                "1",
                                                "-",
                                                "0",
                                                ".5",
                                                "e+",
                                                "1e",
                                                "true",
                                                "nul",
                                                " ",
                                                "\n",
                                                "\\u00e9",
                                                "\\ud83d",
                                                "\\ude00",
                                                "\\n",
                                                "\\x",
                                                "\xc3\xa9",
                                                "\xf0\x9f\x98\x80",
                                                "\xed\xa0",
                                                "\xe2\x82",
                                                "\xf4\x90",
                                                "\x01",
                                                "false",
                                                "null",
                                                "long text without anything special in it"};
  for (std::uint64_t n = 0; n < rounds(3000); ++n) {
    std::string text = r.chance(60) ? "{\"k\":" : "[\"";
    for (std::size_t k = r.below(12); k != 0; --k) {
      text += r.pick(tokens);
    }
    std::string bytes;
    static constexpr std::uint8_t codes[] = {0,    0,    1,    2,    3,    4,    6,    8,
                                             10,   11,   12,   13,   15,   16,   0x19, 0x1b,
                                             0x28, 0xf9, 0xff, 0x80, 0x15, 0x7c, 0x1c};
    for (std::size_t k = r.below(40); k != 0; --k) {
      bytes += static_cast<char>(r.chance(85) ? r.pick(codes) : r.below(256));
    }
    SCOPED_TRACE(printed(text) + " " + printed(bytes));
    expect_agreement(reader, 2, text, r, 4);
    expect_agreement(reader, 0, bytes, r, 4);
    expect_agreement(reader, 1, bytes, r, 4);
    if (testing::Test::HasFatalFailure()) {
      return;
    }
  }
}

// ---- Single values and errors

struct ErrorCase {
  Format format;
  std::string_view bytes;
  Errc code;
  std::size_t at;
};

TEST(Skipper, RejectsWhatIsMalformedAtItsFirstByte) {
  using namespace std::string_view_literals;
  const ErrorCase cases[] = {
      {thrift::binary, "\x07\0\1"sv, Errc::invalid_type, 0},
      {thrift::binary, "\x03\0\1\x05\x01"sv, Errc::invalid_type, 4},
      {thrift::binary, "\x0b\0\1\xff\xff\xff\xff"sv, Errc::invalid_count, 3},
      {thrift::binary, "\x0f\0\1\x08\x80\0\0\0"sv, Errc::invalid_count, 3},
      {thrift::binary, "\x0f\0\1\x07\0\0\0\1"sv, Errc::invalid_type, 3},
      {thrift::binary, "\x0d\0\1\x08\x09\0\0\0\1"sv, Errc::invalid_type, 3},
      {thrift::compact, "\x1e"sv, Errc::invalid_type, 1},
      {thrift::compact, "\x15\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"sv, Errc::invalid_varint,
       1},
      {thrift::compact, "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"sv, Errc::invalid_varint,
       1},
      {thrift::compact, "\x18\xff\xff\xff\xff\x0f"sv, Errc::invalid_count, 6},
      {thrift::compact, "\x19\xf5\x80\x80\x80\x80\x08"sv, Errc::invalid_count, 7},
      {thrift::compact, "\x19\x1e"sv, Errc::invalid_type, 2},
      {thrift::compact, "\x1b\x01\xe5"sv, Errc::invalid_type, 3},
      {pb::wire, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, Errc::invalid_varint, 0},
      {json::text, " x"sv, Errc::syntax, 1},
      {json::text, "{\"a\":1,}"sv, Errc::syntax, 7},
      {json::text, "[1 2]"sv, Errc::syntax, 3},
      {json::text, "[01]"sv, Errc::invalid_number, 2},
      {json::text, "[-]"sv, Errc::invalid_number, 2},
      {json::text, "[1.]"sv, Errc::invalid_number, 3},
      {json::text, "[1e+]"sv, Errc::invalid_number, 4},
      {json::text, "[trux]"sv, Errc::syntax, 4},
      {json::text, "\"a\\x\""sv, Errc::invalid_string, 2},
      {json::text, "\"a\\ud800\""sv, Errc::invalid_string, 2},
      {json::text, "\"a\\udc00\""sv, Errc::invalid_string, 2},
      {json::text, "\"a\n\""sv, Errc::invalid_string, 2},
      {json::text, "\"a\xe2\x82\""sv, Errc::invalid_utf8, 2},
      {json::text, "\"\xc3\xa9 \xc0\x80\""sv, Errc::invalid_utf8, 4},
      {json::text, "\"\xff\n\""sv, Errc::invalid_string, 2},  // the grammar comes first
      {pb::json, "{]"sv, Errc::syntax, 1},
  };
  for (const ErrorCase& c : cases) {
    SCOPED_TRACE(std::string(c.format.name()) + " " + printed(c.bytes));
    Skipper skipper = make(c.format);
    for (const Pieces& pieces : {Pieces{c.bytes}, single_bytes(c.bytes)}) {
      skipper.reset();
      const Verdict v = feed_all(skipper, pieces);
      EXPECT_EQ(v.code, c.code);
      EXPECT_EQ(v.at, c.at);
      // It stays so.
      for (const std::string_view more : {"", "{}", "\0\0\0"}) {
        const Result<Skipper::Progress> again = skipper.feed(as_bytes(more));
        ASSERT_FALSE(again.has_value());
        EXPECT_EQ(again.error().code(), c.code);
        EXPECT_EQ(again.error().offset(), c.at);
      }
      EXPECT_FALSE(skipper.finish().has_value());
      EXPECT_FALSE(skipper.done());
    }
    const Result<std::size_t> once = skip(c.format, c.bytes);
    ASSERT_FALSE(once.has_value());
    EXPECT_EQ(once.error().code(), c.code);
    EXPECT_EQ(once.error().offset(), c.at);
  }
}

TEST(Skipper, TakesValuesOfEveryKindAtTheRoot) {
  using namespace std::string_view_literals;
  struct Row {
    Format format;
    Kind root;
    std::string_view bytes;
  };
  const Row rows[] = {
      {thrift::binary, Kind::structure, "\0"sv},
      {thrift::binary, Kind::boolean, "\1"sv},
      {thrift::binary, Kind::i16, "\1\2"sv},
      {thrift::binary, Kind::enumeration, "\1\2\3\4"sv},
      {thrift::binary, Kind::float64, "\1\2\3\4\5\6\7\x08"sv},
      {thrift::binary, Kind::uuid, "0123456789abcdef"sv},
      {thrift::binary, Kind::binary, "\0\0\0\3abc"sv},
      {thrift::binary, Kind::string, "\0\0\0\0"sv},
      {thrift::binary, Kind::list, "\x08\0\0\0\2\0\0\0\1\0\0\0\2"sv},
      {thrift::binary, Kind::list, "\x63\0\0\0\0"sv},
      {thrift::binary, Kind::set, "\x0b\0\0\0\2\0\0\0\1a\0\0\0\0"sv},
      {thrift::binary, Kind::list, "\x0c\0\0\0\2\0\x02\0\1\1\0"sv},
      {thrift::binary, Kind::map, "\x08\x0b\0\0\0\1\0\0\0\1\0\0\0\2xy"sv},
      {thrift::binary, Kind::map, "\x08\x03\0\0\0\2\0\0\0\1\1\0\0\0\2\2"sv},
      {thrift::compact, Kind::structure, "\0"sv},
      {thrift::compact, Kind::structure, "\x11\x12\x01\x64\x02\x66\0"sv},
      {thrift::compact, Kind::boolean, "\1"sv},
      {thrift::compact, Kind::i8, "\xff"sv},
      {thrift::compact, Kind::i64, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"sv},
      {thrift::compact, Kind::float64, "\1\2\3\4\5\6\7\x08"sv},
      {thrift::compact, Kind::uuid, "0123456789abcdef"sv},
      {thrift::compact, Kind::string, "\3abc"sv},
      {thrift::compact, Kind::list, "\x31\1\2\1"sv},            // bools
      {thrift::compact, Kind::list, "\x32\1\2\1"sv},            // by their other code
      {thrift::compact, Kind::list, "\x0e"sv},                  // empty, of no known type
      {thrift::compact, Kind::list, "\xf5\x83\0\1\x80\1\2"sv},  // a long header for three
      {thrift::compact, Kind::set, "\x28\1a\0"sv},
      {thrift::compact, Kind::map, "\0"sv},
      {thrift::compact, Kind::map, "\2\x11\1\2\1\1"sv},
      {thrift::compact, Kind::map, "\2\x55\1\x80\1\2\3"sv},
      {thrift::compact, Kind::map, "\1\x8c\1k\0"sv},
      {pb::wire, Kind::structure, "\0"sv},
      {pb::wire, Kind::structure, "\x83\0abc"sv},
      {json::text, Kind::structure, "{}"sv},
      {json::text, Kind::list, " [ ] "sv.substr(0, 4)},
      {json::text, Kind::string, "\"\\u00e9\\ud83d\\ude00\\\"\xf0\x9f\x98\x80\""sv},
      {json::text, Kind::boolean, "\t\nfalse"sv},
      {pb::json, Kind::structure, "null"sv},
      {thrift::json, Kind::structure, "{\"1\":{\"map\":[\"str\",\"i64\",1,{\"a\":-7}]}}"sv},
      {json::text, Kind::structure,
       "{\"a\":[1,-0.5e-7,1E+3,{\"b\":{}}],\"long key with \xc3\xa9 in it, 32 bytes\" : true }"sv},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(printed(row.bytes));
    expect_ends(row.format, row.bytes, " \xff", {.root = row.root});
  }
}

TEST(Skipper, ANumberAtTheRootEndsBeforeTheNextByte) {
  for (const std::string_view number : {"0", "-12", "1.5", "1e3"}) {
    SCOPED_TRACE(number);
    for (const std::string_view after : {" ", ",", "}", "x"}) {
      Skipper skipper = make(json::text);
      Result<Skipper::Progress> progress = skipper.feed(as_bytes(number));
      ASSERT_TRUE(progress.has_value());
      EXPECT_FALSE(progress->done);
      EXPECT_EQ(skipper.at_least(), 0U);
      progress = skipper.feed(as_bytes(after));
      ASSERT_TRUE(progress.has_value());
      EXPECT_TRUE(progress->done);
      EXPECT_EQ(progress->taken, 0U);
      EXPECT_EQ(skipper.total(), number.size());
    }
    Skipper skipper = make(json::text);
    ASSERT_TRUE(skipper.feed(as_bytes(number)).has_value());
    const Result<Skipper::Progress> end = skipper.finish();
    ASSERT_TRUE(end.has_value());
    EXPECT_TRUE(end->done);
    EXPECT_EQ(skip(json::text, number).value(), number.size());
    EXPECT_EQ(
        skip(json::text, std::string(number) + " ", {.limits = {.input_bytes = number.size()}})
            .value(),
        number.size());
  }
  for (const std::string_view cut : {"", " ", "-", "1.", "1e", "1e+"}) {
    const Result<std::size_t> size = skip(json::text, cut);
    ASSERT_FALSE(size.has_value()) << cut;
    EXPECT_EQ(size.error().code(), Errc::truncated);
    EXPECT_EQ(size.error().offset(), cut.size());
  }
}

TEST(Skipper, TakesOneValueAfterAnother) {
  Skipper skipper = make(json::text);
  const std::string_view texts = "{\"a\":1} [2]\n\"x\"{}";
  std::vector<std::string> values;
  for (std::string_view rest = texts; !rest.empty(); skipper.reset()) {
    const Result<Skipper::Progress> progress = skipper.feed(as_bytes(rest));
    ASSERT_TRUE(progress.has_value() && progress->done);
    EXPECT_EQ(skipper.feed(as_bytes(rest.substr(progress->taken)))->taken, 0U);
    values.emplace_back(rest.substr(0, progress->taken));
    rest.remove_prefix(progress->taken);
  }
  EXPECT_EQ(values, (std::vector<std::string>{"{\"a\":1}", " [2]", "\n\"x\"", "{}"}));
  // Also after an error, in the middle of anything, and when it was moved.
  for (const std::string_view bad : {"[[\"\\ud83", "\"\xe2\x82", "[tr", "[1x"}) {
    (void)skipper.feed(as_bytes(bad));
    skipper.reset();
    Skipper moved = std::move(skipper);
    EXPECT_EQ(skipper.feed({}).error().code(), Errc::unsupported);  // NOLINT: on purpose
    EXPECT_EQ(skipper.finish().error().code(), Errc::unsupported);  // NOLINT
    EXPECT_TRUE(!skipper.done() && skipper.total() + skipper.at_least() + skipper.steps() == 0);
    EXPECT_EQ(moved.feed(as_bytes("{\"a\":1}"))->taken, 7U);
    skipper = std::move(moved);
    skipper.reset();
  }
}

TEST(Skipper, ReadsChainsInPlace) {
  const std::string_view text = "{\"a\":[1,2,3]}";
  for (std::size_t k = 0; k <= text.size(); ++k) {
    const Bytes parts[] = {
        as_bytes(text.substr(0, k)), {}, as_bytes(text.substr(k)), as_bytes("[")};
    EXPECT_EQ(skip(json::text, parts).value(), text.size());
    Chain chain;
    ASSERT_TRUE(chain.append(parts[0]) && chain.append_external(parts[2]) &&
                chain.append(parts[3]));
    EXPECT_EQ(skip(json::text, chain).value(), text.size());
  }
}

// ---- Limits

std::string nested(const Format& format, std::size_t levels) {
  const auto repeat = [levels](std::string_view text) {
    std::string all;
    for (std::size_t k = 1; k < levels; ++k) {
      all += text;
    }
    return all;
  };
  if (format == thrift::binary) {
    return repeat({"\x0c\0\1", 3}) + std::string(levels, '\0');
  }
  return format == thrift::compact ? repeat("\x1c") + std::string(levels, '\0')
                                   : repeat("{\"a\":") + "{}" + std::string(levels - 1, '}');
}

TEST(Skipper, CountsLevelsAndKeepsThemInBoundedMemory) {
  for (std::size_t k = 0; k < 3; ++k) {
    const Format& format = format_of(k);
    SCOPED_TRACE(format.name());
    for (const std::uint32_t depth : {1U, 2U, 16U, 17U, 64U, 65U, 1024U, 1025U}) {
      SCOPED_TRACE(depth);
      expect_ends(format, nested(format, depth), "", {.limits = {.depth = depth}});
      const Result<std::size_t> deeper =
          skip(format, nested(format, depth + 1), {.limits = {.depth = depth}});
      ASSERT_FALSE(deeper.has_value());
      EXPECT_EQ(deeper.error().code(), Errc::depth_limit);
    }
    // As a reader counts.
    SkippingReader reader;
    Random r(1);
    for (std::uint32_t depth = 1; depth < 8; ++depth) {
      expect_agreement(reader, k, nested(format, 4), r, depth);
    }
    // Memory for the levels that there are, at most 16 bytes each.
    constexpr std::size_t many = 200'000;
    const std::string deep = nested(format, many);
    const auto with_memory = [&](std::size_t memory) {
      const Result<std::size_t> size =
          skip(format, deep, {.limits = {.depth = many, .memory = memory}});
      return size ? Errc::ok : size.error().code();
    };
    EXPECT_EQ(with_memory(16 * many), Errc::ok);
    EXPECT_EQ(with_memory(4096), Errc::memory_limit);
    EXPECT_TRUE(skip(format, nested(format, 16), {.limits = {.memory = 0}}).has_value());
  }
}

TEST(Skipper, CountsBytes) {
  for (std::size_t k = 0; k < 4; ++k) {
    const Format format = k < 3 ? format_of(k) : Format(pb::wire);
    SCOPED_TRACE(format.name());
    const std::string value = k < 3 ? nested(format, 5) : delimited("0123456789");
    expect_ends(format, value, "tail", {.limits = {.input_bytes = value.size()}});
    for (std::size_t limit = 0; limit < value.size(); ++limit) {
      for (const Pieces& pieces : {Pieces{value}, single_bytes(value)}) {
        Skipper skipper = make(format, {.limits = {.input_bytes = limit}});
        const Verdict v = feed_all(skipper, pieces);
        EXPECT_EQ(v.code, Errc::size_limit);
        EXPECT_LE(v.at, limit);
      }
    }
  }
}

TEST(Skipper, RejectsSizesBeyondTheLimitBeforeTheBytesCome) {
  using namespace std::string_view_literals;
  const ErrorCase cases[] = {
      {thrift::binary, "\x0b\0\1\0\0\4\0"sv, Errc::size_limit, 3},
      {thrift::binary, "\x0f\0\1\x0a\0\0\0\x80"sv, Errc::size_limit, 3},
      {thrift::binary, "\x0f\0\1\x0c\0\0\4\0"sv, Errc::size_limit, 3},
      {thrift::binary, "\x0d\0\1\x0b\x0b\0\0\1\0"sv, Errc::size_limit, 3},
      {thrift::compact, "\x18\x80\x08"sv, Errc::size_limit, 1},
      {thrift::compact, "\x19\xf1\x80\x08"sv, Errc::size_limit, 4},
      {thrift::compact, "\x1b\x80\x04\x88"sv, Errc::size_limit, 4},
      {pb::wire, "\x80\x08"sv, Errc::size_limit, 0},
      {pb::wire, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, Errc::size_limit, 0},
  };
  for (const ErrorCase& c : cases) {
    SCOPED_TRACE(std::string(c.format.name()) + " " + printed(c.bytes));
    Skipper skipper = make(c.format, {.limits = {.input_bytes = 1024}});
    for (const Pieces& pieces : {Pieces{c.bytes}, single_bytes(c.bytes)}) {
      skipper.reset();
      const Verdict v = feed_all(skipper, pieces);
      EXPECT_EQ(v.code, c.code);
      EXPECT_EQ(v.at, c.at);
    }
  }
}

TEST(Skipper, PassesOverElementsOfFixedSizeByTheirNumber) {
  using namespace std::string_view_literals;
  struct Row {
    Format format;
    std::string_view header;
    std::uint64_t bytes;
  };
  // Lists of 2^31 - 1 elements; maps of 2^30.
  const Row rows[] = {
      {thrift::binary, "\x0a\x7f\xff\xff\xff"sv, 8 * 0x7fffffffULL},
      {thrift::binary, "\x02\x7f\xff\xff\xff"sv, 0x7fffffffULL},
      {thrift::compact, "\xf7\xff\xff\xff\xff\x07"sv, 8 * 0x7fffffffULL},
      {thrift::compact, "\xf1\xff\xff\xff\xff\x07"sv, 0x7fffffffULL},
  };
  const std::string zeros(std::size_t{64} << 20, '\0');
  for (const Row& row : rows) {
    SCOPED_TRACE(printed(row.header));
    Skipper skipper =
        make(row.format, {.root = Kind::list, .limits = {.input_bytes = std::size_t{1} << 40}});
    ASSERT_TRUE(skipper.feed(as_bytes(row.header)).has_value());
    const std::uint64_t header_steps = skipper.steps();
    for (std::uint64_t left = row.bytes; left != 0;) {
      ASSERT_EQ(skipper.at_least(), left);
      ASSERT_FALSE(skipper.done());
      const std::uint64_t n = std::min<std::uint64_t>(left, zeros.size());
      ASSERT_EQ(skipper.feed(as_bytes(zeros).subspan(0, n))->taken, n);
      left -= n;
    }
    EXPECT_TRUE(skipper.done());
    EXPECT_EQ(skipper.steps(), header_steps);
    EXPECT_LE(header_steps, row.header.size());
  }
}

TEST(Skipper, ACountOfEmptyStructsCostsTheBytesThatCome) {
  using namespace std::string_view_literals;
  // Lists of 2^31 - 1 structs, each of one byte, and sets of as many varints.
  const ErrorCase cases[] = {
      {thrift::binary, "\x0c\x7f\xff\xff\xff"sv, Errc::truncated, 0},
      {thrift::compact, "\xfc\xff\xff\xff\xff\x07"sv, Errc::truncated, 0},
      {thrift::compact, "\xf5\xff\xff\xff\xff\x07"sv, Errc::truncated, 0},
  };
  const std::string zeros(100'000, '\0');
  for (const ErrorCase& c : cases) {
    const SkipOptions options{.root = Kind::list,
                              .limits = {.input_bytes = std::size_t{1} << 40, .memory = 0}};
    Skipper skipper = make(c.format, options);
    const Verdict v = feed_all(skipper, {c.bytes, zeros});
    EXPECT_EQ(v.code, Errc::truncated);
    EXPECT_EQ(v.at, c.bytes.size() + zeros.size());
    EXPECT_EQ(v.steps, v.at);
  }
}

TEST(Skipper, LooksAtEachByteOnceWhateverThePieces) {
  const Schema schema = random_schema(11, {.structs = 8, .fields = 16});
  const RecordType type = *RecordType::make(schema, "S0");
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  Random r(3);
  for (std::size_t k = 0; k < 3; ++k) {
    const Format& format = format_of(k);
    SCOPED_TRACE(format.name());
    const RecordCodec codec = *engine.record_codec(type, format);
    std::string value;
    // A list of as many structs as make up 200 KB.
    std::string elements;
    std::uint32_t count = 0;
    while (elements.size() < 200'000) {
      Arena arena;
      Record record = *Record::make(arena, type);
      fill_random(record, r);
      std::string one;
      if (codec.encode(record, one)) {
        elements += (k == 2 && count != 0 ? "," : "") + one;
        ++count;
      }
    }
    if (k == 0) {
      value = "\x0c";
      for (const int shift : {24, 16, 8, 0}) {
        value += static_cast<char>(count >> shift);
      }
      value += elements;
    } else if (k == 1) {
      value = "\xfc" + wire_bytes::varint(count) + elements;
    } else {
      value = "[" + elements + "]";
    }
    Skipper skipper = make(format, {.root = Kind::list});
    const Verdict whole = feed_all(skipper, {value});
    ASSERT_EQ(whole.code, Errc::ok);
    EXPECT_LE(whole.steps, value.size());
    EXPECT_GT(whole.steps, value.size() / 20);
    for (const std::size_t size : {1U, 2U, 7U, 1448U, 65536U}) {
      SCOPED_TRACE(size);
      Pieces pieces;
      for (std::size_t at = 0; at < value.size(); at += size) {
        pieces.push_back(std::string_view(value).substr(at, size));
      }
      skipper.reset();
      EXPECT_EQ(feed_all(skipper, pieces), whole);
    }
  }
}

TEST(Skipper, SaysWhatItCannotSkip) {
  const auto code = [](const Format& format, const SkipOptions& options) {
    const Result<Skipper> skipper = Skipper::make(format, options);
    return skipper ? Errc::ok : skipper.error().code();
  };
  EXPECT_EQ(code(positional_format(), {}), Errc::unsupported);
  EXPECT_EQ(code(thrift::binary, {.root = Kind::u32}), Errc::unsupported);
  EXPECT_EQ(code(thrift::compact, {.root = Kind::void_}), Errc::unsupported);
  EXPECT_EQ(code(pb::wire, {.root = Kind::list}), Errc::unsupported);
  EXPECT_EQ(code(json::text, {.limits = {.depth = 0}}), Errc::unsupported);
  EXPECT_EQ(code(Format(nullptr), {}), Errc::not_found);
  EXPECT_EQ(skip(Format(nullptr), "").error().code(), Errc::not_found);
}

}  // namespace
}  // namespace wirejit::test
