// A list in a record: where its elements are, and how many.
#pragma once

#include <cstdint>

namespace wirejit::memory {

struct ArrayHeader {
  std::uint8_t* data;
  std::uint64_t count;
};

}  // namespace wirejit::memory
