// The key of the cache of codecs.
// Entry: CodecKey. Invariant: equal keys mean equal code. An address may be reused after its object
// is destroyed, so a key has an address only together with a generation, which is never reused.
#pragma once

#include "core/members.h"
#include "lower/format.h"

#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>

namespace wirejit::engine {

// One side of a codec. A type is identified by its address within the schema of that generation.
struct KeySide {
  Format format;
  std::uint64_t schema = 0;    // its generation; 0: derived from the registration
  const Type* type = nullptr;  // null: derived from the registration; or the source's

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
