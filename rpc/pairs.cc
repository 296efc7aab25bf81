// Encoded pairs of headers. Entry: read_pairs, size_of, put_pairs. Invariant: pairs that were read
// are exactly the bytes of their block, so that a walk over them needs no check.
#include "headers.h"

namespace wirejit::rpc {

namespace {

constexpr std::size_t longest_text = 0xFFFF;  // in a TTHeader

std::size_t varint_size(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) {
    ++size;
  }
  return size;
}

// Whether there may be so many pairs of at least `shortest` bytes.
Result<void> check_count(const ByteReader& in, std::uint32_t count, std::size_t most,
                         std::size_t shortest) {
  if (count > in.left() / shortest) [[unlikely]] {
    return failure(Errc::bad_frame, "the header ends before its pairs do", in.position());
  }
  if (count > most) [[unlikely]] {
    return failure(Errc::header_limit, "more pairs than the limit", in.position());
  }
  return {};
}

Result<void> check_pairs(const ByteReader& in) {
  if (in.failed()) [[unlikely]] {
    return failure(Errc::bad_frame, "a pair of the header is malformed or does not end in it",
                   in.position());
  }
  return {};
}

// The bytes since `begin`.
Bytes since(const std::uint8_t* begin, const ByteReader& in) { return {begin, in.at()}; }

std::string_view take_text(ByteReader& in, TextPairs::Coding coding) {
  return coding == TextPairs::Coding::ttheader ? in.text16() : in.text(in.varint32());
}

template <class Pair, class F>
void for_each_in(const typename Pairs<Pair>::Block& block, F&& visit) {
  const std::uint8_t* at = block.bytes.data();
  for (std::uint32_t left = block.count; left != 0; --left) {
    Pair pair;
    detail::take_pair(at, block.coding == Pairs<Pair>::Coding::theader, pair);
    visit(pair);
  }
}

void add(PairsSize& size, const IntPair& pair, IntPairs::Coding /*coding*/) {
  size.bytes += 4 + pair.value.size();
  size.fits &= pair.value.size() <= longest_text;
}
void add(PairsSize& size, const TextPair& pair, TextPairs::Coding coding) {
  if (coding == TextPairs::Coding::theader) {
    size.bytes += varint_size(pair.key.size()) + varint_size(pair.value.size());
  } else {
    size.bytes += 4;
    size.fits &= pair.key.size() <= longest_text && pair.value.size() <= longest_text;
  }
  size.bytes += pair.key.size() + pair.value.size();
}

void put(ByteWriter& out, const IntPair& pair, IntPairs::Coding /*coding*/) {
  out.u16(pair.key);
  out.u16(static_cast<std::uint16_t>(pair.value.size()));
  out.text(pair.value);
}
void put(ByteWriter& out, const TextPair& pair, TextPairs::Coding coding) {
  for (const std::string_view text : {pair.key, pair.value}) {
    if (coding == TextPairs::Coding::theader) {
      out.varint32(static_cast<std::uint32_t>(text.size()));
    } else {
      out.u16(static_cast<std::uint16_t>(text.size()));
    }
    out.text(text);
  }
}

template <class Pair>
PairsSize sum(const Pairs<Pair>& pairs, typename Pairs<Pair>::Coding coding) {
  PairsSize size;
  for (const auto& block : pairs.blocks()) {
    size.count += block.count;
    if (block.coding == coding) {
      size.bytes += block.bytes.size();
    } else {
      for_each_in<Pair>(block, [&](const Pair& pair) { add(size, pair, coding); });
    }
  }
  size.count += pairs.added().size();
  for (const Pair& pair : pairs.added()) {
    add(size, pair, coding);
  }
  return size;
}

template <class Pair>
void put_all(ByteWriter& out, const Pairs<Pair>& pairs, typename Pairs<Pair>::Coding coding) {
  for (const auto& block : pairs.blocks()) {
    if (block.coding == coding) {
      out.bytes(block.bytes);
    } else {
      for_each_in<Pair>(block, [&](const Pair& pair) { put(out, pair, coding); });
    }
  }
  for (const Pair& pair : pairs.added()) {
    put(out, pair, coding);
  }
}

}  // namespace

Result<void> read_pairs(ByteReader& in, std::uint32_t count, std::size_t most, IntPairs& to) {
  if (Result<void> good = check_count(in, count, most, 4); !good) [[unlikely]] {
    return good;
  }
  const std::uint8_t* const begin = in.at();
  for (std::uint32_t left = count; left != 0; --left) {
    in.u16();
    in.text16();
  }
  if (Result<void> good = check_pairs(in); !good) [[unlikely]] {
    return good;
  }
  return to.add_block({.bytes = since(begin, in), .count = count});
}

Result<void> read_pairs(ByteReader& in, std::uint32_t count, std::size_t most,
                        TextPairs::Coding coding, TextPairs& to, std::string_view* service) {
  const std::size_t shortest = coding == TextPairs::Coding::ttheader ? 4 : 2;
  if (Result<void> good = check_count(in, count, most, shortest); !good) [[unlikely]] {
    return good;
  }
  const std::uint8_t* const begin = in.at();
  for (std::uint32_t left = count; left != 0; --left) {
    const std::string_view key = take_text(in, coding);
    const std::string_view value = take_text(in, coding);
    if (service != nullptr && key == "isn") {
      *service = value;
    }
  }
  if (Result<void> good = check_pairs(in); !good) [[unlikely]] {
    return good;
  }
  return to.add_block({.bytes = since(begin, in), .count = count, .coding = coding});
}

PairsSize size_of_all(const IntPairs& pairs) { return sum(pairs, IntPairs::Coding::ttheader); }
PairsSize size_of_all(const TextPairs& pairs, TextPairs::Coding coding) {
  return sum(pairs, coding);
}
void put_pairs(ByteWriter& out, const IntPairs& pairs) {
  put_all(out, pairs, IntPairs::Coding::ttheader);
}
void put_pairs(ByteWriter& out, const TextPairs& pairs, TextPairs::Coding coding) {
  put_all(out, pairs, coding);
}

}  // namespace wirejit::rpc
