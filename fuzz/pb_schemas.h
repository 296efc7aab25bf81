// The messages that an input of the fuzzers of Protobuf's formats chooses from.
// Entry: pb_subject(). Invariant: the order of roots and setups is part of the meaning of the
// corpus; new ones are added at the end.
#pragma once

#include "fuzz/subject.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace wirejit::fuzz {

// The types that an input of pb_fuzz may choose, and those of protojson_fuzz.
inline constexpr std::string_view pb_roots[] = {
    "three.All", "three.Node", "three.Choice", "two.All", "two.Node", "two.Choice", "two.Strict",
    "known.All", "sets.Text",
    // Of tests/cases: only what the others do not have, as each type takes memory with every setup.
    "structs.Numbers", "traffic.Order", "traffic.Span"};
inline constexpr std::string_view protojson_roots[] = {
    "three.All", "three.Node", "three.Choice", "two.All", "two.Choice", "known.All",
    "google.protobuf.Any", "google.protobuf.Timestamp", "google.protobuf.Duration",
    "google.protobuf.FieldMask", "google.protobuf.Struct", "google.protobuf.Value",
    "google.protobuf.ListValue", "google.protobuf.Int64Value", "google.protobuf.DoubleValue",
    "google.protobuf.BytesValue",
    // Of tests/cases: only what the others do not have, as each type takes memory with every setup.
    "structs.Numbers", "traffic.Order", "traffic.Span"};

// The messages of the build's messages.binpb: tests/peers/wire_*.proto, tests/cases/*.proto
// except wide.proto, and what they import.
[[nodiscard]] const Schema& pb_schema();

// The Subject of a root under a setup; both numbers are taken modulo the sizes of the lists. Each is
// made once and kept.
[[nodiscard]] Subject& pb_subject(std::span<const std::string_view> roots, std::size_t root,
                                  std::span<const Setup> setups, std::size_t setup);

}  // namespace wirejit::fuzz
