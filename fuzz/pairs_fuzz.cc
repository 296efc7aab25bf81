// Every pair of formats, for random schemas of both languages and for C++ structs: what one writer
// wrote, its reader reads and means the same, or the codec was refused as `unsupported` when it was
// made. Input: seeds. A byte chooses the kind of schema, two its seed, the rest the value.
#include "fuzz/objects.h"
#include "fuzz/pb_official.h"
#include "fuzz/pb_subject.h"
#include "fuzz/schemas.h"
#include "fuzz/step_bound.h"
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
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::fuzz {
namespace {

struct NamedFormat {
  std::string name;
  Format format;
};
// All that have a name. Entries of maps in order, as outputs are compared.
const std::vector<NamedFormat>& formats() {
  static const std::vector<NamedFormat> all = [] {
    std::vector<NamedFormat> named;
    for (const std::string_view name : Format::names()) {
      const Format plain = *Format::by_name(name);
      named.push_back(
          {std::string(name), plain == pb::wire ? pb::with({.deterministic = true}) : plain});
    }
    return named;
  }();
  return all;
}
const NamedFormat& format(std::size_t f) { return formats()[f]; }
std::size_t wire_format() {
  const auto is_wire = [](const NamedFormat& f) { return f.name == pb::wire.name(); };
  return static_cast<std::size_t>(std::ranges::find_if(formats(), is_wire) - formats().begin());
}

// What a call came to: the output, or the error.
std::string text_of(const Outcome& o) { return to_string(o); }

// The codecs of one type in every format that can hold it, on both engines.
class Pairs {
 public:
  Pairs(Schema schema, std::string_view root)
      : schema_(counted(std::move(schema))), widest_(widest_of(schema_)) {
    Result<RecordType> type = RecordType::make(schema_, root);
    if (!type) {
      fail("record type", type.error().to_string());
    }
    type_ = *std::move(type);
    for (std::size_t f = 0; f < formats().size(); ++f) {
      for (std::size_t k = 0; k < 2; ++k) {
        keep(std::string("codec of ") + format(f).name, codecs_[f][k],
             RecordCodec::make(engines_[k], type_, format(f).format));
      }
    }
    for (std::size_t f = 0; f < formats().size(); ++f) {
      for (std::size_t g = 0; g < formats().size(); ++g) {
        for (std::size_t k = 0; k < 2 && holds(f) && holds(g); ++k) {
          keep(pair(f, g), transcoders_[f][g][k],
               engines_[k].transcoder(schema_, type_.type(), format(f).format, format(g).format));
        }
      }
    }
  }

  [[nodiscard]] bool holds(std::size_t f) const { return codecs_[f][0].has_value(); }
  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const RecordType& type() const { return type_; }
  [[nodiscard]] const Engine& engine(std::size_t k) const { return engines_[k]; }

  [[noreturn]] void fail(std::string_view what, std::string_view detail) const {
    fuzz::fail(schema_, what, detail);
  }

  // A codec that cannot be made is missing, if it is refused as it should be.
  template <class T>
  void keep(const std::string& what, std::optional<T>& to, Result<T> made) const {
    if (made) {
      to.emplace(*std::move(made));
    } else if (made.error().code() != Errc::unsupported) {
      fail(what, made.error().to_string());
    }
  }

  [[nodiscard]] Outcome encode(std::size_t f, const RecordView& record) const {
    return both(std::string("encode ") + format(f).name,
                [&](std::size_t k, Buffer& out) { return codecs_[f][k]->encode(record, out); });
  }
  // Read as a record and written again: the format's own idea of what the bytes mean.
  [[nodiscard]] Outcome again(std::size_t f, const std::string& bytes) const {
    return both(
        std::string("decode and encode ") + format(f).name, [&](std::size_t k, Buffer& out) {
          Arena arena;
          const Result<Record> record = codecs_[f][k]->decode(bytes, arena);
          return record ? codecs_[f][k]->encode(*record, out) : std::unexpected(record.error());
        });
  }
  // Read from one format and written to another, by way of a record.
  [[nodiscard]] Outcome through_record(std::size_t f, std::size_t g,
                                       const std::string& bytes) const {
    return both(pair(f, g) + " through a record", [&](std::size_t k, Buffer& out) {
      Arena arena;
      const Result<Record> record = codecs_[f][k]->decode(bytes, arena);
      return record ? codecs_[g][k]->encode(*record, out) : std::unexpected(record.error());
    });
  }
  [[nodiscard]] Outcome transcode(std::size_t f, std::size_t g, const std::string& bytes) const {
    return both(pair(f, g), [&](std::size_t k, Buffer& out) {
      const Transcoder& t = *transcoders_[f][g][k];
      Result<void> done;
      run_on(k, pair(f, g), {.read = bytes.size(), .widest = widest_, .ops = t.info().ops}, [&] {
        out.clear();
        done = t.transcode(bytes, out);
        return out.size();
      });
      return done;
    });
  }

  // The calls on both engines give the same.
  template <class F>
  [[nodiscard]] Outcome both(const std::string& what, F call) const {
    Outcome results[2];
    for (std::size_t k = 0; k < 2; ++k) {
      Buffer out;
      results[k] = outcome_of(call(k, out), {});
      results[k].output = out.text();
    }
    if (!(results[0] == results[1])) {
      fail(what + ": engines disagree", text_of(results[0]) + "\n" + text_of(results[1]));
    }
    return results[0];
  }

  void check(const RecordView& record) const {
    for (std::size_t f = 0; f < formats().size(); ++f) {
      if (holds(f)) {
        check_own(f, encode(f, record));
      }
    }
  }

  // What was written is read, and written as the same bytes; so in every other format.
  void check_own(std::size_t f, const Outcome& written) const {
    const std::string name = format(f).name;
    if (!written.ok()) {
      fail("a value is not written as " + name, text_of(written));
    }
    const Outcome second = again(f, written.output);
    if (!second.ok()) {
      fail("own output is not read: " + name, text_of(written) + "\n" + text_of(second));
    }
    const Outcome third = again(f, second.output);
    if (!(third == second)) {
      fail("own output is read as something else: " + name,
           text_of(written) + "\n" + text_of(second) + "\n" + text_of(third));
    }
    for (std::size_t g = 0; g < formats().size(); ++g) {
      if (transcoders_[f][g][0].has_value()) {
        check_pair(f, g, second.output);
      }
    }
  }

 private:
  static std::string pair(std::size_t f, std::size_t g) {
    return format(f).name + " to " + format(g).name;
  }

  void check_pair(std::size_t f, std::size_t g, const std::string& bytes) const {
    const Outcome there = transcode(f, g, bytes);
    if (!there.ok()) {
      fail(pair(f, g) + ": not transcoded", show(as_bytes(bytes)) + "\n" + text_of(there));
    }
    const Outcome meant = again(g, there.output);
    const Outcome by_record = through_record(f, g, bytes);
    const Outcome wanted = by_record.ok() ? again(g, by_record.output) : by_record;
    if (!meant.ok() || !(meant == wanted)) {
      fail(pair(f, g) + ": a transcoder and a record disagree",
           show(as_bytes(bytes)) + "\n" + text_of(there) + "\n" + text_of(meant) + "\n" +
               text_of(by_record) + "\n" + text_of(wanted));
    }
    if (!transcoders_[g][f][0].has_value()) {
      return;
    }
    // What the second format could hold comes back, and comes again as the same.
    const Outcome back = transcode(g, f, meant.output);
    const Outcome once_more = back.ok() ? transcode(f, g, back.output) : back;
    const Outcome meant_then = once_more.ok() ? again(g, once_more.output) : once_more;
    if (!(meant_then == meant)) {
      fail(pair(f, g) + " and back: the meaning changes",
           show(as_bytes(bytes)) + "\n" + text_of(meant) + "\n" + text_of(back) + "\n" +
               text_of(meant_then));
    }
  }

  Schema schema_;
  std::size_t widest_;
  RecordType type_;
  Engine engines_[2] = {Engine({.kind = kinds[0]}), Engine({.kind = kinds[1]})};
  std::vector<std::array<std::optional<RecordCodec>, 2>> codecs_{formats().size()};
  std::vector<std::vector<std::array<std::optional<Transcoder>, 2>>> transcoders_{
      formats().size(), std::vector<std::array<std::optional<Transcoder>, 2>>(formats().size())};
};

void check_values(const Pairs& pairs, test::Random& r, const test::ValueShape& shape,
                  const std::function<void(const RecordView&)>& more = {}) {
  Result<RootValue> root = RootValue::make(pairs.type());
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

// Both accept or refuse, and understand the same. What the schema lacks is not compared: records
// drop it here.
void check_official(const Pairs& pairs, const OfficialSchema& official, const std::string& bytes) {
  const std::size_t wire = wire_format();
  const Outcome ours = pairs.again(wire, bytes);
  if (ours.is_limit() || ours.code == Errc::invalid_tag) {
    return;  // pb_fuzz compares with what they make of such tags
  }
  const auto theirs = official.rewritten("gen.M0", bytes);
  if (theirs.has_value() != ours.ok()) {
    pairs.fail(theirs ? "the official library accepts" : "the official library refuses",
               show(as_bytes(bytes)) + "\n" + text_of(ours));
  }
  if (!theirs) {
    return;
  }
  const Outcome of_theirs = pairs.again(wire, *theirs);
  const auto of_ours = official.rewritten("gen.M0", ours.output);
  if (!(of_theirs == ours) || !of_ours) {
    pairs.fail("the official library understands something else",
               show(as_bytes(bytes)) + "\n" + text_of(ours) + "\n" + text_of(of_theirs));
  }
}

void run_protobuf(std::uint64_t seed, std::uint8_t shape, test::Random& r) {
  const std::string set = test::random_descriptor(seed, {.messages = 1 + (shape >> 4 & 3),
                                                         .fields = (shape & 0x40) != 0 ? 16 : 6,
                                                         .proto2 = (shape & 8) != 0,
                                                         .small_numbers = (shape & 4) != 0});
  Result<Schema> schema = pb::load(as_bytes(set));
  if (!schema) {
    std::fprintf(stderr, "DISAGREEMENT: a descriptor is refused: %s\n%s\n",
                 schema.error().to_string().c_str(), show(as_bytes(set)).c_str());
    std::abort();
  }
  const Pairs pairs(*schema, "gen.M0");
  std::unique_ptr<OfficialSchema> official;
  if (official_here()) {
    official = std::make_unique<OfficialSchema>(set);
    for (int i = 0; i < 4; ++i) {
      std::string bytes = official->random("gen.M0", r.next());
      check_official(pairs, *official, bytes);
      if (!bytes.empty()) {  // and with an error, or none
        const std::size_t at = r.below(bytes.size());
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << r.below(8)));
        check_official(pairs, *official, bytes.substr(0, r.chance(20) ? at : bytes.size()));
      }
    }
  }
  check_values(pairs, r, {.depth = 3, .elements = 3, .text = 40}, [&](const RecordView& record) {
    const Outcome written = pairs.encode(wire_format(), record);
    if (official != nullptr && written.ok()) {
      check_official(pairs, *official, written.output);
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
  const Pairs pairs(schema, "S0");
  check_values(pairs, r, {.depth = 3, .elements = 3, .text = 40});
}

// ---- C++ structs in the formats of both languages

// A struct is read from every format that its records are written in, and written to every format:
// the bytes are read again as the same struct, and by the records.
template <class T>
class Structs {
 public:
  Structs(const Schema& schema, const std::string& root) : pairs_(schema, root) {
    const StructType& type = *pairs_.type().structure()->schema;
    for (std::size_t f = 0; f < formats().size(); ++f) {
      for (std::size_t k = 0; k < 2; ++k) {
        pairs_.keep(std::string("codec of a struct, ") + format(f).name, codecs_[f][k],
                    pairs_.engine(k).template codec<T>(pairs_.schema(), type, format(f).format));
      }
    }
  }

  void run(test::Random& r) {
    check_values(pairs_, r, {.depth = 2, .elements = 3, .text = 40}, [&](const RecordView& record) {
      for (std::size_t f = 0; f < formats().size(); ++f) {
        if (pairs_.holds(f) && codecs_[f][0]) {
          check(f, pairs_.encode(f, record).output);
        }
      }
    });
  }

 private:
  // The bytes of one format through a struct to another.
  Outcome through(std::size_t f, std::size_t g, const std::string& bytes) const {
    return pairs_.both(std::string("a struct from ") + format(f).name + " to " + format(g).name,
                       [&](std::size_t k, Buffer& out) {
                         T object;
                         const Result<void> done = codecs_[f][k]->decode(bytes, object);
                         return done ? codecs_[g][k]->encode(object, out) : done;
                       });
  }
  // The order within a hash table is not the same twice.
  static std::string sorted(std::string s) {
    std::sort(s.begin(), s.end());
    return s;
  }

  void check(std::size_t f, const std::string& bytes) const {
    for (std::size_t g = 0; g < formats().size(); ++g) {
      if (!codecs_[g][0]) {
        continue;
      }
      const std::string way = format(f).name + " to " + format(g).name;
      const Outcome there = through(f, g, bytes);
      if (!there.ok()) {
        pairs_.fail("a struct is not read or written: " + way,
                    show(as_bytes(bytes)) + "\n" + text_of(there));
      }
      const Outcome second = through(g, g, there.output);
      if (!second.ok() || sorted(second.output) != sorted(there.output)) {
        pairs_.fail("a struct's own output is read as something else: " + way,
                    show(as_bytes(bytes)) + "\n" + text_of(there) + "\n" + text_of(second));
      }
      const Outcome back = through(g, f, there.output);
      const Outcome direct = through(f, f, bytes);
      if (!back.ok() || sorted(back.output) != sorted(direct.output)) {
        pairs_.fail("a struct's own output comes back as something else: " + way,
                    show(as_bytes(bytes)) + "\n" + text_of(there) + "\n" + text_of(back) + "\n" +
                        text_of(direct));
      }
      const Outcome record = pairs_.again(g, there.output);
      const Outcome of_record = record.ok() ? through(g, g, record.output) : record;
      if (!of_record.ok() || sorted(of_record.output) != sorted(there.output)) {
        pairs_.fail("records read a struct's output as something else: " + way,
                    text_of(there) + "\n" + text_of(record) + "\n" + text_of(of_record));
      }
    }
  }

  Pairs pairs_;
  std::vector<std::array<std::optional<Codec<T>>, 2>> codecs_{formats().size()};
};

template <class T>
Structs<T>& structs(const Schema& schema, const std::string& root) {
  static Structs<T> made(schema, root);
  return made;
}

const Schema& idl_schema(const std::string& root) {
  const auto found = std::find_if(schemas().begin(), schemas().end(),
                                  [&](const Named& n) { return n.root == root; });
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
