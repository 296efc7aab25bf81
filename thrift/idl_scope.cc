// Look-up of names in a file and the files it includes, and JSON names from annotations.
// Entry: Unit::find, Unit::find_constant. Invariant: each look-up is logarithmic in the names of a
// file.
#include "thrift/idl_resolve.h"

namespace wirejit::thrift {
namespace {

// Calls `in(unit, bare name)` for the unit itself, or for the included units that the name's prefix
// names, and returns the first declaration that is found.
template <class Find>
auto look_up(const Unit& unit, std::string_view name, Find in) -> decltype(in(unit, name)) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return in(unit, name);
  }
  const auto [from, to] = unit.includes.equal_range(name.substr(0, dot));
  // Few included files share a stem. The limit bounds the work for a file that includes thousands
  // of them.
  int tries = 16;
  for (auto it = from; it != to && tries > 0; ++it, --tries) {
    if (auto found = in(*it->second, name.substr(dot + 1))) {
      return found;
    }
  }
  return nullptr;
}

}  // namespace

const Decl* Unit::find(std::string_view name) const {
  return look_up(*this, name, [](const Unit& unit, std::string_view bare) -> const Decl* {
    const auto it = unit.names.find(bare);
    return it == unit.names.end() ? nullptr : &it->second;
  });
}

ConstDecl* Unit::find_constant(std::string_view name) const {
  return look_up(*this, name, [](const Unit& unit, std::string_view bare) -> ConstDecl* {
    const auto it = unit.constants.find(bare);
    return it == unit.constants.end() ? nullptr : it->second;
  });
}

namespace {

// The name in a tag such as json:"name,omitempty" among other keys; its quotes may be escaped.
// Empty if there is none.
std::string name_in_tag(std::string_view rest) {
  for (std::size_t at = rest.find("json:"); at != std::string_view::npos; at = rest.find("json:")) {
    const bool key = at == 0 || rest[at - 1] == ' ' || rest[at - 1] == '`';
    rest.remove_prefix(at + 5);
    if (!key) {
      continue;
    }
    if (rest.starts_with('\\')) {
      rest.remove_prefix(1);
    }
    if (!rest.starts_with('"')) {
      return {};
    }
    rest.remove_prefix(1);
    const std::string_view name = rest.substr(0, rest.find_first_of("\",\\"));
    return name == "-" ? std::string() : std::string(name);
  }
  return {};
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c | 0x20) : c; }
char upper(char c) { return is_lower(c) ? static_cast<char>(c & ~0x20) : c; }

// Whether a word begins at `i`: userID is user, ID; HTTPServer is HTTP, Server.
bool begins_word(std::string_view name, std::size_t i) {
  if (i == 0 || !is_upper(name[i]) || name[i - 1] == '_') {
    return false;
  }
  return !is_upper(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1]));
}

}  // namespace

NameCase name_case_of(const Annotations& annotations, NameCase outer) {
  NameCase result = outer;
  for (const Annotation& a : annotations) {
    const std::string_view name = a.name;
    const std::size_t dot = name.find('.');
    const std::string_view scope = name.substr(0, dot);
    const std::string_view rule =
        dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
    const bool is_rule = rule == "to_snake" || rule == "to_lower_camel_case";
    if ((scope != "agw" && scope != "janus") || !is_rule) {
      continue;
    }
    result = a.value == "false"   ? NameCase::unchanged
             : rule == "to_snake" ? NameCase::snake
                                  : NameCase::lower_camel;
  }
  return result;
}

std::string in_case(std::string_view name, NameCase name_case) {
  if (name_case == NameCase::unchanged) {
    return std::string(name);
  }
  const bool is_snake = name_case == NameCase::snake;
  std::string result;
  bool capital = false;  // of the camel's next word
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins = begins_word(name, i);
    if (is_snake) {
      result += begins ? "_" : "";
      result += lower(name[i]);
    } else if (name[i] == '_' && !result.empty()) {
      capital = true;
    } else {
      result += capital || begins ? upper(name[i]) : lower(name[i]);
      capital = false;
    }
  }
  return result;
}

std::string json_name_of(const Annotations& annotations) {
  if (const std::string* name = find_annotation(annotations, "json.name")) {
    return *name;
  }
  std::string last;
  for (const Annotation& a : annotations) {
    const bool is_key = a.name == "api.key" || a.name == "agw.key";
    if (!is_key && a.name != "go.tag") {
      continue;
    }
    if (std::string name = is_key ? a.value : name_in_tag(a.value); !name.empty()) {
      last = std::move(name);
    }
  }
  return last;
}

}  // namespace wirejit::thrift
