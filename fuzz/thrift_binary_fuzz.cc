// Bytes as Thrift Binary: both engines, records, C++ objects and transcoding, and the naive
// reference. Input: a byte for the schema, a byte for the setup (and the guard page), the message.
#include "fuzz/objects.h"
#include "fuzz/schemas.h"

#include "tests/support/reference_binary.h"

namespace wirejit::fuzz {
namespace {

// The naive reference accepts the same messages and reads the same record. Not compared under
// options that the reference does not have.
void check_reference(Subject& s, Bytes bytes, const Outcome& ours) {
  const Options& o = s.setup().options;
  if (o.reject_duplicate_fields || o.reject_duplicate_keys || !o.check_unions ||
      o.unknown_fields.has_value() || ours.is_limit()) {
    return;
  }
  Arena arena;
  Result<Record> record = Record::make(arena, s.type());
  if (!record) {
    s.fail("record", record.error().to_string());
  }
  const test::ReferenceOutcome reference = test::reference_decode(bytes, *record);
  if ((reference.error == Errc::ok) != ours.ok()) {
    s.fail("reference", std::string(wirejit::to_string(reference.error)) + " at " +
                            std::to_string(reference.at) + "\n" + to_string(ours));
  }
  Errc ignored{};
  if (ours.ok() && test::reference_encode(*record, &ignored) != ours.bytes) {
    s.fail("reference's record", to_string(ours));
  }
}

// What was read is written, read again as the same, and transcoded to a message of the same meaning.
void check_written(Subject& s, Bytes bytes, const Outcome& read, const Outcome& written) {
  if (written.is_limit()) {
    return;
  }
  if (!written.ok()) {
    s.fail("what was read is not written", to_string(read) + "\n" + to_string(written));
  }
  const Subject::Decoded again = s.decode(in_binary, as_bytes(written.bytes));
  if (again.outcome.is_limit()) {
    return;
  }
  if (!again.record) {
    s.fail("what was written is not read", to_string(again.outcome) + "\n" + to_string(written));
  }
  const Outcome second = s.encode(in_binary, *again.record);
  if (second.bytes != written.bytes) {
    s.fail("re-encoding is no fixpoint", to_string(written) + "\n" + to_string(second));
  }
  const Outcome transcoded = s.transcode(in_binary, in_binary, bytes);
  if (!transcoded.ok() && !transcoded.is_limit()) {
    s.fail("decoded, but not transcoded to Binary", to_string(transcoded));
  }
  if (transcoded.ok()) {
    const auto expected = s.normal_form(in_binary, as_bytes(written.bytes));
    const auto got = s.normal_form(in_binary, as_bytes(transcoded.bytes));
    if (expected != got && !s.has_duplicate_keys(in_binary, bytes)) {
      s.fail("transcoding to Binary changes the meaning",
             to_string(transcoded) + "\n" + show(as_bytes(expected.value_or(""))) + "\n" +
                 show(as_bytes(got.value_or(""))));
    }
  }
}

void check_text(Subject& s, Bytes bytes, const Outcome& text) {
  const Outcome transcoded = s.transcode(in_binary, in_text, bytes);
  if (text.is_limit() || transcoded.is_limit()) {
    return;
  }
  if (transcoded.code != text.code) {
    s.fail("transcoding to JSON and encoding disagree",
           to_string(transcoded) + "\n" + to_string(text));
  }
  if (!text.ok() || !s.setup().options.validate_utf8) {
    return;
  }
  const Subject::Decoded a = s.decode(in_text, as_bytes(text.bytes));
  if (!a.record && !a.outcome.is_limit()) {
    s.fail("JSON that was written is not read", to_string(text) + "\n" + to_string(a.outcome));
  }
  const auto expected = s.normal_form(in_text, as_bytes(text.bytes));
  const auto got = s.normal_form(in_text, as_bytes(transcoded.bytes));
  if (expected != got && !s.has_duplicate_keys(in_binary, bytes)) {
    s.fail("transcoding to JSON changes the meaning",
           to_string(text) + "\n" + to_string(transcoded) + "\n" +
               show(as_bytes(expected.value_or(""))) + "\n" + show(as_bytes(got.value_or(""))));
  }
}

void run(Subject& s, Bytes bytes) {
  const Subject::Decoded read = s.decode(in_binary, bytes);
  const Outcome outcome = read.outcome;
  check_reference(s, bytes, outcome);
  if (read.record) {
    const Outcome written = s.encode(in_binary, *read.record);
    const Outcome text = s.encode(in_text, *read.record);
    check_written(s, bytes, outcome, written);
    check_text(s, bytes, text);
  } else {
    s.check_rejected(in_binary, bytes, outcome);
  }
  s.check_chain(in_binary, bytes, outcome);
  check_objects(s, in_binary, bytes, outcome);
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = subject(data[0], binary_setups(), data[1] & 0x7f);
  s.set_flipped(data[1] >= 0x80);
  run(s, {data + 2, size - 2});
  return 0;
}
