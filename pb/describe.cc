// Errors of the wire in words, and the field in which a message that is cut short ends: its length
// is refused before its fields are read.
#include "pb/describe.h"

#include "kernels/varint.h"
#include "pb/parse.h"
#include "pb/wire.h"

#include <string>

namespace wirejit::pb {

namespace {

constexpr std::int32_t deepest = 1024;
constexpr unsigned most_levels = 64;  // that a path tells

std::string name_of(WireType type) {
  switch (type) {
    case WireType::varint: return "varint";
    case WireType::fixed64: return "64-bit";
    case WireType::length: return "length-delimited";
    case WireType::start_group: return "begin of a group";
    case WireType::end_group: return "end of a group";
    case WireType::fixed32: return "32-bit";
    default: return std::to_string(static_cast<unsigned>(type));
  }
}

// Empty where the tag could be: it is not what is wrong.
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

// How many of the fields in front of `last` have its number.
std::size_t before(const std::uint8_t* at, const std::uint8_t* last, std::int32_t number) {
  std::size_t n = 0;
  for (FieldCursor fields(at, last, deepest); fields.next();) {
    n += fields.number() == number ? 1 : 0;
  }
  return n;
}

// The path of the field that the input ends in, from the message on whose fields begin at `at`.
std::string cut_field(const StructType* message, const std::uint8_t* at, const std::uint8_t* end) {
  std::string path;
  for (unsigned level = 0; level < most_levels; ++level) {
    if (message == nullptr || message->semantic == Semantic::any || message->message_set) {
      return path;
    }
    FieldCursor fields(at, end, deepest);
    while (fields.next()) {
    }
    Tag tag;
    // A field that is cut begins where the last whole one ends.
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
      path += '[' + std::to_string(before(at, last, tag.number())) + ']';
    }
    const kernels::Varint length = kernels::read_varint(tag.behind, end);
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
  // What a helper finds cut lies in a field that the schema lacks.
  if (failure.code == Errc::truncated && !failure.by_helper) {
    return {.message = {}, .inner = cut_field(failure.structure, at, end)};
  }
  return {};
}

}  // namespace wirejit::pb
