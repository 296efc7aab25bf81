// C++ structs registered for Protobuf's wire, against code that protoc generated for the same
// messages, and errors with their positions, on both engines.
#include "tests/support/engine_support.h"
#include "tests/support/pb_objects.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>
#include <peer_protobuf/wire_proto2.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace wirejit::test {

namespace member = wirejit::member;

// A message with one oneof as a variant.
struct PbGroup {
  std::optional<std::int32_t> a;
  std::vector<std::string> b;
};
struct PbKind : std::variant<std::monostate, std::string, bool, PbColor, PbLeaf, PbGroup> {
  using variant::variant;
};
WIREJIT_STRUCT(PbGroup, (1, a), (2, b, member::unchecked))
WIREJIT_VARIANT(PbKind, (1, text, member::unchecked), (2, flag), (3, color), (4, leaf),
                (5, grouped, member::delimited))

struct PbView {
  std::string_view b;
};
WIREJIT_STRUCT(PbView, (2, b))

struct PbPart {
  std::int32_t a = 0;
  UnknownFields rest;
};
struct PbParts {
  std::vector<PbPart> parts;
  UnknownFields rest;
};
WIREJIT_STRUCT(PbPart, (1, a), (0, rest))
WIREJIT_STRUCT(PbParts, (0, rest), (47, parts))
struct PbNested {
  PbPart leaf;
};
WIREJIT_STRUCT(PbNested, (17, leaf))

struct PbStrict {
  std::int32_t a = 0;
  std::string b;
  std::unique_ptr<PbStrict> c;
  std::unique_ptr<PbLeaf> leaf;
};
struct PbHolder {
  std::unique_ptr<PbStrict> strict;
  std::vector<PbStrict> stricts;
};
WIREJIT_STRUCT(PbStrict, (1, a, wirejit::member::required), (2, b, wirejit::member::required),
               (3, c), (4, leaf, wirejit::member::required))
WIREJIT_STRUCT(PbHolder, (76, strict), (77, stricts))

namespace {

constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic};

template <class T>
Codec<T> codec_of(EngineOptions::Kind kind, const Options& options = {}) {
  auto made = Engine({.kind = kind}).codec<T>(pb::wire({.deterministic = true}), options);
  EXPECT_TRUE(made.has_value()) << made.error().to_string();
  return *std::move(made);
}

// The outcome of both engines, which must be the same.
template <class T>
std::string failure(std::string_view bytes, const Options& options = {},
                    const Limits& limits = {}) {
  std::string first;
  for (const EngineOptions::Kind kind : kinds) {
    auto read = codec_of<T>(kind, options).decode(as_bytes(bytes), {.limits = limits});
    std::string got = read ? "fine" : outcome(read.error());
    if (kind == kinds[0]) {
      first = got;
    }
    EXPECT_EQ(got, first);
  }
  return first;
}

TEST(PbStruct, MessagesOfEveryKindAsTheOfficialLibraryWritesThem) {
  const Proto proto(*three::All::descriptor()->file());
  const Codec<PbAll> codecs[] = {codec_of<PbAll>(kinds[0]), codec_of<PbAll>(kinds[1])};
  PbAll reused[2];
  for (std::uint64_t seed = 0; seed < rounds(300); ++seed) {
    Random random(seed);
    const auto m = proto.message("All");
    random_message(*m, random);
    const std::string bytes = serialized(*m);
    const std::string scrambled = scramble(bytes, proto.descriptor("All"), random);
    for (std::size_t k = 0; k < 2; ++k) {
      PbAll fresh;
      auto done = codecs[k].decode(as_bytes(bytes), fresh);
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      Buffer out;
      ASSERT_TRUE(codecs[k].encode(fresh, out));
      ASSERT_EQ(hex(out.bytes(), 4000), hex(as_bytes(bytes), 4000)) << seed;
      // A reused object keeps none of its old values, and unknown fields are dropped.
      done = codecs[k].decode(as_bytes(scrambled), reused[k]);
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      out.clear();
      ASSERT_TRUE(codecs[k].encode(reused[k], out));
      const auto official = proto.message("All");
      ASSERT_TRUE(official->ParseFromString(scrambled));
      official->DiscardUnknownFields();
      ASSERT_EQ(hex(out.bytes(), 4000), hex(as_bytes(serialized(*official)), 4000)) << seed;
    }
  }
}

TEST(PbStruct, AVariantIsAMessageWithOneMember) {
  for (const EngineOptions::Kind kind : kinds) {
    const Codec<PbKind> codec = codec_of<PbKind>(kind);
    two::Choice choice;
    choice.mutable_grouped()->set_a(7);
    choice.mutable_grouped()->add_b("x");
    auto read = codec.decode(as_bytes(choice.SerializeAsString()));
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    ASSERT_EQ(read->index(), 5U);
    EXPECT_EQ(std::get<5>(*read).a, 7);
    Buffer out;
    ASSERT_TRUE(codec.encode(*read, out));
    EXPECT_EQ(hex(out.bytes()), hex(as_bytes(choice.SerializeAsString())));
    // The last member counts, merged from its occurrences after the last other member.
    two::Choice leaf;
    leaf.mutable_leaf()->set_a(1);
    two::Choice text;
    text.set_text("t");
    two::Choice more;
    more.mutable_leaf()->add_c(5);
    const std::string all = leaf.SerializeAsString() + text.SerializeAsString() +
                            more.SerializeAsString() + more.SerializeAsString();
    read = codec.decode(as_bytes(all));
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    ASSERT_EQ(read->index(), 4U);
    EXPECT_EQ(std::get<4>(*read), (PbLeaf{0, "", {5, 5}}));
    // No member is an error, unless unions are not checked.
    read = codec.decode(as_bytes(""));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code(), Errc::union_not_one);
    EXPECT_TRUE(codec_of<PbKind>(kind, {.check_unions = false}).decode(as_bytes("")).has_value());
  }
}

TEST(PbStruct, AMemberKeepsWhatTheStructLacks) {
  three::All all;
  all.set_i32(5);
  three::Leaf& leaf = *all.add_r_leaf();
  leaf.set_a(1);
  leaf.set_b("b");
  leaf.add_c(7);
  all.add_r_leaf()->set_a(2);
  all.set_o_text("text");
  const std::string bytes = serialized(all);
  for (const EngineOptions::Kind kind : kinds) {
    const Codec<PbParts> codec = codec_of<PbParts>(kind, {.unknown_fields = Unknown::keep});
    PbParts parts;
    parts.rest.bytes = "what was there before";
    ASSERT_TRUE(codec.decode(as_bytes(bytes), parts));
    EXPECT_EQ(hex(as_bytes(parts.rest.bytes)),
              "0805"
              "b2010474657874");
    ASSERT_EQ(parts.parts.size(), 2U);
    EXPECT_EQ(hex(as_bytes(parts.parts[0].rest.bytes)), "1201621a0107");
    Buffer out;
    ASSERT_TRUE(codec.encode(parts, out));
    three::All again;  // unknown fields are after the others
    ASSERT_TRUE(again.ParseFromString(std::string(out.text())));
    EXPECT_EQ(serialized(again), bytes);
    // Unknown fields are not written to another format, nor kept where they are to be skipped.
    auto other =
        Engine({.kind = kind}).codec<PbParts>(thrift::binary, {.unknown_fields = Unknown::keep});
    Buffer thrift_bytes;
    ASSERT_TRUE(other->encode(parts, thrift_bytes));
    EXPECT_EQ(thrift_bytes.text().find("text"), std::string::npos);
    ASSERT_TRUE(
        codec_of<PbParts>(kind, {.unknown_fields = Unknown::skip}).decode(as_bytes(bytes), parts));
    EXPECT_EQ(parts.rest, UnknownFields{});
    EXPECT_EQ(parts.parts[0].rest, UnknownFields{});
  }
}

TEST(PbStruct, UnknownFieldsAreDroppedWithTheirStruct) {
  three::All all;
  all.mutable_leaf()->set_a(1);
  all.mutable_leaf()->set_b("b");
  for (const EngineOptions::Kind kind : kinds) {
    const Codec<PbNested> codec = codec_of<PbNested>(kind, {.unknown_fields = Unknown::keep});
    PbNested nested;
    ASSERT_TRUE(codec.decode(as_bytes(serialized(all)), nested));
    EXPECT_EQ(hex(as_bytes(nested.leaf.rest.bytes)), "120162");
    ASSERT_TRUE(codec.decode(as_bytes(""), nested));
    EXPECT_EQ(nested.leaf.a, 0);
    EXPECT_EQ(nested.leaf.rest, UnknownFields{});
  }
}

TEST(PbStruct, ViewsPointIntoTheInputOrTheArena) {
  three::Leaf first;
  first.set_b("first");
  three::Leaf second;
  second.set_b("second");
  const std::string whole = second.SerializeAsString();
  const std::string pieces = first.SerializeAsString() + whole;
  for (const EngineOptions::Kind kind : kinds) {
    const Codec<PbView> codec = codec_of<PbView>(kind, {.alias_input = true});
    PbView view;
    ASSERT_TRUE(codec.decode(as_bytes(whole), view));
    EXPECT_EQ(view.b.data(), whole.data() + 2);
    Arena arena;
    ASSERT_TRUE(codec.decode(as_bytes(pieces), view, {.arena = &arena}));
    EXPECT_EQ(view.b, "second");
    // Without an arena the merged bytes to which the view points would not outlive the call.
    const auto rejected = codec.decode(as_bytes(pieces), view);
    ASSERT_FALSE(rejected.has_value());
    EXPECT_EQ(rejected.error().code(), Errc::unsupported);
  }
}

// The fallback is recognized by the error of calls that have no arena, which it needs.
TEST(PbStruct, WhatOnePassCannotDoTakesTheFallback) {
  const struct {
    const char* what;
    std::string bytes;
    bool second_way;
  } cases[] = {
      {"in order",
       "\x08\x01\x72\x01t\xe2\x02\x01"
       "a\xe2\x02\x01"
       "b\xc2\x04\x02\x10\x01",
       false},
      {"in another order",
       "\xe2\x02\x01"
       "a\xe2\x02\x01"
       "b\x72\x01t\x08\x01",
       false},
      {"unknown fields", "\x08\x01\xba\x06\x01x\x72\x01t", false},
      {"a list with a field between",
       "\xe2\x02\x01"
       "a\x08\x01\xe2\x02\x01"
       "b",
       true},
      {"a packed list in two runs", "\xfa\x01\x02\x01\x02\xfa\x01\x01\x03", true},
      {"packed numbers one by one", "\xf8\x01\x05\xf8\x01\x06", true},
      {"a number twice", "\x08\x01\x08\x02", true},
      {"a message twice", "\x8a\x01\x02\x08\x01\x8a\x01\x03\x12\x01x", true},
      {"two members of a oneof", "\xc2\x04\x05\x0a\x01x\x10\x01", true},
      {"one member twice", "\xc2\x04\x08\x2a\x02\x08\x01\x2a\x02\x18\x05", true},
      {"an entry without its value", "\xea\x03\x03\x0a\x01k", true},
      {"an entry with its value first", "\xea\x03\x06\x12\x01v\x0a\x01k", true},
  };
  for (const auto& c : cases) {
    three::All official;
    ASSERT_TRUE(official.ParseFromString(c.bytes)) << c.what;
    official.DiscardUnknownFields();
    for (const EngineOptions::Kind kind : kinds) {
      const Codec<PbAll> codec = codec_of<PbAll>(kind, {.alias_input = true});
      PbAll read;
      const auto without = codec.decode(as_bytes(c.bytes), read);
      EXPECT_EQ(without.has_value(), !c.second_way) << c.what;
      Arena arena;
      const auto done = codec.decode(as_bytes(c.bytes), read, {.arena = &arena});
      ASSERT_TRUE(done.has_value()) << c.what << ": " << done.error().to_string();
      Buffer out;
      ASSERT_TRUE(codec.encode(read, out));
      EXPECT_EQ(hex(out.bytes()), hex(as_bytes(serialized(official)))) << c.what;
    }
  }
}

TEST(PbStruct, OptionsHoldForFragmentsToo) {
  // Two members of a oneof, and a repeated field.
  EXPECT_EQ(failure<PbChoice>("\x10\x01\x18\x06", {.reject_duplicate_fields = true}),
            "duplicate_field at 3 in 'number'");
  EXPECT_EQ(failure<PbLeaf>("\x08\x01\x08\x02", {.reject_duplicate_fields = true}),
            "duplicate_field at 3 in 'a'");
  EXPECT_EQ(failure<PbLeaf>("\x12\x01\xff\x12\x01\xff", {.validate_utf8 = false}), "fine");
  EXPECT_TRUE(failure<PbLeaf>("\x12\x01\xff\x12\x01\x61").starts_with("invalid_utf8 at 2"));
}

TEST(PbStruct, WhatIsMissingHasAPath) {
  two::All all;
  two::Strict& good = *all.mutable_strict();
  good.set_a(1);
  good.set_b("b");
  good.mutable_leaf();
  two::Strict& bad = *all.add_stricts();
  bad.set_a(1);
  bad.set_b("b");
  bad.mutable_leaf();
  bad.mutable_c()->set_a(2);
  bad.mutable_c()->mutable_leaf();
  const std::string bytes = all.SerializePartialAsString();
  for (const EngineOptions::Kind kind : kinds) {
    auto read = codec_of<PbHolder>(kind).decode(as_bytes(bytes));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code(), Errc::missing_required);
    EXPECT_EQ(read.error().path(), "stricts[0].c.b");
    const Codec<PbHolder> partial =
        codec_of<PbHolder>(kind, {.missing_required = MissingRequired::omit});
    read = partial.decode(as_bytes(bytes));
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    EXPECT_EQ(read->stricts.at(0).c->a, 2);
    // Each fragment lacks a required field, but the merged message has all.
    two::All first;
    first.mutable_strict()->set_a(1);
    first.mutable_strict()->mutable_leaf()->set_a(5);
    two::All second;
    second.mutable_strict()->set_b("x");
    second.mutable_strict()->mutable_leaf()->set_b("y");
    const std::string pieces = first.SerializePartialAsString() + second.SerializePartialAsString();
    read = codec_of<PbHolder>(kind).decode(as_bytes(pieces));
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    EXPECT_EQ(read->strict->b, "x");
    EXPECT_EQ(*read->strict->leaf, (PbLeaf{5, "y", {}}));
  }
}

using namespace std::string_literals;

TEST(PbStruct, ErrorsHavePlaces) {
  EXPECT_EQ(failure<PbLeaf>(""), "fine");
  EXPECT_EQ(failure<PbLeaf>("\x08"), "truncated at 1 in 'a'");
  EXPECT_EQ(failure<PbLeaf>("\x08\x80"), "truncated at 2 in 'a'");
  EXPECT_EQ(failure<PbLeaf>("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "fine");
  EXPECT_EQ(failure<PbLeaf>("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            "invalid_varint at 1 in 'a'");
  EXPECT_EQ(failure<PbLeaf>("\x12\x05"
                            "abc"),
            "truncated at 5 in 'b'");
  EXPECT_EQ(failure<PbLeaf>("\x12\x02\xc3\x28"), "invalid_utf8 at 2 in 'b'");
  EXPECT_EQ(failure<PbLeaf>("\x1a\x02\x01\x80"), "truncated at 4 in 'c[1]'");
  EXPECT_EQ(failure<PbLeaf>("\x1a\x0d\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            "invalid_varint at 4 in 'c[2]'");  // in a run that is decoded in bulk
  EXPECT_EQ(failure<PbLeaf>("\0\0"s), "invalid_tag at 0 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x0e"), "invalid_tag at 0 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x0f"), "invalid_tag at 0 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x0c"), "invalid_tag at 0 in ''");  // an end tag without a start tag
  EXPECT_EQ(failure<PbLeaf>("\x08\x01\x23\x08\x01\x2c"), "invalid_tag at 5 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x08\x01\x23\x08\x01\x24"), "fine");
  EXPECT_EQ(failure<PbLeaf>("\x23\x08\x01"), "truncated at 3 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x88\x80\x80\x80\x80\x01\x01"), "invalid_tag at 0 in ''");
  EXPECT_EQ(failure<PbLeaf>("\x88\x80\x80\x80\x00\x01"s), "fine");  // a tag longer than need be
  EXPECT_EQ(failure<PbAll>("\xc2\x04\x03\x2a\x02\x08"), "truncated at 6 in 'choice.leaf.a'");
  EXPECT_EQ(failure<PbAll>("\xda\x02\x03\x01\x02\x03\xda\x02\x02\x01\x80"),
            "truncated at 11 in 'r_flag'");
}

TEST(PbStruct, NestingIsBounded) {
  const auto nested = [](int levels) {
    std::string bytes;
    for (int i = 0; i < levels; ++i) {
      std::string size;
      for (std::size_t n = bytes.size(); size.empty() || n != 0; n >>= 7) {
        size += static_cast<char>((n & 0x7f) | (n >= 0x80 ? 0x80 : 0));
      }
      bytes = "\x12" + size + bytes;
    }
    return bytes;
  };
  const auto official = [](const std::string& bytes) {
    return three::Node().ParseFromString(bytes) ? "fine" : "depth_limit";
  };
  const auto groups = [](std::size_t levels) {
    return std::string(levels, '\x2b') + std::string(levels, '\x2c');
  };
  for (const int levels : {10, 99, 100, 101, 102, 5000}) {
    const std::string got = failure<PbNode>(nested(levels));
    EXPECT_EQ(got.substr(0, got.find(' ')), official(nested(levels))) << levels;
    const std::string unknown = groups(static_cast<std::size_t>(levels));
    const std::string skipped = failure<PbNode>(unknown);
    EXPECT_EQ(skipped.substr(0, skipped.find(' ')), official(unknown)) << levels;
  }
}

TEST(PbStruct, MemoryIsBounded) {
  // Ten million bytes of empty submessages, and of unknown numbers.
  std::string children;
  std::string unknown;
  for (int i = 0; i < 5'000'000; ++i) {
    children += "\x1a\0"s;
    unknown += "\x28\x01";
  }
  const Limits small{.memory = 1 << 20};
  EXPECT_TRUE(failure<PbNode>(children, {}, small).starts_with("memory_limit"));
  EXPECT_EQ(failure<PbNode>(unknown, {}, small), "fine");
  // In fragments: the memory of merging them is charged, too.
  EXPECT_TRUE(
      failure<PbNode>("\x08\x01" + children + "\x08\x02", {}, small).starts_with("memory_limit"));
  EXPECT_TRUE(
      failure<PbNode>("\x08\x01" + unknown + "\x08\x02", {}, small).starts_with("memory_limit"));
}

TEST(PbStruct, WhatProtobufCannotExpressIsRejected) {
  SchemaBuilder b;
  StructType& s = b.add_struct("S");
  Field& f = s.fields.emplace_back();
  f.id = 1;
  f.name = "lists";
  f.type = b.list_of(b.list_of(b.base(Kind::i32)));
  StructType& u = b.add_struct("U");
  Field& g = u.fields.emplace_back();
  g.id = 1;
  g.name = "id";
  g.type = b.base(Kind::uuid);
  StructType& n = b.add_struct("N");
  Field& h = n.fields.emplace_back();
  h.id = 0;
  h.name = "zero";
  h.type = b.base(Kind::i32);
  auto schema = b.build();
  ASSERT_TRUE(schema.has_value());
  const Engine engine;
  for (const char* name : {"S", "U", "N"}) {
    auto made = engine.transcoder(*schema->find_struct(name), pb::wire, pb::wire);
    ASSERT_FALSE(made.has_value()) << name;
    EXPECT_EQ(made.error().code(), Errc::unsupported) << name;
  }
}

}  // namespace
}  // namespace wirejit::test
