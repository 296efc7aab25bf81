// ProtoJSON against the official library's json_util (release 3.21): each value of a list in each
// field of a message that has all kinds of fields. Both must accept it with the same meaning, or
// reject it. Differences are listed below with their reasons; each must still exist.
#include "tests/support/protojson_support.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <tuple>

namespace wirejit::test {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptorProto;

// One message, described to both libraries.
class Mixed {
 public:
  Mixed() {
    file_.set_name("mixed.proto");
    file_.set_package("test");
    file_.set_syntax("proto3");
    for (const char* name :
         {"any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"}) {
      file_.add_dependency(std::string("google/protobuf/") + name + ".proto");
    }
    google_ = add_google(builder_);
    builder_.add_document("test");
    pb::EnumDescriptorProto* theirs = file_.add_enum_type();
    theirs->set_name("Color");
    EnumType& ours = builder_.add_enum("Color");
    for (const auto& [name, number] : {std::pair("NONE", 0), {"RED", 1}, {"LEAST", -2}}) {
      ours.values.push_back({.name = name, .number = number});
      pb::EnumValueDescriptorProto* v = theirs->add_value();
      v->set_name(name);
      v->set_number(number);
    }
    message_ = file_.add_message_type();
    message_->set_name("Mixed");
    struct_ = &builder_.add_struct("Mixed");
    scalars(ours);
    message_->add_oneof_decl()->set_name("choice");
    struct_->oneofs.push_back({.name = "choice"});
    add("choice_int32", FieldDescriptorProto::TYPE_INT32, builder_.base(Kind::i32), {}, 0);
    add("choice_string", FieldDescriptorProto::TYPE_STRING, builder_.base(Kind::string), {}, 0);
    add("choice_null", FieldDescriptorProto::TYPE_ENUM, builder_.of(*google_.null_value),
        ".google.protobuf.NullValue", 0);
    known();
    schema_ = built(builder_);
    pool_ = std::make_unique<pb::DescriptorPool>(pb::DescriptorPool::generated_pool());
    const pb::FileDescriptor* made = pool_->BuildFile(file_);
    EXPECT_NE(made, nullptr);
    factory_ = std::make_unique<pb::DynamicMessageFactory>(pool_.get());
    prototype_ = factory_->GetPrototype(made->FindMessageTypeByName("Mixed"));
  }

  const Schema& schema() const { return schema_; }
  const std::vector<std::string>& keys() const { return keys_; }

  // The bytes that the official library reads from a text; empty if it rejects the text.
  std::optional<std::string> official(const std::string& text) const {
    const std::unique_ptr<pb::Message> m(prototype_->New());
    if (!pb::util::JsonStringToMessage(text, m.get()).ok()) {
      return std::nullopt;
    }
    std::string out;
    const auto printed = pb::util::MessageToJsonString(*m, &out);
    return printed.ok() ? out : "cannot be printed: " + std::string(printed.message());
  }

 private:
  void add(const std::string& name, FieldDescriptorProto::Type type, const Type* ours,
           const std::string& type_name = {}, int oneof = -1, bool repeated = false) {
    FieldDescriptorProto* f = message_->add_field();
    f->set_name(name);
    f->set_number(++last_);
    f->set_type(type);
    f->set_label(repeated ? FieldDescriptorProto::LABEL_REPEATED
                          : FieldDescriptorProto::LABEL_OPTIONAL);
    if (!type_name.empty()) {
      f->set_type_name(type_name);
    }
    if (oneof >= 0) {
      f->set_oneof_index(oneof);
    }
    const bool has_presence = oneof >= 0 || type == FieldDescriptorProto::TYPE_MESSAGE;
    const Type* held = repeated ? builder_.list_of(ours) : ours;
    add_field(*struct_, last_, name, held, has_presence && !repeated ? present : implicit, oneof);
    keys_.push_back(camel(name));
  }

  void both(const std::string& name, FieldDescriptorProto::Type type, const Type* ours,
            const std::string& type_name = {}) {
    add(name, type, ours, type_name);
    add(name + "_list", type, ours, type_name, -1, true);
  }

  void map(const std::string& name, FieldDescriptorProto::Type key, const Type* our_key,
           FieldDescriptorProto::Type value, const Type* our_value,
           const std::string& value_name = {}) {
    std::string entry = camel("_" + name) + "Entry";
    pb::DescriptorProto* e = message_->add_nested_type();
    e->set_name(entry);
    e->mutable_options()->set_map_entry(true);
    for (const auto& [part, number, type] :
         {std::tuple("key", 1, key), std::tuple("value", 2, value)}) {
      FieldDescriptorProto* f = e->add_field();
      f->set_name(part);
      f->set_number(number);
      f->set_type(type);
      f->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
      if (number == 2 && !value_name.empty()) {
        f->set_type_name(value_name);
      }
    }
    FieldDescriptorProto* f = message_->add_field();
    f->set_name(name);
    f->set_number(++last_);
    f->set_type(FieldDescriptorProto::TYPE_MESSAGE);
    f->set_type_name(".test.Mixed." + entry);
    f->set_label(FieldDescriptorProto::LABEL_REPEATED);
    add_field(*struct_, last_, name, builder_.map_of(our_key, our_value));
    keys_.push_back(camel(name));
  }

  void scalars(EnumType& color) {
    using F = FieldDescriptorProto;
    SchemaBuilder& b = builder_;
    both("int32", F::TYPE_INT32, b.base(Kind::i32));
    both("int64", F::TYPE_INT64, b.base(Kind::i64));
    both("uint32", F::TYPE_UINT32, b.base(Kind::u32));
    both("uint64", F::TYPE_UINT64, b.base(Kind::u64));
    both("float", F::TYPE_FLOAT, b.base(Kind::float32));
    both("double", F::TYPE_DOUBLE, b.base(Kind::float64));
    both("bool", F::TYPE_BOOL, b.base(Kind::boolean));
    both("string", F::TYPE_STRING, b.base(Kind::string));
    both("bytes", F::TYPE_BYTES, b.base(Kind::binary));
    both("color", F::TYPE_ENUM, b.of(color), ".test.Color");
    both("child", F::TYPE_MESSAGE, b.of(*struct_), ".test.Mixed");
    map("by_int32", F::TYPE_INT32, b.base(Kind::i32), F::TYPE_STRING, b.base(Kind::string));
    map("by_uint64", F::TYPE_UINT64, b.base(Kind::u64), F::TYPE_BOOL, b.base(Kind::boolean));
    map("by_bool", F::TYPE_BOOL, b.base(Kind::boolean), F::TYPE_DOUBLE, b.base(Kind::float64));
    map("by_string", F::TYPE_STRING, b.base(Kind::string), F::TYPE_INT64, b.base(Kind::i64));
  }

  void known() {
    const auto message = [&](const std::string& name, const StructType* ours, const char* type) {
      both(name, FieldDescriptorProto::TYPE_MESSAGE, builder_.of(*ours),
           std::string(".google.protobuf.") + type);
    };
    const Google& g = google_;
    message("timestamp", g.timestamp, "Timestamp");
    message("duration", g.duration, "Duration");
    message("mask", g.field_mask, "FieldMask");
    message("structure", g.structure, "Struct");
    message("value", g.value, "Value");
    message("list_value", g.list_value, "ListValue");
    message("any", g.any, "Any");
    message("empty", g.empty, "Empty");
    message("double_value", g.double_value, "DoubleValue");
    message("float_value", g.float_value, "FloatValue");
    message("int64_value", g.int64_value, "Int64Value");
    message("uint64_value", g.uint64_value, "UInt64Value");
    message("int32_value", g.int32_value, "Int32Value");
    message("uint32_value", g.uint32_value, "UInt32Value");
    message("bool_value", g.bool_value, "BoolValue");
    message("string_value", g.string_value, "StringValue");
    message("bytes_value", g.bytes_value, "BytesValue");
    map("values_by_name", FieldDescriptorProto::TYPE_STRING, builder_.base(Kind::string),
        FieldDescriptorProto::TYPE_MESSAGE, builder_.of(*g.value), ".google.protobuf.Value");
  }

  SchemaBuilder builder_;
  Google google_{};
  pb::FileDescriptorProto file_;
  pb::DescriptorProto* message_ = nullptr;
  StructType* struct_ = nullptr;
  std::vector<std::string> keys_;
  int last_ = 0;
  Schema schema_;
  std::unique_ptr<pb::DescriptorPool> pool_;
  std::unique_ptr<pb::DynamicMessageFactory> factory_;
  const pb::Message* prototype_ = nullptr;
};

const std::vector<std::string>& values() {
  static const std::vector<std::string> all = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1",
      "-1",
      "1.0",
      "1.5",
      "-0.0",
      "1e2",
      "1E+2",
      "1e-2",
      "100e-2",
      "01",
      "-",
      "+1",
      ".5",
      "5.",
      "1e",
      "2147483647",
      "2147483648",
      "-2147483648",
      "-2147483649",
      "4294967295",
      "4294967296",
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "-9223372036854775809",
      "18446744073709551615",
      "18446744073709551616",
      "3.4028235e38",
      "3.5e38",
      "1.7e308",
      "1.8e308",
      "-1.8e308",
      "1e-400",
      "0.1",
      "NaN",
      "Infinity",
      R"("")",
      R"("0")",
      R"("1")",
      R"("-1")",
      R"("1.0")",
      R"("1.5")",
      R"("1e2")",
      R"("01")",
      R"("+1")",
      R"(" 1")",
      R"("1 ")",
      R"("2147483648")",
      R"("9223372036854775807")",
      R"("18446744073709551615")",
      R"("18446744073709551616")",
      R"("NaN")",
      R"("Infinity")",
      R"("-Infinity")",
      R"("nan")",
      R"("inf")",
      R"("true")",
      R"("a")",
      R"("RED")",
      R"("NONE")",
      R"("red")",
      R"("LEAST")",
      R"("PINK")",
      R"("NULL_VALUE")",
      R"("AQI=")",
      R"("AQI")",
      R"("-_8=")",
      R"("-_8")",
      R"("+/8")",
      R"("A")",
      R"("A===")",
      R"("\u0041\n\ud83d\ude00")",
      R"("\ud83d")",
      R"("\x")",
      R"("\"\\\/\b\f\r\t")",
      "\"\xc3\xa9\"",
      R"("<>&'=")",
      R"("\u2028")",
      "[]",
      "[null]",
      "[1]",
      "[\"a\"]",
      "[1,2]",
      "[\"1\",\"2\"]",
      "[[]]",
      "[[1]]",
      "[{}]",
      "[true,false]",
      "[\"RED\",1,5]",
      "[1,]",
      "[,1]",
      "{}",
      R"({"a":1})",
      R"({"a":null})",
      R"({"a":{}})",
      R"({"a":[1,"b",null,true]})",
      R"({"1":"a"})",
      R"({"1":"a","1":"b"})",
      R"({"true":1})",
      R"({"1":true})",
      R"({"-1":"a"})",
      R"({"a":"1"})",
      R"({"":1})",
      R"({"int32":1})",
      R"({"int32":"x"})",
      R"({"value":1})",
      R"({"true":1.5,"false":"NaN"})",
      R"({"a":1,})",
      R"("1970-01-01T00:00:00Z")",
      R"("2024-02-29T12:34:56.789Z")",
      R"("1969-12-31T23:59:59.000000001Z")",
      R"("1970-01-01T01:00:00+01:00")",
      R"("0001-01-01T00:00:00Z")",
      R"("9999-12-31T23:59:59.999999999Z")",
      R"("0000-01-01T00:00:00Z")",
      R"("1970-02-30T00:00:00Z")",
      R"("1970-01-01t00:00:00Z")",
      R"("1970-01-01T00:00:00z")",
      R"("1970-01-01T00:00:00")",
      R"("1970-01-01T00:00:60Z")",
      R"("1970-01-01T24:00:00Z")",
      R"("0001-01-01T00:00:00+01:00")",
      R"("9999-12-31T23:59:59-01:00")",
      R"("1s")",
      R"("-1.5s")",
      R"("1.5s")",
      R"("0.000000001s")",
      R"("-0.5s")",
      R"("315576000000s")",
      R"("315576000001s")",
      R"("-315576000001s")",
      R"("01s")",
      R"(".5s")",
      R"("1.s")",
      R"("+1s")",
      R"("1.0000000000s")",
      R"("fooBar,baz.quX")",
      R"("foo_bar")",
      R"("a,b")",
      R"("a,,b")",
      R"("a,")",
      R"("a b")",
      R"(["1970-01-01T00:00:00Z"])",
      R"(["1s","2s"])",
      R"(["a,b"])",
      R"({"@type":"type.googleapis.com/test.Mixed","int32":1})",
      R"({"int32":1,"@type":"type.googleapis.com/test.Mixed"})",
      R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"})",
      R"({"value":"1.5s","@type":"type.googleapis.com/google.protobuf.Duration"})",
      R"({"@type":"type.googleapis.com/google.protobuf.Empty"})",
      R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":[null,1]}})",
      R"({"@type":"type.googleapis.com/google.protobuf.Value","value":"x"})",
      R"({"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"7"})",
      (R"({"@type":"type.googleapis.com/google.protobuf.Any","value":)"
       R"({"@type":"type.googleapis.com/google.protobuf.BoolValue","value":true}})"),
      R"({"@type":"type.googleapis.com/test.None"})",
      R"({"@type":"test.Mixed"})",
      R"({"@type":""})",
      R"({"@type":1})",
      R"([{"@type":"type.googleapis.com/test.Mixed","stringList":["a"]}])",
      "'a'",
      "tru",
      "nul",
      "[",
      "{",
      "\"",
      "/**/1",
      "1//"};
  return all;
}

// The differences that are allowed.
struct Tolerance {
  const char* name;
  const char* why;
  std::function<bool(const std::string& key, const std::string& value)> applies;
};

bool is_one_of(const std::string& value, std::initializer_list<const char*> all) {
  return std::find(all.begin(), all.end(), value) != all.end();
}
bool is_list(const std::string& key) { return key.ends_with("List"); }

const std::vector<Tolerance>& tolerances() {
  static const std::vector<Tolerance> all = {
      {"one for a list", "they take a value alone for a list of one",
       [](const std::string& key, const std::string& value) {
         return is_list(key) && !value.starts_with('[');
       }},
      {"lists in lists", "they flatten lists in lists and drop nulls in them",
       [](const std::string& key, const std::string& value) {
         return is_list(key) && is_one_of(value, {"[null]", "[[]]", "[[1]]"});
       }},
      {"malformed text", "their scanner takes text that RFC 8259 does not allow",
       [](const std::string&, const std::string& value) {
         return is_one_of(value, {"5.", "[1,]", R"({"a":1,})", "'a'", R"("\x")"});
       }},
      {"integers read as doubles",
       "they round numbers before they look at them, and 2^64 becomes what the CPU makes of it",
       [](const std::string& key, const std::string& value) {
         return is_one_of(value, {"1e-400", "-9223372036854775809"}) ||
                (key.starts_with("uint64") && value == "18446744073709551616");
       }},
      {"exponents in quotes", "they reject integers in quotes with a point or exponent",
       [](const std::string&, const std::string& value) {
         return is_one_of(value, {R"("1.0")", R"("1e2")"});
       }},
      {"numbers in quotes", "they take what strtol takes; ours are numbers of JSON",
       [](const std::string& key, const std::string& value) {
         return key != "bytes" && is_one_of(value, {R"("01")", R"("+1")"});
       }},
      {"minus zero", "to them it is the integer 0, which has no sign",
       [](const std::string&, const std::string& value) { return value == "-0"; }},
      {"words in quotes", "they take bools and numbers of enums in quotes",
       [](const std::string& key, const std::string& value) {
         return is_one_of(key, {"bool", "boolValue", "color", "choiceNull"}) &&
                is_one_of(value, {R"("0")", R"("1")", R"("true")"});
       }},
      {"last bits of Base64",
       "they reject bits after the last byte that are not zero; the "
       "conformance suite has such texts",
       [](const std::string& key, const std::string&) { return key.starts_with("bytes"); }},
      {"null in maps", "they take null for zero as the value of an entry",
       [](const std::string& key, const std::string& value) {
         return key == "byString" && value == R"({"a":null})";
       }},
      {"objects for texts", "they also read an object where a message has a text of its own",
       [](const std::string& key, const std::string& value) {
         return key != "structure" && is_one_of(value, {"{}", "[{}]", R"({"value":1})"});
       }},
      {"timestamps out of range", "they notice when they write",
       [](const std::string& key, const std::string& value) {
         return key == "timestamp" && is_one_of(value, {R"("0001-01-01T00:00:00+01:00")",
                                                        R"("9999-12-31T23:59:59-01:00")"});
       }},
      {"durations", "they take what strtol takes, and more digits than there are nanoseconds",
       [](const std::string& key, const std::string& value) {
         return key == "duration" &&
                is_one_of(value, {R"("01s")", R"("1.s")", R"("+1s")", R"("1.0000000000s")"});
       }},
      {"field masks", "they take any text, even if it does not come back the same",
       [](const std::string& key, const std::string& value) {
         return key.starts_with("mask") &&
                !is_one_of(value, {"null", R"("")", R"("a")", R"("a,b")", R"("fooBar,baz.quX")",
                                   R"(["a,b"])", "[]", "1", "true", "{}"});
       }},
  };
  return all;
}

const Tolerance* tolerance(const std::string& key, const std::string& value) {
  for (const Tolerance& t : tolerances()) {
    if (t.applies(key, value)) {
      return &t;
    }
  }
  return nullptr;
}

// Converts ProtoJSON to ProtoJSON through a record: fields in the schema's order.
class Canonical {
 public:
  explicit Canonical(const Schema& schema, std::string_view type) {
    const Format proto = proto_json(json::text);
    Options options;
    options.debug.through_record = true;
    auto made = Engine().transcoder(*schema.find_struct(type), proto, proto, options);
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    transcoder_.emplace(std::move(*made));
  }
  std::optional<std::string> operator()(const std::string& text) const {
    Buffer out;
    return transcoder_->transcode(text, out) ? std::optional(std::string(out.text()))
                                             : std::nullopt;
  }

 private:
  std::optional<Transcoder> transcoder_;
};

TEST(ProtoJsonUtil, AcceptsAndMeansTheSame) {
  const Mixed mixed;
  const Canonical canonical(mixed.schema(), "test.Mixed");
  std::set<std::string> used;
  std::size_t accepted = 0;
  for (const std::string& key : mixed.keys()) {
    for (const std::string& value : values()) {
      const std::string text = "{\"" + key + "\":" + value + "}";
      const auto theirs = mixed.official(text);
      const auto mine = canonical(text);
      if (theirs.has_value() == mine.has_value() && (!mine || canonical(*theirs) == mine)) {
        accepted += mine.has_value() ? 1 : 0;
        // They read what we write, as we read what they write.
        EXPECT_TRUE(!mine || mixed.official(*mine) == theirs) << text << "\n" << *mine;
        continue;
      }
      const Tolerance* const t = tolerance(key, value);
      EXPECT_NE(t, nullptr) << text << "\n  theirs: " << theirs.value_or("rejected")
                            << "\n  ours:   " << mine.value_or("rejected");
      if (t != nullptr) {
        used.insert(t->name);
      }
    }
  }
  EXPECT_GT(accepted, 1000U);
  for (const Tolerance& t : tolerances()) {
    EXPECT_TRUE(used.contains(t.name)) << "not needed any more: " << t.name;
  }
}

// Many fields at once, in any order and either spelling, in one pass and on both engines.
TEST(ProtoJsonUtil, MessagesOfManyFields) {
  const Mixed mixed;
  const Canonical canonical(mixed.schema(), "test.Mixed");
  std::vector<std::vector<std::string>> members(mixed.keys().size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    for (const std::string& value : values()) {
      const std::string member = "\"" + mixed.keys()[k] + "\":" + value;
      const bool agreed = tolerance(mixed.keys()[k], value) == nullptr;
      if (agreed && canonical("{" + member + "}")) {
        members[k].push_back(member);
      }
    }
  }
  ProtoRewriter rewrite(mixed.schema(), "test.Mixed", {}, {}, true, json::text);
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::function<std::string(int)> message = [&](int depth) {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    std::string text;
    const std::size_t count = below(14);
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<std::string>& all = members[order[i]];
      if (!all.empty()) {
        text += (text.empty() ? "" : ",") + all[below(all.size())];
      }
    }
    const bool has_child = text.find("\"child\":") != std::string::npos;
    if (depth > 0 && !has_child) {
      text += (text.empty() ? "" : " , ") + std::string("\"child\" : ") + message(depth - 1);
    }
    return "{" + text + "}";
  };
  std::size_t accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = message(static_cast<int>(below(3)));
    const auto theirs = mixed.official(text);
    const auto mine = canonical(text);
    ASSERT_EQ(mine.has_value(), theirs.has_value()) << text;
    ASSERT_EQ(rewrite.code(text) == "ok", mine.has_value()) << text;
    if (mine) {
      ++accepted;
      ASSERT_EQ(canonical(*theirs), mine) << text;
      ASSERT_EQ(mixed.official(*mine), theirs) << text;
    }
  }
  EXPECT_GT(accepted, 1000U);
}

// Well-known types at the root.
TEST(ProtoJsonUtil, Roots) {
  const Mixed mixed;
  const auto compare = [&]<class M>(M message, const std::string& name) {
    const Canonical canonical(mixed.schema(), "google.protobuf." + name);
    for (const char* text : {"null", "1", "-7", "\"7\"", "true", "\"a\"", "\"AQI=\"", "[]",
                             "[1,\"a\"]", "{\"a\":null}", "\"1.5s\"", "\"1970-01-01T00:00:00Z\"",
                             "\"a.bC\"", "\"NaN\"", "[", "x", "1.25"}) {
      std::string printed;
      message.Clear();
      const bool read = pb::util::JsonStringToMessage(text, &message).ok();
      const auto mine = canonical(text);
      // They accept null for any message at the root; ours only where null has a meaning.
      if (std::string_view(text) == "null" && !mine) {
        continue;
      }
      // See "words in quotes", "field masks", "last bits of Base64" above.
      if ((name == "BoolValue" && text[0] == '"') || name == "FieldMask" || name == "BytesValue") {
        continue;
      }
      ASSERT_EQ(mine.has_value(), read) << name << " " << text;
      if (read) {
        ASSERT_TRUE(pb::util::MessageToJsonString(message, &printed).ok());
        // They write empty text for a Value that is null at the root, and for messages read from
        // null.
        if (!printed.empty() && std::string_view(text) != "null") {
          EXPECT_EQ(canonical(printed), mine) << name << " " << text << " " << printed;
        }
      }
    }
  };
  compare(pb::Timestamp(), "Timestamp");
  compare(pb::Duration(), "Duration");
  compare(pb::FieldMask(), "FieldMask");
  compare(pb::Struct(), "Struct");
  compare(pb::Value(), "Value");
  compare(pb::ListValue(), "ListValue");
  compare(pb::DoubleValue(), "DoubleValue");
  compare(pb::FloatValue(), "FloatValue");
  compare(pb::Int64Value(), "Int64Value");
  compare(pb::UInt64Value(), "UInt64Value");
  compare(pb::Int32Value(), "Int32Value");
  compare(pb::UInt32Value(), "UInt32Value");
  compare(pb::BoolValue(), "BoolValue");
  compare(pb::StringValue(), "StringValue");
  compare(pb::BytesValue(), "BytesValue");
}

}  // namespace
}  // namespace wirejit::test
