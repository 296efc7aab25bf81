// The pool of constants after the code.
// Entry: Masm::constant, Masm::word. Invariant: equal bytes of one name have one label.
#include "jit/masm.h"

#include <cstring>

namespace wirejit::jit {

CodeLabel Masm::add_constant(std::string bytes, std::string_view name) {
  auto key = std::pair{std::move(bytes), std::string(name)};
  if (const auto known = known_.find(key); known != known_.end()) {
    return known->second;
  }
  const CodeLabel label = new_label();
  constants_.push_back({label, key.first, key.second});
  known_.emplace(std::move(key), label);
  return label;
}

CodeLabel Masm::constant(std::string_view bytes) {
  std::string padded(bytes);
  padded.resize(bytes.size() <= 4   ? 4
                : bytes.size() <= 8 ? 8
                                    : (bytes.size() + 15) / 16 * 16,
                '\0');
  return add_constant(std::move(padded), {});
}

CodeLabel Masm::word(std::uint64_t v, std::string_view name) {
  std::string bytes(sizeof v, '\0');
  std::memcpy(bytes.data(), &v, sizeof v);
  // What could be an address of this run is not shown in listings.
  const bool like_address = v >> 32 != 0 && v >> 47 == 0;
  return add_constant(std::move(bytes), name.empty() && like_address ? "word" : name);
}

}  // namespace wirejit::jit
