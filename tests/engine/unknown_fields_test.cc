// What becomes of unknown fields, in every format and on both engines: Options::unknown_fields.
#include "tests/support/engine_matrix.h"
#include "tests/support/protojson_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>
#include <wirejit/unknown_fields.h>

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>

namespace wirejit::test {
namespace {

struct WideItem {
  std::int32_t id = 0;
  std::string extra;
  std::optional<std::int64_t> more;
  std::vector<WideItem> parts;
};
WIREJIT_STRUCT(WideItem, (1, id), (2, extra), (3, more), (4, parts))

struct NarrowItem {
  std::int32_t id = 0;
  std::vector<NarrowItem> parts;
};
WIREJIT_STRUCT(NarrowItem, (1, id), (4, parts))

struct RoomyItem {
  std::int32_t id = 0;
  std::vector<RoomyItem> parts;
  UnknownFields unknown;
};
WIREJIT_STRUCT(RoomyItem, (1, id), (4, parts), (0, unknown))

struct MapItem {
  std::map<std::int32_t, std::int32_t> counts;
};
WIREJIT_STRUCT(MapItem, (1, counts))

const std::initializer_list<Format> all_formats{thrift::binary, thrift::compact, thrift::json,
                                                pb::wire,       json::text,      pb::json};

class UnknownTest : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  std::string wide(const Format& format) const {
    const WideItem item{1, "e", std::nullopt, {{2, "nested", 7, {}}}};
    std::string out;
    EXPECT_TRUE(engine_.codec<WideItem>(format)->encode(item, out));
    return out;
  }
  std::string known(const Format& format) const {
    const NarrowItem item{1, {{2, {}}}};
    std::string out;
    EXPECT_TRUE(engine_.codec<NarrowItem>(format)->encode(item, out));
    return out;
  }

  Engine engine_{EngineOptions{.kind = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Engines, UnknownTest,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

TEST_P(UnknownTest, ErrorRejectsThemInEveryFormat) {
  const Schema schema = *schema_of<NarrowItem>();
  const StructRef type = *schema.find_struct("NarrowItem");
  const Options strict{.unknown_fields = Unknown::error};
  for (const Format& format : all_formats) {
    SCOPED_TRACE(format.name());
    const auto objects = engine_.codec<NarrowItem>(format, strict);
    const auto records = engine_.record_codec(type, format, strict);
    const auto rewrite = engine_.transcoder(type, format, json::text, strict);
    ASSERT_TRUE(objects && records && rewrite);
    Arena arena;
    Buffer out;
    EXPECT_TRUE(objects->decode(known(format)));
    EXPECT_TRUE(records->decode(known(format), arena));
    EXPECT_TRUE(rewrite->transcode(known(format), out));
    const auto object = objects->decode(wide(format));
    const auto record = records->decode(wide(format), arena);
    const auto text = rewrite->transcode(wide(format), out);
    ASSERT_FALSE(object);
    ASSERT_FALSE(record);
    ASSERT_FALSE(text);
    EXPECT_EQ(object.error().code(), Errc::unknown_field) << object.error();
    EXPECT_EQ(object.error(), record.error());
    EXPECT_EQ(object.error(), text.error());
    EXPECT_EQ(object.error().path(), "") << "the root's own field comes first";
  }
}

// The position is that of the field, and the path that of the struct which has it.
TEST_P(UnknownTest, TheErrorSaysWhere) {
  const Options strict{.unknown_fields = Unknown::error};
  const std::string binary =
      std::string("\x08\0\x01\0\0\0\x01\x0f\0\x04\x0c\0\0\0\x01", 15) +  // 1: 1, 4: [
      std::string("\x08\0\x01\0\0\0\x02", 7) +                           // {1: 2,
      std::string("\x02\0\x63\x01\0\0", 6);                              // 99: true}]
  const auto codec = engine_.codec<NarrowItem>(thrift::binary, strict);
  const auto read = codec->decode(binary);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::unknown_field);
  EXPECT_EQ(read.error().offset(), 22U);
  EXPECT_EQ(read.error().path(), "parts[0]");
}

// What an entry of a map has besides its key and its value is an unknown field, too.
TEST_P(UnknownTest, FieldsOfMapEntriesAreUnknownFields) {
  using namespace std::string_literals;
  const std::string good = "\x0a\x04\x08\x01\x10\x02"s;
  const std::string bad[] = {
      "\x0a\x06\x08\x01\x10\x02\x18\x03"s,          // field 3
      "\x0a\x06\x18\x03\x08\x01\x10\x02"s,          // before the key
      "\x0a\x07\x08\x01\x12\x01x\x10\x02"s,         // field 2 of another wire type
      "\x0a\x08\x08\x01\x10\x02\x9b\x06\x9c\x06"s,  // a group
  };
  const Schema schema = *schema_of<MapItem>();
  const StructRef type = *schema.find_struct("MapItem");
  for (const Unknown unknown : {Unknown::error, Unknown::skip}) {
    const Options options{.unknown_fields = unknown};
    const auto objects = engine_.codec<MapItem>(pb::wire, options);
    const auto records = engine_.record_codec(type, pb::wire, options);
    const auto rewrite = engine_.transcoder(type, pb::wire, json::text, options);
    ASSERT_TRUE(objects && records && rewrite);
    for (const std::string& entry : bad) {
      SCOPED_TRACE(testing::PrintToString(entry));
      const std::string bytes = good + entry + good;
      Arena arena;
      std::string out;
      const auto object = objects->decode(bytes);
      const auto record = records->decode(bytes, arena);
      const auto text = rewrite->transcode(bytes, out);
      if (unknown != Unknown::error) {
        ASSERT_TRUE(object && record && text);
        EXPECT_EQ(out, R"({"counts":{"1":2}})");
        continue;
      }
      ASSERT_FALSE(object || record || text);
      for (const Error& error : {object.error(), record.error(), text.error()}) {
        EXPECT_EQ(error.code(), Errc::unknown_field) << error;
        EXPECT_EQ(error.path(), "counts");
      }
    }
  }
}

// Tags of Protobuf that no field of any schema can have are not unknown fields.
TEST_P(UnknownTest, MalformedTagsAreNoUnknownFields) {
  using namespace std::string_literals;
  const Options strict{.unknown_fields = Unknown::error};
  const auto codec = engine_.codec<NarrowItem>(pb::wire, strict);
  const auto lax = engine_.codec<NarrowItem>(pb::wire);
  const struct {
    std::string bytes;
    Errc code;
    std::size_t offset;
  } cases[] = {
      {"\x00\x01"s, Errc::invalid_tag, 0},          // number 0
      {"\x08\x01\x0e\x01"s, Errc::invalid_tag, 2},  // field 1 of wire type 6
      {"\x08\x01\x0f"s, Errc::invalid_tag, 2},      // of wire type 7
      {"\x9e\x06\x01"s, Errc::invalid_tag, 0},      // field 99 of wire type 6
      {"\x0c"s, Errc::invalid_tag, 0},              // the end of a group that is not open
      {"\x22\x02\x07\x01"s, Errc::invalid_tag, 2},  // within parts
      {"\xff\xff\xff\xff\x7f\x01"s, Errc::invalid_tag, 0},
      {"\x98\x06\x01"s, Errc::unknown_field, 0},      // field 99
      {"\x9b\x06\x9c\x06"s, Errc::unknown_field, 0},  // a group
      {"\x0d\0\0\0\0"s, Errc::unknown_field, 0},      // field 1 of another wire type
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.bytes));
    const auto read = codec->decode(c.bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), c.code) << read.error();
    EXPECT_EQ(read.error().offset(), c.offset) << read.error();
    const auto skipped = lax->decode(c.bytes);
    EXPECT_EQ(skipped.has_value(), c.code == Errc::unknown_field);
    if (!skipped) {
      EXPECT_EQ(skipped.error().code(), c.code) << "the same error where they are skipped";
    }
  }
}

// What the source's schema knows is not unknown, whether or not the target has a place for it.
TEST_P(UnknownTest, FieldsThatOnlyTheTargetLacksAreSkipped) {
  const Schema wide_schema = *schema_of<WideItem>();
  const Schema narrow_schema = *schema_of<NarrowItem>();
  const Options strict{.unknown_fields = Unknown::error};
  for (const Format& format : all_formats) {
    SCOPED_TRACE(format.name());
    const auto narrow = engine_.transcoder(*wide_schema.find_struct("WideItem"), format,
                                           *narrow_schema.find_struct("NarrowItem"), json::text,
                                           Match::number, strict);
    ASSERT_TRUE(narrow) << narrow.error();
    std::string out;
    const auto done = narrow->transcode(wide(format), out);
    ASSERT_TRUE(done) << done.error();
    const bool has_empty_lists = format != pb::wire && format != pb::json;  // those do not
    EXPECT_EQ(out, has_empty_lists ? R"({"id":1,"parts":[{"id":2,"parts":[]}]})"
                                   : R"({"id":1,"parts":[{"id":2}]})");
  }
}

TEST_P(UnknownTest, WithoutAnOptionObjectsWithRoomKeepThem) {
  for (const Format& format : all_formats) {
    SCOPED_TRACE(format.name());
    const auto roomy = engine_.codec<RoomyItem>(format);
    const auto narrow = engine_.codec<NarrowItem>(format);
    ASSERT_TRUE(roomy && narrow);
    const auto read = roomy->decode(wide(format));
    const auto skipped = narrow->decode(wide(format));
    if (format.name() == pb::json.name()) {  // as the official library
      ASSERT_FALSE(read);
      EXPECT_EQ(read.error().code(), Errc::unknown_field);
      EXPECT_FALSE(skipped);
      continue;
    }
    ASSERT_TRUE(read) << read.error();
    ASSERT_TRUE(skipped) << skipped.error();
    EXPECT_FALSE(read->unknown.bytes.empty());
    EXPECT_FALSE(read->parts.at(0).unknown.bytes.empty());
    // Nothing is lost on the way through an object that knows less.
    std::string out;
    ASSERT_TRUE(roomy->encode(*read, out));
    const auto back = engine_.codec<WideItem>(format)->decode(out);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->extra, "e");
    EXPECT_EQ(back->parts.at(0).more, 7);
    // To another format they do not go.
    std::string other;
    ASSERT_TRUE(engine_.codec<RoomyItem>(format.is_text() ? thrift::binary : Format(json::text))
                    ->encode(*read, other));
    EXPECT_EQ(other.find("nested"), std::string::npos);
  }
}

TEST_P(UnknownTest, SkipLeavesThemOutWhereThereIsRoom) {
  for (const Format& format : all_formats) {
    SCOPED_TRACE(format.name());
    const auto codec = engine_.codec<RoomyItem>(format, {.unknown_fields = Unknown::skip});
    ASSERT_TRUE(codec);
    RoomyItem item;
    item.unknown.bytes = "left from before";
    ASSERT_TRUE(codec->decode(wide(format), item));
    EXPECT_TRUE(item.unknown.bytes.empty());
    EXPECT_TRUE(item.parts.at(0).unknown.bytes.empty());
  }
}

TEST_P(UnknownTest, KeepWithoutRoomIsRejectedWhenTheCodecIsMade) {
  const Options keep{.unknown_fields = Unknown::keep};
  const auto codec = engine_.codec<NarrowItem>(thrift::binary, keep);
  ASSERT_FALSE(codec);
  EXPECT_EQ(codec.error().code(), Errc::unsupported);
  EXPECT_NE(codec.error().message().find("UnknownFields"), std::string::npos) << codec.error();
  EXPECT_TRUE(engine_.codec<RoomyItem>(thrift::binary, keep));

  const Schema schema = *schema_of<NarrowItem>();
  const StructRef type = *schema.find_struct("NarrowItem");
  EXPECT_FALSE(engine_.record_codec(*RecordType::make(type), thrift::binary, keep));
  EXPECT_TRUE(
      engine_.record_codec(*RecordType::make(type, {.keep_unknown = true}), pb::wire, keep));
  // A codec made of a schema's type makes the record type that it needs.
  const auto records = engine_.record_codec(type, pb::wire, keep);
  ASSERT_TRUE(records) << records.error();
  Arena arena;
  const auto record = records->decode(wide(pb::wire), arena);
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->unknown().empty());
  std::string out;
  ASSERT_TRUE(records->encode(*record, out));
  EXPECT_EQ(engine_.codec<WideItem>(pb::wire)->decode(out)->extra, "e");
}

// Record types with room are asked once: the codec needs no option.
TEST_P(UnknownTest, RecordsWithRoomKeepThem) {
  const Schema schema = *schema_of<NarrowItem>();
  const RecordType type =
      *RecordType::make(*schema.find_struct("NarrowItem"), {.keep_unknown = true});
  for (const Format& format : {Format(thrift::binary), Format(thrift::compact),
                               Format(thrift::json), Format(pb::wire), Format(json::text)}) {
    SCOPED_TRACE(format.name());
    const auto codec = engine_.record_codec(type, format);
    ASSERT_TRUE(codec);
    Arena arena;
    const auto record = codec->decode(wide(format), arena);
    ASSERT_TRUE(record) << record.error();
    EXPECT_FALSE(record->unknown().empty());
    std::string out;
    ASSERT_TRUE(codec->encode(*record, out));
    EXPECT_EQ(engine_.codec<WideItem>(format)->decode(out)->extra, "e");
  }
}

// ProtoJSON: names that an enum lacks go with the unknown keys.
TEST_P(UnknownTest, ProtoJsonSkipsNamesOfEnumsWithUnknownKeys) {
  SchemaBuilder b;
  b.add_document("test");
  EnumType& color = b.add_enum("Color");
  color.values.push_back({.name = "RED"});
  StructType& s = b.add_struct("Item");
  add_field(s, 1, "color", b.of(color));
  add_field(s, 2, "n", b.base(Kind::i32));
  const Schema schema = built(b);
  const std::string text = R"({"color":"PINK","n":7,"x":[1]})";
  std::string out;
  const auto strict = engine_.transcoder(*schema.find_struct("Item"), pb::json, pb::json);
  EXPECT_FALSE(strict->transcode(text, out));
  const auto lenient = engine_.transcoder(*schema.find_struct("Item"), pb::json, pb::json,
                                          {.unknown_fields = Unknown::skip});
  ASSERT_TRUE(lenient->transcode(text, out));
  EXPECT_EQ(out, R"({"n":7})");
}

}  // namespace
}  // namespace wirejit::test
