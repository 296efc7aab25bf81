// ProtoJSON at run time: enums, elements that are skipped, the texts of well-known types.
#include "json/proto_run.h"

#include "jit/scratch.h"
#include "json/any.h"
#include "json/well_known.h"
#include "kernels/cpu.h"
#include "kernels/json_string.h"

#include <cstring>
#include <string_view>

namespace wirejit::json {

using jit::fail;
using kernels::skip_space;

// ---- Enums

bool is_unknown_enum_value(Context& ctx, const char* p, const char* end,
                           const EnumNames& names) noexcept {
  if (*p == '"') {
    const Text text = read_text(ctx, p + 1, end);
    return text.next != nullptr && names.names().find(text.data, text.size) == nullptr;
  }
  if (!names.rejects_unknown_numbers() || (*p != '-' && (*p < '0' || *p > '9'))) {
    return false;
  }
  const HelperResult number = read_int<std::int32_t>(ctx, p, end, kernels::best());
  return number.first != 0 && names.text_of(static_cast<std::int64_t>(number.second)) == nullptr;
}

HelperResult read_proto_enum(Context& ctx, const char* p, const char* end,
                             const EnumNames& names) noexcept {
  p = skip_space(p, end);
  if (p == end || *p != '"') {
    return read_enum(ctx, p, end, names);
  }
  const Text text = read_text(ctx, p + 1, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  const NameTable::Entry* const e = names.names().find(text.data, text.size);
  return e != nullptr ? helper_result(text.next, static_cast<std::uint64_t>(e->value))
                      : fail(ctx, Errc::unknown_enum, p + 1);
}

HelperResult read_null_enum(Context& ctx, const char* p, const char* end,
                            const EnumNames& names) noexcept {
  const HelperResult null = consume_null(ctx, p, end);
  return null.first == 0 || null.second != 0
             ? HelperResult{null.first, 0}
             : read_proto_enum(ctx, reinterpret_cast<const char*>(null.first), end, names);
}

// ---- Elements and entries without those of unknown enum values

namespace {

template <auto First, auto Next>
HelperResult known_element(Context& ctx, const char* p, const char* end, const EnumNames& names,
                           bool first) noexcept {
  for (;; first = false) {
    const HelperResult found = first ? First(ctx, p, end) : Next(ctx, p, end);
    if (found.first == 0 || found.second == 0) {
      return found;
    }
    p = skip_space(reinterpret_cast<const char*>(found.first), end);
    if (p == end || !is_unknown_enum_value(ctx, p, end, names)) {
      return found;
    }
    p = skip_value(ctx, p, end);
    if (p == nullptr) {
      return {0, 0};
    }
  }
}

HelperResult known_entry(Context& ctx, const char* p, const char* end, const EnumNames& names,
                         bool first) noexcept {
  for (;; first = false) {
    const HelperResult found = first ? first_entry(ctx, p, end) : next_entry(ctx, p, end);
    if (found.first == 0 || found.second == 0) {
      return found;
    }
    p = skip_text(ctx, reinterpret_cast<const char*>(found.first), end);
    if (p == nullptr) {
      return {0, 0};
    }
    const HelperResult colon = expect_byte(ctx, p, end, ':');
    if (colon.first == 0) {
      return colon;
    }
    p = skip_space(reinterpret_cast<const char*>(colon.first), end);
    if (p == end || !is_unknown_enum_value(ctx, p, end, names)) {
      return found;
    }
    p = skip_value(ctx, p, end);
    if (p == nullptr) {
      return {0, 0};
    }
  }
}

}  // namespace

HelperResult first_known_element(Context& ctx, const char* p, const char* end,
                                 const EnumNames& names) noexcept {
  return known_element<&first_element, &next_element>(ctx, p, end, names, true);
}
HelperResult next_known_element(Context& ctx, const char* p, const char* end,
                                const EnumNames& names) noexcept {
  return known_element<&first_element, &next_element>(ctx, p, end, names, false);
}
HelperResult first_known_entry(Context& ctx, const char* p, const char* end,
                               const EnumNames& names) noexcept {
  return known_entry(ctx, p, end, names, true);
}
HelperResult next_known_entry(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept {
  return known_entry(ctx, p, end, names, false);
}

// ---- Texts

namespace {

template <auto Parse>
HelperResult read_time(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  TimeValue m{};
  if (const Errc code = Parse({text.data, text.size}, m); code != Errc::ok) {
    return fail(ctx, code, p);
  }
  ctx.extra_results[0] = static_cast<std::uint64_t>(m.nanos);
  return helper_result(text.next, static_cast<std::uint64_t>(m.seconds));
}

HelperResult printed(Context& ctx, char* end, const void* at) noexcept {
  return end == nullptr ? fail(ctx, Errc::number_out_of_range, at)
                        : HelperResult{reinterpret_cast<std::uint64_t>(end), 0};
}

}  // namespace

HelperResult read_timestamp(Context& ctx, const char* p, const char* end) noexcept {
  return read_time<&parse_timestamp>(ctx, p, end);
}
HelperResult read_duration(Context& ctx, const char* p, const char* end) noexcept {
  return read_time<&parse_duration>(ctx, p, end);
}

HelperResult read_field_mask(Context& ctx, const char* p, const char* end) noexcept {
  const char* const after = skip_text(ctx, p, end);
  if (after == nullptr) {
    return {0, 0};
  }
  // Text with escapes is decoded to the beginning of scratch memory; the paths follow it there.
  const auto raw = static_cast<std::size_t>(after - p);
  std::uint8_t* const scratch = raw > SIZE_MAX / 4 ? nullptr : jit::scratch_bytes(ctx, 3 * raw);
  if (scratch == nullptr) {
    ctx.error_at = reinterpret_cast<std::uint64_t>(p);
    return {0, 0};
  }
  const Text text = read_text(ctx, p, end);
  char* const out = reinterpret_cast<char*>(scratch) + raw;
  const std::size_t n =
      text.next == nullptr ? SIZE_MAX : parse_field_mask({text.data, text.size}, out);
  if (n == SIZE_MAX) {
    return fail(ctx, Errc::invalid_string, p);
  }
  ctx.extra_results[0] = n;
  return helper_result(text.next, reinterpret_cast<std::uint64_t>(out));
}

std::uint64_t path_size(const char* p, std::uint64_t n) noexcept {
  const void* const comma = n == 0 ? nullptr : std::memchr(p, ',', n);
  return comma == nullptr ? n : static_cast<std::uint64_t>(static_cast<const char*>(comma) - p);
}

HelperResult value_kind(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  switch (*p) {
    case 'n': return helper_result(p, 0);
    case '"': return helper_result(p, 2);
    case 't':
    case 'f': return helper_result(p, 3);
    case '{': return helper_result(p, 4);
    case '[': return helper_result(p, 5);
    default: break;
  }
  return *p == '-' || (*p >= '0' && *p <= '9') ? helper_result(p, 1) : fail(ctx, Errc::syntax, p);
}

HelperResult consume_null(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end || *p != 'n') {
    return helper_result(p, 0);
  }
  return helper_result(skip_word(ctx, p, end, "null"), 1);
}

HelperResult write_timestamp(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                             const void* at) noexcept {
  return printed(ctx, print_timestamp({seconds, nanos}, out), at);
}
HelperResult write_duration(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                            const void* at) noexcept {
  return printed(ctx, print_duration({seconds, nanos}, out), at);
}

HelperResult write_field_path(Context& ctx, char* out, char* soft_end, const char* p,
                              std::size_t n) noexcept {
  Output o{out, soft_end};
  if (n > SIZE_MAX / 2) {
    return fail(ctx, Errc::size_limit, p);
  }
  if (!o.room(ctx, n + 1 + write_slack)) {
    return {0, 0};
  }
  const std::size_t size = print_field_path({p, n}, o.at);
  if (size == SIZE_MAX) {
    return fail(ctx, Errc::invalid_string, nullptr);
  }
  o.at += size;
  *o.at++ = ',';
  return o.result();
}

const ProtoHelpers& proto_helpers() noexcept {
  using jit::helper;
  static const ProtoHelpers table{
      .enumeration = helper<&read_proto_enum>("read_proto_enum"),
      .null_enum = helper<&read_null_enum>("read_null_enum"),
      .timestamp = helper<&read_timestamp>("read_timestamp"),
      .duration = helper<&read_duration>("read_duration"),
      .field_mask = helper<&read_field_mask>("read_field_mask"),
      .path_size = helper<&path_size>("path_size"),
      .value_kind = helper<&value_kind>("value_kind"),
      .consume_null = helper<&consume_null>("consume_null"),
      .first_element = helper<&first_known_element>("first_known_element"),
      .next_element = helper<&next_known_element>("next_known_element"),
      .first_entry = helper<&first_known_entry>("first_known_entry"),
      .next_entry = helper<&next_known_entry>("next_known_entry"),
      .write_timestamp = helper<&write_timestamp>("write_timestamp"),
      .write_duration = helper<&write_duration>("write_duration"),
      .write_field_path = helper<&write_field_path>("write_field_path"),
      .shallower = helper<&shallower>("shallower"),
      .read_any = helper<&read_any>("read_any"),
      .close_any = helper<&close_any>("close_any"),
      .open_any = helper<&open_any>("open_any"),
      .put_any = helper<&put_any>("put_any"),
      .write_any = helper<&write_any>("write_any"),
  };
  return table;
}

}  // namespace wirejit::json
