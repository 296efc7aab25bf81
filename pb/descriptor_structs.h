// The messages of google/protobuf/descriptor.proto as C++ structs, with the fields that a Schema
// needs; other fields are skipped.
// Entry: FileDescriptorProto, decoded with pb::wire. Invariant: options stay bytes, so that custom
// options can be read after all extensions are known (descriptor_options.h). If a message of
// options is split on the wire, which no compiler does, only its last part is used.
//
// Values of enums are plain integers: the code that uses them checks them. Strings are not checked
// here; names must be identifiers (descriptor_context.h).
#pragma once

#include <wirejit/reflect.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::pb::descriptors {

struct Range {
  std::int32_t start = 0;
  std::int32_t end = 0;  // exclusive in messages, inclusive in enums
};
WIREJIT_STRUCT(Range, (1, start), (2, end))

struct FieldDescriptorProto {
  std::string name;
  std::string extendee;
  std::int32_t number = 0;
  std::int32_t label = 0;
  std::int32_t type = 0;
  std::string type_name;
  std::optional<std::string> default_value;
  std::optional<std::int32_t> oneof_index;
  std::optional<std::string> json_name;
  std::string options;
  bool proto3_optional = false;
};
WIREJIT_STRUCT(FieldDescriptorProto, (1, name, wirejit::member::unchecked),
               (2, extendee, wirejit::member::unchecked), (3, number), (4, label), (5, type),
               (6, type_name, wirejit::member::unchecked),
               (7, default_value, wirejit::member::unchecked),
               (8, options, wirejit::member::binary), (9, oneof_index),
               (10, json_name, wirejit::member::unchecked), (17, proto3_optional))

struct OneofDescriptorProto {
  std::string name;
  std::string options;
};
WIREJIT_STRUCT(OneofDescriptorProto, (1, name, wirejit::member::unchecked),
               (2, options, wirejit::member::binary))

struct EnumValueDescriptorProto {
  std::string name;
  std::int32_t number = 0;
  std::string options;
};
WIREJIT_STRUCT(EnumValueDescriptorProto, (1, name, wirejit::member::unchecked), (2, number),
               (3, options, wirejit::member::binary))

struct EnumDescriptorProto {
  std::string name;
  std::vector<EnumValueDescriptorProto> value;
  std::string options;
  std::vector<Range> reserved_range;
  std::vector<std::string> reserved_name;
};
WIREJIT_STRUCT(EnumDescriptorProto, (1, name, wirejit::member::unchecked), (2, value),
               (3, options, wirejit::member::binary), (4, reserved_range),
               (5, reserved_name, wirejit::member::unchecked))

struct DescriptorProto {
  std::string name;
  std::vector<FieldDescriptorProto> field;
  std::vector<DescriptorProto> nested_type;
  std::vector<EnumDescriptorProto> enum_type;
  std::vector<Range> extension_range;
  std::vector<FieldDescriptorProto> extension;
  std::string options;
  std::vector<OneofDescriptorProto> oneof_decl;
  std::vector<Range> reserved_range;
  std::vector<std::string> reserved_name;
};
WIREJIT_STRUCT(DescriptorProto, (1, name, wirejit::member::unchecked), (2, field), (3, nested_type),
               (4, enum_type), (5, extension_range), (6, extension),
               (7, options, wirejit::member::binary), (8, oneof_decl), (9, reserved_range),
               (10, reserved_name, wirejit::member::unchecked))

struct MethodDescriptorProto {
  std::string name;
  std::string input_type;
  std::string output_type;
  std::string options;
  bool client_streaming = false;
  bool server_streaming = false;
};
WIREJIT_STRUCT(MethodDescriptorProto, (1, name, wirejit::member::unchecked),
               (2, input_type, wirejit::member::unchecked),
               (3, output_type, wirejit::member::unchecked), (4, options, wirejit::member::binary),
               (5, client_streaming), (6, server_streaming))

struct ServiceDescriptorProto {
  std::string name;
  std::vector<MethodDescriptorProto> method;
  std::string options;
};
WIREJIT_STRUCT(ServiceDescriptorProto, (1, name, wirejit::member::unchecked), (2, method),
               (3, options, wirejit::member::binary))

// SourceCodeInfo.Location.
struct Location {
  std::vector<std::int32_t> path;
  std::vector<std::int32_t> span;  // line, column, both from 0, and where it ends
  std::string leading_comments;
  std::string trailing_comments;
};
WIREJIT_STRUCT(Location, (1, path), (2, span), (3, leading_comments, wirejit::member::unchecked),
               (4, trailing_comments, wirejit::member::unchecked))

struct SourceCodeInfo {
  std::vector<Location> location;
};
WIREJIT_STRUCT(SourceCodeInfo, (1, location))

struct FileDescriptorProto {
  std::string name;
  std::string package;
  std::vector<std::string> dependency;
  std::vector<DescriptorProto> message_type;
  std::vector<EnumDescriptorProto> enum_type;
  std::vector<ServiceDescriptorProto> service;
  std::vector<FieldDescriptorProto> extension;
  std::string options;
  SourceCodeInfo source_code_info;
  std::vector<std::int32_t> public_dependency;  // positions in `dependency`
  std::vector<std::int32_t> weak_dependency;
  std::string syntax;
  std::int32_t edition = 0;
};
WIREJIT_STRUCT(FileDescriptorProto, (1, name, wirejit::member::unchecked),
               (2, package, wirejit::member::unchecked),
               (3, dependency, wirejit::member::unchecked), (4, message_type), (5, enum_type),
               (6, service), (7, extension), (8, options, wirejit::member::binary),
               (9, source_code_info), (10, public_dependency, wirejit::member::unpacked),
               (11, weak_dependency, wirejit::member::unpacked),
               (12, syntax, wirejit::member::unchecked), (14, edition))

// FieldDescriptorProto.Type.
enum class FieldType : std::uint8_t {
  unset,
  float64,
  float32,
  int64,
  uint64,
  int32,
  fixed64,
  fixed32,
  boolean,
  string,
  group,
  message,
  bytes,
  uint32,
  enumeration,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
};
inline constexpr int last_field_type = 18;

// FieldDescriptorProto.Label.
inline constexpr std::int32_t label_optional = 1;
inline constexpr std::int32_t label_required = 2;
inline constexpr std::int32_t label_repeated = 3;

}  // namespace wirejit::pb::descriptors
