// A total order of values in record form; equality is what it calls equal.
// Entry: compare. Invariant: sets and maps compare as unordered, all else in order; values nested
// deeper than max_record_depth set `too_deep`, and then the answer is none.
#pragma once

#include <wirejit/detail/layout.h>

namespace wirejit::record {

struct Comparison {
  bool too_deep = false;

  // Less than, equal to or more than 0. The layouts may differ: then kinds decide.
  int compare(const Layout& a_layout, const void* a, const Layout& b_layout, const void* b,
              int depth = 0);
  int compare_structs(const StructLayout& a_layout, const void* a, const StructLayout& b_layout,
                      const void* b, int depth = 0);

 private:
  int compare_sequences(const Layout& a_layout, const void* a, const Layout& b_layout,
                        const void* b, int depth);
};

}  // namespace wirejit::record
