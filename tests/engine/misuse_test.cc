// Wrong arguments: types of another schema, empty schemas, formats and record types, handles that
// were moved from. Each gives an Error that names the mistake, or works as before.
#include <wirejit/json.h>
#include <wirejit/record.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wirejit::test {
namespace {

struct Item {
  std::int32_t id = 0;
  std::string name;
};
WIREJIT_STRUCT(Item, (1, id), (2, name))

constexpr std::string_view idl =
    "service Calls { void ping() } "
    "struct Item { 1: i32 id, 2: string name } struct Other { 1: i32 id }";

Schema load() {
  const auto schema = thrift::load_text(idl);
  EXPECT_TRUE(schema) << schema.error().message();
  return *schema;
}

class Misuse : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  void expect_rejected(const auto& result, std::string_view says) const {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::not_found) << result.error().to_string();
    EXPECT_NE(result.error().message().find(says), std::string::npos) << result.error().to_string();
  }

  Engine engine_{EngineOptions{.kind = GetParam()}};
  Schema schema_ = load();
  const StructType& item_ = *schema_.find_struct("Item");
  const Format& binary_ = thrift::binary;
};

INSTANTIATE_TEST_SUITE_P(Engines, Misuse,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

TEST_P(Misuse, AStructOfAnotherSchemaIsRejected) {
  const Schema other = load();
  const StructType copy = item_;
  for (const StructType* foreign : {&other.find_struct("Item")->get(), &copy}) {
    expect_rejected(engine_.transcoder({schema_, *foreign}, binary_, json::text),
                    "type does not belong to");
    expect_rejected(engine_.transcoder({schema_, *foreign}, binary_, {schema_, item_}, json::text),
                    "type does not belong to");
    expect_rejected(engine_.transcoder({schema_, item_}, binary_, {schema_, *foreign}, json::text),
                    "type does not belong to");
    expect_rejected(engine_.codec<Item>({schema_, *foreign}, binary_), "type does not belong to");
    expect_rejected(engine_.encoder<Item>({schema_, *foreign}, binary_), "type does not belong to");
    expect_rejected(engine_.decoder<Item>({schema_, *foreign}, binary_), "type does not belong to");
    expect_rejected(RecordType::make({schema_, *foreign}), "type does not belong to");
  }
}

TEST_P(Misuse, ATypeOfAnotherSchemaIsRejected) {
  const Schema other = load();
  const Type copy = *schema_.type_of(item_);
  for (const Type* foreign :
       {other.type_of(*other.find_struct("Item")), &copy, &other.find_type("list<Item>")->get(),
        &other.find_type("i32")->get()}) {
    EXPECT_FALSE(schema_.owns(*foreign));
    expect_rejected(engine_.transcoder({schema_, *foreign}, binary_, json::text),
                    "type does not belong to");
    expect_rejected(RecordType::make({schema_, *foreign}), "type does not belong to");
  }
}

TEST_P(Misuse, TypesOfTheSchemaAreAccepted) {
  for (const char* name : {"Item", "i32", "list<Item>", "map<string, list<Item>>"}) {
    const TypeRef type = schema_.find_type(name).value();
    EXPECT_TRUE(schema_.owns(type)) << name;
    EXPECT_TRUE(engine_.transcoder(type, binary_, json::text)) << name;
    EXPECT_TRUE(engine_.transcoder({schema_, type.get()}, binary_, json::text)) << name;
    EXPECT_TRUE(RecordType::make(type)) << name;
  }
  const Schema copy = schema_;  // a handle of the same schema
  EXPECT_TRUE(engine_.transcoder({copy, item_}, binary_, json::text));
  EXPECT_TRUE(engine_.codec<Item>({copy, item_}, binary_));
}

TEST_P(Misuse, VoidIsTheTypeOfNoValue) {
  const Type& nothing = *(*schema_.find_service("Calls"))->find("ping")->result;
  ASSERT_EQ(nothing.kind, Kind::void_);
  const auto transcoder = engine_.transcoder({schema_, nothing}, binary_, json::text);
  ASSERT_FALSE(transcoder);
  EXPECT_EQ(transcoder.error().code(), Errc::unsupported) << transcoder.error().to_string();
  EXPECT_FALSE(RecordType::make({schema_, nothing}));
}

TEST_P(Misuse, AnEmptySchemaIsRejected) {
  const Schema empty;
  Schema moved_from = load();
  const Schema kept = std::move(moved_from);
  EXPECT_EQ(moved_from, kept);  // NOLINT(bugprone-use-after-move)
  for (const Schema& s : {empty, Schema()}) {
    EXPECT_FALSE(s.owns(*schema_.type_of(item_)));
    expect_rejected(engine_.transcoder({s, item_}, binary_, json::text), "schema is empty");
    expect_rejected(engine_.transcoder({s, *schema_.type_of(item_)}, binary_, json::text),
                    "schema is empty");
    expect_rejected(engine_.transcoder({s, item_}, binary_, {schema_, item_}, json::text),
                    "schema is empty");
    expect_rejected(engine_.transcoder({schema_, item_}, binary_, {s, item_}, json::text),
                    "schema is empty");
    expect_rejected(engine_.codec<Item>({s, item_}, binary_), "schema is empty");
    expect_rejected(RecordType::make(s, "Item"), "schema is empty");
    expect_rejected(RecordType::make({s, item_}), "schema is empty");
    expect_rejected(RecordType::make({s, *schema_.type_of(item_)}), "schema is empty");
  }
}

// Record types of one schema and type are one, whoever made them.
TEST_P(Misuse, RecordsGoToCodecsOfAnEqualRecordType) {
  const auto first = RecordType::make({schema_, item_});
  const auto second = RecordType::make(schema_, "Item");
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(*first == *second);
  const auto reads = engine_.record_codec(*first, json::text);
  const auto writes = engine_.record_codec(*second, json::text);
  ASSERT_TRUE(reads && writes);
  Arena arena;
  const auto record = reads->decode("{}", arena);
  ASSERT_TRUE(record) << record.error().to_string();
  Buffer out;
  const auto written = writes->encode(*record, out);
  ASSERT_TRUE(written) << written.error().to_string();
  EXPECT_FALSE(out.empty());
}

TEST_P(Misuse, AnEmptyFormatIsRejected) {
  const Format empty{std::shared_ptr<const detail::FormatState>()};
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.name(), "");
  EXPECT_FALSE(empty.is_text());
  expect_rejected(engine_.transcoder({schema_, item_}, empty, json::text), "format is empty");
  expect_rejected(engine_.transcoder({schema_, item_}, json::text, empty), "format is empty");
  expect_rejected(engine_.transcoder({schema_, item_}, empty, {schema_, item_}, json::text),
                  "format is empty");
  expect_rejected(engine_.codec<Item>(empty), "format is empty");
  expect_rejected(engine_.codec<Item>({schema_, item_}, empty), "format is empty");
  expect_rejected(engine_.record_codec(*RecordType::make({schema_, item_}), empty),
                  "format is empty");
}

TEST_P(Misuse, AnEmptyRecordTypeIsRejected) {
  const RecordType empty;
  expect_rejected(engine_.record_codec(empty, binary_), "record type is empty");
  expect_rejected(RootValue::make(empty), "record type is empty");
  EXPECT_TRUE(empty.schema().empty());
  EXPECT_EQ(empty.type().kind, Kind::void_);
  EXPECT_EQ(empty.layout().size, 0u);
  EXPECT_EQ(empty.structure(), nullptr);
  EXPECT_EQ(empty.find(item_), nullptr);
  EXPECT_FALSE(empty.handle<std::int32_t>("id"));
  Arena arena;
  EXPECT_FALSE(Record::make(arena, empty));
}

TEST_P(Misuse, HandlesThatWereMovedFromStayUsable) {
  // NOLINTBEGIN(bugprone-use-after-move)
  const Item item{7, "seven"};
  Buffer out;
  Engine engine = engine_;
  const Engine other_engine = std::move(engine);
  EXPECT_EQ(engine.describe(), other_engine.describe());
  auto codec = engine.codec<Item>(binary_);
  ASSERT_TRUE(codec);
  {
    const Codec<Item> moved = std::move(*codec);
    ASSERT_TRUE(moved.encode(item, out));
  }
  const auto back = codec->decode(out);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, "seven");
  EXPECT_GT(codec->encoder().info().routines, 0u);

  // A format with options owns them; a format that was moved from must still have them.
  std::optional<Format> text(json::text({}));
  {
    const Format moved = std::move(*text);
  }
  EXPECT_EQ(text->name(), "json");

  auto transcoder = engine_.transcoder({schema_, item_}, binary_, *text);
  ASSERT_TRUE(transcoder);
  {
    const Transcoder moved = std::move(*transcoder);
  }
  Buffer json;
  ASSERT_TRUE(transcoder->transcode(out, json));
  EXPECT_EQ(json.text(), R"({"id":7,"name":"seven"})");

  auto type = RecordType::make({schema_, item_});
  ASSERT_TRUE(type);
  {
    const RecordType moved = std::move(*type);
  }
  EXPECT_EQ(type->structure()->schema, &item_);
  auto records = engine_.record_codec(*type, binary_);
  ASSERT_TRUE(records);
  {
    const RecordCodec moved = std::move(*records);
  }
  Arena arena;
  const auto record = records->decode(out, arena);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->get<int>("id").value_or(0), 7);
  Buffer again;
  EXPECT_TRUE(records->encode(*record, again));
  EXPECT_EQ(again.text(), out.text());
  // NOLINTEND(bugprone-use-after-move)
}

// A transcoder keeps the schema that owns its types.
TEST_P(Misuse, ATranscoderKeepsItsSchemaAlive) {
  std::optional<Transcoder> transcoder;
  {
    const Schema schema = load();
    transcoder = *engine_.transcoder(schema.find_type("list<Item>").value(), json::text, binary_);
  }
  Buffer out;
  EXPECT_TRUE(transcoder->transcode(R"([{"id":1,"name":"a"},{"name":"b","id":2}])", out));
  EXPECT_EQ(out.size(), 5u + 2 * (7 + 8 + 1));
}

}  // namespace
}  // namespace wirejit::test
