// The fields of a struct on the wire, one after the other, without its schema: which fields a result
// has. Entry: FieldCursor. Invariant: nothing beyond the bytes given is read.
#pragma once

#include "method_codecs.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wirejit::rpc::detail {

// The code that a field of that kind has; of a bool in Compact that of true. 0 for kinds that the
// encoding lacks, and in Thrift JSON, which has names.
[[nodiscard]] std::uint8_t type_code(Encoding encoding, Kind kind) noexcept;

// A field's header.
struct FieldHead {
  std::int32_t id = 0;
  std::uint8_t type = 0;  // its code in Binary and Compact
  std::size_t value = 0;  // where its value begins; in Thrift JSON that is `{"i32":5}`
};

// Walks a struct of Binary, Compact or Thrift JSON.
class FieldCursor {
 public:
  // `limits` are those of skipping a value.
  FieldCursor(Encoding encoding, Bytes body, const Limits& limits) noexcept
      : body_(body), limits_(&limits), encoding_(encoding) {}

  // The next field; nothing at the struct's end. Skips what is left of the field before. Errors:
  // truncated, at the end of the bytes; those of Skipper, with the offset in the struct; syntax.
  [[nodiscard]] Result<std::optional<FieldHead>> next();
  // After the end: how many bytes the struct has.
  [[nodiscard]] std::size_t size() const noexcept { return at_; }

 private:
  [[nodiscard]] Result<std::optional<FieldHead>> next_binary();
  [[nodiscard]] Result<std::optional<FieldHead>> next_compact();
  [[nodiscard]] Result<std::optional<FieldHead>> next_json();
  // Goes to the end of the value that begins at at_.
  [[nodiscard]] Result<void> skip_value(std::uint8_t type);
  [[nodiscard]] Result<void> skip_by(std::size_t bytes);
  [[nodiscard]] Result<std::uint64_t> varint();
  void skip_space() noexcept;
  [[nodiscard]] bool take(char c) noexcept;
  [[nodiscard]] std::unexpected<Error> truncated() const;
  [[nodiscard]] std::unexpected<Error> syntax(const char* expected) const;

  Bytes body_;
  const Limits* limits_;
  std::size_t at_ = 0;
  std::int32_t last_id_ = 0;
  std::uint8_t open_ = 0;  // the type of the field before, whose value begins at at_; 0: none
  bool began_ = false;
  Encoding encoding_;
};

}  // namespace wirejit::rpc::detail
