// What the tests of ProtoJSON share: the messages of google.protobuf as schemas made by hand, and a
// rewriter that takes each text through every engine and every way there is.
// Entry: add_google, ProtoRewriter. Invariant: ways that disagree fail the test.
#pragma once

#include "tests/support/kernels_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::tests {

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

// ProtoJSON to ProtoJSON: in one pass, through records, through Protobuf, through Thrift Binary
// where it can hold the type, and through plain JSON; on both engines. All must give one text
// (records: the text of the fields in the schema's order), or fail with one code.
class ProtoRewriter {
 public:
  // `wire`: the schema is one that Protobuf can have.
  ProtoRewriter(const Schema& schema, std::string_view type, const ProtoOptions& options = {},
                const Options& limits = {}, bool wire = true)
      : pages_(1 << 20) {
    const Result<const Type*> t = schema.find_type(type);
    if (!t) {
      ADD_FAILURE() << t.error().to_string();
      return;
    }
    const Format proto = json::proto_with(options);
    Options detour = limits;
    detour.through_record = true;
    for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
      const Engine engine({.kind = kind});
      add(one_pass_, engine.transcoder(schema, **t, proto, proto, limits));
      add(through_record_, engine.transcoder(schema, **t, proto, proto, detour));
      add(to_plain_, engine.transcoder(schema, **t, proto, json::text, limits));
      add(from_plain_, engine.transcoder(schema, **t, json::text, proto, limits));
      if (wire && (*t)->kind == Kind::structure) {
        add(to_wire_, engine.transcoder(schema, **t, proto, pb::wire, limits));
        add(from_wire_, engine.transcoder(schema, **t, pb::wire, proto, limits));
      }
      Result<Transcoder> to = engine.transcoder(schema, **t, proto, thrift::binary, limits);
      Result<Transcoder> from = engine.transcoder(schema, **t, thrift::binary, proto, limits);
      if (to && from) {
        to_binary_.push_back(std::move(*to));
        from_binary_.push_back(std::move(*from));
      }
    }
  }

  // The text, or the name of the error with its offset: "syntax@3".
  std::string operator()(std::string_view text) {
    const std::string first = run(one_pass_[0], text);
    EXPECT_EQ(run(one_pass_[1], text), first) << "engines disagree about " << text;
    const bool ok = !failed_;
    for (std::size_t k = 0; k < 2; ++k) {
      compare_with_record(k, text, first, ok);
      compare(to_plain_[k], from_plain_[k], text, first, ok, "plain JSON");
      if (!to_wire_.empty()) {
        compare(to_wire_[k], from_wire_[k], text, first, ok, "Protobuf");
      }
      if (!to_binary_.empty()) {
        compare(to_binary_[k], from_binary_[k], text, first, ok, "Thrift Binary");
      }
    }
    return first;
  }
  // "unknown_field", or "ok".
  std::string code(std::string_view text) {
    (void)(*this)(text);
    return failed_code_.empty() ? "ok" : failed_code_;
  }
  // What plain JSON makes of it.
  std::string plain(std::string_view text) { return run(to_plain_[1], text); }
  // Plain JSON as ProtoJSON.
  std::string from_plain(std::string_view text) {
    const std::string first = run(from_plain_[0], text);
    EXPECT_EQ(run(from_plain_[1], text), first) << "engines disagree about " << text;
    return first;
  }
  bool has_binary() const { return !to_binary_.empty(); }
  const Transcoder& transcoder() const { return one_pass_[1]; }

 private:
  static void add(std::vector<Transcoder>& to, Result<Transcoder> made) {
    ASSERT_TRUE(made.has_value()) << made.error().to_string();
    to.push_back(std::move(*made));
  }

  std::string run(const Transcoder& t, std::string_view text) {
    Buffer out;
    const std::string_view guarded(pages_.back(text), text.size());
    const Result<void> done = t.transcode(guarded, out);
    failed_ = !done;
    failed_code_ = done ? "" : std::string(to_string(done.error().code()));
    return done ? std::string(out.text())
                : failed_code_ + "@" + std::to_string(done.error().offset());
  }

  void compare_with_record(std::size_t k, std::string_view text, const std::string& first,
                           bool ok) {
    const std::string record = run(through_record_[k], text);
    const std::string code = failed_code_;
    ASSERT_EQ(!failed_, ok) << text << "\n" << record << "\n" << first;
    if (!ok) {
      EXPECT_EQ(first.substr(0, first.find('@')), code) << text;
      failed_code_ = code;
      return;
    }
    if (record != first) {
      EXPECT_EQ(run(through_record_[k], first), record) << text;
    }
  }

  void compare(const Transcoder& to, const Transcoder& from, std::string_view text,
               const std::string& first, bool ok, const char* way) {
    Buffer bytes;
    const Result<void> there = to.transcode(text, bytes);
    const std::string code = failed_code_;
    if (!there) {
      EXPECT_FALSE(ok) << way << ": " << there.error().to_string() << "\n" << text;
      EXPECT_EQ(first.substr(0, first.find('@')), to_string(there.error().code())) << text;
      return;
    }
    const std::string back = run(from, bytes.text());
    if (ok && back != first) {  // zeros that no wire keeps come last where they are written
      EXPECT_EQ(run(through_record_[0], back), run(through_record_[0], first)) << way << text;
    } else if (ok) {
      EXPECT_EQ(back, first) << way << ": " << text << "\n" << bytes.text();
    } else {  // what is refused when it is written
      EXPECT_EQ(failed_code_, code) << way << ": " << text;
    }
    failed_code_ = code;
  }

  kernels::GuardedPages pages_;
  std::vector<Transcoder> one_pass_, through_record_, to_plain_, from_plain_, to_wire_, from_wire_,
      to_binary_, from_binary_;
  bool failed_ = false;
  std::string failed_code_;
};

}  // namespace wirejit::tests
