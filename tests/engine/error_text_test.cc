// The text of errors: the field, the map key, what was found and what was expected; the same on both
// engines, for records and in one pass.
#include "tests/support/engine_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

constexpr std::string_view idl = R"(
enum Color { RED = 1, GREEN = 2 }
struct Leaf { 1: required string sku; 2: optional i32 count }
struct Keyed { 1: optional string name }
struct Everything {
  1: optional i32 small
  2: optional i64 wide
  3: optional string text
  4: optional binary raw
  5: optional bool flag
  6: optional double real
  7: optional Color color
  8: optional Leaf leaf
  9: optional list<Leaf> leaves
  10: optional map<string, Leaf> by_name
  11: optional map<i32, i32> by_number
  12: optional map<bool, i32> by_flag
  13: optional map<Color, i32> by_color
  14: optional map<string, map<i64, list<i32>>> nested
  15: optional list<list<i32>> rows
  16: optional map<Keyed, i32> by_struct
  17: optional i8 tiny
  18: optional Everything again
  19: optional uuid id
}
)";

const Schema& schema() {
  static const Schema s = [] {
    Result<Schema> made = thrift::load_text(std::string(idl));
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    return *std::move(made);
  }();
  return s;
}

std::string place_and_message(const Error& e) { return e.path() + ": " + e.message(); }

// The path and text of the error with which a message is rejected. It is decoded to a record and
// transcoded in one pass, interpreted and as machine code; all must agree.
std::string rejection(const Schema& s, std::string_view root, const Format& from,
                      std::string_view bytes, const Options& options = {}) {
  std::string first;
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto type = RecordType::make(s, root);
    if (!type) {
      return type.error().to_string();
    }
    const auto codec = engine.record_codec(*type, from, options);
    const auto rewrite = engine.transcoder(*s.find_struct(root), from, json::text, options);
    if (!codec || !rewrite) {
      return (codec ? rewrite.error() : codec.error()).to_string();
    }
    Arena arena;
    Buffer out;
    const auto read = codec->decode(bytes, arena);
    const auto rewritten = rewrite->transcode(bytes, out);
    if (read || rewritten) {
      return "accepted";
    }
    const std::string here = place_and_message(read.error());
    EXPECT_EQ(place_and_message(rewritten.error()), here) << bytes;
    EXPECT_TRUE(first.empty() || here == first) << here << "\n" << first;
    first = here;
  }
  return first;
}

std::string of_json(std::string_view text, const Format& format = json::text,
                    const Options& options = {}) {
  return rejection(schema(), "Everything", format, text, options);
}
std::string of_thrift(std::string_view bytes, const Options& options = {}) {
  return rejection(schema(), "Everything", thrift::binary, bytes, options);
}
std::string of_wire(std::string_view root, std::string_view bytes, const Options& options = {}) {
  // Protobuf has no i8 and no uuid, nor keys that are structs.
  static const Result<Schema> s = thrift::load_text(
      "struct Leaf { 1: optional string sku; 2: optional i32 count }\n"
      "struct Tree { 1: optional i64 id; 2: optional list<Leaf> lines; 3: optional Leaf main;"
      " 4: optional map<string, i32> counts; 5: optional list<Tree> trees }\n");
  return rejection(*s, root, pb::wire, bytes, options);
}

// ---- What was expected and what was found

TEST(ErrorText, JsonOfAnotherTypeNamesBothTypes) {
  EXPECT_EQ(of_json(R"({"text":5})"), "text: expected a string, found a number");
  EXPECT_EQ(of_json(R"({"small":"x"})"), R"(small: expected a number of type i32, found "x")");
  EXPECT_EQ(of_json(R"({"small":{}})"), "small: expected a number of type i32, found an object");
  EXPECT_EQ(of_json(R"({"flag":0})"), "flag: expected true or false, found a number");
  EXPECT_EQ(of_json(R"({"leaf":[]})"), "leaf: expected an object, found an array");
  EXPECT_EQ(of_json(R"({"leaves":true})"), "leaves: expected an array, found true");
  EXPECT_EQ(of_json(R"({"raw":1})"), "raw: expected a string in Base64, found a number");
  EXPECT_EQ(of_json(R"({"color":[]})"), "color: expected a value of enum Color, found an array");
  EXPECT_EQ(of_json(R"({"leaf":{"sku":null}})"), "leaf.sku: expected a string, found null");
  EXPECT_EQ(of_json(R"({"leaves":[{"sku":"a"},{"sku":[]}]})"),
            "leaves[1].sku: expected a string, found an array");
  EXPECT_EQ(of_json(R"([])"), ": expected an object, found an array");
}

TEST(ErrorText, JsonNumbersNameTheTypeAndTheText) {
  EXPECT_EQ(of_json(R"({"small":99999999999})"),
            "small: expected a number of type i32, found 99999999999");
  EXPECT_EQ(of_json(R"({"tiny":-129})"), "tiny: expected a number of type i8, found -129");
  EXPECT_EQ(of_json(R"({"wide":1.5})"), "wide: expected a number of type i64, found 1.5");
  EXPECT_EQ(of_json(R"({"wide":01})"), "wide: expected a number of type i64, found 01");
  EXPECT_EQ(of_json(R"({"real":1e999})"), "real: expected a number of type double, found 1e999");
  EXPECT_EQ(of_json(R"({"wide":")" + std::string(60, '7') + "\"}"),
            "wide: expected a number of type i64, found " + std::string(32, '7') + "...");
}

TEST(ErrorText, JsonNamesOfEnumsAreShown) {
  EXPECT_EQ(of_json(R"({"color":"MAUVE"})"), R"(color: enum Color has no value "MAUVE")");
}

TEST(ErrorText, UnknownKeysAreNamedBoundedAndEscaped) {
  const Options strict{.unknown_fields = Unknown::error};
  EXPECT_EQ(of_json(R"({"small":1,"colour":2})", json::text, strict),
            R"(: the schema has no field "colour")");
  EXPECT_EQ(of_json("{\"leaf\":{\"a\\u0000\\\"\x7f\":2}}", json::text, strict),
            R"(leaf: the schema has no field "a\\u0000\\\"\x7f")");
  EXPECT_EQ(of_json("{\"" + std::string(1000, 'k') + "\":2}", json::text, strict),
            ": the schema has no field \"" + std::string(32, 'k') + "\"...");
}

TEST(ErrorText, ThriftContainersNameTheTypesOfBoth) {
  EXPECT_EQ(of_thrift(raw_field(15, 9, std::string("\x0b", 1) + be32(1) + "xxxx")),
            "leaves: expected a list of struct, found one of string");
  EXPECT_EQ(of_thrift(raw_field(13, 11, std::string("\x0b\x08", 2) + be32(1) + "xxxxxxxx")),
            "by_number: expected a map of i32 to i32, found one of string to i32");
}

TEST(ErrorText, WireTagsThatCannotBeAreShown) {
  EXPECT_EQ(of_wire("Tree", "\x08\x01\x0e"), ": no field can have number 1 and wire type 6 here");
  EXPECT_EQ(of_wire("Tree", std::string("\x00\x01", 2)),
            ": no field can have number 0 and wire type varint here");
  EXPECT_EQ(of_wire("Tree", "\x08\x01\xff\xff\xff\xff\x7f"),
            ": expected a tag, found more than 32 bits");
}

// ---- Keys of maps

TEST(ErrorText, EntriesOfMapsAreNamedByTheirKeys) {
  const std::string tail = ": expected a string, found a number";
  EXPECT_EQ(of_json(R"({"by_name":{"a":{"sku":"x"},"b":{"sku":1}}})"), "by_name[\"b\"].sku" + tail);
  EXPECT_EQ(of_json(R"({"by_number":{"1":1,"-17":true}})"),
            "by_number[-17]: expected a number of type i32, found true");
  EXPECT_EQ(of_json(R"({"by_flag":{"true":{}}})"),
            "by_flag[true]: expected a number of type i32, found an object");
  EXPECT_EQ(of_json(R"({"by_color":{"GREEN":[]}})"),
            "by_color[GREEN]: expected a number of type i32, found an array");
  EXPECT_EQ(of_json(R"({"nested":{"x":{"1":[]},"y":{"1":[0],"2":[0,1,{}]}}})"),
            "nested[\"y\"][2][2]: expected a number of type i32, found an object");
}

TEST(ErrorText, KeysInPathsAreBoundedAndEscaped) {
  EXPECT_EQ(of_json("{\"by_name\":{\"" + std::string(500, 'k') + "\":1}}").substr(0, 48),
            "by_name[\"" + std::string(32, 'k') + "\"...]: ");
  EXPECT_EQ(of_json(R"({"by_name":{"a\n\"é\u202e\u009b":1}})").substr(0, 51),
            R"(by_name["a\n\"é\xe2\x80\xae\xc2\x9b"]: expected an)");
}

TEST(ErrorText, AKeyThatCannotBeReadIsCounted) {
  EXPECT_EQ(of_json(R"({"by_number":{"1":1,"2x":2}})"),
            R"(by_number[key 2]: expected a number of type i32, found "2x")");
  EXPECT_EQ(of_json(R"({"by_flag":{"yes":2}})"),
            R"(by_flag[key 1]: expected true or false, found "yes")");
  EXPECT_EQ(of_json(R"({"by_struct":[[{"name":"a"},1],[{"name":2},1]]})"),
            "by_struct[key 2].name: expected a string, found a number");
  EXPECT_EQ(of_json(R"({"by_struct":[[{"name":"a"},1],[{"name":"b"},{}]]})"),
            "by_struct[value 2]: expected a number of type i32, found an object");
}

TEST(ErrorText, AKeyThatComesTwiceIsNamed) {
  EXPECT_EQ(
      of_json(R"({"by_number":{"7":1,"8":1,"7":2}})", json::text, {.reject_duplicate_keys = true}),
      "by_number[7]: the key is given twice");
}

TEST(ErrorText, KeysOfAllFormatsAreNamed) {
  EXPECT_EQ(of_thrift(raw_field(
                13, 10,
                std::string("\x0b\x0c", 2) + be32(1) + raw_text("b") + raw_field(11, 1, be32(-1)))),
            "by_name[\"b\"].sku: a count or length that cannot be right");
  // An entry {"k": the varint is too long}.
  EXPECT_EQ(of_wire("Tree", std::string("\x22\x0e\x0a\x01k\x10", 6) + std::string(10, '\xff')),
            "counts[\"k\"]: a varint of more than ten bytes");
}

struct Counts {
  std::map<std::string, std::string> texts;
};
WIREJIT_STRUCT(Counts, (1, texts))

TEST(ErrorText, EncodingNamesKeysToo) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<Counts>(json::text);
    Buffer out;
    const auto done = codec->encode({{{"good", "x"}, {"k", "\xff"}}}, out);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(place_and_message(done.error()), "texts[\"k\"]: the string is not valid UTF-8");
  }
}

// ---- The field at fault

TEST(ErrorText, AFieldThatComesTwiceHasAPath) {
  const Options strict{.reject_duplicate_fields = true};
  const std::string tail = ": the field is given twice";
  EXPECT_EQ(of_json(R"({"leaf":{"count":1,"count":2,"sku":""}})", json::text, strict),
            "leaf.count" + tail);
  EXPECT_EQ(of_json(R"({"small":1,"wide":2,"text":"","small":1,"wide":2})", json::text, strict),
            "small" + tail);
  EXPECT_EQ(of_json(R"({"text":"","small":1,"wide":2,"text":""})", json::text, strict),
            "text" + tail);
  EXPECT_EQ(of_thrift(raw_field(8, 1, be32(1)) + raw_field(2, 5, "\x01") +
                          raw_field(8, 1, be32(1)) + std::string(1, '\0'),
                      strict),
            "small" + tail);
  EXPECT_EQ(of_wire("Tree", "\x1a\x04\x10\x01\x10\x02", strict), "main.count" + tail);
}

TEST(ErrorText, FieldsBeyondTheFirstWordThatComeTwiceHaveAPath) {
  std::string wide = "struct Wide {";
  for (int i = 1; i <= 100; ++i) {
    wide += std::to_string(i) + ": optional i32 f" + std::to_string(i) + ";";
  }
  const auto s = thrift::load_text(wide + "}");
  ASSERT_TRUE(s.has_value());
  const Options strict{.reject_duplicate_fields = true};
  EXPECT_EQ(rejection(*s, "Wide", json::text, R"({"f70":1,"f69":2,"f70":3,"f71":1})", strict),
            "f70: the field is given twice");
  EXPECT_EQ(rejection(*s, "Wide", json::text, R"({"f90":1,"f89":2,"f90":3,"f91":1})", strict),
            "f90: the field is given twice");
}

TEST(ErrorText, ATruncatedScalarNamesItsField) {
  const std::string tail = ": the input ends inside a value";
  const std::string element = std::string("\x0c", 1) + be32(1);
  EXPECT_EQ(of_thrift(raw_field(8, 1, be32(1).substr(0, 3))), "small" + tail);
  EXPECT_EQ(of_thrift(raw_field(10, 2, "")), "wide" + tail);
  EXPECT_EQ(of_thrift(raw_field(15, 9, element + raw_field(11, 1, be32(0).substr(0, 3)))),
            "leaves[0].sku" + tail);
  EXPECT_EQ(of_json(R"({"zz": {"small":)"),
            ": the input ends inside a value");  // the value of the unknown field
  EXPECT_EQ(of_json(R"({"zz": [{"small":)"), ": the input ends inside a value");
  EXPECT_EQ(of_json(R"({"small":)"), "small" + tail);
  EXPECT_EQ(of_json(R"({"leaf": {"sku": "a", "count" : )"), "leaf.count" + tail);
  EXPECT_EQ(of_json(R"({"leaves":[{"sku":)"), "leaves[0].sku" + tail);
  EXPECT_EQ(of_json(R"({"unknown":)"), tail);
  EXPECT_EQ(of_wire("Leaf", "\x10"), "count" + tail);
  EXPECT_EQ(of_wire("Leaf", "\x0a\x05zz"), "sku" + tail);
}

TEST(ErrorText, ATruncatedMessageNamesTheFieldThatTheInputEndsIn) {
  const std::string tail = ": the input ends inside a value";
  EXPECT_EQ(of_wire("Tree", "\x12\x03\x0a\x01x\x12\x05\x0a\x03yy"), "lines[1].sku" + tail);
  EXPECT_EQ(of_wire("Tree", "\x1a\x05\x10\x01\x0a\x03yy"), "main.sku" + tail);
  EXPECT_EQ(of_wire("Tree", "\x2a\x10\x12\x02\x10\x01\x12\x02\x10\x01\x12\x05\x0a\x03yy"),
            "trees[0].lines[2].sku" + tail);
  EXPECT_EQ(of_wire("Tree", "\x1a\x09\x10\x01\x3a\x03yy"), "main" + tail) << "an unknown field";
  EXPECT_EQ(of_wire("Tree", "\x1a\x09\x10\x01"), "main" + tail) << "between fields";
}

TEST(ErrorText, ListsInListsAreCountedAnew) {
  EXPECT_EQ(of_json(R"({"rows":[[1,2,3],[4],[5,6,"x"]]})").substr(0, 11), "rows[2][2]:");
  EXPECT_EQ(of_json(R"({"leaves":[{"sku":"a"}],"rows":[[1],[{}]]})").substr(0, 11), "rows[1][0]:");
}

// An error of the writer does not say that the input has the wrong type.
TEST(ErrorText, AWriterThatRejectsANumberDoesNotBlameItsText) {
  const auto from = thrift::load_text("struct S { 1: optional i64 n }");
  const auto to = thrift::load_text("struct S { 1: optional i32 n }");
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto t = engine.transcoder(*from->find_struct("S"), json::text, *to->find_struct("S"),
                                     thrift::binary);
    ASSERT_TRUE(t.has_value()) << t.error().to_string();
    Buffer out;
    const auto done = t->transcode(std::string_view(R"({"n":99999999999})"), out);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::number_out_of_range);
    EXPECT_EQ(place_and_message(done.error()), "n: the number does not fit the field's type");
  }
}

TEST(ErrorText, WithoutPathsTheFieldIsNotNamedButTheKeyIs) {
  const Options quick{.error_paths = false};
  const Options strict{.unknown_fields = Unknown::error, .error_paths = false};
  EXPECT_EQ(of_json(R"({"leaf":{"nope":1}})", json::text, strict),
            R"(: the schema has no field "nope")");
  EXPECT_EQ(of_json(R"({"text":5})", json::text, quick),
            ": the value has another type than the schema says");
}

// ---- Hostile input

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Every prefix, and every byte replaced by some others, between inaccessible pages.
void expect_small_plain_errors(const Schema& s, std::string_view root, const Format& from,
                               const std::string& bytes, std::optional<Unknown> unknown = {}) {
  static GuardedInput guard;
  const Engine engine;
  const auto type = RecordType::make(s, root);
  const auto codec = engine.record_codec(
      *type, from,
      {.reject_duplicate_fields = true, .reject_duplicate_keys = true, .unknown_fields = unknown});
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  Arena arena;
  int rejected = 0;
  const auto look_at = [&](const std::string& bad) {
    for (const Bytes input : {guard.at_begin(as_bytes(bad)), guard.at_end(as_bytes(bad))}) {
      arena.reset();
      const auto read = codec->decode(input, arena);
      if (!read) {
        ++rejected;
        EXPECT_LT(read.error().path().size() + read.error().message().size(), 400U);
        EXPECT_TRUE(is_plain(read.error().path() + read.error().message()))
            << place_and_message(read.error());
      }
    }
  };
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    look_at(bytes.substr(0, n));
    std::string changed = bytes;
    for (const char other :
         {'\0', '\x01', '\x0e', '"', '\\', ':', '{', ']', '-', '5', 'n', '\x7f', '\x80', '\xff'}) {
      changed[n] = other;
      look_at(changed);
    }
  }
  EXPECT_GT(rejected, 100);
}

TEST(ErrorText, HostileInputIsDescribedWithinItsBoundsAndInFewWords) {
  const std::string text =
      R"({"small":-5,"wide":"7","real":1.5e3,"text":"a\u0001b","raw":"AAEC","flag":true,)"
      R"("color":"GREEN","leaf":{"sku":"x\n","count":1},"leaves":[{"sku":"y"}],)"
      R"("by_name":{"\u0007k\"":{"sku":"z"}},"by_number":{"-17":3},"by_flag":{"true":1},)"
      R"("nested":{"a":{"1":[2]}},"by_struct":[[{"name":"n"},1]],"unknown":{"a":[null,"b"]}})";
  expect_small_plain_errors(schema(), "Everything", json::text, text);
  expect_small_plain_errors(schema(), "Everything", json::text, text, Unknown::error);
  const auto simple = thrift::load_text(
      "struct Leaf { 1: optional string sku; 2: optional i32 count }\n"
      "struct Tree { 1: optional i64 id; 2: optional list<Leaf> lines; 3: optional Leaf main;"
      " 4: optional map<string, i32> counts; 5: optional list<Tree> trees }\n");
  const Engine engine;
  for (const Format& format : {Format(thrift::binary), Format(pb::wire)}) {
    const auto convert = engine.transcoder(*simple->find_struct("Tree"), json::text, format);
    ASSERT_TRUE(convert.has_value()) << convert.error().to_string();
    Buffer out;
    ASSERT_TRUE(convert->transcode(
        std::string_view(R"({"id":300,"lines":[{"sku":"a"},{"sku":"b","count":2}],)"
                         R"("main":{"count":70000},"counts":{"k":1,"\u0007":2},)"
                         R"("trees":[{"lines":[{"sku":"c"}],"trees":[{"id":1}]}]})"),
        out));
    expect_small_plain_errors(*simple, "Tree", format, std::string(out.text()));
  }
}

}  // namespace
}  // namespace wirejit::test
