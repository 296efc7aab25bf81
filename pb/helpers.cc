// The functions that Programs of Protobuf's wire call: tags, skipping, counting, checks of enum
// values, sorting of map entries.
#include "pb/helpers.h"

#include "jit/runtime.h"
#include "kernels/utf8.h"
#include "kernels/varint.h"
#include "pb/parse.h"
#include "pb/wire.h"

#include <cstring>
#include <new>
#include <string_view>

namespace wirejit::pb {

namespace {

using jit::Context;
using jit::fail;
using jit::HelperResult;

HelperResult found(const void* at, std::uint64_t value) noexcept {
  return {reinterpret_cast<std::uint64_t>(at), value};
}

// ---- Reading

HelperResult read_tag(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Tag tag;
  const Errc code = parse_tag(at, end, &tag);
  return code == Errc::ok ? found(tag.end, tag.word) : fail(ctx, code, at);
}

HelperResult read_item(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  if (end - at > 2 && at[1] == item_number) {
    const kernels::Varint number = kernels::read_varint(at + 2, end);
    const auto word = static_cast<std::uint32_t>(number.value);
    if (number.at != nullptr && number.at != end && *number.at == item_message && word != 0) {
      return found(number.at + 1, std::uint64_t{word} << 1 | 1);
    }
  }
  FieldCursor group(at, end, ctx.depth_left);
  if (!group.next()) {
    return fail(ctx, group.error(), group.at());
  }
  const Item item = parse_item(group.value(), group.value_end());
  if (item.number == 0U) {
    return fail(ctx, Errc::invalid_tag, at);
  }
  return found(group.end(),
               item.message == nullptr ? 0 : std::uint64_t{item.number.value_or(0)} << 1);
}

// The end of a group that is open was looked for before.
HelperResult check_tag(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Tag tag;
  Errc code = parse_tag(at, end, &tag);
  if (code == Errc::ok && (tag.number() == 0 || !may_begin_field(tag.type()))) {
    code = Errc::invalid_tag;
  }
  return code == Errc::ok ? found(at, 0) : fail(ctx, code, at);
}

HelperResult skip(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Skip skipped = skip_field(at, end, ctx.depth_left);
  return skipped.code == Errc::ok ? found(skipped.at, 0) : fail(ctx, skipped.code, skipped.at);
}

HelperResult count_varints(Context& ctx, const std::uint8_t* at, std::uint64_t size) noexcept {
  const std::uint64_t count = kernels::count_varints(at, size, ctx.input_end);
  if (size != 0 && at[size - 1] >= 0x80) {
    ctx.extra_results[0] = count;
    return fail(ctx, Errc::truncated, at + size);
  }
  return {count + 1, 0};
}

// How many length-delimited elements with this tag follow each other. `at` is after the tag of the
// first one. A truncated element is counted; reading it reports the error.
std::uint64_t count_elements(const std::uint8_t* at, const std::uint8_t* end, std::uint64_t tag,
                             std::uint64_t tag_size) noexcept {
  for (std::uint64_t count = 1;; ++count) {
    const auto [p, size] = kernels::read_delimited(at, end);
    if (p == nullptr || !kernels::starts_with(p + size, end, tag, tag_size)) {
      return count;
    }
    at = p + size + tag_size;
  }
}

HelperResult check_utf8(Context& ctx, const char* data, std::uint64_t size) noexcept {
  const char* bad = kernels::find_invalid_utf8(data, size);
  return bad == nullptr ? found(data, size) : fail(ctx, Errc::invalid_utf8, bad);
}

std::uint64_t is_member_value(const EnumType* type, std::int32_t value) noexcept {
  return type->find(value) != nullptr ? 1 : 0;
}

// A malformed varint counts as a member: reading it reports the error.
std::uint64_t is_member(const EnumType* type, const std::uint8_t* at,
                        const std::uint8_t* end) noexcept {
  const kernels::Varint v = kernels::read_varint(at, end);
  return v.at == nullptr ? 1 : is_member_value(type, static_cast<std::int32_t>(v.value));
}

std::uint64_t is_member_entry(const EnumType* type, const std::uint8_t* at,
                              const std::uint8_t* end) noexcept {
  return has_member_value(*type, at, end) ? 1 : 0;
}

// ---- Writing

HelperResult sort_entries(Context& ctx, std::uint8_t* first, std::uint8_t* end,
                          const Type* key) noexcept {
  try {
    sort_map_entries(first, end, *key);
    return {1, 0};
  } catch (const std::bad_alloc&) {
    return fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
  }
}

}  // namespace

const Helpers& helpers() noexcept {
  using jit::helper;
  static const Helpers table{
      .read_tag = helper<&read_tag>("pb.read_tag"),
      .skip = helper<&skip>("pb.skip"),
      .check_tag = helper<&check_tag>("pb.check_tag"),
      .count_varints = helper<&count_varints>("pb.count_varints"),
      .count_elements = helper<&count_elements>("pb.count_elements"),
      .check_utf8 = helper<&check_utf8>("pb.check_utf8"),
      .is_member = helper<&is_member>("pb.is_member"),
      .is_member_value = helper<&is_member_value>("pb.is_member_value"),
      .is_member_entry = helper<&is_member_entry>("pb.is_member_entry"),
      .read_item = helper<&read_item>("pb.read_item"),
      .sort_entries = helper<&sort_entries>("pb.sort_entries"),
  };
  return table;
}

}  // namespace wirejit::pb
