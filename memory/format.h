// Memory as a format: C++ objects and records, by their layout, so that an encoder, a decoder and a
// transcoder are all one thing, from a format to a format. Not for users.
// Entry: format. Invariant: two of them are equal if their layouts and their options are the same.
#pragma once

#include <wirejit/detail/layout.h>
#include <wirejit/format.h>

#include <cstdint>
#include <memory>

namespace wirejit::memory {

struct MemoryOptions {
  // Tells the layout from all others, also from those that have gone: a generation, or the address
  // of a layout that an application made by hand.
  std::uint64_t identity = 0;
  bool unique_keys = false;  // written: of equal keys in a flat map the last alone is kept

  friend bool operator==(const MemoryOptions&, const MemoryOptions&) = default;
};

// Values that lie as `layout` says, which `keeps` keeps alive, or the process does.
[[nodiscard]] Format format(const Layout& layout, const MemoryOptions& options,
                            std::shared_ptr<const void> keeps = nullptr);

}  // namespace wirejit::memory
