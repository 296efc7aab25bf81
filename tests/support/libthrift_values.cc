#include "tests/support/libthrift_values.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/TJSONProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>

namespace wirejit::test {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::protocol::TCompactProtocol;
using apache::thrift::protocol::TJSONProtocol;
using apache::thrift::protocol::TProtocol;
using apache::thrift::protocol::TType;
using apache::thrift::transport::TMemoryBuffer;

constexpr std::size_t uuid_bytes = 16;

TType code_of(const Type& type) {
  using namespace apache::thrift::protocol;
  switch (type.kind) {
    case Kind::boolean: return T_BOOL;
    case Kind::i8: return T_BYTE;
    case Kind::i16: return T_I16;
    case Kind::i32:
    case Kind::enumeration: return T_I32;
    case Kind::i64: return T_I64;
    case Kind::float64: return T_DOUBLE;
    case Kind::string:
    case Kind::binary: return T_STRING;
    case Kind::uuid: return static_cast<TType>(16);
    case Kind::structure: return T_STRUCT;
    case Kind::list: return T_LIST;
    case Kind::set: return T_SET;
    case Kind::map: return T_MAP;
    default: throw std::invalid_argument("Thrift has no such type");
  }
}

std::unique_ptr<TProtocol> make(LibthriftProtocol protocol, std::shared_ptr<TMemoryBuffer> buffer) {
  switch (protocol) {
    case LibthriftProtocol::binary: return std::make_unique<TBinaryProtocol>(std::move(buffer));
    case LibthriftProtocol::compact: return std::make_unique<TCompactProtocol>(std::move(buffer));
    case LibthriftProtocol::json: break;
  }
  return std::make_unique<TJSONProtocol>(std::move(buffer));
}

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) {
      text += base64_digits[bits >> (held - 6) & 63];
    }
  }
  if (held > 0) {
    text += base64_digits[bits << (6 - held) & 63];
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string of_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos) {
      break;  // the padding
    }
    bits = bits << 6 | static_cast<unsigned>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held & 0xff);
    }
  }
  return bytes;
}

std::string of_uuid(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '-') {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i++, 2)), nullptr, 16));
    }
  }
  return bytes;
}

std::string to_uuid(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
    text += digits[static_cast<unsigned char>(bytes[i]) >> 4];
    text += digits[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return text;
}

const std::string& as_text(const CaseValue& v) { return v.get_ref<const std::string&>(); }

double to_double(const CaseValue& v) {
  if (!v.is_string()) {
    return v.get<double>();
  }
  return as_text(v) == "NaN"        ? std::numeric_limits<double>::quiet_NaN()
         : as_text(v) == "Infinity" ? std::numeric_limits<double>::infinity()
                                    : -std::numeric_limits<double>::infinity();
}

std::int32_t to_enum(const Type& type, const CaseValue& v) {
  if (v.is_number()) {
    return v.get<std::int32_t>();
  }
  for (const auto& member : type.enumeration->values) {
    if (member.name == as_text(v)) {
      return static_cast<std::int32_t>(member.number);
    }
  }
  // The key of a map: a number that the enum lacks.
  std::int32_t number = 0;
  const std::string& text = as_text(v);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("the enum has no " + text);
  }
  return number;
}

// The value whose text is an object's key.
CaseValue of_key(const Type& type, const std::string& key) {
  switch (type.kind) {
    case Kind::boolean: return key == "true";
    case Kind::i8:
    case Kind::i16:
    case Kind::i32:
    case Kind::i64:
    case Kind::float64: return CaseValue::parse(key);
    default: return key;
  }
}

bool has_object_keys(const Type& map) {
  return map.key->kind != Kind::structure && map.key->kind != Kind::list &&
         map.key->kind != Kind::set && map.key->kind != Kind::map;
}

class Writer {
 public:
  Writer(TProtocol& out, TMemoryBuffer& bytes) : out_(out), bytes_(bytes) {}

  void structure(const StructType& type, const CaseValue& value) {
    out_.writeStructBegin(type.name.c_str());
    std::size_t known = 0;
    for (const Field& f : type.fields) {
      const auto found = value.find(f.json_name.empty() ? f.name : f.json_name);
      if (found == value.end()) {
        continue;
      }
      ++known;
      out_.writeFieldBegin(f.name.c_str(), code_of(*f.type), static_cast<std::int16_t>(f.id));
      write(*f.type, *found);
      out_.writeFieldEnd();
    }
    if (known != value.size()) {
      throw std::invalid_argument("a key is no field: " + value.dump());
    }
    out_.writeFieldStop();
    out_.writeStructEnd();
  }

  void write(const Type& type, const CaseValue& v) {
    switch (type.kind) {
      case Kind::boolean: out_.writeBool(v.get<bool>()); break;
      case Kind::i8: out_.writeByte(v.get<std::int8_t>()); break;
      case Kind::i16: out_.writeI16(v.get<std::int16_t>()); break;
      case Kind::i32: out_.writeI32(v.get<std::int32_t>()); break;
      case Kind::enumeration: out_.writeI32(to_enum(type, v)); break;
      case Kind::i64: out_.writeI64(v.get<std::int64_t>()); break;
      case Kind::float64: out_.writeDouble(to_double(v)); break;
      case Kind::string: out_.writeString(as_text(v)); break;
      case Kind::binary: out_.writeBinary(of_base64(as_text(v))); break;
      case Kind::uuid: {
        const std::string bytes = of_uuid(as_text(v));
        bytes_.write(reinterpret_cast<const std::uint8_t*>(bytes.data()), uuid_bytes);
        break;
      }
      case Kind::structure: structure(*type.structure, v); break;
      case Kind::list:
        out_.writeListBegin(code_of(*type.element), static_cast<std::uint32_t>(v.size()));
        elements(type, v);
        out_.writeListEnd();
        break;
      case Kind::set:
        out_.writeSetBegin(code_of(*type.element), static_cast<std::uint32_t>(v.size()));
        elements(type, v);
        out_.writeSetEnd();
        break;
      case Kind::map: map(type, v); break;
      default: throw std::invalid_argument("Thrift has no such type");
    }
  }

 private:
  void elements(const Type& type, const CaseValue& v) {
    for (const CaseValue& e : v) {
      write(*type.element, e);
    }
  }
  void map(const Type& type, const CaseValue& v) {
    out_.writeMapBegin(code_of(*type.key), code_of(*type.value),
                       static_cast<std::uint32_t>(v.size()));
    if (has_object_keys(type)) {
      for (const auto& entry : v.items()) {
        write(*type.key, of_key(*type.key, entry.key()));
        write(*type.value, entry.value());
      }
    } else {
      for (const CaseValue& pair : v) {
        write(*type.key, pair.at(0));
        write(*type.value, pair.at(1));
      }
    }
    out_.writeMapEnd();
  }

  TProtocol& out_;
  TMemoryBuffer& bytes_;
};

class Reader {
 public:
  Reader(TProtocol& in, TMemoryBuffer& bytes) : in_(in), bytes_(bytes) {}

  CaseValue structure(const StructType& type) {
    CaseValue value = CaseValue::object();
    std::string name;
    in_.readStructBegin(name);
    for (;;) {
      TType code{};
      std::int16_t id = 0;
      in_.readFieldBegin(name, code, id);
      if (code == apache::thrift::protocol::T_STOP) {
        break;
      }
      const Field* f = type.find(id);
      if (f == nullptr || code_of(*f->type) != code) {
        in_.skip(code);
      } else {
        value[f->json_name.empty() ? f->name : f->json_name] = read(*f->type);
      }
      in_.readFieldEnd();
    }
    in_.readStructEnd();
    return value;
  }

 private:
  CaseValue read(const Type& type) {
    switch (type.kind) {
      case Kind::boolean: return number<bool>(&TProtocol::readBool);
      case Kind::i8: return number<std::int8_t>(&TProtocol::readByte);
      case Kind::i16: return number<std::int16_t>(&TProtocol::readI16);
      case Kind::i32: return number<std::int32_t>(&TProtocol::readI32);
      case Kind::i64: return number<std::int64_t>(&TProtocol::readI64);
      case Kind::float64: return real(number<double>(&TProtocol::readDouble));
      case Kind::enumeration: {
        const auto n = number<std::int32_t>(&TProtocol::readI32);
        for (const auto& member : type.enumeration->values) {
          if (member.number == n) {
            return member.name;
          }
        }
        return n;
      }
      case Kind::string: {
        std::string s;
        in_.readString(s);
        return s;
      }
      case Kind::binary: {
        std::string s;
        in_.readBinary(s);
        return to_base64(s);
      }
      case Kind::uuid: {
        std::string s(uuid_bytes, '\0');
        bytes_.readAll(reinterpret_cast<std::uint8_t*>(s.data()), uuid_bytes);
        return to_uuid(s);
      }
      case Kind::structure: return structure(*type.structure);
      case Kind::list:
      case Kind::set: return elements(type);
      case Kind::map: return map(type);
      default: throw std::invalid_argument("Thrift has no such type");
    }
  }
  template <class T>
  T number(std::uint32_t (TProtocol::*call)(T&)) {
    T v{};
    (in_.*call)(v);
    return v;
  }
  static CaseValue real(double d) {
    if (std::isnan(d)) {
      return "NaN";
    }
    if (std::isinf(d)) {
      return d > 0 ? "Infinity" : "-Infinity";
    }
    return d;
  }
  CaseValue elements(const Type& type) {
    TType code{};
    std::uint32_t size = 0;
    if (type.kind == Kind::list) {
      in_.readListBegin(code, size);
    } else {
      in_.readSetBegin(code, size);
    }
    CaseValue v = CaseValue::array();
    for (std::uint32_t i = 0; i < size; ++i) {
      v.push_back(read(*type.element));
    }
    type.kind == Kind::list ? in_.readListEnd() : in_.readSetEnd();
    return v;
  }
  CaseValue map(const Type& type) {
    TType key{};
    TType value{};
    std::uint32_t size = 0;
    in_.readMapBegin(key, value, size);
    CaseValue v = has_object_keys(type) ? CaseValue::object() : CaseValue::array();
    for (std::uint32_t i = 0; i < size; ++i) {
      const CaseValue k = read(*type.key);
      if (v.is_object()) {
        v[k.is_string() ? as_text(k) : k.dump()] = read(*type.value);
      } else {
        v.push_back(CaseValue::array({k, read(*type.value)}));
      }
    }
    in_.readMapEnd();
    return v;
  }

  TProtocol& in_;
  TMemoryBuffer& bytes_;
};

// Whether `is` is true of a type within the struct.
bool has(const StructType& type, bool (*is)(const Type&), std::set<const StructType*>& seen);
bool has(const Type& type, bool (*is)(const Type&), std::set<const StructType*>& seen) {
  return is(type) || (type.element != nullptr && has(*type.element, is, seen)) ||
         (type.key != nullptr && has(*type.key, is, seen)) ||
         (type.value != nullptr && has(*type.value, is, seen)) ||
         (type.kind == Kind::structure && has(*type.structure, is, seen));
}
bool has(const StructType& type, bool (*is)(const Type&), std::set<const StructType*>& seen) {
  if (!seen.insert(&type).second) {
    return false;
  }
  return std::any_of(type.fields.begin(), type.fields.end(),
                     [&](const Field& f) { return has(*f.type, is, seen); });
}
bool is_uuid(const Type& type) { return type.kind == Kind::uuid; }
bool is_map_without_object_keys(const Type& type) {
  return type.kind == Kind::map && !has_object_keys(type);
}

}  // namespace

bool libthrift_holds(LibthriftProtocol protocol, const StructType& type) {
  std::set<const StructType*> seen;
  if (protocol != LibthriftProtocol::binary && has(type, is_uuid, seen)) {
    return false;
  }
  seen.clear();
  return protocol != LibthriftProtocol::json || !has(type, is_map_without_object_keys, seen);
}

std::string libthrift_write(LibthriftProtocol protocol, const StructType& type,
                            const CaseValue& value) {
  const auto buffer = std::make_shared<TMemoryBuffer>();
  const auto out = make(protocol, buffer);
  Writer(*out, *buffer).structure(type, value);
  return buffer->getBufferAsString();
}

CaseValue libthrift_read(LibthriftProtocol protocol, const StructType& type,
                         std::string_view bytes) {
  const auto buffer = std::make_shared<TMemoryBuffer>();
  buffer->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                static_cast<std::uint32_t>(bytes.size()));
  const auto in = make(protocol, buffer);
  return Reader(*in, *buffer).structure(type);
}

}  // namespace wirejit::test
