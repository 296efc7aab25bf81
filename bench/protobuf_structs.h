// The payloads of the Protobuf benchmarks as C++ structs with standard members;
// tests/peers/bench.proto describes the same types. Entry: ProtobufOrder and the others. Invariant:
// each has the fields of its message.
#pragma once

#include <wirejit/reflect.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::bench {

enum class OrderStatus : std::int32_t { fresh = 0, paid = 1, sent = 2, returned = 3 };

struct ProtobufItem {
  std::int64_t sku = 0;
  std::string title;
  double price = 0;
  std::int32_t quantity = 0;
  bool gift = false;
  std::vector<std::int32_t> stock;
};

struct ProtobufOrder {
  std::int64_t id = 0;
  std::string user;
  std::vector<ProtobufItem> items;
  std::map<std::string, std::string> labels;
  std::uint64_t placed = 0;
  OrderStatus status = OrderStatus::fresh;
};

struct AttributeValue {
  std::optional<std::string> text;
  std::optional<bool> flag;
  std::optional<std::int64_t> whole;
  std::optional<double> real;
  std::optional<std::string> raw;
};

struct Attribute {
  std::string key;
  std::optional<AttributeValue> value;
};

struct Resource {
  std::vector<Attribute> attributes;
  std::uint32_t dropped = 0;
};

struct Scope {
  std::string name;
  std::string version;
};

struct SpanEvent {
  std::uint64_t time = 0;
  std::string name;
  std::vector<Attribute> attributes;
};

struct SpanStatus {
  std::string message;
  std::int32_t code = 0;
};

enum class SpanKind : std::int32_t { none = 0, internal = 1, server = 2, client = 3 };

struct Span {
  std::string trace_id;
  std::string span_id;
  std::string state;
  std::string parent_id;
  std::string name;
  SpanKind kind = SpanKind::none;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::vector<Attribute> attributes;
  std::uint32_t dropped = 0;
  std::vector<SpanEvent> events;
  std::optional<SpanStatus> status;
};

struct ScopeSpans {
  std::optional<Scope> scope;
  std::vector<Span> spans;
  std::string url;
};

struct ProtobufTelemetry {
  std::optional<Resource> resource;
  std::vector<ScopeSpans> scopes;
};

struct ProtobufPackedInt {
  std::vector<std::int64_t> values;
};

struct ProtobufPackedDouble {
  std::vector<double> values;
};

struct ProtobufStrings {
  std::vector<std::string> values;
};

struct ProtobufDeep {
  std::int32_t level = 0;
  std::string name;
  std::unique_ptr<ProtobufDeep> inner;
  std::int64_t offset = 0;
};

// A hundred optional fields, of ten kinds in turn.
struct ProtobufSparse {
  std::optional<std::int32_t> f1;
  std::optional<std::string> f2;
  std::optional<std::int64_t> f3;
  std::optional<bool> f4;
  std::optional<double> f5;
  std::optional<std::uint32_t> f6;
  std::optional<std::int64_t> f7;
  std::optional<std::uint32_t> f8;
  std::optional<std::string> f9;
  std::optional<float> f10;
  std::optional<std::int32_t> f11;
  std::optional<std::string> f12;
  std::optional<std::int64_t> f13;
  std::optional<bool> f14;
  std::optional<double> f15;
  std::optional<std::uint32_t> f16;
  std::optional<std::int64_t> f17;
  std::optional<std::uint32_t> f18;
  std::optional<std::string> f19;
  std::optional<float> f20;
  std::optional<std::int32_t> f21;
  std::optional<std::string> f22;
  std::optional<std::int64_t> f23;
  std::optional<bool> f24;
  std::optional<double> f25;
  std::optional<std::uint32_t> f26;
  std::optional<std::int64_t> f27;
  std::optional<std::uint32_t> f28;
  std::optional<std::string> f29;
  std::optional<float> f30;
  std::optional<std::int32_t> f31;
  std::optional<std::string> f32;
  std::optional<std::int64_t> f33;
  std::optional<bool> f34;
  std::optional<double> f35;
  std::optional<std::uint32_t> f36;
  std::optional<std::int64_t> f37;
  std::optional<std::uint32_t> f38;
  std::optional<std::string> f39;
  std::optional<float> f40;
  std::optional<std::int32_t> f41;
  std::optional<std::string> f42;
  std::optional<std::int64_t> f43;
  std::optional<bool> f44;
  std::optional<double> f45;
  std::optional<std::uint32_t> f46;
  std::optional<std::int64_t> f47;
  std::optional<std::uint32_t> f48;
  std::optional<std::string> f49;
  std::optional<float> f50;
  std::optional<std::int32_t> f51;
  std::optional<std::string> f52;
  std::optional<std::int64_t> f53;
  std::optional<bool> f54;
  std::optional<double> f55;
  std::optional<std::uint32_t> f56;
  std::optional<std::int64_t> f57;
  std::optional<std::uint32_t> f58;
  std::optional<std::string> f59;
  std::optional<float> f60;
  std::optional<std::int32_t> f61;
  std::optional<std::string> f62;
  std::optional<std::int64_t> f63;
  std::optional<bool> f64;
  std::optional<double> f65;
  std::optional<std::uint32_t> f66;
  std::optional<std::int64_t> f67;
  std::optional<std::uint32_t> f68;
  std::optional<std::string> f69;
  std::optional<float> f70;
  std::optional<std::int32_t> f71;
  std::optional<std::string> f72;
  std::optional<std::int64_t> f73;
  std::optional<bool> f74;
  std::optional<double> f75;
  std::optional<std::uint32_t> f76;
  std::optional<std::int64_t> f77;
  std::optional<std::uint32_t> f78;
  std::optional<std::string> f79;
  std::optional<float> f80;
  std::optional<std::int32_t> f81;
  std::optional<std::string> f82;
  std::optional<std::int64_t> f83;
  std::optional<bool> f84;
  std::optional<double> f85;
  std::optional<std::uint32_t> f86;
  std::optional<std::int64_t> f87;
  std::optional<std::uint32_t> f88;
  std::optional<std::string> f89;
  std::optional<float> f90;
  std::optional<std::int32_t> f91;
  std::optional<std::string> f92;
  std::optional<std::int64_t> f93;
  std::optional<bool> f94;
  std::optional<double> f95;
  std::optional<std::uint32_t> f96;
  std::optional<std::int64_t> f97;
  std::optional<std::uint32_t> f98;
  std::optional<std::string> f99;
  std::optional<float> f100;
};

// Each of the hundred messages of the compile benchmarks.
struct ProtobufTen {
  bool flag = false;
  std::int32_t count = 0;
  std::uint32_t mask = 0;
  std::int64_t offset = 0;
  std::uint64_t time = 0;
  double ratio = 0;
  std::string name;
  std::string blob;
  std::vector<std::int64_t> values;
  std::map<std::string, std::int32_t> entries;
};

WIREJIT_STRUCT(ProtobufTen, (1, flag), (2, count), (3, mask), (4, offset, wirejit::member::zigzag),
               (5, time, wirejit::member::fixed), (6, ratio), (7, name),
               (8, blob, wirejit::member::binary), (9, values), (10, entries))
WIREJIT_ENUM(OrderStatus, fresh, paid, sent, returned)
WIREJIT_STRUCT(ProtobufItem, (1, sku), (2, title), (3, price), (4, quantity), (5, gift), (6, stock))
WIREJIT_STRUCT(ProtobufOrder, (1, id), (2, user), (3, items), (4, labels),
               (5, placed, wirejit::member::fixed), (6, status))
WIREJIT_STRUCT(AttributeValue, (1, text, wirejit::member::oneof("value")),
               (2, flag, wirejit::member::oneof("value")),
               (3, whole, wirejit::member::oneof("value")),
               (4, real, wirejit::member::oneof("value")),
               (5, raw, wirejit::member::binary, wirejit::member::oneof("value")))
WIREJIT_STRUCT(Attribute, (1, key), (2, value))
WIREJIT_STRUCT(Resource, (1, attributes), (2, dropped))
WIREJIT_STRUCT(Scope, (1, name), (2, version))
WIREJIT_STRUCT(SpanEvent, (1, time, wirejit::member::fixed), (2, name), (3, attributes))
WIREJIT_STRUCT(SpanStatus, (2, message), (3, code))
WIREJIT_ENUM(SpanKind, none, internal, server, client)
WIREJIT_STRUCT(Span, (1, trace_id, wirejit::member::binary), (2, span_id, wirejit::member::binary),
               (3, state), (4, parent_id, wirejit::member::binary), (5, name), (6, kind),
               (7, start, wirejit::member::fixed), (8, end, wirejit::member::fixed),
               (9, attributes), (10, dropped), (11, events), (15, status))
WIREJIT_STRUCT(ScopeSpans, (1, scope), (2, spans), (3, url))
WIREJIT_STRUCT(ProtobufTelemetry, (1, resource), (2, scopes))
WIREJIT_STRUCT(ProtobufPackedInt, (1, values))
WIREJIT_STRUCT(ProtobufPackedDouble, (1, values))
WIREJIT_STRUCT(ProtobufStrings, (1, values))
WIREJIT_STRUCT(ProtobufDeep, (1, level), (2, name), (3, inner),
               (4, offset, wirejit::member::zigzag))
WIREJIT_STRUCT(
    ProtobufSparse, (1, f1), (2, f2), (3, f3), (4, f4), (5, f5), (6, f6),
    (7, f7, wirejit::member::zigzag), (8, f8, wirejit::member::fixed),
    (9, f9, wirejit::member::binary), (10, f10), (11, f11), (12, f12), (13, f13), (14, f14),
    (15, f15), (16, f16), (17, f17, wirejit::member::zigzag), (18, f18, wirejit::member::fixed),
    (19, f19, wirejit::member::binary), (20, f20), (21, f21), (22, f22), (23, f23), (24, f24),
    (25, f25), (26, f26), (27, f27, wirejit::member::zigzag), (28, f28, wirejit::member::fixed),
    (29, f29, wirejit::member::binary), (30, f30), (31, f31), (32, f32), (33, f33), (34, f34),
    (35, f35), (36, f36), (37, f37, wirejit::member::zigzag), (38, f38, wirejit::member::fixed),
    (39, f39, wirejit::member::binary), (40, f40), (41, f41), (42, f42), (43, f43), (44, f44),
    (45, f45), (46, f46), (47, f47, wirejit::member::zigzag), (48, f48, wirejit::member::fixed),
    (49, f49, wirejit::member::binary), (50, f50), (51, f51), (52, f52), (53, f53), (54, f54),
    (55, f55), (56, f56), (57, f57, wirejit::member::zigzag), (58, f58, wirejit::member::fixed),
    (59, f59, wirejit::member::binary), (60, f60), (61, f61), (62, f62), (63, f63), (64, f64),
    (65, f65), (66, f66), (67, f67, wirejit::member::zigzag), (68, f68, wirejit::member::fixed),
    (69, f69, wirejit::member::binary), (70, f70), (71, f71), (72, f72), (73, f73), (74, f74),
    (75, f75), (76, f76), (77, f77, wirejit::member::zigzag), (78, f78, wirejit::member::fixed),
    (79, f79, wirejit::member::binary), (80, f80), (81, f81), (82, f82), (83, f83), (84, f84),
    (85, f85), (86, f86), (87, f87, wirejit::member::zigzag), (88, f88, wirejit::member::fixed),
    (89, f89, wirejit::member::binary), (90, f90), (91, f91), (92, f92), (93, f93), (94, f94),
    (95, f95), (96, f96), (97, f97, wirejit::member::zigzag), (98, f98, wirejit::member::fixed),
    (99, f99, wirejit::member::binary), (100, f100))

}  // namespace wirejit::bench
