// Our reading of IDL against that of Apache's compiler, through its JSON output: ids, types,
// requiredness, defaults, constants and annotations must be equal for all that it accepts. Entry:
// one test for the corpus (tests/corpus/idl/*.thrift), one for generated IDL. Skipped without the
// compiler.
#include "tests/support/idl_generator.h"

#include <wirejit/thrift.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace wirejit::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool have_compiler() { return std::system("thrift --version >/dev/null 2>&1") == 0; }

// A directory that is removed with its owner.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (fs::temp_directory_path() / "wirejit_idl_XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) {
      path_ = pattern;
    }
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ec;
    if (!path_.empty()) {
      fs::remove_all(path_, ec);
    }
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The compiler's output for a file and the files that it includes, by stem.
std::map<std::string, json> compile(const fs::path& file, const fs::path& out, std::string* log) {
  const std::string command = "timeout 60 thrift -nowarn -r --gen json -out '" + out.string() +
                              "' '" + file.string() + "' >'" + (out / "log").string() + "' 2>&1";
  std::map<std::string, json> result;
  if (std::system(command.c_str()) != 0) {
    *log = read_text(out / "log");
    return result;
  }
  for (const auto& entry : fs::directory_iterator(out)) {
    if (entry.path().extension() == ".json") {
      result[entry.path().stem()] = json::parse(read_text(entry.path()));
    }
  }
  return result;
}

class Comparison {
 public:
  explicit Comparison(const Document& document) : document_(document) {}

  void run(const json& theirs) {
    EXPECT_EQ(theirs["name"], document_.name);
    std::map<std::string, std::string> namespaces(document_.namespaces.begin(),
                                                  document_.namespaces.end());
    EXPECT_EQ(theirs["namespaces"], json(namespaces));
    each(theirs["enums"], document_.enums,
         [&](const json& t, const EnumType& o) { enumeration(t, o); });
    each(theirs["typedefs"], document_.typedefs, [&](const json& t, const Typedef& o) {
      EXPECT_EQ(t["typeId"], type_id(*o.type));
      type_object(t, "type", *o.type);
      common(t, o);
    });
    each(theirs["structs"], document_.structs, [&](const json& t, const StructType& o) {
      EXPECT_EQ(t["isUnion"], o.flavor == StructFlavor::union_);
      EXPECT_EQ(t["isException"], o.flavor == StructFlavor::exception);
      common(t, o);
      fields(t["fields"], o.fields, true);
    });
    each(theirs["constants"], document_.constants, [&](const json& t, const Constant& o) {
      EXPECT_EQ(t["typeId"], type_id(*o.type));
      value(t["value"], o.value, *o.type);
    });
    each(theirs["services"], document_.services,
         [&](const json& t, const Service& o) { service(t, o); });
  }

  int checks = 0;

 private:
  template <class T, class F>
  void each(const json& theirs, const std::vector<const T*>& ours, F f) {
    ASSERT_EQ(theirs.size(), ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      SCOPED_TRACE(ours[i]->full_name);
      EXPECT_EQ(theirs[i]["name"], ours[i]->name);
      f(theirs[i], *ours[i]);
    }
  }

  // Annotations (the last value of a name counts there) and documentation.
  template <class T>
  void common(const json& theirs, const T& ours) {
    annotations(theirs, ours.annotations);
    EXPECT_EQ(theirs.value("doc", ""), ours.doc);
    ++checks;
  }
  void annotations(const json& theirs, const Annotations& ours) {
    json expected = json::object();
    for (const Annotation& a : ours) {
      expected[a.name] = a.value;
    }
    EXPECT_EQ(theirs.value("annotations", json::object()), expected);
  }

  void enumeration(const json& theirs, const EnumType& ours) {
    common(theirs, ours);
    ASSERT_EQ(theirs["members"].size(), ours.values.size());
    for (std::size_t i = 0; i < ours.values.size(); ++i) {
      EXPECT_EQ(theirs["members"][i]["name"], ours.values[i].name);
      EXPECT_EQ(theirs["members"][i]["value"], ours.values[i].number);
      EXPECT_EQ(theirs["members"][i].value("doc", ""), ours.values[i].doc);
    }
  }

  static std::string type_id(const Type& t) {
    switch (t.kind) {
      case Kind::enumeration: return "i32";
      case Kind::structure: return std::string(to_string(t.structure->flavor));
      default: return std::string(to_string(t.kind));
    }
  }
  [[nodiscard]] std::string class_of(const StructType& s) const {
    return s.full_name == document_.name + "." + s.name ? s.name : s.full_name;
  }

  void type_object(const json& theirs, const char* key, const Type& t) {
    const bool simple = t.kind < Kind::structure;
    ASSERT_EQ(theirs.contains(key), !simple);
    if (simple) {
      return;
    }
    const json& o = theirs[key];
    EXPECT_EQ(o["typeId"], type_id(t));
    switch (t.kind) {
      case Kind::structure: EXPECT_EQ(o["class"], class_of(*t.structure)); return;
      case Kind::map:
        EXPECT_EQ(o["keyTypeId"], type_id(*t.key));
        EXPECT_EQ(o["valueTypeId"], type_id(*t.value));
        type_object(o, "keyType", *t.key);
        type_object(o, "valueType", *t.value);
        break;
      default:
        EXPECT_EQ(o["elemTypeId"], type_id(*t.element));
        type_object(o, "elemType", *t.element);
    }
    annotations(o, t.annotations);
  }

  void fields(const json& theirs, const std::vector<Field>& ours, bool requiredness,
              std::size_t skip = 0) {
    ASSERT_EQ(theirs.size() + skip, ours.size());
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const Field& f = ours[i + skip];
      const json& t = theirs[i];
      SCOPED_TRACE(f.name);
      EXPECT_EQ(t["name"], f.name);
      EXPECT_EQ(t["key"], f.id);
      EXPECT_EQ(t["typeId"], type_id(*f.type));
      type_object(t, "type", *f.type);
      common(t, f);
      if (requiredness) {
        const std::string ours_required(to_string(f.requiredness));
        EXPECT_EQ(t["required"], ours_required == "default" ? "req_out" : ours_required);
      }
      ASSERT_EQ(t.contains("default"), f.default_value.has_value());
      if (f.default_value) {
        value(t["default"], *f.default_value, *f.type);
      }
    }
  }

  static std::string key_text(const ConstValue& v) {
    if (const auto* s = std::get_if<std::string>(&v.value)) {
      return *s;
    }
    if (const auto* i = std::get_if<std::int64_t>(&v.value)) {
      return std::to_string(*i);
    }
    if (const auto* b = std::get_if<bool>(&v.value)) {
      return *b ? "1" : "0";
    }
    std::ostringstream out;
    out.precision(15);
    out << std::get<double>(v.value);
    return out.str();
  }

  void value(const json& theirs, const ConstValue& ours, const Type& t) {
    ++checks;
    switch (t.kind) {
      case Kind::boolean:
        EXPECT_EQ(theirs.get<std::int64_t>() != 0, std::get<bool>(ours.value));
        break;
      case Kind::float64: {
        const double d = std::get<double>(ours.value);
        EXPECT_NEAR(theirs.get<double>(), d, std::abs(d) * 1e-14);
        break;
      }
      case Kind::string:
      case Kind::binary: EXPECT_EQ(theirs, std::get<std::string>(ours.value)); break;
      case Kind::list:
      case Kind::set: list(theirs, std::get<ConstValue::List>(ours.value), t); break;
      case Kind::map:
      case Kind::structure: map(theirs, std::get<ConstValue::Map>(ours.value), t); break;
      default: EXPECT_EQ(theirs.get<std::int64_t>(), std::get<std::int64_t>(ours.value));
    }
  }

  // The compiler keeps duplicates in sets; we do not, nor in sets of sets.
  static json without_duplicates(const json& v, const Type& t) {
    if ((t.kind != Kind::list && t.kind != Kind::set) || !v.is_array()) {
      return v;
    }
    json once = json::array();
    for (const json& item : v) {
      json element = without_duplicates(item, *t.element);
      const bool known = std::find(once.begin(), once.end(), element) != once.end();
      if (t.kind == Kind::list || !known) {
        once.push_back(std::move(element));
      }
    }
    return once;
  }

  void list(const json& theirs, const ConstValue::List& ours, const Type& t) {
    const json once = without_duplicates(theirs, t);
    ASSERT_EQ(once.size(), ours.size());
    std::size_t i = 0;
    for (const json& element : once) {
      value(element, ours[i++], *t.element);
    }
  }

  void map(const json& theirs, const ConstValue::Map& ours, const Type& t) {
    ASSERT_EQ(theirs.size(), ours.size());
    for (const auto& [k, v] : ours) {
      const std::string key = key_text(k);
      SCOPED_TRACE(key);
      ASSERT_TRUE(theirs.contains(key));
      const Type* type =
          t.kind == Kind::map ? t.value : t.structure->find(std::string_view(key))->type;
      value(theirs[key], v, *type);
    }
  }

  void service(const json& theirs, const Service& ours) {
    common(theirs, ours);
    const std::string base = theirs.value("extends", "");
    const std::string our_base = !ours.extends ? "" : ours.extends->full_name;
    EXPECT_TRUE(our_base == base || our_base == document_.name + "." + base)
        << base << " against " << our_base;
    ASSERT_EQ(theirs["functions"].size(), ours.methods.size());
    for (std::size_t i = 0; i < ours.methods.size(); ++i) {
      const json& t = theirs["functions"][i];
      const Method& m = ours.methods[i];
      SCOPED_TRACE(m.name);
      EXPECT_EQ(t["name"], m.name);
      EXPECT_EQ(t["returnTypeId"], type_id(*m.result));
      if (m.result->kind != Kind::void_) {
        type_object(t, "returnType", *m.result);
      }
      EXPECT_EQ(t["oneway"], m.oneway);
      common(t, m);
      fields(t["arguments"], m.args->fields, true);
      if (m.oneway) {
        continue;
      }
      fields(t["exceptions"], m.reply->fields, false, m.result->kind == Kind::void_ ? 0 : 1);
    }
  }

  const Document& document_;
};

// Compares one main file with all it includes; returns the number of comparisons.
int compare_file(const fs::path& file, const TempDir& work) {
  const fs::path out = work.path() / ("out_" + file.stem().string());
  fs::create_directories(out);
  std::string log;
  const auto theirs = compile(file, out, &log);
  EXPECT_FALSE(theirs.empty()) << "the compiler rejects " << file << ":\n" << log;
  const auto ours = thrift::load_file(file.string());
  EXPECT_TRUE(ours.has_value()) << (ours ? "" : ours.error().message());
  if (theirs.empty() || !ours) {
    return 0;
  }
  int checks = 0;
  for (const Document& d : ours->documents()) {
    SCOPED_TRACE(d.path);
    EXPECT_TRUE(theirs.contains(d.name));
    if (!theirs.contains(d.name)) {
      continue;
    }
    Comparison comparison(d);
    comparison.run(theirs.at(d.name));
    checks += comparison.checks;
  }
  return checks;
}

TEST(IdlDifferential, CorpusIsReadAsByTheOfficialCompiler) {
  if (!have_compiler()) {
    GTEST_SKIP() << "no thrift compiler";
  }
  const TempDir work;
  int files = 0;
  for (const auto& entry : fs::directory_iterator("tests/corpus/idl")) {
    if (entry.path().extension() != ".thrift") {
      continue;
    }
    SCOPED_TRACE(entry.path().string());
    EXPECT_GT(compare_file(entry.path(), work), 0);
    ++files;
  }
  EXPECT_GE(files, 5);
}

TEST(IdlDifferential, GeneratedIdlIsReadAsByTheOfficialCompiler) {
  if (!have_compiler()) {
    GTEST_SKIP() << "no thrift compiler";
  }
  int checks = 0;
  for (std::uint64_t seed = 1; seed <= 20 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TempDir work;
    const test::GeneratedIdl idl = test::generate_idl(seed);
    for (const auto& [name, text] : idl.files) {
      std::ofstream(work.path() / name, std::ios::binary) << text;
    }
    checks += compare_file(work.path() / idl.main, work);
    if (const char* keep = std::getenv("WIREJIT_KEEP_IDL"); keep && ::testing::Test::HasFailure()) {
      fs::copy(work.path(), keep,
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
  }
  EXPECT_GT(checks, 5000);
}

}  // namespace
}  // namespace wirejit::test
