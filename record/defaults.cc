// Writes constants into the form of records. A struct's defaults may need the default bytes of
// another struct: they are made on demand, depth first. A struct that is needed again before its
// default bytes are complete contains itself.
#include "record/defaults.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

namespace wirejit::record {
namespace {

std::unexpected<Error> does_not_fit(const std::string& type) {
  return std::unexpected(
      Error(Errc::schema_invalid, "the default value does not fit the type " + type));
}

void store(std::uint8_t* to, const void* from, std::size_t size) noexcept {
  std::memcpy(to, from, size);
}

// The {data, count} pair of views, spans and entries.
void store_pair(std::uint8_t* to, const void* data, std::uint64_t count) noexcept {
  store(to, &data, sizeof data);
  store(to + sizeof data, &count, sizeof count);
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads 32 hexadecimal digits with hyphens and braces anywhere between them, or 16 bytes unchanged.
bool parse_uuid(std::string_view text, std::uint8_t* to) noexcept {
  if (text.size() == 16) {
    std::memcpy(to, text.data(), 16);
    return true;
  }
  std::size_t digits = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) {
      if (c == '-' || c == '{' || c == '}') {
        continue;
      }
      return false;
    }
    if (digits == 32) {
      return false;
    }
    std::uint8_t& byte = to[digits / 2];
    byte = static_cast<std::uint8_t>(digits % 2 == 0 ? digit << 4 : byte | digit);
    ++digits;
  }
  return digits == 32;
}

bool fits(Kind kind, std::int64_t n) noexcept {
  const auto in = [n](auto limits) { return n >= limits.min() && n <= limits.max(); };
  switch (kind) {
    case Kind::i8: return in(std::numeric_limits<std::int8_t>{});
    case Kind::u8: return in(std::numeric_limits<std::uint8_t>{});
    case Kind::i16: return in(std::numeric_limits<std::int16_t>{});
    case Kind::u16: return in(std::numeric_limits<std::uint16_t>{});
    case Kind::i32:
    case Kind::enumeration: return in(std::numeric_limits<std::int32_t>{});
    case Kind::u32: return in(std::numeric_limits<std::uint32_t>{});
    default: return true;  // i64; u64 holds the 64 bits as they are
  }
}

bool write_scalar(const Layout& layout, const ConstValue& from, std::uint8_t* to) noexcept {
  const auto* number = std::get_if<std::int64_t>(&from.value);
  if (layout.kind == Kind::boolean) {
    const auto* flag = std::get_if<bool>(&from.value);
    if (flag == nullptr && number == nullptr) {
      return false;
    }
    *to = (flag != nullptr ? *flag : *number != 0) ? 1 : 0;
    return true;
  }
  if (layout.kind == Kind::float64 || layout.kind == Kind::float32) {
    const auto* real = std::get_if<double>(&from.value);
    if (real == nullptr && number == nullptr) {
      return false;
    }
    const double d = real != nullptr ? *real : static_cast<double>(*number);
    const float f = static_cast<float>(d);
    store(to, layout.kind == Kind::float64 ? static_cast<const void*>(&d) : &f, layout.size);
    return true;
  }
  if (number == nullptr || !fits(layout.kind, *number)) {
    return false;
  }
  for (std::uint32_t i = 0; i < layout.size; ++i) {
    to[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(*number) >> (8 * i));
  }
  return true;
}

static_assert(std::endian::native == std::endian::little, "records are little-endian in memory");

}  // namespace

Result<const std::uint8_t*> DefaultMaker::make(const StructLayout& type) {
  const Result<const DefaultBytes*> made = defaults_of(type, 0);
  if (!made) {
    return std::unexpected(made.error());
  }
  return (*made)->bytes;
}

Result<const DefaultMaker::DefaultBytes*> DefaultMaker::defaults_of(const StructLayout& type,
                                                                    std::uint32_t depth) {
  if (auto known = made_.find(&type); known != made_.end()) {
    if (!known->second.complete) {
      return std::unexpected(
          Error(Errc::schema_invalid, "the default value of " + type.name + " contains itself"));
    }
    return &known->second;
  }
  DefaultBytes& defaults = made_[&type];
  defaults.bytes = static_cast<std::uint8_t*>(storage_.allocate(type.size));
  if (defaults.bytes == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::memset(defaults.bytes, 0, type.size);
  defaults.expanded = type.size;
  if (type.flavor != StructFlavor::union_ && layouts_.options().holds_defaults) {
    if (auto filled = fill(type, defaults, depth); !filled) {
      return std::unexpected(std::move(filled).error());
    }
  }
  defaults.complete = true;
  return &defaults;
}

Result<void> DefaultMaker::fill(const StructLayout& type, DefaultBytes& defaults,
                                std::uint32_t depth) {
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    const Field& field = type.schema->fields[i];
    if (!field.default_value) {
      continue;
    }
    const Member& member = type.members[i];
    const Size size = write(*field.type, *member.layout, *field.default_value,
                            defaults.bytes + member.offset, depth + 1);
    if (!size) {
      Error::Detail detail{.code = size.error().code(),
                           .path = type.name + "." + field.name,
                           .message = size.error().message()};
      if (!size.error().path().empty()) {
        detail.path = size.error().path();
      }
      return std::unexpected(Error(std::move(detail)));
    }
    defaults.expanded += *size;
    if (defaults.expanded > layouts_.options().max_default_size + type.size) {
      return std::unexpected(
          Error(Errc::size_limit, "the default values of " + type.name + " are too large"));
    }
    if (field.requiredness != Requiredness::optional) {
      std::uint8_t& byte = defaults.bytes[i / 8];
      byte = static_cast<std::uint8_t>(byte | (1U << (i % 8)));
    }
  }
  return {};
}

DefaultMaker::Size DefaultMaker::write(const Type& type, const Layout& layout,
                                       const ConstValue& from, std::uint8_t* to,
                                       std::uint32_t depth) {
  if (depth > layouts_.options().max_nesting) {
    return std::unexpected(Error(Errc::depth_limit, "default values are nested too deeply"));
  }
  const auto* text = std::get_if<std::string>(&from.value);
  switch (layout.form) {
    case Form::view:
      if (text == nullptr) {
        return does_not_fit(type.to_string());
      }
      return write_text(*text, to);
    case Form::array:
      if (text == nullptr || !parse_uuid(*text, to)) {
        return does_not_fit(type.to_string());
      }
      return 0;
    case Form::span: return write_list(type, layout, from, to, depth);
    case Form::entries: return write_map(type, layout, from, to, depth);
    case Form::boxed: return write_boxed(layout, from, to, depth);
    case Form::structure: return write_struct(*layout.structure_value, from, to, depth);
    default:
      if (!write_scalar(layout, from, to)) {
        return does_not_fit(type.to_string());
      }
      return 0;
  }
}

DefaultMaker::Size DefaultMaker::write_text(const std::string& text, std::uint8_t* to) {
  auto bytes = allocate(text.size(), 1);
  if (!bytes) {
    return std::unexpected(std::move(bytes).error());
  }
  std::memcpy(*bytes, text.data(), text.size());
  store_pair(to, *bytes, text.size());
  return text.size();
}

DefaultMaker::Size DefaultMaker::write_list(const Type& type, const Layout& layout,
                                            const ConstValue& from, std::uint8_t* to,
                                            std::uint32_t depth) {
  const auto* list = std::get_if<ConstValue::List>(&from.value);
  const auto* map = std::get_if<ConstValue::Map>(&from.value);
  if (list == nullptr) {
    if (map == nullptr || !map->empty()) {  // Thrift: {} is an empty list, too
      return does_not_fit(type.to_string());
    }
    return 0;
  }
  auto data = allocate(list->size(), layout.stride);
  if (!data) {
    return std::unexpected(std::move(data).error());
  }
  std::uint64_t total = list->size() * layout.stride;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Size size =
        write(*type.element, *layout.element, (*list)[i], *data + i * layout.stride, depth + 1);
    if (!size) {
      return size;
    }
    total += *size;
  }
  store_pair(to, *data, list->size());
  return total;
}

DefaultMaker::Size DefaultMaker::write_map(const Type& type, const Layout& layout,
                                           const ConstValue& from, std::uint8_t* to,
                                           std::uint32_t depth) {
  const auto* map = std::get_if<ConstValue::Map>(&from.value);
  const auto* list = std::get_if<ConstValue::List>(&from.value);
  if (map == nullptr) {
    if (list == nullptr || !list->empty()) {
      return does_not_fit(type.to_string());
    }
    return 0;
  }
  auto data = allocate(map->size(), layout.stride);
  if (!data) {
    return std::unexpected(std::move(data).error());
  }
  std::uint64_t total = map->size() * layout.stride;
  std::uint8_t* entry = *data;
  for (const auto& [key, value] : *map) {
    const Size key_size = write(*type.key, *layout.key, key, entry, depth + 1);
    if (!key_size) {
      return key_size;
    }
    const Size value_size =
        write(*type.value, *layout.element, value, entry + layout.value_offset, depth + 1);
    if (!value_size) {
      return value_size;
    }
    total += *key_size + *value_size;
    entry += layout.stride;
  }
  store_pair(to, *data, map->size());
  return total;
}

DefaultMaker::Size DefaultMaker::write_boxed(const Layout& layout, const ConstValue& from,
                                             std::uint8_t* to, std::uint32_t depth) {
  const StructLayout& target = *layout.structure_value;
  auto object = allocate(1, target.size);
  if (!object) {
    return std::unexpected(std::move(object).error());
  }
  const Size size = write_struct(target, from, *object, depth);
  if (size) {
    store(to, &*object, sizeof *object);
    return *size + target.size;
  }
  return size;
}

DefaultMaker::Size DefaultMaker::write_struct(const StructLayout& layout, const ConstValue& from,
                                              std::uint8_t* to, std::uint32_t depth) {
  const auto defaults = defaults_of(layout, depth);
  if (!defaults) {
    return std::unexpected(defaults.error());
  }
  store(to, (*defaults)->bytes, layout.size);
  std::uint64_t total = (*defaults)->expanded - layout.size;
  const auto* map = std::get_if<ConstValue::Map>(&from.value);
  const auto* list = std::get_if<ConstValue::List>(&from.value);
  if (map == nullptr) {
    if (list == nullptr || !list->empty()) {
      return does_not_fit(layout.name);
    }
    return total;
  }
  for (const auto& [name, value] : *map) {
    const auto* text = std::get_if<std::string>(&name.value);
    const int at = text == nullptr ? -1 : layout.schema->index_of_name(*text);
    if (at < 0) {
      return std::unexpected(Error(Errc::schema_invalid, "the default value names a field that " +
                                                             layout.name + " does not have"));
    }
    const auto i = static_cast<std::size_t>(at);
    const Member& member = layout.members[i];
    const Size size =
        write(*layout.schema->fields[i].type, *member.layout, value, to + member.offset, depth + 1);
    if (!size) {
      return size;
    }
    total += *size;
    to[i / 8] = static_cast<std::uint8_t>(to[i / 8] | (1U << (i % 8)));
  }
  return total;
}

Result<std::uint8_t*> DefaultMaker::allocate(std::uint64_t count, std::uint64_t size) {
  const std::uint64_t limit = layouts_.options().max_default_size;
  if (size != 0 && count > (limit - used_) / size) {
    return std::unexpected(Error(Errc::size_limit, "default values take too much memory"));
  }
  const std::uint64_t bytes = count * size;
  used_ += bytes;
  auto* at = static_cast<std::uint8_t*>(storage_.allocate(bytes));
  if (at == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::memset(at, 0, bytes);
  return at;
}

}  // namespace wirejit::record
