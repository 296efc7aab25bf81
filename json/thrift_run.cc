// Thrift JSON at run time.
#include "json/thrift_run.h"

#include "jit/runtime.h"
#include "json/parse.h"
#include "json/print.h"
#include "kernels/json_string.h"
#include "kernels/number.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace wirejit::json {

namespace {

using jit::fail;
using jit::helper;
using kernels::ParsedInt;
using kernels::skip_space;
using kernels::Status;

constexpr std::uint64_t largest_count = 0x7fffffff;

constexpr std::string_view wire_names[] = {"tf",  "i8",  "i16", "i32", "i64", "dbl",
                                           "str", "rec", "map", "lst", "set", "uid"};

bool is_wire_name(TypeName name) noexcept {
  return std::any_of(std::begin(wire_names), std::end(wire_names),
                     [&](std::string_view known) { return type_name(known) == name; });
}

// The smallest text of a value.
std::uint64_t smallest_of(const Type& type) {
  switch (type.kind) {
    case Kind::string:
    case Kind::binary:
    case Kind::structure: return 2;  // "" or {}
    case Kind::uuid: return 38;
    case Kind::list:
    case Kind::set: return std::string_view(R"(["tf",0])").size();
    case Kind::map: return std::string_view(R"(["tf","tf",0,{}])").size();
    default: return 1;
  }
}

}  // namespace

std::string_view wire_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean: return "tf";
    case Kind::i8: return "i8";
    case Kind::i16: return "i16";
    case Kind::i32:
    case Kind::enumeration: return "i32";
    case Kind::i64: return "i64";
    case Kind::float64: return "dbl";
    case Kind::string:
    case Kind::binary: return "str";
    case Kind::uuid: return "uid";
    case Kind::structure: return "rec";
    case Kind::list: return "lst";
    case Kind::set: return "set";
    case Kind::map: return "map";
    default: return {};
  }
}

// ---- Tables

FieldIds::FieldIds(const StructType& type, bool reject_unknown, const std::vector<bool>* only)
    : reject_unknown_(reject_unknown) {
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& f = type.fields[i];
    if (only != nullptr && !(*only)[i]) {
      continue;
    }
    entries_.push_back({f.id, type_name(wire_name(f.type->kind)), static_cast<std::int64_t>(i)});
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  dense_ = !entries_.empty() && static_cast<std::size_t>(entries_.back().id) -
                                        static_cast<std::size_t>(entries_.front().id) + 1 ==
                                    entries_.size();
}

const FieldIds::Entry* FieldIds::entry(std::int64_t id) const noexcept {
  if (dense_) {
    const auto k = static_cast<std::uint64_t>(id - entries_.front().id);
    return k < entries_.size() ? &entries_[k] : nullptr;
  }
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), id,
                                   [](const Entry& e, std::int64_t n) { return e.id < n; });
  return at != entries_.end() && at->id == id ? &*at : nullptr;
}

std::int64_t FieldIds::find(std::int64_t id, TypeName type) const noexcept {
  const Entry* const e = entry(id);
  return e != nullptr && e->type == type ? e->index : -1;
}

ContainerHead::ContainerHead(const Type& type) : smallest(0) {
  const auto add = [&](const Type& of, std::uint64_t around) {
    const std::string_view name = wire_name(of.kind);
    text.append("\"").append(name).append("\",");
    types.push_back(type_name(name));
    smallest += around + smallest_of(of);
  };
  if (type.kind == Kind::map) {
    const bool is_quoted = type.key->kind == Kind::string || type.key->kind == Kind::binary ||
                           type.key->kind == Kind::uuid;
    add(*type.key, is_quoted ? 0 : 2);
    add(*type.value, 2);  // the colon and the comma
  } else {
    add(*type.element, 1);
  }
}

namespace {

// ---- Reading fields

const char* text_of(HelperResult r) noexcept { return reinterpret_cast<const char*>(r.first); }

// Reads the name of a type, after its opening quote. Null after a failure.
const char* read_type(Context& ctx, const char* p, const char* end, TypeName& name) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return nullptr;
  }
  name = text.size <= sizeof(TypeName) ? type_name({text.data, text.size}) : 0;
  if (!is_wire_name(name)) {
    fail(ctx, Errc::invalid_type, p);
    return nullptr;
  }
  return text.next;
}

// Reads a field's id, after its opening quote. Null after a failure.
const char* read_id(Context& ctx, const char* p, const char* end, std::int64_t& id) noexcept {
  const auto fits = [&](const ParsedInt& r) {
    id = static_cast<std::int64_t>(r.value);
    return r.status == Status::ok && id >= std::numeric_limits<std::int16_t>::min() &&
           id <= std::numeric_limits<std::int16_t>::max();
  };
  if (const ParsedInt r = kernels::parse_int64(p, end); r.at != end && *r.at == '"' && fits(r))
      [[likely]] {
    return r.at + 1;
  }
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return nullptr;
  }
  const char* const text_end = text.data + text.size;
  if (const ParsedInt r = kernels::parse_int64(text.data, text_end); !fits(r) || r.at != text_end) {
    fail(ctx, Errc::invalid_tag, p - 1);
    return nullptr;
  }
  return text.next;
}

struct Member {
  const char* value;  // its first byte; null after a failure
  std::int64_t id;
  TypeName type;
};

// Reads  id":{"type":  up to the value; the cursor is after the opening quote.
Member read_member(Context& ctx, const char* p, const char* end) noexcept {
  Member m{};
  if ((p = read_id(ctx, p, end, m.id)) == nullptr ||
      (p = text_of(expect_byte(ctx, p, end, ':'))) == nullptr ||
      (p = text_of(open_token(ctx, p, end, '{'))) == nullptr ||
      (p = text_of(expect_byte(ctx, p, end, '"'))) == nullptr ||
      (p = read_type(ctx, p, end, m.type)) == nullptr ||
      (p = text_of(expect_byte(ctx, p, end, ':'))) == nullptr) {
    return m;
  }
  p = skip_space(p, end);
  if (p == end) {
    fail(ctx, Errc::truncated, end);
    return m;
  }
  m.value = p;
  return m;
}

// Text has two levels, the struct and the field, where Thrift has one.
HelperResult skip_member(Context& ctx, const char* p, const char* end) noexcept {
  const std::int32_t depth_left = ctx.depth_left;
  ctx.depth_left = std::clamp(depth_left, 0, std::numeric_limits<std::int32_t>::max() / 2) * 2;
  p = skip_value(ctx, p, end);
  ctx.depth_left = depth_left;
  return p == nullptr ? HelperResult{0, 0} : expect_byte(ctx, p, end, '}');
}

template <bool Keep, bool First>
HelperResult find_field(Context& ctx, const char* p, const char* end,
                        const FieldIds& ids) noexcept {
  for (bool first = First;; first = false) {
    const HelperResult begin = first ? first_entry(ctx, p, end) : next_entry(ctx, p, end);
    if (begin.second == 0) {
      return begin.first == 0 ? begin : HelperResult{begin.first, ids.count()};
    }
    const char* const key = text_of(begin) - 1;
    const Member m = read_member(ctx, key + 1, end);
    if (m.value == nullptr) {
      return {0, 0};
    }
    ctx.extra_results[0] = reinterpret_cast<std::uint64_t>(key);
    if (const std::int64_t index = ids.find(m.id, m.type); index >= 0) {
      return helper_result(m.value, static_cast<std::uint64_t>(index));
    }
    if (ids.rejects_unknown()) {
      return fail(ctx, Errc::unknown_field, key);
    }
    if (Keep) {
      return helper_result(m.value, ids.count() + 1);
    }
    p = text_of(skip_member(ctx, m.value, end));
    if (p == nullptr) {
      return {0, 0};
    }
  }
}

// ---- Reading containers

// There cannot be as many elements as the count says, at their smallest: finds where they end, and
// fails. If there are as many all the same, one of them is too short: it fails when it is read. The
// cursor is after the count.
HelperResult fail_count(Context& ctx, const char* p, const char* end, std::uint64_t count,
                        bool is_map) noexcept {
  if (!is_map) {
    for (;;) {
      const HelperResult next = json::next_element(ctx, p, end);
      if (next.first == 0) {
        return next;
      }
      if (next.second == 0) {
        return fail(ctx, Errc::invalid_count, text_of(next) - 1);
      }
      if (--count == 0) {
        return helper_result(p, 0);
      }
      if ((p = skip_value(ctx, text_of(next), end)) == nullptr) {
        return {0, 0};
      }
    }
  }
  HelperResult next = expect_byte(ctx, p, end, ',');
  next = next.first == 0 ? next : open_token(ctx, text_of(next), end, '{');
  next = next.first == 0 ? next : first_entry(ctx, text_of(next), end);
  for (;;) {
    if (next.first == 0) {
      return next;
    }
    if (next.second == 0) {
      return fail(ctx, Errc::invalid_count, text_of(next) - 1);
    }
    if (--count == 0) {
      return helper_result(p, 0);
    }
    if ((p = skip_text(ctx, text_of(next), end)) == nullptr ||
        (p = text_of(expect_byte(ctx, p, end, ':'))) == nullptr ||
        (p = skip_value(ctx, p, end)) == nullptr) {
      return {0, 0};
    }
    next = next_entry(ctx, p, end);
  }
}

// Reads the names of the types. `other`: the first that is not the schema's, or null.
const char* read_types(Context& ctx, const char* p, const char* end, const ContainerHead& head,
                       const char*& other) noexcept {
  const std::size_t size = head.text.size();
  if (static_cast<std::size_t>(end - p) >= size && std::memcmp(p, head.text.data(), size) == 0)
      [[likely]] {
    return p + size;
  }
  for (const TypeName expected : head.types) {
    TypeName name = 0;
    p = text_of(open_token(ctx, p, end, '"'));
    if (p == nullptr) {
      return nullptr;
    }
    const char* const at = p;
    if ((p = read_type(ctx, p, end, name)) == nullptr) {
      return nullptr;
    }
    other = other == nullptr && name != expected ? at : other;
    if ((p = text_of(expect_byte(ctx, p, end, ','))) == nullptr) {
      return nullptr;
    }
  }
  return p;
}

// Reads a count. {cursor, count}.
HelperResult read_count(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  const bool negative = p != end && *p == '-';
  if (p == end || (!negative && (*p < '0' || *p > '9'))) {
    return unexpected(ctx, p, end);
  }
  const ParsedInt r = kernels::parse_uint64(p, end);
  if (r.at == end) {
    return fail(ctx, Errc::truncated, end);
  }
  if (negative || r.status != Status::ok || r.value > largest_count) {
    return fail(ctx, r.status == Status::not_a_number ? Errc::invalid_number : Errc::invalid_count,
                r.status == Status::not_a_number ? r.at : p);
  }
  return helper_result(r.at, r.value);
}

template <bool Inside>
HelperResult open_container(Context& ctx, const char* p, const char* end,
                            const ContainerHead& head) noexcept {
  if (!Inside) {
    const HelperResult open = open_token(ctx, p, end, '[');
    if (open.first == 0) {
      return open;
    }
    p = text_of(open);
  }
  const char* other = nullptr;
  if ((p = read_types(ctx, p, end, head, other)) == nullptr) {
    return {0, 0};
  }
  const HelperResult count = read_count(ctx, p, end);
  if (count.first == 0) {
    return count;
  }
  if (other != nullptr && count.second != 0) {
    return fail(ctx, Errc::type_mismatch, other);
  }
  p = text_of(count);
  const bool is_map = head.types.size() == 2;
  // A map's first entry has no comma of its own.
  if (count.second * head.smallest > static_cast<std::uint64_t>(end - p) + 1) {
    if (const HelperResult there = fail_count(ctx, p, end, count.second, is_map);
        there.first == 0) {
      return there;
    }
  }
  if (is_map) {
    HelperResult next = expect_byte(ctx, p, end, ',');
    next = next.first == 0 ? next : open_token(ctx, text_of(next), end, '{');
    if (next.first != 0 && count.second != 0) {
      const char* const at = skip_space(text_of(next), end);
      next = at != end && *at == '}' ? fail(ctx, Errc::invalid_count, at)
                                     : expect_byte(ctx, at, end, '"');
    }
    if (next.first == 0) {
      return next;
    }
    p = text_of(next);
  }
  return helper_result(p, count.second);
}

// Skips the comma before an element; `last` ends the container.
HelperResult next_counted(Context& ctx, const char* p, const char* end, char last) noexcept {
  p = skip_space(p, end);
  return p != end && *p == last ? fail(ctx, Errc::invalid_count, p) : expect_byte(ctx, p, end, ',');
}
HelperResult next_counted_element(Context& ctx, const char* p, const char* end,
                                  std::uint64_t) noexcept {
  return next_counted(ctx, p, end, ']');
}
HelperResult next_counted_key(Context& ctx, const char* p, const char* end) noexcept {
  const HelperResult comma = next_counted(ctx, p, end, '}');
  return comma.first == 0 ? comma : expect_byte(ctx, text_of(comma), end, '"');
}

HelperResult close_text(Context& ctx, const char* p, const char* end,
                        const Closing& closing) noexcept {
  bool counted = closing.counted;
  const bool is_empty_map = counted && p[-1] == '{';
  for (const char c : closing.text) {
    p = skip_space(p, end);
    if (counted && p != end && (*p == ',' || (is_empty_map && *p == '"'))) {
      return fail(ctx, Errc::invalid_count, p);
    }
    counted = false;
    const HelperResult next = expect_byte(ctx, p, end, static_cast<unsigned char>(c));
    if (next.first == 0) {
      return next;
    }
    p = text_of(next);
  }
  return helper_result(p, 0);
}

// ---- Reading values

HelperResult end_scalar(Context& ctx, const char* p, const char* end,
                        std::uint64_t value) noexcept {
  return {expect_byte(ctx, p, end, '}').first, value};
}
HelperResult end_bytes(Context& ctx, const char* p, const char* end, std::uint64_t at,
                       std::uint64_t size) noexcept {
  ctx.extra_results[0] = size;
  return {expect_byte(ctx, p, end, '}').first, at};
}

HelperResult read_flag_inside(Context& ctx, const char* p, const char* end) noexcept {
  if (end - p >= 2 && (p[0] == '0' || p[0] == '1') && p[1] == '"') [[likely]] {
    return helper_result(p + 2, p[0] == '1' ? 1 : 0);
  }
  return read_bool_inside(ctx, p, end);
}
HelperResult read_flag(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p != end && (*p == '0' || *p == '1')) {
    return helper_result(p + 1, *p == '1' ? 1 : 0);
  }
  return p != end && *p == '"' ? read_flag_inside(ctx, p + 1, end) : read_bool(ctx, p, end);
}

// At the root nothing else ends a number: 11 is none of 0 and 1, nor is it 1 with a rest.
HelperResult read_root_flag(Context& ctx, const char* p, const char* end) noexcept {
  constexpr std::string_view number = "0123456789+-.eE";
  p = skip_space(p, end);
  const bool is_digit = p != end && (*p == '0' || *p == '1');
  const bool goes_on = is_digit && end - p > 1 && number.find(p[1]) != std::string_view::npos;
  return goes_on ? fail(ctx, Errc::type_mismatch, p) : read_flag(ctx, p, end);
}

// ---- Writing

template <bool Quoted>
char* write_double(std::uint64_t bits, char* out) noexcept {
  const auto v = std::bit_cast<double>(bits);
  return std::isfinite(v) ? kernels::write_double_17(v, out)
                          : write_real<double, Quoted>(bits, out);
}

HelperResult widen_count(Context& ctx, char* cursor, char* soft_end, char* digit,
                         std::uint64_t count) noexcept {
  if (count > largest_count) {
    return fail(ctx, Errc::size_limit, reinterpret_cast<const void*>(ctx.r0));
  }
  char text[kernels::max_int_text];
  const auto size = static_cast<std::size_t>(kernels::write_uint64(count, text) - text);
  const auto begin = [&] {
    return reinterpret_cast<char*>(ctx.extra_results[jit::extra_output_begin]);
  };
  const std::ptrdiff_t at = digit - begin();
  Output out{cursor, soft_end};
  if (!out.room(ctx, size)) {
    return {0, 0};
  }
  digit = begin() + at;
  std::memmove(digit + size, digit + 1, static_cast<std::size_t>(out.at - digit) - 1);
  std::memcpy(digit, text, size);
  out.at += size - 1;
  return out.result();
}

HelperResult write_thrift_members(Context& ctx, char* out, char* soft_end, const char* p,
                                  std::size_t n, const FieldIds& written) noexcept {
  const char* const end = p + n;
  Output o{out, soft_end};
  for (;;) {
    p = skip_space(p, end);
    if (p != end && *p == ',') {  // fields that a caller set may have commas between them
      ++p;
      continue;
    }
    if (p == end) {
      return o.result();
    }
    const HelperResult key = expect_byte(ctx, p, end, '"');
    const Member m = key.first == 0 ? Member{} : read_member(ctx, p + 1, end);
    const char* const after =
        m.value == nullptr ? nullptr : text_of(skip_member(ctx, m.value, end));
    if (after == nullptr) {
      ctx.error_at = jit::at_cursor;
      return {0, 0};
    }
    if (written.find(m.id, m.type) < 0) {
      if (!o.room(ctx, static_cast<std::size_t>(after - p) + 1 + write_slack)) {
        return {0, 0};
      }
      o.at = copy_compact(p, after, o.at);
      *o.at++ = ',';
    }
    p = after;
  }
}

ThriftHelpers make_helpers() noexcept {
  return {
      .field = {{helper<&find_field<false, false>>("next_field"),
                 helper<&find_field<false, true>>("first_field")},
                {helper<&find_field<true, false>>("next_field_keeping"),
                 helper<&find_field<true, true>>("first_field_keeping")}},
      .skip_member = helper<&skip_member>("skip_member"),
      .open_container = {helper<&open_container<false>>("open_container"),
                         helper<&open_container<true>>("open_container_inside")},
      .next_element = helper<&next_counted_element>("next_counted_element"),
      .next_key = helper<&next_counted_key>("next_counted_key"),
      .close = helper<&close_text>("close_text"),
      .end_scalar = helper<&end_scalar>("end_scalar"),
      .end_bytes = helper<&end_bytes>("end_bytes"),
      .flag = helper<&read_flag>("read_flag"),
      .root_flag = helper<&read_root_flag>("read_root_flag"),
      .flag_inside = helper<&read_flag_inside>("read_flag_inside"),
      .write_double = helper<&write_double<true>>("write_double_17"),
      .write_double_key = helper<&write_double<false>>("write_double_17_key"),
      .widen_count = helper<&widen_count>("widen_count"),
      .write_members = helper<&write_thrift_members>("write_thrift_members"),
  };
}

}  // namespace

const ThriftHelpers& thrift_helpers() noexcept {
  static const ThriftHelpers table = make_helpers();
  return table;
}

}  // namespace wirejit::json
