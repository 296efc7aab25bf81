// What tells a codec of an engine from all others: the key of its cache.
// Entry: CodecKey. Invariant: equal keys ask for the same code. Nothing in a key is an address that
// something else may get later, but together with a number that nothing else gets.
#pragma once

#include "core/members.h"
#include "lower/format.h"

#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>

namespace wirejit::engine {

// One side of a codec. A type keeps its address within its schema, and no other schema gets that
// generation.
struct KeySide {
  Format format;
  std::uint64_t schema = 0;    // its generation; 0: none was given
  const Type* type = nullptr;  // null: of the registration, or as the source has it

  friend bool operator==(const KeySide&, const KeySide&) = default;
};

struct CodecKey {
  KeySide from;
  KeySide to;
  Match match = Match::number;
  Options options{};

  friend bool operator==(const CodecKey&, const CodecKey&) = default;

  [[nodiscard]] std::size_t hash() const noexcept {
    core::Hasher h;
    for (const KeySide* side : {&from, &to}) {
      h.add(lower::impl_of(side->format).hash()).add(side->schema);
      h.add(reinterpret_cast<std::uintptr_t>(side->type));
    }
    return h.add(match).add(options).hash();
  }
};

struct CodecKeyHash {
  std::size_t operator()(const CodecKey& key) const noexcept { return key.hash(); }
};

}  // namespace wirejit::engine
