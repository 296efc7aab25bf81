// Messages of errors on the wire, and the path of the field in which truncated input ends. (The
// reader rejects the length of a truncated message before it reads the message's fields.)
#include "pb/describe.h"

#include "kernels/varint.h"
#include "pb/parse.h"
#include "pb/wire.h"

#include <string>

namespace wirejit::pb {

namespace {

constexpr std::int32_t max_depth = 1024;
constexpr unsigned max_path_levels = 64;

std::string name_of(WireType type) {
  switch (type) {
    case WireType::varint: return "varint";
    case WireType::fixed64: return "64-bit";
    case WireType::length: return "length-delimited";
    case WireType::start_group: return "start of a group";
    case WireType::end_group: return "end of a group";
    case WireType::fixed32: return "32-bit";
    default: return std::to_string(static_cast<unsigned>(type));
  }
}

// What is wrong with the tag at `at`; empty if the tag is valid.
std::string tag_text(const std::uint8_t* at, const std::uint8_t* end) {
  Tag tag;
  const Errc code = parse_tag(at, end, &tag);
  if (code == Errc::invalid_tag) {
    return "expected a tag, found more than 32 bits";
  }
  const bool begins_a_field =
      tag.number() != 0 && tag.type() != WireType::end_group && tag.type() <= WireType::fixed32;
  if (code != Errc::ok || begins_a_field) {
    return {};
  }
  return "no field can have number " + std::to_string(tag.number()) + " and wire type " +
         name_of(tag.type()) + " here";
}

// How many fields in [at, last) have the number `number`.
std::size_t count_before(const std::uint8_t* at, const std::uint8_t* last, std::int32_t number) {
  std::size_t n = 0;
  for (FieldCursor fields(at, last, max_depth); fields.next();) {
    n += fields.number() == number ? 1 : 0;
  }
  return n;
}

// The path of the field in which the input ends, from the message whose fields begin at `at`.
std::string truncated_field(const StructType* message, const std::uint8_t* at,
                            const std::uint8_t* end) {
  std::string path;
  for (unsigned level = 0; level < max_path_levels; ++level) {
    if (message == nullptr || message->semantic == Semantic::any || message->message_set) {
      return path;
    }
    FieldCursor fields(at, end, max_depth);
    while (fields.next()) {
    }
    Tag tag;
    // A truncated field begins where the last complete one ends.
    const std::uint8_t* const last = fields.error() == Errc::truncated ? fields.begin() : end;
    if (last == end || parse_tag(last, end, &tag) != Errc::ok) {
      return path;
    }
    const Field* const field = message->find(tag.number());
    const bool is_list = field != nullptr && field->type->kind == Kind::list;
    const WireType declared = field == nullptr ? WireType::none : form_of(*field).tag;
    if (field == nullptr || declared != tag.type()) {
      return path;
    }
    path += (path.empty() ? "" : ".") + field->name;
    const Type& type = is_list ? *field->type->element : *field->type;
    if (is_list && form_of(*field).shape == Shape::unpacked) {
      path += '[' + std::to_string(count_before(at, last, tag.number())) + ']';
    }
    const kernels::Varint length = kernels::read_varint(tag.end, end);
    if (type.kind != Kind::structure || tag.type() != WireType::length || length.at == nullptr) {
      return path;
    }
    message = type.structure;
    at = length.at;
  }
  return path;
}

}  // namespace

lower::Description describe(const lower::ReadFailure& failure) {
  const std::uint8_t* const end = failure.input.data() + failure.input.size();
  const std::uint8_t* const at = failure.input.data() + failure.offset;
  if (failure.code == Errc::invalid_tag) {
    return {.message = tag_text(at, end), .inner = {}};
  }
  // If a helper reported the error, the truncated field is unknown to the schema.
  if (failure.code == Errc::truncated && !failure.by_helper) {
    return {.message = {}, .inner = truncated_field(failure.structure, at, end)};
  }
  return {};
}

}  // namespace wirejit::pb
