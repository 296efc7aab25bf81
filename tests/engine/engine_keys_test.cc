// Keys that come twice, and unknown fields: rejected, replaced or kept, with the same result on all
// engines.
#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

constexpr std::string_view idl = R"(
struct Inner { 1: string name }
struct Doc {
  1: map<string, i32> counts
  2: set<i64> ids
  3: map<i32, Inner> inners
  4: Inner inner
}
struct Wide {
  1: map<string, i32> counts
  2: set<i64> ids
  3: map<i32, Inner> inners
  4: Inner inner
  5: string extra
  6: list<Inner> more
  7: i64 number
}
)";

class Keys : public ::testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Keys() : engine_({.kind = GetParam()}), schema_(*thrift::load_text(idl)) {}

  std::string transcode(const Format& from, const Format& to, std::string_view input,
                        const Options& options = {}) {
    const auto t = engine_.transcoder(*schema_.find_struct("Doc"), from, to, options);
    EXPECT_TRUE(t) << t.error().to_string();
    Buffer out;
    const auto done = t->transcode(input, out);
    return done ? std::string(out.text()) : "error: " + std::string(to_string(done.error().code()));
  }
  RecordType type(const char* name, const RecordOptions& options = {}) {
    return *RecordType::make(schema_, name, options);
  }

  Engine engine_;
  Schema schema_;
};

// counts: {"a": 1, "b": 2, "a": 3}, which no writer of wirejit writes.
const std::string twice_in_binary(
    "\x0d\x00\x01\x0b\x08\x00\x00\x00\x03"
    "\x00\x00\x00\x01"
    "a\x00\x00\x00\x01"
    "\x00\x00\x00\x01"
    "b\x00\x00\x00\x02"
    "\x00\x00\x00\x01"
    "a\x00\x00\x00\x03"
    "\x00",
    9 + 27 + 1);

TEST_P(Keys, OfEqualMapKeysTheLastCountsInText) {
  EXPECT_EQ(transcode(thrift::binary, json::text, twice_in_binary), R"({"counts":{"b":2,"a":3}})");
}

TEST_P(Keys, MapKeysThatComeTwiceCanBeRejected) {
  Options options;
  options.reject_duplicate_keys = true;
  EXPECT_EQ(transcode(thrift::binary, json::text, twice_in_binary, options),
            "error: duplicate_key");
  EXPECT_EQ(transcode(thrift::binary, thrift::binary, twice_in_binary, options),
            "error: duplicate_key");
  const auto codec = engine_.record_codec(type("Doc"), thrift::binary, options);
  Arena arena;
  const auto read = codec->decode(twice_in_binary, arena);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::duplicate_key);
  EXPECT_EQ(read.error().path(), R"(counts["a"])");
}

TEST_P(Keys, FieldsThatComeTwiceInTextAreWrittenOnce) {
  EXPECT_EQ(
      transcode(json::text, json::text, R"({"inner":{"name":"x"},"ids":[1],"inner":{"name":"y"}})"),
      R"({"ids":[1],"inner":{"name":"y"}})");
}

TEST_P(Keys, SetElementsThatComeTwiceCanBeRejectedOnEncoding) {
  const RecordType doc = type("Doc");
  Arena arena;
  Record record = *Record::make(arena, doc);
  List ids = *record.edit_list("ids");
  for (const std::int64_t id : {5, 7, 5}) {
    ASSERT_TRUE(ids.append(id));
  }
  Buffer out;
  ASSERT_TRUE(engine_.record_codec(doc, thrift::binary)->encode(record, out));
  Options options;
  options.reject_duplicate_keys = true;
  const auto strict = engine_.record_codec(doc, thrift::binary, options);
  const auto written = strict->encode(record, out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Errc::duplicate_key);
  EXPECT_EQ(written.error().path(), "ids[2]");
}

TEST_P(Keys, UnknownFieldsAreKeptAndWrittenBack) {
  const RecordType wide_type = type("Wide");
  const auto wide = engine_.record_codec(wide_type, thrift::binary);
  const auto json = engine_.record_codec(wide_type, json::text);
  Arena arena;
  const std::string text =
      R"({"counts":{"k":1},"ids":[3],"inner":{"name":"n"},"extra":"kept","more":[{"name":"m"}],"number":-9})";
  const auto source = json->decode(text, arena);
  ASSERT_TRUE(source) << source.error().to_string();
  Buffer bytes;
  ASSERT_TRUE(wide->encode(*source, bytes));

  Options keep;
  keep.unknown_fields = Unknown::keep;
  const RecordType narrow_type = type("Doc", {.keep_unknown = true});
  const auto narrow = engine_.record_codec(narrow_type, thrift::binary, keep);
  const auto record = narrow->decode(bytes, arena);
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_FALSE(record->unknown().empty());
  Buffer back;
  ASSERT_TRUE(narrow->encode(*record, back));
  const auto again = wide->decode(back, arena);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_TRUE(*again == *source);

  // Unknown fields of one format cannot be written in another.
  Buffer out;
  ASSERT_TRUE(engine_.record_codec(narrow_type, json::text, keep)->encode(*record, out));
  EXPECT_EQ(out.text(), R"({"counts":{"k":1},"ids":[3],"inner":{"name":"n"}})");
}

TEST_P(Keys, UnknownFieldsAreDroppedUnlessAskedFor) {
  const std::string with_field_nine("\x08\x00\x09\x00\x00\x00\x01\x00", 8);
  EXPECT_EQ(transcode(thrift::binary, thrift::binary, with_field_nine), std::string(1, '\0'));
  Options keep;
  keep.unknown_fields = Unknown::keep;
  EXPECT_EQ(transcode(thrift::binary, thrift::binary, with_field_nine, keep), with_field_nine);
}

TEST_P(Keys, ManySmallUnknownFieldsTakeNoMoreThanAFewTimesTheirSize) {
  std::string many;
  for (int i = 0; i < 50'000; ++i) {
    many += std::string("\x02\x00\x63\x01", 4);
  }
  many += '\0';
  Options keep;
  keep.unknown_fields = Unknown::keep;
  const auto codec =
      engine_.record_codec(type("Doc", {.keep_unknown = true}), thrift::binary, keep);
  Arena arena;
  const auto record = codec->decode(many, arena);
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_EQ(record->unknown().size(), many.size() - 1);
  EXPECT_LT(arena.capacity(), 8 * many.size());
}

struct Preset {
  std::int32_t retries = 3;
  double ratio = 0.5;
  std::string name = "preset";
  std::vector<std::int32_t> list;
};

}  // namespace
}  // namespace wirejit::test

WIREJIT_STRUCT(wirejit::test::Preset, (1, retries), (2, ratio), (3, name), (4, list))

namespace wirejit::test {
namespace {

TEST_P(Keys, MembersOfStructsKeepTheirInitialisersWhereNothingComes) {
  const auto codec = engine_.codec<Preset>(thrift::binary);
  ASSERT_TRUE(codec) << codec.error().to_string();
  Preset p{9, 9, "changed", {1, 2}};
  ASSERT_TRUE(codec->decode(std::string_view("\0", 1), p));
  EXPECT_EQ(p.retries, 3);
  EXPECT_EQ(p.ratio, 0.5);
  EXPECT_EQ(p.name, "preset");
  EXPECT_TRUE(p.list.empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, Keys,
                         ::testing::Values(EngineOptions::Kind::interpret,
                                           EngineOptions::Kind::automatic),
                         [](const auto& i) {
                           return i.param == EngineOptions::Kind::interpret ? "interpreter"
                                                                            : "code";
                         });

}  // namespace
}  // namespace wirejit::test
