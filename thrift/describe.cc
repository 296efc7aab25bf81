// Messages of errors in Thrift Binary: the header of a list or map declares the types of its
// elements.
#include "thrift/describe.h"

#include "thrift/wire.h"

#include <string>

namespace wirejit::thrift {

namespace {

std::string name_of(std::uint8_t code) {
  switch (static_cast<WireType>(code)) {
    case WireType::stop: return "stop";
    case WireType::boolean: return "bool";
    case WireType::i8: return "i8";
    case WireType::float64: return "double";
    case WireType::i16: return "i16";
    case WireType::i32: return "i32";
    case WireType::i64: return "i64";
    case WireType::string: return "string";
    case WireType::structure: return "struct";
    case WireType::map: return "map";
    case WireType::set: return "set";
    case WireType::list: return "list";
    case WireType::uuid: return "uuid";
  }
  return "type " + std::to_string(code);
}
std::string name_of(const Type& type) {
  return name_of(static_cast<std::uint8_t>(wire_type(type.kind)));
}

std::string mismatch(const Type& type, Bytes found) {
  if (type.kind == Kind::map && found.size() >= 2) {
    return "expected a map of " + name_of(*type.key) + " to " + name_of(*type.value) +
           ", found one of " + name_of(found[0]) + " to " + name_of(found[1]);
  }
  if ((type.kind == Kind::list || type.kind == Kind::set) && !found.empty()) {
    return "expected a " + std::string(to_string(type.kind)) + " of " + name_of(*type.element) +
           ", found one of " + name_of(found[0]);
  }
  return {};
}

}  // namespace

lower::Description describe(const lower::ReadFailure& failure) {
  if (failure.code != Errc::type_mismatch || failure.type == nullptr) {
    return {};
  }
  return {.message = mismatch(*failure.type, failure.input.subspan(failure.offset)), .inner = {}};
}

}  // namespace wirejit::thrift
