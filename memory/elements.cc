// The table of ways, by form.
#include "memory/elements.h"

namespace wirejit::memory {

const Elements& elements_of(const Layout& container) {
  switch (container.form) {
    case Form::array: return array_elements;
    case Form::sequence: return sequence_elements;
    case Form::bits: return bit_elements;
    case Form::list: return list_elements;
    case Form::set: return set_elements;
    case Form::map: return map_elements;
    default: return arena_elements;
  }
}

// What lies in place is constructed with its owner. Records own nothing.
std::uint64_t bytes_at_birth(const Layout& value) {
  switch (value.form) {
    case Form::list: return value.list->empty_bytes;
    case Form::array:
      return value.element == nullptr ? 0 : value.count * bytes_at_birth(*value.element);
    case Form::structure: {
      const StructLayout& s = *value.structure();
      std::uint64_t sum = 0;
      if (s.default_bytes == nullptr && s.variant == nullptr) {
        for (const Member& m : s.members) {
          sum += bytes_at_birth(*m.layout);
        }
      }
      return sum;
    }
    default: return 0;
  }
}

}  // namespace wirejit::memory
