// The table of bulk copies.
#include "lower/bulk.h"

#include "kernels/bits.h"
#include "kernels/swap.h"

#include <bit>

namespace wirejit::lower {

using jit::Context;
using jit::helper;
using jit::HelperResult;
using kernels::VarintAs;
using kernels::VarintOf;

namespace {

template <unsigned Width>
void copy_run(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy(to, from, n * Width);
}
void swap_run_2(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap16(to, from, n);
}
void swap_run_4(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap32(to, from, n);
}
void swap_run_8(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap64(to, from, n);
}
void bool_run(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_bytes_to_bool(to, from, n);
}

// The first varint of a run that is cut or too long is the error. How many came before it is left in
// extra_results[0].
[[gnu::cold]] HelperResult bad_varint(Context& ctx, const std::uint8_t* at,
                                      const std::uint8_t* end) noexcept {
  std::uint64_t& before = ctx.extra_results[0];
  before = 0;
  while (const std::uint8_t* const next = kernels::read_varint(at, end).at) {
    at = next;
    ++before;
  }
  return jit::fail(ctx, kernels::varint_is_cut(at, end) ? Errc::truncated : Errc::invalid_varint,
                   at);
}

template <VarintAs As>
HelperResult varint_run(Context& ctx, void* to, const std::uint8_t* from, const std::uint8_t* end,
                        std::uint64_t n) noexcept {
  const std::uint8_t* const behind = kernels::read_varints<As>(from, end, ctx.input_end, to, n);
  return behind != nullptr ? HelperResult{reinterpret_cast<std::uint64_t>(behind), 0}
                           : bad_varint(ctx, from, end);
}

// Two small numbers, each in 32 bits, which were encoded as zigzag.
constexpr std::uint64_t unzigzag_two(std::uint64_t two) noexcept {
  return (two >> 1 & 0x0000003f'0000003f) ^ (two & 0x00000001'00000001) * 0xffffffff;
}

[[gnu::noinline]] HelperResult any_zigzag_run_4(Context& ctx, void* to, const std::uint8_t* from,
                                                const std::uint8_t* end, std::uint64_t n) noexcept {
  return varint_run<VarintAs::zigzag32>(ctx, to, from, end, n);
}

// Of four at the most that have a byte each, four are written: their number decides nothing.
HelperResult short_zigzag_run_4(Context& ctx, std::uint8_t* to, const std::uint8_t* from,
                                const std::uint8_t* end, std::uint64_t n) noexcept {
  if (n <= 4 && end - from >= 4) [[likely]] {
    const auto bytes = kernels::load<std::uint32_t>(from);
    if ((bytes & 0x80808080U) == 0) [[likely]] {
      const std::uint64_t low = bytes & 0xffff;
      const std::uint64_t high = bytes >> 16;
      kernels::store(to, unzigzag_two((low | low << 24) & 0x0000007f'0000007f));
      kernels::store(to + 8, unzigzag_two((high | high << 24) & 0x0000007f'0000007f));
      return {reinterpret_cast<std::uint64_t>(from + n), 0};
    }
  }
  return any_zigzag_run_4(ctx, to, from, end, n);
}
static_assert(run_room >= 16);

constexpr bool is_little = std::endian::native == std::endian::little;
constexpr Encoding native = is_little ? Encoding::little_endian : Encoding::big_endian;
constexpr Encoding foreign = is_little ? Encoding::big_endian : Encoding::little_endian;

// Numbers as varints.
template <VarintOf Of>
std::uint64_t varints_size(const void* from, std::uint64_t n) noexcept {
  return kernels::varints_size<Of>(from, n);
}
template <VarintOf Of>
void write_varints(std::uint8_t* to, const void* from, std::uint64_t n) noexcept {
  kernels::write_varints<Of>(from, n, to);
}

// A source, a target, and the kernel between them.
struct Row {
  Run from;
  Run to;
  BulkKernel kernel;
  std::optional<VarintAs> varints = std::nullopt;
};

template <VarintAs As>
Row of_varints(Encoding from, Run to, const char* name, jit::Helper with_room = {}) {
  return {{from, to.width},
          to,
          {.copy = helper<&varint_run<As>>(name), .copy_with_room = with_room},
          As};
}

template <VarintOf Of>
Row to_varints(Encoding to, const char* copy, const char* size) {
  constexpr auto width = static_cast<unsigned>(kernels::element_size(Of));
  return {{native, width},
          {to, width},
          {helper<&write_varints<Of>>(copy), helper<&varints_size<Of>>(size)}};
}

const auto& rows() {
  using enum Encoding;
  static const Row table[] = {
      {{native, 1}, {native, 1}, {helper<&copy_run<1>>("copy_run_1")}},
      {{native, 2}, {native, 2}, {helper<&copy_run<2>>("copy_run_2")}},
      {{native, 4}, {native, 4}, {helper<&copy_run<4>>("copy_run_4")}},
      {{native, 8}, {native, 8}, {helper<&copy_run<8>>("copy_run_8")}},
      {{foreign, 1}, {foreign, 1}, {helper<&copy_run<1>>("copy_run_1")}},
      {{foreign, 2}, {foreign, 2}, {helper<&copy_run<2>>("copy_run_2")}},
      {{foreign, 4}, {foreign, 4}, {helper<&copy_run<4>>("copy_run_4")}},
      {{foreign, 8}, {foreign, 8}, {helper<&copy_run<8>>("copy_run_8")}},
      {{foreign, 1}, {native, 1}, {helper<&copy_run<1>>("copy_run_1")}},
      {{foreign, 2}, {native, 2}, {helper<&swap_run_2>("swap_run_2")}},
      {{foreign, 4}, {native, 4}, {helper<&swap_run_4>("swap_run_4")}},
      {{foreign, 8}, {native, 8}, {helper<&swap_run_8>("swap_run_8")}},
      {{native, 1}, {foreign, 1}, {helper<&copy_run<1>>("copy_run_1")}},
      {{native, 2}, {foreign, 2}, {helper<&swap_run_2>("swap_run_2")}},
      {{native, 4}, {foreign, 4}, {helper<&swap_run_4>("swap_run_4")}},
      {{native, 8}, {foreign, 8}, {helper<&swap_run_8>("swap_run_8")}},
      {{bool_byte, 1}, {bool_byte, 1}, {helper<&bool_run>("bool_run")}},
      to_varints<VarintOf::word64>(varint, "varints_of_8", "varints_size_8"),
      to_varints<VarintOf::word32>(varint, "varints_of_4", "varints_size_4"),
      to_varints<VarintOf::signed32>(varint_signed, "varints_of_signed_4", "varints_size_signed_4"),
      to_varints<VarintOf::zigzag64>(varint_zigzag, "zigzag_of_8", "zigzag_size_8"),
      to_varints<VarintOf::zigzag32>(varint_zigzag, "zigzag_of_4", "zigzag_size_4"),
      to_varints<VarintOf::zigzag16>(varint_zigzag, "zigzag_of_2", "zigzag_size_2"),
      of_varints<VarintAs::word64>(varint, {native, 8}, "varint_run_8"),
      of_varints<VarintAs::word32>(varint, {native, 4}, "varint_run_4"),
      of_varints<VarintAs::zigzag64>(varint_zigzag, {native, 8}, "zigzag_run_8"),
      of_varints<VarintAs::zigzag32>(varint_zigzag, {native, 4}, "zigzag_run_4",
                                     helper<&short_zigzag_run_4>("zigzag_run_4_with_room")),
      of_varints<VarintAs::zigzag16>(varint_zigzag, {native, 2}, "zigzag_run_2"),
      of_varints<VarintAs::boolean>(varint_bool, {bool_byte, 1}, "varint_run_bool"),
  };
  return table;
}

bool same(Run a, Run b) { return a.encoding == b.encoding && a.width == b.width; }

const Row* find(Run from, Run to) {
  for (const Row& row : rows()) {
    if (same(row.from, from) && same(row.to, to)) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

Encoding native_encoding() noexcept { return native; }

const BulkKernel* bulk_kernel(Run from, Run to) noexcept {
  const Row* const row = find(from, to);
  return row == nullptr ? nullptr : &row->kernel;
}

std::optional<VarintAs> varint_as(Run from, Run to) noexcept {
  const Row* const row = find(from, to);
  return row == nullptr ? std::nullopt : row->varints;
}

}  // namespace wirejit::lower
