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

// Of a run that has one, the first varint that is too long.
const std::uint8_t* too_long_varint(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  while (const std::uint8_t* const next = kernels::read_varint(at, end).at) {
    at = next;
  }
  return at;
}

// Varints up to `end`; their number was counted.
template <VarintAs As>
HelperResult varint_run(Context& ctx, void* to, const std::uint8_t* from, const std::uint8_t* end,
                        std::uint64_t n) noexcept {
  return kernels::read_varints(As, from, end, ctx.input_end, to, n) != nullptr
             ? HelperResult{1, 0}
             : jit::fail(ctx, Errc::invalid_varint, too_long_varint(from, end));
}

constexpr bool is_little = std::endian::native == std::endian::little;
constexpr Encoding native = is_little ? Encoding::little_endian : Encoding::big_endian;
constexpr Encoding foreign = is_little ? Encoding::big_endian : Encoding::little_endian;

// Signed numbers as varints.
template <class T>
std::uint64_t zigzag_at(const void* from, std::uint64_t k) noexcept {
  const auto v =
      std::int64_t{kernels::load<T>(static_cast<const std::uint8_t*>(from) + k * sizeof(T))};
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}
template <class T>
std::uint64_t zigzag_size(const void* from, std::uint64_t n) noexcept {
  std::uint64_t size = 0;
  for (std::uint64_t k = 0; k < n; ++k) {
    size += kernels::varint_size(zigzag_at<T>(from, k));
  }
  return size;
}
template <class T>
void write_zigzag(std::uint8_t* to, const void* from, std::uint64_t n) noexcept {
  for (std::uint64_t k = 0; k < n; ++k) {
    to = kernels::write_varint(zigzag_at<T>(from, k), to);
  }
}
template <class T>
BulkKernel to_zigzag(const char* copy, const char* size) {
  return {helper<&write_zigzag<T>>(copy), helper<&zigzag_size<T>>(size)};
}

// A source, a target, and the kernel between them.
struct Row {
  Run from;
  Run to;
  BulkKernel kernel;
  std::optional<VarintAs> varints = std::nullopt;
};

template <VarintAs As>
Row of_varints(Encoding from, Run to, const char* name) {
  return {{from, to.width}, to, {helper<&varint_run<As>>(name)}, As};
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
      {{native, 4}, {varint_zigzag, 4}, to_zigzag<std::int32_t>("zigzag_of_4", "zigzag_size_4")},
      {{native, 8}, {varint_zigzag, 8}, to_zigzag<std::int64_t>("zigzag_of_8", "zigzag_size_8")},
      of_varints<VarintAs::word64>(varint, {native, 8}, "varint_run_8"),
      of_varints<VarintAs::word32>(varint, {native, 4}, "varint_run_4"),
      of_varints<VarintAs::zigzag64>(varint_zigzag, {native, 8}, "zigzag_run_8"),
      of_varints<VarintAs::zigzag32>(varint_zigzag, {native, 4}, "zigzag_run_4"),
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
