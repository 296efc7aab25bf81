// A naive Thrift Binary codec over records: no Programs, no layouts, one byte after the other.
// Entry: reference_encode, reference_decode. Invariant: shares no code with the library's formats.
// Tests compare with its results, so it is simple rather than fast.
#pragma once

#include <wirejit/record.h>

#include <optional>
#include <string>

namespace wirejit::test {

// The bytes of a value; `error` is why it cannot be written (missing_required, union_not_one).
[[nodiscard]] std::string reference_encode(const Value& value, Errc* error);
[[nodiscard]] std::string reference_encode(const RecordView& record, Errc* error);

struct ReferenceOutcome {
  Errc error = Errc::ok;
  std::size_t at = 0;  // where reading stopped
};
// Reads one struct that fills all of `bytes` into a fresh record. No limits but the stack: at most
// 1000 levels.
[[nodiscard]] ReferenceOutcome reference_decode(Bytes bytes, Record to);

}  // namespace wirejit::test
