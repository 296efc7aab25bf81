// Bytes as a Protobuf message: both engines, records, C++ objects and transcoding, and the official
// library's verdict. Input: a byte for the message type, a byte for the setup (and the guard page),
// the message.
#include "fuzz/any_mutator.h"
#include "fuzz/pb_official.h"
#include "fuzz/pb_schemas.h"
#include "fuzz/protojson_tolerance.h"
#include "tests/support/pb_objects.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace wirejit::fuzz {
namespace {

constexpr std::uint8_t known_root = 7;  // its field 16 is an Any

const std::vector<Setup>& setups() {
  static const std::vector<Setup> all = {
      {.name = "keep unknown", .options = {.unknown_fields = Unknown::keep}},
      {.name = "drop unknown"},
      {.name = "no paths", .options = {.unknown_fields = Unknown::keep, .error_paths = false}},
      {.name = "alias",
       .options = {.alias_input = true, .unknown_fields = Unknown::keep, .error_paths = false}},
      {.name = "partial", .options = {.allow_partial = true, .unknown_fields = Unknown::keep}},
      {.name = "small limits",
       .options = {.error_paths = false},
       .limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000}},
      {.name = "small memory",
       .options = {.unknown_fields = Unknown::keep},
       .limits = {.memory = 4000}},
      {.name = "any strings", .options = {.validate_utf8 = false, .unknown_fields = Unknown::keep}},
      {.name = "no duplicates",
       .options = {.reject_duplicate_fields = true, .reject_duplicate_keys = true}},
  };
  return all;
}

// ---- The official library

// A difference that is tolerated: tags of five bytes whose number is too large. The official
// library reads them by dropping the bits above the 32nd, and fails its own conformance suite for
// it (BadTag_FieldNumberSlightlyTooHigh). Returns the bytes with such a tag as it understands it,
// or nothing if there is none at this offset.
std::optional<std::string> with_bits_dropped(std::string bytes, std::size_t offset) {
  constexpr std::size_t length = 5;
  if (offset > bytes.size() || bytes.size() - offset < length) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i + 1 < length; ++i) {
    if (static_cast<std::uint8_t>(bytes[offset + i]) < 0x80) {
      return std::nullopt;
    }
  }
  char& last = bytes[offset + length - 1];
  const auto value = static_cast<std::uint8_t>(last);
  if (value <= 0x0f || value >= 0x80) {
    return std::nullopt;
  }
  last = static_cast<char>(value & 0x0f);
  return bytes;
}

// Whether what is refused, and what is kept, is a matter of the message alone.
bool is_comparable(const Options& o) {
  return o.validate_utf8 && !o.reject_duplicate_fields && !o.reject_duplicate_keys;
}

// Both accept or refuse, and mean the same. Another difference is tolerated: the official library
// writes the tags and numbers of unknown fields again, as short as can be, where we keep the bytes;
// so our bytes are given to it before they are compared. Of MessageSets its generated code has
// another idea than its reflection where an item holds more than it should: it is not asked.
void check_official(Subject& s, Bytes bytes, const Subject::Decoded& ours) {
  const Options& o = s.setup().options;
  if (!official_here() || !is_comparable(o) || s.root().starts_with("sets.")) {
    return;
  }
  const auto of_default =
      ours.outcome.code == Errc::depth_limit && s.setup().limits.depth == Limits{}.depth;
  if ((ours.outcome.is_limit() && !of_default) || ours.written.is_limit()) {
    return;
  }
  if (ours.outcome.code == Errc::invalid_tag &&
      with_bits_dropped(std::string(as_text(bytes)), ours.outcome.offset)) {
    return;
  }
  const auto theirs = official_rewritten(s.root(), as_text(bytes), o.allow_partial);
  if (theirs.has_value() != ours.outcome.ok()) {
    s.fail(theirs ? "the official library accepts" : "the official library refuses",
           to_string(ours.outcome));
  }
  if (!theirs || o.unknown_fields != Unknown::keep) {
    return;
  }
  const auto again = official_rewritten(s.root(), ours.written.bytes, o.allow_partial);
  if (again != theirs) {
    s.fail("the official library understands something else",
           to_string(ours.outcome) + "\n" + show(as_bytes(*theirs)) + "\n" +
               show(as_bytes(again.value_or("(refused)"))));
  }
}

// ---- C++ objects

template <class T>
class Objects {
 public:
  explicit Objects(Subject& s) : s_(s) {
    for (std::size_t k = 0; k < 2; ++k) {
      Result<Codec<T>> made =
          s.engine(k).template codec<T>(s.formats()[in_binary], s.object_options());
      if (!made) {
        s.fail("codec of an object", made.error().to_string());
      }
      codecs_[k] = *std::move(made);
    }
  }

  // Reads the bytes on both engines, fresh and into an object in use, and writes them.
  Outcome check(Bytes bytes) {
    Outcome results[2];
    for (std::size_t k = 0; k < 2; ++k) {
      results[k] = run(k, s_.guarded(k, bytes));
    }
    s_.same("objects", results[0], results[1]);
    return results[1];
  }

 private:
  Outcome run(std::size_t k, Bytes bytes) {
    T object;
    arena_.reset();
    const Result<void> done = codecs_[k]->decode(bytes, object, call_);
    const std::string output = written(object, k);  // also of a failed call: the object is valid
    if (const Result<void> again = codecs_[k]->decode(bytes, used_[k], call_);
        again.has_value() != done.has_value() ||
        (!done && !(Outcome(again.error()) == Outcome(done.error())))) {
      s_.fail("an object in use is not read as a fresh one",
              again ? "ok" : to_string(Outcome(again.error())));
    }
    if (done && written(used_[k], k) != output) {
      s_.fail("an object in use is read differently", show(as_bytes(output)));
    }
    return Outcome(done, output);
  }
  std::string written(const T& object, std::size_t k) {
    Buffer out;
    const Result<void> done = codecs_[k]->encode(object, out);
    return done ? std::string(out.text()) : to_string(Outcome(done.error()));
  }

  Subject& s_;
  std::optional<Codec<T>> codecs_[2];
  CallOptions call_{.arena = &arena_};
  Arena arena_;  // of messages in pieces, where views may point into them
  T used_[2];    // what earlier inputs, also those that were refused, left
};

// If the subject is that of T: its objects are read as its records are, but for limits; unknown
// fields are not in objects.
template <class T>
void check_object(Subject& s, std::string_view root, Bytes bytes, Outcome record) {
  if (s.root() != root) {
    return;
  }
  static std::map<const Subject*, std::unique_ptr<Objects<T>>> made;
  std::unique_ptr<Objects<T>>& objects = made[&s];
  if (objects == nullptr) {
    objects = std::make_unique<Objects<T>>(s);
  }
  Outcome object = objects->check(bytes);
  if (object.is_limit() || record.is_limit()) {
    return;
  }
  if (object.ok() && record.ok() && s.setup().options.unknown_fields == Unknown::keep) {
    return;
  }
  // Records and some vectors take a packed run as a whole: then the path ends at the list.
  for (Outcome* o : {&object, &record}) {
    if (o->path.ends_with(']')) {
      o->path.resize(o->path.rfind('['));
    }
  }
  s.same("object and record", object, record);
}

// ---- All of it

// What was read is written, and read again, as the same; in one pass, too.
void check_written(Subject& s, Bytes bytes, const Subject::Decoded& read) {
  const Outcome& written = read.written;
  if (!written.ok()) {
    if (!written.is_limit()) {
      s.fail("what was read is not written", to_string(written));
    }
    return;
  }
  s.same("encode", s.encode(in_binary, *read.record), written);
  for (const Way way : ways) {
    const Outcome transcoded = s.transcode(in_binary, in_binary, bytes, way);
    if (transcoded.is_limit()) {
      continue;
    }
    if (!transcoded.ok()) {
      s.fail("decoded, but not transcoded", to_string(transcoded));
    }
    const auto meant = s.normal_form(in_binary, as_bytes(transcoded.bytes));
    const bool exact = way == Way::through_record;
    if (exact ? transcoded.bytes != written.bytes : meant && meant != written.bytes) {
      s.fail(exact ? "through a record" : "transcoding changes the meaning",
             to_string(written) + "\n" + to_string(transcoded) + "\n" +
                 show(as_bytes(meant.value_or("(refused)"))));
    }
  }
  const Subject::Decoded again = s.decode(in_binary, as_bytes(written.bytes));
  if (!again.outcome.is_limit() && !(again.outcome == written)) {
    s.fail("re-encoding is no fixpoint", to_string(written) + "\n" + to_string(again.outcome));
  }
}

// As text, in one pass and by a record: what is written means the same, and is read again.
void check_text(Subject& s, Bytes bytes, const Subject::Decoded& read) {
  if (!read.record) {
    for (const Way way : ways) {
      const Outcome text = s.transcode(in_binary, in_text, bytes, way);
      if (text.ok() && !read.outcome.is_limit()) {
        s.fail("what is refused as a record is written as text", to_string(text));
      }
    }
    return;
  }
  const Outcome text = s.encode(in_text, *read.record);
  const auto meaning = [&s](const Outcome& o) {
    return o.ok() ? s.normal_form(in_text, as_bytes(o.bytes)) : std::nullopt;
  };
  const auto wanted = meaning(text);
  for (const Way way : ways) {
    const Outcome transcoded = s.transcode(in_binary, in_text, bytes, way);
    if (text.is_limit() || transcoded.is_limit()) {
      continue;
    }
    const auto meant = meaning(transcoded);
    if (transcoded.ok() != text.ok() || meant != wanted) {
      s.fail("text of a record and of a transcoder",
             to_string(text) + "\n" + to_string(transcoded) + "\n" +
                 show(as_bytes(wanted.value_or(""))) + "\n" + show(as_bytes(meant.value_or(""))));
    }
  }
  if (!text.ok() || !s.setup().options.validate_utf8) {
    return;  // what is not checked need not be text
  }
  const Subject::Decoded again = s.decode(in_text, as_bytes(text.bytes));
  if (again.outcome.is_limit() || may_have_null_value(text.bytes)) {
    return;
  }
  if (!again.record) {
    s.fail("text that was written is not read", to_string(text) + "\n" + to_string(again.outcome));
  }
  const Outcome second = s.encode(in_text, *again.record);
  if (!second.is_limit() && !(second == text)) {
    s.fail("text that was written is read otherwise", to_string(text) + "\n" + to_string(second));
  }
}

void run(Subject& s, Bytes bytes) {
  const Subject::Decoded read = s.decode(in_binary, bytes);
  const Outcome outcome = read.outcome;
  const Outcome written = read.written;
  if (read.record) {
    check_written(s, bytes, read);
  } else {
    for (const Way way : ways) {
      s.check_same_failure("decoding and transcoding", outcome,
                           s.transcode(in_binary, in_binary, bytes, way));
    }
  }
  s.check_chain(in_binary, bytes, outcome);
  check_text(s, bytes, s.decode(in_binary, bytes));
  check_object<test::PbAll>(s, "three.All", bytes, outcome);
  check_object<test::PbNode>(s, "three.Node", bytes, outcome);
  check_object<test::PbChoice>(s, "three.Choice", bytes, outcome);
  check_official(s, bytes, {outcome, std::nullopt, written});
  if (outcome.code == Errc::invalid_tag) {
    // What the official library sees in its place.
    if (const auto dropped = with_bits_dropped(std::string(as_text(bytes)), outcome.offset)) {
      run(s, as_bytes(*dropped));
    }
  }
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = pb_subject(pb_roots, data[0], setups(), data[1] & 0x7f);
  s.set_flipped(data[1] >= 0x80);
  run(s, {data + 2, size - 2});
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// One change of three is of the structure, the others are of bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  using namespace wirejit::fuzz;
  wirejit::test::Random r(seed);
  if (r.chance(35)) {
    const auto change = [&r](std::string& bytes) {
      return mutate_message(bytes, "known.All", 16, r);
    };
    if (const std::size_t changed = mutate_behind_choice(data, size, most, known_root, change);
        changed != 0) {
      return changed;
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}
