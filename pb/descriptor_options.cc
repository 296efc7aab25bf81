// Reads options and converts them to annotations.
// Entry: read_known_options, OptionReader::annotate. Invariant: a field of options is skipped, like
// an unknown field, if neither descriptor.proto nor an extension of the set declares it, or if its
// wire type is not the declared one.
#include "pb/descriptor_options.h"

#include "core/utf8.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <span>

namespace wirejit::pb::descriptors {
namespace {

enum class OptionType : std::uint8_t { boolean, text, enumeration, features };

// An option of descriptor.proto; `values` are an enum's names by number.
struct StandardOption {
  std::uint32_t number;
  OptionType form;
  std::string_view name;
  std::span<const std::string_view> values{};
};

constexpr std::string_view optimize_modes[] = {"", "SPEED", "CODE_SIZE", "LITE_RUNTIME"};
constexpr std::string_view ctypes[] = {"STRING", "CORD", "STRING_PIECE"};
constexpr std::string_view jstypes[] = {"JS_NORMAL", "JS_STRING", "JS_NUMBER"};
constexpr std::string_view retentions[] = {"RETENTION_UNKNOWN", "RETENTION_RUNTIME",
                                           "RETENTION_SOURCE"};
constexpr std::string_view targets[] = {
    "TARGET_TYPE_UNKNOWN", "TARGET_TYPE_FILE",       "TARGET_TYPE_EXTENSION_RANGE",
    "TARGET_TYPE_MESSAGE", "TARGET_TYPE_FIELD",      "TARGET_TYPE_ONEOF",
    "TARGET_TYPE_ENUM",    "TARGET_TYPE_ENUM_ENTRY", "TARGET_TYPE_SERVICE",
    "TARGET_TYPE_METHOD"};
constexpr std::string_view idempotency_levels[] = {"IDEMPOTENCY_UNKNOWN", "NO_SIDE_EFFECTS",
                                                   "IDEMPOTENT"};

constexpr StandardOption file_options[] = {
    {1, OptionType::text, "java_package"},
    {8, OptionType::text, "java_outer_classname"},
    {9, OptionType::enumeration, "optimize_for", optimize_modes},
    {10, OptionType::boolean, "java_multiple_files"},
    {11, OptionType::text, "go_package"},
    {16, OptionType::boolean, "cc_generic_services"},
    {17, OptionType::boolean, "java_generic_services"},
    {18, OptionType::boolean, "py_generic_services"},
    {20, OptionType::boolean, "java_generate_equals_and_hash"},
    {23, OptionType::boolean, "deprecated"},
    {27, OptionType::boolean, "java_string_check_utf8"},
    {31, OptionType::boolean, "cc_enable_arenas"},
    {36, OptionType::text, "objc_class_prefix"},
    {37, OptionType::text, "csharp_namespace"},
    {39, OptionType::text, "swift_prefix"},
    {40, OptionType::text, "php_class_prefix"},
    {41, OptionType::text, "php_namespace"},
    {42, OptionType::boolean, "php_generic_services"},
    {44, OptionType::text, "php_metadata_namespace"},
    {45, OptionType::text, "ruby_package"},
    {50, OptionType::features, "features"},
};
constexpr StandardOption message_options[] = {
    {1, OptionType::boolean, "message_set_wire_format"},
    {2, OptionType::boolean, "no_standard_descriptor_accessor"},
    {3, OptionType::boolean, "deprecated"},
    {7, OptionType::boolean, "map_entry"},
    {11, OptionType::boolean, "deprecated_legacy_json_field_conflicts"},
    {12, OptionType::features, "features"},
};
constexpr StandardOption field_options[] = {
    {1, OptionType::enumeration, "ctype", ctypes},
    {2, OptionType::boolean, "packed"},
    {3, OptionType::boolean, "deprecated"},
    {5, OptionType::boolean, "lazy"},
    {6, OptionType::enumeration, "jstype", jstypes},
    {10, OptionType::boolean, "weak"},
    {15, OptionType::boolean, "unverified_lazy"},
    {16, OptionType::boolean, "debug_redact"},
    {17, OptionType::enumeration, "retention", retentions},
    {19, OptionType::enumeration, "targets", targets},
    {21, OptionType::features, "features"},
};
constexpr StandardOption oneof_options[] = {{1, OptionType::features, "features"}};
constexpr StandardOption enum_options[] = {
    {2, OptionType::boolean, "allow_alias"},
    {3, OptionType::boolean, "deprecated"},
    {6, OptionType::boolean, "deprecated_legacy_json_field_conflicts"},
    {7, OptionType::features, "features"},
};
constexpr StandardOption enum_value_options[] = {
    {1, OptionType::boolean, "deprecated"},
    {2, OptionType::features, "features"},
    {3, OptionType::boolean, "debug_redact"},
};
constexpr StandardOption service_options[] = {
    {33, OptionType::boolean, "deprecated"},
    {34, OptionType::features, "features"},
};
constexpr StandardOption method_options[] = {
    {33, OptionType::boolean, "deprecated"},
    {34, OptionType::enumeration, "idempotency_level", idempotency_levels},
    {35, OptionType::features, "features"},
};

struct OptionsKind {
  std::string_view message;
  std::span<const StandardOption> options;
};
constexpr OptionsKind kinds[option_kinds] = {
    {"google.protobuf.FileOptions", file_options},
    {"google.protobuf.MessageOptions", message_options},
    {"google.protobuf.FieldOptions", field_options},
    {"google.protobuf.OneofOptions", oneof_options},
    {"google.protobuf.EnumOptions", enum_options},
    {"google.protobuf.EnumValueOptions", enum_value_options},
    {"google.protobuf.ServiceOptions", service_options},
    {"google.protobuf.MethodOptions", method_options},
};

const StandardOption* find_standard(OptionsOf of, std::uint32_t number) noexcept {
  for (const StandardOption& o : kinds[static_cast<int>(of)].options) {
    if (o.number == number) {
      return &o;
    }
  }
  return nullptr;
}

// The members of FeatureSet, by number.
struct Feature {
  std::string_view name;
  std::span<const std::string_view> values;
};
constexpr std::string_view presences[] = {"", "EXPLICIT", "IMPLICIT", "LEGACY_REQUIRED"};
constexpr std::string_view enum_kinds[] = {"", "OPEN", "CLOSED"};
constexpr std::string_view repeateds[] = {"", "PACKED", "EXPANDED"};
constexpr std::string_view utf8s[] = {"", "", "VERIFY", "NONE"};
constexpr std::string_view encodings[] = {"", "LENGTH_PREFIXED", "DELIMITED"};
constexpr std::string_view json_formats[] = {"", "ALLOW", "LEGACY_BEST_EFFORT"};
constexpr Feature feature_set[] = {
    {"", {}},
    {"field_presence", presences},
    {"enum_type", enum_kinds},
    {"repeated_field_encoding", repeateds},
    {"utf8_validation", utf8s},
    {"message_encoding", encodings},
    {"json_format", json_formats},
};

std::string enum_text(std::span<const std::string_view> values, std::uint64_t number) {
  if (number < values.size() && !values[static_cast<std::size_t>(number)].empty()) {
    return std::string(values[static_cast<std::size_t>(number)]);
  }
  return std::to_string(static_cast<std::int32_t>(number));
}

template <class F>
std::string float_text(F value) {
  if (std::isnan(value)) {
    return "nan";
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::int64_t unzigzag(std::uint64_t v) noexcept {
  return static_cast<std::int64_t>((v >> 1) ^ (0 - (v & 1)));
}

// The wire type of a value.
WireType wire_type(const Type& t) noexcept {
  switch (t.kind) {
    case Kind::float64: return WireType::fixed64;
    case Kind::float32: return WireType::fixed32;
    case Kind::i32:
    case Kind::u32: return t.wire == Wire::fixed ? WireType::fixed32 : WireType::varint;
    case Kind::i64:
    case Kind::u64: return t.wire == Wire::fixed ? WireType::fixed64 : WireType::varint;
    case Kind::boolean:
    case Kind::enumeration: return WireType::varint;
    case Kind::structure: return t.wire == Wire::delimited ? WireType::group : WireType::bytes;
    default: return WireType::bytes;
  }
}

std::string number_text(const Type& t, std::uint64_t value) {
  const bool zigzag = t.wire == Wire::zigzag;
  switch (t.kind) {
    case Kind::boolean: return value != 0 ? "true" : "false";
    case Kind::float32: return float_text(std::bit_cast<float>(static_cast<std::uint32_t>(value)));
    case Kind::float64: return float_text(std::bit_cast<double>(value));
    case Kind::u32: return std::to_string(static_cast<std::uint32_t>(value));
    case Kind::u64: return std::to_string(value);
    case Kind::i64:
      return std::to_string(zigzag ? unzigzag(value) : static_cast<std::int64_t>(value));
    case Kind::enumeration:
      if (const EnumValue* v = t.enumeration->find(static_cast<std::int32_t>(value))) {
        return v->name;
      }
      [[fallthrough]];
    default:
      return std::to_string(static_cast<std::int32_t>(zigzag ? unzigzag(value & 0xffff'ffffU)
                                                             : static_cast<std::int64_t>(value)));
  }
}

}  // namespace

std::string_view options_message(OptionsOf of) noexcept {
  return kinds[static_cast<int>(of)].message;
}

bool read_known_options(OptionsOf of, std::string_view options, KnownOptions& out) noexcept {
  FieldWalker walker(options);
  while (const auto f = walker.next()) {
    const StandardOption* option = find_standard(of, f->number);
    if (!option) {
      continue;
    }
    if (option->form == OptionType::features) {
      if (f->type == WireType::bytes && !read_features(f->bytes, out.features)) {
        return false;
      }
    } else if (f->type == WireType::varint) {
      const bool on = f->value != 0;
      if (of == OptionsOf::field && f->number == 2) {
        out.packed = on;
      }
      if (of == OptionsOf::message && f->number == 1) {
        out.message_set = on;
      }
      if (of == OptionsOf::message && f->number == 7) {
        out.map_entry = on;
      }
      if (of == OptionsOf::message && f->number == 11) {
        out.legacy_json_conflicts = on;
      }
      if (of == OptionsOf::enumeration && f->number == 2) {
        out.allow_alias = on;
      }
    }
  }
  return !walker.failed();
}

std::string printable(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const std::size_t n = core::utf8_sequence(&bytes[i], bytes.data() + bytes.size());
    if (n == 0 || c == 0x7f || (c < 0x20 && c != '\n' && c != '\t')) {
      out += {'\\', 'x', digits[c >> 4], digits[c & 15]};
      ++i;
    } else {
      out += bytes.substr(i, n);
      i += n;
    }
  }
  return out;
}

OptionReader::Outcome OptionReader::annotate(OptionsOf of, std::string_view options,
                                             const StructType* extensions, Annotations& out) {
  out_ = &out;
  FieldWalker walker(options);
  while (const auto f = walker.next()) {
    Outcome outcome = Outcome::done;
    const auto number = static_cast<std::int32_t>(f->number);
    if (find_standard(of, f->number)) {
      outcome = standard(of, *f);
    } else if (const Field* extension = extensions ? extensions->find(number) : nullptr) {
      outcome = field(*extension->type, *f, "(" + extension->name + ")", 0);
    }
    if (outcome != Outcome::done) {
      return outcome;
    }
  }
  return walker.failed() ? Outcome::malformed : Outcome::done;
}

OptionReader::Outcome OptionReader::add(std::string name, std::string value) {
  if (!budget_.spend(sizeof(Annotation) + name.size() + value.size())) {
    return Outcome::too_large;
  }
  out_->push_back({std::move(name), std::move(value)});
  return Outcome::done;
}

OptionReader::Outcome OptionReader::standard(OptionsOf of, const WalkedField& f) {
  const StandardOption& option = *find_standard(of, f.number);
  const bool bytes = option.form == OptionType::text || option.form == OptionType::features;
  if (f.type != (bytes ? WireType::bytes : WireType::varint)) {
    return Outcome::done;
  }
  switch (option.form) {
    case OptionType::boolean: return add(std::string(option.name), f.value != 0 ? "true" : "false");
    case OptionType::text: return add(std::string(option.name), printable(f.bytes));
    case OptionType::enumeration:
      return add(std::string(option.name), enum_text(option.values, f.value));
    case OptionType::features: break;
  }
  return features(f.bytes);
}

OptionReader::Outcome OptionReader::features(std::string_view bytes) {
  FieldWalker walker(bytes);
  while (const auto f = walker.next()) {
    if (f->type != WireType::varint || f->number >= std::size(feature_set)) {
      continue;
    }
    const Feature& feature = feature_set[f->number];
    const Outcome outcome =
        add("features." + std::string(feature.name), enum_text(feature.values, f->value));
    if (outcome != Outcome::done) {
      return outcome;
    }
  }
  return walker.failed() ? Outcome::malformed : Outcome::done;
}

OptionReader::Outcome OptionReader::message(const StructType& type, std::string_view bytes,
                                            const std::string& prefix, int depth) {
  FieldWalker walker(bytes);
  while (const auto f = walker.next()) {
    const Field* member = type.find(static_cast<std::int32_t>(f->number));
    if (!member) {
      continue;
    }
    if (!budget_.spend(prefix.size() + member->name.size())) {
      return Outcome::too_large;
    }
    const std::string name =
        member->extension ? prefix + ".(" + member->name + ")" : prefix + "." + member->name;
    const Outcome outcome = field(*member->type, *f, name, depth);
    if (outcome != Outcome::done) {
      return outcome;
    }
  }
  return walker.failed() ? Outcome::malformed : Outcome::done;
}

OptionReader::Outcome OptionReader::map_entry(const Type& type, std::string_view bytes,
                                              const std::string& prefix, int depth) {
  FieldWalker walker(bytes);
  while (const auto f = walker.next()) {
    if (f->number > 2) {
      continue;
    }
    const bool key = f->number == 1;
    if (!budget_.spend(prefix.size())) {
      return Outcome::too_large;
    }
    const Outcome outcome =
        field(key ? *type.key : *type.value, *f, prefix + (key ? ".key" : ".value"), depth);
    if (outcome != Outcome::done) {
      return outcome;
    }
  }
  return walker.failed() ? Outcome::malformed : Outcome::done;
}

OptionReader::Outcome OptionReader::field(const Type& type, const WalkedField& f,
                                          const std::string& name, int depth) {
  if (depth > max_option_depth) {
    return Outcome::too_deep;
  }
  const Type& t = type.kind == Kind::list ? *type.element : type;
  const WireType expected = wire_type(t);
  const bool number = expected != WireType::bytes && expected != WireType::group;
  if (number && type.kind == Kind::list && f.type == WireType::bytes) {
    FieldWalker elements(f.bytes);
    while (const auto element = elements.next_packed(expected)) {
      const Outcome outcome = add(name, number_text(t, *element));
      if (outcome != Outcome::done) {
        return outcome;
      }
    }
    return elements.failed() ? Outcome::malformed : Outcome::done;
  }
  if (f.type != expected) {
    return Outcome::done;
  }
  if (number) {
    return add(name, number_text(t, f.value));
  }
  if (t.kind == Kind::map) {
    return map_entry(t, f.bytes, name, depth + 1);
  }
  if (t.kind != Kind::structure) {
    return add(name, printable(f.bytes));
  }
  if (f.bytes.empty()) {
    return add(name, "");
  }
  return message(*t.structure, f.bytes, name, depth + 1);
}

}  // namespace wirejit::pb::descriptors
