// Sequences for literals.
// Entry: emit_match, emit_put_literal. Invariant: bytes of literals are in the data, but for
// up to four that are stored as an immediate.
#include "jit/emit_literal.h"

#include <algorithm>
#include <cstring>

namespace wirejit::jit {

namespace {

void compare(Masm& m, std::string_view bytes, std::int64_t disp, CodeLabel miss) {
  const MemRef place = at(Mreg::r0, disp);
  if (bytes.size() == 1) {
    m.branch_memory(place, 1, Cond::ne, static_cast<std::uint8_t>(bytes[0]), miss);
  } else {
    m.branch_differs(place, bytes, miss);
  }
}

}  // namespace

// Words of 8 bytes while they last. The rest is one word, either with readable bytes after it,
// which do not count, or with bytes before it, which are compared again.
void emit_match(Masm& m, std::string_view literal, std::int64_t disp, std::size_t readable,
                CodeLabel miss) {
  const auto part = [&](std::size_t from, std::size_t size) {
    compare(m, literal.substr(from, size), disp + static_cast<std::int64_t>(from), miss);
  };
  for (std::size_t from = 0; from < literal.size();) {
    const std::size_t rest = literal.size() - from;
    const std::size_t word = rest <= 2 ? rest : rest <= 4 ? 4 : 8;
    if (rest >= word || from + word <= readable) {
      part(from, std::min(rest, word));
      from += word;
    } else if (literal.size() >= word) {
      return part(literal.size() - word, word);
    } else {
      part(from, word / 2);
      return part(literal.size() - word / 2, word / 2);
    }
  }
}

void emit_put_literal(Masm& m, std::string_view literal, std::int64_t disp) {
  while (!literal.empty()) {
    const MemRef place = at(Mreg::w0, disp);
    if (literal.size() <= 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, literal.data(), literal.size());
      return m.store_imm(place, static_cast<std::int32_t>(word), literal.size() == 1 ? 1 : 4);
    }
    const std::size_t width = literal.size() <= 8 ? 8 : 16;
    const std::size_t size = std::min(width, literal.size());
    m.copy(place, data(m.constant(literal.substr(0, size))), static_cast<unsigned>(width));
    literal.remove_prefix(size);
    disp += static_cast<std::int64_t>(size);
  }
}

}  // namespace wirejit::jit
