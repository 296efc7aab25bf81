// A total order of values in record form; values are equal if it calls them equal.
// Entry: compare. Invariant: the order of elements matters in lists only, not in sets and maps.
// Values nested deeper than max_record_depth set `too_deep`, and then the result has no meaning.
#pragma once

#include <wirejit/detail/layout.h>

namespace wirejit::record {

struct Comparison {
  bool too_deep = false;

  // Returns a number below, equal to or above 0. If the layouts differ in kind, the kinds decide.
  int compare(const Layout& a_layout, const void* a, const Layout& b_layout, const void* b,
              int depth = 0);
  int compare_structs(const StructLayout& a_layout, const void* a, const StructLayout& b_layout,
                      const void* b, int depth = 0);

 private:
  int compare_sequences(const Layout& a_layout, const void* a, const Layout& b_layout,
                        const void* b, int depth);
};

}  // namespace wirejit::record
