// What the structs of one schema become in another one, where a transcoder reads the one and writes
// the other: fields are matched by number or by name.
// Entry: Mapping::make. Invariant: readers see the source's schema alone, writers the target's;
// fuse goes from one to the other by this table.
//
// Values go over as they are where the target's range holds them; integers of the same width keep
// their bits; into a narrower integer a value that does not fit is number_out_of_range. Enums go
// over by number, lists and sets into each other, text into binary. What has no counterpart is
// skipped as if unknown.
#pragma once

#include "lower/lowering.h"

#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <map>
#include <utility>
#include <vector>

namespace wirejit::lower {

class Mapping {
 public:
  // A struct of the source: what it becomes, and for each of its fields the position there, or -1.
  struct Struct {
    const StructType* to = nullptr;
    std::vector<int> fields;
  };
  using Pairs = std::map<const StructType*, Struct>;

  // Both types are those of structs and live as long as the result. Errors: unsupported, naming
  // fields whose types do not go together, a required field of the target that has no counterpart,
  // a struct that would have to become two, and fields that may both be set, of which the target
  // holds one (a oneof, or a union).
  [[nodiscard]] static Result<Mapping> make(const Type& from, const Type& to, Match match);

  explicit Mapping(Pairs pairs) : pairs_(std::move(pairs)) {}
  [[nodiscard]] const Struct& of(const StructType& source) const { return pairs_.at(&source); }

  // Whether numbers of one kind are those of the other, bit by bit.
  [[nodiscard]] static bool same_bits(Kind from, Kind to) noexcept;
  // The integer in t0, extended as its kind is, becomes one of another kind.
  static void convert(Lowering& l, Kind from, Kind to);

 private:
  Pairs pairs_;
};

}  // namespace wirejit::lower
