// Every pair of formats, for random schemas of both languages and for C++ structs: a format's reader
// reads what its writer wrote as the same value, or the codec is rejected as `unsupported` when it
// is made. Input: seeds. A byte chooses the kind of schema, two bytes its seed, the rest the value.
#include "fuzz/objects.h"
#include "fuzz/pb_official.h"
#include "fuzz/pb_schemas.h"
#include "fuzz/schemas.h"

#include "tests/support/pb_objects.h"
#include "tests/support/random_descriptor.h"
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"

#include <wirejit/pb.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>

namespace wirejit::fuzz {
namespace {

// All formats with a name. Entries of maps are written in order, as outputs are compared.
const std::vector<Format>& all_formats() {
  static const std::vector<Format> all = [] {
    std::vector<Format> formats;
    for (const std::string_view name : Format::names()) {
      const Format plain = *Format::by_name(name);
      formats.push_back(plain == pb::wire ? pb::wire({.deterministic = true}) : plain);
    }
    return formats;
  }();
  return all;
}
FormatNumber wire_format() {
  const auto found = std::ranges::find(all_formats(), pb::wire.name(), &Format::name);
  return static_cast<FormatNumber>(found - all_formats().begin());
}

// The codecs of one type in every format that can hold it.
class Pairs {
 public:
  Pairs(const Schema& schema, std::string_view root) : s_(schema, root, {}, all_formats()) {}

  [[nodiscard]] Subject& subject() { return s_; }
  [[nodiscard]] std::size_t count() const { return s_.formats().size(); }
  [[nodiscard]] std::string name(FormatNumber f) const {
    return std::string(s_.formats()[f].name());
  }
  [[noreturn]] void fail(std::string_view what, std::string_view detail) const {
    s_.fail(what, detail);
  }

  // The bytes read as a record and written again in the same format.
  [[nodiscard]] Outcome again(FormatNumber f, const std::string& bytes) {
    return s_.by_codecs(f, f, as_bytes(bytes));
  }
  [[nodiscard]] Outcome transcode(FormatNumber f, FormatNumber g, const std::string& bytes) {
    return s_.transcode(f, g, as_bytes(bytes));
  }

  void check(const RecordView& record) {
    for (FormatNumber f = 0; f < count(); ++f) {
      if (s_.supports(f)) {
        check_own(f, s_.encode(f, record));
      }
    }
  }

  // What was written is read, and written as the same bytes; then the same for every pair of
  // formats that begins with `f`.
  void check_own(FormatNumber f, const Outcome& written) {
    if (!written.ok()) {
      fail("a value is not written as " + name(f), to_string(written));
    }
    const Outcome second = again(f, written.bytes);
    if (!second.ok()) {
      fail("own output is not read: " + name(f), to_string(written) + "\n" + to_string(second));
    }
    const Outcome third = again(f, second.bytes);
    if (!(third == second)) {
      fail("own output is read as something else: " + name(f),
           to_string(written) + "\n" + to_string(second) + "\n" + to_string(third));
    }
    for (FormatNumber g = 0; g < count(); ++g) {
      if (s_.can_transcode(f, g)) {
        check_pair(f, g, second.bytes);
      }
    }
  }

 private:
  [[nodiscard]] std::string pair(FormatNumber f, FormatNumber g) const {
    return name(f) + " to " + name(g);
  }

  void check_pair(FormatNumber f, FormatNumber g, const std::string& bytes) {
    const Outcome there = transcode(f, g, bytes);
    if (!there.ok()) {
      fail(pair(f, g) + ": not transcoded", show(as_bytes(bytes)) + "\n" + to_string(there));
    }
    const Outcome meant = again(g, there.bytes);
    const Outcome by_record = s_.by_codecs(f, g, as_bytes(bytes));
    const Outcome expected = by_record.ok() ? again(g, by_record.bytes) : by_record;
    if (!meant.ok() || !(meant == expected)) {
      fail(pair(f, g) + ": a transcoder and a record disagree",
           show(as_bytes(bytes)) + "\n" + to_string(there) + "\n" + to_string(meant) + "\n" +
               to_string(by_record) + "\n" + to_string(expected));
    }
    if (!s_.can_transcode(g, f)) {
      return;
    }
    // To the first format and to the second again: the value in the second format is the same.
    const Outcome back = transcode(g, f, meant.bytes);
    const Outcome once_more = back.ok() ? transcode(f, g, back.bytes) : back;
    const Outcome meant_then = once_more.ok() ? again(g, once_more.bytes) : once_more;
    if (!(meant_then == meant)) {
      fail(pair(f, g) + " and back: the meaning changes",
           show(as_bytes(bytes)) + "\n" + to_string(meant) + "\n" + to_string(back) + "\n" +
               to_string(meant_then));
    }
  }

  Subject s_;
};

void check_values(Pairs& pairs, test::Random& r, const test::ValueShape& shape,
                  const std::function<void(const RecordView&)>& more = {}) {
  Result<RootValue> root = RootValue::make(pairs.subject().type());
  if (!root) {
    pairs.fail("record", root.error().to_string());
  }
  for (int i = 0; i < 3; ++i) {
    if (!root->reset()) {
      return;
    }
    test::fill_random(root->record(), r, shape);
    pairs.check(root->record());
    if (more) {
      more(root->record());
    }
  }
}

// ---- Protobuf against the official library

// Both libraries accept the bytes and read the same value, or both reject them. Unknown fields are
// not compared, as these records drop them.
void check_official(Pairs& pairs, const OfficialSchema& official, const std::string& bytes) {
  const Outcome ours = pairs.again(wire_format(), bytes);
  if (ours.is_limit() || ours.code == Errc::invalid_tag) {
    return;  // pb_fuzz compares with what they make of such tags
  }
  const auto theirs = official.rewritten("gen.M0", bytes);
  if (ours.code == Errc::missing_required && theirs && !official.rewritten("gen.M0", *theirs)) {
    // The value of a map's entry is missing, and its message has required fields. The official
    // library accepts this, but rejects what it writes then.
    return;
  }
  if (theirs.has_value() != ours.ok()) {
    pairs.fail(theirs ? "the official library accepts" : "the official library rejects",
               show(as_bytes(bytes)) + "\n" + to_string(ours));
  }
  if (!theirs) {
    return;
  }
  const Outcome of_theirs = pairs.again(wire_format(), *theirs);
  const auto of_ours = official.rewritten("gen.M0", ours.bytes);
  if (!(of_theirs == ours) || !of_ours) {
    pairs.fail("the official library understands something else",
               show(as_bytes(bytes)) + "\n" + to_string(ours) + "\n" + to_string(of_theirs));
  }
}

void run_protobuf(std::uint64_t seed, std::uint8_t shape, test::Random& r) {
  const std::string set = test::random_descriptor(seed, {.messages = 1 + (shape >> 4 & 3),
                                                         .fields = (shape & 0x40) != 0 ? 16 : 6,
                                                         .proto2 = (shape & 8) != 0,
                                                         .small_numbers = (shape & 4) != 0});
  Result<Schema> schema = pb::load(as_bytes(set));
  if (!schema) {
    std::fprintf(stderr, "DISAGREEMENT: a descriptor is rejected: %s\n%s\n",
                 schema.error().to_string().c_str(), show(as_bytes(set)).c_str());
    std::abort();
  }
  Pairs pairs(*schema, "gen.M0");
  std::unique_ptr<OfficialSchema> official;
  if (official_available()) {
    official = std::make_unique<OfficialSchema>(set);
    for (int i = 0; i < 4; ++i) {
      std::string bytes = official->random("gen.M0", r.next());
      check_official(pairs, *official, bytes);
      if (!bytes.empty()) {  // with a bit flipped; sometimes cut
        const std::size_t at = r.below(bytes.size());
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << r.below(8)));
        check_official(pairs, *official, bytes.substr(0, r.chance(20) ? at : bytes.size()));
      }
    }
  }
  check_values(pairs, r, {.depth = 3, .elements = 3, .text = 40}, [&](const RecordView& record) {
    const Outcome written = pairs.subject().encode(wire_format(), record);
    if (official != nullptr && written.ok()) {
      check_official(pairs, *official, written.bytes);
    }
  });
}

void run_thrift(std::uint64_t seed, std::uint8_t shape, test::Random& r) {
  const Schema schema = test::random_schema(seed, {.structs = 1 + (shape >> 4 & 3),
                                                   .fields = (shape & 0x40) != 0 ? 16 : 6,
                                                   .nesting = 1 + (shape >> 3 & 1),
                                                   .required = (shape & 4) != 0,
                                                   .defaults = seed % 2 == 0,
                                                   .unions = seed % 3 != 0});
  Pairs pairs(schema, "S0");
  check_values(pairs, r, {.depth = 3, .elements = 3, .text = 40});
}

// ---- C++ structs in the formats of both languages

// Reads a struct from every format that its records are written in, and writes it to every format.
// The struct and the records must read these bytes as the same value.
template <class T>
class Structs {
 public:
  Structs(const Schema& schema, const std::string& root) : pairs_(schema, root) {
    const Subject& s = pairs_.subject();
    const StructType& type = *s.type().structure()->schema;
    for (FormatNumber f = 0; f < pairs_.count(); ++f) {
      for (std::size_t k = 0; k < 2; ++k) {
        store(codecs_[f][k], s.engine(k).template codec<T>({s.schema(), type}, s.formats()[f]));
      }
    }
  }

  void run(test::Random& r) {
    check_values(pairs_, r, {.depth = 2, .elements = 3, .text = 40}, [&](const RecordView& record) {
      for (FormatNumber f = 0; f < pairs_.count(); ++f) {
        if (pairs_.subject().supports(f) && codecs_[f][0]) {
          check(f, pairs_.subject().encode(f, record).bytes);
        }
      }
    });
  }

 private:
  // Leaves `to` empty if the codec is `unsupported`; any other error ends the process.
  void store(std::optional<Codec<T>>& to, Result<Codec<T>> result) const {
    if (result) {
      to.emplace(*std::move(result));
    } else if (result.error().code() != Errc::unsupported) {
      pairs_.fail("codec of a struct", result.error().to_string());
    }
  }
  // The bytes of one format through a struct to another.
  Outcome through(FormatNumber f, FormatNumber g, const std::string& bytes) {
    return pairs_.subject().on_both_engines(
        "a struct from " + pairs_.name(f) + " to " + pairs_.name(g),
        [&](std::size_t k, Buffer& out) {
          T object;
          const Result<void> done = codecs_[f][k]->decode(bytes, object);
          return done ? codecs_[g][k]->encode(object, out) : done;
        });
  }
  // For comparing outputs of hash tables, whose order differs from object to object.
  static std::string sorted(std::string s) {
    std::sort(s.begin(), s.end());
    return s;
  }

  void check(FormatNumber f, const std::string& bytes) {
    for (FormatNumber g = 0; g < pairs_.count(); ++g) {
      if (!codecs_[g][0]) {
        continue;
      }
      const std::string pair = pairs_.name(f) + " to " + pairs_.name(g);
      const Outcome there = through(f, g, bytes);
      if (!there.ok()) {
        pairs_.fail("a struct is not read or written: " + pair,
                    show(as_bytes(bytes)) + "\n" + to_string(there));
      }
      const Outcome second = through(g, g, there.bytes);
      if (!second.ok() || sorted(second.bytes) != sorted(there.bytes)) {
        pairs_.fail("a struct's own output is read as something else: " + pair,
                    show(as_bytes(bytes)) + "\n" + to_string(there) + "\n" + to_string(second));
      }
      const Outcome back = through(g, f, there.bytes);
      const Outcome direct = through(f, f, bytes);
      if (!back.ok() || sorted(back.bytes) != sorted(direct.bytes)) {
        pairs_.fail("a struct's own output comes back as something else: " + pair,
                    show(as_bytes(bytes)) + "\n" + to_string(there) + "\n" + to_string(back) +
                        "\n" + to_string(direct));
      }
      const Outcome record = pairs_.again(g, there.bytes);
      const Outcome of_record = record.ok() ? through(g, g, record.bytes) : record;
      if (!of_record.ok() || sorted(of_record.bytes) != sorted(there.bytes)) {
        pairs_.fail("records read a struct's output as something else: " + pair,
                    to_string(there) + "\n" + to_string(record) + "\n" + to_string(of_record));
      }
    }
  }

  Pairs pairs_;
  std::vector<std::array<std::optional<Codec<T>>, 2>> codecs_{all_formats().size()};
};

template <class T>
Structs<T>& structs(const Schema& schema, const std::string& root) {
  static Structs<T> instance(schema, root);
  return instance;
}

const Schema& idl_schema(const std::string& root) {
  const auto found = std::find_if(schemas().begin(), schemas().end(),
                                  [&](const NamedSchema& n) { return n.root == root; });
  return found->schema;
}

void run_structs(std::uint64_t which, test::Random& r) {
  switch (which % 5) {
    case 0: return structs<FlatObject>(idl_schema("FlatObject"), "FlatObject").run(r);
    case 1: return structs<TreeObject>(idl_schema("TreeObject"), "TreeObject").run(r);
    case 2: return structs<test::PbAll>(pb_schema(), "three.All").run(r);
    case 3: return structs<test::PbNode>(pb_schema(), "three.Node").run(r);
    default: return structs<test::PbChoice>(pb_schema(), "three.Choice").run(r);
  }
}

std::uint64_t fold(Bytes bytes) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const std::uint8_t c : bytes) {
    h = (h ^ c) * 0x100000001b3U;
  }
  return h;
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 4) {
    return -1;
  }
  const std::uint64_t seed = data[1] + 256U * data[2];
  wirejit::test::Random r(fold({data + 3, size - 3}));
  switch (data[0] & 3) {
    case 0:
    case 1: run_protobuf(seed, data[0], r); break;
    case 2: run_thrift(seed, data[0], r); break;
    default: run_structs(seed, r); break;
  }
  return 0;
}
