// Names and errors of one load.
// Entry: Context. Invariant: the budget bounds the time spent on looking up relative names.
#include "pb/descriptor_context.h"

#include <algorithm>

namespace wirejit::pb::descriptors {

bool is_identifier(std::string_view name) noexcept {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::ranges::all_of(name, part);
}

std::string join(std::string_view outer, std::string_view name) {
  std::string out;
  out.reserve(outer.size() + 1 + name.size());
  out += outer;
  if (!outer.empty()) {
    out += '.';
  }
  out += name;
  return out;
}

std::string printable_name(std::string_view name) {
  constexpr std::size_t most = 200;
  std::string text = printable(name.substr(0, most));
  std::ranges::replace(text, '\n', ' ');
  return name.size() > most ? text + "..." : text;
}

bool Context::fail(std::size_t file, std::string_view name, const std::string& what, Errc code) {
  std::string message = printable_name(files[file].proto->name) + ": ";
  if (!name.empty()) {
    message += printable_name(name) + ": ";
  }
  if (!problem) {
    problem.emplace(code, message + what);
  }
  return false;
}

bool Context::fail_names(std::size_t file, std::string_view name) {
  return fail(file, name,
              "the names, options and comments of this set take more memory than allowed",
              Errc::size_limit);
}

bool Context::define(std::string_view full_name, const Symbol& symbol) {
  const auto [it, fresh] = symbols.try_emplace(full_name, symbol);
  return fresh || (it->second.package && symbol.package);
}

const Symbol* Context::find_symbol(std::string_view full_name) const {
  const auto it = symbols.find(full_name);
  return it == symbols.end() ? nullptr : &it->second;
}

const Symbol* Context::search(std::string_view scope, std::string_view name, bool& out_of_budget) {
  const std::string_view first = name.substr(0, name.find('.'));
  // Only the first part is looked up in the scopes; the other parts must be declared in the scope
  // where it was found.
  const auto find_in_scope = [&](std::string_view part) {
    candidate_.assign(scope);
    if (!scope.empty()) {
      candidate_ += '.';
    }
    candidate_ += part;
    return find_symbol(candidate_);
  };
  for (;;) {
    if (!budget.spend(scope.size() + name.size())) {
      out_of_budget = true;
      return nullptr;
    }
    if (const Symbol* s = find_in_scope(first)) {
      if (first.size() == name.size()) {
        if (s->is_type()) {
          return s;
        }
      } else if (s->has_members()) {
        return find_in_scope(name);
      }
    }
    if (scope.empty()) {
      return nullptr;
    }
    const std::size_t dot = scope.rfind('.');
    scope = scope.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
}

const Symbol* Context::find_type(std::size_t file, std::string_view scope, std::string_view name,
                                 std::string_view user) {
  bool out_of_budget = false;
  const Symbol* s =
      name.starts_with('.') ? find_symbol(name.substr(1)) : search(scope, name, out_of_budget);
  if (out_of_budget) {
    return fail_names(file, user), nullptr;
  }
  if (!s || !s->is_type()) {
    return fail(file, user, "unknown type '" + printable_name(name) + "'"), nullptr;
  }
  if (options.strict_imports && !files[file].visible.has(s->file)) {
    return fail(file, user,
                "the type " + printable_name(name) + " is declared in " +
                    printable_name(files[s->file].proto->name) + ", which is not imported"),
           nullptr;
  }
  return s;
}

bool Context::read_options(std::size_t file, std::string_view name, OptionsOf of,
                           const std::string& bytes, KnownOptions& known, Features& features) {
  if (!read_known_options(of, bytes, known)) {
    return fail(file, name, "its options are malformed, or set a feature to an unknown value");
  }
  if (files[file].syntax == Syntax::editions) {
    features = inherit(features, known.features);
  }
  return true;
}

}  // namespace wirejit::pb::descriptors
