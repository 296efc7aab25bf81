// The generator of random IDL: declares types, then writes values of them.
// Entry: generate_idl. Invariant: no expression draws two random numbers, as their order would be
// the compiler's choice. Apache's compiler 0.17 accepts the output: values refer to earlier
// declarations only, enum members are qualified, and no value of a typedef's type holds a name.
#include "tests/support/idl_generator.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

struct GenType;

struct GenField {
  std::string name;
  const GenType* type = nullptr;
};

struct GenStruct {
  std::string name;  // as seen from the file being written
  bool is_union = false;
  bool complete = false;  // its fields are known: values of it can be written
  std::vector<GenField> fields;
};

struct GenEnum {
  std::string name;
  std::vector<std::string> members;
};

struct GenType {
  enum class Form { base, enumeration, structure, list, set, map, alias };
  Form form = Form::base;
  std::string base{};
  const GenEnum* enumeration = nullptr;
  const GenStruct* structure = nullptr;
  const GenType* first = nullptr;
  const GenType* second = nullptr;
  std::string alias{};
};

class Generator {
 public:
  Generator(std::uint64_t seed, const IdlShape& shape) : random_(seed), shape_(shape) {}

  GeneratedIdl run() {
    GeneratedIdl out;
    std::vector<std::string> includes;
    for (int i = 0; i < shape_.includes; ++i) {
      prefix_ = "inc" + std::to_string(i);
      out.files[prefix_ + ".thrift"] = file({});
      includes.push_back(prefix_);
      export_names(prefix_);
    }
    prefix_ = "main";
    out.main = "main.thrift";
    out.files[out.main] = file(includes);
    return out;
  }

 private:
  // ---- Chance ----

  // std::uniform_int_distribution differs between libraries; a remainder does not.
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }
  std::string number() { return std::to_string(next_++); }

  // ---- Text ----

  void put(std::string_view s) { text_ += s; }
  void space() {
    static const std::vector<std::string> spaces = {
        " ", " ", " ", "  ", "\t", "\n  ", " /* c */ ", " // c\n  ", " # c\n "};
    put(pick(spaces));
  }
  void separator() {
    static const std::vector<std::string> separators = {",", ";", "", " ,", "\n  ;"};
    put(pick(separators));
    put("\n");
  }
  std::string literal() {
    static const std::vector<std::string> texts = {"",
                                                   "plain",
                                                   "with space",
                                                   "it\\'s",
                                                   "\\\"quoted\\\"",
                                                   "tab\\tnew\\nline",
                                                   "back\\\\slash",
                                                   "gr\xC3\xBC\xC3\x9F",
                                                   "a/b",
                                                   "{x:1}",
                                                   "# no comment",
                                                   "/* nor this */"};
    const char* quote = chance(50) ? "\"" : "'";
    return quote + pick(texts) + quote;
  }
  void doc(std::string_view about) {
    if (!chance(20)) {
      return;
    }
    const std::string line(about);
    switch (below(3)) {
      case 0: put("/** " + line + " */\n"); break;
      case 1: put("/**\n * " + line + "\n *  second line\n */\n"); break;
      default: put("/** " + line + "\n  * more\n  */\n");
    }
  }
  void annotations() {
    if (!shape_.annotations || !chance(15)) {
      return;
    }
    put(" (");
    for (int n = 1 + below(3); n > 0; --n) {
      static const std::vector<std::string> names = {"a",        "b.c", "go.tag",
                                                     "cpp.type", "_x1", "deprecated"};
      put(pick(names));
      if (chance(80)) {
        put(chance(50) ? "=" : " = ");
        put(literal());
      }
      static const std::vector<std::string> ends = {",", ";", " "};
      put(pick(ends));
      put(" ");
    }
    put(")");
  }

  // ---- Types ----

  const GenType* keep(GenType t) {
    types_.push_back(std::make_unique<GenType>(std::move(t)));
    return types_.back().get();
  }

  const GenType* type(int depth) {
    const int roll = below(depth > 2 ? 70 : 100);
    if (roll < 45) {
      return base();
    }
    if (roll < 52 && !enums_.empty()) {
      return keep({.form = GenType::Form::enumeration, .enumeration = pick(enums_)});
    }
    if (roll < 62 && !structs_.empty()) {
      return keep({.form = GenType::Form::structure, .structure = pick(structs_)});
    }
    if (roll < 70 && !aliases_.empty()) {
      return pick(aliases_);
    }
    if (roll < 80) {
      return keep({.form = GenType::Form::list, .first = type(depth + 1)});
    }
    if (roll < 87) {
      return keep({.form = GenType::Form::set, .first = type(depth + 1)});
    }
    if (roll < 97) {
      return keep({.form = GenType::Form::map, .first = key(), .second = type(depth + 1)});
    }
    return base();
  }
  const GenType* base() {
    static const std::vector<std::string> names = {"bool", "byte",   "i8",     "i16",   "i32",
                                                   "i64",  "double", "string", "binary"};
    return keep({.base = pick(names)});
  }
  const GenType* key() {
    if (chance(20) && !enums_.empty()) {
      return keep({.form = GenType::Form::enumeration, .enumeration = pick(enums_)});
    }
    static const std::vector<std::string> names = {"i16", "i32", "i64", "string", "double"};
    return keep({.base = pick(names)});
  }

  std::string spell(const GenType& t) {
    const auto container_notes = [&]() -> std::string {
      return shape_.annotations && chance(8) ? " (note = " + literal() + ")" : "";
    };
    switch (t.form) {
      case GenType::Form::base:
        return t.base + (shape_.annotations && chance(3) ? " (unit = 'ms')" : "");
      case GenType::Form::enumeration: return t.enumeration->name;
      case GenType::Form::structure: return t.structure->name;
      case GenType::Form::alias: return t.alias;
      case GenType::Form::list: {
        const std::string element = spell(*t.first);
        return "list<" + element + ">" + container_notes();
      }
      case GenType::Form::set: {
        const std::string element = spell(*t.first);
        return "set < " + element + " >" + container_notes();
      }
      case GenType::Form::map: {
        const std::string key_text = spell(*t.first);
        const std::string value_text = spell(*t.second);
        return "map<" + key_text + ", " + value_text + ">" + container_notes();
      }
    }
    return {};
  }

  // ---- Values ----

  std::string integer(std::int64_t low, std::int64_t high) {
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    const std::uint64_t raw = span + 1 == 0 ? random_() : random_() % (span + 1);
    const auto v = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + raw);
    static constexpr char digits[] = "0123456789abcdef";
    if (v > 0 && chance(20)) {
      std::string hex;
      for (auto u = static_cast<std::uint64_t>(v); u != 0; u >>= 4) {
        hex.insert(hex.begin(), digits[u & 15]);
      }
      return "0x" + hex;
    }
    return (v >= 0 && chance(10) ? "+" : "") + std::to_string(v);
  }

  std::optional<std::string> base_value(const std::string& t) {
    if (t == "bool") {
      return std::vector<std::string>{"true", "false", "1",
                                      "0"}[static_cast<std::size_t>(below(4))];
    }
    if (t == "byte" || t == "i8") {
      return integer(-128, 127);
    }
    if (t == "i16") {
      return integer(-32768, 32767);
    }
    if (t == "i32") {
      return integer(INT32_MIN, INT32_MAX);
    }
    if (t == "i64") {
      return integer(INT64_MIN, INT64_MAX);
    }
    if (t == "string" || t == "binary") {
      return literal();
    }
    static const std::vector<std::string> reals = {"0.5", ".25",         "1e3", "-2.5E-3",
                                                   "7",   "1234567.875", "0"};
    return pick(reals);
  }

  // Returns nothing if the type has no value that can be written. `names`: enum members may be named.
  std::optional<std::string> value(const GenType& t, bool names, int depth) {
    switch (t.form) {
      case GenType::Form::base: return base_value(t.base);
      case GenType::Form::enumeration:
        if (!names) {
          return std::nullopt;
        }
        return t.enumeration->name + "." + pick(t.enumeration->members);
      case GenType::Form::alias: return value(*t.first, false, depth);
      case GenType::Form::list:
      case GenType::Form::set: return list_value(*t.first, names, depth);
      case GenType::Form::map: return map_value(t, names, depth);
      case GenType::Form::structure: return struct_value(*t.structure, names, depth);
    }
    return std::nullopt;
  }
  std::optional<std::string> list_value(const GenType& element, bool names, int depth) {
    std::string out = "[";
    for (int n = depth > 3 ? 0 : below(4); n > 0; --n) {
      const auto v = value(element, names, depth + 1);
      if (!v) {
        return std::nullopt;
      }
      out += *v + (chance(70) ? ", " : " ; ");
    }
    return out + "]";
  }
  std::optional<std::string> map_value(const GenType& t, bool names, int depth) {
    std::string out = "{";
    // Two enum members with the same number are one key in the JSON, but two for the compiler, which
    // does not define which of them counts. So maps of enums have at most one entry.
    const int most = t.first->form == GenType::Form::enumeration ? 2 : 4;
    for (int n = depth > 3 ? 0 : below(most); n > 0; --n) {
      const auto k = value(*t.first, names, depth + 1);
      const auto v = value(*t.second, names, depth + 1);
      if (!k || !v) {
        return std::nullopt;
      }
      out += *k + (chance(50) ? ":" : " : ") + *v + ", ";
    }
    return out + "}";
  }
  std::optional<std::string> struct_value(const GenStruct& s, bool names, int depth) {
    if (!s.complete || depth > 2) {
      return std::nullopt;
    }
    std::string out = "{";
    for (const GenField& f : s.fields) {
      if (!chance(40)) {
        continue;
      }
      const auto v = value(*f.type, names, depth + 1);
      if (!v) {
        continue;
      }
      out += "\"" + f.name + "\": " + *v + ", ";
      if (s.is_union) {
        break;
      }
    }
    return out + "}";
  }

  // ---- Declarations ----

  void enumeration() {
    auto e = std::make_unique<GenEnum>();
    e->name = "Enum" + number();
    doc("about " + e->name);
    put("enum " + e->name + " {\n");
    int last = -1;  // the last number given: implicit ones after it may repeat later explicit ones
    for (int n = 1 + below(6); n > 0; --n) {
      e->members.push_back("V" + number());
      doc("about a member");
      put("  " + e->members.back());
      if (chance(40)) {
        last += 1 + below(4);
        put(" = " + (chance(20) && last < 10 ? "0x" + std::to_string(last) : std::to_string(last)));
      }
      annotations();
      separator();
    }
    put("}");
    annotations();
    put("\n");
    enums_.push_back(e.get());
    all_enums_.push_back(std::move(e));
  }

  void alias() {
    const GenType* target = type(0);
    const std::string name = "Alias" + number();
    doc("about " + name);
    put("typedef " + spell(*target) + " " + name);
    annotations();
    separator();
    aliases_.push_back(keep({.form = GenType::Form::alias, .first = target, .alias = name}));
  }

  void constant() {
    const GenType* t = type(0);
    const auto v = value(*t, true, 0);
    if (!v) {
      return;
    }
    doc("about a constant");
    put("const " + spell(*t) + " CONST" + number() + " = " + *v);
    separator();
  }

  void field(GenStruct& s, int& id, bool with_default, bool requiredness) {
    GenField f{.name = "field" + number(), .type = type(0)};
    doc("about " + f.name);
    put("  ");
    if (!shape_.implicit_ids || chance(90)) {
      id += 1 + (chance(20) ? below(300) : 0);
      put(std::to_string(id) + (chance(80) ? ": " : " :\n"));
    }
    if (requiredness && chance(40)) {
      put(chance(50) ? "required " : "optional ");
    }
    put(spell(*f.type));
    if (f.type->form == GenType::Form::structure && chance(10)) {
      put(" &");
    }
    space();
    put(f.name);
    if (with_default && shape_.defaults && chance(35)) {
      if (const auto v = value(*f.type, true, 0)) {
        put(" = " + *v);
      }
    }
    annotations();
    separator();
    s.fields.push_back(std::move(f));
  }

  // The names of all structs are known before any is written: fields may refer forward.
  void name_structs() {
    for (int i = 0; i < shape_.structs; ++i) {
      auto s = std::make_unique<GenStruct>();
      s->is_union = chance(15);
      s->name = (s->is_union ? "Union" : "Struct") + number();
      structs_.push_back(s.get());
      mine_.push_back(s.get());
      all_structs_.push_back(std::move(s));
    }
  }

  void structure(GenStruct& s) {
    doc("about " + s.name);
    put((s.is_union ? "union " : "struct ") + s.name + " {\n");
    int id = 0;
    const int defaults_of_union = s.is_union ? below(4) : -1;
    for (int i = below(shape_.fields + 1), n = 0; i > 0; --i, ++n) {
      field(s, id, !s.is_union || n == defaults_of_union, !s.is_union);
    }
    put("}");
    annotations();
    put("\n");
    s.complete = true;
  }

  void exception() {
    GenStruct s;
    s.name = "Error" + number();
    exceptions_.push_back(s.name);
    put("exception " + s.name + " {\n");
    int id = 0;
    for (int i = below(4); i > 0; --i) {
      field(s, id, true, true);
    }
    put("}\n");
  }

  void service() {
    const std::string name = "Service" + number();
    doc("about " + name);
    put("service " + name + (services_.empty() || chance(50) ? "" : " extends " + pick(services_)) +
        " {\n");
    for (int n = below(6); n > 0; --n) {
      method();
    }
    put("}");
    annotations();
    put("\n");
    services_.push_back(name);
  }

  void method() {
    doc("about a method");
    const bool oneway = chance(15);
    put(oneway ? "  oneway void " : chance(30) ? "  void " : "  " + spell(*type(0)) + " ");
    put("method" + number() + "(");
    GenStruct args;
    int id = 0;
    for (int n = below(4); n > 0; --n) {
      field(args, id, true, false);
    }
    put(")");
    if (!oneway && chance(50) && !exceptions_.empty()) {
      put(" throws (");
      for (int n = 1 + below(2); n > 0; --n) {
        put(std::to_string(n) + ": " + pick(exceptions_) + " e" + number() + ", ");
      }
      put(")");
    }
    annotations();
    separator();
  }

  std::string file(const std::vector<std::string>& includes) {
    text_.clear();
    mine_.clear();
    if (chance(30)) {
      put("\xEF\xBB\xBF");
    }
    put("namespace cpp wirejit." + prefix_ + "\nnamespace * " + prefix_ + "\n");
    for (const std::string& i : includes) {
      put("include \"" + i + ".thrift\"\n");
    }
    put("cpp_include \"<deque>\"\n\n");
    for (int i = 0; i < shape_.enums; ++i) {
      enumeration();
    }
    name_structs();
    for (int i = 0; i < shape_.typedefs; ++i) {
      alias();
    }
    for (int i = 0; i < 3; ++i) {
      exception();
    }
    for (GenStruct* s : mine_) {
      structure(*s);
      if (chance(100 * shape_.constants / std::max(1, shape_.structs))) {
        constant();
      }
    }
    for (int i = 0; i < shape_.services; ++i) {
      service();
    }
    return text_;
  }

  // From now on the declarations so far are named "prefix.Name".
  void export_names(const std::string& prefix) {
    const auto qualify = [&](std::string& name) {
      if (name.find('.') == std::string::npos) {
        name = prefix + "." + name;
      }
    };
    for (const auto& e : all_enums_) {
      qualify(e->name);
    }
    for (const auto& s : all_structs_) {
      qualify(s->name);
    }
    for (std::string& s : services_) {
      qualify(s);
    }
    for (std::string& s : exceptions_) {
      qualify(s);
    }
    // Typedefs of one file are not used by others: their names are part of shared types.
    aliases_.clear();
    // Files included by the main one do not include each other.
    if (next_file_ + 1 < shape_.includes) {
      hidden_structs_.insert(hidden_structs_.end(), structs_.begin(), structs_.end());
      hidden_enums_.insert(hidden_enums_.end(), enums_.begin(), enums_.end());
      structs_.clear();
      enums_.clear();
      hidden_services_.insert(hidden_services_.end(), services_.begin(), services_.end());
      hidden_exceptions_.insert(hidden_exceptions_.end(), exceptions_.begin(), exceptions_.end());
      services_.clear();
      exceptions_.clear();
    } else {
      structs_.insert(structs_.end(), hidden_structs_.begin(), hidden_structs_.end());
      enums_.insert(enums_.end(), hidden_enums_.begin(), hidden_enums_.end());
      services_.insert(services_.end(), hidden_services_.begin(), hidden_services_.end());
      exceptions_.insert(exceptions_.end(), hidden_exceptions_.begin(), hidden_exceptions_.end());
    }
    ++next_file_;
  }

  std::mt19937_64 random_;
  const IdlShape shape_;
  std::string prefix_;
  std::string text_;
  int next_ = 1;
  int next_file_ = 0;
  std::vector<std::unique_ptr<GenType>> types_;
  std::vector<std::unique_ptr<GenEnum>> all_enums_;
  std::vector<std::unique_ptr<GenStruct>> all_structs_;
  std::vector<GenStruct*> mine_;
  std::vector<const GenEnum*> enums_, hidden_enums_;
  std::vector<const GenStruct*> structs_, hidden_structs_;
  std::vector<const GenType*> aliases_;
  std::vector<std::string> services_, exceptions_, hidden_services_, hidden_exceptions_;
};

}  // namespace

GeneratedIdl generate_idl(std::uint64_t seed, const IdlShape& shape) {
  return Generator(seed, shape).run();
}

std::string plain_idl(int structs, int fields) {
  static constexpr std::string_view types[] = {
      "i32",  "string", "list<i32>", "map<string, i64>", "double",
      "bool", "binary", "i64",       "set<i64>",         "i16"};
  std::string out;
  for (int s = 0; s < structs; ++s) {
    out += "struct Struct" + std::to_string(s) + " {\n";
    for (int f = 0; f < fields; ++f) {
      const std::string number = std::to_string(f + 1);
      out += "  " + number + ": optional " +
             std::string(types[static_cast<std::size_t>(f) % std::size(types)]) + " field_number_" +
             number + ",\n";
    }
    out += "}\n\n";
  }
  return out;
}

}  // namespace wirejit::test
