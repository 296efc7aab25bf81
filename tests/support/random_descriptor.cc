// Writes descriptors field by field, without a library; numbers of fields are those of
// descriptor.proto.
#include "tests/support/random_descriptor.h"

#include "tests/support/random_source.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {

namespace {

std::string varint(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}
std::string number(unsigned field, std::uint64_t v) { return varint(field * 8) + varint(v); }
std::string text(unsigned field, std::string_view content) {
  return varint(field * 8 + 2) + varint(content.size()) + std::string(content);
}

// FieldDescriptorProto.Type.
enum ProtoType : unsigned {
  t_double = 1,
  t_float,
  t_int64,
  t_uint64,
  t_int32,
  t_fixed64,
  t_fixed32,
  t_bool,
  t_string,
  t_group,
  t_message,
  t_bytes,
  t_uint32,
  t_enum,
  t_sfixed32,
  t_sfixed64,
  t_sint32,
  t_sint64
};
constexpr unsigned optional_label = 1;
constexpr unsigned required_label = 2;
constexpr unsigned repeated_label = 3;

class Generator {
 public:
  Generator(std::uint64_t seed, const DescriptorShape& shape) : r_(seed), shape_(shape) {}

  std::string run() {
    std::string file = text(1, "gen.proto") + text(2, "gen");
    for (int i = 0; i < shape_.messages; ++i) {
      file += text(4, message(i));
    }
    std::string values;
    for (const auto& [name, value] :
         {std::pair("ZERO", 0), std::pair("SEVEN", 7), std::pair("MINUS", -3)}) {
      values += text(2, text(1, name) + number(2, static_cast<std::uint64_t>(std::int64_t{value})));
    }
    file += text(5, text(1, "Color") + values);
    file += text(12, shape_.proto2 ? "proto2" : "proto3");
    return text(1, file);
  }

 private:
  std::int32_t fresh_number() {
    for (;;) {
      std::int64_t n = 0;
      switch (r_.below(shape_.small_numbers ? 3 : 5)) {
        case 0: n = used_.empty() ? 1 : *used_.rbegin() + 1; break;
        case 1: n = r_.between(1, 40); break;
        case 2: n = r_.between(1, 18999); break;
        case 3: n = r_.between(20000, 536870911); break;
        default: n = std::int64_t{1} << r_.below(29); break;
      }
      const bool reserved = n >= 19000 && n <= 19999;
      const bool too_large = n > (shape_.small_numbers ? 32767 : 536870911);
      if (!reserved && !too_large && used_.insert(static_cast<std::int32_t>(n)).second) {
        return static_cast<std::int32_t>(n);
      }
    }
  }

  std::string type_name(unsigned type, int first) {
    if (type == t_enum) {
      return text(6, ".gen.Color");
    }
    const auto from = static_cast<std::size_t>(first);
    const auto count = static_cast<std::size_t>(shape_.messages);
    return text(6, ".gen.M" + std::to_string(from + r_.below(count - from)));
  }
  static bool is_named(unsigned type) { return type == t_enum || type == t_message; }
  static bool is_packable(unsigned type) {
    return type != t_string && type != t_bytes && type != t_message && type != t_group;
  }
  unsigned any_type() {
    const auto type = static_cast<unsigned>(1 + r_.below(18));
    return type == t_group || r_.chance(15) ? unsigned{t_message} : type;
  }
  unsigned key_type() {
    static constexpr unsigned keys[] = {t_int64,    t_uint64,   t_int32,  t_fixed64,
                                        t_fixed32,  t_bool,     t_string, t_uint32,
                                        t_sfixed32, t_sfixed64, t_sint32, t_sint64};
    return r_.pick(keys);
  }

  static std::string field(const std::string& name, std::int32_t id, unsigned label, unsigned type,
                           const std::string& more) {
    return text(1, name) + number(3, static_cast<std::uint64_t>(id)) + number(4, label) +
           number(5, type) + more + text(10, name);
  }

  std::string default_of(unsigned type) {
    if (!shape_.proto2 || !r_.chance(25)) {
      return {};
    }
    switch (type) {
      case t_bool: return text(7, "true");
      case t_string:
      case t_bytes: return text(7, "dflt");
      case t_enum: return text(7, r_.chance(50) ? "SEVEN" : "MINUS");
      case t_double:
      case t_float: return text(7, r_.chance(20) ? "-inf" : "0.25");
      case t_message: return {};
      default: return text(7, "17");
    }
  }

  // The descriptor of message `at`, with its nested types.
  std::string message(int at) {
    at_ = at;
    used_.clear();
    std::string fields;
    std::string nested;
    std::vector<std::string> oneofs;
    std::vector<std::string> synthetic;  // fields with a synthetic oneof; these oneofs come last
    const auto count = r_.below(static_cast<std::size_t>(shape_.fields) + 1) + (at == 0 ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "f" + std::to_string(i);
      switch (r_.below(8)) {
        case 0: map(name, fields, nested); break;
        case 1: one_of(name, oneofs, fields); break;
        case 2:
        case 3: fields += text(2, list(name)); break;
        case 4:
          if (shape_.proto2) {
            group(name, fields, nested);
          } else {
            const unsigned type = any_type();
            synthetic.push_back(field(name, fresh_number(), optional_label, type,
                                      is_named(type) ? type_name(type, 0) : ""));
          }
          break;
        default: fields += text(2, single(name, at)); break;
      }
    }
    std::string names;
    for (const std::string& name : oneofs) {
      names += text(8, text(1, name));
    }
    std::size_t index = oneofs.size();
    for (const std::string& f : synthetic) {
      fields += text(2, f + number(9, index) + number(17, 1));
      names += text(8, text(1, "_x" + std::to_string(index++)));
    }
    return text(1, "M" + std::to_string(at)) + fields + nested + names;
  }

  std::string single(const std::string& name, int at) {
    unsigned type = any_type();
    const bool required = shape_.proto2 && r_.chance(15);
    if (required && type == t_message && at + 1 == shape_.messages) {
      type = t_int32;
    }
    std::string more = is_named(type) ? type_name(type, required ? at + 1 : 0) : "";
    if (type == t_enum && required) {
      more = type_name(type, 0);
    }
    return field(name, fresh_number(), required ? required_label : optional_label, type,
                 more + default_of(type));
  }

  std::string list(const std::string& name) {
    const unsigned type = any_type();
    std::string more = is_named(type) ? type_name(type, 0) : "";
    if (is_packable(type) && r_.chance(50)) {
      more += text(8, number(2, r_.below(2)));
    }
    return field(name, fresh_number(), repeated_label, type, more);
  }

  void map(const std::string& name, std::string& fields, std::string& nested) {
    const std::string entry = "F" + name.substr(1) + "Entry";
    const unsigned value = any_type();
    nested += text(3, text(1, entry) + text(2, field("key", 1, optional_label, key_type(), "")) +
                          text(2, field("value", 2, optional_label, value,
                                        is_named(value) ? type_name(value, 0) : "")) +
                          text(7, number(7, 1)));
    fields += text(2, field(name, fresh_number(), repeated_label, t_message,
                            text(6, ".gen." + current() + "." + entry)));
  }

  void one_of(const std::string& name, std::vector<std::string>& oneofs, std::string& fields) {
    for (std::size_t i = 0; i < 3; ++i) {
      const unsigned type = any_type();
      fields +=
          text(2, field(name + static_cast<char>('a' + i), fresh_number(), optional_label, type,
                        (is_named(type) ? type_name(type, 0) : "") + number(9, oneofs.size())));
    }
    oneofs.push_back("one_" + name);
  }

  void group(const std::string& name, std::string& fields, std::string& nested) {
    const std::string type = "F" + name.substr(1);
    nested += text(
        3, text(1, type) + text(2, field("x", 1, optional_label, t_sint32, "")) +
               text(2, field("y", 300, repeated_label, t_string, "")) +
               text(2, field("z", 5, optional_label, t_message, text(6, ".gen." + current()))));
    fields += text(2, field(name, fresh_number(), r_.chance(30) ? repeated_label : optional_label,
                            t_group, text(6, ".gen." + current() + "." + type)));
  }

  [[nodiscard]] std::string current() const { return "M" + std::to_string(at_); }

  Random r_;
  DescriptorShape shape_;
  int at_ = 0;  // the message that is being made
  std::set<std::int32_t> used_;
};

}  // namespace

std::string random_descriptor(std::uint64_t seed, const DescriptorShape& shape) {
  return Generator(seed, shape).run();
}

}  // namespace wirejit::test
