// Conversion of descriptors, random messages, and scrambling of their bytes.
#include "tests/support/protobuf_support.h"

#include "pb/parse.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <vector>

namespace wirejit::test {

namespace gp = google::protobuf;

namespace {

class Converter {
 public:
  Schema run(const gp::FileDescriptor& file) {
    builder_.add_document(std::string(file.package()));
    for (int i = 0; i < file.enum_type_count(); ++i) {
      declare(*file.enum_type(i));
    }
    for (int i = 0; i < file.message_type_count(); ++i) {
      declare(*file.message_type(i));
    }
    for (const auto& [from, to] : structs_) {
      fill(*from, *to);
    }
    auto schema = builder_.build();
    if (!schema) {
      throw std::runtime_error(schema.error().to_string());
    }
    return *schema;
  }

 private:
  void declare(const gp::EnumDescriptor& e) {
    EnumType& to = builder_.add_enum(e.name());
    to.closed = e.file()->syntax() == gp::FileDescriptor::SYNTAX_PROTO2;
    for (int i = 0; i < e.value_count(); ++i) {
      to.values.push_back({.name = e.value(i)->name(), .number = e.value(i)->number()});
    }
    enums_[&e] = &to;
  }

  void declare(const gp::Descriptor& d) {
    if (d.map_key() != nullptr) {
      return;
    }
    structs_[&d] = &builder_.add_struct(d.name());
    for (int i = 0; i < d.enum_type_count(); ++i) {
      declare(*d.enum_type(i));
    }
    for (int i = 0; i < d.nested_type_count(); ++i) {
      declare(*d.nested_type(i));
    }
  }

  void fill(const gp::Descriptor& from, StructType& to) {
    for (int i = 0; i < from.real_oneof_decl_count(); ++i) {
      to.oneofs.push_back({.name = from.oneof_decl(i)->name()});
    }
    std::vector<const gp::FieldDescriptor*> fields;
    for (int i = 0; i < from.field_count(); ++i) {
      fields.push_back(from.field(i));
    }
    std::sort(fields.begin(), fields.end(),
              [](const auto* a, const auto* b) { return a->number() < b->number(); });
    for (const gp::FieldDescriptor* f : fields) {
      Field& field = to.fields.emplace_back();
      field.id = f->number();
      field.name = f->name();
      field.json_name = f->json_name();
      field.packed = f->is_packed();
      field.oneof =
          f->real_containing_oneof() != nullptr ? f->real_containing_oneof()->index() : -1;
      field.requiredness = f->is_required()    ? Requiredness::required
                           : f->has_presence() ? Requiredness::optional
                                               : Requiredness::standard;
      field.type = f->is_map()        ? map_of(*f->message_type())
                   : f->is_repeated() ? builder_.list_of(type_of(*f))
                                      : type_of(*f);
    }
  }

  const Type* map_of(const gp::Descriptor& entry) {
    return builder_.map_of(type_of(*entry.map_key()), type_of(*entry.map_value()));
  }

  const Type* type_of(const gp::FieldDescriptor& f) {
    using F = gp::FieldDescriptor;
    const bool checked = f.file()->syntax() == gp::FileDescriptor::SYNTAX_PROTO3;
    switch (f.type()) {
      case F::TYPE_DOUBLE: return builder_.base(Kind::float64);
      case F::TYPE_FLOAT: return builder_.base(Kind::float32);
      case F::TYPE_INT64: return builder_.base(Kind::i64);
      case F::TYPE_UINT64: return builder_.base(Kind::u64);
      case F::TYPE_INT32: return builder_.base(Kind::i32);
      case F::TYPE_FIXED64: return builder_.base(Kind::u64, Wire::fixed);
      case F::TYPE_FIXED32: return builder_.base(Kind::u32, Wire::fixed);
      case F::TYPE_BOOL: return builder_.base(Kind::boolean);
      case F::TYPE_STRING:
        return builder_.base(Kind::string, checked ? Wire::standard : Wire::unchecked);
      case F::TYPE_GROUP: return builder_.of(*structs_.at(f.message_type()), Wire::delimited);
      case F::TYPE_MESSAGE: return builder_.of(*structs_.at(f.message_type()));
      case F::TYPE_BYTES: return builder_.base(Kind::binary);
      case F::TYPE_UINT32: return builder_.base(Kind::u32);
      case F::TYPE_ENUM: return builder_.of(*enums_.at(f.enum_type()));
      case F::TYPE_SFIXED32: return builder_.base(Kind::i32, Wire::fixed);
      case F::TYPE_SFIXED64: return builder_.base(Kind::i64, Wire::fixed);
      case F::TYPE_SINT32: return builder_.base(Kind::i32, Wire::zigzag);
      case F::TYPE_SINT64: return builder_.base(Kind::i64, Wire::zigzag);
    }
    return nullptr;
  }

  SchemaBuilder builder_;
  std::map<const gp::EnumDescriptor*, EnumType*> enums_;
  std::map<const gp::Descriptor*, StructType*> structs_;
};

}  // namespace

Proto::Proto(const gp::FileDescriptor& file) : file_(file), schema_(Converter().run(file)) {}

const gp::Descriptor& Proto::descriptor(const std::string& name) const {
  const gp::Descriptor* found = file_.FindMessageTypeByName(name);
  if (found == nullptr) {
    throw std::runtime_error("no message " + name);
  }
  return *found;
}

std::unique_ptr<gp::Message> Proto::message(const std::string& name) const {
  gp::MessageFactory& factory = *gp::MessageFactory::generated_factory();
  return std::unique_ptr<gp::Message>(factory.GetPrototype(&descriptor(name))->New());
}

namespace {

std::string random_text(Random& random) {
  static constexpr const char* parts[] = {
      "a",  "bc", "\xc3\xa4",         "0123456789abcdef",
      "\n", "\"", "\xf0\x9f\x98\x80", "longer text that is not short"};
  std::string s;
  for (std::size_t n = random.below(random.chance(10) ? 20 : 4); n > 0; --n) {
    s += random.pick(parts);
  }
  return s;
}

std::uint64_t random_word(Random& random) {
  const std::uint64_t word = random.next() >> random.below(64);
  return random.chance(20) ? ~word : random.chance(20) ? 0 : word;
}

// Sets or adds one value.
void random_value(gp::Message& m, const gp::FieldDescriptor& f, Random& random, int depth) {
  const gp::Reflection& r = *m.GetReflection();
  const bool many = f.is_repeated();
  const std::uint64_t word = random_word(random);
  const auto real = static_cast<double>(static_cast<std::int64_t>(word)) / 7;
  using F = gp::FieldDescriptor;
  switch (f.cpp_type()) {
    case F::CPPTYPE_INT32: {
      const auto v = static_cast<std::int32_t>(word);
      return many ? r.AddInt32(&m, &f, v) : r.SetInt32(&m, &f, v);
    }
    case F::CPPTYPE_INT64: {
      const auto v = static_cast<std::int64_t>(word);
      return many ? r.AddInt64(&m, &f, v) : r.SetInt64(&m, &f, v);
    }
    case F::CPPTYPE_UINT32: {
      const auto v = static_cast<std::uint32_t>(word);
      return many ? r.AddUInt32(&m, &f, v) : r.SetUInt32(&m, &f, v);
    }
    case F::CPPTYPE_UINT64: return many ? r.AddUInt64(&m, &f, word) : r.SetUInt64(&m, &f, word);
    case F::CPPTYPE_DOUBLE: return many ? r.AddDouble(&m, &f, real) : r.SetDouble(&m, &f, real);
    case F::CPPTYPE_FLOAT: {
      const auto v = static_cast<float>(real);
      return many ? r.AddFloat(&m, &f, v) : r.SetFloat(&m, &f, v);
    }
    case F::CPPTYPE_BOOL: {
      const bool v = (word & 1) != 0;
      return many ? r.AddBool(&m, &f, v) : r.SetBool(&m, &f, v);
    }
    case F::CPPTYPE_ENUM: {
      const auto at =
          static_cast<int>(random.below(static_cast<std::size_t>(f.enum_type()->value_count())));
      const int v = f.enum_type()->value(at)->number();
      return many ? r.AddEnumValue(&m, &f, v) : r.SetEnumValue(&m, &f, v);
    }
    case F::CPPTYPE_STRING: {
      std::string v = random_text(random);
      if (f.type() == F::TYPE_BYTES && random.chance(50)) {
        v += "\xff\x80";
      }
      return many ? r.AddString(&m, &f, v) : r.SetString(&m, &f, v);
    }
    case F::CPPTYPE_MESSAGE:
      return random_message(many ? *r.AddMessage(&m, &f) : *r.MutableMessage(&m, &f), random,
                            depth + 1);
  }
}

}  // namespace

void random_message(gp::Message& m, Random& random, int depth) {
  const gp::Descriptor& d = *m.GetDescriptor();
  const unsigned likely = depth == 0 ? 60 : depth < 4 ? 35 : 3;
  const bool full = depth == 0 && random.chance(15);
  for (int i = 0; i < d.field_count(); ++i) {
    const gp::FieldDescriptor& f = *d.field(i);
    const bool entry = d.map_key() != nullptr;
    if (!f.is_required() && !entry && !full && !random.chance(likely)) {
      continue;
    }
    if (f.is_required() && f.cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE) {
      m.GetReflection()->MutableMessage(&m, &f);
      continue;
    }
    const std::size_t times = f.is_repeated() ? 1 + random.below(random.chance(10) ? 40 : 4) : 1;
    for (std::size_t k = 0; k < times; ++k) {
      random_value(m, f, random, depth);
    }
  }
}

std::string serialized(const gp::Message& m) {
  std::string bytes;
  gp::io::StringOutputStream stream(&bytes);
  gp::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  if (!m.SerializePartialToCodedStream(&out)) {
    throw std::runtime_error("cannot serialize");
  }
  out.Trim();
  return bytes;
}

// ---- Scrambling

namespace {

std::string varint_bytes(std::uint64_t v, std::size_t longer = 0) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  s += static_cast<char>(v);
  for (; longer > 0 && s.size() < 10; --longer) {
    s.back() = static_cast<char>(s.back() | '\x80');
    s += '\0';
  }
  return s;
}

std::string tag_bytes(int number, int wire) {
  return varint_bytes(static_cast<std::uint64_t>(number) << 3 | static_cast<unsigned>(wire));
}

std::string with_length(const std::string& tag, const std::string& content) {
  return tag + varint_bytes(content.size()) + content;
}

class Scrambler {
 public:
  explicit Scrambler(Random& random) : random_(random) {}

  std::string message(std::string_view bytes, const gp::Descriptor& type, int depth) {
    std::vector<std::string> parts;
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
    pb::FieldCursor fields(at, at + bytes.size(), 100);
    while (fields.next()) {
      field(fields, type.FindFieldByNumber(fields.number()), depth, parts);
    }
    if (random_.chance(30)) {
      parts.push_back(unknown(type));
    }
    // Parts of the same field or oneof keep their order, as it decides how they are merged.
    std::string out;
    const bool shuffled = random_.chance(60);
    while (!parts.empty()) {
      std::size_t k = shuffled ? random_.below(parts.size()) : 0;
      const int number = number_of(parts[k]);
      for (std::size_t j = 0; j < k; ++j) {
        if (same_order(type, number_of(parts[j]), number)) {
          k = j;
          break;
        }
      }
      out += parts[k];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(k));
    }
    return out;
  }

 private:
  static int number_of(const std::string& part) {
    pb::Tag tag;
    const auto* at = reinterpret_cast<const std::uint8_t*>(part.data());
    (void)pb::parse_tag(at, at + part.size(), &tag);
    return tag.number();
  }
  static bool same_order(const gp::Descriptor& type, int a, int b) {
    const gp::FieldDescriptor* x = type.FindFieldByNumber(a);
    const gp::FieldDescriptor* y = type.FindFieldByNumber(b);
    return a == b || (x == nullptr && y == nullptr) ||
           (x != nullptr && y != nullptr && x->containing_oneof() != nullptr &&
            x->containing_oneof() == y->containing_oneof());
  }

  std::string unknown(const gp::Descriptor& type) {
    int number = 0;
    do {
      number = static_cast<int>(1 + random_.below(random_.chance(50) ? 30 : 100000));
    } while (type.FindFieldByNumber(number) != nullptr);
    switch (random_.below(5)) {
      case 0: return tag_bytes(number, 0) + varint_bytes(random_.next());
      case 1: return tag_bytes(number, 1) + "12345678";
      case 2: return with_length(tag_bytes(number, 2), "unknown");
      case 3: return tag_bytes(number, 5) + "1234";
      default:
        return tag_bytes(number, 3) + with_length(tag_bytes(1, 2), "in") + tag_bytes(2, 3) +
               tag_bytes(2, 4) + tag_bytes(number, 4);
    }
  }

  void field(const pb::FieldCursor& f, const gp::FieldDescriptor* known, int depth,
             std::vector<std::string>& parts) {
    const std::string whole(f.begin(), f.end());
    const std::string value(f.value(), f.value_end());
    if (known == nullptr || depth > 20) {
      parts.push_back(whole);
      return;
    }
    if (known->is_packable() && known->is_repeated()) {
      return numbers(f, *known, parts);
    }
    if (known->is_map()) {
      parts.push_back(
          with_length(tag_bytes(f.number(), 2), entry(value, *known->message_type(), depth)));
      if (random_.chance(15)) {
        parts.insert(parts.end() - 1, whole);  // an earlier entry with the same key
      }
      return;
    }
    if (known->cpp_type() != gp::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (random_.chance(10)) {
        parts.push_back(whole);
      }
      parts.push_back(whole);
      return;
    }
    const gp::Descriptor& type = *known->message_type();
    const bool group = known->type() == gp::FieldDescriptor::TYPE_GROUP;
    const auto wrap = [&](const std::string& content) {
      return group ? tag_bytes(f.number(), 3) + content + tag_bytes(f.number(), 4)
                   : with_length(tag_bytes(f.number(), 2), content);
    };
    const std::string content = message(value, type, depth + 1);
    if (known->is_repeated() || !random_.chance(30)) {
      parts.push_back(wrap(content));
      return;
    }
    // The message in two parts, cut between two of its fields.
    std::vector<std::size_t> ends{0};
    const auto* at = reinterpret_cast<const std::uint8_t*>(content.data());
    pb::FieldCursor fields(at, at + content.size(), 100);
    while (fields.next()) {
      ends.push_back(static_cast<std::size_t>(fields.end() - at));
    }
    const std::size_t cut = ends[random_.below(ends.size())];
    parts.push_back(wrap(content.substr(0, cut)));
    parts.push_back(wrap(content.substr(cut)));
  }

  std::string entry(const std::string& value, const gp::Descriptor& type, int depth) {
    std::string key;
    std::string mapped;
    const auto* at = reinterpret_cast<const std::uint8_t*>(value.data());
    pb::FieldCursor fields(at, at + value.size(), 100);
    while (fields.next()) {
      std::string part(fields.begin(), fields.end());
      const gp::FieldDescriptor& known = *type.FindFieldByNumber(fields.number());
      if (fields.number() == 2 && known.cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE) {
        part = with_length(tag_bytes(2, 2),
                           message({reinterpret_cast<const char*>(fields.value()),
                                    static_cast<std::size_t>(fields.value_end() - fields.value())},
                                   *known.message_type(), depth + 1));
      }
      const bool zero =
          part == tag_bytes(fields.number(), fields.type() == pb::WireType::length ? 2 : 0) +
                      std::string(1, '\0');
      if (zero && random_.chance(50) && known.cpp_type() != gp::FieldDescriptor::CPPTYPE_ENUM) {
        continue;
      }
      (fields.number() == 1 ? key : mapped) += part;
    }
    std::string out = random_.chance(30) ? mapped + key : key + mapped;
    return random_.chance(10) ? out + unknown(type) : out;
  }

  // A list of numbers as any mixture of packed runs and single numbers.
  void numbers(const pb::FieldCursor& f, const gp::FieldDescriptor& known,
               std::vector<std::string>& parts) {
    std::vector<std::string> each;
    const int wire = static_cast<int>(pb_wire(known));
    if (static_cast<int>(f.type()) == wire) {
      each.emplace_back(f.value(), f.value_end());
    } else {
      const std::uint8_t* at = f.value();
      while (at != f.value_end()) {
        const std::uint8_t* next = at + (wire == 5 ? 4 : wire == 1 ? 8 : 0);
        while (wire == 0 && *next >= 0x80) {
          ++next;
        }
        next += wire == 0 ? 1 : 0;
        each.emplace_back(at, next);
        at = next;
      }
    }
    for (std::size_t i = 0; i < each.size();) {
      if (random_.chance(30)) {
        parts.push_back(tag_bytes(f.number(), wire) + each[i++]);
        continue;
      }
      std::string run;
      const std::size_t end =
          random_.chance(50) ? each.size() : i + random_.below(each.size() - i + 1);
      for (; i < end; ++i) {
        run += each[i];
      }
      parts.push_back(with_length(tag_bytes(f.number(), 2), run));
    }
  }

  static unsigned pb_wire(const gp::FieldDescriptor& f) {
    using F = gp::FieldDescriptor;
    switch (f.type()) {
      case F::TYPE_DOUBLE:
      case F::TYPE_FIXED64:
      case F::TYPE_SFIXED64: return 1;
      case F::TYPE_FLOAT:
      case F::TYPE_FIXED32:
      case F::TYPE_SFIXED32: return 5;
      default: return 0;
    }
  }

  Random& random_;
};

}  // namespace

std::string scramble(std::string_view bytes, const gp::Descriptor& type, Random& random) {
  return Scrambler(random).message(bytes, type, 0);
}

}  // namespace wirejit::test
