// Messages of errors in Thrift Compact. They are those of Binary: the header of a list or map is
// translated to Binary's type codes.
#include "thrift/compact_describe.h"

#include "thrift/compact_wire.h"
#include "thrift/describe.h"
#include "thrift/wire.h"

#include <optional>

namespace wirejit::thrift {

namespace {

// Empty for codes that are not types.
std::optional<std::uint8_t> in_binary(int code) {
  const auto type = static_cast<CompactType>(code);
  for (int k = 0; k <= static_cast<int>(Kind::map); ++k) {
    const auto kind = static_cast<Kind>(k);
    if (compact_type(kind) ==
        (type == CompactType::boolean_false ? CompactType::boolean_true : type)) {
      return static_cast<std::uint8_t>(wire_type(kind));
    }
  }
  return std::nullopt;
}

}  // namespace

lower::Description compact_describe(const lower::ReadFailure& failure) {
  if (failure.code != Errc::type_mismatch || failure.type == nullptr ||
      failure.offset >= failure.input.size()) {
    return {};
  }
  const std::uint8_t types = failure.input[failure.offset];
  const auto low = in_binary(types & 15);
  const auto high = failure.type->kind == Kind::map ? in_binary(types >> 4) : low;
  if (!low || !high) {
    return {};
  }
  const std::uint8_t header[] = {*high, *low};
  lower::ReadFailure same = failure;
  same.input = header;
  same.offset = 0;
  return describe(same);
}

}  // namespace wirejit::thrift
