// Adds fields, oneofs and extensions to all messages.
// Entry: fill_messages. Invariant: a message's own fields precede its extensions; finish_messages
// sorts them by number.
#include "pb/descriptor_context.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

// Numbers of DescriptorProto's and FileDescriptorProto's members, as steps of source paths.
constexpr std::int32_t message_fields = 2;
constexpr std::int32_t message_extensions = 6;
constexpr std::int32_t message_oneofs = 8;
constexpr std::int32_t file_extensions = 7;

class MessageFiller {
 public:
  MessageFiller(Context& c, Message& m) : c_(c), m_(m), p_(*m.proto) {}

  bool run() {
    if (!m_.type) {
      return true;  // the entry of a map
    }
    if (!scope() || !oneofs() || !ranges()) {
      return false;
    }
    if (m_.options.message_set && !p_.field.empty()) {
      return fail("a MessageSet can only have extensions");
    }
    SourcePath path = m_.path;
    path.insert(path.end(), {message_fields, 0});
    m_.type->fields.reserve(p_.field.size());
    for (const FieldDescriptorProto& f : p_.field) {
      if (!field(f, path)) {
        return false;
      }
      ++path.back();
    }
    return true;
  }

 private:
  bool fail(const std::string& what) { return c_.fail(m_.file, m_.full_name, what); }

  // Checks that names are distinct: fields and oneofs share the message's scope with its nested
  // declarations.
  bool scope() {
    std::vector<std::string_view> names;
    names.reserve(p_.field.size());
    for (const FieldDescriptorProto& f : p_.field) {
      names.push_back(f.name);
    }
    for (const OneofDescriptorProto& o : p_.oneof_decl) {
      names.push_back(o.name);
    }
    for (const DescriptorProto& n : p_.nested_type) {
      names.push_back(n.name);
    }
    for (const FieldDescriptorProto& x : p_.extension) {
      names.push_back(x.name);
    }
    for (const EnumDescriptorProto& e : p_.enum_type) {
      names.push_back(e.name);
      for (const EnumValueDescriptorProto& v : e.value) {
        names.push_back(v.name);
      }
    }
    std::ranges::sort(names);
    const auto duplicate = std::ranges::adjacent_find(names);
    return duplicate == names.end() ||
           fail("the name '" + printable_name(*duplicate) + "' is declared twice");
  }

  // Sorts extension ranges and reserved ranges and checks that they do not overlap.
  bool ranges() {
    const std::int32_t end = m_.options.message_set ? INT32_MAX : max_field_number + 1;
    const auto fit = [&](const Range& r) {
      return r.start >= 1 && r.start < r.end && r.end <= end;
    };
    if (!std::ranges::all_of(p_.extension_range, fit) ||
        !std::ranges::all_of(p_.reserved_range, fit)) {
      return fail("a range of numbers is empty or out of range");
    }
    m_.extensible = p_.extension_range;
    reserved_ = p_.reserved_range;
    std::vector<Range> all = m_.extensible;
    all.insert(all.end(), reserved_.begin(), reserved_.end());
    for (std::vector<Range>* r : {&m_.extensible, &reserved_, &all}) {
      std::ranges::sort(*r, {}, &Range::start);
    }
    const auto overlap = std::ranges::adjacent_find(
        all, [](const Range& a, const Range& b) { return b.start < a.end; });
    if (overlap != all.end()) {
      return fail("extension ranges or reserved ranges overlap");
    }
    reserved_names_.assign(p_.reserved_name.begin(), p_.reserved_name.end());
    std::ranges::sort(reserved_names_);
    return true;
  }

  // Checks the number and the name of one of the message's own fields.
  bool number(const Field& f) {
    const auto bad = [&](const std::string& what) { return fail(printable_name(f.name) + what); };
    const std::string number = ": the number " + std::to_string(f.id);
    if (f.id < 1 || f.id > max_field_number) {
      return bad(number + " is not between 1 and " + std::to_string(max_field_number));
    }
    if (f.id >= first_reserved_number && f.id <= last_reserved_number) {
      return bad(": the numbers 19000 to 19999 are reserved for Protobuf itself");
    }
    if (find_range(m_.extensible, f.id)) {
      return bad(number + " is in an extension range");
    }
    if (find_range(reserved_, f.id)) {
      return bad(number + " is reserved");
    }
    return !std::ranges::binary_search(reserved_names_, std::string_view(f.name)) ||
           bad(": the name is reserved");
  }

  bool oneofs() {
    members_.resize(p_.oneof_decl.size());
    synthetic_.resize(p_.oneof_decl.size());
    for (const FieldDescriptorProto& f : p_.field) {
      if (!f.oneof_index) {
        if (f.proto3_optional) {
          return fail(printable_name(f.name) + ": proto3_optional needs a oneof of its own");
        }
        continue;
      }
      if (*f.oneof_index < 0 || static_cast<std::size_t>(*f.oneof_index) >= members_.size()) {
        return fail(printable_name(f.name) + ": there is no oneof " +
                    std::to_string(*f.oneof_index));
      }
      if (f.label != label_optional && f.label != 0) {
        return fail(printable_name(f.name) + ": a field of a oneof cannot be repeated or required");
      }
      const auto i = static_cast<std::size_t>(*f.oneof_index);
      ++members_[i];
      if (f.proto3_optional) {
        synthetic_[i] = true;
      }
    }
    positions_.assign(members_.size(), -1);
    SourcePath path = m_.path;
    path.insert(path.end(), {message_oneofs, 0});
    m_.type->oneofs.reserve(members_.size());
    features_.assign(members_.size(), m_.features);
    for (std::size_t i = 0; i < members_.size(); ++i, ++path.back()) {
      if (!oneof(i, path)) {
        return false;
      }
    }
    return true;
  }

  bool oneof(std::size_t i, const SourcePath& path) {
    const OneofDescriptorProto& p = p_.oneof_decl[i];
    if (!is_identifier(p.name)) {
      return fail("'" + printable_name(p.name) + "' is not a valid name");
    }
    if (members_[i] == 0) {
      return fail("the oneof " + printable_name(p.name) + " has no fields");
    }
    if (synthetic_[i]) {
      return members_[i] == 1 || fail("the oneof " + printable_name(p.name) +
                                      " of a proto3_optional field has others, too");
    }
    KnownOptions known;
    if (!c_.read_options(m_.file, m_.full_name, OptionsOf::oneof, p.options, known, features_[i])) {
      return false;
    }
    positions_[i] = static_cast<int>(m_.type->oneofs.size());
    Oneof& o = m_.type->oneofs.emplace_back();
    o.name = p.name;
    c_.describe(m_.file, path, o);
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::oneof,
                            .bytes = p.options,
                            .to = &o.annotations,
                            .file = m_.file,
                            .name = m_.full_name});
    }
    return true;
  }

  bool field(const FieldDescriptorProto& p, const SourcePath& path) {
    if (!p.extendee.empty()) {
      return fail(printable_name(p.name) + ": a field of a message cannot have an extendee");
    }
    const bool grouped = p.oneof_index && positions_[static_cast<std::size_t>(*p.oneof_index)] >= 0;
    const Features& outer =
        grouped ? features_[static_cast<std::size_t>(*p.oneof_index)] : m_.features;
    if (!c_.budget.spend(m_.full_name.size() + 2 * p.name.size())) {
      return c_.fail_names(m_.file, m_.full_name);
    }
    Field& f = m_.type->fields.emplace_back();
    if (!fill_field(c_, m_.file, p, &m_, m_.full_name, outer, f)) {
      return false;
    }
    if (grouped) {
      f.oneof = positions_[static_cast<std::size_t>(*p.oneof_index)];
    }
    if (!number(f)) {
      return false;
    }
    c_.describe(m_.file, path, f);
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::field,
                            .bytes = p.options,
                            .owner = m_.type,
                            .number = f.id,
                            .file = m_.file,
                            .name = m_.full_name});
    }
    return true;
  }

  Context& c_;
  Message& m_;
  const DescriptorProto& p_;
  std::vector<Range> reserved_;
  std::vector<std::string_view> reserved_names_;
  std::vector<std::size_t> members_;  // by position in oneof_decl: how many fields
  std::vector<bool> synthetic_;       // declared for a proto3_optional field
  std::vector<Features> features_;
  std::vector<int> positions_;  // in StructType::oneofs; -1 for synthetic ones
};

class ExtensionFiller {
 public:
  ExtensionFiller(Context& c, std::size_t file) : c_(c), file_(file) {}

  bool run(const std::vector<FieldDescriptorProto>& extensions, std::string_view scope,
           const Features& outer, SourcePath path) {
    path.push_back(0);
    for (const FieldDescriptorProto& p : extensions) {
      if (!extension(p, scope, outer, path)) {
        return false;
      }
      ++path.back();
    }
    return true;
  }

 private:
  bool extension(const FieldDescriptorProto& p, std::string_view scope, const Features& outer,
                 const SourcePath& path) {
    if (!is_identifier(p.name)) {
      return c_.fail(file_, scope, "'" + printable_name(p.name) + "' is not a valid name");
    }
    if (!c_.budget.spend(4 * (scope.size() + p.name.size()))) {
      return c_.fail_names(file_, scope);
    }
    const std::string& name = c_.names.emplace_back(join(scope, p.name));
    if (!c_.define(name, {.file = file_})) {
      return c_.fail(file_, name, "the name is declared twice");
    }
    if (p.oneof_index) {
      return c_.fail(file_, name, "an extension cannot be in a oneof");
    }
    if (p.label == label_required) {
      return c_.fail(file_, name, "an extension cannot be required");
    }
    Field f;
    StructType* s = extendee(p, name, scope);
    if (!s || !fill_field(c_, file_, p, nullptr, scope, outer, f)) {
      return false;
    }
    if (f.type->kind == Kind::map) {
      return c_.fail(file_, name, "an extension cannot be a map");
    }
    const bool single = f.type->kind == Kind::structure && f.type->wire == Wire::standard;
    if (s->message_set && !single) {
      return c_.fail(file_, name, "extensions of a MessageSet must be singular messages");
    }
    if (s->message_set) {
      f.type = c_.builder.of(*f.type->structure, Wire::message_set_item);
    }
    f.extension = true;
    f.name = name;
    f.json_name = "[" + name + "]";
    c_.describe(file_, path, f);
    if (!p.options.empty()) {
      c_.pending.push_back({.of = OptionsOf::field,
                            .bytes = p.options,
                            .owner = s,
                            .number = f.id,
                            .file = file_,
                            .name = name});
    }
    s->fields.push_back(std::move(f));
    return true;
  }

  // The extended message, which must have an extension range with the number; null after a failure.
  StructType* extendee(const FieldDescriptorProto& p, std::string_view name,
                       std::string_view scope) {
    if (p.extendee.empty()) {
      return c_.fail(file_, name, "an extension has no extendee"), nullptr;
    }
    if (StructType* options = missing_options(p)) {
      return options;
    }
    const Symbol* symbol = c_.find_type(file_, scope, p.extendee, name);
    if (!symbol) {
      return nullptr;
    }
    if (!symbol->message || !symbol->message->type) {
      return c_.fail(file_, name, printable_name(p.extendee) + " is not a message"), nullptr;
    }
    const Message& m = *symbol->message;
    const bool inside = find_range(m.extensible, p.number) != nullptr;
    const bool reserved = p.number >= first_reserved_number && p.number <= last_reserved_number;
    // The last number of a MessageSet's range "to max".
    const bool last = m.options.message_set && p.number == INT32_MAX;
    if ((!inside && !last) || reserved) {
      return c_.fail(file_, name,
                     printable_name(m.full_name) + " has no extension range with the number " +
                         std::to_string(p.number)),
             nullptr;
    }
    return m.type;
  }

  // If descriptor.proto may be missing, custom options are accepted without it.
  StructType* missing_options(const FieldDescriptorProto& p) {
    if (c_.options.strict_imports || !p.extendee.starts_with('.')) {
      return nullptr;
    }
    const std::string_view name = std::string_view(p.extendee).substr(1);
    if (c_.find_symbol(name)) {
      return nullptr;
    }
    for (int k = 0; k < option_kinds; ++k) {
      if (options_message(static_cast<OptionsOf>(k)) != name) {
        continue;
      }
      StructType*& s = c_.option_types[k];
      if (!s) {
        s = &c_.builder.add_hidden_struct(std::string(name.substr(name.rfind('.') + 1)),
                                          std::string(name));
      }
      return s;
    }
    return nullptr;
  }

  Context& c_;
  std::size_t file_;
};

}  // namespace

const Range* find_range(const std::vector<Range>& ranges, std::int32_t number) {
  const auto after = std::ranges::upper_bound(ranges, number, {}, &Range::start);
  if (after == ranges.begin() || number >= std::prev(after)->end) {
    return nullptr;
  }
  return &*std::prev(after);
}

bool fill_messages(Context& c) {
  for (Message& m : c.messages) {
    if (!MessageFiller(c, m).run()) {
      return false;
    }
  }
  for (const Message& m : c.messages) {
    SourcePath path = m.path;
    path.push_back(message_extensions);
    if (m.type &&
        !ExtensionFiller(c, m.file).run(m.proto->extension, m.full_name, m.features, path)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < c.files.size(); ++i) {
    const SourceFile& f = c.files[i];
    const SourcePath path{file_extensions};
    if (!ExtensionFiller(c, i).run(f.proto->extension, f.proto->package, f.features, path)) {
      return false;
    }
  }
  return true;
}

}  // namespace wirejit::pb::descriptors
