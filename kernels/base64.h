// Base64 (RFC 4648, sections 4 and 5). Encoding pads on request; decoding takes both alphabets,
// padded or not, and rejects every other byte. Non-zero bits after the last byte are accepted, as
// Protobuf's own JSON readers do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wirejit::kernels {

enum class Base64Alphabet : uint8_t { standard, url };

// The exact size of the encoded form of n bytes; n at most SIZE_MAX / 2.
constexpr size_t base64_encoded_size(size_t n, bool padded = true) noexcept {
  return padded ? (n + 2) / 3 * 4 : n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

// No text of n characters decodes to more bytes than this.
constexpr size_t base64_decoded_size_limit(size_t n) noexcept {
  return n / 4 * 3 + (n % 4) * 3 / 4;
}

// Writes exactly base64_encoded_size(n, padded) characters and returns the end.
char* base64_encode(const uint8_t* p, size_t n, char* out,
                    Base64Alphabet alphabet = Base64Alphabet::standard,
                    bool padded = true) noexcept;

// Writes at most base64_decoded_size_limit(n) bytes and returns their number; or SIZE_MAX with
// *error_at at the first wrong character, or at the end if the text stops too early. The output may
// overlay the input.
size_t base64_decode(const char* p, size_t n, uint8_t* out, const char** error_at) noexcept;

}  // namespace wirejit::kernels
