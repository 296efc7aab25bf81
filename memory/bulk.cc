// Bulk decoders: packed varints into numbers, tagged bytes into views.
#include "memory/bulk.h"

#include "jit/steps.h"
#include "kernels/utf8.h"
#include "kernels/varint.h"
#include "memory/array.h"
#include "memory/place.h"

#include <wirejit/buffer.h>

#include <cstring>
#include <span>

namespace wirejit::memory {

namespace {

using jit::Context;
using jit::HelperResult;
using kernels::VarintAs;
using lower::BulkList;

constexpr HelperResult gave_up{0, 0};

HelperResult moved_to(const std::uint8_t* cursor) noexcept {
  return {reinterpret_cast<std::uint64_t>(cursor), 0};
}

// ---- Packed varints

// A short run is not counted beforehand: there is room for as many elements as it has bytes, and
// what was too much is given back.
template <VarintAs As>
HelperResult take_varints(Context& ctx, ArrayHeader* to, const std::uint8_t* at,
                          const std::uint8_t* end, std::uint64_t, std::uint64_t) noexcept {
  constexpr std::size_t width = kernels::element_size(As);
  const auto [p, size] = kernels::read_delimited(at, end);
  if (p == nullptr || size == 0 || p[size - 1] >= 0x80) {
    return gave_up;
  }
  const bool is_short = size <= kernels::short_run;
  const std::size_t room =
      width * (is_short ? size : kernels::count_varints(p, size, ctx.input_end));
  if (ctx.arena == nullptr || room > ctx.memory_left) {
    return gave_up;
  }
  auto* const data = static_cast<std::uint8_t*>(ctx.arena->allocate(room));
  if (data == nullptr) {
    return gave_up;
  }
  std::size_t used = 0;
  if (is_short) {
    used = width * kernels::read_short_run<As>(p, size, ctx.input_end, data);
  } else if (kernels::read_varints<As>(p, p + size, ctx.input_end, data, room / width) != nullptr) {
    used = room;
  }
  ctx.arena->give_back(data + room, room - used);
  if (used == 0) {
    return gave_up;
  }
  ctx.memory_left -= used;
  *to = {data, used / width};
  return moved_to(p + size);
}

// ---- Tagged bytes

// An array of views that grows in place, as nothing else is allocated meanwhile, and moves
// where a block of the arena ends. What is left over is given back.
class Views {
 public:
  explicit Views(Context& ctx) noexcept : ctx_(ctx) {}
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;
  ~Views() { trim(); }

  bool add(const std::uint8_t* at, std::uint64_t size) noexcept {
    if (count_ == room_ && !grow()) [[unlikely]] {
      return false;
    }
    data_[count_++] = {reinterpret_cast<const char*>(at), size};
    return true;
  }
  void give_up() noexcept { count_ = 0; }

  // The bytes come to the arena, all in one place.
  bool copy() noexcept {
    trim();
    std::uint64_t bytes = 0;
    for (const ByteView& v : elements()) {
      bytes += v.size;
    }
    if (bytes > ctx_.memory_left || ctx_.memory_left - bytes < count_ * sizeof(ByteView)) {
      return false;
    }
    auto* to = static_cast<char*>(ctx_.arena->allocate(bytes + wide));
    if (to == nullptr) {
      return false;
    }
    ctx_.memory_left -= bytes;
    const auto* const readable = reinterpret_cast<const char*>(ctx_.input_end);
    for (ByteView& v : elements()) {
      // The lengths of short ones are not guessed.
      std::memcpy(to, v.data, v.size <= wide && readable - v.data >= wide ? wide : v.size);
      v.data = to;
      to += v.size;
    }
    ctx_.arena->give_back(to + wide, wide);
    return true;
  }

  void finish(ArrayHeader* to) noexcept {
    ctx_.memory_left -= count_ * sizeof(ByteView);
    *to = {reinterpret_cast<std::uint8_t*>(data_), count_};
  }

 private:
  static constexpr std::size_t first = 16;
  static constexpr std::ptrdiff_t wide = 32;

  std::span<ByteView> elements() noexcept { return {data_, count_}; }
  void trim() noexcept {
    if (room_ != count_) {
      ctx_.arena->give_back(data_ + room_, (room_ - count_) * sizeof(ByteView));
      room_ = count_;
    }
  }
  ByteView* allocate(std::size_t count) noexcept {
    return static_cast<ByteView*>(ctx_.arena->allocate(count * sizeof(ByteView)));
  }
  bool grow() noexcept {
    const std::size_t more = room_ == 0 ? first : room_;
    if (ctx_.arena == nullptr || (room_ + more) * sizeof(ByteView) > ctx_.memory_left) {
      return false;
    }
    ByteView* at = allocate(more);
    if (at == nullptr) {
      return false;
    }
    if (data_ == nullptr) {
      data_ = at;
    } else if (at != data_ + room_) {  // in another block: the array moves there
      ctx_.arena->give_back(at + more, more * sizeof(ByteView));
      at = allocate(room_ + more);
      if (at == nullptr) {
        return false;
      }
      std::memcpy(at, data_, count_ * sizeof(ByteView));
      data_ = at;
    }
    room_ += more;
    return true;
  }

  Context& ctx_;
  ByteView* data_ = nullptr;
  std::size_t count_ = 0;
  std::size_t room_ = 0;
};

template <bool Text, bool Copies>
HelperResult take_tagged(Context& ctx, ArrayHeader* to, const std::uint8_t* at,
                         const std::uint8_t* end, std::uint64_t tag,
                         std::uint64_t tag_size) noexcept {
  const auto* const readable = reinterpret_cast<const char*>(ctx.input_end);
  Views views(ctx);
  const std::uint8_t* const begin = at;
  for (;;) {
    const auto [p, size] = kernels::read_delimited(at, end);
    if (p == nullptr ||
        (Text && !kernels::is_valid_utf8(reinterpret_cast<const char*>(p), size, readable)) ||
        !views.add(p, size)) [[unlikely]] {
      break;
    }
    at = p + size;
    if (!kernels::starts_with(at, end, tag, tag_size)) {  // an element has one byte at least
      if (Copies && !views.copy()) {
        break;
      }
      views.finish(to);
      return moved_to(at);
    }
    at += tag_size;
  }
  views.give_up();
  jit::add_steps_of_bytes(static_cast<std::size_t>(at - begin));
  return gave_up;
}

struct BulkDecoders {
  // By VarintAs.
  jit::Helper varints[kernels::varint_kinds] = {
      jit::helper<&take_varints<VarintAs::word64>>("memory.take_varints_8"),
      jit::helper<&take_varints<VarintAs::word32>>("memory.take_varints_4"),
      jit::helper<&take_varints<VarintAs::zigzag64>>("memory.take_zigzag_8"),
      jit::helper<&take_varints<VarintAs::zigzag32>>("memory.take_zigzag_4"),
      jit::helper<&take_varints<VarintAs::zigzag16>>("memory.take_zigzag_2"),
      jit::helper<&take_varints<VarintAs::boolean>>("memory.take_varints_bool")};
  jit::Helper bytes = jit::helper<&take_tagged<false, true>>("memory.take_bytes");
  jit::Helper text = jit::helper<&take_tagged<true, true>>("memory.take_text");
  jit::Helper alias_bytes = jit::helper<&take_tagged<false, false>>("memory.alias_bytes");
  jit::Helper alias_text = jit::helper<&take_tagged<true, false>>("memory.alias_text");
};

const BulkDecoders& bulk_decoders() {
  static const BulkDecoders all;
  return all;
}

}  // namespace

const jit::Helper* bulk_decoder(const Layout& span, const BulkList& list, bool aliases) noexcept {
  if (span.form != Form::span || span.data_offset != 0 || span.size_offset != 8) {
    return nullptr;
  }
  if (list.framing == BulkList::Framing::packed) {
    const auto as = lower::varint_as(list.run, run_of(span));
    return as ? &bulk_decoders().varints[static_cast<std::size_t>(*as)] : nullptr;
  }
  const Layout& element = *span.element;
  if (element.form != Form::view || element.data_offset != 0 || element.size_offset != 8 ||
      span.stride != sizeof(ByteView)) {
    return nullptr;
  }
  const BulkDecoders& all = bulk_decoders();
  if (list.framing == BulkList::Framing::tagged_text) {
    return aliases ? &all.alias_text : &all.text;
  }
  return aliases ? &all.alias_bytes : &all.bytes;
}

}  // namespace wirejit::memory
