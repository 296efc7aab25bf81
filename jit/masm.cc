// The pool of constants behind the code.
// Entry: Masm::constant, Masm::word. Invariant: equal bytes have one label.
#include "jit/masm.h"

#include <cstring>

namespace wirejit::jit {

CodeLabel Masm::constant(std::string_view bytes) {
  std::string padded(bytes);
  padded.resize(bytes.size() <= 4 ? 4 : bytes.size() <= 8 ? 8 : (bytes.size() + 15) / 16 * 16, '\0');
  if (const auto known = known_.find(padded); known != known_.end()) {
    return known->second;
  }
  const CodeLabel label = new_label();
  constants_.push_back({label, padded, {}});
  known_.emplace(std::move(padded), label);
  return label;
}

CodeLabel Masm::word(std::uint64_t v, std::string_view name) {
  char bytes[sizeof v];
  std::memcpy(bytes, &v, sizeof v);
  const std::size_t before = constants_.size();
  const CodeLabel label = constant({bytes, sizeof bytes});
  if (constants_.size() != before) {
    constants_.back().name = name;
  }
  return label;
}

}  // namespace wirejit::jit
