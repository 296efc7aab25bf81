// thrift::print: printed IDL loads as the same schema, Apache's compiler accepts it, and a
// declaration that IDL cannot express is an error that names it. Entry: round trips over the
// corpus, the examples and generated schemas; then details.
#include "tests/support/idl_generator.h"
#include "tests/support/random_schema.h"
#include "tests/support/schema_dump.h"

#include <wirejit/thrift.h>
#include <wirejit/thrift_print.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace wirejit::test {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

Files printed(const Schema& s, const thrift::PrintOptions& options = {}) {
  Result<Files> files = thrift::print_all(s, options);
  EXPECT_TRUE(files.has_value()) << (files ? "" : files.error().to_string());
  return files ? *files : Files();
}

std::string main_path(const Schema& s) {
  const Document& d = s.documents().front();
  return d.path.empty() ? d.name + ".thrift" : d.path;
}

thrift::IdlOptions negative_ids() {
  thrift::IdlOptions options;
  options.allow_negative_ids = true;
  return options;
}

// Prints, loads, and compares in full, docs with the rest.
void round_trip(const Schema& s, const Dumped& what = {}) {
  const Files files = printed(s);
  if (files.empty()) {
    return;
  }
  const Result<Schema> again = thrift::load_map(files, main_path(s), {.allow_negative_ids = true});
  ASSERT_TRUE(again.has_value()) << again.error().message() << files.at(main_path(s));
  EXPECT_EQ(dump(*again, what), dump(s, what));
  EXPECT_EQ(printed(*again), files);
}

std::vector<fs::path> fixtures() {
  std::vector<fs::path> out;
  for (const char* folder :
       {"tests/corpus/idl", "tests/corpus/idl/shared", "examples", "tests/cases"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".thrift") {
        out.push_back(entry.path());
      }
    }
  }
  return out;
}

TEST(IdlPrint, FixturesComeBack) {
  EXPECT_GT(fixtures().size(), 10U);
  for (const fs::path& path : fixtures()) {
    SCOPED_TRACE(path);
    Result<Schema> s = thrift::load_file(path.string());
    ASSERT_TRUE(s.has_value()) << s.error().message();
    round_trip(*s);
  }
}

TEST(IdlPrint, GeneratedIdlComesBack) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const auto idl = test::generate_idl(seed);
    const Result<Schema> s = thrift::load_map(idl.files, idl.main);
    ASSERT_TRUE(s.has_value());
    round_trip(*s);
  }
}

TEST(IdlPrint, RandomSchemasComeBackOrAreUnsupported) {
  int same = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Schema s = random_schema(seed, {.unions = seed % 2 == 0});
    const Result<Files> files = thrift::print_all(s);
    if (!files) {
      EXPECT_EQ(files.error().code(), Errc::unsupported);
      EXPECT_NE(files.error().message().find(": IDL has no "), std::string::npos);
      continue;
    }
    SCOPED_TRACE(seed);
    const Result<Schema> again = thrift::load_map(*files, "random.thrift", negative_ids());
    ASSERT_TRUE(again.has_value()) << again.error().message();
    ASSERT_EQ(again->structs().size(), s.structs().size());
    for (std::size_t i = 0; i < s.structs().size(); ++i) {
      EXPECT_TRUE(same_shape(*again->type_of(again->structs()[i]), *s.type_of(s.structs()[i])));
    }
    // A loader drops duplicates in the default of a set.
    if (dump(*again, {.paths = false}) == dump(s, {.paths = false})) {
      ++same;
    }
    round_trip(*again);
  }
  EXPECT_GT(same, 40);
}

TEST(IdlPrint, TheOfficialCompilerAcceptsIt) {
  if (std::system("thrift --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no Thrift compiler";
  }
  std::string pattern = (fs::temp_directory_path() / "wirejit_print_XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const fs::path folder = pattern;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto idl = test::generate_idl(seed);
    const Result<Schema> s = thrift::load_map(idl.files, idl.main);
    ASSERT_TRUE(s.has_value());
    for (const auto& [name, text] : printed(*s)) {
      std::ofstream(folder / name) << text;
    }
    const std::string command = "timeout 60 thrift -nowarn -r --gen json -out '" + pattern + "' '" +
                                (folder / main_path(*s)).string() + "' >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << seed;
  }
  std::error_code ec;
  fs::remove_all(folder, ec);
}

TEST(IdlPrint, LooksLikeIdl) {
  const Result<Schema> s = thrift::load_text(R"(
namespace cpp a.b (x = "y")
/** A colour.
  * Or two. */
enum Color { RED = 1 (z), BLUE }
typedef list<string> (t = "x") Names
struct S {
  1: required Names names (k = "v\n\"q\"")
  2: optional map<i32, Color> m = {1: Color.BLUE}
  i64 implicit
  3: double d = 1
}
service V extends W { string get(1: i32 id) throws (1: E e), oneway void put() }
service W {}
exception E {}
)",
                                             {.text_name = "a.thrift"});
  ASSERT_TRUE(s.has_value()) << s.error().message();
  const Result<std::string> text = thrift::print(*s, s->documents().front());
  ASSERT_TRUE(text.has_value()) << text.error().to_string();
  EXPECT_EQ(*text, R"(namespace cpp a.b (x = "y")

/**
 * A colour.
 * Or two.
 */
enum Color {
  RED = 1 (z = "1")
  BLUE = 2
}

typedef list<string> (t = "x") Names

struct S {
  1: required Names names (k = "v\n\"q\""),
  2: optional map<i32, Color> m = {1: Color.BLUE},
  i64 implicit,
  3: double d = 1.0,
}

service V extends W {
  string get(
    1: i32 id
  ) throws (
    1: E e
  )
  oneway void put()
}

service W {
}

exception E {
}
)");
}

TEST(IdlPrint, StreamingModesAreAnnotations) {
  const Schema s = thrift::load_text(R"(service S {
      void a(1: i32 x) (streaming.mode = "client"),
      void b(1: i32 x) (streaming.mode = "bidirectional"),
      void c() (streaming.mode = "server"),
    })")
                       .value();  // c streams nothing: it has no argument
  const std::string text = thrift::print(s, s.documents().front()).value();
  const Schema again = thrift::load_text(text).value();
  std::string modes;
  for (const Method& m : (*again.find_service("S"))->methods) {
    modes += std::string(to_string(m.streaming())) + " ";
  }
  EXPECT_EQ(modes, "client bidirectional unary ");
}

std::string rejected(SchemaBuilder& b) {
  const Result<Schema> s = b.build();
  if (!s) {
    return s.error().to_string();
  }
  const Result<std::string> text = thrift::print(*s, s->documents().front());
  if (text) {
    return *text;
  }
  EXPECT_EQ(text.error().code(), Errc::unsupported);
  return text.error().message();
}
// A struct with one field.
std::string rejected(Kind kind, Wire wire, const std::string& name, void (*change)(Field&)) {
  SchemaBuilder b;
  b.add_document("d");
  Field& f = b.add_struct("S").fields.emplace_back();
  f.id = 1;
  f.name = name;
  f.type = b.base(kind, wire);
  if (change) {
    change(f);
  }
  return rejected(b);
}

TEST(IdlPrint, NamesWhatIdlCannotExpress) {
  EXPECT_EQ(rejected(Kind::u32, Wire::standard, "f", nullptr), "d.S.f: IDL has no type u32");
  EXPECT_EQ(rejected(Kind::float32, Wire::standard, "f", nullptr), "d.S.f: IDL has no type float");
  EXPECT_EQ(rejected(Kind::i32, Wire::zigzag, "f", nullptr),
            "d.S.f: IDL has no choice of an encoding");
  EXPECT_EQ(rejected(Kind::i32, Wire::standard, "a.b", nullptr), "d.S.a.b: IDL has no such name");
  EXPECT_EQ(rejected(Kind::i32, Wire::standard, "f", [](Field& f) { f.id = 70000; }),
            "d.S.f: IDL has no ids beyond 16 bits");
  EXPECT_EQ(rejected(Kind::i32, Wire::standard, "f", [](Field& f) { f.extension = true; }),
            "d.S.f: IDL has no extensions");
  EXPECT_EQ(rejected(Kind::float64, Wire::standard, "f",
                     [](Field& f) { f.default_value = ConstValue{HUGE_VAL}; }),
            "d.S.f: IDL has no number that is not finite");
  SchemaBuilder oneof;
  oneof.add_document("d");
  oneof.add_struct("S").oneofs = {{.name = "o"}};
  EXPECT_EQ(rejected(oneof), "d.S: IDL has no oneofs");
  SchemaBuilder closed;
  closed.add_document("d");
  closed.add_enum("E").closed = true;
  EXPECT_EQ(rejected(closed), "d.E: IDL has no closed enums");
  SchemaBuilder nested;
  nested.add_document("d");
  nested.add_struct("A.B");
  EXPECT_EQ(rejected(nested), "d.A.B: IDL has no such name");
}

TEST(IdlPrint, AddsJsonNamesThatNoAnnotationGives) {
  const std::string text =
      rejected(Kind::i32, Wire::standard, "f", [](Field& f) { f.json_name = "x"; });
  EXPECT_NE(text.find("1: i32 f (json.name = \"x\")"), std::string::npos) << text;
}

TEST(IdlPrint, HasLimits) {
  SchemaBuilder b;
  b.add_document("d");
  StructType& s = b.add_struct("S");
  // Each type doubles the one before: 2^10 parts, printed for each field.
  const Type* t = b.base(Kind::i32);
  for (int i = 0; i < 10; ++i) {
    t = b.map_of(t, t);
  }
  for (int i = 0; i < 1000; ++i) {
    Field& f = s.fields.emplace_back();
    f.id = i + 1;
    f.name = "f" + std::to_string(i);
    f.type = t;
    f.default_value = ConstValue{ConstValue::Map{}};
  }
  const Result<Schema> built = b.build();
  ASSERT_TRUE(built.has_value());
  const Document& d = built->documents().front();
  const Result<std::string> text = thrift::print(*built, d, {.max_bytes = 100000});
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code(), Errc::size_limit);
  EXPECT_EQ(thrift::print(Schema(), d).error().code(), Errc::not_found);
}

}  // namespace
}  // namespace wirejit::test
