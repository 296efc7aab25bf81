/// @file
/// UnknownFields: the member of a C++ struct that keeps what came and the struct lacks.
/// Entry: UnknownFields. Invariant: a plain value; copying it copies its bytes.
///
///     struct Order {
///       std::int64_t id = 0;
///       wirejit::UnknownFields unknown;
///     };
///     WIREJIT_STRUCT(Order, (1, id), (0, unknown))
#pragma once

#include <cstdint>
#include <string>

namespace wirejit {

/// The fields of a message that the struct lacks. Each is kept whole, as it was in the message, in
/// the order in which they came. They are written back to the format that they came from, and to no
/// other. Codecs keep them unless their Options say otherwise; a codec that does not keep them
/// clears the member when it reads, and does not write it. A struct has one such member at most; it
/// is no field, and the id in its registration means nothing.
struct UnknownFields {
  /// Tells which format the bytes are of; 0 where nothing is kept. The numbers are the library's
  /// own, and may be others in its next version: do not store them.
  std::uint64_t format = 0;
  /// The fields, one after the other, in the encoding of that format.
  std::string bytes;

  /// True if both keep the same bytes of the same format.
  friend bool operator==(const UnknownFields&, const UnknownFields&) = default;
};

}  // namespace wirejit
