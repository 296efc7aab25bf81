// CRC-32C of payloads. Entry: crc32c. Eight bytes a step, by eight tables.
#include "bytes.h"

#include <wirejit/rpc/frame.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wirejit::rpc {

namespace {

constexpr std::uint32_t polynomial = 0x82F6'3B78;  // Castagnoli's, with the lowest bit first

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: the remainder of byte b with k zero bytes after it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? polynomial : 0);
    }
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

std::uint32_t load_little(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
         static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

std::uint32_t update(std::uint32_t crc, Bytes bytes) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint32_t low = crc ^ load_little(at);
    const std::uint32_t high = load_little(at + 4);
    crc = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF] ^
          tables[4][low >> 24] ^ tables[3][high & 0xFF] ^ tables[2][high >> 8 & 0xFF] ^
          tables[1][high >> 16 & 0xFF] ^ tables[0][high >> 24];
  }
  for (; left != 0; --left, ++at) {
    crc = crc >> 8 ^ tables[0][(crc ^ *at) & 0xFF];
  }
  return crc;
}

}  // namespace

std::uint32_t crc32c(const Input& bytes) noexcept {
  std::uint32_t crc = update(0xFFFF'FFFF, bytes.bytes());
  for (const Bytes span : bytes.chain()) {
    crc = update(crc, span);
  }
  return ~crc;
}

}  // namespace wirejit::rpc
