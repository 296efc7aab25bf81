// The list.
#include "fuzz/protojson_tolerance.h"

#include <array>

namespace wirejit::fuzz {

namespace {

struct Tolerance {
  const char* name;
  bool (*applies)(const Difference& d);
};

// The character at which ours stopped.
[[maybe_unused]] char at(const Difference& d) {
  return d.ours.offset < d.text.size() ? d.text[d.ours.offset] : '\0';
}

constexpr Tolerance tolerances[] = {
    {"null in lists, maps and at the root",
     [](const Difference& d) { return d.ours.code == Errc::null_value; }},
};

}  // namespace

const char* tolerance(const Difference& d) {
  for (const Tolerance& t : tolerances) {
    if (t.applies(d)) {
      return t.name;
    }
  }
  return nullptr;
}

bool text_is_tolerated(std::string_view, std::string_view) { return false; }

}  // namespace wirejit::fuzz
