// The kernels written for one instruction set each, which only cpu.cc and the tests may name.
// They must not be called on a machine that lacks it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/json_string.h"
#include "kernels/number.h"
#include "kernels/varint.h"

namespace wirejit::kernels {

#if defined(__x86_64__)

namespace avx2 {
void copy_long(void* dst, const void* src, size_t bytes) noexcept;
void copy_swap16(void* dst, const void* src, size_t count) noexcept;
void copy_swap32(void* dst, const void* src, size_t count) noexcept;
void copy_swap64(void* dst, const void* src, size_t count) noexcept;
void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept;
const char* find_invalid_utf8(const char* p, size_t n) noexcept;
Scan scan_string(const char* p, const char* end) noexcept;
char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept;
ShortNumber short_int(const char* p) noexcept;
ShortNumber short_double(const char* p) noexcept;
const VarintRun* varint_runs() noexcept;
const VarintRunWriter* varint_run_writers() noexcept;
}  // namespace avx2

namespace avx512 {  // F, BW, DQ and VL, with BMI2
void copy_swap16(void* dst, const void* src, size_t count) noexcept;
void copy_swap32(void* dst, const void* src, size_t count) noexcept;
void copy_swap64(void* dst, const void* src, size_t count) noexcept;
void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept;
const char* find_invalid_utf8(const char* p, size_t n) noexcept;
Scan scan_string(const char* p, const char* end) noexcept;
char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept;
}  // namespace avx512

#endif

}  // namespace wirejit::kernels
