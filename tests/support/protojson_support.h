// Shared by the tests of ProtoJSON: the messages of google.protobuf as schemas made by hand, and a
// rewriter that converts each text on every engine, directly and by other formats.
// Entry: add_google, ProtoRewriter. Invariant: results that differ fail the test.
#pragma once

#include "json/proto.h"
#include "tests/support/engine_matrix.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace wirejit::test {

using json::ProtoOptions;

// "display_name" to "displayName", as descriptors do.
inline std::string camel(std::string_view name) {
  std::string out;
  bool raises = false;
  for (const char c : name) {
    if (c == '_') {
      raises = true;
    } else {
      out += raises && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      raises = false;
    }
  }
  return out;
}

constexpr Requiredness implicit = Requiredness::standard;
constexpr Requiredness present = Requiredness::optional;

inline Field& add_field(StructType& s, std::int32_t id, const std::string& name, const Type* type,
                        Requiredness r = implicit, int oneof = -1) {
  Field& f = s.fields.emplace_back();
  f.id = id;
  f.name = name;
  f.json_name = camel(name);
  f.type = type;
  f.requiredness = r;
  f.oneof = oneof;
  return f;
}

struct Google {
  StructType *timestamp, *duration, *field_mask, *any, *structure, *value, *list_value, *empty;
  StructType *double_value, *float_value, *int64_value, *uint64_value, *int32_value, *uint32_value,
      *bool_value, *string_value, *bytes_value;
  EnumType* null_value;
};

inline StructType* add_wrapper(SchemaBuilder& b, const char* name, Kind kind) {
  StructType& s = b.add_struct(name);
  s.semantic = Semantic::wrapper;
  add_field(s, 1, "value", b.base(kind));
  return &s;
}

// The messages of google.protobuf, in a document of that name.
inline Google add_google(SchemaBuilder& b) {
  b.add_document("google.protobuf");
  Google g{};
  const auto add = [&](const char* name, Semantic semantic) {
    StructType& s = b.add_struct(name);
    s.semantic = semantic;
    return &s;
  };
  g.timestamp = add("Timestamp", Semantic::timestamp);
  g.duration = add("Duration", Semantic::duration);
  for (StructType* s : {g.timestamp, g.duration}) {
    add_field(*s, 1, "seconds", b.base(Kind::i64));
    add_field(*s, 2, "nanos", b.base(Kind::i32));
  }
  g.field_mask = add("FieldMask", Semantic::field_mask);
  add_field(*g.field_mask, 1, "paths", b.list_of(b.base(Kind::string)));
  g.any = add("Any", Semantic::any);
  add_field(*g.any, 1, "type_url", b.base(Kind::string));
  add_field(*g.any, 2, "value", b.base(Kind::binary));
  g.null_value = &b.add_enum("NullValue");
  g.null_value->semantic = Semantic::null_value;
  g.null_value->values.push_back({.name = "NULL_VALUE", .number = 0});
  g.structure = add("Struct", Semantic::structure);
  g.value = add("Value", Semantic::value);
  g.list_value = add("ListValue", Semantic::list_value);
  add_field(*g.structure, 1, "fields", b.map_of(b.base(Kind::string), b.of(*g.value)));
  add_field(*g.list_value, 1, "values", b.list_of(b.of(*g.value)));
  g.value->oneofs.push_back({.name = "kind"});
  add_field(*g.value, 1, "null_value", b.of(*g.null_value), present, 0);
  add_field(*g.value, 2, "number_value", b.base(Kind::float64), present, 0);
  add_field(*g.value, 3, "string_value", b.base(Kind::string), present, 0);
  add_field(*g.value, 4, "bool_value", b.base(Kind::boolean), present, 0);
  add_field(*g.value, 5, "struct_value", b.of(*g.structure), present, 0);
  add_field(*g.value, 6, "list_value", b.of(*g.list_value), present, 0);
  g.empty = add("Empty", Semantic::none);
  g.double_value = add_wrapper(b, "DoubleValue", Kind::float64);
  g.float_value = add_wrapper(b, "FloatValue", Kind::float32);
  g.int64_value = add_wrapper(b, "Int64Value", Kind::i64);
  g.uint64_value = add_wrapper(b, "UInt64Value", Kind::u64);
  g.int32_value = add_wrapper(b, "Int32Value", Kind::i32);
  g.uint32_value = add_wrapper(b, "UInt32Value", Kind::u32);
  g.bool_value = add_wrapper(b, "BoolValue", Kind::boolean);
  g.string_value = add_wrapper(b, "StringValue", Kind::string);
  g.bytes_value = add_wrapper(b, "BytesValue", Kind::binary);
  return g;
}

inline Schema built(SchemaBuilder& b) {
  Result<Schema> schema = b.build();
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string();
    return {};
  }
  return *schema;
}

// ProtoJSON whose Anys hold another format than Protobuf's.
inline Format proto_json(const Format& payload, const ProtoOptions& options = {}) {
  return Format(std::make_shared<const json::ProtoFormat>(payload, options));
}

// ProtoJSON to ProtoJSON by an EngineMatrix: in one pass, through records, through Protobuf,
// through Thrift Binary where it can hold the type, and through plain JSON. All must give one text
// (records: the text of the fields in the schema's order), or fail with one code.
class ProtoRewriter {
 public:
  // `wire`: the schema is one that Protobuf can have.
  ProtoRewriter(const Schema& schema, std::string_view type, const ProtoOptions& options = {},
                const Options& rules = {}, bool wire = true, const Format& payload = pb::wire,
                const Limits& limits = {})
      : proto_(proto_json(payload, options)),
        matrix_(schema, type, {proto_, json::text, pb::wire, thrift::binary},
                {.options = rules, .limits = limits, .through_record = ThroughRecord::code}),
        has_wire_(wire && matrix_.record_type().type().kind == Kind::structure),
        has_binary_(matrix_.can_transcode(proto_, thrift::binary) &&
                    matrix_.can_transcode(thrift::binary, proto_)) {
    EXPECT_TRUE(!has_wire_ || matrix_.can_transcode(proto_, pb::wire));
  }

  // The text, or the name of the error with its offset: "syntax@3".
  std::string operator()(std::string_view text) { return run(text).shown(); }
  // "unknown_field", or "ok".
  std::string code(std::string_view text) { return std::string(to_string(run(text).code)); }
  // ProtoJSON as plain JSON.
  std::string plain(std::string_view text) {
    return matrix_.transcode(proto_, json::text, text).shown();
  }
  // Plain JSON as ProtoJSON.
  std::string from_plain(std::string_view text) {
    return matrix_.transcode(json::text, proto_, text).shown();
  }
  bool has_binary() const { return has_binary_; }
  const Transcoder& transcoder() { return matrix_.transcoder(proto_, proto_); }

 private:
  Outcome run(std::string_view text) {
    const Outcome first = matrix_.transcode(proto_, proto_, text);
    compare(json::text, text, first);
    if (has_wire_) {
      compare(pb::wire, text, first);
    }
    if (has_binary_) {
      compare(thrift::binary, text, first);
    }
    return first;
  }

  // Conversion to another format and back gives the same as one pass.
  void compare(const Format& other, std::string_view text, const Outcome& first) {
    const Outcome there = matrix_.transcode(proto_, other, text);
    if (!there.ok()) {
      EXPECT_EQ(first.code, there.code) << other.name() << "\n" << text;
      return;
    }
    const Outcome back = matrix_.transcode(other, proto_, there.bytes);
    if (first.ok() && back != first) {  // zeros, which no wire format has, may be written last
      EXPECT_EQ(in_order(back), in_order(first)) << other.name() << text;
    } else if (first.ok()) {
      EXPECT_EQ(back, first) << other.name() << ": " << text << "\n" << there.bytes;
    } else {  // the writer of ProtoJSON rejects the value
      EXPECT_EQ(back.code, first.code) << other.name() << ": " << text;
    }
  }
  Outcome in_order(const Outcome& o) {
    return o.ok() ? matrix_.through_record(proto_, proto_, as_bytes(o.bytes)) : o;
  }

  Format proto_;
  EngineMatrix matrix_;
  bool has_wire_;
  bool has_binary_;
};

}  // namespace wirejit::test
