// Random Protobuf schemas as descriptors: all kinds and labels, numbers of any size, oneofs, maps,
// groups, recursion, proto2 and proto3. Entry: random_descriptor; the root is the message "gen.M0".
// Invariant: the descriptors are valid, and every message has a finite smallest value, as recursive
// fields are optional or repeated.
#pragma once

#include <cstdint>
#include <string>

namespace wirejit::test {

struct DescriptorShape {
  int messages = 5;
  int fields = 12;            // at most, per message
  bool proto2 = false;        // required fields, defaults, groups, closed enums
  bool small_numbers = true;  // below 32768, which Thrift can hold
};

// A serialized FileDescriptorSet of one file.
[[nodiscard]] std::string random_descriptor(std::uint64_t seed, const DescriptorShape& shape = {});

}  // namespace wirejit::test
