// Registration of C++ types: what their layouts say, and that probed offsets agree with the types'
// own functions.
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <memory_resource>
#include <string>

namespace elsewhere {  // types of another library

enum class Size { small = 1, large = 7 };
struct Base {
  std::int32_t inherited = 0;
};
struct Foreign : Base {
  virtual ~Foreign() = default;  // as generated Thrift structs are
  Foreign() = default;
  Foreign(const Foreign&) = default;
  Foreign& operator=(const Foreign&) = default;
  std::string text;
  Size size = Size::small;
};
template <class T>
struct Box {
  T value;
};
struct Global {
  double x = 0;
};

}  // namespace elsewhere

namespace mine {

using elsewhere::Size;
using BoxOfInt = elsewhere::Box<int>;
WIREJIT_STRUCT(elsewhere::Foreign, (1, text), (2, size), (3, inherited))
WIREJIT_STRUCT(elsewhere::Box<int>, (1, value))
WIREJIT_ENUM(elsewhere::Size, small, (BIG, elsewhere::Size::large))

enum Plain : std::uint8_t { plain_a, plain_b = 200 };
enum class Wide : std::int64_t { one = 1 };

struct Circle {
  double radius = 0;
};
using Shape = std::variant<std::monostate, Circle, std::string, std::unique_ptr<Circle>>;
struct Choice : std::variant<std::monostate, Circle, std::string, std::unique_ptr<Circle>> {
  using variant::variant;
};
struct Pick {
  std::optional<std::int32_t> number;
  std::unique_ptr<Circle> circle;
};

// Used before Node and Circle are registered, on purpose.
struct Everything {
  bool flag;
  std::int8_t i8;
  std::int16_t i16;
  std::int32_t i32;
  std::int64_t i64;
  std::uint8_t u8;
  std::uint16_t u16;
  std::uint32_t u32;
  std::uint64_t u64;
  float f;
  double d;
  char c;
  long long ll;
  Size size;
  Plain plain;
  Wide wide;
  std::string text;
  std::pmr::string pmr_text;
  std::string_view view;
  std::vector<std::uint8_t> bytes;
  std::vector<std::byte> std_bytes;
  std::span<const std::uint8_t> byte_span;
  std::vector<std::int32_t> numbers;
  std::pmr::vector<std::int64_t> pmr_numbers;
  std::vector<bool> bits;
  std::span<const std::int16_t> span;
  std::span<const Circle> circles;
  std::array<float, 3> array;
  std::int16_t c_array[2][3];
  std::optional<std::int32_t> optional;
  std::optional<std::string> optional_text;
  std::optional<bool> optional_flag;
  std::unique_ptr<Circle> unique;
  std::shared_ptr<const Circle> shared;
  std::optional<std::unique_ptr<Circle>> both;
  std::map<std::int32_t, std::string> map;
  std::unordered_map<std::string, Circle> hash_map;
  std::set<double> set;
  std::unordered_set<std::string> hash_set;
  std::unordered_map<std::uint64_t, bool, wirejit::SeededHash> seeded;
  Shape shape;
  Choice choice;
  Pick pick;
  Circle nested;
  std::vector<std::map<std::string, std::vector<std::optional<Circle>>>> deep;
};
WIREJIT_STRUCT(Everything, (1, flag), (2, i8), (3, i16), (4, i32), (5, i64), (6, u8), (7, u16),
               (8, u32), (9, u64), (10, f), (11, d), (12, c), (13, ll), (14, size), (15, plain),
               (16, wide), (17, text), (18, pmr_text), (19, view), (20, bytes), (21, std_bytes),
               (22, byte_span), (23, numbers), (24, pmr_numbers), (25, bits), (26, span),
               (27, circles), (28, array), (29, c_array), (30, optional), (31, optional_text),
               (32, optional_flag), (33, unique), (34, shared), (35, both), (36, map),
               (37, hash_map), (38, set), (39, hash_set), (40, seeded), (41, shape), (42, choice),
               (43, pick), (44, nested), (45, deep))
WIREJIT_STRUCT(Circle, (1, radius, wirejit::member::required))
WIREJIT_VARIANT(Shape, (1, circle), (2, text), (3, owned))
WIREJIT_VARIANT(Choice, (10, first),
                (20, second, wirejit::member::binary, wirejit::member::json_name("zwei")),
                (30, third))
WIREJIT_UNION(Pick, (1, number), (2, circle))

struct Node {
  std::int32_t value = 0;
  std::unique_ptr<Node> next;
  std::vector<Node> children;
  std::optional<std::unique_ptr<Node>> maybe;
  std::map<std::string, Node> named;
};
WIREJIT_STRUCT(Node, (1, value), (2, next), (3, children), (4, maybe), (5, named))

struct Ping;
struct Pong {
  std::vector<Ping> pings;
};
struct Ping {
  std::unique_ptr<Pong> pong;
};
WIREJIT_STRUCT(Pong, (1, pings))
WIREJIT_STRUCT(Ping, (1, pong))

struct Empty {};
WIREJIT_STRUCT(Empty)

struct Options {
  std::string a, b, c, d;
};
WIREJIT_STRUCT(Options, (1, a, wirejit::member::required), (-2, b, wirejit::member::optional),
               (3, c, wirejit::member::binary, wirejit::member::json_name("C c"),
                wirejit::member::required),
               (32767, d))

// 130 members: twice eight to the power of two and two more, so that every step of the macro's walk
// is taken.
#define TEN(n)                                                                                   \
  int m##n##0 = 0, m##n##1 = 0, m##n##2 = 0, m##n##3 = 0, m##n##4 = 0, m##n##5 = 0, m##n##6 = 0, \
      m##n##7 = 0, m##n##8 = 0, m##n##9 = 0;
struct Large {
  TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9) TEN(10) TEN(11) TEN(12) TEN(13)
};
#undef TEN
#define TEN(n)                                                                         \
  (n##0, m##n##0), (n##1, m##n##1), (n##2, m##n##2), (n##3, m##n##3), (n##4, m##n##4), \
      (n##5, m##n##5), (n##6, m##n##6), (n##7, m##n##7), (n##8, m##n##8), (n##9, m##n##9)
#define REGISTER(Type, ...) WIREJIT_STRUCT(Type, __VA_ARGS__)
REGISTER(Large, TEN(1), TEN(2), TEN(3), TEN(4), TEN(5), TEN(6), TEN(7), TEN(8), TEN(9), TEN(10),
         TEN(11), TEN(12), TEN(13))
#undef REGISTER
#undef TEN

}  // namespace mine

namespace {
struct Hidden {
  int x = 0;
};
WIREJIT_STRUCT(Hidden, (1, x))
}  // namespace

WIREJIT_STRUCT(elsewhere::Global, (1, x))

namespace wirejit::test {
namespace {

const Layout& member(std::string_view name) {
  for (const Member& m : struct_layout<mine::Everything>().members) {
    if (m.name == name) {
      return *m.layout;
    }
  }
  ADD_FAILURE() << "no member " << name;
  return layout_of<bool>();
}

template <class T>
T word_at(const void* object, std::int32_t offset) {
  T word{};
  std::memcpy(&word, static_cast<const char*>(object) + offset, sizeof(word));
  return word;
}

TEST(Reflect, ScalarsHaveTheirKindSizeAndSign) {
  struct Expected {
    const char* name;
    Kind kind;
    std::uint32_t size;
    bool is_signed;
  };
  const Expected all[] = {{"flag", Kind::boolean, 1, false},
                          {"i8", Kind::i8, 1, true},
                          {"i16", Kind::i16, 2, true},
                          {"i32", Kind::i32, 4, true},
                          {"i64", Kind::i64, 8, true},
                          {"u8", Kind::u8, 1, false},
                          {"u16", Kind::u16, 2, false},
                          {"u32", Kind::u32, 4, false},
                          {"u64", Kind::u64, 8, false},
                          {"f", Kind::float32, 4, false},
                          {"d", Kind::float64, 8, false},
                          {"c", Kind::i8, 1, true},
                          {"ll", Kind::i64, 8, true},
                          {"size", Kind::enumeration, 4, true},
                          {"plain", Kind::enumeration, 1, false},
                          {"wide", Kind::enumeration, 8, true}};
  for (const Expected& e : all) {
    const Layout& l = member(e.name);
    EXPECT_EQ(l.form, Form::scalar) << e.name;
    EXPECT_EQ(l.kind, e.kind) << e.name;
    EXPECT_EQ(l.size, e.size) << e.name;
    EXPECT_EQ(l.is_signed, e.is_signed) << e.name;
  }
}

TEST(Reflect, EveryMemberTypeHasItsForm) {
  const std::pair<const char*, Form> all[] = {
      {"text", Form::string},      {"pmr_text", Form::string},
      {"view", Form::view},        {"bytes", Form::string},
      {"std_bytes", Form::string}, {"byte_span", Form::view},
      {"numbers", Form::sequence}, {"pmr_numbers", Form::sequence},
      {"bits", Form::bits},        {"span", Form::span},
      {"circles", Form::span},     {"array", Form::array},
      {"c_array", Form::array},    {"optional", Form::optional},
      {"unique", Form::pointer},   {"shared", Form::pointer},
      {"both", Form::optional},    {"map", Form::map},
      {"hash_map", Form::map},     {"set", Form::set},
      {"hash_set", Form::set},     {"shape", Form::structure},
      {"choice", Form::structure}, {"pick", Form::structure},
      {"nested", Form::structure}, {"deep", Form::sequence}};
  for (const auto& [name, form] : all) {
    EXPECT_EQ(member(name).form, form) << name;
  }
  EXPECT_EQ(to_string(member("deep")), "list<map<string, list<Circle>>>");
  EXPECT_EQ(to_string(member("c_array")), "list<list<i16>>");
  EXPECT_EQ(to_string(member("byte_span")), "binary");
  EXPECT_EQ(to_string(member("set")), "set<double>");
  EXPECT_TRUE(member("bytes").any_bytes);
  EXPECT_FALSE(member("text").any_bytes);
}

TEST(Reflect, OffsetsAreThoseOfTheMembers) {
  mine::Everything e{};
  const auto& layout = struct_layout<mine::Everything>();
  const auto offset = [&](const void* p) {
    return static_cast<std::uint32_t>(static_cast<const char*>(p) -
                                      reinterpret_cast<const char*>(&e));
  };
  EXPECT_EQ(layout.size, sizeof(e));
  EXPECT_EQ(layout.align, alignof(mine::Everything));
  EXPECT_EQ(layout.find(1)->offset, offset(&e.flag));
  EXPECT_EQ(layout.find(17)->offset, offset(&e.text));
  EXPECT_EQ(layout.find(45)->offset, offset(&e.deep));
  EXPECT_EQ(layout.find(46), nullptr);
}

TEST(Reflect, ForeignTypesAreRegisteredFromAnotherNamespace) {
  elsewhere::Foreign f;
  const StructLayout& l = struct_layout<elsewhere::Foreign>();
  ASSERT_EQ(l.members.size(), 3u);
  EXPECT_EQ(l.name, "Foreign");
  EXPECT_EQ(l.members[0].offset, reinterpret_cast<char*>(&f.text) - reinterpret_cast<char*>(&f));
  EXPECT_EQ(l.members[2].offset,
            reinterpret_cast<char*>(&f.inherited) - reinterpret_cast<char*>(&f));
  EXPECT_EQ(struct_layout<mine::BoxOfInt>().name, "Box_int");
  EXPECT_EQ(struct_layout<elsewhere::Global>().name, "Global");
  EXPECT_EQ(struct_layout<Hidden>().members.size(), 1u);
}

TEST(Reflect, OptionsAreSetInTheMember) {
  const StructLayout& l = struct_layout<mine::Options>();
  ASSERT_EQ(l.members.size(), 4u);
  EXPECT_EQ(l.members[0].requiredness, Requiredness::required);
  EXPECT_EQ(l.members[1].requiredness, Requiredness::optional);
  EXPECT_EQ(l.members[1].id, -2);
  EXPECT_EQ(l.members[2].requiredness, Requiredness::required);
  EXPECT_TRUE(l.members[2].is_binary);
  EXPECT_EQ(l.members[2].json_name, "C c");
  EXPECT_EQ(l.members[3].requiredness, Requiredness::standard);
  EXPECT_FALSE(l.members[3].is_binary);
  EXPECT_EQ(l.members[3].json_name, "");
}

TEST(Reflect, AStructMayHaveNoMemberOr130) {
  EXPECT_TRUE(struct_layout<mine::Empty>().members.empty());
  const StructLayout& large = struct_layout<mine::Large>();
  ASSERT_EQ(large.members.size(), 130u);
  for (std::size_t i = 0; i < large.members.size(); ++i) {
    EXPECT_EQ(large.members[i].id, static_cast<std::int32_t>(i) + 10);
    EXPECT_EQ(large.members[i].name, "m" + std::to_string(i + 10));
    EXPECT_EQ(large.members[i].offset, i * sizeof(int));
  }
}

TEST(Reflect, RecursiveTypesReferToThemselves) {
  const StructLayout& node = struct_layout<mine::Node>();
  EXPECT_EQ(node.find(2)->layout->element->structure(), &node);
  EXPECT_EQ(node.find(3)->layout->element->structure(), &node);
  EXPECT_EQ(node.find(4)->layout->element->element->structure(), &node);
  EXPECT_EQ(node.find(5)->layout->element->structure(), &node);
  const StructLayout& ping = struct_layout<mine::Ping>();
  EXPECT_EQ(ping.find(1)->layout->element->structure()->find(1)->layout->element->structure(),
            &ping);
}

TEST(Reflect, EnumsCarryTheNamesGivenAndTheirOwn) {
  const EnumType* size = member("size").enumeration;
  ASSERT_NE(size, nullptr);
  EXPECT_EQ(size->name, "Size");
  ASSERT_EQ(size->values.size(), 2u);
  EXPECT_EQ(size->find("small")->number, 1);
  EXPECT_EQ(size->find("BIG")->number, 7);
  EXPECT_EQ(size->find(7)->name, "BIG");
  const EnumType* plain = member("plain").enumeration;
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->name, "Plain");
  EXPECT_TRUE(plain->values.empty());
}

TEST(Reflect, UnionsOfOptionalsAndVariantsAreUnions) {
  const StructLayout& pick = struct_layout<mine::Pick>();
  EXPECT_EQ(pick.flavor, StructFlavor::union_);
  EXPECT_EQ(pick.variant, nullptr);
  const StructLayout& choice = struct_layout<mine::Choice>();
  EXPECT_EQ(choice.flavor, StructFlavor::union_);
  ASSERT_NE(choice.variant, nullptr);
  EXPECT_EQ(choice.variant->form, Form::variant);
  EXPECT_EQ(choice.variant->count, 3u);
  EXPECT_EQ(choice.variant_offset, 0u);
  ASSERT_EQ(choice.members.size(), 3u);
  EXPECT_EQ(choice.members[1].id, 20);
  EXPECT_EQ(choice.members[1].alternative, 2u);
  EXPECT_EQ(choice.members[1].layout, choice.variant->alternatives[1]);
  EXPECT_EQ(choice.members[1].json_name, "zwei");
  EXPECT_EQ(choice.members[2].layout->form, Form::pointer);
  EXPECT_EQ(struct_layout<mine::Shape>().name, "Shape");
  EXPECT_EQ(struct_layout<mine::Shape>().members[0].id, 1);
}

// Strings of all lengths around the small-string bound, and after each change of an object.
template <class String>
void expect_string_words_agree() {
  const Layout& l = layout_of<String>();
  ASSERT_GE(l.data_offset, 0);
  ASSERT_TRUE(l.size_offset >= 0 || l.end_offset >= 0);
  String s;
  for (const std::size_t length : {0u, 1u, 7u, 8u, 15u, 16u, 22u, 23u, 24u, 100u, 5000u, 3u, 0u}) {
    ASSERT_TRUE(l.string->assign(&s, std::string(length, 'y').data(), length));
    EXPECT_EQ(word_at<const void*>(&s, l.data_offset), static_cast<const void*>(s.data()))
        << length;
    if (l.size_offset >= 0) {
      EXPECT_EQ(word_at<std::size_t>(&s, l.size_offset), s.size()) << length;
    }
    if (l.end_offset >= 0) {
      EXPECT_EQ(word_at<const void*>(&s, l.end_offset),
                static_cast<const void*>(s.data() + s.size()))
          << length;
    }
  }
}

TEST(Probe, FindsTheWordsOfStrings) {
  expect_string_words_agree<std::string>();
  expect_string_words_agree<std::pmr::string>();
  expect_string_words_agree<std::vector<std::uint8_t>>();
  expect_string_words_agree<std::vector<std::byte>>();
}

TEST(Probe, FindsTheWordsOfViews) {
  const std::string_view text = "hello, world";
  const Layout& view = layout_of<std::string_view>();
  ASSERT_GE(view.data_offset, 0);
  EXPECT_EQ(word_at<const char*>(&text, view.data_offset), text.data());
  EXPECT_EQ(word_at<std::size_t>(&text, view.size_offset), text.size());
  const std::int16_t numbers[] = {1, 2, 3};
  const std::span<const std::int16_t> some = numbers;
  const Layout& span = layout_of<std::span<const std::int16_t>>();
  ASSERT_GE(span.data_offset, 0);
  EXPECT_EQ(word_at<const std::int16_t*>(&some, span.data_offset), some.data());
  EXPECT_EQ(word_at<std::size_t>(&some, span.size_offset), 3u);
  EXPECT_EQ(span.stride, 2u);
}

template <class Vector>
void expect_vector_words_agree() {
  const Layout& l = layout_of<Vector>();
  ASSERT_GE(l.data_offset, 0);
  ASSERT_GE(l.end_offset, 0);
  EXPECT_EQ(l.stride, sizeof(typename Vector::value_type));
  Vector v;
  for (const std::size_t count : {0u, 1u, 10u, 3u, 100u, 0u}) {
    v.resize(count);
    EXPECT_EQ(word_at<const void*>(&v, l.data_offset), static_cast<const void*>(v.data())) << count;
    EXPECT_EQ(word_at<const void*>(&v, l.end_offset), static_cast<const void*>(v.data() + v.size()))
        << count;
  }
}

TEST(Probe, FindsTheWordsOfVectors) {
  expect_vector_words_agree<std::vector<std::int32_t>>();
  expect_vector_words_agree<std::vector<std::string>>();
  expect_vector_words_agree<std::vector<mine::Node>>();
  expect_vector_words_agree<std::pmr::vector<double>>();
}

template <class T>
void expect_flag_agrees() {
  const Layout& l = layout_of<std::optional<T>>();
  ASSERT_GE(l.flag_offset, 0);
  std::optional<T> o;
  EXPECT_EQ(word_at<std::uint8_t>(&o, l.flag_offset), 0);
  o.emplace();
  EXPECT_EQ(word_at<std::uint8_t>(&o, l.flag_offset), 1);
  EXPECT_EQ(reinterpret_cast<const char*>(&*o), reinterpret_cast<const char*>(&o) + l.value_offset);
  o.reset();
  EXPECT_EQ(word_at<std::uint8_t>(&o, l.flag_offset), 0);
}

TEST(Probe, FindsTheFlagOfOptionals) {
  expect_flag_agrees<bool>();
  expect_flag_agrees<std::int32_t>();
  expect_flag_agrees<double>();
  expect_flag_agrees<std::string>();
  expect_flag_agrees<mine::Circle>();
  expect_flag_agrees<std::unique_ptr<mine::Node>>();
}

TEST(Probe, FindsTheWordOfPointers) {
  const Layout& unique = layout_of<std::unique_ptr<mine::Circle>>();
  const Layout& shared = layout_of<std::shared_ptr<const mine::Circle>>();
  ASSERT_GE(unique.flag_offset, 0);
  ASSERT_GE(shared.flag_offset, 0);
  auto u = std::make_unique<mine::Circle>();
  std::shared_ptr<const mine::Circle> s = std::make_shared<mine::Circle>();
  EXPECT_EQ(word_at<const void*>(&u, unique.flag_offset), static_cast<const void*>(u.get()));
  EXPECT_EQ(word_at<const void*>(&s, shared.flag_offset), static_cast<const void*>(s.get()));
}

// A string and an optional whose objects do not hold the words that the probe looks for.
struct OpaqueString {
  static constexpr std::uintptr_t mask = 0x5555555555555555;
  std::uintptr_t data = mask;
  std::uintptr_t size = mask;
};
TEST(Probe, LeavesMinusOneWhereNoWordAgrees) {
  static std::string storage;
  static const StringOps ops{
      [](void* s, const char* data, std::size_t size) noexcept {
        storage.assign(data, size);
        *static_cast<OpaqueString*>(s) = {
            reinterpret_cast<std::uintptr_t>(storage.data()) ^ OpaqueString::mask,
            size ^ OpaqueString::mask};
        return true;
      },
      [](const void* s) noexcept {
        const auto& o = *static_cast<const OpaqueString*>(s);
        return ByteView{reinterpret_cast<const char*>(o.data ^ OpaqueString::mask),
                        o.size ^ OpaqueString::mask};
      }};
  Layout l = detail::start<OpaqueString>(Form::string, Kind::string).layout;
  l.string = &ops;
  detail::probe(l, detail::lifetime<OpaqueString>);
  EXPECT_EQ(l.data_offset, -1);
  EXPECT_EQ(l.size_offset, -1);
  EXPECT_EQ(l.end_offset, -1);
}

struct TwiceString {
  const char* data = nullptr;
  std::size_t size = 0;
  const char* again = nullptr;
};
TEST(Probe, LeavesMinusOneWhereTwoWordsAgree) {
  static std::string storage;
  static const StringOps ops{[](void* s, const char* data, std::size_t size) noexcept {
                               storage.assign(data, size);
                               *static_cast<TwiceString*>(s) = {storage.data(), size,
                                                                storage.data()};
                               return true;
                             },
                             [](const void* s) noexcept {
                               const auto& o = *static_cast<const TwiceString*>(s);
                               return ByteView{o.data, o.size};
                             }};
  Layout l = detail::start<TwiceString>(Form::string, Kind::string).layout;
  l.string = &ops;
  detail::probe(l, detail::lifetime<TwiceString>);
  EXPECT_EQ(l.data_offset, -1);
  EXPECT_EQ(l.size_offset, 8);
}

}  // namespace
}  // namespace wirejit::test
