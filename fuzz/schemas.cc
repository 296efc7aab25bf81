// The schemas: each root makes the compiler emit another kind of Program.
#include "fuzz/schemas.h"

#include "fuzz/objects.h"
#include "tests/support/case_schema.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

namespace wirejit::fuzz {

namespace {

constexpr const char* idl = R"(
enum Color { red = 1, green = 2, blue = -7, also_red = 1 }
enum Dense { a, b, c, d }
struct Empty {}
struct Small { 1: bool a, 2: i8 b, 3: i16 c, 4: i32 d, 5: i64 e, 6: double f, 7: string g, 8: binary h, 9: Color i, 10: uuid j }
struct Point { 1: i32 x, 2: i32 y }
struct Strict {
  1: required i32 id, 2: required string name, 3: i32 count = 5, 4: optional double price, 5: string text = "none",
  6: required Point at, 7: optional list<i32> numbers = [1, 2], 8: map<string, i32> counts = {"a": 1}, 9: Color color = Color.blue
}
struct Nested {
  1: string title, 2: list<Small> smalls, 3: Point at, 4: list<list<i32>> rows, 5: map<string, list<Point>> by_name,
  6: optional Strict strict, 7: set<string> names, 8: list<map<i32, string>> maps, 9: optional Choice choice
}
struct Node { 1: i32 value, 2: optional Node next, 3: list<Node> children, 4: map<string, Node> named, 5: optional Choice choice }
union Choice { 1: i32 number, 2: string word, 3: Point at, 4: list<Choice> many, 5: Node node, 6: bool flag }
struct Lists {
  1: list<bool> bools, 2: list<i8> bytes, 3: list<i16> shorts, 4: list<i32> ints, 5: list<i64> longs, 6: list<double> reals,
  7: list<string> texts, 8: list<binary> blobs, 9: list<uuid> uuids, 10: list<Color> colors, 11: list<Point> points,
  12: set<i32> ids, 13: set<string> words, 14: set<double> measures, 15: set<Point> places, 16: list<Dense> dense
}
struct Maps {
  1: map<bool, i32> a, 2: map<i8, i64> b, 3: map<i16, string> c, 4: map<i32, bool> d, 5: map<i64, double> e,
  6: map<double, i32> f, 7: map<string, string> g, 8: map<binary, i32> h, 9: map<uuid, uuid> i, 10: map<Color, i32> j,
  11: map<Point, string> k, 12: map<list<i32>, i32> l, 13: map<map<string, i32>, Choice> m, 14: map<set<i8>, Point> n
}
struct Sparse {
  32767: optional i32 a, -32768: optional string b, 5: optional i64 c, 300: optional bool d, 4: optional list<i16> e,
  1000: optional Point f, -1: optional double g, 12: optional binary h
}
struct Named_ {
  1: i32 a (json.name = "A"), 2: i32 ab (json.name = "quote\"d \\"), 3: i32 abc, 4: i32 b1, 5: i32 b2, 6: i32 b3,
  7: string long_name_number_seventeen_of_many_fields, 8: string long_name_number_seventeen_of_many_fieldz, 9: i32 x = 3
}
union Deep { 1: list<Deep> many, 2: map<i32, Deep> by_number, 3: Empty empty, 4: double x }
)";

Schema load() {
  Result<Schema> schema = thrift::load_text(idl, {.allow_negative_ids = true});
  if (!schema) {
    std::fprintf(stderr, "%s\n", schema.error().to_string().c_str());
    std::abort();
  }
  return *schema;
}

template <class T>
NamedSchema of_objects(const char* root) {
  Result<Schema> schema = schema_of<T>();
  if (!schema) {
    std::fprintf(stderr, "%s\n", schema.error().to_string().c_str());
    std::abort();
  }
  return {*schema, root};
}

// Types of tests/cases.
void add_cases(std::vector<NamedSchema>& to, const char* file,
               std::initializer_list<const char*> roots) {
  Result<Schema> schema = test::load_case_schema(file);
  if (!schema) {
    std::fprintf(stderr, "%s\n", schema.error().to_string().c_str());
    std::abort();
  }
  for (const char* root : roots) {
    to.push_back({*schema, root});
  }
}

}  // namespace

const std::vector<NamedSchema>& schemas() {
  static const std::vector<NamedSchema> all = [] {
    const Schema s = load();
    std::vector<NamedSchema> list{
        {s, "Empty"},
        {s, "Small"},
        {s, "Strict"},
        {s, "Nested"},
        {s, "Node"},
        {s, "Choice"},
        {s, "Lists"},
        {s, "Maps"},
        {s, "Sparse"},
        {s, "Named_"},
        {s, "Deep"},
        of_objects<FlatObject>("FlatObject"),
        of_objects<TreeObject>("TreeObject"),
    };
    add_cases(list, "small.thrift", {"Line", "Shape", "Node", "Kinds"});
    add_cases(list, "scalars.thrift", {"Scalars", "Flags", "Identified"});
    add_cases(list, "containers.thrift", {"Lists", "Sets", "Maps", "Nested"});
    add_cases(list, "structs.thrift",
              {"Tree", "Choices", "Required", "Defaults", "Numbers", "Implicit"});
    add_cases(list, "wide.thrift", {"Wide", "Strict"});
    add_cases(list, "traffic.thrift", {"Order", "Batch", "Metrics"});
    return list;
  }();
  return all;
}

Subject& subject(std::size_t schema, const std::vector<Setup>& setups, std::size_t setup) {
  static std::map<std::pair<std::size_t, const Setup*>, std::unique_ptr<Subject>> subjects;
  schema %= schemas().size();
  const Setup& chosen = setups[setup % setups.size()];
  std::unique_ptr<Subject>& found = subjects[{schema, &chosen}];
  if (found == nullptr) {
    found = std::make_unique<Subject>(schemas()[schema].schema, schemas()[schema].root, chosen,
                                      thrift_formats(chosen));
  }
  return *found;
}

}  // namespace wirejit::fuzz
