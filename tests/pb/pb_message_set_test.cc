// MessageSets against the official library, in the same process: generated code and reflection, on
// both engines, through records, C++ structs and in one pass.
#include "tests/support/engine_matrix.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/codec.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>
#include <peer_protobuf/wire_message_set.pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {

struct SetNumber {
  std::optional<std::int32_t> number;
};
struct SetText {
  std::optional<std::string> text;
};
struct SetOfTwo {
  std::unique_ptr<SetText> text;
  std::optional<SetNumber> number;
  UnknownFields rest;
};
struct SetHolder {
  std::optional<SetOfTwo> set;
  std::vector<SetOfTwo> sets;
};
struct SetAndField {
  std::optional<SetNumber> item;
  std::int32_t field = 0;
};
struct SetOfLists {
  std::vector<SetNumber> items;
};
WIREJIT_STRUCT(SetNumber, (9, number))
WIREJIT_STRUCT(SetText, (25, text, wirejit::member::unchecked))
WIREJIT_STRUCT(SetOfTwo, (1547769, text, wirejit::member::message_set_item),
               (4135312, number, wirejit::member::message_set_item), (0, rest))
WIREJIT_STRUCT(SetHolder, (2, set), (3, sets))
WIREJIT_STRUCT(SetAndField, (5, item, wirejit::member::message_set_item), (6, field))
WIREJIT_STRUCT(SetOfLists, (5, items, wirejit::member::message_set_item))

namespace {

namespace gp = google::protobuf;
using std::string_literals::operator""s;

constexpr std::uint32_t text_id = 1547769;
constexpr std::uint32_t number_id = 4135312;
constexpr std::uint32_t small_id = 5;
constexpr std::uint32_t strict_id = 6;
constexpr std::uint32_t last_id = 2147483646;
constexpr std::uint32_t unknown_id = 1547770;

// ---- Bytes by hand

std::string varint(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}
std::string with_length(std::string_view content) {
  return varint(content.size()) + std::string(content);
}
std::string number_part(std::uint64_t id) { return "\x10" + varint(id); }
std::string message_part(std::string_view content) { return "\x1a" + with_length(content); }
std::string group(std::string_view content) { return "\x0b" + std::string(content) + "\x0c"; }
std::string item(std::uint64_t id, std::string_view content) {
  return group(number_part(id) + message_part(content));
}
std::string reversed(std::uint64_t id, std::string_view content) {
  return group(message_part(content) + number_part(id));
}
std::string ordinary(std::uint64_t id, std::string_view content) {
  return varint(id << 3 | 2) + with_length(content);
}
std::string text_of(std::string_view text) { return "\xca\x01" + with_length(text); }
std::string number_of(std::uint64_t number) { return "\x48" + varint(number); }

Schema load_sets() {
  gp::FileDescriptorSet files;
  sets::Set::descriptor()->file()->CopyTo(files.add_file());
  auto schema = pb::load(as_bytes(files.SerializeAsString()));
  EXPECT_TRUE(schema.has_value()) << schema.error().to_string();
  return *schema;
}

// A message of the peer: our codecs for it, and the official library's result.
class Peer {
 public:
  explicit Peer(const gp::Message& prototype, Options options = {.unknown_fields = Unknown::keep})
      : prototype_(prototype),
        schema_(load_sets()),
        matrix_(schema_, prototype.GetDescriptor()->full_name(), {pb::wire, text_},
                {.options = options}) {}

  // Through a record.
  Outcome ours(std::string_view bytes) {
    return matrix_.by_codecs(pb::wire, pb::wire, as_bytes(bytes));
  }
  Outcome one_pass(std::string_view bytes) { return matrix_.transcode(pb::wire, pb::wire, bytes); }
  Outcome to_text(std::string_view bytes) { return matrix_.transcode(pb::wire, text_, bytes); }
  Outcome of_text(std::string_view text) { return matrix_.transcode(text_, pb::wire, text); }

  std::optional<std::string> generated(std::string_view bytes) const {
    return read_and_write(std::unique_ptr<gp::Message>(prototype_.New()), bytes);
  }
  std::optional<std::string> reflected(std::string_view bytes) {
    const gp::Message* dynamic = factory_.GetPrototype(prototype_.GetDescriptor());
    return read_and_write(std::unique_ptr<gp::Message>(dynamic->New()), bytes);
  }

  // Ours must equal the result of reflection. Only ours rejects a tag of more than 32 bits.
  void expect_same(std::string_view bytes) {
    const auto theirs = reflected(bytes);
    const Outcome record = ours(bytes);
    const Outcome pass = one_pass(bytes);
    EXPECT_EQ(record.error().empty(), pass.error().empty()) << record.error() << pass.error();
    if (theirs && record.error().starts_with("invalid_tag")) {
      return;
    }
    ASSERT_EQ(record.written().has_value(), theirs.has_value())
        << hex(as_bytes(bytes)) << " " << record.error();
    if (!theirs) {
      return;
    }
    ASSERT_TRUE(pass.written().has_value());
    EXPECT_EQ(reflected(*record.written()), theirs) << hex(as_bytes(bytes), 4000);
    EXPECT_EQ(reflected(*pass.written()), theirs) << hex(as_bytes(bytes), 4000);
  }

  const Schema& schema() const { return schema_; }

 private:
  static std::optional<std::string> read_and_write(const std::unique_ptr<gp::Message>& m,
                                                   std::string_view bytes) {
    if (!m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return std::nullopt;
    }
    return serialized(*m);
  }

  const gp::Message& prototype_;
  Schema schema_;
  Format text_ = pb::json;
  EngineMatrix matrix_;
  gp::DynamicMessageFactory factory_;
};

sets::Set set_of_two() {
  sets::Set set;
  set.MutableExtension(sets::Text::of_set)->set_text("seven");
  set.MutableExtension(sets::Number::of_set)->set_number(-7);
  return set;
}

// ---- Reading and writing

TEST(PbMessageSet, KnownItemsAreReadAndWrittenAsByGeneratedCode) {
  Peer peer(sets::Set::default_instance());
  sets::Set set = set_of_two();
  set.MutableExtension(sets::last)->set_number(1);
  set.MutableExtension(sets::Small::of_set)->set_text(std::string(300, 'x'));
  sets::Holder& holder = *set.MutableExtension(sets::Small::of_set)->mutable_holder();
  *holder.mutable_set() = set_of_two();
  *holder.add_sets() = set_of_two();
  holder.add_sets();
  *holder.add_sets() = set_of_two();
  (*holder.mutable_named())["name"] = set_of_two();
  *holder.mutable_either() = set_of_two();
  *holder.mutable_grouped()->mutable_set() = set_of_two();
  holder.mutable_empty();
  holder.set_after("after");
  const std::string bytes = serialized(set);
  EXPECT_EQ(peer.ours(bytes).written(), bytes);
  EXPECT_EQ(peer.one_pass(bytes).written(), bytes);
  EXPECT_EQ(peer.generated(bytes), bytes);

  const std::string two = item(text_id, text_of("seven")) + item(number_id, number_of(7));
  EXPECT_EQ(peer.ours(two).written(), two);
  EXPECT_EQ(peer.one_pass(two).written(), two);
  EXPECT_EQ(peer.generated(two), two);
}

TEST(PbMessageSet, AMessageWithoutBytesIsPresent) {
  Peer peer(sets::Set::default_instance());
  for (const std::uint32_t id : {small_id, text_id, number_id, last_id}) {
    EXPECT_EQ(peer.ours(item(id, "")).written(), item(id, ""));
    EXPECT_EQ(peer.ours(reversed(id, "")).written(), item(id, ""));
    EXPECT_EQ(peer.one_pass(reversed(id, "")).written(), item(id, ""));
  }
  EXPECT_EQ(peer.ours(ordinary(text_id, "")).written(), item(text_id, ""));
  EXPECT_EQ(peer.ours("").written(), "");
}

TEST(PbMessageSet, OtherFormsOfAnItemAreRead) {
  Peer peer(sets::Set::default_instance());
  const std::string wanted = item(text_id, text_of("a")) + item(number_id, number_of(1));
  const std::string text = text_of("a");
  const std::string number = number_of(1);
  for (const std::string& bytes : {
           item(number_id, number) + item(text_id, text),
           reversed(text_id, text) + item(number_id, number),
           item(text_id, text) + reversed(number_id, number),
           reversed(number_id, number) + reversed(text_id, text),
           ordinary(text_id, text) + item(number_id, number),
           item(number_id, number) + ordinary(text_id, text),
           ordinary(number_id, number) + reversed(text_id, text),
           // Second occurrences are ignored.
           group(number_part(text_id) + number_part(number_id) + message_part(text)) +
               group(message_part(number) + message_part(text) + number_part(number_id)),
           group(number_part(text_id) + message_part(text) + message_part(number)) +
               group(message_part(number) + number_part(number_id) + number_part(text_id)),
           // Numbers longer than they must be, and of more than 32 bits.
           group(number_part(text_id | std::uint64_t{1} << 40) + message_part(text)) +
               item(number_id, number),
       }) {
    EXPECT_EQ(peer.generated(bytes), wanted) << hex(as_bytes(bytes));
    EXPECT_EQ(peer.reflected(bytes), wanted) << hex(as_bytes(bytes));
    EXPECT_EQ(peer.ours(bytes).written(), wanted) << hex(as_bytes(bytes));
    const auto pass = peer.one_pass(bytes).written();
    ASSERT_TRUE(pass.has_value()) << hex(as_bytes(bytes));
    EXPECT_EQ(peer.generated(*pass), wanted) << hex(as_bytes(bytes));
  }
  // Other fields within an item are dropped; generated code of that release takes them for fields
  // of the MessageSet.
  for (const std::string& inside : {std::string("\x20\x01"), "\x22" + with_length("x"),
                                    std::string("\x23\x0b\x0c\x24"), ordinary(9, "ab")}) {
    for (const std::string& bytes :
         {group(inside + number_part(text_id) + message_part(text)) + item(number_id, number),
          group(number_part(text_id) + inside + message_part(text)) + item(number_id, number),
          group(number_part(text_id) + message_part(text) + inside) + item(number_id, number)}) {
      EXPECT_EQ(peer.reflected(bytes), wanted) << hex(as_bytes(bytes));
      EXPECT_EQ(peer.ours(bytes).written(), wanted) << hex(as_bytes(bytes));
      EXPECT_EQ(peer.one_pass(bytes).written(), wanted) << hex(as_bytes(bytes));
    }
  }
}

TEST(PbMessageSet, ItemsOfOneNumberAreMerged) {
  Peer peer(sets::Set::default_instance());
  const std::string first = text_of("a") + "\x18\x01";
  const std::string second = "\x18\x02" + text_of("b");
  const std::string inner = "\x0a" + with_length(item(number_id, number_of(1)));
  const std::string wanted = item(text_id, "\x0a" + with_length(item(number_id, number_of(2))) +
                                               "\x18\x01\x18\x02" + text_of("b")) +
                             item(last_id, "");
  const std::string tail = item(last_id, "");
  const std::string more = "\x0a" + with_length(reversed(number_id, number_of(2)));
  for (const std::string& bytes :
       {item(text_id, first + inner) + item(text_id, second + more) + tail,
        item(text_id, first + inner) + tail + reversed(text_id, second + more),
        reversed(text_id, first + inner) + item(text_id, more) + tail + ordinary(text_id, second),
        ordinary(text_id, first) + ordinary(text_id, second + inner) + tail +
            ordinary(text_id, more)}) {
    EXPECT_EQ(peer.generated(bytes), wanted) << hex(as_bytes(bytes));
    EXPECT_EQ(peer.ours(bytes).written(), wanted) << hex(as_bytes(bytes));
    EXPECT_EQ(peer.one_pass(bytes).written(), wanted) << hex(as_bytes(bytes));
  }
  // A message may lack a required field in one item if another item has it.
  Peer holder(sets::Holder::default_instance());
  const std::string strict = item(strict_id, "\x08\x01") + item(strict_id, "\x10\x02");
  EXPECT_EQ(holder.ours("\x12" + with_length(strict)).written(),
            "\x12" + with_length(item(strict_id, "\x08\x01\x10\x02")));
  EXPECT_EQ(holder.ours("\x12" + with_length(item(strict_id, "\x08\x01"))).error(),
            "missing_required at 9 in 'set.sets.Strict.of_set.b'");
  EXPECT_FALSE(holder.generated("\x12" + with_length(item(strict_id, "\x08\x01"))));
  // Items of all fragments of a MessageSet are merged.
  const std::string pieces = "\x12" + with_length(item(text_id, first)) + "\x12" +
                             with_length(item(unknown_id, "u") + item(text_id, second));
  EXPECT_EQ(holder.ours(pieces).written(), holder.generated(pieces));
}

TEST(PbMessageSet, ItemsOfUnknownNumbersAreKeptInTheirOrder) {
  Peer peer(sets::Set::default_instance());
  const std::string known = item(text_id, text_of("a")) + item(number_id, number_of(1));
  const std::string unknown = item(unknown_id, "any bytes") + item(7, "") +
                              item(unknown_id, "more") + item(4294967295, "x");
  EXPECT_EQ(peer.generated(known + unknown), known + unknown);
  EXPECT_EQ(peer.ours(known + unknown).written(), known + unknown);
  EXPECT_EQ(peer.one_pass(known + unknown).written(), known + unknown);
  const std::string mixed = item(unknown_id, "any bytes") + item(text_id, text_of("a")) +
                            item(7, "") + item(unknown_id, "more") +
                            reversed(number_id, number_of(1)) + item(4294967295, "x");
  EXPECT_EQ(peer.generated(mixed), known + unknown);
  EXPECT_EQ(peer.ours(mixed).written(), known + unknown);
  EXPECT_EQ(peer.one_pass(mixed).written(), known + unknown);
  // Their bytes are unchanged.
  const std::string odd = reversed(unknown_id, "a") + group("") + group(number_part(text_id)) +
                          group(message_part("b")) + "\x38\x01" + ordinary(unknown_id, "c") +
                          varint(text_id << 3) + "\x05" + varint(text_id << 3 | 3) +
                          varint(text_id << 3 | 4);
  EXPECT_EQ(peer.ours(odd).written(), odd);
  EXPECT_EQ(peer.one_pass(odd).written(), odd);
  EXPECT_EQ(peer.ours(item(text_id, "") + odd).written(), item(text_id, "") + odd);
  EXPECT_EQ(peer.ours(reversed(text_id, "") + odd).written(), item(text_id, "") + odd);
  // A MessageSet without known extensions.
  Peer empty(sets::Empty::default_instance());
  EXPECT_EQ(empty.ours(mixed + odd).written(), mixed + odd);
  EXPECT_EQ(empty.one_pass(mixed + odd).written(), mixed + odd);
  // Unknown fields are not kept.
  Peer dropping(sets::Set::default_instance(), {});
  EXPECT_EQ(dropping.ours(mixed + odd).written(), known);
  EXPECT_EQ(dropping.one_pass(mixed + odd).written(), known);
}

TEST(PbMessageSet, RandomItemsAreUnderstoodAsByTheOfficialLibrary) {
  Peer peer(sets::Set::default_instance());
  struct Maker {
    Random& random;
    std::string content(std::uint32_t id, int depth) {
      std::string s;
      for (std::size_t n = random.below(3); n > 0; --n) {
        if (id == number_id || id == last_id) {
          s += number_of(random.below(1000));
        } else if (id == text_id) {
          s += random.chance(50) ? text_of("text") : "\x18" + varint(random.below(300));
          s += depth > 0 && random.chance(40) ? "\x0a" + with_length(set(depth - 1)) : "";
        } else if (id == small_id && depth > 0) {
          s += "\x0a" + with_length((random.chance(50) ? "\x12" : "\x1a") +
                                    with_length(set(depth - 1)) + "\x82\x01\x01y");
        }
      }
      return s;
    }
    std::string set(int depth) {
      std::string s;
      for (std::size_t n = random.below(6); n > 0; --n) {
        static constexpr std::uint32_t ids[] = {small_id, text_id,    number_id,
                                                last_id,  unknown_id, 1000};
        const std::uint32_t id = random.pick(ids);
        const std::string inside = content(id, depth);
        const std::string number = number_part(id);
        const std::string message = message_part(inside);
        switch (random.below(10)) {
          case 0: s += reversed(id, inside); break;
          case 1: s += id < 536870912 ? ordinary(id, inside) : item(id, inside); break;
          case 2: s += group(random.chance(50) ? number : message); break;
          case 3: s += group(number + number_part(text_id) + message + message); break;
          case 4: s += group("\x20\x01" + message + "\x2b\x2c" + number); break;
          case 5: s += group(number + message + "\x20\x01"); break;
          case 6: s += "\x38\x01"; break;
          default: s += item(id, inside);
        }
      }
      return s;
    }
  };
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    std::string bytes = Maker{random}.set(3);
    const bool malformed = seed % 2 == 1 && !bytes.empty();
    for (std::size_t n = malformed ? 1 + random.below(2) : 0; n > 0; --n) {
      switch (random.below(3)) {
        case 0: bytes.resize(1 + random.below(bytes.size())); break;
        case 1: bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8)); break;
        default: bytes.insert(random.below(bytes.size()), 1, static_cast<char>(random.next()));
      }
    }
    peer.expect_same(bytes);
    if (HasFatalFailure() || HasNonfatalFailure()) {
      FAIL() << seed;
    }
  }
}

// ---- Malformed input

TEST(PbMessageSet, TruncationAtAnyByteIsRejectedAsByTheOfficialLibrary) {
  Peer peer(sets::Set::default_instance());
  const std::string text = text_of("some") + "\x0a" + with_length(item(number_id, number_of(300)));
  for (const std::string& bytes :
       {item(small_id, "\x12\x01x") + item(text_id, text) + item(unknown_id, "xyz"),
        reversed(text_id, text) + item(last_id, number_of(5)) + reversed(unknown_id, "xyz"),
        ordinary(text_id, text) + item(text_id, text) + ordinary(unknown_id, "xyz")}) {
    EXPECT_EQ(peer.ours(bytes).error(), "");
    std::size_t accepted = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);
      const Outcome mine = peer.ours(cut);
      EXPECT_EQ(mine.written().has_value(), peer.generated(cut).has_value()) << hex(as_bytes(cut));
      EXPECT_EQ(peer.one_pass(cut).error(), mine.error()) << hex(as_bytes(cut));
      accepted += mine.written() ? 1 : 0;
      if (!mine.written()) {
        EXPECT_TRUE(mine.error().starts_with("truncated at " + std::to_string(size) + " "))
            << mine.error();
      }
    }
    EXPECT_EQ(accepted, 3U);
  }
}

TEST(PbMessageSet, MalformedItemsAreRejectedWithTheirOffset) {
  Peer peer(sets::Set::default_instance());
  const auto error = [&](const std::string& bytes) {
    EXPECT_FALSE(peer.generated(bytes)) << hex(as_bytes(bytes));
    const std::string found = peer.ours(bytes).error();
    EXPECT_EQ(peer.one_pass(bytes).error(), found) << hex(as_bytes(bytes));
    return found;
  };
  const std::string text = item(text_id, text_of("a"));
  EXPECT_EQ(error(text + "\x0c"), "invalid_tag at 12 in ''");
  EXPECT_EQ(error(text + "\x0b\x14"), "invalid_tag at 13 in ''");
  EXPECT_EQ(error(text + "\x0b\x10\x05\x1a\x01\x0f\x0c"),
            "invalid_tag at 17 in 'sets.Small.of_set'");
  EXPECT_EQ(error(text + "\x0b\x1a\x01\x0f\x10\x05\x0c"),
            "invalid_tag at 15 in 'sets.Small.of_set'");
  EXPECT_EQ(error(text + "\x2a\x01\x0f"), "invalid_tag at 14 in 'sets.Small.of_set'");
  EXPECT_EQ(error(text + "\x0b\x10\x05\x1a\x00\x07\x0c"s), "invalid_tag at 17 in \'\'");
  EXPECT_EQ(error(text + group(number_part(0) + message_part(""))), "invalid_tag at 12 in ''");
  EXPECT_EQ(
      error("\x0b\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x1a" + std::string("\0\x0c", 2)),
      "invalid_varint at 2 in ''");
  // The newest releases reject 0 everywhere.
  EXPECT_EQ(peer.ours(text + group(message_part("") + number_part(0))).error(),
            "invalid_tag at 12 in ''");
}

TEST(PbMessageSet, AnItemCountsTwiceAgainstTheLimitOfDepth) {
  Peer peer(sets::Text::default_instance());
  const auto nested = [](int levels, auto&& one) {
    std::string bytes = text_of("x");
    for (int k = 0; k < levels; ++k) {
      bytes = "\x0a" + with_length(one(text_id, bytes));
    }
    return bytes;
  };
  for (int levels = 28; levels < 40; ++levels) {
    const std::string bytes = nested(levels, item);
    EXPECT_EQ(peer.ours(bytes).written(), peer.generated(bytes)) << levels;
    EXPECT_EQ(peer.one_pass(bytes).written(), peer.generated(bytes)) << levels;
    EXPECT_EQ(peer.ours(nested(levels, reversed)).written(), peer.generated(bytes)) << levels;
    EXPECT_EQ(peer.ours(nested(levels, ordinary)).written(), peer.generated(bytes)) << levels;
  }
  EXPECT_TRUE(peer.ours(nested(33, item)).written());
  EXPECT_TRUE(peer.ours(nested(34, item)).error().starts_with("depth_limit"));
  for (const std::string& bytes :
       {nested(3000, item), nested(3000, reversed), nested(3000, ordinary)}) {
    EXPECT_TRUE(peer.ours(bytes).error().starts_with("depth_limit"));
    EXPECT_TRUE(peer.one_pass(bytes).error().starts_with("depth_limit"));
  }
}

TEST(PbMessageSet, RepeatedItemsAreRejectedByOption) {
  Peer peer(sets::Set::default_instance(), {.reject_duplicate_fields = true});
  const std::string twice = item(text_id, "") + item(text_id, "");
  EXPECT_EQ(peer.ours(twice).error().substr(0, 15), "duplicate_field");
  EXPECT_EQ(peer.ours(item(number_id, "") + reversed(text_id, "")).written(),
            item(text_id, "") + item(number_id, ""));
}

// ---- Text

TEST(PbMessageSet, TextNamesExtensionsInBrackets) {
  Peer peer(sets::Holder::default_instance());
  const std::string set = item(text_id, text_of("a")) + item(number_id, number_of(1));
  const std::string bytes = "\x12" + with_length(set) + "\x1a" + with_length(set);
  const std::string text =
      R"({"set":{"[sets.Text.of_set]":{"text":"a"},"[sets.Number.of_set]":{"number":1}},)"
      R"("sets":[{"[sets.Text.of_set]":{"text":"a"},"[sets.Number.of_set]":{"number":1}}]})";
  EXPECT_EQ(peer.to_text(bytes).written(), text);
  EXPECT_EQ(peer.of_text(text).written(), bytes);
  const std::string odd = "\x12" +
                          with_length(reversed(number_id, number_of(1)) + item(unknown_id, "x") +
                                      item(text_id, text_of("b"))) +
                          "\x1a" + with_length(set) + "\x12" +
                          with_length(ordinary(text_id, text_of("a")));
  EXPECT_EQ(peer.to_text(odd).written(), text);
  EXPECT_EQ(peer.of_text(R"({"set":{"[sets.last]":{}}})").written(),
            "\x12" + with_length(item(last_id, "")));
  EXPECT_TRUE(peer.of_text(R"({"set":{"[sets.none]":{}}})").error().starts_with("unknown_field"));
}

// ---- Other sources of schemas

void add_field(StructType& to, std::uint32_t id, const Type* type) {
  Field& f = to.fields.emplace_back();
  f.id = static_cast<std::int32_t>(id);
  f.name = f.json_name = "f";
  f.type = type;
  f.requiredness = type->kind == Kind::list ? Requiredness::standard : Requiredness::optional;
}

TEST(PbMessageSet, StructsHoldItems) {
  const std::string set = item(text_id, text_of("a")) + item(number_id, number_of(1));
  const std::string rest = item(small_id, "") + item(unknown_id, "x");
  const std::string wanted =
      "\x12" + with_length(set + rest) + "\x1a\x00"s + "\x1a" + with_length(item(number_id, ""));
  const std::string odd = "\x12" +
                          with_length(item(small_id, "") + reversed(number_id, number_of(1)) +
                                      item(unknown_id, "x") + ordinary(text_id, text_of("a"))) +
                          "\x1a\x00"s + "\x1a" + with_length(item(number_id, ""));
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<SetHolder>(pb::wire, {.unknown_fields = Unknown::keep});
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    for (const std::string& bytes : {wanted, odd}) {
      SetHolder holder;
      const auto read = codec->decode(as_bytes(bytes), holder);
      ASSERT_TRUE(read.has_value()) << read.error().to_string();
      ASSERT_TRUE(holder.set && holder.set->text && holder.set->number);
      EXPECT_EQ(holder.set->text->text, "a");
      EXPECT_EQ(holder.set->number->number, 1);
      ASSERT_EQ(holder.sets.size(), 2U);
      EXPECT_TRUE(!holder.sets[0].number && holder.sets[1].number);
      Buffer out;
      ASSERT_TRUE(codec->encode(holder, out));
      EXPECT_EQ(hex(out.bytes()), hex(as_bytes(wanted)));
    }
    EXPECT_FALSE(engine.codec<SetAndField>(pb::wire));
    EXPECT_FALSE(engine.codec<SetOfLists>(pb::wire));
  }
}

TEST(PbMessageSet, FieldsOfAnotherSchemaBecomeItems) {
  Schema sets = load_sets();
  SchemaBuilder builder;
  builder.add_document("plain");
  StructType& number = builder.add_struct("Number");
  add_field(number, 9, builder.base(Kind::i32));
  StructType& all = builder.add_struct("All");
  add_field(all, number_id, builder.of(number));
  const auto plain = builder.build();
  ASSERT_TRUE(plain.has_value()) << plain.error().to_string();
  const StructType& from = *plain->find_struct("plain.All");
  const StructType& to = *sets.find_struct("sets.Set");
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto there = engine.transcoder({*plain, from}, pb::wire, {sets, to}, pb::wire);
    const auto back = engine.transcoder({sets, to}, pb::wire, {*plain, from}, pb::wire);
    ASSERT_TRUE(there.has_value() && back.has_value());
    Buffer items;
    ASSERT_TRUE(there->transcode(as_bytes(ordinary(number_id, number_of(1))), items));
    EXPECT_EQ(items.text(), item(number_id, number_of(1)));
    Buffer fields;
    ASSERT_TRUE(back->transcode(items, fields));
    EXPECT_EQ(fields.text(), ordinary(number_id, number_of(1)));
  }
}

TEST(PbMessageSet, ASchemaHasItemsInMessageSetsAlone) {
  const auto build = [](bool set, bool is_item, bool list) {
    SchemaBuilder builder;
    builder.add_document("d");
    StructType& inner = builder.add_struct("Inner");
    StructType& outer = builder.add_struct("Outer");
    outer.message_set = set;
    const Type* type = builder.of(inner, is_item ? Wire::message_set_item : Wire::standard);
    add_field(outer, 5, list ? builder.list_of(type) : type);
    const auto made = builder.build();
    return made ? "" : made.error().message();
  };
  EXPECT_EQ(build(true, true, false), "");
  EXPECT_EQ(build(false, false, true), "");
  EXPECT_NE(build(true, false, false), "");
  EXPECT_NE(build(false, true, false), "");
  EXPECT_NE(build(true, true, true), "");
  EXPECT_NE(build(true, false, true), "");
}

}  // namespace
}  // namespace wirejit::test
