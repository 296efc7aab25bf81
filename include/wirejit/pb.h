// Protobuf: the wire format as a Format.
// Entry: pb::wire, pb::with. Invariant: what is written is what the official library would write,
// but for the order of entries in maps; what is read is checked in full, also where it is skipped.
//
//   auto codec = engine.codec<Order>(wirejit::pb::wire);
//
// Structs are messages, lists and sets repeated fields, maps maps; the rest is in Type::wire and
// in Field (schema.h). Kinds that Protobuf lacks (uuid, containers within containers) make
// compiling fail with Errc::unsupported.
#pragma once

#include <wirejit/codec.h>

namespace wirejit::pb {

struct WireOptions {
  bool deterministic = false;  // written: entries of maps in the order of their keys
};

// With all defaults.
extern const Format wire;

[[nodiscard]] Format with(const WireOptions& options);

}  // namespace wirejit::pb
