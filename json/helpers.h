// The table of functions that Programs of JSON text call at run time.
// Entry: helpers(). Invariant: all are noexcept; parse.h and print.h document each.
#pragma once

#include "jit/helper.h"

#include <wirejit/schema.h>

namespace wirejit::json {

// `plain` reads a value at the cursor. `inside` reads one after its opening quote, which was
// already matched (the value of a field, the key of a map).
struct ReadPair {
  jit::Helper plain;
  jit::Helper inside;
  // Numbers: `plain` with other rules of TextNumbers.
  jit::Helper rejecting{}, special{}, lenient{};
};

struct Helpers {
  // Reading: (ctx, cursor, end, ...) -> {cursor, value}.
  jit::Helper unexpected, open_token, expect_byte, finish;
  jit::Helper first_element, next_element, first_entry, next_entry;
  jit::Helper key[2][2][2];  // find_key: [proto][keep][first]
  jit::Helper clear_bit, skip_value;
  jit::Helper take_null, take_null_entry, string_or_number;
  ReadPair string, binary, uuid, boolean, i8, i16, i32, i64, u8, u16, u32, u64, float32, float64,
      enumeration;

  // Writing.
  jit::Helper write_string, write_checked_string;
  jit::Helper write_binary[2][2];  // [url][padded]
  jit::Helper write_uuid;
  jit::Helper begin_pretty, write_line, deeper, write_close;
  jit::Helper write_members;
  jit::Helper write_signed, write_unsigned, write_enum, write_enum_key;
  jit::Helper write_double, write_float, write_double_key, write_float_key, write_finite_double,
      write_finite_float, write_double_or_null, write_float_or_null;

  [[nodiscard]] const ReadPair& read(Kind kind) const noexcept;
};

[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::json
