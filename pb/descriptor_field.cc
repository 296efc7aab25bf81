// One field: its type, its presence, its default.
// Entry: fill_field. Invariant: a field that is accepted can be written and read by pb::wire.
#include "core/identifier.h"
#include "core/utf8.h"
#include "pb/descriptor_context.h"

namespace wirejit::pb::descriptors {
namespace {

// Kind and encoding of a type of descriptor.proto, except string, messages and enums.
struct Scalar {
  Kind kind;
  Wire wire;
};
Scalar scalar_of(FieldType type) noexcept {
  switch (type) {
    case FieldType::float64: return {Kind::float64, Wire::standard};
    case FieldType::float32: return {Kind::float32, Wire::standard};
    case FieldType::int64: return {Kind::i64, Wire::standard};
    case FieldType::uint64: return {Kind::u64, Wire::standard};
    case FieldType::int32: return {Kind::i32, Wire::standard};
    case FieldType::fixed64: return {Kind::u64, Wire::fixed};
    case FieldType::fixed32: return {Kind::u32, Wire::fixed};
    case FieldType::boolean: return {Kind::boolean, Wire::standard};
    case FieldType::bytes: return {Kind::binary, Wire::standard};
    case FieldType::uint32: return {Kind::u32, Wire::standard};
    case FieldType::sfixed32: return {Kind::i32, Wire::fixed};
    case FieldType::sfixed64: return {Kind::i64, Wire::fixed};
    case FieldType::sint32: return {Kind::i32, Wire::zigzag};
    case FieldType::sint64: return {Kind::i64, Wire::zigzag};
    default: return {Kind::void_, Wire::standard};
  }
}

bool is_number(const Type& t) noexcept {
  return (t.kind >= Kind::boolean && t.kind <= Kind::float64) || t.kind == Kind::enumeration;
}

class FieldFiller {
 public:
  FieldFiller(Context& c, std::size_t file, const FieldDescriptorProto& p, const Message* message,
              std::string_view scope)
      : c_(c),
        file_(file),
        p_(p),
        message_(message),
        scope_(scope),
        legacy_(c.files[file].syntax != Syntax::editions) {}

  bool run(const Features& outer, Field& out) {
    if (!is_identifier(p_.name)) {
      return c_.fail(file_, scope_, "'" + printable_name(p_.name) + "' is not a valid name");
    }
    name_ = join(scope_, p_.name);
    features_ = outer;
    if (!c_.read_options(file_, name_, OptionsOf::field, p_.options, known_, features_)) {
      return false;
    }
    if (!check_label_and_type()) {
      return false;
    }
    infer_features();
    const Type* single = type();
    if (!single) {
      return false;
    }
    out.name = p_.name;
    out.id = p_.number;
    out.requiredness = requiredness(*single);
    const bool closed = single->kind == Kind::enumeration && single->enumeration->closed;
    if (closed && !repeated() && out.requiredness == Requiredness::standard && !in_entry()) {
      return fail("a field without presence needs an open enum");
    }
    if (!list(*single, out) || !json_name(out)) {
      return false;
    }
    return default_value(*single, out);
  }

 private:
  bool fail(const std::string& what) { return c_.fail(file_, name_, what); }

  bool check_label_and_type() {
    if (p_.label < 0 || p_.label > label_repeated) {
      return fail("its label is not known");
    }
    if (p_.type < 0 || p_.type > last_field_type) {
      return fail("its type is not known");
    }
    const Syntax syntax = c_.files[file_].syntax;
    type_ = static_cast<FieldType>(p_.type);
    if (syntax != Syntax::proto2) {
      if (p_.label == label_required) {
        return fail("only proto2 has required fields");
      }
      if (type_ == FieldType::group) {
        return fail("only proto2 has groups");
      }
    }
    if (syntax == Syntax::proto3 && p_.default_value) {
      return fail("proto3 fields cannot have defaults");
    }
    if (p_.proto3_optional && (syntax != Syntax::proto3 || p_.label == label_repeated)) {
      return fail("only singular fields of proto3 can be proto3_optional");
    }
    return true;
  }

  // Sets the features that proto2 and proto3 express by other means.
  void infer_features() {
    if (!legacy_) {
      return;
    }
    if (p_.label == label_required) {
      features_.presence = Presence::legacy_required;
    }
    if (p_.proto3_optional) {
      features_.presence = Presence::explicit_;
    }
    features_.encoding =
        type_ == FieldType::group ? Encoding::delimited : Encoding::length_prefixed;
    if (known_.packed) {
      features_.repeated = *known_.packed ? Repeated::packed : Repeated::expanded;
    }
  }

  [[nodiscard]] bool in_entry() const noexcept { return message_ && message_->options.map_entry; }
  [[nodiscard]] bool repeated() const noexcept { return p_.label == label_repeated; }

  // The type of one value, or that of a map; null after a failure.
  const Type* type() {
    const Symbol* symbol = nullptr;
    const bool named = type_ == FieldType::message || type_ == FieldType::group ||
                       type_ == FieldType::enumeration || type_ == FieldType::unset;
    if (!named && !p_.type_name.empty()) {
      return fail("a scalar field cannot have a type name"), nullptr;
    }
    if (named) {
      if (p_.type_name.empty()) {
        return fail("it has no type"), nullptr;
      }
      symbol = c_.find_type(file_, scope_, p_.type_name, name_);
      if (!symbol) {
        return nullptr;
      }
      const bool fits = type_ == FieldType::unset ||
                        (symbol->enumeration != nullptr) == (type_ == FieldType::enumeration);
      if (!fits) {
        return fail(printable_name(p_.type_name) +
                    (symbol->message ? " is not an enum" : " is not a message")),
               nullptr;
      }
      if (symbol->enumeration) {
        return c_.builder.of(*symbol->enumeration->type);
      }
      return message_type(*symbol->message, type_ == FieldType::group);
    }
    if (type_ == FieldType::string) {
      return text_type(features_);
    }
    const Scalar s = scalar_of(type_);
    return c_.builder.base(s.kind, s.wire);
  }

  const Type* text_type(const Features& features) {
    return c_.builder.base(Kind::string,
                           features.utf8 == Utf8::none ? Wire::unchecked : Wire::standard);
  }

  const Type* message_type(const Message& m, bool group) {
    if (m.options.map_entry) {
      if (group) {
        return fail("the entry of a map cannot be a group"), nullptr;
      }
      return map_type(m);
    }
    // The value of a map is never delimited.
    const bool delimited = features_.encoding == Encoding::delimited && !in_entry();
    return c_.builder.of(*m.type, delimited ? Wire::delimited : Wire::standard);
  }

  // `repeated FooEntry foo`, where FooEntry has the fields key = 1 and value = 2.
  const Type* map_type(const Message& entry) {
    const DescriptorProto& e = *entry.proto;
    if (!repeated() || !message_ || entry.parent != message_ || message_->options.map_entry) {
      return fail("the entry " + printable_name(entry.full_name) +
                  " can only be used by one map field of the message that declares it"),
             nullptr;
    }
    const bool plain = e.nested_type.empty() && e.enum_type.empty() && e.extension.empty() &&
                       e.extension_range.empty() && e.oneof_decl.empty();
    const auto is = [](const FieldDescriptorProto& f, std::string_view name, std::int32_t number) {
      return f.name == name && f.number == number && f.label == label_optional && !f.oneof_index &&
             f.extendee.empty() && !f.default_value;
    };
    if (!plain || e.field.size() != 2 || !is(e.field[0], "key", 1) || !is(e.field[1], "value", 2)) {
      return fail("the entry " + printable_name(entry.full_name) +
                  " must have the singular fields key = 1 and value = 2, and nothing else"),
             nullptr;
    }
    const Type* parts[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
      Field part;
      if (!fill_field(c_, entry.file, e.field[i], &entry, entry.full_name, entry.features, part)) {
        return nullptr;
      }
      parts[i] = part.type;
    }
    const Kind key = parts[0]->kind;
    if (key == Kind::float32 || key == Kind::float64 || key >= Kind::binary) {
      return fail("a map's key must be an integer, a bool or a string"), nullptr;
    }
    if (parts[1]->kind == Kind::map) {
      return fail("a map's value cannot be a map"), nullptr;
    }
    if (parts[1]->kind == Kind::enumeration && parts[1]->enumeration->values[0].number != 0) {
      return fail("the enum of a map's values must begin with 0"), nullptr;
    }
    return c_.builder.map_of(parts[0], parts[1]);
  }

  Requiredness requiredness(const Type& single) const noexcept {
    if (repeated()) {
      return Requiredness::standard;
    }
    if (features_.presence == Presence::legacy_required) {
      return Requiredness::required;
    }
    const bool present = features_.presence == Presence::explicit_ || !message_ || p_.oneof_index ||
                         single.kind == Kind::structure;
    return present ? Requiredness::optional : Requiredness::standard;
  }

  bool list(const Type& single, Field& out) {
    const bool packable = repeated() && is_number(single);
    if (known_.packed.value_or(false) && !packable && legacy_) {
      return fail("only repeated numbers can be packed");
    }
    out.type = repeated() && single.kind != Kind::map ? c_.builder.list_of(&single) : &single;
    if (packable) {
      out.packed = features_.repeated == Repeated::packed;
    }
    return true;
  }

  bool json_name(Field& out) {
    out.json_name = p_.json_name ? *p_.json_name : core::camel_case(p_.name);
    if (out.json_name.empty()) {
      out.json_name = out.name;
    }
    if (!core::is_utf8(out.json_name)) {
      return fail("its JSON name is not valid UTF-8");
    }
    return true;
  }

  bool default_value(const Type& single, Field& out) {
    if (p_.default_value) {
      if (repeated()) {
        return fail("a repeated field cannot have a default");
      }
      if (single.kind == Kind::structure) {
        return fail("a message cannot have a default");
      }
      if (out.requiredness == Requiredness::standard) {
        return fail("a field without presence cannot have a default");
      }
      out.default_value = parse_default(*p_.default_value, single);
      if (!out.default_value) {
        return fail("the default '" + printable_name(*p_.default_value) +
                    "' does not fit the type " + single.to_string());
      }
      if (single.kind == Kind::string && !core::is_utf8(*p_.default_value)) {
        return fail("the default is not valid UTF-8");
      }
      return true;
    }
    if (single.kind != Kind::enumeration || repeated()) {
      return true;
    }
    // An enum's default is its first value.
    if (const EnumValue& first = single.enumeration->values[0]; first.number != 0) {
      if (out.requiredness == Requiredness::standard) {
        return fail("a field without presence needs an enum that begins with 0");
      }
      out.default_value = ConstValue{std::int64_t{first.number}};
    }
    return true;
  }

  Context& c_;
  std::size_t file_;
  const FieldDescriptorProto& p_;
  const Message* message_;
  std::string_view scope_;
  bool legacy_;
  std::string name_;
  FieldType type_ = FieldType::unset;  // set by check_label_and_type()
  KnownOptions known_;
  Features features_;
};

}  // namespace

bool fill_field(Context& c, std::size_t file, const FieldDescriptorProto& proto,
                const Message* message, std::string_view scope, const Features& outer, Field& out) {
  return FieldFiller(c, file, proto, message, scope).run(outer, out);
}

}  // namespace wirejit::pb::descriptors
