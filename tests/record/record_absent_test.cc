// Absent values: chains of reads and changes that begin at an absent struct, an empty view or a
// default-constructed handle. None may crash; all return not_found, false or an empty value.
#include "tests/support/record_support.h"

#include <wirejit/json.h>
#include <wirejit/record.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wirejit::test {
namespace {

Errc code(const auto& result) { return result ? Errc::ok : result.error().code(); }

class RecordAbsent : public testing::Test {
 protected:
  RecordType type(std::string_view name) const { return *RecordType::make(schema_, name); }

  Schema schema_ = sample_schema();
  RecordType all_ = type("All");
  RecordType node_ = type("Node");
  Arena arena_;
  Record record_ = *Record::make(arena_, all_);
  // An empty view, and the view of an absent field, which has a type.
  RecordView views_[2] = {RecordView(), record_.get(*all_.handle<RecordView>("point"))};
};

TEST_F(RecordAbsent, AChainOfReadsFindsNothing) {
  for (const RecordView& r : {record_.record("point"), record_.record("no such field"),
                              record_.record("point").record("x").record("y")}) {
    EXPECT_FALSE(r);
    EXPECT_EQ(code(r.get<int>("x")), Errc::not_found);
    EXPECT_EQ(code(r.get<std::string>("text")), Errc::not_found);
    EXPECT_FALSE(r.has("x"));
    EXPECT_TRUE(r.list("points").empty());
    EXPECT_TRUE(r.map("counts").empty());
    EXPECT_FALSE(r.record("point"));
  }
  const Record deep = *Record::make(arena_, node_);
  EXPECT_EQ(code(deep.record("next").record("next").record("next").get<int>("value")),
            Errc::not_found);
}

TEST_F(RecordAbsent, WhetherAChainFindsAValueDependsOnTheMessage) {
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const auto codec = Engine({.kind = kind}).record_codec(node_, json::text);
    ASSERT_TRUE(codec);
    for (const char* text : {"{}", "{\"next\":{}}", "{\"next\":{\"next\":{\"value\":5}}}"}) {
      const auto r = codec->decode(text, arena_);
      ASSERT_TRUE(r) << r.error().to_string();
      const auto found = r->record("next").record("next").get<int>("value");
      EXPECT_EQ(found.value_or(-1), std::string_view(text).ends_with("5}}}") ? 5 : -1) << text;
    }
  }
}

TEST_F(RecordAbsent, EveryAccessorOfAnEmptyViewReturns) {
  const StructType& point = *schema_.find_struct("Point");
  for (const RecordView& r : views_) {
    for (const FieldKey& key : {FieldKey("x"), FieldKey(1), FieldKey(*point.find("x"))}) {
      EXPECT_FALSE(r.has(key));
      EXPECT_EQ(code(r.get<int>(key)), Errc::not_found);
      EXPECT_EQ(code(r.get<Value>(key)), Errc::not_found);
      EXPECT_EQ(r.find<int>(key), std::nullopt);
      EXPECT_FALSE(r.value(key));
      EXPECT_FALSE(r.record(key));
      EXPECT_EQ(r.list<int>(key).size(), 0u);
      EXPECT_EQ((r.map<std::string_view, int>(key).size()), 0u);
    }
    EXPECT_FALSE(r.has_position(0));
    EXPECT_FALSE(r.value_at(0));
    EXPECT_EQ(r.which(), nullptr);
    EXPECT_TRUE(r.unknown().empty());
    for (const FieldValue& f : r.fields()) {
      ADD_FAILURE() << f.field->name;
    }
    EXPECT_EQ(r.data(), nullptr);
    EXPECT_EQ(r.to_string(), "null");
  }
  EXPECT_TRUE(RecordView().type().fields.empty());
  EXPECT_TRUE(RecordView().layout().members.empty());
  EXPECT_EQ(views_[1].type().name, "Point");
}

TEST_F(RecordAbsent, HandlesOfAnEmptyViewGiveZeroOrEmpty) {
  const auto number = all_.handle<std::int32_t>("medium");
  const auto text = all_.handle<std::string_view>("text");
  const auto list = all_.handle<ListView<std::int32_t>>("numbers");
  const auto map = all_.handle<MapView<std::string_view, std::int64_t>>("counts");
  const auto point = all_.handle<RecordView>("point");
  const auto uuid = all_.handle<Uuid>("uuid");
  const RecordView none;
  EXPECT_FALSE(none.has(*number));
  EXPECT_EQ(none.get(*number), 0);
  EXPECT_EQ(none.find(*number), std::nullopt);
  EXPECT_EQ(none.get(*text), "");
  EXPECT_TRUE(none.get(*list).empty());
  EXPECT_TRUE(none.get(*map).empty());
  EXPECT_FALSE(none.get(*point));
  EXPECT_EQ(none.get(*uuid), Uuid{});
  const auto x = make_handle<std::int32_t>(*all_.find(*schema_.find_struct("Point")), "x");
  EXPECT_EQ(record_.get(*point).get(*x), 0);
}

TEST_F(RecordAbsent, EmptyViewsCompareCopyAndEncodeWithoutACrash) {
  const auto codec = Engine().record_codec(node_, thrift::binary);
  ASSERT_TRUE(codec);
  Buffer out;
  for (const RecordView& r : views_) {
    EXPECT_EQ(r, RecordView());
    EXPECT_FALSE(r == record_);
    EXPECT_EQ(code(Record::copy(arena_, r)), Errc::not_found);
    EXPECT_EQ(code(codec->encode(r, out)), Errc::not_found);
    EXPECT_EQ(code(record_.set("point", r)), Errc::not_found);
  }
  EXPECT_EQ(code(codec->encode(Value(), out)), Errc::not_found);
  EXPECT_EQ(code(codec->encode(record_.value("point"), out)), Errc::type_mismatch);
  // A null of the very type that is encoded.
  const Record node = *Record::make(arena_, node_);
  const RecordView next = node.get(*node_.handle<RecordView>("next"));
  EXPECT_EQ(&next.layout(), &node.layout());
  EXPECT_EQ(code(codec->encode(next, out)), Errc::not_found);
  EXPECT_TRUE(out.empty());
  EXPECT_FALSE(record_.has("point"));
}

TEST_F(RecordAbsent, EveryAccessorOfAnEmptyValueReturns) {
  const Value typed(*schema_.find_type("i32").value(), all_.layout(), nullptr);
  for (const Value& v : {Value(), record_.value("no such field"), typed}) {
    EXPECT_FALSE(v);
    EXPECT_EQ(code(v.as<int>()), Errc::not_found);
    EXPECT_EQ(code(v.as<double>()), Errc::not_found);
    EXPECT_EQ(code(v.as<std::string>()), Errc::not_found);
    EXPECT_EQ(code(v.as<RecordView>()), Errc::not_found);
    EXPECT_EQ(code(v.as<ListView<>>()), Errc::not_found);
    EXPECT_EQ(code(v.as<Value>()), Errc::not_found);
    EXPECT_EQ(v.enum_name(), "");
    EXPECT_EQ(v.to_string(), "null");
    EXPECT_EQ(v, Value());
    EXPECT_FALSE(v == record_.value("medium"));
    EXPECT_EQ(code(record_.set("medium", v)), Errc::not_found);
  }
  EXPECT_EQ(Value().type().kind, Kind::void_);
  EXPECT_EQ(Value().layout().size, 0u);
  const Value enumeration(*schema_.find_type("Color").value(), all_.layout(), nullptr);
  EXPECT_EQ(enumeration.enum_name(), "");
}

TEST_F(RecordAbsent, EveryAccessorOfEmptyListsAndMapsReturns) {
  const ListView<> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
  EXPECT_FALSE(list.value());
  EXPECT_EQ(list.value().to_string(), "null");
  EXPECT_TRUE(ListView<int>().span().empty());
  const MapView<> map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_FALSE(map.value());
  EXPECT_EQ(map.find("key"), std::nullopt);
  EXPECT_EQ(MapIndex<>(map).find(1), std::nullopt);
  EXPECT_EQ(code(record_.set("numbers", list)), Errc::not_found);
}

TEST_F(RecordAbsent, ChangingWhatIsNotThereIsAnError) {
  Record none;
  EXPECT_EQ(code(none.set("x", 1)), Errc::not_found);
  EXPECT_EQ(code(none.set("x", "text")), Errc::not_found);
  EXPECT_EQ(code(none.edit("x")), Errc::not_found);
  EXPECT_EQ(code(none.edit_record("x")), Errc::not_found);
  EXPECT_EQ(code(none.edit_list("x")), Errc::not_found);
  EXPECT_EQ(code(none.edit_map("x")), Errc::not_found);
  EXPECT_EQ(code(none.set_unknown({})), Errc::not_found);
  EXPECT_FALSE(none.clear("x"));
  none.reset();
  none.set(*all_.handle<std::int32_t>("medium"), 1);
  EXPECT_EQ(code(none.set(*all_.handle<std::string_view>("text"), std::string_view("text"))),
            Errc::not_found);
  EXPECT_FALSE(none);

  MutableValue value;
  EXPECT_EQ(code(value.set(1)), Errc::not_found);
  EXPECT_EQ(code(value.set(true)), Errc::not_found);
  EXPECT_EQ(code(value.set("text")), Errc::not_found);
  EXPECT_EQ(code(value.set(1.5)), Errc::not_found);
  EXPECT_EQ(code(value.set(std::vector<int>{1})), Errc::not_found);
  EXPECT_EQ(code(value.set(record_)), Errc::not_found);
  EXPECT_NE(code(value.record()), Errc::ok);
  EXPECT_NE(code(value.list()), Errc::ok);
  EXPECT_NE(code(value.map()), Errc::ok);

  List list;
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(list.view().empty());
  EXPECT_EQ(code(list.reserve(1)), Errc::not_found);
  EXPECT_EQ(code(list.resize(1)), Errc::not_found);
  EXPECT_EQ(code(list.append()), Errc::not_found);
  EXPECT_EQ(code(list.append(1)), Errc::not_found);
  EXPECT_EQ(code(list.append_record()), Errc::not_found);
  EXPECT_EQ(code(list.append_list()), Errc::not_found);
  EXPECT_EQ(code(list.append_map()), Errc::not_found);
  list.clear();

  Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(map.view().empty());
  EXPECT_EQ(code(map.reserve(1)), Errc::not_found);
  EXPECT_EQ(code(map.append()), Errc::not_found);
  EXPECT_EQ(code(map.append("key", 1)), Errc::not_found);
  EXPECT_EQ(code(map.at("key")), Errc::not_found);
  EXPECT_EQ(code(map.set("key", 1)), Errc::not_found);
  EXPECT_EQ(code(map.record("key")), Errc::not_found);
  EXPECT_FALSE(map.erase("key"));
  map.clear();
}

struct Plain {
  std::int32_t x = 0;
};
WIREJIT_STRUCT(Plain, (1, x))

TEST_F(RecordAbsent, TheLayoutOfACppStructIsNoLayoutOfRecords) {
  const StructLayout& layout = struct_layout<Plain>();
  EXPECT_EQ(code(Record::make(arena_, layout)), Errc::type_mismatch);
  EXPECT_EQ(code(make_handle<std::int32_t>(layout, "x")), Errc::not_found);
  Plain plain;
  const RecordView view(layout, &plain);
  EXPECT_FALSE(view.has("x"));
  EXPECT_EQ(code(view.get<int>("x")), Errc::not_found);
}

TEST_F(RecordAbsent, ARootThatWasMovedFromIsEmpty) {
  EXPECT_EQ(code(RootValue::make(RecordType())), Errc::not_found);
  RootValue root = *RootValue::make(all_);
  ASSERT_TRUE(root.record().set("medium", 7));
  const RootValue moved = std::move(root);
  EXPECT_EQ(moved.record().get<int>("medium").value_or(0), 7);
  EXPECT_FALSE(root.record());                // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(root.value());                 // NOLINT
  EXPECT_FALSE(std::as_const(root).value());  // NOLINT
  EXPECT_EQ(code(root.record().set("medium", 1)), Errc::not_found);  // NOLINT
  EXPECT_NE(code(root.list()), Errc::ok);                            // NOLINT
  ASSERT_TRUE(root.reset());
  EXPECT_TRUE(root.record().set("medium", 1));
  EXPECT_EQ(moved.record().get<int>("medium").value_or(0), 7);
}

}  // namespace
}  // namespace wirejit::test
