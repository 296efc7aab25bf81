// Text as Thrift JSON: both engines, records and transcoding to every format. Input: a byte for the
// schema, a byte for the setup (and the guard page), the text.
#include "fuzz/schemas.h"

namespace wirejit::fuzz {
namespace {

constexpr FormatNumber from = in_thrift_json;

// What was read is written, as a text that is read as the same value.
void check_written(Subject& s, const Outcome& read, const RecordView& record) {
  const Outcome text = s.encode(from, record);
  if (text.is_limit()) {
    return;
  }
  if (!text.ok()) {
    s.fail("what was read is not written", to_string(read) + "\n" + to_string(text));
  }
  const Subject::Decoded again = s.decode(from, as_bytes(text.bytes));
  if (again.outcome.is_limit()) {
    return;
  }
  if (!again.record) {
    s.fail("what was written is not read", to_string(text) + "\n" + to_string(again.outcome));
  }
  s.check_same("re-encoding is no fixpoint", text, s.encode(from, *again.record));
}

void check_transcoded(Subject& s, Bytes bytes) {
  const auto expected = s.normal_form(from, bytes);
  for (const FormatNumber to : {in_binary, in_text, in_thrift_json}) {
    const Outcome transcoded = s.transcode(from, to, bytes);
    // JSON may have no number for NaN.
    if (transcoded.is_limit() || (transcoded.code == Errc::invalid_number &&
                                  s.setup().text.not_finite == json::NotFinite::error)) {
      continue;
    }
    if (!transcoded.ok()) {
      s.fail("decoded, but not transcoded", to_string(transcoded));
    }
    const auto got = s.normal_form(to, as_bytes(transcoded.bytes));
    // Of keys that come twice, the record has both, and a text of JSON one.
    if (to != in_text && got != expected &&
        !s.decode(to, as_bytes(transcoded.bytes)).outcome.is_limit()) {
      s.fail("transcoding changes the meaning", to_string(transcoded) + "\n" +
                                                    show(as_bytes(expected.value_or(""))) + "\n" +
                                                    show(as_bytes(got.value_or(""))));
    }
  }
}

void run(Subject& s, Bytes bytes) {
  if (!s.supports(from)) {
    return;
  }
  const Subject::Decoded read = s.decode(from, bytes);
  const Outcome outcome = read.outcome;
  if (!read.record) {
    s.check_rejected(from, bytes, outcome);
    return;
  }
  check_written(s, outcome, *read.record);
  check_transcoded(s, bytes);
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = subject(data[0], text_setups(), data[1] & 0x7f);
  s.set_flipped(data[1] >= 0x80);
  run(s, {data + 2, size - 2});
  return 0;
}
