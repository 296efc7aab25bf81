// Values at the start of an input, whatever follows them: every row of tests/cases on every engine,
// in one span and in chains; limits; positions of errors.
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"
#include "tests/support/engine_matrix.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wirejit::test {
namespace {

struct PrefixItem {
  std::int32_t id = 0;
  std::string name;
};
WIREJIT_STRUCT(PrefixItem, (1, id), (2, name))

// "truncated at 7 in 'id'", without what is not known.
std::string shown(const Error& e) {
  std::string text(to_string(e.code()));
  text += e.offset() == no_offset ? "" : " at " + std::to_string(e.offset());
  return e.path().empty() ? text : text + " in '" + std::string(e.path()) + "'";
}

std::string with_length(std::string_view body) {
  std::string out;
  std::size_t n = body.size();
  for (; n >= 128; n /= 128) {
    out += static_cast<char>(n % 128 + 128);
  }
  return out + static_cast<char>(n) + std::string(body);
}

// As a value that others may follow.
std::string framed(const CaseRow& row) {
  if (row.format == "protobuf") {
    return with_length(row.bytes);
  }
  const bool is_text = format_by_name(row.format)->is_text();
  return is_text ? row.bytes.substr(0, row.bytes.find_last_not_of(" \t\r\n") + 1) : row.bytes;
}

std::vector<Bytes> chain_of(std::string_view bytes, std::size_t first, std::size_t other) {
  std::vector<Bytes> chain{as_bytes(bytes.substr(0, first))};
  for (std::size_t at = first; at < bytes.size(); at += other) {
    chain.push_back(as_bytes(bytes.substr(at, other)));
  }
  return chain;
}

// A case in one format: what its codec reads at the start of inputs.
class Subject {
 public:
  Subject(const Engine& engine, const TypeRef& type, const Format& format, const Options& options)
      : codec_(*engine.record_codec(type, format, options)) {}

  // "17 <the value, encoded again>", or the error.
  std::string read(const Input& input) {
    arena_.reset();
    const Result<Prefix<Value>> read = codec_.decode_value_prefix(input, arena_);
    if (!read) {
      return shown(read.error());
    }
    std::string back;
    if (const Result<void> done = codec_.encode(read->value, back); !done) {
      return "encode: " + shown(done.error());
    }
    return std::to_string(read->bytes) + " " + back;
  }

 private:
  RecordCodec codec_;
  Arena arena_;
};

class Prefixes : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (file_.schema().ends_with(".proto") && !has_case_descriptors()) {
      GTEST_SKIP() << "this build had no protoc";
    }
    Result<Schema> schema = load_case_schema(file_.schema());
    ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
    schema_ = std::move(*schema);
  }
  // Calls `check(case, type, row, framed bytes)` for every row.
  template <class F>
  void for_each_row(F&& check) {
    for (const Case& c : file_.cases()) {
      for (const CaseRow& row : c.rows) {
        SCOPED_TRACE(c.name + " in " + row.format);
        check(c, *schema_.find_type(c.type), row, framed(row));
      }
    }
  }

  CaseFile file_{GetParam()};
  Schema schema_;
};

TEST_P(Prefixes, EndWhereTheValueEnds) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for_each_row(
        [&](const Case& c, const TypeRef& type, const CaseRow& row, const std::string& bytes) {
          Subject subject(engine, type, *format_by_name(row.format), c.options);
          const std::string alone = subject.read(bytes);
          ASSERT_TRUE(alone.starts_with(std::to_string(bytes.size()) + " ")) << alone;
          for (const std::string& more : {std::string("x"), std::string(" \n{}"),
                                          std::string("\0", 1), bytes, std::string(5000, '\xff')}) {
            EXPECT_EQ(subject.read(bytes + more), alone);
          }
          const std::string twice = bytes + bytes + "junk";
          for (std::size_t first = 0; first <= bytes.size() + 1;
               first +=
               1 + bytes.size() / 50) {  // splits that lie within the value, and just behind it
            EXPECT_EQ(subject.read(chain_of(twice, first, twice.size())), alone) << first;
          }
          EXPECT_EQ(subject.read(chain_of(twice, 1, 1)), alone);
          EXPECT_EQ(subject.read(chain_of(twice, 3, 100)), alone);
        });
  }
}

TEST_P(Prefixes, ThatAreCutAreTruncated) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for_each_row(
        [&](const Case& c, const TypeRef& type, const CaseRow& row, const std::string& bytes) {
          Subject subject(engine, type, *format_by_name(row.format), c.options);
          for (std::size_t n = 0; n < bytes.size(); n += 1 + bytes.size() / 100) {
            const std::string_view cut = std::string_view(bytes).substr(0, n);
            const std::string expected = "truncated at " + std::to_string(n);
            EXPECT_TRUE(subject.read(cut).starts_with(expected)) << n << ": " << subject.read(cut);
            EXPECT_EQ(subject.read(chain_of(cut, 1, 7)), subject.read(cut)) << n;
          }
        });
  }
}

TEST_P(Prefixes, AreTranscoded) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for_each_row(
        [&](const Case& c, const TypeRef& type, const CaseRow& row, const std::string& bytes) {
          for (const CaseRow& to : c.rows) {
            if (row.only_read || to.only_read) {
              continue;
            }
            SCOPED_TRACE("to " + to.format);
            const auto transcoder = engine.transcoder(type, *format_by_name(row.format),
                                                      *format_by_name(to.format), c.options);
            ASSERT_TRUE(transcoder) << transcoder.error().to_string();
            std::string expected = "before";
            ASSERT_TRUE(transcoder->transcode(row.bytes, expected));
            std::string out = "before";
            const auto taken = transcoder->transcode_prefix(bytes + bytes, out);
            ASSERT_TRUE(taken) << taken.error().to_string();
            EXPECT_EQ(*taken, bytes.size());
            EXPECT_EQ(out, expected);
            out = "before";
            const auto of_chain = transcoder->transcode_prefix(chain_of(bytes + bytes, 2, 9), out);
            ASSERT_TRUE(of_chain) << of_chain.error().to_string();
            EXPECT_EQ(*of_chain, bytes.size());
            EXPECT_EQ(out, expected);
            out = "before";
            EXPECT_FALSE(transcoder->transcode_prefix(bytes.substr(0, bytes.size() - 1), out));
            EXPECT_EQ(out, "before");
          }
        });
  }
}

INSTANTIATE_TEST_SUITE_P(All, Prefixes, testing::ValuesIn(case_files()));

class Prefixed : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Codec<PrefixItem> codec(const Format& format) { return *engine_.codec<PrefixItem>(format); }
  // The bytes taken and the item read, or the error.
  std::string read(const Format& format, const Input& input, const CallOptions& call = {}) {
    PrefixItem item;
    const Result<std::size_t> n = codec(format).decode_prefix(input, item, call);
    return n ? std::to_string(*n) + " " + std::to_string(item.id) + item.name : shown(n.error());
  }

  Engine engine_{{.kind = GetParam()}};
};

TEST_P(Prefixed, ObjectsOneAfterAnother) {
  for (const Format& format : {Format(json::text), Format(thrift::binary), Format(thrift::compact),
                               Format(pb::wire), Format(pb::json)}) {
    SCOPED_TRACE(format.name());
    std::string all;
    for (int i = 0; i < 20; ++i) {
      std::string one;
      ASSERT_TRUE(
          codec(format).encode({i, std::string(static_cast<std::size_t>(i * i), 'n')}, one));
      all += format == pb::wire ? with_length(one) : one;
    }
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
      PrefixItem item;
      const auto n = codec(format).decode_prefix(all.substr(at), item);
      ASSERT_TRUE(n) << n.error().to_string();
      EXPECT_EQ(item.id, i);
      EXPECT_EQ(item.name.size(), static_cast<std::size_t>(i * i));
      at += *n;
    }
    EXPECT_EQ(at, all.size());
  }
}

TEST_P(Prefixed, OffsetsCountFromTheFirstByteGiven) {
  EXPECT_EQ(read(pb::wire, std::string("\x03\x08\x05\x07\x08\x05", 6)), "invalid_tag at 3");
  EXPECT_EQ(read(pb::wire, std::string("\x81\x00\x08\x05", 4)), "invalid_count at 3 in 'id'");
  EXPECT_EQ(read(json::text, "{\"id\":tru} {}"), "syntax at 9 in 'id'");
  EXPECT_EQ(read(json::text, "  {\"id\":7} {"), "10 7");
  EXPECT_EQ(read(json::text, std::vector<Bytes>{as_bytes("{\"id\""), as_bytes(":tru} {}")}),
            "syntax at 9 in 'id'");
}

TEST_P(Prefixed, LengthsThatLieReserveNothing) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(read(pb::wire, huge), "size_limit at 0");
  EXPECT_EQ(read(pb::wire, "\xff\xff\xff\xff\x07"), "truncated at 5");
  EXPECT_EQ(read(pb::wire, std::string(11, '\x80')), "invalid_varint at 0");
  EXPECT_EQ(read(pb::wire, std::string(9, '\x80')), "truncated at 9");
  EXPECT_EQ(read(pb::wire, ""), "truncated at 0");
  EXPECT_EQ(read(pb::wire, std::string(1, '\0') + "x"), "1 0");
  EXPECT_EQ(read(pb::wire, "\x03\x08\x05"), "truncated at 3");
  EXPECT_EQ(read(pb::wire, std::vector<Bytes>{as_bytes("\x03"), as_bytes("\x08\x05")}),
            "truncated at 3");
}

TEST_P(Prefixed, TheLimitOfInputBoundsTheValueAlone) {
  const CallOptions ten{.limits = {.input_bytes = 10}};
  const std::string more(1000, ' ');
  EXPECT_EQ(read(json::text, "{\"id\": 77}" + more, ten), "10 77");
  EXPECT_EQ(read(json::text, "{\"id\": 777}" + more, ten), "size_limit at 10");
  EXPECT_EQ(read(json::text, "{\"id\": 7", ten), "truncated at 8");
  EXPECT_EQ(read(json::text, chain_of("{\"id\": 777}" + more, 2, 2), ten), "size_limit at 10");
  const std::string eleven = with_length(
      "\x12\x09"
      "123456789");
  EXPECT_EQ(read(pb::wire, eleven, ten), "size_limit at 0");
  EXPECT_EQ(read(pb::wire,
                 with_length("\x12\x08"
                             "12345678") +
                     more,
                 ten),
            "11 012345678");
}

// A chain's cost follows the value: what stands behind it is not touched, and what lies in one span
// is not copied.
TEST_P(Prefixed, OfAChainOnlyTheSpansWithTheValueAreRead) {
  const auto* const nowhere = reinterpret_cast<const std::uint8_t*>(8);
  const std::string whole = "{\"id\":5,\"name\":\"abc\"}";
  const std::vector<Bytes> first{as_bytes(whole), Bytes(nowhere, 1 << 20)};
  EXPECT_EQ(read(json::text, first), "21 5abc");
  EXPECT_EQ(read(json::text, first, {.limits = {.memory = 10}}), "21 5abc");
  const std::vector<Bytes> two{as_bytes(whole).first(4), as_bytes(whole).subspan(4)};
  EXPECT_EQ(read(json::text, two, {.limits = {.memory = 10}}), "memory_limit");
}

// What is copied of a chain is charged, and of that the value's bytes alone, in all formats.
TEST_P(Prefixed, TheBytesOfTheValueAloneAreCharged) {
  const Schema schema = *schema_of<PrefixItem>();
  const StructRef type = *schema.find_struct("PrefixItem");
  for (const Format& format : {Format(json::text), Format(thrift::binary), Format(thrift::compact),
                               Format(thrift::json)}) {
    SCOPED_TRACE(format.name());
    const auto records = engine_.record_codec(type, format);
    const auto rewrite = engine_.transcoder(type, format, thrift::binary);
    ASSERT_TRUE(records && rewrite);
    for (const std::size_t size : {300U, 600U, 1000U, 3000U}) {
      std::string value;
      ASSERT_TRUE(codec(format).encode({7, std::string(size, 'n')}, value));
      const std::string all = value + std::string(5000, ' ');
      // Whether that much memory suffices: for an object, a record, another format.
      const auto fits = [&](const Input& input, std::size_t memory, int target) {
        const CallOptions call{.limits = {.memory = memory}};
        Arena arena;
        std::string out = "before";
        PrefixItem item;
        const auto result = [&](const auto& done) {
          EXPECT_TRUE(done || done.error().code() == Errc::memory_limit) << done.error();
          return done.has_value();
        };
        if (target == 0) {
          const auto done = codec(format).decode_prefix(input, item, call);
          EXPECT_TRUE(!done || (*done == value.size() && item.name.size() == size));
          return result(done);
        }
        if (target == 1) {
          const auto done = records->decode_prefix(input, arena, call);
          EXPECT_TRUE(!done || done->bytes == value.size());
          return result(done);
        }
        const auto done = rewrite->transcode_prefix(input, out, call);
        EXPECT_TRUE(!done || (*done == value.size() && out.size() == 6 + 15 + size)) << out.size();
        return result(done);
      };
      const auto smallest = [&](const Input& input, int target) {
        std::size_t low = 0;
        std::size_t high = 20000;
        while (low < high) {
          const std::size_t middle = (low + high) / 2;
          if (fits(input, middle, target)) {
            high = middle;
          } else {
            low = middle + 1;
          }
        }
        return low;
      };
      for (const int target : {0, 1, 2}) {
        const std::size_t alone = smallest(all, target);
        EXPECT_EQ(smallest(chain_of(all, 3, 10), target), alone + value.size()) << target;
        EXPECT_EQ(smallest(chain_of(all, value.size() - 1, 4000), target), alone + value.size())
            << target;
        EXPECT_EQ(smallest(chain_of(all, value.size(), 4000), target), alone) << target;
      }
    }
  }
}

// A number at the root ends only where something else follows.
TEST_P(Prefixed, NumbersAtTheRootGoOnInTheNextSpan) {
  const Result<Schema> schema = thrift::load_text("typedef i32 Number");
  ASSERT_TRUE(schema.has_value());
  const auto codec = engine_.record_codec(*schema->find_type("Number"), json::text);
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  Arena arena;
  for (const std::size_t first : {1U, 2U, 3U, 4U}) {
    const auto read = codec->decode_value_prefix(chain_of("1234,", first, 1), arena);
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(read->bytes, 4U);
    EXPECT_EQ(*read->value.as<std::int32_t>(), 1234);
  }
}

// The same of enums, of ProtoJSON's texts of numbers, and where the limit cuts.
TEST_P(Prefixed, TextsOfNumbersAreNotCut) {
  const Result<Schema> schema =
      thrift::load_text("enum E { A = 1, B = 12 } typedef E Kind typedef i32 Number");
  ASSERT_TRUE(schema.has_value());
  Arena arena;
  const auto shown_value = [&](std::string_view type, const Format& format, const Input& input,
                               std::size_t limit) {
    const auto codec = engine_.record_codec(*schema->find_type(type), format);
    const auto read = codec->decode_value_prefix(input, arena, {.limits = {.input_bytes = limit}});
    return read
               ? std::to_string(read->bytes) + " " + std::to_string(*read->value.as<std::int32_t>())
               : shown(read.error());
  };
  const auto flags = thrift::load_text("typedef bool Flag");
  for (const Format& format : {Format(thrift::json), Format(thrift::simple_json)}) {
    const auto codec = engine_.record_codec(*flags->find_type("Flag"), format);
    const auto flag = [&](const Input& input) {
      const auto read = codec->decode_value_prefix(input, arena);
      return read ? std::to_string(read->bytes) + (*read->value.as<bool>() ? " true" : " false")
                  : shown(read.error());
    };
    EXPECT_EQ(flag("1"), "1 true");
    EXPECT_EQ(flag(" 0 1"), "2 false");
    EXPECT_EQ(flag("1,1"), "1 true");
    EXPECT_EQ(flag("true1"), "4 true");
    for (const std::string number : {"11", "10", "1.0", "0e5", "1-", "00", "1.", "0E"}) {
      EXPECT_EQ(flag(number), "type_mismatch at 0") << number;
      EXPECT_EQ(flag(chain_of(number + " ", 1, 1)), "type_mismatch at 0") << number;
      EXPECT_EQ(codec->decode_value(number, arena).error().code(), Errc::type_mismatch);
    }
  }
  for (const Format& format : {Format(json::text), Format(pb::json), Format(thrift::json)}) {
    SCOPED_TRACE(format.name());
    EXPECT_EQ(shown_value("Kind", format, chain_of("12 x", 1, 9), 99), "2 12");
    EXPECT_EQ(shown_value("Number", format, chain_of("1.5e3,", 3, 9), 99), "5 1500");
    EXPECT_EQ(shown_value("Number", format, "123 ", 2), "size_limit at 2");
    EXPECT_EQ(shown_value("Number", format, "1.5e3 ", 3), "size_limit at 3");
    EXPECT_EQ(shown_value("Number", format, "123 456", 4), "3 123");
    EXPECT_EQ(shown_value("Number", format, chain_of("123 456", 4, 9), 99), "3 123");
    EXPECT_EQ(shown_value("Number", format, "123", 3), "3 123");
  }
}

// More bytes cannot complete a message whose length says that it is all there.
TEST_P(Prefixed, WhatGoesBeyondAMessageIsNoTruncation) {
  const std::string bytes = std::string("\x02\x12\x05", 3);
  EXPECT_EQ(read(pb::wire, bytes + "more bytes"), "invalid_count at 3 in 'name'");
  EXPECT_EQ(read(pb::wire, chain_of(bytes + "more bytes", 2, 1)), "invalid_count at 3 in 'name'");
  EXPECT_EQ(read(pb::wire, bytes.substr(0, 2)), "truncated at 2");
}

// A failed record leaves nothing in the arena, whatever was copied for it.
TEST_P(Prefixed, AFailedCallGivesTheArenaBack) {
  const Result<Schema> schema = thrift::load_text("struct S { 1: list<string> names }");
  const auto codec = engine_.record_codec(*schema->find_type("S"), thrift::compact);
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  std::string bytes = "\x19\xf8\x64";
  for (int i = 0; i < 99; ++i) {
    bytes +=
        "\x03"
        "abc";
  }
  Arena arena;
  (void)arena.allocate(8, 8);
  const Arena::Mark before = arena.mark();
  const auto failed = codec->decode_prefix(chain_of(bytes, 2, 3), arena);
  ASSERT_FALSE(failed);
  EXPECT_EQ(shown(failed.error()),
            "truncated at " + std::to_string(bytes.size()) + " in 'names[99]'");
  const Arena::Mark after = arena.mark();
  EXPECT_EQ(std::memcmp(&before, &after, sizeof before), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, Prefixed, testing::ValuesIn(engine_kinds));

}  // namespace
}  // namespace wirejit::test
