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

std::string json_name_of(const Annotations& annotations) {
  if (const std::string* name = find_annotation(annotations, "json.name")) {
    return *name;
  }
  const std::string* tag = find_annotation(annotations, "go.tag");
  if (!tag) {
    return {};
  }
  // The tag is json:"name,omitempty" among other keys; its quotes may be escaped.
  std::string_view rest = *tag;
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

}  // namespace wirejit::thrift
