// Adds documents, messages, enums and services with their names to the schema. Later steps add what
// refers to other declarations.
// Entry: declare_types. Invariant: a full name is declared once, except that files may share a
// package; recursion is bounded by LoadLimits::nesting.
#include "pb/descriptor_context.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

// Numbers of FileDescriptorProto's and DescriptorProto's members, as steps of source paths.
constexpr std::int32_t file_syntax = 12;
constexpr std::int32_t file_messages = 4;
constexpr std::int32_t file_enums = 5;
constexpr std::int32_t file_services = 6;
constexpr std::int32_t message_nested = 3;
constexpr std::int32_t message_enums = 4;
constexpr std::int32_t enum_values = 2;

class Declarer {
 public:
  Declarer(Context& c, std::size_t file) : c_(c), file_(file), f_(c.files[file]) {}

  bool run() {
    const FileDescriptorProto& p = *f_.proto;
    f_.document = &c_.builder.add_document(p.package, p.name);
    f_.source = SourceMap(p.source_code_info, 2 * c_.options.limits.nesting + 6);
    if (const Location* l = f_.source.find(SourcePath{file_syntax})) {
      f_.document->doc = doc_of(*l);
    }
    if (!package() || !comments()) {
      return false;
    }
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::file,
                            .bytes = p.options,
                            .to = &f_.document->annotations,
                            .file = file_});
    }
    for (std::size_t i = 0; i < p.message_type.size(); ++i) {
      const SourcePath path{file_messages, static_cast<std::int32_t>(i)};
      if (!message(p.message_type[i], nullptr, p.package, "", f_.features, path)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < p.enum_type.size(); ++i) {
      const SourcePath path{file_enums, static_cast<std::int32_t>(i)};
      if (!enumeration(p.enum_type[i], p.package, "", f_.features, path)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < p.service.size(); ++i) {
      if (!service(p.service[i], static_cast<std::int32_t>(i))) {
        return false;
      }
    }
    return true;
  }

 private:
  // Declares the package and the packages around it.
  bool package() {
    const std::string& name = f_.proto->package;
    for (std::size_t from = 0; !name.empty();) {
      const std::size_t dot = std::min(name.find('.', from), name.size());
      const std::string_view all = std::string_view(name).substr(0, dot);
      if (!is_identifier(all.substr(from))) {
        return c_.fail(file_, "", "the package '" + printable_name(name) + "' is not a valid name");
      }
      if (!c_.budget.spend(all.size())) {
        return c_.fail_names(file_, name);
      }
      if (!c_.define(all, {.file = file_, .package = true})) {
        return fail_duplicate(all);
      }
      if (dot == name.size()) {
        break;
      }
      from = dot + 1;
    }
    return true;
  }

  // Charges the comments to the budget: each is copied to a doc at most once.
  bool comments() {
    std::size_t bytes = 0;
    for (const Location& l : f_.proto->source_code_info.location) {
      bytes += l.leading_comments.size() + l.trailing_comments.size();
    }
    return c_.budget.spend(bytes) || c_.fail_names(file_, "");
  }

  bool fail_duplicate(std::string_view name) {
    return c_.fail(file_, name, "the name is declared twice");
  }

  bool full_name(std::string_view scope, const std::string& name, std::string& out) {
    if (!is_identifier(name)) {
      return c_.fail(file_, scope, "'" + printable_name(name) + "' is not a valid name");
    }
    if (!c_.budget.spend(2 * (scope.size() + 1 + name.size()))) {
      return c_.fail_names(file_, scope);
    }
    out = join(scope, name);
    return true;
  }

  bool message(const DescriptorProto& p, const Message* parent, std::string_view scope,
               std::string_view outer, const Features& features, const SourcePath& path) {
    Message& m = c_.messages.emplace_back();
    m.proto = &p;
    m.file = file_;
    m.path = path;
    m.parent = parent;
    m.features = features;
    if (!full_name(scope, p.name, m.full_name)) {
      return false;
    }
    if (path.size() / 2 > c_.options.limits.nesting) {
      return c_.fail(file_, m.full_name, "messages nest too deep", Errc::size_limit);
    }
    if (!c_.define(m.full_name, {.file = file_, .message = &m})) {
      return fail_duplicate(m.full_name);
    }
    if (!c_.read_options(file_, m.full_name, OptionsOf::message, p.options, m.options,
                         m.features)) {
      return false;
    }
    if (m.options.map_entry) {
      return true;  // checked where a field uses it
    }
    const std::string name = join(outer, p.name);
    StructType& s = c_.builder.add_struct(name);
    m.type = &s;
    s.full_name = m.full_name;
    s.message_set = m.options.message_set;
    c_.message_of.emplace(&s, &m);
    c_.describe(file_, path, s);
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::message,
                            .bytes = p.options,
                            .to = &s.annotations,
                            .file = file_,
                            .name = m.full_name});
    }
    return nested(p, m, name);
  }

  bool nested(const DescriptorProto& p, const Message& m, std::string_view outer) {
    SourcePath path = m.path;
    path.insert(path.end(), {message_nested, 0});
    for (const DescriptorProto& inner : p.nested_type) {
      if (!message(inner, &m, m.full_name, outer, m.features, path)) {
        return false;
      }
      ++path.back();
    }
    path.end()[-2] = message_enums;
    path.back() = 0;
    for (const EnumDescriptorProto& inner : p.enum_type) {
      if (!enumeration(inner, m.full_name, outer, m.features, path)) {
        return false;
      }
      ++path.back();
    }
    return true;
  }

  bool enumeration(const EnumDescriptorProto& p, std::string_view scope, std::string_view outer,
                   Features features, const SourcePath& path) {
    std::string full;
    if (!full_name(scope, p.name, full)) {
      return false;
    }
    EnumType& e = c_.builder.add_enum(join(outer, p.name));
    e.full_name = std::move(full);
    Enumeration& entry = c_.enums.emplace_back();
    entry = {&p, file_, &e};
    if (!c_.define(e.full_name, {.file = file_, .enumeration = &entry})) {
      return fail_duplicate(e.full_name);
    }
    KnownOptions known;
    if (!c_.read_options(file_, e.full_name, OptionsOf::enumeration, p.options, known, features)) {
      return false;
    }
    e.closed = features.enum_kind == EnumKind::closed;
    c_.describe(file_, path, e);
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::enumeration,
                            .bytes = p.options,
                            .to = &e.annotations,
                            .file = file_,
                            .name = e.full_name});
    }
    return values(p, e, scope, path) && numbers(p, e, known.allow_alias);
  }

  bool values(const EnumDescriptorProto& p, EnumType& e, std::string_view scope, SourcePath path) {
    if (p.value.empty()) {
      return c_.fail(file_, e.full_name, "the enum has no values");
    }
    if (!e.closed && p.value[0].number != 0) {
      return c_.fail(file_, e.full_name, "the first value of an open enum must be 0");
    }
    path.insert(path.end(), {enum_values, 0});
    e.values.reserve(p.value.size());
    for (const EnumValueDescriptorProto& v : p.value) {
      // A value's name is in the scope of its enum's name, as in C++.
      std::string& name = c_.names.emplace_back();
      if (!full_name(scope, v.name, name)) {
        return false;
      }
      if (!c_.define(name, {.file = file_})) {
        return fail_duplicate(name);
      }
      EnumValue& value = e.values.emplace_back();
      value.name = v.name;
      value.number = v.number;
      c_.describe(file_, path, value);
      if (!v.options.empty()) {
        c_.pending.push_back({.of = OptionsOf::enum_value,
                              .bytes = v.options,
                              .to = &value.annotations,
                              .file = file_,
                              .name = name});
      }
      ++path.back();
    }
    return true;
  }

  // Checks aliases, reserved numbers and reserved names.
  bool numbers(const EnumDescriptorProto& p, const EnumType& e, bool allow_alias) {
    std::vector<Range> reserved = p.reserved_range;
    for (const Range& r : reserved) {
      if (r.end < r.start) {
        return c_.fail(file_, e.full_name, "a reserved range ends before it starts");
      }
    }
    std::ranges::sort(reserved, {}, &Range::start);
    const auto overlap = std::ranges::adjacent_find(
        reserved, [](const Range& a, const Range& b) { return b.start <= a.end; });
    if (overlap != reserved.end()) {
      return c_.fail(file_, e.full_name, "reserved ranges overlap");
    }
    std::vector<std::string_view> names(p.reserved_name.begin(), p.reserved_name.end());
    std::ranges::sort(names);
    std::vector<std::int32_t> used;
    for (const EnumValue& v : e.values) {
      const auto after = std::ranges::upper_bound(reserved, v.number, {}, &Range::start);
      if (after != reserved.begin() && v.number <= std::prev(after)->end) {
        return c_.fail(file_, e.full_name, printable_name(v.name) + " uses a reserved number");
      }
      if (std::ranges::binary_search(names, std::string_view(v.name))) {
        return c_.fail(file_, e.full_name, printable_name(v.name) + " is a reserved name");
      }
      used.push_back(v.number);
    }
    std::ranges::sort(used);
    if (const auto duplicate = std::ranges::adjacent_find(used);
        duplicate != used.end() && !allow_alias) {
      return c_.fail(file_, e.full_name,
                     "two values have the number " + std::to_string(*duplicate) +
                         ", and allow_alias is not set");
    }
    return true;
  }

  bool service(const ServiceDescriptorProto& p, std::int32_t i) {
    std::string full;
    if (!full_name(f_.proto->package, p.name, full)) {
      return false;
    }
    Service& s = c_.builder.add_service(p.name);
    s.full_name = std::move(full);
    if (!c_.define(s.full_name, {.file = file_, .service = true})) {
      return fail_duplicate(s.full_name);
    }
    c_.describe(file_, SourcePath{file_services, i}, s);
    c_.services.push_back({&p, file_, i, &s});
    return true;
  }

  Context& c_;
  std::size_t file_;
  SourceFile& f_;
};

}  // namespace

bool declare_types(Context& c, std::size_t main) {
  if (!Declarer(c, main).run()) {
    return false;
  }
  for (std::size_t i = 0; i < c.files.size(); ++i) {
    if (i != main && !Declarer(c, i).run()) {
      return false;
    }
  }
  for (SourceFile& f : c.files) {
    for (const std::size_t k : f.imports) {
      f.document->includes.push_back(c.files[k].document);
    }
  }
  return true;
}

}  // namespace wirejit::pb::descriptors
